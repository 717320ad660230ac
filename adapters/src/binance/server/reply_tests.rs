//! What is written here, the client's side reads as the same numbers.

use onetape_core::command::TimeInForce;
use onetape_core::event::{
    Body, DepthUpdate, FundingRate, Level, Mark, OpenInterest, Quote, Trade,
};
use onetape_core::instrument::{MarginTier, Side};
use onetape_core::names::AssetId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;

use super::super::encode_tests::directory;
use super::tests::{BOTH, BTC, NOW, accounts, client, keys, server};
use super::*;
use crate::ask::{Ask, History, MarginMode, OrderRef, PositionMode, StreamKey};
use crate::binance::{budgets, instruments, spot, usdm};
use crate::budget::Counted;
use crate::client_id::ClientId;
use crate::counts::Counts;
use crate::news::{Answer, MarketNews, News as Heard};
use crate::report::{Origin, PositionSide, ReportState, Settings};
use crate::request::Reply as Told;
use crate::server::call::{Call, Channel, Detail, Stream, Which};
use crate::server::news::News;
use crate::server::reply::{AccountState, Reply};
use crate::server::state::*;

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// What the client reads of an answer, over HTTP and in a frame, which must be the same.
fn read(market: Market, ask: &Ask, call: &Call, way: &Way, reply: Reply) -> Answer {
    let (directory, keys, accounts) = (directory(market), keys(), accounts());
    let (client, cx) = (
        client(&directory, &keys, PositionMode::OneWay),
        server(&directory, &accounts),
    );
    let asked = Asked {
        account: None,
        call: call.clone(),
        way: way.clone(),
    };
    let replied = Replied::of(Ok(reply));
    let out = super::reply(market, &asked, &replied, &cx);
    let mut counts = Counts::default();
    let told = Told::new(out.status, out.text());
    let found = match market {
        Market::Spot => spot::reply(ask, &told, &client, &mut counts),
        _ => usdm::reply(ask, &told, &client, &mut counts),
    };
    let framed = Asked {
        way: Way {
            id: Some("8".to_string()),
            ..asked.way
        },
        ..asked
    };
    let text = answer(market, &framed, &replied, &cx);
    let mut heard = Vec::new();
    let (other, done) = match market {
        Market::Spot => (
            spot::answer as fn(_, _, _, _) -> _,
            spot::hear(&text, &directory, &mut counts, &mut heard),
        ),
        _ => (
            usdm::answer as fn(_, _, _, _) -> _,
            usdm::hear(&text, &directory, &mut counts, &mut heard),
        ),
    };
    done.unwrap();
    let [Heard::Answer(told)] = heard.as_slice() else {
        panic!("{text} is heard as {heard:?}")
    };
    assert_eq!((told.id, told.status), (8, 200));
    let other: crate::news::Answered = other(ask, told, &client, &mut counts);
    let found = found.unwrap_or_else(|why| panic!("{}: {why:?}", out.text()));
    assert_eq!(other.unwrap(), found);
    found
}

fn way(route: &'static str, one: bool) -> Way {
    Way {
        route,
        one,
        ..Way::default()
    }
}

fn order(filled: i64, qty: i64, limit: Option<i64>, buy: bool, status: OrderStatus) -> OrderState {
    OrderState {
        id: 77,
        client: "ot3-14".to_string(),
        instrument: BTC,
        side: if buy { Side::Buy } else { Side::Sell },
        limit: limit.map(Price::new),
        time_in_force: TimeInForce::GoodTillCancelled,
        qty: Qty::new(qty),
        quote_size: None,
        filled: Qty::new(filled),
        filled_quote: money("12.34"),
        status,
        reduce_only: false,
        position: PositionSide::Net,
        until: None,
        trigger: None,
        self_trade: crate::server::call::SelfTrade::Unsaid,
        fees: Vec::new(),
        created: NOW,
        updated: NOW,
    }
}

fn fill(qty: i64) -> FillState {
    FillState {
        id: 901,
        order: 77,
        client: "ot3-14".to_string(),
        instrument: BTC,
        side: Side::Buy,
        price: Price::new(6_000_001),
        qty: Qty::new(qty),
        fee: money("0.00012"),
        fee_asset: AssetId(2),
        maker: false,
        realised: money("-1.5"),
        position: PositionSide::Net,
        at: NOW,
    }
}

