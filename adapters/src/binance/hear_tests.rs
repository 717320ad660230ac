//! What streams and answers tell, also where they say what this version does not know.

use onetape_core::event::{Body, OrderEventKind, RejectReason};
use onetape_core::instrument::Side;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;

use super::encode_tests::directory;
use super::{Market, instruments, spot, usdm};
use crate::client_id::ClientId;
use crate::counts::{Counts, Unused};
use crate::error::WireError;
use crate::news::News;
use crate::report::{Origin, ReportState};
use crate::rules::TradeStatus;

fn hear(market: Market, text: &str) -> (Vec<News>, Counts) {
    let (mut out, mut counts) = (Vec::new(), Counts::default());
    let told = match market {
        Market::Spot => spot::hear(text, &directory(market), &mut counts, &mut out),
        _ => usdm::hear(text, &directory(market), &mut counts, &mut out),
    };
    told.unwrap();
    (out, counts)
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

const TRADE: &str = r#"{"subscriptionId":0,"event":{"e":"executionReport","E":1499405658658,"s":"BTCUSDT","c":"ot1-2",
    "S":"BUY","o":"LIMIT","f":"GTC","q":"0.500","p":"30000.00","C":"","x":"TRADE","X":"PARTIALLY_FILLED","r":"NONE",
    "i":99,"l":"0.200","z":"0.200","L":"29999.99","n":"0.0002","N":"BTC","T":1499405658657,"t":7,"m":true,
    "Z":"5999.998","newKey":{"a":[1]}}}"#;

