//! What a simulated venue is told.

use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::{Bps, Money};
use onetape_core::time::Span;

/// How much of the recorded book an order can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liquidity {
    /// Walks the depth (the touch where the feed is quotes), and what was taken is gone until the next update.
    Book,
    /// The touch alone, and what was taken is gone until the next update.
    Touch,
    /// Any quantity at the touch: for comparisons with models that ignore depth.
    TouchUnlimited,
}

/// In which asset a venue takes its fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeeAsset {
    /// The quote asset, or the settlement asset of a future.
    Quote,
    /// What the order receives: base when buying spot, quote when selling.
    Received,
    /// A named asset, worth a fixed number of quote units.
    Fixed(AssetId, Money),
    /// A named asset, worth the middle of an instrument's top of book at the time of the fill.
    Quoted(AssetId, InstrumentId),
}

/// Fees of one venue. Negative rates are rebates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// For orders that rested.
    pub maker: Bps,
    /// For orders that took.
    pub taker: Bps,
    /// In which asset.
    pub asset: FeeAsset,
}

/// Constant latencies of one venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// From the venue's event to its receipt.
    pub feed: Span,
    /// From a decision to the order's arrival.
    pub order: Span,
    /// From the venue's answer to its receipt.
    pub answer: Span,
}

/// One simulated venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueConfig {
    /// Which.
    pub venue: VenueId,
    /// Its fees.
    pub fees: Fees,
    /// Its latencies.
    pub latency: Latency,
    /// What the account holds at the start, by asset; none negative.
    pub balances: Vec<(AssetId, Money)>,
    /// Notional over initial margin of futures, at least 1.
    pub leverage: u32,
}

/// All venues of a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimConfig {
    /// How much an order can take.
    pub liquidity: Liquidity,
    /// The venues.
    pub venues: Vec<VenueConfig>,
}
