//! Reduce-only orders, own orders that meet, halts, rate limits and fees on parts: worked out by hand.

use super::table::check;
use super::*;
use crate::config::RateLimit;
use onetape_core::time::Span;

fn stand(config: VenueConfig) -> Stand {
    let queue = QueueModel::Conservative;
    Stand::queued(TopFeed::Depth, Liquidity::Book, queue, config)
}

#[test]
fn fees_of_parts_are_the_fees_of_their_kind() {
    let mut config = config();
    config.fees.maker = Bps::parse("-1").unwrap();
    check(
        &mut stand(config),
        SPOT,
        "
        0 | book 99.8x9 / 99.9x0.4 |                                     |
        # Taker: 0.4 * 99.9 = 39.96 and 10 bps, 0.03996.
        1 | buy 1 at 99.9          | #0 accepted; #0 fill 0.4@99.9 taker | USDT=960.00004 left0=0.6
        # Maker: 0.2 * 99.9 = 19.98 and a rebate of 1 bps, 0.001998.
        2 | ask 99.9x0.2           | #0 fill 0.2@99.9                    | USDT=940.022038
        # 0.4 * 99.9 = 39.96 and 0.003996; 0.4 + 0.2 + 0.4 = 1.
        3 | sold 0.7 at 99.8       | #0 fill 0.4@99.9                    | USDT=900.066034 BTC=6
        ",
    );
}

#[test]
fn several_reduce_only_orders_never_close_more_than_there_is() {
    let table = "
        0 | book 99.9x9 / 100.0x9        |                                   |
        1 | buy 1 at market ioc          | #0 accepted; #0 fill 1@100 taker  | held=1
        2 | sell 0.8 at 101.0 gtc reduce | #1 accepted                       |
        3 | sell 0.6 at 102.0 gtc reduce | #2 accepted                       |
        # 0.8 and then 0.2 of 0.6: 1 in all. What is left of the second has nothing to reduce.
        4 | diff 102.0x9 / 100.0x0 102.5x9 | #1 fill 0.8@101; #2 fill 0.2@102; #2 expired | held=0 left2=0
        ";
    check(&mut stand(config()), LINEAR, table);
    check(
        &mut stand(config()),
        LINEAR,
        "
        0 | book 99.9x9 / 100.0x9        |                                   |
        1 | buy 1 at market ioc          | #0 accepted; #0 fill 1@100 taker  | held=1
        2 | sell 0.8 at 101.0 gtc reduce | #1 accepted                       |
        3 | sell 1 at 102.0 post reduce  | #2 accepted                       |
        4 | buy 0.5 at 99.0 gtc reduce   | #3 rejected reduce_only           |
        5 | sell 1 at 102.0 gtc          | #4 accepted                       |
        # The position is closed by another order: both go at once, the plain one stays.
        6 | sell 1 at market ioc         | #5 accepted; #5 fill 1@99.9 taker; #1 expired; #2 expired | held=0 left4=1
        ",
    );
}

