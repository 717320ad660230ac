//! What rows of a table need to know of the series that they are of.

use std::collections::BTreeMap;
use std::path::Path;

use onetape_core::time::{Span, Ts};

use super::csv::CsvRow;
use super::infer::{self, Decimals};
use super::report::SeriesReport;
use super::text::line_error;
use crate::catalog::{Row, RowSink as _, Series, Transaction};
use crate::error::{Error, Result};

/// How far a stamp may lie before an earlier row's: more is no jitter, but a file that is not sorted.
const BACK_MAX: Span = Span::from_millis(1_000);

const MEND: &str = "mend or remove the line";

/// Decimals of the series that are not defined, gathered over all sources of a call before any is read.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<Series, Decimals>);

impl Seen {
    /// The decimals of a series, to be added to. What holds no traded prices adds [`infer::OF_MARKS`].
    pub(super) fn of(&mut self, series: Series) -> &mut Decimals {
        self.0.entry(series).or_default()
    }
}

/// A series while a source with rows of it is read.
pub(super) struct Entered {
    pub(super) series: Series,
    pub(super) scale: Decimals,
    pub(super) report: SeriesReport,
    /// True for a future whose quantities are in the base asset.
    pub(super) is_linear: bool,
    latest: Ts,
    stored: u64,
}

impl Entered {
    /// A series by its definition, or by one that is made from what was seen. `contract` is `spot` or `linear`
    /// where the source tells; other contracts must be defined.
    pub(super) fn new(
        series: Series,
        contract: Option<&str>,
        seen: &Seen,
        row: &CsvRow<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<Self> {
        let name = series.instrument();
        let undefined = || {
            let what =
                format!("{name} is not defined, and data does not tell what its contract is");
            row.error(what, "define it first by `data import instruments`")
        };
        if to.definition(&series).is_none() {
            let contract = contract.ok_or_else(undefined)?;
            let seen = seen.0.get(&series).copied().unwrap_or(infer::OF_MARKS);
            let record = infer::define_as(&series.venue, contract, &series.symbol, seen);
            (to.define(record)).map_err(|why| row.error(why.to_string(), MEND))?;
        }
        let record = to.definition(&series).ok_or_else(undefined)?;
        Ok(Self {
            scale: Decimals {
                price: record.price_decimals,
                qty: record.qty_decimals,
            },
            report: SeriesReport {
                instrument: name,
                inferred: record.inferred,
                ..SeriesReport::default()
            },
            is_linear: record.kind == "linear",
            latest: Ts::UNKNOWN,
            stored: 0,
            series,
        })
    }

    /// Rows that were stored.
    pub(super) const fn stored(&self) -> u64 {
        self.stored
    }

    /// Stores a row of a file. Rows come in the order of their time.
    pub(super) fn store(&mut self, row: Row, path: &Path, to: &mut Transaction<'_>) -> Result<()> {
        let (ts, line) = (row.ts(), row.place());
        if self.latest.is_known() && self.latest.since(ts) > BACK_MAX {
            let back = self.latest.since(ts).nanos() / 1_000_000_000;
            let what = format!("its time is {back} s before that of a line above it");
            return Err(line_error(path, line, what, "sort the file by time"));
        }
        self.latest = self.latest.max(ts);
        self.stored += 1;
        to.row(&self.series, row).map_err(|why| match why {
            Error::Row { what, .. } => line_error(path, line, what, MEND),
            other => other,
        })
    }
}
