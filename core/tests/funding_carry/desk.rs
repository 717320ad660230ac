//! A desk that trades one unit of `funding_carry`, and the venue's half in the test's hands.

use std::sync::Arc;

use onetape_core::command::{Command, Place};
use onetape_core::decision::{Decision, Value};
use onetape_core::desk::{Desk, Outbox};
use onetape_core::event::{
    Body, Event, Fee, Fill, FundingRate, Level, OrderEvent, OrderEventKind, Quote, Seq,
};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::funding_carry;
use onetape_core::strategy::Setup;
use onetape_core::time::Ts;

pub(crate) const SPOT: InstrumentId = InstrumentId(0);
pub(crate) const FUTURES: InstrumentId = InstrumentId(1);

const HOUR: i64 = 3_600_000_000_000;

fn names() -> Names {
    let instrument = |at: u16, kind| Instrument {
        id: InstrumentId(at),
        name: format!("venue{at}:BTCUSDT"),
        venue: VenueId(at),
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
    };
    Names {
        venues: vec!["venue0".into(), "venue1".into()],
        assets: vec!["BTC".into(), "USDT".into()],
        instruments: vec![
            instrument(0, InstrumentKind::Spot),
            instrument(1, InstrumentKind::Linear),
        ],
        tasks: vec!["task".into()],
    }
}

/// Means over three rates, without an allowance, unless the parameters say otherwise.
fn setup<'a>(names: &'a Names, params: &[(&str, &str)]) -> Setup<'a> {
    let defaults = [
        ("quantity", "1"),
        ("rates", "3"),
        ("slippage_allowance_bps", "0"),
    ];
    let absent = |(name, _): &(&str, &str)| params.iter().all(|(given, _)| given != name);
    let given = params
        .iter()
        .copied()
        .chain(defaults.into_iter().filter(absent));
    Setup {
        names,
        legs: vec![SPOT, FUTURES],
        taker_fees: vec![Bps::parse("10").unwrap(), Bps::parse("5").unwrap()],
        params: funding_carry::SPEC.card.read(given).unwrap(),
    }
}

/// Whether the strategy takes these parameters.
pub(crate) fn built(params: &[(&str, &str)]) -> Result<(), String> {
    funding_carry::checked(&setup(&names(), params)).map(drop)
}

pub(crate) struct Carry {
    desk: Desk,
    market: Market,
    seq: u64,
    now: i64,
    trades: u64,
    /// Orders that wait for their answer.
    pub(crate) sent: Vec<Place>,
    last: Option<Decision>,
}

impl Carry {
    pub(crate) fn new(params: &[(&str, &str)]) -> Self {
        let names = Arc::new(names());
        let task = (funding_carry::SPEC.build)(&setup(&names, params)).unwrap();
        Self {
            market: Market::new(&names.instruments, &[TopFeed::Quote; 2]),
            desk: Desk::new(names, RiskLimits::default(), 1, vec![task]),
            seq: 0,
            now: 0,
            trades: 0,
            sent: Vec::new(),
            last: None,
        }
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

    pub(crate) fn at(&mut self, hour: i64) {
        assert!(hour * HOUR >= self.now, "time does not go back");
        self.now = hour * HOUR;
    }

    pub(crate) fn hour(&self) -> i64 {
        self.now / HOUR
    }

    pub(crate) fn quote(&mut self, instrument: InstrumentId, bid: i64, ask: i64) {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(1_000),
        };
        self.step(Body::Quote(Quote {
            instrument,
            bid: level(bid),
            ask: level(ask),
        }));
    }

    /// A rate that is told when it is paid: now.
    pub(crate) fn settled(&mut self, rate: &str) {
        self.announced(rate, self.hour());
    }

    pub(crate) fn announced(&mut self, rate: &str, hour: i64) {
        self.step(Body::Funding(FundingRate {
            instrument: FUTURES,
            rate: Money::parse(rate).unwrap(),
            settles_at: Ts::from_nanos(hour * HOUR),
        }));
    }

    fn news(&mut self, place: &Place, kind: OrderEventKind) {
        self.step(Body::Order(OrderEvent {
            order: place.order,
            kind,
        }));
    }

    /// The oldest order trades in full at its touch.
    pub(crate) fn fill_one(&mut self) {
        let place = self.sent.remove(0);
        self.trades += 1;
        let touch = self.market.instrument(place.instrument).touch(place.side);
        let fill = Fill {
            trade_id: self.trades,
            price: touch.unwrap().price,
            qty: place.qty,
            fee: Fee {
                asset: AssetId(1),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: false,
        };
        self.news(&place, OrderEventKind::Accepted);
        self.news(&place, OrderEventKind::Filled(Box::new(fill)));
    }

    /// The oldest order trades nothing.
    pub(crate) fn expire_one(&mut self) {
        let place = self.sent.remove(0);
        self.news(&place, OrderEventKind::Accepted);
        self.news(&place, OrderEventKind::Expired);
    }

    pub(crate) fn fill_all(&mut self) {
        while !self.sent.is_empty() {
            self.fill_one();
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

    pub(crate) fn held(&self, instrument: InstrumentId) -> i64 {
        self.desk.positions()[instrument.index()].qty.mantissa()
    }

    pub(crate) fn reason(&self) -> &str {
        self.last
            .as_ref()
            .map_or("", |decision| decision.reason.as_str())
    }

    /// Names and values of the last decision's numbers, signals to six decimals.
    pub(crate) fn numbers(&self) -> Vec<(String, String)> {
        let numbers = self.last.iter().flat_map(|decision| &decision.numbers);
        let text = |value: &Value| match value {
            Value::Exact(amount) => amount.to_string(),
            Value::Signal(value) => {
                let text = format!("{value:.6}");
                let text = text.trim_end_matches('0').trim_end_matches('.');
                text.to_string()
            }
        };
        numbers
            .map(|number| (number.name.as_str().to_string(), text(&number.value)))
            .collect()
    }
}
