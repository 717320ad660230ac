//! Accounts that cannot carry what they hold.

use super::*;

/// Long at 100 with leverage 3, in an instrument without tiers.
fn long(qty: &str) -> Stand {
    let config = VenueConfig {
        leverage: 3,
        ..config()
    };
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    stand.order(LINEAR, BUY, qty, None, IOC);
    stand
}

#[test]
fn a_position_that_lost_the_wallet_is_closed_and_the_venue_bears_the_rest() {
    // 20 at 100: fee 2, wallet 998, bankrupt at 50.1. A middle of 50.15 leaves 998 - 20 * 49.85 = 1; one of 50.1
    // leaves nothing. The bid of 50 is worse than the bankruptcy price: the fund takes over at 50.1 and bears
    // 20 * 0.1.
    let mut stand = long("20");
    assert_eq!(stand.quote(LINEAR, ("50.1", "90"), ("50.2", "90")), "");
    assert_eq!(
        stand.quote(LINEAR, ("50.0", "90"), ("50.2", "90")),
        "liquidated 20000 for -998; USDT=0"
    );
    // A fall through it costs the wallet and no more.
    let mut stand = long("20");
    assert_eq!(
        stand.quote(LINEAR, ("10.0", "90"), ("10.1", "90")),
        "liquidated 20000 for -998; USDT=0"
    );
    assert!(stand.venue.account().position(LINEAR).qty.is_zero());
}

#[test]
fn funding_that_empties_the_wallet_ends_a_position_that_gains() {
    // Wallet 998; bid 101 makes 20 * 1 = 20. Funding of half the value at a mark of 100 is 1000: -2 + 20.
    let mut stand = long("20");
    stand.quote(LINEAR, ("101.0", "90"), ("101.1", "90"));
    stand.market(Body::Mark(Mark {
        instrument: LINEAR,
        mark: money("100"),
        index: None,
    }));
    stand.market(Body::Funding(FundingRate {
        instrument: LINEAR,
        rate: money("0.5"),
        settles_at: Ts::from_nanos(1_000),
    }));
    assert_eq!(
        stand.settle(1_000),
        "funding -1000; liquidated 20000 for 20; USDT=18"
    );
}

#[test]
fn a_closing_trade_that_costs_more_than_the_wallet_leaves_it_empty() {
    // 20 * (100 - 50.2) = 996 is lost at the touch, where 998 are left; but the fee is 1.004 of 2 ... 0.996 stay.
    let mut stand = long("20");
    stand.quote(LINEAR, ("50.2", "90"), ("50.3", "90"));
    assert_eq!(
        stand.order(LINEAR, SELL, "20", None, IOC),
        "accepted; fill 20000@50.2 fee 1.004 USDT taker; USDT=0.996"
    );
    // At 50.15 (not on the grid) nothing would be left; with the fee, 50.2 is the last price that pays it:
    // twice the fee does not fit into 2.
    let mut config = config();
    config.fees.taker = Bps::parse("30").unwrap();
    config.leverage = 3;
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    // Fee 6: wallet 994. Bid 50.4: 994 - 20 * 49.6 = 2, the fee 20 * 50.4 * 0.003 = 3.024.
    stand.order(LINEAR, BUY, "20", None, IOC);
    stand.quote(LINEAR, ("50.4", "90"), ("50.5", "90"));
    assert_eq!(
        stand.order(LINEAR, SELL, "20", None, IOC),
        "accepted; fill 20000@50.4 fee 3.024 USDT taker; liquidated 0 for 1.024; USDT=0"
    );
}

#[test]
fn resting_orders_go_when_what_was_set_aside_is_lost() {
    let mut stand = long("10");
    // 10 more at 90 set 300.9 aside.
    assert_eq!(
        stand.order(LINEAR, BUY, "10", Some("90.0"), GTC),
        "accepted"
    );
    // A mark of 0.1: 999 - 10 * 99.9 is nothing. The order goes first; the book still pays 99.9 a piece.
    let answer = stand.market(Body::Mark(Mark {
        instrument: LINEAR,
        mark: money("0.1"),
        index: None,
    }));
    assert_eq!(answer, "expired; liquidated 10000 for -1; USDT=998");
    assert_eq!(stand.free(USDT), "998");
}