fn order_ref() -> OrderRef {
    OrderRef {
        instrument: BTC,
        client: ClientId::Untold,
        venue_id: Some("77".to_string()),
    }
}

const STATES: [(OrderStatus, ReportState); 7] = [
    (OrderStatus::New, ReportState::Open),
    (OrderStatus::Partial, ReportState::PartiallyFilled),
    (OrderStatus::Filled, ReportState::Filled),
    (OrderStatus::Cancelled, ReportState::Cancelled),
    (OrderStatus::Expired, ReportState::Expired),
    (OrderStatus::SelfTrade, ReportState::Expired),
    (OrderStatus::Rejected, ReportState::Rejected(None)),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn orders_come_back(
        qty in 1_i64..1_000_000_000, part in 0_i64..100, limit in proptest::option::of(1_i64..1_000_000_000),
        buy in any::<bool>(), state in 0_usize..7, futures in any::<bool>(),
    ) {
        let market = if futures { Market::Usdm } else { Market::Spot };
        let (status, state) = STATES[state];
        let it = order(qty * part / 100, qty, limit, buy, status);
        let which = Which::default();
        let ask = Ask::Order(order_ref());
        for (ask, call) in [
            (ask, Call::Order(which.clone())),
            (Ask::Cancel(order_ref()), Call::Cancel(which.clone())),
        ] {
            let Answer::Order(found) = read(market, &ask, &call, &way("", true), Reply::Order(Box::new(it.clone()), vec![]))
            else { panic!("an order") };
            prop_assert_eq!(&found.client, &ClientId::read(&it.client, ""));
            prop_assert_eq!(&found.venue_id, "77");
            prop_assert_eq!((found.state, found.side), (state, Some(it.side)));
            prop_assert_eq!((found.qty, found.filled), (Some(it.qty), Some(it.filled)));
            prop_assert_eq!((found.limit, found.at), (it.limit, NOW));
            let told = !futures || matches!(call, Call::Order(_));
            prop_assert_eq!(found.filled_quote, told.then_some(it.filled_quote));
        }
        let list = Reply::Orders(vec![it.clone(), it.clone()]);
        let Answer::Orders(found) = read(market, &Ask::OpenOrders(None), &Call::OpenOrders(None), &way("", false), list)
        else { panic!("orders") };
        prop_assert!(found.len() == 2 && found.iter().all(|found| found.qty == Some(it.qty)));
    }

    #[test]
    fn trades_come_back(qty in 1_i64..1_000_000_000, futures in any::<bool>(), buy in any::<bool>(), maker in any::<bool>()) {
        let market = if futures { Market::Usdm } else { Market::Spot };
        let side = if buy { Side::Buy } else { Side::Sell };
        let it = FillState { side, maker, ..fill(qty) };
        let past = History { instrument: BTC, from_id: None, since: None, limit: 5 };
        let call = Call::Trades(crate::server::call::Past::default());
        let Answer::Trades(found) = read(market, &Ask::Trades(past), &call, &way("", false), Reply::Trades(vec![it.clone()]))
        else { panic!("trades") };
        let found = &found[0];
        prop_assert_eq!((found.trade_id, &*found.venue_id, found.side), (901, "77", Some(side)));
        prop_assert_eq!((found.price, found.qty, found.maker, found.at), (it.price, it.qty, Some(maker), NOW));
        let fee = found.fee.clone().unwrap();
        prop_assert_eq!((&*fee.asset, fee.amount), ("BNB", it.fee));
    }
}

