//! Requests: whose they are, and what they ask.

use super::*;

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
        let again = mexc::signed(&stand.keys, made.method, &made.path, (&changed, ""));
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
