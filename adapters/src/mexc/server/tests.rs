//! What the client side sends is understood here, and what is answered and told here is understood there.

use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::event::{Body, DepthUpdate, Level, Quote, Trade};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;

use super::*;
use crate::ask::{self, Ask, History, OrderRef, PositionMode, StreamKey};
use crate::client_id::ClientId;
use crate::counts::Counts;
use crate::credentials::Credentials;
use crate::directory::Directory;
use crate::feed::Feed;
use crate::mexc;
use crate::news::{Answer, Answered, News as Heard};
use crate::outcome::Class;
use crate::report::{Charge, Origin, PositionSide, ReportState};
use crate::request::{Frame, Reply as Received, Request};
use crate::rules::{Limits, Rules, TradeStatus};
use crate::server::Cx;
use crate::server::accounts::{AccountId, Accounts};
use crate::server::call::{Asked, Call, Line, Refused, SelfTrade, Size, Which};
use crate::server::inbound::Inbound;
use crate::server::news::News;
use crate::server::outbound::Outbound;
use crate::server::reply::{AccountState, Replied, Reply};
use crate::server::state::{
    BalanceState, BookState, FeeState, FillState, Happened, OrderChange, OrderState, OrderStatus,
    Print, TopState,
};
use crate::server::wrong::{Filter, Wrong};

mod asked;
mod told;

const NOW: Ts = Ts::from_nanos(1_700_000_000_123_000_000);
const XYZ: InstrumentId = InstrumentId(0);
const KEY: &str = "mx0aBYs33eIilxBWC5";
const SECRET: &[u8] = b"45d0b3c26f2644f19bfb98b07741b2f5";

struct Stand {
    names: Names,
    directory: Directory,
    accounts: Accounts,
    keys: Credentials,
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn rules() -> Rules {
    Rules {
        symbol: "XYZUSDT".to_string(),
        base: "XYZ".to_string(),
        quote: "USDT".to_string(),
        settle: "USDT".to_string(),
        kind: InstrumentKind::Spot,
        status: TradeStatus::Trading,
        tick: money("0.01"),
        lot: money("0.0001"),
        contract: money("1"),
        contract_value: money("1"),
        min_qty: money("0.0001"),
        max_qty: None,
        min_notional: money("1"),
        limits: Limits {
            max_notional: Some(money("2000000")),
            ..Limits::default()
        },
        unknown: Vec::new(),
    }
}

impl Stand {
    fn new() -> Self {
        let mut names = Names::default();
        let instrument = rules().instrument("mexc-spot", &mut names).unwrap();
        let venue = instrument.venue;
        names.instruments.push(instrument);
        let mut accounts = Accounts::new();
        accounts.shared(AccountId(4), KEY, SECRET);
        Self {
            directory: Directory::new(&names, venue),
            names,
            accounts,
            keys: Credentials::shared(KEY, SECRET),
        }
    }

    fn asset(&mut self, name: &str) -> onetape_core::names::AssetId {
        self.names.asset_id(name)
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

    fn server(&self) -> Cx<'_> {
        Cx {
            directory: &self.directory,
            accounts: &self.accounts,
            now: NOW,
        }
    }

    fn sent(&self, made: &Request) -> Result<Asked, Box<Refused>> {
        let headers: Vec<_> = made.headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let inbound = Inbound {
            method: made.method,
            path: &made.path,
            query: &made.query,
            headers: &headers,
            body: made.body.as_bytes(),
        };
        request(&inbound, &self.server())
    }

    fn asked(&self, ask: &Ask) -> Asked {
        let made = mexc::rest(ask, &self.client()).unwrap();
        self.sent(&made).unwrap_or_else(|why| panic!("{why:?}"))
    }

    /// What the client reads of the server's answer.
    fn answered(&self, ask: &Ask, result: Result<Reply, Wrong>) -> Answered {
        let way = self.asked(ask).way;
        let made = reply(&way, &Replied::of(result), &self.server());
        self.read(ask, &made)
    }

    fn read(&self, ask: &Ask, made: &Outbound) -> Answered {
        let headers: Vec<_> = made.headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let received = Received {
            status: made.status,
            headers: &headers,
            body: made.text(),
        };
        let mut counts = Counts::default();
        let answered = mexc::reply(ask, &received, &self.client(), &mut counts);
        assert!(counts.is_empty(), "{counts:?}");
        answered
    }

    fn line(&self) -> Line {
        let mut line = open("/ws", "listenKey=abc", &self.server()).unwrap();
        line.account = Some(AccountId(4));
        line
    }

    /// What the client hears of news on the stream of a name.
    fn heard(&self, feed: Feed, news: &News) -> Vec<Heard> {
        let line = self.line();
        let frames = mexc::subscribe(&[feed], 1, &self.client()).unwrap();
        let mut out = Vec::new();
        for (_, made) in frames {
            let Frame::Text(text) = made else { panic!() };
            for asked in frame(text.as_bytes(), &line, &self.server()) {
                let Call::Subscribe(streams) = asked.unwrap().call else {
                    panic!()
                };
                for stream in &streams {
                    for told in tell(stream, news, &line, &self.server()) {
                        let Frame::Binary(bytes) = told else { panic!() };
                        let mut counts = Counts::default();
                        mexc::hear_bytes(&bytes, &self.directory, &mut counts, &mut out).unwrap();
                        assert!(counts.is_empty(), "{counts:?}");
                    }
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
        qty: Qty::new(10_500),
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

fn history() -> History {
    History {
        instrument: XYZ,
        from_id: None,
        since: Some(Ts::from_nanos(1_699_999_000_000_000_000)),
        limit: 50,
    }
}

fn state(status: OrderStatus, filled: i64) -> OrderState {
    OrderState {
        id: 77,
        client: OrderId { epoch: 1, n: 2 }.client_text(),
        instrument: XYZ,
        side: Side::Sell,
        limit: Some(Price::new(1_150)),
        time_in_force: TimeInForce::GoodTillCancelled,
        qty: Qty::new(10_500),
        quote_size: None,
        filled: Qty::new(filled),
        filled_quote: money("11.5").times(rust_decimal::Decimal::new(filled, 4)),
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

fn fill(fee_asset: onetape_core::names::AssetId) -> FillState {
    FillState {
        id: 9_001,
        order: 77,
        client: OrderId { epoch: 1, n: 2 }.client_text(),
        instrument: XYZ,
        side: Side::Sell,
        price: Price::new(1_149),
        qty: Qty::new(2_500),
        fee: money("0.00143625"),
        fee_asset,
        maker: true,
        realised: Money::ZERO,
        position: PositionSide::Net,
        at: NOW,
    }
}
