//! Answers and streams: what the client side reads in them.

use super::*;

#[test]
fn orders_are_answered_as_they_stand_by_either_way() {
    for market in BOTH {
        let stand = Stand::new(market);
        for (status, filled, expected) in [
            (OrderStatus::New, 0, ReportState::Open),
            (OrderStatus::Partial, 20, ReportState::PartiallyFilled),
            (OrderStatus::Filled, 50, ReportState::Filled),
            (OrderStatus::Cancelled, 20, ReportState::Cancelled),
            (OrderStatus::SelfTrade, 0, ReportState::Expired),
        ] {
            let told = || Reply::Order(Box::new(state(status, filled)), Vec::new());
            let placed = Ask::Place(place(
                Side::Sell,
                Some(1_150),
                TimeInForce::GoodTillCancelled,
            ));
            for ask in [Ask::Order(by(None)), Ask::Cancel(by(None)), placed] {
                let Ok(Answer::Order(order)) = stand.answered(&ask, Ok(told())) else {
                    panic!()
                };
                assert_eq!(order.state, expected);
                assert_eq!(
                    (order.venue_id.as_str(), order.side),
                    ("77", Some(Side::Sell))
                );
                assert_eq!(order.client, ClientId::Ours(OrderId { epoch: 1, n: 2 }));
                assert_eq!(
                    (order.qty, order.filled),
                    (Some(Qty::new(50)), Some(Qty::new(filled)))
                );
                assert_eq!((order.limit, order.at), (Some(Price::new(1_150)), NOW));
            }
            for ask in [
                Ask::Orders(history()),
                Ask::OpenOrders(None),
                Ask::CancelAll(XYZ),
            ] {
                let told = Reply::Orders(vec![state(status, filled)]);
                let Ok(Answer::Orders(all)) = stand.answered(&ask, Ok(told)) else {
                    panic!()
                };
                assert_eq!((all.len(), all[0].state), (1, expected));
            }
        }
    }
}

#[test]
fn a_new_order_by_frame_is_answered_twice() {
    for market in BOTH {
        let stand = Stand::new(market);
        let line = stand.line(None);
        let logon = match market {
            Market::Spot => spot::logon(8, &stand.client()),
            _ => futures::logon(8, &stand.client()),
        };
        let asked = stand.by_frame(&logon.unwrap(), &line).unwrap();
        assert_eq!(
            (asked.account, &asked.call),
            (Some(AccountId(4)), &Call::Logon)
        );
        let heard = |frame: &Frame| -> FrameAnswer {
            let mut out = Vec::new();
            stand.hear(frame, &mut out);
            match out.pop() {
                Some(Heard::Answer(answer)) => answer,
                other => panic!("{other:?}"),
            }
        };
        let server = stand.server(NOW);
        let done = Replied::of(Ok(Reply::Done));
        let frames = answer(market, &asked.way, &done, &server);
        assert_eq!(spot::logged_on(&heard(&frames[0])), Ok(()));
        let ask = Ask::Place(place(
            Side::Sell,
            Some(1_150),
            TimeInForce::GoodTillCancelled,
        ));
        let made = match market {
            Market::Spot => spot::frame(&ask, 9, &stand.client()),
            _ => futures::frame(&ask, 9, &stand.client()),
        };
        let asked = stand
            .by_frame(&made.unwrap(), &stand.line(Some(AccountId(4))))
            .unwrap();
        let read = |answer: &FrameAnswer| {
            assert_eq!(answer.id, 9);
            let mut counts = Counts::default();
            match market {
                Market::Spot => spot::answer(&ask, answer, &stand.client(), &mut counts),
                _ => futures::answer(&ask, answer, &stand.client(), &mut counts),
            }
        };
        let told = Reply::Order(Box::new(state(OrderStatus::New, 0)), Vec::new());
        let told = Replied::of(Ok(told));
        let first = heard(&ack(&asked.way, &told, &server).unwrap());
        assert_eq!((first.receipt, read(&first)), (true, Ok(Answer::Received)));
        let second = heard(&answer(market, &asked.way, &told, &server)[0]);
        let Ok(Answer::Order(order)) = read(&second) else {
            panic!()
        };
        assert_eq!(
            (order.state, order.venue_id.as_str()),
            (ReportState::Open, "77")
        );
        let refused = Replied::of(Err(Wrong::Balance));
        let failed = read(&heard(&answer(market, &asked.way, &refused, &server)[0])).unwrap_err();
        assert_eq!((failed.class, failed.listed), (Class::Reject, true));
    }
}

