//! Orders and cancels, each kind of call once.

use onetape_adapters::server::call::{Change, LooseChange};
use onetape_adapters::server::state::{Happened, OrderStatus};
use onetape_adapters::server::wrong::Filter;

use super::*;

#[test]
fn a_market_order_takes_and_the_book_and_prints_show_it() {
    let mut stand = Stand::spot();
    let (state, fills) = stand.place(ANN, market(BUY, "1.5")).unwrap();
    assert_eq!(state.status, OrderStatus::Filled);
    let got: Vec<_> = fills.iter().map(|it| (it.price, it.qty)).collect();
    assert_eq!(got, [(px("100.10"), qty("1")), (px("100.20"), qty("0.5"))]);
    // 100.10 + 50.10 and a fee of 10 bps.
    assert_eq!(state.filled_quote, money("150.2"));
    assert_eq!(stand.balance(ANN, USDT).0, money("9849.6498"));
    assert_eq!(stand.balance(ANN, BTC).0, money("6.5"));
    assert_eq!(stand.levels().1, [level("100.20", "0.5")]);
    let past = Past {
        instrument: Some(ID),
        ..Past::default()
    };
    let Reply::Prints(prints) = stand.call(BEN, Call::Prints(past)).unwrap() else {
        panic!("no prints");
    };
    let printed: Vec<_> = prints
        .iter()
        .map(|it| (it.id, it.price, it.aggressor))
        .collect();
    assert_eq!(printed, [(1, px("100.10"), BUY), (2, px("100.20"), BUY)]);
    assert_eq!(fills.iter().map(|it| it.id).collect::<Vec<_>>(), [1, 2]);
    // The tape says a level anew, and it is whole again.
    stand.level(SELL, "100.10", "0.7");
    assert_eq!(
        stand.levels().1,
        [level("100.10", "0.7"), level("100.20", "0.5")]
    );
}

#[test]
fn an_order_that_rests_is_in_the_book_and_locks_what_it_needs() {
    let mut stand = Stand::spot();
    stand.heard();
    let state = stand.rest(ANN, BUY, "99.90", "2");
    assert_eq!((state.status, state.filled), (OrderStatus::New, Qty::ZERO));
    assert_eq!(stand.levels().0, [level("99.90", "3"), level("99.80", "1")]);
    // 199.80 and the fee at its highest.
    assert_eq!(
        stand.balance(ANN, USDT),
        (money("9800.0002"), money("199.9998"))
    );
    let heard = stand.heard_by(ANN);
    assert!(matches!(&heard[0], News::Order(it) if it.what == Happened::Came && it.order == state));
    assert!(matches!(&heard[1], News::Balances(all) if all[0].locked == money("199.9998")));
    assert_eq!(heard.len(), 2);
    let Reply::Order(gone, fills) = stand.call(ANN, Call::Cancel(by_id(state.id))).unwrap() else {
        panic!("no order");
    };
    assert_eq!((gone.status, fills.len()), (OrderStatus::Cancelled, 0));
    assert_eq!(stand.levels().0, [level("99.90", "1"), level("99.80", "1")]);
    assert_eq!(stand.balance(ANN, USDT), (money("10000"), Money::ZERO));
    assert_eq!(
        stand.call(ANN, Call::Cancel(by_id(state.id))),
        Err(Wrong::NotOpen)
    );
    assert_eq!(stand.order(ANN, state.id).status, OrderStatus::Cancelled);
    assert_eq!(stand.call(ANN, Call::Order(by_id(99))), Err(Wrong::NoOrder));
    assert_eq!(
        stand.call(BEN, Call::Order(by_id(state.id))),
        Err(Wrong::NoOrder)
    );
}

