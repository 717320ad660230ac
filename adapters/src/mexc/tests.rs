//! Requests, frames and answers of MEXC, in and out.

use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::event::{Body, Level, Quote};
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;
use prost::Message as _;

use super::proto::{AggreBookTicker, AggreDepths, Body as Wire, PrivateOrders, Push};
use super::*;
use crate::ask::{Ask, Cx, OrderRef, PositionMode, StreamKey};
use crate::client_id::ClientId;
use crate::counts::{Counts, Unused};
use crate::credentials::Credentials;
use crate::directory::Directory;
use crate::error::AskError;
use crate::feed::{Feed, Socket};
use crate::news::{Answer, News};
use crate::outcome::Class;
use crate::report::ReportState;
use crate::request::{Frame, Reply, Request};

const INFO: &str = r#"{"symbols":[{"symbol":"XYZUSDT","status":"1","baseAsset":"XYZ","baseAssetPrecision":4,"quoteAsset":"USDT","quotePrecision":2,"quoteAssetPrecision":2,"baseSizePrecision":"0.0001","quoteAmountPrecision":"1","maxQuoteAmount":"2000000","isSpotTradingAllowed":true,"tradeSideType":1},{"symbol":"OLDUSDT","status":"3","baseAsset":"OLD","baseAssetPrecision":4,"quoteAsset":"USDT","quotePrecision":2,"baseSizePrecision":"0","quoteAmountPrecision":"1"},{"symbol":"BADUSDT","status":"1","baseAsset":"BAD","baseAssetPrecision":4,"quoteAsset":"USDT","baseSizePrecision":"x"}]}"#;

struct Stand {
    directory: Directory,
    keys: Credentials,
}

impl Stand {
    fn new() -> Self {
        let mut names = Names::default();
        let mut counts = Counts::default();
        let keys = Credentials::shared("mx0aBYs33eIilxBWC5", b"45d0b3c26f2644f19bfb98b07741b2f5");
        let empty = Directory::default();
        let read = reply(
            &Ask::Instruments,
            &Reply::new(200, INFO),
            &cx(&empty, &keys),
            &mut counts,
        );
        let Ok(Answer::Instruments(rules)) = read else {
            panic!("{read:?}")
        };
        assert_eq!(rules.len(), 2, "rules without a smallest value are none");
        assert_eq!(counts.of(Unused::Unsound), 1);
        assert!(rules[0].is_trading() && !rules[1].is_trading());
        let instrument = rules[0].instrument("mexc-spot", &mut names).unwrap();
        let venue = instrument.venue;
        names.instruments.push(instrument);
        Self {
            directory: Directory::new(&names, venue),
            keys,
        }
    }

    fn ask(&self, ask: &Ask) -> Result<Request, AskError> {
        rest(ask, &cx(&self.directory, &self.keys))
    }

    fn read(&self, ask: &Ask, status: u16, body: &str) -> crate::news::Answered {
        let cx = cx(&self.directory, &self.keys);
        reply(ask, &Reply::new(status, body), &cx, &mut Counts::default())
    }

    fn heard(&self, bytes: &[u8]) -> (Vec<News>, Counts) {
        let (mut out, mut counts) = (Vec::new(), Counts::default());
        hear_bytes(bytes, &self.directory, &mut counts, &mut out).unwrap();
        (out, counts)
    }

    fn heard_text(&self, text: &str) -> (Vec<News>, Counts) {
        let (mut out, mut counts) = (Vec::new(), Counts::default());
        hear(text, &self.directory, &mut counts, &mut out).unwrap();
        (out, counts)
    }
}

fn cx<'a>(directory: &'a Directory, keys: &'a Credentials) -> Cx<'a> {
    Cx {
        directory,
        credentials: Some(keys),
        now: Ts::from_nanos(1_644_489_390_087_000_000),
        window: Span::from_millis(5_000),
        position_mode: PositionMode::OneWay,
    }
}

const XYZ: InstrumentId = InstrumentId(0);

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

