//! A validated scenario: typed, with names in place of ids.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use onetape_core::event::RejectReason;
use onetape_core::fault::FaultKind;
use onetape_core::num::{Bps, Money};
use onetape_core::strategy::params::Params;
use onetape_core::task::TaskAction;
use onetape_core::time::{Span, Ts};
use onetape_sim::{
    Delay, FaultPlan, FaultRates, FeeStep, MarginMode, QueueModel, RateLimit, SelfTrade,
};
use rust_decimal::Decimal;

use super::live::{Live, VenueLive};
use super::risk::Risk;

/// Everything that a run is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What the run is called.
    pub name: String,
    /// Which part of the tape.
    pub data: Data,
    /// Strategy instances, in the order of the file.
    pub tasks: Vec<Task>,
    /// Venues by name.
    pub venues: BTreeMap<String, Venue>,
    /// Limits of the risk gate.
    pub risk: Risk,
    /// How venues are simulated.
    pub sim: Sim,
    /// What tasks are ordered to do, in the order of time.
    pub controls: Vec<Control>,
    /// What goes wrong at them and on the way to them.
    pub faults: Option<Faults>,
    /// How a run in real time is kept.
    pub live: Live,
}

/// An order to tasks at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// When; for one that is counted from the start, that moment where the start is known.
    pub at: Ts,
    /// So long after the start of the run, where that is what was said.
    pub after: Option<Span>,
    /// Name of the task; `None` is every one.
    pub task: Option<String>,
    /// What.
    pub action: TaskAction,
}

/// Which part of the tape a backtest reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    /// The catalogue's folder, resolved; absent when nothing names one.
    pub catalog: Option<PathBuf>,
    /// First moment; absent is the tape's first.
    pub from: Option<Ts>,
    /// First moment that is not read any more; absent is the tape's end.
    pub to: Option<Ts>,
    /// Accept instruments whose rules are inferred from market data alone.
    pub allow_inferred_instruments: bool,
}

/// One strategy instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name, unique in the scenario.
    pub name: String,
    /// The strategy's name.
    pub strategy: &'static str,
    /// What it trades, in the order that the strategy declares.
    pub legs: Vec<Leg>,
    /// Its parameters, defaults filled in.
    pub params: Params,
    /// Run even when a round trip cannot pay its costs.
    pub allow_negative_edge: bool,
    /// It begins when this task finds that two instruments of its legs have parted.
    pub started_by: Option<String>,
    /// It begins when a control says so.
    pub manual_start: bool,
    /// It is tried again so long after it failed.
    pub retry_after: Option<Span>,
    /// It is put away so long after it was over.
    pub archive_after: Option<Span>,
}

/// One leg of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// The strategy's name for it.
    pub name: &'static str,
    /// What it trades.
    pub instrument: InstrumentName,
    /// What moves its top of book.
    pub feed: Feed,
}

/// The full name of an instrument, `venue:SYMBOL`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstrumentName {
    /// The venue.
    pub venue: String,
    /// The venue's own symbol.
    pub symbol: String,
}

impl InstrumentName {
    /// From `venue:SYMBOL`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (venue, symbol) = text.split_once(':')?;
        let symbol_ok = !symbol.is_empty()
            && symbol
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b));
        (is_word(venue) && symbol_ok).then(|| Self {
            venue: venue.to_string(),
            symbol: symbol.to_string(),
        })
    }
}

impl fmt::Display for InstrumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.venue, self.symbol)
    }
}

/// True for names that stand unquoted in a document: letters, digits, `_` and `-`.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in a scenario.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// What moves the top of book of a leg.
    Feed {
        /// Top-of-book quotes.
        Quote = "quote",
        /// The depth book.
        Depth = "depth",
        /// Candles: both sides stand at the last close.
        Bar = "bar",
    }
}

words! {
    /// What a simulated order can take.
    Liquidity {
        /// Walks the depth and consumes it until the next update.
        Book = "book",
        /// What stands at the touch.
        Touch = "touch",
        /// Any quantity at the touch's price.
        TouchUnlimited = "touch_unlimited",
        /// What the last candle traded, at its close.
        Bar = "bar",
    }
}

/// One venue: what it charges, how far away it is and what lies there.
#[derive(Clone, Debug, PartialEq)]
pub struct Venue {
    /// Fees.
    pub fees: Fees,
    /// Latencies.
    pub latency: Latency,
    /// Balances at the start, by asset.
    pub balances: BTreeMap<String, Money>,
    /// Leverage of its futures.
    pub leverage: u32,
    /// What stands behind a futures position.
    pub margin: MarginMode,
    /// Taken of what a liquidation closes.
    pub liquidation_fee_bps: Bps,
    /// How many orders it takes in a time; all of them hold.
    pub rate_limits: Vec<RateLimit>,
    /// Own orders that meet.
    pub self_trade: SelfTrade,
    /// Where it is reached in real time.
    pub live: VenueLive,
}

