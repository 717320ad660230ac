//! Bringing market data from elsewhere into a catalogue. A source is read as a stream; one call is one
//! transaction, so a bad file leaves the catalogue as it was.

mod binance_raw;
mod bytes;
mod convert;
mod csv;
mod floats;
pub(crate) mod hftbacktest;
mod infer;
mod instruments;
mod lines;
mod numbers;
mod peek;
mod report;
mod sources;
mod table;
mod text;
mod unzip;

pub use binance_raw::binance_raw;
pub use convert::Accept;
pub use hftbacktest::{ArrayOptions, hftbacktest};
pub use instruments::{InstrumentsReport, instruments};
pub use report::{ImportReport, SeriesReport, SetAside, SourceReport};
pub use sources::Options;
pub use table::{TableOptions, table};
