//! The task: look, enter the best that is free to be entered, and see every entry through.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::find::{Kind, News, Opportunity, Scanner};
use super::job::{Job, Missing, Outcome};
use crate::event::{Body, Control, Event};
use crate::instrument::Side;
use crate::num::Bps;
use crate::saga::{Saga, SagaState};
use crate::state::{Loader, RestoreError, Saver, State, Value, save_each};
use crate::strategies::pair::stop::Stop;
use crate::strategy::{Context, Intents, NoSignals, Numbers, Strategy, Wake};
use crate::task::{Execution, Standing};
use crate::time::{Span, Ts};

/// The shortest that instruments are left alone: what failed at once must not be tried again at the same moment, forever.
const A_MOMENT: Span = Span::from_millis(1);

/// Timer of exits by age; the saga's own is 0.
const AGE_TIMER: u32 = 1;
/// Timer of what is executed by hand.
const HAND_TIMER: u32 = 2;

/// What the task goes by, beside what is looked for.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) slippage: Bps,
    pub(super) exit_profit: Bps,
    pub(super) max_age: Span,
    pub(super) cool_down: Span,
    pub(super) stop: Stop,
    pub(super) max_open: usize,
    pub(super) trade: bool,
    pub(super) alerts: bool,
    /// A saga as every route gets one.
    pub(super) saga: Saga,
}

/// An opportunity that a person gave.
#[derive(Clone, Debug)]
pub(super) struct ByHand {
    /// Places of the bought and of the sold leg.
    pub(super) legs: [usize; 2],
    pub(super) quantity: Decimal,
    /// After the first event.
    pub(super) after: Span,
}

/// Finds what pays and trades it.
#[derive(Clone, Debug)]
pub struct Hunter {
    pub(super) scanner: Scanner,
    pub(super) fees: Vec<Bps>,
    pub(super) rules: Rules,
    /// What is traded or held: no instrument is in two of them.
    pub(super) jobs: Vec<Job>,
    /// Jobs that ended: late news of their orders, and what was too little to trade, are theirs.
    ended: Vec<Job>,
    /// By instrument: until when it is left alone.
    alone_until: Vec<Ts>,
    /// Trips of all jobs.
    trips: u32,
    paused: bool,
    by_hand: Option<ByHand>,
    /// When that is due; known from the first event on.
    hand_due: Ts,
    /// What the last job came to that balanced or ended.
    pub(super) last: Option<Outcome>,
}

impl State for Hunter {
    fn save(&self, out: &mut Saver) {
        let Self {
            scanner,
            jobs,
            ended,
            alone_until,
            trips,
            paused,
            by_hand,
            hand_due,
            last,
            fees: _,
            rules: _,
        } = self;
        scanner.save(out);
        for list in [jobs, ended] {
            save_each(list, out);
        }
        alone_until.save(out);
        (*trips, *paused, by_hand.is_some()).save(out);
        hand_due.save(out);
        last.save(out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.scanner.restore(from)?;
        for list in [&mut self.jobs, &mut self.ended] {
            list.clear();
            for _ in 0..usize::get(from)? {
                let mut job = Job::new([0; 2], self.rules.saga.clone());
                job.restore(from)?;
                list.push(job);
            }
        }
        self.alone_until.restore(from)?;
        let still_given;
        (self.trips, self.paused, still_given) = Value::get(from)?;
        // What was given by hand is done once.
        self.by_hand = self.by_hand.take().filter(|_| still_given);
        self.hand_due.restore(from)?;
        self.last.restore(from)
    }
}

impl Hunter {
    pub(super) fn new(
        scanner: Scanner,
        fees: Vec<Bps>,
        rules: Rules,
        by_hand: Option<ByHand>,
    ) -> Self {
        Self {
            alone_until: alloc::vec![Ts::UNKNOWN; scanner.instruments().len()],
            scanner,
            fees,
            rules,
            jobs: Vec::new(),
            ended: Vec::new(),
            trips: 0,
            paused: false,
            by_hand,
            hand_due: Ts::UNKNOWN,
            last: None,
        }
    }

