//! The exchange, driven by hand over small tapes.

mod accounts;
mod calls;
mod drawn;
mod future;
mod meeting;
mod rules;
mod waiting;
mod wire;

use std::sync::Arc;

use onetape_adapters::report::PositionSide;
use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::call::{Call, NewOrder, Past, SelfTrade, Size, Which};
use onetape_adapters::server::news::News;
use onetape_adapters::server::reply::{AccountState, Reply};
use onetape_adapters::server::state::{BookState, FillState, OrderState};
use onetape_adapters::server::wrong::Wrong;
use onetape_core::command::TimeInForce;
use onetape_core::event::{Body, DepthUpdate, Event, Level, LevelChange, Quote, Trade};
use onetape_core::instrument::{Instrument, InstrumentKind, MarginTier, Side};
use onetape_core::market::TopFeed;
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty, parse_fixed};
use onetape_core::time::Ts;
use onetape_sim::{
    FeeAsset, Fees, Latency, Liquidity, MarginMode, QueueModel, SelfTrade as SimSelfTrade,
    VenueConfig,
};

use super::{Exchange, Setup, To, Told, rules_of};

const BTC: AssetId = AssetId(0);
const USDT: AssetId = AssetId(1);
const ID: InstrumentId = InstrumentId(0);
const BUY: Side = Side::Buy;
const SELL: Side = Side::Sell;
const GTC: TimeInForce = TimeInForce::GoodTillCancelled;
const IOC: TimeInForce = TimeInForce::ImmediateOrCancel;
const FOK: TimeInForce = TimeInForce::FillOrKill;
const GTX: TimeInForce = TimeInForce::PostOnly;
const ANN: usize = 0;
const BEN: usize = 1;
const SECOND: i64 = 1_000_000_000;

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn px(text: &str) -> Price {
    Price::new(parse_fixed(text, 2).unwrap())
}

fn qty(text: &str) -> Qty {
    Qty::new(parse_fixed(text, 3).unwrap())
}

fn level(price: &str, of: &str) -> Level {
    Level {
        price: px(price),
        qty: qty(of),
    }
}

fn instrument(venue: &str, kind: InstrumentKind) -> Instrument {
    let tier = |up_to, maintenance, max_leverage| MarginTier {
        up_to: money(up_to),
        maintenance: money(maintenance),
        max_leverage,
    };
    Instrument {
        id: ID,
        name: format!("{venue}:BTCUSDT"),
        venue: VenueId(0),
        symbol: "BTCUSDT".to_string(),
        kind,
        base: BTC,
        quote: USDT,
        price_decimals: 2,
        qty_decimals: 3,
        tick: Price::new(10),
        lot: Qty::new(5),
        min_qty: Qty::new(10),
        max_qty: Qty::new(100_000),
        min_notional: money("5"),
        contract_value: money("1"),
        inferred: false,
        tiers: match kind {
            InstrumentKind::Spot => Vec::new(),
            _ => vec![tier("50000", "0.004", 125), tier("0", "0.05", 10)],
        },
    }
}

fn names(venue: &str, kind: InstrumentKind) -> Names {
    Names {
        venues: vec![venue.to_string()],
        assets: vec!["BTC".to_string(), "USDT".to_string()],
        instruments: vec![instrument(venue, kind)],
        tasks: Vec::new(),
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
        balances: Vec::new(),
        leverage: 10,
        margin: MarginMode::Cross,
        liquidation_fee: Bps::default(),
        rate_limits: Vec::new(),
        self_trade: SimSelfTrade::default(),
    }
}

/// An exchange with two accounts, and what it said.
struct Stand {
    exchange: Exchange,
    told: Vec<Told>,
    now: i64,
}

impl Stand {
    fn new(venue: &str, kind: InstrumentKind, feed: TopFeed) -> Self {
        let names = Arc::new(names(venue, kind));
        let opening = vec![(BTC, money("5")), (USDT, money("10000"))];
        let setup = Setup {
            venue: VenueId(0),
            config: config(),
            accounts: vec![opening.clone(), opening],
            liquidity: Liquidity::Book,
            queue: QueueModel::Conservative,
            feeds: vec![feed],
            rules: vec![rules_of(names.instrument(ID), &names)],
            names,
        };
        Self {
            exchange: Exchange::new(setup),
            told: Vec::new(),
            now: 0,
        }
    }

    /// A spot market with this book: bids 99.90 and 99.80, asks 100.10 and 100.20, 1 each.
    fn spot() -> Self {
        Self::new("binance-spot", InstrumentKind::Spot, TopFeed::Depth).with_book()
    }

    /// The same of a future.
    fn future() -> Self {
        Self::new("binance-usdm", InstrumentKind::Linear, TopFeed::Depth).with_book()
    }

    fn with_book(mut self) -> Self {
        self.book(
            &[("99.90", "1"), ("99.80", "1")],
            &[("100.10", "1"), ("100.20", "1")],
        );
        self
    }

