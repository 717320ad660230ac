//! `onetape report`: the profit report of a recorded run, from its journal.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_core::journal::Record;
use onetape_data::journal::JournalFile;
use onetape_reports::{Report, RunFacts, Timelines, to_html, to_text, write_json_beside};

use super::report_compare;
use super::report_fold::read;
use super::report_returns::{self, StatisticsArgs};
use super::report_tables::{self, Format};
use super::report_trade::{self, Trade};
use crate::two::Two;

/// `onetape report …`
#[derive(Clone, Debug, clap::Args)]
pub struct ReportArgs {
    /// Folder of the run, as backtest and demo leave it.
    #[arg(required_unless_present = "returns")]
    pub run: Option<PathBuf>,
    /// Folder of another run: both side by side, and what the gap between their nets is made of.
    #[arg(value_name = "OTHER", conflicts_with_all = ["csv", "parquet", "trade"])]
    pub other: Option<PathBuf>,
    /// Put both runs on one time, found from the market that both saw: a local exchange plays a tape at other times than
    /// it was recorded at.
    #[arg(long, requires = "other")]
    pub align: bool,
    /// Write the page here.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
    /// Write tables into this folder as CSV: trades, fills, equity, attribution, ledger, curve, days, parts.
    #[arg(long, value_name = "DIR")]
    pub csv: Option<PathBuf>,
    /// Write the same tables into this folder as Parquet.
    #[arg(long, value_name = "DIR")]
    pub parquet: Option<PathBuf>,
    /// Show one round trip: its number, or TASK:NUMBER, with the books, reasons and events behind it.
    #[arg(long, value_name = "N", conflicts_with_all = ["returns", "html", "csv", "parquet"])]
    pub trade: Option<Trade>,
    /// What statistics assume.
    #[command(flatten)]
    pub statistics: StatisticsArgs,
}

/// Runs the command.
///
/// # Errors
/// When the journal or the record of the run cannot be read, or the page not be written.
pub fn run(args: &ReportArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
    let folder = match (&args.run, &args.statistics.returns) {
        (_, Some(path)) => return report_returns::run(path, &args.statistics, args.json, out),
        (Some(folder), None) => folder,
        (None, None) => {
            anyhow::bail!("name the folder of a run, or a file of returns by --returns")
        }
    };
    let assume = args.statistics.assumptions();
    if let Some(other) = &args.other {
        let page = args.html.as_deref();
        let align = args.align;
        return report_compare::run([folder, other], assume, align, page, args.json, out, err);
    }
    let two = Two::start()?;
    let mut report = read(folder, assume, &two, err)?;
    if let Some(wanted) = &args.trade {
        return report_trade::run(folder, &report, wanted, args.json, out);
    }
    let tables = [(&args.csv, Format::Csv), (&args.parquet, Format::Parquet)];
    let tables = || {
        tables
            .into_iter()
            .filter_map(|(dir, format)| Some((dir.as_deref()?, format)))
    };
    for (dir, format) in tables() {
        report_tables::write(folder, &report, dir, format)?;
    }
    let facts = facts(folder, &report)?;
    if let Some(path) = &args.html {
        let timelines = timelines(folder, Timelines::of(&report))?;
        let html = to_html(&report, &facts, &timelines)?;
        fs::write(path, html)
            .with_context(|| format!("{}: the page cannot be written", path.display()))?;
    }
    if args.json {
        let mut out = BufWriter::new(out);
        write_json_beside(&mut out, &facts, &mut report, &two)?;
        writeln!(out)?;
        out.flush()?;
    } else {
        write!(out, "{}", to_text(&report))?;
        for (dir, format) in tables() {
            writeln!(out, "{}", report_tables::told(dir, format))?;
        }
    }
    Ok(0)
}

/// Collects timelines from the journal of a run's folder.
///
/// # Errors
/// When the journal cannot be read.
pub fn timelines(run: &Path, mut timelines: Timelines) -> anyhow::Result<Timelines> {
    for entry in JournalFile::open(run)?.with_marks() {
        let entry = entry?;
        match &entry.body {
            Record::Event(event) => timelines.event(entry.seq, event),
            Record::Decision(decision) => timelines.decision(decision),
            Record::Marks(marks) => timelines.marks(marks),
        }
    }
    Ok(timelines)
}

/// What `run.json` knows besides; a run without one has its journal alone.
pub(super) fn facts(run: &Path, report: &Report) -> anyhow::Result<RunFacts> {
    let path = run.join("run.json");
    let mut facts = match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).with_context(|| {
            format!(
                "{}: is not a run record; restore it, or move it away",
                path.display()
            )
        })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => RunFacts::default(),
        Err(error) => {
            return Err(error).with_context(|| format!("{}: cannot be read", path.display()));
        }
    };
    if let Some(known) = &report.run {
        facts.run_id.clone_from(&known.id);
        facts.scenario.clone_from(&known.scenario);
    }
    Ok(facts)
}
