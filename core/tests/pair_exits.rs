//! How a pair leaves besides by its edge, its profit and its age: by a loss on both legs, by a spread that is gone.

mod common;

use common::{Rig, instrument, names};
use onetape_core::instrument::InstrumentKind;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::{multi_spot, scanner, spot_futures};
use onetape_core::strategy::stage::Stage;
use onetape_core::time::Span;

/// The stage fills at an order's limit, which without slippage is the touch.
const ENTRY: [(&str, &str); 3] = [
    ("quantity", "1"),
    ("min_entry_edge_bps", "30"),
    ("max_slippage_bps", "0"),
];

/// A pair that bought spot at 100.00 and sold the future at 100.40: a spread of 40 bps.
fn entered(exit: &[(&str, &str)]) -> Stage {
    let given = [&ENTRY[..], exit].concat();
    let mut stage = Stage::new(&spot_futures::SPEC, &given).unwrap();
    enter(&mut stage);
    stage
}

fn enter(stage: &mut Stage) {
    both(stage, ("99.99", "100.00"), ("100.40", "100.41"));
    assert_eq!(stage.reason(), "enter_long_spot");
    stage.fill();
    assert_eq!(stage.reason(), "holding");
}

/// Both tops, the future's first where the spread narrows in between.
fn both(stage: &mut Stage, spot: (&str, &str), futures: (&str, &str)) {
    stage.quote("spot", spot.0, spot.1).unwrap();
    stage.quote("futures", futures.0, futures.1).unwrap();
}

#[test]
fn rk9_a_stop_is_of_both_legs_together_and_not_of_one() {
    let mut stage = entered(&[("exit.stop_bps", "50"), ("exit.max_age", "6h")]);
    // Spot falls by a tenth and the future with it: 1,000 bps on one leg, what it cost to cross on both.
    stage.quote("futures", "90.40", "90.41").unwrap();
    stage.quote("spot", "90.00", "90.01").unwrap();
    assert_eq!(stage.reason(), "holding");
    // The spread goes from 40 to 89 bps of the outlay, of which 49 are lost, and to 91.
    stage.quote("futures", "90.88", "90.89").unwrap();
    assert_eq!(stage.reason(), "holding");
    stage.quote("futures", "90.90", "90.91").unwrap();
    assert_eq!(stage.reason(), "exit_stop");
    stage.fill();
    assert_eq!(stage.reason(), "closed");
    // The spread that it fled from is there still, and is not entered at once.
    stage.quote("futures", "90.88", "90.89").unwrap();
    assert_eq!(stage.reason(), "stopped");
}

#[test]
fn rk9_after_its_wait_it_enters_again() {
    let exit = [
        ("exit.stop_bps", "50"),
        ("exit.stop_wait", "4ms"),
        ("exit.max_age", "6h"),
    ];
    let mut stage = entered(&exit);
    stage.quote("futures", "100.92", "100.93").unwrap();
    assert_eq!(stage.reason(), "exit_stop");
    stage.fill();
    // Events are a millisecond apart.
    let mut waited = 0;
    while stage.reason() != "enter_long_spot" {
        stage.quote("futures", "100.92", "100.93").unwrap();
        waited += 1;
        assert!(waited < 10, "{}", stage.reason());
    }
    assert!(waited >= 2, "{waited}");
}

#[test]
fn ex24_people_are_told_once_a_trip_when_half_the_spread_is_gone() {
    let mut stage = entered(&[("alert_compression_pct", "50"), ("exit.edge_bps", "-2")]);
    assert_eq!(stage.alerts().len(), 0);
    // To close now costs 21 bps, then 20, then 15.
    stage.quote("futures", "100.19", "100.20").unwrap();
    assert_eq!(stage.alerts().len(), 0);
    stage.quote("futures", "100.18", "100.19").unwrap();
    assert_eq!(stage.alerts().len(), 1);
    assert!(stage.alerts()[0].starts_with("WARNING: the spread has compressed"));
    stage.quote("futures", "100.14", "100.15").unwrap();
    assert_eq!(
        (stage.alerts().len(), stage.reason()),
        (1, "holding".into())
    );
    stage.quote("futures", "99.99", "100.00").unwrap();
    assert_eq!(stage.reason(), "exit_edge");
    stage.fill();
    // The next trip is told of again.
    enter(&mut stage);
    stage.quote("futures", "100.14", "100.15").unwrap();
    assert_eq!(stage.alerts().len(), 2);
}

#[test]
fn ex24_an_exit_by_compression_is_of_the_spread_that_was_entered() {
    let mut stage = entered(&[("exit.compression_pct", "75")]);
    // 10 bps of 40 are left where closing costs 10.
    stage.quote("futures", "100.09", "100.10").unwrap();
    assert_eq!(stage.reason(), "holding");
    stage.quote("futures", "100.08", "100.09").unwrap();
    assert_eq!(stage.reason(), "exit_compressed");
    stage.fill();
    assert_eq!(stage.reason(), "closed");
}

