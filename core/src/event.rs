//! What happened. One event is one venue message: a depth message carries all its levels, so that nobody sees
//! half of one.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::approval::Verdict;
use crate::fault::FaultEvent;
use crate::instrument::Side;
use crate::journal::codec::{Decode, Encode};
use crate::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use crate::notice::Notice;
use crate::num::{Money, Price, Qty};
use crate::order::OrderId;
use crate::risk::BreakerKind;
use crate::task::TaskOrder;
use crate::time::{Span, Ts};

/// Place of an event in its run, from 0. Counts every event, also those that a journal holds by reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Seq(pub u64);

/// One market event as a tape gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeRow {
    /// What was received, and when.
    pub event: Event,
    /// The venue's own time for it; [`Ts::UNKNOWN`] where the source told none or it was not asked for.
    pub ts_venue: Ts,
}

/// One thing that happened, at its receive time.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Event {
    /// When it was received.
    pub ts: Ts,
    /// What it was.
    pub body: Body,
}

/// The kinds of events. Tags are places in this list and journals keep them: append only.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Body {
    /// Top of book.
    Quote(Quote),
    /// Public print.
    Trade(Trade),
    /// Depth snapshot or diff.
    Depth(Box<DepthUpdate>),
    /// Mark and index price.
    Mark(Mark),
    /// Funding rate of the interval that is running.
    Funding(FundingRate),
    /// Answer to an order, or news of it.
    Order(OrderEvent),
    /// News of an account.
    Account(AccountEvent),
    /// A deadline that a task asked for.
    Timer(Timer),
    /// News of a feed.
    Feed(FeedEvent),
    /// What a person or a supervisor ordered.
    Control(Control),
    /// Start and end of a run.
    Run(Box<RunEvent>),
    /// One level of a depth feed whose source has no update ids.
    Level(LevelChange),
    /// A candle, when it closes.
    Bar(Box<Bar>),
    /// Open interest.
    OpenInterest(OpenInterest),
    /// Whether an instrument trades.
    Status(StatusEvent),
    /// A fault that a simulation injected.
    Fault(FaultEvent),
    /// What people may conclude something from.
    Notice(Box<Notice>),
}

/// A body and the two stamps of a tape's row make one cache line; what is larger is boxed. What is most frequent starts
/// with its instrument, in this order in memory too, so that it is found without telling the kinds apart.
const _: () = assert!(size_of::<TapeRow>() == 64);

impl Body {
    /// The instrument of a market event.
    pub fn instrument(&self) -> Option<InstrumentId> {
        match self {
            Self::Quote(quote) => Some(quote.instrument),
            Self::Trade(trade) => Some(trade.instrument),
            Self::Depth(depth) => Some(depth.instrument),
            Self::Mark(mark) => Some(mark.instrument),
            Self::Funding(funding) => Some(funding.instrument),
            Self::Feed(feed) => Some(feed.instrument),
            Self::Level(change) => Some(change.instrument),
            Self::Bar(bar) => Some(bar.instrument),
            Self::OpenInterest(interest) => Some(interest.instrument),
            Self::Status(status) => Some(status.instrument),
            Self::Order(_)
            | Self::Account(_)
            | Self::Timer(_)
            | Self::Control(_)
            | Self::Run(_)
            | Self::Fault(_)
            | Self::Notice(_) => None,
        }
    }

    /// True when it is surely no more than its bytes, and has nothing to give back: the most frequent news of a market.
    #[inline]
    pub const fn is_plain(&self) -> bool {
        matches!(self, Self::Quote(_) | Self::Trade(_) | Self::Level(_))
    }

    /// True when a connection is gone: word of that is not the venue's.
    pub(crate) const fn is_loss_of_feed(&self) -> bool {
        matches!(self, Self::Feed(news) if matches!(news.state, FeedNews::Disconnected))
    }

