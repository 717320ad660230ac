//! The body of the loop.

use std::collections::VecDeque;

use onetape_core::approval::Item;
use onetape_core::engine::Engine;
use onetape_core::event::{
    Body, Control, Event, OrderEvent, RunEnded, RunEvent, RunResumed, RunStarted, Seq,
};
use onetape_core::journal::{Durability, Journal, Store};
use onetape_core::risk::TradingState;
use onetape_core::time::Ts;

use super::tap::{Tap, Tapped};
use super::{Guarded, RunError, Side};
use crate::queue::{Arrival, Lane, Origin};
use crate::stamp::{Clock, Stamper, SteadyClock};
use crate::timing::{Figures, Moments, Timings, Trip};

/// How a loop is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Events that were folded.
    pub events: u64,
    /// Of them the market's.
    pub market_events: u64,
    /// Timers that came.
    pub timers: u64,
    /// Messages that say that others before them were drawn together.
    pub conflated: u64,
    /// The longest that something waited between its receipt and its turn, since the last look.
    pub longest_wait_ns: i64,
    /// Orders that left.
    pub sent: u64,
    /// Orders that were held by a halt or after an error of the journal.
    pub blocked: u64,
    /// Market events that who looks on did not get.
    pub untapped: u64,
}

/// Engine, stamps, and what takes the orders.
pub struct Loop<S: Store, C, G> {
    engine: Engine<Journal<S>>,
    stamper: Stamper<C>,
    gate: Guarded<G>,
    tap: Tap,
    timings: Timings,
    health: Health,
    alerts: Vec<String>,
    /// What the scenario orders, and when: in the order of time.
    schedule: VecDeque<(Ts, Control)>,
    /// What is wrong with the journal's disk.
    trouble: Option<String>,
}

