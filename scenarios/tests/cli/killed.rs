//! Imports that are killed while they run.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use onetape_data::catalog::Catalog;

use super::common::{command, run, tree};

/// A capture that takes a while: quotes of three days.
fn capture(symbol: &str, messages: u64) -> String {
    let lines = (0..messages).map(|at| {
        let ts = 1_723_075_200_000_000_000 + at * (3 * 86_400_000_000_000 / messages);
        let (bid, ask) = (50_000 + at % 97, 50_001 + at % 97);
        format!(
            "{ts} {{\"stream\":\"x@bookTicker\",\"data\":{{\"u\":{at},\"s\":\"{symbol}\",\"b\":\"{bid}.10\",\"B\":\"2.000\",\"a\":\"{ask}.20\",\"A\":\"3.000\"}}}}\n"
        )
    });
    lines.collect()
}

/// Starts the binary and kills it; false when it had ended by then.
pub(crate) fn kill_after(dir: &Path, line: &str, delay: Duration) -> bool {
    let mut child = command(dir)
        .args(line.split_whitespace())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    sleep(delay);
    let running = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    running
}

/// What the manifest names is there and whole.
fn is_whole(root: &Path) {
    let catalog = Catalog::open(root).unwrap();
    for file in catalog.all_files() {
        catalog.verify(file).unwrap();
    }
}

#[test]
fn a_killed_import_leaves_the_catalogue_as_it_was_or_done() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    fs::write(path.join("old.txt"), capture("OLDUSDT", 500)).unwrap();
    fs::write(path.join("a.txt"), capture("BTCUSDT", 20_000)).unwrap();
    fs::write(path.join("b.txt"), capture("ETHUSDT", 20_000)).unwrap();
    let import = |catalog: &str| {
        format!("data import binance-raw a.txt b.txt --venue binance-spot --catalog {catalog}")
    };
    for catalog in ["whole", "killed"] {
        run(
            path,
            &format!("data import binance-raw old.txt --venue binance-spot --catalog {catalog}"),
        )
        .ok();
    }
    let before = tree(&path.join("killed"))[Path::new("catalog.json")].clone();
    let started = Instant::now();
    run(path, &import("whole")).ok();
    let took = started.elapsed();
    let whole = tree(&path.join("whole"));
    let mut interrupted = 0;
    for attempt in 0..24_u32 {
        // Spread over the whole import, and beyond its end.
        interrupted += u32::from(kill_after(path, &import("killed"), took * attempt / 20));
        is_whole(&path.join("killed"));
        let manifest = fs::read(path.join("killed/catalog.json")).unwrap();
        if manifest != before {
            assert_eq!(
                manifest,
                whole[Path::new("catalog.json")],
                "attempt {attempt}"
            );
            run(path, &import("killed")).ok();
            assert_eq!(tree(&path.join("killed")), whole, "attempt {attempt}");
            fs::remove_dir_all(path.join("killed")).unwrap();
            run(
                path,
                "data import binance-raw old.txt --venue binance-spot --catalog killed",
            )
            .ok();
        }
    }
    assert!(interrupted >= 5, "{interrupted} of 24 were interrupted");
    run(path, &import("killed")).ok();
    assert_eq!(tree(&path.join("killed")), whole);
}

#[test]
fn a_killed_first_import_can_be_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    fs::write(path.join("a.txt"), capture("BTCUSDT", 20_000)).unwrap();
    let import = |catalog: &str| {
        format!("data import binance-raw a.txt --venue binance-spot --catalog {catalog}")
    };
    let started = Instant::now();
    run(path, &import("whole")).ok();
    let took = started.elapsed();
    for attempt in 1..8_u32 {
        kill_after(path, &import("killed"), took * attempt / 8);
        run(path, &import("killed")).ok();
        assert_eq!(
            tree(&path.join("killed")),
            tree(&path.join("whole")),
            "attempt {attempt}"
        );
        fs::remove_dir_all(path.join("killed")).unwrap();
    }
}

/// A killed backtest leaves nothing under the run's name, and is no obstacle to the next.
#[test]
fn a_killed_run_is_no_run() {
    let dir = super::common::small();
    let path = dir.path();
    let started = Instant::now();
    run(path, "backtest scenario.toml --out whole").ok();
    let took = started.elapsed();
    for attempt in 1..6_u32 {
        let running = kill_after(
            path,
            "backtest scenario.toml --out killed",
            took * attempt / 6,
        );
        if running && path.join("killed").exists() {
            run(path, "replay killed --verify").ok();
        }
        run(path, "backtest scenario.toml --out killed").ok();
        assert_eq!(
            tree(&path.join("killed/journal")),
            tree(&path.join("whole/journal"))
        );
        fs::remove_dir_all(path.join("killed")).unwrap();
    }
}
