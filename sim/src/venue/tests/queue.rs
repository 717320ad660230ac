//! Queue positions and partial fills, worked out by hand.

use super::table::check;
use super::*;

fn stand(queue: QueueModel) -> Stand {
    let mut config = config();
    config.balances[1].1 = money("100000");
    Stand::queued(TopFeed::Depth, Liquidity::Book, queue, config)
}

#[test]
fn conservative_lets_trades_alone_bring_an_order_forward() {
    check(
        &mut stand(QueueModel::Conservative),
        SPOT,
        "
        0 | book 99.9x10 99.8x5 / 100.0x8 |                  |
        1 | buy 1 at 99.9 post            | #0 accepted      | ahead0=10
        # 10 - 4, and the book then shows the same trade: no second time.
        2 | sold 4 at 99.9                |                  | ahead0=6
        3 | bid 99.9x6                    |                  | ahead0=6
        # 1 goes: it is taken to have stood behind, where none is left, so 5 is the most that can be ahead.
        4 | bid 99.9x5                    |                  | ahead0=5
        # 7 join behind; then 6 of them go.
        5 | bid 99.9x12                   |                  | ahead0=5
        6 | diff 99.9x6 /                 |                  | ahead0=5
        # A buyer's print and one at another price say nothing of this queue.
        7 | bought 5 at 99.9              |                  | ahead0=5
        8 | bought 5 at 100.0             |                  | ahead0=5
        # 5 ahead, then 0.4 of the order; then 0.6 are left of it.
        9 | sold 5.4 at 99.9              | #0 fill 0.4@99.9 | ahead0=0 left0=0.6
        10 | sold 2 at 99.9               | #0 fill 0.6@99.9 | left0=0
        ",
    );
}

#[test]
fn a_snapshot_tells_every_level_that_it_shows() {
    check(
        &mut stand(QueueModel::Conservative),
        SPOT,
        "
        0 | book 99.9x10 99.8x5 / 100.0x8 |             |
        1 | buy 1 at 99.8 post            | #0 accepted | ahead0=5
        # Nothing is shown below 99.8: what stands at 99.5 is not known, and at 99.85 nothing stands.
        2 | buy 1 at 99.5 post            | #1 accepted | ahead1=?
        3 | book 99.9x10 99.8x2 / 100.0x8 |             | ahead0=2 ahead1=?
        4 | book 99.7x9 99.5x3 / 100.0x8  |             | ahead0=0 ahead1=3
        # Out of sight it stays where it was; back in sight no more than 1 is ahead.
        5 | book 99.7x9 / 100.0x8         |             | ahead1=3
        6 | book 99.7x9 99.5x1 / 100.0x8  |             | ahead1=1
        ",
    );
}

#[test]
fn a_power_of_three_takes_the_cube_of_the_share_in_front() {
    check(
        &mut stand(QueueModel::Power(3)),
        SPOT,
        "
        0 | book 99.9x10 / 100.0x8 |                  |
        1 | buy 1 at 99.9 post     | #0 accepted      | ahead0=10
        2 | sold 5 at 99.9         |                  | ahead0=5
        3 | bid 99.9x5             |                  | ahead0=5
        # 5 join behind: half of 10 is in front.
        4 | bid 99.9x10            |                  | ahead0=5
        # 4 go: (5/10)^3 = 1/8 of them, 0.5, from in front.
        5 | bid 99.9x6             |                  | ahead0=4.5
        6 | sold 4 at 99.9         |                  | ahead0=0.5
        # 6 - 4 traded - 2 = 0 were cancelled.
        7 | bid 99.9x2             |                  | ahead0=0.5
        8 | sold 1 at 99.9         | #0 fill 0.5@99.9 | left0=0.5
        # All of the level goes: the order is alone.
        9 | bid 99.9x0             |                  | ahead0=0
        ",
    );
}

#[test]
fn proportional_takes_the_share_in_front_and_no_trade_twice() {
    check(
        &mut stand(QueueModel::Power(1)),
        SPOT,
        "
        0 | book 99.9x10 / 100.0x8 |             |
        1 | buy 1 at 99.9 post     | #0 accepted | ahead0=10
        2 | bid 99.9x16            |             | ahead0=10
        # 10 - 2; then 16 - 10 - 2 traded = 4 were cancelled, 8/16 of them in front: 8 - 2.
        3 | sold 2 at 99.9         |             | ahead0=8
        4 | bid 99.9x10            |             | ahead0=6
        # 2 traded and 3 came: nothing was cancelled.
        5 | sold 2 at 99.9         |             | ahead0=4
        6 | bid 99.9x11            |             | ahead0=4
        # 11 - 2 = 9 go; 4/11 of 9 is 3.27 and leaves 0.73, but all nine can only go if 2 stay ahead at most.
        7 | bid 99.9x8             |             |
        8 | bid 99.9x0             |             | ahead0=0
        ",
    );
}