    /// Takes a market event in, and tells people of what was found if they asked for that.
    fn look<S>(&mut self, cx: &Context<'_, S>, event: &Event, out: &mut Intents<'_>) {
        let Some(instrument) = event.body.instrument() else {
            return;
        };
        let mut found = Vec::new();
        self.scanner
            .update(instrument, cx.market, cx.now, &mut |news| {
                if let News::Found(is) = news {
                    found.push(*is);
                }
            });
        for is in found {
            self.tell_tasks(&is, out);
            if self.rules.alerts {
                out.alert(self.words(&is));
            }
        }
    }

    /// Tasks that wait for two instruments to part may begin.
    fn tell_tasks(&self, is: &Opportunity, out: &mut Intents<'_>) {
        let route = &self.scanner.routes()[is.route as usize];
        if let [buy, sell] = route.steps() {
            let id = |at: u16| self.scanner.instruments()[usize::from(at)].id;
            out.found([id(buy.at), id(sell.at)]);
        }
    }

    fn words(&self, is: &Opportunity) -> String {
        let route = &self.scanner.routes()[is.route as usize];
        let mut words = format!("{} nets {:.2} bps:", route.kind.name(), is.net_bps);
        for (step, qty) in route.steps().iter().zip(is.sized.qty) {
            let instrument = &self.scanner.instruments()[usize::from(step.at)];
            let verb = if step.side == Side::Buy {
                "buy"
            } else {
                "sell"
            };
            let qty = instrument.qty_decimal(qty).normalize();
            words.push_str(&format!(" {verb} {qty} {}", instrument.name));
        }
        words
    }

    /// News of an order goes to the saga whose trip it is of, also when that ended; all other own news to every saga.
    fn news<S>(&mut self, cx: &Context<'_, S>, body: &Body, out: &mut Intents<'_>) {
        if let Body::Order(news) = body {
            let Some(order) = cx.orders.get(news.order) else {
                return;
            };
            let trip = order.place.tag.trip;
            if let Some(at) = self.ended.iter().position(|job| job.saga.trip() == trip) {
                // Something of it came late: it is looked after again.
                let job = self.ended.remove(at);
                self.jobs.push(job);
            }
            let job = self.jobs.iter_mut().find(|job| job.saga.trip() == trip);
            if let Some(job) = job {
                job.note(&news.kind);
                job.saga.on_news(cx, body, out);
            }
        } else {
            for job in &mut self.jobs {
                job.saga.on_news(cx, body, out);
            }
        }
    }

    /// Sees what became of the jobs; the reason that the last change gives.
    fn settle(&mut self, now: Ts, out: &mut Intents<'_>) -> Option<&'static str> {
        let mut reason = None;
        let mut at = 0;
        while at < self.jobs.len() {
            let job = &mut self.jobs[at];
            match job.saga.state() {
                SagaState::Hedged if !job.hedged_at.is_known() => {
                    job.hedged_at = now;
                    self.last = Some(job.outcome(now));
                    out.wake_at(now + self.rules.max_age, AGE_TIMER);
                    reason = Some("holding");
                }
                SagaState::Flat => {
                    let job = self.jobs.remove(at);
                    let traded = job
                        .saga
                        .legs()
                        .iter()
                        .any(|leg| !leg.position.realised.is_zero());
                    let traded = traded || job.hedged_at.is_known();
                    let outcome = job.outcome(now);
                    self.last = Some(outcome);
                    if job.by_hand {
                        out.alert(outcome.words(if traded { "closed" } else { "missed" }));
                    }
                    let wait = self.rules.cool_down.max(A_MOMENT);
                    let wait = if job.is_stopped {
                        wait.max(self.rules.stop.wait)
                    } else {
                        wait
                    };
                    for place in job.legs {
                        self.alone_until[place] = now + wait;
                    }
                    self.ended.push(job);
                    reason = Some(if traded { "closed" } else { "entry_missed" });
                    continue;
                }
                SagaState::Quarantined if job.by_hand => {
                    job.by_hand = false;
                    out.alert(job.outcome(now).words("quarantined"));
                }
                _ => {}
            }
            at += 1;
        }
        reason
    }

    /// Closes what is to be closed.
    fn look_for_exits<S>(
        &mut self,
        cx: &Context<'_, S>,
        out: &mut Intents<'_>,
    ) -> Option<&'static str> {
        let mut reason = None;
        let exit = (
            self.rules.exit_profit,
            self.rules.max_age,
            self.rules.slippage,
            self.rules.stop,
        );
        for job in &mut self.jobs {
            let Some(why) = job.exit_reason(cx, &self.scanner, &self.fees, exit) else {
                continue;
            };
            let slippage = self.rules.slippage;
            reason = Some(if !job.can_close(cx, &self.scanner, &self.fees, slippage) {
                "no_inventory"
            } else if job.saga.exit(cx, slippage, out) {
                job.is_stopped = why == "exit_stop";
                why
            } else {
                "exit_refused"
            });
        }
        reason
    }

