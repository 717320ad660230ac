//! What a full report says beyond its figures: attribution, net over time, statistics, execution.

use std::collections::BTreeMap;

use onetape_core::num::Money;
use onetape_core::time::Ts;
use serde::Serialize;

use super::amount::{Amount, moment, money};
use super::execution::Execution;
use super::market::{Basis, CapacityPoint, Inventory, MarginUse, Tracks};
use crate::stats::{Drawdown, Figure, Statistics, TripStats};

/// Everything of a report that a [`brief`](crate::Fold::brief) fold leaves out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Analysis {
    /// The net in its parts, and by what it came from.
    pub attribution: Attributions,
    /// Net over time.
    pub equity: Equity,
    /// Return and risk; `None` where no capital is known that returns could be of.
    pub statistics: Option<Statistics>,
    /// The round trips that ended flat; `None` when the run settles in several assets.
    pub trips: Option<TripStats>,
    /// Net over the deepest fall of the finest curve.
    pub recovery_factor: Figure,
    /// How it was executed.
    pub execution: Execution,
    /// What the second leg cost over the first; `None` where no round trip that ended has two legs of one base asset.
    pub basis: Option<Basis>,
    /// How many round trips could have been larger, from the smallest value up.
    pub capacity: Vec<CapacityPoint>,
    /// What stood behind futures.
    pub margin: Vec<MarginUse>,
    /// Assets that stand at several venues.
    pub inventory: Vec<Inventory>,
    /// Signals over time, for plots.
    pub tracks: Tracks,
    /// Fills of orders that were decided on without a top of book that is known: their edge is what they traded at.
    pub unseen_fills: u64,
}

/// What made a net profit. The parts sum to the net, exactly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attribution {
    /// What the same trades would have realised at the prices that they were decided on.
    pub decision_edge: Amount,
    /// The touch when the venue had the order, beside the touch at the decision.
    pub delay: Amount,
    /// The touch when the venue had the order, beside the touch when another leg's fill had set the legs apart.
    pub legging: Amount,
    /// What takers traded at, beside the touch when the venue had the order.
    pub slippage: Amount,
    /// What resting orders traded at, beside the mid at their fill.
    pub spread_capture: Amount,
    /// What trades that brought the legs back to balance cost.
    pub repair: Amount,
    /// What the venue's own closing of positions brought.
    pub venue_closings: Amount,
    /// Worth of fees at their fills; nothing or less.
    pub fees: Amount,
    /// Worth of negative fees.
    pub rebates: Amount,
    /// Funding received less paid.
    pub funding: Amount,
    /// Change of marks since the decision, of what is open and hedged.
    pub residual_basis: Amount,
    /// Change of marks since the decision, of what is open and not hedged.
    pub residual_delta: Amount,
    /// What is left: remainders of closed round trips, and rounding.
    pub dust_and_rounding: Amount,
    /// The sum.
    pub net: Amount,
}

/// The net's parts by what they came from. Each list sums to the total.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attributions {
    /// All.
    pub total: Attribution,
    /// By venue.
    pub by_venue: BTreeMap<String, Attribution>,
    /// By the venue's text for the instrument.
    pub by_symbol: BTreeMap<String, Attribution>,
    /// By task; what belongs to none stands under an empty name.
    pub by_task: BTreeMap<String, Attribution>,
    /// By why a round trip ended; `open` and `no round trip` besides.
    pub by_exit_reason: BTreeMap<String, Attribution>,
    /// By leg of a task.
    pub by_leg: Vec<LegAttribution>,
    /// By day in UTC.
    pub by_day: Vec<DayAttribution>,
}

/// The parts of a leg.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LegAttribution {
    /// Whose; empty for what belongs to no task.
    pub task: String,
    /// Place in the task's list of legs.
    pub leg: Option<u8>,
    /// In what.
    pub instrument: String,
    /// Its parts.
    #[serde(flatten)]
    pub attribution: Attribution,
}

/// The parts of a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayAttribution {
    /// When it ended; the last one need not be a whole day.
    #[serde(serialize_with = "moment")]
    pub ends_at: Ts,
    /// Its parts.
    #[serde(flatten)]
    pub attribution: Attribution,
}

/// Net over time, in one unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Equity {
    /// The asset of every amount here; other assets are valued in it at mids.
    pub unit: String,
    /// What the accounts held at first, at the first mids that are known.
    #[serde(serialize_with = "money")]
    pub capital: Money,
    /// Assets among that which nothing prices: they are not in it.
    pub unvalued: Vec<String>,
    /// Net at every fill and settlement, in order; joined to some two thousand stretches when there are more.
    pub curve: Vec<CurvePoint>,
    /// Net when each day in UTC ended.
    pub days: Vec<DayClose>,
    /// Deepest fall of capital and net at mids, of every change.
    pub drawdown: Option<Drawdown>,
}

/// A stretch of the curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Its last change.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// Net then, what is open at what closing it would bring.
    #[serde(serialize_with = "money")]
    pub conservative: Money,
    /// Net then, what is open at mids.
    #[serde(serialize_with = "money")]
    pub mid: Money,
    /// Lowest conservative net of the stretch.
    #[serde(serialize_with = "money")]
    pub low: Money,
    /// Highest net at mids of the stretch.
    #[serde(serialize_with = "money")]
    pub high: Money,
}

/// The end of a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayClose {
    /// When; the last one need not be a whole day.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// Net, what is open at what closing it would bring.
    #[serde(serialize_with = "money")]
    pub conservative: Money,
    /// Net, what is open at mids.
    #[serde(serialize_with = "money")]
    pub mid: Money,
}
