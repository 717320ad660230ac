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
