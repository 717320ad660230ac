//! A small stage for the tests of a strategy: quotes go in, decisions come out, a venue without delay answers.
//!
//! ```
//! use onetape_core::strategies::spot_futures;
//! use onetape_core::strategy::stage::Stage;
//!
//! let given = [("quantity", "1"), ("min_entry_edge_bps", "30"), ("exit.edge_bps", "4")];
//! let mut stage = Stage::new(&spot_futures::SPEC, &given)?;
//! stage.quote("spot", "99.99", "100.00")?;
//! let decided = stage.quote("futures", "100.50", "100.51")?;
//! assert_eq!(decided[0].reason.as_str(), "enter_long_spot");
//! stage.fill();
//! assert_eq!(stage.reason(), "holding");
//! # Ok::<(), String>(())
//! ```

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::{Outgoing, Params, Setup, StrategySpec};
use crate::decision::Decision;
use crate::desk::{Desk, Outbox, TaskStatus, TaskTerms};
use crate::event::{
    AccountEvent, Body, Control, Event, Fee, Fill, Level, OrderEvent, OrderEventKind, Quote, Seq,
};
use crate::instrument::{Instrument, InstrumentKind};
use crate::market::{Market, TopFeed};
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::{Bps, Money, Price, Qty, parse_fixed};
use crate::order::{Order, OrderId};
use crate::risk::RiskLimits;
use crate::state::{Loader, Saver, State as _};
use crate::task::{TaskAction, TaskOrder};
use crate::time::{Span, Ts};

/// Decimals of every price on the stage: a tick is 0.01.
const PRICE_DECIMALS: u8 = 2;
/// Decimals of every quantity: a lot is 0.0001.
const QTY_DECIMALS: u8 = 4;
/// Mantissa of what stands at each quoted price: 1,000 units.
const SHOWN: i64 = 10_000_000;
/// What lies at each venue of each asset.
const BALANCE: i64 = 1_000_000;
/// Time between two events.
const STEP: Span = Span::from_nanos(1_000_000);

/// Tasks on quoted legs, each at a venue of its own that is called like the leg. Prices have two
/// decimals, quantities four; there are no fees, and orders are answered when the test says so.
pub struct Stage {
    names: Arc<Names>,
    market: Market,
    desk: Desk,
    outbox: Outbox,
    legs: Vec<&'static str>,
    seq: u64,
    now: Ts,
    trades: u64,
    alerts: Vec<String>,
    leaves_cancels: bool,
    tasks: Vec<Given>,
}

/// What a task is made from.
struct Given {
    spec: StrategySpec,
    legs: Vec<InstrumentId>,
    terms: TaskTerms,
}

/// A desk at its beginning.
fn desk(names: &Arc<Names>, tasks: &[Given]) -> Result<Desk, String> {
    let made = tasks.iter().map(|given| {
        (given.spec.build)(&Setup {
            names,
            taker_fees: alloc::vec![Bps::default(); given.legs.len()],
            legs: given.legs.clone(),
            params: given.terms.params.clone(),
        })
    });
    let made = made.collect::<Result<Vec<_>, _>>()?;
    let mut desk = Desk::new(Arc::clone(names), RiskLimits::default(), 1, made);
    for (at, given) in (0..).zip(tasks) {
        desk.set_terms(TaskId(at), given.terms.clone());
    }
    Ok(desk)
}

impl Stage {
    /// A stage for a strategy with these parameters, one instrument for each leg that its card requires.
    ///
    /// # Errors
    /// When the parameters are not as the card says, or the strategy refuses its legs.
    pub fn new(spec: &StrategySpec, given: &[(&str, &str)]) -> Result<Self, String> {
        Self::of(&[(spec, given)])
    }

    /// A stage for several tasks, numbered from 0: where their strategies call a leg the same, it is the same instrument.
    ///
    /// # Errors
    /// As [`Stage::new`].
    pub fn of(tasks: &[(&StrategySpec, &[(&str, &str)])]) -> Result<Self, String> {
        let mut names = Names::default();
        let mut legs = Vec::new();
        for (spec, _) in tasks {
            for leg in spec.card.legs.iter().filter(|leg| leg.is_required()) {
                if !legs.contains(&leg.name) {
                    let kind = leg.kinds.first().copied().unwrap_or(InstrumentKind::Spot);
                    let instrument = instrument(&mut names, leg.name, kind);
                    names.instruments.push(instrument);
                    legs.push(leg.name);
                }
            }
            names
                .tasks
                .push(format!("{}-{}", spec.card.name, names.tasks.len()));
        }
        let mut given_tasks = Vec::new();
        for (spec, given) in tasks {
            let params = Params::default().changed(spec.card, given.iter().copied())?;
            let own = spec.card.legs.iter().filter(|leg| leg.is_required());
            let own = own.filter_map(|leg| legs.iter().position(|name| *name == leg.name));
            let own: Vec<InstrumentId> = own.map(|at| InstrumentId(at as u16)).collect();
            let terms = TaskTerms {
                card: Some(spec.card),
                params,
                ..TaskTerms::default()
            };
            given_tasks.push(Given {
                spec: **spec,
                legs: own,
                terms,
            });
        }
        let feeds = alloc::vec![TopFeed::Quote; legs.len()];
        let names = Arc::new(names);
        let mut stage = Self {
            desk: desk(&names, &given_tasks)?,
            market: Market::new(&names.instruments, &feeds),
            outbox: Outbox::default(),
            names,
            legs,
            seq: 0,
            now: Ts::from_nanos(1_700_000_000_000_000_000),
            trades: 0,
            alerts: Vec::new(),
            leaves_cancels: false,
            tasks: given_tasks,
        };
        stage.open();
        Ok(stage)
    }

