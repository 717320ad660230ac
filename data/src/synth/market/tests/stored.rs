//! What stands on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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
                files.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    let inside =
        |(path, bytes): (PathBuf, Vec<u8>)| (path.strip_prefix(root).unwrap().to_path_buf(), bytes);
    files.into_iter().map(inside).collect()
}

fn short(seed: u64) -> MarketConfig {
    MarketConfig {
        rate_milli: 20,
        duration: Span::from_millis(900_000),
        ..slow(seed)
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let roots = [5, 5, 6].map(|seed| {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &short(seed), &mut |_, _| {}).unwrap();
        root
    });
    let [one, again, other] = roots.each_ref().map(|root| tree(root.path()));
    assert!(one == again);
    assert!(
        one.values()
            .all(|bytes| { bytes.is_empty() || !other.values().any(|there| there == bytes) })
    );
}

#[test]
fn a_market_is_made_once_and_its_record_says_what_it_is() {
    let root = tempfile::tempdir().unwrap();
    let config = short(7);
    let mut told = Vec::new();
    let first = write(root.path(), &config, &mut |done, all| {
        told.push((done, all))
    })
    .unwrap();
    assert!(told.is_sorted() && told.last() == Some(&(18_000 * 11, 18_000 * 11)));
    let before = tree(root.path());
    let second = write(root.path(), &config, &mut |_, _| panic!("made again")).unwrap();
    assert!(!first.already_there && second.already_there);
    assert_eq!((first.rows, first.messages), (second.rows, second.messages));
    assert!(before == tree(root.path()));
    let read = MarketRecord::read(root.path()).unwrap().unwrap();
    assert_eq!((&read, &read), (&first.record, &record(&config)));
    assert_eq!((read.seed.as_str(), read.rate.as_str()), ("7", "0.020"));
    assert_eq!(read.instruments.len(), 11);

    let catalog = Catalog::open(root.path()).unwrap();
    assert_eq!(catalog.instruments().len(), 11);
    assert!(catalog.instruments().iter().all(|one| !one.inferred));
    let made: usize = FEEDS.iter().map(|kind| rows(&config, kind).len()).sum();
    assert_eq!(first.messages, made as u64);

    // Neither another market nor a pair takes its place.
    let refused = write(root.path(), &short(8), &mut |_, _| panic!("made"));
    assert!(refused.unwrap_err().to_string().contains("(seed 7)"));
    let pair = crate::synth::SynthConfig::default();
    let refused = crate::synth::write(root.path(), &pair, &mut |_, _| panic!("made"));
    assert!(refused.unwrap_err().to_string().contains("(seed 7)"));
    assert!(before == tree(root.path()));
}

#[test]
fn the_rows_are_those_of_every_other_machine() {
    let config = short(3);
    let mut text = String::new();
    for kind in &FEEDS {
        text.push_str(&format!("{:?}", rows(&config, kind)));
    }
    assert_eq!(
        crate::catalog::hash_bytes(text.as_bytes()),
        "6b757d9ca220198c73124ee7031dcb99",
        "whoever changes the rows raises MARKET_VERSION"
    );
}
