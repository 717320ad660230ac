//! `onetape live`, and `onetape paper --testnet`: a scenario in real time with orders that leave.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use onetape_adapters::protocol::Protocol;
use onetape_core::ramp::RampRule;
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_core::time::Span;
use onetape_data::catalog::Catalog;

use super::backtest::cards;
use super::config::ScenarioArgs;
use super::keys::FileArgs;
use super::paper::{durability, duration, load_live, place, print, told_recorded};
use super::reach::{ReachArgs, credentials, demand};
use crate::run::Prepared;
use crate::run::live::{AccountVenues, MarketPlan, Session, wanted};
use crate::scenario::{Ramp, Scenario, VenueLive};

/// `onetape live …`
#[derive(Clone, Debug, clap::Args)]
pub struct LiveArgs {
    /// The scenario file, in TOML.
    pub file: PathBuf,
    /// What the command line changes.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// Where the run's folder goes; one of a run that was cut short is gone on with. runs/NAME-live-TIME when not given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Stop after so long, such as 30s or 2h; else Ctrl-C stops it.
    #[arg(long, value_name = "D", value_parser = super::paper::span)]
    pub duration: Option<Span>,
    /// Begin with the scenario's size at once, not with one lot.
    #[arg(long)]
    pub full_size: bool,
    /// The phrase that confirms what is traded, for scripts; else it is asked for.
    #[arg(long, value_name = "PHRASE")]
    pub confirm: Option<String>,
    /// Where the venues are, and with which keys.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// I looked at these venues myself: their keys can withdraw nothing. For venues that do not tell.
    #[arg(long, value_name = "VENUE", value_delimiter = ',')]
    pub no_withdrawals: Vec<String>,
    /// Record the run's market into this catalogue, and what else it saw into its folder, for `onetape replay --market`.
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Print one JSON document on stdout, at the end.
    #[arg(long)]
    pub json: bool,
}

/// Runs `onetape live`.
///
/// # Errors
/// When the scenario, the venues, a key or the run's folder is not right, or nobody confirmed.
pub fn run(
    args: &LiveArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    trade(args, args.reach.mode(), registry, out, err)
}

/// Trades with orders that leave.
///
/// # Errors
/// As [`run`].
pub(super) fn trade(
    args: &LiveArgs,
    mode: &'static str,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let cards = cards(registry);
    let scenario = &as_traded(&args.file, &args.changes, args.full_size, mode, &cards, err)?;
    let catalog = scenario.data.catalog.as_ref();
    let catalog = catalog.filter(|it| it.exists()).map(|it| Catalog::open(it));
    let catalog = catalog.transpose()?;
    let places = args.reach.places();
    let keys = FileArgs::new(args.reach.keys.clone(), args.reach.passphrase_fd).load()?;
    let (plan, names) = MarketPlan::make(scenario, catalog.as_ref(), &places)?;
    let prepared = Prepared::live(scenario, names, registry)?;
    check_ramp(&prepared)?;
    let feeds = wanted(&prepared, registry)?;
    let key = |protocol: Protocol, live: &VenueLive| {
        let (venue, name) = (protocol.venue(), live.key.as_deref().unwrap_or("main"));
        let key = keys.get(venue, name).with_context(|| {
            format!(
                "there is no key {name:?} of {venue}; add it with `onetape keys add {venue} {name}`"
            )
        })?;
        Ok(Some(Arc::new(credentials(key)?)))
    };
    let setups = plan.setups(&prepared.names, key)?;
    // With connections of their own, which end with the question.
    let asked = plan.presets().zip(plan.setups(&prepared.names, key)?);
    demand(asked.collect(), &args.no_withdrawals)?;
    tell(&plan, scenario, err)?;
    // On a testnet nothing can be lost.
    if mode == "live" {
        confirm(args.confirm.as_deref(), scenario, mode, err)?;
    }
    let place = place(args.out.as_ref(), scenario, mode);
    writeln!(err, "note: {mode} in {}; Ctrl-C ends it", place.display())?;
    let session = Session {
        prepared: &prepared,
        cards,
        place: place.clone(),
        catalog: catalog.map(|it| it.root().to_path_buf()),
        reached: plan.reached(),
        mode,
        durability: durability(scenario),
        resumes: true,
        duration: args.duration.map(duration),
        also: None,
        record: args.record.clone(),
    };
    let finished = session.run(&mut AccountVenues::new(&prepared, setups, feeds))?;
    print(&finished, scenario, &place, args.json, out)?;
    told_recorded(&finished, err)?;
    if !finished.complete {
        unfinished(&place, err)?;
    }
    Ok(0)
}

