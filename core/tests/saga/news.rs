//! News that is not an answer to an order: told twice, liquidations, gaps, and the turn of the day.

use onetape_core::event::{AccountEvent, FeedEvent, FeedNews};

use super::*;

#[test]
fn a_fill_that_is_told_twice_is_booked_once() {
    let mut pair = Pair::enter();
    let spot = pair.sent.remove(0);
    let fill = Body::Order(OrderEvent {
        order: spot.order,
        kind: OrderEventKind::Filled(Box::new(Fill {
            trade_id: 77,
            price: Price::new(1_001),
            qty: Qty::new(10),
            fee: Fee {
                asset: AssetId(1),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: false,
        })),
    });
    pair.step(fill.clone());
    pair.step(fill);
    pair.answer(Some(10));
    assert_eq!((pair.delta(), pair.reason()), (0, "holding"));
    assert!(pair.sent.is_empty());
}

#[test]
fn a_liquidated_leg_is_not_opened_again_and_what_hedged_it_goes() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    pair.answer(Some(10));
    pair.step(Body::Account(AccountEvent::Liquidated {
        instrument: FUTURES,
        qty: Qty::new(-10),
        realised: Money::parse("-1").unwrap(),
    }));
    let sent = pair.sent[0];
    assert_eq!(pair.sent.len(), 1);
    assert_eq!(
        (sent.instrument, sent.side, sent.qty, sent.tag.role),
        (SPOT, Side::Sell, Qty::new(10), LegRole::Repair)
    );
    pair.answer(Some(10));
    assert_eq!((pair.held(SPOT), pair.held(FUTURES)), (0, 0));
    assert_eq!(pair.reason(), "closed");
}

#[test]
fn a_leg_that_the_venue_closed_in_part_is_not_opened_again_and_the_trip_goes() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    pair.answer(Some(10));
    pair.step(Body::Account(AccountEvent::Deleveraged {
        instrument: FUTURES,
        qty: Qty::new(-4),
        price: Price::new(1_000),
    }));
    assert_eq!(pair.held(FUTURES), -6);
    let orders: Vec<_> = pair
        .sent
        .iter()
        .map(|sent| (sent.instrument, sent.side, sent.qty))
        .collect();
    assert_eq!(
        orders,
        [
            (SPOT, Side::Sell, Qty::new(10)),
            (FUTURES, Side::Buy, Qty::new(6))
        ]
    );
    pair.answer(Some(10));
    pair.answer(Some(6));
    assert_eq!((pair.held(SPOT), pair.held(FUTURES)), (0, 0));
    assert_eq!(pair.reason(), "closed");
}

#[test]
fn what_the_venue_closed_before_a_fill_that_was_told_first_is_taken_back() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    pair.answer(Some(10));
    let closed = |qty| {
        Body::Account(AccountEvent::Deleveraged {
            instrument: FUTURES,
            qty: Qty::new(qty),
            price: Price::new(1_000),
        })
    };
    pair.step(closed(-4));
    pair.answer(Some(10));
    pair.answer(Some(6));
    assert_eq!((pair.held(FUTURES), pair.reason()), (0, "closed"));
    // The venue closed three more of the six before the last order met the rest: that order bought too much.
    pair.step(closed(-3));
    assert_eq!(pair.held(FUTURES), 3);
    let sent = pair.sent[0];
    assert_eq!(
        (sent.instrument, sent.side, sent.qty, sent.tag.role),
        (FUTURES, Side::Sell, Qty::new(3), LegRole::Repair)
    );
    pair.answer(Some(3));
    assert_eq!((pair.held(SPOT), pair.held(FUTURES)), (0, 0));
    assert_eq!(pair.reason(), "closed");
}

#[test]
fn a_repair_that_the_gate_holds_back_is_no_attempt() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    for instrument in [SPOT, FUTURES] {
        pair.step(Body::Feed(FeedEvent {
            instrument,
            state: FeedNews::Gap,
        }));
    }
    pair.answer(None);
    for _ in 0..20 {
        assert!(pair.wait());
        assert_eq!((pair.sent.len(), pair.alerts), (0, 0));
    }
    pair.quote(FUTURES, 1_010, 1_011);
    assert!(pair.wait());
    // The first attempt still: 10 bps below 101.0, on the grid.
    assert_eq!(
        (pair.sent[0].instrument, pair.sent[0].limit),
        (FUTURES, Some(Price::new(1_009)))
    );
    pair.answer(Some(10));
    assert_eq!((pair.delta(), pair.reason()), (0, "holding"));
}

