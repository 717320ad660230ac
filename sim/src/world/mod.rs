//! Virtual time: recorded market data, simulated venues and the distance between them and the desk.
//!
//! Order of things, by time and, at one time: orders that arrive at a venue, answers that arrive at the desk,
//! market events at the desk, market events at a venue, timers. So with no latency an order meets the book that
//! its decision saw, its answer is back before the next market event, even one of the same stamp, and nothing
//! ever trades on a book that is not there yet.
//!
//! Where orders and answers take time, nothing that one side does reaches the other sooner: the venues then run alone
//! until the next order can arrive, and after them the desk until the next answer can. A window is as long as the two
//! ways together. The order of things that can know of each other is the same, and each side keeps its books in the
//! core's own cache.
//!
//! While nothing rests, is held or is under way, nothing that the market does can matter at a venue: the desk then runs
//! alone. When it sends something, the venues' floor is the desk's own market and the rows on their way to it.

mod answers;
mod faulty;
mod rows;
mod sleep;
mod turns;
mod wire;

use std::sync::Arc;

use onetape_core::engine::{Flow, Machine, Tape};
use onetape_core::event::{Body, Control, Event};
use onetape_core::market::Market;
use onetape_core::names::Names;
use onetape_core::time::{Span, Ts};

use crate::config::{Delay, Liquidity, SimConfig, VenueConfig};
use crate::faults::Faults;
use crate::venue::{Floor, Venue};
use rows::Rows;

pub(crate) use answers::Answers;
use wire::Request;
pub(crate) use wire::Wire;

/// A time that does not come.
pub(crate) const NEVER: i64 = i64::MAX;

/// Windows without anything to do after which the venues are left alone, unless told otherwise: making a floor again
/// costs about as much as showing them the rows of so many.
const PATIENCE: u32 = 64;

/// Why a simulation ended before its tape.
#[derive(Debug, PartialEq, Eq)]
pub enum Stopped<T, M> {
    /// The tape cannot be read.
    Tape(T),
    /// The machine cannot go on.
    Machine(M),
}

/// The shortest ways between the desk and any venue.
#[derive(Clone, Copy, Debug, Default)]
struct Fastest {
    order: Span,
    answer: Span,
}

impl Fastest {
    fn of(venues: &[VenueConfig]) -> Self {
        let least =
            |way: fn(&VenueConfig) -> &Delay| venues.iter().map(way).map(Delay::least).min();
        Self {
            order: least(|venue| &venue.latency.order).unwrap_or_default(),
            answer: least(|venue| &venue.latency.answer).unwrap_or_default(),
        }
    }

    /// True when each side can run ahead of the other.
    const fn leaves_time(self) -> bool {
        self.order.nanos() > 0 && self.answer.nanos() > 0
    }
}

/// A tape with simulated venues behind it: what a backtest runs on.
pub struct World<T: Tape> {
    names: Arc<Names>,
    liquidity: Liquidity,
    /// The market as the venues see it, each instrument at its venue's own time.
    floor: Market,
    venues: Vec<Venue>,
    rows: Rows<T>,
    wire: Wire,
    answers: Answers,
    /// No request and no answer is faster.
    fastest: Fastest,
    opened: bool,
    /// True while nothing can happen at a venue before the desk sends something: the floor is then left as it is.
    asleep: bool,
    /// Windows in a row in which no venue had anything to do, and after how many the venues are left alone.
    idle: u32,
    patience: u32,
    /// The block that the venues are known to sleep through with what they hold now.
    safe: Option<u32>,
    /// Until when the desk runs alone that has just sent something while the venues slept.
    waking: Option<i64>,
    now: Ts,
    /// What a venue says at one moment; empty between two.
    said: Vec<Body>,
    /// What people order the desk to do, until the tape begins; whether some of it may be left.
    controls: Vec<(Ts, Control)>,
    ordered: bool,
    /// What goes wrong, where something does.
    faults: Option<Box<Faults>>,
}

