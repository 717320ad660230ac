//! `onetape status`: where every task of a run is, at its end or at a moment of it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use onetape_core::desk::{Desk, Holding, TaskStatus};
use onetape_core::instrument::Instrument;
use onetape_core::journal::Record;
use onetape_core::market::Market;
use onetape_core::names::TaskId;
use onetape_core::num::Money;
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_core::task::{REASONS, Standing};
use onetape_core::time::Ts;
use onetape_data::journal::JournalFile;
use serde_json::{Map, Value, json};

use super::valued::{at_exit, at_middle, exit_price, exposure};
use crate::commands::backtest::cards;
use crate::commands::journal::report_tail;
use crate::commands::{moment, time_text};
use crate::run::{Refold, Stop, hex_id, open_recorded};
use crate::scenario::{Scenario, Task};

/// Version of the JSON document: it grows when a field changes its meaning or goes; fields may be added.
const SCHEMA: u32 = 1;

/// `onetape status …`
#[derive(Clone, Debug, clap::Args)]
pub struct StatusArgs {
    /// Folder of the run; where an instance runs in it, that is asked.
    pub run: PathBuf,
    /// The moment (2024-08-08T23:54:14.5Z, or nanoseconds since 1970); the run's end when not given.
    #[arg(long, value_name = "T", value_parser = moment)]
    pub at: Option<Ts>,
    /// The catalogue, where it is no longer where it was when the run was made.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command: folds the run to the moment and looks at its tasks.
///
/// # Errors
/// When the journal is damaged or the tape is not the recorded one.
pub fn run(
    args: &StatusArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    #[cfg(unix)]
    if args.at.is_none()
        && let Some(told) = super::control::ask_running(&args.run)?
    {
        super::control::tell_status(&told, args.json, out)?;
        return Ok(0);
    }
    let cards = cards(registry);
    let recorded = open_recorded(&args.run, args.catalog.as_deref(), &[], &cards)?;
    let began = match &recorded.begins_at {
        Some(snapshot) => snapshot.place.ts,
        None => {
            let first = JournalFile::open(&args.run)?.next().transpose()?;
            match first.map(|entry| entry.body) {
                Some(Record::Event(event)) => event.ts,
                _ => Ts::default(),
            }
        }
    };
    let prepared = recorded.prepare(registry)?;
    let mut refold = recorded.refold(&prepared)?;
    let stop = args.at.map_or(Stop::End, Stop::At);
    refold.run(stop, false)?;
    report_tail(refold.tail(), err)?;
    let view = View {
        scenario: &recorded.loaded.scenario,
        cards: &cards,
        desk: refold.engine().desk(),
        market: refold.engine().market(),
        // At a moment that is asked for it ran; of now its folder's lock tells, whatever the journal ends with.
        runs: args.at.is_some() || is_held(&args.run),
    };
    if args.json {
        let run_id = hex_id(&recorded.started.run_id);
        writeln!(out, "{:#}", view.document(&run_id, began, &refold))?;
    } else {
        view.tell(&refold, out)?;
    }
    Ok(0)
}

/// Whether a process has the run's folder.
#[cfg(unix)]
fn is_held(run: &std::path::Path) -> bool {
    onetape_live::journal::RunLock::is_taken(run)
}

/// Whether a process has the run's folder: runs in real time are not made here.
#[cfg(not(unix))]
const fn is_held(_: &std::path::Path) -> bool {
    false
}

/// A run at a moment.
pub(crate) struct View<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) cards: &'a [StrategyCard],
    pub(crate) desk: &'a Desk,
    pub(crate) market: &'a Market,
    /// Whether a process may be at it.
    pub(crate) runs: bool,
}

