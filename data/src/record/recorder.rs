//! Takes events, and writes them by pieces.

use std::collections::BTreeMap;
use std::path::Path;

use onetape_core::event::Event;
use onetape_core::names::{InstrumentId, Names};
use onetape_core::time::{Span, Ts};
use serde::Serialize;

use super::instruments::record_of;
use super::merge::{Levels, draw_together};
use super::rows::{self, Beside};
use crate::catalog::{Catalog, InstrumentRecord, Kind, Row, RowSink, Series, hash_bytes};
use crate::error::{Error, Result};

/// Of a catalogue that another writer holds, pieces wait; of so many the recording gives up.
const WAITING_PIECES_MAX: usize = 10;

/// How large pieces are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// Messages of a piece at most.
    pub piece_rows: usize,
    /// How long a piece is, by receive time.
    pub piece_span: Span,
    /// Rows are read back exactly as a run saw them: the moment of a settlement stands as it was told. Else it is on the
    /// venue's clock, and who reads it moves it by how far the two clocks are apart.
    pub as_seen: bool,
}

impl Default for RecordOptions {
    fn default() -> Self {
        Self {
            piece_rows: 100_000,
            piece_span: Span::from_millis(10_000),
            as_seen: false,
        }
    }
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordReport {
    /// Messages by instrument and kind.
    pub messages: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// Pieces that were written.
    pub pieces: u64,
    /// Events that are not the market's, passed over.
    pub passed_over: u64,
    /// Marks and rates of more than 8 decimals, stored rounded to 8.
    pub rounded: u64,
    /// Receive time of the first message, nanoseconds.
    pub first_ts: Option<i64>,
    /// Of the last one.
    pub last_ts: Option<i64>,
}

impl RecordReport {
    /// Messages of all kinds.
    pub fn total(&self) -> u64 {
        self.messages.values().flat_map(BTreeMap::values).sum()
    }
}

/// A recording that runs. What it gathered and did not write is lost when it is dropped; [`Recorder::finish`] writes it.
#[derive(Debug)]
pub struct Recorder {
    catalog: Catalog,
    options: RecordOptions,
    instruments: BTreeMap<InstrumentId, (Series, InstrumentRecord)>,
    waiting: Vec<(InstrumentId, Row)>,
    place: u64,
    levels: Levels,
    report: RecordReport,
    /// When an attempt to write was put off, so that the next one waits as long.
    put_off: usize,
    last: Option<Ts>,
}

impl Recorder {
    /// Begins a recording into the catalogue at a path, which may be new. Definitions of instruments stand in it from
    /// now on.
    ///
    /// # Errors
    /// When there is no catalogue and none can be made, or it holds an instrument with other decimals.
    pub fn begin(root: &Path, names: &Names, options: RecordOptions) -> Result<Self> {
        let mut recorder = Self {
            catalog: Catalog::open_or_create(root)?,
            options,
            instruments: BTreeMap::new(),
            waiting: Vec::new(),
            place: 0,
            levels: Levels::default(),
            report: RecordReport::default(),
            put_off: 0,
            last: None,
        };
        for instrument in &names.instruments {
            recorder.define(instrument.id, record_of(instrument, names))?;
        }
        let source = hash_bytes(b"definitions of a recording");
        let mut transaction = (recorder.catalog).begin(&source, "the recording's instruments")?;
        for (_, record) in recorder.instruments.values() {
            transaction.define(record.clone())?;
        }
        transaction.commit()?;
        Ok(recorder)
    }

    /// The receive time after which a recording of these instruments must begin: that of the last message that is there.
    pub fn after(&self) -> Option<Ts> {
        let mine = |series: &Series| self.instruments.values().any(|(known, _)| known == series);
        let files = self.catalog.all_files().iter();
        let last = files
            .filter(|file| mine(&file.series()))
            .map(|file| file.last());
        last.max().max(self.last)
    }

    /// An instrument from now on.
    ///
    /// # Errors
    /// When its rules make no sense.
    pub fn define(&mut self, id: InstrumentId, record: InstrumentRecord) -> Result<()> {
        record.check()?;
        self.instruments.insert(id, (record.series(), record));
        Ok(())
    }

