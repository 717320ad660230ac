//! A small run to write down: a spot and a perpetual venue, orders, fills, funding.

use onetape_core::command::{Command, LegRole, LegTag, Place, TimeInForce};
use onetape_core::decision::{Decision, Refusal};
use onetape_core::event::{
    AccountEvent, Body, Event, Fee, Fill, Level, OrderEvent, OrderEventKind, Quote, RunEnded,
    RunEvent, RunStarted, Seq,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::marks::Marks;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use crate::beside::Alone;
use crate::detail::Timelines;
use crate::fold::Fold;
use crate::report::Report;

/// Spot of BTC against USDT.
pub(crate) const SPOT: u16 = 0;
/// Linear perpetual of the same.
pub(crate) const PERP: u16 = 1;
/// Inverse perpetual: 100 USD a contract, settled in BTC.
pub(crate) const COIN: u16 = 2;

pub(crate) fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

pub(crate) fn names() -> Names {
    let mut names = Names::default();
    let (btc, usdt) = (names.asset_id("BTC"), names.asset_id("USDT"));
    let (_, usd) = (names.asset_id("BNB"), names.asset_id("USD"));
    let kinds = [
        ("spot", InstrumentKind::Spot, usdt, 5, "1"),
        ("perp", InstrumentKind::Linear, usdt, 3, "1"),
        ("coin", InstrumentKind::Inverse, usd, 0, "100"),
    ];
    for (at, (venue, kind, quote, qty_decimals, contract)) in kinds.into_iter().enumerate() {
        let id = names.venue_id(venue);
        names.instruments.push(Instrument {
            id: InstrumentId(at as u16),
            name: format!("{venue}:BTC"),
            venue: id,
            symbol: "BTC".into(),
            kind,
            base: btc,
            quote,
            price_decimals: 2,
            qty_decimals,
            tick: Price::new(1),
            lot: Qty::new(1),
            min_qty: Qty::new(1),
            max_qty: Qty::ZERO,
            min_notional: Money::ZERO,
            contract_value: money(contract),
            inferred: false,
            tiers: Vec::new(),
        });
    }
    names.tasks = vec!["a".into(), "b".into()];
    names
}

/// A run being written down. Prices and quantities are plain numbers in quote and base units.
pub(crate) struct Run {
    pub(crate) fold: Fold,
    /// Of the first round trip of task `a`.
    pub(crate) timelines: Timelines,
    names: Names,
    seq: u64,
    orders: u32,
    trades: u64,
    clock: i64,
    rests: bool,
    /// What stands follows one call behind.
    pub(crate) lags: bool,
}

/// What an order is part of.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    pub(crate) task: u16,
    pub(crate) trip: u32,
    pub(crate) leg: u8,
    pub(crate) role: LegRole,
}

pub(crate) fn tag(trip: u32, leg: u8, role: LegRole) -> Tag {
    Tag {
        task: 0,
        trip,
        leg,
        role,
    }
}

impl Run {
    pub(crate) fn new() -> Self {
        Self::from(0)
    }

    /// A run that starts at a second since 1970.
    pub(crate) fn from(clock: i64) -> Self {
        Self::with_names(clock, names())
    }

    /// One with names of one's own.
    pub(crate) fn with_names(clock: i64, names: Names) -> Self {
        let mut run = Self {
            fold: Fold::new(),
            timelines: Timelines::of_one("a", 1),
            names: names.clone(),
            seq: 0,
            orders: 0,
            trades: 0,
            clock,
            rests: false,
            lags: false,
        };
        let started = RunStarted {
            run_id: [7; 16],
            scenario: "name = \"hand\"".into(),
            names,
            seed: 1,
            epoch: 1,
            tape: vec![],
        };
        run.event(Body::Run(Box::new(RunEvent::Started(started))));
        run
    }

    fn tell(&mut self, one: impl FnOnce(&mut Fold) + Send) {
        if self.lags {
            self.fold.beside(&Alone, one);
        } else {
            one(&mut self.fold);
        }
    }

