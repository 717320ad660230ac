//! Round trips.

use std::sync::Arc;

use onetape_core::event::Seq;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::amount::{decimal, decimal_if_known, moment, moment_if_known};
use super::analysis::Attribution;
use super::figures::Pnl;

/// One round trip of one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoundTrip {
    /// Whose. Names are shared: there may be a million round trips, of few tasks.
    pub task: Arc<str>,
    /// Its number within the task, from 1.
    pub trip: u32,
    /// First fill.
    #[serde(serialize_with = "moment")]
    pub opened_at: Ts,
    /// Place of the first fill in the run.
    #[serde(serialize_with = "seq")]
    pub opened_seq: Seq,
    /// The fill that made every leg flat; `None` while one is not. What the venue would not let
    /// one trade counts as flat.
    #[serde(serialize_with = "moment_if_known")]
    pub closed_at: Option<Ts>,
    /// Place of that fill in the run.
    #[serde(serialize_with = "seq_if_known")]
    pub closed_seq: Option<Seq>,
    /// Reason of the decision that opened it.
    pub entry_reason: Option<Arc<str>>,
    /// Reason of the decision that closed it; of the first repair when there was no exit.
    pub exit_reason: Option<Arc<str>>,
    /// Its profit and loss. While it is open, what closing would bring is in the gross.
    #[serde(flatten)]
    pub pnl: Pnl,
    /// What made its net; `None` of a brief fold. In a place of its own, so that a list of many is not moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Box<Attribution>>,
    /// Its legs.
    pub legs: Vec<TripLeg>,
}

impl RoundTrip {
    /// How long it was held.
    pub fn held(&self) -> Option<Span> {
        self.closed_at.map(|closed| closed.since(self.opened_at))
    }

    /// True when a leg had to be repaired.
    pub fn repaired(&self) -> bool {
        self.legs.iter().any(|leg| leg.repair.fills > 0)
    }
}

/// One leg of a round trip.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TripLeg {
    /// Place in the task's list of legs.
    pub leg: u8,
    /// In what.
    pub instrument: Arc<str>,
    /// `buy` or `sell`: the side of its first fill.
    pub side: Option<&'static str>,
    /// Fills that opened.
    pub entry: RoleFills,
    /// Fills that closed.
    pub exit: RoleFills,
    /// Fills that brought the legs back to balance.
    pub repair: RoleFills,
    /// What is left.
    #[serde(serialize_with = "decimal")]
    pub left: Decimal,
    /// Its part of the round trip's profit and loss.
    #[serde(flatten)]
    pub pnl: Pnl,
}

/// The fills of one role of a leg.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RoleFills {
    /// How many.
    pub fills: u64,
    /// Signed quantity: positive is bought.
    #[serde(serialize_with = "decimal")]
    pub qty: Decimal,
    /// Average price, cut to four decimals more than the instrument's prices have.
    #[serde(serialize_with = "decimal_if_known")]
    pub price: Option<Decimal>,
}

/// How long closed round trips were held, in seconds as decimal text. Quantiles by nearest rank.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holding {
    /// Shortest.
    #[serde(rename = "min_s", serialize_with = "seconds")]
    pub min: Span,
    /// Median.
    #[serde(rename = "p50_s", serialize_with = "seconds")]
    pub p50: Span,
    /// Nine of ten are shorter or equal.
    #[serde(rename = "p90_s", serialize_with = "seconds")]
    pub p90: Span,
    /// Longest.
    #[serde(rename = "max_s", serialize_with = "seconds")]
    pub max: Span,
}

impl Holding {
    /// Of the lengths of time given; `None` when there are none.
    pub(crate) fn of(mut spans: Vec<Span>) -> Option<Self> {
        spans.sort_unstable();
        let rank = |percent: usize| {
            let at = (spans.len() * percent).div_ceil(100).max(1) - 1;
            spans.get(at).copied()
        };
        Some(Self {
            min: rank(0)?,
            p50: rank(50)?,
            p90: rank(90)?,
            max: rank(100)?,
        })
    }
}

/// A place in the run as a number.
pub(crate) fn seq<S: Serializer>(seq: &Seq, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(seq.0)
}

fn seq_if_known<S: Serializer>(seq: &Option<Seq>, serializer: S) -> Result<S::Ok, S::Error> {
    seq.map(|seq| seq.0).serialize(serializer)
}

fn seconds<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Decimal::from_i128_with_scale(i128::from(span.nanos()), 9).normalize())
}
