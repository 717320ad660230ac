//! A strategy of one's own: the crate that `strategy new` writes, built and run as a user would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::common::{Done, decimal, run, tree};

/// The folder that cargo builds into: the tests' own, so that what they are built from is not built again.
fn target() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().unwrap().to_path_buf()
}

/// Cargo in the crate of a user, without the network.
fn cargo(crate_dir: &Path, words: &str) -> Done {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(crate_dir).args(words.split(' '));
    // What cargo sets for this test is not meant for another crate; the toolchain is, as what is compiled is shared, and
    // packages name one of their own.
    for (name, _) in std::env::vars_os() {
        let of_package = name.to_string_lossy().starts_with("CARGO_PKG_");
        if of_package || name == "CARGO_MANIFEST_DIR" {
            cargo.env_remove(name);
        }
    }
    cargo
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_NET_OFFLINE", "true");
    Done::of(&cargo.output().unwrap())
}

/// The program of a user's crate, in the crate's folder.
fn program(crate_dir: &Path, name: &str, words: &str) -> Done {
    let mut program = Command::new(target().join("debug").join(name));
    program.current_dir(crate_dir).args(words.split(' '));
    Done::of(&program.env_remove("ONETAPE_LOG").output().unwrap())
}

/// Makes a crate from a template, builds it with its tests, and gives it a market.
fn made(dir: &Path, name: &str, template: &str) -> PathBuf {
    let line = format!("strategy new {name} --template {template}");
    let said = run(dir, &line).ok().out;
    assert!(said.contains(&format!("src/{name}.rs")), "{said}");
    let made = dir.join(name);
    // A build and its tests share what is compiled.
    let tested = cargo(&made, "test").exits(0);
    assert!(!tested.err.contains("warning"), "{}", tested.err);
    assert!(tested.out.contains("test result: ok"), "{}", tested.out);
    let built = cargo(&made, "build").exits(0);
    assert!(!built.err.contains("warning"), "{}", built.err);
    let synth = "data synth --catalog catalog --duration 5m --opportunities 2";
    program(&made, name, synth).ok();
    made
}

#[test]
fn st10_a_new_strategy_builds_backtests_replays_and_sweeps() {
    let dir = tempfile::tempdir().unwrap();
    let made = made(dir.path(), "sticky_basis", "spot-perp");
    let own = |words: &str| program(&made, "sticky_basis", words);

    own("backtest scenario.toml --out run").ok();
    let report = own("report run --json").ok().json();
    assert_eq!(report["ledger_residual"], "0");
    let trips = report["round_trips"].as_array().unwrap();
    assert_eq!(trips.len(), 2, "{report:#}");
    assert!(
        trips
            .iter()
            .any(|trip| !decimal(&trip["net"]).is_sign_negative())
    );
    let verified = own("replay run --verify").ok().out;
    assert!(verified.contains("byte for byte"), "{verified}");

    // Its own states are the reasons of its decisions, its numbers stand beside them.
    let shown = own("journal show run").ok().out;
    for word in [
        "confirming",
        "trading",
        "holding",
        "cooling",
        "entry_edge_bps",
        "phase_s",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }

    // Its parameters are declared: described, bounded, swept.
    let card = own("strategy describe sticky_basis --json").ok().json();
    let confirm = card["params"].as_array().unwrap().iter();
    let confirm = confirm
        .into_iter()
        .find(|param| param["name"] == "confirm")
        .unwrap();
    assert_eq!(
        (
            &confirm["type"],
            &confirm["default"],
            &confirm["min"],
            &confirm["max"]
        ),
        (&"span".into(), &"0ms".into(), &"0ms".into(), &"1h".into())
    );
    let listed = own("strategy list").ok().out;
    assert!(
        listed.contains("sticky_basis") && listed.contains("spot_futures"),
        "{listed}"
    );
    own("backtest scenario.toml --journal none --set confirm=2h")
        .refused(2, &["task.0.confirm", "0ms to 1h"]);
    let swept = own(
        "sweep scenario.toml --grid min_entry_edge_bps=32,36,40 --grid confirm=0ms,20ms --out sweep --json",
    );
    let swept = swept.ok().json();
    assert_eq!((&swept["points"], &swept["failed"]), (&6.into(), &0.into()));
}

#[test]
fn st10_the_blank_template_builds_and_places_its_order() {
    let dir = tempfile::tempdir().unwrap();
    let made = made(dir.path(), "one_buy", "blank");
    let own = |words: &str| program(&made, "one_buy", words);
    own("backtest scenario.toml --out run").ok();
    let report = own("report run --json").ok().json();
    assert_eq!(
        (&report["orders"], &report["fills"]),
        (&1.into(), &1.into())
    );
    own("replay run --verify").ok();
    let why = own("journal why run --at 2024-01-01T06:30:05Z").ok().out;
    assert!(
        why.contains("waiting") && why.contains("wait_left_s"),
        "{why}"
    );
}

#[test]
fn a_name_that_is_taken_or_none_and_a_folder_that_exists_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("there")).unwrap();
    let before = tree(dir.path());
    for (line, says) in [
        ("spot_futures", "is called \"spot_futures\" already"),
        ("My-Rule", "such as my_rule"),
        ("9lives", "such as lives"),
        ("match", "call it my_match"),
        ("core", "call it my_core"),
        ("there", "there: is there already"),
        ("fine --path there", "there: is there already"),
        ("fine --path ..", "is there already"),
        ("fine --onetape there", "does not hold onetape's sources"),
        ("fine --template", "--template"),
    ] {
        run(dir.path(), &format!("strategy new {line}")).refused(2, &[says]);
        assert_eq!(tree(dir.path()), before, "{line}");
    }
    let long = "a".repeat(41);
    run(dir.path(), &format!("strategy new {long}")).refused(2, &["40 at most"]);
}

#[test]
fn where_onetape_is_can_be_said() {
    let dir = tempfile::tempdir().unwrap();
    let of = |name: &str| fs::read_to_string(dir.path().join(name).join("Cargo.toml")).unwrap();
    run(
        dir.path(),
        "strategy new far --onetape https://example.org/onetape.git",
    )
    .ok();
    let far = of("far");
    assert_eq!(
        far.matches("{ git = \"https://example.org/onetape.git\"")
            .count(),
        2,
        "{far}"
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let line = format!(
        "strategy new near --path below/near --onetape {}",
        root.display()
    );
    run(dir.path(), &line).ok();
    let near = of("below/near");
    let core = fs::canonicalize(root).unwrap().join("core");
    assert!(
        near.contains(&format!("{{ path = \"{}\" }}", core.display())),
        "{near}"
    );
    // The versions that onetape is tested with come along.
    let lock = |folder: &Path| fs::read(folder.join("Cargo.lock")).unwrap();
    assert_eq!(lock(&dir.path().join("below/near")), lock(root));
}
