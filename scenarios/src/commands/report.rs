//! `onetape report`: the profit report of a recorded run, from its journal.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_core::journal::Record;
use onetape_data::journal::JournalFile;
use onetape_reports::{Fold, Report, RunFacts, RunReport, Timelines, to_html, to_text};

use super::report_returns::{self, StatisticsArgs};

/// `onetape report …`
#[derive(Clone, Debug, clap::Args)]
pub struct ReportArgs {
    /// Folder of the run, as backtest and demo leave it.
    #[arg(required_unless_present = "returns")]
    pub run: Option<PathBuf>,
    /// Write the page here.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
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
    let report = read(folder, err)?;
    let facts = facts(folder, &report)?;
    if let Some(path) = &args.html {
        let timelines = timelines(folder, Timelines::of(&report))?;
        let html = to_html(&report, &facts, &timelines)?;
        fs::write(path, html)
            .with_context(|| format!("{}: the page cannot be written", path.display()))?;
    }
    if args.json {
        let document = RunReport {
            facts: &facts,
            report: &report,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        write!(out, "{}", to_text(&report))?;
    }
    Ok(0)
}

/// Folds the journal of a run's folder. A torn end is told on stderr: what was cut is in no number.
fn read(run: &Path, err: &mut dyn Write) -> anyhow::Result<Report> {
    let mut journal = JournalFile::open(run)?;
    let mut fold = Fold::new();
    for entry in journal.by_ref() {
        let entry = entry?;
        match &entry.body {
            Record::Event(event) => fold.event(entry.seq, event),
            Record::Decision(decision) => fold.decision(decision),
        }
    }
    if let Some(tail) = journal.tail() {
        let (path, offset, bytes) = (tail.path.display(), tail.offset, tail.bytes);
        writeln!(
            err,
            "warning: {path}: the last {bytes} bytes, from byte {offset} on, are a torn record and are left out"
        )?;
    }
    Ok(fold.finish())
}

/// Collects timelines from the journal of a run's folder.
///
/// # Errors
/// When the journal cannot be read.
pub fn timelines(run: &Path, mut timelines: Timelines) -> anyhow::Result<Timelines> {
    for entry in JournalFile::open(run)? {
        let entry = entry?;
        match &entry.body {
            Record::Event(event) => timelines.event(entry.seq, event),
            Record::Decision(decision) => timelines.decision(decision),
        }
    }
    Ok(timelines)
}

/// What `run.json` knows besides; a run without one has its journal alone.
fn facts(run: &Path, report: &Report) -> anyhow::Result<RunFacts> {
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
