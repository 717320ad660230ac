//! `onetape positions`: what every task of a run holds, since when, and what it is worth.

mod exposure;
mod trace;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use onetape_core::desk::{Desk, Holding, TaskStatus};
use onetape_core::instrument::Instrument;
use onetape_core::market::Market;
use onetape_core::names::TaskId;
use onetape_core::num::Money;
use onetape_core::strategy::StrategySpec;
use onetape_core::task::Standing;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::valued::{self, at_exit, at_middle, exit_price, middle_price};
use crate::commands::backtest::cards;
use crate::commands::data::synth::parse_span;
use crate::commands::journal::report_tail;
use crate::commands::{moment, time_text};
use crate::run::{Stop, hex_id, open_recorded};
use exposure::{Exposure, Part};
use trace::{Trace, Traces};

/// Version of the JSON document: it grows when a field changes its meaning or goes; fields may be added.
const SCHEMA: u32 = 1;
/// Decimals of prices and basis points that are divided.
const DECIMALS: u32 = 8;

/// `onetape positions …`
#[derive(Clone, Debug, clap::Args)]
pub struct PositionsArgs {
    /// Folder of the run, as backtest and demo leave it.
    pub run: PathBuf,
    /// The moment (2024-08-08T23:54:14.5Z, or nanoseconds since 1970); the run's end when not given.
    #[arg(long, value_name = "T", value_parser = moment)]
    pub at: Option<Ts>,
    /// Only those of this task.
    #[arg(long, value_name = "NAME")]
    pub task: Option<String>,
    /// Only those at this venue.
    #[arg(long, value_name = "NAME")]
    pub venue: Option<String>,
    /// Only those in this symbol.
    #[arg(long)]
    pub symbol: Option<String>,
    /// Those that are flat too.
    #[arg(long)]
    pub all: bool,
    /// A position whose price is older than this is stale.
    #[arg(long, value_name = "SPAN", value_parser = parse_span, default_value = "5s")]
    pub stale_after: Span,
    /// The catalogue, where it is no longer where it was when the run was made.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command: folds the run to the moment and looks at what is held.
///
/// # Errors
/// When the journal is damaged, the tape is not the recorded one, or a filter names nothing of the run.
pub fn run(
    args: &PositionsArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let cards = cards(registry);
    let recorded = open_recorded(&args.run, args.catalog.as_deref(), &[], &cards)?;
    let prepared = recorded.prepare(registry)?;
    let mut refold = recorded.refold(&prepared)?;
    refold.run(args.at.map_or(Stop::End, Stop::At), false)?;
    report_tail(refold.tail(), err)?;
    let desk = refold.engine().desk();
    let view = View {
        args,
        desk,
        market: refold.engine().market(),
        trace: Trace::read(&args.run, desk.names(), args.at)?,
        now: args.at.map_or(refold.last(), |at| at.max(refold.last())),
    };
    view.check_filters()?;
    let tasks = view.tasks();
    let held = tasks.iter().flat_map(|task| &task.held);
    let exposure = Exposure::of(held.map(Held::part));
    if args.json {
        let document = json!({
            "schema": SCHEMA,
            "run_id": hex_id(&recorded.started.run_id),
            "at": time_text(view.now),
            "positions": tasks.iter().flat_map(|task| &task.held).map(Held::json).collect::<Vec<_>>(),
            "tasks": tasks.iter().map(Told::json).collect::<Vec<_>>(),
            "exposure": exposure.json(),
        });
        writeln!(out, "{document:#}")?;
        return Ok(0);
    }
    writeln!(out, "at {}", time_text(view.now))?;
    for task in &tasks {
        task.tell(out)?;
    }
    exposure.tell(out)?;
    Ok(0)
}

/// A run at a moment, and what is asked of it.
struct View<'a> {
    args: &'a PositionsArgs,
    desk: &'a Desk,
    market: &'a Market,
    trace: Trace,
    now: Ts,
}

/// One position.
struct Held {
    task: String,
    venue: String,
    asset: String,
    instrument: Instrument,
    holding: Holding,
    traces: Traces,
    exit: Option<Money>,
    middle: Option<Money>,
    at_exit: Option<Money>,
    at_middle: Option<Money>,
    exposure: Option<Money>,
    age: Option<Span>,
    price_age: Option<Span>,
    health: &'static str,
    stale: bool,
}

/// One task's positions, and what its fills came to.
struct Told {
    name: String,
    held: Vec<Held>,
    sides: Option<Traces>,
}