#[test]
fn a_new_order_tells_as_much_as_was_wanted() {
    let it = order(10, 10, Some(6_000_100), true, OrderStatus::Filled);
    let placed = || Reply::Order(Box::new(it.clone()), vec![fill(4), fill(6)]);
    let call = Call::Cancel(Which::default());
    let call = match call {
        // Any call that is no cancel, change or query is written as a new order.
        Call::Cancel(which) => Call::CancelMany(vec![which]),
        other => other,
    };
    let ask = Ask::Cancel(order_ref());
    for (market, detail, state, trades) in [
        (Market::Spot, Detail::Ack, ReportState::Acknowledged, 0),
        (Market::Spot, Detail::Result, ReportState::Filled, 0),
        (Market::Spot, Detail::Full, ReportState::Filled, 2),
        (Market::Usdm, Detail::Ack, ReportState::Open, 0),
        (Market::Usdm, Detail::Result, ReportState::Filled, 0),
    ] {
        let way = Way {
            detail,
            ..way("", true)
        };
        let Answer::Order(found) = read(market, &ask, &call, &way, placed()) else {
            panic!("an order")
        };
        assert_eq!(
            (found.state, found.trades.len()),
            (state, trades),
            "{market:?} {detail:?}"
        );
        assert!(
            found
                .trades
                .iter()
                .all(|it| it.price == Price::new(6_000_001))
        );
    }
}

fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

fn book(snapshot: bool, prev: Option<u64>) -> BookState {
    let update = DepthUpdate {
        instrument: BTC,
        snapshot,
        first: if snapshot { 12 } else { 7 },
        last: 12,
        prev,
        bids: vec![level(6_000_000, 5), level(5_999_999, 0)],
        asks: vec![level(6_000_001, 1_234)],
    };
    BookState { update, at: NOW }
}

fn top() -> TopState {
    let quote = Quote {
        instrument: BTC,
        bid: level(6_000_000, 5),
        ask: level(6_000_001, 1_234),
    };
    TopState {
        quote,
        update: 12,
        at: NOW,
    }
}

fn mark() -> MarkState {
    MarkState {
        instrument: BTC,
        mark: money("60000.12345678"),
        index: money("59999.5"),
        rate: money("-0.00010001"),
        settles_at: Ts::from_nanos(1_700_006_400_000_000_000),
        every: Span::from_millis(28_800_000),
        at: NOW,
    }
}

#[test]
fn market_answers_come_back() {
    for market in BOTH {
        let depth = Ask::Depth {
            instrument: BTC,
            levels: 100,
        };
        let call = Call::Depth {
            instrument: BTC,
            levels: 100,
        };
        let found = read(
            market,
            &depth,
            &call,
            &way("", false),
            Reply::Depth(book(true, None)),
        );
        assert_eq!(found, Answer::Depth(Box::new(book(true, None).update)));
        let quotes = Call::Quotes(vec![BTC]);
        for one in [true, false] {
            let found = read(
                market,
                &Ask::Quote(BTC),
                &quotes,
                &way("", one),
                Reply::Quotes(vec![top()]),
            );
            let Answer::Market(found) = found else {
                panic!("market data")
            };
            assert_eq!(found[0].body, Body::Quote(top().quote));
        }
        let found = read(
            market,
            &Ask::Time,
            &Call::Time,
            &way("", false),
            Reply::Time(NOW),
        );
        assert_eq!(found, Answer::Time(NOW));
    }
    let found = read(
        Market::Usdm,
        &Ask::Mark(BTC),
        &Call::Marks(vec![BTC]),
        &way("", true),
        Reply::Marks(vec![mark()]),
    );
    let Answer::Market(found) = found else {
        panic!("market data")
    };
    let bodies: Vec<_> = found.into_iter().map(|it| it.body).collect();
    assert_eq!(bodies, marked());
    let open = Reply::OpenInterest(BTC, money("12.345"), NOW);
    let found = read(
        Market::Usdm,
        &Ask::OpenInterest(BTC),
        &Call::OpenInterest(BTC),
        &way("", true),
        open,
    );
    let Answer::Market(found) = found else {
        panic!("market data")
    };
    assert_eq!(
        found[0].body,
        Body::OpenInterest(OpenInterest {
            instrument: BTC,
            qty: Qty::new(12_345)
        })
    );
}

fn marked() -> [Body; 2] {
    let it = mark();
    [
        Body::Mark(Mark {
            instrument: BTC,
            mark: it.mark,
            index: Some(it.index),
        }),
        Body::Funding(FundingRate {
            instrument: BTC,
            rate: it.rate,
            settles_at: it.settles_at,
        }),
    ]
}

