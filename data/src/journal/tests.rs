//! Journals on disk: written, rotated, crashed, damaged.

use std::fs;
use std::path::{Path, PathBuf};

use onetape_core::decision::Decision;
use onetape_core::event::{Body, Event, Seq, Timer};
use onetape_core::journal::{
    Durability, End, Frames, HEADER_LEN, Journal, JournalError, Mode, Record, SEGMENT_MAX,
};
use onetape_core::names::TaskId;
use onetape_core::text::Text;
use onetape_core::time::Ts;

use super::{
    Entry, JournalFile, JournalFileError, SegmentOptions, SegmentStore, journal_dir, segment_path,
    write_records,
};

const RUN: [u8; 16] = [7; 16];

fn records(count: u64) -> Vec<(Seq, Record)> {
    let make = |n: u64| {
        let ts = Ts::from_nanos(1_723_161_254_000_000_000 + n as i64);
        let timer = Timer {
            task: TaskId(1),
            id: n as u32 + 1,
        };
        let record = if n % 3 == 2 {
            Record::Decision(Decision {
                cause: Seq(n),
                ts,
                task: TaskId(1),
                reason: Text::new("edge_below_entry"),
                numbers: vec![],
                commands: vec![],
                refusals: vec![],
                digest: n ^ 0xdead_beef,
            })
        } else {
            Record::Event(Event {
                ts,
                body: Body::Timer(timer),
            })
        };
        (Seq(n), record)
    };
    (0..count).map(make).collect()
}

/// Writes records with a commit after each, into segments of `size`; returns what the writer says of decisions.
fn write(run: &Path, records: &[(Seq, Record)], options: SegmentOptions) -> u128 {
    let store = SegmentStore::create(run, options).unwrap();
    let mut journal = Journal::new(store, RUN, Mode::Decisions);
    for (seq, record) in records {
        journal.record(*seq, record).unwrap();
        let _ = journal.commit(Durability::Process).unwrap();
    }
    let hash = journal.decisions_hash();
    journal.finish().unwrap();
    hash
}

fn small(size: u64) -> SegmentOptions {
    SegmentOptions {
        size,
        reserve: false,
        ..SegmentOptions::default()
    }
}

fn read(run: &Path) -> Result<(Vec<Entry>, JournalFile), JournalFileError> {
    let mut journal = JournalFile::open(run)?;
    let entries = journal.by_ref().collect::<Result<Vec<_>, _>>()?;
    Ok((entries, journal))
}

fn plain(entries: &[Entry]) -> Vec<(Seq, Record)> {
    let pair = |entry: &Entry| (entry.seq, entry.body.clone());
    entries.iter().map(pair).collect()
}

fn segments(run: &Path) -> Vec<PathBuf> {
    let dir = journal_dir(run);
    let mut paths: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    paths
}

#[test]
fn segments_rotate_between_frames_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let records = records(60);
    let hash = write(&one, &records, small(1_024));
    assert_eq!(write(&two, &records, small(1_024)), hash);
    let (paths, again) = (segments(&one), segments(&two));
    assert!(paths.len() > 3, "{paths:?}");
    for (path, other) in paths.iter().zip(&again) {
        let bytes = fs::read(path).unwrap();
        assert!(bytes.len() <= 1_024);
        assert_eq!(bytes, fs::read(other).unwrap(), "same records, same bytes");
    }
    let (entries, journal) = read(&one).unwrap();
    assert_eq!(plain(&entries), records);
    assert_eq!((journal.tail(), journal.run_id()), (None, RUN));
    assert_eq!(journal.segments() as usize, paths.len());
    assert_eq!(journal.decisions_hash(), hash);
    for entry in &entries {
        let bytes = fs::read(&paths[entry.segment as usize]).unwrap();
        let mut frames = Frames::open(&bytes).unwrap();
        assert!(frames.any(|frame| frame.unwrap().offset as u64 == entry.offset));
    }
}

