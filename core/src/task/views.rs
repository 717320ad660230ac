//! The names that other systems have for where a task is, worked out from where it really is.
//!
//! Each list is one that people know from elsewhere. A decision is made within one event here, so what those systems do
//! step by step while they decide (analyse, prepare, find an opportunity) passes between two events: no status shows it.

use super::{Standing, TaskState};

/// What is known of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Where it is in its life.
    pub state: TaskState,
    /// What its strategy is at.
    pub standing: Standing,
    /// Orders of it are at work.
    pub at_work: bool,
    /// It has decided something since it began.
    pub has_looked: bool,
}

/// The nine states of a generic arbitrage task; `ANALYZING` passes within one event.
pub const ARBITRAGE: [&str; 9] = [
    "IDLE",
    "INITIALIZING",
    "MONITORING",
    "ANALYZING",
    "PREPARING",
    "EXECUTING",
    "REBALANCING",
    "COMPLETING",
    "ERROR_RECOVERY",
];

/// The states of a delta-neutral task.
pub const DELTA_NEUTRAL: [&str; 7] = [
    "IDLE",
    "SYNCING",
    "ANALYZING",
    "REBALANCING",
    "MANAGING_ORDERS",
    "COMPLETING",
    "ERROR",
];

/// The states of one operation; `OPPORTUNITY_FOUND` passes within one event.
pub const OPERATION: [&str; 8] = [
    "IDLE",
    "DETECTING",
    "OPPORTUNITY_FOUND",
    "EXECUTING",
    "POSITION_OPEN",
    "COMPLETED",
    "FAILED",
    "RECOVERING",
];

/// What follows what among [`ARBITRAGE`] while a task runs: `ANALYZING` and `PREPARING` pass within the event that leads
/// from `MONITORING` to `EXECUTING`.
pub const ARBITRAGE_STEPS: &[(&str, &[&str])] = &[
    ("INITIALIZING", &["MONITORING"]),
    (
        "MONITORING",
        &["EXECUTING", "COMPLETING", "REBALANCING", "ERROR_RECOVERY"],
    ),
    (
        "EXECUTING",
        &["MONITORING", "REBALANCING", "ERROR_RECOVERY"],
    ),
    (
        "REBALANCING",
        &["MONITORING", "COMPLETING", "ERROR_RECOVERY"],
    ),
    (
        "COMPLETING",
        &["MONITORING", "REBALANCING", "ERROR_RECOVERY"],
    ),
    ("ERROR_RECOVERY", &["MONITORING", "REBALANCING"]),
];

/// What follows what among [`OPERATION`] while a task runs. `OPPORTUNITY_FOUND` passes within the event that leads to
/// `EXECUTING`, and so does `COMPLETED` within the one that ends an operation: the task looks for the next one at once.
pub const OPERATION_STEPS: &[(&str, &[&str])] = &[
    ("DETECTING", &["EXECUTING", "RECOVERING", "FAILED"]),
    (
        "EXECUTING",
        &["POSITION_OPEN", "DETECTING", "RECOVERING", "FAILED"],
    ),
    ("POSITION_OPEN", &["EXECUTING", "RECOVERING", "FAILED"]),
    (
        "RECOVERING",
        &["POSITION_OPEN", "DETECTING", "EXECUTING", "FAILED"],
    ),
    ("FAILED", &["POSITION_OPEN", "DETECTING", "RECOVERING"]),
];

