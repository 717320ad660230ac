//! What round trips brought, by their fills, for the breaker that looks for losses beyond what may be expected.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use crate::command::{LegRole, Place};
use crate::event::Fill;
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::{Bps, Money};
use crate::position::Position;

/// The running trip of one task.
#[derive(Clone, Debug)]
struct Trip {
    task: TaskId,
    number: u32,
    legs: Vec<(InstrumentId, Position)>,
    /// What its entries were worth.
    entered: Money,
    /// Realised less fees.
    result: Money,
}

crate::value!(struct Trip { task, number, legs, entered, result });

/// The running trips, and what those that ended since the last look brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Trips {
    running: Vec<Trip>,
    /// What was entered, and what came of it.
    ended: Vec<(Money, Money)>,
}

crate::value!(struct Trips { running, ended });

impl Trips {
    /// Takes an execution in. A trip ends when every leg is flat, but for what is too little to trade.
    pub(super) fn fill(&mut self, place: &Place, fill: &Fill, names: &Names) {
        let number = place.tag.trip;
        if number == 0 {
            return;
        }
        let at = self.find(place.task, number);
        let trip = &mut self.running[at];
        let instrument = names.instrument(place.instrument);
        if place.tag.role == LegRole::Entry {
            trip.entered += instrument.notional(fill.price, fill.qty).abs();
        }
        let leg = trip.legs.iter().position(|(id, _)| *id == place.instrument);
        let leg = leg.unwrap_or_else(|| {
            trip.legs.push((place.instrument, Position::default()));
            trip.legs.len() - 1
        });
        trip.result += trip.legs[leg].1.book(instrument, place.side, fill) - fill.fee.value;
        let flat = |(id, position): &(InstrumentId, Position)| {
            let instrument = names.instrument(*id);
            position.qty.abs() < instrument.min_qty.max(instrument.lot)
        };
        if place.tag.role != LegRole::Entry && trip.legs.iter().all(flat) {
            let trip = self.running.swap_remove(at);
            self.ended.push((trip.entered, trip.result));
        }
    }

    fn find(&mut self, task: TaskId, number: u32) -> usize {
        if let Some(at) = self.running.iter().position(|trip| trip.task == task) {
            if self.running[at].number == number {
                return at;
            }
            // The one before was given up with something left: what it realised is what it brought.
            let trip = self.running.swap_remove(at);
            self.ended.push((trip.entered, trip.result));
        }
        self.running.push(Trip {
            task,
            number,
            legs: Vec::new(),
            entered: Money::ZERO,
            result: Money::ZERO,
        });
        self.running.len() - 1
    }

    /// The loss of one that ended since the last call and lost more than its multiple, with that bound.
    pub(super) fn take_worse(&mut self, expected: Bps, times: Decimal) -> Option<(Money, Money)> {
        let mut worse = None;
        for (entered, result) in self.ended.drain(..) {
            let most = entered.times(expected.to_decimal()).times(times);
            if -result > most {
                worse = worse.or(Some((-result, most)));
            }
        }
        worse
    }
}