#[cfg(unix)]
#[test]
fn files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &records(60), small(1_024));
    for path in segments(folder.path()) {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let dir = fs::metadata(journal_dir(folder.path())).unwrap();
    assert_eq!(dir.permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_second_writer_is_refused_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let options = small(256);
    let mut journal = Journal::new(
        SegmentStore::create(folder.path(), options).unwrap(),
        RUN,
        Mode::Full,
    );
    for (seq, record) in &records(30) {
        journal.record(*seq, record).unwrap();
        let _ = journal.commit(Durability::Disk).unwrap();
    }
    assert!(
        journal.store().segments() > 1,
        "the lock outlives the first segment"
    );
    let second = SegmentStore::create(folder.path(), options);
    assert!(
        matches!(second, Err(JournalFileError::Locked { .. })),
        "{second:?}"
    );
    // Readers are not kept out, and see what was committed.
    assert_eq!(plain(&read(folder.path()).unwrap().0), records(30));
    drop(journal);
    let third = SegmentStore::create(folder.path(), options);
    assert!(
        matches!(third, Err(JournalFileError::Exists { .. })),
        "{third:?}"
    );
    assert_eq!(plain(&read(folder.path()).unwrap().0), records(30));
}

/// Segments that are put on disk beside the writer are the ones that it would have waited for.
#[test]
fn a_journal_that_ends_its_segments_meanwhile_is_whole_when_it_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let (waited, meanwhile) = (
        folder.path().join("waited"),
        folder.path().join("meanwhile"),
    );
    let records = records(150);
    let hash = write(&waited, &records, small(4_096));
    let options = SegmentOptions {
        in_order: false,
        ..small(4_096)
    };
    assert_eq!(write(&meanwhile, &records, options), hash);
    assert!(segments(&waited).len() > 2);
    let bytes = |run| -> Vec<_> {
        segments(run)
            .iter()
            .map(|path| fs::read(path).unwrap())
            .collect()
    };
    assert_eq!(bytes(&meanwhile), bytes(&waited));
}

#[test]
fn reserved_space_is_a_clean_end_and_is_cut_at_finish() {
    let folder = tempfile::tempdir().unwrap();
    let (crashed, ended) = (folder.path().join("crashed"), folder.path().join("ended"));
    let options = SegmentOptions {
        size: 4_096,
        reserve: true,
        ..SegmentOptions::default()
    };
    let records = records(150);
    let mut journal = Journal::new(
        SegmentStore::create(&crashed, options).unwrap(),
        RUN,
        Mode::Full,
    );
    for (seq, record) in &records {
        journal.record(*seq, record).unwrap();
        let _ = journal.commit(Durability::Disk).unwrap();
    }
    drop(journal);
    let last = segments(&crashed).pop().unwrap();
    assert_eq!(fs::metadata(last).unwrap().len(), 4_096);
    let (entries, journal) = read(&crashed).unwrap();
    assert_eq!((plain(&entries), journal.tail()), (records.clone(), None));

    write(&ended, &records, options);
    for path in segments(&ended) {
        let bytes = fs::read(path).unwrap();
        let mut frames = Frames::open(&bytes).unwrap();
        assert!(frames.by_ref().all(|frame| frame.is_ok()));
        assert_eq!(frames.end(), Some(End::Clean { zeros: 0 }));
    }
}

#[test]
fn segments_that_were_made_ahead_are_taken_and_what_is_left_of_them_goes() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    let options = SegmentOptions {
        size: 4_096,
        reserve: true,
        ..SegmentOptions::default()
    };
    let records = records(400);
    let store = SegmentStore::create(run, options).unwrap();
    let mut journal = Journal::new(store, RUN, Mode::Full);
    let spare = journal_dir(run).join("spare.seg");
    let (mut known, mut taken, mut handle) = (0, 0, None);
    for (seq, record) in &records {
        let ready = spare.exists();
        journal.record(*seq, record).unwrap();
        let _ = journal.commit(Durability::Process).unwrap();
        if journal.store().segments() != known {
            taken += u32::from(ready && !spare.exists());
            known = journal.store().segments();
            let mut new = journal.store().handle().unwrap().unwrap();
            // Every other one is not ready in time.
            while known % 2 == 0 && new.make_ahead() {}
            handle = Some(new);
        }
    }
    assert!(known >= 4 && taken == (known - 1) / 2, "{known} {taken}");
    let (entries, _) = read(run).unwrap();
    assert_eq!(plain(&entries), records);
    journal.finish().unwrap();
    // Nothing is made ahead of a journal that is complete.
    assert!(!handle.unwrap().make_ahead());
    assert_eq!(segments(run).len(), known as usize);
    let (entries, journal) = read(run).unwrap();
    assert_eq!((plain(&entries), journal.tail()), (records, None));
}