    /// Tells the opening balances.
    fn open(&mut self) {
        let names = Arc::clone(&self.names);
        for instrument in &names.instruments {
            for asset in [instrument.base, instrument.quote] {
                let total = Money::new(Decimal::from(BALANCE));
                let venue = instrument.venue;
                self.take(Body::Account(AccountEvent::Balance {
                    venue,
                    asset,
                    total,
                }));
            }
        }
    }

    /// Quotes a leg, and returns what was decided on that. Timers that became due ring before.
    ///
    /// # Errors
    /// When there is no such leg, or a price has more than two decimals.
    pub fn quote(&mut self, leg: &str, bid: &str, ask: &str) -> Result<Vec<Decision>, String> {
        let instrument = self.instrument(leg)?;
        let level = |text: &str| {
            let price =
                parse_fixed(text, PRICE_DECIMALS).map_err(|why| format!("{text}: {why}"))?;
            Ok::<Level, String>(Level {
                price: Price::new(price),
                qty: Qty::new(SHOWN),
            })
        };
        let quote = Quote {
            instrument,
            bid: level(bid)?,
            ask: level(ask)?,
        };
        let mut decided = self.ring();
        decided.extend(self.event(Body::Quote(quote)));
        Ok(decided)
    }

    /// Tells a task other terms than those of a strategy that trades from the start.
    pub fn set_terms(&mut self, task: u16, terms: TaskTerms) {
        if let Some(given) = self.tasks.get_mut(usize::from(task)) {
            given.terms = terms.clone();
        }
        self.desk.set_terms(TaskId(task), terms);
    }

    /// Ends the process, as it were, and goes on in another one from what was written down of this one: a strategy that
    /// is restored decides as it would have.
    ///
    /// # Errors
    /// When a strategy cannot be written down, or not be restored from that.
    pub fn restart(&mut self) -> Result<(), String> {
        let saved = |desk: &Desk| {
            let mut out = Saver::new();
            desk.save(&mut out);
            out.finish()
        };
        let state = saved(&self.desk)?;
        self.desk = desk(&self.names, &self.tasks)?;
        let restored = self.desk.restore(&mut Loader::new(&state));
        restored.map_err(|error| format!("a task is not restored: {error}"))?;
        if saved(&self.desk)? == state {
            Ok(())
        } else {
            Err("what was restored is not written down as it was".into())
        }
    }

    /// Orders a task, or each of them, to do something.
    pub fn order(&mut self, task: Option<u16>, action: TaskAction) -> Vec<Decision> {
        let task = task.map(TaskId);
        let order = TaskOrder { task, action };
        self.event(Body::Control(Control::Task(alloc::boxed::Box::new(order))))
    }

