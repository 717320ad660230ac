//! One venue, driven by hand. Every number in these tables was worked out on paper; the comments say how.

mod amending;
mod books;
mod carried;
mod fees;
mod funding;
mod isolated;
mod liquidation;
mod margin;
mod queue;
mod refusals;
mod resting;
mod rules;
mod solvency;
mod table;
mod taking;
mod tiers;
mod twin;

use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::event::{
    AccountEvent, Body, DepthUpdate, Event, Fill, FundingRate, Level, Mark, OrderEventKind, Quote,
    Trade,
};
use onetape_core::instrument::{Instrument, InstrumentKind, MarginTier, Side};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty, parse_fixed};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use super::{Floor, Venue};
use crate::config::{
    FeeAsset, Fees, Latency, Liquidity, MarginMode, QueueModel, SelfTrade, VenueConfig,
};

const BTC: AssetId = AssetId(0);
const USDT: AssetId = AssetId(1);
const BNB: AssetId = AssetId(2);
const SPOT: InstrumentId = InstrumentId(0);
const LINEAR: InstrumentId = InstrumentId(1);
/// Contracts of 100 USDT, settled in BTC.
const INVERSE: InstrumentId = InstrumentId(2);
/// BNBUSDT.
const BNB_SPOT: InstrumentId = InstrumentId(3);

const GTC: TimeInForce = TimeInForce::GoodTillCancelled;
const IOC: TimeInForce = TimeInForce::ImmediateOrCancel;
const FOK: TimeInForce = TimeInForce::FillOrKill;
const POST: TimeInForce = TimeInForce::PostOnly;
const BUY: Side = Side::Buy;
const SELL: Side = Side::Sell;

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn px(text: &str) -> Price {
    Price::new(parse_fixed(text, 2).unwrap())
}

fn names() -> Names {
    let kinds = [
        InstrumentKind::Spot,
        InstrumentKind::Linear,
        InstrumentKind::Inverse,
        InstrumentKind::Spot,
    ];
    let instrument = |(at, kind): (usize, InstrumentKind)| {
        let inverse = kind == InstrumentKind::Inverse;
        Instrument {
            id: InstrumentId(at as u16),
            name: format!("venue:{at}"),
            venue: VenueId(0),
            symbol: at.to_string(),
            kind,
            base: if at == 3 { BNB } else { BTC },
            quote: USDT,
            price_decimals: 2,
            qty_decimals: if inverse { 0 } else { 3 },
            tick: Price::new(10),
            lot: Qty::new(if inverse { 1 } else { 5 }),
            min_qty: Qty::new(if inverse { 1 } else { 10 }),
            max_qty: Qty::new(50_000),
            min_notional: money("5"),
            contract_value: money(if inverse { "100" } else { "1" }),
            inferred: false,
            tiers: Vec::new(),
        }
    };
    Names {
        venues: vec!["venue".into()],
        assets: ["BTC", "USDT", "BNB"].map(Into::into).to_vec(),
        instruments: kinds.into_iter().enumerate().map(instrument).collect(),
        tasks: vec!["task".into()],
    }
}

fn config() -> VenueConfig {
    VenueConfig {
        venue: VenueId(0),
        fees: Fees {
            maker: Bps::parse("2").unwrap(),
            taker: Bps::parse("10").unwrap(),
            asset: FeeAsset::Quote,
        },
        tiers: None,
        latency: Latency::default(),
        balances: vec![(BTC, money("5")), (USDT, money("1000")), (BNB, money("1"))],
        leverage: 1,
        margin: MarginMode::Cross,
        liquidation_fee: Bps::default(),
        rate_limits: Vec::new(),
        self_trade: SelfTrade::default(),
    }
}

/// A venue with its floor.
struct Stand {
    names: Names,
    market: Market,
    venue: Venue,
    liquidity: Liquidity,
    orders: u32,
    now: i64,
}

impl Stand {
    fn new(feed: TopFeed, liquidity: Liquidity, config: VenueConfig) -> Self {
        Self::queued(feed, liquidity, QueueModel::Through, config)
    }

    fn queued(feed: TopFeed, liquidity: Liquidity, queue: QueueModel, config: VenueConfig) -> Self {
        let names = names();
        let count = names.instruments.len();
        let mut stand = Self {
            market: Market::new(&names.instruments, &[feed, feed, feed, TopFeed::Quote]),
            venue: Venue::new(config, queue, count),
            names,
            liquidity,
            orders: 0,
            now: 0,
        };
        // The opening report is the world's first word; it is not part of these tables.
        stand.venue.report(&mut Vec::new());
        stand
    }

    fn quotes() -> Self {
        Self::new(TopFeed::Quote, Liquidity::Book, config())
    }

    fn market(&mut self, body: Body) -> String {
        self.now += 1;
        let event = Event {
            ts: Ts::from_nanos(self.now),
            body,
        };
        let moved = self.market.apply(&event);
        let mut out = Vec::new();
        let floor = Floor {
            names: &self.names,
            market: &self.market,
            liquidity: self.liquidity,
            now: Ts::from_nanos(self.now),
        };
        self.venue.on_market(floor, &event, moved, &mut out);
        self.render(&out)
    }

