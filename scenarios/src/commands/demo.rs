//! `onetape demo`: a synthetic tape, a backtest on it and its report, with no network and no configuration.

mod course;
mod recovery;
mod stress;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_core::journal;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;
use onetape_data::synth::{PlantedRecord, SynthConfig, write};
use onetape_reports::{Report, RunSummary};
use serde_json::json;

use super::backtest::{cards, print, record};
use super::data::synth::parse_span;
use crate::run::{Backtest, Prepared, RunFolder};
use crate::scenario::{Options, parse};

/// The demo's scenario.
const SCENARIO: &str = include_str!("../demo/scenario.toml");

/// `onetape demo …`
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArgs {
    /// What is shown.
    #[arg(long, value_enum, default_value_t)]
    pub mode: Mode,
    /// Length of the tape, such as 8m [default: 2h to arbitrage, 8m otherwise].
    #[arg(long, value_parser = parse_span)]
    pub duration: Option<Span>,
    /// Where the run's folder goes.
    #[arg(long, value_name = "DIR", default_value = "onetape-demo")]
    pub out: PathBuf,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// What a demo shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Spot against a perpetual, trading what was planted.
    #[default]
    Arbitrage,
    /// The same while legs fail: what comes of each trip, up to one that needs a person.
    Recovery,
    /// Eight tasks at five venues under drawn faults, with what must hold checked; exit 3 when something does not.
    Stress,
}

/// Length of a demo of what goes wrong.
const FAULTY: Span = Span::from_millis(480_000);

impl DemoArgs {
    /// The pair's tape; as many opportunities as there are by default, or as fit.
    fn pair(&self, duration: Option<Span>) -> SynthConfig {
        let default = SynthConfig::default();
        let mut config = SynthConfig {
            duration: duration.unwrap_or(default.duration),
            ..default
        };
        config.opportunities = config.opportunities.min(config.opportunities_max());
        config
    }
}

/// Runs the command.
///
/// # Errors
/// When the folder cannot be written.
pub fn run(args: &DemoArgs, registry: &[StrategySpec], out: &mut dyn Write) -> anyhow::Result<u8> {
    match args.mode {
        Mode::Arbitrage => arbitrage(args, registry, out),
        Mode::Recovery => recovery::run(args, registry, out),
        Mode::Stress => stress::run(args, registry, out),
    }
}

fn arbitrage(
    args: &DemoArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let folder = RunFolder::begin(&args.out)?;
    let root = folder.path().join("catalog");
    let made = write(&root, &args.pair(args.duration), &mut |_, _| {})?;
    let catalog = Catalog::open(&root)?;
    let cards = cards(registry);
    let loaded = parse(SCENARIO, "demo", folder.path(), &Options::default(), &cards)?;
    let prepared = Prepared::new(&loaded.scenario, &catalog, registry)?;
    let backtest = Backtest::open(&prepared, &catalog)?;
    let (outcome, facts) = record(
        backtest,
        &loaded.scenario,
        &catalog,
        &folder,
        journal::Mode::Decisions,
    )?;
    let place = folder.complete()?;
    let planted = Planted::judge(&made.record.planted, &outcome.report);
    if args.json {
        let summary = RunSummary {
            facts: &facts,
            figures: &outcome.report.figures,
        };
        let mut document = serde_json::to_value(summary)?;
        if let Some(fields) = document.as_object_mut() {
            fields.insert("planted".to_string(), planted.json());
            fields.insert("report".to_string(), json!(place.join("report.html")));
        }
        writeln!(out, "{document:#}")?;
        return Ok(0);
    }
    print(&outcome, &facts, None, false, out)?;
    writeln!(out, "{}", planted.words())?;
    writeln!(
        out,
        "replay it: onetape replay --verify {}",
        place.display()
    )?;
    writeln!(
        out,
        "open       {}",
        absolute(&place.join("report.html"))?.display()
    )?;
    Ok(0)
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).context("the current directory is gone")
}

/// Planted opportunities beside what was made of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Planted {
    winners: u32,
    won: u32,
    losers: u32,
    lost: u32,
    /// Round trips that no planted opportunity explains.
    other: usize,
}

impl Planted {
    fn judge(planted: &[PlantedRecord], report: &Report) -> Self {
        let mut judged = Self::default();
        let mut explained = 0;
        for one in planted {
            let within = |at: Ts| (one.at_ns..=one.until_ns).contains(&at.nanos());
            let trips = || {
                report
                    .round_trips
                    .iter()
                    .filter(|trip| within(trip.opened_at))
            };
            let (gained, any) = (
                trips().all(|trip| trip.pnl.net.is_gain()),
                trips().next().is_some(),
            );
            explained += trips().count();
            if one.wins {
                judged.winners += 1;
                judged.won += u32::from(any && gained);
            } else {
                judged.losers += 1;
                judged.lost += u32::from(any && trips().all(|trip| trip.pnl.net.is_loss()));
            }
        }
        judged.other = report.round_trips.len() - explained;
        judged
    }

    fn words(&self) -> String {
        let Self {
            winners,
            won,
            losers,
            lost,
            other,
        } = self;
        format!(
            "planted: {won} of {winners} opportunities that pay were won, {lost} of {losers} that do not were lost, \
             {other} other round trips"
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "winners": self.winners,
            "won": self.won,
            "losers": self.losers,
            "lost": self.lost,
            "other": self.other,
        })
    }
}
