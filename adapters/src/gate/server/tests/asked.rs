//! Requests: whose they are, and what they ask.

use super::*;

#[test]
fn orders_come_in_as_they_were_meant_by_either_way() {
    use TimeInForce as T;
    for market in BOTH {
        let stand = Stand::new(market);
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
            let Call::Place(order) = &asked.call else {
                panic!()
            };
            assert_eq!((order.instrument, order.side), (XYZ, side));
            assert_eq!(order.size, Size::Base(made.qty));
            assert_eq!((order.limit, order.time_in_force), (made.limit, time));
            assert_eq!(order.client, "t-ot1-2");
            let line = stand.line(Some(AccountId(4)));
            let ask = Ask::Place(made);
            let frame = match market {
                Market::Spot => spot::frame(&ask, 9, &stand.client()),
                _ => futures::frame(&ask, 9, &stand.client()),
            };
            let frame = frame.unwrap();
            assert_eq!(stand.by_frame(&frame, &line).unwrap().call, asked.call);
            let refused = stand.by_frame(&frame, &stand.line(None)).unwrap_err();
            assert_eq!(refused.wrong, Wrong::NotLoggedOn);
        }
    }
}

#[test]
fn every_other_request_comes_in_as_it_was_meant() {
    for market in BOTH {
        let stand = Stand::new(market);
        let dead = Ask::DeadMan {
            instrument: Some(XYZ),
            after: Span::from_millis(30_000),
        };
        for (ask, call) in [
            (Ask::Time, Call::Time),
            (Ask::Instruments, Call::Instruments(Vec::new())),
            (
                Ask::Depth {
                    instrument: XYZ,
                    levels: 100,
                },
                Call::Depth {
                    instrument: XYZ,
                    levels: 100,
                },
            ),
            (
                Ask::Cancel(by(Some("77"))),
                Call::Cancel(which(Some(77), None, market)),
            ),
            (
                Ask::Cancel(by(None)),
                Call::Cancel(which(None, Some("t-ot1-2"), market)),
            ),
            (
                Ask::Order(by(None)),
                Call::Order(which(None, Some("t-ot1-2"), market)),
            ),
            (Ask::CancelAll(XYZ), Call::CancelAll(Some(XYZ), None)),
            (Ask::OpenOrders(Some(XYZ)), Call::OpenOrders(Some(XYZ))),
            (Ask::OpenOrders(None), Call::OpenOrders(None)),
            (Ask::Fees(XYZ), Call::Fees(Some(XYZ))),
            (dead, Call::DeadMan(Some(XYZ), Span::from_millis(30_000))),
        ] {
            assert_eq!(stand.asked(&ask).call, call, "{ask:?}");
        }
        for ask in [Ask::Orders(history()), Ask::Trades(history())] {
            let past = match stand.asked(&ask).call {
                Call::Orders(past) | Call::Trades(past) => past,
                other => panic!("{other:?}"),
            };
            assert_eq!((past.instrument, past.limit), (Some(XYZ), 50));
            assert_eq!(past.since, history().since);
        }
        let Call::Amend(change) = stand.asked(&Ask::Amend(amend())).call else {
            panic!()
        };
        assert_eq!(
            (change.qty, change.limit),
            (Some(Qty::new(40)), Some(Price::new(1_160)))
        );
        assert_eq!(
            (change.which.id, change.which.instrument),
            (Some(77), Some(XYZ))
        );
        assert_eq!(change.side, (market != Market::Spot).then_some(Side::Sell));
    }
    let stand = Stand::new(Market::Usdt);
    for (ask, call) in [
        (Ask::Balances, Call::Account),
        (Ask::Positions(None), Call::Positions(None)),
        (Ask::Positions(Some(XYZ)), Call::Positions(Some(XYZ))),
        (
            Ask::SetLeverage {
                instrument: XYZ,
                leverage: 5,
            },
            Call::SetLeverage {
                instrument: XYZ,
                leverage: 5,
            },
        ),
        (
            Ask::SetCrossLeverage {
                instrument: XYZ,
                leverage: 5,
            },
            Call::SetCrossLeverage {
                instrument: XYZ,
                leverage: 5,
            },
        ),
        (
            Ask::SetMarginMode {
                instrument: XYZ,
                mode: MarginMode::Cross,
            },
            Call::SetMarginMode {
                instrument: XYZ,
                mode: MarginMode::Cross,
            },
        ),
        (
            Ask::SetPositionMode(PositionMode::Hedge),
            Call::SetPositionMode(PositionMode::Hedge),
        ),
        (Ask::Mark(XYZ), Call::Marks(vec![XYZ])),
        (Ask::Tiers(XYZ), Call::Tiers(Some(XYZ))),
    ] {
        assert_eq!(stand.asked(&ask).call, call, "{ask:?}");
    }
}

