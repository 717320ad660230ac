//! Snapshots of a run while it goes on: written down on the loop's thread, put on disk by another.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use onetape_core::engine::Engine;
use onetape_core::event::{RunStarted, Seq};
use onetape_core::journal::Journal;
use onetape_core::time::Ts;
use onetape_data::journal::{
    Place, SegmentHandle, SegmentStore, Snapshot, keep_segments, keep_snapshots,
};

use super::Durable;

/// Snapshots that are kept: when the newest cannot be used, there is one before it.
const KEPT: usize = 2;
/// A loop that was held up for longer says so.
const LONG: Duration = Duration::from_millis(20);

/// When snapshots are made, and what they make superfluous.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotOptions {
    /// Events from one to the next; none are made without.
    pub every: Option<NonZeroU64>,
    /// Segments that are kept; all of them without. None is dropped that a snapshot that is kept goes on in, or a later one.
    pub keep_segments: Option<u32>,
}

/// The end of the loop.
#[derive(Debug)]
pub struct Snapshots {
    options: SnapshotOptions,
    began: Ts,
    started: Arc<RunStarted>,
    /// The next is made once so many events are folded.
    due: u64,
    /// Room for the next state; with the thread while it works.
    room: Option<Vec<u8>>,
    thread: Option<Thread>,
    /// Why the last one was not kept.
    failed: Option<String>,
    longest: Duration,
    told: bool,
}

#[derive(Debug)]
struct Thread {
    to: SyncSender<Job>,
    back: Receiver<(Vec<u8>, Result<(), String>)>,
    handle: JoinHandle<()>,
}

struct Job {
    snapshot: Snapshot,
    segment: Option<SegmentHandle>,
}

impl Snapshots {
    /// For a run that `began` with `started` then and whose next event is `next`. A thread of its own is started where snapshots are wanted.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        run_dir: PathBuf,
        options: SnapshotOptions,
        (began, started): (Ts, RunStarted),
        next: Seq,
    ) -> Result<Self, std::io::Error> {
        let thread = options.every.map(|_| Thread::start(run_dir, options));
        Ok(Self {
            options,
            began,
            started: Arc::new(started),
            due: next
                .0
                .saturating_add(options.every.map_or(0, NonZeroU64::get)),
            room: Some(Vec::new()),
            thread: thread.transpose()?,
            failed: None,
            longest: Duration::ZERO,
            told: false,
        })
    }

    /// Makes a snapshot if one is due and the last one is on disk. Everything that was folded is written by now; `ts` is
    /// when the last event happened. What people should know is returned.
    pub fn look(
        &mut self,
        engine: &Engine<Journal<Durable<SegmentStore>>>,
        ts: Ts,
    ) -> Option<String> {
        let every = self.options.every.filter(|_| self.thread.is_some())?;
        if engine.next_seq().0 < self.due {
            return None;
        }
        // The last one is not on disk yet: the next comes when it is.
        if self.is_busy() {
            return None;
        }
        let next = engine.next_seq().0.saturating_add(every.get());
        if let Some(why) = self.failed.take() {
            self.due = next;
            return Some(format!("no snapshot was kept: {why}"));
        }
        let Some(room) = self.room.take() else {
            return self.give_up("its thread is gone");
        };
        let began = Instant::now();
        let state = match engine.save(room) {
            Ok(state) => state,
            Err(what) => return self.give_up(what),
        };
        let took = began.elapsed();
        self.longest = self.longest.max(took);
        self.due = next;
        let store = engine.journal().store();
        let (segment, offset) = store.place()?;
        let handle = match store.handle() {
            Ok(handle) => handle,
            Err(error) => return self.give_up(&error.to_string()),
        };
        let resume = engine.journal().resume_from();
        let place = Place {
            segment,
            offset,
            resume,
            ts,
        };
        let job = Job {
            snapshot: Snapshot {
                place,
                began: self.began,
                started: Arc::clone(&self.started),
                state,
            },
            segment: handle,
        };
        let thread = self.thread.as_ref();
        if thread.is_none_or(|thread| thread.to.try_send(job).is_err()) {
            return self.give_up("its thread is gone");
        }
        let tell = took > LONG && !self.told;
        self.told |= tell;
        tell.then(|| {
            format!(
                "a snapshot held the run up for {} ms; let more events pass between two ([live] snapshot_every)",
                took.as_millis()
            )
        })
    }

    /// Whether the last one may not be on disk yet.
    pub fn is_busy(&mut self) -> bool {
        if self.room.is_some() {
            return false;
        }
        let Some(thread) = &self.thread else {
            return false;
        };
        match thread.back.try_recv() {
            Ok((room, Ok(()))) => self.room = Some(room),
            Ok((room, Err(why))) => (self.room, self.failed) = (Some(room), Some(why)),
            Err(TryRecvError::Empty) => return true,
            // The next look tells of it.
            Err(TryRecvError::Disconnected) => {}
        }
        false
    }

    /// The longest that one held the loop up.
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    fn give_up(&mut self, what: &str) -> Option<String> {
        self.thread = None;
        Some(format!(
            "no snapshots are made of this run ({what}): a restart folds its whole journal"
        ))
    }
}

impl Drop for Snapshots {
    /// The last snapshot is on disk or not there when the run's folder is given back.
    fn drop(&mut self) {
        if let Some(Thread { to, handle, .. }) = self.thread.take() {
            drop(to);
            let _ = handle.join();
        }
    }
}

impl Thread {
    fn start(run_dir: PathBuf, options: SnapshotOptions) -> Result<Self, std::io::Error> {
        let (to, jobs) = sync_channel::<Job>(1);
        let (done, back) = sync_channel(1);
        let work = move || {
            for job in jobs {
                let written = job.perform(&run_dir, options);
                if done.send((job.snapshot.state, written)).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("snapshots".into());
        let handle = thread.spawn(work)?;
        Ok(Self { to, back, handle })
    }
}

impl Job {
    fn perform(&self, run_dir: &std::path::Path, options: SnapshotOptions) -> Result<(), String> {
        // A snapshot of what a loss of power can undo would be of no use: the journal comes to disk first.
        if let Some(segment) = &self.segment {
            segment.sync().map_err(|error| error.to_string())?;
            segment.sync_names().map_err(|error| error.to_string())?;
        }
        let run_id = self.snapshot.place.resume.run_id;
        (self.snapshot.write(run_dir)).map_err(|error| error.to_string())?;
        let oldest = keep_snapshots(run_dir, run_id, KEPT).map_err(|error| error.to_string())?;
        if let (Some(before), Some(keep)) = (oldest, options.keep_segments) {
            keep_segments(run_dir, before, keep).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
