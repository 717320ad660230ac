//! What a venue does not take, each reason alone.

use super::*;

#[test]
fn each_filter_has_its_reason() {
    let mut stand = Stand::quotes();
    stand.quote(SPOT, ("99.9", "90"), ("100.0", "90"));
    // Tick 0.1, lot 0.005, 0.01 to 50, at least 5 USDT, 1000 USDT and 5 BTC held.
    let cases = [
        (BUY, "1", Some("100.05"), "rejected tick_size"),
        (BUY, "1", Some("0.0"), "rejected tick_size"),
        (BUY, "0.101", Some("100.0"), "rejected lot_size"),
        (BUY, "0", Some("100.0"), "rejected lot_size"),
        (BUY, "0.005", Some("1000.0"), "rejected quantity"),
        (BUY, "50.005", Some("1.0"), "rejected quantity"),
        // 0.045 * 100 = 4.5; a market order is judged at the touch.
        (BUY, "0.045", Some("100.0"), "rejected min_notional"),
        (BUY, "0.045", None, "rejected min_notional"),
        // 10 * 100 = 1000 leaves nothing for the fee of 1; 9.99 * 100.1 = 999.999 neither.
        (BUY, "10", Some("100.0"), "rejected balance"),
        (BUY, "9.99", Some("100.1"), "rejected balance"),
        (SELL, "5.005", Some("99.9"), "rejected balance"),
    ];
    for (side, qty, limit, reason) in cases {
        assert_eq!(
            stand.order(SPOT, side, qty, limit, IOC),
            reason,
            "{qty} at {limit:?}"
        );
    }
    // Just within: 9.99 * 100 + 0.999 = 999.999.
    assert_eq!(
        stand.order(SPOT, BUY, "9.99", Some("100.0"), IOC),
        "accepted; fill 9990@100 fee 0.999 USDT taker; BTC=14.99; USDT=0.001"
    );
}

#[test]
fn without_a_market_nothing_is_taken() {
    let mut stand = Stand::quotes();
    assert_eq!(
        stand.order(SPOT, BUY, "1", Some("100.0"), GTC),
        "rejected no_market"
    );
}

#[test]
fn what_rests_cannot_be_spent_twice() {
    let mut stand = Stand::quotes();
    stand.quote(SPOT, ("99.9", "90"), ("100.0", "90"));
    assert_eq!(stand.order(SPOT, SELL, "4", Some("101.0"), GTC), "accepted");
    assert_eq!(
        stand.order(SPOT, SELL, "1.005", Some("99.9"), IOC),
        "rejected balance"
    );
    assert_eq!(stand.order(SPOT, BUY, "9", Some("99.0"), GTC), "accepted");
    assert_eq!(
        stand.order(SPOT, BUY, "2", Some("100.0"), IOC),
        "rejected balance"
    );
}

#[test]
fn a_reduce_only_order_must_reduce() {
    let mut stand = Stand::quotes();
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    assert_eq!(stand.reduce(SELL, "1", None, IOC), "rejected reduce_only");
    stand.order(LINEAR, BUY, "1", None, IOC);
    assert_eq!(stand.reduce(BUY, "1", None, IOC), "rejected reduce_only");
    assert_eq!(
        stand.reduce(SELL, "1.005", None, IOC),
        "rejected reduce_only"
    );
    // A remainder below the smallest value may be closed: 0.97 then 0.03 * 99.9 = 2.997.
    stand.reduce(SELL, "0.97", None, IOC);
    // -0.003 realised and 0.002997 in fees.
    let closed = stand.reduce(SELL, "0.03", None, IOC);
    assert!(
        closed.starts_with("accepted; fill 30@99.9 fee 0.002997 USDT taker"),
        "{closed}"
    );
}
