//! Orders that rest: when they trade, at what price, and how they go.

use super::*;

fn stand() -> Stand {
    let mut stand = Stand::quotes();
    stand.quote(SPOT, ("99.9", "9"), ("100.0", "9"));
    stand
}

#[test]
fn a_touch_that_crosses_fills_at_the_orders_own_price_and_the_makers_fee() {
    let mut stand = stand();
    stand.order(SPOT, BUY, "2", Some("99.5"), GTC);
    // Set aside: 2 * 99.5 = 199 and the dearer fee of 10 bps, 0.199.
    assert_eq!(stand.free(USDT), "800.801");
    assert_eq!(stand.quote(SPOT, ("99.5", "9"), ("99.6", "9")), "");
    // The ask comes down to 99.4 with 0.5: 0.5 * 99.5 = 49.75 at 2 bps is 0.00995.
    assert_eq!(
        stand.quote(SPOT, ("99.3", "9"), ("99.4", "0.5")),
        "fill 500@99.5 fee 0.00995 USDT maker; BTC=5.5; USDT=950.24005"
    );
    // Left: 1.5 * 99.5 = 149.25 and 0.14925 set aside of 950.24005.
    assert_eq!(stand.free(USDT), "800.8408");
    // An ask at its price is enough: 1.5 * 99.5 = 149.25 and 0.02985.
    assert_eq!(
        stand.quote(SPOT, ("99.3", "9"), ("99.5", "9")),
        "fill 1500@99.5 fee 0.02985 USDT maker; BTC=7; USDT=800.9602"
    );
    assert_eq!(stand.free(USDT), "800.9602");
}

#[test]
fn a_print_beyond_its_price_fills_and_one_at_its_price_does_not() {
    let mut stand = stand();
    stand.order(SPOT, SELL, "2", Some("100.5"), GTC);
    assert_eq!(stand.free(BTC), "3");
    // At the price there is a queue before it; a seller's print says nothing of the ask side.
    assert_eq!(stand.trade("100.5", "9", BUY), "");
    assert_eq!(stand.trade("100.6", "9", SELL), "");
    // 1.5 * 100.5 = 150.75 less 2 bps, 0.03015.
    assert_eq!(
        stand.trade("100.6", "1.5", BUY),
        "fill 1500@100.5 fee 0.03015 USDT maker; BTC=3.5; USDT=1150.71985"
    );
    assert_eq!(
        stand.trade("100.7", "9", BUY),
        "fill 500@100.5 fee 0.01005 USDT maker; BTC=3; USDT=1200.9598"
    );
    assert_eq!(stand.trade("100.7", "9", BUY), "");
}

#[test]
fn the_better_price_trades_first_and_at_one_price_the_older_order() {
    let mut stand = stand();
    stand.order(SPOT, BUY, "1", Some("99.0"), GTC);
    stand.order(SPOT, BUY, "1", Some("99.5"), GTC);
    stand.order(SPOT, BUY, "2", Some("99.5"), GTC);
    // 1.5 come down to 98.9: the older order at 99.5 takes 1, the younger 0.5, the one at 99.0 nothing.
    let filled = stand.quote(SPOT, ("98.8", "9"), ("98.9", "1.5"));
    assert_eq!(
        filled,
        "fill 1000@99.5 fee 0.0199 USDT maker; fill 500@99.5 fee 0.00995 USDT maker; BTC=6.5; USDT=850.72015"
    );
    // What they took is gone until the next quote: 1.5 of the younger, then 1 of the cheap one.
    let filled = stand.trade("98.9", "2", SELL);
    assert!(filled.starts_with("fill 1500@99.5"), "{filled}");
    assert!(filled.contains("fill 500@99 "), "{filled}");
}

#[test]
fn a_cancel_frees_what_was_set_aside() {
    let mut stand = stand();
    stand.order(SPOT, BUY, "2", Some("99.5"), GTC);
    assert_eq!(stand.cancel(0), "cancelled");
    assert_eq!(stand.free(USDT), "1000");
    assert_eq!(stand.quote(SPOT, ("98.0", "9"), ("98.1", "9")), "");
}

#[test]
fn a_cancel_of_an_order_that_is_gone_is_rejected() {
    let mut stand = stand();
    stand.order(SPOT, BUY, "1", Some("100.0"), IOC);
    assert_eq!(stand.cancel(0), "cancelrejected");
    assert_eq!(stand.cancel(7), "cancelrejected");
}

#[test]
fn a_reduce_only_order_never_turns_a_position() {
    let mut stand = Stand::quotes();
    stand.quote(LINEAR, ("99.9", "9"), ("100.0", "9"));
    stand.order(LINEAR, BUY, "2", None, IOC);
    stand.reduce(SELL, "2", Some("101.0"), GTC);
    // Half of the position goes another way; of the resting 2 only 1 may trade, then it has nothing to reduce.
    stand.order(LINEAR, SELL, "1", None, IOC);
    let filled = stand.quote(LINEAR, ("101.0", "9"), ("101.1", "9"));
    assert!(filled.starts_with("fill 1000@101 "), "{filled}");
    assert!(filled.contains("expired"), "{filled}");
    assert!(stand.venue.account().position(LINEAR).qty.is_zero());
    assert_eq!(stand.quote(LINEAR, ("102.0", "9"), ("102.1", "9")), "");
}
