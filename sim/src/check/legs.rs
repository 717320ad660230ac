//! Orders that close and orders that move a leg, and how long legs may be out of balance.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::command::{Command, LegRole, Place};
use onetape_core::decision::Decision;
use onetape_core::event::Seq;
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::Qty;
use onetape_core::time::{Span, Ts};

use super::{Checker, Rule};

/// A move may be given up later than this, and the futures trade then: none is given up sooner.
const MOVE: Span = Span::from_millis(200);
/// How much later than the deadline people may be told.
const SLACK: Span = Span::from_millis(250);

impl Checker {
    /// How long each task may be out of balance before people are told; `None` is not judged.
    pub fn patient_for(mut self, patience: &[Option<Span>]) -> Self {
        for (band, patience) in self.tasks.iter_mut().zip(patience) {
            band.patience = *patience;
        }
        self
    }

    /// A venue closed something of its own: what follows mends that.
    pub(super) fn moves_end(&mut self) {
        for band in &mut self.tasks {
            band.moves_since = None;
        }
    }

    pub(super) fn judge_legs(&mut self, at: (Seq, Ts), decision: &Decision) {
        let kept = self.tasks.get(decision.task.index());
        if !kept.is_some_and(super::Band::is_kept) {
            return;
        }
        let places = decision
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::Place(place) => Some(place),
                _ => None,
            });
        for place in places {
            if place.tag.role == LegRole::Exit {
                self.judge_close(at, place);
            }
            self.judge_move(at, place);
        }
    }

    /// What a task holds by its fills; of one trip alone, where that is told.
    fn held_by(&self, place: &Place, trip: Option<u32>) -> Qty {
        let Some(trip) = trip else {
            let held = self.held.get(&(place.task, place.instrument));
            return held.map_or(Qty::ZERO, |held| held.qty);
        };
        let of_it = self.orders.all().filter(|seen| {
            let other = &seen.place;
            (other.task, other.instrument, other.tag.trip) == (place.task, place.instrument, trip)
        });
        of_it.fold(Qty::ZERO, |sum, seen| {
            sum + seen.place.side.signed(seen.filled)
        })
    }

    /// The trips of a task that traded the same instruments as the trip of an order: of several sagas of one task each
    /// has its own.
    pub(super) fn trips_like(&self, place: &Place) -> BTreeSet<u32> {
        let mut trips: BTreeMap<u32, BTreeSet<InstrumentId>> = BTreeMap::new();
        let of_task = self.orders.all();
        for seen in of_task.filter(|seen| seen.place.task == place.task) {
            let traded = trips.entry(seen.place.tag.trip).or_default();
            traded.insert(seen.place.instrument);
        }
        let own = trips.get(&place.tag.trip).cloned().unwrap_or_default();
        trips.retain(|_, traded| *traded == own);
        trips.into_keys().collect()
    }

    /// What the trips of a task left of an instrument that an order of its side closes: a saga carries on what it left
    /// itself, and another one of the task may have left as much on the other side.
    fn left_by_trips(&self, place: &Place, closes: impl Fn(Qty) -> Qty) -> Qty {
        let mut trips: BTreeMap<u32, Qty> = BTreeMap::new();
        for seen in self.orders.all() {
            let other = &seen.place;
            if (other.task, other.instrument) == (place.task, place.instrument) {
                *trips.entry(other.tag.trip).or_default() += other.side.signed(seen.filled);
            }
        }
        let left = trips.into_values().map(closes);
        left.fold(Qty::ZERO, |sum, left| sum + left)
    }

    /// A trip closes what it holds, with what earlier ones left, or what its task holds.
    fn judge_close(&mut self, at: (Seq, Ts), place: &Place) {
        let closes = |held: Qty| match place.side {
            Side::Buy => (-held).max(Qty::ZERO),
            Side::Sell => held.max(Qty::ZERO),
        };
        let of_task = closes(self.held_by(place, None));
        let of_trip = || closes(self.held_by(place, Some(place.tag.trip)));
        let left = || self.left_by_trips(place, closes);
        let text = place.order.client_text();
        if place.qty > of_task && place.qty > of_trip() && place.qty > left() {
            let (qty, most) = (place.qty.mantissa(), of_task.max(of_trip()).mantissa());
            self.broke(
                Rule::CloseOnly,
                at,
                format!("{text} closes {qty} of {most}"),
            );
        }
        let instrument = self.names.instrument(place.instrument);
        let holders = self
            .held
            .iter()
            .filter(|((_, id), _)| *id == place.instrument);
        let account: i64 = holders.map(|(_, held)| held.qty.mantissa()).sum();
        let fits = place.qty <= of_task && place.qty <= closes(Qty::new(account));
        if instrument.kind != InstrumentKind::Spot && fits && !place.reduce_only {
            self.broke(Rule::CloseOnly, at, format!("{text} closes and might open"));
        }
    }

    fn judge_move(&mut self, at: (Seq, Ts), place: &Place) {
        let is_future = self.names.instrument(place.instrument).kind != InstrumentKind::Spot;
        let Some(band) = self.tasks.get_mut(place.task.index()) else {
            return;
        };
        let moves = band.moves_since.filter(|since| at.1 <= *since + MOVE);
        band.moves_since = (place.tag.role == LegRole::Switch).then_some(at.1);
        let strays = match place.tag.role {
            LegRole::Switch => is_future,
            LegRole::Repair => is_future && moves.is_some(),
            LegRole::Entry | LegRole::Exit => false,
        };
        if strays {
            let text = place.order.client_text();
            self.broke(
                Rule::FuturesStand,
                at,
                format!("{text} trades a future in a move of spot"),
            );
        }
    }

    /// Looks whether a move is over, and whether somebody had to be told by now.
    pub(super) fn judge_patience(&mut self, task: TaskId, at: (Seq, Ts), outside: bool) {
        let works = |seen: &super::orders::Seen| seen.place.task == task;
        let rests = || !outside && !self.orders.alive().any(works);
        let is_over = self.tasks[task.index()].moves_since.is_some() && rests();
        let band = &mut self.tasks[task.index()];
        if is_over {
            band.moves_since = None;
        }
        let due = band.since.zip(band.patience);
        let due = due.filter(|_| outside && band.alerts == 0);
        let Some((since, patience)) = due.filter(|(since, most)| at.1 > *since + *most + SLACK)
        else {
            return;
        };
        band.patience = None;
        let what = format!(
            "task {} has been out of balance for {} ms, nobody was told after {} ms",
            task.0,
            at.1.since(since).nanos() / 1_000_000,
            patience.nanos() / 1_000_000
        );
        self.broke(Rule::InTime, at, what);
    }
}