#[test]
fn times_in_force_do_what_they_say() {
    let mut stand = Stand::spot();
    let of = |time_in_force, price, of| NewOrder {
        time_in_force,
        ..limit(BUY, price, of)
    };
    let (some, fills) = stand.place(ANN, of(IOC, "100.10", "2")).unwrap();
    assert_eq!(
        (some.status, some.filled, fills.len()),
        (OrderStatus::Expired, qty("1"), 1)
    );
    let (none, fills) = stand.place(ANN, of(FOK, "100.20", "2")).unwrap();
    assert_eq!(
        (none.status, none.filled, fills.len()),
        (OrderStatus::Expired, Qty::ZERO, 0)
    );
    let (all, _) = stand.place(ANN, of(FOK, "100.20", "1")).unwrap();
    assert_eq!(all.status, OrderStatus::Filled);
    stand.level(SELL, "100.10", "1");
    assert_eq!(
        stand.place(ANN, of(GTX, "100.10", "1")),
        Err(Wrong::WouldTake)
    );
    let (rests, _) = stand.place(ANN, of(GTX, "100.00", "1")).unwrap();
    assert_eq!(rests.status, OrderStatus::New);
    // One that was refused is not in the account's past.
    let past = Past {
        instrument: Some(ID),
        ..Past::default()
    };
    assert_eq!(stand.orders(ANN, Call::Orders(past)).len(), 4);
    // Gate refuses what is killed.
    let mut gate = Stand::new("gate-spot", InstrumentKind::Spot, TopFeed::Depth).with_book();
    gate.heard();
    assert_eq!(
        gate.place(ANN, of(FOK, "100.20", "9")),
        Err(Wrong::WouldRest)
    );
    assert!(gate.heard_by(ANN).is_empty());
}

#[test]
fn an_amount_of_quote_buys_what_it_can() {
    let mut stand = Stand::spot();
    let order = |side, amount| NewOrder {
        size: Size::Quote(money(amount)),
        ..market(side, "1")
    };
    let (state, _) = stand.place(ANN, order(BUY, "150.20")).unwrap();
    assert_eq!((state.qty, state.status), (qty("1.5"), OrderStatus::Filled));
    assert_eq!(state.quote_size, Some(money("150.20")));
    // 99.9 and 25.0 of the next: 0.2505 in steps of 0.005.
    let (state, _) = stand.place(ANN, order(SELL, "124.90")).unwrap();
    assert_eq!(
        (state.qty, state.status),
        (qty("1.25"), OrderStatus::Filled)
    );
    let small = stand.place(ANN, order(BUY, "4"));
    assert_eq!(small, Err(Wrong::Filter(Filter::Notional)));
}

#[test]
fn client_ids_name_one_open_order() {
    let mut stand = Stand::spot();
    let named = |price| NewOrder {
        client: "mine".to_string(),
        ..limit(BUY, price, "1")
    };
    let which = Which {
        client: Some("mine".to_string()),
        ..Which::default()
    };
    let (first, _) = stand.place(ANN, named("99.00")).unwrap();
    assert_eq!(stand.place(ANN, named("99.10")), Err(Wrong::Duplicate));
    // Another account has its own.
    stand.place(BEN, named("99.10")).unwrap();
    stand.call(ANN, Call::Cancel(which.clone())).unwrap();
    let (second, _) = stand.place(ANN, named("99.20")).unwrap();
    assert!(second.id > first.id);
    let Reply::Order(found, _) = stand.call(ANN, Call::Order(which)).unwrap() else {
        panic!("no order");
    };
    assert_eq!(found.id, second.id);
    let unnamed = stand.rest(ANN, BUY, "99.30", "1");
    assert!(!unnamed.client.is_empty() && unnamed.client.len() <= 36);
}

#[test]
fn many_orders_come_and_go_at_once() {
    let mut stand = Stand::spot();
    let orders = vec![
        Ok(limit(BUY, "99.00", "1")),
        Err(Wrong::Bad("price")),
        Ok(limit(BUY, "99.05", "1")),
        Ok(limit(SELL, "101.00", "1")),
    ];
    let Reply::Each(each) = stand.call(ANN, Call::PlaceMany(orders)).unwrap() else {
        panic!("no list");
    };
    assert_eq!(each[1], Err(Wrong::Bad("price")));
    assert_eq!(each[2], Err(Wrong::Filter(Filter::Tick)));
    let ids: Vec<u64> = each.iter().flatten().map(|it| it.id).collect();
    assert_eq!(ids.len(), 2);
    let many = vec![by_id(ids[0]), by_id(77)];
    let Reply::Each(each) = stand.call(ANN, Call::CancelMany(many)).unwrap() else {
        panic!("no list");
    };
    assert_eq!(
        each[0].as_ref().map(|it| it.status),
        Ok(OrderStatus::Cancelled)
    );
    assert_eq!(each[1], Err(Wrong::NotOpen));
    stand.rest(ANN, BUY, "99.00", "1");
    let bids = stand.orders(ANN, Call::CancelAll(Some(ID), Some(BUY)));
    assert_eq!(bids.len(), 1);
    assert_eq!(stand.open(ANN).len(), 1);
    stand.rest(ANN, BUY, "99.00", "1");
    assert_eq!(stand.orders(ANN, Call::CancelAllOf(vec![ID])).len(), 2);
    assert_eq!(stand.open(ANN).len(), 0);
    assert_eq!(stand.orders(ANN, Call::CancelAll(None, None)).len(), 0);
}