impl View<'_> {
    /// A name that nothing of the run has is a mistake and not an empty answer.
    fn check_filters(&self) -> anyhow::Result<()> {
        let names = self.desk.names();
        let check = |flag: &str, asked: &Option<String>, known: Vec<&str>| {
            let Some(asked) = asked else { return Ok(()) };
            let list = known.join(", ");
            anyhow::ensure!(
                known.contains(&asked.as_str()),
                "--{flag} {asked}: the run has no such {flag}; it has {list}"
            );
            Ok(())
        };
        check(
            "task",
            &self.args.task,
            names.tasks.iter().map(String::as_str).collect(),
        )?;
        check(
            "venue",
            &self.args.venue,
            names.venues.iter().map(String::as_str).collect(),
        )?;
        let mut symbols: Vec<&str> = names
            .instruments
            .iter()
            .map(|one| one.symbol.as_str())
            .collect();
        symbols.sort_unstable();
        symbols.dedup();
        check("symbol", &self.args.symbol, symbols)
    }

    fn tasks(&self) -> Vec<Told> {
        let names = self.desk.names();
        let ids = (0..names.tasks.len()).map(|at| TaskId(at as u16));
        let asked = |id: &TaskId| {
            let task = self.args.task.as_deref();
            task.is_none_or(|task| task == names.task(*id))
        };
        let told = ids.filter(asked).filter_map(|id| {
            let status = self.desk.status(id)?;
            let held = status.holdings.iter();
            let held = held.filter(|holding| self.is_asked(holding));
            let held: Vec<Held> = held
                .map(|holding| self.held(id, &status, holding))
                .collect();
            Some(Told {
                name: names.task(id).to_string(),
                held,
                sides: self.trace.of_task(id, names),
            })
        });
        told.collect()
    }

    fn is_asked(&self, holding: &Holding) -> bool {
        let names = self.desk.names();
        let instrument = names.instrument(holding.instrument);
        let args = self.args;
        (args.all || !holding.position.qty.is_zero())
            && args
                .venue
                .as_deref()
                .is_none_or(|venue| venue == names.venue(instrument.venue))
            && args
                .symbol
                .as_deref()
                .is_none_or(|symbol| symbol == instrument.symbol)
    }

    fn held(&self, id: TaskId, status: &TaskStatus<'_>, holding: &Holding) -> Held {
        let names = self.desk.names();
        let instrument = names.instrument(holding.instrument);
        let market = self.market.instrument(holding.instrument);
        let traces = self.trace.of(id, holding.instrument);
        let open = !holding.position.qty.is_zero();
        let age = traces
            .opened_at
            .filter(|_| open)
            .map(|at| self.now.since(at));
        let price_age = market.last_top().map(|_| market.age(self.now));
        let stale = open && price_age.is_none_or(|age| age > self.args.stale_after);
        let limit = self
            .desk
            .params(id)
            .and_then(|params| params.span("exit.max_age"));
        let overdue = age.zip(limit).is_some_and(|(age, limit)| age > limit);
        let price = |price| Money::new(instrument.price_decimal(price));
        Held {
            task: names.task(id).to_string(),
            venue: names.venue(instrument.venue).to_string(),
            asset: names.asset(instrument.settle()).to_string(),
            exit: exit_price(holding, self.market).filter(|_| open).map(price),
            middle: middle_price(instrument, self.market),
            at_exit: at_exit(holding, instrument, self.market),
            at_middle: at_middle(holding, instrument, self.market),
            exposure: valued::exposure(holding, instrument, self.market),
            health: health(open, stale, overdue, status.standing),
            instrument: instrument.clone(),
            holding: *holding,
            traces,
            age,
            price_age,
            stale,
        }
    }
}

/// What is to be seen to first.
const fn health(open: bool, stale: bool, overdue: bool, standing: Standing) -> &'static str {
    match standing {
        _ if !open => "flat",
        Standing::Quarantined => "quarantined",
        Standing::Repairing => "unbalanced",
        _ if stale => "stale",
        _ if overdue => "overdue",
        Standing::Entering => "entering",
        Standing::Closing => "closing",
        Standing::Watching | Standing::Holding => "ok",
    }
}

fn text(amount: Decimal) -> String {
    amount.round_dp(DECIMALS).normalize().to_string()
}

fn money(amount: Option<Money>) -> Option<String> {
    amount.map(|amount| amount.trimmed().to_string())
}

const fn millis(span: Span) -> i64 {
    span.nanos() / 1_000_000
}

impl Held {
    fn qty(&self) -> Decimal {
        self.instrument
            .qty_decimal(self.holding.position.qty)
            .normalize()
    }