    /// Every event is a second later than the one before.
    pub(crate) fn event(&mut self, body: Body) {
        let ts = Ts::from_nanos(self.clock * 1_000_000_000);
        let event = Event { ts, body };
        let seq = Seq(self.seq);
        self.tell(|fold| fold.event(seq, &event));
        self.timelines.event(Seq(self.seq), &event);
        self.seq += 1;
        self.clock += 1;
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        self.clock += seconds;
    }

    fn mantissa(text: &str, decimals: u8) -> i64 {
        onetape_core::num::parse_fixed(text, decimals).unwrap()
    }

    fn instrument(&self, id: u16) -> &Instrument {
        self.names.instrument(InstrumentId(id))
    }

    pub(crate) fn decide(&mut self, reason: &'static str, commands: Vec<Command>) {
        let decision = Decision {
            cause: Seq(self.seq),
            ts: Ts::from_nanos(self.clock * 1_000_000_000),
            task: TaskId(0),
            reason: reason.into(),
            numbers: vec![],
            commands,
            refusals: vec![],
            digest: 0,
        };
        self.tell(|fold| fold.decision(&decision));
        self.timelines.decision(&decision);
    }

    pub(crate) fn refuse(&mut self, reason: &'static str) {
        let decision = Decision {
            cause: Seq(self.seq),
            ts: Ts::from_nanos(0),
            task: TaskId(0),
            reason: "entry_edge".into(),
            numbers: vec![],
            commands: vec![],
            refusals: vec![Refusal {
                instrument: InstrumentId(0),
                side: Side::Buy,
                qty: Qty::new(1),
                reason: reason.into(),
            }],
            digest: 0,
        };
        self.tell(|fold| fold.decision(&decision));
    }

    /// Decides on one order and gives its id.
    pub(crate) fn place(
        &mut self,
        reason: &'static str,
        tag: Tag,
        instrument: u16,
        side: Side,
        qty: &str,
    ) -> OrderId {
        let order = OrderId {
            epoch: 1,
            n: self.orders,
        };
        self.orders += 1;
        let qty = Qty::new(Self::mantissa(
            qty,
            self.instrument(instrument).qty_decimals,
        ));
        let place = Place {
            order,
            task: TaskId(tag.task),
            instrument: InstrumentId(instrument),
            side,
            qty,
            limit: None,
            time_in_force: TimeInForce::ImmediateOrCancel,
            reduce_only: false,
            tag: LegTag {
                trip: tag.trip,
                leg: tag.leg,
                role: tag.role,
            },
        };
        self.decide(reason, vec![Command::Place(place)]);
        order
    }

    /// The venue's fill of an order; `fee` is asset, amount and worth.
    pub(crate) fn fill(
        &mut self,
        order: OrderId,
        instrument: u16,
        price: &str,
        qty: &str,
        fee: (AssetId, &str, &str),
    ) -> Fill {
        self.trades += 1;
        let rules = self.instrument(instrument);
        let fill = Fill {
            trade_id: self.trades,
            price: Price::new(Self::mantissa(price, rules.price_decimals)),
            qty: Qty::new(Self::mantissa(qty, rules.qty_decimals)),
            fee: Fee {
                asset: fee.0,
                amount: money(fee.1),
                value: money(fee.2),
            },
            maker: self.rests,
        };
        self.news(order, OrderEventKind::Filled(Box::new(fill)));
        fill
    }

    /// A fill of an order that rested, without a fee.
    pub(crate) fn maker_fill(&mut self, order: OrderId, instrument: u16, price: &str, qty: &str) {
        self.maker_fill_for(order, instrument, price, qty, usdt("0"));
    }

    /// The same with a fee.
    pub(crate) fn maker_fill_for(
        &mut self,
        order: OrderId,
        instrument: u16,
        price: &str,
        qty: &str,
        fee: (AssetId, &str, &str),
    ) {
        self.rests = true;
        self.fill(order, instrument, price, qty, fee);
        self.rests = false;
    }

