//! Lives of a run, disks that fail, and disks that are full.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use onetape_core::event::{Body, Control, Event, Seq};
use onetape_core::journal::{Batch, Durability, Journal, JournalError, Mode, Store};
use onetape_core::time::Ts;
use onetape_data::journal::{JournalFile, JournalFileError, SegmentOptions, journal_dir};

use super::*;

const RUN: [u8; 16] = [7; 16];

fn event(n: u64) -> (Seq, Event) {
    let ts = Ts::from_nanos(i64::try_from(n).unwrap());
    let body = Body::Control(Control::Pause);
    (Seq(n), Event { ts, body })
}

fn quick() -> SyncOptions {
    SyncOptions {
        gather: Duration::from_millis(1),
        look_every: Duration::from_millis(5),
        ..SyncOptions::default()
    }
}

/// Waits for something that another thread does.
fn soon(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{what} did not happen"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A disk that says what was done to it, and fails when told.
#[derive(Clone, Default)]
struct Disk(Arc<DiskState>);

#[derive(Default)]
struct DiskState {
    written: AtomicU64,
    flushed: AtomicU64,
    /// Writes and syncs that are left before all fail.
    writes_left: Mutex<Option<u64>>,
    syncs_left: Mutex<Option<u64>>,
    calls: AtomicU64,
}

fn spend(left: &Mutex<Option<u64>>) -> Result<(), JournalFileError> {
    let mut left = left.lock().unwrap();
    match &mut *left {
        Some(0) => Err(JournalFileError::Io {
            action: "write",
            path: PathBuf::from("00000.seg"),
            source: io::Error::from_raw_os_error(28),
        }),
        Some(left) => {
            *left -= 1;
            Ok(())
        }
        None => Ok(()),
    }
}

impl Disk {
    fn failing(writes: Option<u64>, syncs: Option<u64>) -> Self {
        let disk = Self::default();
        *disk.0.writes_left.lock().unwrap() = writes;
        *disk.0.syncs_left.lock().unwrap() = syncs;
        disk
    }

    fn journal(&self, options: SyncOptions) -> Journal<Durable<Self>> {
        let durable = Durable::new(self.clone(), options, || Ok(u64::MAX)).unwrap();
        Journal::new(durable, RUN, Mode::Full)
    }

    fn unsynced(&self) -> u64 {
        self.0.written.load(Ordering::SeqCst) - self.0.flushed.load(Ordering::SeqCst)
    }
}

impl Store for Disk {
    type Error = JournalFileError;

    fn write(&mut self, batch: Batch<'_>) -> Result<(), JournalFileError> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        spend(&self.0.writes_left)?;
        self.0
            .written
            .fetch_add(batch.bytes.len() as u64, Ordering::SeqCst);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), JournalFileError> {
        self.clone().flush()
    }

    fn finish(&mut self) -> Result<(), JournalFileError> {
        self.clone().flush()
    }
}

impl Flush for Disk {
    fn flush(&mut self) -> Result<(), JournalFileError> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let upto = self.0.written.load(Ordering::SeqCst);
        spend(&self.0.syncs_left)?;
        self.0.flushed.fetch_max(upto, Ordering::SeqCst);
        Ok(())
    }
}

impl Medium for Disk {
    type Handle = Self;

    fn segments(&self) -> u32 {
        u32::from(self.0.written.load(Ordering::SeqCst) > 0)
    }

    fn handle(&self) -> Result<Option<Self>, JournalFileError> {
        Ok(Some(self.clone()))
    }
}

