//! What must hold in any run, checked from beside it: an observer that keeps its own books from the events and decisions
//! of a run and compares them with the desk's.
//!
//! It shares no state with what it watches, and changes nothing. A test or a fuzz calls [`Checker::event`] after each
//! step and [`Checker::finish`] at the end.

mod band;
mod books;
mod ends;
mod filters;
mod held_up;
mod legs;
mod limits;
mod matrix;
mod orders;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_core::command::{Command, Place};
use onetape_core::decision::Decision;
use onetape_core::desk::Desk;
use onetape_core::event::{AccountEvent, Body, Control, Event, Seq};
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::market::Market;
use onetape_core::names::{InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::Qty;
use onetape_core::position::Position;
use onetape_core::risk::RiskLimits;
use onetape_core::time::Ts;

use crate::venue::Venue;
use band::{Band, Shut};
use books::Books;
use held_up::HeldUp;
use orders::Orders;

pub use band::{Balanced, Outside};
pub use ends::{Ending, TaskEnd};
pub use matrix::{Cell, LegCell, Matrix, can_hit};
pub use rules::{Rule, Violation};

/// Violations that are kept; the first ones tell the most.
const KEPT: usize = 16;

/// What a run came to, by the checker.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The first violations, in their order.
    pub violations: Vec<Violation>,
    /// Number of violations.
    pub broken: u64,
    /// Which faults met orders in which states.
    pub matrix: Matrix,
    /// Faults that were injected; one that lasts counts once.
    pub injected: u64,
    /// Each stretch outside its band that a task came back from.
    pub outside: Vec<Outside>,
    /// How each task ended.
    pub tasks: Vec<TaskEnd>,
}

/// The observer of one run.
#[derive(Debug)]
pub struct Checker {
    names: Arc<Names>,
    orders: Orders,
    /// By task and instrument: what its own fills made.
    held: BTreeMap<(TaskId, InstrumentId), Position>,
    tasks: Vec<Band>,
    feeds_down: Vec<VenueId>,
    /// What lasts and is not over.
    shut: Vec<Shut>,
    /// What is held up and has not come through.
    holding: Vec<HeldUp>,
    books: Books,
    /// What the gate has to keep to.
    limits: RiskLimits,
    paused: bool,
    halted: bool,
    last: Ts,
    found: Checked,
}

impl Checker {
    /// Before the first event, of tasks in their order.
    pub fn new(names: Arc<Names>, tasks: Vec<Balanced>) -> Self {
        let band = |task: Balanced| Band::new(&names, task);
        Self {
            tasks: tasks.into_iter().map(band).collect(),
            books: Books::new(names.instruments.len()),
            limits: RiskLimits::default(),
            names,
            orders: Orders::default(),
            held: BTreeMap::new(),
            feeds_down: Vec::new(),
            shut: Vec::new(),
            holding: Vec::new(),
            paused: false,
            halted: false,
            last: Ts::default(),
            found: Checked::default(),
        }
    }

    /// The limits that the desk's gate has, which its orders are then held against too.
    pub fn within(mut self, limits: &RiskLimits) -> Self {
        self.limits = limits.clone();
        self
    }

    /// Takes an event in that the desk has, with what was decided on it.
    pub fn event(
        &mut self,
        seq: Seq,
        event: &Event,
        decisions: &[Decision],
        desk: &Desk,
        market: &Market,
    ) {
        if event.ts < self.last {
            self.broke(Rule::Time, (seq, event.ts), "time went back".into());
        }
        self.last = event.ts;
        self.see_market(event, market);
        if event.body.is_market() && decisions.is_empty() {
            return;
        }
        let at = (seq, event.ts);
        match &event.body {
            Body::Order(news) => self.order_news(at, news, desk),
            Body::Account(news) => self.account_news(at, news, desk),
            Body::Fault(fault) => self.fault(event.ts, fault),
            Body::Control(control @ (Control::Pause | Control::Resume | Control::Halt)) => {
                self.paused = *control == Control::Pause;
                self.halted = *control == Control::Halt;
            }
            _ => {}
        }
        for decision in decisions {
            self.decision(at, decision, desk, market);
        }
        for task in 0..self.tasks.len() {
            self.weigh(TaskId(task as u16), at, market);
        }
    }

    fn decision(&mut self, at: (Seq, Ts), decision: &Decision, desk: &Desk, market: &Market) {
        self.judge_placing(at, decision, market);
        self.judge_filters(at, decision, market);
        self.judge_legs(at, decision);
        self.judge_limits(at, decision, desk, market);
        for command in &decision.commands {
            match command {
                Command::Place(place) => {
                    self.on_trip(place.task, place.tag.trip);
                    self.on_way(at.1, place);
                    self.enter(at, *place);
                }
                Command::Amend(amend) => {
                    if let Some(seen) = self.orders.get_mut(amend.order) {
                        seen.most = seen.most.max(amend.qty);
                    }
                }
                Command::Alert(_) => {
                    if let Some(band) = self.tasks.get_mut(decision.task.index()) {
                        band.alerts += 1;
                    }
                }
                Command::Cancel(_) => {}
            }
        }
    }

