//! Parameters under the names that they have in older tools.

use super::*;
use crate::scenario::bps_text;

const NEW: &str = "notional = \"1000\"\nmin_entry_edge_bps = 30.0\nexit = { edge_bps = 4.00, max_age = \"6h\" }\n";

fn with(lines: &str) -> String {
    assert!(GOOD.contains(NEW));
    GOOD.replace(NEW, lines)
}

#[test]
fn old_names_of_parameters_are_taken_with_their_signs_and_units() {
    let old = "base_position_size_usdt = 100.0\nmax_entry_cost_pct = 0.3\nmin_profit_pct = 0.58\nmax_hours = 4\n";
    let new = "notional = \"100.0\"\nmin_entry_edge_bps = -30.0\nexit = { profit_bps = 58, max_age = \"4h\" }\n";
    let (old, new) = (read(&with(old)).unwrap(), read(&with(new)).unwrap());
    assert_eq!(old.scenario.tasks, new.scenario.tasks);
    assert_eq!(old.scenario.resolved_toml(), new.scenario.resolved_toml());
    // No cost is no edge below 0, and half an hour is one.
    let none = read(&with(
        "notional = 1\nmax_entry_cost_pct = 0.0\nmax_hours = 0.5\n",
    ))
    .unwrap();
    let params = &none.scenario.tasks[0].params;
    assert_eq!(params.bps("min_entry_edge_bps"), Some(Default::default()));
    assert_eq!(
        params.span("exit.max_age").unwrap().nanos(),
        1_800_000_000_000
    );
    // Thresholds of 10 and 3 bps capture 7 of what costs 30, and are refused.
    let refused = messages(read(&with(
        "notional = 1\nentry_threshold_bps = 10\nexit_threshold_bps = 3\n",
    )));
    assert!(
        refused[0].contains("entry 10 + exit -3 - fees 30"),
        "{refused:?}"
    );
}

#[test]
fn old_names_beside_new_ones_or_without_numbers_are_refused_by_name() {
    let both = "notional = 1\nmin_entry_edge_bps = 1\nmax_entry_cost_pct = 0.3\nmax_hours = 4\n";
    assert_eq!(
        messages(read(&with(both))),
        [
            "btc.toml:14: task.0.max_entry_cost_pct: is another name of `min_entry_edge_bps`, which is given too; remove one \
          of them"
        ]
    );
    let no_number = messages(read(&with(
        "notional = 1\nmin_entry_edge_bps = 1\nmax_hours = \"long\"\n",
    )));
    assert!(
        no_number[0].contains("task.0.max_hours: is \"long\", expected a number"),
        "{no_number:?}"
    );
}

#[test]
fn entry_and_exit_edge_of_a_target_are_its_fees_and_profit() {
    let text = with("notional = 1\nmin_entry_edge_bps = -30\nexit = { profit_bps = 80 }\n");
    let loaded = read(&text).unwrap();
    let card = &loaded.scenario.break_even(&CARDS)[0];
    let target = card.target.unwrap();
    assert_eq!(
        target.entry_bps + target.needed_bps,
        card.cost_bps + target.profit_bps
    );
    assert_eq!(target.entry_bps + target.even_bps, card.cost_bps);
    assert_eq!(bps_text(target.needed_bps), "140");
    let warning = card.warning().unwrap();
    assert!(
        warning.contains("a cost of 30 bps") && warning.contains("earns 140 bps"),
        "{warning}"
    );
    // One that enters at no cost has nothing to be warned of.
    let text = with("notional = 1\nmin_entry_edge_bps = 0\nexit = { profit_bps = 80 }\n");
    let card = &read(&text).unwrap().scenario.break_even(&CARDS)[0];
    assert_eq!((card.target.is_some(), card.warning()), (true, None));
}
