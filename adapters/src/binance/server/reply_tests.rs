//! What is written here, the client's side reads as the same numbers.

use onetape_core::command::TimeInForce;
use onetape_core::event::{Body, DepthUpdate, FundingRate, Level, Mark, Quote};
use onetape_core::instrument::{MarginTier, Side};
use onetape_core::names::AssetId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;

use super::super::encode_tests::directory;
use super::tests::{BOTH, BTC, NOW, accounts, client, keys, server};
use super::*;
use crate::ask::{Ask, History, MarginMode, OrderRef, PositionMode, StreamKey};
use crate::binance::{spot, usdm};
use crate::client_id::ClientId;
use crate::counts::Counts;
use crate::news::{Answer, News as Heard};
use crate::report::{PositionSide, ReportState, Settings};
use crate::request::Reply as Told;
use crate::server::call::{Call, Detail, Which};
use crate::server::reply::{AccountState, Reply};
use crate::server::state::*;

pub(super) fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// What the client reads of an answer, over HTTP and in a frame, which must be the same.
pub(super) fn read(market: Market, ask: &Ask, call: &Call, way: &Way, reply: Reply) -> Answer {
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

pub(super) fn way(route: &'static str, one: bool) -> Way {
    Way {
        route,
        one,
        ..Way::default()
    }
}

pub(super) fn order(
    filled: i64,
    qty: i64,
    limit: Option<i64>,
    buy: bool,
    status: OrderStatus,
) -> OrderState {
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

pub(super) fn fill(qty: i64) -> FillState {
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
            prop_assert_eq!(&found.client, &ClientId::read(&it.client, "", None));
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

pub(super) fn book(snapshot: bool, prev: Option<u64>) -> BookState {
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

pub(super) fn top() -> TopState {
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

pub(super) fn mark() -> MarkState {
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

pub(super) fn marked() -> [Body; 2] {
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

pub(super) fn margin() -> MarginState {
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

pub(super) fn position() -> PositionState {
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