#[test]
fn j1_process_means_written_before_and_synced_soon_after() {
    let disk = Disk::default();
    let mut journal = disk.journal(SyncOptions::default());
    let (seq, one) = event(1);
    journal.event(seq, &one).unwrap();
    assert_eq!(
        disk.unsynced(),
        0,
        "nothing is written before it is asked for"
    );
    let began = Instant::now();
    let _ = journal.commit(Durability::Process).unwrap();
    assert!(
        disk.0.written.load(Ordering::SeqCst) > 0,
        "written when the proof is there"
    );
    soon("the sync", || disk.unsynced() == 0);
    // The aim is 50 ms; machines that run tests are busy.
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn j1_disk_means_synced_before() {
    let disk = Disk::default();
    let far = SyncOptions {
        gather: Duration::from_secs(600),
        ..quick()
    };
    let mut journal = disk.journal(far);
    for n in 1..20 {
        let (seq, one) = event(n);
        journal.event(seq, &one).unwrap();
        let _ = journal.commit(Durability::Disk).unwrap();
        assert_eq!(disk.unsynced(), 0);
    }
}

#[test]
fn many_writes_are_synced_together() {
    let disk = Disk::default();
    let mut journal = disk.journal(SyncOptions {
        gather: Duration::from_millis(50),
        ..quick()
    });
    for n in 1..=500 {
        let (seq, one) = event(n);
        journal.event(seq, &one).unwrap();
        let _ = journal.commit(Durability::Process).unwrap();
    }
    soon("the sync", || disk.unsynced() == 0);
    let syncs = disk.0.calls.load(Ordering::SeqCst) - 500;
    assert!(syncs < 100, "{syncs} syncs for 500 writes");
}

#[test]
fn j7_the_first_write_error_is_final() {
    for good in 0..5 {
        let disk = Disk::failing(Some(good), None);
        let mut journal = disk.journal(quick());
        let latch = journal.store().latch().clone();
        for n in 1..=good {
            let (seq, one) = event(n);
            journal.event(seq, &one).unwrap();
            let _ = journal.commit(Durability::Process).unwrap();
            assert!(!latch.is_set());
        }
        let (seq, one) = event(good + 1);
        journal.event(seq, &one).unwrap();
        let error = journal.commit(Durability::Process).unwrap_err().to_string();
        assert!(
            error.contains("No space left") && error.contains("no order leaves"),
            "{error}"
        );
        assert!(latch.is_set() && latch.why().unwrap().contains("No space left"));
        // The disk is well again, and still nothing is taken.
        *disk.0.writes_left.lock().unwrap() = None;
        let again = journal.commit(Durability::Process);
        assert!(matches!(again, Err(JournalError::Stopped)));
        assert!(matches!(
            journal.store().notice(),
            Some(Notice::Stopped { .. })
        ));
        assert_eq!(journal.store().notice(), None, "told once");
    }
}

#[test]
fn j7_the_first_sync_error_beside_the_writer_is_final_too() {
    for good in 0..3 {
        let disk = Disk::failing(None, Some(good));
        let mut journal = disk.journal(quick());
        let latch = journal.store().latch().clone();
        let mut n = 0;
        let mut write = |journal: &mut Journal<Durable<Disk>>| {
            n += 1;
            let (seq, one) = event(n);
            journal.event(seq, &one)?;
            journal.commit(Durability::Process)
        };
        for _ in 0..good {
            let _ = write(&mut journal).unwrap();
            soon("the sync", || disk.unsynced() == 0);
        }
        let _ = write(&mut journal).unwrap();
        soon("the failed sync", || latch.is_set());
        *disk.0.syncs_left.lock().unwrap() = None;
        let error = write(&mut journal).unwrap_err();
        assert!(
            matches!(error, JournalError::Store(DurableError::Stopped(_))),
            "{error}"
        );
        assert!(matches!(write(&mut journal), Err(JournalError::Stopped)));
        assert!(disk.unsynced() > 0, "a second sync proves nothing");
    }
}

#[test]
fn little_room_is_told_before_there_is_none() {
    let free = Arc::new(AtomicU64::new(u64::MAX));
    let told = Arc::clone(&free);
    let durable = Durable::new(Disk::default(), quick(), move || {
        Ok(told.load(Ordering::SeqCst))
    });
    let durable = durable.unwrap();
    let notice = |bytes: u64| {
        free.store(bytes, Ordering::SeqCst);
        let mut got = None;
        soon("a notice", || {
            got = durable.notice();
            got.is_some()
        });
        got.unwrap()
    };
    let space = |now, free_bytes| Notice::Space { now, free_bytes };
    assert_eq!(notice(1 << 29), space(Space::Low, 1 << 29));
    assert_eq!(notice(1 << 20), space(Space::Out, 1 << 20));
    assert_eq!(notice(1 << 40), space(Space::Enough, 1 << 40));
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(durable.notice(), None, "each change once");
    assert!(
        !durable.latch().is_set(),
        "room is no error: what happens must still be written"
    );
    assert!(free_bytes(Path::new(".")).unwrap() > 0);
    assert!(free_bytes(Path::new("no/such/folder")).is_err());
}

fn begun(
    run: &Path,
    mut fold: impl FnMut(onetape_data::journal::Entry),
) -> Result<Begun<Journal<Durable<onetape_data::journal::SegmentStore>>>, BeginError> {
    let segments = SegmentOptions {
        size: 1_024,
        reserve: false,
        ..SegmentOptions::default()
    };
    begin(run, RUN, Mode::Full, segments, quick(), &mut fold)
}

#[test]
fn rc_a_run_lives_again_where_it_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut n = 0;
    for life in 1..6 {
        let mut seen = Vec::new();
        let mut now = begun(&run, |entry| seen.push(entry.seq.0)).unwrap();
        assert_eq!(now.epoch, life);
        assert_eq!(
            seen,
            (1..=n).collect::<Vec<_>>(),
            "all that was written is handed over"
        );
        match &now.life {
            Life::First => assert_eq!(life, 1),
            Life::Again { records, torn, .. } => {
                assert_eq!(*records, n);
                assert_eq!(torn.is_some(), life > 1, "the last life was torn");
            }
        }
        for _ in 0..40 {
            n += 1;
            let (seq, one) = event(n);
            now.journal.event(seq, &one).unwrap();
            let _ = now.journal.commit(Durability::Process).unwrap();
        }
        drop(now);
        // As a crash within the last frame leaves it.
        let mut segments: Vec<PathBuf> = fs::read_dir(journal_dir(&run))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        segments.sort();
        let last = fs::OpenOptions::new()
            .write(true)
            .open(segments.last().unwrap())
            .unwrap();
        last.set_len(last.metadata().unwrap().len() - 3).unwrap();
        n -= 1;
    }
    let mut journal = JournalFile::open(&run).unwrap();
    assert_eq!(journal.by_ref().filter(Result::is_ok).count() as u64, n);
}