    /// Tops of book of `(instrument, bid, ask)`, noted now.
    pub(crate) fn marks<T: AsRef<str>>(&mut self, tops: &[(u16, T, T)]) {
        self.marks_in(tops, 2);
    }

    /// The same of prices with so many decimals.
    pub(crate) fn marks_in<T: AsRef<str>>(&mut self, tops: &[(u16, T, T)], decimals: u8) {
        let level = |price: &str| Level {
            price: Price::new(Self::mantissa(price, decimals)),
            qty: Qty::new(1),
        };
        let tops = tops.iter().map(|(instrument, bid, ask)| Quote {
            instrument: InstrumentId(*instrument),
            bid: level(bid.as_ref()),
            ask: level(ask.as_ref()),
        });
        let marks = Marks {
            ts: Ts::from_nanos(self.clock * 1_000_000_000),
            tops: tops.collect(),
        };
        self.tell(|fold| fold.marks(&marks));
    }

    pub(crate) fn news(&mut self, order: OrderId, kind: OrderEventKind) {
        self.event(Body::Order(OrderEvent { order, kind }));
    }

    /// Places an order and fills it whole.
    pub(crate) fn trade(
        &mut self,
        tag: Tag,
        instrument: u16,
        side: Side,
        price: &str,
        qty: &str,
        fee: (AssetId, &str, &str),
    ) {
        let reason = match tag.role {
            LegRole::Entry => "entry_edge",
            LegRole::Exit => "exit_edge",
            LegRole::Repair => "hedge_deadline",
            LegRole::Switch => "switching",
        };
        let order = self.place(reason, tag, instrument, side, qty);
        self.fill(order, instrument, price, qty, fee);
    }

    pub(crate) fn funding(&mut self, instrument: u16, amount: &str) {
        self.event(Body::Account(AccountEvent::Funding {
            instrument: InstrumentId(instrument),
            amount: money(amount),
            rate: money("0.0001"),
        }));
    }

    /// The venue closes a signed position for an amount, and takes a fee of a unit.
    pub(crate) fn liquidated(&mut self, instrument: u16, qty: &str, realised: &str) {
        let decimals = self.instrument(instrument).qty_decimals;
        let qty = Qty::new(Self::mantissa(qty, decimals));
        let instrument = InstrumentId(instrument);
        let amount = money("1");
        self.event(Body::Account(AccountEvent::LiquidationFee {
            instrument,
            amount,
        }));
        self.event(Body::Account(AccountEvent::Liquidated {
            instrument,
            qty,
            realised: money(realised),
        }));
    }

    pub(crate) fn balance(&mut self, venue: u16, asset: AssetId, total: &str) {
        self.event(Body::Account(AccountEvent::Balance {
            venue: VenueId(venue),
            asset,
            total: money(total),
        }));
    }

    /// Ends the run with tops of `(instrument, bid, ask)`.
    pub(crate) fn end(mut self, tops: &[(u16, &str, &str)]) -> Report {
        let level = |price: &str| Level {
            price: Price::new(Self::mantissa(price, 2)),
            qty: Qty::new(1),
        };
        let tops = tops.iter().map(|&(instrument, bid, ask)| Quote {
            instrument: InstrumentId(instrument),
            bid: level(bid),
            ask: level(ask),
        });
        let ended = RunEnded {
            market_events: 9,
            tops: tops.collect(),
        };
        self.event(Body::Run(Box::new(RunEvent::Ended(ended))));
        self.fold.finish()
    }
}

pub(crate) const BTC: AssetId = AssetId(0);
pub(crate) const USDT: AssetId = AssetId(1);
pub(crate) const BNB: AssetId = AssetId(2);

/// A fee in USDT.
pub(crate) const fn usdt(amount: &str) -> (AssetId, &str, &str) {
    (USDT, amount, amount)
}
