//! `onetape demo`, in an empty directory.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::common::{decimal, run, small, tree};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

/// These and no others.
fn has_keys(value: &Value, wanted: &[&str]) {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    assert_eq!(keys(value), wanted);
}

/// Amounts are decimal text, never a JSON number.
fn amounts_are_text(value: &Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if [
                    "gross",
                    "fees",
                    "funding",
                    "net",
                    "volume",
                    "fees_paid",
                    "ledger_residual",
                ]
                .contains(&key.as_str())
                {
                    decimal(value);
                }
                amounts_are_text(value);
            }
        }
        Value::Array(items) => items.iter().for_each(amounts_are_text),
        _ => {}
    }
}

#[test]
fn works_in_an_empty_directory_and_leaves_its_run() {
    let dir = tempfile::tempdir().unwrap();
    let done = run(dir.path(), "demo").ok();
    assert!(done.out.contains("net"), "{}", done.out);
    assert!(
        done.out
            .contains("12 of 12 opportunities that pay were won"),
        "{}",
        done.out
    );
    let entries: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(entries, ["onetape-demo"], "nothing else is left");
    let place = dir.path().join("onetape-demo");
    for file in [
        "report.html",
        "journal/00000.seg",
        "run.json",
        "scenario.toml",
    ] {
        assert!(place.join(file).is_file(), "{file}");
    }
    page_stands_alone(&place.join("report.html"));
    run(dir.path(), "replay onetape-demo --verify").ok();
    let first = tree(&place.join("journal"));
    // Again, over the earlier run.
    run(dir.path(), "demo").ok();
    assert_eq!(tree(&place.join("journal")), first);
    // The folder can be moved with its tape.
    fs::rename(&place, dir.path().join("moved")).unwrap();
    run(dir.path(), "replay moved --verify").ok();
}

/// The page loads nothing: no script, style, image or font from elsewhere.
fn page_stands_alone(page: &Path) {
    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains("net") && html.contains("default-src 'none'"));
    // What its own scripts are made of is no address; that they load nothing, a browser's test sees.
    let parts = html.split("<script>");
    let outside: String = parts
        .map(|part| part.split_once("</script>").map_or(part, |(_, rest)| rest))
        .collect();
    let lower = outside.to_lowercase();
    for loads in [
        "<script src",
        "<link",
        "src=\"http",
        "src=\"//",
        "href=\"http",
        "@import",
        "url(",
        "<iframe",
    ] {
        assert!(!lower.contains(loads), "{loads} in {}", page.display());
    }
}

#[test]
fn json_has_the_figures_and_two_runs_agree() {
    let dir = tempfile::tempdir().unwrap();
    let first = run(dir.path(), "demo --json --out deep/er/one").ok().json();
    let second = run(dir.path(), "demo --json --out two").ok().json();
    has_keys(
        &first,
        &[
            "run_id",
            "build",
            "decisions_hash",
            "rows",
            "events",
            "wall_s",
            "decode_s",
            "events_per_s",
            "peak_rss_mib",
            "orders",
            "fills",
            "closed",
            "fees_paid",
            "pnl",
            "by_venue",
            "by_task",
            "ledger_residual",
            "name",
            "asset",
            "planted",
            "report",
        ],
    );
    has_keys(
        &first["closed"],
        &[
            "round_trips",
            "gross",
            "fees",
            "funding",
            "net",
            "winners",
            "losers",
            "first_entry_ts",
            "last_exit_ts",
        ],
    );
    has_keys(&first["pnl"], &["gross", "fees", "funding", "net"]);
    amounts_are_text(&first);
    assert_eq!(first["ledger_residual"], "0");
    for (number, whole) in [
        ("rows", true),
        ("events", true),
        ("wall_s", false),
        ("decode_s", false),
    ] {
        assert!(
            first[number].is_number() && first[number].is_u64() == whole,
            "{number}"
        );
    }
    let planted = &first["planted"];
    assert!(planted["winners"].as_u64().unwrap() >= 10, "{planted}");
    assert_eq!(
        (&planted["won"], &planted["lost"]),
        (&planted["winners"], &planted["losers"])
    );
    assert_eq!(
        (&planted["losers"], &planted["other"]),
        (&planted["winners"], &Value::from(0))
    );
    assert_eq!(first["closed"]["winners"], planted["winners"]);
    assert_eq!(first["closed"]["losers"], planted["losers"]);
    sums_up(&first);

    for key in [
        "run_id",
        "decisions_hash",
        "rows",
        "events",
        "orders",
        "fills",
        "closed",
        "pnl",
    ] {
        assert_eq!(first[key], second[key], "{key}");
    }
    let (one, two) = (dir.path().join("deep/er/one"), dir.path().join("two"));
    assert_eq!(tree(&one.join("journal")), tree(&two.join("journal")));
    assert_eq!(tree(&one.join("catalog")), tree(&two.join("catalog")));
}

/// The parts of a breakdown add up to the whole.
fn sums_up(document: &Value) {
    for by in ["by_venue", "by_task"] {
        for part in ["gross", "fees", "funding", "net"] {
            let parts = document[by].as_object().unwrap().values();
            let sum: rust_decimal::Decimal = parts.map(|bucket| decimal(&bucket[part])).sum();
            assert_eq!(sum, decimal(&document["pnl"][part]), "{by} {part}");
        }
    }
    let pnl = |part| decimal(&document["pnl"][part]);
    assert_eq!(pnl("gross") - pnl("fees") + pnl("funding"), pnl("net"));
}

#[test]
fn a_folder_that_is_no_run_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("onetape-demo");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("thesis.txt"), "mine").unwrap();
    let before = tree(dir.path());
    run(dir.path(), "demo").refused(1, &["onetape-demo", "is not a run's folder", "--out"]);
    assert_eq!(tree(dir.path()), before);
    fs::write(dir.path().join("file"), "mine").unwrap();
    run(dir.path(), "demo --out file").refused(1, &["file", "--out"]);
    assert_eq!(fs::read_to_string(dir.path().join("file")).unwrap(), "mine");
}

/// The whole text of a small run, all but its times and its build.
#[test]
fn the_text_of_a_small_run() {
    let dir = small();
    let done = run(dir.path(), "backtest scenario.toml --out run").ok();
    let (table, tail) = done.out.split_once("million a second), ").unwrap();
    let (table, _) = table.rsplit_once(" in ").unwrap();
    // The run's id has the build in it.
    let (_, table) = table.split_once('\n').unwrap();
    insta::assert_snapshot!("small_run", format!("{table} in TIME, {tail}"));
}
