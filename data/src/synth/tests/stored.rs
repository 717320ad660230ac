//! What stands on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use onetape_core::time::Span;

use super::*;
use crate::catalog::Catalog;

/// Every file below a directory, with its bytes.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_path_buf();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn short(seed: u64) -> SynthConfig {
    SynthConfig {
        seed,
        duration: Span::from_millis(600_000),
        opportunities: 4,
        ..SynthConfig::default()
    }
}

fn made(config: &SynthConfig) -> (tempfile::TempDir, SynthReport) {
    let root = tempfile::tempdir().unwrap();
    let report = write(root.path(), config, &mut |_, _| {}).unwrap();
    (root, report)
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let ((one, report), (again, _), (other, _)) =
        (made(&short(3)), made(&short(3)), made(&short(4)));
    let (one, again, other) = (tree(one.path()), tree(again.path()), tree(other.path()));
    assert!(one == again);
    assert!(one.len() > 8 && report.files + 2 <= one.len());
    assert!(one.values().all(|bytes| {
        !other
            .values()
            .any(|there| there == bytes && !there.is_empty())
    }));
}

#[test]
fn making_a_tape_twice_changes_nothing() {
    let (root, first) = made(&short(3));
    let before = tree(root.path());
    let second = write(root.path(), &short(3), &mut |_, _| {
        panic!("generated again")
    })
    .unwrap();
    assert!(!first.already_there && second.already_there);
    assert_eq!(
        SynthReport {
            already_there: false,
            ..second
        },
        first
    );
    assert!(before == tree(root.path()));

    // A kill between the rows and the record costs the record alone.
    fs::remove_file(root.path().join(RECORD)).unwrap();
    assert!(
        write(root.path(), &short(3), &mut |_, _| {})
            .unwrap()
            .already_there
    );
    assert!(before == tree(root.path()));

    // A lost data file is made again.
    let data = before
        .keys()
        .find(|name| name.extension().is_some_and(|ext| ext == "parquet"));
    fs::remove_file(root.path().join(data.unwrap())).unwrap();
    assert!(
        !write(root.path(), &short(3), &mut |_, _| {})
            .unwrap()
            .already_there
    );
    assert!(before == tree(root.path()));
}

#[test]
fn another_tape_in_the_same_place_is_refused() {
    let (root, _) = made(&short(3));
    let before = tree(root.path());
    let refused = write(root.path(), &short(4), &mut |_, _| panic!("generated")).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("(seed 3); name another directory"),
        "{refused}"
    );
    assert!(before == tree(root.path()));
}

#[test]
fn the_record_and_the_instruments_stand_beside_the_data() {
    let config = short(3);
    let (root, report) = made(&config);
    let record = SynthRecord::read(root.path()).unwrap().unwrap();
    assert_eq!(record, report.record);
    assert_eq!(
        (record.spot.as_str(), record.futures.as_str()),
        ("synth-spot:BTCUSDT", "synth-perp:BTCUSDT")
    );
    assert_eq!(
        (record.seed.as_str(), record.duration_s.as_str()),
        ("3", "600")
    );
    assert_eq!(record.start, "2024-01-01T06:30:00Z");
    assert_eq!(
        record
            .planted
            .iter()
            .map(|one| (one.at_ns, one.wins))
            .collect::<Vec<_>>(),
        plan(&config)
            .unwrap()
            .iter()
            .map(|one| (one.at.nanos(), one.wins))
            .collect::<Vec<_>>()
    );
    let counts = tape(&config).counts;
    assert_eq!(
        (report.messages, report.rows),
        (counts.messages(), counts.rows())
    );

    let catalog = Catalog::open(root.path()).unwrap();
    let kinds: Vec<_> = catalog
        .instruments()
        .iter()
        .map(|one| (one.name(), one.kind.as_str(), one.inferred))
        .collect();
    assert_eq!(
        kinds,
        [
            ("synth-perp:BTCUSDT".to_owned(), "linear", false),
            ("synth-spot:BTCUSDT".to_owned(), "spot", false),
        ]
    );

    fs::write(root.path().join(RECORD), "{}").unwrap();
    let refused = write(root.path(), &config, &mut |_, _| {})
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("synth.json: is no record of a synthetic tape"),
        "{refused}"
    );
}

#[test]
fn a_refused_configuration_writes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let config = SynthConfig {
        opportunities: 7,
        ..short(1)
    };
    let refused = write(root.path(), &config, &mut |_, _| {})
        .unwrap_err()
        .to_string();
    assert!(
        refused.starts_with("7 opportunities do not fit into 600s"),
        "{refused}"
    );
    assert!(tree(root.path()).is_empty());
}
