//! Orders of accounts that meet, and the tape that reaches them.

use onetape_adapters::server::state::OrderStatus;

use super::*;

#[test]
fn orders_of_two_accounts_trade_with_each_other() {
    let mut stand = Stand::spot();
    let resting = stand.rest(ANN, SELL, "100.00", "2");
    stand.heard();
    let (state, fills) = stand.place(BEN, limit(BUY, "100.10", "2.5")).unwrap();
    assert_eq!(state.status, OrderStatus::Filled);
    // Ann is better than the tape, which gives the rest.
    let got: Vec<_> = fills
        .iter()
        .map(|it| (it.price, it.qty, it.maker))
        .collect();
    assert_eq!(
        got,
        [
            (px("100"), qty("2"), false),
            (px("100.10"), qty("0.5"), false)
        ]
    );
    let given = stand.trades(ANN);
    assert_eq!(given.len(), 1);
    assert_eq!(
        (given[0].id, given[0].maker, given[0].side),
        (fills[0].id, true, SELL)
    );
    assert_eq!(stand.order(ANN, resting.id).status, OrderStatus::Filled);
    // What Ben bought of Ann is what she sold; maker 2 bps, taker 10.
    assert_eq!(stand.balance(ANN, BTC), (money("3"), Money::ZERO));
    assert_eq!(stand.balance(ANN, USDT).0, money("10199.96"));
    assert_eq!(stand.balance(BEN, BTC).0, money("7.5"));
    assert_eq!(
        stand.levels().1,
        [level("100.10", "0.5"), level("100.20", "1")]
    );
    let prints = stand.heard().into_iter().filter_map(|it| match it.news {
        News::Print(print) => Some((print.id, print.qty, print.aggressor)),
        _ => None,
    });
    let prints: Vec<_> = prints.collect();
    assert_eq!(prints, [(1, qty("2"), BUY), (2, qty("0.5"), BUY)]);
}

#[test]
fn at_one_price_the_tape_comes_first_and_then_who_came_first() {
    let mut stand = Stand::spot();
    let first = stand.rest(BEN, BUY, "99.90", "1");
    let second = stand.rest(ANN, BUY, "99.90", "1");
    stand
        .exchange
        .seats
        .push(super::super::seat::Seat::new(AccountId(2), third_venue()));
    stand.place(2, market(SELL, "2.5")).unwrap();
    assert_eq!(stand.order(BEN, first.id).filled, qty("1"));
    assert_eq!(stand.order(ANN, second.id).filled, qty("0.5"));
    assert_eq!(
        stand.levels().0,
        [level("99.90", "0.5"), level("99.80", "1")]
    );
}

fn third_venue() -> onetape_sim::Venue {
    let config = VenueConfig {
        balances: vec![(BTC, money("5"))],
        ..config()
    };
    let mut venue = onetape_sim::Venue::new(config, QueueModel::Conservative, 1);
    venue.share();
    venue
}

#[test]
fn what_one_took_is_gone_for_the_other() {
    let mut stand = Stand::spot();
    stand.place(ANN, market(BUY, "1")).unwrap();
    let (state, fills) = stand.place(BEN, market(BUY, "2")).unwrap();
    assert_eq!(
        (state.status, state.filled),
        (OrderStatus::Expired, qty("1"))
    );
    assert_eq!(fills[0].price, px("100.20"));
    assert!(stand.levels().1.is_empty());
}

#[test]
fn a_print_is_shared_out_once() {
    let mut stand = Stand::spot();
    stand.book(&[("99.00", "1")], &[("101.00", "1")]);
    stand.rest(ANN, SELL, "100.10", "1");
    let best = stand.rest(BEN, SELL, "100.00", "1");
    stand.heard();
    // Through both prices, 1.5 in all: Ben's first, and what is left of it for Ann.
    stand.print(BUY, "100.20", "1.5");
    assert_eq!(stand.order(BEN, best.id).status, OrderStatus::Filled);
    assert_eq!(stand.trades(ANN)[0].qty, qty("0.5"));
    let printed = stand.heard().into_iter().filter_map(|it| match it.news {
        News::Print(print) => Some(print.qty.mantissa()),
        _ => None,
    });
    assert_eq!(printed.sum::<i64>(), qty("1.5").mantissa());
}

#[test]
fn what_the_book_reaches_trades_once_for_all() {
    let mut stand = Stand::spot();
    let ann = stand.rest(ANN, BUY, "100.00", "1");
    let ben = stand.rest(BEN, BUY, "99.90", "1");
    // The tape's ask comes down over both with 1.2.
    stand.level(BUY, "99.90", "0");
    stand.level(SELL, "99.90", "1.2");
    assert_eq!(stand.order(ANN, ann.id).status, OrderStatus::Filled);
    assert_eq!(stand.order(BEN, ben.id).filled, qty("0.2"));
    let (bids, asks) = stand.levels();
    assert!(asks[0].price > bids[0].price, "{bids:?} {asks:?}");
}

#[test]
fn own_orders_that_meet_do_as_they_say() {
    let order = |self_trade| NewOrder {
        self_trade,
        ..limit(BUY, "100.00", "1")
    };
    let meet = |self_trade| {
        let mut stand = Stand::spot();
        let old = stand.rest(ANN, SELL, "100.00", "1");
        let (new, _) = stand.place(ANN, order(self_trade)).unwrap();
        (stand.order(ANN, old.id).status, new.status)
    };
    use OrderStatus::{Filled, New};
    assert_eq!(meet(SelfTrade::Allow), (Filled, Filled));
    assert_eq!(meet(SelfTrade::Unsaid), (Filled, Filled));
    assert_eq!(meet(SelfTrade::ExpireTaker), (New, OrderStatus::SelfTrade));
    assert_eq!(meet(SelfTrade::ExpireMaker), (OrderStatus::SelfTrade, New));
    let both = meet(SelfTrade::ExpireBoth);
    assert_eq!(both.0, OrderStatus::SelfTrade);
    assert!(!both.1.is_open());
}

#[test]
fn an_iceberg_shows_its_tip() {
    let mut stand = Stand::spot();
    let order = NewOrder {
        shown: Some(qty("0.5")),
        ..limit(SELL, "100.00", "2")
    };
    stand.place(ANN, order).unwrap();
    assert_eq!(stand.levels().1[0], level("100.00", "0.5"));
    stand.place(BEN, limit(BUY, "100.00", "1.8")).unwrap();
    assert_eq!(stand.levels().1[0], level("100.00", "0.2"));
}

#[test]
fn quotes_move_a_book_of_one_level() {
    let mut stand = Stand::new("mexc-spot", InstrumentKind::Spot, TopFeed::Quote);
    stand.event(quote(("99", "1"), ("101", "2")));
    stand.rest(ANN, BUY, "98", "1");
    assert_eq!(
        stand.levels(),
        (
            vec![level("99", "1"), level("98", "1")],
            vec![level("101", "2")]
        )
    );
    stand.place(BEN, market(BUY, "0.5")).unwrap();
    assert_eq!(stand.levels().1, [level("101", "1.5")]);
    stand.event(quote(("100", "1"), ("101", "2")));
    assert_eq!(
        stand.levels(),
        (
            vec![level("100", "1"), level("98", "1")],
            vec![level("101", "2")]
        )
    );
    let Reply::Quotes(tops) = stand.call(ANN, Call::Quotes(Vec::new())).unwrap() else {
        panic!("no tops");
    };
    assert_eq!(
        (tops[0].quote.bid, tops[0].quote.ask),
        (level("100", "1"), level("101", "2"))
    );
}
