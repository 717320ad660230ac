//! `onetape demo --mode …`: the demos of what goes wrong.

use super::common::{run, tree};

#[test]
fn tm8_arbitrage_is_the_demo_and_takes_a_duration() {
    let dir = tempfile::tempdir().unwrap();
    let line = "demo --mode arbitrage --duration 8m --json --out run";
    let document = run(dir.path(), line).ok().json();
    let planted = &document["planted"];
    assert_eq!(
        (&planted["won"], &planted["lost"]),
        (&planted["winners"], &planted["losers"])
    );
    assert_eq!(planted["winners"], 3, "{planted}");
    run(dir.path(), "replay run --verify").ok();
}

#[test]
fn tm8_recovery_completes_mends_unwinds_and_asks_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let document = run(
        dir.path(),
        "demo --mode recovery --duration 8m --json --out run",
    )
    .ok()
    .json();
    let recovery = &document["recovery"];
    let outcome = |name: &str| recovery["outcomes"][name].as_u64().unwrap();
    assert!(outcome("completed") >= 1, "{recovery:#}");
    assert_eq!(outcome("mended and completed"), 2, "{recovery:#}");
    assert_eq!(
        (outcome("unwound"), outcome("quarantined")),
        (1, 1),
        "{recovery:#}"
    );
    assert_eq!((outcome("open"), outcome("missed")), (0, 0));
    // The opportunities of the tape each met what was meant for them.
    let trips = recovery["trips"].as_array().unwrap();
    let with = |fault: &str| {
        trips
            .iter()
            .filter(|trip| trip["faults"][fault].is_u64())
            .count()
    };
    for fault in [
        "reject",
        "account_down",
        "order_lost",
        "partial",
        "feed_down",
    ] {
        assert!(with(fault) >= 1, "{fault}: {recovery:#}");
    }
    let unknown: u64 = trips
        .iter()
        .map(|trip| trip["unknown_orders"].as_u64().unwrap())
        .sum();
    assert!(unknown >= 2, "{recovery:#}");
    let alerts = recovery["alerts"].as_array().unwrap();
    assert!(alerts.iter().any(|alert| {
        alert["text"]
            .as_str()
            .unwrap()
            .contains("a person is needed")
    }));
    // It ends with people told, every rule held, and is proved.
    let checked = &document["checked"];
    assert_eq!(
        (&checked["rules_broken"], &checked["tasks"][0]),
        (&0.into(), &"quarantined".into())
    );
    assert_eq!(document["ledger_residual"], "0");
    run(dir.path(), "replay run --verify").ok();
    let text = run(dir.path(), "demo --mode recovery --out text").ok().out;
    for says in ["trips      ", "it ends    quarantined; ", "0 rules broken"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let journals = ["run", "text"].map(|name| tree(&dir.path().join(name).join("journal")));
    assert_eq!(
        journals[0], journals[1],
        "8m is what it is without a duration"
    );
}

#[test]
fn tm8_stress_runs_many_tasks_under_faults_with_every_rule_checked() {
    let dir = tempfile::tempdir().unwrap();
    let line = "demo --mode stress --duration 2m --out run";
    let document = run(dir.path(), &format!("{line} --json")).ok().json();
    let count = |field: &str| document[field].as_u64().unwrap();
    assert_eq!((count("seeds"), count("failed")), (8, 0));
    assert!(count("faults") >= 8 && count("orders") > 50, "{document:#}");
    let tasks = &document["tasks"];
    let ended = ["flat", "hedged", "quarantined", "open"].map(|how| tasks[how].as_u64().unwrap());
    assert!(ended.iter().sum::<u64>() >= 7 * 8, "{tasks}");
    assert_eq!(ended[3], 0);
    run(dir.path(), "replay run --verify").ok();
    let text = run(dir.path(), line).ok().out;
    assert!(
        text.contains("every rule held in 8 runs of 8 tasks"),
        "{text}"
    );
}

#[test]
fn a_demo_in_which_nothing_can_happen_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "demo --mode recovery --duration 1m").refused(1, &["--duration is too short"]);
    let done = run(dir.path(), "demo --duration soon").exits(2);
    assert!(
        done.err.contains("write a number and a unit"),
        "{}",
        done.err
    );
    assert!(
        std::fs::read_dir(dir.path()).unwrap().next().is_none(),
        "nothing is left"
    );
}
