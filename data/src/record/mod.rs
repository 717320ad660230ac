//! What is heard live, into a catalogue: piece by piece, each whole or not there.
//!
//! A process that is killed loses at most the piece that it gathered. Pieces are drawn together as they become many, so
//! that a day is not thousands of files. Events are written as they were stamped, with a place that counts them: read
//! back through the tape they come in the order in which they were given, also where stamps are equal within an
//! instrument. Between instruments equal stamps are told apart by the order of the tape's legs alone, so live stamps
//! are never equal.

mod exact;
mod instruments;
mod merge;
mod recorder;
mod rows;
#[cfg(test)]
mod tests;

pub use exact::is_exact;
pub use instruments::record_of;
pub use recorder::{RecordOptions, RecordReport, Recorder};
