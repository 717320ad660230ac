//! Live market data into a catalogue: today's session is tomorrow's backtest. On its own, or beside a run ([`beside`]).
//!
//! Sockets are on one thread, the catalogue on another. What came is stamped as the live loop stamps it, and what the disk
//! does not take in time makes the sockets wait: nothing is dropped.

pub mod beside;
mod session;
mod tap;
mod wanted;

pub use session::{Recorded, VenueRecorded, record};
pub use tap::{Tap, Tape};
pub use wanted::{Place, Wanted};
