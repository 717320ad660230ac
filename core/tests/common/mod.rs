//! A desk with one task, and the venues' half in the test's hands.
#![allow(dead_code)]

use std::sync::Arc;

use onetape_core::command::{Command, Place};
use onetape_core::decision::Decision;
use onetape_core::desk::{Desk, Outbox, TaskTerms};
use onetape_core::event::{
    AccountEvent, Body, Event, Fee, Fill, Level, OrderEvent, OrderEventKind, Quote, RejectReason,
    Seq,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::risk::RiskLimits;
use onetape_core::strategy::{Setup, StrategySpec};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

/// An instrument of the venue with its own number: BTC against USDT, prices and quantities of one decimal.
pub(crate) fn instrument(at: usize, kind: InstrumentKind) -> Instrument {
    Instrument {
        id: InstrumentId(at as u16),
        name: format!("venue{at}:BTCUSDT"),
        venue: VenueId(at as u16),
        symbol: "BTCUSDT".into(),
        kind,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 1,
        qty_decimals: 1,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::parse("1").unwrap(),
        inferred: false,
        tiers: Vec::new(),
    }
}

/// The names around instruments, with assets of their own.
pub(crate) fn names(instruments: &[Instrument], assets: &[&str]) -> Names {
    Names {
        venues: (0..instruments.len())
            .map(|at| format!("venue{at}"))
            .collect(),
        assets: assets.iter().map(ToString::to_string).collect(),
        instruments: instruments.to_vec(),
        tasks: vec!["task".into()],
    }
}

/// A set-up of all instruments as legs.
pub(crate) fn setup<'a>(
    spec: &StrategySpec,
    names: &'a Names,
    fees: &[&str],
    params: &[(&'static str, &str)],
) -> Setup<'a> {
    Setup {
        names,
        legs: names.instruments.iter().map(|it| it.id).collect(),
        taker_fees: fees.iter().map(|fee| Bps::parse(fee).unwrap()).collect(),
        params: spec.card.read(params.iter().copied()).unwrap(),
    }
}

pub(crate) struct Rig {
    pub(crate) desk: Desk,
    pub(crate) market: Market,
    pub(crate) names: Arc<Names>,
    seq: u64,
    pub(crate) now: i64,
    trades: u64,
    /// Fee of every fill, as a fraction, and whether it is taken of what is received or of the quote asset.
    pub(crate) fee: Decimal,
    pub(crate) fee_received: bool,
    /// The venues tell the balances that their fills lead to.
    pub(crate) tells_balances: bool,
    /// Orders that wait for their answer.
    pub(crate) sent: Vec<Place>,
    pub(crate) cancels: Vec<OrderId>,
    pub(crate) alerts: usize,
    pub(crate) last: Option<Decision>,
}

impl Rig {
    pub(crate) fn new(
        spec: &StrategySpec,
        names: Names,
        fees: &[&str],
        limits: RiskLimits,
        params: &[(&'static str, &str)],
    ) -> Self {
        let set_up = setup(spec, &names, fees, params);
        let task = (spec.build)(&set_up).unwrap();
        let terms = TaskTerms {
            card: Some(spec.card),
            params: set_up.params,
            ..TaskTerms::default()
        };
        let names = Arc::new(names);
        let feeds = vec![TopFeed::Quote; names.instruments.len()];
        let mut desk = Desk::new(names.clone(), limits, 1, vec![task]);
        desk.set_terms(TaskId(0), terms);
        Self {
            market: Market::new(&names.instruments, &feeds),
            desk,
            names,
            seq: 0,
            now: 0,
            trades: 0,
            fee: Decimal::ZERO,
            fee_received: false,
            tells_balances: false,
            sent: Vec::new(),
            cancels: Vec::new(),
            alerts: 0,
            last: None,
        }
    }

    pub(crate) fn at_ms(&mut self, ms: i64) {
        self.now = self.now.max(ms * 1_000_000);
    }

    pub(crate) fn step(&mut self, body: Body) {
        let event = Event {
            ts: Ts::from_nanos(self.now),
            body,
        };
        self.desk.turn_day(event.ts, &self.market);
        self.market.apply(&event);
        let mut out = Outbox::default();
        self.desk
            .on_event(Seq(self.seq), &event, &self.market, &mut out);
        self.seq += 1;
        for decision in out.decisions {
            for command in &decision.commands {
                match command {
                    Command::Place(place) => self.sent.push(*place),
                    Command::Cancel(order) => self.cancels.push(*order),
                    Command::Alert(_) => self.alerts += 1,
                    Command::Amend(_) => {}
                }
            }
            self.last = Some(decision);
        }
    }

    /// Bid and ask as price and quantity.
    pub(crate) fn quote(&mut self, leg: usize, bid: (i64, i64), ask: (i64, i64)) {
        let level = |(price, qty)| Level {
            price: Price::new(price),
            qty: Qty::new(qty),
        };
        self.step(Body::Quote(Quote {
            instrument: InstrumentId(leg as u16),
            bid: level(bid),
            ask: level(ask),
        }));
    }

    pub(crate) fn tell(&mut self, place: &Place, kind: OrderEventKind) {
        self.step(Body::Order(OrderEvent {
            order: place.order,
            kind,
        }));
    }

    /// A part of an order trades at its touch.
    pub(crate) fn trade(&mut self, place: &Place, qty: Qty) {
        self.trades += 1;
        let touch = self.market.instrument(place.instrument).touch(place.side);
        let price = touch.unwrap().price;
        let instrument = self.names.instrument(place.instrument);
        let value = instrument.notional(price, qty).times(self.fee);
        let fee = match (self.fee_received, place.side) {
            (true, Side::Buy) => Fee {
                asset: instrument.base,
                amount: Money::new(instrument.qty_decimal(qty) * self.fee),
                value,
            },
            _ => Fee {
                asset: instrument.quote,
                amount: value,
                value,
            },
        };
        let fill = Fill {
            trade_id: self.trades,
            price,
            qty,
            fee,
            maker: false,
        };
        self.tell(place, OrderEventKind::Filled(Box::new(fill)));
        for row in self.desk.ledger().rows().to_vec() {
            if self.tells_balances && row.reported != row.expected() {
                self.step(Body::Account(AccountEvent::Balance {
                    venue: row.venue,
                    asset: row.asset,
                    total: row.expected(),
                }));
            }
        }
    }

    /// The oldest order trades so much; what is left of it expires. `None` rejects it.
    pub(crate) fn answer(&mut self, most: Option<i64>) -> Place {
        let place = self.sent.remove(0);
        let Some(most) = most else {
            self.tell(&place, OrderEventKind::Rejected(RejectReason::Balance));
            return place;
        };
        let qty = place.qty.min(Qty::new(most));
        self.tell(&place, OrderEventKind::Accepted);
        if !qty.is_zero() {
            self.trade(&place, qty);
        }
        if qty < place.qty {
            self.tell(&place, OrderEventKind::Expired);
        }
        place
    }

    pub(crate) fn fill_all(&mut self) {
        while !self.sent.is_empty() {
            self.answer(Some(i64::MAX));
        }
    }

    /// Lets the next timer come, if there is one.
    pub(crate) fn wait(&mut self) -> bool {
        let Some((at, timer)) = self.desk.next_deadline() else {
            return false;
        };
        self.now = at.nanos();
        self.step(Body::Timer(timer));
        true
    }

    pub(crate) fn held(&self, leg: usize) -> i64 {
        self.desk.positions()[leg].qty.mantissa()
    }

    pub(crate) fn reason(&self) -> &str {
        let last = self.last.as_ref();
        last.map_or("", |decision| decision.reason.as_str())
    }
}
