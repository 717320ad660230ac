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

#[test]
fn orders_come_in_as_they_were_meant() {
    let stand = Stand::new();
    use TimeInForce as T;
    for (side, limit, time) in [
        (Side::Buy, Some(1_100), T::GoodTillCancelled),
        (Side::Buy, Some(1_150), T::PostOnly),
        (Side::Sell, Some(1_151), T::ImmediateOrCancel),
        (Side::Sell, Some(1), T::FillOrKill),
        (Side::Sell, None, T::ImmediateOrCancel),
    ] {
        let made = place(side, limit, time);
        let asked = stand.asked(&Ask::Place(made));
        assert_eq!(asked.account, Some(AccountId(4)));
        let Call::Place(order) = asked.call else {
            panic!()
        };
        assert_eq!((order.instrument, order.side), (XYZ, side));
        assert_eq!(order.size, Size::Base(made.qty));
        assert_eq!((order.limit, order.time_in_force), (made.limit, time));
        assert_eq!(order.client, "ot1-2");
        let asked = stand.asked(&Ask::Test(made));
        assert_eq!(asked.call, Call::Test(order));
    }
}

#[test]
fn every_other_request_comes_in_as_it_was_meant() {
    let stand = Stand::new();
    let which = |id, client: Option<&str>| Which {
        instrument: Some(XYZ),
        id,
        client: client.map(str::to_string),
        untouched: None,
    };
    let key = || "abc".to_string();
    for (ask, call) in [
        (Ask::Time, Call::Time),
        (Ask::Instruments, Call::Instruments(Vec::new())),
        (Ask::Quote(XYZ), Call::Quotes(vec![XYZ])),
        (
            Ask::Cancel(by(Some("C02__77"))),
            Call::Cancel(which(Some(77), None)),
        ),
        (
            Ask::Cancel(by(None)),
            Call::Cancel(which(None, Some("ot1-2"))),
        ),
        (
            Ask::Order(by(None)),
            Call::Order(which(None, Some("ot1-2"))),
        ),
        (Ask::CancelAll(XYZ), Call::CancelAll(Some(XYZ), None)),
        (Ask::OpenOrders(Some(XYZ)), Call::OpenOrders(Some(XYZ))),
        (Ask::Balances, Call::Account),
        (Ask::Fees(XYZ), Call::Fees(Some(XYZ))),
        (
            Ask::StreamKey(StreamKey::Open),
            Call::StreamKey(StreamKey::Open),
        ),
        (
            Ask::StreamKey(StreamKey::Keep(key())),
            Call::StreamKey(StreamKey::Keep(key())),
        ),
        (
            Ask::StreamKey(StreamKey::Close(key())),
            Call::StreamKey(StreamKey::Close(key())),
        ),
    ] {
        assert_eq!(stand.asked(&ask).call, call, "{ask:?}");
    }
    let depth = Ask::Depth {
        instrument: XYZ,
        levels: 1_000,
    };
    assert_eq!(
        stand.asked(&depth).call,
        Call::Depth {
            instrument: XYZ,
            levels: 1_000
        }
    );
    let past = |call| match call {
        Call::Orders(past) | Call::Trades(past) => past,
        other => panic!("{other:?}"),
    };
    for ask in [Ask::Orders(history()), Ask::Trades(history())] {
        let past = past(stand.asked(&ask).call);
        assert_eq!((past.instrument, past.limit), (Some(XYZ), 50));
        assert_eq!(past.since, history().since);
    }
}

#[test]
fn a_request_that_was_changed_or_comes_at_a_wrong_time_is_refused() {
    let stand = Stand::new();
    let made = mexc::rest(&Ask::Balances, &stand.client()).unwrap();
    let wrong = |made: &Request, now: Ts| {
        let cx = Cx {
            now,
            ..stand.server()
        };
        let headers: Vec<_> = made.headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let inbound = Inbound {
            method: made.method,
            path: &made.path,
            query: &made.query,
            headers: &headers,
            body: b"",
        };
        request(&inbound, &cx).map_err(|it| it.wrong)
    };
    let shifted = |millis: i64| Ts::from_nanos(NOW.nanos() + millis * 1_000_000);
    assert!(wrong(&made, shifted(5_000)).is_ok());
    assert_eq!(wrong(&made, shifted(5_001)), Err(Wrong::Late));
    assert!(wrong(&made, shifted(-999)).is_ok());
    assert_eq!(wrong(&made, shifted(-1_000)), Err(Wrong::Early));
    for at in 0..made.query.len() {
        let mut changed = made.clone();
        let mut bytes = made.query.clone().into_bytes();
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        changed.query = String::from_utf8(bytes).unwrap();
        assert!(wrong(&changed, NOW).is_err(), "{}", changed.query);
    }
    let mut upper = made.clone();
    let (query, signature) = made.query.rsplit_once('=').unwrap();
    upper.query = format!("{query}={}", signature.to_uppercase());
    assert_eq!(wrong(&upper, NOW), Err(Wrong::Signature));
    let mut other = made.clone();
    other.headers[0].1 = "nobody".to_string();
    assert_eq!(wrong(&other, NOW), Err(Wrong::Key));
    other.headers.clear();
    assert_eq!(wrong(&other, NOW), Err(Wrong::NoKey));
}

