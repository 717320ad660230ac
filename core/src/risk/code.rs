//! Reason codes: every way in which the gate can say no, each with one word for journals and pages.

use super::breaker::BreakerKind;

/// Which level of the limit tree refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeKind {
    /// All that the run does.
    Account,
    /// One venue.
    Venue,
    /// All tasks of one strategy.
    Strategy,
    /// One task.
    Task,
    /// One instrument, or all of one pair of assets.
    Symbol,
    /// One task in one instrument.
    Leg,
}

/// Which limit of a level refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitKind {
    /// Value of one order.
    OrderNotional,
    /// Value of the position in one instrument.
    PositionNotional,
    /// Sum of the values of all positions.
    Exposure,
    /// Orders that are alive.
    OpenOrders,
    /// Orders and changes in a time.
    OrderRate,
    /// Exposure over equity.
    Leverage,
    /// Exposure as a share of equity.
    CapitalShare,
}

impl ScopeKind {
    /// All of them, from the widest to the narrowest.
    pub const ALL: [Self; 6] = [
        Self::Account,
        Self::Venue,
        Self::Strategy,
        Self::Task,
        Self::Symbol,
        Self::Leg,
    ];
}

impl LimitKind {
    /// All of them, in the order in which they are judged.
    pub const ALL: [Self; 7] = [
        Self::OrderNotional,
        Self::PositionNotional,
        Self::Exposure,
        Self::OpenOrders,
        Self::OrderRate,
        Self::Leverage,
        Self::CapitalShare,
    ];
}

macro_rules! limit_names {
    ($prefix:literal) => {
        [
            concat!($prefix, "max_order_notional"),
            concat!($prefix, "max_position_notional"),
            concat!($prefix, "max_exposure"),
            concat!($prefix, "max_open_orders"),
            concat!($prefix, "max_order_rate"),
            concat!($prefix, "max_leverage"),
            concat!($prefix, "max_capital_share"),
        ]
    };
}

/// By level and limit.
const LIMIT_NAMES: [[&str; 7]; 6] = [
    limit_names!(""),
    limit_names!("venue_"),
    limit_names!("strategy_"),
    limit_names!("task_"),
    limit_names!("symbol_"),
    limit_names!("leg_"),
];

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// Why the gate refuses.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
            /// A limit of a level of the tree.
            Limit(ScopeKind, LimitKind),
            /// A breaker that is tripped.
            Breaker(BreakerKind),
        }

        impl Code {
            const PLAIN: &'static [Self] = &[$(Self::$variant),+];

            /// The word in journals and pages.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Limit(scope, limit) => LIMIT_NAMES[scope as usize][limit as usize],
                    Self::Breaker(kind) => kind.refusal(),
                }
            }
        }
    };
}

codes! {
    /// The run is halted: nothing leaves.
    Halted = "halted",
    /// The run is paused: nothing is opened.
    Paused = "paused",
    /// No more ids are left in this life of the process.
    OutOfOrderIds = "out_of_order_ids",
    /// Nothing is known of the book.
    BookMissing = "book_missing",
    /// Messages of the book are missing.
    BookGapped = "book_gapped",
    /// Bid at or above ask.
    BookCrossed = "book_crossed",
    /// The book was not confirmed for too long.
    BookStale = "book_stale",
    /// The venue's feed said nothing for too long.
    FeedSilent = "feed_silent",
    /// The books of the legs are of moments too far apart.
    LegsSkewed = "legs_skewed",
    /// The quantity is not in whole lots.
    QuantityOffLot = "quantity_off_lot",
    /// The price is not on the grid.
    PriceOffTick = "price_off_tick",
    /// Less than the venue takes.
    BelowMinQuantity = "below_min_quantity",
    /// More than the venue takes.
    AboveMaxQuantity = "above_max_quantity",
    /// Worth less than the venue takes.
    BelowMinNotional = "below_min_notional",
    /// The order to change has ended.
    OrderEnded = "order_ended",
    /// The order to change has no price.
    NotALimitOrder = "not_a_limit_order",
    /// The order to change or take back is another task's.
    NotOwnOrder = "not_own_order",
    /// The instrument is not on the list of those that may be traded.
    InstrumentNotAllowed = "instrument_not_allowed",
    /// The price is too far from the middle of the book.
    CollarMid = "collar_mid",
    /// The price is too far from the last trade.
    CollarLast = "collar_last",
    /// It could trade with an own order.
    SelfTrade = "self_trade",
    /// The day lost too much.
    MaxDailyLoss = "max_daily_loss",
    /// Equity is too far below its peak.
    MaxDrawdown = "max_drawdown",
    /// The task's legs are too far from balance.
    DeltaCritical = "delta_critical",
    /// Nobody said that there is any of the asset that it needs.
    BalanceUnknown = "balance_unknown",
    /// There is not enough free of the asset that it needs.
    BalanceInsufficient = "balance_insufficient",
    /// The venue's word on a balance is not what the books say.
    BalanceUnreconciled = "balance_unreconciled",
}

impl Code {
    /// Every code that there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let limits = ScopeKind::ALL
            .into_iter()
            .flat_map(|scope| LimitKind::ALL.map(|limit| Self::Limit(scope, limit)));
        let plain = Self::PLAIN.iter().copied();
        plain
            .chain(limits)
            .chain(BreakerKind::ALL.map(Self::Breaker))
    }
}
