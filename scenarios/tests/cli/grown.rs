//! A catalogue that grew after a run was made from it.

use std::fs;

use onetape_data::catalog::Catalog;

use super::common::{run, small, tree};

const DAY_ONE: u64 = 1_723_075_200_000_000_000;
const DAY: u64 = 86_400_000_000_000;

/// Quotes of both legs, some of them worth an entry or an exit.
fn capture(day: u64) -> String {
    let mut lines = String::new();
    for at in 0..400_u64 {
        let ts = DAY_ONE + day * DAY + 1_000_000_000 * (at + 1);
        let premium = if at % 40 < 20 { 60 } else { 0 };
        let (spot, futures) = (50_000, 50_000 + premium * 5);
        let quote = |price: u64| {
            format!("\"b\":\"{price}.00\",\"B\":\"2.000\",\"a\":\"{price}.10\",\"A\":\"2.000\"")
        };
        lines += &format!(
            "{ts} {{\"stream\":\"btcusdt@bookTicker\",\"data\":{{\"u\":{at},\"s\":\"BTCUSDT\",{}}}}}\n",
            quote(spot)
        );
        let ms = ts / 1_000_000;
        lines += &format!(
            "FUTURES{ts} {{\"stream\":\"btcusdt@bookTicker\",\"data\":{{\"e\":\"bookTicker\",\"u\":{at},\"s\":\"BTCUSDT\",{},\"T\":{ms},\"E\":{ms}}}}}\n",
            quote(futures)
        );
    }
    lines
}

/// Imports one day of both venues.
fn import(dir: &std::path::Path, day: u64) {
    let both = capture(day);
    let (futures, spot): (Vec<_>, Vec<_>) =
        both.lines().partition(|line| line.starts_with("FUTURES"));
    fs::write(dir.join("spot.txt"), spot.join("\n")).unwrap();
    fs::write(
        dir.join("usdm.txt"),
        futures.join("\n").replace("FUTURES", ""),
    )
    .unwrap();
    run(
        dir,
        "data import binance-raw spot.txt usdm.txt --catalog grown",
    )
    .ok();
}

#[test]
fn an_older_run_replays_on_what_it_was_made_from() {
    let dir = small();
    import(dir.path(), 1);
    let scenario = super::common::SCENARIO
        .replace("synth-spot", "binance-spot")
        .replace("synth-perp", "binance-usdm")
        .replace(
            "catalog = \"catalog\"",
            "catalog = \"grown\"\nallow_inferred_instruments = true",
        )
        .replace("[sim]", "[sim]\nno_funding = true");
    fs::write(dir.path().join("grown.toml"), scenario).unwrap();
    let first = run(dir.path(), "backtest grown.toml --out first --json")
        .ok()
        .json();
    assert!(
        first["closed"]["round_trips"].as_u64().unwrap() > 2,
        "{first}"
    );
    let replayed = run(dir.path(), "replay first --verify --json").ok().json();
    let what_if = "replay first --set sim.seed=2 --json";
    let simulated = run(dir.path(), what_if).ok().json();

    // A later day and an earlier one.
    for day in [2, 0] {
        import(dir.path(), day);
    }
    assert_eq!(
        Catalog::open(&dir.path().join("grown"))
            .unwrap()
            .all_files()
            .len(),
        6
    );
    let before = tree(&dir.path().join("first"));
    assert_eq!(
        run(dir.path(), "replay first --verify --json").ok().json(),
        replayed
    );
    assert_eq!(
        run(dir.path(), what_if).ok().json()["decisions_hash"],
        simulated["decisions_hash"]
    );
    let why = run(
        dir.path(),
        "journal why first --at 2024-08-09T00:03:00Z --json",
    )
    .ok()
    .json();
    assert_eq!(
        why["at"],
        why["last_event"]
            .as_str()
            .unwrap()
            .replace("00:03:00.000000001", "00:03:00.000000000")
    );
    assert_eq!(tree(&dir.path().join("first")), before);
    // A new run sees all of it.
    let second = run(dir.path(), "backtest grown.toml --out second --json")
        .ok()
        .json();
    assert_eq!(
        second["rows"].as_u64(),
        first["rows"].as_u64().map(|rows| 3 * rows)
    );
    run(dir.path(), "replay second --verify").ok();
}