#[test]
fn time_in_force_is_a_kind_of_order() {
    let stand = Stand::new();
    use TimeInForce as T;
    for (side, limit, time, kind) in [
        (
            Side::Buy,
            Some(1_100),
            T::GoodTillCancelled,
            "LIMIT&quantity=1.05&price=11",
        ),
        (
            Side::Buy,
            Some(1_150),
            T::PostOnly,
            "LIMIT_MAKER&quantity=1.05&price=11.5",
        ),
        (
            Side::Sell,
            Some(1_151),
            T::ImmediateOrCancel,
            "IMMEDIATE_OR_CANCEL&quantity=1.05&price=11.51",
        ),
        (
            Side::Sell,
            Some(1),
            T::FillOrKill,
            "FILL_OR_KILL&quantity=1.05&price=0.01",
        ),
        (
            Side::Sell,
            None,
            T::ImmediateOrCancel,
            "MARKET&quantity=1.05",
        ),
    ] {
        let request = stand.ask(&Ask::Place(place(side, limit, time))).unwrap();
        let word = if side == Side::Buy { "BUY" } else { "SELL" };
        let expected = format!(
            "symbol=XYZUSDT&side={word}&type={kind}&newClientOrderId=ot1-2&timestamp=1644489390087&recvWindow=5000"
        );
        let (query, signature) = request.query.rsplit_once("&signature=").unwrap();
        assert_eq!(query, expected);
        assert_eq!(signature, sign(&stand.keys, query, ""));
        assert_eq!(request.path, "/api/v3/order");
        assert!(request.body.is_empty());
    }
    for (side, time) in [(Side::Buy, T::ImmediateOrCancel), (Side::Sell, T::PostOnly)] {
        let refused = stand.ask(&Ask::Place(place(side, None, time)));
        assert!(matches!(refused, Err(AskError::Order(_))), "{refused:?}");
    }
}

#[test]
fn orders_are_named_by_the_surest_id() {
    let stand = Stand::new();
    let mut order = OrderRef {
        instrument: XYZ,
        client: ClientId::Ours(OrderId { epoch: 1, n: 2 }),
        venue_id: Some("C02__5".to_string()),
    };
    let by_venue = stand.ask(&Ask::Cancel(order.clone())).unwrap();
    assert!(by_venue.query.starts_with("symbol=XYZUSDT&orderId=C02__5&"));
    assert_eq!(
        by_venue.headers.len(),
        2,
        "anything but a GET tells its type"
    );
    order.venue_id = None;
    let by_ours = stand.ask(&Ask::Order(order.clone())).unwrap();
    assert!(
        by_ours
            .query
            .starts_with("symbol=XYZUSDT&origClientOrderId=ot1-2&")
    );
    assert_eq!(by_ours.headers.len(), 1);
    order.client = ClientId::Untold;
    assert!(matches!(
        stand.ask(&Ask::Order(order)),
        Err(AskError::Order(_))
    ));
    let keep = Ask::StreamKey(StreamKey::Keep("abc".to_string()));
    assert!(
        stand
            .ask(&keep)
            .unwrap()
            .query
            .starts_with("listenKey=abc&")
    );
    for ask in [
        Ask::Mark(XYZ),
        Ask::Positions(None),
        Ask::OpenOrders(None),
        Ask::DeadMan {
            instrument: None,
            after: Span::from_millis(5_000),
        },
    ] {
        let refused = stand.ask(&ask);
        assert_eq!(frame_of(&ask, &stand), Err(refused.clone().unwrap_err()));
        assert!(
            matches!(refused, Err(AskError::Unsupported { .. })),
            "{ask:?}"
        );
    }
}

fn frame_of(ask: &Ask, stand: &Stand) -> Result<Frame, AskError> {
    super::frame(ask, 1, &cx(&stand.directory, &stand.keys))
}