/// A scenario as it is traded: with what the environment and the command line change, and the ramp that it begins with.
///
/// # Errors
/// When the file, a variable or a change is wrong.
pub(super) fn as_traded(
    file: &Path,
    changes: &ScenarioArgs,
    full_size: bool,
    mode: &str,
    cards: &[StrategyCard],
    err: &mut dyn Write,
) -> anyhow::Result<Scenario> {
    let mut scenario = load_live(file, changes, cards, err)?.scenario;
    // Money is at stake only live: it begins small unless somebody said otherwise.
    if full_size {
        scenario.live.ramp = Ramp::Off;
    } else if scenario.live.ramp == Ramp::Unsaid && mode == "live" {
        scenario.live.ramp = Ramp::On(RampRule::default());
    }
    Ok(scenario)
}

/// A ramp holds only where strategies size by it.
pub(super) fn check_ramp(prepared: &Prepared<'_>) -> anyhow::Result<()> {
    if prepared.limits.ramp.is_none() {
        return Ok(());
    }
    let desk = prepared.desk()?;
    let task = desk.tasks_without_ramp().next();
    if let Some(task) = task.and_then(|id| prepared.scenario.tasks.get(id.index())) {
        bail!(
            "task {:?}: strategy {} does not size its entries by a ramp; begin with a small \
             size in the scenario and with --full-size, or [live] ramp = false",
            task.name,
            task.strategy
        );
    }
    Ok(())
}

/// What will be traded, and where.
fn tell(plan: &MarketPlan, scenario: &Scenario, err: &mut dyn Write) -> std::io::Result<()> {
    writeln!(err, "orders of {:?} leave for", scenario.name)?;
    for line in plan.lines() {
        writeln!(err, "  {line}")?;
    }
    match scenario.live.ramp {
        Ramp::On(rule) => writeln!(
            err,
            "  it begins with one lot, times {} after {} good round trips, {} times",
            rule.factor, rule.trips, rule.steps
        )?,
        Ramp::Off | Ramp::Unsaid => {
            writeln!(err, "  WITHOUT A RAMP: the first order has the whole size")?
        }
    }
    let risk = &scenario.risk;
    let limit = |of: Option<onetape_core::num::Money>| {
        of.map_or_else(
            || "no limit".to_string(),
            |amount| amount.trimmed().to_string(),
        )
    };
    writeln!(
        err,
        "  an order's value: {}; a position's: {}; loss of a day: {}",
        limit(risk.max_order_notional),
        limit(risk.max_position_notional),
        limit(risk.max_daily_loss),
    )
}

/// The phrase that must be typed: it names the scenario, so that the wrong one is not confirmed by habit.
fn confirm(
    given: Option<&str>,
    scenario: &Scenario,
    mode: &str,
    err: &mut dyn Write,
) -> anyhow::Result<()> {
    let size = match scenario.live.ramp {
        Ramp::On(_) => "",
        Ramp::Off | Ramp::Unsaid => " at full size",
    };
    let phrase = format!("trade {} {mode}{size}", scenario.name);
    let typed = match given {
        Some(given) => given.to_string(),
        None => {
            write!(err, "type {phrase:?} to go on: ")?;
            err.flush()?;
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line
        }
    };
    if typed.trim() != phrase {
        bail!("not confirmed: nothing was sent. Type {phrase:?}, or give it with --confirm");
    }
    Ok(())
}

fn unfinished(place: &Path, err: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        err,
        "note: something is held or at work still; the same command with --out {} goes on with it",
        place.display()
    )
}