    fn event(&mut self, body: Body) {
        self.now += 1_000;
        let ts = Ts::from_nanos(self.now);
        self.exchange.on_market(&Event { ts, body }, &mut self.told);
    }

    fn book(&mut self, bids: &[(&str, &str)], asks: &[(&str, &str)]) {
        let levels = |all: &[(&str, &str)]| all.iter().map(|it| level(it.0, it.1)).collect();
        self.event(Body::Depth(Box::new(DepthUpdate {
            instrument: ID,
            snapshot: true,
            first: 0,
            last: 0,
            prev: None,
            bids: levels(bids),
            asks: levels(asks),
        })));
    }

    fn level(&mut self, side: Side, price: &str, of: &str) {
        self.event(Body::Level(LevelChange {
            instrument: ID,
            side,
            level: level(price, of),
        }));
    }

    fn print(&mut self, aggressor: Side, price: &str, of: &str) {
        self.event(Body::Trade(Trade {
            instrument: ID,
            price: px(price),
            qty: qty(of),
            aggressor,
        }));
    }

    fn call(&mut self, at: usize, call: Call) -> Result<Reply, Wrong> {
        let account = Some(AccountId(at as u16));
        let now = Ts::from_nanos(self.now);
        self.exchange.call(account, &call, now, &mut self.told)
    }

    fn place(&mut self, at: usize, order: NewOrder) -> Result<(OrderState, Vec<FillState>), Wrong> {
        match self.call(at, Call::Place(Box::new(order)))? {
            Reply::Order(state, fills) => Ok((*state, fills)),
            other => panic!("{other:?}"),
        }
    }

    fn rest(&mut self, at: usize, side: Side, price: &str, of: &str) -> OrderState {
        self.place(at, limit(side, price, of)).unwrap().0
    }

    fn account(&mut self, at: usize) -> AccountState {
        match self.call(at, Call::Account).unwrap() {
            Reply::Account(state) => *state,
            other => panic!("{other:?}"),
        }
    }

    /// Free and locked of an asset.
    fn balance(&mut self, at: usize, asset: AssetId) -> (Money, Money) {
        let account = self.account(at);
        let mut all = account.balances.iter();
        let found = all.find(|it| it.asset == asset).unwrap();
        (found.free, found.locked)
    }

    fn depth(&mut self) -> BookState {
        let call = Call::Depth {
            instrument: ID,
            levels: 1_000,
        };
        match self.call(ANN, call).unwrap() {
            Reply::Depth(book) => book,
            other => panic!("{other:?}"),
        }
    }

    /// Price and quantity of each level, bids and asks.
    fn levels(&mut self) -> (Vec<Level>, Vec<Level>) {
        let book = self.depth();
        (book.update.bids, book.update.asks)
    }

    fn orders(&mut self, at: usize, call: Call) -> Vec<OrderState> {
        match self.call(at, call).unwrap() {
            Reply::Orders(all) => all,
            other => panic!("{other:?}"),
        }
    }

    fn open(&mut self, at: usize) -> Vec<OrderState> {
        self.orders(at, Call::OpenOrders(None))
    }

    fn trades(&mut self, at: usize) -> Vec<FillState> {
        let past = Past {
            instrument: Some(ID),
            limit: 10_000,
            ..Past::default()
        };
        match self.call(at, Call::Trades(past)).unwrap() {
            Reply::Trades(all) => all,
            other => panic!("{other:?}"),
        }
    }

    fn order(&mut self, at: usize, id: u64) -> OrderState {
        match self.call(at, Call::Order(by_id(id))).unwrap() {
            Reply::Order(state, _) => *state,
            other => panic!("{other:?}"),
        }
    }

    /// What was told since the last time.
    fn heard(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    fn heard_by(&mut self, at: usize) -> Vec<News> {
        let to = To::Account(AccountId(at as u16));
        let all = self.heard().into_iter();
        all.filter(|it| it.to == to).map(|it| it.news).collect()
    }
}

fn limit(side: Side, price: &str, of: &str) -> NewOrder {
    NewOrder {
        instrument: ID,
        side,
        size: Size::Base(qty(of)),
        limit: Some(px(price)),
        time_in_force: GTC,
        until: None,
        reduce_only: false,
        position: PositionSide::Net,
        client: String::new(),
        shown: None,
        trigger: None,
        self_trade: SelfTrade::Unsaid,
    }
}

fn market(side: Side, of: &str) -> NewOrder {
    NewOrder {
        limit: None,
        ..limit(side, "1", of)
    }
}

fn by_id(id: u64) -> Which {
    Which {
        id: Some(id),
        ..Which::default()
    }
}

fn quote(bid: (&str, &str), ask: (&str, &str)) -> Body {
    Body::Quote(Quote {
        instrument: ID,
        bid: level(bid.0, bid.1),
        ask: level(ask.0, ask.1),
    })
}