#[test]
fn rules_come_back() {
    let info = r#"{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT",
        "orderTypes":["LIMIT","MARKET"],"filters":[
        {"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"},
        {"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9000","stepSize":"0.001"},
        {"filterType":"MARKET_LOT_SIZE","minQty":"0.002","maxQty":"100","stepSize":"0.002"},NOTIONAL]}]}"#;
    let spot = r#"{"filterType":"NOTIONAL","minNotional":"5","applyMinToMarket":true,"maxNotional":"9000000",
        "applyMaxToMarket":false},{"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"5","bidMultiplierDown":"0.2",
        "askMultiplierUp":"4","askMultiplierDown":"0.3"},{"filterType":"MAX_NUM_ORDERS","maxNumOrders":200},
        {"filterType":"MAX_POSITION","maxPosition":"10"}"#;
    let usdm = r#"{"filterType":"MIN_NOTIONAL","notional":"100"},{"filterType":"PERCENT_PRICE","multiplierUp":"1.05",
        "multiplierDown":"0.95"},{"filterType":"MAX_NUM_ORDERS","limit":200}"#;
    for (market, more) in [(Market::Spot, spot), (Market::Usdm, usdm)] {
        let text = info.replace("NOTIONAL]", &format!("{more}]"));
        let mut rules = instruments(market, &text, &mut Counts::default()).unwrap();
        let all = Reply::Instruments(rules.clone());
        let found = read(
            market,
            &Ask::Instruments,
            &Call::Instruments(Vec::new()),
            &way("", false),
            all,
        );
        if market == Market::Usdm {
            let words = ["GTC", "IOC", "FOK", "GTX", "GTD"].map(str::to_string);
            rules[0].limits.times_in_force = words.to_vec();
        }
        assert_eq!(found, Answer::Instruments(rules));
    }
}

fn margin() -> MarginState {
    MarginState {
        asset: AssetId(1),
        wallet: money("1000.5"),
        cross_wallet: money("900"),
        available: money("700.25"),
        unrealised: money("-3.5"),
        position_initial: money("100"),
        order_initial: money("50"),
        maintenance: money("12"),
        at: NOW,
    }
}

fn position() -> PositionState {
    PositionState {
        instrument: BTC,
        side: PositionSide::Short,
        qty: Qty::new(-1_500),
        entry: money("60000.5"),
        mark: money("60001"),
        liquidation: money("72000"),
        unrealised: money("-0.75"),
        realised: money("2"),
        initial: money("100"),
        isolated: money("95"),
        maintenance: money("12"),
        leverage: 20,
        max_leverage: 125,
        mode: MarginMode::Isolated,
        at: NOW,
    }
}

#[test]
fn accounts_come_back() {
    let balance = BalanceState {
        asset: AssetId(0),
        free: money("1.5"),
        locked: money("0.25"),
        at: NOW,
    };
    let empty = BalanceState {
        asset: AssetId(1),
        free: Money::ZERO,
        locked: Money::ZERO,
        at: NOW,
    };
    let account = AccountState {
        balances: vec![balance, empty],
        at: NOW,
        ..AccountState::default()
    };
    for (omit, count) in [(false, 2), (true, 1)] {
        let reply = Reply::Account(Box::new(account.clone()));
        let found = read(
            Market::Spot,
            &Ask::Balances,
            &Call::Account,
            &way("", omit),
            reply,
        );
        let Answer::Balances(found, _) = found else {
            panic!("balances")
        };
        assert_eq!(found.len(), count);
        assert_eq!(
            (found[0].free, found[0].locked, found[0].at),
            (balance.free, balance.locked, NOW)
        );
    }
    let account = AccountState {
        margins: vec![margin()],
        positions: vec![position()],
        ..AccountState::default()
    };
    for (route, call) in [
        ("/fapi/v2/account", Call::Account),
        ("/fapi/v3/account", Call::Account),
        ("/fapi/v3/balance", Call::Balances),
    ] {
        let reply = Reply::Account(Box::new(account.clone()));
        let found = read(
            Market::Usdm,
            &Ask::Balances,
            &call,
            &way(route, false),
            reply,
        );
        let Answer::Balances(_, found) = found else {
            panic!("balances")
        };
        assert_eq!(
            (found[0].wallet, found[0].available),
            (money("1000.5"), Some(money("700.25")))
        );
        if call == Call::Account {
            assert_eq!(
                (found[0].initial, found[0].maintenance),
                (Some(money("150")), Some(money("12")))
            );
        }
    }
    let reply = Reply::Positions(vec![position()]);
    let found = read(
        Market::Usdm,
        &Ask::Positions(None),
        &Call::Positions(None),
        &way("", false),
        reply,
    );
    let Answer::Positions(found) = found else {
        panic!("positions")
    };
    let it = position();
    assert_eq!(
        (found[0].side, found[0].qty, found[0].mode),
        (it.side, it.qty, Some(it.mode))
    );
    assert_eq!(
        (found[0].entry, found[0].mark),
        (Some(it.entry), Some(it.mark))
    );
    assert_eq!(
        (found[0].liquidation, found[0].leverage),
        (Some(it.liquidation), Some(20))
    );
    assert_eq!(
        (found[0].margin, found[0].unrealised),
        (Some(it.isolated), Some(it.unrealised))
    );
}

