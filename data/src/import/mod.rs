//! Bringing market data from elsewhere into a catalogue. A source is read as a stream; one call is one
//! transaction, so a bad file leaves the catalogue as it was.

mod binance_raw;
mod bytes;
mod convert;
mod cryptofeed;
mod csv;
mod faults;
mod feed;
mod floats;
mod frames;
pub(crate) mod hftbacktest;
mod infer;
mod instruments;
mod lines;
mod numbers;
mod peek;
mod report;
mod series;
mod sources;
mod table;
mod tardis;
mod text;
mod told;
mod unzip;
mod vision;

pub use binance_raw::binance_raw;
pub use convert::Accept;
pub use cryptofeed::cryptofeed;
pub use frames::frames;
pub use hftbacktest::{ArrayOptions, hftbacktest};
pub use instruments::{InstrumentsReport, instruments};
pub use report::{ImportReport, SeriesReport, SetAside, SourceReport};
pub use sources::Options;
pub use table::{TableOptions, table};
pub use tardis::tardis;
pub use vision::binance_vision;
