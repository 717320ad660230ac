//! Faults in a scenario, and a scenario under drawn faults.

use std::path::Path;

use serde_json::Value;

use super::common::{run, small};

fn fuzz(dir: &Path, more: &str) -> Value {
    run(dir, &format!("scenario fuzz scenario.toml --json {more}"))
        .ok()
        .json()
}

#[test]
fn seeds_are_run_with_everything_checked_and_the_threads_do_not_matter() {
    let dir = small();
    let one = run(
        dir.path(),
        "scenario fuzz scenario.toml --seeds 30 --threads 1",
    )
    .ok();
    let two = run(
        dir.path(),
        "scenario fuzz scenario.toml --seeds 30 --threads 2",
    )
    .ok();
    assert_eq!(one.out, two.out);
    assert!(
        one.out.contains("30 seeds of scenario.toml: "),
        "{}",
        one.out
    );
    let found = fuzz(dir.path(), "--seeds 30");
    let count = |field: &str| found[field].as_u64().unwrap();
    assert_eq!((count("seeds"), count("failed")), (30, 0));
    assert!(
        count("faults") >= 30,
        "every seed injects at least one: {found:#}"
    );
    assert!(count("orders") > 60);
    assert!(found["matrix"]["feed_down"]["no order"].as_u64().unwrap() > 0);
    let tasks = &found["tasks"];
    let ended = ["flat", "hedged", "quarantined", "open"].map(|how| tasks[how].as_u64().unwrap());
    assert_eq!(ended.iter().sum::<u64>(), 30);
    assert_eq!(ended[3], 0);
    let steps = found["time_to_band"]["histogram"].as_array().unwrap();
    let sum: u64 = steps
        .iter()
        .map(|step| step["count"].as_u64().unwrap())
        .sum();
    assert_eq!(Some(sum), found["time_to_band"]["stretches"].as_u64());
}

#[test]
fn a_seeds_run_is_the_backtest_with_that_seed_and_its_replay_verifies() {
    let dir = small();
    let mut unlike = 0;
    for seed in 3..7 {
        let fuzzed = fuzz(dir.path(), &format!("--seeds {seed}..{}", seed + 1));
        // The tape is five minutes long: nothing new goes wrong in its last one.
        let until = "--set faults.until=2024-01-01T06:34:00Z";
        let sets = format!("--set faults.swarm=true --set faults.seed={seed} {until}");
        let until = format!("{until} --seeds {seed}..{}", seed + 1);
        let again = fuzz(dir.path(), &until);
        let backtest = run(
            dir.path(),
            &format!("backtest scenario.toml {sets} --json --out run{seed}"),
        );
        let backtest = backtest.ok().json();
        assert_eq!(
            again["decisions_hash"], backtest["decisions_hash"],
            "{backtest:#}"
        );
        unlike += u32::from(fuzzed["faults"] != 0);
        run(dir.path(), &format!("replay run{seed} --verify")).ok();
    }
    assert_eq!(unlike, 4);
}

#[test]
fn a_scheduled_fault_stands_in_the_journal_and_replays() {
    let dir = small();
    let text = std::fs::read_to_string(dir.path().join("scenario.toml")).unwrap();
    let section = "\n[[faults.at]]\nat = \"2024-01-01T06:31:00Z\"\nkind = \"feed_down\"\nvenue = \"synth-perp\"\n\
                   duration = \"2s\"\n[[faults.at]]\nat = \"2024-01-01T06:30:00Z\"\nkind = \"reply_lost\"\nvenue = \
                   \"synth-spot\"\n";
    std::fs::write(dir.path().join("scenario.toml"), text + section).unwrap();
    run(dir.path(), "backtest scenario.toml --out run").ok();
    run(dir.path(), "replay run --verify").ok();
    let journal = run(dir.path(), "journal show run").ok().out;
    let faults: Vec<&str> = journal
        .lines()
        .filter(|line| line.contains(" fault "))
        .collect();
    assert_eq!(faults.len(), 3, "{faults:#?}");
    let begins = "fault=feed_down phase=begins venue=synth-perp";
    assert!(
        faults[0].contains("fault=reply_lost") && faults[0].contains("order=ot1-0"),
        "{faults:#?}"
    );
    assert!(
        faults[1].contains("06:31:00") && faults[1].contains(begins),
        "{faults:#?}"
    );
    assert!(
        faults[2].contains("06:31:02") && faults[2].contains("phase=ends"),
        "{faults:#?}"
    );
    assert!(journal.contains("state=unknown"));
}

#[test]
fn wrong_words_are_refused_with_the_fix() {
    let dir = small();
    let usage = run(dir.path(), "scenario fuzz scenario.toml --seeds 0").exits(2);
    assert!(
        usage.err.contains("write --seeds 100 or --seeds 17..18"),
        "{}",
        usage.err
    );
    let rates = "scenario fuzz scenario.toml --seeds 1 --set faults.rates.ban=1";
    run(dir.path(), rates).refused(2, &["faults.rates: are drawn with swarm = true"]);
    let never = "scenario fuzz scenario.toml --seeds 1 --set faults.until=2020-01-01T00:00:00Z";
    run(dir.path(), never).refused(1, &["nothing went wrong in 6 draws", "faults.until"]);
}

