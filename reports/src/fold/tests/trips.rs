//! Round trips worked out by hand.

use onetape_core::command::LegRole::{Entry, Exit, Repair};
use onetape_core::instrument::Side::{Buy, Sell};

use super::run::{BNB, BTC, PERP, Run, SPOT, money, tag, usdt};
use crate::report::{Amount, Pnl, Report};

fn one(text: &str) -> Amount {
    Amount::One(money(text))
}

fn pnl(gross: &str, fees: &str, funding: &str, net: &str) -> Pnl {
    Pnl {
        gross: one(gross),
        fees: one(fees),
        funding: one(funding),
        net: one(net),
    }
}

#[test]
fn a_round_trip_with_fees_in_quote() {
    // Entry: buy 2 spot @ 100.00, sell 2 perp @ 101.00. Exit: sell spot @ 103.00, buy perp @ 103.50.
    // Gross: spot 2 * 3 = 6, perp 2 * (101 - 103.5) = -5, together 1.
    // Fees: spot 0.20 + 0.206, perp 0.101 + 0.1035, together 0.6105. Funding of the short: +0.04.
    // Net: 1 - 0.6105 + 0.04 = 0.4295.
    let mut run = Run::new();
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100.00", "2", usdt("0.20"));
    run.trade(tag(1, 1, Entry), PERP, Sell, "101.00", "2", usdt("0.101"));
    run.funding(PERP, "0.04");
    run.trade(tag(1, 0, Exit), SPOT, Sell, "103.00", "2", usdt("0.206"));
    run.trade(tag(1, 1, Exit), PERP, Buy, "103.50", "2", usdt("0.1035"));
    let report = run.end(&[]);
    let [trip] = report.round_trips.as_slice() else {
        panic!("{:?}", report.round_trips);
    };
    assert_eq!(trip.pnl, pnl("1", "0.6105", "0.04", "0.4295"));
    assert_eq!(trip.legs[0].pnl, pnl("6", "0.406", "0", "5.594"));
    assert_eq!(trip.legs[1].pnl, pnl("-5", "0.2045", "0.04", "-5.1645"));
    // Events are a second apart: started at 0, fills at 1 and 2, funding at 3, fills at 4 and 5.
    assert_eq!(
        (trip.opened_seq.0, trip.closed_seq.map(|seq| seq.0)),
        (1, Some(5))
    );
    assert_eq!(trip.held().unwrap().nanos(), 4_000_000_000);
    assert_eq!(trip.entry_reason.as_deref(), Some("entry_edge"));
    assert_eq!(trip.exit_reason.as_deref(), Some("exit_edge"));
    let figures = &report.figures;
    assert_eq!(figures.asset.as_deref(), Some("USDT"));
    assert_eq!((figures.orders, figures.fills), (4, 4));
    assert_eq!(
        (
            figures.closed.round_trips,
            figures.closed.winners,
            figures.closed.losers
        ),
        (1, 1, 0)
    );
    assert_eq!(figures.closed.net, one("0.4295"));
    assert_eq!(figures.closed.first_entry_ts, Some(1_000_000_000));
    assert_eq!(figures.closed.last_exit_ts, Some(5_000_000_000));
    assert_eq!(figures.pnl, trip.pnl);
    assert_eq!(figures.by_venue["spot"].pnl.net, one("5.594"));
    assert_eq!(figures.by_venue["spot"].volume, one("406"));
    assert!(report.open.is_empty() && report.unmarked.is_empty());
    assert_eq!(report.equity.last().unwrap().net, one("0.4295"));
}

#[test]
fn a_fee_taken_from_what_was_bought() {
    // Buy 1 BTC @ 100.00 for a fee of 0.001 BTC, worth 0.1: 0.999 BTC are held.
    // Sell 0.999 @ 110.00 for a fee of 0.10989 USDT: the position is flat.
    // Gross: 0.999 * 10 = 9.99. Fees: 0.1 + 0.10989 = 0.20989. Net: 9.78011.
    // Cash: -100 + 109.89 - 0.10989 = 9.78011, the same.
    let mut run = Run::new();
    run.trade(
        tag(1, 0, Entry),
        SPOT,
        Buy,
        "100.00",
        "1",
        (BTC, "0.001", "0.1"),
    );
    run.trade(
        tag(1, 0, Exit),
        SPOT,
        Sell,
        "110.00",
        "0.999",
        usdt("0.10989"),
    );
    let report = run.end(&[]);
    assert_eq!(report.figures.pnl, pnl("9.99", "0.20989", "0", "9.78011"));
    assert_eq!(report.figures.closed.round_trips, 1);
    assert!(report.open.is_empty());
    assert_eq!(report.fees_by_asset["BTC"], money("0.001"));
}

