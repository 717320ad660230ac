//! `onetape strategy`: what strategies there are, what each can be told, and a new one of one's own.

mod new;

use std::io::{self, Write};

use onetape_core::num::Bps;
use onetape_core::strategy::params::{
    Capture, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard, nearest,
};
use serde_json::{Value, json};

pub use new::{NewArgs, Template};

use crate::scenario::bps_text;

/// Taker fee of one fill in the break-even example.
const EXAMPLE_FEE: Bps = Bps::from_millionths(10_000_000);

/// `onetape strategy …`
#[derive(Clone, Debug, clap::Args)]
pub struct StrategyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: StrategyCommand,
}

/// What can be asked about strategies.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum StrategyCommand {
    /// List the strategies.
    List {
        /// Print one JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Describe a strategy: legs, parameters, reason codes, break-even.
    Describe {
        /// The strategy's name.
        name: String,
        /// Print one JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Make a crate with a strategy of your own, which has this whole command line and backtests at once.
    New(NewArgs),
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When `out` or `err` cannot be written.
pub fn run(
    args: &StrategyArgs,
    cards: &[StrategyCard],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match &args.command {
        StrategyCommand::List { json } => list(*json, cards, out).map(|()| 0),
        StrategyCommand::New(args) => new::run(args, cards, out, err),
        StrategyCommand::Describe { name, json } => {
            let Some(card) = cards.iter().find(|card| card.name == name) else {
                let hint = nearest(name, cards.iter().map(|card| card.name)).map_or_else(
                    || "`onetape strategy list` lists them".to_string(),
                    |near| format!("did you mean {near:?}?"),
                );
                writeln!(err, "error: no strategy is called {name:?}; {hint}")?;
                return Ok(2);
            };
            if *json {
                writeln!(out, "{:#}", card_json(card))?;
            } else {
                describe(card, out)?;
            }
            Ok(0)
        }
    }
}

fn list(as_json: bool, cards: &[StrategyCard], out: &mut dyn Write) -> io::Result<()> {
    if as_json {
        let cards = cards
            .iter()
            .map(|card| json!({ "name": card.name, "summary": card.summary }));
        return writeln!(out, "{:#}", Value::Array(cards.collect()));
    }
    let rows: Vec<[String; 2]> = cards
        .iter()
        .map(|card| [card.name.to_string(), card.summary.to_string()])
        .collect();
    table(&rows, out)
}

fn describe(card: &StrategyCard, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n\nlegs", card.name, card.summary)?;
    let legs = card.legs.iter();
    let legs: Vec<[String; 4]> = legs
        .map(|leg| {
            let presence = match leg.is_required() {
                true => "",
                false => "optional",
            };
            [
                leg.name.into(),
                kinds(leg).join(" | "),
                presence.into(),
                leg.doc.into(),
            ]
        })
        .collect();
    rows_or_none(&legs, out)?;
    if card.has_alternatives() {
        let names = card.legs.iter().filter(|leg| leg.is_alternative());
        let names: Vec<&str> = names.map(|leg| leg.name).collect();
        writeln!(out, "  a round trip trades one of {}", names.join(", "))?;
    }
    if card.rests_orders {
        let needs = "its orders rest in the book: a backtest needs the trades of its legs";
        writeln!(out, "  {needs}")?;
    }
    writeln!(out, "\nparameters")?;
    let params: Vec<[String; 5]> = card.params.iter().map(param_row).collect();
    rows_or_none(&params, out)?;
    for group in card.one_of {
        writeln!(out, "  exactly one of {} is given", group.join(", "))?;
    }
    for group in card.any_of {
        writeln!(out, "  at least one of {} is given", group.join(", "))?;
    }
    writeln!(out, "\nreason codes")?;
    let reasons = card.reasons.iter();
    let reasons: Vec<[String; 2]> = reasons
        .map(|(code, meaning)| [(*code).to_string(), (*meaning).to_string()])
        .collect();
    rows_or_none(&reasons, out)?;
    writeln!(out, "\nbreak-even")?;
    writeln!(out, "  {}", example_text(card))
}

fn param_row(spec: &ParamSpec) -> [String; 5] {
    let kind = match spec.kind {
        ParamKind::Choice(words) => words.join(" | "),
        kind if spec.unit.is_empty() || spec.unit == kind.name() => kind.name().to_string(),
        kind => format!("{}, {}", kind.name(), spec.unit),
    };
    let presence = match spec.presence {
        Presence::Required => "required".to_string(),
        Presence::Optional => "optional".to_string(),
        Presence::Default(text) => format!("default {text}"),
    };
    [
        spec.name.to_string(),
        kind,
        presence,
        spec.range().unwrap_or_default(),
        spec.doc.to_string(),
    ]
}

fn kinds(leg: &LegSpec) -> Vec<&'static str> {
    leg.kinds.iter().map(|kind| kind.name()).collect()
}

/// How many legs a round trip trades: of alternatives, one.
fn traded_legs(card: &StrategyCard) -> usize {
    let legs = card.legs.iter().filter(|leg| !leg.is_alternative());
    legs.count() + usize::from(card.has_alternatives())
}

/// What a round trip costs at the example's fees: every fill of the legs that it trades.
fn example_cost(card: &StrategyCard) -> Bps {
    let always = card.legs.iter().filter(|leg| !leg.is_alternative());
    let fills: u8 = always.map(LegSpec::fills).sum();
    let fills = fills + 2 * u8::from(card.has_alternatives());
    (0..fills).fold(Bps::default(), |sum, _| sum + EXAMPLE_FEE)
}

fn example_text(card: &StrategyCard) -> String {
    let captures = captures(card);
    if captures.is_empty() {
        return "no exit promises an edge; fees are judged from a run".to_string();
    }
    let sums: Vec<String> = captures
        .iter()
        .map(
            |capture| match (capture.after_costs, card.has_exit_edge(capture)) {
                (true, true) => format!(
                    "{} and {} have paid that already, and must reach 0 together",
                    capture.entry, capture.exit
                ),
                (true, false) => {
                    format!("what is expected must pay that and leave {}", capture.entry)
                }
                (false, _) => format!("{} + {} must reach it", capture.entry, capture.exit),
            },
        )
        .collect();
    format!(
        "with taker fees of {} bps on each of {} legs, {}, a round trip costs {} bps: {}",
        bps_text(EXAMPLE_FEE),
        traded_legs(card),
        if card.legs.iter().all(|leg| leg.fills() == 1) {
            "once"
        } else {
            "in and out"
        },
        bps_text(example_cost(card)),
        sums.join(" and ")
    )
}

/// The exits that promise an edge, found by giving every parameter some value that it accepts.
fn captures(card: &StrategyCard) -> Vec<Capture> {
    let given = card.params.iter().filter_map(|spec| {
        let mut texts = [
            spec.min,
            spec.max,
            Some("0"),
            Some("1"),
            Some("1h"),
            Some("true"),
        ]
        .into_iter()
        .flatten();
        let text = match spec.kind {
            ParamKind::Choice(words) => words.first().copied(),
            _ => texts.find(|text| spec.parse(text).is_ok()),
        };
        text.map(|text| (spec.name, text))
    });
    Params::read(card.params, given).map_or_else(|_| Vec::new(), |params| (card.captures)(&params))
}

fn rows_or_none<const N: usize>(rows: &[[String; N]], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "  none");
    }
    table(rows, out)
}