#[test]
fn orders_are_answered_as_they_stand() {
    let stand = Stand::new();
    let cases = [
        (OrderStatus::New, 0, ReportState::Open),
        (OrderStatus::Partial, 2_500, ReportState::PartiallyFilled),
        (OrderStatus::Filled, 10_500, ReportState::Filled),
        (OrderStatus::Cancelled, 0, ReportState::Cancelled),
        (OrderStatus::Expired, 2_500, ReportState::Cancelled),
    ];
    for (status, filled, expected) in cases {
        let told = || state(status, filled);
        let ask = Ask::Order(by(None));
        let Ok(Answer::Order(order)) =
            stand.answered(&ask, Ok(Reply::Order(Box::new(told()), Vec::new())))
        else {
            panic!()
        };
        assert_eq!(order.state, expected);
        assert_eq!(order.venue_id, "C02__77");
        assert_eq!(order.client, ClientId::Ours(OrderId { epoch: 1, n: 2 }));
        assert_eq!(order.side, Some(Side::Sell));
        assert_eq!(
            (order.qty, order.filled),
            (Some(Qty::new(10_500)), Some(Qty::new(filled)))
        );
        assert_eq!((order.limit, order.at), (Some(Price::new(1_150)), NOW));
        for ask in [
            Ask::Orders(history()),
            Ask::OpenOrders(Some(XYZ)),
            Ask::CancelAll(XYZ),
        ] {
            let Ok(Answer::Orders(all)) = stand.answered(&ask, Ok(Reply::Orders(vec![told()])))
            else {
                panic!()
            };
            assert_eq!(all, [(*order).clone()]);
        }
    }
    let placed = Ask::Place(place(
        Side::Sell,
        Some(1_150),
        TimeInForce::GoodTillCancelled,
    ));
    let told = Reply::Order(Box::new(state(OrderStatus::New, 0)), Vec::new());
    let Ok(Answer::Order(order)) = stand.answered(&placed, Ok(told.clone())) else {
        panic!()
    };
    assert_eq!(order.state, ReportState::Acknowledged);
    assert_eq!(order.venue_id, "C02__77");
    let told = Reply::Order(Box::new(state(OrderStatus::Cancelled, 0)), Vec::new());
    let Ok(Answer::Order(order)) = stand.answered(&Ask::Cancel(by(None)), Ok(told)) else {
        panic!()
    };
    assert_eq!(order.state, ReportState::Cancelled);
    assert_eq!(order.client, ClientId::Ours(OrderId { epoch: 1, n: 2 }));
}

#[test]
fn accounts_and_markets_are_answered() {
    let mut stand = Stand::new();
    let usdt = stand.asset("USDT");
    let Ok(Answer::Instruments(found)) =
        stand.answered(&Ask::Instruments, Ok(Reply::Instruments(vec![rules()])))
    else {
        panic!()
    };
    assert_eq!(found, [rules()]);
    let told = Reply::Trades(vec![fill(usdt)]);
    let Ok(Answer::Trades(trades)) = stand.answered(&Ask::Trades(history()), Ok(told)) else {
        panic!()
    };
    assert_eq!(
        (trades[0].trade_id, trades[0].price, trades[0].qty),
        (9_001, Price::new(1_149), Qty::new(2_500))
    );
    assert_eq!(
        trades[0].fee,
        Some(Charge {
            asset: "USDT".to_string(),
            amount: money("0.00143625")
        })
    );
    let told = AccountState {
        balances: vec![BalanceState {
            asset: usdt,
            free: money("10.5"),
            locked: money("3"),
            at: NOW,
        }],
        ..AccountState::default()
    };
    let Ok(Answer::Balances(balances, _)) =
        stand.answered(&Ask::Balances, Ok(Reply::Account(Box::new(told))))
    else {
        panic!()
    };
    assert_eq!(
        (balances[0].asset, balances[0].free, balances[0].locked),
        (usdt, money("10.5"), money("3"))
    );
    let told = FeeState {
        instrument: XYZ,
        maker: Money::ZERO,
        taker: money("0.0005"),
    };
    let Ok(Answer::Fees(fees)) = stand.answered(&Ask::Fees(XYZ), Ok(Reply::Fees(vec![told])))
    else {
        panic!()
    };
    assert_eq!(fees.taker, money("0.0005"));
    let key = Reply::StreamKey("abc".to_string());
    let open = Ask::StreamKey(StreamKey::Open);
    assert_eq!(
        stand.answered(&open, Ok(key)),
        Ok(Answer::StreamKey("abc".to_string()))
    );
    let keep = Ask::StreamKey(StreamKey::Keep("abc".to_string()));
    assert_eq!(stand.answered(&keep, Ok(Reply::Done)), Ok(Answer::Done));
    let time = NOW;
    assert_eq!(
        stand.answered(&Ask::Time, Ok(Reply::Time(time))),
        Ok(Answer::Time(time))
    );
    let book = BookState {
        update: book(true),
        at: NOW,
    };
    let depth = Ask::Depth {
        instrument: XYZ,
        levels: 100,
    };
    let Ok(Answer::Depth(found)) = stand.answered(&depth, Ok(Reply::Depth(book.clone()))) else {
        panic!()
    };
    assert_eq!(*found, book.update);
    let Ok(Answer::Market(found)) =
        stand.answered(&Ask::Quote(XYZ), Ok(Reply::Quotes(vec![top()])))
    else {
        panic!()
    };
    assert_eq!(found[0].body, Body::Quote(top().quote));
}

const fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

fn book(snapshot: bool) -> DepthUpdate {
    DepthUpdate {
        instrument: XYZ,
        snapshot,
        first: if snapshot { 12 } else { 10 },
        last: 12,
        prev: None,
        bids: vec![level(1_149, 5), level(1_148, 0)],
        asks: vec![level(1_151, 70_000)],
    }
}

fn top() -> TopState {
    TopState {
        quote: Quote {
            instrument: XYZ,
            bid: level(1_149, 5),
            ask: Level::default(),
        },
        update: 12,
        at: NOW,
    }
}

#[test]
fn failures_mean_what_they_are() {
    let stand = Stand::new();
    let placed = Ask::Place(place(
        Side::Sell,
        Some(1_150),
        TimeInForce::GoodTillCancelled,
    ));
    let class = |wrong| stand.answered(&placed, Err(wrong)).unwrap_err().class;
    for (wrong, expected) in [
        (Wrong::Balance, Class::Reject),
        (Wrong::Filter(Filter::Notional), Class::Reject),
        (Wrong::Signature, Class::Reject),
        (Wrong::Late, Class::Retryable),
        (
            Wrong::RateLimit(Span::from_millis(1_500)),
            Class::RateLimited,
        ),
        (Wrong::Banned(NOW), Class::Banned),
        (Wrong::Key, Class::Fatal),
        (Wrong::Unknown, Class::Ambiguous),
        (Wrong::Timeout, Class::Ambiguous),
        (Wrong::NotOpen, Class::CancelUnknown),
        (Wrong::NoOrder, Class::QueryUnknown),
    ] {
        assert_eq!(class(wrong.clone()), expected, "{wrong:?}");
    }
    let failed = stand.answered(&placed, Err(Wrong::RateLimit(Span::from_millis(1_500))));
    assert_eq!(failed.unwrap_err().wait, Some(Span::from_millis(2_000)));
}