/// Three scenarios in one call: each tells its own sums and legs, and the total is all of them.
#[test]
fn several_scenarios_are_summed_and_their_legs_are_told() {
    let dir = small();
    let scenario = dir.path().join("scenario.toml");
    for name in ["second.toml", "third.toml"] {
        std::fs::copy(&scenario, dir.path().join(name)).unwrap();
    }
    let files = "scenario fuzz scenario.toml second.toml third.toml --seeds 6 --legs";
    let told = run(dir.path(), files).ok().out;
    for name in ["scenario.toml", "second.toml", "third.toml"] {
        let sums = format!("6 seeds of {name}: ");
        assert!(told.lines().any(|line| line.starts_with(&sums)), "{told}");
        let legs = |line: &&str| {
            line.starts_with(name) && line.ends_with("entry      exit    repair    switch")
        };
        assert_eq!(told.lines().filter(legs).count(), 1, "{told}");
    }
    // Three counts of time for each and for all.
    let times = told.lines().filter(|line| line.starts_with("time to band"));
    assert_eq!(times.count(), 4 * 3, "{told}");
    assert!(told.contains(", leg 1 "), "{told}");

    let found = run(dir.path(), &format!("{files} --json")).ok().json();
    let each = found["scenarios"].as_array().unwrap();
    let of = |document: &Value, field: &str| document[field].as_u64().unwrap();
    for field in ["seeds", "events", "orders", "faults"] {
        let sum: u64 = each.iter().map(|one| of(one, field)).sum();
        assert_eq!(sum, of(&found, field), "{field}");
        assert_eq!(
            sum,
            3 * of(&each[0], field),
            "the same scenario under the same seeds: {field}"
        );
    }
    assert_eq!(each[1]["file"], "second.toml");
    // Every order that was met is of a leg and a role.
    let counts = |value: &Value| -> u64 {
        let rows = value.as_object().unwrap().values();
        let cells = rows.flat_map(|row| row.as_object().unwrap());
        let orders = cells.filter(|(state, _)| *state != "no order");
        orders.map(|(_, count)| count.as_u64().unwrap()).sum()
    };
    assert!(counts(&each[0]["legs"]) > 0);
    assert_eq!(counts(&each[0]["legs"]), counts(&each[0]["matrix"]));
}

/// A cell that can be hit and was not fails a strict run, and no other.
#[test]
fn a_strict_run_fails_for_a_zero_cell() {
    let dir = small();
    let plain = run(dir.path(), "scenario fuzz scenario.toml --seeds 2")
        .ok()
        .out;
    let zeros = plain
        .lines()
        .find(|line| line.ends_with(" cells that can be hit were not"));
    let zeros = zeros.unwrap_or_else(|| panic!("{plain}"));
    assert!(
        !zeros.starts_with('0') && !plain.contains("missed"),
        "{plain}"
    );
    let strict = run(dir.path(), "scenario fuzz scenario.toml --seeds 2 --strict").exits(3);
    let missed = format!("missed         {zeros}");
    assert!(
        strict.out.lines().any(|line| line == missed),
        "{}",
        strict.out
    );
    assert_eq!(strict.out.replace(&format!("{missed}\n"), ""), plain);

    let found = run(
        dir.path(),
        "scenario fuzz scenario.toml --seeds 2 --strict --json",
    )
    .exits(3);
    let found: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(found["missed"][0], zeros);
    let cells = found["zero_cells"].as_array().unwrap();
    assert!(zeros.starts_with(&format!("{} ", cells.len())));
    assert_eq!(found["failed"], 0);
}

/// The longest stretch out of balance after one fault is told with what finds it again: its seed, and when it ended.
#[test]
fn the_slowest_stretch_after_one_fault_is_told_with_its_seed() {
    let dir = small();
    let told = run(dir.path(), "scenario fuzz scenario.toml --seeds 40")
        .ok()
        .out;
    let slowest = told.lines().find(|line| line.starts_with("slowest "));
    let words: Vec<&str> = slowest
        .unwrap_or_else(|| panic!("{told}"))
        .split_whitespace()
        .collect();
    let [
        "slowest",
        took,
        "ms",
        "after",
        "one",
        "fault:",
        "seed",
        seed,
        "task",
        "0,",
        "until",
        _,
    ] = words[..]
    else {
        panic!("{words:?}")
    };
    let seed: u64 = seed.trim_end_matches(',').parse().unwrap();
    let again = fuzz(dir.path(), &format!("--seeds {seed}..{}", seed + 1));
    let times = [
        "time_to_band_after_one_fault",
        "time_to_band_while_open",
        "time_to_band",
    ];
    let [one, open, whole] = times.map(|field| &again[field]);
    assert_eq!(one["max_ms"], took);
    // What is counted after one fault is a part of all.
    let count = |of: &Value| of["stretches"].as_u64().unwrap();
    assert!(count(one) >= 1 && count(one) <= count(whole) && count(open) == count(whole));
    let millis = |of: &Value, field: &str| -> f64 { of[field].as_str().unwrap().parse().unwrap() };
    assert!(millis(open, "max_ms") <= millis(whole, "max_ms"));
    for of in [one, open, whole] {
        assert!(
            millis(of, "p50_ms") <= millis(of, "p99_ms")
                && millis(of, "p99_ms") <= millis(of, "max_ms")
        );
    }
}
