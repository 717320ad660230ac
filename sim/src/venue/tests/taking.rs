//! Orders that take: what they get, and what becomes of the rest.

use super::*;

/// Bids 99.9 x 1 and 99.8 x 2; asks 100.0 x 1, 100.1 x 2 and 100.2 x 3.
fn deep(liquidity: Liquidity) -> Stand {
    let mut stand = Stand::new(TopFeed::Depth, liquidity, config());
    stand.depth(
        true,
        &[("99.9", "1"), ("99.8", "2")],
        &[("100.0", "1"), ("100.1", "2"), ("100.2", "3")],
    );
    stand
}

#[test]
fn a_taker_trades_at_the_touch() {
    let mut stand = Stand::quotes();
    stand.quote(SPOT, ("99.9", "1"), ("100.0", "1"));
    // 0.5 * 100 = 50 and 10 bps of it: 1000 - 50 - 0.05. The limit of 100.5 costs nothing: the touch is better.
    assert_eq!(
        stand.order(SPOT, BUY, "0.5", Some("100.5"), IOC),
        "accepted; fill 500@100 fee 0.05 USDT taker; BTC=5.5; USDT=949.95"
    );
    // 0.5 * 99.9 = 49.95 less 0.04995: 949.95 + 49.95 - 0.04995.
    assert_eq!(
        stand.order(SPOT, SELL, "0.5", Some("99.9"), IOC),
        "accepted; fill 500@99.9 fee 0.04995 USDT taker; BTC=5; USDT=999.85005"
    );
}

#[test]
fn an_immediate_order_trades_what_is_there_and_the_rest_expires() {
    let mut stand = Stand::quotes();
    stand.quote(SPOT, ("99.9", "1"), ("100.0", "1"));
    // Of 3 there is 1: 100 and 0.1.
    assert_eq!(
        stand.order(SPOT, BUY, "3", Some("100.0"), IOC),
        "accepted; fill 1000@100 fee 0.1 USDT taker; expired; BTC=6; USDT=899.9"
    );
    assert_eq!(
        stand.order(SPOT, BUY, "3", Some("99.9"), IOC),
        "accepted; expired"
    );
}

#[test]
fn fill_or_kill_is_all_or_nothing() {
    let mut stand = deep(Liquidity::Book);
    // At 100.1 or better there are 3.
    assert_eq!(
        stand.order(SPOT, BUY, "3.005", Some("100.1"), FOK),
        "accepted; expired"
    );
    // 1 * 100 + 2 * 100.1 = 300.2 and 0.1 + 0.2002: 1000 - 300.5002.
    assert_eq!(
        stand.order(SPOT, BUY, "3", Some("100.1"), FOK),
        "accepted; fill 1000@100 fee 0.1 USDT taker; fill 2000@100.1 fee 0.2002 USDT taker; BTC=8; USDT=699.4998"
    );
}

#[test]
fn a_post_only_order_never_takes() {
    let mut stand = Stand::quotes();
    stand.quote(SPOT, ("99.9", "1"), ("100.0", "1"));
    assert_eq!(
        stand.order(SPOT, BUY, "1", Some("100.0"), POST),
        "rejected would_take"
    );
    assert_eq!(stand.order(SPOT, BUY, "1", Some("99.9"), POST), "accepted");
}

#[test]
fn what_a_resting_order_does_not_take_rests() {
    let mut stand = Stand::quotes();
    stand.quote(SPOT, ("99.9", "1"), ("100.0", "1"));
    assert_eq!(
        stand.order(SPOT, BUY, "3", Some("100.0"), GTC),
        "accepted; fill 1000@100 fee 0.1 USDT taker; BTC=6; USDT=899.9"
    );
    // The other 2 at 100 and the dearer fee of 10 bps are set aside: 899.9 - 200 - 0.2.
    assert_eq!(stand.free(USDT), "699.7");
}