#[test]
fn streams_are_heard_as_they_were_told() {
    let mut stand = Stand::new();
    let usdt = stand.asset("USDT");
    let market = |feed, news| match stand.heard(feed, &news).as_slice() {
        [Heard::Market(it)] => {
            assert_eq!(it.ts_venue, NOW);
            it.body.clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        market(Feed::Quote(XYZ), News::Top(top())),
        Body::Quote(top().quote)
    );
    let depth = BookState {
        update: book(false),
        at: NOW,
    };
    assert_eq!(
        market(Feed::Depth(XYZ), News::Depth(depth)),
        Body::Depth(Box::new(book(false)))
    );
    let print = Print {
        id: 5,
        first: 5,
        last: 5,
        instrument: XYZ,
        price: Price::new(1_150),
        qty: Qty::new(3),
        aggressor: Side::Sell,
        at: NOW,
    };
    let trade = Trade {
        instrument: XYZ,
        price: print.price,
        qty: print.qty,
        aggressor: Side::Sell,
    };
    assert_eq!(
        market(Feed::Trades(XYZ), News::Print(print)),
        Body::Trade(trade)
    );
    assert!(
        stand
            .heard(Feed::Quote(XYZ), &News::Print(print))
            .is_empty()
    );
    let change = OrderChange {
        order: state(OrderStatus::Partial, 2_500),
        what: Happened::Traded(fill(usdt)),
        origin: Origin::Account,
        number: 3,
    };
    let heard = stand.heard(Feed::Account, &News::Order(Box::new(change)));
    let [Heard::Order(order), Heard::Trade(trade)] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!(
        (order.state, order.filled),
        (ReportState::PartiallyFilled, Some(Qty::new(2_500)))
    );
    assert_eq!(order.filled_quote, Some(money("2.875")));
    assert_eq!(
        (trade.trade_id, trade.maker, trade.side),
        (9_001, Some(true), Some(Side::Sell))
    );
    let told = BalanceState {
        asset: usdt,
        free: money("10.5"),
        locked: money("3"),
        at: NOW,
    };
    let heard = stand.heard(Feed::Account, &News::Balances(vec![told]));
    let [Heard::Balance(balance)] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!(
        (balance.free, balance.locked, balance.at),
        (told.free, told.locked, NOW)
    );
}

#[test]
fn subscriptions_are_answered_by_their_channels_alone() {
    let stand = Stand::new();
    let say = |line: &Line, text: &str| {
        let mut out = Vec::new();
        for asked in frame(text.as_bytes(), line, &stand.server()) {
            let (way, result) = match asked {
                Ok(asked) => (asked.way, Ok(Reply::Done)),
                Err(refused) => (refused.way, Err(refused.wrong)),
            };
            for made in answer(&way, &Replied::of(result), &stand.server()) {
                let Frame::Text(text) = made else { panic!() };
                mexc::hear(&text, &stand.directory, &mut Counts::default(), &mut out).unwrap();
            }
        }
        out
    };
    let public = open("/ws", "", &stand.server()).unwrap();
    let depth = "spot@public.aggre.depth.v3.api.pb@10ms@XYZUSDT";
    let old = "spot@public.deals.v3.api@XYZUSDT";
    let orders = "spot@private.orders.v3.api.pb";
    let ask =
        |names: &[&str]| serde_json::json!({"method": "SUBSCRIPTION", "params": names}).to_string();
    assert_eq!(
        say(&public, &ask(&[depth])),
        [Heard::Subscribed(depth.to_string())]
    );
    let heard = say(&public, &ask(&[depth, old, orders]));
    assert_eq!(heard[0], Heard::Subscribed(depth.to_string()));
    for (heard, name) in heard[1..].iter().zip([old, orders]) {
        assert!(
            matches!(heard, Heard::Refused(it, _) if it == name),
            "{heard:?}"
        );
    }
    assert_eq!(
        say(&stand.line(), &ask(&[orders])),
        [Heard::Subscribed(orders.to_string())]
    );
    assert_eq!(say(&public, r#"{"method":"PING"}"#), [Heard::Pong]);
    assert!(matches!(say(&public, "{").as_slice(), [Heard::Refused(..)]));
    assert!(open("/other", "", &stand.server()).is_err());
}

proptest! {
    #[test]
    fn a_mutated_request_is_read_or_refused(
        at in 0_usize..400, byte in 0_u8..128, which in 0_usize..4,
    ) {
        let stand = Stand::new();
        let ask = [
            Ask::Place(place(Side::Buy, Some(1_150), TimeInForce::PostOnly)),
            Ask::Trades(history()),
            Ask::Cancel(by(None)),
            Ask::CancelAll(XYZ),
        ][which].clone();
        let mut made = mexc::rest(&ask, &stand.client()).unwrap();
        let signed = made.query.rsplit_once("&signature=").unwrap().0.to_string();
        let mut bytes = signed.clone().into_bytes();
        if let Some(old) = bytes.get_mut(at) {
            *old = byte;
        }
        let changed = String::from_utf8(bytes).unwrap();
        // Changed under the old signature, it is refused; signed anew, it is read or refused, and never a panic.
        made.query = made.query.replacen(&signed, &changed, 1);
        prop_assert_eq!(stand.sent(&made).is_ok(), changed == signed);
        let again = mexc::signed(&stand.keys, made.method, &made.path, &changed);
        let _ = stand.sent(&again);
    }

    #[test]
    fn any_text_frame_is_answered(text in "\\PC{0,40}|[{}\\[\\]\":,a-zA-Z@.]{0,60}") {
        let stand = Stand::new();
        prop_assert!(!frame(text.as_bytes(), &stand.line(), &stand.server()).is_empty());
    }

    #[test]
    fn orders_keep_their_numbers(
        qty in 1_i64..1_000_000_000, price in 1_i64..1_000_000_000, buy in any::<bool>(), n in any::<u32>(),
    ) {
        let stand = Stand::new();
        let side = if buy { Side::Buy } else { Side::Sell };
        let mut made = place(side, Some(price), TimeInForce::GoodTillCancelled);
        (made.qty, made.order.n) = (Qty::new(qty), n);
        let Call::Place(order) = stand.asked(&Ask::Place(made)).call else { panic!() };
        prop_assert_eq!(order.size, Size::Base(made.qty));
        prop_assert_eq!((order.limit, order.side), (made.limit, side));
        prop_assert_eq!(&order.client, &made.order.client_text());
    }
}
