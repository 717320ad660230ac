//! What the market offered, what stood behind positions, and where money ended up.

use std::collections::BTreeMap;

use onetape_core::time::Ts;
use serde::Serialize;

use super::amount::moment;
use crate::stats::Figure;

/// What the second leg costs over the first, in basis points, of the two instruments that most round trips pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Basis {
    /// The first leg's.
    pub first: String,
    /// The second leg's.
    pub second: String,
    /// At entries, by average prices.
    pub entry: Distribution,
    /// At exits.
    pub exit: Distribution,
    /// Seconds in which half of a deviation is gone: of the mids that are noted in the journal, the last of each bucket.
    pub half_life_s: Figure,
    /// Basis points that the round trips took, over the most that mids offered each of them between the end of the trip
    /// before and the begin of the next, entered first and left later: 1 is all of it.
    pub of_offered: Figure,
    /// Seconds of a bucket.
    pub bucket_s: f64,
    /// By bucket: its begin, and the basis of its last mids.
    pub mids: Vec<BasisPoint>,
    /// Entries and exits in order, thinned evenly where there are too many to draw.
    pub trades: Vec<BasisTrade>,
}

/// The basis at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BasisPoint {
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// In basis points.
    pub bps: f64,
}

/// The basis that a round trip had.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BasisTrade {
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// In basis points.
    pub bps: f64,
    /// True for an entry, false for an exit.
    pub entry: bool,
}

/// A few numbers of many, by nearest rank; nothing of none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Distribution {
    /// How many.
    pub count: u64,
    /// Mean.
    pub mean: Option<f64>,
    /// Deviation (ddof 1); of two or more.
    pub deviation: Option<f64>,
    /// One of twenty is less or equal.
    pub p5: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// Nineteen of twenty are less or equal.
    pub p95: Option<f64>,
}

/// How many round trips could have been larger: by what stood at the touches that their entries were meant for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CapacityPoint {
    /// Value of an entry's leg, in its quote.
    pub value: f64,
    /// Part of the round trips whose touches had as much on every leg.
    pub share: f64,
    /// Mean edge at decision of those, over their traded value, in basis points.
    pub edge_bps: Figure,
}

/// What stood behind the futures of one settlement asset at one venue: its balance, and what is open at mids. Looked at
/// after each fill and settlement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MarginUse {
    /// Where.
    pub venue: String,
    /// Of what.
    pub asset: String,
    /// Largest value of futures over it.
    pub most_leverage: f64,
    /// Largest part of it that the venue's tiers want to stand.
    pub most_use: Figure,
    /// Least part of the value of futures that a move may take before the venue closes them.
    pub least_distance: Figure,
}

/// How long what is held of an asset was how far from balance, as a part of the larger side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DeltaBands {
    /// Seconds that anything was held.
    pub held_s: f64,
    /// How far it was at most in 99 % of them, up to half a percent.
    pub p99: Figure,
    /// Part of them that it was within 1 %.
    pub within_1: Figure,
    /// Within 5 %.
    pub within_5: Figure,
    /// Within 10 %.
    pub within_10: Figure,
}

/// An asset that stands at several venues: where it went, and what must move for every venue to have its part again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inventory {
    /// Of what.
    pub asset: String,
    /// By venue: what is there at the end less what would be, were it spread as at first.
    pub drift: BTreeMap<String, f64>,
    /// What must be moved between venues to spread it so.
    pub transfer_need: f64,
}

/// Feeds, by the news of them that the journal holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Feeds {
    /// Connections that came back.
    pub reconnects: Figure,
    /// Times that messages were missing.
    pub gaps: Figure,
    /// Seconds that instruments were without a connection, added up.
    pub stale_s: Figure,
}

/// Signals over time, for plots: joined where there are too many to draw.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tracks {
    /// Value of round trips that was not hedged.
    pub unhedged: Vec<TrackPoint>,
    /// Signed net base units, by base asset.
    pub delta: BTreeMap<String, Vec<TrackPoint>>,
    /// Value of positions as magnitudes, by venue.
    pub exposure: BTreeMap<String, Vec<TrackPoint>>,
    /// Funding so far, in the unit of the equity.
    pub funding: Vec<TrackPoint>,
    /// Rates that were settled.
    pub funding_rate: Vec<TrackPoint>,
}

/// A stretch of a track.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TrackPoint {
    /// Its last change.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// The value then.
    pub last: f64,
    /// Lowest of the stretch.
    pub low: f64,
    /// Highest of the stretch.
    pub high: f64,
}
