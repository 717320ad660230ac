//! A tape that is decoded and merged ahead, on a thread of its own.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use onetape_core::event::{TapeFile, TapeRow};

use super::Tape;
use super::queue::Queue;
use crate::error::{Error, Result};

/// What was done up to a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Progress {
    rows: u64,
    read: u64,
    decoding: Duration,
}

impl Progress {
    fn of(tape: &Tape) -> Self {
        Self {
            rows: tape.rows(),
            read: tape.rows_read(),
            decoding: tape.decode_time(),
        }
    }
}

pub(super) type Filled = Result<(Vec<TapeRow>, Progress)>;
pub(super) type Blocks = Queue<Filled, Vec<TapeRow>>;

/// A tape whose blocks are made by a second thread, at most eight ahead of those that were asked for: ten blocks of
/// 2,048 rows, 1.25 MiB and what their events own. The rows are the same whatever the timing, an error comes in its
/// place among them, and dropping this ends the thread. Where no thread can be started, blocks are made when they are
/// asked for.
pub struct Ahead {
    files: Vec<TapeFile>,
    total: u64,
    progress: Progress,
    maker: Maker,
}

enum Maker {
    Inline(Box<Tape>),
    Thread {
        blocks: Arc<Blocks>,
        thread: Option<JoinHandle<()>>,
    },
}

impl Ahead {
    /// Starts to decode.
    pub fn new(tape: Tape) -> Self {
        let (files, total) = (tape.files().to_vec(), tape.total_rows());
        Self {
            files,
            total,
            progress: Progress::of(&tape),
            maker: Maker::start(tape),
        }
    }

    /// The files behind the tape, by content, in order of leg, kind and time.
    pub fn files(&self) -> &[TapeFile] {
        &self.files
    }

    /// Events in the blocks given so far.
    pub const fn rows(&self) -> u64 {
        self.progress.rows
    }

    /// Stored messages given so far, to be compared with [`Ahead::total_rows`].
    pub const fn rows_read(&self) -> u64 {
        self.progress.read
    }

    /// Stored messages in the files of the window: what is given at most.
    pub const fn total_rows(&self) -> u64 {
        self.total
    }

    /// Time that was spent on reading files and decoding columns, on whichever thread, for the blocks given so far.
    pub const fn decode_time(&self) -> Duration {
        self.progress.decoding
    }

    #[cfg(test)]
    pub(super) const fn blocks(&self) -> Option<&Arc<Blocks>> {
        match &self.maker {
            Maker::Thread { blocks, .. } => Some(blocks),
            Maker::Inline(_) => None,
        }
    }
}

impl onetape_core::engine::Tape for Ahead {
    type Error = Error;
    type Block = Vec<TapeRow>;

    fn next_block(&mut self, spent: Vec<TapeRow>) -> Result<Vec<TapeRow>> {
        let filled = match &mut self.maker {
            Maker::Inline(tape) => fill(tape, spent),
            Maker::Thread { blocks, thread } => match blocks.take(Some(spent)) {
                Some(filled) => filled,
                None => {
                    // The end, or a panic over there, which is one here.
                    if let Some(Err(panic)) = thread.take().map(JoinHandle::join) {
                        resume_unwind(panic);
                    }
                    return Ok(Vec::new());
                }
            },
        };
        let (block, progress) = filled?;
        self.progress = progress;
        Ok(block)
    }
}

fn fill(tape: &mut Tape, spent: Vec<TapeRow>) -> Filled {
    let block = onetape_core::engine::Tape::next_block(tape, spent)?;
    Ok((block, Progress::of(tape)))
}

impl Maker {
    fn start(tape: Tape) -> Self {
        let blocks = Arc::new(Blocks::new());
        // The tape goes to the thread by a place of its own: were it moved into the thread's code, it would be lost
        // where no thread can be started.
        let place = Arc::new(Mutex::new(Some(tape)));
        let (to_fill, from) = (Arc::clone(&blocks), Arc::clone(&place));
        let started = Builder::new().name("tape".to_string()).spawn(move || {
            if let Some(tape) = taken(&from) {
                make(tape, &to_fill);
            }
        });
        match started {
            Ok(thread) => Self::Thread {
                blocks,
                thread: Some(thread),
            },
            Err(_) => match taken(&place) {
                Some(tape) => Self::Inline(Box::new(tape)),
                None => Self::Thread {
                    blocks,
                    thread: None,
                },
            },
        }
    }
}

fn taken(place: &Mutex<Option<Tape>>) -> Option<Tape> {
    let mut tape = place.lock().unwrap_or_else(PoisonError::into_inner);
    tape.take()
}

/// Leaves also when a panic ends the thread.
struct Leaving<'a>(&'a Blocks);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.maker_leaves();
    }
}

fn make(mut tape: Tape, blocks: &Blocks) {
    let leaving = Leaving(blocks);
    loop {
        let filled = fill(&mut tape, blocks.spent().unwrap_or_default());
        let last = filled.as_ref().is_ok_and(|(block, _)| block.is_empty());
        if !leaving.0.put(filled) || last {
            return;
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if let Maker::Thread { blocks, thread } = &mut self.maker {
            blocks.taker_leaves();
            // Its panic, if there was one, was either told by `next_block` or is of a block that nobody wanted.
            let _ = thread.take().map(JoinHandle::join);
        }
    }
}
