//! Isolated margin: what is set aside, what is freed, and that no more than that is lost.

use super::funding::{mark, rate};
use super::*;

/// Leverage 5, maintenance of 1 %, a liquidation fee of 50 bps.
fn stand() -> Stand {
    let config = VenueConfig {
        leverage: 5,
        margin: MarginMode::Isolated,
        liquidation_fee: Bps::parse("50").unwrap(),
        ..config()
    };
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.names.instruments[LINEAR.index()].tiers = vec![MarginTier {
        up_to: Money::ZERO,
        maintenance: money("0.01"),
        max_leverage: 20,
    }];
    stand
}

fn margin(stand: &Stand) -> String {
    stand.venue.account().isolated_margin(LINEAR).to_string()
}

/// Bought 10 at 100 and 10 at 90, sold 5 at 97.
fn held() -> Stand {
    // | trade        | value | set aside         | realised       | fee   | wallet   | free     |
    // | buys 10, 100 | 1000  | 1000 / 5 = 200    |                | 1     | 999      | 799      |
    // | buys 10, 90  | 900   | + 900 / 5 = 380   |                | 0.9   | 998.1    | 618.1    |
    // | sells 5, 97  | 485   | 380 * 15/20 = 285 | 485 - 475 = 10 | 0.485 | 1007.615 | 722.615  |
    let mut stand = stand();
    for (side, qty, bid, ask, set_aside, free) in [
        (BUY, "10", "99.9", "100.0", "200", "799"),
        (BUY, "10", "89.9", "90.0", "380", "618.1"),
        (SELL, "5", "97.0", "97.1", "285", "722.615"),
    ] {
        stand.quote(LINEAR, (bid, "90"), (ask, "90"));
        stand.order(LINEAR, side, qty, None, IOC);
        assert_eq!(
            (margin(&stand), stand.free(USDT)),
            (set_aside.into(), free.into())
        );
    }
    assert_eq!(stand.venue.account().total(USDT), money("1007.615"));
    stand
}

#[test]
fn margin_moves_with_the_position_and_is_all_that_is_at_risk() {
    // 15 left at a cost of 1425: 285 + 15 * mark - 1425 against 0.15 * mark.
    // | mark | balance | maintenance |            |
    // | 76.8 | 12      | 11.52       | holds      |
    // | 76.7 | 10.5    | 11.505      | liquidated |
    // At a bid of 76.5: 1147.5 - 1425 = -277.5, fee 1147.5 * 0.005 = 5.7375. 1007.615 - 283.2375 = 724.3775.
    let mut stand = held();
    mark(&mut stand, LINEAR, "76.8");
    stand.quote(LINEAR, ("76.5", "90"), ("76.9", "90"));
    assert_eq!(margin(&stand), "285");
    let answer = stand.market(Body::Mark(Mark {
        instrument: LINEAR,
        mark: money("76.7"),
        index: None,
    }));
    assert_eq!(
        answer,
        "liquidation fee 5.7375; liquidated 15000 for -277.5; USDT=724.3775"
    );
    assert_eq!(
        (margin(&stand), stand.free(USDT)),
        ("0".into(), "724.3775".into())
    );
}

#[test]
fn a_crash_costs_what_was_set_aside() {
    // The bankruptcy price is (1425 - 285) / 15 = 76. A bid of 50 is worse: the fund takes all of it at 76 and
    // bears 15 * 26 = 390. Nothing is left for the fee. 1007.615 - 285 = 722.615, what was free.
    let mut stand = held();
    assert_eq!(
        stand.quote(LINEAR, ("50.0", "90"), ("50.1", "90")),
        "liquidated 15000 for -285; USDT=722.615"
    );
    assert_eq!(stand.free(USDT), "722.615");
}

#[test]
fn the_fund_takes_what_the_book_does_not() {
    // | part        | price | value | cost | realised |
    // | the bid's 5 | 76.5  | 382.5 | 475  | -92.5    |
    // | the rest    | 76    | 760   | 950  | -190     |
    // The fee would be 1142.5 * 0.005 = 5.7125; 285 - 282.5 = 2.5 is left to pay it.
    let mut stand = held();
    assert_eq!(
        stand.quote(LINEAR, ("76.5", "5"), ("76.6", "90")),
        "liquidation fee 2.5; liquidated 15000 for -282.5; USDT=722.615"
    );
}

#[test]
fn funding_takes_from_the_margin_what_the_free_balance_lacks() {
    // 722.615 free; funding of 15 * 100 * 0.55 = 825: 102.385 comes out of the 285. What is left, 182.615 and
    // 15 * 100 - 1425 = 75 of profit, carries it.
    let mut stand = held();
    mark(&mut stand, LINEAR, "100");
    rate(&mut stand, LINEAR, "0.55", 1_000);
    assert_eq!(stand.settle(1_000), "funding -825; USDT=182.615");
    assert_eq!(
        (margin(&stand), stand.free(USDT)),
        ("182.615".into(), "0".into())
    );
    // The next one takes all of it: 15 * 100 * 0.2 = 300. Nothing stands behind the position any more: closed at
    // 97, 1455 - 1425 = 30; the wallet lacks 300 - 182.615 - 30 = 87.385, which the venue bears.
    mark(&mut stand, LINEAR, "100");
    rate(&mut stand, LINEAR, "0.2", 2_000);
    assert_eq!(
        stand.settle(2_000),
        "funding -300; liquidated 15000 for 117.385; USDT=0"
    );
}

#[test]
fn a_turn_frees_one_margin_and_sets_another_aside() {
    // Sells 20 at 97: 15 close, 1455 - 1425 = 30; 5 open, 485 / 5 = 97 set aside; fee 1.94.
    let mut stand = held();
    stand.order(LINEAR, SELL, "20", None, IOC);
    assert_eq!(margin(&stand), "97");
    assert_eq!(stand.venue.account().total(USDT), money("1035.675"));
    assert_eq!(stand.free(USDT), "938.675");
}

#[test]
fn a_close_below_bankruptcy_costs_no_more_than_what_stood_behind_it() {
    // The mark holds at 100 while the book falls to 60: 15 * 60 - 1425 = -525, and 285 stand behind it. The fee,
    // 900 * 0.001, comes out of the free balance.
    let mut stand = held();
    mark(&mut stand, LINEAR, "100");
    stand.quote(LINEAR, ("60.0", "90"), ("60.1", "90"));
    assert_eq!(
        stand.order(LINEAR, SELL, "15", None, IOC),
        "accepted; fill 15000@60 fee 0.9 USDT taker; liquidated 0 for 240; USDT=721.715"
    );
    // Of 5 alone: -175, 95 freed and 80 out of what stands behind the other 10.
    let mut stand = held();
    mark(&mut stand, LINEAR, "100");
    stand.quote(LINEAR, ("60.0", "90"), ("60.1", "90"));
    stand.order(LINEAR, SELL, "5", None, IOC);
    assert_eq!(margin(&stand), "110");
    assert_eq!(stand.free(USDT), "722.315");
}

#[test]
fn orders_of_the_instrument_alone_are_ended() {
    let mut stand = held();
    stand.quote(SPOT, ("99.9", "90"), ("100.0", "90"));
    stand.order(SPOT, BUY, "1", Some("90.0"), GTC);
    stand.order(LINEAR, SELL, "1", Some("110.0"), GTC);
    assert_eq!(
        stand.quote(LINEAR, ("50.0", "90"), ("50.1", "90")),
        "expired; liquidated 15000 for -285; USDT=722.615"
    );
    assert_eq!(stand.cancel(3), "cancelled");
}
