//! A desk with two tasks that do what the test says, and the venues' half in the test's hands.
//!
//! Three instruments: BTC on a spot venue, BTC on a venue of futures, ETH on the spot venue; steps of 0.01 and 0.001,
//! all quoted in USDT, 99.90 / 100.10 at the start. Each venue has 10,000 USDT, the spot venue 10 BTC.

mod attacker;
mod bands;
mod breakers;
mod codes;
mod funds;
mod guards;
mod levels;
mod oversight;
mod tree;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use super::*;
use crate::command::{Command, LegRole, LegTag, TimeInForce};
use crate::event::{
    Control, Fee, Fill, Level, OrderEvent, OrderEventKind, Quote, RejectReason, Trade,
};
use crate::instrument::{Instrument, InstrumentKind, Side, fixtures::instrument};
use crate::market::TopFeed;
use crate::names::{AssetId, VenueId};
use crate::num::{Money, Price, Qty};
use crate::order::OrderId;
use crate::strategy::{NoSignals, OrderIntent, Solo, Strategy};
use crate::time::Span;

pub(super) const SPOT: InstrumentId = InstrumentId(0);
pub(super) const FUTURE: InstrumentId = InstrumentId(1);
pub(super) const ETH: InstrumentId = InstrumentId(2);
pub(super) const FIRST: TaskId = TaskId(0);
pub(super) const SECOND: TaskId = TaskId(1);
pub(super) const BTC: AssetId = AssetId(0);
pub(super) const USDT: AssetId = AssetId(1);

pub(super) fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// What a task does when it is asked.
#[derive(Clone)]
enum Ask {
    Place(Vec<OrderIntent>),
    Amend(OrderId, i64, i64),
    Cancel(OrderId),
    Reserve(Vec<OrderIntent>, Ts),
}

/// What came of it.
#[derive(Default)]
struct Script {
    ask: Option<Ask>,
    placed: Vec<OrderId>,
    done: bool,
    /// It says that it is in quarantine.
    quarantined: bool,
    /// It was told to go on.
    resumed: bool,
}

struct Scripted {
    script: Rc<RefCell<Script>>,
    turn: bool,
}

impl Strategy for Scripted {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn standing(&self) -> crate::task::Standing {
        if self.script.borrow().quarantined {
            crate::task::Standing::Quarantined
        } else {
            crate::task::Standing::Watching
        }
    }

    fn on_event(&mut self, _: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        self.script.borrow_mut().resumed |= event.body == Body::Control(Control::Resume);
        let Some(ask) = self.script.borrow_mut().ask.take() else {
            return;
        };
        // A new reason each time, so that every refusal is recorded.
        self.turn = !self.turn;
        out.reason(if self.turn { "asked" } else { "asked_again" });
        let mut script = self.script.borrow_mut();
        match ask {
            Ask::Place(intents) => {
                let placed = out.place_all(&intents);
                script.done = placed.is_some();
                script.placed = placed.unwrap_or_default();
            }
            Ask::Amend(order, qty, limit) => {
                script.done = out.amend(order, Qty::new(qty), Price::new(limit));
            }
            // Whether it left is seen in the decision.
            Ask::Cancel(order) => out.cancel(order),
            Ask::Reserve(intents, until) => script.done = out.reserve(&intents, until),
        }
    }
}

pub(super) struct Bench {
    pub(super) desk: Desk,
    pub(super) market: Market,
    pub(super) now: Ts,
    seq: u64,
    trades: u64,
    asked: Option<(TaskId, Ask)>,
    scripts: Vec<Rc<RefCell<Script>>>,
    /// Everything that happened, with what a task was asked for then.
    events: Vec<(Event, Option<(TaskId, Ask)>)>,
    pub(super) decisions: Vec<Decision>,
}

fn names() -> Names {
    let made = |at: u16, venue: u16, kind, base| Instrument {
        venue: VenueId(venue),
        base,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(2),
        max_qty: Qty::new(1_000_000),
        ..instrument(at, kind)
    };
    Names {
        venues: vec!["spot".to_string(), "perp".to_string()],
        assets: ["BTC", "USDT", "ETH"].map(String::from).to_vec(),
        instruments: vec![
            made(0, 0, InstrumentKind::Spot, BTC),
            made(1, 1, InstrumentKind::Linear, BTC),
            made(2, 0, InstrumentKind::Spot, AssetId(2)),
        ],
        tasks: vec!["first".to_string(), "second".to_string()],
    }
}

