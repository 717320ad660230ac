//! What is asked of both venues, as it goes to the wire.

use onetape_core::command::{Amend, LegTag, Place, TimeInForce};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;

use super::{Market, instruments, spot, usdm};
use crate::ask::{AmendAsk, Ask, Cx, History, MarginMode, OrderRef, PositionMode, StreamKey};
use crate::client_id::ClientId;
use crate::counts::Counts;
use crate::credentials::{Credentials, Hash};
use crate::directory::Directory;
use crate::error::AskError;
use crate::feed::{Feed, Socket};
use crate::request::{Frame, Request};

const BTC: InstrumentId = InstrumentId(0);
const ID: OrderId = OrderId { epoch: 3, n: 40 };

pub(super) fn directory(market: Market) -> Directory {
    let info = r#"{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","filters":[
        {"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"},
        {"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9000","stepSize":"0.001"}]}]}"#;
    let mut names = Names::default();
    let rules = instruments(market, info, &mut Counts::default()).unwrap();
    let instrument = rules[0].instrument(market.venue(), &mut names).unwrap();
    assert_eq!(
        instrument.kind == InstrumentKind::Spot,
        market == Market::Spot
    );
    let venue = instrument.venue;
    names.instruments.push(instrument);
    names.asset_id("BNB");
    Directory::new(&names, venue)
}

fn keys() -> Credentials {
    Credentials::shared("the-key", b"the-secret")
}

fn cx<'a>(directory: &'a Directory, keys: &'a Credentials) -> Cx<'a> {
    Cx {
        directory,
        credentials: Some(keys),
        now: Ts::from_nanos(1_700_000_000_123_000_000),
        window: Span::from_millis(5_000),
        position_mode: PositionMode::OneWay,
    }
}

fn place(side: Side, limit: Option<i64>, time_in_force: TimeInForce, reduce_only: bool) -> Place {
    Place {
        order: ID,
        task: TaskId(0),
        instrument: BTC,
        side,
        qty: Qty::new(1_500),
        limit: limit.map(Price::new),
        time_in_force,
        reduce_only,
        tag: LegTag::default(),
    }
}

/// What a signed request says without its time and signature, both of which are checked here.
fn said(request: &Request) -> String {
    let text = if request.body.is_empty() {
        &request.query
    } else {
        &request.body
    };
    let (payload, signature) = text.rsplit_once("&signature=").unwrap();
    assert_eq!(signature, keys().sign(Hash::Sha256, payload.as_bytes()));
    assert!(
        request
            .headers
            .contains(&("X-MBX-APIKEY", "the-key".to_string()))
    );
    let end = "recvWindow=5000&timestamp=1700000000123";
    let told = payload.strip_suffix(end).unwrap().trim_end_matches('&');
    format!("{} {} {told}", request.method.name(), request.path)
}

fn order() -> OrderRef {
    OrderRef {
        instrument: BTC,
        client: ClientId::Ours(ID),
        venue_id: None,
    }
}

fn amend(qty: i64, limit: i64) -> Ask {
    Ask::Amend(AmendAsk {
        order: order(),
        side: Side::Sell,
        amend: Amend {
            order: ID,
            instrument: BTC,
            qty: Qty::new(qty),
            limit: Price::new(limit),
        },
        qty_now: Qty::new(1_500),
        same_price: limit == 6_000_000,
    })
}