    fn level(&self, id: InstrumentId, (price, qty): (&str, &str)) -> Level {
        let decimals = self.names.instrument(id).qty_decimals;
        Level {
            price: px(price),
            qty: Qty::new(parse_fixed(qty, decimals).unwrap()),
        }
    }

    fn quote(&mut self, instrument: InstrumentId, bid: (&str, &str), ask: (&str, &str)) -> String {
        let (bid, ask) = (self.level(instrument, bid), self.level(instrument, ask));
        self.market(Body::Quote(Quote {
            instrument,
            bid,
            ask,
        }))
    }

    /// A snapshot of the spot book, or a change of it.
    fn depth(&mut self, snapshot: bool, bids: &[(&str, &str)], asks: &[(&str, &str)]) -> String {
        let id = self.market.instrument(SPOT).depth().last_id() + 1;
        let level = |at: &(&str, &str)| self.level(SPOT, *at);
        let update = DepthUpdate {
            instrument: SPOT,
            snapshot,
            first: id,
            last: id,
            prev: None,
            bids: bids.iter().map(level).collect(),
            asks: asks.iter().map(level).collect(),
        };
        self.market(Body::Depth(Box::new(update)))
    }

    fn trade(&mut self, price: &str, qty: &str, aggressor: Side) -> String {
        let Level { price, qty } = self.level(SPOT, (price, qty));
        self.market(Body::Trade(Trade {
            instrument: SPOT,
            price,
            qty,
            aggressor,
        }))
    }

    fn order(
        &mut self,
        instrument: InstrumentId,
        side: Side,
        qty: &str,
        limit: Option<&str>,
        time_in_force: TimeInForce,
    ) -> String {
        self.send(instrument, side, qty, limit, time_in_force, false)
    }

    fn reduce(&mut self, side: Side, qty: &str, limit: Option<&str>, tif: TimeInForce) -> String {
        self.send(LINEAR, side, qty, limit, tif, true)
    }

    fn send(
        &mut self,
        instrument: InstrumentId,
        side: Side,
        qty: &str,
        limit: Option<&str>,
        time_in_force: TimeInForce,
        reduce_only: bool,
    ) -> String {
        let decimals = self.names.instrument(instrument).qty_decimals;
        let place = Place {
            order: OrderId {
                epoch: 1,
                n: self.orders,
            },
            task: TaskId(0),
            instrument,
            side,
            qty: Qty::new(parse_fixed(qty, decimals).unwrap()),
            limit: limit.map(px),
            time_in_force,
            reduce_only,
            tag: LegTag::default(),
        };
        self.orders += 1;
        let mut out = Vec::new();
        let floor = Floor {
            names: &self.names,
            market: &self.market,
            liquidity: self.liquidity,
            now: Ts::from_nanos(self.now),
        };
        self.venue.on_place(floor, &place, &mut out);
        self.render(&out)
    }

    fn cancel(&mut self, n: u32) -> String {
        let mut out = Vec::new();
        self.venue.on_cancel(OrderId { epoch: 1, n }, &mut out);
        self.render(&out)
    }

    fn settle(&mut self, now: i64) -> String {
        let mut out = Vec::new();
        let floor = Floor {
            names: &self.names,
            market: &self.market,
            liquidity: self.liquidity,
            now: Ts::from_nanos(self.now),
        };
        self.venue
            .settle_funding(floor, Ts::from_nanos(now), &mut out);
        self.render(&out)
    }

    fn free(&self, asset: AssetId) -> String {
        self.venue.account().free(asset).to_string()
    }

    /// Events as text, in order.
    fn render(&self, out: &[Body]) -> String {
        let words: Vec<String> = out.iter().map(|body| self.word(body)).collect();
        words.join("; ")
    }

    fn word(&self, body: &Body) -> String {
        match body {
            Body::Order(news) => match &news.kind {
                OrderEventKind::Filled(fill) => self.fill(fill),
                OrderEventKind::Rejected(reason) => format!("rejected {}", reason.name()),
                other => format!("{other:?}").to_lowercase(),
            },
            Body::Account(AccountEvent::Balance { asset, total, .. }) => {
                format!("{}={total}", self.names.asset(*asset))
            }
            Body::Account(AccountEvent::Funding { amount, .. }) => format!("funding {amount}"),
            Body::Account(AccountEvent::Liquidated { qty, realised, .. }) => {
                format!("liquidated {} for {realised}", qty.mantissa())
            }
            Body::Account(AccountEvent::LiquidationFee { amount, .. }) => {
                format!("liquidation fee {amount}")
            }
            other => format!("{other:?}"),
        }
    }

    fn fill(&self, fill: &Fill) -> String {
        // All instruments of these tests share their price decimals; inverse quantities are told apart below.
        let price = Money::new(self.names.instrument(SPOT).price_decimal(fill.price));
        let role = if fill.maker { "maker" } else { "taker" };
        let fee = self.names.asset(fill.fee.asset);
        format!(
            "fill {}@{price} fee {} {fee} {role}",
            fill.qty.mantissa(),
            fill.fee.amount
        )
    }
}
