//! What was decided, on which event and which numbers: the record that a replay must repeat byte for byte.

use alloc::vec::Vec;

use crate::command::Command;
use crate::event::Seq;
use crate::instrument::Side;
use crate::journal::codec::{Decode, Encode};
use crate::names::{InstrumentId, TaskId};
use crate::num::{Money, Qty};
use crate::text::Text;
use crate::time::Ts;

/// A short code for why a task did or did not act, such as `edge_below_entry`. Lower case with underscores.
pub type Reason = Text;

/// One decision of one task. Written when commands leave, when the gate refuses, and when the reason changes.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Decision {
    /// The event that caused it.
    pub cause: Seq,
    /// That event's time.
    pub ts: Ts,
    /// Whose.
    pub task: TaskId,
    /// Why.
    pub reason: Reason,
    /// The numbers it was decided on.
    pub numbers: Vec<Number>,
    /// What leaves, in order.
    pub commands: Vec<Command>,
    /// What the gate refused.
    pub refusals: Vec<Refusal>,
    /// Digest of the desk's state after the event.
    pub digest: u64,
}

/// A named number of a decision.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Number {
    /// Name, with its unit last.
    pub name: Text,
    /// Value.
    pub value: Value,
}

/// A number as it was used.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub enum Value {
    /// Exact.
    Exact(Money),
    /// A signal; never NaN.
    Signal(f64),
}

/// An order that the gate did not let through.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Refusal {
    /// What it would have traded.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much.
    pub qty: Qty,
    /// Why.
    pub reason: Reason,
}

/// An incrementally kept 64-bit digest of a state: equal histories give equal digests, and the first event
/// after which two runs differ can be found. Not cryptographic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(u64);

crate::value!(struct Digest (word));

impl Digest {
    /// Folds a word in (a multiply and fold in the manner of wyhash; the constant is its first secret).
    pub fn mix(&mut self, word: u64) {
        let product =
            u128::from(self.0 ^ word ^ 0xa076_1d64_78bd_642f) * 0xe703_7ed1_a0b4_28db_u128;
        self.0 = (product as u64) ^ ((product >> 64) as u64) ^ self.0.rotate_left(23);
    }

    /// Folds an amount in.
    pub fn mix_money(&mut self, amount: Money) {
        let bytes = amount.to_bytes();
        let (low, high) = bytes.split_at(8);
        for half in [low, high] {
            self.mix(
                half.iter()
                    .rev()
                    .fold(0, |word, &byte| word << 8 | u64::from(byte)),
            );
        }
    }

    /// The digest.
    pub const fn value(self) -> u64 {
        self.0
    }
}
