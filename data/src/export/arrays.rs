//! One event array a series: depth and trades in the order of receipt, or quotes where there is no depth.

use onetape_core::event::Level;

use super::clocks::TwoClocks;
use super::depth::{Shaper, side_flag};
use super::files::Files;
use super::npy::{ArrayRow, Npy};
use super::{ExportRequest, ExportedFile};
use crate::catalog::{Catalog, InstrumentRecord, Kind, Row};
use crate::error::{Error, Result};
use crate::import::hftbacktest::flags::TRADE;
use crate::tape::Rows;

/// Messages between two words on progress.
const STEP: u64 = 4_096;

pub(super) fn write(
    catalog: &Catalog,
    record: &InstrumentRecord,
    kinds: &[Kind],
    request: &ExportRequest,
    files: &mut Files,
    step: &mut dyn FnMut(u64),
) -> Result<ExportedFile> {
    let series = record.series();
    let mut lanes = Vec::new();
    let mut delay_max = 0;
    for kind in kinds {
        // One of them makes the book.
        if *kind == Kind::Quote && kinds.contains(&Kind::Depth) {
            continue;
        }
        let delays = catalog
            .files(&series, *kind)
            .into_iter()
            .filter_map(|file| file.delay_ns);
        delay_max = delays.map(|(_, longest)| longest).fold(delay_max, i64::max);
        lanes.push(match kind {
            Kind::Depth => Rows::open_depth_seeded(catalog, &series, request.from, request.to)?,
            kind => Rows::open(catalog, &series, *kind, request.from, request.to)?,
        });
    }
    let name = format!("{}_{}.npy", record.venue, record.symbol);
    let mut array = Array {
        to: Npy::begin(files.create(&name)?)?,
        clocks: TwoClocks::new(delay_max),
        shaper: Shaper::new(record),
        rows: Vec::new(),
        file: ExportedFile {
            name,
            instrument: record.name(),
            ..ExportedFile::default()
        },
    };
    while let Some(row) = next(&mut lanes)? {
        array.take(row)?;
        if array.file.messages.is_multiple_of(STEP) {
            step(STEP);
        }
    }
    step(array.file.messages % STEP);
    array.finish()
}

/// The next row of all lanes, by receive time and place.
fn next(lanes: &mut [Rows]) -> Result<Option<Row>> {
    let heads = lanes.iter().enumerate();
    let first = heads
        .filter_map(|(at, lane)| lane.head().map(|head| (head, at)))
        .min();
    match first {
        Some((_, at)) => lanes[at].next_row(),
        None => Ok(None),
    }
}

struct Array {
    to: Npy,
    clocks: TwoClocks,
    shaper: Shaper,
    /// Rows of the message at hand.
    rows: Vec<ArrayRow>,
    file: ExportedFile,
}

impl Array {
    fn take(&mut self, row: Row) -> Result<()> {
        let local = row.ts().nanos();
        let venue = row.ts_venue().map(onetape_core::time::Ts::nanos);
        let stamps = (venue.unwrap_or(local), local);
        self.file.messages += 1;
        self.file.unstamped += u64::from(venue.is_none());
        match row {
            Row::Depth(row) => self.shaper.depth(row, stamps, &mut self.rows),
            Row::Quote(row) => self.shaper.quote(row, stamps, &mut self.rows),
            Row::Trade(row) => {
                let (price, qty) = (row.price, row.qty);
                let ev = TRADE | side_flag(row.aggressor);
                self.rows
                    .push(self.shaper.row(ev, stamps, Level { price, qty }));
            }
            _ => {}
        }
        let mut rows = std::mem::take(&mut self.rows);
        for row in rows.drain(..) {
            self.file.early += u64::from(row.exch_ts > row.local_ts);
            if self.clocks.is_too_late(&row) {
                return Err(Error::Request {
                    what: format!(
                        "{} has messages whose venue time goes back by more than any message was delayed",
                        self.file.instrument
                    ),
                    fix: "export the time before and after them, with --from and --to".to_string(),
                });
            }
            self.clocks.push(row);
        }
        // Its room is used again.
        self.rows = rows;
        self.write_certain(false)
    }

    fn write_certain(&mut self, end: bool) -> Result<()> {
        while let Some(row) = self.clocks.pop(end) {
            self.to.put(&row)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ExportedFile> {
        self.write_certain(true)?;
        Ok(ExportedFile {
            rows: self.to.rows(),
            unsynced: self.shaper.unsynced,
            bytes: self.to.finish()?,
            ..self.file
        })
    }
}