/// Left-aligned columns, the last one ragged.
fn table<const N: usize>(rows: &[[String; N]], out: &mut dyn Write) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .filter(|(_, width)| **width > 0)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        writeln!(out, "  {}", line.join("  ").trim_end())?;
    }
    Ok(())
}

fn card_json(card: &StrategyCard) -> Value {
    let legs = card.legs.iter();
    let params = card.params.iter();
    let reasons = card.reasons.iter();
    let exits = captures(card).into_iter();
    json!({
        "name": card.name,
        "summary": card.summary,
        "legs": legs
            .map(|leg| {
                json!({
                    "name": leg.name,
                    "kinds": kinds(leg),
                    "doc": leg.doc,
                    "required": leg.is_required(),
                    "alternative": leg.is_alternative(),
                })
            })
            .collect::<Vec<_>>(),
        "rests_orders": card.rests_orders,
        "params": params.map(param_json).collect::<Vec<_>>(),
        "one_of": card.one_of,
        "any_of": card.any_of,
        "reasons": reasons
            .map(|(code, meaning)| json!({ "code": code, "meaning": meaning }))
            .collect::<Vec<_>>(),
        "break_even_example": {
            "taker_bps": bps_text(EXAMPLE_FEE),
            "cost_bps": bps_text(example_cost(card)),
            "exits": exits
                .map(|capture| json!({ "entry": capture.entry, "exit": capture.exit }))
                .collect::<Vec<_>>(),
        },
    })
}