#[test]
fn settings_tiers_fees_and_funding_come_back() {
    let settings = Settings {
        instrument: Some(BTC),
        leverage: Some(20),
        margin_mode: Some(MarginMode::Isolated),
        ..Settings::default()
    };
    let call = Call::Settings(Some(BTC));
    let found = read(
        Market::Usdm,
        &Ask::Settings(BTC),
        &call,
        &way("", false),
        Reply::Settings(vec![settings]),
    );
    assert_eq!(found, Answer::Settings(settings));
    let mode = Settings {
        position_mode: Some(PositionMode::Hedge),
        ..Settings::default()
    };
    let found = read(
        Market::Usdm,
        &Ask::PositionMode,
        &Call::PositionMode,
        &way("", false),
        Reply::Settings(vec![mode]),
    );
    assert_eq!(found, Answer::Settings(mode));
    let tier = |up_to: &str, maintenance: &str, max_leverage| MarginTier {
        up_to: money(up_to),
        maintenance: money(maintenance),
        max_leverage,
    };
    let tiers = vec![
        tier("50000", "0.0040000000000000001", 125),
        tier("900000", "0.005", 100),
    ];
    for one in [true, false] {
        let reply = Reply::Tiers(vec![(BTC, tiers.clone())]);
        let found = read(
            Market::Usdm,
            &Ask::Tiers(BTC),
            &Call::Tiers(Some(BTC)),
            &way("", one),
            reply,
        );
        assert_eq!(found, Answer::Tiers(BTC, tiers.clone()));
    }
    for market in BOTH {
        let fees = FeeState {
            instrument: BTC,
            maker: money("0.0002"),
            taker: money("0.00045"),
        };
        let found = read(
            market,
            &Ask::Fees(BTC),
            &Call::Fees(Some(BTC)),
            &way("", true),
            Reply::Fees(vec![fees]),
        );
        let Answer::Fees(found) = found else {
            panic!("fees")
        };
        assert_eq!(
            (found.instrument, found.maker, found.taker),
            (Some(BTC), fees.maker, fees.taker)
        );
    }
    let funding = FundingState {
        instrument: BTC,
        asset: AssetId(1),
        amount: money("-0.5"),
        rate: Money::ZERO,
        id: 6,
        at: NOW,
    };
    let past = History {
        instrument: BTC,
        from_id: None,
        since: None,
        limit: 5,
    };
    let call = Call::FundingPaid(crate::server::call::Past::default());
    let found = read(
        Market::Usdm,
        &Ask::FundingPaid(past),
        &call,
        &way("", false),
        Reply::Funding(vec![funding]),
    );
    let Answer::Funding(found) = found else {
        panic!("funding")
    };
    assert_eq!(
        (found[0].instrument, found[0].asset, found[0].amount),
        (Some(BTC), AssetId(1), money("-0.5"))
    );
    assert_eq!((found[0].id, found[0].at), (6, NOW));
    let call = Call::StreamKey(StreamKey::Open);
    let key = Reply::StreamKey("abc".to_string());
    let found = read(
        Market::Usdm,
        &Ask::StreamKey(StreamKey::Open),
        &call,
        &way("", false),
        key,
    );
    assert_eq!(found, Answer::StreamKey("abc".to_string()));
}