#[test]
fn a_fill_at_spot_becomes_events() {
    let (news, counts) = hear(Market::Spot, TRADE);
    let [News::Order(report)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert!(counts.is_empty());
    assert_eq!(report.client, ClientId::Ours(OrderId { epoch: 1, n: 2 }));
    assert_eq!(
        (report.side, report.qty, report.filled),
        (Some(Side::Buy), Some(Qty::new(500)), Some(Qty::new(200)))
    );
    let mut events = Vec::new();
    let missing = report.events(
        &directory(Market::Spot),
        &|_| None,
        &mut Counts::default(),
        &mut events,
    );
    assert!(!missing.unwrap().trades);
    let [OrderEventKind::Filled(fill)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(
        (fill.trade_id, fill.price, fill.qty, fill.maker),
        (7, Price::new(2_999_999), Qty::new(200), true)
    );
    assert_eq!(
        fill.fee.value,
        money("5.999998"),
        "paid in base, worth its price"
    );
}

#[test]
fn a_cancel_is_news_of_the_order_that_it_ended() {
    let text = TRADE.replace(
        r#""x":"TRADE","X":"PARTIALLY_FILLED""#,
        r#""x":"CANCELED","X":"CANCELED""#,
    );
    let text = text
        .replace(r#""c":"ot1-2""#, r#""c":"web_1""#)
        .replace(r#""C":"""#, r#""C":"ot1-2""#);
    let (news, _) = hear(Market::Spot, &text);
    let [News::Order(report)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(report.client, ClientId::Ours(OrderId { epoch: 1, n: 2 }));
    assert_eq!(
        (report.state, report.trades.len()),
        (ReportState::Cancelled, 0)
    );
}

#[test]
fn a_refusal_names_its_reason() {
    let text = TRADE.replace(
        r#""x":"TRADE","X":"PARTIALLY_FILLED","r":"NONE""#,
        r#""x":"REJECTED","X":"REJECTED","r":"INSUFFICIENT_BALANCES""#,
    );
    let (news, _) = hear(Market::Spot, &text);
    let [News::Order(report)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(
        report.state,
        ReportState::Rejected(Some(RejectReason::Balance))
    );
}

#[test]
fn what_is_new_is_counted_and_never_guessed() {
    let (news, counts) = hear(Market::Spot, &TRADE.replace("PARTIALLY_FILLED", "HALF_WAY"));
    let [News::Order(report)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(
        (report.state, report.trades.len()),
        (ReportState::Unclear, 1)
    );
    assert_eq!(counts.of(Unused::UnknownWord), 1);
    for (text, why) in [
        (
            r#"{"e":"somethingNew","E":1,"s":"BTCUSDT"}"#,
            Unused::UnknownKind,
        ),
        (r#"{"e":"kline","s":"BTCUSDT","k":{}}"#, Unused::NotNeeded),
        (
            r#"{"stream":"xyz@trade","data":{"e":"trade","s":"XYZ","t":1,"p":"1","q":"1","T":1,"m":true}}"#,
            Unused::OtherSymbol,
        ),
        (
            r#"{"u":1,"s":"XYZ","b":"1","B":"1","a":"2","A":"1"}"#,
            Unused::OtherSymbol,
        ),
        ("{}", Unused::UnknownKind),
        ("[[[[[[]]]]]]", Unused::UnknownKind),
    ] {
        let (news, counts) = hear(Market::Spot, text);
        assert!(news.is_empty(), "{text}");
        assert_eq!(counts.of(why), 1, "{text}: {counts:?}");
    }
}

#[test]
fn a_broken_message_is_an_error_and_not_half_an_event() {
    let directory = directory(Market::Spot);
    for text in [
        "",
        "{",
        "nonsense",
        r#"{"u":1,"s":"BTCUSDT","b":"1.005","B":"1","a":"2","A":"1"}"#,
        r#"{"e":"trade","s":"BTCUSDT","t":1,"q":"1","T":1,"m":true}"#,
        r#"{"e":"executionReport","s":"BTCUSDT","x":"TRADE","X":"FILLED","i":1,"l":"0","L":"1","t":1}"#,
    ] {
        let mut out = Vec::new();
        let told: Result<(), WireError> =
            spot::hear(text, &directory, &mut Counts::default(), &mut out);
        assert!(told.is_err() && out.is_empty(), "{text}");
    }
}

#[test]
fn funding_and_forced_orders_of_futures_are_told() {
    let funding = r#"{"e":"ACCOUNT_UPDATE","E":1,"T":1700000000000,"a":{"m":"FUNDING_FEE",
        "B":[{"a":"USDT","wb":"100.5","cw":"100.5","bc":"-0.25"}]}}"#;
    let (news, _) = hear(Market::Usdm, funding);
    let [News::Funding(paid), News::Balance(balance)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(
        (paid.amount, paid.instrument, balance.free),
        (money("-0.25"), None, money("100.5"))
    );
    let adl = r#"{"e":"ORDER_TRADE_UPDATE","T":1,"E":1,"o":{"s":"BTCUSDT","c":"adl_autoclose","S":"SELL","q":"0.5","p":"0",
        "x":"TRADE","X":"FILLED","i":5,"l":"0.5","L":"100","z":"0.5","n":"0.01","N":"USDT","T":1,"t":3,"m":false}}"#;
    for (client, origin) in [
        ("adl_autoclose", Origin::Deleveraging),
        ("autoclose-17", Origin::Liquidation),
        ("settlement_autoclose-1", Origin::Settlement),
        ("ot1-2", Origin::Account),
    ] {
        let (news, _) = hear(Market::Usdm, &adl.replace("adl_autoclose", client));
        let [News::Order(report)] = news.as_slice() else {
            panic!("{news:?}")
        };
        assert_eq!((report.origin, report.trades.len()), (origin, 1));
    }
}

#[test]
fn marks_come_with_funding_and_other_margins_are_left_out() {
    let mark = r#"[{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11185.87786614","i":"11784.62659091",
        "r":"0.00030000","T":1562306400000,"st":1}]"#;
    let (news, _) = hear(Market::Usdm, mark);
    let [News::Market(first), News::Market(second)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert!(matches!(&first.body, Body::Mark(it) if it.mark == money("11185.87786614")));
    assert!(
        matches!(&second.body, Body::Funding(it) if it.rate == money("0.0003")
        && it.settles_at.nanos() == 1_562_306_400_000_000_000)
    );
    let (news, counts) = hear(Market::Usdm, &mark.replace(r#""st":1"#, r#""st":2"#));
    assert!(news.is_empty());
    assert_eq!(counts.of(Unused::OtherSymbol), 1);
}

#[test]
fn connections_say_what_becomes_of_them() {
    for (market, text, wanted) in [
        (
            Market::Spot,
            r#"{"e":"serverShutdown","E":1}"#,
            News::Reconnect,
        ),
        (
            Market::Spot,
            r#"{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1}}"#,
            News::StreamEnded,
        ),
        (
            Market::Usdm,
            r#"{"e":"listenKeyExpired","E":1,"listenKey":"x"}"#,
            News::StreamEnded,
        ),
        (
            Market::Spot,
            r#"{"result":null,"id":5}"#,
            News::Subscribed("5".to_string()),
        ),
        (
            Market::Spot,
            r#"{"id":6,"status":200,"result":{"subscriptionId":0}}"#,
            News::Subscribed("6".to_string()),
        ),
    ] {
        let (news, _) = hear(market, text);
        assert_eq!(news, [wanted], "{text}");
    }
    let (news, _) = hear(
        Market::Spot,
        r#"{"error":{"code":2,"msg":"Invalid request"},"id":5}"#,
    );
    assert!(
        matches!(news.as_slice(), [News::Refused(id, _)] if id == "5"),
        "{news:?}"
    );
    let (news, _) = hear(
        Market::Spot,
        r#"{"id":9,"status":400,"error":{"code":-2010,"msg":"x"}}"#,
    );
    assert!(
        matches!(news.as_slice(), [News::Answer(it)] if it.id == 9 && it.status == 400),
        "{news:?}"
    );
}

#[test]
fn every_filter_bounds_an_instrument() {
    let info = r#"{"symbols":[{"symbol":"A","status":"CANCEL_ONLY","baseAsset":"A","quoteAsset":"B","filters":[
        {"filterType":"PRICE_FILTER","minPrice":"0.10","maxPrice":"0","tickSize":"0.10"},
        {"filterType":"LOT_SIZE","minQty":"1","maxQty":"90","stepSize":"0.5"},
        {"filterType":"MARKET_LOT_SIZE","minQty":"0","maxQty":"50","stepSize":"0.00000000"},
        {"filterType":"NOTIONAL","minNotional":"5","applyMinToMarket":false,"maxNotional":"9000","applyMaxToMarket":true},
        {"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"1.2","bidMultiplierDown":"0.2","askMultiplierUp":"5",
         "askMultiplierDown":"0.8"},
        {"filterType":"MAX_NUM_ORDERS","limit":200},{"filterType":"BRAND_NEW","x":1}]},
        {"symbol":"BROKEN","status":"TRADING","baseAsset":"A","quoteAsset":"B","filters":[]}]}"#;
    let mut counts = Counts::default();
    let rules = instruments(Market::Spot, info, &mut counts).unwrap();
    let [it] = rules.as_slice() else {
        panic!("{rules:?}")
    };
    assert_eq!(it.status, TradeStatus::CancelOnly);
    assert_eq!(
        (it.limits.min_price, it.limits.max_price),
        (Some(money("0.1")), None)
    );
    assert_eq!(
        (it.limits.market_lot, it.limits.market_max_qty),
        (None, Some(money("50")))
    );
    assert_eq!(
        (it.min_notional, it.limits.max_notional),
        (money("5"), Some(money("9000")))
    );
    assert!(!it.limits.min_notional_at_market && it.limits.max_notional_at_market);
    let band = it.limits.band.unwrap();
    assert_eq!(
        (band.bid.0, band.ask.1, it.limits.max_orders),
        (money("0.2"), money("5"), Some(200))
    );
    assert_eq!(it.unknown, ["BRAND_NEW"]);
    assert_eq!(
        (counts.of(Unused::UnknownWord), counts.of(Unused::Unsound)),
        (1, 1)
    );
}