    fn enter(&mut self, at: (Seq, Ts), place: Place) {
        if !self.orders.enter(place) {
            let text = place.order.client_text();
            self.broke(Rule::IdsOnce, at, format!("{text} was placed twice"));
        }
    }

    fn account_news(&mut self, at: (Seq, Ts), news: &AccountEvent, desk: &Desk) {
        let holders = |held: &BTreeMap<(TaskId, InstrumentId), Position>, id| -> Vec<_> {
            let of_it = held.iter();
            let of_it = of_it.filter(|((_, known), held)| *known == id && !held.qty.is_zero());
            of_it.map(|(key, position)| (*key, position.qty)).collect()
        };
        match *news {
            AccountEvent::Liquidated {
                instrument, qty, ..
            } if !qty.is_zero() => {
                self.moves_end();
                for (key, _) in holders(&self.held, instrument) {
                    self.held.insert(key, Position::default());
                }
                self.compare_position(at, instrument, desk);
            }
            AccountEvent::Deleveraged {
                instrument,
                qty,
                price,
            } => {
                self.moves_end();
                let mut holders = holders(&self.held, instrument);
                if holders.is_empty() {
                    // News of a fill came first, and left nothing of what the venue then had: it is one's who traded it.
                    let known = self.held.keys().find(|(_, id)| *id == instrument);
                    holders.extend(known.map(|key| (*key, Qty::ZERO)));
                }
                let whole: i64 = holders.iter().map(|(_, held)| held.mantissa()).sum();
                // Whose the part is that was closed cannot be told where some are long and others short.
                let is_long = |held: &Qty| *held > Qty::ZERO;
                let long = holders.iter().filter(|(_, held)| is_long(held)).count();
                if long > 0 && long < holders.len() {
                    for ((task, _), _) in &holders {
                        self.tasks[task.index()].unclear = true;
                    }
                }
                let mut left = qty;
                for (n, (key, held)) in holders.iter().enumerate() {
                    let last = n + 1 == holders.len();
                    let share = if last {
                        left
                    } else {
                        let share = i128::from(qty.mantissa()) * i128::from(held.mantissa());
                        let share = share.checked_div(i128::from(whole)).unwrap_or(0);
                        Qty::new(i64::try_from(share).unwrap_or(0))
                    };
                    left -= share;
                    let known = self.names.instrument(instrument);
                    let position = self.held.entry(*key).or_default();
                    position.deleverage(known, share, price);
                }
                self.compare_position(at, instrument, desk);
            }
            _ => {}
        }
    }

    fn fault(&mut self, now: Ts, fault: &FaultEvent) {
        if fault.kind.lasts() {
            self.shut(now, fault);
        }
        if fault.kind == FaultKind::FeedDown {
            match fault.phase {
                FaultPhase::Begins => self.feeds_down.push(fault.venue),
                _ => self.feeds_down.retain(|venue| *venue != fault.venue),
            }
        }
        if fault.phase == FaultPhase::Ends {
            return;
        }
        // A ban is counted as it begins; each order that it refuses is one more cell of the matrix.
        let repeats = fault.kind == FaultKind::Ban && fault.phase == FaultPhase::Once;
        self.found.injected += u64::from(!repeats);
        self.mark(now, fault);
    }

    /// The positions of a task and of the desk are what their fills make them.
    fn compare_position(&mut self, at: (Seq, Ts), instrument: InstrumentId, desk: &Desk) {
        let of_it = self.held.iter().filter(|((_, id), _)| *id == instrument);
        let sum: i64 = of_it.map(|(_, position)| position.qty.mantissa()).sum();
        let known = desk.positions()[instrument.index()].qty;
        if known != Qty::new(sum) {
            let name = self.names.instrument(instrument).name.clone();
            let text = format!(
                "the desk holds {} of {name}, its fills make {sum}",
                known.mantissa()
            );
            self.broke(Rule::FillsOnce, at, text);
        }
    }

    fn broke(&mut self, rule: Rule, (seq, ts): (Seq, Ts), what: String) {
        self.found.broken += 1;
        if self.found.violations.len() < KEPT {
            self.found.violations.push(Violation {
                rule,
                seq,
                ts,
                what,
            });
        }
    }

    /// What the run came to, once nothing is under way any more.
    pub fn finish(mut self, seq: Seq, desk: &Desk, market: &Market, venues: &[Venue]) -> Checked {
        let at = (seq, self.last);
        self.compare_with_venues(at, desk, venues);
        self.end_tasks(at, market);
        self.found
    }
}
