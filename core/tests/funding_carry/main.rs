//! `funding_carry` by tables worked by hand: when it enters, when it holds, when it leaves.
//!
//! Spot costs 10 bps a fill and the perpetual 5, so that a round trip costs 30; settlements are 8 hours apart, so that
//! the horizon of 30 days holds 90. A mean rate of half a basis point is then expected to bring 45.

mod desk;

use desk::{Carry, FUTURES, SPOT, built};
use onetape_core::instrument::Side;

/// Rates that become known at hours 8, 16, …, with books of spot at 99.9 / 100.0 and the perpetual's at `futures`
/// confirmed just before each.
fn seen(params: &[(&str, &str)], rates: &[&str], futures: (i64, i64)) -> Carry {
    let mut carry = Carry::new(params);
    for (at, rate) in (1..).zip(rates) {
        carry.at(8 * at);
        carry.quote(SPOT, 999, 1_000);
        carry.quote(FUTURES, futures.0, futures.1);
        carry.settled(rate);
    }
    carry
}

const EVEN: (i64, i64) = (1_000, 1_001);

#[test]
fn it_enters_when_funding_and_edge_pay_for_the_round_trip() {
    let half: &[&str] = &["0.00005", "0.00005", "0.00005"];
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], (i64, i64), &'a str);
    let rows: [Row<'_>; 16] = [
        // 45 expected, no edge, 30 of fees: 15 are left.
        (&[("min_net_bps", "15")], half, EVEN, "enter_long_spot"),
        (
            &[("min_net_bps", "15.000001")],
            half,
            EVEN,
            "net_below_entry",
        ),
        // Two rates are not three.
        (&[("min_net_bps", "0")], &half[..2], EVEN, "rates_missing"),
        (
            &[("min_net_bps", "0"), ("rates", "2")],
            &half[..2],
            EVEN,
            "enter_long_spot",
        ),
        // Of four the oldest does not count: (0 + 1 + 0.5) / 3 = 0.5.
        (
            &[("min_net_bps", "15")],
            &["0.01", "0", "0.0001", "0.00005"],
            EVEN,
            "enter_long_spot",
        ),
        // An edge of 10 bps and one of -20 add to it, or do not.
        (
            &[("min_net_bps", "25")],
            half,
            (1_001, 1_002),
            "enter_long_spot",
        ),
        (
            &[("min_net_bps", "25.000001")],
            half,
            (1_001, 1_002),
            "net_below_entry",
        ),
        (
            &[("min_net_bps", "15"), ("entry_edge", "ignored")],
            half,
            (998, 999),
            "enter_long_spot",
        ),
        (&[("min_net_bps", "0")], half, (998, 999), "net_below_entry"),
        // The allowance costs like a fee.
        (
            &[("min_net_bps", "5"), ("slippage_allowance_bps", "10")],
            half,
            EVEN,
            "enter_long_spot",
        ),
        (
            &[
                ("min_net_bps", "5"),
                ("slippage_allowance_bps", "10.000001"),
            ],
            half,
            EVEN,
            "net_below_entry",
        ),
        // Ten days hold 30 settlements: 15 bps, which is half of the fees.
        (
            &[("min_net_bps", "0"), ("horizon", "10d")],
            half,
            EVEN,
            "net_below_entry",
        ),
        // An edge of 100 bps alone does not do where the funding is one that would be left at once.
        (
            &[("min_net_bps", "0")],
            &["-0.00005"; 3],
            (1_010, 1_011),
            "net_below_entry",
        ),
        // The reverse: sells spot at 99.9 and buys futures at 99.9, and is paid the negative funding.
        (
            &[("min_net_bps", "15"), ("direction", "both")],
            &["-0.00005"; 3],
            (998, 999),
            "enter_short_spot",
        ),
        (
            &[("min_net_bps", "15"), ("direction", "short_spot")],
            &["-0.00005"; 3],
            (998, 999),
            "enter_short_spot",
        ),
        (
            &[("min_net_bps", "15")],
            &["-0.00005"; 3],
            (998, 999),
            "net_below_entry",
        ),
    ];
    for (params, rates, futures, reason) in rows {
        let carry = seen(params, rates, futures);
        assert_eq!(carry.reason(), reason, "{params:?} {rates:?} {futures:?}");
        let sides: Vec<Side> = carry.sent.iter().map(|place| place.side).collect();
        let expected = match reason {
            "enter_long_spot" => vec![Side::Buy, Side::Sell],
            "enter_short_spot" => vec![Side::Sell, Side::Buy],
            _ => Vec::new(),
        };
        assert_eq!(sides, expected, "{params:?} {rates:?} {futures:?}");
    }
}

