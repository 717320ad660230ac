//! The fold: events and decisions in, a report out.

mod account;
mod cycle;
mod detail;
mod few;
mod finish;
mod legs;
pub(crate) mod orders;
mod position;
mod price;
pub(crate) mod reasons;
mod sparse;
mod standing;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_core::command::{Command, LegRole, Place};
use onetape_core::decision::Decision;
use onetape_core::event::{
    Body, Event, OrderEvent, OrderEventKind, Quote, RunEvent, RunStarted, Seq,
};
use onetape_core::instrument::InstrumentKind;
use onetape_core::marks::Marks;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Qty};
use onetape_core::position::Position;
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use crate::beside::{Alone, Beside};
use crate::report::Report;
use crate::stats::Assumptions;
use detail::{Detail, Seen, Split, Traded, open_parts};
use few::Few;
use legs::{LegBook, LegKey, Legs, Rested};
use orders::{OrderFill, Orders};
use price::Halves;
use reasons::{Code, Reasons};
use standing::{Course, LegState, Trade, What};

/// Where in the run something happened.
#[derive(Clone, Copy, Debug)]
struct Moment {
    ts: Ts,
    seq: Seq,
}

/// One round trip: when and why. Its amounts stand on its legs.
#[derive(Clone, Debug, Default)]
struct Trip {
    opened: Option<Moment>,
    closed: Option<Moment>,
    entry_reason: Option<Code>,
    exit_reason: Option<Code>,
    repair_reason: Option<Code>,
    /// Value that stood at the touches which its entry was meant for.
    touch: Option<f64>,
}

/// Folds a run. Fed while it runs or from its journal, the numbers are the same.
///
/// Of the orders that ended the last 8,192 are kept, for news that comes late; news of an older one is
/// counted as a stray. So memory grows with round trips, not with orders.
///
/// Events that are not the run's own (quotes, trades, depth and the like) may be passed and change nothing.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    names: Arc<Names>,
    run: Option<Box<RunStarted>>,
    started: Option<Ts>,
    ended: Option<Ts>,
    market_events: u64,
    /// Those of them that were folded.
    market_seen: u64,
    tops: BTreeMap<InstrumentId, Quote>,
    orders: Orders,
    legs: Legs,
    /// Those that may go on; those that are over stand with their legs.
    trips: BTreeMap<(TaskId, u32), Trip>,
    /// Net positions as a venue keeps them, for the profit that it books on a futures account.
    accounts: Few<InstrumentId, Position>,
    /// What somebody else added to them, signed.
    foreign: BTreeMap<InstrumentId, Qty>,
    /// What stands at the venues.
    course: Course,
    fills: u64,
    fees_by_asset: Few<AssetId, Money>,
    decisions: u64,
    reasons: Reasons,
    refusals: Reasons,
    /// What a full report needs besides.
    detail: Option<Box<Detail>>,
}

impl Fold {
    /// An empty fold of a full report.
    pub fn new() -> Self {
        Self {
            detail: Some(Box::default()),
            ..Self::default()
        }
    }

    /// An empty fold of figures and round trips alone, for one run among many.
    pub fn brief() -> Self {
        Self::default()
    }

    /// Folds tops of book in that were noted beside the run.
    pub fn marks(&mut self, marks: &Marks) {
        self.turn(marks.ts);
        self.tops_are(&marks.tops);
    }

    /// Folds an event in.
    pub fn event(&mut self, seq: Seq, event: &Event) {
        if event.body.is_market() {
            self.market(event);
            return;
        }
        self.turn(event.ts);
        match &event.body {
            Body::Order(news) => self.order(Moment { ts: event.ts, seq }, news),
            Body::Account(news) => self.account(news),
            Body::Control(news) => self.incident(|work| work.control(news)),
            Body::Fault(news) => self.incident(|work| work.fault(news.phase)),
            Body::Run(news) => self.run(event.ts, news),
            _ => {}
        }
    }

    /// Market events change nothing; what is told of connections is counted.
    fn market(&mut self, event: &Event) {
        self.market_seen += 1;
        if let Body::Feed(news) = &event.body {
            self.incident(|work| work.feeds.news(event.ts, news));
        }
    }

