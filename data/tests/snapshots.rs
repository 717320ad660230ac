//! Snapshot files: whole or not used.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use onetape_core::event::{RunStarted, Seq};
use onetape_core::journal::{Durability, Journal, Mode};
use onetape_core::names::Names;
use onetape_core::time::Ts;
use onetape_data::journal::{
    JournalFile, Place, SegmentOptions, SegmentStore, Snapshot, SnapshotError, journal_dir,
    keep_snapshots, snapshots,
};

const RUN: [u8; 16] = [5; 16];

/// A journal with a few events, and a snapshot at its end.
fn made(run: &Path) -> Snapshot {
    use onetape_core::event::{Body, Control, Event};
    let store = SegmentStore::create(run, SegmentOptions::default()).unwrap();
    let mut journal = Journal::new(store, RUN, Mode::Full);
    let event = |at: u64| Event {
        ts: Ts::from_nanos(at as i64),
        body: Body::Control(Control::Pause),
    };
    for at in 0..5 {
        journal.event(Seq(at), &event(at)).unwrap();
    }
    let _ = journal.commit(Durability::Process).unwrap();
    let (segment, offset) = journal.store().place().unwrap();
    let place = Place {
        segment,
        offset,
        resume: journal.resume_from(),
        ts: Ts::from_nanos(4),
    };
    for at in 5..8 {
        journal.event(Seq(at), &event(at)).unwrap();
    }
    journal.finish().unwrap();
    let started = RunStarted {
        run_id: RUN,
        scenario: "name = \"x\"".into(),
        names: Names::default(),
        seed: 1,
        epoch: 1,
        tape: Vec::new(),
    };
    Snapshot {
        place,
        began: Ts::from_nanos(1),
        started: Arc::new(started),
        state: (0..100).collect(),
    }
}

#[test]
fn a_snapshot_comes_back_and_the_journal_goes_on_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = made(folder.path());
    snapshot.write(folder.path()).unwrap();
    let files = snapshots(folder.path()).unwrap();
    assert_eq!(files.len(), 1);
    assert!(files[0].ends_with("journal/00000000000000000004.snap"));
    assert_eq!(Snapshot::read(&files[0], RUN).unwrap(), snapshot);
    let file = JournalFile::open_at(folder.path(), &snapshot.place).unwrap();
    let seqs: Vec<u64> = file.map(|entry| entry.unwrap().seq.0).collect();
    assert_eq!(seqs, [5, 6, 7]);
    // Nothing else is left beside it, and it is its owner's alone.
    let names = fs::read_dir(journal_dir(folder.path())).unwrap();
    assert_eq!(names.count(), 2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&files[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn every_flipped_byte_and_every_cut_of_a_snapshot_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = made(folder.path());
    snapshot.write(folder.path()).unwrap();
    let path = &snapshots(folder.path()).unwrap()[0];
    let good = fs::read(path).unwrap();
    let refused = |bytes: &[u8], what: &str| {
        fs::write(path, bytes).unwrap();
        let error = Snapshot::read(path, RUN).err();
        assert!(
            matches!(error, Some(SnapshotError::Damaged { .. })),
            "{what}: {error:?}"
        );
    };
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            refused(&bytes, &format!("bit {bit} of byte {at}"));
        }
        refused(&good[..at], &format!("cut at {at}"));
    }
    fs::write(path, &good).unwrap();
    let other = Snapshot::read(path, [6; 16]).err();
    assert!(matches!(other, Some(SnapshotError::Foreign { .. })));
}

#[test]
fn a_place_that_the_journal_does_not_have_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = made(folder.path());
    let mut places = Vec::new();
    for change in [
        |place: &mut Place| place.offset += 1,
        |place: &mut Place| place.offset = 1 << 40,
        |place: &mut Place| place.segment = 1,
        |place: &mut Place| place.resume.chain ^= 1,
        |place: &mut Place| place.resume.run_id = [9; 16],
    ] {
        let mut place = snapshot.place.clone();
        change(&mut place);
        places.push(place);
    }
    for place in places {
        let error = JournalFile::open_at(folder.path(), &place).err();
        assert!(error.is_some(), "{place:?}");
    }
}

#[test]
fn the_newest_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut snapshot = made(folder.path());
    for last in [4, 40, 400, 4_000] {
        snapshot.place.resume.last = Seq(last);
        snapshot.place.segment = last as u32;
        snapshot.write(folder.path()).unwrap();
    }
    assert_eq!(keep_snapshots(folder.path(), RUN, 2).unwrap(), Some(400));
    let left = snapshots(folder.path()).unwrap();
    let names: Vec<_> = left.iter().filter_map(|path| path.file_stem()).collect();
    assert_eq!(names, ["00000000000000004000", "00000000000000000400"]);
    assert_eq!(keep_snapshots(folder.path(), RUN, 0).unwrap(), Some(4_000));
}
