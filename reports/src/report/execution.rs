//! How orders and round trips went.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::amount::decimal;
use super::market::{DeltaBands, Feeds};
use crate::stats::Figure;

/// Orders, hedges, exposure and incidents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Execution {
    /// From what was looked at to what was closed, with why the rest was not.
    pub funnel: Funnel,
    /// What was sent and filled, by instrument, side and kind of order.
    pub fills: Vec<FillRatio>,
    /// Filled orders of those sent.
    pub order_fill_ratio: Figure,
    /// Value of fills of resting orders, of all.
    pub maker_ratio: Figure,
    /// How legs were kept together.
    pub hedging: Hedging,
    /// Round trips by why they ended.
    pub exits: BTreeMap<String, Exit>,
    /// Round trips that ended by their age, of those that ended.
    pub timeout_share: Figure,
    /// What was realised and what it cost.
    pub capture: Capture,
    /// What stood in the market.
    pub exposure: Exposures,
    /// By base asset: how far what was held was from balance.
    pub delta_bands: BTreeMap<String, DeltaBands>,
    /// Seconds from decisions to news, by venue.
    pub latency: BTreeMap<String, Latency>,
    /// Seconds from an event's receipt to the order on the wire. A journal holds no time of the wire.
    pub tick_to_wire_s: Figure,
    /// Connections.
    pub feeds: Feeds,
    /// What went wrong, and what people did.
    pub incidents: BTreeMap<&'static str, u64>,
}

/// Opportunities on their way. A decision counts once while its reason stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Funnel {
    /// Decisions while nothing was open: those that follow, and those that waited.
    pub seen: u64,
    /// Those that asked for an order.
    pub actionable: u64,
    /// Round trips with an order that the risk gate let through.
    pub attempted: u64,
    /// Those with a fill.
    pub filled: u64,
    /// Those of them whose legs were all hedged once, or that have one leg.
    pub completed: u64,
    /// Those that ended flat.
    pub closed: u64,
    /// Seen and not actionable, by reason.
    pub waited: BTreeMap<String, u64>,
    /// Actionable and not attempted, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Orders that venues rejected, by reason.
    pub rejected: BTreeMap<String, u64>,
}

/// What became of orders of a kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FillRatio {
    /// Where.
    pub venue: String,
    /// Of what.
    pub instrument: String,
    /// `buy` or `sell`.
    pub side: &'static str,
    /// How long they lived.
    pub kind: &'static str,
    /// How many.
    pub orders: u64,
    /// How many traded.
    pub with_fill: u64,
    /// What they were for.
    #[serde(serialize_with = "decimal")]
    pub sent_qty: Decimal,
    /// What traded.
    #[serde(serialize_with = "decimal")]
    pub filled_qty: Decimal,
    /// The second over the first.
    pub ratio: Figure,
}

/// How legs were kept together. Of round trips with orders for several legs of one base asset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hedging {
    /// How many.
    pub trips: u64,
    /// Those whose legs were hedged once, of all.
    pub complete_rate: Figure,
    /// Those that were apart for more than a second, of all.
    pub legging_rate: Figure,
    /// Seconds from the fill that set legs apart to the one that hedged 99 %.
    pub latency: Quantiles,
    /// Value that was not hedged, times seconds.
    pub unhedged_value_s: f64,
    /// Largest value that was not hedged.
    pub unhedged_most: f64,
    /// Seconds that something was not hedged.
    pub unhedged_s: f64,
    /// Fills that brought legs back to balance; what they cost stands in the attribution.
    pub repair_fills: u64,
    /// Round trips that had any.
    pub repaired_trips: u64,
}

/// A few numbers of many, by nearest rank; nothing of none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many.
    pub count: u64,
    /// Median.
    pub p50_s: Option<f64>,
    /// Nine of ten are less or equal.
    pub p90_s: Option<f64>,
    /// Ninety-nine of a hundred are less or equal.
    pub p99_s: Option<f64>,
    /// The largest.
    pub max_s: Option<f64>,
    /// How many by length, eight bins to a power of ten, from the first bin with any to the last.
    pub bins: Vec<DelayBin>,
}

/// Delays of like length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DelayBin {
    /// They are no longer than this.
    pub up_to_s: f64,
    /// How many.
    pub count: u64,
}

/// Round trips that ended for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exit {
    /// How many.
    pub round_trips: u64,
    /// Of all that ended.
    pub share: Figure,
    /// Their net.
    pub net: super::Amount,
}

/// What was realised beside what was meant. In the equity's unit, what is booked in other assets left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Capture {
    /// Gross over decision edge, of everything that is booked.
    pub edge_capture: Figure,
    /// Decision edge over traded value, in basis points.
    pub decision_edge_bps: Figure,
    /// Gross over traded value, in basis points.
    pub realised_edge_bps: Figure,
    /// Delay, legging, slippage and repair together; less than nothing is a cost.
    pub implementation_shortfall: f64,
    /// Fees over gross.
    pub fee_ratio: Figure,
    /// Fees and shortfall of a million traded.
    pub cost_per_million: Figure,
    /// Traded value over capital, a day.
    pub turnover_per_day: Figure,
    /// Net over what stood in the market on average, a year.
    pub return_on_exposure: Figure,
    /// Funding over futures that were held, a year.
    pub funding_yield: Figure,
    /// Days of that funding which pay the fees and the shortfall.
    pub funding_break_even_days: Figure,
}

/// What stood in the market, valued when it last traded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exposures {
    /// Seconds from the first fill to the end.
    pub seconds: f64,
    /// All positions.
    pub gross: Exposure,
    /// Those in futures.
    pub futures: Exposure,
    /// By venue.
    pub by_venue: BTreeMap<String, Exposure>,
    /// Net base units by base asset, as magnitudes.
    pub delta: BTreeMap<String, Exposure>,
}

/// A size over time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Exposure {
    /// Mean over time.
    pub mean: Figure,
    /// Largest.
    pub max: f64,
    /// Part of the time that it was not nothing.
    pub time_share: Figure,
}

/// Delays of one venue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// To the first word on an order.
    pub first_word: Quantiles,
    /// To its first fill.
    pub first_fill: Quantiles,
}
