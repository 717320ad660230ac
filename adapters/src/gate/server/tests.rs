//! What the client side sends is understood here, and what is answered and told here is understood there.

use onetape_core::command::{Amend, LegTag, Place, TimeInForce};
use onetape_core::event::{Body, DepthUpdate, Level, Quote, Trade};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::ask::{self, AmendAsk, Ask, History, MarginMode, OrderRef, PositionMode};
use crate::client_id::ClientId;
use crate::counts::Counts;
use crate::credentials::Credentials;
use crate::directory::Directory;
use crate::feed::Feed;
use crate::gate::{Market, futures, spot};
use crate::news::{Answer, Answered, FrameAnswer, News as Heard};
use crate::outcome::Class;
use crate::report::{Origin, PositionSide, ReportState};
use crate::request::{Frame, Reply as Received, Request};
use crate::rules::{Limits, Rules, TradeStatus};
use crate::server::Cx;
use crate::server::accounts::{AccountId, Accounts};
use crate::server::call::{Asked, Call, Line, Refused, SelfTrade, Size, Which};
use crate::server::inbound::Inbound;
use crate::server::news::News;
use crate::server::reply::{AccountState, Replied, Reply};
use crate::server::state::{
    BalanceState, BookState, FillState, Happened, MarginState, MarkState, OrderChange, OrderState,
    OrderStatus, PositionState, Print, TopState,
};
use crate::server::wrong::Wrong;

mod asked;
mod told;

const NOW: Ts = Ts::from_nanos(1_700_000_000_000_000_000);
const XYZ: InstrumentId = InstrumentId(0);
const BOTH: [Market; 2] = [Market::Spot, Market::Usdt];

struct Stand {
    market: Market,
    directory: Directory,
    accounts: Accounts,
    keys: Credentials,
    usdt: AssetId,
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn rules(market: Market) -> Rules {
    let (kind, contract, lot) = match market {
        Market::Spot => (InstrumentKind::Spot, "1", "0.001"),
        _ => (InstrumentKind::Linear, "0.001", "1"),
    };
    Rules {
        symbol: "XYZ_USDT".to_string(),
        base: "XYZ".to_string(),
        quote: "USDT".to_string(),
        settle: "USDT".to_string(),
        kind,
        status: TradeStatus::Trading,
        tick: money("0.1"),
        lot: money(lot),
        contract: money(contract),
        contract_value: money("1"),
        min_qty: money(lot),
        max_qty: Some(money("1000000")),
        min_notional: if market == Market::Spot {
            money("3")
        } else {
            Money::ZERO
        },
        limits: Limits::default(),
        unknown: Vec::new(),
    }
}

impl Stand {
    fn new(market: Market) -> Self {
        let mut names = Names::default();
        let rules = rules(market);
        let instrument = rules.instrument(market.venue(), &mut names).unwrap();
        let venue = instrument.venue;
        names.instruments.push(instrument);
        let usdt = names.asset_id("USDT");
        let mut accounts = Accounts::new();
        accounts.shared(AccountId(4), "key", b"secret");
        let mut directory = Directory::new(&names, venue);
        directory.set_contract("XYZ_USDT", rules.contract);
        let keys = Credentials::shared("key", b"secret");
        Self {
            market,
            directory,
            accounts,
            keys,
            usdt,
        }
    }

    fn client(&self) -> ask::Cx<'_> {
        ask::Cx {
            directory: &self.directory,
            credentials: Some(&self.keys),
            now: NOW,
            window: Span::from_millis(5_000),
            position_mode: PositionMode::OneWay,
        }
    }

