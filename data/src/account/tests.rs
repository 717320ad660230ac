//! What was written is read back; what was cut is cut; what was changed is told.

use std::path::Path;

use onetape_core::event::{Body, Event, Seq, Timer};
use onetape_core::names::TaskId;
use onetape_core::time::Ts;
use proptest::prelude::*;

use super::*;

fn timer(at: i64) -> Event {
    Event {
        ts: Ts::from_nanos(at),
        body: Body::Timer(Timer {
            task: TaskId(1),
            id: 7,
        }),
    }
}

const END: AccountEnd = AccountEnd {
    market_rows: 42,
    last: Ts::from_nanos(99),
};

/// A file with some timers, a hole and an end; and its records.
fn made(folder: &Path, count: u64) -> Vec<(Seq, AccountRecord)> {
    let mut writer = AccountWriter::create(folder, [3; 16], 2).unwrap();
    let mut all = Vec::new();
    for seq in 0..count {
        let event = timer(seq as i64 * 10);
        writer.event(Seq(seq * 3), event.clone()).unwrap();
        all.push((Seq(seq * 3), AccountRecord::Event(event)));
    }
    writer.hole(Seq(count * 3), 5).unwrap();
    all.push((Seq(count * 3), AccountRecord::Hole(5)));
    writer.finish(Seq(count * 3 + 5), END).unwrap();
    all.push((Seq(count * 3 + 5), AccountRecord::End(END)));
    all
}

fn read(path: &Path) -> (Vec<(Seq, AccountRecord)>, Option<AccountError>) {
    let mut all = Vec::new();
    for record in AccountReader::open(path).unwrap() {
        match record {
            Ok(record) => all.push(record),
            Err(error) => return (all, Some(error)),
        }
    }
    (all, None)
}

#[test]
fn what_was_written_is_read_back_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let given = made(folder.path(), 4);
    let files = account_files(folder.path()).unwrap();
    assert_eq!(files, [folder.path().join("account.00002")]);
    let reader = AccountReader::open(&files[0]).unwrap();
    assert_eq!((reader.run_id(), reader.epoch()), ([3; 16], 2));
    let (found, error) = read(&files[0]);
    assert!(error.is_none());
    assert_eq!(found, given);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&files[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = AccountWriter::create(folder.path(), [3; 16], 2).unwrap_err();
    assert!(again.to_string().contains("cannot create"), "{again}");
}

#[test]
fn what_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.00001");
    for bytes in [&b""[..], &[7; 200]] {
        std::fs::write(&path, bytes).unwrap();
        let error = AccountReader::open(&path).unwrap_err();
        assert!(matches!(error, AccountError::NotOne { .. }), "{error}");
    }
}

#[test]
fn every_cut_leaves_whole_records_and_every_flipped_bit_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let given = made(folder.path(), 3);
    let path = folder.path().join("account.00002");
    let whole = std::fs::read(&path).unwrap();
    for length in 36..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let (found, error) = read(&path);
        assert!(error.is_none(), "cut at {length}");
        assert!(
            found.len() < given.len() && given.starts_with(&found),
            "cut at {length}"
        );
    }
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &bytes).unwrap();
        let Ok(reader) = AccountReader::open(&path) else {
            continue;
        };
        drop(reader);
        let (found, error) = read(&path);
        // A length that grew beyond the file looks like a cut: then the end is missing.
        assert!(
            found.len() < given.len() && given.starts_with(&found),
            "bit {bit}"
        );
        assert!(error.is_some() || found.last() != given.last(), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn foreign_bytes_are_refused_without_a_panic(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let given = made(folder.path(), 1);
        let path = folder.path().join("account.00002");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(&tail);
        std::fs::write(&path, &bytes).unwrap();
        let (found, _) = read(&path);
        prop_assert_eq!(found, given);
    }
}
