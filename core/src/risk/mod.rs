//! The risk gate: the one way from an intent to an order that may leave.
//!
//! The plain limits stand in [`RiskLimits`] and cost a few comparisons. Everything else (the limit tree, guards,
//! breakers, alerts, delta bands, funds) is kept only where a run asks for any of it.

mod alert;
mod breaker;
mod cells;
mod code;
mod delta;
mod funds;
mod gate;
mod jump;
mod limits;
mod more;
mod needs;
mod pending;
mod rate;
mod reconcile;
mod self_trade;
mod status;
#[cfg(test)]
mod tests;
mod told;
mod tree;
mod trips;
mod units;
mod values;
mod view;
mod watch;
mod worst;

pub use alert::AlertRule;
pub use breaker::{Action, BreakerKind, BreakerRule, Trigger, Tripped};
pub(crate) use cells::Alive;
pub use code::{Code, LimitKind, ScopeKind};
pub use delta::{Band, BandShares, Bands};
pub(crate) use funds::Ahead;
pub use funds::{Balance, FundsRules};
pub use gate::{Approved, Pending, RiskGate};
pub use limits::{Guards, Level, LevelLimits, RiskLimits, Scope, SelfTradeRule, TaskBands};
pub(crate) use more::More;
pub use needs::{FeeIn, Need, VenueTerms};
pub use rate::Rate;
pub use reconcile::ReconcileRule;
pub use status::{BreakerStatus, DeltaStatus, RiskStatus};
pub use view::{RiskView, TradingState};
pub(crate) use watch::{Finding, Recall};
