//! Limits of one run.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::alert::AlertRule;
use super::breaker::BreakerRule;
use super::code::ScopeKind;
use super::delta::Bands;
use super::funds::FundsRules;
use super::rate::Rate;
use crate::names::{AssetId, InstrumentId, TaskId, VenueId};
use crate::num::{Bps, Money};
use crate::ramp::RampRule;
use crate::time::Span;

/// What a run may do at most. `None` is no limit. Money is in quote units; quote assets of a run are taken to be
/// worth the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiskLimits {
    /// Value of one order that opens or grows a position.
    pub max_order_notional: Option<Money>,
    /// Value of a position, with every open and unknown order of its direction filled.
    pub max_position_notional: Option<Money>,
    /// Loss of a UTC day, realised and unrealised, beyond which nothing is opened any more.
    pub max_daily_loss: Option<Money>,
    /// Age of a top of book beyond which nothing is sent on it.
    pub max_book_age: Option<Span>,
    /// What an order may cross with, of the run's own.
    pub self_trade: SelfTradeRule,
    /// What else holds for every order.
    pub guards: Guards,
    /// The limit tree: every level that an order belongs to must hold.
    pub levels: Vec<Level>,
    /// What stops entries, or everything, when it happens.
    pub breakers: Vec<BreakerRule>,
    /// What people are told of.
    pub alerts: Vec<AlertRule>,
    /// Delta bands of tasks.
    pub bands: Vec<TaskBands>,
    /// Whether orders must be payable, and whether balances are reconciled.
    pub funds: Option<FundsRules>,
    /// What closing a task's position may lose before a person is asked.
    pub max_single_loss: Option<Money>,
    /// How it begins small and grows; the scenario's own size at once where there is none.
    pub ramp: Option<RampRule>,
}

impl RiskLimits {
    /// True when something beyond the plain limits is asked for, which then has to be kept.
    pub(super) fn has_more(&self) -> bool {
        self.guards != Guards::default()
            || self.funds.as_ref().is_some_and(FundsRules::is_wanted)
            || !(self.levels.is_empty()
                && self.breakers.is_empty()
                && self.alerts.is_empty()
                && self.bands.is_empty())
    }
}

/// Bounds on every order of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guards {
    /// How far a price may be beyond the middle of the book, on the side that gives: above it for a buyer, below it
    /// for a seller. An order without a price is judged by the touch.
    pub collar_mid: Option<Bps>,
    /// The same against the last trade, where one is known.
    pub collar_last: Option<Bps>,
    /// How far equity may be below its peak of the run, open positions included, before nothing is opened.
    pub max_drawdown: Option<Bps>,
    /// The instruments that may be traded, in order; all of them when it is absent.
    pub allowed: Option<Vec<InstrumentId>>,
    /// How long a venue's feed may have said nothing, about whatever instrument.
    pub max_feed_age: Option<Span>,
    /// How far apart the moments of the books may be that orders are placed on together.
    pub max_leg_skew: Option<Span>,
}

/// Which own orders an order must not be able to trade with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelfTradeRule {
    /// Those of other tasks. A task's own are the task's affair, and the venue's rule.
    #[default]
    AcrossTasks,
    /// All.
    Always,
    /// None: the venue's rule alone holds.
    Venue,
}

/// One level of the limit tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// What it covers.
    pub scope: Scope,
    /// What holds there.
    pub limits: LevelLimits,
}

/// What a level covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Account,
    /// What is done at a venue.
    Venue(VenueId),
    /// What the tasks of one strategy do.
    Strategy(Vec<TaskId>),
    /// What one task does.
    Task(TaskId),
    /// What is done in one instrument.
    Instrument(InstrumentId),
    /// What is done in instruments of one pair of assets, base and quote.
    Pair(AssetId, AssetId),
    /// What one task does in one instrument.
    Leg(TaskId, InstrumentId),
}

impl Scope {
    /// Which level it is, as a refusal names it.
    pub const fn kind(&self) -> ScopeKind {
        match self {
            Self::Account => ScopeKind::Account,
            Self::Venue(_) => ScopeKind::Venue,
            Self::Strategy(_) => ScopeKind::Strategy,
            Self::Task(_) => ScopeKind::Task,
            Self::Instrument(_) | Self::Pair(..) => ScopeKind::Symbol,
            Self::Leg(..) => ScopeKind::Leg,
        }
    }
}

/// Limits of one level; `None` is no limit. They hold in the worst case: with every open, unknown and just approved
/// order filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelLimits {
    /// Value of one order that opens or grows a position.
    pub max_order_notional: Option<Money>,
    /// Value of the level's position in one instrument.
    pub max_position_notional: Option<Money>,
    /// Sum of the values of the level's positions, whichever way they are.
    pub max_exposure: Option<Money>,
    /// Orders that are alive, the new one with them.
    pub max_open_orders: Option<u32>,
    /// New orders and changes in any stretch of time.
    pub max_order_rate: Option<Rate>,
    /// The level's exposure over the account's equity.
    pub max_leverage: Option<Decimal>,
    /// The level's exposure as a share of the account's equity.
    pub max_capital_share: Option<Bps>,
}

/// Delta bands of one task in one base asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskBands {
    /// Whose.
    pub task: TaskId,
    /// Exposure to which asset.
    pub base: AssetId,
    /// The bands.
    pub bands: Bands,
    /// How long the delta may be critical, as it is between the fills of two legs, before people are told. Entries
    /// stop at once.
    pub patience: Span,
}
