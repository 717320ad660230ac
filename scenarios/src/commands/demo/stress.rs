//! `onetape demo --mode stress`: many tasks at many venues under drawn faults, with what must hold checked from beside.

use std::io::Write;

use onetape_core::journal;
use onetape_core::strategy::StrategySpec;
use onetape_data::catalog::Catalog;
use onetape_data::synth::market::{self, MarketConfig};

use super::{DemoArgs, FAULTY, absolute};
use crate::commands::backtest::{cards, record};
use crate::commands::config::ScenarioArgs;
use crate::commands::scenario::fuzz::{self, FuzzArgs};
use crate::run::{Backtest, Prepared, RunFolder};
use crate::scenario::{Options, parse};

/// The mixed example: every kind of arbitrage on one account.
const SCENARIO: &str = include_str!("../../../examples/synth_mixed.toml");
/// Draws of faults that are run.
const SEEDS: u64 = 8;
/// Arrivals of the market, in thousandths of what was measured.
const RATE_MILLI: u32 = 300;
/// Seed of the market.
const SEED: u64 = 3;

/// Runs the demo.
///
/// # Errors
/// When the folder cannot be written.
pub(super) fn run(
    args: &DemoArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let folder = RunFolder::begin(&args.out)?;
    let root = folder.path().join("catalog");
    let config = MarketConfig {
        seed: SEED,
        duration: args.duration.unwrap_or(FAULTY),
        rate_milli: RATE_MILLI,
        ..MarketConfig::default()
    };
    market::write(&root, &config, &mut |_, _| {})?;
    let catalog = Catalog::open(&root)?;
    let text = SCENARIO
        .replace("name = \"synth-mixed\"", "name = \"demo-stress\"")
        .replace("\"../../synth\"", "\"catalog\"");
    // The first of the runs is the one that is kept.
    let options = Options {
        sets: vec!["faults.swarm=true".into(), "faults.seed=0".into()],
        ..Options::default()
    };
    let loaded = parse(&text, "demo", folder.path(), &options, &cards(registry))?;
    let prepared = Prepared::new(&loaded.scenario, &catalog, registry)?;
    let backtest = Backtest::open(&prepared, &catalog)?;
    let mode = journal::Mode::Decisions;
    record(backtest, &loaded.scenario, &catalog, &folder, mode)?;
    let place = folder.complete()?;
    let fuzzed = FuzzArgs {
        files: vec![place.join("scenario.toml")],
        changes: ScenarioArgs {
            catalog: Some(place.join("catalog")),
            ..ScenarioArgs::default()
        },
        seeds: 0..SEEDS,
        threads: None,
        strict: false,
        legs: false,
        json: args.json,
    };
    let code = fuzz::run(&fuzzed, registry, out)?;
    if !args.json {
        let told = if code == 0 {
            "every rule held"
        } else {
            "a rule was broken"
        };
        writeln!(
            out,
            "\n{told} in {SEEDS} runs of {} tasks",
            loaded.scenario.tasks.len()
        )?;
        writeln!(
            out,
            "replay the first: onetape replay --verify {}",
            place.display()
        )?;
        writeln!(
            out,
            "open       {}",
            absolute(&place.join("report.html"))?.display()
        )?;
    }
    Ok(code)
}
