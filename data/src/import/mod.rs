//! Bringing market data from elsewhere into a catalogue. A source is read as a stream; one call is one
//! transaction, so a bad file leaves the catalogue as it was.

mod binance_raw;
mod convert;
mod infer;
mod instruments;
mod lines;
mod peek;
mod report;

pub use binance_raw::{Options, binance_raw};
pub use convert::Accept;
pub use instruments::{InstrumentsReport, instruments};
pub use report::{ImportReport, SeriesReport, SetAside, SourceReport};