    /// Enters what pays most among what is free to be entered.
    fn look_for_entries<S>(
        &mut self,
        cx: &Context<'_, S>,
        out: &mut Intents<'_>,
    ) -> Option<&'static str> {
        let mut reason = None;
        if !self.rules.trade || self.paused || self.scanner.open_count() == 0 {
            return None;
        }
        for is in self.scanner.ranked() {
            if self.jobs.len() >= self.rules.max_open {
                break;
            }
            let route = &self.scanner.routes()[is.route as usize];
            if route.kind == Kind::Triangular {
                continue;
            }
            let [buy, sell] = [0, 1].map(|n: usize| usize::from(route.steps()[n].at));
            if !self.is_free([buy, sell], cx.now) {
                continue;
            }
            let base = self.scanner.instruments()[buy].qty_decimal(is.sized.qty[0]);
            reason = Some(match self.start([buy, sell], (base, false), cx, out) {
                Ok(()) => "entered",
                Err(missing) => {
                    // The same would be said on every event.
                    for place in [buy, sell] {
                        self.alone_until[place] = cx.now + self.rules.cool_down.max(A_MOMENT);
                    }
                    match missing {
                        Missing::Inventory | Missing::Infeasible => "no_inventory",
                        Missing::Refused => "entry_refused",
                    }
                }
            });
        }
        reason
    }

    /// True when no job has the instruments, and none is left alone.
    fn is_free(&self, legs: [usize; 2], now: Ts) -> bool {
        legs.into_iter().all(|at| {
            let busy = self.jobs.iter().any(|job| job.has(at));
            !busy && now >= self.alone_until[at]
        })
    }

    /// One job a pair of legs, with the saga that it had before: what that was left with is its to hedge.
    fn start<S>(
        &mut self,
        legs: [usize; 2],
        (base, by_hand): (Decimal, bool),
        cx: &Context<'_, S>,
        out: &mut Intents<'_>,
    ) -> Result<(), Missing> {
        let known = self.ended.iter().position(|job| job.legs == legs);
        let mut job = match known {
            Some(at) => self.ended.remove(at),
            None => Job::new(legs, self.rules.saga.clone()),
        };
        let before = job.saga.trip();
        job.saga.count_from(self.trips);
        let size = (base, self.rules.slippage);
        let entered = job.enter(cx, &self.scanner, &self.fees, size, out);
        if entered.is_ok() {
            job.by_hand = by_hand;
            self.trips = job.saga.trip();
            self.jobs.push(job);
        } else {
            job.saga.count_from(before);
            self.ended.extend(known.map(|_| job));
        }
        entered
    }