    /// Folds a decision in.
    pub fn decision(&mut self, decision: &Decision) {
        self.decisions += 1;
        let reason = self.reasons.count(&decision.reason);
        for refusal in &decision.refusals {
            self.refusals.count(&refusal.reason);
        }
        self.turn(decision.ts);
        if let Some(detail) = &mut self.detail {
            let idle = detail.is_idle(decision.task);
            detail.work.decided(decision, idle);
        }
        for command in &decision.commands {
            match command {
                Command::Place(place) => self.place(place, reason, decision.ts),
                Command::Alert(_) => self.incident(|work| work.incidents.alerts += 1),
                _ => {}
            }
        }
    }

    /// Folds what `feed` tells in, beside what the call before left to be done of what it was told: two threads fold one
    /// run. The report is the same as without.
    pub fn beside(&mut self, beside: &impl Beside, feed: impl FnOnce(&mut Self) + Send) {
        let lent = self.course.lend();
        let ((), lent) = beside.both(|| feed(self), || lent.run());
        self.course.give_back(lent);
    }

    /// The report.
    pub fn finish(self) -> Report {
        self.finish_assuming(Assumptions::default())
    }

    /// The report, with statistics of these assumptions.
    pub fn finish_assuming(self, assume: Assumptions) -> Report {
        self.finish_beside(assume, &Alone)
    }

    /// The same report, parts of it made beside each other.
    pub fn finish_beside(mut self, assume: Assumptions, beside: &impl Beside) -> Report {
        if let Some(mut detail) = self.detail.take() {
            detail.booked = self.booked(&detail);
            let known = with(detail.booked.clone(), &self.open_by_asset(&detail));
            self.course.step(What::Over);
            self.course.step(What::Day(Box::new((detail.now(), known))));
            detail.ended();
            self.detail = Some(detail);
        }
        self.course.settle();
        finish::report(self, assume, beside)
    }

    fn incident(&mut self, count: impl FnOnce(&mut detail::Work)) {
        if let Some(detail) = &mut self.detail {
            count(&mut detail.work);
        }
    }

    /// Ends the days that are over by a moment.
    fn turn(&mut self, ts: Ts) {
        self.course.is_at(ts);
        let turns = |detail: &mut Box<Detail>| detail.turns(ts);
        if !self.detail.as_mut().is_some_and(turns) {
            return;
        }
        if let Some(mut detail) = self.detail.take() {
            let known = with(self.booked(&detail), &self.open_by_asset(&detail));
            while let Some(ends) = detail.turns(ts).then(|| detail.end_day()).flatten() {
                self.course.step(What::Day(Box::new((ends, known.clone()))));
            }
            self.detail = Some(detail);
        }
    }

    /// What is booked of all legs and of what no leg bears, by settlement asset; what is open is not in it.
    fn booked(&self, detail: &Detail) -> BTreeMap<AssetId, Split> {
        let rested = detail.rested.iter();
        let mut sums: BTreeMap<AssetId, Split> =
            rested.map(|(asset, split)| (*asset, *split)).collect();
        let legs = self.legs.books.values().flatten();
        let legs = booked_of(&self.names, legs.map(|(key, book)| (key, &**book)));
        let loose = self.legs.loose_funding.iter().filter_map(|(id, &funding)| {
            let split = Split {
                funding,
                ..Split::default()
            };
            let instrument = self.names.instruments.get(id.index())?;
            Some((instrument.settle(), split))
        });
        for (asset, split) in legs.chain(loose) {
            sums.entry(asset).or_default().add(&split);
        }
        sums
    }

    /// The open parts of what is open, by settlement asset. What closed trips left is none of it.
    fn open_by_asset(&self, detail: &Detail) -> BTreeMap<AssetId, Split> {
        let mut sums: BTreeMap<AssetId, Split> = BTreeMap::new();
        for (key, basis, delta) in self.open_parts(detail) {
            if let Some(instrument) = self.names.instruments.get(key.instrument.index()) {
                let split = sums.entry(instrument.settle()).or_default();
                split.basis += basis;
                split.delta += delta;
            }
        }
        sums
    }

    fn open_parts(&self, detail: &Detail) -> Vec<(LegKey, Money, Money)> {
        let is_open = |key: &LegKey| {
            let trip = self.trips.get(&(key.task, key.trip));
            trip.is_none_or(|trip| trip.closed.is_none())
        };
        let legs = self.legs.open().filter(|(key, _)| is_open(key));
        open_parts(&self.names, |instrument| detail.top(instrument), legs)
    }

