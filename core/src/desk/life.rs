//! What a desk knows of one task besides the strategy itself: where it is in its life, what it was told, what it holds.

use alloc::vec::Vec;

use super::tasks::TaskTerms;
use crate::command::Command;
use crate::decision::{Decision, Reason};
use crate::event::Fill;
use crate::instrument::{Instrument, Side};
use crate::names::InstrumentId;
use crate::num::{Money, Price, Qty};
use crate::position::{Position, share_of_cost};
use crate::task::{Ending, ParamChange, Stand, Standing, TaskState};
use crate::time::{Span, Ts};

/// The wait after a failure doubles so often at most.
const DOUBLINGS: u32 = 6;

/// What one task made of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Which.
    pub instrument: InstrumentId,
    /// Its part of the account's position.
    pub position: Position,
    /// Fees of its fills, in the settlement asset.
    pub fees: Money,
    /// Its fills.
    pub fills: u64,
}

crate::value!(struct Holding { instrument, position, fees, fills });

/// Where a task is, for those who look on.
#[derive(Clone, Debug)]
pub struct TaskStatus<'a> {
    /// Where it is in its life.
    pub state: TaskState,
    /// What its strategy is at.
    pub standing: Standing,
    /// The reason in force.
    pub reason: &'a Reason,
    /// Orders at work.
    pub orders: usize,
    /// Decisions on which orders left.
    pub executions: u64,
    /// Decisions.
    pub decisions: u64,
    /// When it decided last.
    pub decided_at: Option<Ts>,
    /// Its next timer.
    pub next_timer: Option<Ts>,
    /// Failures in a row.
    pub failures: u32,
    /// What it made of each instrument that it traded.
    pub holdings: &'a [Holding],
}

impl TaskStatus<'_> {
    /// For the views of other systems' names.
    pub const fn stand(&self) -> Stand {
        Stand {
            state: self.state,
            standing: self.standing,
            at_work: self.orders > 0,
            has_looked: self.decisions > 0,
        }
    }
}

/// One task's life.
#[derive(Default)]
pub(super) struct Life {
    pub(super) state: TaskState,
    pub(super) terms: TaskTerms,
    /// What a stop does with the legs.
    pub(super) ending: Ending,
    /// Parameters that change when no order is at work any more.
    pub(super) pending: Vec<ParamChange>,
    /// How often its orders were taken back in vain.
    pub(super) tries: u32,
    pub(super) failures: u32,
    /// It is put away as soon as it is done.
    pub(super) is_removed: bool,
    /// When it was over last.
    pub(super) over_since: Option<Ts>,
    /// The last wait after a failure, and when it was over.
    wait: Span,
    back_at: Ts,
    pub(super) executions: u64,
    pub(super) decisions: u64,
    pub(super) decided_at: Option<Ts>,
    pub(super) holdings: Vec<Holding>,
}

crate::state!(Life {
    state, ending, pending, tries, failures, is_removed, over_since, wait, back_at, executions, decisions, decided_at, holdings
} fixed { terms });

impl Life {
    #[inline]
    pub(super) const fn state(&self) -> TaskState {
        self.state
    }

    /// True when it hears of the market no more: it has nothing to tell of it either.
    pub(super) const fn is_deaf(&self) -> bool {
        matches!(self.state, TaskState::Done | TaskState::Archived)
    }

    /// Takes a decision of the task down.
    pub(super) fn decided(&mut self, decision: &Decision) {
        let mut commands = decision.commands.iter();
        let executes = commands.any(|command| matches!(command, Command::Place(_)));
        self.executions += u64::from(executes);
        self.decisions += 1;
        self.decided_at = Some(decision.ts);
    }

    /// Books a fill of one of the task's orders, which made of the account's position `before` what it is `after`.
    pub(super) fn book(
        &mut self,
        instrument: &Instrument,
        side: Side,
        fill: &Fill,
        [before, after]: [&Position; 2],
    ) {
        let known = self
            .holdings
            .iter()
            .position(|held| held.instrument == instrument.id);
        let at = known.unwrap_or_else(|| {
            self.holdings.push(Holding {
                instrument: instrument.id,
                position: Position::default(),
                fees: Money::ZERO,
                fills: 0,
            });
            self.holdings.len() - 1
        });
        let held = &mut self.holdings[at];
        // What is all of one task's needs no reckoning twice.
        if held.position == *before {
            held.position = *after;
        } else {
            held.position.book(instrument, side, fill);
        }
        held.fees += fill.fee.value;
        held.fills += 1;
    }

    /// A venue closed the account's position of an instrument, this task's part with it.
    pub(super) fn liquidated(&mut self, instrument: &Instrument, closed: Qty, realised: Money) {
        let mut holdings = self.holdings.iter_mut();
        let held = holdings.find(|held| held.instrument == instrument.id);
        let Some(held) = held.filter(|held| !held.position.qty.is_zero() && !closed.is_zero())
        else {
            return;
        };
        let part = instrument.qty_decimal(held.position.qty);
        let share = share_of_cost(realised, part, instrument.qty_decimal(closed));
        held.position.close_for(share);
    }

    /// What the task's fills made of an instrument, signed.
    pub(super) fn held(&self, instrument: InstrumentId) -> Qty {
        let mut holdings = self.holdings.iter();
        let held = holdings.find(|held| held.instrument == instrument);
        held.map_or(Qty::ZERO, |held| held.position.qty)
    }

    /// A venue closed a part of a position, of which the task bears a signed share.
    pub(super) fn deleveraged(&mut self, instrument: &Instrument, share: Qty, price: Price) {
        let mut holdings = self.holdings.iter_mut();
        if let Some(held) = holdings.find(|held| held.instrument == instrument.id) {
            held.position.deleverage(instrument, share, price);
        }
    }

    /// True when it has been over for as long as it is kept.
    pub(super) fn is_kept_enough(&self, now: Ts) -> bool {
        let since = self.over_since.zip(self.terms.archive_after);
        since.is_some_and(|(since, time)| now >= since + time)
    }

    /// Notes a failure; how long to wait until it is tried again, if at all. Soon after the last one it is twice as long.
    pub(super) fn failed(&mut self, now: Ts) -> Option<Span> {
        let soon = self.failures > 0 && now.since(self.back_at) <= self.wait;
        self.failures = if soon { self.failures + 1 } else { 1 };
        let wait = self.terms.retry_after?;
        let doublings = (self.failures - 1).min(DOUBLINGS);
        self.wait = Span::from_nanos(wait.nanos().saturating_mul(1 << doublings));
        self.back_at = now + self.wait;
        Some(self.wait)
    }
}