#[test]
fn parts_add_up_to_the_whole() {
    let table = "
        0 | book 99.9x1 / 100.0x8 |                  |
        1 | buy 1 at 99.9 post    | #0 accepted      | ahead0=1
        2 | sold 1.4 at 99.9      | #0 fill 0.4@99.9 | left0=0.6
        3 | sold 0.4 at 99.9      | #0 fill 0.4@99.9 | left0=0.2
        4 | sold 0.4 at 99.9      | #0 fill 0.2@99.9 | left0=0
        ";
    let mut spot = stand(QueueModel::Conservative);
    check(&mut spot, SPOT, table);
    // 5 were there: 0.4 + 0.4 + 0.2 is 1.
    assert_eq!(spot.venue.account().total(BTC), money("6"));
    let mut future = stand(QueueModel::Conservative);
    check(&mut future, LINEAR, table);
    assert_eq!(future.venue.account().position(LINEAR).qty, Qty::new(1_000));
    // 99.9 at the maker's 2 bps, in three parts of 0.007992, 0.007992 and 0.003996.
    assert_eq!(future.venue.account().total(USDT), money("99999.98002"));
}

#[test]
fn own_orders_at_a_price_trade_by_time_with_the_market_between_them() {
    check(
        &mut stand(QueueModel::Conservative),
        SPOT,
        "
        0 | book 99.9x3 / 100.0x8 |                                 |
        1 | buy 1 at 99.9 post    | #0 accepted                     | ahead0=3
        2 | bid 99.9x5            |                                 | ahead0=3
        3 | buy 1 at 99.9 post    | #1 accepted                     | ahead0=3 ahead1=5
        4 | buy 1 at 99.9 post    | #2 accepted                     | ahead2=5
        # 3 of the market, 1 own, and 0.5 of the 2 between: 5 - 3.5.
        5 | sold 4.5 at 99.9      | #0 fill 1@99.9                  | ahead1=1.5 ahead2=1.5
        # 1.5 of the market, 1 and 0.25 own.
        6 | sold 2.75 at 99.9     | #1 fill 1@99.9; #2 fill 0.25@99.9 | ahead2=0
        ",
    );
}

#[test]
fn a_print_is_shared_out_once_over_prices() {
    check(
        &mut stand(QueueModel::Conservative),
        SPOT,
        "
        0 | book 99.9x7 99.8x2 / 100.0x8 |                             |
        1 | buy 1 at 99.9 post           | #0 accepted                 | ahead0=7
        2 | buy 1 at 99.8 post           | #1 accepted                 | ahead1=2
        # Beyond 99.9: everything there is gone. 1 own, then 0.5 of the 2 at 99.8.
        3 | sold 1.5 at 99.8             | #0 fill 1@99.9              | ahead1=1.5
        4 | sold 2 at 99.8               | #1 fill 0.5@99.8            | ahead1=0
        ",
    );
    check(
        &mut stand(QueueModel::Power(3)),
        SPOT,
        "
        0 | book 99.9x7 / 100.0x8 |                  |
        1 | buy 3 at 99.9 post    | #0 accepted      | ahead0=7
        # Beyond its price no more trades than printed, and it is the first of its price from then on.
        2 | sold 1.5 at 99.8      | #0 fill 1.5@99.9 | ahead0=0 left0=1.5
        3 | sold 0.5 at 99.9      | #0 fill 0.5@99.9 | left0=1
        # The other side at its price does the same with what it shows.
        4 | diff 99.9x0 99.7x1 / 99.9x0.4 | #0 fill 0.4@99.9 | left0=0.6
        ",
    );
}

#[test]
fn quotes_show_the_queue_at_the_touch_alone() {
    let mut config = config();
    config.balances[1].1 = money("100000");
    let model = QueueModel::Conservative;
    check(
        &mut Stand::queued(TopFeed::Quote, Liquidity::Book, model, config),
        SPOT,
        "
        0 | quote 99.9x5 100.0x8 |                |
        1 | buy 1 at 99.9 post   | #0 accepted    | ahead0=5
        2 | buy 1 at 99.8 post   | #1 accepted    | ahead1=?
        3 | sold 2 at 99.9       |                | ahead0=3
        # Out of sight it keeps its place; 4 are the most that can be ahead when 99.8 comes into sight.
        4 | quote 99.95x5 100.0x8 |               | ahead0=3 ahead1=?
        5 | quote 99.9x9 100.0x8 |                | ahead0=3
        6 | quote 99.8x4 100.0x8 |                | ahead0=0 ahead1=4
        7 | sold 4.5 at 99.8     | #0 fill 1@99.9 | ahead1=0.5
        ",
    );
}

#[test]
fn touch_unlimited_fills_whole_orders_whose_turn_it_is() {
    let config = config();
    let (feed, liquidity) = (TopFeed::Depth, Liquidity::TouchUnlimited);
    check(
        &mut Stand::queued(feed, liquidity, QueueModel::Conservative, config),
        SPOT,
        "
        0 | book 99.9x3 / 100.0x8 |                |
        1 | buy 4 at 99.9 post    | #0 accepted    | ahead0=3
        2 | sold 3 at 99.9        |                | ahead0=0
        3 | sold 0.5 at 99.9      | #0 fill 4@99.9 |
        ",
    );
}