    fn server(&self, now: Ts) -> Cx<'_> {
        Cx {
            directory: &self.directory,
            accounts: &self.accounts,
            now,
        }
    }

    fn made(&self, ask: &Ask) -> Request {
        let made = match self.market {
            Market::Spot => spot::rest(ask, &self.client()),
            _ => futures::rest(ask, &self.client()),
        };
        made.unwrap_or_else(|why| panic!("{ask:?}: {why}"))
    }

    fn sent(&self, made: &Request, now: Ts) -> Result<Asked, Box<Refused>> {
        let headers: Vec<_> = made.headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let inbound = Inbound {
            method: made.method,
            path: &made.path,
            query: &made.query,
            headers: &headers,
            body: made.body.as_bytes(),
        };
        request(self.market, &inbound, &self.server(now))
    }

    fn asked(&self, ask: &Ask) -> Asked {
        let asked = self.sent(&self.made(ask), NOW);
        asked.unwrap_or_else(|why| panic!("{ask:?}: {why:?}"))
    }

    /// What the client reads of the server's answer over HTTP.
    fn answered(&self, ask: &Ask, result: Result<Reply, Wrong>) -> Answered {
        let way = self.asked(ask).way;
        let made = reply(self.market, &way, &Replied::of(result), &self.server(NOW));
        let received = Received::new(made.status, made.text());
        let mut counts = Counts::default();
        let answered = match self.market {
            Market::Spot => spot::reply(ask, &received, &self.client(), &mut counts),
            _ => futures::reply(ask, &received, &self.client(), &mut counts),
        };
        assert!(counts.is_empty(), "{counts:?} {}", made.text());
        answered
    }

    fn line(&self, account: Option<AccountId>) -> Line {
        let path = match self.market {
            Market::Spot => spot::path(crate::feed::Socket::Market),
            _ => futures::path(crate::feed::Socket::Market),
        };
        let mut line = open(self.market, path.unwrap(), "", &self.server(NOW)).unwrap();
        line.account = account;
        line
    }

    fn by_frame(&self, made: &Frame, line: &Line) -> Result<Asked, Box<Refused>> {
        let Frame::Text(text) = made else { panic!() };
        frame(self.market, text.as_bytes(), line, &self.server(NOW))
    }

    fn hear(&self, told: &Frame, out: &mut Vec<Heard>) {
        let Frame::Text(text) = told else { panic!() };
        let mut counts = Counts::default();
        match self.market {
            Market::Spot => spot::hear(text, &self.directory, &mut counts, out),
            _ => futures::hear(text, &self.directory, &mut counts, out),
        }
        .unwrap_or_else(|why| panic!("{why}: {text}"));
        assert!(counts.is_empty(), "{counts:?} {text}");
    }

    /// What the client hears of news on a feed.
    fn heard(&self, feed: Feed, news: &News) -> Vec<Heard> {
        let line = self.line(None);
        let frames = match self.market {
            Market::Spot => spot::subscribe(&[feed], 1, &self.client()),
            _ => futures::subscribe(&[feed], 1, &self.client()),
        };
        let mut out = Vec::new();
        for (_, made) in frames.unwrap() {
            let asked = self.by_frame(&made, &line).unwrap();
            assert_eq!(asked.account.is_some(), feed == Feed::Account);
            for made in answer(
                self.market,
                &asked.way,
                &Replied::of(Ok(Reply::Done)),
                &self.server(NOW),
            ) {
                let mut said = Vec::new();
                self.hear(&made, &mut said);
                assert_eq!(said, [Heard::Subscribed("1".to_string())]);
            }
            let Call::Subscribe(streams) = asked.call else {
                panic!()
            };
            for stream in &streams {
                for told in tell(self.market, stream, news, &line, &self.server(NOW)) {
                    self.hear(&told, &mut out);
                }
            }
        }
        out
    }
}

fn place(side: Side, limit: Option<i64>, time_in_force: TimeInForce) -> Place {
    Place {
        order: OrderId { epoch: 1, n: 2 },
        task: TaskId(0),
        instrument: XYZ,
        side,
        qty: Qty::new(50),
        limit: limit.map(Price::new),
        time_in_force,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

fn by(id: Option<&str>) -> OrderRef {
    OrderRef {
        instrument: XYZ,
        client: ClientId::Ours(OrderId { epoch: 1, n: 2 }),
        venue_id: id.map(str::to_string),
    }
}

const fn history() -> History {
    History {
        instrument: XYZ,
        from_id: None,
        since: Some(Ts::from_nanos(1_699_999_000_000_000_000)),
        limit: 50,
    }
}

fn amend() -> AmendAsk {
    AmendAsk {
        order: by(Some("77")),
        side: Side::Sell,
        amend: Amend {
            order: OrderId { epoch: 1, n: 2 },
            instrument: XYZ,
            qty: Qty::new(40),
            limit: Price::new(1_160),
        },
        qty_now: Qty::new(50),
        same_price: false,
    }
}

fn state(status: OrderStatus, filled: i64) -> OrderState {
    OrderState {
        id: 77,
        client: "t-ot1-2".to_string(),
        instrument: XYZ,
        side: Side::Sell,
        limit: Some(Price::new(1_150)),
        time_in_force: TimeInForce::GoodTillCancelled,
        qty: Qty::new(50),
        quote_size: None,
        filled: Qty::new(filled),
        filled_quote: money("115").times(Decimal::new(filled, 3)),
        status,
        reduce_only: false,
        position: PositionSide::Net,
        until: None,
        trigger: None,
        self_trade: SelfTrade::Unsaid,
        fees: Vec::new(),
        created: NOW,
        updated: NOW,
    }
}

fn fill(fee_asset: AssetId) -> FillState {
    FillState {
        id: 9_001,
        order: 77,
        client: "t-ot1-2".to_string(),
        instrument: XYZ,
        side: Side::Sell,
        price: Price::new(1_149),
        qty: Qty::new(20),
        fee: money("0.00143625"),
        fee_asset,
        maker: true,
        realised: Money::ZERO,
        position: PositionSide::Net,
        at: NOW,
    }
}

const fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

fn book(snapshot: bool) -> BookState {
    let update = DepthUpdate {
        instrument: XYZ,
        snapshot,
        first: if snapshot { 12 } else { 10 },
        last: 12,
        prev: None,
        bids: vec![level(1_149, 5), level(1_148, 0)],
        asks: vec![level(1_151, 70)],
    };
    BookState { update, at: NOW }
}

fn which(id: Option<u64>, client: Option<&str>, market: Market) -> Which {
    Which {
        // Requests of futures do not say what an order trades.
        instrument: (market == Market::Spot).then_some(XYZ),
        id,
        client: client.map(str::to_string),
        untouched: None,
    }
}