/// Three segments, cut at every byte: only the end of the last may be missing.
#[test]
fn every_truncation_of_every_segment_is_classified() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    write(run, &records(40), small(1_024));
    let (all, _) = read(run).unwrap();
    let paths = segments(run);
    assert_eq!(paths.len(), 3);
    let (mut errors, mut torn, mut clean) = (0, 0, 0);
    for (index, path) in paths.iter().enumerate() {
        let bytes = fs::read(path).unwrap();
        for length in 0..bytes.len() {
            fs::write(path, &bytes[..length]).unwrap();
            match read(run) {
                Err(error) => {
                    errors += 1;
                    assert!(index < 2, "{error} at {length} of the last segment");
                    assert!(error.to_string().contains("0000"), "{error}");
                }
                Ok((entries, journal)) => {
                    assert_eq!(index, 2, "segment {index} cut at {length} went unnoticed");
                    assert_eq!(entries, all[..entries.len()]);
                    let end = entries.last().map(|last| (last.seq, last.ts()));
                    match journal.tail() {
                        Some(tail) => {
                            torn += 1;
                            assert_eq!((tail.last, &tail.path), (end, path));
                            assert!(tail.offset + tail.bytes <= length as u64);
                        }
                        None => clean += 1,
                    }
                }
            }
        }
        fs::write(path, &bytes).unwrap();
    }
    println!("truncations: {errors} errors, {torn} torn tails, {clean} at the end of a frame");
    assert!(errors > 1_500 && torn > 300 && clean > 2);
}

#[test]
fn every_bit_flip_in_every_segment_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    write(run, &records(40), small(1_024));
    let (all, _) = read(run).unwrap();
    let last_frame = all.last().unwrap().clone();
    let (mut errors, mut tails) = (0, 0);
    for (index, path) in segments(run).iter().enumerate() {
        let mut bytes = fs::read(path).unwrap();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(path, &bytes).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            match read(run) {
                Err(error) => {
                    errors += 1;
                    assert!(error.offset().is_some(), "{error}");
                }
                Ok((entries, journal)) => {
                    tails += 1;
                    let tail = journal.tail().expect("a flip went unnoticed");
                    assert_eq!(tail.offset, last_frame.offset);
                    assert_eq!(
                        (index as u32, bit as u64 / 8 >= tail.offset),
                        (last_frame.segment, true)
                    );
                    assert_eq!(entries, all[..all.len() - 1]);
                }
            }
        }
        fs::write(path, &bytes).unwrap();
    }
    println!("flips: {errors} errors, {tails} in the last frame cut as tail, 0 silent");
    assert!(errors > 15_000 && tails < 1_000);
}

#[test]
fn segments_that_are_missing_moved_or_foreign_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    write(&run, &records(60), small(1_024));
    let dir = journal_dir(&run);
    let spare = dir.join("spare");
    let path = |index| segment_path(&dir, index);

    for missing in [0, 1] {
        fs::rename(path(missing), &spare).unwrap();
        let error = read(&run).err().unwrap();
        assert!(
            matches!(error, JournalFileError::Missing { path: ref named } if *named == path(missing))
        );
        fs::rename(&spare, path(missing)).unwrap();
    }

    let (one, two) = (fs::read(path(1)).unwrap(), fs::read(path(2)).unwrap());
    fs::write(path(1), &two).unwrap();
    fs::write(path(2), &one).unwrap();
    let error = read(&run).err().unwrap();
    assert!(
        error
            .to_string()
            .contains("segment 2 of its journal, in the place of segment 1"),
        "{error}"
    );
    fs::write(path(2), &two).unwrap();

    let other = folder.path().join("other");
    let mut later = records(90);
    later.drain(..30);
    write(&other, &later, small(1_024));
    fs::write(
        path(1),
        fs::read(segment_path(&journal_dir(&other), 1)).unwrap(),
    )
    .unwrap();
    let error = read(&run).err().unwrap();
    assert!(
        matches!(error, JournalFileError::Discontinued { .. }),
        "{error}"
    );
    fs::write(path(1), &one).unwrap();
    assert!(read(&run).is_ok());

    let error = read(folder.path()).err().unwrap();
    assert!(
        matches!(error, JournalFileError::NoJournal { .. }),
        "{error}"
    );
}

#[test]
fn a_crash_while_a_segment_is_made_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    let records = records(10);
    write(run, &records, SegmentOptions::default());
    for bytes in [&[][..], &[0; 4_096], &b"onetapeJ\x01"[..]] {
        fs::write(segment_path(&journal_dir(run), 1), bytes).unwrap();
        let (entries, journal) = read(run).unwrap();
        assert_eq!(plain(&entries), records);
        let tail = journal.tail().expect("the empty segment is reported");
        assert_eq!((tail.offset, tail.bytes), (0, bytes.len() as u64));
    }
    // A header that was written and is wrong is damage, not a crash.
    fs::write(segment_path(&journal_dir(run), 1), [1; HEADER_LEN]).unwrap();
    assert!(read(run).is_err());
}

