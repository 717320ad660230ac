//! `onetape config check`: is a scenario right, and can its round trips pay their costs?

use std::io::{self, Write};
use std::path::PathBuf;

use onetape_core::strategy::params::StrategyCard;
use onetape_data::catalog::Catalog;
use serde_json::{Value, json};

use super::backtest::check;
use crate::scenario::{
    BreakEven, LegCost, Loaded, Options, Place, Problem, ScenarioError, TARGET, bps_text, load,
};

/// Exit code of bad usage and bad configuration.
const EXIT_CONFIG: u8 = 2;
const ROUND_TRIP: &str = "round trip";

/// Said when only the file was checked.
const NO_CATALOGUE: &str =
    "note: there is no catalogue yet, so that its instruments exist was not checked";

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
    /// Validate a scenario file: every error names line, field and fix.
    Check(CheckArgs),
}

/// `onetape config check …`
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// The scenario file, in TOML.
    pub file: PathBuf,
    /// What the command line changes.
    #[command(flatten)]
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
            // A catalogue that is there has its say; one that is not is the backtest's business.
            let catalog = loaded.scenario.data.catalog.as_deref();
            match catalog.map(Catalog::open) {
                Some(Ok(catalog)) => {
                    if let Err(error) = check(&loaded, cards, &catalog) {
                        writeln!(err, "error: {error:#}")?;
                        return Ok(EXIT_CONFIG);
                    }
                }
                _ => writeln!(err, "{NO_CATALOGUE}")?,
            }
            if args.json {
                writeln!(out, "{:#}", good_json(&loaded, cards))?;
            } else {
                write_good(&loaded, cards, out)?;
                write_warnings(&loaded, cards, err)?;
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
    writeln!(err, "error: {error}")?;
    match error {
        ScenarioError::Invalid(problems) if problems.len() > 1 => {
            writeln!(err, "{} errors", problems.len())
        }
        _ => Ok(()),
    }
}

/// What a person should know of a scenario that is right.
pub(super) fn write_warnings(
    loaded: &Loaded,
    cards: &[StrategyCard],
    err: &mut dyn Write,
) -> io::Result<()> {
    let cards = loaded.scenario.break_even(cards);
    for warning in cards.iter().filter_map(BreakEven::warning) {
        writeln!(err, "warning: {warning}")?;
    }
    Ok(())
}

/// That it is right, and the break-even card of each task.
pub(super) fn write_good(
    loaded: &Loaded,
    cards: &[StrategyCard],
    out: &mut dyn Write,
) -> io::Result<()> {
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

pub(super) fn write_card(card: &BreakEven, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "task {}, in bps of the round trip's value", card.task)?;
    let width = card
        .legs
        .iter()
        .map(|leg| label(leg).len())
        .max()
        .unwrap_or(0)
        .max(ROUND_TRIP.len());
    for leg in &card.legs {
        let label = label(leg);
        let (one, both) = (bps_text(leg.taker_bps), bps_text(leg.cost_bps));
        writeln!(out, "  fees  {label:<width$}  2 x {one} = {both}")?;
    }
    let alternatives = if card.legs.iter().any(|leg| leg.alternative) {
        ", by the dearest alternative"
    } else {
        ""
    };
    let cost = bps_text(card.cost_bps);
    writeln!(out, "  cost  {ROUND_TRIP:<width$}  {cost}{alternatives}")?;
    if card.exits.is_empty() {
        writeln!(out, "  no exit promises an edge, so the net is not known")?;
    }
    if let Some(target) = card.target {
        let [entry, profit] = TARGET;
        writeln!(
            out,
            "  needs exit edge {} for {profit} {} after {entry} {}; {} breaks even",
            bps_text(target.needed_bps),
            bps_text(target.profit_bps),
            bps_text(target.entry_bps),
            bps_text(target.even_bps),
        )?;
    }
    for exit in &card.exits {
        let capture = &exit.capture;
        let allowed = if exit.net_bps.millionths() < 0 {
            "  LOSS, allowed"
        } else {
            ""
        };
        if capture.after_costs && exit.has_edge {
            writeln!(
                out,
                "  net   {} {} + {} {}, both after their fees = {}{allowed}",
                capture.entry,
                bps_text(capture.entry_bps),
                capture.exit,
                bps_text(capture.exit_bps),
                bps_text(exit.net_bps),
            )?;
            continue;
        }
        if capture.after_costs {
            let (net, cost) = (bps_text(exit.net_bps), bps_text(card.cost_bps));
            writeln!(
                out,
                "  net   {} {net}, expected at entry over {} after the cost of {cost}{allowed}",
                capture.entry, capture.exit,
            )?;
            continue;
        }
        writeln!(
            out,
            "  net   {} {} + {} {} - cost {} = {}{}",
            capture.entry,
            bps_text(capture.entry_bps),
            capture.exit,
            bps_text(capture.exit_bps),
            bps_text(card.cost_bps),
            bps_text(exit.net_bps),
            allowed,
        )?;
    }
    Ok(())
}

