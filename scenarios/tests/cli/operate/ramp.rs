//! A live run begins with one lot and grows; a restart keeps the step.

use super::*;

/// The largest order of each step of the run's only task, from its journal.
fn largest(dir: &Path) -> Vec<i64> {
    let shown = run(dir, "journal show run --json").exits(0).out;
    let mut all = vec![0];
    let shown: Value = serde_json::from_str(&shown).unwrap();
    for line in shown.as_array().unwrap() {
        let reason = line["reason"].as_str().unwrap_or_default();
        if reason == "ramp_raised" || reason == "ramp_full" {
            all.push(0);
        }
        for place in line["commands"].as_array().into_iter().flatten() {
            if place["role"] == "entry" && place["instrument"] == "binance-spot:BTCUSDT" {
                let qty = place["qty"].as_str().unwrap();
                let qty = onetape_core::num::parse_fixed(qty, 8).unwrap();
                let last = all.last_mut().unwrap();
                *last = qty.max(*last);
            }
        }
    }
    all
}

#[test]
fn a_live_run_begins_with_one_lot_grows_and_keeps_its_step_over_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir, KEY, SECRET);
    // Also with every decision on the disk before its orders leave.
    scenario(
        dir,
        "[live]\ndurability = \"disk\"\nramp = { trips = 2, steps = 3, max_trip_loss = \"1000\" }",
    );
    let live = format!("live scenario.toml --local {} --out run", served.local());
    let confirmed = |more: &str| {
        let mut command = keyed(dir, &format!("{live} {more}"));
        command.args(["--confirm", "trade spot-perp live"]);
        command
    };
    let mut child = confirmed("").spawn().unwrap();
    let told = status(dir, |told| told["tasks"][0]["ramp"]["step"] == 1);
    assert_eq!(told["tasks"][0]["ramp"]["lots"], 2);
    child.kill().unwrap();
    child.wait().unwrap();
    // What was journaled is verified, cut as it is, and gone on with.
    run(dir, "replay run --verify").exits(0);
    let after = run(dir, "status run --json").exits(0).json();
    assert_eq!(after["tasks"][0]["ramp"]["step"], 1);
    let mut child = confirmed("").spawn().unwrap();
    let told = status(dir, |_| true);
    assert!(
        told["tasks"][0]["ramp"]["step"].as_u64() >= Some(1),
        "{told}"
    );
    status(dir, |told| {
        let task = &told["tasks"][0];
        task["ramp"]["lots"].is_null() && task["executions"].as_u64() > Some(14)
    });
    assert!(interrupt(&child).unwrap().success());
    child.wait().unwrap();
    run(dir, "replay run --verify").exits(0);
    let sizes = largest(dir);
    let lot = sizes[0];
    assert!(lot > 0, "{sizes:?}");
    assert_eq!(sizes[1], 2 * lot, "{sizes:?}");
    assert_eq!(sizes[2], 4 * lot, "{sizes:?}");
    assert!(sizes[3] > 4 * lot, "the whole size: {sizes:?}");
}

/// Ctrl-C.
fn interrupt(child: &Child) -> std::io::Result<std::process::ExitStatus> {
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
}

#[test]
fn the_whole_size_at_once_is_named_in_what_is_typed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir, KEY, SECRET);
    scenario(dir, "");
    let live = format!(
        "live scenario.toml --local {} --duration 3s --out run",
        served.local()
    );
    let small = with_input(keyed(dir, &live), "no\n").exits(1);
    assert!(
        small.err.contains("it begins with one lot"),
        "{}",
        small.err
    );
    let whole = format!("{live} --full-size");
    let refused = with_input(keyed(dir, &whole), "trade spot-perp live\n").exits(1);
    assert!(refused.err.contains("WITHOUT A RAMP"), "{}", refused.err);
    let phrase = "trade spot-perp live at full size";
    assert!(refused.err.contains(phrase), "{}", refused.err);
    with_input(keyed(dir, &whole), &format!("{phrase}\n")).exits(0);
    let resolved = std::fs::read_to_string(dir.join("run/scenario.toml")).unwrap();
    assert!(resolved.contains("[live]\nramp = false"), "{resolved}");
    // What a strategy does not size by a ramp is not begun with one.
    let text = std::fs::read_to_string(dir.join("scenario.toml")).unwrap();
    let maker = r#"
[[task]]
name = "maker"
strategy = "market_maker"
instrument = { instrument = "binance-spot:BTCUSDT", feed = "quote" }
quantity = "0.01"
max_inventory = "0.02"
"#;
    std::fs::write(dir.join("scenario.toml"), format!("{text}{maker}")).unwrap();
    let other = live.replace("--out run", "--out other");
    let refused = with_input(keyed(dir, &other), "").exits(1);
    assert!(
        refused.err.contains("--full-size") || refused.code == Some(2),
        "{}",
        refused.err
    );
}