#[test]
fn rk5_an_entry_that_cannot_leave_a_profit_in_money_is_no_entry() {
    let given = [
        ("quantity", "1"),
        ("min_entry_edge_bps", "30"),
        ("min_profit", "0.35"),
        ("exit.edge_bps", "0"),
    ];
    let mut stage = Stage::new(&spot_futures::SPEC, &given).unwrap();
    both(&mut stage, ("99.99", "100.00"), ("100.34", "100.35"));
    assert_eq!(stage.reason(), "profit_below_minimum");
    stage.quote("futures", "100.35", "100.36").unwrap();
    assert_eq!(stage.reason(), "enter_long_spot");
}

#[test]
fn rk9_multi_spot_stops_by_what_both_legs_lost() {
    let given = [
        ("quantity", "1"),
        ("min_entry_net_bps", "30"),
        ("max_slippage_bps", "0"),
        ("exit.stop_bps", "50"),
    ];
    let given = [&given[..], &[("exit.max_age", "6h")]].concat();
    let mut stage = Stage::new(&multi_spot::SPEC, &given).unwrap();
    stage.quote("spot_1", "99.99", "100.00").unwrap();
    stage.quote("spot_2", "100.09", "100.10").unwrap();
    stage.quote("futures", "100.40", "100.41").unwrap();
    stage.fill();
    assert_eq!(stage.reason(), "holding");
    // Both legs fall together, the future first: that is no loss.
    stage.quote("futures", "90.40", "90.41").unwrap();
    stage.quote("spot_1", "90.00", "90.01").unwrap();
    assert_eq!(stage.reason(), "holding");
    stage.quote("futures", "90.90", "90.91").unwrap();
    assert_eq!(stage.reason(), "exit_stop");
    stage.fill();
    assert_eq!(stage.reason(), "closed");
    stage.quote("spot_1", "90.00", "90.01").unwrap();
    assert_eq!(stage.reason(), "stopped");
}

#[test]
fn rk9_a_scanner_stops_and_leaves_those_instruments_alone() {
    let given = [
        ("min_net_bps", "10"),
        ("notional", "100"),
        ("max_slippage_bps", "0"),
        ("exit.profit_bps", "1000"),
        ("exit.stop_bps", "50"),
    ];
    let mut stage = Stage::new(&scanner::SPEC, &given).unwrap();
    stage.quote("leg_1", "99.99", "100.00").unwrap();
    stage.quote("leg_2", "100.40", "100.41").unwrap();
    assert_eq!(stage.reason(), "entered");
    stage.fill();
    assert_eq!(stage.reason(), "holding");
    stage.quote("leg_2", "100.86", "100.87").unwrap();
    assert_eq!(stage.reason(), "holding");
    stage.quote("leg_2", "100.90", "100.91").unwrap();
    assert_eq!(stage.reason(), "exit_stop");
    stage.fill();
    assert_eq!(stage.reason(), "closed");
    for _ in 0..3 {
        stage.quote("leg_2", "100.90", "100.91").unwrap();
    }
    // What pays is found still, and its instruments are left alone.
    assert_eq!((stage.reason(), stage.alive().len()), ("found".into(), 0));
}

#[test]
fn an_exit_that_the_gate_refuses_leaves_when_the_gate_lets_it() {
    let given = [
        ("quantity", "1"),
        ("min_entry_edge_bps", "30"),
        ("exit.edge_bps", "0"),
    ];
    let limits = RiskLimits {
        max_book_age: Some(Span::from_nanos(1_000_000_000)),
        ..RiskLimits::default()
    };
    let legs = [
        instrument(0, InstrumentKind::Spot),
        instrument(1, InstrumentKind::Linear),
    ];
    let names = names(&legs, &["BTC", "USDT"]);
    let mut rig = Rig::new(&spot_futures::SPEC, names, &["0", "0"], limits, &given);
    rig.quote(0, (9_999, 90), (10_000, 90));
    rig.quote(1, (10_040, 90), (10_041, 90));
    rig.fill_all();
    assert_eq!(rig.reason(), "holding");
    // The spot book is two seconds old when the future comes down to it.
    rig.at_ms(2_000);
    rig.quote(1, (9_998, 90), (9_999, 90));
    assert_eq!((rig.reason(), rig.sent.len()), ("exit_refused", 0));
    assert_eq!((rig.held(0), rig.held(1)), (10, -10));
    rig.quote(0, (9_999, 90), (10_000, 90));
    assert_eq!(rig.reason(), "exit_edge");
    rig.fill_all();
    assert_eq!((rig.held(0), rig.held(1)), (0, 0));
}
