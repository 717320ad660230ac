//! `spot_futures` through the whole machine, by kind of exit and of size, in both directions, worked by hand.

mod common;

use common::*;
use onetape_core::event::Event;
use onetape_core::num::Bps;
use onetape_core::strategies::spot_futures;
use onetape_core::strategy::Setup;

fn trade_pair(params: &[(&str, &str)], events: &[Event]) -> Ran {
    let names = names();
    let given = [("min_entry_edge_bps", "20")];
    let setup = Setup {
        names: &names,
        legs: vec![SPOT, FUTURES],
        taker_fees: vec![Bps::parse("10").unwrap(); 2],
        params: spot_futures::SPEC
            .card
            .read(given.into_iter().chain(params.iter().copied()))
            .unwrap(),
    };
    let task = (spot_futures::SPEC.build)(&setup).unwrap();
    run(&Plan::default(), events, task)
}

/// The cheap leg at 999.9 / 1000.0, the dear one at 1002.0 / 1002.1: exactly 20 bps. Then `after`, rows of
/// `(ms, is the cheap leg, bid, ask)`.
fn tape(spot_is_cheap: bool, qty: (i64, i64), after: &[(i64, bool, i64, i64)]) -> Vec<Event> {
    let id = |cheap: bool| {
        if cheap == spot_is_cheap {
            SPOT
        } else {
            FUTURES
        }
    };
    let mut events = vec![
        quote(1, id(true), (9_999, 1_000), (10_000, qty.0)),
        quote(2, id(false), (10_020, qty.1), (10_021, 1_000)),
    ];
    events.extend(
        after
            .iter()
            .map(|&(ms, cheap, bid, ask)| quote(ms, id(cheap), (bid, 1_000), (ask, 1_000))),
    );
    events
}

/// Enters 0.1 at 1000.0 and 1002.0 and leaves at `out` (cheap leg, dear leg) for `reason`, in both directions.
fn leaves(
    params: &[(&str, &str)],
    after: &[(i64, bool, i64, i64)],
    at: i64,
    out: (i64, i64),
    reason: &str,
) {
    for spot_is_cheap in [true, false] {
        let ran = trade_pair(params, &tape(spot_is_cheap, (1_000, 1_000), after));
        let legs = |cheap, dear| {
            if spot_is_cheap {
                [cheap, dear]
            } else {
                [dear, cheap]
            }
        };
        let (into, out) = (legs(10_000, 10_020), legs(out.0, out.1));
        assert_eq!(
            ran.fills(),
            [
                (2, 0, into[0], 100),
                (2, 1, into[1], 100),
                (at, 2, out[0], 100),
                (at, 3, out[1], 100)
            ],
            "{reason}, spot is cheap: {spot_is_cheap}"
        );
        for word in [reason, "closed"] {
            assert!(ran.decisions.iter().any(|it| it.reason.as_str() == word));
        }
    }
}

#[test]
fn an_edge_closes_when_it_is_reached_and_not_before() {
    // (1000.9 - 1000.0) / 1000.0 is 9 bps, (1001.0 - 1000.0) / 1000.0 is 10.
    leaves(
        &[("quantity", "0.1"), ("exit.edge_bps", "10")],
        &[
            (3, false, 9_999, 10_000),
            (4, true, 10_009, 10_010),
            (5, true, 10_010, 10_011),
        ],
        5,
        (10_010, 10_000),
        "exit_edge",
    );
}

#[test]
fn a_profit_closes_net_of_four_fees() {
    // Outlay 1001.0. Long: 1003.0 * 0.999 - 1001.0 = 0.997. Short: 1000.998 - 1000.0 * 1.001 = -0.002, in all
    // 9.94 bps; at 999.9 it is 1000.998 - 1000.8999 = 0.0981, in all 10.94 bps.
    leaves(
        &[("quantity", "0.1"), ("exit.profit_bps", "10")],
        &[
            (3, true, 10_030, 10_031),
            (4, false, 9_999, 10_000),
            (5, false, 9_998, 9_999),
        ],
        5,
        (10_030, 9_999),
        "exit_profit",
    );
}

#[test]
fn an_age_closes_by_its_timer_without_market_events() {
    leaves(
        &[("quantity", "0.1"), ("exit.max_age", "20ms")],
        &[(100, true, 10_030, 10_031)],
        22,
        (9_999, 10_021),
        "exit_age",
    );
}

#[test]
fn each_kind_of_size_gives_both_legs_the_same() {
    // At an ask of 1000.0: 50 buys 0.05, 33.39 buys 0.033 in lots of 0.001; 0.0015 is one lot; what the thinner
    // leg shows caps; half a lot is nothing.
    for (name, asked, shown, qty) in [
        ("notional", "50", (1_000, 1_000), 50),
        ("notional", "33.39", (1_000, 1_000), 33),
        ("quantity", "0.0015", (1_000, 1_000), 1),
        ("quantity", "0.1", (70, 40), 40),
        ("quantity", "0.1", (40, 70), 40),
        ("notional", "0.5", (1_000, 1_000), 0),
        ("quantity", "0.0005", (1_000, 1_000), 0),
    ] {
        for spot_is_cheap in [true, false] {
            let params = [(name, asked), ("exit.edge_bps", "1000")];
            let ran = trade_pair(&params, &tape(spot_is_cheap, shown, &[]));
            let got: Vec<_> = ran.fills().iter().map(|fill| fill.3).collect();
            let expected = if qty == 0 { vec![] } else { vec![qty; 2] };
            assert_eq!(got, expected, "{name} {asked} {shown:?}");
            let reason = if qty == 0 {
                "size_below_minimum"
            } else {
                "holding"
            };
            assert_eq!(ran.decisions.last().unwrap().reason.as_str(), reason);
        }
    }
}
