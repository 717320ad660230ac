//! Other parameters while a strategy runs: what it holds stays, and the next decision goes by them.

use onetape_core::strategies::{delta_neutral_3x, funding_carry, multi_spot, triangular};
use onetape_core::strategy::StrategySpec;
use onetape_core::strategy::stage::Stage;
use onetape_core::task::{ParamChange, TaskAction};

/// A strategy, its parameters, and the name of one that changes.
type Case<'a> = (&'a StrategySpec, &'a [(&'a str, &'a str)], &'a str);

fn change(name: &str, new: &str) -> TaskAction {
    TaskAction::Update(vec![ParamChange {
        name: name.into(),
        old: None,
        new: new.into(),
    }])
}

fn stage(spec: &StrategySpec, given: &[(&str, &str)]) -> Stage {
    Stage::new(spec, given).unwrap()
}

#[test]
fn multi_spot_enters_and_leaves_by_the_new_edges() {
    let given = [
        ("quantity", "1"),
        ("min_entry_net_bps", "80"),
        ("exit.net_bps", "100"),
    ];
    let mut stage = stage(&multi_spot::SPEC, &given);
    let quotes = |stage: &mut Stage, futures: (&str, &str)| {
        stage.quote("spot_1", "99.99", "100.00").unwrap();
        stage.quote("spot_2", "100.09", "100.10").unwrap();
        stage.quote("futures", futures.0, futures.1).unwrap();
    };
    quotes(&mut stage, ("100.50", "100.51"));
    assert_eq!(stage.reason(), "edge_below_entry");
    stage.order(Some(0), change("min_entry_net_bps", "40"));
    quotes(&mut stage, ("100.50", "100.51"));
    assert!(stage.reason().starts_with("enter"), "{}", stage.reason());
    stage.fill();
    assert_eq!(stage.reason(), "holding");
    quotes(&mut stage, ("100.00", "100.01"));
    assert_eq!(stage.reason(), "holding");
    stage.order(Some(0), change("exit.net_bps", "-10"));
    quotes(&mut stage, ("100.00", "100.01"));
    assert!(stage.reason().starts_with("exit"), "{}", stage.reason());
    stage.fill();
    assert!(stage.position("futures").unwrap().is_zero());
}

#[test]
fn every_strategy_of_legs_takes_other_parameters_and_bad_ones_change_nothing() {
    let triangle = [("notional", "100"), ("min_edge_bps", "5")];
    let carry = [
        ("quantity", "1"),
        ("min_net_bps", "10"),
        ("exit_bps", "0"),
        ("horizon", "1d"),
    ];
    let three = [
        ("quantity", "1"),
        ("min_entry_net_bps", "5"),
        ("exit.net_bps", "5"),
    ];
    let several = [
        ("quantity", "1"),
        ("min_entry_net_bps", "5"),
        ("exit.net_bps", "5"),
    ];
    let cases: [Case<'_>; 3] = [
        (&funding_carry::SPEC, &carry, "min_net_bps"),
        (&delta_neutral_3x::SPEC, &three, "min_entry_net_bps"),
        (&multi_spot::SPEC, &several, "min_entry_net_bps"),
    ];
    for (spec, given, name) in cases {
        let mut stage = stage(spec, given);
        let decided = stage.order(Some(0), change(name, "7"));
        let reasons: Vec<&str> = decided.iter().map(|it| it.reason.as_str()).collect();
        assert!(
            reasons.contains(&"task_updated"),
            "{}: {reasons:?}",
            spec.card.name
        );
        stage.order(Some(0), change(name, "much"));
        assert!(
            stage
                .alerts()
                .last()
                .unwrap()
                .contains("the update is refused"),
            "{}",
            spec.card.name
        );
        let params = stage.desk().params(onetape_core::names::TaskId(0)).unwrap();
        let texts = params.texts();
        let held = texts.iter().find(|(known, _)| known == name);
        assert_eq!(held.unwrap().1, "7", "{}", spec.card.name);
    }
    // On the stage all legs are of one pair, which is no triangle; its card is checked all the same.
    assert!(Stage::new(&triangular::SPEC, &triangle).is_err());
}

#[test]
fn a_size_does_not_change_under_what_is_held_in_its_slices() {
    let given = [
        ("quantity", "1"),
        ("min_entry_net_bps", "5"),
        ("exit.net_bps", "500"),
    ];
    let mut stage = stage(&delta_neutral_3x::SPEC, &given);
    stage.quote("primary", "99.99", "100.00").unwrap();
    stage.quote("arbitrage", "99.99", "100.00").unwrap();
    stage.quote("futures", "100.50", "100.51").unwrap();
    stage.fill();
    assert!(!stage.position("futures").unwrap().is_zero());
    let before = stage.alerts().len();
    stage.order(Some(0), change("quantity", "2"));
    // The update applies once no order of a slice is at work.
    for _ in 0..20 {
        stage.fill();
    }
    let told = &stage.alerts()[before..];
    assert!(
        told.iter()
            .any(|text| text.contains("cannot change while it holds something")),
        "{told:?}"
    );
    stage.order(Some(0), change("min_entry_net_bps", "9"));
    assert_eq!(stage.alerts().len(), before + 1);
}
