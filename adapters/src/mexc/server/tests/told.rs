//! Answers and streams: what the client side reads in them.

use super::*;

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

/// Some clients ask for prints this way alone.
#[test]
fn aggregated_prints_have_no_numbers() {
    let world = Stand::new();
    let inbound = Inbound {
        method: crate::request::Method::Get,
        path: "/api/v3/aggTrades",
        query: "symbol=XYZUSDT&limit=5",
        headers: &[],
        body: b"",
    };
    let asked = request(&inbound, &world.server()).unwrap();
    assert!(matches!(&asked.call, Call::Prints(past) if past.limit == 5));
    let print = Print {
        id: 7,
        first: 7,
        last: 7,
        instrument: XYZ,
        price: Price::new(1_000),
        qty: Qty::new(3),
        aggressor: Side::Sell,
        at: Ts::from_nanos(1_700_000_000_000_000_000),
    };
    let replied = Replied::of(Ok(Reply::Prints(vec![print])));
    let made = reply(&asked.way, &replied, &world.server());
    let read: serde_json::Value = serde_json::from_str(made.text()).unwrap();
    let only = &read[0];
    assert!(only["a"].is_null() && only["m"] == true, "{only}");
    assert_eq!(only["T"], 1_700_000_000_000_i64);
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