#[test]
fn own_orders_that_would_meet_go_as_the_venue_says() {
    let with = |self_trade| {
        let mut config = config();
        config.self_trade = self_trade;
        stand(config)
    };
    // The market sells 1 at 100.0, the run itself 1 at 100.1.
    let set_up = "
        0 | book 99.9x9 / 100.0x1 100.1x9 |             |
        1 | sell 1 at 100.1 post          | #0 accepted |
        2 | sell 1 at 100.2 post          | #1 accepted |
        # 1 at 100.0 is enough, and 100.0 is not 100.1.
        3 | buy 0.5 at 100.5 ioc          | #2 accepted; #2 fill 0.5@100 taker |
        4 | buy 0.5 at 100.0 ioc          | #3 accepted; #3 fill 0.5@100 taker |
        5 | ask 100.0x1                   |             |
        ";
    let mut taker = with(SelfTrade::ExpireTaker);
    check(&mut taker, SPOT, set_up);
    check(
        &mut taker,
        SPOT,
        "
        6 | buy 2 at 100.1 ioc            | #4 rejected self_trade | left0=1
        7 | buy 2 at market ioc           | #5 rejected self_trade |
        8 | buy 2 at 100.1 post           | #6 rejected would_take |
        9 | buy 1 at 99.9                 | #7 accepted            |
        10 | amend 7 to 2 at 100.1        | #7 amend_rejected self_trade | left7=1
        ",
    );
    let mut maker = with(SelfTrade::ExpireMaker);
    check(&mut maker, SPOT, set_up);
    check(
        &mut maker,
        SPOT,
        "
        6 | buy 2 at 100.1 ioc | #4 accepted; #0 expired; #4 fill 1@100 taker; #4 fill 1@100.1 taker | left0=0 left1=1
        ",
    );
    let mut both = with(SelfTrade::ExpireBoth);
    check(&mut both, SPOT, set_up);
    check(
        &mut both,
        SPOT,
        "
        6 | buy 2 at 100.1 | #4 accepted; #0 expired; #4 fill 1@100 taker; #4 expired | left0=0 left1=1 left4=0
        7 | diff / 100.0x1 100.1x0.2 100.2x9 | |
        8 | buy 2 at 100.2 fok | #5 accepted; #5 expired | left1=1
        ",
    );
}

#[test]
fn nothing_trades_in_a_halt() {
    check(
        &mut stand(config()),
        SPOT,
        "
        0 | book 99.9x3 99.8x3 / 100.0x9 |                          |
        1 | buy 1 at 99.9 post           | #0 accepted              | ahead0=3
        2 | buy 1 at 99.8 post           | #1 accepted              | ahead1=3
        3 | halt                         |                          |
        4 | buy 1 at 99.9                | #2 rejected halted       |
        5 | amend 0 to 0.5 at 99.9       | #0 amend_rejected halted | left0=1
        # Neither prints nor the other side fill; who leaves the queue leaves it all the same.
        6 | sold 9 at 99.8               |                          | left0=1 left1=1
        7 | bid 99.9x2                   |                          | ahead0=2
        8 | diff 99.9x0 99.8x0 99.0x1 / 99.5x9 |                    | left0=1 left1=1
        9 | cancel 1                     | #1 cancelled             | left1=0
        # Not on a book of the halt: on the first one after it.
        10 | resume                      |                          | left0=1
        11 | ask 99.5x8                  | #0 fill 1@99.9           |
        ",
    );
}

#[test]
fn rate_limits_slide_to_the_nanosecond() {
    let mut config = config();
    let limit = |orders, ms| RateLimit {
        orders,
        per: Span::from_millis(ms),
    };
    config.rate_limits = vec![limit(2, 10), limit(4, 100)];
    check(
        &mut stand(config),
        SPOT,
        "
        0 | book 99.9x3 / 100.0x9  |                              |
        0 | buy 1 at 99.0          | #0 accepted                  |
        # Refused for another reason, but counted.
        5 | buy 1 at 99.05         | #1 rejected tick_size        |
        9 | buy 1 at 99.0          | #2 rejected rate_limit       |
        9 | amend 0 to 0.5 at 99.0 | #0 amend_rejected rate_limit |
        # The one of 0 counts until 10, not at 10. What was refused at 9 never counted.
        10 | amend 0 to 0.5 at 99.0 | #0 amended                  |
        14 | buy 1 at 99.0         | #3 rejected rate_limit       |
        14 | cancel 0              | #0 cancelled                 |
        15 | buy 1 at 99.0         | #4 accepted                  |
        # 0, 5, 10 and 15 are four in less than 100.
        99 | buy 1 at 99.0         | #5 rejected rate_limit       |
        100 | buy 1 at 99.0        | #6 accepted                  |
        ",
    );
}