/// One unit of spot at 100.0 against the perpetual at 100.0, since hour 24.
fn held(params: &[(&str, &str)]) -> Carry {
    let params = [&[("min_net_bps", "15")], params].concat();
    let mut carry = seen(&params, &["0.00005"; 3], EVEN);
    carry.fill_all();
    assert_eq!(
        (carry.reason(), carry.held(SPOT), carry.held(FUTURES)),
        ("holding", 10, -10)
    );
    carry
}

#[test]
fn it_holds_until_the_expected_funding_is_below_the_exit() {
    // Means of three over 90 settlements, in bps: what the rates that follow bring, and what becomes of it.
    for (exit, rates, reason) in [
        ("0", &["0.00001"][..], "holding"), // (0.5 + 0.5 + 0.1) / 3 * 90 = 33
        ("0", &["0.00001", "-0.00006"], "holding"), // exactly 0
        ("0", &["0.00001", "-0.000061"], "exit_funding"), // -0.3
        ("33", &["0.00001"], "holding"),    // exactly 33
        ("33.000001", &["0.00001"], "exit_funding"),
        ("-30", &["-0.00005", "-0.0001"], "holding"), // (0.5 - 0.5 - 1) / 3 * 90 = -30
        ("-30", &["-0.00005", "-0.000101"], "exit_funding"),
        ("0", &["0.001", "-0.0003", "-0.0003"], "holding"), // one large rate carries two that are negative
        (
            "0",
            &["0.001", "-0.0003", "-0.0003", "-0.0003"],
            "exit_funding",
        ),
    ] {
        let mut carry = held(&[("exit_bps", exit)]);
        for (at, rate) in (4..).zip(rates) {
            assert_eq!(carry.reason(), "holding", "{exit} {rates:?}");
            carry.at(8 * at);
            carry.quote(SPOT, 989, 990);
            carry.quote(FUTURES, 1_000, 1_001);
            carry.settled(rate);
        }
        assert_eq!(carry.reason(), reason, "{exit} {rates:?}");
        if reason == "exit_funding" {
            assert_eq!(carry.sent.len(), 2);
            carry.fill_all();
            assert_eq!(
                (carry.reason(), carry.held(SPOT), carry.held(FUTURES)),
                ("closed", 0, 0)
            );
        }
    }
}

#[test]
fn a_settlement_by_itself_is_no_reason_to_leave_at_a_loss() {
    let mut carry = held(&[]);
    // The next rate is announced while its interval runs; it keeps the mean up.
    carry.at(25);
    carry.announced("0.00005", 32);
    for hour in [31, 32, 33, 40] {
        carry.at(hour);
        // Closing now would lose a percent.
        carry.quote(SPOT, 989, 990);
        carry.quote(FUTURES, 1_000, 1_001);
        if hour == 32 {
            carry.settled("0.00005");
        }
        assert_eq!(
            (carry.reason(), carry.sent.len()),
            ("holding", 0),
            "hour {hour}"
        );
    }
}