#[test]
fn a_request_that_was_changed_or_is_late_is_refused() {
    for market in BOTH {
        let stand = Stand::new(market);
        let made = stand.made(&Ask::Place(place(
            Side::Buy,
            Some(1_100),
            TimeInForce::PostOnly,
        )));
        let wrong = |made: &Request, millis: i64| {
            let now = Ts::from_nanos(NOW.nanos() + millis * 1_000_000);
            stand.sent(made, now).map(|_| ()).map_err(|it| it.wrong)
        };
        assert_eq!(wrong(&made, 5_000), Ok(()));
        assert_eq!(
            wrong(&made, 5_001),
            Err(Wrong::Late),
            "x-gate-exptime is over"
        );
        assert_eq!(wrong(&made, -60_000), Ok(()));
        assert_eq!(wrong(&made, -60_001), Err(Wrong::Early));
        for at in 0..made.body.len() {
            let mut changed = made.clone();
            let mut bytes = made.body.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            changed.body = String::from_utf8(bytes).unwrap();
            assert_eq!(wrong(&changed, 0), Err(Wrong::Signature));
        }
        let mut other = made.clone();
        other.path.push('x');
        assert_eq!(wrong(&other, 0), Err(Wrong::Signature));
        let mut other = made.clone();
        other.query = "a=1".to_string();
        assert_eq!(wrong(&other, 0), Err(Wrong::Signature));
        let mut other = made.clone();
        other.headers.retain(|(name, _)| *name != "KEY");
        assert_eq!(wrong(&other, 0), Err(Wrong::NoKey));
        let balances = stand.made(&Ask::Balances);
        assert_eq!(wrong(&balances, 60_000), Ok(()));
        assert_eq!(wrong(&balances, 60_001), Err(Wrong::Late));
    }
}

proptest! {
    #[test]
    fn a_mutated_body_is_read_or_refused(at in 0_usize..200, byte in 0_u8..128, usdt in any::<bool>()) {
        let stand = Stand::new(BOTH[usize::from(usdt)]);
        let made = stand.made(&Ask::Place(place(Side::Buy, Some(1_150), TimeInForce::PostOnly)));
        let mut bytes = made.body.clone().into_bytes();
        if let Some(old) = bytes.get_mut(at) {
            *old = byte;
        }
        let mut changed = made.clone();
        changed.body = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(stand.sent(&changed, NOW).is_ok(), changed.body == made.body);
        let line = (made.method, made.path.as_str());
        let none = crate::params::Params::new();
        let again = crate::gate::signed(stand.market, Some(&stand.keys), line, &none, &changed.body, NOW);
        let _ = stand.sent(&again, NOW);
    }

    #[test]
    fn any_text_frame_is_read_or_refused(text in "\\PC{0,40}|[{}\\[\\]\":,a-z_.0-9]{0,60}", usdt in any::<bool>()) {
        let stand = Stand::new(BOTH[usize::from(usdt)]);
        let found = stand.by_frame(&Frame::Text(text), &stand.line(Some(AccountId(4))));
        let (way, result) = match found {
            Ok(asked) => (asked.way, Ok(Reply::Done)),
            Err(refused) => (refused.way, Err(refused.wrong)),
        };
        let told = answer(stand.market, &way, &Replied::of(result), &stand.server(NOW));
        prop_assert_eq!(told.len(), 1);
    }

    #[test]
    fn orders_keep_their_numbers(
        qty in 1_i64..1_000_000_000, price in 1_i64..1_000_000_000, buy in any::<bool>(), usdt in any::<bool>(),
    ) {
        let stand = Stand::new(BOTH[usize::from(usdt)]);
        let side = if buy { Side::Buy } else { Side::Sell };
        let mut made = place(side, Some(price), TimeInForce::GoodTillCancelled);
        made.qty = Qty::new(qty);
        let Call::Place(order) = stand.asked(&Ask::Place(made)).call else { panic!() };
        prop_assert_eq!((order.size, order.side), (Size::Base(made.qty), side));
        prop_assert_eq!(order.limit, made.limit);
    }
}