impl<T: Tape> World<T> {
    /// Venues in front of a tape. `floor` is an empty market with the feeds of the scenario.
    pub fn new(names: Arc<Names>, config: SimConfig, floor: Market, tape: T) -> Self {
        let venues = &config.venues;
        let road_of: Vec<Option<u8>> = names
            .instruments
            .iter()
            .map(|instrument| {
                let at = venues
                    .iter()
                    .position(|venue| venue.venue == instrument.venue);
                at.and_then(|at| u8::try_from(at).ok())
            })
            .collect();
        let feed = |venue: &VenueConfig| (venue.venue, venue.latency.feed.clone());
        let order = |venue: &VenueConfig| (venue.venue, venue.latency.order.clone());
        let answer = |venue: &VenueConfig| (venue.venue, venue.latency.answer.clone());
        let seed = config.seed;
        let count = names.instruments.len();
        let faults = config.faults.map(|plan| {
            let faults = Faults::new(plan, names.clone(), venues);
            Box::new(faults)
        });
        let mut wire = Wire::new(seed, venues.iter().map(order).collect(), road_of.clone());
        if faults.is_some() {
            wire.keep_log();
        }
        Self {
            liquidity: config.liquidity,
            floor,
            rows: Rows::new(tape, seed, venues.iter().map(feed).collect(), road_of),
            wire,
            answers: Answers::new(seed, venues.iter().map(answer).collect()),
            // With faults one thing happens after the other.
            fastest: if faults.is_some() {
                Fastest::default()
            } else {
                Fastest::of(venues)
            },
            faults,
            opened: false,
            asleep: false,
            idle: 0,
            patience: PATIENCE,
            safe: None,
            waking: None,
            now: Ts::default(),
            said: Vec::new(),
            controls: Vec::new(),
            ordered: false,
            venues: config
                .venues
                .into_iter()
                .map(|venue| Venue::new(venue, config.queue, count))
                .collect(),
            names,
        }
    }

    /// Has people order the desk to do something, each at its time: after what answers are due then, before the market's
    /// events. What is due before the tape begins comes with its first stamp; what is due after its end does not come.
    pub fn with_controls(mut self, mut controls: Vec<(Ts, Control)>) -> Self {
        controls.sort_by_key(|(at, _)| *at);
        self.controls = controls;
        self
    }

    /// Takes one thing after the other, whatever the latencies: for the test that windows change nothing.
    pub fn without_windows(mut self) -> Self {
        self.fastest = Fastest::default();
        self
    }

    /// Leaves the venues alone after so many windows without anything to do. What comes of a run does not depend on it.
    pub const fn with_patience(mut self, windows: u32) -> Self {
        self.patience = windows;
        self
    }

    /// The tape.
    pub const fn tape(&self) -> &T {
        self.rows.tape()
    }

    /// The tape, to give it more after it had none.
    pub const fn tape_mut(&mut self) -> &mut T {
        self.rows.tape_mut()
    }

    /// The venues.
    pub fn venues(&self) -> &[Venue] {
        &self.venues
    }

    /// The time of the first market event; `None` on an empty tape.
    ///
    /// # Errors
    /// When the tape cannot be read.
    pub fn first_ts(&mut self) -> Result<Option<Ts>, T::Error> {
        self.rows.read(i64::MIN)?;
        Ok(self.rows.desk_rows().first().map(|row| row.event.ts))
    }

