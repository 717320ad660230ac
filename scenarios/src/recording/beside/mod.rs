//! Recording beside a run: its market into a catalogue, everything else that it folded into the account file of its
//! folder.
//!
//! The loop hands on what it folded; a thread that looks on copies it here, and another one writes. Neither is waited for:
//! what a disk does not take in time is left out, which is told and stands in the account file as a hole. An error ends
//! the recording and is told. Trading goes on in any case.

mod scribe;
#[cfg(test)]
mod tests;
mod told;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use anyhow::{Context as _, bail};
use onetape_core::event::{Event, Seq};
use onetape_core::names::Names;
use onetape_data::account::AccountWriter;
use onetape_data::record::{RecordOptions, Recorder};
use onetape_live::queue::Origin;
use onetape_live::run::Tapped;
use onetape_live::stamp::{Clock as _, SystemClock};

use scribe::Scribe;
pub use told::{BesideFacts, BesideTold};

/// Events that wait to be written; with more, market events are left out.
const WAITING_MAX: usize = 262_144;

/// What goes to who writes.
enum Piece {
    /// Something that happened.
    Event(Copied),
    /// Nothing more comes: the place of what would have been next.
    Until(Seq),
}

/// What is copied of what happened.
struct Copied {
    seq: Seq,
    event: Event,
    origin: Origin,
}

/// Takes what happened, on the thread of who looks on. Once it is dropped, the recording comes to its end.
pub struct Hand {
    to: SyncSender<Piece>,
    /// What may not be left out and had no room.
    backlog: VecDeque<Piece>,
    told: BesideTold,
    /// The place of what should come next.
    next: Option<Seq>,
}

/// A recording that runs.
pub struct Beside {
    told: BesideTold,
    thread: JoinHandle<()>,
}

/// Of which life of which run.
pub struct Whose<'a> {
    /// The run's folder.
    pub folder: &'a Path,
    /// Its id.
    pub run_id: [u8; 16],
    /// The life.
    pub epoch: u32,
    /// Its instruments.
    pub names: &'a Names,
}

impl Beside {
    /// Begins to record into the catalogue at `root`.
    ///
    /// # Errors
    /// When the catalogue or the account file cannot be written, or the catalogue has messages of these instruments that
    /// are later than now.
    pub fn begin(root: &Path, whose: &Whose<'_>) -> anyhow::Result<(Hand, Self)> {
        let options = RecordOptions {
            as_seen: true,
            ..RecordOptions::default()
        };
        let recorder = Recorder::begin(root, whose.names, options)?;
        if let Some(after) = recorder.after().filter(|at| *at >= SystemClock.now()) {
            bail!(
                "{}: has messages of these instruments until {}, which is later than now; record into another catalogue",
                root.display(),
                crate::commands::time_text(after)
            );
        }
        let account = AccountWriter::create(whose.folder, whose.run_id, whose.epoch)?;
        let told = BesideTold::new(root, account.path());
        let (to, from) = sync_channel(WAITING_MAX);
        let scribe = Scribe::new(recorder, account, told.clone());
        let thread = Builder::new()
            .name("recording".to_string())
            .spawn(move || scribe.run(&from))
            .context("no thread can be started for the recording")?;
        let hand = Hand::new(to, told.clone());
        Ok((hand, Self { told, thread }))
    }

    /// How it stands.
    pub const fn told(&self) -> &BesideTold {
        &self.told
    }

    /// Waits until everything is written; the hand is dropped before.
    pub fn finish(self) -> BesideFacts {
        if self.thread.join().is_err() {
            self.told.fail("the recorder panicked");
        }
        self.told.now()
    }
}

impl Hand {
    const fn new(to: SyncSender<Piece>, told: BesideTold) -> Self {
        Self {
            to,
            backlog: VecDeque::new(),
            told,
            next: None,
        }
    }

    /// Copies what happened. What is left out is told at once: who writes may be stuck in a write for long.
    pub fn take(&mut self, tapped: &Tapped) {
        let seq = tapped.seq;
        // What the loop itself had to leave out on the way here is not in the recording either.
        let before = seq.0.saturating_sub(self.next.unwrap_or(seq).0);
        self.next = Some(Seq(seq.0 + 1));
        self.hand_on_backlog();
        let left_out = before + u64::from(!self.hand_on(tapped));
        if left_out > 0 {
            self.told.miss(left_out);
        }
    }

    fn hand_on_backlog(&mut self) {
        while let Some(waiting) = self.backlog.pop_front() {
            if let Err(TrySendError::Full(back)) = self.to.try_send(waiting) {
                self.backlog.push_front(back);
                return;
            }
        }
    }

    /// Hands one event on, or has it wait; `false` where it is left out, which who writes sees by its number.
    fn hand_on(&mut self, tapped: &Tapped) -> bool {
        let is_market = tapped.event.body.is_market();
        if is_market && !self.backlog.is_empty() {
            return false;
        }
        let piece = Piece::Event(Copied {
            seq: tapped.seq,
            event: tapped.event.clone(),
            origin: tapped.origin,
        });
        if !self.backlog.is_empty() {
            self.backlog.push_back(piece);
            return true;
        }
        match self.to.try_send(piece) {
            // Nobody writes any more, and that was told.
            Ok(()) | Err(TrySendError::Disconnected(_)) => true,
            Err(TrySendError::Full(_)) if is_market => false,
            Err(TrySendError::Full(back)) => {
                self.backlog.push_back(back);
                true
            }
        }
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        let until = self.next.map(Piece::Until);
        for piece in self.backlog.drain(..).chain(until) {
            if self.to.send(piece).is_err() {
                return;
            }
        }
    }
}
