//! Futures: initial margin by leverage, profit on closing, and what free margin counts.

use super::*;

fn stand(leverage: u32) -> Stand {
    let config = VenueConfig {
        leverage,
        ..config()
    };
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    stand
}

fn free_margin(stand: &Stand) -> String {
    let account = stand.venue.account();
    account
        .free_margin(USDT, &stand.names, &stand.market)
        .to_string()
}

#[test]
fn at_leverage_one_the_whole_value_is_margin() {
    let mut stand = stand(1);
    // 9.995 * 100 = 999.5 with a fee of 0.9995: 1000.4995 is too much. 9.99: 999 + 0.999.
    assert_eq!(
        stand.order(LINEAR, BUY, "9.995", None, IOC),
        "rejected balance"
    );
    assert_eq!(
        stand.order(LINEAR, BUY, "9.99", None, IOC),
        "accepted; fill 9990@100 fee 0.999 USDT taker; USDT=999.001"
    );
    // 999.001 - 999 of margin - 9.99 * 0.05 lost to half of the spread.
    assert_eq!(free_margin(&stand), "-0.4985");
}

#[test]
fn at_leverage_three_a_third_of_it_is() {
    let mut stand = stand(3);
    // 29.9 * 100 / 3 = 996.67 and a fee of 2.99 pass; 29.95: 998.33 + 2.995 do not.
    assert_eq!(
        stand.order(LINEAR, BUY, "29.95", None, IOC),
        "rejected balance"
    );
    // 29.1 * 100 / 3 = 970, fee 2.91.
    assert_eq!(
        stand.order(LINEAR, BUY, "29.1", None, IOC),
        "accepted; fill 29100@100 fee 2.91 USDT taker; USDT=997.09"
    );
    // 997.09 - 970 - 29.1 * 0.05 lost to half of the spread.
    assert_eq!(free_margin(&stand), "25.635");
}

#[test]
fn closing_books_the_profit_and_needs_no_margin() {
    let mut stand = stand(1);
    stand.order(LINEAR, SELL, "9", None, IOC);
    // 9 * 99.9 = 899.1 at 10 bps: 1000 - 0.8991.
    assert_eq!(stand.venue.account().total(USDT), money("999.1009"));
    stand.quote(LINEAR, ("89.8", "90"), ("89.9", "90"));
    // 9 * (99.9 - 89.9) = 90 less 9 * 89.9 = 809.1 at 10 bps.
    assert_eq!(
        stand.order(LINEAR, BUY, "9", None, IOC),
        "accepted; fill 9000@89.9 fee 0.8091 USDT taker; USDT=1088.2918"
    );
    assert_eq!(free_margin(&stand), "1088.2918");
}

#[test]
fn losses_cannot_be_spent_and_gains_neither() {
    let mut stand = stand(1);
    stand.order(LINEAR, BUY, "4", None, IOC);
    // 999.6 in the wallet, 400 of margin. Middle of 90.05: 4 * 9.95 lost.
    stand.quote(LINEAR, ("90.0", "90"), ("90.1", "90"));
    assert_eq!(free_margin(&stand), "559.8");
    stand.quote(LINEAR, ("120.0", "90"), ("120.1", "90"));
    assert_eq!(free_margin(&stand), "599.6");
}

#[test]
fn two_resting_orders_cannot_close_one_position_twice() {
    let mut stand = stand(1);
    stand.order(LINEAR, BUY, "9", None, IOC);
    assert_eq!(
        stand.order(LINEAR, SELL, "9", Some("101.0"), GTC),
        "accepted"
    );
    // The second one would open a short of 9 * 101 with 100 of free margin.
    assert_eq!(
        stand.order(LINEAR, SELL, "9", Some("101.0"), GTC),
        "rejected balance"
    );
}

#[test]
fn an_inverse_contract_needs_most_of_its_base_where_it_is_cheapest() {
    let mut config = config();
    config.balances[0].1 = money("1");
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.quote(INVERSE, ("99.9", "90"), ("100.0", "90"));
    // One contract of 100 USDT at 100 is 1 BTC of margin, and 0.001 of fee is too much; a limit far above the
    // touch does not make it cheaper.
    assert_eq!(
        stand.order(INVERSE, BUY, "1", Some("200.0"), IOC),
        "rejected balance"
    );
    // At 200 and 10 bps: 0.5 of margin, 0.0005 of fee.
    stand.quote(INVERSE, ("199.9", "90"), ("200.0", "90"));
    assert_eq!(
        stand.order(INVERSE, BUY, "1", None, IOC),
        "accepted; fill 1@200 fee 0.0005 BTC taker; BTC=0.9995"
    );
    // Sold at 250: 100 * (1/200 - 1/250) = 0.1 less 10 bps of 0.4.
    stand.quote(INVERSE, ("250.0", "90"), ("250.1", "90"));
    assert_eq!(
        stand.order(INVERSE, SELL, "1", None, IOC),
        "accepted; fill 1@250 fee 0.0004 BTC taker; BTC=1.0991"
    );
}
