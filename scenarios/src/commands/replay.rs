//! `onetape replay`: prove a recorded run, stop at a moment, ask what if.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use onetape_core::decision::{Decision, Number, Value};
use onetape_core::event::Seq;
use onetape_core::journal::Record;
use onetape_core::names::TaskId;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::Ts;
use onetape_data::journal::JournalFile;
use serde_json::json;

use super::backtest::cards;
use super::moment;
use crate::run::{
    BUILD, Difference, Proved, ProvedTo, Recorded, Refold, RunRecord, Stop, facts, open_recorded,
    prove, simulate,
};

/// Exit code of a check that found a difference.
const DIFFERENT: u8 = 3;

/// `onetape replay …`
#[derive(Clone, Debug, clap::Args)]
pub struct ReplayArgs {
    /// Folder of the run, as backtest and demo leave it.
    pub run: PathBuf,
    /// Compare each decision with the recorded one; exit 3 at the first that differs.
    #[arg(long)]
    pub verify: bool,
    /// Stop at this moment (2024-08-08T23:54:14.5Z, or nanoseconds since 1970) and tell how things stand.
    #[arg(long, value_name = "T", value_parser = moment)]
    pub until: Option<Ts>,
    /// Change a value and simulate again; with --verify, decide with it and compare.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// The catalogue, where it is no longer where it was when the run was made.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// Fold a run that was made with --record again without its journal: its market from this catalogue, all else from
    /// its account files. With --verify, exit 3 unless the decisions are the run's.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["until", "sets", "catalog"])]
    pub market: Option<PathBuf>,
    /// With --market: prove a recording that breaks off, as after a kill, as far as its account file and its market both
    /// go, and tell how far that is.
    #[arg(long, requires = "market")]
    pub up_to_end_of_record: bool,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command; exit code 3 when a decision differs.
///
/// # Errors
/// When the journal is damaged, the tape is not the recorded one, or a change is not valid.
pub fn run(
    args: &ReplayArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let cards = cards(registry);
    if let Some(market) = &args.market {
        let to_end = args.up_to_end_of_record;
        let proved = prove(&args.run, market, to_end, registry, &cards)?;
        return judge(&proved, args, market, out);
    }
    let recorded = open_recorded(&args.run, args.catalog.as_deref(), &args.sets, &cards)?;
    let prepared = recorded.prepare(registry)?;
    if !args.sets.is_empty() && !args.verify {
        let outcome = simulate(&prepared, recorded.tape(&prepared)?, args.until)?;
        let facts = facts(&outcome, &recorded.loaded.scenario.name, "");
        super::backtest::print(&outcome, &facts, None, args.json, out)?;
        return Ok(0);
    }
    let mut refold = recorded.refold(&prepared)?;
    if let Some(snapshot) = &recorded.begins_at {
        writeln!(
            err,
            "note: the first segments of the journal were dropped; this begins at the snapshot of event {}",
            snapshot.place.resume.last.0
        )?;
    }
    let stop = args.until.map_or(Stop::End, Stop::At);
    let difference = refold.run(stop, args.verify)?;
    if difference.is_none() && stop == Stop::End {
        check_end(&recorded, &refold, args.verify, err)?;
    }
    if args.json {
        writeln!(out, "{:#}", document(&refold, difference.as_ref(), args))?;
    } else {
        write!(out, "{}", words(&refold, difference.as_ref(), args))?;
    }
    Ok(if difference.is_some() { DIFFERENT } else { 0 })
}

/// Tells what a run came to that was folded again without its journal; with `--verify`, whether it is what the run
/// itself came to.
fn judge(
    proved: &Proved,
    args: &ReplayArgs,
    market: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let of_run = match &proved.cut {
        // Who does not compare needs no journal.
        Some(cut) if args.verify => journaled(&args.run, cut.next)?,
        Some(_) => String::new(),
        None => {
            let record = RunRecord::read(&args.run)?;
            record.decisions_so_far.unwrap_or(record.decisions_hash)
        }
    };
    if args.verify && of_run.is_empty() {
        bail!(
            "{}: run.json has no hash of decisions, because the run was cut short; go on with it first",
            args.run.display()
        );
    }
    let same = of_run == proved.decisions_hash;
    if args.json {
        let document = json!({
            "verified": args.verify && same,
            "build": BUILD,
            "events": proved.events,
            "market_rows": proved.market_rows,
            "account_events": proved.events - proved.market_rows,
            "lives": proved.lives,
            "ended": proved.ended,
            "decisions": proved.decisions,
            "decisions_hash": proved.decisions_hash,
            "decisions_hash_of_run": of_run,
            "proved_to": proved.cut.as_ref().map(|cut| json!({
                "next_event": cut.next.0,
                "until": super::time_text(cut.until),
                "account": cut.path,
                "why": cut.why,
                "later_lives": cut.later_lives,
            })),
        });
        writeln!(out, "{document:#}")?;
    } else {
        let others = proved.events - proved.market_rows;
        writeln!(
            out,
            "folded {} market events from {} and {others} others from account files, no journal",
            proved.market_rows,
            market.display()
        )?;
        let (count, hash) = (proved.decisions, &proved.decisions_hash);
        writeln!(out, "decisions {hash}, build {BUILD}")?;
        match (args.verify, same) {
            (true, true) => writeln!(out, "verified: the run's {count} decisions are these")?,
            (true, false) => writeln!(out, "differs: the run's decisions are {of_run}")?,
            (false, _) => {}
        }
        if let Some(cut) = &proved.cut {
            writeln!(out, "{}", how_far(cut))?;
        }
    }
    Ok(if args.verify && !same { DIFFERENT } else { 0 })
}

/// How far a recording that is not whole goes.
fn how_far(cut: &ProvedTo) -> String {
    let (path, why) = (cut.path.display(), &cut.why);
    let (events, until) = (cut.next.0, super::time_text(cut.until));
    let later = match cut.later_lives {
        0 => String::new(),
        lives => format!(", nor of the {lives} lives after it"),
    };
    format!(
        "only to event {events}, until {until}: {path} {why}; nothing follows of what came after{later}"
    )
}

/// The hash over what a run's journal has decided on the events before a place.
fn journaled(folder: &Path, until: Seq) -> anyhow::Result<String> {
    let mut journal = JournalFile::open(folder).with_context(|| {
        "a run that was cut short has its decisions in its journal alone; without --verify none is needed"
    })?;
    let mut reached = until.0 == 0;
    for entry in journal.by_ref() {
        let entry = entry?;
        if let Record::Event(_) = entry.body {
            reached |= entry.seq.0 + 1 >= until.0;
            if entry.seq >= until {
                break;
            }
        }
    }
    ensure!(
        reached,
        "{}: the journal ends before event {}, and the recording has more; restore it from a copy",
        folder.display(),
        until.0
    );
    Ok(format!("{:032x}", journal.decisions_hash()))
}

/// A run that ended has its whole journal, and less than that proves nothing. One that did not end, as when its
/// process was killed, is good as far as it goes: what was cut off is told.
fn check_end(
    recorded: &Recorded,
    refold: &Refold,
    verify: bool,
    err: &mut dyn Write,
) -> anyhow::Result<()> {
    // A run in real time has its record from its start on, and the hash in it from its end on.
    let told_ended = |record: &crate::run::RunRecord| !record.decisions_hash.is_empty();
    if verify && recorded.record.as_ref().is_some_and(told_ended) && !refold.ended() {
        let (folder, events) = (recorded.folder.display(), refold.engine().next_seq().0);
        let place = refold.tail().map_or_else(
            || format!("{folder}: the journal ends after {events} events"),
            |tail| {
                format!(
                    "{}: the journal breaks off within the frame at byte {}",
                    tail.path.display(),
                    tail.offset
                )
            },
        );
        bail!("{place}, but run.json says that the run ended; restore it from a copy");
    }
    if refold.tail().is_some() {
        super::journal::report_tail(refold.tail(), err)?;
    } else if !refold.ended() {
        writeln!(err, "note: the journal has no end: the run was stopped")?;
    }
    Ok(())
}

fn words(refold: &Refold, difference: Option<&Difference>, args: &ReplayArgs) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let engine = refold.engine();
    if let Some(found) = difference {
        let _ = writeln!(
            text,
            "differs at event {} ({})",
            found.seq.0,
            super::time_text(found.ts)
        );
        let _ = writeln!(
            text,
            "  recorded  {}",
            decision_text(found.recorded.as_ref())
        );
        let _ = writeln!(text, "  now       {}", decision_text(found.made.as_ref()));
        return text;
    }
    let (events, hash) = (engine.next_seq().0, engine.journal().decisions_hash());
    let _ = match (args.verify, args.until) {
        (true, _) => writeln!(
            text,
            "verified: {} decisions on {events} events are the recorded ones, byte for byte",
            refold.compared()
        ),
        (false, _) => writeln!(
            text,
            "folded {events} events, {} decisions",
            engine.journal().decisions()
        ),
    };
    let _ = writeln!(text, "decisions {hash:032x}, build {BUILD}");
    if args.until.is_some() {
        text.push_str(&super::journal::why::standing(
            engine.desk(),
            engine.market(),
            refold.last(),
        ));
    }
    text
}