#[test]
fn what_the_gate_holds_back_on_one_leg_the_other_mends_when_it_lasts() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    pair.step(Body::Feed(FeedEvent {
        instrument: FUTURES,
        state: FeedNews::Gap,
    }));
    pair.answer(None);
    assert!(pair.sent.is_empty(), "it may be over in a moment");
    assert!(pair.wait());
    assert_eq!(
        (pair.sent[0].instrument, pair.sent[0].side),
        (SPOT, Side::Sell)
    );
    pair.answer(Some(10));
    assert_eq!((pair.delta(), pair.reason()), (0, "closed"));
}

#[test]
fn a_days_loss_ends_with_the_utc_day() {
    let mut pair = Pair::within(RiskLimits {
        max_daily_loss: Money::parse("5"),
        ..RiskLimits::default()
    });
    pair.quote(SPOT, 1_000, 1_001);
    pair.step(Body::Account(AccountEvent::Funding {
        instrument: FUTURES,
        amount: Money::parse("-5").unwrap(),
        rate: Default::default(),
    }));
    pair.quote(FUTURES, 1_010, 1_011);
    assert_eq!((pair.sent.len(), pair.reason()), (0, "entry_refused"));
    let day = 86_400_000_000_000;
    pair.now = day - 1;
    pair.quote(FUTURES, 1_010, 1_011);
    assert_eq!(pair.sent.len(), 0);
    pair.now = day;
    pair.quote(FUTURES, 1_010, 1_011);
    assert_eq!(pair.sent.len(), 2);
}

#[test]
fn what_somebody_else_added_to_a_position_goes_before_anything_of_a_leg() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    pair.answer(Some(10));
    let closed = |qty| {
        Body::Account(AccountEvent::Deleveraged {
            instrument: FUTURES,
            qty: Qty::new(qty),
            price: Price::new(1_000),
        })
    };
    pair.step(Body::Account(AccountEvent::Foreign {
        instrument: FUTURES,
        qty: Qty::new(-6),
        price: Price::new(1_000),
        fee_asset: AssetId(1),
        fee: Money::parse("0.5").unwrap(),
    }));
    // The account has it, and no task does: there is nothing to repair.
    assert_eq!((pair.held(FUTURES), pair.held(SPOT)), (-16, 10));
    assert_eq!(pair.desk.foreign()[FUTURES.index()], Qty::new(-6));
    assert!(pair.sent.is_empty());
    pair.step(closed(-4));
    assert_eq!(pair.held(FUTURES), -12);
    assert!(pair.sent.is_empty(), "the account has what the legs hold");
    // Two more of the other's, and four of the leg's own: the trip goes.
    pair.step(closed(-6));
    assert_eq!(pair.held(FUTURES), -6);
    assert_eq!(pair.desk.foreign()[FUTURES.index()], Qty::ZERO);
    let orders: Vec<_> = (pair.sent.iter())
        .map(|sent| (sent.instrument, sent.side, sent.qty))
        .collect();
    assert_eq!(
        orders,
        [
            (SPOT, Side::Sell, Qty::new(10)),
            (FUTURES, Side::Buy, Qty::new(6))
        ]
    );
    pair.answer(Some(10));
    pair.answer(Some(6));
    assert_eq!((pair.held(SPOT), pair.held(FUTURES)), (0, 0));
    assert_eq!(pair.reason(), "closed");
}

#[test]
fn coins_that_somebody_else_bought_are_in_the_books_and_in_no_leg() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    pair.answer(Some(10));
    let of = pair.desk.names().instrument(SPOT).clone();
    let books = |pair: &Pair| {
        let row = |asset| pair.desk.ledger().row(of.venue, asset).copied().unwrap();
        [of.base, of.quote].map(|asset| row(asset).expected())
    };
    let before = books(&pair);
    let (qty, price) = (Qty::new(4), Price::new(1_000));
    let fee = Money::parse("0.25").unwrap();
    pair.step(Body::Account(AccountEvent::Foreign {
        instrument: SPOT,
        qty,
        price,
        fee_asset: of.quote,
        fee,
    }));
    let after = books(&pair);
    assert_eq!(after[0] - before[0], Money::new(of.qty_decimal(qty)));
    assert_eq!(before[1] - after[1], of.notional(price, qty) + fee);
    assert_eq!((pair.held(SPOT), pair.held(FUTURES)), (10, -10));
    assert!(pair.sent.is_empty());
}
