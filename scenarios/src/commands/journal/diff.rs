//! `onetape journal diff RUN_A RUN_B`: the first place at which two journals differ.

use std::io::Write;
use std::path::{Path, PathBuf};

use onetape_core::journal::Record;
use onetape_data::journal::{Entry, JournalFile, JournalFileError};
use serde_json::{Value, json};

use super::known::Known;
use super::render::Line;
use super::report_tail;

/// Exit code when the journals differ.
pub const DIFFERENT: u8 = 3;

/// `onetape journal diff RUN_A RUN_B [--decisions] [--json]`
#[derive(Clone, Debug, clap::Args)]
pub struct DiffArgs {
    /// Folder of one run.
    pub run_a: PathBuf,
    /// Folder of the other.
    pub run_b: PathBuf,
    /// Compare decisions alone, whatever the runs started from.
    #[arg(long)]
    pub decisions: bool,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// What is compared with its like, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Decisions,
    Events,
    Market,
}

impl Class {
    const fn name(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Events => "events",
            Self::Market => "market events",
        }
    }

    fn has(self, record: &Record) -> bool {
        match record {
            Record::Decision(_) => self == Self::Decisions,
            // They follow from the rest, and are not read here.
            Record::Marks(_) => false,
            Record::Event(event) => {
                self == (if event.body.is_market() {
                    Self::Market
                } else {
                    Self::Events
                })
            }
        }
    }
}

/// The entries of one class of a journal, with what is known when each is read.
struct Side {
    journal: JournalFile,
    known: Known,
    class: Class,
    count: u64,
}

impl Side {
    fn open(run: &Path, class: Class) -> Result<Self, JournalFileError> {
        Ok(Self {
            journal: JournalFile::open(run)?,
            known: Known::default(),
            class,
            count: 0,
        })
    }

    fn next(&mut self) -> Result<Option<Entry>, JournalFileError> {
        for entry in self.journal.by_ref() {
            let entry = entry?;
            self.known.learn(&entry.body);
            if self.class.has(&entry.body) {
                self.count += 1;
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }
}

/// One entry of each journal that should be the same.
struct Difference {
    seq: u64,
    a: Option<Line>,
    b: Option<Line>,
}

/// What came of comparing one class.
struct Comparison {
    class: Class,
    count_a: u64,
    count_b: u64,
    hash_a: u128,
    hash_b: u128,
    first: Option<Difference>,
}

impl Comparison {
    /// Market events are recorded by reference unless a run was asked for more: then there is nothing to compare.
    const fn is_one_sided(&self) -> bool {
        matches!(self.class, Class::Market) && (self.count_a == 0) != (self.count_b == 0)
    }

    const fn differs(&self) -> bool {
        self.first.is_some() && !self.is_one_sided()
    }
}

fn compare(args: &DiffArgs, class: Class, err: &mut dyn Write) -> anyhow::Result<Comparison> {
    let mut a = Side::open(&args.run_a, class)?;
    let mut b = Side::open(&args.run_b, class)?;
    let mut first = None;
    loop {
        let (left, right) = (a.next()?, b.next()?);
        let same = match (&left, &right) {
            (None, None) => break,
            (Some(left), Some(right)) => left.seq == right.seq && left.body == right.body,
            _ => false,
        };
        if !same && first.is_none() {
            let seqs = left.iter().chain(&right).map(|entry| entry.seq.0);
            first = Some(Difference {
                seq: seqs.min().unwrap_or(0),
                a: left.map(|entry| Line::new(&entry, &a.known)),
                b: right.map(|entry| Line::new(&entry, &b.known)),
            });
        }
    }
    if class == Class::Decisions {
        report_tail(a.journal.tail(), err)?;
        report_tail(b.journal.tail(), err)?;
    }
    Ok(Comparison {
        class,
        count_a: a.count,
        count_b: b.count,
        hash_a: a.journal.decisions_hash(),
        hash_b: b.journal.decisions_hash(),
        first,
    })
}

/// Runs the command; returns the exit code: 0 when the journals are equal, [`DIFFERENT`] when not. Both are read
/// to their ends, so damage anywhere is found.
///
/// # Errors
/// When a journal is damaged or missing, or `out` cannot be written.
pub fn run(args: &DiffArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
    let classes: &[Class] = if args.decisions {
        &[Class::Decisions]
    } else {
        &[Class::Events, Class::Decisions, Class::Market]
    };
    let mut comparisons = Vec::new();
    for &class in classes {
        comparisons.push(compare(args, class, err)?);
    }
    let different = comparisons.iter().any(Comparison::differs);
    if args.json {
        writeln!(out, "{}", document(&comparisons, different))?;
    } else {
        for comparison in &comparisons {
            print(comparison, out)?;
        }
        let verdict = if different { "different" } else { "equal" };
        writeln!(out, "{verdict}")?;
    }
    Ok(if different { DIFFERENT } else { 0 })
}

fn print(comparison: &Comparison, out: &mut dyn Write) -> anyhow::Result<()> {
    let Comparison {
        class,
        count_a,
        count_b,
        ..
    } = comparison;
    let name = class.name();
    if comparison.is_one_sided() {
        writeln!(
            out,
            "{name}: {count_a} and {count_b}, not compared: one journal has them by reference"
        )?;
        return Ok(());
    }
    let Some(first) = &comparison.first else {
        writeln!(out, "{name}: {count_a}, all equal")?;
        return Ok(());
    };
    writeln!(
        out,
        "{name}: {count_a} and {count_b}, the first difference is at event {}",
        first.seq
    )?;
    for (side, line) in [("A", &first.a), ("B", &first.b)] {
        let text = line
            .as_ref()
            .map_or_else(|| "nothing more".to_string(), Line::text);
        writeln!(out, "  {side}  {text}")?;
    }
    if let Some(names) = differing(first) {
        writeln!(out, "  they differ in {}", names.join(", "))?;
    }
    Ok(())
}

fn differing(first: &Difference) -> Option<Vec<String>> {
    let names = first.a.as_ref()?.differences(first.b.as_ref()?);
    (!names.is_empty()).then_some(names)
}

fn document(comparisons: &[Comparison], different: bool) -> Value {
    let mut object = serde_json::Map::new();
    object.insert("equal".to_string(), json!(!different));
    for comparison in comparisons {
        let first = comparison.first.as_ref().filter(|_| comparison.differs());
        let mut value = json!({
            "a": comparison.count_a,
            "b": comparison.count_b,
            "compared": !comparison.is_one_sided(),
            "first_difference": first.map(|first| json!({
                "seq": first.seq,
                "a": first.a.as_ref().map(Line::json),
                "b": first.b.as_ref().map(Line::json),
                "fields": differing(first),
            })),
        });
        if comparison.class == Class::Decisions {
            value["hash_a"] = json!(format!("{:032x}", comparison.hash_a));
            value["hash_b"] = json!(format!("{:032x}", comparison.hash_b));
        }
        object.insert(comparison.class.name().replace(' ', "_"), value);
    }
    Value::Object(object)
}
