//! One Parquet file while it is written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use onetape_core::time::Ts;
use parquet::arrow::ArrowWriter;

use super::columns::Columns;
use super::hash::Hashing;
use super::instrument::InstrumentRecord;
use super::kind::Kind;
use super::manifest::FileRecord;
use super::row::Row;
use super::schema;
use crate::error::{Error, Result};

/// Rows that are gathered before they are encoded.
const BATCH_ROWS: usize = 8 * 1024;

/// A file in the making: the rows of one series and kind in one stretch of time from one source.
pub(super) struct Part {
    pub(super) stretch: i64,
    path: PathBuf,
    writer: ArrowWriter<Hashing<BufWriter<Appending>>>,
    columns: Columns,
    record: FileRecord,
}

impl Part {
    pub(super) fn create(
        path: PathBuf,
        instrument: &InstrumentRecord,
        kind: Kind,
        first: Ts,
        source_hash: &str,
    ) -> Result<Self> {
        let arrow = schema::arrow_schema(kind, instrument);
        File::create(&path).map_err(Error::io("create", &path))?;
        let file = Appending { path: path.clone() };
        let writer = ArrowWriter::try_new_with_options(
            Hashing::new(BufWriter::new(file)),
            arrow.clone(),
            schema::options(kind, instrument, source_hash),
        )
        .map_err(|why| Error::parquet(&path, why))?;
        let record = FileRecord {
            path: String::new(),
            venue: instrument.venue.clone(),
            symbol: instrument.symbol.clone(),
            kind,
            day: day_text(first),
            rows: 0,
            parquet_rows: 0,
            first_ts: i64::MAX,
            last_ts: i64::MIN,
            bytes: 0,
            hash: String::new(),
            source_hash: source_hash.to_string(),
            delay_ns: None,
            venue_order: None,
            single_levels: kind == Kind::Depth,
            words: BTreeMap::new(),
        };
        Ok(Self {
            stretch: stretch(kind, first),
            path,
            writer,
            columns: Columns::new(kind, arrow),
            record,
        })
    }

    /// Takes a row; `Err(Err(text))` is the row's fault.
    pub(super) fn push(&mut self, row: &Row) -> Result<(), RowError> {
        self.record.parquet_rows += self.columns.push(row).map_err(RowError::Row)?;
        self.record.rows += 1;
        let ts = row.ts().nanos();
        self.record.first_ts = self.record.first_ts.min(ts);
        self.record.last_ts = self.record.last_ts.max(ts);
        self.note_order(row.ts_venue());
        if let Some(venue) = row.ts_venue() {
            let delay = ts.saturating_sub(venue.nanos());
            let (least, most) = self.record.delay_ns.unwrap_or((delay, delay));
            self.record.delay_ns = Some((least.min(delay), most.max(delay)));
        }
        if let Row::Depth(depth) = row {
            self.record.single_levels &=
                !depth.snapshot && depth.last == 0 && depth.bids.len() + depth.asks.len() == 1;
        }
        if self.columns.len() >= BATCH_ROWS {
            self.encode().map_err(RowError::File)?;
        }
        Ok(())
    }

    /// Keeps first and last venue time for as long as they never go back; to be called once a row, after it is counted.
    fn note_order(&mut self, ts_venue: Option<Ts>) {
        self.record.venue_order = match (ts_venue.map(Ts::nanos), self.record.venue_order) {
            (Some(at), None) if self.record.rows == 1 => Some((at, at)),
            (Some(at), Some((first, last))) if at >= last => Some((first, at)),
            _ => None,
        };
    }

    fn encode(&mut self) -> Result<()> {
        let batch = self.columns.take();
        batch
            .map_err(parquet::errors::ParquetError::from)
            .and_then(|batch| self.writer.write(&batch))
            .map_err(|why| Error::parquet(&self.path, why))
    }

    /// Ends the file and makes it last; its record still lacks its place in the catalogue.
    pub(super) fn finish(mut self) -> Result<(FileRecord, PathBuf)> {
        self.encode()?;
        let hashing = self
            .writer
            .into_inner()
            .map_err(|why| Error::parquet(&self.path, why))?;
        (self.record.bytes, self.record.hash) = hashing.sum();
        let appending = hashing
            .into_inner()
            .into_inner()
            .map_err(|why| Error::io("write", &self.path)(why.into_error()))?;
        (appending.open().and_then(|file| file.sync_all()))
            .map_err(Error::io("sync", &self.path))?;
        Ok((self.record, self.path))
    }
}

/// A file that is open only while bytes go to it: a capture of a whole market has more series and kinds than a
/// process may have open files.
struct Appending {
    path: PathBuf,
}

impl Appending {
    fn open(&self) -> io::Result<File> {
        File::options().append(true).open(&self.path)
    }
}

impl Write for Appending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whose fault it is that a row was not taken.
pub(super) enum RowError {
    Row(String),
    File(Error),
}

/// The number of the stretch of time that a file holds: a UTC day, or a month of kinds that have a few rows a day.
/// Years of those in files of a day each would be thousands of files of a row or three.
pub(crate) fn stretch(kind: Kind, ts: Ts) -> i64 {
    match kind {
        Kind::Quote | Kind::Depth | Kind::Trade | Kind::Mark => ts.utc_day(),
        Kind::Bar | Kind::Funding | Kind::Interest | Kind::Status | Kind::Feed => {
            let moment = Timestamp::from_nanosecond(i128::from(ts.nanos()));
            moment.map_or(0, |moment| {
                let date = moment.to_zoned(TimeZone::UTC).date();
                i64::from(date.year()) * 12 + i64::from(date.month())
            })
        }
    }
}

/// The UTC day of a moment, `YYYY-MM-DD`.
fn day_text(ts: Ts) -> String {
    let text = time_text(ts.nanos());
    text.split_once('T')
        .map_or(text.clone(), |(day, _)| day.to_string())
}

/// A moment for people.
pub(super) fn time_text(nanos: i64) -> String {
    Timestamp::from_nanosecond(i128::from(nanos))
        .map_or_else(|_| nanos.to_string(), |t| t.to_string())
}

/// Where a finished file goes below the root; `taken` says which places are not free.
pub(super) fn place(record: &FileRecord, taken: impl Fn(&str) -> bool) -> String {
    let source: &str = record.source_hash.get(..12).unwrap_or(&record.source_hash);
    let folder = format!("{}/{}/{}", record.venue, record.symbol, record.kind.name());
    let plain = format!("{folder}/{}-{source}.parquet", record.day);
    std::iter::once(plain)
        .chain((2..).map(|n: u64| format!("{folder}/{}-{source}-{n}.parquet", record.day)))
        .find(|path| !taken(path))
        .unwrap_or_default()
}

/// A name in the staging directory.
pub(super) fn staged(staging: &Path, n: u64) -> PathBuf {
    staging.join(format!("{n}.parquet"))
}
