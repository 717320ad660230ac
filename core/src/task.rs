//! The life of a task: its states, the steps that lead from one to another, and the one table of both.
//!
//! Legs and orders have states of their own ([`crate::saga`], [`crate::order`]); this is the life around them: whether a
//! task runs at all. What a strategy does with its position is told by its [`Standing`]. Views for readers of other
//! systems' names are in [`Stand`].

mod views;

pub use views::{ARBITRAGE, ARBITRAGE_STEPS, DELTA_NEUTRAL, OPERATION, OPERATION_STEPS, Stand};

use alloc::string::String;
use alloc::vec::Vec;

use crate::command::LegRole;
use crate::journal::codec::{Decode, Encode};
use crate::names::TaskId;
use crate::num::Money;

/// Where a task is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskState {
    /// Waits for its start.
    Ready,
    /// Trades.
    #[default]
    Running,
    /// Was told to pause; its orders are being taken back, its legs brought to balance.
    Pausing,
    /// Has no order at work and sends none, but keeps what it holds and knows.
    Paused,
    /// Has its orders taken back before it goes on, with new parameters if there are any.
    Updating,
    /// Was told to stop; its orders are being taken back, its legs completed or closed.
    Stopping,
    /// Has stopped.
    Done,
    /// Gave up; what it left is brought to balance.
    Failed,
    /// Is over and out of the way; what it did stands in the journal.
    Archived,
}

crate::value!(
    enum TaskState {
        Ready,
        Running,
        Pausing,
        Paused,
        Updating,
        Stopping,
        Done,
        Failed,
        Archived,
    }
);

/// What moves a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskStep {
    /// A person's order to start.
    Start,
    /// A person's order to pause.
    Pause,
    /// A person's order to go on, or the end of the wait after a failure.
    Resume,
    /// A person's order to change parameters.
    Update,
    /// A person's order to stop.
    Stop,
    /// A person's order to put it away.
    Archive,
    /// It said that it cannot go on.
    Fail,
    /// None of its orders is at work any more and its legs are as they should be.
    Settled,
}

use TaskState::{Archived, Done, Failed, Paused, Pausing, Ready, Running, Stopping, Updating};
use TaskStep::{Archive, Fail, Pause, Resume, Settled, Start, Stop, Update};

/// Every step that is taken; any other is refused, and the refusal recorded.
pub const TABLE: &[(TaskState, TaskStep, TaskState)] = &[
    (Ready, Start, Running),
    (Ready, Update, Ready),
    (Ready, Stop, Stopping),
    (Running, Pause, Pausing),
    (Running, Update, Updating),
    (Running, Stop, Stopping),
    (Running, Fail, Failed),
    (Pausing, Settled, Paused),
    (Pausing, Resume, Updating),
    (Pausing, Update, Pausing),
    (Pausing, Stop, Stopping),
    (Pausing, Fail, Failed),
    (Paused, Resume, Running),
    (Paused, Update, Paused),
    (Paused, Stop, Stopping),
    (Paused, Fail, Failed),
    (Updating, Settled, Running),
    (Updating, Pause, Pausing),
    (Updating, Update, Updating),
    (Updating, Stop, Stopping),
    (Updating, Fail, Failed),
    (Stopping, Settled, Done),
    (Stopping, Fail, Failed),
    (Failed, Resume, Updating),
    (Failed, Update, Failed),
    (Failed, Stop, Stopping),
    (Failed, Archive, Archived),
    (Done, Archive, Archived),
];

impl TaskState {
    /// All states.
    pub const ALL: [Self; 9] = [
        Ready, Running, Pausing, Paused, Updating, Stopping, Done, Failed, Archived,
    ];

    /// Where a step leads; `None` when it is not taken from here.
    pub fn after(self, step: TaskStep) -> Option<Self> {
        let mut rows = TABLE.iter();
        let row = rows.find(|(from, by, _)| (*from, *by) == (self, step))?;
        Some(row.2)
    }

