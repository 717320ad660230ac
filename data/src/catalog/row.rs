//! What is stored: one message a row, as the venue said it, in the order in which it was received.

use onetape_core::event::{FeedNews, Level, Status};
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};
use onetape_core::time::{Span, Ts};

/// Whose rows these are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// Venue, such as `binance-spot`.
    pub venue: String,
    /// The venue's symbol, such as `BTCUSDT`.
    pub symbol: String,
}

impl Series {
    /// The instrument's full name, `venue:SYMBOL`.
    pub fn instrument(&self) -> String {
        format!("{}:{}", self.venue, self.symbol)
    }
}

/// One message. `place` is its place in the source (line or record number): it orders messages of equal stamps
/// across kinds. Prices and quantities are mantissas at the instrument's decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Top of book.
    Quote(QuoteRow),
    /// Depth snapshot or diff.
    Depth(DepthRow),
    /// Public print.
    Trade(TradeRow),
    /// Mark and index price.
    Mark(MarkRow),
    /// Funding rate of the running interval.
    Funding(FundingRow),
    /// Candle.
    Bar(BarRow),
    /// Open interest.
    Interest(InterestRow),
    /// Whether the instrument trades.
    Status(StatusRow),
    /// News of a feed.
    Feed(FeedRow),
}

impl Row {
    /// Receive time.
    pub const fn ts(&self) -> Ts {
        match self {
            Self::Quote(row) => row.ts,
            Self::Depth(row) => row.ts,
            Self::Trade(row) => row.ts,
            Self::Mark(row) => row.ts,
            Self::Funding(row) => row.ts,
            Self::Bar(row) => row.ts,
            Self::Interest(row) => row.ts,
            Self::Status(row) => row.ts,
            Self::Feed(row) => row.ts,
        }
    }

    /// The venue's own time, where told.
    pub const fn ts_venue(&self) -> Option<Ts> {
        match self {
            Self::Quote(row) => row.ts_venue,
            Self::Depth(row) => row.ts_venue,
            Self::Trade(row) => row.ts_venue,
            Self::Mark(row) => row.ts_venue,
            Self::Funding(row) => row.ts_venue,
            Self::Bar(row) => row.ts_venue,
            Self::Interest(row) => row.ts_venue,
            Self::Status(row) => row.ts_venue,
            Self::Feed(row) => row.ts_venue,
        }
    }

    /// Place in the source.
    pub const fn place(&self) -> u64 {
        match self {
            Self::Quote(row) => row.place,
            Self::Depth(row) => row.place,
            Self::Trade(row) => row.place,
            Self::Mark(row) => row.place,
            Self::Funding(row) => row.place,
            Self::Bar(row) => row.place,
            Self::Interest(row) => row.place,
            Self::Status(row) => row.place,
            Self::Feed(row) => row.place,
        }
    }
}

/// Top of book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteRow {
    /// Receive time.
    pub ts: Ts,
    /// The venue's own time, where told.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// The venue's update id.
    pub update_id: u64,
    /// Best bid.
    pub bid: Level,
    /// Best ask.
    pub ask: Level,
}

/// Depth snapshot or diff; stored as one row a level. A source without update ids has 0 for `first` and `last` and
/// no `prev`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthRow {
    /// Receive time.
    pub ts: Ts,
    /// The venue's own time, where told.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// True when this is the whole book.
    pub snapshot: bool,
    /// First update id covered.
    pub first: u64,
    /// Last update id covered.
    pub last: u64,
    /// Last id of the message before, where told.
    pub prev: Option<u64>,
    /// Bids in the message's order.
    pub bids: Vec<Level>,
    /// Asks in the message's order.
    pub asks: Vec<Level>,
}

/// Public print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeRow {
    /// Receive time.
    pub ts: Ts,
    /// The venue's own time, where told.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// The venue's trade id.
    pub trade_id: u64,
    /// Price.
    pub price: Price,
    /// Quantity.
    pub qty: Qty,
    /// The side that took.
    pub aggressor: Side,
}

/// Decimals at which marks, indices and rates are stored, whatever the instrument's own are.
pub(crate) const FINE_DECIMALS: u8 = 8;

/// Mark and index price, as mantissas of 8 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkRow {
    /// Receive time.
    pub ts: Ts,
    /// The venue's own time, where told.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// Mark price.
    pub mark: i64,
    /// Index price, where told.
    pub index: Option<i64>,
}

/// Funding rate of the running interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingRow {
    /// Receive time.
    pub ts: Ts,
    /// The venue's own time, where told.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// The rate, as a mantissa of 8 decimals: 10_000 is 0.01 %.
    pub rate: i64,
    /// When it is paid, by the venue's clock.
    pub settles_at: Ts,
}

/// Candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarRow {
    /// Receive time: when it closed.
    pub ts: Ts,
    /// The venue's own time, where told.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// How long it is; positive.
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

/// Open interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterestRow {
    /// Receive time.
    pub ts: Ts,
    /// The venue's own time, where told.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// Quantity that is open.
    pub qty: Qty,
}

/// Whether the instrument trades from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// Receive time.
    pub ts: Ts,
    /// The venue's own time, where told.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// What holds.
    pub status: Status,
}

/// News of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedRow {
    /// Receive time.
    pub ts: Ts,
    /// The venue's own time; such news have none.
    pub ts_venue: Option<Ts>,
    /// Place in the source.
    pub place: u64,
    /// What became of it.
    pub state: FeedNews,
}

/// News of a feed as they are stored: places in this list, append only.
pub(crate) const FEED_NEWS: [(FeedNews, &str); 4] = [
    (FeedNews::Connected, "connected"),
    (FeedNews::Disconnected, "disconnected"),
    (FeedNews::Gap, "gap"),
    (FeedNews::Conflated, "conflated"),
];

/// The place of news of a feed in their list, and the word for them.
pub(crate) fn feed_news(state: FeedNews) -> (i64, &'static str) {
    let mut all = (0..).zip(FEED_NEWS);
    let found = all.find(|(_, (known, _))| *known == state);
    found.map_or((0, "connected"), |(at, (_, word))| (at, word))
}

/// Where rows go: a catalogue's transaction, or a test's list.
pub trait RowSink {
    /// Why a row was refused.
    type Error;

    /// Takes one row of a series. Rows of one series come in the order in which they were received.
    ///
    /// # Errors
    /// When it cannot be stored.
    fn row(&mut self, series: &Series, row: Row) -> Result<(), Self::Error>;
}
