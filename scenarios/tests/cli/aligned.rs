//! A backtest beside a run in real time on the same tape: put on one time, their round trips are paired.

use serde_json::Value;

use crate::common::{SCENARIO, run, small};

/// The parts of a gap, in thousand-millionths; and the gap.
fn parts(gap: &Value) -> (i128, i128) {
    let amount = |name: &str| {
        let text = gap[name].as_str().unwrap();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        assert!(fraction.len() <= 18, "{text}");
        format!("{whole}{fraction:0<18}").parse::<i128>().unwrap()
    };
    let names = [
        "filled", "prices", "latency", "slippage", "fees", "funding", "missed", "extra", "apart",
        "outside",
    ];
    (names.into_iter().map(amount).sum(), amount("net"))
}

#[test]
fn a_backtest_and_a_run_on_paper_are_put_on_one_time() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    crate::common::synth(dir, "catalog", "");
    // It enters whenever it can, so that there are many round trips; of the tape the first seconds are rehearsed.
    let often = SCENARIO
        .replace(
            "min_entry_edge_bps = 36.0",
            "min_entry_edge_bps = -100.0\nallow_negative_edge = true",
        )
        .replace(
            "exit = { edge_bps = 1.0, max_age = \"30s\" }",
            "exit = { edge_bps = 100.0, max_age = \"1s\" }",
        );
    std::fs::write(dir.join("scenario.toml"), often).unwrap();
    run(dir, "backtest scenario.toml --out backtest").exits(0);
    run(
        dir,
        "paper scenario.toml --rehearse --duration 10s --out paper",
    )
    .exits(0);
    // Years apart, nothing belongs together.
    let plain = run(dir, "report backtest paper --json").ok().json();
    assert_eq!(plain["assets"][0]["gap"]["pairs"], 0);
    let told = run(dir, "report backtest paper --align --json").ok().json();
    let by = &told["alignment"];
    let pace = by["pace_ppb"].as_i64().unwrap();
    // As near as a busy machine keeps to the time.
    assert!((950_000_000..1_050_000_000).contains(&pace), "{by}");
    assert!(by["matched"].as_u64() > Some(100), "{by}");
    for asset in told["assets"].as_array().unwrap() {
        let (sum, net) = parts(&asset["gap"]);
        assert_eq!(sum, net, "{asset}");
    }
    let gap = &told["assets"][0]["gap"];
    let count = |name: &str| gap[name].as_u64().unwrap();
    let alone = count("missed_trips") + count("extra_trips");
    assert!(count("pairs") >= 4 && count("pairs") > alone, "{gap}");
    // The rest of the tape was not rehearsed: those round trips are neither missed nor extra.
    assert!(count("apart_trips") > 0, "{gap}");
    let words = run(dir, "report backtest paper --align").ok();
    assert!(words.out.contains("On one time: "), "{}", words.out);
    assert!(
        words.out.contains("Not in the common time"),
        "{}",
        words.out
    );
}

#[test]
fn runs_of_different_markets_are_not_put_on_one_time() {
    let dir = small();
    let dir = dir.path();
    run(dir, "backtest scenario.toml --out one").ok();
    crate::common::synth(dir, "other", "--seed 99");
    run(dir, "backtest scenario.toml --catalog other --out two").ok();
    run(dir, "report one two --align").refused(1, &["did not see one market"]);
    run(dir, "report one --align").exits(2);
}