#[test]
fn accounts_and_markets_are_answered() {
    for market in BOTH {
        let stand = Stand::new(market);
        let told = Reply::Instruments(vec![rules(market)]);
        let Ok(Answer::Instruments(found)) = stand.answered(&Ask::Instruments, Ok(told)) else {
            panic!()
        };
        let (found, sent) = (&found[0], rules(market));
        assert_eq!(
            (found.tick, found.lot, found.contract),
            (sent.tick, sent.lot, sent.contract)
        );
        assert_eq!(
            (found.min_qty, found.min_notional, &found.status),
            (sent.min_qty, sent.min_notional, &sent.status)
        );
        let told = Reply::Trades(vec![fill(stand.usdt)]);
        let Ok(Answer::Trades(trades)) = stand.answered(&Ask::Trades(history()), Ok(told)) else {
            panic!()
        };
        assert_eq!(
            (trades[0].trade_id, trades[0].price, trades[0].qty),
            (9_001, Price::new(1_149), Qty::new(20))
        );
        assert_eq!(trades[0].fee.as_ref().unwrap().amount, money("0.00143625"));
        let depth = Ask::Depth {
            instrument: XYZ,
            levels: 100,
        };
        let Ok(Answer::Depth(found)) = stand.answered(&depth, Ok(Reply::Depth(book(true)))) else {
            panic!()
        };
        assert_eq!(*found, book(true).update);
        assert_eq!(
            stand.answered(&Ask::Time, Ok(Reply::Time(NOW))),
            Ok(Answer::Time(NOW))
        );
    }
    let stand = Stand::new(Market::Spot);
    let told = AccountState {
        balances: vec![BalanceState {
            asset: stand.usdt,
            free: money("10.5"),
            locked: money("3"),
            at: NOW,
        }],
        ..AccountState::default()
    };
    let told = Reply::Account(Box::new(told));
    let Ok(Answer::Balances(found, _)) = stand.answered(&Ask::Balances, Ok(told)) else {
        panic!()
    };
    assert_eq!(
        (found[0].free, found[0].locked),
        (money("10.5"), money("3"))
    );
    let stand = Stand::new(Market::Usdt);
    let told = AccountState {
        margins: vec![margin(stand.usdt)],
        ..AccountState::default()
    };
    let told = Reply::Account(Box::new(told));
    let Ok(Answer::Balances(_, found)) = stand.answered(&Ask::Balances, Ok(told)) else {
        panic!()
    };
    assert_eq!(
        (found[0].wallet, found[0].available),
        (money("1000"), Some(money("900")))
    );
    let told = Reply::Positions(vec![position()]);
    let Ok(Answer::Positions(found)) = stand.answered(&Ask::Positions(Some(XYZ)), Ok(told)) else {
        panic!()
    };
    assert_eq!(
        (found[0].qty, found[0].entry),
        (Qty::new(-30), Some(money("114.9")))
    );
    assert_eq!(
        (found[0].mode, found[0].leverage),
        (Some(MarginMode::Cross), Some(5))
    );
}

fn margin(asset: AssetId) -> MarginState {
    MarginState {
        asset,
        wallet: money("1000"),
        cross_wallet: money("1000"),
        available: money("900"),
        unrealised: money("-1.5"),
        position_initial: money("60"),
        order_initial: money("40"),
        maintenance: money("10"),
        at: NOW,
    }
}

fn position() -> PositionState {
    PositionState {
        instrument: XYZ,
        side: PositionSide::Net,
        qty: Qty::new(-30),
        entry: money("114.9"),
        mark: money("115"),
        liquidation: money("200"),
        unrealised: money("-0.003"),
        realised: Money::ZERO,
        initial: money("0.69"),
        isolated: Money::ZERO,
        maintenance: money("0.01"),
        leverage: 5,
        max_leverage: 100,
        mode: MarginMode::Cross,
        at: NOW,
    }
}

