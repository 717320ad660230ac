//! What makes a task trade besides its own rule: another task that found something for it, or a person who did.

use alloc::format;

use super::{Desk, Outbox};
use crate::event::{Event, Seq};
use crate::market::Market;
use crate::names::{InstrumentId, TaskId};
use crate::task::{TaskAction, TaskState, TaskStep};
use crate::time::Ts;

impl Desk {
    /// Starts the tasks that wait for what task `by` found, each once. One whose turn on this event is over has another;
    /// the others have theirs still to come.
    #[cold]
    pub(super) fn start_found(
        &mut self,
        by: usize,
        seq: Seq,
        event: &Event,
        market: &Market,
        out: &mut Outbox,
    ) {
        let found = core::mem::take(&mut self.draft.found);
        for at in 0..self.tasks.len() {
            if !self.waits_for(at, by, &found) {
                continue;
            }
            let Some(next) = self.tasks[at].life.state().after(TaskStep::Start) else {
                continue;
            };
            let first = out.outgoing.len();
            self.enter(at, next, event.ts, market, out);
            self.record_any(at, first, seq, event.ts, market, out);
            let is_routed = event
                .body
                .instrument()
                .is_some_and(|instrument| self.routes[instrument.index()].contains(&at));
            if at < by || !is_routed {
                self.call(at, seq, event, market, out);
            }
        }
    }

    /// True when a task has not begun and is to begin with one of these pairs.
    fn waits_for(&self, at: usize, by: usize, found: &[[InstrumentId; 2]]) -> bool {
        let slot = &self.tasks[at];
        let legs = slot.task.legs();
        slot.life.state() == TaskState::Ready
            && slot.life.terms.started_by == Some(TaskId(by as u16))
            && found
                .iter()
                .any(|pair| pair.iter().all(|id| legs.contains(id)))
    }

    /// Has a task trade what a person found, or tells why it does not.
    pub(super) fn execute(
        &mut self,
        at: usize,
        action: &TaskAction,
        now: Ts,
        market: &Market,
        out: &mut Outbox,
    ) {
        let TaskAction::Execute(execution) = action else {
            return;
        };
        let state = self.tasks[at].life.state();
        if state != TaskState::Running {
            let why = format!("execute is refused, it is {}", state.name());
            return self.tell(at, &why, now, market, out);
        }
        let done = self.with_task(at, now, market, out, |task, cx, intents| {
            let done = task.execute(cx, execution, intents);
            task.rouse();
            done
        });
        self.tasks[at].deaf = false;
        if let Err(why) = done {
            self.tell(at, &format!("execute is refused: {why}"), now, market, out);
        }
    }
}