#[test]
fn a_resting_order_is_changed() {
    let mut stand = Stand::spot();
    let first = stand.rest(ANN, BUY, "99.90", "1");
    let second = stand.rest(BEN, BUY, "99.90", "1");
    let change = |id, of: Option<&str>, price: Option<&str>| {
        Call::Amend(Change {
            which: by_id(id),
            qty: of.map(qty),
            limit: price.map(px),
            side: None,
            client: None,
            note: None,
        })
    };
    assert_eq!(
        stand.call(ANN, change(first.id, None, None)),
        Err(Wrong::Same)
    );
    stand.heard();
    let Reply::Order(less, _) = stand
        .call(ANN, change(first.id, Some("0.5"), None))
        .unwrap()
    else {
        panic!("no order");
    };
    assert_eq!((less.qty, less.status), (qty("0.5"), OrderStatus::New));
    assert!(matches!(&stand.heard_by(ANN)[0], News::Order(it) if it.what == Happened::Amended));
    // Less keeps its place, more goes behind: the tape's 1, then Ben, then Ann.
    stand.call(ANN, change(first.id, Some("2"), None)).unwrap();
    stand.place(BEN, market(SELL, "1.5")).unwrap();
    assert_eq!(stand.order(BEN, second.id).filled, qty("0.5"));
    assert_eq!(stand.order(ANN, first.id).filled, Qty::ZERO);
    // It is moved to where it takes.
    let Reply::Order(took, fills) = stand
        .call(ANN, change(first.id, None, Some("100.10")))
        .unwrap()
    else {
        panic!("no order");
    };
    assert_eq!((took.filled, fills.len()), (qty("1"), 1));
    assert_eq!(stand.levels().0[0], level("100.10", "1"));
    let off = stand.call(ANN, change(first.id, None, Some("100.05")));
    assert_eq!(off, Err(Wrong::Filter(Filter::Tick)));
    let loose = LooseChange {
        which: by_id(first.id),
        size: None,
        limit: Some(money("100")),
    };
    let Reply::Order(moved, _) = stand.call(ANN, Call::AmendLoose(loose)).unwrap() else {
        panic!("no order");
    };
    assert_eq!(moved.limit, Some(px("100")));
    assert_eq!(
        stand.call(ANN, change(99, Some("1"), None)),
        Err(Wrong::NotOpen)
    );
}

#[test]
fn a_test_changes_nothing() {
    let mut stand = Stand::spot();
    stand.heard();
    let before = stand.levels();
    assert_eq!(
        stand.call(ANN, Call::Test(Box::new(market(BUY, "1")))),
        Ok(Reply::Done)
    );
    let off = Call::Test(Box::new(limit(BUY, "99.95", "0.001")));
    assert_eq!(stand.call(ANN, off), Err(Wrong::Filter(Filter::Tick)));
    assert_eq!(stand.levels(), before);
    assert!(stand.heard().is_empty() && stand.open(ANN).is_empty());
}

#[test]
fn what_is_no_business_of_its_is_refused() {
    let mut stand = Stand::spot();
    let now = Ts::default();
    let nobody = stand
        .exchange
        .call(None, &Call::Balances, now, &mut Vec::new());
    assert_eq!(nobody, Err(Wrong::NotLoggedOn));
    assert_eq!(stand.call(7, Call::Balances), Err(Wrong::Key));
    let other = NewOrder {
        instrument: InstrumentId(9),
        ..limit(BUY, "99", "1")
    };
    assert_eq!(stand.place(ANN, other), Err(Wrong::Symbol));
    assert_eq!(
        stand.place(ANN, limit(BUY, "99", "500")),
        Err(Wrong::Filter(Filter::MaxQty))
    );
    assert_eq!(
        stand
            .place(ANN, limit(BUY, "99", "100"))
            .map(|it| it.0.status),
        Ok(OrderStatus::New)
    );
    assert_eq!(
        stand.place(ANN, limit(BUY, "99", "90")),
        Err(Wrong::Balance)
    );
}