    /// True for what everybody sees, which a backtest's journal holds by reference.
    pub fn is_market(&self) -> bool {
        self.instrument().is_some()
    }
}

/// A price with the quantity that stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Level {
    /// Price.
    pub price: Price,
    /// Quantity, zero or more.
    pub qty: Qty,
}

/// Best bid and ask of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[repr(C)]
pub struct Quote {
    /// Whose.
    pub instrument: InstrumentId,
    /// Best bid.
    pub bid: Level,
    /// Best ask.
    pub ask: Level,
}

/// A public print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[repr(C)]
pub struct Trade {
    /// Whose.
    pub instrument: InstrumentId,
    /// Price.
    pub price: Price,
    /// Quantity.
    pub qty: Qty,
    /// The side that took.
    pub aggressor: Side,
}

/// A depth message: absolute quantities by level, zero removes one.
///
/// A source without update ids has 0 for all of them: its messages are taken as they come, see
/// [`DepthUpdate::is_chained`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DepthUpdate {
    /// Whose.
    pub instrument: InstrumentId,
    /// True when this is the whole book, false for changes.
    pub snapshot: bool,
    /// First update id that the message covers (Binance `U`); the snapshot's own id for a snapshot.
    pub first: u64,
    /// Last update id that the message covers (`u`).
    pub last: u64,
    /// Last id of the message before, where the venue tells it (`pu` of Binance futures).
    pub prev: Option<u64>,
    /// Bids, in the message's order.
    pub bids: Vec<Level>,
    /// Asks, in the message's order.
    pub asks: Vec<Level>,
}

impl DepthUpdate {
    /// True when the message has update ids, so that a missing one shows.
    pub const fn is_chained(&self) -> bool {
        self.last != 0
    }
}

/// A depth message of one level without update ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[repr(C)]
pub struct LevelChange {
    /// Whose.
    pub instrument: InstrumentId,
    /// `Buy` changes a bid, `Sell` an ask.
    pub side: Side,
    /// The price, with the quantity that stands there now; zero removes it.
    pub level: Level,
}

/// A candle; its event is stamped with its close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Bar {
    /// Whose.
    pub instrument: InstrumentId,
    /// How long it is.
    pub span: Span,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Quantity that traded.
    pub volume: Qty,
}

/// Open interest of a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[repr(C)]
pub struct OpenInterest {
    /// Whose.
    pub instrument: InstrumentId,
    /// Quantity that is open, one side counted.
    pub qty: Qty,
}

/// Whether an instrument trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[repr(C)]
pub struct StatusEvent {
    /// Whose.
    pub instrument: InstrumentId,
    /// What holds from now on.
    pub status: Status,
}

/// What can be done with an instrument at its venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Status {
    /// Orders are taken and matched.
    #[default]
    Trading,
    /// Nothing is matched and no order is taken; resting orders can be cancelled.
    Halted,
}

impl Status {
    /// The word used in files and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trading => "trading",
            Self::Halted => "halted",
        }
    }
}

/// Mark price, and index where told, in quote units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[repr(C)]
pub struct Mark {
    /// Whose.
    pub instrument: InstrumentId,
    /// Mark price.
    pub mark: Money,
    /// Index price.
    pub index: Option<Money>,
}

/// Funding rate of the running interval, as known now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[repr(C)]
pub struct FundingRate {
    /// Whose.
    pub instrument: InstrumentId,
    /// Fraction of notional that longs pay shorts when positive: 0.0001 is 1 bps.
    pub rate: Money,
    /// When it is paid, on the tape's time axis.
    pub settles_at: Ts,
}

/// News of one order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OrderEvent {
    /// Which order.
    pub order: OrderId,
    /// What became of it.
    pub kind: OrderEventKind,
}