#[test]
fn limits_are_told() {
    let (directory, accounts) = (directory(Market::Spot), accounts());
    let cx = server(&directory, &accounts);
    let limit = |counted, seconds: i64, used| LimitState {
        counted,
        over: Span::from_millis(seconds * 1_000),
        limit: 100,
        used,
        resets_at: NOW,
    };
    let limits = vec![
        limit(Counted::Weight, 60, 17),
        limit(Counted::Orders, 10, 3),
        limit(Counted::Orders, 86_400, 4),
    ];
    let asked = Asked {
        account: None,
        call: Call::Ping,
        way: way("", false),
    };
    let replied = Replied {
        result: Ok(Reply::Done),
        limits,
    };
    let out = reply(Market::Spot, &asked, &replied, &cx);
    let headers: Vec<_> = out
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let found = budgets(&Told {
        status: 200,
        headers: &headers,
        body: out.text(),
    });
    let found: Vec<_> = found
        .iter()
        .map(|it| {
            (
                it.counted,
                it.over.unwrap().nanos() / 1_000_000_000,
                it.used,
            )
        })
        .collect();
    let expected = [
        (Counted::Weight, 60, Some(17)),
        (Counted::Orders, 10, Some(3)),
        (Counted::Orders, 86_400, Some(4)),
    ];
    assert_eq!(found, expected);
    let framed = answer(Market::Spot, &asked, &replied, &cx);
    let found = crate::binance::budgets_of_text(&framed);
    let found: Vec<_> = found
        .iter()
        .map(|it| {
            (
                it.counted,
                it.over.unwrap().nanos() / 1_000_000_000,
                it.used,
            )
        })
        .collect();
    assert_eq!(found, expected);
}

/// What the client hears of a piece of news, with each of what may stand around it.
fn heard(market: Market, channel: Channel, news: &News) -> Vec<Heard> {
    let (directory, accounts) = (directory(market), accounts());
    let cx = server(&directory, &accounts);
    let instrument = (channel != Channel::Account).then_some(BTC);
    let stream = Stream {
        channel,
        instrument,
        name: "btcusdt@x".to_string(),
    };
    let mut all = Vec::new();
    for seat in [
        Seat::default(),
        Seat {
            wrapped: true,
            key: "abc",
            ..Seat::default()
        },
        Seat {
            subscription: (market == Market::Spot).then_some(3),
            ..Seat::default()
        },
    ] {
        let text = tell(market, &stream, news, seat, &cx).unwrap();
        let mut out = Vec::new();
        let done = match market {
            Market::Spot => spot::hear(&text, &directory, &mut Counts::default(), &mut out),
            _ => usdm::hear(&text, &directory, &mut Counts::default(), &mut out),
        };
        done.unwrap_or_else(|why| panic!("{text}: {why}"));
        all.push(out);
    }
    assert!(all.iter().all(|it| *it == all[0]), "{all:?}");
    all.remove(0)
}

fn bodies(all: Vec<Heard>) -> Vec<Body> {
    let body = |it| match it {
        Heard::Market(MarketNews { body, .. }) => body,
        other => panic!("{other:?} is not of the market"),
    };
    all.into_iter().map(body).collect()
}

#[test]
fn streams_of_the_market_are_heard() {
    for market in BOTH {
        assert_eq!(
            bodies(heard(market, Channel::Quote, &News::Top(top()))),
            [Body::Quote(top().quote)]
        );
        // Futures tell the number before, spot does not.
        let prev = (market == Market::Usdm).then_some(4);
        let it = book(false, Some(4));
        let expected = DepthUpdate {
            prev,
            ..it.update.clone()
        };
        let found = bodies(heard(
            market,
            Channel::Depth(Span::from_millis(100)),
            &News::Depth(it),
        ));
        assert_eq!(found, [Body::Depth(Box::new(expected))]);
        for aggressor in [Side::Buy, Side::Sell] {
            let (price, qty) = (Price::new(6_000_001), Qty::new(12));
            let it = Print {
                id: 9,
                first: 8,
                last: 9,
                instrument: BTC,
                price,
                qty,
                aggressor,
                at: NOW,
            };
            let (channel, news) = match market {
                Market::Spot => (Channel::Prints, News::Print(it)),
                _ => (Channel::Aggregates, News::Aggregate(it)),
            };
            let expected = Body::Trade(Trade {
                instrument: BTC,
                price,
                qty,
                aggressor,
            });
            assert_eq!(bodies(heard(market, channel, &news)), [expected]);
        }
        assert_eq!(
            heard(market, Channel::Quote, &News::Shutdown),
            [Heard::Reconnect]
        );
    }
    let found = bodies(heard(
        Market::Usdm,
        Channel::Mark(Span::from_millis(1_000)),
        &News::Mark(mark()),
    ));
    assert_eq!(found, marked());
}