#[test]
fn orders_of_spot() {
    use TimeInForce::{FillOrKill, GoodTillCancelled, ImmediateOrCancel, PostOnly};
    let (directory, keys) = (directory(Market::Spot), keys());
    let cx = cx(&directory, &keys);
    let made = |place: Place| spot::rest(&Ask::Place(place), &cx).map(|it| said(&it));
    let head = "POST /api/v3/order symbol=BTCUSDT";
    let tail = "newClientOrderId=ot3-14&newOrderRespType=FULL";
    for (tif, words) in [
        (GoodTillCancelled, "type=LIMIT&timeInForce=GTC"),
        (ImmediateOrCancel, "type=LIMIT&timeInForce=IOC"),
        (FillOrKill, "type=LIMIT&timeInForce=FOK"),
        (PostOnly, "type=LIMIT_MAKER"),
    ] {
        let found = made(place(Side::Buy, Some(6_000_050), tif, false)).unwrap();
        let wanted = format!("{head}&side=BUY&{words}&quantity=1.500&price=60000.50&{tail}");
        assert_eq!(found, wanted);
    }
    let market = made(place(Side::Sell, None, ImmediateOrCancel, false)).unwrap();
    assert_eq!(
        market,
        format!("{head}&side=SELL&type=MARKET&quantity=1.500&{tail}")
    );
    for bad in [
        place(Side::Buy, None, PostOnly, false),
        place(Side::Buy, None, FillOrKill, false),
    ] {
        assert!(matches!(made(bad), Err(AskError::Order(_))));
    }
    let mut other = place(Side::Buy, Some(1), GoodTillCancelled, false);
    other.instrument = InstrumentId(9);
    assert_eq!(made(other), Err(AskError::Instrument));
}

#[test]
fn orders_of_futures() {
    use TimeInForce::{GoodTillCancelled, ImmediateOrCancel, PostOnly};
    let (directory, keys) = (directory(Market::Usdm), keys());
    let mut cx = cx(&directory, &keys);
    let made = |cx: &Cx<'_>, place: Place| said(&usdm::rest(&Ask::Place(place), cx).unwrap());
    let head = "POST /fapi/v1/order symbol=BTCUSDT";
    let tail = "newClientOrderId=ot3-14";
    assert_eq!(
        made(&cx, place(Side::Buy, Some(6_000_050), PostOnly, false)),
        format!(
            "{head}&side=BUY&type=LIMIT&timeInForce=GTX&quantity=1.500&price=60000.50&{tail}&newOrderRespType=RESULT"
        )
    );
    assert_eq!(
        made(&cx, place(Side::Sell, None, ImmediateOrCancel, true)),
        format!(
            "{head}&side=SELL&type=MARKET&quantity=1.500&{tail}&reduceOnly=true&newOrderRespType=RESULT"
        )
    );
    cx.position_mode = PositionMode::Hedge;
    for (side, reduce, word) in [
        (Side::Buy, false, "LONG"),
        (Side::Sell, true, "LONG"),
        (Side::Sell, false, "SHORT"),
        (Side::Buy, true, "SHORT"),
    ] {
        let found = made(&cx, place(side, Some(100), GoodTillCancelled, reduce));
        assert!(found.contains(&format!("&positionSide={word}&")), "{found}");
        assert!(!found.contains("reduceOnly"), "{found}");
    }
}

