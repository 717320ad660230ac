//! What a saga does next, as one table: rows are data, the first that fits is the only one that does.

/// What is known of the saga's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Working {
    /// None is alive.
    Idle,
    /// At least one is alive, and the venue knows of each that it may have.
    Out,
    /// Of at least one nobody knows whether the venue has it.
    Unknown,
}

/// What the saga is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Opening the legs, or holding them.
    Entering,
    /// Moving one leg to another venue while the rest stands.
    Switching,
    /// Closing every leg.
    Closing,
}

crate::value!(
    enum Phase {
        Entering,
        Switching,
        Closing,
    }
);

/// How the legs stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// Nothing is held that could be traded.
    Flat,
    /// What is held cancels out, to less than could be traded.
    Even,
    /// Something is held that nothing balances, and that can be traded.
    Off,
}

/// How far mending has come: each step is tried a number of times before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// Trade what the legs that lag were meant to trade.
    Complete,
    /// Trade another instrument of the same asset instead.
    Elsewhere,
    /// Take back what the legs that lead traded.
    Unwind,
    /// Everything was tried.
    Spent,
}

/// Where a saga stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Its orders.
    pub working: Working,
    /// What it is about.
    pub phase: Phase,
    /// True when legs wait for the fills of others and can be sent now.
    pub due: bool,
    /// Its legs.
    pub balance: Balance,
    /// How far mending has come.
    pub rung: Rung,
    /// True when orders for what is left to close do not reach their venue, and what closed before can balance it.
    pub stuck: bool,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing until there is news: what is out may mend what is off.
    Wait,
    /// Send the legs that waited, as large as what filled.
    SendNext,
    /// The trip is over.
    BeFlat,
    /// The legs are held.
    BeHedged,
    /// Send what lags.
    Complete,
    /// Send a hedge to another instrument.
    HedgeElsewhere,
    /// Take back what leads.
    Unwind,
    /// Send what is left to close.
    Close,
    /// What is left cannot be closed for now: take back what closed.
    Reopen,
    /// The leg does not move: give that up, and mend with every leg.
    Abandon,
    /// Tell people and wait for them.
    Quarantine,
}

use Action as A;
use Balance::{Even, Flat, Off};
use Phase::{Closing, Entering, Switching};
use Rung::{Complete, Elsewhere, Spent, Unwind};
use Working::{Idle, Out, Unknown};

/// What a row asks of each part of a situation: one of these.
#[derive(Debug)]
struct Row {
    working: &'static [Working],
    phase: &'static [Phase],
    due: &'static [bool],
    balance: &'static [Balance],
    rung: &'static [Rung],
    stuck: &'static [bool],
    action: Action,
}

const OPEN: &[Phase] = &[Entering, Switching];
const PHASES: &[Phase] = &[Entering, Switching, Closing];
const YES: &[bool] = &[true];
const NO: &[bool] = &[false];
const EITHER: &[bool] = &[true, false];
const BALANCES: &[Balance] = &[Flat, Even, Off];
const RUNGS: &[Rung] = &[Complete, Elsewhere, Unwind, Spent];
const TRIES: &[Rung] = &[Complete, Elsewhere, Unwind];

const fn row(
    working: &'static [Working],
    phase: &'static [Phase],
    due: &'static [bool],
    balance: &'static [Balance],
    rung: &'static [Rung],
    stuck: &'static [bool],
    action: Action,
) -> Row {
    Row {
        working,
        phase,
        due,
        balance,
        rung,
        stuck,
        action,
    }
}

