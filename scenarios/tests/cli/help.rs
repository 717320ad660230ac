//! What every command says of itself.

use super::common::run;

/// The help of a command; the version is the build's and not in it.
fn help(words: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &format!("{words} --help")).ok().out
}

macro_rules! snapshots {
    ($($name:ident: $words:literal,)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), help($words));
        }
    )*};
}

snapshots! {
    help_onetape: "",
    help_demo: "demo",
    help_data: "data",
    help_data_delays: "data delays",
    help_data_export: "data export",
    help_data_formats: "data formats",
    help_data_check: "data check",
    help_data_import: "data import",
    help_data_info: "data info",
    help_data_spread: "data spread",
    help_data_profile: "data profile",
    help_data_record: "data record",
    help_data_synth: "data synth",
    help_scan: "scan",
    help_strategy: "strategy",
    help_strategy_list: "strategy list",
    help_strategy_describe: "strategy describe",
    help_strategy_new: "strategy new",
    help_config: "config",
    help_config_check: "config check",
    help_backtest: "backtest",
    help_replay: "replay",
    help_scenario: "scenario",
    help_scenario_fuzz: "scenario fuzz",
    help_scenario_presets: "scenario presets",
    help_scenario_new: "scenario new",
    help_sweep: "sweep",
    help_sweep_plan: "sweep plan",
    help_sweep_run: "sweep run",
    help_sweep_merge: "sweep merge",
    help_sweep_status: "sweep status",
    help_sweep_ask: "sweep ask",
    help_sweep_tell: "sweep tell",
    help_journal: "journal",
    help_journal_show: "journal show",
    help_journal_diff: "journal diff",
    help_journal_why: "journal why",
    help_report: "report",
    help_table: "table",
    help_positions: "positions",
    help_status: "status",
    help_paper: "paper",
    help_live: "live",
    help_pause: "pause",
    help_resume: "resume",
    help_flatten: "flatten",
    help_approve: "approve",
    help_doctor: "doctor",
    help_kill: "kill",
    help_keys: "keys",
    help_keys_add: "keys add",
    help_keys_list: "keys list",
    help_keys_remove: "keys remove",
    help_venue: "venue",
    help_venue_serve: "venue serve",
    help_walk_forward: "walk-forward",
}

/// A command that is added must be added to the snapshots.
#[test]
fn every_command_has_a_snapshot() {
    fn below(path: &str, found: &mut Vec<String>) {
        let text = help(path);
        let Some((_, list)) = text.split_once("Commands:\n") else {
            return;
        };
        let lines = list.lines().take_while(|line| !line.is_empty());
        for name in lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()) {
            if name.is_empty() || name == "help" {
                continue;
            }
            let path = format!("{path} {name}").trim().to_string();
            found.push(path.clone());
            below(&path, found);
        }
    }
    let mut found = Vec::new();
    below("", &mut found);
    assert!(found.len() > 10, "{found:?}");
    let source = include_str!("help.rs");
    for path in found {
        assert!(
            source.contains(&format!(": \"{path}\",")),
            "no snapshot of {path}"
        );
    }
}

#[test]
fn nothing_asked_for_is_bad_usage_with_help() {
    let dir = tempfile::tempdir().unwrap();
    let done = run(dir.path(), "").exits(2);
    assert!(done.err.contains("Usage: onetape"), "{}", done.err);
    for line in [
        "backtset",
        "backtest",
        "replay --until noon run",
        "data import",
    ] {
        let done = run(dir.path(), line).exits(2);
        assert!(done.err.starts_with("error: "), "{}", done.err);
        assert_eq!(done.out, "");
    }
    assert!(
        run(dir.path(), "--version")
            .ok()
            .out
            .starts_with("onetape ")
    );
}