impl View<'_> {
    fn tasks(&self) -> impl Iterator<Item = (&Task, TaskStatus<'_>)> {
        let tasks = (0..).zip(&self.scenario.tasks);
        tasks.filter_map(|(at, task)| Some((task, self.desk.status(TaskId(at))?)))
    }

    fn document(&self, run_id: &str, began: Ts, refold: &Refold) -> Value {
        let events = refold.engine().next_seq().0;
        let last = refold.last();
        let runtime = if events == 0 {
            0
        } else {
            last.since(began).nanos()
        };
        let sum = |of: fn(&TaskStatus<'_>) -> u64| {
            self.tasks().map(|(_, status)| of(&status)).sum::<u64>()
        };
        json!({
            "schema": SCHEMA,
            "run_id": run_id,
            "name": self.scenario.name,
            "last_event": (events > 0).then(|| time_text(last)),
            "running": self.runs && events > 0 && !refold.is_over(),
            "active_tasks": sum(|status| u64::from(status.state.is_active())),
            "total_executions": sum(|status| status.executions),
            "runtime_ms": runtime / 1_000_000,
            "persistence": {
                "events": events,
                "decisions": sum(|status| status.decisions),
                "torn_bytes": refold.tail().map(|tail| tail.bytes),
            },
            "waiting": super::waiting::documents(self.desk, self.market, last),
            "tasks": self.documents(),
        })
    }

    /// Every task, as JSON.
    pub(crate) fn documents(&self) -> Vec<Value> {
        let tasks = (0..).zip(self.tasks());
        tasks
            .map(|(at, (task, status))| self.task(TaskId(at), task, &status))
            .collect()
    }

    fn task(&self, id: TaskId, task: &Task, status: &TaskStatus<'_>) -> Value {
        let stand = status.stand();
        let params = self.desk.params(id).map(|params| params.texts());
        let legs = task.legs.iter();
        let legs: Map<String, Value> = legs
            .map(|leg| (leg.name.to_string(), json!(leg.instrument.to_string())))
            .collect();
        json!({
            "id": task.name,
            "strategy": task.strategy,
            "symbol": task.legs.first().map(|leg| leg.instrument.symbol.as_str()),
            "legs": legs,
            "ramp": self.desk.ramp(id).map(|ramp| json!({
                "step": ramp.step,
                "steps": ramp.steps,
                "lots": ramp.lots,
                "good": ramp.good,
                "trips": ramp.trips,
            })),
            "params": params.unwrap_or_default().into_iter().collect::<BTreeMap<_, _>>(),
            "state": status.state.name(),
            "standing": status.standing.name(),
            "views": {
                "arbitrage": stand.arbitrage(),
                "delta_neutral": stand.delta_neutral(),
                "operation": stand.operation(),
            },
            "reason": status.reason.as_str(),
            "meaning": self.meaning(task, status.reason.as_str()),
            "positions": self.positions(status.holdings),
            "delta": texts(self.deltas(status.holdings)),
            "delta_value": self.delta_values(status.holdings),
            "dust": self.dust(status),
            "skew_ms": self.skew_ms(id),
            "orders": status.orders,
            "executions": status.executions,
            "decisions": status.decisions,
            "decided_at": status.decided_at.map(time_text),
            "failures": status.failures,
            "realised": texts(self.sums(status.holdings, |held| held.position.realised)),
            "fees": texts(self.sums(status.holdings, |held| held.fees)),
            "next_timer": status.next_timer.map(time_text),
        })
    }

    /// How far the books of a task's legs are apart, each as old as its last message; `None` where one was never told.
    fn skew_ms(&self, id: TaskId) -> Option<f64> {
        let legs = self.desk.legs_of(id);
        let books = legs.map(|leg| self.market.instrument(leg));
        let stamps: Option<Vec<Ts>> = books
            .map(|book| Some(book.updated()).filter(|_| book.top().is_some()))
            .collect();
        let stamps = stamps?;
        let (first, last) = (stamps.iter().min()?, stamps.iter().max()?);
        Some(last.since(*first).nanos() as f64 / 1e6)
    }

    fn meaning(&self, task: &Task, reason: &str) -> Option<&str> {
        let card = self.cards.iter().find(|card| card.name == task.strategy);
        let own = card.map_or(&[][..], |card| card.reasons);
        let mut known = own.iter().chain(REASONS);
        known
            .find(|(code, _)| *code == reason)
            .map(|(_, meaning)| *meaning)
    }

    fn instrument(&self, held: &Holding) -> &Instrument {
        self.desk.names().instrument(held.instrument)
    }

    fn positions(&self, holdings: &[Holding]) -> Value {
        let position = |held: &Holding| {
            let instrument = self.instrument(held);
            let exit = at_exit(held, instrument, self.market);
            let middle = at_middle(held, instrument, self.market);
            json!({
                "instrument": instrument.name,
                "qty": instrument.qty_decimal(held.position.qty).normalize().to_string(),
                "cost": held.position.cost.to_string(),
                "realised": held.position.realised.to_string(),
                "unrealised": exit.map(|amount| amount.to_string()),
                "unrealised_mid": middle.map(|amount| amount.to_string()),
                "fees": held.fees.to_string(),
                "fills": held.fills,
            })
        };
        holdings.iter().map(position).collect()
    }

    /// What trips that are over left on each instrument: too little to trade, it goes with a later trip.
    fn dust(&self, status: &TaskStatus<'_>) -> BTreeMap<&str, String> {
        let is_flat = status.standing == Standing::Watching;
        let left = status.holdings.iter().filter(|_| is_flat);
        let left = left.filter(|held| !held.position.qty.is_zero());
        let of = |held: &Holding| {
            let instrument = self.instrument(held);
            let qty = instrument.qty_decimal(held.position.qty).normalize();
            (instrument.name.as_str(), qty.to_string())
        };
        left.map(of).collect()
    }

    /// Signed exposure by base asset.
    fn deltas(&self, holdings: &[Holding]) -> BTreeMap<String, Money> {
        let mut sums = BTreeMap::new();
        for held in holdings {
            let instrument = self.instrument(held);
            let base = self.desk.names().asset(instrument.base).to_string();
            let worth = exit_price(held, self.market)
                .map(|price| instrument.base_value(price, held.position.qty));
            *sums.entry(base).or_insert(Money::ZERO) += worth.unwrap_or_default();
        }
        sums
    }

    /// Signed exposure by the asset that it settles in, at the middle of the books; unknown where one is missing.
    fn delta_values(&self, holdings: &[Holding]) -> Map<String, Value> {
        let mut sums: BTreeMap<&str, Option<Money>> = BTreeMap::new();
        for held in holdings {
            let instrument = self.instrument(held);
            let asset = self.desk.names().asset(instrument.settle());
            let value = exposure(held, instrument, self.market);
            let sum = sums.entry(asset).or_insert(Some(Money::ZERO));
            *sum = sum.zip(value).map(|(sum, value)| sum + value);
        }
        let text = |sum: Option<Money>| json!(sum.map(|sum| sum.trimmed().to_string()));
        sums.into_iter()
            .map(|(asset, sum)| (asset.to_string(), text(sum)))
            .collect()
    }

    /// Sums by the asset that they are settled in.
    fn sums(
        &self,
        holdings: &[Holding],
        of: impl Fn(&Holding) -> Money,
    ) -> BTreeMap<String, Money> {
        let mut sums = BTreeMap::new();
        for held in holdings {
            let asset = self
                .desk
                .names()
                .asset(self.instrument(held).settle())
                .to_string();
            *sums.entry(asset).or_insert(Money::ZERO) += of(held);
        }
        sums
    }

    fn tell(&self, refold: &Refold, out: &mut dyn Write) -> std::io::Result<()> {
        let events = refold.engine().next_seq().0;
        if events == 0 {
            return writeln!(out, "the run had not begun yet");
        }
        let over = if refold.is_over() { "over" } else { "running" };
        writeln!(
            out,
            "{over}, {events} events, the last at {}",
            time_text(refold.last())
        )?;
        for (id, (task, status)) in (0..).map(TaskId).zip(self.tasks()) {
            let (state, standing) = (status.state.name(), status.standing.name());
            writeln!(
                out,
                "\ntask {}: {state}, {standing}, {}",
                task.name, status.reason
            )?;
            if let Some(meaning) = self.meaning(task, status.reason.as_str()) {
                writeln!(out, "  {meaning}")?;
            }
            writeln!(
                out,
                "  executions {}, decisions {}, orders at work {}, failures in a row {}",
                status.executions, status.decisions, status.orders, status.failures
            )?;
            for held in status.holdings {
                let instrument = self.instrument(held);
                let qty = instrument.qty_decimal(held.position.qty).normalize();
                let (realised, fees) = (held.position.realised, held.fees);
                writeln!(
                    out,
                    "  {} {qty}, realised {realised}, fees {fees}",
                    instrument.name
                )?;
            }
            for (instrument, qty) in self.dust(&status) {
                writeln!(out, "  dust {qty} at {instrument}")?;
            }
            for (asset, delta) in self.deltas(status.holdings) {
                writeln!(out, "  delta {} {asset}", delta.trimmed())?;
            }
            if let Some(apart) = self.skew_ms(id) {
                writeln!(out, "  books of its legs {apart} ms apart")?;
            }
            if let Some(timer) = status.next_timer {
                writeln!(out, "  next timer {}", time_text(timer))?;
            }
        }
        Ok(())
    }
}

fn texts(sums: BTreeMap<String, Money>) -> Map<String, Value> {
    let text = |(name, sum): (String, Money)| (name, json!(sum.trimmed().to_string()));
    sums.into_iter().map(text).collect()
}