#[test]
fn what_else_is_asked() {
    let spot_market = directory(Market::Spot);
    let futures = directory(Market::Usdm);
    let keys = keys();
    let (at_spot, at_futures) = (cx(&spot_market, &keys), cx(&futures, &keys));
    let past = History {
        instrument: BTC,
        from_id: None,
        since: Some(Ts::from_nanos(1_699_999_999_000_000_000)),
        limit: 5_000,
    };
    let known = OrderRef {
        venue_id: Some("77".to_string()),
        ..order()
    };
    let dead = Ask::DeadMan {
        instrument: Some(BTC),
        after: Span::from_millis(60_000),
    };
    let isolated = Ask::SetMarginMode {
        instrument: BTC,
        mode: MarginMode::Isolated,
    };
    for (ask, wanted) in [
        (
            Ask::Cancel(order()),
            "DELETE /api/v3/order symbol=BTCUSDT&origClientOrderId=ot3-14",
        ),
        (
            Ask::Order(known),
            "GET /api/v3/order symbol=BTCUSDT&orderId=77",
        ),
        (
            Ask::CancelAll(BTC),
            "DELETE /api/v3/openOrders symbol=BTCUSDT",
        ),
        (Ask::OpenOrders(None), "GET /api/v3/openOrders "),
        (
            Ask::Trades(past),
            "GET /api/v3/myTrades symbol=BTCUSDT&startTime=1699999999000&limit=1000",
        ),
        (Ask::Balances, "GET /api/v3/account "),
        (
            amend(700, 6_000_000),
            "PUT /api/v3/order/amend/keepPriority symbol=BTCUSDT&origClientOrderId=ot3-14&newClientOrderId=ot3-14\
             &newQty=0.700",
        ),
    ] {
        assert_eq!(said(&spot::rest(&ask, &at_spot).unwrap()), wanted);
    }
    for (ask, wanted) in [
        (
            Ask::Cancel(order()),
            "DELETE /fapi/v1/order symbol=BTCUSDT&origClientOrderId=ot3-14",
        ),
        (
            Ask::CancelAll(BTC),
            "DELETE /fapi/v1/allOpenOrders symbol=BTCUSDT",
        ),
        (
            amend(2_000, 6_000_100),
            "PUT /fapi/v1/order symbol=BTCUSDT&origClientOrderId=ot3-14&side=SELL&quantity=2.000&price=60001.00",
        ),
        (Ask::Positions(None), "GET /fapi/v3/positionRisk "),
        (
            Ask::SetLeverage {
                instrument: BTC,
                leverage: 5,
            },
            "POST /fapi/v1/leverage symbol=BTCUSDT&leverage=5",
        ),
        (
            isolated,
            "POST /fapi/v1/marginType symbol=BTCUSDT&marginType=ISOLATED",
        ),
        (
            Ask::SetPositionMode(PositionMode::Hedge),
            "POST /fapi/v1/positionSide/dual dualSidePosition=true",
        ),
        (
            dead.clone(),
            "POST /fapi/v1/countdownCancelAll symbol=BTCUSDT&countdownTime=60000",
        ),
        (
            Ask::Settings(BTC),
            "GET /fapi/v1/symbolConfig symbol=BTCUSDT",
        ),
    ] {
        assert_eq!(said(&usdm::rest(&ask, &at_futures).unwrap()), wanted);
    }
    // What spot does not have is refused, and never sent as something else.
    for ask in [
        dead,
        Ask::Positions(None),
        amend(2_000, 6_000_000),
        amend(700, 5_900_000),
    ] {
        assert!(spot::rest(&ask, &at_spot).is_err(), "{}", ask.name());
    }
    let open = usdm::rest(&Ask::StreamKey(StreamKey::Open), &at_futures).unwrap();
    assert!(
        open.body.is_empty() && open.query.is_empty(),
        "a key, and no signature"
    );
    let nobody = Cx {
        credentials: None,
        ..at_spot
    };
    assert!(matches!(
        spot::rest(&Ask::Balances, &nobody),
        Err(AskError::NoKey(_))
    ));
    let public = spot::rest(
        &Ask::Depth {
            instrument: BTC,
            levels: 9_999,
        },
        &nobody,
    )
    .unwrap();
    assert_eq!(public.target(), "/api/v3/depth?symbol=BTCUSDT&limit=5000");
}

fn json(frame: &Frame) -> serde_json::Value {
    match frame {
        Frame::Text(text) => serde_json::from_str(text).unwrap(),
        Frame::Binary(_) => panic!(),
    }
}