    /// Feeds `machine` to the end of the tape, or until it has enough. After an error of the tape it may be called again:
    /// it goes on where it was.
    ///
    /// # Errors
    /// When the tape cannot be read, or the machine cannot go on.
    pub fn run<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
    ) -> Result<(), Stopped<T::Error, M::Error>> {
        if !self.opened {
            let Some(first) = self.first_ts().map_err(Stopped::Tape)? else {
                return Ok(());
            };
            self.open(first);
            if self.fastest.leaves_time() && self.rows.keeps_order() {
                self.fall_asleep();
            }
        }
        if !self.fastest.leaves_time() {
            return self.run_in_turn(machine);
        }
        self.run_in_windows(machine)
    }

    /// Opening balances reach the desk with the first stamp, before the first market event.
    fn open(&mut self, at: Ts) {
        self.opened = true;
        if let Some(faults) = &mut self.faults {
            faults.open(at);
        }
        for venue in 0..self.venues.len() {
            if self.faults.is_some() {
                self.venues[venue].know_assets(&self.names);
            }
            self.venues[venue].report(&mut self.said);
            self.answers.deliver(venue, at, at.nanos(), &mut self.said);
        }
        for (due, control) in core::mem::take(&mut self.controls) {
            self.ordered = true;
            self.answers
                .schedule(due.max(at).nanos(), Body::Control(control));
        }
    }

    /// When the tape is over nobody orders anything any more.
    #[inline]
    fn end_orders(&mut self) {
        if self.ordered && self.rows.is_over() {
            self.ordered = false;
            self.answers.forget_scheduled();
        }
    }

    fn run_in_windows<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
    ) -> Result<(), Stopped<T::Error, M::Error>> {
        loop {
            if self.asleep && self.dream(machine)? == Flow::Stop {
                return Ok(());
            }
            self.rows.read(i64::MIN).map_err(Stopped::Tape)?;
            let Some(bound) = self.earliest(machine) else {
                return Ok(());
            };
            // A row that was not read yet may be seen by its venue before anything that is known.
            self.rows.read(bound).map_err(Stopped::Tape)?;
            let start = self.earliest(machine).unwrap_or(bound);
            let end = start.saturating_add(self.fastest.order.nanos());
            self.rows.read(end).map_err(Stopped::Tape)?;
            self.run_venues(end);
            let end = end.saturating_add(self.fastest.answer.nanos());
            if self.run_desk(machine, end)? == Flow::Stop {
                return Ok(());
            }
            self.idle = if self.is_idle() { self.idle + 1 } else { 0 };
            if self.idle > self.patience && self.rows.keeps_order() {
                self.fall_asleep();
            }
        }
    }

    /// The earliest moment at which anything can still happen at the desk; `None` when nothing but timers can. What a
    /// venue has yet to see or to do is heard of after the fastest answer.
    fn earliest<M: Machine<Block = T::Block>>(&self, machine: &M) -> Option<i64> {
        let venues = 0..self.venues.len();
        let said = venues.map(|venue| self.venue_at(venue).0).min();
        let heard = said.map_or(NEVER, |at| at.saturating_add(self.fastest.answer.nanos()));
        let first = self.rows.desk_at().min(self.answers.next_at()).min(heard);
        let due = machine.deadline().map_or(NEVER, |(at, _)| at.nanos());
        (first != NEVER).then(|| first.min(due))
    }

    /// When something next happens at a venue, and whether it is a row.
    #[inline]
    fn venue_at(&self, venue: usize) -> (i64, bool) {
        let row = self.rows.sights(venue).first();
        let row = row.map_or(NEVER, |sight| sight.at);
        let arrival = self.wire.next_at(venue);
        (row.min(arrival), row < arrival)
    }

    /// Everything that happens at the venues before `end`.
    fn run_venues(&mut self, end: i64) {
        loop {
            let never = (NEVER, true);
            let (mut first, mut second, mut venue) = (never, never, 0);
            for at in 0..self.venues.len() {
                let next = self.venue_at(at);
                if next < first {
                    (first, second, venue) = (next, first, at);
                } else if next < second {
                    second = next;
                }
            }
            if first.0 >= end {
                return;
            }
            // Until another's time comes a venue goes on alone: one may read the price of a fee off another.
            if second.0 > first.0 {
                self.run_venue(venue, end.min(second.0));
            } else if first.1 {
                self.show(venue, 1, NEVER);
            } else {
                self.arrive(venue);
            }
        }
    }

    fn run_venue(&mut self, venue: usize, end: i64) {
        loop {
            let arrival = self.wire.next_at(venue);
            self.show(venue, usize::MAX, arrival.min(end));
            if arrival >= end {
                return;
            }
            self.arrive(venue);
        }
    }

    /// Everything that reaches the desk before `end`.
    fn run_desk<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
        end: i64,
    ) -> Result<Flow, Stopped<T::Error, M::Error>> {
        loop {
            self.rows.read(i64::MIN).map_err(Stopped::Tape)?;
            self.end_orders();
            let answer = self.answers.next_at();
            let due = machine.deadline().map_or(NEVER, |(at, _)| at.nanos());
            if end == NEVER && self.rows.desk_at() != NEVER && !self.can_sleep() {
                return Ok(Flow::Go);
            }
            if self.pass_over(machine, answer.min(due.saturating_add(1)), end) {
                continue;
            }
            let row = self.rows.desk_at();
            if answer.min(row).min(due) >= end {
                return Ok(Flow::Go);
            }
            self.catch_up(machine);
            let flow = if answer <= row.min(due) {
                self.hear(machine)
            } else if row <= due {
                // A timer that is due with a row comes after it.
                self.read_rows(machine, answer.min(end).min(due.saturating_add(1)))
            } else if self.is_pending() {
                self.ring(machine)
            } else {
                // A deadline after everything else would keep a finished run alive.
                return Ok(Flow::Go);
            };
            if flow.map_err(Stopped::Machine)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
            if end == NEVER && self.wire.is_busy() {
                return Ok(Flow::Go);
            }
        }
    }

    /// Lets the desk pass over rows before `stop` and before the end of its window; true when it did.
    #[inline]
    fn pass_over<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
        stop: i64,
        end: i64,
    ) -> bool {
        let Some((block, at)) = self.rows.desk_block() else {
            return false;
        };
        let passed = machine.pass_over(block, at, Ts::from_nanos(stop.min(end)));
        if passed == 0 {
            return false;
        }
        let rows = block.as_ref();
        self.now = rows[at + passed - 1].event.ts;
        // Answers may follow before there is another block to catch up with.
        if end != NEVER && at + passed == rows.len() {
            machine.catch_up(block, rows.len());
        }
        self.rows.seen_by_desk(passed);
        true
    }

    /// The desk has the rows that it passed over.
    #[inline]
    pub(super) fn catch_up<M: Machine<Block = T::Block>>(&self, machine: &mut M) {
        if let Some((block, at)) = self.rows.desk_block() {
            machine.catch_up(block, at);
        }
    }

    /// Shows the desk rows of its block that come before `end`, up to one that it acts on.
    fn read_rows<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
        end: i64,
    ) -> Result<Flow, M::Error> {
        let rows = self.rows.desk_rows();
        let (seen, flow) = machine.take_rows(rows, Ts::from_nanos(end), &mut self.wire)?;
        if let Some(last) = rows[..seen].last() {
            self.now = last.event.ts;
        }
        self.rows.seen_by_desk(seen);
        Ok(flow)
    }

    fn hear<M: Machine<Block = T::Block>>(&mut self, machine: &mut M) -> Result<Flow, M::Error> {
        let Some((at, body)) = self.answers.pop() else {
            return Ok(Flow::Go);
        };
        self.now = self.now.max(at);
        if let Some(faults) = &mut self.faults {
            faults.heard(&body, self.now);
        }
        machine.step(&Event { ts: self.now, body }, &mut self.wire)
    }

    fn ring<M: Machine<Block = T::Block>>(&mut self, machine: &mut M) -> Result<Flow, M::Error> {
        let Some((at, timer)) = machine.deadline() else {
            return Ok(Flow::Go);
        };
        self.now = self.now.max(at);
        let body = Body::Timer(timer);
        machine.step(&Event { ts: at, body }, &mut self.wire)
    }

    fn is_pending(&self) -> bool {
        self.rows.desk_at() != NEVER || self.answers.next_at() != NEVER || self.wire.is_busy()
    }

    fn arrive(&mut self, venue: usize) {
        let Some((at, request)) = self.wire.pop(venue) else {
            return;
        };
        let floor = floor(&self.names, &self.floor, self.liquidity, at);
        let here = &mut self.venues[venue];
        here.settle_funding(floor, at, &mut self.said);
        if let Some(faults) = &mut self.faults {
            faulty::meet(faults, here, venue, floor, &request, &mut self.said);
        } else {
            take(here, floor, &request, &mut self.said);
        }
        self.answer(venue, at);
    }

    /// Sends what a venue said at a moment.
    fn answer(&mut self, venue: usize, at: Ts) {
        match &mut self.faults {
            None => self.answers.send(venue, at, &mut self.said),
            Some(faults) => {
                let pace = faults.words(venue, at, &mut self.said);
                self.answers.send_at_pace(venue, at, pace, &mut self.said);
            }
        }
    }

    /// Shows a venue its next rows, at most so many and none that it sees at `stop` or later.
    fn show(&mut self, venue: usize, most: usize, stop: i64) {
        let here = &mut self.venues[venue];
        let mut seen = 0;
        let mut block = (u32::MAX, &[][..]);
        for sight in self.rows.sights(venue).iter().take(most) {
            if sight.at >= stop {
                break;
            }
            seen += 1;
            if block.0 != sight.block {
                block = (sight.block, self.rows.block(sight.block));
            }
            let event = &block.1[sight.row as usize].event;
            let at = Ts::from_nanos(sight.at);
            if here.next_funding() <= at {
                let floor = floor(&self.names, &self.floor, self.liquidity, at);
                here.settle_funding(floor, at, &mut self.said);
            }
            let moved = self.floor.apply(event);
            if !here.is_quiet() || matches!(event.body, Body::Funding(_)) {
                let floor = floor(&self.names, &self.floor, self.liquidity, at);
                here.on_market(floor, event, moved, &mut self.said);
            }
            if !self.said.is_empty() {
                match &mut self.faults {
                    None => self.answers.send(venue, at, &mut self.said),
                    Some(faults) => {
                        let pace = faults.words(venue, at, &mut self.said);
                        self.answers.send_at_pace(venue, at, pace, &mut self.said);
                    }
                }
            }
        }
        self.rows.seen_by_venue(venue, seen);
    }
}

/// A venue takes a request.
pub(crate) fn take(here: &mut Venue, floor: Floor<'_>, request: &Request, said: &mut Vec<Body>) {
    match request {
        Request::Place(place) => here.on_place(floor, place, said),
        Request::Cancel(order) => here.on_cancel(*order, said),
        Request::Amend(amend) => here.on_amend(floor, amend, said),
    }
}

#[inline]
fn floor<'a>(names: &'a Names, market: &'a Market, liquidity: Liquidity, now: Ts) -> Floor<'a> {
    Floor {
        names,
        market,
        liquidity,
        now,
    }
}
