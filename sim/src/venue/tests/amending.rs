//! Changes of resting orders, worked out by hand.

use super::table::check;
use super::*;

fn stand() -> Stand {
    Stand::queued(
        TopFeed::Depth,
        Liquidity::Book,
        QueueModel::Conservative,
        config(),
    )
}

#[test]
fn less_at_the_same_price_keeps_its_place_and_anything_else_loses_it() {
    check(
        &mut stand(),
        SPOT,
        "
        0 | book 99.9x10 99.8x4 / 100.0x8 |                              |
        # Set aside: 2 * 99.9 = 199.8 and 10 bps of it, 0.1998.
        1 | buy 2 at 99.9 post            | #0 accepted                  | ahead0=10 free:USDT=800.0002
        2 | sold 4 at 99.9                |                              | ahead0=6
        3 | amend 0 to 1 at 99.9          | #0 amended                   | ahead0=6 left0=1 free:USDT=900.0001
        # 10 - 4 and 3 that joined.
        4 | bid 99.9x9                    |                              | ahead0=6
        5 | amend 0 to 1.5 at 99.9        | #0 amended                   | ahead0=9 left0=1.5
        6 | amend 0 to 1.5 at 99.8        | #0 amended                   | ahead0=4 left0=1.5
        # At 100.0 it would take; it stays where it is.
        7 | amend 0 to 1.5 at 100.0       | #0 amend_rejected would_take | ahead0=4 left0=1.5
        8 | amend 0 to 20 at 99.8         | #0 amend_rejected balance    | ahead0=4 left0=1.5
        # 4 of the market, 0.5 of the order.
        9 | sold 4.5 at 99.8              | #0 fill 0.5@99.8             | left0=1
        # 0.5 traded: 1.2 leaves 0.7, and 0.5 leaves nothing.
        10 | amend 0 to 1.2 at 99.8       | #0 amended                   | left0=0.7 ahead0=0
        11 | amend 0 to 0.5 at 99.8       | #0 cancelled                 | left0=0 free:USDT=950.09002
        12 | amend 0 to 1 at 99.8         | #0 amend_rejected not_resting |
        ",
    );
}

#[test]
fn a_change_that_reaches_the_other_side_takes() {
    check(
        &mut stand(),
        SPOT,
        "
        0 | book 99.9x10 / 100.0x1 100.1x8 |                                               |
        1 | buy 3 at 99.8                  | #0 accepted                                   | left0=3
        2 | amend 0 to 3 at 100.0          | #0 amended; #0 fill 1@100 taker               | left0=2 ahead0=0
        # 1 of 2.5 traded; of the other 1.5 all is there at 100.1.
        3 | amend 0 to 2.5 at 100.1        | #0 amended; #0 fill 1.5@100.1 taker           | left0=0
        # 100 + 150.15 and 10 bps of it: 1000 - 250.15 - 0.25015.
        4 | ask 100.0x5                    |                                               | USDT=749.59985 BTC=7.5
        ",
    );
}

#[test]
fn a_change_that_fails_leaves_the_queue_as_it_was() {
    let mut stand = stand();
    check(
        &mut stand,
        SPOT,
        "
        0 | book 99.9x1 / 100.0x1     |                           |
        1 | buy 1 at 99.9 post        | #0 accepted               |
        2 | buy 1 at 99.9 post        | #1 accepted               |
        3 | buy 1 at 99.9 post        | #2 accepted               |
        4 | amend 1 to 30 at 99.9     | #1 amend_rejected balance |
        5 | amend 0 to 30 at 99.9     | #0 amend_rejected balance |
        6 | amend 2 to 30 at 99.9     | #2 amend_rejected balance |
        7 | amend 2 to 1 at 99.95     | #2 amend_rejected tick_size |
        8 | sell 1 at 105.0           | #3 accepted               | free:BTC=4
        9 | amend 3 to 30 at 105.0    | #3 amend_rejected balance | free:BTC=4
        10 | sold 3.5 at 99.9         | #0 fill 1@99.9; #1 fill 1@99.9; #2 fill 0.5@99.9 | left2=0.5
        ",
    );
}
