//! Requests, frames and answers of Gate's two markets, in and out.

use onetape_core::command::{Amend, LegTag, Place, TimeInForce};
use onetape_core::event::Body;
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use serde_json::{Value, json};

use super::{futures, spot};
use crate::ask::{AmendAsk, Ask, Cx, MarginMode, OrderRef, PositionMode};
use crate::client_id::ClientId;
use crate::counts::{Counts, Unused};
use crate::credentials::Credentials;
use crate::directory::Directory;
use crate::error::AskError;
use crate::feed::Feed;
use crate::news::{Answer, FrameAnswer, News};
use crate::outcome::Class;
use crate::report::{Origin, ReportState};
use crate::request::{Frame, Reply};

const PAIRS: &str = r#"[{"id":"XYZ_USDT","base":"XYZ","quote":"USDT","min_base_amount":"0.001","min_quote_amount":"1","amount_precision":3,"precision":2,"trade_status":"tradable"},{"id":"ABC_USDT","base":"ABC","quote":"USDT","amount_precision":3,"precision":2,"trade_status":"sellable"}]"#;
const CONTRACTS: &str = r#"[{"name":"XYZ_USDT","order_price_round":"0.1","order_size_min":1,"order_size_max":1000000,"quanto_multiplier":"0.0001","order_price_deviate":"0.5","orders_limit":50,"status":"trading"},{"name":"LAB_USDT","order_price_round":"0.00001","order_size_min":"0.1","order_size_max":"1200","quanto_multiplier":"100","enable_decimal":true,"in_delisting":true},{"name":"BAD_USDT","order_price_round":"0.1","quanto_multiplier":"0"}]"#;

struct Stand {
    directory: Directory,
    keys: Credentials,
}

impl Stand {
    fn spot() -> Self {
        Self::new(
            "gate-spot",
            &spot::reply(
                &Ask::Instruments,
                &Reply::new(200, PAIRS),
                &cx(&Directory::default(), &keys()),
                &mut Counts::default(),
            )
            .unwrap(),
        )
    }

    fn futures() -> Self {
        let mut counts = Counts::default();
        let told = futures::reply(
            &Ask::Instruments,
            &Reply::new(200, CONTRACTS),
            &cx(&Directory::default(), &keys()),
            &mut counts,
        );
        assert_eq!(
            counts.of(Unused::Unsound),
            1,
            "a contract of nothing is none"
        );
        Self::new("gate-usdt", &told.unwrap())
    }

    fn new(venue: &str, told: &Answer) -> Self {
        let Answer::Instruments(rules) = told else {
            panic!("{told:?}")
        };
        assert!(rules[0].is_trading() && !rules[1].is_trading());
        let mut names = Names::default();
        for rules in rules {
            let instrument = rules.instrument(venue, &mut names).unwrap();
            names.instruments.push(instrument);
        }
        let mut directory = Directory::new(&names, names.instruments[0].venue);
        for rules in rules {
            directory.set_contract(&rules.symbol, rules.contract);
        }
        Self {
            directory,
            keys: keys(),
        }
    }

    fn cx(&self) -> Cx<'_> {
        cx(&self.directory, &self.keys)
    }

    fn heard(&self, text: &str) -> (Vec<News>, Counts) {
        let (mut out, mut counts) = (Vec::new(), Counts::default());
        let heard = match text.contains(r#""channel":"futures."#) {
            true => futures::hear(text, &self.directory, &mut counts, &mut out),
            false => spot::hear(text, &self.directory, &mut counts, &mut out),
        };
        heard.unwrap();
        (out, counts)
    }
}

fn keys() -> Credentials {
    Credentials::shared("dev-key-0002", b"dev-secret-0002-ghijkl")
}

fn cx<'a>(directory: &'a Directory, keys: &'a Credentials) -> Cx<'a> {
    Cx {
        directory,
        credentials: Some(keys),
        now: Ts::from_nanos(1_710_488_334_999_000_000),
        window: Span::from_millis(5_000),
        position_mode: PositionMode::OneWay,
    }
}

const XYZ: InstrumentId = InstrumentId(0);
const ABC: InstrumentId = InstrumentId(1);
const OURS: OrderId = OrderId { epoch: 1, n: 2 };

