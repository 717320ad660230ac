//! Tables of a run as files: `--csv DIR` and `--parquet DIR` of `onetape report`.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_core::journal::Record;
use onetape_data::journal::JournalFile;
use onetape_reports::Report;
use onetape_reports::tables::{self, Csv, Parquet, Running, RunningSinks, Sink, Table, TableError};

/// What the files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Parquet,
}

impl Format {
    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// Files in the making: each stands under its name when all of them are complete.
struct Making<'a> {
    dir: &'a Path,
    format: Format,
}

impl Making<'_> {
    fn partial(&self, table: &Table) -> PathBuf {
        let (name, ending) = (table.name, self.format.ending());
        self.dir.join(format!(".{name}.{ending}.partial"))
    }

    fn begin(&self, table: &Table) -> anyhow::Result<Box<dyn Sink>> {
        let path = self.partial(table);
        let shown = || format!("{}: cannot be written", path.display());
        let out = BufWriter::new(File::create(&path).with_context(shown)?);
        Ok(match self.format {
            Format::Csv => Box::new(Csv::begin(out, table).with_context(shown)?),
            Format::Parquet => Box::new(Parquet::begin(out, table).with_context(shown)?),
        })
    }

    /// A table of what the report has.
    fn table(
        &self,
        table: &Table,
        report: &Report,
        fill: fn(&Report, &mut dyn Sink) -> Result<(), TableError>,
    ) -> anyhow::Result<()> {
        let mut sink = self.begin(table)?;
        fill(report, &mut *sink)
            .and_then(|()| sink.finish())
            .with_context(|| format!("{}: table {}", self.dir.display(), table.name))
    }

    fn complete(&self) -> anyhow::Result<()> {
        for table in &tables::ALL {
            let path = self
                .dir
                .join(format!("{}.{}", table.name, self.format.ending()));
            fs::rename(self.partial(table), &path)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        Ok(())
    }
}

/// Writes every table of a run into a folder.
pub(super) fn write(run: &Path, report: &Report, dir: &Path, format: Format) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("{}: cannot be made", dir.display()))?;
    let making = Making { dir, format };
    let made = make(run, report, &making);
    if made.is_err() {
        for table in &tables::ALL {
            // What is not there need not go.
            let _ = fs::remove_file(making.partial(table));
        }
    }
    made
}

/// What was written where, in a line.
pub(super) fn told(dir: &Path, format: Format) -> String {
    let names: Vec<&str> = tables::ALL.iter().map(|table| table.name).collect();
    let (names, ending) = (names.join(", "), format.ending());
    format!("tables {names} as {ending} in {}", dir.display())
}

fn make(run: &Path, report: &Report, making: &Making<'_>) -> anyhow::Result<()> {
    making.table(&tables::TRADES, report, tables::trades)?;
    making.table(&tables::EQUITY, report, tables::equity)?;
    making.table(&tables::ATTRIBUTION, report, tables::attribution)?;
    making.table(&tables::CURVE, report, tables::curve)?;
    making.table(&tables::DAYS, report, tables::days)?;
    making.table(&tables::PARTS, report, tables::parts)?;
    let mut running = Running::new(RunningSinks {
        fills: making.begin(&tables::FILLS)?,
        ledger: making.begin(&tables::LEDGER)?,
    });
    let written = || format!("{}: tables fills and ledger", making.dir.display());
    for entry in JournalFile::open(run)? {
        let entry = entry?;
        match &entry.body {
            Record::Event(event) => running.event(entry.seq, event).with_context(written)?,
            Record::Decision(decision) => running.decision(decision),
            Record::Marks(_) => {}
        }
    }
    running.finish().with_context(written)?;
    making.complete()
}