#[test]
fn streams_are_heard_as_they_were_told() {
    for market in BOTH {
        let stand = Stand::new(market);
        let one = |feed, news| match stand.heard(feed, &news).as_slice() {
            [Heard::Market(it)] => {
                assert_eq!(it.ts_venue, NOW);
                it.body.clone()
            }
            other => panic!("{other:?}"),
        };
        let quote = Quote {
            instrument: XYZ,
            bid: level(1_149, 5),
            ask: Level::default(),
        };
        let top = TopState {
            quote,
            update: 12,
            at: NOW,
        };
        assert_eq!(one(Feed::Quote(XYZ), News::Top(top)), Body::Quote(quote));
        let depth = News::Depth(book(false));
        assert_eq!(
            one(Feed::Depth(XYZ), depth),
            Body::Depth(Box::new(book(false).update))
        );
        let (price, qty, aggressor) = (Price::new(1_150), Qty::new(3), Side::Sell);
        let print = Print {
            id: 5,
            first: 5,
            last: 5,
            instrument: XYZ,
            price,
            qty,
            aggressor,
            at: NOW,
        };
        let trade = Trade {
            instrument: XYZ,
            price,
            qty,
            aggressor,
        };
        assert_eq!(
            one(Feed::Trades(XYZ), News::Print(print)),
            Body::Trade(trade)
        );
        let change = OrderChange {
            order: state(OrderStatus::Partial, 20),
            what: Happened::Traded(fill(stand.usdt)),
            origin: Origin::Account,
            number: 3,
        };
        let heard = stand.heard(Feed::Account, &News::Order(Box::new(change)));
        let [Heard::Order(order), Heard::Trade(trade)] = heard.as_slice() else {
            panic!("{heard:?}")
        };
        assert_eq!(
            (order.state, order.filled),
            (ReportState::PartiallyFilled, Some(Qty::new(20)))
        );
        assert_eq!(
            (order.limit, order.qty),
            (Some(Price::new(1_150)), Some(Qty::new(50)))
        );
        assert_eq!(
            (trade.trade_id, trade.maker, trade.side),
            (9_001, Some(true), Some(Side::Sell))
        );
        assert_eq!((trade.qty, trade.at), (Qty::new(20), NOW));
    }
    let stand = Stand::new(Market::Spot);
    let told = BalanceState {
        asset: stand.usdt,
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
    let stand = Stand::new(Market::Usdt);
    let heard = stand.heard(
        Feed::Account,
        &News::Margin(vec![margin(stand.usdt)], vec![position()]),
    );
    let [Heard::Position(found), Heard::Balance(balance)] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!((found.qty, balance.free), (Qty::new(-30), money("1000")));
    let mark = MarkState {
        instrument: XYZ,
        mark: money("115"),
        index: money("114.8"),
        rate: money("0.0001"),
        settles_at: NOW,
        every: Span::from_millis(28_800_000),
        at: NOW,
    };
    let heard = stand.heard(Feed::Mark(XYZ), &News::Mark(mark));
    assert!(matches!(heard.as_slice(), [Heard::Market(_)]), "{heard:?}");
}

#[test]
fn books_of_the_second_kind_begin_whole() {
    for market in BOTH {
        let stand = Stand::new(market);
        let place = channels::place(market);
        let text = format!(
            r#"{{"time":1700000000,"id":1,"channel":"{place}.obu","event":"subscribe","payload":["ob.XYZ_USDT.50"]}}"#
        );
        let asked = stand
            .by_frame(&Frame::Text(text), &stand.line(None))
            .unwrap();
        let Call::Subscribe(streams) = asked.call else {
            panic!()
        };
        let mut out = Vec::new();
        for news in [News::Book(book(true)), News::Depth(book(false))] {
            for told in tell(
                market,
                &streams[0],
                &news,
                &stand.line(None),
                &stand.server(NOW),
            ) {
                stand.hear(&told, &mut out);
            }
        }
        let bodies: Vec<_> = out
            .iter()
            .map(|it| match it {
                Heard::Market(it) => it.body.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        let wanted = [book(true), book(false)].map(|it| Body::Depth(Box::new(it.update)));
        assert_eq!(bodies, wanted);
    }
}

#[test]
fn failures_mean_what_they_are() {
    for market in BOTH {
        let stand = Stand::new(market);
        let placed = Ask::Place(place(Side::Sell, Some(1_150), TimeInForce::PostOnly));
        for (wrong, expected) in [
            (Wrong::Balance, Class::Reject),
            (Wrong::WouldTake, Class::Reject),
            (Wrong::Signature, Class::Reject),
            (Wrong::Late, Class::Retryable),
            (
                Wrong::RateLimit(Span::from_millis(1_500)),
                Class::RateLimited,
            ),
            (Wrong::Key, Class::Fatal),
            (Wrong::Unknown, Class::Ambiguous),
            (Wrong::Busy, Class::Ambiguous),
            (Wrong::NotOpen, Class::CancelUnknown),
            (Wrong::Duplicate, Class::DuplicateClientId),
            (Wrong::Same, Class::AlreadyDone),
        ] {
            let failed = stand.answered(&placed, Err(wrong.clone())).unwrap_err();
            assert_eq!((failed.class, failed.listed), (expected, true), "{wrong:?}");
        }
    }
}

#[test]
fn a_position_that_the_venue_closes_has_its_own_word() {
    use crate::report::Origin;
    let stand = Stand::new(Market::Usdt);
    for (client, origin) in [
        ("liq-77", Origin::Liquidation),
        ("auto_deleveraging", Origin::Deleveraging),
        ("t-ot1-2", Origin::Account),
    ] {
        let mut order = state(OrderStatus::Filled, 50);
        order.client = client.to_string();
        let told = Reply::Order(Box::new(order), Vec::new());
        let answered = stand.answered(&Ask::Order(by(None)), Ok(told));
        let Ok(Answer::Order(order)) = answered else {
            panic!()
        };
        assert_eq!((order.origin, order.filled), (origin, Some(Qty::new(50))));
    }
}