#[test]
fn a_remainder_below_one_lot_closes_the_trip_and_stays_in_sight() {
    // Spot lot 0.00001. Buy 1 @ 100.00, fee 0.0000123 BTC (worth 0.00123): 0.9999877 held.
    // Sell 0.99998 @ 110.00: realised 9.9998; 0.0000077 stay, cost 0.00077, worth 0.000847 at a bid of 110.
    // Closed gross 9.9998; total gross 9.9998 + 0.000077 = 9.999877.
    let mut run = Run::new();
    run.trade(
        tag(1, 0, Entry),
        SPOT,
        Buy,
        "100.00",
        "1",
        (BTC, "0.0000123", "0.00123"),
    );
    run.trade(tag(1, 0, Exit), SPOT, Sell, "110.00", "0.99998", usdt("0"));
    let report = run.end(&[(SPOT, "110.00", "110.01")]);
    assert_eq!(report.figures.closed.gross, one("9.9998"));
    assert_eq!(report.figures.pnl.gross, one("9.999877"));
    let [left] = report.open.as_slice() else {
        panic!("{:?}", report.open);
    };
    assert!(left.remainder);
    assert_eq!(left.qty.to_string(), "0.0000077");
    assert_eq!(left.unrealised, Some(money("0.000077")));
}

#[test]
fn a_fee_in_a_third_asset_counts_at_its_worth() {
    // Two fees of 0.01 BNB, worth 5 and 5.2 USDT. Gross 1 * (120 - 100) = 20, net 9.8.
    let mut run = Run::new();
    run.trade(
        tag(1, 0, Entry),
        SPOT,
        Buy,
        "100.00",
        "1",
        (BNB, "0.01", "5"),
    );
    run.trade(
        tag(1, 0, Exit),
        SPOT,
        Sell,
        "120.00",
        "1",
        (BNB, "0.01", "5.2"),
    );
    let report = run.end(&[]);
    assert_eq!(report.figures.pnl, pnl("20", "10.2", "0", "9.8"));
    assert_eq!(report.fees_by_asset["BNB"], money("0.02"));
}

#[test]
fn a_flip_realises_both_ways_within_one_trip() {
    // Buy 1 @ 100, sell 2 @ 110 (+10, short 1), buy 1 @ 100 (+10): 20, not 5.
    let mut run = Run::new();
    run.trade(tag(1, 0, Entry), PERP, Buy, "100.00", "1", usdt("0"));
    run.trade(tag(1, 0, Repair), PERP, Sell, "110.00", "2", usdt("0"));
    run.trade(tag(1, 0, Exit), PERP, Buy, "100.00", "1", usdt("0"));
    let report = run.end(&[]);
    assert_eq!(report.figures.closed.gross, one("20"));
    let trip = &report.round_trips[0];
    assert!(trip.repaired());
    assert_eq!(trip.closed_seq.map(|seq| seq.0), Some(3));
}

fn half_open() -> Run {
    // A closed trip of +2, then a second one that stays open: long 1 spot @ 100, short 1 perp @ 101.
    let mut run = Run::new();
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100.00", "1", usdt("0.1"));
    run.trade(tag(1, 0, Exit), SPOT, Sell, "102.00", "1", usdt("0.1"));
    run.trade(tag(2, 0, Entry), SPOT, Buy, "100.00", "1", usdt("0.1"));
    run.trade(tag(2, 1, Entry), PERP, Sell, "101.00", "1", usdt("0.05"));
    run
}

#[test]
fn an_open_position_is_marked_at_what_closing_would_bring() {
    // Spot bid 99.90: -0.10. Perp ask 100.80: +0.20. Open gross 0.10; total 2.10; fees 0.35; net 1.75.
    // A mark at the middle, 99.95 and 100.75, would say 0.20.
    let report = half_open().end(&[(SPOT, "99.90", "100.00"), (PERP, "100.70", "100.80")]);
    assert_eq!(report.figures.pnl, pnl("2.1", "0.35", "0", "1.75"));
    assert_eq!(report.figures.closed.net, one("1.8"));
    assert_eq!(report.figures.fees_paid, one("0.35"));
    let open: Vec<_> = report.open.iter().map(shown).collect();
    assert_eq!(
        open,
        [
            ("spot:BTC", "1".to_string(), Some(money("-0.1"))),
            ("perp:BTC", "-1".to_string(), Some(money("0.2"))),
        ]
    );
    let last = &report.round_trips[1];
    assert_eq!((last.closed_at, &last.pnl.gross), (None, &one("0.1")));
    assert_eq!(report.equity.last().unwrap().net, one("1.8"));
}

fn shown(open: &crate::report::OpenPosition) -> (&str, String, Option<onetape_core::num::Money>) {
    (&open.instrument, open.qty.to_string(), open.unrealised)
}

#[test]
fn a_position_without_a_top_is_named_and_left_out() {
    let report = half_open().end(&[(SPOT, "99.90", "100.00")]);
    assert_eq!(report.unmarked, ["perp:BTC"]);
    assert_eq!(report.figures.pnl.gross, one("1.9"));
    let ended: Report = half_open().fold.finish();
    assert_eq!(ended.unmarked, ["perp:BTC", "spot:BTC"]);
    assert_eq!(ended.run.unwrap().ended_at, None);
}

#[test]
fn a_late_fill_opens_a_trip_again() {
    // The first leg is bought and unwound; then the second leg's order turns out to have traded.
    let mut run = Run::new();
    let late = run.place("entry_edge", tag(1, 1, Entry), PERP, Sell, "1");
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100.00", "1", usdt("0"));
    run.trade(tag(1, 0, Repair), SPOT, Sell, "99.00", "1", usdt("0"));
    run.fill(late, PERP, "101.00", "1", usdt("0"));
    let report = run.end(&[(PERP, "100.00", "100.50")]);
    assert_eq!(report.figures.closed.round_trips, 0);
    assert_eq!(report.figures.pnl.gross, one("-0.5"));
}
