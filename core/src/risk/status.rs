//! How the gate stands, for whoever asks.

use alloc::vec::Vec;

use super::breaker::{Action, BreakerKind, Tripped};
use super::delta::Band;
use super::funds::{Balance, balances};
use super::gate::RiskGate;
use super::values::Values;
use super::view::{RiskView, TradingState};
use crate::names::{AssetId, TaskId};
use crate::num::Money;

/// How the gate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskStatus {
    /// What the run may do.
    pub state: TradingState,
    /// Every breaker that is configured.
    pub breakers: Vec<BreakerStatus>,
    /// Every delta that has bands.
    pub deltas: Vec<DeltaStatus>,
    /// Every balance that was ever heard of, by venue and asset.
    pub balances: Vec<Balance>,
    /// The sum of the values of all positions, whichever way, in quote units.
    pub exposure: Money,
    /// What the account is worth, open positions included, in quote units.
    pub equity: Money,
    /// Result of the UTC day, in quote units.
    pub day_result: Money,
}

/// How a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerStatus {
    /// What it watches.
    pub kind: BreakerKind,
    /// What it does when it is tripped.
    pub action: Action,
    /// Since when it is, and by what numbers.
    pub tripped: Option<Tripped>,
}

/// How a delta stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeltaStatus {
    /// Whose.
    pub task: TaskId,
    /// Exposure to which asset.
    pub base: AssetId,
    /// By fills, in base units.
    pub delta: Money,
    /// Where that lies.
    pub band: Band,
    /// True while the task opens nothing for it.
    pub pauses_entries: bool,
}

impl RiskGate {
    /// How the gate stands. Everything is read from memory.
    pub fn status(&self, view: &RiskView<'_>) -> RiskStatus {
        let more = self.more.as_deref();
        let breakers = more.map_or(&[][..], |more| &more.breakers).iter();
        let breakers = breakers.map(|breaker| BreakerStatus {
            kind: breaker.kind(),
            action: breaker.rule().action,
            tripped: breaker.tripped().copied(),
        });
        let deltas = more.map_or(&[][..], |more| &more.bands).iter();
        let deltas = deltas.map(|watch| {
            let (task, base) = (watch.rule.task, watch.rule.base);
            let delta = more.map_or(Money::ZERO, |more| {
                more.cells.delta(task, base, view.names, view.market)
            });
            DeltaStatus {
                task,
                base,
                delta,
                band: watch.rule.bands.judge(delta.decimal()),
                pauses_entries: watch.critical_since.is_some(),
            }
        });
        let values = Values::new(view.names);
        RiskStatus {
            state: self.effective_state(),
            breakers: breakers.collect(),
            deltas: deltas.collect(),
            balances: self.balances(view),
            exposure: values.exposure(view),
            equity: values.equity(view),
            day_result: view.day_result(),
        }
    }

    /// Every balance that was ever heard of, by venue and asset.
    pub fn balances(&self, view: &RiskView<'_>) -> Vec<Balance> {
        let terms = self.limits().funds.as_ref();
        let terms = terms.map_or(&[][..], |rules| &rules.venues);
        let funds = self.more.as_deref().and_then(super::more::More::funds);
        balances(terms, funds, view)
    }
}