#[test]
fn j8_a_second_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = begun(folder.path(), |_| {}).unwrap();
    let second = begun(folder.path(), |_| {}).err().unwrap().to_string();
    let me = format!("(process {})", std::process::id());
    assert!(
        second.contains("in use") && second.contains(&me),
        "{second}"
    );
    drop(first);
    assert_eq!(
        begun(folder.path(), |_| {}).unwrap().epoch,
        2,
        "a refused start uses none"
    );
}

#[test]
fn j6_an_epoch_is_never_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    let lives: Vec<Lives> = (0..5).map(|_| next_epoch(run).unwrap()).collect();
    let epochs: Vec<u32> = lives.iter().map(|it| it.epoch).collect();
    assert_eq!(epochs, [1, 2, 3, 4, 5]);
    let tag = lives[0].tag;
    assert!(
        tag.is_some() && lives.iter().all(|it| it.tag == tag),
        "{lives:?}"
    );
    let other = tempfile::tempdir().unwrap();
    assert_ne!(
        next_epoch(other.path()).unwrap().tag,
        tag,
        "each run has its own"
    );
    // A crash while it was written leaves the old one and perhaps half a new one.
    fs::write(run.join("epoch.new"), "9").unwrap();
    assert_eq!(next_epoch(run).unwrap(), Lives { epoch: 6, tag });
    for damaged in [
        "",
        "6",
        "six\n",
        "-1\n",
        "99999999999\n",
        "6 \n",
        "6 short\n",
        "6 ABCDEFGH\n",
    ] {
        fs::write(run.join("epoch"), damaged).unwrap();
        let said = next_epoch(run).unwrap_err().to_string();
        assert!(
            said.contains("above that of any life before"),
            "{damaged:?}: {said}"
        );
    }
    // A run that began before there were tags goes on without one.
    fs::write(run.join("epoch"), "6\n").unwrap();
    let old = Lives {
        epoch: 7,
        tag: None,
    };
    assert_eq!(next_epoch(run).unwrap(), old);
    assert_eq!(fs::read_to_string(run.join("epoch")).unwrap(), "7\n");
    fs::write(run.join("epoch"), format!("{}\n", u32::MAX)).unwrap();
    assert!(matches!(next_epoch(run), Err(EpochError::Exhausted)));
    fs::remove_file(run.join("epoch")).unwrap();
    fs::create_dir(run.join("journal")).unwrap();
    assert!(matches!(next_epoch(run), Err(EpochError::Missing { .. })));
}

