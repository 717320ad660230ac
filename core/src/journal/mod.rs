//! The journal: how events and decisions become bytes, and how the bytes are judged when they are read back.
//!
//! A journal is a chain of frames, cut into segments. A segment is a [`SegmentHeader`] of [`HEADER_LEN`] bytes,
//! then frames, then nothing or zeros (space that was reserved and not used). All integers are little-endian.
//!
//! ```text
//! frame   length u32 | seq u64 | kind u8 | version u8 | payload | crc u32
//! ```
//!
//! The CRC-32 (IEEE) covers the four bytes before the frame, which are the CRC of the frame before (or the end of
//! the segment header, which repeats it), and the frame up to its own CRC. So a frame can be judged with nothing
//! but the bytes around it, and none can be taken out, put in or moved without the next one telling.
//!
//! What a reader makes of bytes that are not a frame (see [`Cursor`]): zeros to the end are a clean end; no valid
//! frame after them is a torn tail, cut and reported; a valid frame after them means damage in the middle, an
//! error. Nothing is skipped.
//!
//! Orders leave only with the [`Committed`] that [`Journal::commit`] returns; nobody else can make one:
//!
//! ```compile_fail
//! let forged = onetape_core::journal::Committed(());
//! ```
//!
//! ```compile_fail
//! let forged = onetape_core::journal::Committed::default();
//! ```
//!
//! nor use one twice:
//!
//! ```compile_fail
//! use onetape_core::journal::Committed;
//! fn send(_: Committed) {}
//! fn twice(once: Committed) {
//!     send(once);
//!     send(once);
//! }
//! ```
//!
//! where this compiles:
//!
//! ```
//! use onetape_core::journal::Committed;
//! fn send(_: Committed) {}
//! fn once(once: Committed) {
//!     send(once);
//! }
//! ```

pub mod codec;
mod frame;
mod hash;
mod notes;
mod reader;
mod record;
mod scribe;
mod segment;
mod store;
mod writer;

#[cfg(test)]
mod tests;

pub use frame::{FRAME_OVERHEAD, Frame, Kind};
pub use hash::DecisionsHash;
pub use notes::{NotKept, Noted, Notes};
pub use reader::{Cursor, End, Frames, Next, ReadError, Tail};
pub use record::Record;
pub use scribe::Scribe;
pub use segment::{HEADER_LEN, HeaderError, SEGMENT_MAX, SegmentHeader, chain_start};
pub use store::{Batch, MemoryStore, NullStore, Store};
pub use writer::{Committed, Durability, Journal, JournalError, Mode, Resume, reframe};