#[test]
fn hostile_files_are_refused_before_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    write(run, &records(3), SegmentOptions::default());
    let path = segment_path(&journal_dir(run), 0);
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(SEGMENT_MAX as u64 * 1_000).unwrap();
    let error = read(run).err().unwrap();
    assert!(
        matches!(error, JournalFileError::TooLarge { .. }),
        "{error}"
    );
    file.set_len(HEADER_LEN as u64).unwrap();
    assert!(read(run).unwrap().0.is_empty());

    #[cfg(unix)]
    {
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        let error = read(run).err().unwrap();
        assert!(
            matches!(error, JournalFileError::NotAFile { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_failed_write_stops_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let store = SegmentStore::create(folder.path(), small(256)).unwrap();
    let mut journal = Journal::new(store, RUN, Mode::Full);
    let records = records(30);
    let mut failed = false;
    for (at, (seq, record)) in records.iter().enumerate() {
        if at == 4 {
            fs::remove_dir_all(journal_dir(folder.path())).unwrap();
        }
        let done = journal
            .record(*seq, record)
            .and_then(|()| journal.commit(Durability::Process));
        match done {
            Ok(_) => assert!(!failed, "a token after an error"),
            Err(JournalError::Store(error)) => {
                assert!(!failed && error.to_string().contains(".seg"), "{error}");
                failed = true;
            }
            Err(error) => assert!(failed && matches!(error, JournalError::Stopped), "{error}"),
        }
    }
    assert!(failed, "no next segment could be made");
}

#[test]
fn records_written_anew_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut records = records(20);
    records.retain(|(_, record)| matches!(record, Record::Event(_)));
    let pairs = || records.iter().map(|(seq, record)| (*seq, record));
    write_records(folder.path(), RUN, pairs()).unwrap();
    assert_eq!(plain(&read(folder.path()).unwrap().0), records);
    let again = write_records(folder.path(), RUN, pairs());
    assert!(matches!(
        again,
        Err(JournalError::Store(JournalFileError::Exists { .. }))
    ));
}

#[test]
fn a_journal_goes_on_after_any_cut() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    let all = records(40);
    write(run, &all[..30], small(1_024));
    let last = segments(run).pop().unwrap();
    let whole = fs::read(&last).unwrap();
    let (mut cuts, mut lost) = (0, 0);
    for length in 0..=whole.len() {
        fs::write(&last, &whole[..length]).unwrap();
        let (entries, journal) = read(run).unwrap();
        let kept = plain(&entries);
        let end = journal.end().expect("it ended");
        let store = SegmentStore::resume(run, small(1_024), &end).unwrap();
        let busy = SegmentStore::resume(run, small(1_024), &end).unwrap_err();
        assert!(matches!(busy, JournalFileError::Locked { .. }), "{busy}");
        let mut journal = Journal::resume(store, Mode::Decisions, end.resume);
        for (seq, record) in &all[30..] {
            journal.record(*seq, record).unwrap();
        }
        let (hash, decisions) = (journal.decisions_hash(), journal.decisions());
        journal.finish().unwrap();
        let (entries, again) = read(run).unwrap();
        let expected: Vec<_> = kept.iter().chain(&all[30..]).cloned().collect();
        assert_eq!(plain(&entries), expected, "cut to {length} bytes");
        assert_eq!((again.decisions_hash(), again.tail()), (hash, None));
        let is_decision = |pair: &&(Seq, Record)| matches!(pair.1, Record::Decision(_));
        assert_eq!(
            decisions,
            expected.iter().filter(is_decision).count() as u64
        );
        cuts += 1;
        lost += u32::from(kept.len() < 30);
        // As it was.
        for path in segments(run).iter().filter(|path| **path > last) {
            fs::remove_file(path).unwrap();
        }
    }
    assert!(
        cuts > 100 && lost > 100,
        "{cuts} cuts, {lost} of them lost frames"
    );
}

#[test]
fn a_journal_that_was_not_read_to_its_end_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    write(run, &records(9), small(1_024));
    let mut journal = JournalFile::open(run).unwrap();
    assert!(journal.end().is_none());
    journal.next().unwrap().unwrap();
    assert!(journal.end().is_none());
    let path = segments(run).pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[HEADER_LEN + 9] ^= 1;
    fs::write(&path, bytes).unwrap();
    let mut journal = JournalFile::open(run).unwrap();
    assert!(journal.by_ref().any(|entry| entry.is_err()));
    assert!(journal.end().is_none(), "it is damaged");
}
