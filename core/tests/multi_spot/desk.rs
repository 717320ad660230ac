//! A desk that trades `multi_spot`, and the venues' half in the test's hands.

use std::sync::Arc;

use onetape_core::command::{Command, Place};
use onetape_core::decision::Decision;
use onetape_core::desk::{Desk, Outbox};
use onetape_core::event::{
    Body, Event, Fee, Fill, Level, OrderEvent, OrderEventKind, Quote, RejectReason, Seq,
};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::multi_spot;
use onetape_core::strategy::Setup;
use onetape_core::time::Ts;

/// An instrument of one venue with prices and quantities of one decimal.
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

/// So many spot legs of one kind, and the future last.
pub(crate) fn legs(spots: usize) -> Vec<Instrument> {
    let spot = (0..spots).map(|at| instrument(at, InstrumentKind::Spot));
    let future = instrument(spots, InstrumentKind::Linear);
    spot.chain([future]).collect()
}

pub(crate) fn names(instruments: &[Instrument]) -> Names {
    Names {
        venues: (0..instruments.len())
            .map(|at| format!("venue{at}"))
            .collect(),
        assets: vec!["BTC".into(), "USDT".into(), "USDC".into()],
        instruments: instruments.to_vec(),
        tasks: vec!["task".into()],
    }
}

pub(crate) fn setup<'a>(
    names: &'a Names,
    fees: &[Bps],
    params: &[(&'static str, &str)],
) -> Setup<'a> {
    Setup {
        names,
        legs: names.instruments.iter().map(|it| it.id).collect(),
        taker_fees: fees.to_vec(),
        params: multi_spot::SPEC.card.read(params.iter().copied()).unwrap(),
    }
}

pub(crate) struct Venues {
    desk: Desk,
    market: Market,
    seq: u64,
    now: i64,
    trades: u64,
    /// Orders that wait for their answer.
    pub(crate) sent: Vec<Place>,
    last: Option<Decision>,
}

impl Venues {
    pub(crate) fn new(
        instruments: &[Instrument],
        fees: &[Bps],
        limits: RiskLimits,
        params: &[(&'static str, &str)],
    ) -> Self {
        let names = Arc::new(names(instruments));
        let task = (multi_spot::SPEC.build)(&setup(&names, fees, params)).unwrap();
        let feeds = vec![TopFeed::Quote; instruments.len()];
        Self {
            market: Market::new(&names.instruments, &feeds),
            desk: Desk::new(names, limits, 1, vec![task]),
            seq: 0,
            now: 0,
            trades: 0,
            sent: Vec::new(),
            last: None,
        }
    }

    pub(crate) fn at_ms(&mut self, ms: i64) {
        self.now = self.now.max(ms * 1_000_000);
    }

    fn step(&mut self, body: Body) {
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
            let places = decision
                .commands
                .iter()
                .filter_map(|command| match command {
                    Command::Place(place) => Some(*place),
                    Command::Cancel(_) | Command::Alert(_) | Command::Amend(_) => None,
                });
            self.sent.extend(places);
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

    /// The oldest order trades so much at its touch; what is left of it expires.
    pub(crate) fn fill_one(&mut self, most: i64) {
        let place = self.sent.remove(0);
        self.trades += 1;
        let qty = place.qty.min(Qty::new(most));
        let touch = self.market.instrument(place.instrument).touch(place.side);
        let fill = Fill {
            trade_id: self.trades,
            price: touch.unwrap().price,
            qty,
            fee: Fee {
                asset: AssetId(1),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: false,
        };
        let mut kinds = vec![OrderEventKind::Accepted];
        if !qty.is_zero() {
            kinds.push(OrderEventKind::Filled(Box::new(fill)));
        }
        if qty < place.qty {
            kinds.push(OrderEventKind::Expired);
        }
        for kind in kinds {
            self.step(Body::Order(OrderEvent {
                order: place.order,
                kind,
            }));
        }
    }

    /// The oldest order is refused.
    pub(crate) fn reject_one(&mut self, reason: RejectReason) {
        let place = self.sent.remove(0);
        self.step(Body::Order(OrderEvent {
            order: place.order,
            kind: OrderEventKind::Rejected(reason),
        }));
    }

    pub(crate) fn fill_all(&mut self) {
        while !self.sent.is_empty() {
            self.fill_one(i64::MAX);
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
