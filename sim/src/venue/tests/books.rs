//! Wallets entry by entry: fees, inverse profit, funding over several settlements.

use super::funding::{mark, rate};
use super::*;

#[test]
fn fees_of_each_kind_of_contract() {
    let mut stand = Stand::quotes();
    stand.quote(SPOT, ("99.9", "90"), ("100.0", "90"));
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    stand.quote(INVERSE, ("99.9", "90"), ("100.0", "90"));
    // | order                | value                 | rate   | fee         | wallet                          |
    // | spot, buys 1 at 100  | 100 USDT              | 10 bps | 0.1 USDT    | 1000 - 100 - 0.1 = 899.9        |
    // | linear, sells 3      | 3 * 99.9 = 299.7 USDT | 10 bps | 0.2997 USDT | 899.9 - 0.2997 = 899.6003       |
    // | inverse, buys 2      | 200 / 100 = 2 BTC     | 10 bps | 0.002 BTC   | 6 - 0.002 = 5.998               |
    // | linear, bid of 2     | 2 * 99 = 198 USDT     |  2 bps | 0.0396 USDT | + 2 * 0.9 realised = 901.3607   |
    assert_eq!(
        stand.order(SPOT, BUY, "1", None, IOC),
        "accepted; fill 1000@100 fee 0.1 USDT taker; BTC=6; USDT=899.9"
    );
    assert_eq!(
        stand.order(LINEAR, SELL, "3", None, IOC),
        "accepted; fill 3000@99.9 fee 0.2997 USDT taker; USDT=899.6003"
    );
    assert_eq!(
        stand.order(INVERSE, BUY, "2", None, IOC),
        "accepted; fill 2@100 fee 0.002 BTC taker; BTC=5.998"
    );
    stand.order(LINEAR, BUY, "2", Some("99.0"), GTC);
    assert_eq!(
        stand.quote(LINEAR, ("98.8", "90"), ("98.9", "90")),
        "fill 2000@99 fee 0.0396 USDT maker; USDT=901.3607"
    );
}

#[test]
fn inverse_profit_in_parts() {
    let mut config = config();
    config.fees.taker = Bps::default();
    config.fees.maker = Bps::default();
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.quote(INVERSE, ("99.9", "90"), ("100.0", "90"));
    stand.order(INVERSE, BUY, "3", None, IOC);
    // 3 contracts of 100 USDT bought at 100: each 1 BTC.
    // | sold at | 100 / price | profit | wallet |
    // | 125     | 0.8         |  0.2   | 5.2    |
    // | 80      | 1.25        | -0.25  | 4.95   |
    // | 200     | 0.5         |  0.5   | 5.45   |
    // The whole: 3 - 2.55 = 0.45.
    for (bid, ask, wallet) in [
        ("125.0", "125.1", "BTC=5.2"),
        ("80.0", "80.1", "BTC=4.95"),
        ("200.0", "200.1", "BTC=5.45"),
    ] {
        stand.quote(INVERSE, (bid, "90"), (ask, "90"));
        let done = stand.order(INVERSE, SELL, "1", None, IOC);
        assert!(done.ends_with(wallet), "{done}");
    }
    assert!(stand.venue.account().position(INVERSE).qty.is_zero());
}

#[test]
fn inverse_parts_that_do_not_divide_sum_to_the_whole() {
    let run = |parts: &[&str]| {
        let mut config = config();
        config.fees.taker = Bps::default();
        config.fees.maker = Bps::default();
        let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
        stand.quote(INVERSE, ("69.9", "90"), ("70.0", "90"));
        stand.order(INVERSE, SELL, "3", None, IOC);
        stand.quote(INVERSE, ("89.9", "90"), ("90.0", "90"));
        for part in parts {
            stand.order(INVERSE, BUY, part, None, IOC);
        }
        assert!(stand.venue.account().position(INVERSE).cost.is_zero());
        stand.venue.account().total(BTC)
    };
    // Sold for 300 / 69.9 = 4.291845493562231760 BTC, bought back for 300 / 90 = 3.333333333333333333: a short
    // loses as the price rises, 5 - 0.958512160228898427. A third is 1.430615164520743920 at 18 decimals and is
    // released at 16; what that leaves over goes with the last part.
    let whole = money("4.041487839771101573");
    assert_eq!(run(&["3"]), whole);
    assert_eq!(run(&["1", "1", "1"]), whole);
    assert_eq!(run(&["2", "1"]), whole);
}

