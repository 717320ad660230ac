//! The `[risk]` section: limits by level, guards, breakers, alerts, delta bands and balances.

mod levels;
mod read;
mod rules;
mod text;

use std::collections::BTreeMap;

use onetape_core::num::{Bps, Money};
use onetape_core::risk::{Action, BreakerRule, LevelLimits, SelfTradeRule};
use onetape_core::time::Span;
use rust_decimal::Decimal;

use super::model::InstrumentName;

pub(super) use read::{Known, read};
pub(super) use text::write;

/// Limits of the risk gate; absent is unlimited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Risk {
    /// Largest value of an order, in quote units.
    pub max_order_notional: Option<Money>,
    /// Largest value of a position, in quote units.
    pub max_position_notional: Option<Money>,
    /// Largest loss of a UTC day, in quote units.
    pub max_daily_loss: Option<Money>,
    /// What closing a task's position may lose before a person is asked, in quote units.
    pub max_single_loss: Option<Money>,
    /// Oldest book that may be traded on.
    pub max_book_age: Option<Span>,
    /// What else holds for the account as a whole.
    pub account: LevelLimits,
    /// What holds for every order.
    pub guards: Guards,
    /// Which own orders an order must not be able to trade with.
    pub self_trade: SelfTradeRule,
    /// Limits of parts of the account, in the order in which they are judged.
    pub levels: Vec<(Scope, LevelLimits)>,
    /// What stops entries, or everything.
    pub breakers: Vec<BreakerRule>,
    /// What people are told of.
    pub alerts: Vec<Alert>,
    /// Delta bands by task, in base units.
    pub bands: BTreeMap<String, Bands>,
    /// What balances are watched for.
    pub balance: BalanceRules,
}

/// Bounds on every order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guards {
    /// How far beyond the middle of the book a price may give.
    pub collar_mid: Option<Bps>,
    /// How far beyond the last trade a price may give.
    pub collar_last: Option<Bps>,
    /// How far equity may be below its peak.
    pub max_drawdown: Option<Bps>,
    /// The instruments that may be traded.
    pub allow: Option<Vec<InstrumentName>>,
    /// How long a venue's feed may have said nothing.
    pub max_feed_age: Option<Span>,
    /// How far apart the books of legs that enter together may be.
    pub max_leg_skew: Option<Span>,
}

/// What a level of the limit tree covers.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// A venue.
    Venue(String),
    /// All tasks of a strategy.
    Strategy(String),
    /// A task.
    Task(String),
    /// An instrument, a venue's symbol wherever it trades, or a pair of assets.
    Symbol(Symbol),
    /// An instrument as a leg of a task.
    Leg {
        /// The task.
        task: String,
        /// The strategy's name for the leg.
        leg: String,
    },
}

/// What a symbol stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Symbol {
    /// `venue:SYMBOL`.
    Instrument(InstrumentName),
    /// `BASE/QUOTE`.
    Pair(String, String),
}

/// What people are told of, once an episode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alert {
    /// Sum of all positions above this.
    Exposure(Money),
    /// That sum over equity above this.
    Leverage(Decimal),
    /// Loss of the UTC day above this.
    DayLoss(Money),
    /// Equity below its peak by more than this.
    Drawdown(Bps),
    /// More orders alive than this.
    OpenOrders(u32),
}

/// Delta bands of a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bands {
    /// Within which nothing is done.
    pub target: Decimal,
    /// Beyond which the delta is corrected.
    pub rebalance: Decimal,
    /// Beyond which nothing is opened.
    pub critical: Decimal,
    /// How long it may be critical before people are told.
    pub patience: Span,
}

/// What balances are watched for.
#[derive(Clone, Debug, PartialEq)]
pub struct BalanceRules {
    /// Refuse orders that are not payable.
    pub check: bool,
    /// Compare the books with what venues say.
    pub reconcile: bool,
    /// How long a difference may last.
    pub patience: Span,
    /// Differences that are let pass, by asset.
    pub tolerance: BTreeMap<String, Money>,
    /// Balances below which people are told, by asset.
    pub low: BTreeMap<String, Money>,
}

impl Default for BalanceRules {
    fn default() -> Self {
        Self {
            check: false,
            reconcile: false,
            patience: PATIENCE,
            tolerance: BTreeMap::new(),
            low: BTreeMap::new(),
        }
    }
}

/// How long a difference of balances may last, where nothing else is said.
const PATIENCE: Span = Span::from_millis(2_000);
/// How long a delta may be critical, where nothing else is said: the deadline of a hedge.
const HEDGE_PATIENCE: Span = Span::from_millis(3_000);

/// Words for which own orders an order must not meet.
const SELF_TRADES: [(&str, SelfTradeRule); 3] = [
    ("across_tasks", SelfTradeRule::AcrossTasks),
    ("always", SelfTradeRule::Always),
    ("venue", SelfTradeRule::Venue),
];

/// Words for what a breaker does.
const ACTIONS: [(&str, Action); 2] = [("reduce", Action::Reduce), ("halt", Action::Halt)];

fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    let found = words.iter().find(|(_, known)| known == value);
    found.map_or("", |(word, _)| word)
}

fn value_of<T: Copy>(words: &[(&'static str, T)], text: &str) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value)
}
