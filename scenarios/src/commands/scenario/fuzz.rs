//! `onetape scenario fuzz`: many seeds of faults over one scenario, or over each of several.

use std::io::Write;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;
use onetape_data::tape::Tape;

use super::page;
use super::sums::{Missed, Sums};
use crate::commands::backtest::{cards, check};
use crate::commands::config::ScenarioArgs;
use crate::commands::time_text;
use crate::run::{Fuzz, Held, Prepared, Seeded};
use crate::scenario::load;

/// Exit code of a check that found a difference.
const BROKEN: u8 = 3;
/// Before the end of the tape nothing new goes wrong, so that what went wrong before is mended by then.
const CALM: Span = Span::from_millis(60_000);

/// `onetape scenario fuzz …`
#[derive(Clone, Debug, clap::Args)]
pub struct FuzzArgs {
    /// Scenario files, in TOML: each is run with every seed.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the command line changes, in every file.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// Seeds: so many from 0, or those from A up to but not B.
    #[arg(long, value_name = "N|A..B", value_parser = seeds)]
    pub seeds: Range<u64>,
    /// How many run at a time; as many as there are cores when not given. The output does not depend on it.
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Fail also where the faults missed something or the strategies were slow: a cell of the matrix that can be hit
    /// and was not; of a scenario by itself 5 % or more of the tasks quarantined, a time to band after a single fault above
    /// 500 ms (p99 of at least 100) or 2 s (most), or a leg that met 1,000 faults in a role and no reject, partial fill,
    /// timeout, duplicate, late fill, disconnect or unknown order among them.
    #[arg(long)]
    pub strict: bool,
    /// Print also which orders the faults met: by leg, and by what the order was for.
    #[arg(long)]
    pub legs: bool,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// What came of one scenario.
pub(super) struct One<'a> {
    /// Its file.
    pub(super) file: &'a Path,
    /// Over its seeds.
    pub(super) sums: Sums,
    /// What runs its first seed again that broke a rule.
    pub(super) again: Option<String>,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.parse::<u64>().ok();
    let range = match text.split_once("..") {
        Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| from..to),
        None => number(text).map(|count| 0..count),
    };
    range.filter(|range| !range.is_empty()).ok_or_else(|| {
        "is neither a number of seeds nor a range; write --seeds 100 or --seeds 17..18".into()
    })
}

/// Runs the command.
///
/// # Errors
/// When the scenario or its data is not right, or nothing can go wrong in it.
pub(in crate::commands) fn run(
    args: &FuzzArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let cards = cards(registry);
    let mut all = Vec::new();
    for file in &args.files {
        let one = fuzzed(args, file, registry, &cards);
        all.push(one.with_context(|| file.display().to_string())?);
    }
    let mut total = Sums::default();
    for one in &all {
        total.merge(&one.sums);
    }
    let mut missed: Vec<Missed> = total.missed_cells().into_iter().collect();
    for one in &all {
        let of_it = |Missed(what)| Missed(format!("{}: {what}", one.file.display()));
        missed.extend(one.sums.missed().into_iter().map(of_it));
    }
    if args.json {
        writeln!(out, "{:#}", page::document(&all, &total, &missed, args))?;
    } else {
        write!(out, "{}", page::text(&all, &total, &missed, args))?;
    }
    let fails = total.failed() > 0 || args.strict && !missed.is_empty();
    Ok(if fails { BROKEN } else { 0 })
}

/// Runs every seed over one scenario.
fn fuzzed<'a>(
    args: &FuzzArgs,
    file: &'a Path,
    registry: &[StrategySpec],
    cards: &[StrategyCard],
) -> anyhow::Result<One<'a>> {
    let mut options = args.changes.options();
    options.sets.push("faults.swarm=true".into());
    let loaded = load(file, &options, cards)?;
    let catalog = Catalog::open(loaded.catalog()?)?;
    check(&loaded, cards, &catalog)?;
    let scenario = &loaded.scenario;
    let prepared = Prepared::new(scenario, &catalog, registry)?;
    let held = Held::read(Tape::open(&catalog, &prepared.request)?)?;
    let mut faults = scenario.faults.clone().unwrap_or_default();
    let given = faults.until;
    let until = *faults.until.get_or_insert_with(|| calm_from(&held));
    let fuzz = Fuzz::new(&prepared, &held, faults);
    let threads = args
        .threads
        .or_else(|| std::thread::available_parallelism().ok());
    let threads = threads.map_or(1, NonZeroUsize::get);
    let mut sums = Sums::default();
    for seeded in run_all(&fuzz, args.seeds.clone(), threads)? {
        sums.add(seeded);
    }
    let again = Again {
        args,
        file,
        until: given.is_none().then_some(until),
    };
    let again = sums.first_failed().map(|seeded| again.command(seeded));
    Ok(One { file, sums, again })
}

/// A minute before the end of the tape, or a third of it where it is short.
fn calm_from(held: &Held) -> Ts {
    let whole = held.last().since(held.first());
    let calm = CALM.min(Span::from_nanos(whole.nanos() / 3));
    held.last() - calm
}

/// Every seed, in their order. Threads take the next one that nobody has.
fn run_all(fuzz: &Fuzz<'_>, seeds: Range<u64>, threads: usize) -> anyhow::Result<Vec<Seeded>> {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut mine = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return mine;
            }
            mine.push((seed, fuzz.run(seed)));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::new();
        for thread in threads {
            match thread.join() {
                Ok(mine) => all.extend(mine),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(seed, _)| *seed);
    let seeded = |(seed, result): (u64, anyhow::Result<Seeded>)| {
        result.with_context(|| format!("seed {seed} cannot be run"))
    };
    all.into_iter().map(seeded).collect()
}

/// How to make one of the runs again.
struct Again<'a> {
    args: &'a FuzzArgs,
    file: &'a Path,
    until: Option<Ts>,
}

impl Again<'_> {
    /// The one command that makes a seed's run again, with its journal.
    fn command(&self, seeded: &Seeded) -> String {
        let mut words = vec![
            "onetape backtest".to_string(),
            quoted(&self.file.display().to_string()),
        ];
        let changes = &self.args.changes;
        if let Some(catalog) = &changes.catalog {
            words.push(format!(
                "--catalog {}",
                quoted(&catalog.display().to_string())
            ));
        }
        if changes.allow_negative_edge {
            words.push("--allow-negative-edge".into());
        }
        let mut sets: Vec<String> = changes.sets.clone();
        sets.push("faults.swarm=true".into());
        sets.push(format!("faults.seed={}", seeded.seed));
        if seeded.redraw > 0 {
            sets.push(format!("faults.redraw={}", seeded.redraw));
        }
        if let Some(until) = self.until {
            sets.push(format!("faults.until={}", time_text(until)));
        }
        words.extend(sets.iter().map(|set| format!("--set {}", quoted(set))));
        words.join(" ")
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_number_or_a_range() {
        assert_eq!(seeds("20"), Ok(0..20));
        assert_eq!(seeds("5..8"), Ok(5..8));
        for wrong in ["0", "8..8", "9..8", "x", "1..", "-3", ""] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_are_quoted_for_a_shell_where_they_must_be() {
        assert_eq!(quoted("faults.seed=7"), "faults.seed=7");
        assert_eq!(quoted("my file"), "'my file'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
