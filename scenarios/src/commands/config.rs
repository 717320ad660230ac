//! `onetape config check`: is a scenario right, and can its round trips pay their costs?

use std::io::{self, Write};
use std::path::PathBuf;

use onetape_core::strategy::params::StrategyCard;
use serde_json::{Value, json};

use crate::scenario::{BreakEven, Loaded, Options, Place, Problem, ScenarioError, bps_text, load};

/// Exit code of bad usage and bad configuration.
const EXIT_CONFIG: u8 = 2;

/// `onetape config …`
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What can be done with a scenario file.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ConfigCommand {
    /// Validate a scenario; every error names line, field and fix.
    Check(CheckArgs),
}

/// `onetape config check …`
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// The scenario file.
    pub file: PathBuf,
    #[command(flatten)]
    /// What the command line changes.
    pub changes: ScenarioArgs,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Flags of every command that reads a scenario.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ScenarioArgs {
    /// Change a value: a dotted path (`task.0.exit.edge_bps=4`), or a strategy parameter for every task.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Take the tape from this catalogue folder.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// Accept round trips that cannot pay their costs.
    #[arg(long)]
    pub allow_negative_edge: bool,
}

impl ScenarioArgs {
    /// As the scenario reader takes them.
    pub fn options(&self) -> Options {
        Options {
            sets: self.sets.clone(),
            catalog: self.catalog.clone(),
            allow_negative_edge: self.allow_negative_edge,
        }
    }
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When `out` or `err` cannot be written.
pub fn run(
    args: &ConfigArgs,
    cards: &[StrategyCard],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let ConfigCommand::Check(args) = &args.command;
    match load(&args.file, &args.changes.options(), cards) {
        Ok(loaded) => {
            if args.json {
                writeln!(out, "{:#}", good_json(&loaded, cards))?;
            } else {
                write_good(&loaded, cards, out)?;
            }
            Ok(0)
        }
        Err(error) => {
            if args.json {
                writeln!(
                    out,
                    "{:#}",
                    json!({ "ok": false, "errors": errors_json(&error) })
                )?;
            } else {
                write_errors(&error, err)?;
            }
            Ok(EXIT_CONFIG)
        }
    }
}

/// Every mistake on its own line, and their number.
fn write_errors(error: &ScenarioError, err: &mut dyn Write) -> io::Result<()> {
    writeln!(err, "{error}")?;
    match error {
        ScenarioError::Invalid(problems) if problems.len() > 1 => {
            writeln!(err, "{} errors", problems.len())
        }
        _ => Ok(()),
    }
}

fn write_good(loaded: &Loaded, cards: &[StrategyCard], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "ok: {} ({})",
        loaded.scenario.name,
        loaded.source.file()
    )?;
    for card in loaded.scenario.break_even(cards) {
        writeln!(out)?;
        write_card(&card, out)?;
    }
    Ok(())
}

fn write_card(card: &BreakEven, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "task {}, in bps of the round trip's value", card.task)?;
    let width = card
        .legs
        .iter()
        .map(|leg| leg.leg.len() + leg.venue.len() + 3)
        .max()
        .unwrap_or(0)
        .max("round trip".len());
    for leg in &card.legs {
        let label = format!("{} ({})", leg.leg, leg.venue);
        let (one, both) = (bps_text(leg.taker_bps), bps_text(leg.cost_bps));
        writeln!(out, "  fees  {label:<width$}  2 x {one} = {both}")?;
    }
    writeln!(
        out,
        "  cost  {:<width$}  {}",
        "round trip",
        bps_text(card.cost_bps)
    )?;
    if card.exits.is_empty() {
        writeln!(out, "  no exit promises an edge, so the net is not known")?;
    }
    for exit in &card.exits {
        let capture = &exit.capture;
        writeln!(
            out,
            "  net   {} {} + {} {} - cost {} = {}{}",
            capture.entry,
            bps_text(capture.entry_bps),
            capture.exit,
            bps_text(capture.exit_bps),
            bps_text(card.cost_bps),
            bps_text(exit.net_bps),
            if exit.net_bps.millionths() < 0 {
                "  LOSS, allowed"
            } else {
                ""
            }
        )?;
    }
    Ok(())
}

fn good_json(loaded: &Loaded, cards: &[StrategyCard]) -> Value {
    let tasks = loaded.scenario.break_even(cards);
    json!({
        "ok": true,
        "name": loaded.scenario.name,
        "tasks": tasks.iter().map(card_json).collect::<Vec<_>>(),
        "resolved": loaded.scenario.resolved_toml(),
    })
}

fn card_json(card: &BreakEven) -> Value {
    let legs = card.legs.iter().map(|leg| {
        json!({
            "leg": leg.leg,
            "venue": leg.venue,
            "taker_bps": bps_text(leg.taker_bps),
            "cost_bps": bps_text(leg.cost_bps),
        })
    });
    let exits = card.exits.iter().map(|exit| {
        json!({
            "entry": exit.capture.entry,
            "entry_bps": bps_text(exit.capture.entry_bps),
            "exit": exit.capture.exit,
            "exit_bps": bps_text(exit.capture.exit_bps),
            "gross_bps": bps_text(exit.capture.gross_bps()),
            "net_bps": bps_text(exit.net_bps),
        })
    });
    json!({
        "task": card.task,
        "legs": legs.collect::<Vec<_>>(),
        "cost_bps": bps_text(card.cost_bps),
        "exits": exits.collect::<Vec<_>>(),
        "allow_negative_edge": card.allow_negative_edge,
    })
}

fn errors_json(error: &ScenarioError) -> Vec<Value> {
    match error {
        ScenarioError::Invalid(problems) => problems.iter().map(problem_json).collect(),
        other => vec![json!({ "message": other.to_string() })],
    }
}

fn problem_json(problem: &Problem) -> Value {
    let (line, flag) = match &problem.place {
        Place::Line(line) => (Some(line), None),
        Place::Flag(flag) => (None, Some(flag)),
    };
    json!({
        "file": problem.file,
        "line": line,
        "flag": flag,
        "field": problem.field,
        "message": problem.message,
    })
}