    /// Takes an event, and writes a piece when one is full. Of the venue's word beside it, the time may be
    /// [`Ts::UNKNOWN`] and the number of a print or a quote 0.
    ///
    /// # Errors
    /// When the event is of no known instrument, its stamp goes back, or a piece cannot be written.
    pub fn take(&mut self, event: &Event, ts_venue: Ts, id: u64) -> Result<()> {
        let Some(instrument) = event.body.instrument() else {
            self.report.passed_over += 1;
            return Ok(());
        };
        let Some((series, _)) = self.instruments.get(&instrument) else {
            return Err(refused(
                &format!("instrument {}", instrument.0),
                0,
                "it was not defined",
            ));
        };
        let wrong = |what: &str| refused(&series.instrument(), self.place, what);
        if self.last.is_some_and(|last| event.ts < last) {
            return Err(wrong("its receive time goes back"));
        }
        let beside = Beside {
            ts_venue: ts_venue.is_known().then_some(ts_venue),
            place: self.place,
            id,
            as_seen: self.options.as_seen,
        };
        let rounded = &mut self.report.rounded;
        let made = rows::row(event, &beside, rounded).map_err(|what| wrong(&what))?;
        let Some(row) = made else {
            self.report.passed_over += 1;
            return Ok(());
        };
        self.count(&series.instrument(), Kind::of(&row));
        self.place += 1;
        self.last = Some(event.ts);
        self.report.first_ts.get_or_insert(event.ts.nanos());
        self.report.last_ts = Some(event.ts.nanos());
        self.waiting.push((instrument, row));
        match self.is_full(event.ts) {
            true => self.write(),
            false => Ok(()),
        }
    }

    fn count(&mut self, instrument: &str, kind: Kind) {
        let mine = match self.report.messages.get_mut(instrument) {
            Some(mine) => mine,
            None => (self.report.messages)
                .entry(instrument.to_owned())
                .or_default(),
        };
        *mine.entry(kind.name()).or_default() += 1;
    }

    /// Writes what waits when it is old enough, also when nothing comes any more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn tick(&mut self, now: Ts) -> Result<()> {
        match !self.waiting.is_empty() && self.is_full(now) {
            true => self.write(),
            false => Ok(()),
        }
    }

    fn is_full(&self, now: Ts) -> bool {
        let first = self.waiting.first().map_or(now, |(_, row)| row.ts());
        let pieces = 1 + self.put_off;
        let factor = i64::try_from(pieces).unwrap_or(i64::MAX);
        self.waiting.len() >= self.options.piece_rows.max(1).saturating_mul(pieces)
            || now.since(first).nanos() >= self.options.piece_span.nanos().saturating_mul(factor)
    }

    /// Writes what waits, now.
    ///
    /// # Errors
    /// When it cannot be written. While another writer is at work, it waits for the next time.
    pub fn write(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        match self.write_piece() {
            Err(Error::Locked { .. }) if self.put_off < WAITING_PIECES_MAX => {
                self.put_off += 1;
                Ok(())
            }
            other => other,
        }
    }

    fn write_piece(&mut self) -> Result<()> {
        let source = self.source(&self.waiting, "piece");
        let mut transaction = self.catalog.begin(&source, "the recording")?;
        for (_, record) in self.instruments.values() {
            transaction.define(record.clone())?;
        }
        for (id, row) in &self.waiting {
            if let Some((series, _)) = self.instruments.get(id) {
                transaction.row(series, row.clone())?;
            }
        }
        transaction.commit()?;
        self.put_off = 0;
        self.report.pieces += 1;
        self.waiting.clear();
        self.levels.add(source);
        self.draw_together()
    }

    /// What one writer holds now, another time will do for.
    fn draw_together(&mut self) -> Result<()> {
        while let Some((level, sources)) = self.levels.due() {
            let into = hash_bytes(sources.concat().as_bytes());
            match draw_together(&mut self.catalog, &sources, &into, "the recording") {
                Ok(()) => self.levels.drawn(level, into),
                Err(Error::Locked { .. }) => return Ok(()),
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    /// What tells this piece from every other: whose it is, when it was heard, and where it stands.
    fn source(&self, rows: &[(InstrumentId, Row)], what: &str) -> String {
        let mut text = format!("{what} of a recording, place {}", self.place);
        for (_, row) in [rows.first(), rows.last()].into_iter().flatten() {
            text.push_str(&format!(", {} at {}", row.place(), row.ts().nanos()));
        }
        for (series, _) in self.instruments.values() {
            text.push_str(", ");
            text.push_str(&series.instrument());
        }
        hash_bytes(text.as_bytes())
    }

    /// True while something waits to be written.
    pub const fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What was recorded so far, with what waits.
    pub const fn report(&self) -> &RecordReport {
        &self.report
    }

    /// Writes what waits and ends.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<RecordReport> {
        if !self.waiting.is_empty() {
            self.write_piece()?;
        }
        Ok(self.report)
    }
}

fn refused(series: &str, place: u64, what: &str) -> Error {
    Error::Row {
        series: series.to_owned(),
        place,
        what: what.to_owned(),
    }
}
