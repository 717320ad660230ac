//! What a simulated venue is told.

use std::sync::Arc;

use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::{Bps, Money};
use onetape_core::time::Span;

use crate::faults::FaultPlan;

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

/// Where a resting order stands in the queue at its price, and how it gets forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueModel {
    /// Nothing is known of the queue: an order trades when the other side of the book reaches it or a trade goes
    /// through its price.
    Through,
    /// Joins at the back; only trades at its price bring it forward, cancels are taken to come from behind it.
    Conservative,
    /// Joins at the back; of what leaves its price other than by trades, a part leaves in front of it: the share of
    /// the queue that is in front, to this power. 1 is proportional to the two sides.
    Power(u8),
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

/// Rates from a volume on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeStep {
    /// What has to have been traded in thirty days, in units of the tiers' asset.
    pub from: Money,
    /// For orders that rested.
    pub maker: Bps,
    /// For orders that took.
    pub taker: Bps,
}

/// Rates that fall with what the account trades: its last thirty UTC days decide at midnight what holds for the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeTiers {
    /// Trades that are quoted in this asset count, with their value; others do not.
    pub asset: AssetId,
    /// What was traded before the run; counted to the day before its first trade.
    pub before: Money,
    /// From no volume on, each with more than the one before it; never empty.
    pub steps: Vec<FeeStep>,
}

impl FeeTiers {
    /// The rates that a volume has.
    pub fn at(&self, volume: Money) -> FeeStep {
        let reached = self.steps.iter().rev().find(|step| step.from <= volume);
        *reached.unwrap_or(&self.steps[0])
    }
}

/// How long a message is on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum Delay {
    /// Always this long.
    Constant(Span),
    /// Anything between, all alike.
    Uniform(Span, Span),
    /// Lognormal: half of them are shorter than the median; sigma is the standard deviation of the logarithm.
    /// Draws are cut to the bounds.
    LogNormal {
        /// Median.
        median: Span,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
        /// Shortest.
        least: Span,
        /// Longest.
        most: Span,
    },
    /// One of these, all alike: a table that was measured. Never empty.
    Table(Arc<[Span]>),
}

/// When a venue saw what the tape says was received.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedDelay {
    /// So long before it was received.
    Modelled(Delay),
    /// At the venue's own stamp: only where both stamps are of one clock.
    Recorded {
        /// The longest of the recording: a stamp that is further back is taken to be this far back.
        most: Span,
        /// True when the venue's stamps of each kind of message never go back.
        ordered: bool,
    },
}

/// Latencies of one venue.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// From the venue's event to its receipt.
    pub feed: FeedDelay,
    /// From a decision to the order's arrival.
    pub order: Delay,
    /// From the venue's answer to its receipt.
    pub answer: Delay,
}

impl Default for Latency {
    fn default() -> Self {
        let none = Delay::Constant(Span::ZERO);
        Self {
            feed: FeedDelay::Modelled(none.clone()),
            order: none.clone(),
            answer: none,
        }
    }
}

/// At most so many new orders and amendments in any stretch of so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub orders: u32,
    /// In how much time.
    pub per: Span,
}

/// What becomes of an order that would trade with an own resting one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelfTrade {
    /// The new one is refused.
    #[default]
    ExpireTaker,
    /// The resting one goes.
    ExpireMaker,
    /// Both go.
    ExpireBoth,
}

/// What stands behind a futures position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarginMode {
    /// The whole wallet of the settlement asset.
    #[default]
    Cross,
    /// What was set aside when it was opened.
    Isolated,
}

/// One simulated venue.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueConfig {
    /// Which.
    pub venue: VenueId,
    /// Its fees, as they are when the run begins.
    pub fees: Fees,
    /// How they change with what is traded; not at all where this is absent.
    pub tiers: Option<FeeTiers>,
    /// Its latencies.
    pub latency: Latency,
    /// What the account holds at the start, by asset; none negative.
    pub balances: Vec<(AssetId, Money)>,
    /// Notional over initial margin of futures, at least 1.
    pub leverage: u32,
    /// What stands behind a futures position.
    pub margin: MarginMode,
    /// Taken of the notional that a liquidation closes.
    pub liquidation_fee: Bps,
    /// All of them hold.
    pub rate_limits: Vec<RateLimit>,
    /// Own orders that meet.
    pub self_trade: SelfTrade,
}

/// All venues of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct SimConfig {
    /// How much an order can take.
    pub liquidity: Liquidity,
    /// How resting orders get their turn.
    pub queue: QueueModel,
    /// Seed of every draw.
    pub seed: u64,
    /// The venues.
    pub venues: Vec<VenueConfig>,
    /// What goes wrong; nothing of its own accord where there is no plan.
    pub faults: Option<FaultPlan>,
}