/// An order at a price that takes, of a quantity in thousandths.
pub(super) fn take(instrument: InstrumentId, side: Side, qty: i64) -> OrderIntent {
    OrderIntent {
        instrument,
        side,
        qty: Qty::new(qty),
        limit: Some(Price::new(if side == Side::Buy { 10_010 } else { 9_990 })),
        time_in_force: TimeInForce::ImmediateOrCancel,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

/// An order that rests at a price in hundredths.
pub(super) fn rest(instrument: InstrumentId, side: Side, qty: i64, price: i64) -> OrderIntent {
    OrderIntent {
        limit: Some(Price::new(price)),
        time_in_force: TimeInForce::PostOnly,
        ..take(instrument, side, qty)
    }
}

/// The same order for another purpose.
pub(super) fn with_role(intent: OrderIntent, role: LegRole, trip: u32) -> OrderIntent {
    OrderIntent {
        tag: LegTag {
            trip,
            role,
            ..intent.tag
        },
        ..intent
    }
}

impl Bench {
    pub(super) fn new(limits: RiskLimits) -> Self {
        Self::named(names(), limits)
    }

    /// With these names.
    pub(super) fn named(names: Names, limits: RiskLimits) -> Self {
        let mut bench = Self::silent_named(names, limits);
        bench.balance(0, USDT, "10000");
        bench.balance(0, BTC, "10");
        bench.balance(1, USDT, "10000");
        for instrument in [SPOT, FUTURE, ETH] {
            bench.quote(instrument, 9_990, 10_010);
        }
        bench
    }

    /// Nothing was heard yet.
    pub(super) fn silent(limits: RiskLimits) -> Self {
        Self::silent_named(names(), limits)
    }

    fn silent_named(names: Names, limits: RiskLimits) -> Self {
        let names = Arc::new(names);
        let scripts: Vec<_> = (0..2).map(|_| Rc::<RefCell<Script>>::default()).collect();
        let task = |script: &Rc<RefCell<Script>>| -> Box<dyn Task> {
            let scripted = Scripted {
                script: Rc::clone(script),
                turn: false,
            };
            Box::new(Solo::new(scripted, vec![SPOT, FUTURE, ETH]))
        };
        let tasks = scripts.iter().map(task).collect();
        Self {
            market: Market::new(&names.instruments, &[TopFeed::Quote; 3]),
            desk: Desk::new(names, limits, 1, tasks),
            now: Ts::from_nanos(0),
            seq: 0,
            trades: 0,
            asked: None,
            scripts,
            events: Vec::new(),
            decisions: Vec::new(),
        }
    }

    /// A new life of the process: the same events from the journal, to tasks that decide the same.
    pub(super) fn folded(&self, limits: RiskLimits) -> Self {
        let mut again = Self::silent(limits);
        for (event, asked) in &self.events {
            if let Some((task, ask)) = asked {
                again.scripts[task.index()].borrow_mut().ask = Some(ask.clone());
            }
            again.now = event.ts;
            again.step(event.body.clone());
        }
        again
    }

    pub(super) fn wait(&mut self, ms: i64) {
        self.now = self.now + Span::from_millis(ms);
    }

    pub(super) fn step(&mut self, body: Body) {
        let event = Event { ts: self.now, body };
        self.desk.turn_day(event.ts, &self.market);
        self.market.apply(&event);
        let mut out = Outbox::default();
        self.desk
            .on_event(Seq(self.seq), &event, &self.market, &mut out);
        self.seq += 1;
        self.events.push((event, self.asked.take()));
        self.decisions.extend(out.decisions);
    }

    pub(super) fn quote(&mut self, instrument: InstrumentId, bid: i64, ask: i64) {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(100_000),
        };
        self.step(Body::Quote(Quote {
            instrument,
            bid: level(bid),
            ask: level(ask),
        }));
    }

    pub(super) fn trade(&mut self, instrument: InstrumentId, price: i64) {
        self.step(Body::Trade(Trade {
            instrument,
            price: Price::new(price),
            qty: Qty::new(1),
            aggressor: Side::Buy,
        }));
    }

    pub(super) fn balance(&mut self, venue: u16, asset: AssetId, total: &str) {
        self.step(Body::Account(AccountEvent::Balance {
            venue: VenueId(venue),
            asset,
            total: money(total),
        }));
    }

    pub(super) fn control(&mut self, control: Control) {
        self.step(Body::Control(control));
    }

    pub(super) fn news(&mut self, order: OrderId, kind: OrderEventKind) {
        self.step(Body::Order(OrderEvent { order, kind }));
    }

    /// An order trades so much at a price, for nothing.
    pub(super) fn fill(&mut self, order: OrderId, qty: i64, price: i64) {
        self.trades += 1;
        let fill = Fill {
            trade_id: self.trades,
            price: Price::new(price),
            qty: Qty::new(qty),
            fee: Fee {
                asset: USDT,
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: false,
        };
        self.news(order, OrderEventKind::Filled(Box::new(fill)));
    }

    /// An order that was taken and rests.
    pub(super) fn rests(&mut self, task: TaskId, intent: OrderIntent) -> OrderId {
        let order = self.placed(task, intent);
        self.news(order, OrderEventKind::Accepted);
        order
    }

    /// An order that left.
    pub(super) fn placed(&mut self, task: TaskId, intent: OrderIntent) -> OrderId {
        self.ask(task, &[intent]).unwrap()[0]
    }

    /// An order that left and traded at its own price.
    pub(super) fn traded(&mut self, task: TaskId, intent: OrderIntent) -> OrderId {
        let order = self.placed(task, intent);
        let price = intent.limit.map_or(10_000, Price::mantissa);
        self.fill(order, intent.qty.mantissa(), price);
        order
    }

    pub(super) fn rejected(&mut self, task: TaskId, intent: OrderIntent) {
        let order = self.placed(task, intent);
        self.news(order, OrderEventKind::Rejected(RejectReason::Balance));
    }

    fn run(&mut self, task: TaskId, ask: Ask) -> Result<Vec<OrderId>, String> {
        self.asked = Some((task, ask.clone()));
        self.scripts[task.index()].borrow_mut().ask = Some(ask);
        self.step(Body::Timer(Timer { task, id: 7 }));
        let mut script = self.scripts[task.index()].borrow_mut();
        if core::mem::take(&mut script.done) {
            return Ok(core::mem::take(&mut script.placed));
        }
        let decision = self.decisions.last().unwrap();
        assert_eq!(decision.task, task);
        assert_eq!(decision.refusals.len(), 1, "{decision:?}");
        let told = |command: &Command| matches!(command, Command::Alert(_));
        assert!(decision.commands.iter().all(told), "{decision:?}");
        Err(decision.refusals[0].reason.to_string())
    }

    /// Asks for orders that leave together or not at all: their ids, or the one reason that was recorded.
    pub(super) fn ask(
        &mut self,
        task: TaskId,
        intents: &[OrderIntent],
    ) -> Result<Vec<OrderId>, String> {
        self.run(task, Ask::Place(intents.to_vec()))
    }

    pub(super) fn amend(&mut self, order: OrderId, qty: i64, limit: i64) -> Result<(), String> {
        let task = self.desk.own.orders.get(order).unwrap().place.task;
        self.amend_by(task, order, qty, limit)
    }

    /// A task takes an order back that may be another's.
    pub(super) fn take_back(&mut self, task: TaskId, order: OrderId) -> Result<(), String> {
        self.run(task, Ask::Cancel(order)).map(|_| ())
    }

    /// A task changes an order that may be another's.
    pub(super) fn amend_by(
        &mut self,
        task: TaskId,
        order: OrderId,
        qty: i64,
        limit: i64,
    ) -> Result<(), String> {
        self.run(task, Ask::Amend(order, qty, limit)).map(|_| ())
    }

    pub(super) fn reserve(
        &mut self,
        task: TaskId,
        intents: &[OrderIntent],
        until: Ts,
    ) -> Result<(), String> {
        self.run(task, Ask::Reserve(intents.to_vec(), until))
            .map(|_| ())
    }

    /// Asks and says why not; nothing leaves in any case.
    pub(super) fn refusal(&mut self, task: TaskId, intent: OrderIntent) -> Option<String> {
        match self.ask(task, &[intent]) {
            Ok(orders) => {
                self.news(orders[0], OrderEventKind::NotSent);
                None
            }
            Err(reason) => Some(reason),
        }
    }

    /// The reasons of what the account decided, in order.
    pub(super) fn account_reasons(&self) -> Vec<&str> {
        let account = self
            .decisions
            .iter()
            .filter(|decision| decision.task == TaskId::ACCOUNT);
        account.map(|decision| decision.reason.as_str()).collect()
    }

    /// What people were told.
    pub(super) fn alerts(&self) -> Vec<&str> {
        let commands = self.decisions.iter().flat_map(|made| &made.commands);
        let alerts = commands.filter_map(|command| match command {
            Command::Alert(words) => Some(words.as_str()),
            _ => None,
        });
        alerts.collect()
    }
}
