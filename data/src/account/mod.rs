//! The account file of a run whose market is recorded into a catalogue: everything that the run folded and a catalogue
//! cannot hold. Orders' news, balances, timers, orders of people, start and end; and market events that are no row,
//! such as a mark of more decimals than a catalogue keeps.
//!
//! With the catalogue's rows, joined by time (a live run's stamps are strictly increasing), it is all that the run saw.
//! The journal is not needed for it, and nothing here reads one.
//!
//! One file a life of the process, `account.NNNNN` by its epoch, little-endian:
//!
//! ```text
//! header  magic "1TAPACCT" | version u8 | codec u8 | 0 u16 | epoch u32 | run id 16 bytes | crc u32
//! record  length u32 | kind u8 | seq u64 | payload | crc u32
//! ```
//!
//! Payloads are in core's codec, and `length` is the payload's. The CRC-32 (IEEE) of a record goes over the CRC before it
//! and the record, so that none can be taken out or moved. Kinds: 1 an event, with its place in the run; 2 a hole: from
//! `seq` on, so many events were not recorded; 3 the end: the next place, the number of market events that went to the
//! catalogue, and the time of the last event. A file without an end is of a recording that was cut short.

mod error;
mod format;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use error::AccountError;
pub use format::{AccountEnd, AccountRecord};
pub use read::{AccountReader, account_files};
pub use write::AccountWriter;
