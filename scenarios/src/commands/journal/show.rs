//! `onetape journal show RUN`: a journal, one line an entry.

use std::io::{self, Write};
use std::path::PathBuf;

use onetape_core::journal::Kind;
use onetape_data::journal::{Entry, JournalFile};

use super::known::Known;
use super::render::Line;
use super::report_tail;

/// `onetape journal show RUN [--from SEQ] [--to SEQ] [--kind KIND] [--marks] [--json]`
#[derive(Clone, Debug, clap::Args)]
pub struct ShowArgs {
    /// Folder of the run, as backtest and demo leave it.
    pub run: PathBuf,
    /// First event to show, by its sequence number.
    #[arg(long, value_name = "SEQ")]
    pub from: Option<u64>,
    /// Last event to show.
    #[arg(long, value_name = "SEQ")]
    pub to: Option<u64>,
    /// Show events, decisions or tops of book alone.
    #[arg(long)]
    pub kind: Option<KindArg>,
    /// Show the tops of book too that were noted beside events and decisions.
    #[arg(long)]
    pub marks: bool,
    /// Print one JSON document on stdout: an array of entries.
    #[arg(long)]
    pub json: bool,
}

/// Which entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KindArg {
    /// What happened.
    Event,
    /// What was decided.
    Decision,
    /// Tops of book that were noted beside both.
    Marks,
}

impl ShowArgs {
    fn wants(&self, entry: &Entry) -> bool {
        let kind = match self.kind {
            None => true,
            Some(KindArg::Event) => entry.body.kind() == Kind::Event,
            Some(KindArg::Decision) => entry.body.kind() == Kind::Decision,
            Some(KindArg::Marks) => entry.body.kind() == Kind::Marks,
        };
        let seq = entry.seq.0;
        kind && self.from.is_none_or(|from| seq >= from) && self.to.is_none_or(|to| seq <= to)
    }
}

/// Runs the command; returns the exit code. Entries go to `out`, what was cut off at the end is said on `err`.
///
/// # Errors
/// When the journal is damaged or missing, or `out` cannot be written. A reader of `out` that has seen enough is
/// no error.
pub fn run(args: &ShowArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
    match show(args, out, err) {
        Err(error) if is_broken_pipe(&error) => Ok(0),
        done => done.map(|()| 0),
    }
}

fn show(args: &ShowArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(out);
    let mut journal = JournalFile::open(&args.run)?;
    if args.marks || args.kind == Some(KindArg::Marks) {
        journal = journal.with_marks();
    }
    let mut known = Known::default();
    let mut separator = "[\n";
    for entry in journal.by_ref() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                // What is good before the damage is shown.
                out.flush()?;
                return Err(error.into());
            }
        };
        known.learn(&entry.body);
        if !args.wants(&entry) {
            continue;
        }
        let line = Line::new(&entry, &known);
        if args.json {
            write!(out, "{separator}{}", line.json())?;
            separator = ",\n";
        } else {
            writeln!(out, "{}", line.text())?;
        }
    }
    match (args.json, separator) {
        (true, "[\n") => writeln!(out, "[]")?,
        (true, _) => writeln!(out, "\n]")?,
        (false, _) => {}
    }
    out.flush()?;
    report_tail(journal.tail(), err)?;
    Ok(())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