/// What a venue charges.
#[derive(Clone, Debug, PartialEq)]
pub struct Fees {
    /// On fills of resting orders when the run begins; negative is a rebate.
    pub maker_bps: Bps,
    /// On fills of orders that take when the run begins: what strategies reckon with.
    pub taker_bps: Bps,
    /// In which asset.
    pub asset: FeeAsset,
    /// Rates that fall with volume.
    pub tiers: Option<FeeTiers>,
}

/// Rates that fall with what was traded in thirty days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeTiers {
    /// Trades that are quoted in this asset count.
    pub volume_in: String,
    /// What was traded before the run, in that asset.
    pub volume: Money,
    /// From no volume on, each with more than the one before it and no rate above its; never empty.
    pub steps: Vec<FeeStep>,
}

/// The asset that fees are charged in.
#[derive(Clone, Debug, PartialEq)]
pub enum FeeAsset {
    /// The instrument's quote asset.
    Quote,
    /// What the fill brings in.
    Received,
    /// One asset for all fills.
    Named {
        /// The asset.
        asset: String,
        /// What it is worth.
        price: AssetPrice,
    },
}

/// What an asset is worth in quote units.
#[derive(Clone, Debug, PartialEq)]
pub enum AssetPrice {
    /// The price of an instrument.
    Instrument(InstrumentName),
    /// A constant.
    Fixed(Decimal),
}

/// How long things take to and from a venue.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// From the venue's event to the desk.
    pub feed: FeedLatency,
    /// From the desk's decision to the venue.
    pub order: Delay,
    /// From the venue's answer to the desk.
    pub answer: Delay,
}

impl Default for Latency {
    fn default() -> Self {
        Self {
            feed: FeedLatency::Modelled(Delay::Constant(Span::ZERO)),
            order: Delay::Constant(Span::ZERO),
            answer: Delay::Constant(Span::ZERO),
        }
    }
}

/// How long market data is on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedLatency {
    /// As long as a model says.
    Modelled(Delay),
    /// From the venue's stamp to the stamp of its receipt, which must be of one clock.
    Recorded,
}

/// How venues are simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sim {
    /// Seed of every draw.
    pub seed: u64,
    /// What an order can take.
    pub liquidity: Liquidity,
    /// How resting orders get their turn.
    pub queue: QueueModel,
    /// A queue is modelled although quotes or bars do not show it.
    pub queue_on_quotes: bool,
    /// Orders rest although the tape has no prints to trade them.
    pub no_trades: bool,
    /// Futures are held although the tape does not tell their funding.
    pub no_funding: bool,
}

/// What goes wrong in a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Seed of every draw.
    pub seed: u64,
    /// Rates are drawn from the seed, most of them zero.
    pub swarm: bool,
    /// Number of the draw of rates for this seed.
    pub redraw: u32,
    /// How often each kind comes, where rates are not drawn.
    pub rates: FaultRates,
    /// What comes at a moment.
    pub at: Vec<FaultAt>,
    /// Nothing new is drawn from then on.
    pub until: Option<Ts>,
    /// Without a word for so long an order is unknown.
    pub unknown_after: Span,
    /// How long the question takes what became of it.
    pub query: Span,
    /// After that an order that is not found was never sent.
    pub fence: Span,
}

impl Default for Faults {
    fn default() -> Self {
        let plan = FaultPlan::new(1);
        Self {
            seed: plan.seed,
            swarm: false,
            redraw: 0,
            rates: plan.rates,
            at: Vec::new(),
            until: plan.until,
            unknown_after: plan.unknown_after,
            query: plan.query,
            fence: plan.fence,
        }
    }
}

/// A fault at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultAt {
    /// When.
    pub at: Ts,
    /// What.
    pub kind: FaultKind,
    /// At which venue.
    pub venue: String,
    /// On which instrument alone.
    pub instrument: Option<InstrumentName>,
    /// How long, where that is not drawn.
    pub duration: Option<Span>,
    /// Why an order is refused, where that is not drawn.
    pub reason: Option<RejectReason>,
    /// Its size, where that is not drawn.
    pub size: Option<Decimal>,
}

impl Scenario {
    /// Every instrument that the scenario names, legs first, each once, in the order of the file.
    pub fn instruments(&self) -> Vec<&InstrumentName> {
        let legs = self.tasks.iter().flat_map(|task| &task.legs);
        let prices = self
            .venues
            .values()
            .filter_map(|venue| match &venue.fees.asset {
                FeeAsset::Named {
                    price: AssetPrice::Instrument(name),
                    ..
                } => Some(name),
                _ => None,
            });
        let mut names = Vec::new();
        for name in legs.map(|leg| &leg.instrument).chain(prices) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