    fn part(&self) -> Part<'_> {
        Part {
            symbol: &self.instrument.symbol,
            venue: &self.venue,
            asset: &self.asset,
            value: self.exposure,
        }
    }

    fn json(&self) -> Value {
        let position = &self.holding.position;
        json!({
            "task": self.task,
            "venue": self.venue,
            "symbol": self.instrument.symbol,
            "instrument": self.instrument.name,
            "qty": self.qty().to_string(),
            "cost": position.cost.to_string(),
            "buy_average": self.traces.bought.average().map(text),
            "sell_average": self.traces.sold.average().map(text),
            "exit_price": money(self.exit),
            "mid_price": money(self.middle),
            "unrealised": money(self.at_exit),
            "unrealised_mid": money(self.at_middle),
            "exposure": money(self.exposure),
            "realised": position.realised.trimmed().to_string(),
            "fees": self.holding.fees.trimmed().to_string(),
            "fills": self.holding.fills,
            "opened_at": self.age.and(self.traces.opened_at).map(time_text),
            "age_ms": self.age.map(millis),
            "price_age_ms": self.price_age.map(millis),
            "stale": self.stale,
            "health": self.health,
        })
    }

    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let known = |amount: Option<Money>| money(amount).unwrap_or_else(|| "unknown".into());
        let age = self.age.map_or(0, millis);
        writeln!(
            out,
            "  {} {}, {}, open for {age} ms",
            self.instrument.name,
            self.qty(),
            self.health
        )?;
        writeln!(
            out,
            "    unrealised {} at {}, {} at the middle {}; realised {}, fees {}",
            known(self.at_exit),
            known(self.exit),
            known(self.at_middle),
            known(self.middle),
            self.holding.position.realised.trimmed(),
            self.holding.fees.trimmed(),
        )
    }
}

/// What a task's fills came to, both sides of one pair.
struct Sides {
    bought: Decimal,
    sold: Decimal,
    spread_bps: Decimal,
    profit_bps: Decimal,
}

impl Told {
    fn sides(&self) -> Option<Sides> {
        let sides = self.sides?;
        let (bought, sold) = (sides.bought.average()?, sides.sold.average()?);
        let bps = Decimal::from(10_000);
        let spread = ((sold - bought) * bps).checked_div(bought)?;
        let matched = sides.bought.base.min(sides.sold.base) * bought;
        let fees = (sides.fees.decimal() * bps).checked_div(matched)?;
        Some(Sides {
            bought,
            sold,
            spread_bps: spread,
            profit_bps: spread - fees,
        })
    }

    fn json(&self) -> Value {
        let sum = |of: fn(&Held) -> Option<Money>| {
            let mut sums: BTreeMap<u16, (Money, bool)> = BTreeMap::new();
            for held in &self.held {
                let sum = sums
                    .entry(held.instrument.settle().0)
                    .or_insert((Money::ZERO, true));
                match of(held) {
                    Some(amount) => sum.0 += amount,
                    None => sum.1 = false,
                }
            }
            let one = (sums.len() == 1)
                .then(|| sums.into_values().next())
                .flatten();
            one.filter(|(_, known)| *known)
                .map(|(sum, _)| sum.trimmed().to_string())
        };
        let sides = self.sides();
        let of = |of: fn(&Sides) -> Decimal| sides.as_ref().map(|sides| text(of(sides)));
        json!({
            "task": self.name,
            "positions": self.held.len(),
            "unrealised": sum(|held| held.at_exit),
            "unrealised_mid": sum(|held| held.at_middle),
            "buy_average": of(|sides| sides.bought),
            "sell_average": of(|sides| sides.sold),
            "spread_bps": of(|sides| sides.spread_bps),
            "profit_bps": of(|sides| sides.profit_bps),
        })
    }

    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let holds = if self.held.is_empty() {
            ": nothing"
        } else {
            ""
        };
        writeln!(out, "\ntask {}{holds}", self.name)?;
        for held in &self.held {
            held.tell(out)?;
        }
        if let Some(sides) = self.sides() {
            let [bought, sold] = [sides.bought, sides.sold].map(text);
            let [spread, profit] = [sides.spread_bps, sides.profit_bps].map(|bps| bps.round_dp(2));
            writeln!(
                out,
                "  bought at {bought}, sold at {sold} on average: a spread of {spread} bps, {profit} after fees"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pl7_what_is_worst_is_said_of_a_position() {
        for standing in Standing::ALL {
            assert_eq!(health(false, true, true, standing), "flat");
        }
        for (stale, overdue, standing, expected) in [
            (true, true, Standing::Quarantined, "quarantined"),
            (true, true, Standing::Repairing, "unbalanced"),
            (true, true, Standing::Holding, "stale"),
            (false, true, Standing::Holding, "overdue"),
            (false, false, Standing::Closing, "closing"),
            (false, false, Standing::Holding, "ok"),
        ] {
            assert_eq!(health(true, stale, overdue, standing), expected);
        }
    }
}
