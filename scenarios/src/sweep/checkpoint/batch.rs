//! Lines in objects of a store: each holds those of a stretch of the work.

use std::time::{Duration, Instant};

use super::{FILES_MAX, Files};
use crate::store;
use crate::sweep::SweepError;

/// How long lines wait for others before they are put together.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// Lines that are not in the store yet, and where the next ones go.
pub(super) struct Batches {
    lines: Vec<u8>,
    saved: Instant,
    next: u32,
}

impl Batches {
    /// Beside so many that are there.
    pub(super) fn after(known: usize) -> Self {
        Self {
            lines: Vec::new(),
            saved: Instant::now(),
            next: u32::try_from(known).unwrap_or(FILES_MAX).saturating_add(1),
        }
    }

    /// Takes a line.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.lines.extend_from_slice(line);
    }

    /// Puts the lines into the store when the last ones were put some time ago. A store that does not answer for a
    /// while does not end the work: the lines go with the next ones.
    pub(super) fn save_in_time(&mut self, files: &Files) -> anyhow::Result<()> {
        if self.saved.elapsed() < SAVE_EVERY {
            return Ok(());
        }
        let Err(why) = self.save(files) else {
            return Ok(());
        };
        self.saved = Instant::now();
        match why.downcast_ref::<SweepError>() {
            Some(SweepError::Temporary(text)) => {
                tracing::warn!("checkpoints wait: {text}");
                Ok(())
            }
            _ => Err(why),
        }
    }

    /// Puts the lines into the store.
    pub(super) fn save(&mut self, files: &Files) -> anyhow::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        for number in self.next..FILES_MAX {
            // Where another attempt was faster, the next one is tried.
            if store::put_new(&files.place(number), &self.lines)? {
                self.lines.clear();
                self.next = number + 1;
                self.saved = Instant::now();
                return Ok(());
            }
        }
        Err(files.too_many())
    }
}