#[test]
fn a_market_order_takes_any_price_and_never_rests() {
    let mut stand = deep(Liquidity::Book);
    // 1 * 100 + 2 * 100.1 + 3 * 100.2 = 600.8; 10 bps a fill: 0.1 + 0.2002 + 0.3006 = 0.6008.
    assert_eq!(
        stand.order(SPOT, BUY, "7", None, GTC),
        "accepted; fill 1000@100 fee 0.1 USDT taker; fill 2000@100.1 fee 0.2002 USDT taker; \
         fill 3000@100.2 fee 0.3006 USDT taker; expired; BTC=11; USDT=398.5992"
    );
}

#[test]
fn what_was_taken_of_the_book_is_gone_until_its_level_is_told_anew() {
    let mut stand = deep(Liquidity::Book);
    // Takes 1 at 100.0 and 1 of 2 at 100.1.
    stand.order(SPOT, BUY, "2", Some("100.1"), IOC);
    assert_eq!(
        stand.order(SPOT, BUY, "2", Some("100.1"), IOC),
        "accepted; fill 1000@100.1 fee 0.1001 USDT taker; expired; BTC=8; USDT=699.4998"
    );
    // Only 100.1 is told anew; 100.0 stays empty.
    stand.depth(false, &[], &[("100.1", "0.5")]);
    assert_eq!(
        stand.order(SPOT, BUY, "2", Some("100.1"), IOC),
        "accepted; fill 500@100.1 fee 0.05005 USDT taker; expired; BTC=8.5; USDT=649.39975"
    );
    // A snapshot tells every level anew: 0.5 * 100 and 0.05.
    stand.depth(true, &[("99.9", "1")], &[("100.0", "1")]);
    assert_eq!(
        stand.order(SPOT, BUY, "0.5", Some("100.0"), IOC),
        "accepted; fill 500@100 fee 0.05 USDT taker; BTC=9; USDT=599.34975"
    );
}

#[test]
fn touch_takes_the_first_level_alone() {
    let mut stand = deep(Liquidity::Touch);
    assert_eq!(
        stand.order(SPOT, BUY, "3", Some("100.2"), IOC),
        "accepted; fill 1000@100 fee 0.1 USDT taker; expired; BTC=6; USDT=899.9"
    );
    assert_eq!(
        stand.order(SPOT, BUY, "3", Some("100.2"), IOC),
        "accepted; expired"
    );
    stand.depth(false, &[], &[("100.0", "0.25")]);
    assert_eq!(
        stand.order(SPOT, BUY, "3", Some("100.2"), IOC),
        "accepted; fill 250@100 fee 0.025 USDT taker; expired; BTC=6.25; USDT=874.875"
    );
}

#[test]
fn a_quote_renews_the_touch() {
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Touch, config());
    stand.quote(SPOT, ("99.9", "1"), ("100.0", "1"));
    stand.order(SPOT, BUY, "1", Some("100.0"), IOC);
    assert_eq!(
        stand.order(SPOT, BUY, "1", Some("100.0"), IOC),
        "accepted; expired"
    );
    // The bid is untouched by what was bought.
    assert_eq!(
        stand.order(SPOT, SELL, "1", Some("99.9"), IOC),
        "accepted; fill 1000@99.9 fee 0.0999 USDT taker; BTC=5; USDT=999.7001"
    );
    stand.quote(SPOT, ("99.9", "1"), ("100.0", "1"));
    assert_eq!(
        stand.order(SPOT, BUY, "1", Some("100.0"), IOC),
        "accepted; fill 1000@100 fee 0.1 USDT taker; BTC=6; USDT=899.6001"
    );
}

#[test]
fn touch_unlimited_gives_any_quantity_at_the_touch_again_and_again() {
    let mut stand = deep(Liquidity::TouchUnlimited);
    for usdt in ["599.6", "199.2"] {
        // 4 * 100 and 0.4 each time, though the touch shows 1.
        let btc = if usdt == "599.6" { "9" } else { "13" };
        assert_eq!(
            stand.order(SPOT, BUY, "4", Some("100.0"), IOC),
            format!("accepted; fill 4000@100 fee 0.4 USDT taker; BTC={btc}; USDT={usdt}")
        );
    }
}