/// What can become of an order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum OrderEventKind {
    /// The venue has it.
    Accepted,
    /// The venue proved that it does not take it.
    Rejected(RejectReason),
    /// It traded.
    Filled(Box<Fill>),
    /// It is gone, by our wish.
    Cancelled,
    /// It is gone, by its own terms (IOC remainder, FOK not filled).
    Expired,
    /// Nobody knows: only the venue's evidence leads out of this.
    Unknown,
    /// The cancel came too late or found nothing; the order's own news tells its state.
    CancelRejected,
    /// Evidence that it never was at the venue.
    NotSent,
    /// The venue changed it.
    Amended {
        /// Its whole quantity from now on, with what traded already.
        qty: Qty,
        /// Its price from now on.
        limit: Price,
    },
    /// The venue did not change it: it stands as it was, if it stands at all.
    AmendRejected(RejectReason),
}

/// One execution of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fill {
    /// The venue's id of the execution; one is applied once.
    pub trade_id: u64,
    /// Price.
    pub price: Price,
    /// Quantity, positive.
    pub qty: Qty,
    /// What it cost.
    pub fee: Fee,
    /// True when our order rested.
    pub maker: bool,
}

/// A fee as charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fee {
    /// In which asset.
    pub asset: AssetId,
    /// How much of it; negative is a rebate.
    pub amount: Money,
    /// Its worth in the instrument's settlement asset at the time of the fill.
    pub value: Money,
}

/// Why a venue refused an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum RejectReason {
    /// Price is not on the tick grid or not positive.
    TickSize,
    /// Quantity is not in whole lots.
    LotSize,
    /// Quantity is outside its bounds.
    Quantity,
    /// Value is below the minimum.
    MinNotional,
    /// Not enough free balance or margin.
    Balance,
    /// A post-only order would have taken.
    WouldTake,
    /// There is no market to trade against.
    NoMarket,
    /// A reduce-only order would not reduce.
    ReduceOnly,
    /// More orders than the venue takes in a time.
    RateLimit,
    /// The instrument does not trade at the moment.
    Halted,
    /// It would have traded with an own order.
    SelfTrade,
    /// The position would be larger than the venue's margin tiers allow at this leverage.
    Leverage,
    /// There is no such order at rest that could be changed.
    NotResting,
    /// The venue's reason is none of these.
    Other,
}

impl RejectReason {
    /// All reasons.
    pub const ALL: [Self; 14] = [
        Self::TickSize,
        Self::LotSize,
        Self::Quantity,
        Self::MinNotional,
        Self::Balance,
        Self::WouldTake,
        Self::NoMarket,
        Self::ReduceOnly,
        Self::RateLimit,
        Self::Halted,
        Self::SelfTrade,
        Self::Leverage,
        Self::NotResting,
        Self::Other,
    ];

    /// The word used in pages and journals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TickSize => "tick_size",
            Self::LotSize => "lot_size",
            Self::Quantity => "quantity",
            Self::MinNotional => "min_notional",
            Self::Balance => "balance",
            Self::WouldTake => "would_take",
            Self::NoMarket => "no_market",
            Self::ReduceOnly => "reduce_only",
            Self::RateLimit => "rate_limit",
            Self::Halted => "halted",
            Self::SelfTrade => "self_trade",
            Self::Leverage => "leverage",
            Self::NotResting => "not_resting",
            Self::Other => "other",
        }
    }
}

