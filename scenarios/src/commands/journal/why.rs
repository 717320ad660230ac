//! `onetape journal why`: why did it, or did it not, trade at a moment?

use std::io::Write;
use std::path::PathBuf;

use onetape_core::decision::{Reason, Value};
use onetape_core::desk::Desk;
use onetape_core::market::Market;
use onetape_core::names::{Names, TaskId};
use onetape_core::strategy::{Numbers, StrategyCard, StrategySpec};
use onetape_core::time::Ts;
use serde_json::json;

use crate::commands::backtest::cards;
use crate::commands::{moment, time_text, waiting};
use crate::run::{Stop, open_recorded};

/// `onetape journal why …`
#[derive(Clone, Debug, clap::Args)]
pub struct WhyArgs {
    /// Folder of the run, as backtest and demo leave it.
    pub run: PathBuf,
    /// The moment (2024-08-08T23:54:14.5Z, or nanoseconds since 1970).
    #[arg(long, value_name = "T", value_parser = moment)]
    pub at: Ts,
    /// The catalogue, where it is no longer where it was when the run was made.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command: folds the run to the moment and asks its tasks.
///
/// # Errors
/// When the journal is damaged or the tape is not the recorded one.
pub fn run(
    args: &WhyArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let cards = cards(registry);
    let recorded = open_recorded(&args.run, args.catalog.as_deref(), &[], &cards)?;
    let prepared = recorded.prepare(registry)?;
    let mut refold = recorded.refold(&prepared)?;
    refold.run(Stop::At(args.at), false)?;
    super::report_tail(refold.tail(), err)?;
    let (desk, market) = (refold.engine().desk(), refold.engine().market());
    if args.json {
        let tasks = (0..desk.names().tasks.len()).map(|at| {
            task_json(
                desk.names(),
                at,
                desk.explain(TaskId(at as u16), refold.last(), market),
            )
        });
        let document = json!({
            "at": time_text(args.at),
            "last_event": time_text(refold.last()),
            "events": refold.engine().next_seq().0,
            "tasks": tasks.collect::<Vec<_>>(),
            "risk": super::risk::json(desk, market, refold.last()),
            "waiting": waiting::documents(desk, market, refold.last()),
        });
        writeln!(out, "{document:#}")?;
        return Ok(0);
    }
    match refold.engine().next_seq().0.checked_sub(1) {
        None => writeln!(out, "the run began after {}", time_text(args.at))?,
        Some(seq) if refold.is_over() => writeln!(
            out,
            "the run was over by {}: its last event, {seq}, is of {}",
            time_text(args.at),
            time_text(refold.last())
        )?,
        Some(seq) => writeln!(out, "at {}, after event {seq}", time_text(args.at))?,
    }
    write!(out, "{}", standing(desk, market, refold.last()))?;
    // What waited then, also where there was a word on it later.
    let waits = json!(waiting::documents(desk, market, refold.last()));
    for line in waiting::lines(&waits) {
        writeln!(out, "waits for a person: {line}")?;
    }
    for task in &recorded.loaded.scenario.tasks {
        if let Some(card) = cards.iter().find(|card| card.name == task.strategy) {
            write!(out, "{}", meanings(card, desk, market, refold.last()))?;
        }
    }
    Ok(0)
}

/// Every task's reason in force and its numbers, what is held and open, and how the risk gate stands.
pub fn standing(desk: &Desk, market: &Market, now: Ts) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (at, name) in desk.names().tasks.iter().enumerate() {
        let Some((reason, numbers)) = desk.explain(TaskId(at as u16), now, market) else {
            continue;
        };
        let _ = writeln!(text, "task {name}: {reason}");
        for number in numbers.into_vec() {
            let _ = match number.value {
                Value::Exact(amount) => writeln!(text, "  {:<24} {amount}", number.name.as_str()),
                Value::Signal(value) => writeln!(text, "  {:<24} {value:.4}", number.name.as_str()),
            };
        }
    }
    let held = desk.positions().iter().zip(desk.foreign());
    for (instrument, (position, foreign)) in desk.names().instruments.iter().zip(held) {
        if !position.qty.is_zero() || !foreign.is_zero() {
            let held = instrument.qty_decimal(position.qty);
            let others = match foreign.is_zero() {
                true => String::new(),
                false => format!(
                    ", {} of it somebody else's",
                    instrument.qty_decimal(*foreign)
                ),
            };
            let _ = writeln!(
                text,
                "position {} {held}, cost {}{others}",
                instrument.name, position.cost
            );
        }
    }
    for order in desk.orders().alive() {
        let instrument = desk.names().instrument(order.place.instrument);
        let (side, qty) = (
            order.place.side.name(),
            instrument.qty_decimal(order.place.qty),
        );
        let _ = writeln!(
            text,
            "order {} {side} {qty} {}",
            instrument.name,
            order.state.name()
        );
    }
    text.push_str(&super::risk::text(desk, market, now));
    text
}

fn meanings(card: &StrategyCard, desk: &Desk, market: &Market, now: Ts) -> String {
    let reasons =
        (0..desk.names().tasks.len()).filter_map(|at| desk.explain(TaskId(at as u16), now, market));
    use std::fmt::Write as _;
    let mut text = String::new();
    for (reason, _) in reasons {
        if let Some((code, meaning)) = card
            .reasons
            .iter()
            .find(|(code, _)| *code == reason.as_str())
        {
            let _ = writeln!(text, "{code}: {meaning}");
        }
    }
    text
}

/// One task as JSON.
pub fn task_json(
    names: &Names,
    at: usize,
    explained: Option<(Reason, Numbers)>,
) -> serde_json::Value {
    let (reason, numbers) = explained.unzip();
    let numbers = numbers.map(Numbers::into_vec).unwrap_or_default();
    let numbers: serde_json::Map<_, _> = numbers
        .into_iter()
        .map(|number| {
            let value = match number.value {
                Value::Exact(amount) => json!(amount.to_string()),
                Value::Signal(value) => json!(value),
            };
            (number.name.as_str().to_string(), value)
        })
        .collect();
    json!({ "task": names.tasks[at], "reason": reason.map(|reason| reason.to_string()), "numbers": numbers })
}