    /// Sends what was given by hand, once, through the same gate.
    fn execute_given<S>(
        &mut self,
        cx: &Context<'_, S>,
        out: &mut Intents<'_>,
    ) -> Option<&'static str> {
        let by_hand = self.by_hand.as_ref()?;
        if !self.hand_due.is_known() {
            self.hand_due = cx.now + by_hand.after;
            out.wake_at(self.hand_due, HAND_TIMER);
        }
        let all_seen = by_hand.legs.iter().all(|&at| {
            let id = self.scanner.instruments()[at].id;
            cx.market.instrument(id).last_top().is_some()
        });
        let busy = |job: &Job| by_hand.legs.iter().any(|&at| job.has(at));
        if cx.now < self.hand_due || !all_seen || self.jobs.iter().any(busy) {
            return None;
        }
        let ByHand { legs, quantity, .. } = self.by_hand.take()?;
        Some(match self.start(legs, (quantity, true), cx, out) {
            Ok(()) => "executed",
            Err(Missing::Refused) => "execute_refused",
            Err(Missing::Infeasible | Missing::Inventory) => "execute_infeasible",
        })
    }

    /// The reason when nothing changes.
    fn unchanged(&self) -> &'static str {
        let any = |state| self.jobs.iter().any(|job| job.saga.state() == state);
        if any(SagaState::Quarantined) {
            "quarantined"
        } else if any(SagaState::Repairing) {
            "repairing"
        } else if any(SagaState::Hedged) {
            "holding"
        } else if !self.jobs.is_empty() {
            // Orders are out: what sent them is still the reason.
            ""
        } else if self.scanner.open_count() > 0 {
            "found"
        } else {
            "scanning"
        }
    }
}

impl Strategy for Hunter {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, cx: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        if event.body.is_market() {
            self.look(cx, event, out);
        } else {
            if let Body::Control(control) = &event.body {
                self.paused = *control != Control::Resume;
            }
            self.news(cx, &event.body, out);
        }
        let mut reason = self.settle(cx.now, out);
        reason = self.look_for_exits(cx, out).or(reason);
        reason = self.execute_given(cx, out).or(reason);
        // An exit is decided on before what it makes room for.
        reason = self.look_for_entries(cx, out).or(reason);
        let reason = reason.unwrap_or_else(|| self.unchanged());
        if !reason.is_empty() {
            out.reason(reason);
        }
    }

    fn wake(&self) -> Wake {
        Wake::ALWAYS
    }

    fn explain(&self, cx: &Context<'_, NoSignals>, numbers: &mut Numbers) {
        self.tell(cx, numbers);
    }

    /// What has most to be seen to comes first.
    fn ramps(&self) -> bool {
        true
    }

    fn standing(&self) -> Standing {
        let mut jobs = self.jobs.iter().map(|job| job.saga.standing());
        let all: Vec<Standing> = jobs.by_ref().collect();
        let first = [
            Standing::Repairing,
            Standing::Entering,
            Standing::Closing,
            Standing::Holding,
            Standing::Quarantined,
        ];
        let mut first = first.into_iter();
        first
            .find(|standing| all.contains(standing))
            .unwrap_or_default()
    }

    fn execute(
        &mut self,
        cx: &Context<'_, NoSignals>,
        given: &Execution,
        out: &mut Intents<'_>,
    ) -> Result<(), String> {
        let legs = [usize::from(given.buy), usize::from(given.sell)];
        let [bought, sold] = legs.map(|at| self.scanner.instruments().get(at));
        let pair = bought.zip(sold).filter(|(bought, sold)| {
            bought.id != sold.id && bought.base == sold.base && bought.quote == sold.quote
        });
        if pair.is_none() {
            return Err("its legs are not two instruments of one pair".into());
        }
        if self
            .jobs
            .iter()
            .any(|job| legs.iter().any(|&at| job.has(at)))
        {
            return Err("one of its legs is traded already".into());
        }
        let size = (given.quantity.decimal(), true);
        self.start(legs, size, cx, out).map_err(|missing| {
            let why = match missing {
                Missing::Infeasible => "a book is missing, or it is less than a venue's minimum",
                Missing::Inventory => "what is free at a venue does not pay for it",
                Missing::Refused => "the risk gate refused it",
            };
            String::from(why)
        })?;
        out.reason("executed");
        Ok(())
    }

    fn unwind(&mut self, cx: &Context<'_, NoSignals>, out: &mut Intents<'_>) {
        for job in &mut self.jobs {
            if job.saga.state() == SagaState::Hedged {
                job.saga.exit(cx, self.rules.slippage, out);
            }
        }
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