#[test]
fn funding_over_two_settlements() {
    // Wallets after 10 bps on 4 * 100.1 bought: 999.5996, or 4 * 100 sold: 999.6.
    // | settlement | mark | rate    | 4 * mark * rate | long      | short    |
    // | 1000       | 110  |  0.0001 |  0.044          | 999.5556  | 999.644  |
    // | 2000       | 120  | -0.0002 | -0.096          | 999.6516  | 999.548  |
    for (side, first, second) in [
        (
            BUY,
            "funding -0.044; USDT=999.5556",
            "funding 0.096; USDT=999.6516",
        ),
        (
            SELL,
            "funding 0.044; USDT=999.644",
            "funding -0.096; USDT=999.548",
        ),
    ] {
        let mut stand = super::funding::holding(LINEAR, side, "4");
        mark(&mut stand, LINEAR, "110");
        rate(&mut stand, LINEAR, "0.0001", 1_000);
        assert_eq!(stand.settle(1_000), first);
        mark(&mut stand, LINEAR, "120");
        rate(&mut stand, LINEAR, "-0.0002", 2_000);
        assert_eq!(stand.settle(2_000), second);
    }
    // Inverse: 2 contracts of 100 USDT are 200 / mark BTC. Sold at 100: 5 - 0.002. Bought at 100.1:
    // 5 - 200 / 100.1 * 0.001 = 5 - 0.001998001998001998.
    // | settlement | mark | 200 / mark | rate    | amount  | long                 | short   |
    // | 1000       | 125  | 1.6        |  0.0005 |  0.0008 | 4.997201998001998002 | 4.9988  |
    // | 2000       | 80   | 2.5        | -0.0002 | -0.0005 | 4.997701998001998002 | 4.9983  |
    for (side, first, second) in [
        (
            BUY,
            "funding -0.0008; BTC=4.997201998001998002",
            "funding 0.0005; BTC=4.997701998001998002",
        ),
        (
            SELL,
            "funding 0.0008; BTC=4.9988",
            "funding -0.0005; BTC=4.9983",
        ),
    ] {
        let mut stand = super::funding::holding(INVERSE, side, "2");
        mark(&mut stand, INVERSE, "125");
        rate(&mut stand, INVERSE, "0.0005", 1_000);
        assert_eq!(stand.settle(1_000), first);
        mark(&mut stand, INVERSE, "80");
        rate(&mut stand, INVERSE, "-0.0002", 2_000);
        assert_eq!(stand.settle(2_000), second);
    }
}

#[test]
fn a_rate_told_at_its_settlement_is_paid_as_it_comes_and_once() {
    // 4 * 100 * 0.0002 = 0.08 on 999.6. The row's stamp, 2, is its settlement.
    let mut stand = super::funding::holding(LINEAR, SELL, "4");
    mark(&mut stand, LINEAR, "100");
    let now = stand.now + 1;
    assert_eq!(
        rate(&mut stand, LINEAR, "0.0002", now),
        "funding 0.08; USDT=999.68"
    );
    // Told again, or late, it is no news.
    assert_eq!(rate(&mut stand, LINEAR, "0.0002", now), "");
    assert_eq!(rate(&mut stand, LINEAR, "0.0002", now - 1), "");
    assert_eq!(stand.settle(1_000), "");
    // A later one is awaited, and an earlier one does not push it out. 4 * 100 * 0.0001 = 0.04.
    assert_eq!(rate(&mut stand, LINEAR, "0.0001", 2_000), "");
    assert_eq!(rate(&mut stand, LINEAR, "0.5", 1_500), "");
    assert_eq!(stand.settle(1_999), "");
    assert_eq!(stand.settle(2_000), "funding 0.04; USDT=999.72");
}

#[test]
fn what_is_opened_at_the_settlement_does_not_pay() {
    let mut stand = Stand::quotes();
    stand.quote(LINEAR, ("100.0", "90"), ("100.1", "90"));
    mark(&mut stand, LINEAR, "100");
    rate(&mut stand, LINEAR, "0.01", 1_000);
    // An order that arrives at 1000 meets a venue that has settled what is due by then.
    assert_eq!(stand.settle(1_000), "");
    stand.order(LINEAR, BUY, "4", None, IOC);
    assert_eq!(stand.settle(1_001), "");
    assert_eq!(stand.venue.account().total(USDT), money("999.5996"));
}