#[test]
fn s15_a_journal_of_another_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = begun(folder.path(), |_| {}).unwrap();
    let (seq, event) = event(1);
    one.journal.event(seq, &event).unwrap();
    one.journal.finish().unwrap();
    drop(one.lock);
    let other = begin(
        folder.path(),
        [8; 16],
        Mode::Full,
        SegmentOptions::default(),
        quick(),
        &mut |_| {},
    );
    let said = other.err().unwrap().to_string();
    assert!(said.contains("0707") && said.contains("0808"), "{said}");
}

#[test]
fn s16_what_a_run_writes_is_its_owner_s_alone() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut one = begun(&run, |_| {}).unwrap();
    let (seq, event) = event(1);
    one.journal.event(seq, &event).unwrap();
    one.journal.finish().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&run), mode(&journal_dir(&run))), (0o700, 0o700));
    for file in ["lock", "epoch", "journal/00000.seg"] {
        assert_eq!(mode(&run.join(file)), 0o600, "{file}");
    }
}

#[test]
fn a_life_that_ended_before_its_first_write_leaves_nothing_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    drop(begun(folder.path(), |_| {}).unwrap());
    assert_eq!(
        fs::metadata(journal_dir(folder.path()).join("00000.seg"))
            .unwrap()
            .len(),
        0
    );
    let now = begun(folder.path(), |_| {}).unwrap();
    assert_eq!((now.life, now.epoch), (Life::First, 2));
}

/// A real file system of two mebibytes, where the machine lets one be made.
struct Small(
    PathBuf,
    #[allow(dead_code, reason = "kept until the end")] tempfile::TempDir,
);

impl Small {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small");
        fs::create_dir(&path).unwrap();
        let mut mount = std::process::Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(&path);
        let mounted = mount.stderr(std::process::Stdio::null()).status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self(path, folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_fills_up_is_noticed_before_and_final_when_full() {
    let Some(small) = Small::mount() else {
        println!("no file system can be mounted here: not tried on a real full disk");
        return;
    };
    let mut options = quick();
    options.space = SpaceLimits {
        low_bytes: 1 << 20,
        out_bytes: 1 << 19,
    };
    let run = small.0.join("run");
    let segments = SegmentOptions {
        size: 1 << 18,
        reserve: false,
        ..SegmentOptions::default()
    };
    let mut now = begin(&run, RUN, Mode::Full, segments, options, &mut |_| {}).unwrap();
    let (mut told, mut written) = (Vec::new(), 0);
    let error = loop {
        let (seq, one) = event(written + 1);
        let done = now
            .journal
            .event(seq, &one)
            .and_then(|()| now.journal.commit(Durability::Process));
        told.extend(std::iter::from_fn(|| now.journal.store().notice()));
        match done {
            Ok(_) => written += 1,
            Err(error) => break error.to_string(),
        }
        assert!(written < 1_000_000);
        if written % 200 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    assert!(error.contains("No space left"), "{error}");
    let spaces: Vec<Space> = told
        .iter()
        .filter_map(|notice| match notice {
            Notice::Space { now, .. } => Some(*now),
            _ => None,
        })
        .collect();
    assert_eq!(
        spaces,
        [Space::Low, Space::Out],
        "before it was full: {told:?}"
    );
    drop(now);
    let mut journal = JournalFile::open(&run).unwrap();
    let whole = journal.by_ref().filter(Result::is_ok).count() as u64;
    assert!(whole >= written, "{whole} of {written} are there");
}