#[test]
fn orders_of_the_account_are_heard() {
    let (open, ended) = (OrderStatus::New, OrderStatus::Cancelled);
    for market in BOTH {
        for (what, status, state, trades) in [
            (Happened::Came, open, ReportState::Open, 0),
            (
                Happened::Traded(fill(4)),
                OrderStatus::Partial,
                ReportState::PartiallyFilled,
                1,
            ),
            (
                Happened::Traded(fill(10)),
                OrderStatus::Filled,
                ReportState::Filled,
                1,
            ),
            (Happened::Cancelled(None), ended, ReportState::Cancelled, 0),
            (
                Happened::Cancelled(Some("x".to_string())),
                ended,
                ReportState::Cancelled,
                0,
            ),
            (
                Happened::Expired,
                OrderStatus::Expired,
                ReportState::Expired,
                0,
            ),
            (Happened::Amended, open, ReportState::Amended, 0),
        ] {
            let change = OrderChange {
                order: order(4, 10, Some(6_000_100), true, status),
                what,
                origin: Origin::Account,
                number: 5,
            };
            let found = heard(market, Channel::Account, &News::Order(Box::new(change)));
            let [Heard::Order(found)] = found.as_slice() else {
                panic!("{found:?}")
            };
            assert_eq!(
                (found.state, found.trades.len()),
                (state, trades),
                "{market:?}"
            );
            assert_eq!(found.client, ClientId::read("ot3-14", ""));
            assert_eq!(
                (found.qty, found.filled),
                (Some(Qty::new(10)), Some(Qty::new(4)))
            );
            assert_eq!(
                (&*found.venue_id, found.limit),
                ("77", Some(Price::new(6_000_100)))
            );
            for trade in &found.trades {
                assert_eq!((trade.trade_id, trade.price), (901, Price::new(6_000_001)));
                let fee = trade.fee.clone().unwrap();
                assert_eq!((&*fee.asset, fee.amount), ("BNB", money("0.00012")));
            }
        }
    }
}

#[test]
fn balances_positions_and_funding_of_the_account_are_heard() {
    let balance = BalanceState {
        asset: AssetId(0),
        free: money("1.5"),
        locked: money("0.25"),
        at: NOW,
    };
    let found = heard(
        Market::Spot,
        Channel::Account,
        &News::Balances(vec![balance]),
    );
    let [Heard::Balance(found)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (found.asset, found.free, found.locked, found.at),
        (balance.asset, balance.free, balance.locked, NOW)
    );

    let found = heard(
        Market::Usdm,
        Channel::Account,
        &News::Margin(vec![margin()], vec![position()]),
    );
    let [Heard::Balance(balance), Heard::Position(held)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((balance.asset, balance.free), (AssetId(1), money("1000.5")));
    let it = position();
    assert_eq!(
        (held.side, held.qty, held.entry),
        (it.side, it.qty, Some(it.entry))
    );

    let funding = FundingState {
        instrument: BTC,
        asset: AssetId(1),
        amount: money("-0.5"),
        rate: Money::ZERO,
        id: 6,
        at: NOW,
    };
    let found = heard(
        Market::Usdm,
        Channel::Account,
        &News::Funding(funding, vec![margin()]),
    );
    let [Heard::Funding(paid), Heard::Balance(_)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((paid.asset, paid.amount), (AssetId(1), money("-0.5")));

    let settings = Settings {
        instrument: Some(BTC),
        leverage: Some(7),
        ..Settings::default()
    };
    let found = heard(Market::Usdm, Channel::Account, &News::Settings(settings));
    assert_eq!(found, [Heard::Settings(settings)]);
    for market in BOTH {
        assert_eq!(
            heard(market, Channel::Account, &News::AccountEnded),
            [Heard::StreamEnded]
        );
    }
}
