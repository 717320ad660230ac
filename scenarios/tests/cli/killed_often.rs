//! An import that is killed at twenty random moments and started again equals one that was not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use onetape_data::catalog::Catalog;

use super::common::{run, tree};
use super::killed::kill_after;

/// Rows of the larger file.
const TRADES: u64 = 240_000;
const KILLS: u32 = 20;
const SEED: u64 = 20_240_808;

/// Numbers of a seed, by SplitMix64.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Between nothing and all of it.
    fn part_of(&mut self, whole: Duration) -> Duration {
        whole * (self.next() % 1_000) as u32 / 1_000
    }
}

/// Trades of three days and quotes of one, in the columns of tardis.dev.
fn sources(dir: &Path) {
    let start = 1_709_251_200_000_000u64;
    let mut text = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n".to_string();
    for at in 0..TRADES {
        let ts = start + at * (3 * 86_400_000_000 / TRADES);
        let side = if at % 3 == 0 { "buy" } else { "sell" };
        let (price, cents, amount) = (50_000 + at % 911, at % 100, at % 71 + 1);
        let _ = writeln!(
            text,
            "binance,BTCUSDT,{},{ts},{at},{side},{price}.{cents:02},0.{amount:03}",
            ts - 4_000
        );
    }
    fs::write(dir.join("trades.csv"), &text).unwrap();
    text = "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n"
        .to_string();
    for at in 0..TRADES / 4 {
        let ts = start + at * 1_000_000;
        let (bid, ask) = (3_000 + at % 97, 3_001 + at % 97);
        let _ = writeln!(
            text,
            "binance,ETHUSDT,{ts},{ts},1.5,{ask}.25,{bid}.75,0.125"
        );
    }
    fs::write(dir.join("quotes.csv"), text).unwrap();
}

/// Until the import is done there is no catalogue; then there is the whole one.
fn is_nothing_or_whole(root: &Path, whole: &BTreeMap<PathBuf, Vec<u8>>, attempt: u32) {
    match fs::read(root.join("catalog.json")) {
        Err(why) => assert_eq!(why.kind(), std::io::ErrorKind::NotFound, "{attempt}: {why}"),
        Ok(manifest) => {
            assert_eq!(
                manifest,
                whole[Path::new("catalog.json")],
                "attempt {attempt}"
            );
            let catalog = Catalog::open(root).unwrap();
            for file in catalog.all_files() {
                catalog.verify(file).unwrap();
            }
        }
    }
}

#[test]
fn an_import_killed_at_twenty_random_moments_equals_one_that_was_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    sources(path);
    let import =
        |catalog: &str| format!("data import tardis trades.csv quotes.csv --catalog {catalog}");
    let mut took = Duration::MAX;
    for _ in 0..2 {
        let _ = fs::remove_dir_all(path.join("whole"));
        let started = Instant::now();
        run(path, &import("whole")).ok();
        took = took.min(started.elapsed());
    }
    let whole = tree(&path.join("whole"));
    assert!(whole.len() > 6, "{:?}", whole.keys());
    let root = path.join("killed");
    let (mut draws, mut interrupted, mut again) = (Draws(SEED), 0, 0);
    let mut attempt = 0;
    // Where what else a machine does changes, kills that come too late are followed by more.
    while attempt < KILLS || interrupted < KILLS / 2 {
        attempt += 1;
        assert!(
            attempt <= 4 * KILLS,
            "{interrupted} of {attempt} were interrupted in {took:?}"
        );
        let delay = draws.part_of(took);
        let is_new = !root.exists();
        if kill_after(path, &import("killed"), delay) {
            interrupted += 1;
        } else if is_new {
            // It takes less than it did: a machine that was busy is not any more.
            took = took.min(delay);
        }
        is_nothing_or_whole(&root, &whole, attempt);
        // Every other time, as it happens, the next one is killed too.
        if draws.next() % 2 == 0 {
            again += 1;
            run(path, &import("killed")).ok();
            assert_eq!(
                tree(&root),
                whole,
                "attempt {attempt}, killed after {delay:?} of {took:?}"
            );
            fs::remove_dir_all(&root).unwrap();
        }
    }
    run(path, &import("killed")).ok();
    assert_eq!(tree(&root), whole);
    assert!(
        again >= 5,
        "{again} of {attempt} were followed by a whole import"
    );
}
