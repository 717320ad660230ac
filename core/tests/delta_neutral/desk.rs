//! A desk that trades `delta_neutral`, and the venues' half in the test's hands.

use std::sync::Arc;

use onetape_core::command::{Command, LegRole, Place, TimeInForce};
use onetape_core::decision::{Decision, Value};
use onetape_core::desk::{Desk, Outbox};
use onetape_core::event::{
    AccountEvent, Body, Control, Event, Fee, Fill, Level, OrderEvent, OrderEventKind, Quote, Seq,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::delta_neutral::{self, DeltaNeutral};
use onetape_core::strategy::{Setup, Solo};
use onetape_core::time::Ts;

/// Spot in thousandths that must be worth 5, and a future in hundredths of at least two.
pub(crate) fn pair() -> Vec<Instrument> {
    let spot = Instrument {
        id: InstrumentId(0),
        name: "one:BTCUSDT".into(),
        venue: VenueId(0),
        symbol: "BTCUSDT".into(),
        kind: InstrumentKind::Spot,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 1,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::parse("5").unwrap(),
        contract_value: Money::parse("1").unwrap(),
        inferred: false,
        tiers: Vec::new(),
    };
    let future = Instrument {
        id: InstrumentId(1),
        name: "two:BTCUSDT".into(),
        venue: VenueId(1),
        kind: InstrumentKind::Linear,
        qty_decimals: 2,
        min_qty: Qty::new(2),
        min_notional: Money::ZERO,
        ..spot.clone()
    };
    vec![spot, future]
}

pub(crate) type Given<'a> = &'a [(&'static str, &'a str)];

pub(crate) fn checked(
    instruments: &[Instrument],
    params: Given<'_>,
) -> Result<DeltaNeutral, String> {
    let names = names(instruments);
    let card = delta_neutral::SPEC.card;
    let params = card.read(params.iter().copied());
    delta_neutral::checked(&Setup {
        names: &names,
        legs: names.instruments.iter().map(|it| it.id).collect(),
        taker_fees: vec![Bps::default(); instruments.len()],
        params: params.map_err(|errors| format!("{errors:?}"))?,
    })
}

fn names(instruments: &[Instrument]) -> Names {
    Names {
        venues: vec!["one".into(), "two".into()],
        assets: vec!["BTC".into(), "USDT".into(), "ETH".into()],
        instruments: instruments.to_vec(),
        tasks: vec!["task".into()],
    }
}

/// An order as its venue has it.
#[derive(Clone, Debug)]
pub(crate) struct Resting {
    pub(crate) place: Place,
    pub(crate) left: i64,
    /// The venue told that it is there.
    pub(crate) told: bool,
    pub(crate) cancel_asked: bool,
    /// How much less than the other its side had filled when it left, in thousandths.
    pub(crate) lag: i64,
}

pub(crate) struct Venues {
    desk: Desk,
    pub(crate) market: Market,
    legs: Vec<Instrument>,
    seq: u64,
    now: i64,
    trades: u64,
    /// Alive at their venues, oldest first.
    pub(crate) alive: Vec<Resting>,
    /// Ended, with what they had left.
    pub(crate) ended: Vec<Resting>,
    pub(crate) last_fill: Option<(OrderId, Fill)>,
    pub(crate) decisions: Vec<Decision>,
    /// By side, in thousandths: what was filled, with what was given.
    pub(crate) filled: [i64; 2],
}

impl Venues {
    pub(crate) fn new(instruments: &[Instrument], params: Given<'_>) -> Self {
        Self::within(instruments, params, RiskLimits::default())
    }

    pub(crate) fn within(
        instruments: &[Instrument],
        params: Given<'_>,
        limits: RiskLimits,
    ) -> Self {
        let names = Arc::new(names(instruments));
        let legs: Vec<_> = instruments.iter().map(|it| it.id).collect();
        let task = Solo::new(checked(instruments, params).unwrap(), legs.clone());
        let feeds = vec![TopFeed::Quote; instruments.len()];
        let given = |name| {
            let text = params.iter().find(|(given, _)| *given == name);
            text.map_or(0, |(_, text)| thousandths(text))
        };
        Self {
            market: Market::new(&names.instruments, &feeds),
            desk: Desk::new(names, limits, 1, vec![Box::new(task)]),
            legs: instruments.to_vec(),
            seq: 0,
            now: 0,
            trades: 0,
            alive: Vec::new(),
            ended: Vec::new(),
            last_fill: None,
            decisions: Vec::new(),
            filled: [given("filled.buy"), given("filled.sell")],
        }
    }

    /// Goes on to a moment; timers that are due before come at their own.
    pub(crate) fn at_ms(&mut self, ms: i64) {
        let to = self.now.max(ms * 1_000_000);
        while let Some((at, _)) = self.desk.next_deadline()
            && at.nanos() <= to
        {
            self.wait();
        }
        self.now = to;
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now / 1_000_000
    }

    /// What a side has filled in thousandths of a base unit, of a quantity of its instrument.
    pub(crate) fn in_thousandths(&self, place: &Place, qty: i64) -> i64 {
        let decimals = self.legs[place.instrument.index()].qty_decimals;
        qty * 10_i64.pow(u32::from(3 - decimals))
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
                    Command::Place(place) => self.alive.push(Resting {
                        place: *place,
                        left: place.qty.mantissa(),
                        told: false,
                        cancel_asked: false,
                        lag: self.filled[1 - place.side as usize]
                            - self.filled[place.side as usize],
                    }),
                    Command::Cancel(order) => {
                        for known in &mut self.alive {
                            known.cancel_asked |= known.place.order == *order;
                        }
                    }
                    Command::Alert(_) | Command::Amend(_) => {}
                }
            }
            self.decisions.push(decision);
        }
    }

    pub(crate) fn quote(&mut self, leg: usize, bid: i64, ask: i64) {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(1_000),
        };
        self.step(Body::Quote(Quote {
            instrument: InstrumentId(leg as u16),
            bid: level(bid),
            ask: level(ask),
        }));
    }

    pub(crate) fn control(&mut self, control: Control) {
        self.step(Body::Control(control));
    }

    pub(crate) fn liquidated(&mut self, leg: usize, qty: i64) {
        self.step(Body::Account(AccountEvent::Liquidated {
            instrument: InstrumentId(leg as u16),
            qty: Qty::new(qty),
            realised: Money::ZERO,
        }));
    }

    /// The venue closes a part of what is held of a leg, although the account could carry it. How much, in thousandths.
    pub(crate) fn deleveraged(&mut self, leg: usize, percent: i64) -> i64 {
        let part = self.desk.positions()[leg].qty.mantissa() * percent / 100;
        if part == 0 {
            return 0;
        }
        let decimals = self.legs[leg].qty_decimals;
        let closed = part.abs() * 10_i64.pow(u32::from(3 - decimals));
        self.filled[usize::from(part < 0)] -= closed;
        self.step(Body::Account(AccountEvent::Deleveraged {
            instrument: InstrumentId(leg as u16),
            qty: Qty::new(part),
            price: Price::new(1_000),
        }));
        closed
    }

    fn tell(&mut self, order: OrderId, kind: OrderEventKind) {
        self.step(Body::Order(OrderEvent { order, kind }));
    }

    fn is_ioc(place: &Place) -> bool {
        place.time_in_force == TimeInForce::ImmediateOrCancel
    }

    /// The venue has an order.
    pub(crate) fn accept(&mut self, at: usize) {
        if !core::mem::replace(&mut self.alive[at].told, true) {
            self.tell(self.alive[at].place.order, OrderEventKind::Accepted);
        }
    }

    /// So much of an order trades, at its own price.
    pub(crate) fn fill(&mut self, at: usize, most: i64) {
        let (place, qty) = (self.alive[at].place, most.min(self.alive[at].left));
        self.alive[at].left -= qty;
        if self.alive[at].left == 0 {
            let ended = self.alive.remove(at);
            self.ended.push(ended);
        }
        self.trade(&place, qty);
    }

    fn trade(&mut self, place: &Place, qty: i64) {
        self.trades += 1;
        let fill = Fill {
            trade_id: self.trades,
            price: place.limit.unwrap(),
            qty: Qty::new(qty),
            fee: Fee {
                asset: AssetId(1),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: false,
        };
        self.filled[place.side as usize] += self.in_thousandths(place, qty);
        self.last_fill = Some((place.order, fill));
        self.tell(place.order, OrderEventKind::Filled(Box::new(fill)));
    }

    /// The last fill is told once more.
    pub(crate) fn repeat_fill(&mut self) {
        if let Some((order, fill)) = self.last_fill {
            self.tell(order, OrderEventKind::Filled(Box::new(fill)));
        }
    }

    /// A fill of an order that was told to be gone. How much, in thousandths.
    pub(crate) fn late_fill(&mut self, at: usize) -> i64 {
        let place = self.ended[at].place;
        let qty = core::mem::take(&mut self.ended[at].left);
        if qty > 0 {
            self.trade(&place, qty);
        }
        self.in_thousandths(&place, qty)
    }

    /// An order ends as the venue says.
    pub(crate) fn end(&mut self, at: usize, kind: OrderEventKind) {
        let order = self.alive.remove(at);
        let id = order.place.order;
        self.ended.push(order);
        self.tell(id, kind);
    }

    /// The venue answers what it was asked: immediate orders end, cancels are granted. False when nothing is open.
    pub(crate) fn answer(&mut self, most: i64) -> bool {
        let open = |known: &Resting| known.cancel_asked || Self::is_ioc(&known.place);
        let Some(at) = self.alive.iter().position(open) else {
            return false;
        };
        if Self::is_ioc(&self.alive[at].place) {
            let order = self.alive[at].place.order;
            if most > 0 {
                self.fill(at, most);
            }
            let left = self.alive.iter().position(|it| it.place.order == order);
            if let Some(at) = left {
                self.end(at, OrderEventKind::Expired);
            }
        } else {
            self.end(at, OrderEventKind::Cancelled);
        }
        true
    }

    /// The cancel of an order found nothing; it goes on resting.
    pub(crate) fn deny_cancel(&mut self, at: usize) {
        self.alive[at].cancel_asked = false;
        self.tell(self.alive[at].place.order, OrderEventKind::CancelRejected);
    }

    pub(crate) fn unknown(&mut self, at: usize) {
        self.tell(self.alive[at].place.order, OrderEventKind::Unknown);
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

    pub(crate) fn reason(&self) -> &str {
        self.decisions
            .last()
            .map_or("", |last| last.reason.as_str())
    }

    pub(crate) fn number(&self, name: &str) -> Option<String> {
        let last = self.decisions.last()?;
        let number = last.numbers.iter().find(|it| it.name.as_str() == name)?;
        match number.value {
            Value::Exact(amount) => Some(amount.decimal().normalize().to_string()),
            Value::Signal(value) => Some(format!("{value:.3}")),
        }
    }

    /// Alive orders as text: `+` buys, `-` sells, quantity and price in their own units, `!` where it corrects.
    pub(crate) fn working(&self) -> Vec<String> {
        let text = |it: &Resting| {
            let sign = if it.place.side == Side::Buy { '+' } else { '-' };
            let mark = if it.place.tag.role == LegRole::Repair {
                "!"
            } else {
                ""
            };
            let price = it.place.limit.unwrap().mantissa();
            format!("{mark}{sign}{}@{price}", it.left)
        };
        self.alive.iter().map(text).collect()
    }

    pub(crate) fn alerts(&self) -> Vec<String> {
        let commands = self.decisions.iter().flat_map(|it| &it.commands);
        let alerts = commands.filter_map(|command| match command {
            Command::Alert(words) => Some(words.to_string()),
            _ => None,
        });
        alerts.collect()
    }
}

pub(crate) fn thousandths(text: &str) -> i64 {
    onetape_core::num::parse_fixed(text, 3).unwrap()
}
