//! Orders: their ids, their states, and the table of the orders of a run.

mod index;
mod kept;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod trades;

use alloc::string::String;

use crate::journal::codec::{Decode, Encode};
use crate::planted::{Bug, planted};

pub use kept::{ENDED_KEPT, Kept, KeptAt};
pub use state::{Message, OrderState, Step, step};
pub use table::{Applied, Order, OrderTable};
pub use trades::TradeIds;

/// An order's id: the life of the process and a count. Used once ever; the epoch is bumped before anything else
/// on every start, so no id can come twice even when the end of a journal was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct OrderId {
    /// Life of the process.
    pub epoch: u32,
    /// Count within it, from 0.
    pub n: u32,
}

impl OrderId {
    /// The text that venues get as client order id: `ot` and two base-36 numbers, at most 17 characters of
    /// `[0-9a-z-]`, within every venue's rules (Gate: 28 after `t-`; Binance: 36).
    pub fn client_text(self) -> String {
        let mut text = String::from("ot");
        push_base36(&mut text, self.epoch);
        text.push('-');
        push_base36(&mut text, self.n);
        text
    }
}

/// Where order ids come from.
#[derive(Clone, Debug)]
pub struct OrderIds {
    epoch: u32,
    next: u32,
}

crate::value!(struct OrderIds { epoch, next });

impl OrderIds {
    /// Ids of one life of a process, from 0.
    pub const fn new(epoch: u32) -> Self {
        Self { epoch, next: 0 }
    }

    /// Ids of which none is left.
    #[cfg(test)]
    pub(crate) const fn spent(epoch: u32) -> Self {
        Self {
            epoch,
            next: u32::MAX,
        }
    }

    /// The next id, which nobody gets again; `None` after four billion.
    pub fn take(&mut self) -> Option<OrderId> {
        let id = OrderId {
            epoch: self.epoch,
            n: self.next,
        };
        self.next = self.next.checked_add(1)?;
        if planted(Bug::ReuseId) && id.n % 8 == 7 {
            return Some(OrderId { n: id.n - 1, ..id });
        }
        Some(id)
    }
}

fn push_base36(text: &mut String, number: u32) {
    if number >= 36 {
        push_base36(text, number / 36);
    }
    text.push(char::from_digit(number % 36, 36).unwrap_or('0'));
}
