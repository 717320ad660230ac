//! Between a journal and its segments: what is written, synced, and what the first error means.

use std::io;

use onetape_core::journal::{Batch, Store};
use onetape_data::journal::{JournalFileError, SegmentHandle, SegmentStore};

use super::syncer::Syncer;
use super::{Flush, Latch, Notice, SyncOptions};
use crate::timing::Moments;

/// Segments that can be synced beside their writer.
pub trait Medium: Store<Error = JournalFileError> {
    /// For syncing one segment.
    type Handle: Flush;

    /// Number of segments so far.
    fn segments(&self) -> u32;

    /// The segment that is written to.
    ///
    /// # Errors
    /// When there is no second handle to it.
    fn handle(&self) -> Result<Option<Self::Handle>, JournalFileError>;
}

impl Flush for SegmentHandle {
    fn flush(&mut self) -> Result<(), JournalFileError> {
        self.sync()?;
        self.sync_names()
    }

    fn make_ahead(&mut self) {
        SegmentHandle::make_ahead(self);
    }
}

impl Medium for SegmentStore {
    type Handle = SegmentHandle;

    fn segments(&self) -> u32 {
        self.segments()
    }

    fn handle(&self) -> Result<Option<SegmentHandle>, JournalFileError> {
        self.handle()
    }
}

/// Why nothing is written.
#[derive(Debug, thiserror::Error)]
pub enum DurableError {
    /// The first error of the writer.
    #[error("{0}; no order leaves any more: make room or mend the disk, then start again")]
    First(JournalFileError),
    /// The first error of the thread beside it, or one before.
    #[error(
        "the journal stopped before ({0}); no order leaves any more: make room or mend the disk, then start again"
    )]
    Stopped(String),
    /// There is no thread.
    #[error("cannot start the journal's thread: {0}")]
    Thread(io::Error),
}

/// A store whose writes are synced beside it, and whose first error is its last.
#[derive(Debug)]
pub struct Durable<M: Medium> {
    medium: M,
    syncer: Syncer<M::Handle>,
    /// Number of segments when the thread was last given one.
    known: u32,
    moments: Moments,
}

impl<M: Medium> Durable<M> {
    /// Around segments. `free` tells how many bytes are free where they are.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn new(
        medium: M,
        options: SyncOptions,
        free: impl FnMut() -> io::Result<u64> + Send + 'static,
    ) -> Result<Self, DurableError> {
        // A journal that goes on makes a segment of its own: the thread gets it with the first write.
        Ok(Self {
            syncer: Syncer::start(options, free).map_err(DurableError::Thread)?,
            known: medium.segments(),
            medium,
            moments: Moments::default(),
        })
    }

    /// Set when anything failed, by whomever.
    pub fn latch(&self) -> &Latch {
        self.syncer.latch()
    }

    /// Told of when it is written.
    pub const fn moments(&self) -> &Moments {
        &self.moments
    }

    /// What the loop should know, once.
    pub fn notice(&self) -> Option<Notice> {
        self.syncer.notice()
    }

    fn guarded<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, JournalFileError>,
    ) -> Result<T, DurableError> {
        if self.latch().is_set() {
            return Err(DurableError::Stopped(
                self.latch().why().unwrap_or_default(),
            ));
        }
        act(self).map_err(|error| {
            self.syncer.failed(&error.to_string());
            DurableError::First(error)
        })
    }
}

impl Durable<SegmentStore> {
    /// Where the next frame goes, as [`SegmentStore::place`].
    pub fn place(&self) -> Option<(u32, u64)> {
        self.medium.place()
    }

    /// The segment that is written to, as [`SegmentStore::handle`].
    ///
    /// # Errors
    /// When there is no second handle to it.
    pub fn handle(&self) -> Result<Option<SegmentHandle>, JournalFileError> {
        self.medium.handle()
    }
}

impl<M: Medium> Store for Durable<M> {
    type Error = DurableError;

    fn write(&mut self, batch: Batch<'_>) -> Result<(), DurableError> {
        self.moments.writing();
        let written = self.guarded(|durable| {
            durable.medium.write(batch)?;
            let segments = durable.medium.segments();
            let new = if segments == durable.known {
                None
            } else {
                durable.known = segments;
                durable.medium.handle()?
            };
            durable.syncer.written(new);
            Ok(())
        });
        self.moments.wrote();
        written
    }

    fn sync(&mut self) -> Result<(), DurableError> {
        self.guarded(|durable| {
            durable.medium.sync()?;
            durable.syncer.synced();
            Ok(())
        })
    }

    fn finish(&mut self) -> Result<(), DurableError> {
        self.guarded(|durable| {
            durable.medium.finish()?;
            durable.syncer.synced();
            Ok(())
        })
    }
}