#[test]
fn frames_carry_the_same_and_are_signed_by_name() {
    let (directory, keys) = (directory(Market::Spot), keys());
    let cx = cx(&directory, &keys);
    let ask = Ask::Place(place(
        Side::Buy,
        Some(100),
        TimeInForce::GoodTillCancelled,
        false,
    ));
    let whole = json(&spot::frame(&ask, 12, &cx).unwrap());
    assert_eq!(
        (&whole["id"], &whole["method"]),
        (&12.into(), &"order.place".into())
    );
    let params = &whole["params"];
    assert_eq!(
        (&params["price"], &params["apiKey"]),
        (&"1.00".into(), &"the-key".into())
    );
    assert_eq!(params["timestamp"], 1_700_000_000_123_u64);
    let payload = "apiKey=the-key&newClientOrderId=ot3-14&newOrderRespType=FULL&price=1.00&quantity=1.500\
        &recvWindow=5000&side=BUY&symbol=BTCUSDT&timeInForce=GTC&timestamp=1700000000123&type=LIMIT";
    assert_eq!(
        params["signature"],
        keys.sign(Hash::Sha256, payload.as_bytes())
    );
    assert!(
        spot::logon(1, &cx).is_err(),
        "a shared secret cannot log on"
    );
    let ed = Credentials::ed25519("ed-key", &[1; 32]).unwrap();
    let logon = json(
        &spot::logon(
            1,
            &Cx {
                credentials: Some(&ed),
                ..cx
            },
        )
        .unwrap(),
    );
    assert_eq!(logon["method"], "session.logon");
}

#[test]
fn feeds_go_to_their_connections() {
    let spot_market = directory(Market::Spot);
    let futures = directory(Market::Usdm);
    let keys = keys();
    let feeds = [
        Feed::Quote(BTC),
        Feed::Trades(BTC),
        Feed::Depth(BTC),
        Feed::Account,
    ];
    let frames = spot::subscribe(&feeds, 5, &cx(&spot_market, &keys)).unwrap();
    let [(Socket::Market, market), (Socket::Orders, account)] = frames.as_slice() else {
        panic!("{frames:?}")
    };
    let wanted = ["btcusdt@bookTicker", "btcusdt@trade", "btcusdt@depth@100ms"];
    assert_eq!(json(market)["params"], serde_json::json!(wanted));
    assert_eq!(
        json(account)["method"],
        "userDataStream.subscribe.signature"
    );
    let frames = usdm::unsubscribe(
        &[
            Feed::Quote(BTC),
            Feed::Trades(BTC),
            Feed::Mark(BTC),
            Feed::Account,
        ],
        6,
        &cx(&futures, &keys),
    );
    let frames = frames.unwrap();
    let [(Socket::Book, book), (Socket::Market, market)] = frames.as_slice() else {
        panic!("{frames:?}")
    };
    assert_eq!(json(book)["method"], "UNSUBSCRIBE");
    assert_eq!(
        json(book)["params"],
        serde_json::json!(["btcusdt@bookTicker"])
    );
    let wanted = ["btcusdt@aggTrade", "btcusdt@markPrice@1s"];
    assert_eq!(json(market)["params"], serde_json::json!(wanted));
    assert!(spot::subscribe(&[Feed::Mark(BTC)], 1, &cx(&spot_market, &keys)).is_err());
}

proptest! {
    /// Whatever the numbers, an order's texts are the same decimals.
    #[test]
    fn an_order_keeps_its_numbers(qty in 1_i64..1_000_000_000_000, limit in 1_i64..1_000_000_000_000, n in any::<u32>()) {
        let (directory, keys) = (directory(Market::Usdm), keys());
        let mut order = place(Side::Buy, Some(limit), TimeInForce::GoodTillCancelled, false);
        order.qty = Qty::new(qty);
        order.order = OrderId { epoch: 1, n };
        let body = usdm::rest(&Ask::Place(order), &cx(&directory, &keys)).unwrap().body;
        let value = |name: &str| {
            let found = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            found.unwrap().to_string()
        };
        let money = |text: &str| Money::parse(text).unwrap().decimal();
        let scaled = |mantissa: i64, scale: u32| rust_decimal::Decimal::new(mantissa, scale).normalize();
        prop_assert_eq!(money(&value("quantity")), scaled(qty, 3));
        prop_assert_eq!(money(&value("price")), scaled(limit, 2));
        let client = value("newClientOrderId");
        prop_assert_eq!(ClientId::read(&client, "", None).ours(), Some(order.order));
        prop_assert!(client.len() <= 36);
    }
}