fn label(leg: &LegCost) -> String {
    let or = if leg.alternative { ", or" } else { "" };
    format!("{} ({}){or}", leg.leg, leg.venue)
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

pub(super) fn card_json(card: &BreakEven) -> Value {
    let legs = card.legs.iter().map(|leg| {
        json!({
            "leg": leg.leg,
            "venue": leg.venue,
            "taker_bps": bps_text(leg.taker_bps),
            "cost_bps": bps_text(leg.cost_bps),
            "alternative": leg.alternative,
        })
    });
    let exits = card.exits.iter().map(|exit| {
        json!({
            "entry": exit.capture.entry,
            "entry_bps": bps_text(exit.capture.entry_bps),
            "exit": exit.capture.exit,
            "exit_bps": bps_text(exit.capture.exit_bps),
            "gross_bps": bps_text(exit.capture.gross_bps()),
            "after_costs": exit.capture.after_costs,
            "net_bps": bps_text(exit.net_bps),
        })
    });
    json!({
        "task": card.task,
        "legs": legs.collect::<Vec<_>>(),
        "cost_bps": bps_text(card.cost_bps),
        "exits": exits.collect::<Vec<_>>(),
        "target": card.target.map(|target| json!({
            "entry_bps": bps_text(target.entry_bps),
            "profit_bps": bps_text(target.profit_bps),
            "even_bps": bps_text(target.even_bps),
            "needed_bps": bps_text(target.needed_bps),
        })),
        "warning": card.warning(),
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::scenario::tests::{CARDS, GOOD};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ConfigArgs,
    }

    /// Exit code, stdout and stderr of `config check FILE` with the flags; the file is called `FILE` in them.
    fn check(text: &str, flags: &[&str]) -> (u8, String, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("s.toml").display().to_string();
        std::fs::write(&file, text).unwrap();
        let words = ["onetape", "check", &file].into_iter();
        let line = Line::parse_from(words.chain(flags.iter().copied()));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(&line.args, &CARDS, &mut out, &mut err).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap().replace(&file, "FILE");
        (code, text(out), text(err))
    }

    #[test]
    fn a_good_scenario_prints_its_break_even_card() {
        let (code, out, err) = check(GOOD, &[]);
        assert_eq!((code, err.trim_end()), (0, NO_CATALOGUE));
        insta::assert_snapshot!(out);
        let (code, out, _) = check(
            GOOD,
            &["--set", "exit.edge_bps=-9", "--allow-negative-edge"],
        );
        assert_eq!(code, 0);
        assert!(
            out.contains("exit.edge_bps -9 - cost 30 = -9  LOSS, allowed"),
            "{out}"
        );
        let (_, out, _) = check(GOOD, &["--set", "exit={ max_age = \"1h\" }"]);
        assert!(out.contains("no exit promises an edge"), "{out}");
    }

    #[test]
    fn a_bad_scenario_lists_every_error_and_exits_2() {
        let bad = GOOD
            .replace("seed = 7", "sede = 7")
            .replace("[data]", "[dta]");
        let (code, out, err) = check(&bad, &[]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert_eq!(
            err,
            "error: FILE:3: dta: is not known here; did you mean `data`?\n\
             FILE:31: sim.sede: is not known here; did you mean `seed`?\n2 errors\n"
        );
        let (code, out, err) = check(&bad, &["--json", "--set", "sim.seed=x"]);
        assert_eq!((code, err.as_str()), (2, ""));
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["ok"], json!(false));
        assert_eq!(document["errors"][1]["line"], json!(31));
        assert_eq!(document["errors"][2]["flag"], json!("--set sim.seed=x"));
        assert_eq!(document["errors"][2]["field"], json!("sim.seed"));
    }

    #[test]
    fn json_has_the_card_and_the_resolved_text() {
        let (code, out, err) = check(GOOD, &["--json"]);
        assert_eq!((code, err.trim_end()), (0, NO_CATALOGUE));
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["tasks"][0]["cost_bps"], json!("30"));
        assert_eq!(document["tasks"][0]["exits"][0]["net_bps"], json!("4"));
        assert_eq!(document["tasks"][0]["legs"][1]["taker_bps"], json!("5"));
        let resolved = document["resolved"].as_str().unwrap();
        assert!(
            resolved.starts_with("name = \"btc-spot-perp\"\n"),
            "{resolved}"
        );
    }

    #[test]
    fn the_shipped_strategies_read_a_whole_scenario() {
        let cards: Vec<StrategyCard> = onetape_core::strategies::ALL
            .iter()
            .map(|spec| *spec.card)
            .collect();
        let options = Options::default();
        let text = GOOD.replace("strategy = \"pair\"", "strategy = \"spot_futures\"");
        let loaded =
            crate::scenario::parse(&text, "s.toml", "".as_ref(), &options, &cards).unwrap();
        let card = &loaded.scenario.break_even(&cards)[0];
        assert_eq!(bps_text(card.exits[0].net_bps), "4");
        let resolved = loaded.scenario.resolved_toml();
        let again =
            crate::scenario::parse(&resolved, "s.toml", "".as_ref(), &options, &cards).unwrap();
        assert_eq!(again.scenario.tasks, loaded.scenario.tasks);
    }
}