    fn run(&mut self, ts: Ts, news: &RunEvent) {
        match news {
            RunEvent::Started(started) => {
                self.names = Arc::new(started.names.clone());
                self.run = Some(Box::new(started.clone()));
                self.started = Some(ts);
                self.course.starts(ts, self.names.clone());
                if let Some(detail) = &mut self.detail {
                    detail.started(&self.names, ts);
                }
            }
            RunEvent::Resumed(_) => {}
            RunEvent::Ended(ended) => {
                self.market_events = ended.market_events;
                self.tops = ended
                    .tops
                    .iter()
                    .map(|top| (top.instrument, *top))
                    .collect();
                self.ended = Some(ts);
                self.tops_are(&ended.tops);
                self.point();
            }
        }
    }

    /// Tops of book were seen.
    fn tops_are(&mut self, tops: &[Quote]) {
        if let Some(detail) = &mut self.detail {
            detail.tops(tops);
            self.course.see(tops);
        }
    }

    /// Everything of a moment is told.
    fn point(&mut self) {
        if self.detail.is_some() {
            self.course.step(What::Point);
        }
    }

    fn place(&mut self, place: &Place, reason: Code, ts: Ts) {
        let Some(instrument) = self.names.instruments.get(place.instrument.index()) else {
            self.orders.strays += 1;
            return;
        };
        let seen = match &mut self.detail {
            Some(detail) => detail.placed(instrument, place, ts),
            None => Seen::default(),
        };
        if self.orders.enter(place, reason, seen) {
            self.wake(place);
            self.legs.sent(place);
        }
    }

    /// Brings back a round trip that was over and of which an order is.
    fn wake(&mut self, place: &Place) {
        let id = (place.task, place.tag.trip);
        let Some(trip) = self.legs.wake(id.0, id.1) else {
            return;
        };
        self.trips.insert(id, trip);
        if let Some(detail) = &mut self.detail {
            let booked = booked_of(&self.names, self.legs.of_trip(id.0, id.1));
            for (asset, split) in booked {
                let rested = detail.rested.of(asset);
                *rested = rested.since(&split);
            }
        }
    }

    /// Notes when word of an order came, and what the market showed then.
    fn hear(&mut self, at: Moment, news: &OrderEvent) {
        let Some(detail) = &mut self.detail else {
            return;
        };
        detail.work.news(&news.kind);
        let Some((place, seen)) = self.orders.seen(news.order) else {
            return;
        };
        let told = !matches!(news.kind, OrderEventKind::Unknown | OrderEventKind::NotSent);
        if seen.answered_at.is_some() || !told {
            return;
        }
        seen.answered_at = Some(at.ts);
        if matches!(
            news.kind,
            OrderEventKind::Accepted | OrderEventKind::Filled(_)
        ) {
            seen.arrived = detail.top(place.instrument);
        }
        if let Some(instrument) = self.names.instruments.get(place.instrument.index()) {
            let decided = seen.decided_at;
            detail
                .work
                .heard(instrument.venue, decided, at.ts, (true, false));
        }
    }

    fn order(&mut self, at: Moment, news: &OrderEvent) {
        self.hear(at, news);
        if let Some(new) = self.orders.apply(news) {
            self.fill(at, &new);
        }
    }

    fn fill(&mut self, at: Moment, new: &OrderFill) {
        let (place, fill) = (&new.place, &new.fill);
        self.wake(place);
        // Orders of instruments that nobody named were not entered.
        let Some(instrument) = self.names.instruments.get(place.instrument.index()) else {
            return;
        };
        self.fills += 1;
        *self.fees_by_asset.of(fill.fee.asset) += fill.fee.amount;
        // On spot a venue keeps balances alone.
        let realised = if instrument.kind == InstrumentKind::Spot {
            Money::ZERO
        } else {
            let account = self.accounts.of(place.instrument);
            account.fill(instrument, place.side, fill.price, fill.qty)
        };
        self.course.trades(Trade {
            instrument: place.instrument,
            side: place.side,
            fill: *fill,
            realised,
        });
        let key = LegKey::of(place);
        let before = match (&self.detail, self.legs.get(&key)) {
            (Some(_), Some(book)) => book.state(),
            _ => LegState::default(),
        };
        let traded = self.legs.fill(instrument, place, fill);
        self.detail_fill(at, new, traded, before);
        if place.tag.trip != 0 {
            self.trip(at, place, new.reason);
        }
        self.point();
    }