fn param_json(spec: &ParamSpec) -> Value {
    let choices = match spec.kind {
        ParamKind::Choice(words) => Some(words),
        _ => None,
    };
    let default = match spec.presence {
        Presence::Default(text) => Some(text),
        _ => None,
    };
    json!({
        "name": spec.name,
        "type": spec.kind.name(),
        "choices": choices,
        "unit": spec.unit,
        "required": spec.presence == Presence::Required,
        "default": default,
        "min": spec.min,
        "max": spec.max,
        "doc": spec.doc,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::tests::CARDS;

    fn answer(command: StrategyCommand, cards: &[StrategyCard]) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(&StrategyArgs { command }, cards, &mut out, &mut err).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (code, text(out), text(err))
    }

    fn describe(name: &str, json: bool) -> (u8, String, String) {
        let name = name.to_string();
        answer(StrategyCommand::Describe { name, json }, &CARDS)
    }

    #[test]
    fn strategies_are_listed() {
        let (code, out, _) = answer(StrategyCommand::List { json: false }, &CARDS);
        assert_eq!(code, 0);
        assert_eq!(
            out,
            "  pair  Spot against futures.\n  idle  Does nothing.\n"
        );
        let (_, out, _) = answer(StrategyCommand::List { json: true }, &CARDS);
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            document[1],
            json!({ "name": "idle", "summary": "Does nothing." })
        );
    }

    #[test]
    fn a_strategy_is_described() {
        let (code, out, _) = describe("pair", false);
        assert_eq!(code, 0);
        insta::assert_snapshot!(out);
        let (_, idle, _) = describe("idle", false);
        assert!(idle.contains("parameters\n  none\n"), "{idle}");
        let (_, out, _) = describe("pair", true);
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["params"][2]["required"], json!(true));
        assert_eq!(
            document["params"][6]["choices"],
            json!(["both", "long_spot", "short_spot"])
        );
        assert_eq!(document["break_even_example"]["cost_bps"], json!("40"));
        assert_eq!(
            document["break_even_example"]["exits"][0]["exit"],
            json!("exit.edge_bps")
        );
    }

    #[test]
    fn an_unknown_name_exits_2_with_the_nearest() {
        let (code, out, err) = describe("pear", true);
        assert_eq!((code, out.as_str()), (2, ""));
        assert_eq!(
            err,
            "error: no strategy is called \"pear\"; did you mean \"pair\"?\n"
        );
    }

    #[test]
    fn every_shipped_default_is_in_its_own_range() {
        for spec in onetape_core::strategies::ALL
            .iter()
            .flat_map(|spec| spec.card.params)
        {
            for text in [spec.min, spec.max].into_iter().flatten() {
                assert!(spec.parse(text).is_ok(), "{} {text}", spec.name);
            }
            if let Presence::Default(text) = spec.presence {
                assert!(spec.parse(text).is_ok(), "{} {text}", spec.name);
            }
        }
    }
}