fn document(
    refold: &Refold,
    difference: Option<&Difference>,
    args: &ReplayArgs,
) -> serde_json::Value {
    let engine = refold.engine();
    let tasks = (0..engine.desk().names().tasks.len()).map(|at| {
        let explained = engine
            .desk()
            .explain(TaskId(at as u16), refold.last(), engine.market());
        super::journal::why::task_json(engine.desk().names(), at, explained)
    });
    json!({
        "verified": args.verify && difference.is_none(),
        "build": BUILD,
        "events": engine.next_seq().0,
        "decisions": engine.journal().decisions(),
        "compared": refold.compared(),
        "decisions_hash": format!("{:032x}", engine.journal().decisions_hash()),
        "until": super::time_text(refold.last()),
        "tasks": tasks.collect::<Vec<_>>(),
        "difference": difference.map(|found| json!({
            "seq": found.seq.0,
            "ts": super::time_text(found.ts),
            "recorded": found.recorded.as_ref().map(|decision| decision_text(Some(decision))),
            "now": found.made.as_ref().map(|decision| decision_text(Some(decision))),
        })),
    })
}

fn decision_text(decision: Option<&Decision>) -> String {
    let Some(decision) = decision else {
        return "no decision".to_string();
    };
    let Decision {
        task,
        reason,
        numbers,
        commands,
        refusals,
        digest,
        ..
    } = decision;
    let number = |number: &Number| match number.value {
        Value::Exact(amount) => format!("{} {amount}", number.name),
        Value::Signal(value) => format!("{} {value}", number.name),
    };
    let numbers: Vec<String> = numbers.iter().map(number).collect();
    format!(
        "task {} {reason}, numbers [{}], commands {commands:?}, refusals {refusals:?}, digest {digest:016x}",
        task.0,
        numbers.join(", ")
    )
}