    /// The word used in pages and journals.
    pub const fn name(self) -> &'static str {
        match self {
            Ready => "ready",
            Running => "running",
            Pausing => "pausing",
            Paused => "paused",
            Updating => "updating",
            Stopping => "stopping",
            Done => "done",
            Failed => "failed",
            Archived => "archived",
        }
    }

    /// True unless its life is over.
    pub const fn is_active(self) -> bool {
        !matches!(self, Done | Failed | Archived)
    }

    /// True when it goes on as soon as it has settled.
    pub const fn is_settling(self) -> bool {
        matches!(self, Pausing | Updating | Stopping)
    }

    /// The reason code for orders of a role that do not leave in this state; `None` when they do. Legs are brought to
    /// balance in any: an order that was out when a task paused may fill. A stop that closes lets exits through besides.
    pub const fn forbids(self, role: LegRole) -> Option<&'static str> {
        match (self, role) {
            (Running, _) | (_, LegRole::Repair) => None,
            (Ready, _) => Some("task_ready"),
            (Pausing | Paused, _) => Some("task_paused"),
            (Updating, _) => Some("task_updating"),
            (Stopping, _) => Some("task_stopping"),
            (Done | Archived, _) => Some("task_done"),
            (Failed, _) => Some("task_failed"),
        }
    }

    /// The reason code of the decision that leads here.
    pub const fn reason(self) -> &'static str {
        match self {
            Ready => "task_ready",
            Running => "task_running",
            Pausing => "task_pausing",
            Paused => "task_paused",
            Updating => "task_updating",
            Stopping => "task_stopping",
            Done => "task_done",
            Failed => "task_failed",
            Archived => "task_archived",
        }
    }
}

/// Reason codes that any task can have besides those of its strategy.
pub const REASONS: &[(&str, &str)] = &[
    ("task_ready", "the task waits for its start"),
    ("task_running", "the task was started or goes on"),
    ("task_pausing", "the task's orders are being taken back"),
    ("task_paused", "the task is paused"),
    (
        "task_updating",
        "the task's orders are being taken back before its parameters change",
    ),
    ("task_updated", "the task goes on with new parameters"),
    (
        "task_stopping",
        "the task's orders are being taken back and its legs completed or closed",
    ),
    ("task_done", "the task has stopped"),
    ("task_failed", "the task gave up"),
    ("task_archived", "the task is put away"),
];

impl TaskStep {
    /// All steps.
    pub const ALL: [Self; 8] = [Start, Pause, Resume, Update, Stop, Archive, Fail, Settled];

    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Start => "start",
            Pause => "pause",
            Resume => "resume",
            Update => "update",
            Stop => "stop",
            Archive => "archive",
            Fail => "fail",
            Settled => "settled",
        }
    }
}

/// What a strategy is at, for a task that has to settle and for those who look on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Holds nothing and looks on.
    #[default]
    Watching,
    /// Orders are out to open.
    Entering,
    /// Holds what it wants to hold.
    Holding,
    /// Orders are out to close.
    Closing,
    /// Its legs do not balance and are being mended.
    Repairing,
    /// Its legs cannot be mended; a person is needed.
    Quarantined,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Watching,
        Self::Entering,
        Self::Holding,
        Self::Closing,
        Self::Repairing,
        Self::Quarantined,
    ];

    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Watching => "watching",
            Self::Entering => "entering",
            Self::Holding => "holding",
            Self::Closing => "closing",
            Self::Repairing => "repairing",
            Self::Quarantined => "quarantined",
        }
    }

    /// True when nothing more is to be waited for.
    pub const fn is_at_rest(self) -> bool {
        matches!(self, Self::Watching | Self::Holding | Self::Quarantined)
    }
}

/// What a person or a supervisor orders tasks to do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TaskOrder {
    /// Which; `None` is every one whose life is not over.
    pub task: Option<TaskId>,
    /// What.
    pub action: TaskAction,
}