    /// Lets time pass; timers that become due ring, each at its own time.
    pub fn pass(&mut self, time: Span) -> Vec<Decision> {
        let until = self.now + time;
        let mut decided = Vec::new();
        while let Some((at, timer)) = self.desk.next_deadline().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            decided.extend(self.event_at(at, Body::Timer(timer)));
        }
        self.now = self.now.max(until);
        decided
    }

    /// Leaves orders that are taken back as they are from now on, or answers that at once again.
    pub const fn leave_cancels(&mut self, leave: bool) {
        self.leaves_cancels = leave;
    }

    /// Fills every order that is alive, at its limit or else at the touch.
    pub fn fill(&mut self) -> Vec<Decision> {
        let orders = self.alive();
        self.fill_these(orders)
    }

    /// Fills the orders that are alive in a leg.
    ///
    /// # Errors
    /// When there is no such leg.
    pub fn fill_leg(&mut self, leg: &str) -> Result<Vec<Decision>, String> {
        let id = self.instrument(leg)?;
        let mut orders = self.alive();
        orders.retain(|order| order.place.instrument == id);
        Ok(self.fill_these(orders))
    }

    fn fill_these(&mut self, orders: Vec<Order>) -> Vec<Decision> {
        let mut decided = Vec::new();
        for order in orders {
            self.trades += 1;
            let instrument = self.names.instrument(order.place.instrument).clone();
            let touch = self
                .market
                .instrument(instrument.id)
                .touch(order.place.side);
            let touch = touch.map_or_else(|| Price::new(1), |touch| touch.price);
            let fill = Fill {
                trade_id: self.trades,
                price: order.place.limit.unwrap_or(touch),
                qty: order.remaining(),
                fee: Fee {
                    asset: instrument.settle(),
                    amount: Money::ZERO,
                    value: Money::ZERO,
                },
                maker: false,
            };
            let kind = OrderEventKind::Filled(alloc::boxed::Box::new(fill));
            decided.extend(self.answer(order.place.order, kind));
        }
        decided
    }

    /// Ends every order that is alive without a trade.
    pub fn expire(&mut self) -> Vec<Decision> {
        let mut decided = Vec::new();
        for order in self.alive() {
            decided.extend(self.answer(order.place.order, OrderEventKind::Expired));
        }
        decided
    }

    /// The orders that are alive, oldest first.
    pub fn alive(&self) -> Vec<Order> {
        self.desk.orders().alive().cloned().collect()
    }

    /// The signed position in a leg; `None` when there is no such leg.
    pub fn position(&self, leg: &str) -> Option<Decimal> {
        let id = self.instrument(leg).ok()?;
        let held = self.desk.positions()[id.index()].qty;
        Some(self.names.instrument(id).qty_decimal(held))
    }

    /// The reason in force of the first task.
    pub fn reason(&self) -> String {
        self.reason_of(0)
    }

    /// The reason in force of a task.
    pub fn reason_of(&self, task: u16) -> String {
        let explained = self.desk.explain(TaskId(task), self.now, &self.market);
        explained.map_or_else(String::new, |(reason, _)| reason.as_str().to_owned())
    }

    /// Where a task is; `None` when there is no such task.
    pub fn status(&self, task: u16) -> Option<TaskStatus<'_>> {
        self.desk.status(TaskId(task))
    }

    /// What people were told so far.
    pub fn alerts(&self) -> &[String] {
        &self.alerts
    }

    /// The desk.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    fn instrument(&self, leg: &str) -> Result<InstrumentId, String> {
        let at = self.legs.iter().position(|name| *name == leg);
        at.map(|at| InstrumentId(at as u16)).ok_or_else(|| {
            format!(
                "there is no leg {leg:?}; there are {}",
                self.legs.join(", ")
            )
        })
    }

    fn ring(&mut self) -> Vec<Decision> {
        self.pass(Span::ZERO)
    }

    fn answer(&mut self, order: OrderId, kind: OrderEventKind) -> Vec<Decision> {
        self.event(Body::Order(OrderEvent { order, kind }))
    }

    /// An event, and the venue's answers to what is taken back on it.
    fn event(&mut self, body: Body) -> Vec<Decision> {
        self.event_at(self.now + STEP, body)
    }

    fn event_at(&mut self, at: Ts, body: Body) -> Vec<Decision> {
        let mut decided = self.take_at(at, body);
        loop {
            let outgoing = core::mem::take(&mut self.outbox.outgoing);
            let mut cancels = Vec::new();
            for outgoing in outgoing {
                match outgoing {
                    Outgoing::Cancel { order, .. } => cancels.push(order),
                    Outgoing::Alert(words) => self.alerts.push(words.as_str().to_owned()),
                    Outgoing::Place(_) | Outgoing::Amend(_) => {}
                }
            }
            if cancels.is_empty() || self.leaves_cancels {
                return decided;
            }
            for order in cancels {
                let kind = OrderEventKind::Cancelled;
                decided.extend(self.take(Body::Order(OrderEvent { order, kind })));
            }
        }
    }

    fn take(&mut self, body: Body) -> Vec<Decision> {
        let at = self.now + STEP;
        self.take_at(at, body)
    }

    fn take_at(&mut self, ts: Ts, body: Body) -> Vec<Decision> {
        self.now = ts;
        let event = Event { ts, body };
        self.desk.turn_day(ts, &self.market);
        self.market.apply(&event);
        self.desk
            .on_event(Seq(self.seq), &event, &self.market, &mut self.outbox);
        self.seq += 1;
        core::mem::take(&mut self.outbox.decisions)
    }
}

/// An instrument of BTC against USDT at a venue of this name.
fn instrument(names: &mut Names, venue: &str, kind: InstrumentKind) -> Instrument {
    Instrument {
        id: InstrumentId(names.instruments.len() as u16),
        name: format!("{venue}:BTCUSDT"),
        venue: names.venue_id(venue),
        symbol: "BTCUSDT".to_owned(),
        kind,
        base: names.asset_id("BTC"),
        quote: names.asset_id("USDT"),
        price_decimals: PRICE_DECIMALS,
        qty_decimals: QTY_DECIMALS,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::new(Decimal::ONE),
        inferred: false,
        tiers: Vec::new(),
    }
}