impl Stand {
    /// Among [`ARBITRAGE`].
    pub const fn arbitrage(self) -> &'static str {
        match (self.state, self.standing) {
            (TaskState::Failed, _) | (_, Standing::Quarantined) => "ERROR_RECOVERY",
            (TaskState::Ready | TaskState::Done | TaskState::Archived, _) => "IDLE",
            (_, Standing::Repairing) => "REBALANCING",
            (TaskState::Stopping, _) | (_, Standing::Closing) => "COMPLETING",
            (_, Standing::Entering) => "EXECUTING",
            (TaskState::Paused, _) => "IDLE",
            (TaskState::Pausing | TaskState::Updating, _) => "PREPARING",
            (TaskState::Running, _) if !self.has_looked => "INITIALIZING",
            (TaskState::Running, _) => "MONITORING",
        }
    }

    /// Among [`DELTA_NEUTRAL`].
    pub const fn delta_neutral(self) -> &'static str {
        match (self.state, self.standing) {
            (TaskState::Failed, _) | (_, Standing::Quarantined) => "ERROR",
            (TaskState::Ready | TaskState::Done | TaskState::Archived, _) => "IDLE",
            (_, Standing::Repairing) => "REBALANCING",
            (TaskState::Stopping, _) | (_, Standing::Closing) => "COMPLETING",
            (TaskState::Paused, _) => "IDLE",
            (TaskState::Pausing | TaskState::Updating, _) => "SYNCING",
            (TaskState::Running, _) if self.at_work => "MANAGING_ORDERS",
            (TaskState::Running, _) if !self.has_looked => "SYNCING",
            (TaskState::Running, _) => "ANALYZING",
        }
    }

    /// Among [`OPERATION`].
    pub const fn operation(self) -> &'static str {
        match (self.state, self.standing) {
            (TaskState::Failed, _) | (_, Standing::Quarantined) => "FAILED",
            (TaskState::Done | TaskState::Archived, _) => "COMPLETED",
            (TaskState::Ready, _) => "IDLE",
            (_, Standing::Repairing) => "RECOVERING",
            (_, Standing::Entering | Standing::Closing) => "EXECUTING",
            (_, Standing::Holding) => "POSITION_OPEN",
            (TaskState::Paused, Standing::Watching) => "IDLE",
            (_, Standing::Watching) => "DETECTING",
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn all() -> Vec<Stand> {
        let mut stands = Vec::new();
        for state in TaskState::ALL {
            for standing in Standing::ALL {
                for flags in 0..4 {
                    stands.push(Stand {
                        state,
                        standing,
                        at_work: flags & 1 != 0,
                        has_looked: flags & 2 != 0,
                    });
                }
            }
        }
        stands
    }

    /// Every stand has a name of the list, and every name is some stand's unless it passes within an event.
    fn covers(list: &[&str], passing: &[&str], view: impl Fn(Stand) -> &'static str) {
        let names: Vec<&str> = all().into_iter().map(view).collect();
        assert!(names.iter().all(|name| list.contains(name)));
        for name in list {
            assert_eq!(names.contains(name), !passing.contains(name), "{name}");
        }
    }

    #[test]
    fn ex1_ex2_ex3_every_stand_has_a_name_in_every_list() {
        covers(&ARBITRAGE, &["ANALYZING"], Stand::arbitrage);
        covers(&DELTA_NEUTRAL, &[], Stand::delta_neutral);
        covers(&OPERATION, &["OPPORTUNITY_FOUND"], Stand::operation);
    }

    fn is_step(steps: &[(&str, &[&str])], from: &str, to: &str) -> bool {
        let next = steps.iter().find(|row| row.0 == from);
        from == to || next.is_some_and(|row| row.1.contains(&to))
    }

    /// No row leads where no row begins, nor to a name that no stand has.
    #[test]
    fn ex1_ex3_steps_are_between_names_that_are_shown() {
        for (list, steps, passing) in [
            (&ARBITRAGE[..], ARBITRAGE_STEPS, "ANALYZING"),
            (&OPERATION[..], OPERATION_STEPS, "OPPORTUNITY_FOUND"),
        ] {
            for (from, next) in steps {
                for name in next.iter().chain([from]) {
                    assert!(list.contains(name) && *name != passing, "{name}");
                    assert!(steps.iter().any(|row| row.0 == *name), "{name}");
                }
            }
        }
    }

    /// A trip, as the saga makes it, shows as steps of the tables, each of them by itself.
    #[test]
    fn ex3_a_round_trip_takes_known_steps_only() {
        use Standing::{Closing, Entering, Holding, Quarantined, Repairing, Watching};
        let trips: [&[Standing]; 5] = [
            &[Watching, Entering, Holding, Closing, Watching],
            &[Watching, Entering, Watching],
            &[
                Watching, Entering, Repairing, Holding, Closing, Repairing, Watching,
            ],
            &[Watching, Entering, Repairing, Watching],
            &[Watching, Entering, Repairing, Quarantined],
        ];
        for trip in trips {
            for pair in trip.windows(2) {
                let [from, to] = [pair[0], pair[1]].map(|standing| Stand {
                    state: TaskState::Running,
                    standing,
                    at_work: false,
                    has_looked: true,
                });
                let operation = (from.operation(), to.operation());
                let arbitrage = (from.arbitrage(), to.arbitrage());
                for (steps, (from, to)) in
                    [(OPERATION_STEPS, operation), (ARBITRAGE_STEPS, arbitrage)]
                {
                    assert!(is_step(steps, from, to), "{from} -> {to}");
                }
            }
        }
    }
}