#[test]
fn it_leaves_by_age_at_the_very_moment() {
    let mut carry = held(&[("max_age", "20h")]);
    carry.at(43);
    carry.quote(SPOT, 999, 1_000);
    carry.quote(FUTURES, 1_000, 1_001);
    assert_eq!(carry.reason(), "holding");
    carry.at(44);
    carry.quote(SPOT, 999, 1_000);
    // The tops are an hour apart: the exit waits for the other leg.
    assert_eq!((carry.reason(), carry.sent.len()), ("legs_apart", 0));
    carry.quote(FUTURES, 1_000, 1_001);
    assert_eq!((carry.reason(), carry.sent.len()), ("exit_age", 2));
    carry.fill_all();
    assert_eq!(carry.reason(), "closed");

    let mut carry = held(&[("max_age", "20h"), ("max_skew", "1d")]);
    // The saga's own deadlines come before, and say nothing.
    while carry.reason() == "holding" && carry.wait() {}
    assert_eq!(
        (carry.hour(), carry.reason(), carry.sent.len()),
        (44, "exit_age", 2)
    );
}

#[test]
fn tops_of_different_moments_are_no_market() {
    // Spot's candle of hour 32 comes first: against the perpetual's of hour 24 it seems to have an edge of 10 %.
    let mut carry = seen(&[("min_net_bps", "500")], &["0.00005"; 3], EVEN);
    assert_eq!(carry.reason(), "net_below_entry");
    carry.at(32);
    carry.quote(SPOT, 909, 910);
    assert_eq!((carry.reason(), carry.sent.len()), ("legs_apart", 0));
    carry.quote(FUTURES, 910, 911);
    assert_eq!((carry.reason(), carry.sent.len()), ("net_below_entry", 0));
}

#[test]
fn old_rates_are_no_expectation() {
    // Hour 40: the settlement of hour 32 was missed, that of hour 40 may still come.
    for (hour, reason) in [(40, "enter_long_spot"), (41, "rates_stale")] {
        let mut late = seen(&[("min_net_bps", "40")], &["0.00005"; 3], EVEN);
        assert_eq!(late.reason(), "net_below_entry");
        late.at(hour);
        late.quote(SPOT, 999, 1_000);
        late.quote(FUTURES, 1_003, 1_004);
        assert_eq!(late.reason(), reason, "hour {hour}");
    }
}

#[test]
fn an_exit_above_the_entry_is_refused() {
    assert_eq!(built(&[("min_net_bps", "15"), ("exit_bps", "45")]), Ok(()));
    let refused = built(&[("min_net_bps", "15"), ("exit_bps", "45.000001")]).unwrap_err();
    assert!(
        refused.starts_with(
            "exit_bps 45.000001 is above what an entry without an edge needs, 45.000000"
        ),
        "{refused}"
    );
}

#[test]
fn an_entry_that_fills_on_one_leg_is_mended_before_anything_else() {
    let mut carry = seen(&[("min_net_bps", "15")], &["0.00005"; 3], EVEN);
    carry.fill_one();
    carry.expire_one();
    // Futures did not trade: they are sold again, whatever the rates say.
    assert_eq!((carry.reason(), carry.sent.len()), ("repairing", 1));
    carry.settled("-0.01");
    assert_eq!(carry.sent.len(), 1);
    assert_eq!(
        (carry.sent[0].instrument, carry.sent[0].side),
        (FUTURES, Side::Sell)
    );
    carry.fill_all();
    assert_eq!((carry.held(SPOT), carry.held(FUTURES)), (10, -10));
}

#[test]
fn decisions_say_what_they_were_made_on() {
    let carry = seen(&[("min_net_bps", "15")], &["0.00005"; 3], EVEN);
    let numbers: Vec<(String, String)> = carry.numbers();
    let expected = [
        ("expected_funding_bps", "45"),
        ("settlements", "90"),
        ("edge_bps", "0"),
        ("net_bps", "15"),
        ("rates_seen", "3"),
        ("newest_rate", "0.00005"),
        ("round_trip_cost_bps", "30"),
        ("min_net_bps", "15"),
        ("exit_bps", "0"),
    ];
    let expected = expected.map(|(name, value)| (name.to_string(), value.to_string()));
    assert_eq!(numbers, expected);
}