/// News of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum AccountEvent {
    /// The venue's own word on a balance: total of an asset. The first one for an asset is its opening.
    Balance {
        /// Where.
        venue: VenueId,
        /// Of what.
        asset: AssetId,
        /// Free and locked together.
        total: Money,
    },
    /// Funding was settled on a position.
    Funding {
        /// For which position.
        instrument: InstrumentId,
        /// What was received (negative: paid), in the settlement asset.
        amount: Money,
        /// The rate it went by.
        rate: Money,
    },
    /// The venue closed a futures position because the account could not carry it any more; or, where it closed
    /// nothing, it bore what the account could not pay of a trade's loss.
    Liquidated {
        /// Whose position; it is flat now if something was closed.
        instrument: InstrumentId,
        /// The signed position that was closed; zero where nothing was, and what is held stays.
        qty: Qty,
        /// What closing brought in the settlement asset, with what the venue bore of the loss.
        realised: Money,
    },
    /// The venue's fee for a liquidation; told just before the [`AccountEvent::Liquidated`] of the same position.
    LiquidationFee {
        /// For which position.
        instrument: InstrumentId,
        /// What was taken, in the settlement asset.
        amount: Money,
    },
    /// The venue closed part or all of a futures position against those of others, although the account could carry
    /// it (auto-deleveraging).
    Deleveraged {
        /// Whose position.
        instrument: InstrumentId,
        /// The signed part of the position that was closed.
        qty: Qty,
        /// At which price. There is no fee.
        price: Price,
    },
    /// Somebody else traded on the account: in spot, or so that a futures position grew. It is no task's, and the venue
    /// counts it in the balances and in the one position that it keeps.
    Foreign {
        /// What.
        instrument: InstrumentId,
        /// How much, signed: positive was bought.
        qty: Qty,
        /// At which price.
        price: Price,
        /// What the fee was taken in.
        fee_asset: AssetId,
        /// The fee; positive lowers the balance.
        fee: Money,
    },
}

/// A deadline that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Timer {
    /// Whose.
    pub task: TaskId,
    /// The task's own number for it.
    pub id: u32,
}

/// News of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[repr(C)]
pub struct FeedEvent {
    /// Whose.
    pub instrument: InstrumentId,
    /// What.
    pub state: FeedNews,
}

/// What became of a feed. Tags are places in this list and journals keep them: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum FeedNews {
    /// The connection is up; books start anew.
    Connected,
    /// The connection is gone; nothing it said holds.
    Disconnected,
    /// Messages are missing.
    Gap,
    /// Under pressure, messages that followed were drawn together: what they lead to is whole, and steps between, such as
    /// prints and quotes that did not last, are not told.
    Conflated,
}

/// What a person or a supervisor ordered. Tags are places in this list and journals keep them: append only.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Control {
    /// No new entries; open legs may be closed and repaired.
    Pause,
    /// Back to normal.
    Resume,
    /// Nothing leaves any more.
    Halt,
    /// A breaker of the risk gate is reset; what tripped it was seen by a person.
    ResetBreaker(BreakerKind),
    /// Balances are as venues say: differences to the books were explained by a person.
    AcceptBalances,
    /// For one task, or each.
    Task(Box<TaskOrder>),
    /// A person's word on something that waits for it.
    Verdict(Box<Verdict>),
}

/// Start and end of a run. Tags are places in this list and journals keep them: append only.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum RunEvent {
    /// The first event: everything that decisions depend on besides the events that follow.
    Started(RunStarted),
    /// The last event.
    Ended(RunEnded),
    /// The run goes on in another life of the process: orders have ids of that life from here on.
    Resumed(RunResumed),
}

/// What another life of a run begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RunResumed {
    /// Life of the process, above every one before.
    pub epoch: u32,
}

/// What a run starts from. Nothing of a wall clock, a host or a path is in it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct RunStarted {
    /// Hash of configuration, data and seed.
    pub run_id: [u8; 16],
    /// The resolved scenario, without paths.
    pub scenario: String,
    /// Every name and instrument.
    pub names: Names,
    /// Seed of all random draws.
    pub seed: u64,
    /// Life of the process, for order ids.
    pub epoch: u32,
    /// The market data that is recorded by reference; empty when it is recorded by value.
    pub tape: Vec<TapeFile>,
}

/// A file of the tape, by content.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TapeFile {
    /// Path below the catalogue's root.
    pub path: String,
    /// Hash of the content.
    pub hash: [u8; 16],
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct RunEnded {
    /// Number of market events.
    pub market_events: u64,
    /// Last known tops of book, to mark what is still open at what closing would bring.
    pub tops: Vec<Quote>,
}