#[test]
fn answers_say_no_more_than_they_know() {
    let stand = Stand::new();
    let ask = Ask::Place(place(
        Side::Buy,
        Some(1_100),
        TimeInForce::GoodTillCancelled,
    ));
    let body = r#"{"symbol":"XYZUSDT","orderId":"C02__5","orderListId":-1,"price":"11","origQty":"1.05","type":"LIMIT","side":"BUY","transactTime":1666676533741}"#;
    let Ok(Answer::Order(order)) = stand.read(&ask, 200, body) else {
        panic!()
    };
    assert_eq!(order.state, ReportState::Acknowledged);
    assert_eq!(order.client.ours(), Some(OrderId { epoch: 1, n: 2 }));
    assert_eq!((order.qty, order.filled), (Some(Qty::new(10_500)), None));

    let cancel = Ask::Cancel(OrderRef {
        instrument: XYZ,
        client: ClientId::Ours(OrderId { epoch: 1, n: 2 }),
        venue_id: None,
    });
    let body = r#"{"symbol":"XYZUSDT","origClientOrderId":"ot1-2","orderId":4,"clientOrderId":"zz","price":"11","origQty":"1.05","executedQty":"0.05","status":"NEW","type":"LIMIT","side":"BUY"}"#;
    let Ok(Answer::Order(order)) = stand.read(&cancel, 200, body) else {
        panic!()
    };
    assert_eq!(
        (order.state, order.venue_id.as_str()),
        (ReportState::Unclear, "4")
    );
    assert_eq!(order.client.ours(), Some(OrderId { epoch: 1, n: 2 }));
    let done = body.replace("NEW", "PARTIALLY_CANCELED");
    let Ok(Answer::Order(order)) = stand.read(&cancel, 200, &done) else {
        panic!()
    };
    assert_eq!(
        (order.state, order.filled),
        (ReportState::Cancelled, Some(Qty::new(500)))
    );
    // Text that is no answer leaves a question, and so does a 5xx.
    for (status, body) in [(200, "<html>"), (200, "[]"), (504, "<html>"), (200, "")] {
        let failure = stand.read(&ask, status, body).unwrap_err();
        assert_eq!(failure.class, Class::Ambiguous, "{status} {body}");
    }
    let failure = stand.read(&ask, 200, r#"{"code":30004,"msg":"Insufficient position"}"#);
    assert_eq!(failure.unwrap_err().class, Class::Reject);
}

fn frame(body: Wire) -> Vec<u8> {
    let push = Push {
        channel: "spot@public.aggre.bookTicker.v3.api.pb@10ms@XYZUSDT".to_string(),
        symbol: Some("XYZUSDT".to_string()),
        send_time: Some(1_600_000_000_239),
        body: Some(body),
        ..Push::default()
    };
    push.encode_to_vec()
}

fn top(bid: (&str, &str), ask: (&str, &str)) -> Wire {
    Wire::AggreBookTicker(AggreBookTicker {
        bid_price: bid.0.to_string(),
        bid_quantity: bid.1.to_string(),
        ask_price: ask.0.to_string(),
        ask_quantity: ask.1.to_string(),
        version: Some("81999275445".to_string()),
        last_order_create_time: Some(1_600_000_000_233),
    })
}

fn quote(news: &[News]) -> (Quote, Ts) {
    match news {
        [News::Market(market)] => match &market.body {
            Body::Quote(quote) => (*quote, market.ts_venue),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_top_of_book_is_read() {
    let stand = Stand::new();
    let (news, _) = stand.heard(&frame(top(("1.50", "2"), ("1.51", "0.0049"))));
    let (found, at) = quote(&news);
    let level = |price, qty| Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    };
    assert_eq!((found.bid, found.ask), (level(150, 20_000), level(151, 49)));
    assert_eq!(at, Ts::from_nanos(1_600_000_000_233_000_000));
    // An empty side is a level of nothing, of which no order can be made.
    let (news, _) = stand.heard(&frame(top(("1.50", "2"), ("", ""))));
    assert_eq!(quote(&news).0.ask, Level::default());
    // Digits that the instrument does not have are no number that we hold.
    let broken = frame(top(("1.505", "2"), ("1.51", "1")));
    let mut out = Vec::new();
    assert!(hear_bytes(&broken, &stand.directory, &mut Counts::default(), &mut out).is_err());
    assert!(out.is_empty());
}

#[test]
fn what_is_of_no_use_is_counted() {
    let stand = Stand::new();
    for (body, why) in [
        (Wire::Deals(proto::Unread {}), Unused::Retired),
        (Wire::Kline(proto::Kline::default()), Unused::NotNeeded),
        (Wire::MiniTicker(proto::Unread {}), Unused::NotNeeded),
    ] {
        let (news, counts) = stand.heard(&frame(body));
        assert!(news.is_empty());
        assert_eq!(counts.of(why), 1);
    }
    let (_, counts) = stand.heard(&[]);
    assert_eq!(counts.of(Unused::UnknownKind), 1);
    let other = Push {
        symbol: Some("ABCUSDT".to_string()),
        body: Some(Wire::AggreDepths(AggreDepths::default())),
        ..Push::default()
    };
    let (_, counts) = stand.heard(&other.encode_to_vec());
    assert_eq!(counts.of(Unused::OtherSymbol), 1);
    // A status of the future is told as unclear, so that the order is asked for.
    let order = PrivateOrders {
        id: "C02__5".to_string(),
        client_id: "ot1-2".to_string(),
        status: 9,
        trade_type: 7,
        ..PrivateOrders::default()
    };
    let (news, counts) = stand.heard(&frame(Wire::PrivateOrders(order)));
    let [News::Order(order)] = news.as_slice() else {
        panic!()
    };
    assert_eq!((order.state, order.side), (ReportState::Unclear, None));
    assert_eq!(counts.of(Unused::UnknownWord), 2);
}

#[test]
fn only_the_channel_itself_is_a_yes() {
    let stand = Stand::new();
    let feeds = [Feed::Quote(XYZ), Feed::Depth(XYZ), Feed::Account];
    let frames = subscribe(&feeds, 1, &cx(&stand.directory, &stand.keys)).unwrap();
    let [(Socket::Account, _), (Socket::Market, Frame::Text(text))] = frames.as_slice() else {
        panic!()
    };
    let sent: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(sent["method"], "SUBSCRIPTION");
    assert_eq!(sent["params"].as_array().unwrap().len(), 2);
    let channel = "spot@public.aggre.bookTicker.v3.api.pb@10ms@XYZUSDT";
    assert_eq!(sent["params"][0], channel);
    let yes = format!(r#"{{"id":0,"code":0,"msg":"{channel},{channel}"}}"#);
    let expected = News::Subscribed(channel.to_string());
    assert_eq!(stand.heard_text(&yes).0, [expected.clone(), expected]);
    let no = r#"{"id":0,"code":0,"msg":"Not Subscribed successfully! [spot@public.deals.v3.api@XYZUSDT].  Reason\uff1a Blocked! "}"#;
    let (news, _) = stand.heard_text(no);
    let [News::Refused(channel, words)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(channel, "spot@public.deals.v3.api@XYZUSDT");
    assert!(words.ends_with("Blocked! "));
    assert_eq!(
        stand.heard_text(r#"{"id":0,"code":0,"msg":"PONG"}"#).0,
        [News::Pong]
    );
    let old = r#"{"c":"spot@public.deals.v3.api@XYZUSDT","d":{},"s":"XYZUSDT","t":1}"#;
    assert_eq!(stand.heard_text(old).1.of(Unused::Retired), 1);
    let mark = subscribe(&[Feed::Mark(XYZ)], 1, &cx(&stand.directory, &stand.keys));
    assert!(matches!(mark, Err(AskError::Unsupported { .. })));
}

#[test]
fn a_frame_that_is_cut_off_is_none() {
    let stand = Stand::new();
    let whole = frame(top(("1.50", "2"), ("1.51", "1")));
    let told = |bytes: &[u8]| {
        let mut out = Vec::new();
        let heard = hear_bytes(bytes, &stand.directory, &mut Counts::default(), &mut out);
        heard.is_ok() && !out.is_empty()
    };
    assert!(told(&whole));
    for cut in 0..whole.len() {
        assert!(!told(&whole[..cut]), "{cut}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_frame_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn a_changed_byte_is_survived(at in 0_usize..130, byte in any::<u8>()) {
        let mut bytes = frame(top(("1.50", "2"), ("1.51", "1")));
        if let Some(old) = bytes.get_mut(at) {
            *old = byte;
        }
        let (mut out, mut counts) = (Vec::new(), Counts::default());
        let _ = hear_bytes(&bytes, &Directory::default(), &mut counts, &mut out);
    }
}