fn place(side: Side, qty: i64, limit: Option<i64>, time_in_force: TimeInForce) -> Place {
    Place {
        order: OURS,
        task: TaskId(0),
        instrument: XYZ,
        side,
        qty: Qty::new(qty),
        limit: limit.map(Price::new),
        time_in_force,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

fn order_ref(venue_id: Option<&str>) -> OrderRef {
    OrderRef {
        instrument: XYZ,
        client: ClientId::Ours(OURS),
        venue_id: venue_id.map(str::to_string),
    }
}

fn parsed(frame: &Frame) -> Value {
    match frame {
        Frame::Text(text) => serde_json::from_str(text).unwrap(),
        Frame::Binary(_) => panic!(),
    }
}

#[test]
fn spot_orders_are_written_as_the_venue_wants_them() {
    let stand = Stand::spot();
    use TimeInForce as T;
    for (side, limit, time, body) in [
        (
            Side::Buy,
            Some(6_500_000),
            T::GoodTillCancelled,
            r#""side":"buy","type":"limit","account":"spot","amount":"0.001","price":"65000","time_in_force":"gtc""#,
        ),
        (
            Side::Sell,
            Some(6_500_010),
            T::PostOnly,
            r#""side":"sell","type":"limit","account":"spot","amount":"0.001","price":"65000.1","time_in_force":"poc""#,
        ),
        (
            Side::Sell,
            None,
            T::FillOrKill,
            r#""side":"sell","type":"market","account":"spot","amount":"0.001","time_in_force":"fok""#,
        ),
        (
            Side::Sell,
            None,
            T::GoodTillCancelled,
            r#""side":"sell","type":"market","account":"spot","amount":"0.001","time_in_force":"ioc""#,
        ),
    ] {
        let request = spot::rest(&Ask::Place(place(side, 1, limit, time)), &stand.cx()).unwrap();
        let expected = format!(r#"{{"currency_pair":"XYZ_USDT",{body},"text":"t-ot1-2"}}"#);
        assert_eq!(request.body, expected);
        let names: Vec<_> = request.headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["KEY", "Timestamp", "SIGN", "Content-Type", "x-gate-exptime"]
        );
        assert_eq!(request.headers[1].1, "1710488334");
        assert_eq!(
            request.headers[4].1, "1710488339999",
            "a late order is dropped"
        );
    }
    let buy = Ask::Place(place(Side::Buy, 1, None, T::ImmediateOrCancel));
    assert!(matches!(
        spot::rest(&buy, &stand.cx()),
        Err(AskError::Order(_))
    ));
    assert!(matches!(
        spot::frame(&buy, 1, &stand.cx()),
        Err(AskError::Order(_))
    ));
}

#[test]
fn contracts_are_signed_texts() {
    let stand = Stand::futures();
    use TimeInForce as T;
    for (side, qty, limit, time, body) in [
        (
            Side::Buy,
            10,
            Some(315_033),
            T::GoodTillCancelled,
            r#""size":"10","price":"31503.3","tif":"gtc""#,
        ),
        (
            Side::Sell,
            3,
            None,
            T::GoodTillCancelled,
            r#""size":"-3","price":"0","tif":"ioc""#,
        ),
        (
            Side::Sell,
            3,
            Some(10),
            T::PostOnly,
            r#""size":"-3","price":"1","tif":"poc""#,
        ),
    ] {
        let ask = Ask::Place(place(side, qty, limit, time));
        let request = futures::rest(&ask, &stand.cx()).unwrap();
        let expected = format!(r#"{{"contract":"XYZ_USDT",{body},"text":"t-ot1-2"}}"#);
        assert_eq!(request.body, expected);
        let size_decimal = request
            .headers
            .iter()
            .find(|(name, _)| *name == "X-Gate-Size-Decimal");
        assert_eq!(size_decimal.unwrap().1, "1");
    }
    let mut reduce = place(Side::Sell, 3, None, T::ImmediateOrCancel);
    reduce.reduce_only = true;
    let request = futures::rest(&Ask::Place(reduce), &stand.cx()).unwrap();
    assert!(
        request
            .body
            .contains(r#""tif":"ioc","reduce_only":true,"text""#)
    );
    // A contract of 100 units can be cut into tenths, and not finer.
    let lab = stand.directory.get(InstrumentId(1)).unwrap();
    assert_eq!(lab.instrument.lot, Qty::new(10));
    assert_eq!(lab.units(Qty::new(15)).unwrap().to_string(), "0.15");
}

#[test]
fn changes_tell_only_what_changes() {
    let stand = Stand::futures();
    let mut change = AmendAsk {
        order: order_ref(Some("74046514")),
        side: Side::Sell,
        amend: Amend {
            order: OURS,
            instrument: XYZ,
            qty: Qty::new(5),
            limit: Price::new(315_000),
        },
        qty_now: Qty::new(10),
        same_price: false,
    };
    let request = futures::rest(&Ask::Amend(change.clone()), &stand.cx()).unwrap();
    assert_eq!(request.path, "/api/v4/futures/usdt/orders/74046514");
    assert_eq!(request.body, r#"{"size":"-5","price":"31500"}"#);
    change.same_price = true;
    let frame = futures::frame(&Ask::Amend(change), 7, &stand.cx()).unwrap();
    let payload = &parsed(&frame)["payload"];
    assert_eq!(
        payload["req_param"],
        json!({"order_id": "74046514", "size": "-5"})
    );
    assert_eq!(payload["req_header"]["x-gate-exptime"], "1710488339999");
}

#[test]
fn orders_are_named_by_the_surest_id() {
    let stand = Stand::spot();
    let by_venue = spot::rest(&Ask::Cancel(order_ref(Some("1852"))), &stand.cx()).unwrap();
    assert_eq!(
        by_venue.target(),
        "/api/v4/spot/orders/1852?currency_pair=XYZ_USDT"
    );
    let by_ours = spot::rest(&Ask::Order(order_ref(None)), &stand.cx()).unwrap();
    assert_eq!(by_ours.path, "/api/v4/spot/orders/t-ot1-2");
    let mut unknown = order_ref(None);
    unknown.client = ClientId::Untold;
    let refused = spot::rest(&Ask::Order(unknown), &stand.cx());
    assert!(matches!(refused, Err(AskError::Order(_))));
}

#[test]
fn settings_travel_where_the_venue_reads_them() {
    let stand = Stand::futures();
    let path = |ask: &Ask, mode| {
        let cx = Cx {
            position_mode: mode,
            ..stand.cx()
        };
        let request = futures::rest(ask, &cx).unwrap();
        (request.target(), request.body)
    };
    let (one, two) = (PositionMode::OneWay, PositionMode::Hedge);
    let (instrument, leverage) = (XYZ, 5);
    let root = "/api/v4/futures/usdt/";
    for (ask, mode, target, body) in [
        (
            Ask::SetLeverage {
                instrument,
                leverage,
            },
            one,
            "positions/XYZ_USDT/leverage?leverage=5",
            "",
        ),
        (
            Ask::SetLeverage {
                instrument,
                leverage,
            },
            two,
            "dual_comp/positions/XYZ_USDT/leverage?leverage=5",
            "",
        ),
        (
            Ask::SetCrossLeverage {
                instrument,
                leverage,
            },
            one,
            "positions/XYZ_USDT/leverage?leverage=0&cross_leverage_limit=5",
            "",
        ),
        (
            Ask::SetMarginMode {
                instrument,
                mode: MarginMode::Cross,
            },
            one,
            "positions/cross_mode",
            r#"{"mode":"CROSS","contract":"XYZ_USDT"}"#,
        ),
        (
            Ask::SetPositionMode(two),
            one,
            "dual_mode?dual_mode=true",
            "",
        ),
        (Ask::Positions(None), one, "positions?holding=true", ""),
    ] {
        assert_eq!(
            path(&ask, mode),
            (format!("{root}{target}"), body.to_string())
        );
    }
    for (after, timeout) in [(0, 0), (1, 5), (30_000, 30), (30_001, 31)] {
        let ask = Ask::DeadMan {
            instrument: Some(XYZ),
            after: Span::from_millis(after),
        };
        let body = format!(r#"{{"timeout":{timeout},"contract":"XYZ_USDT"}}"#);
        assert_eq!(path(&ask, one).1, body, "never shorter than asked");
    }
    assert!(matches!(
        spot::rest(&Ask::Positions(None), &stand.cx()),
        Err(AskError::Unsupported { .. })
    ));
}

fn frame_answer(stand: &Stand, text: &str) -> FrameAnswer {
    match stand.heard(text).0.pop() {
        Some(News::Answer(told)) => told,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_placement_is_answered_twice() {
    let stand = Stand::spot();
    let ask = Ask::Place(place(
        Side::Buy,
        1_000,
        Some(100),
        TimeInForce::GoodTillCancelled,
    ));
    let sent = parsed(&spot::frame(&ask, 42, &stand.cx()).unwrap());
    assert_eq!(
        (&sent["channel"], &sent["event"]),
        (&json!("spot.order_place"), &json!("api"))
    );
    assert_eq!(sent["payload"]["req_id"], "42");
    assert_eq!(sent["payload"]["req_param"]["text"], "t-ot1-2");

    let answered = |text: &str| {
        let told = frame_answer(&stand, text);
        assert_eq!(told.id, 42);
        (
            spot::answer(&ask, &told, &stand.cx(), &mut Counts::default()),
            told,
        )
    };
    let (ack, told) = answered(
        r#"{"request_id":"42","ack":true,"header":{"status":"200","channel":"spot.order_place","event":"api","x_gate_ratelimit_requests_remain":9,"x_gate_ratelimit_limit":10,"x_gat_ratelimit_reset_timestamp":1736408263764},"data":{"result":{"req_id":"42","req_param":{}}}}"#,
    );
    assert_eq!(ack, Ok(Answer::Received));
    assert!(told.receipt);
    let budget = spot::frame_budgets(&told)[0];
    assert_eq!(
        (budget.left, budget.limit, budget.used),
        (Some(9), Some(10), Some(1))
    );
    assert_eq!(
        budget.resets_at,
        Some(Ts::from_nanos(1_736_408_263_764_000_000))
    );
    let (result, _) = answered(
        r#"{"request_id":"42","header":{"status":"200","channel":"spot.order_place","event":"api"},"data":{"result":{"id":"1700","text":"t-ot1-2","status":"open","currency_pair":"XYZ_USDT","type":"limit","side":"buy","amount":"1","price":"1","left":"0.4","filled_total":"0.6","finish_as":"open"}}}"#,
    );
    let Ok(Answer::Order(order)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(order.client, ClientId::Ours(OURS));
    assert_eq!(
        (order.state, order.filled),
        (ReportState::PartiallyFilled, Some(Qty::new(600)))
    );
    let (refused, _) = answered(
        r#"{"request_id":"42","ack":false,"header":{"status":"429","channel":"spot.order_place"},"data":{"errs":{"label":"TOO_MANY_REQUESTS","message":"Request Rate limit Exceeded (211)"}}}"#,
    );
    assert_eq!(refused.unwrap_err().class, Class::RateLimited);
    let (unknown, _) = answered(r#"{"request_id":"42","header":{"status":"500"}}"#);
    assert_eq!(unknown.unwrap_err().class, Class::Ambiguous);
    let (empty, _) = answered(r#"{"request_id":"42","header":{"status":"200"},"data":{}}"#);
    assert_eq!(
        empty.unwrap_err().class,
        Class::Ambiguous,
        "a yes without an order is no proof"
    );
}

#[test]
fn headers_tell_the_budget() {
    let stand = Stand::spot();
    let headers = [
        ("x-gate-ratelimit-requests-remain", "0"),
        ("x-gate-ratelimit-limit", "200"),
        ("x-gate-ratelimit-reset-timestamp", "1710488340"),
    ];
    let reply = Reply {
        status: 429,
        headers: &headers,
        body: r#"{"label":"TOO_MANY_REQUESTS","message":"x"}"#,
    };
    let budget = spot::budgets(&reply)[0];
    assert_eq!((budget.left, budget.used), (Some(0), Some(200)));
    let failure = spot::reply(&Ask::Balances, &reply, &stand.cx(), &mut Counts::default());
    let failure = failure.unwrap_err();
    assert_eq!(failure.class, Class::RateLimited);
    assert_eq!(
        failure.until,
        Some(Ts::from_nanos(1_710_488_340_000_000_000))
    );
    assert!(spot::budgets(&Reply::new(200, "")).is_empty());
}

#[test]
fn not_found_means_less_than_it_says() {
    let stand = Stand::spot();
    let body = r#"{"label":"ORDER_NOT_FOUND","message":"Order not found"}"#;
    for (ask, class) in [
        (Ask::Cancel(order_ref(None)), Class::CancelUnknown),
        (Ask::Order(order_ref(None)), Class::QueryUnknown),
    ] {
        let told = spot::reply(
            &ask,
            &Reply::new(404, body),
            &stand.cx(),
            &mut Counts::default(),
        );
        let failure = told.unwrap_err();
        assert_eq!(failure.class, class);
        assert!(
            !class.is_not_done(),
            "an order that has ended is not found by our id either"
        );
    }
    let html = Reply::new(502, "<html>Bad gateway</html>");
    let told = spot::reply(
        &Ask::Cancel(order_ref(None)),
        &html,
        &stand.cx(),
        &mut Counts::default(),
    );
    assert_eq!(told.unwrap_err().class, Class::Ambiguous);
}

#[test]
fn the_venue_closes_what_nobody_ordered() {
    let stand = Stand::futures();
    for (text, origin) in [
        ("liq-123", Origin::Liquidation),
        ("auto_deleveraging", Origin::Deleveraging),
    ] {
        let told = format!(
            r#"{{"channel":"futures.usertrades","event":"update","result":[{{"id":"33","create_time_ms":1628736848321,"contract":"XYZ_USDT","order_id":"48","size":-15,"price":"40000.4","role":"taker","text":"{text}","fee":0.0009290592,"point_fee":0}}]}}"#
        );
        let (news, _) = stand.heard(&told);
        let [News::Order(order)] = news.as_slice() else {
            panic!("{news:?}")
        };
        assert_eq!((order.origin, order.side), (origin, Some(Side::Sell)));
        assert_eq!(order.trades[0].qty, Qty::new(15));
        let fee = order.trades[0].fee.as_ref().unwrap();
        assert_eq!(
            (fee.asset.as_str(), fee.amount),
            ("USDT", Money::parse("0.0009290592").unwrap())
        );
    }
    let told = r#"{"channel":"futures.orders","event":"update","result":[{"contract":"XYZ_USDT","id":4872460,"is_liq":true,"left":3,"price":40000.4,"size":-10,"status":"finished","finish_as":"liquidated","text":"-"}]}"#;
    let (news, counts) = stand.heard(told);
    let [News::Order(order)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(
        (order.origin, order.state),
        (Origin::Liquidation, ReportState::Expired)
    );
    assert_eq!(
        (order.client.clone(), order.filled),
        (ClientId::Untold, Some(Qty::new(7)))
    );
    assert!(counts.is_empty());
}

#[test]
fn accounts_are_told_in_base_units_and_exactly() {
    let stand = Stand::futures();
    let told = r#"{"channel":"futures.balances","event":"update","result":[{"balance":9.998739899488,"change":-2.074115e-06,"text":"XYZ_USDT:3914424","time_ms":1547199246123,"type":"fund","currency":"usdt"}]}"#;
    let (news, _) = stand.heard(told);
    let [News::Funding(paid), News::Balance(balance)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(
        (paid.instrument, paid.amount),
        (Some(XYZ), Money::parse("-0.000002074115").unwrap())
    );
    assert_eq!(balance.free, Money::parse("9.998739899488").unwrap());
    let told = r#"{"channel":"futures.positions","event":"update","result":[{"contract":"XYZ_USDT","cross_leverage_limit":10,"entry_price":40000.36666661111,"leverage":0,"liq_price":0.1,"margin":49.999890611186,"mode":"dual_short","size":"-3","time_ms":1628736848321}]}"#;
    let (news, _) = stand.heard(told);
    let [News::Position(position)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!((position.qty, position.leverage), (Qty::new(-3), Some(10)));
    assert_eq!(position.mode, Some(MarginMode::Cross));
    assert_eq!(position.entry, Money::parse("40000.36666661111"));
    let told = r#"{"channel":"futures.tickers","event":"update","time_ms":1541659086123,"result":[{"contract":"XYZ_USDT","last":"1","mark_price":"118.35","index_price":"","funding_rate":"-0.000114","total_size":"73648"}]}"#;
    let (news, _) = stand.heard(told);
    let bodies: Vec<_> = news
        .iter()
        .map(|news| match news {
            News::Market(it) => it.body.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(matches!(&bodies[0], Body::Mark(mark) if mark.index.is_none()));
    assert!(matches!(&bodies[1], Body::OpenInterest(open) if open.qty == Qty::new(73_648)));
}

#[test]
fn fees_come_in_the_asset_that_the_venue_took() {
    let stand = Stand::spot();
    let told = |side: &str, fees: &str| {
        let text = format!(
            r#"{{"channel":"spot.usertrades_v2","event":"update","result":[{{"id":5736713,"order_id":"30784428","currency_pair":"XYZ_USDT","create_time_ms":"1605176741123.456","side":"{side}","amount":"1.00000000","role":"maker","price":"100.00000000",{fees},"text":"t-ot1-2"}}]}}"#
        );
        match stand.heard(&text).0.pop() {
            Some(News::Trade(trade)) => {
                assert_eq!(trade.client, ClientId::Ours(OURS));
                let fee = trade.fee.unwrap();
                (fee.asset, fee.amount.to_string())
            }
            other => panic!("{other:?}"),
        }
    };
    let expect = |asset: &str, amount: &str| (asset.to_string(), amount.to_string());
    assert_eq!(
        told("buy", r#""fee":"0.002","gt_fee":"0""#),
        expect("XYZ", "0.002")
    );
    assert_eq!(
        told("sell", r#""fee":"0.002","gt_fee":"0""#),
        expect("USDT", "0.002")
    );
    assert_eq!(
        told("sell", r#""fee":"0","gt_fee":"0.03""#),
        expect("GT", "0.03")
    );
    assert_eq!(
        told("sell", r#""fee":"0","point_fee":"0.04""#),
        expect("POINT", "0.04")
    );
    assert_eq!(
        told("buy", r#""fee":"-0.001","fee_currency":"USDT""#),
        expect("USDT", "-0.001")
    );
}

#[test]
fn feeds_share_frames_and_private_ones_are_signed() {
    let stand = Stand::spot();
    let feeds = [
        Feed::Quote(XYZ),
        Feed::Quote(ABC),
        Feed::Depth(XYZ),
        Feed::Account,
    ];
    let frames = spot::subscribe(&feeds, 9, &stand.cx()).unwrap();
    let frames: Vec<_> = frames.iter().map(|(_, frame)| parsed(frame)).collect();
    assert_eq!(frames.len(), 5);
    assert_eq!(frames[0]["payload"], json!(["XYZ_USDT", "ABC_USDT"]));
    assert_eq!(frames[1]["payload"], json!(["XYZ_USDT", "100ms"]));
    assert!(frames[..2].iter().all(|frame| frame.get("auth").is_none()));
    for frame in &frames[2..] {
        let channel = frame["channel"].as_str().unwrap();
        let expected = super::sign_channel(&stand.keys, channel, "subscribe", 1_710_488_334);
        assert_eq!(frame["auth"]["SIGN"], expected);
        assert_eq!(frame["id"], 9);
    }
    let ended = spot::unsubscribe(&feeds[..1], 9, &stand.cx()).unwrap();
    assert_eq!(parsed(&ended[0].1)["event"], "unsubscribe");
    let yes = r#"{"time":1,"id":9,"channel":"spot.book_ticker","event":"subscribe","error":null,"result":{"status":"success"}}"#;
    assert_eq!(stand.heard(yes).0, [News::Subscribed("9".to_string())]);
    let no = r#"{"id":9,"channel":"spot.obu","event":"subscribe","error":{"code":2,"message":"Alert sub"},"result":{"status":"fail"}}"#;
    assert_eq!(
        stand.heard(no).0,
        [News::Refused("9".to_string(), "2 Alert sub".to_string())]
    );
    assert!(spot::subscribe(&[Feed::Mark(XYZ)], 1, &stand.cx()).is_err());
    let mark = futures::subscribe(&[Feed::Mark(XYZ)], 1, &stand.cx()).unwrap();
    assert_eq!(parsed(&mark[0].1)["channel"], "futures.tickers");
    let ping = parsed(&futures::ping(stand.cx().now));
    assert_eq!(ping["channel"], "futures.ping");
    assert_eq!(
        stand
            .heard(r#"{"channel":"futures.pong","event":"","result":null}"#)
            .0,
        [News::Pong]
    );
}

#[test]
fn what_a_market_shows_below_a_lot_is_left_out() {
    let stand = Stand::spot();
    let told = r#"{"channel":"spot.book_ticker","event":"update","result":{"t":1606293275123,"u":48733182,"s":"XYZ_USDT","b":"19177.79","B":"0.0039341504","a":"","A":""}}"#;
    let (news, _) = stand.heard(told);
    let [News::Market(it)] = news.as_slice() else {
        panic!("{news:?}")
    };
    let Body::Quote(quote) = &it.body else {
        panic!()
    };
    assert_eq!(
        (quote.bid.qty, quote.ask.price),
        (Qty::new(3), Price::new(0))
    );
    let (_, counts) = stand.heard(&told.replace("XYZ_USDT", "QQQ_USDT"));
    assert_eq!(counts.of(Unused::OtherSymbol), 1);
    let (_, counts) = stand.heard(r#"{"channel":"spot.tomorrow","event":"update","result":{}}"#);
    assert_eq!(counts.of(Unused::UnknownKind), 1);
}