impl<S: Store, C: Clock, G: Side> Loop<S, C, G>
where
    S::Error: std::fmt::Display,
{
    /// Before its first event, or where an earlier life left it.
    pub fn new(
        engine: Engine<Journal<S>>,
        stamper: Stamper<C>,
        gate: Guarded<G>,
        tap: Tap,
    ) -> Self {
        Self {
            engine,
            stamper,
            gate,
            tap,
            timings: Timings::new(Moments::default()),
            health: Health::default(),
            alerts: Vec::new(),
            schedule: VecDeque::new(),
            trouble: None,
        }
    }

    /// Gives these orders when their time has come, and what is due already on the next turn: in the order of time. After
    /// the first event.
    pub fn schedule(&mut self, orders: VecDeque<(Ts, Control)>) {
        self.schedule = orders;
    }

    /// Measures how long it takes from what arrives to the orders that leave, of which these are told.
    #[must_use]
    pub fn timed(mut self, moments: Moments) -> Self {
        self.timings = Timings::new(moments);
        self
    }

    /// The first event of a run.
    ///
    /// # Errors
    /// [`RunError`]: nothing is sent any more.
    pub fn start(&mut self, started: RunStarted) -> Result<Seq, RunError> {
        self.own(Body::Run(Box::new(RunEvent::Started(started))))
    }

    /// The first event of another life. What feeds said before does not hold any more.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn resume(&mut self, epoch: u32) -> Result<Seq, RunError> {
        use onetape_core::event::{FeedEvent, FeedNews};
        let resumed = RunEvent::Resumed(RunResumed { epoch });
        let seq = self.own(Body::Run(Box::new(resumed)))?;
        let count = self.engine.desk().names().instruments.len();
        for at in 0..count {
            let instrument = self.engine.desk().names().instruments[at].id;
            let state = FeedNews::Disconnected;
            self.own(Body::Feed(FeedEvent { instrument, state }))?;
        }
        Ok(seq)
    }

    /// Takes what arrived.
    ///
    /// # Errors
    /// [`RunError`].
    #[inline]
    pub fn take(&mut self, arrival: Arrival) -> Result<Seq, RunError> {
        let trip = Trip {
            read: arrival.received,
            queued: arrival.queued,
            taken: SteadyClock::read(),
        };
        self.timings.arrived(&trip);
        let waited = trip.taken.since(trip.read).nanos();
        self.health.longest_wait_ns = self.health.longest_wait_ns.max(waited);
        let at = self.stamp()?;
        let (lane, before) = (Lane::of(&arrival.body), self.gate.passed());
        let event = Event {
            ts: at,
            body: arrival.body,
        };
        let seq = self.step(event, arrival.origin)?;
        match (self.gate.passed() - before, lane) {
            (0, _) => {}
            (left, Lane::Market) => self.timings.decided(&trip, left),
            (left, Lane::Account) => self.timings.followed(trip.read, left),
            (_, Lane::Control) => self.timings.pass_over(),
        }
        Ok(seq)
    }

    /// Takes something of our own, such as an order of a person; it stands in the journal when this returns.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn own(&mut self, body: Body) -> Result<Seq, RunError> {
        let ts = self.stamp()?;
        let seq = self.step(Event { ts, body }, Origin::default())?;
        self.timings.pass_over();
        let kept = self.engine.keep();
        kept.map_err(|error| RunError::Journal(error.to_string()))?;
        Ok(seq)
    }

    /// Has the journal written as far as things happened, so that nothing of it dies with the process.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn write(&mut self) -> Result<(), RunError> {
        let written = self.engine.journal_mut().commit(Durability::Process);
        let written = written.map_err(|error| RunError::Journal(error.to_string()));
        written.map(drop)
    }

    /// Lets timers come that are due, and brings what the gateway has to say into the queue.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn turn(&mut self) -> Result<(), RunError> {
        let now = self.stamper.now();
        self.ring(now)?;
        self.gate.inner_mut().pass(now);
        Ok(())
    }

    /// When [`Loop::turn`] has something to do, if nothing comes before.
    pub fn wakes_at(&self) -> Option<Ts> {
        let due = self.engine.desk().next_deadline().map(|(at, _)| at);
        let side = self.gate.inner().wakes_at();
        let ordered = self.schedule.front().map(|(at, _)| *at);
        due.into_iter().chain(side).chain(ordered).min()
    }

    /// The last stamp that was given.
    pub fn last(&self) -> Ts {
        self.stamper.last().unwrap_or(Ts::UNKNOWN)
    }

    /// What time it is: never before the last stamp.
    pub fn now(&mut self) -> Ts {
        self.stamper.now()
    }

    /// A stamp, after the timers that are due by then.
    fn stamp(&mut self) -> Result<Ts, RunError> {
        let at = self.stamper.look()?;
        self.ring(at)?;
        Ok(self.stamper.give(at)?)
    }

    /// Lets timers come that are due by a moment: each at its own time, or, where that is past, at once.
    fn ring(&mut self, now: Ts) -> Result<(), RunError> {
        // The steady clock at `now`: timers are due by the other one.
        let mut steady = None;
        loop {
            let timer = self.engine.desk().next_deadline();
            let timer = timer.filter(|(due, _)| *due <= now);
            let shown = timer.map(|_| *steady.get_or_insert_with(SteadyClock::read));
            self.give_orders(timer.map_or(now, |(due, _)| due))?;
            let (Some((due, timer)), Some(shown)) = (timer, shown) else {
                return Ok(());
            };
            let before = self.gate.passed();
            let ts = self.stamper.give(due)?;
            self.health.timers += 1;
            let body = Body::Timer(timer);
            self.step(Event { ts, body }, Origin::default())?;
            match self.gate.passed() - before {
                0 => {}
                left => self.timings.followed(shown - now.since(due), left),
            }
        }
    }

    /// Gives what the scenario orders by a moment.
    fn give_orders(&mut self, now: Ts) -> Result<(), RunError> {
        while self.schedule.front().is_some_and(|(due, _)| *due <= now) {
            let Some((due, control)) = self.schedule.pop_front() else {
                return Ok(());
            };
            let ts = self.stamper.give(due)?;
            let body = Body::Control(control);
            self.step(Event { ts, body }, Origin::default())?;
            self.timings.pass_over();
        }
        Ok(())
    }

    fn step(&mut self, event: Event, origin: Origin) -> Result<Seq, RunError> {
        let seq = self.fold(event, origin)?;
        for OrderEvent { order, kind } in self.gate.take_held() {
            let ts = self.stamper.look()?;
            let ts = self.stamper.give(ts)?;
            let body = Body::Order(OrderEvent { order, kind });
            self.fold(Event { ts, body }, Origin::default())?;
        }
        Ok(seq)
    }

    #[inline]
    fn fold(&mut self, event: Event, origin: Origin) -> Result<Seq, RunError> {
        let seq = self
            .engine
            .step(&event, &mut self.gate)
            .map_err(|error| RunError::Journal(error.to_string()))?;
        self.health.events += 1;
        if event.body.is_market() {
            self.health.market_events += 1;
            self.health.conflated += u64::from(is_conflated(&event.body));
        } else if let Body::Control(Control::Resume) = event.body {
            // Only now that it stands in the journal.
            self.gate.halt().clear();
        } else if let Body::Control(Control::Halt) = event.body {
            // It was set when it was ordered; a resume before it in the queue may have cleared it.
            self.gate.halt().set();
        } else if let Body::Control(Control::Verdict(verdict)) = &event.body
            && (verdict.item, verdict.approved) == (Item::Halt, true)
            && self.engine.desk().gate().state() != TradingState::Halted
        {
            self.gate.halt().clear();
        }
        self.gate.inner_mut().saw(&event);
        self.alerts.append(&mut self.gate.take_alerts());
        let decisions = self.engine.decisions().to_vec();
        self.tap.hand(Tapped {
            seq,
            event,
            origin,
            decisions,
        });
        Ok(seq)
    }

    /// What is wrong with the journal's disk, while that lasts.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    pub(super) fn set_trouble(&mut self, trouble: Option<String>) {
        self.trouble = trouble;
    }

    /// How it is. What was longest begins anew.
    pub fn health(&mut self) -> Health {
        let (sent, blocked) = self.gate.counts();
        let health = Health {
            sent,
            blocked,
            untapped: self.tap.missed(),
            ..self.health
        };
        self.health.longest_wait_ns = 0;
        health
    }

    /// Orders that sockets have yet to write, counted since the run began.
    pub(super) fn handed_over(&self) -> u64 {
        self.timings.handed_over()
    }

    /// How long things took since the run began; no part of it is in the run's state or journal.
    pub fn figures(&self) -> Figures {
        self.timings.figures()
    }

    /// What people should know since the last call.
    pub fn take_alerts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.alerts)
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine<Journal<S>> {
        &self.engine
    }

    /// What stands before the gateway.
    pub const fn gate(&self) -> &Guarded<G> {
        &self.gate
    }

    /// What stands before the gateway.
    pub const fn gate_mut(&mut self) -> &mut Guarded<G> {
        &mut self.gate
    }

    /// The journal's store.
    pub fn store(&self) -> &S {
        self.engine.journal().store()
    }

    /// The last event of the run; then the journal is complete.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn end(mut self) -> Result<S, RunError> {
        let ended = RunEnded {
            market_events: self.health.market_events,
            tops: self.engine.market().tops(),
        };
        self.own(Body::Run(Box::new(RunEvent::Ended(ended))))?;
        self.close()
    }

    /// Closes the journal and leaves the run to be gone on with.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn close(mut self) -> Result<S, RunError> {
        self.tap.close();
        let finished = self.engine.finish();
        finished.map_err(|error| RunError::Journal(error.to_string()))
    }
}

fn is_conflated(body: &Body) -> bool {
    use onetape_core::event::FeedNews;
    matches!(body, Body::Feed(news) if news.state == FeedNews::Conflated)
}
