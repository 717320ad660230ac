//! Where journaled bytes go.

use alloc::vec::Vec;
use core::convert::Infallible;

use super::segment::SegmentHeader;
use crate::event::Seq;

/// Whole frames on their way to a store, with what a new segment's header needs when one starts with them.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The run.
    pub run_id: [u8; 16],
    /// Sequence number of the first frame.
    pub first: Seq,
    /// CRC of the frame before.
    pub chain: u32,
    /// The frames.
    pub bytes: &'a [u8],
}

impl Batch<'_> {
    /// The header of segment number `index` that starts with this batch.
    pub const fn header(&self, index: u32) -> SegmentHeader {
        SegmentHeader {
            index,
            run_id: self.run_id,
            first: self.first,
            chain: self.chain,
        }
    }
}

/// Takes batches in order. After its first error a store is not used again.
pub trait Store {
    /// What can go wrong.
    type Error;

    /// Takes a batch: when this returns, the bytes survive the end of the process. A new segment may start
    /// before it, never within it.
    ///
    /// # Errors
    /// When not all of it was taken.
    fn write(&mut self, batch: Batch<'_>) -> Result<(), Self::Error>;

    /// When this returns, what was written survives the end of power.
    ///
    /// # Errors
    /// When that is not certain.
    fn sync(&mut self) -> Result<(), Self::Error>;

    /// Nothing more will come: leaves the segments at their true lengths, on disk.
    ///
    /// # Errors
    /// When that is not certain.
    fn finish(&mut self) -> Result<(), Self::Error>;
}

/// Keeps nothing: for [`Mode::None`](super::Mode::None).
#[derive(Clone, Copy, Debug, Default)]
pub struct NullStore;

impl Store for NullStore {
    type Error = Infallible;

    fn write(&mut self, _: Batch<'_>) -> Result<(), Infallible> {
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Keeps one segment in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    bytes: Vec<u8>,
    synced: usize,
}

impl MemoryStore {
    /// The segment so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The part of the segment that a loss of power would leave.
    pub fn synced(&self) -> &[u8] {
        &self.bytes[..self.synced]
    }

    /// The segment.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn write(&mut self, batch: Batch<'_>) -> Result<(), Infallible> {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(&batch.header(0).to_bytes());
        }
        self.bytes.extend_from_slice(batch.bytes);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Infallible> {
        self.synced = self.bytes.len();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Infallible> {
        self.sync()
    }
}
