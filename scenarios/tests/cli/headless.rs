//! A run whose first segments were dropped: it is verified from a snapshot on, and what needs the rest says so.

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;

use onetape::builtin;
use onetape::run::open_recorded;
use onetape_core::engine::{Engine, Nowhere};
use onetape_core::journal::{Durability, Mode, Record};
use onetape_core::strategy::StrategyCard;
use onetape_core::time::Ts;
use onetape_data::journal::{SegmentOptions, journal_dir, snapshots};
use onetape_live::journal::{SnapshotOptions, Snapshots, SyncOptions, begin};
use serde_json::Value;

use super::common::{records_of, run, small};

/// Journals a run again as a live run does, in small segments of which the last are kept.
fn as_live(from: &Path, to: &Path) {
    let registry = builtin();
    let cards: Vec<StrategyCard> = registry.iter().map(|spec| *spec.card).collect();
    let recorded = open_recorded(from, None, &[], &cards).unwrap();
    let prepared = recorded.prepare(&registry).unwrap();
    let segments = SegmentOptions {
        size: 200_000,
        reserve: false,
        ..SegmentOptions::default()
    };
    let (id, syncs) = (recorded.started.run_id, SyncOptions::default());
    let begun = begin(to, id, Mode::Full, segments, syncs, &mut |_| {}).unwrap();
    let (market, desk) = (prepared.market(), prepared.desk().unwrap());
    let mut engine = Engine::new(market, desk, begun.journal, Durability::Process);
    let options = SnapshotOptions {
        every: NonZeroU64::new(500),
        keep_segments: Some(1),
    };
    let (place, started) = (to.to_path_buf(), recorded.started.clone());
    let mut keeper =
        Snapshots::start(place, options, (Ts::UNKNOWN, started), engine.next_seq()).unwrap();
    for (_, record) in records_of(from) {
        let Record::Event(event) = record else {
            continue;
        };
        engine.step(&event, &mut Nowhere).unwrap();
        let _ = engine.journal_mut().commit(Durability::Process).unwrap();
        assert_eq!(keeper.look(&engine, event.ts), None);
        while keeper.is_busy() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
    drop(keeper);
    engine.finish().unwrap();
    for name in ["run.json", "scenario.toml"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

#[test]
fn a_run_without_its_head_is_verified_from_a_snapshot() {
    let dir = small();
    run(
        dir.path(),
        "backtest scenario.toml --out run --journal full",
    )
    .ok();
    let (whole, cut) = (dir.path().join("run"), dir.path().join("cut"));
    as_live(&whole, &cut);
    assert!(!journal_dir(&cut).join("00000.seg").exists());
    let done = run(dir.path(), "replay cut --verify --json").exits(0);
    assert!(
        done.err.contains("begins at the snapshot of event"),
        "{}",
        done.err
    );
    let record: Value =
        serde_json::from_str(&fs::read_to_string(whole.join("run.json")).unwrap()).unwrap();
    let told = done.json();
    assert_eq!(told["verified"], true);
    // The hash is that of all decisions, dropped ones among them.
    assert_eq!(told["decisions_hash"], record["decisions_hash"]);
    run(
        dir.path(),
        "replay cut --verify --set task.0.min_entry_edge_bps=1",
    )
    .refused(1, &["were dropped", "--set"]);
    run(dir.path(), "report cut").refused(1, &["00", "were dropped", "keep_segments"]);
    // Snapshots that cannot be used are named.
    for path in snapshots(&cut).unwrap() {
        fs::write(path, "nothing").unwrap();
    }
    let says = ["no snapshot of it can be used", "is damaged"];
    run(dir.path(), "replay cut --verify").refused(1, &says);
}