/// What a task can be ordered to do. Tags are places in this list and journals keep them: append only.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum TaskAction {
    /// Begin.
    Start,
    /// Take every order back and send none; keep what is held and known.
    Pause,
    /// Go on.
    Resume,
    /// Take every order back, then go on with other parameters.
    Update(Vec<ParamChange>),
    /// Take every order back and end, with the legs as the ending says.
    Stop(Ending),
    /// Put away what is over.
    Archive,
    /// Trade an opportunity that a person found.
    Execute(Execution),
    /// Stop, and put it away as soon as it is done.
    Remove(Ending),
}

impl TaskAction {
    /// The step that it is, where it moves the task.
    pub const fn step(&self) -> Option<TaskStep> {
        Some(match self {
            Self::Start => Start,
            Self::Pause => Pause,
            Self::Resume => Resume,
            Self::Update(_) => Update,
            Self::Stop(_) | Self::Remove(_) => Stop,
            Self::Archive => Archive,
            Self::Execute(_) => return None,
        })
    }

    /// The word used in files and pages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Update(_) => "update",
            Self::Stop(_) => "stop",
            Self::Archive => "archive",
            Self::Execute(_) => "execute",
            Self::Remove(_) => "remove",
        }
    }
}

/// An opportunity that a person found: bought on one leg of a task, sold on another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Execution {
    /// Place of the bought leg among the task's.
    pub buy: u16,
    /// Place of the sold one.
    pub sell: u16,
    /// How much, in base units.
    pub quantity: Money,
}

/// What a stop does with the legs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Ending {
    /// Legs are brought to balance, and stay.
    #[default]
    Complete,
    /// Legs are closed.
    Unwind,
}

impl Ending {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Complete, Self::Unwind];

    /// The word used in files and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Unwind => "unwind",
        }
    }
}

/// One parameter that changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ParamChange {
    /// Which.
    pub name: String,
    /// The text that held; `None` when it had no value.
    pub old: Option<String>,
    /// The text that holds from now on.
    pub new: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_step_is_either_in_the_table_once_or_refused() {
        let mut taken = 0;
        for state in TaskState::ALL {
            for step in TaskStep::ALL {
                let rows = TABLE.iter().filter(|row| (row.0, row.1) == (state, step));
                let rows: Vec<_> = rows.collect();
                assert!(rows.len() <= 1, "{state:?} {step:?}");
                assert_eq!(state.after(step), rows.first().map(|row| row.2));
                taken += rows.len();
            }
        }
        assert_eq!(taken, TABLE.len());
    }

    #[test]
    fn the_table_holds_together() {
        // Every state but the first two is led to, and all but one lead on.
        for state in TaskState::ALL {
            let begins = matches!(state, Ready | Running);
            let reached = TABLE.iter().any(|row| row.2 == state && row.0 != state);
            assert!(begins || reached, "{state:?}");
            let leads_on = TABLE.iter().any(|row| row.0 == state);
            assert_eq!(leads_on, state != Archived, "{state:?}");
        }
        // What settles says so, and nothing else does.
        for state in TaskState::ALL {
            assert_eq!(
                state.after(Settled).is_some(),
                state.is_settling(),
                "{state:?}"
            );
        }
        // Whatever is active can be stopped; only what is over is put away.
        for state in TaskState::ALL {
            let stops = state.is_active() && state != Stopping;
            assert_eq!(
                state.after(Stop).is_some(),
                stops || state == Failed,
                "{state:?}"
            );
            assert_eq!(
                state.after(Archive).is_some(),
                matches!(state, Done | Failed),
                "{state:?}"
            );
        }
    }

    #[test]
    fn only_a_running_task_enters_and_any_mends() {
        for state in TaskState::ALL {
            assert_eq!(state.forbids(LegRole::Entry).is_none(), state == Running);
            assert_eq!(state.forbids(LegRole::Exit).is_none(), state == Running);
            assert_eq!(state.forbids(LegRole::Repair), None);
        }
        for state in TaskState::ALL {
            let reason = state.reason();
            assert!(REASONS.iter().any(|(code, _)| *code == reason), "{reason}");
        }
    }
}