    /// What a fill, which is booked on its leg, is to a full report.
    fn detail_fill(
        &mut self,
        at: Moment,
        new: &OrderFill,
        (qty, paid): (Decimal, Money),
        before: LegState,
    ) {
        let (place, fill) = (&new.place, &new.fill);
        let Some(detail) = &mut self.detail else {
            return;
        };
        let book = self.legs.get_mut(&LegKey::of(place));
        let instrument = self.names.instruments.get(place.instrument.index());
        let (Some(book), Some(instrument)) = (book, instrument) else {
            return;
        };
        detail.work.filled(place, fill.qty, new.is_first);
        if new.is_first {
            let decided = new.seen.decided_at;
            detail
                .work
                .heard(instrument.venue, decided, at.ts, (false, true));
        }
        let traded = Traded {
            ts: at.ts,
            instrument,
            place,
            fill,
            qty,
            paid,
            seen: new.seen,
        };
        detail.filled(&traded, book);
        let price = Halves::from(fill.price);
        let leg = [before, book.state()];
        self.course.go(place.instrument, leg, price);
    }

    /// Ends a trip whose legs used up what the ones before them bought; false where they did not.
    fn goes_round(&mut self, task: TaskId, trip: u32) -> bool {
        let Some(cycle) = cycle::cycle(&self.names, &self.legs, task, trip) else {
            return false;
        };
        let legs = self.legs.of_trip(task, trip);
        let before: Vec<(LegKey, LegState)> =
            legs.map(|(key, book)| (*key, book.state())).collect();
        self.legs.go_round(&cycle);
        if self.detail.is_none() {
            return true;
        }
        for (key, was) in before {
            if let Some(book) = self.legs.get_mut(&key) {
                let is = book.state();
                book.detail.get_or_insert_default().follow(&is);
                self.course.go(key.instrument, [was, is], Halves::NOTHING);
            }
        }
        true
    }

    fn trip(&mut self, at: Moment, place: &Place, reason: Code) {
        let (task, number) = (place.task, place.tag.trip);
        let flat = self.legs.of_trip(task, number).all(|(key, book)| {
            let instrument = self.names.instruments.get(key.instrument.index());
            instrument.is_none_or(|instrument| book.position.is_flat(instrument))
        });
        let flat = flat || self.goes_round(task, number);
        let trip = self.trips.entry((task, number)).or_default();
        trip.opened.get_or_insert(at);
        trip.closed = flat.then_some(at);
        if flat && let Some(detail) = &mut self.detail {
            trip.touch = detail.closed(task, number).or(trip.touch);
        }
        let known = match place.tag.role {
            LegRole::Entry => &mut trip.entry_reason,
            LegRole::Exit => &mut trip.exit_reason,
            LegRole::Repair => &mut trip.repair_reason,
            // It neither opens nor ends the trip.
            LegRole::Switch => &mut None,
        };
        known.get_or_insert(reason);
        if flat && let Some(legs) = self.legs.rest(task, number, trip) {
            if let Some(detail) = &mut self.detail {
                let legs = legs.iter().map(|(key, book)| (key, &**book));
                for (asset, split) in booked_of(&self.names, legs) {
                    detail.rested.of(asset).add(&split);
                }
            }
            self.trips.remove(&(task, number));
        }
    }

    /// Every round trip with its legs, and with them what belongs to none.
    fn take_trips(&mut self) -> BTreeMap<(TaskId, u32), Rested> {
        for (id, trip) in std::mem::take(&mut self.trips) {
            self.legs.put_away(id.0, id.1, trip);
        }
        while let Some((&(task, trip), _)) = self.legs.books.first_key_value() {
            self.legs.put_away(task, trip, Trip::default());
        }
        std::mem::take(&mut self.legs.rested)
    }
}

/// What is booked of some legs, each by its settlement asset.
fn booked_of<'a>(
    names: &'a Names,
    legs: impl Iterator<Item = (&'a LegKey, &'a LegBook)>,
) -> impl Iterator<Item = (AssetId, Split)> {
    legs.filter_map(|(key, book)| {
        let instrument = names.instruments.get(key.instrument.index())?;
        Some((instrument.settle(), book.booked()?))
    })
}

/// Sums with others.
fn with(
    mut sums: BTreeMap<AssetId, Split>,
    more: &BTreeMap<AssetId, Split>,
) -> BTreeMap<AssetId, Split> {
    for (asset, split) in more {
        sums.entry(*asset).or_default().add(split);
    }
    sums
}