#[rustfmt::skip]
static TABLE: [Row; 14] = [
    //   orders           about         due     legs          mending        stuck   what is done
    row(&[Out, Unknown], PHASES,       EITHER, BALANCES,     RUNGS,         EITHER, A::Wait),
    row(&[Idle],         PHASES,       YES,    BALANCES,     RUNGS,         EITHER, A::SendNext),
    row(&[Idle],         PHASES,       NO,     &[Flat],      RUNGS,         EITHER, A::BeFlat),
    row(&[Idle],         OPEN,         NO,     &[Even],      RUNGS,         EITHER, A::BeHedged),
    row(&[Idle],         OPEN,         NO,     &[Off],       &[Complete],   EITHER, A::Complete),
    row(&[Idle],         &[Entering],  NO,     &[Off],       &[Elsewhere],  EITHER, A::HedgeElsewhere),
    row(&[Idle],         &[Entering],  NO,     &[Off],       &[Unwind],     EITHER, A::Unwind),
    row(&[Idle],         &[Entering],  NO,     &[Off],       &[Spent],      EITHER, A::Quarantine),
    // A leg that moves may stay where it was before anything else is traded for it.
    row(&[Idle],         &[Switching], NO,     &[Off],       &[Elsewhere, Unwind], EITHER, A::Unwind),
    row(&[Idle],         &[Switching], NO,     &[Off],       &[Spent],      EITHER, A::Abandon),
    row(&[Idle],         &[Closing],   NO,     &[Even],      TRIES,         EITHER, A::Close),
    row(&[Idle],         &[Closing],   NO,     &[Off],       TRIES,         NO,     A::Close),
    row(&[Idle],         &[Closing],   NO,     &[Off],       TRIES,         YES,    A::Reopen),
    row(&[Idle],         &[Closing],   NO,     &[Even, Off], &[Spent],      EITHER, A::Quarantine),
];

impl Row {
    fn fits(&self, it: Situation) -> bool {
        self.working.contains(&it.working)
            && self.phase.contains(&it.phase)
            && self.due.contains(&it.due)
            && self.balance.contains(&it.balance)
            && self.rung.contains(&it.rung)
            && self.stuck.contains(&it.stuck)
    }
}

/// What is done in a situation.
pub fn action(situation: Situation) -> Action {
    let row = TABLE.iter().find(|row| row.fits(situation));
    row.map_or(Action::Quarantine, |row| row.action)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn all() -> impl Iterator<Item = Situation> {
        let working = [Idle, Out, Unknown].into_iter();
        working.flat_map(|working| {
            PHASES.iter().flat_map(move |&phase| {
                EITHER.iter().flat_map(move |&due| {
                    BALANCES.iter().flat_map(move |&balance| {
                        RUNGS.iter().flat_map(move |&rung| {
                            EITHER.iter().map(move |&stuck| Situation {
                                working,
                                phase,
                                due,
                                balance,
                                rung,
                                stuck,
                            })
                        })
                    })
                })
            })
        })
    }

    #[test]
    fn exactly_one_row_fits_every_situation() {
        assert_eq!(all().count(), 3 * 3 * 2 * 3 * 4 * 2);
        for situation in all() {
            let fits: Vec<&Row> = TABLE.iter().filter(|row| row.fits(situation)).collect();
            assert_eq!(fits.len(), 1, "{situation:?}: {fits:?}");
        }
        for row in &TABLE {
            assert!(all().any(|situation| row.fits(situation)), "{row:?}");
        }
    }

    #[test]
    fn every_situation_obeys_the_rules() {
        for it in all() {
            let done = action(it);
            // Nothing is sent while an order's end is not known: it could hedge twice.
            assert_eq!(it.working != Idle, done == A::Wait, "{it:?}");
            // A trip rests only when its legs balance, and only mends when they do not.
            if matches!(done, A::BeFlat | A::BeHedged) {
                assert!(it.balance != Off && !it.due, "{it:?}");
            }
            if matches!(done, A::Complete | A::HedgeElsewhere | A::Unwind) {
                assert!(it.balance == Off && it.phase != Closing, "{it:?}");
            }
            // What is being closed is not opened again, unless nothing else would balance it.
            if it.phase == Closing {
                let allowed = [A::Wait, A::SendNext, A::BeFlat, A::Close, A::Quarantine];
                let reopens = done == A::Reopen && it.stuck && it.balance == Off;
                assert!(allowed.contains(&done) || reopens, "{it:?}");
            }
            assert!(done != A::Reopen || it.phase == Closing, "{it:?}");
            // People are asked last, and never for what balances.
            if matches!(done, A::Quarantine) {
                assert!(it.rung == Spent && it.balance != Flat, "{it:?}");
            }
            // While a leg moves nothing but that leg trades.
            if it.phase == Switching {
                assert!(
                    !matches!(done, A::HedgeElsewhere | A::Close | A::Quarantine),
                    "{it:?}"
                );
            }
        }
    }
}
