//! `onetape backtest`: one run of a scenario over recorded data.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use onetape_core::journal::{Mode, NullStore};
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_data::catalog::Catalog;
use onetape_data::journal::{SegmentOptions, SegmentStore};
use onetape_reports::{RunFacts, RunSummary, Timelines};

use super::config::ScenarioArgs;
use super::report::timelines;
use crate::run::{
    BUILD, Backtest, Outcome, Prepared, RunFolder, RunRecord, TapeRecord, facts, hex_id,
};
use crate::scenario::{BreakEven, KnownInstrument, Loaded, Scenario, check_against, load};

/// What a run's journal keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum JournalMode {
    /// Decisions, answers and timers; the market by reference to its files.
    #[default]
    Decisions,
    /// Every event by value.
    Full,
    /// Nothing; the hash of the decisions alone.
    None,
}

/// `onetape backtest …`
#[derive(Clone, Debug, clap::Args)]
pub struct BacktestArgs {
    /// The scenario file, in TOML.
    pub file: PathBuf,
    /// What the command line changes.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// Where the run's folder goes; runs/NAME-ID when not given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What the journal keeps; none leaves no folder.
    #[arg(long, value_enum, default_value_t)]
    pub journal: JournalMode,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the scenario, the data or the run's folder is not right.
pub fn run(
    args: &BacktestArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let cards = cards(registry);
    let loaded = load(&args.file, &args.changes.options(), &cards)?;
    let catalog = Catalog::open(loaded.catalog()?)?;
    check(&loaded, &cards, &catalog)?;
    let scenario = &loaded.scenario;
    for warning in scenario
        .break_even(&cards)
        .iter()
        .filter_map(BreakEven::warning)
    {
        tracing::warn!("{warning}");
    }
    let prepared = Prepared::new(scenario, &catalog, registry)?;
    let backtest = Backtest::open(&prepared, &catalog)?;
    if args.journal == JournalMode::None {
        anyhow::ensure!(
            args.out.is_none(),
            "--out names a folder, but --journal none leaves none; drop one of them"
        );
        let text = backtest.scenario().to_string();
        let outcome = backtest.run(NullStore, Mode::None, None)?;
        print(
            &outcome,
            &facts(&outcome, &scenario.name, &text),
            None,
            args.json,
            out,
        )?;
        return Ok(0);
    }
    let default = || {
        PathBuf::from("runs").join(format!(
            "{}-{}",
            scenario.name,
            &hex_id(&backtest.run_id())[..8]
        ))
    };
    let place = args.out.clone().unwrap_or_else(default);
    let folder = RunFolder::begin(&place)?;
    let mode = if args.journal == JournalMode::Full {
        Mode::Full
    } else {
        Mode::Decisions
    };
    let (outcome, facts) = record(backtest, scenario, &catalog, &folder, mode)?;
    let place = folder.complete()?;
    print(&outcome, &facts, Some(&place), args.json, out)?;
    Ok(0)
}

/// The cards of a registry.
pub fn cards(registry: &[StrategySpec]) -> Vec<StrategyCard> {
    registry.iter().map(|spec| *spec.card).collect()
}

/// Checks what only the catalogue can tell.
///
/// # Errors
/// When an instrument is missing, inferred without leave, or of another kind than its leg trades.
pub fn check(loaded: &Loaded, cards: &[StrategyCard], catalog: &Catalog) -> anyhow::Result<()> {
    let mut names = onetape_core::names::Names::default();
    let mut known = std::collections::BTreeMap::new();
    for record in catalog.instruments() {
        let id = record.enter(&mut names)?;
        let kind = names.instrument(id).kind;
        known.insert(
            record.name(),
            KnownInstrument {
                kind,
                inferred: record.inferred,
            },
        );
    }
    Ok(check_against(loaded, cards, &known)?)
}

/// Runs a backtest into a folder in the making.
///
/// # Errors
/// As [`Backtest::run`], and when the folder cannot be written.
pub fn record(
    backtest: Backtest<'_>,
    scenario: &Scenario,
    catalog: &Catalog,
    folder: &RunFolder,
    mode: Mode,
) -> anyhow::Result<(Outcome, RunFacts)> {
    let began =
        jiff::Timestamp::try_from(SystemTime::now()).context("the clock is out of range")?;
    let (text, tape) = (
        backtest.scenario().to_string(),
        backtest.files().iter().map(TapeRecord::from).collect(),
    );
    // Of a run that is cut short nothing is kept.
    let segments = SegmentOptions {
        in_order: false,
        ..SegmentOptions::default()
    };
    let store = SegmentStore::create(folder.path(), segments)?;
    let outcome = backtest.run(store, mode, None)?;
    let facts = facts(&outcome, &scenario.name, &text);
    let record = RunRecord {
        run_id: facts.run_id.clone(),
        name: scenario.name.clone(),
        build: BUILD.to_string(),
        host: host(),
        began: began.to_string(),
        wall_s: outcome.wall.as_secs_f64(),
        decisions_hash: facts.decisions_hash.clone(),
        decisions_so_far: None,
        catalog: place_of(catalog.root(), folder.path()),
        venues: BTreeMap::new(),
        tape,
    };
    folder.write("scenario.toml", &text)?;
    folder.write(
        "report.html",
        onetape_reports::to_html(
            &outcome.report,
            &facts,
            &timelines(folder.path(), Timelines::of(&outcome.report))?,
        )?,
    )?;
    folder.write("run.json", serde_json::to_string_pretty(&record)? + "\n")?;
    Ok((outcome, facts))
}

/// A catalogue inside the run's folder is named relative to it, so that the folder can be moved.
fn place_of(catalog: &Path, folder: &Path) -> PathBuf {
    if let Ok(inside) = catalog.strip_prefix(folder) {
        return inside.to_path_buf();
    }
    std::path::absolute(catalog).unwrap_or_else(|_| catalog.to_path_buf())
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} {}", std::env::consts::OS, name.trim())
}

/// Prints what a run came to: one JSON document, or tables.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(
    outcome: &Outcome,
    facts: &RunFacts,
    place: Option<&Path>,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if json {
        let summary = RunSummary {
            facts,
            figures: &outcome.report.figures,
        };
        serde_json::to_writer_pretty(&mut *out, &summary)?;
        writeln!(out)?;
        return Ok(());
    }
    write!(out, "{}", onetape_reports::to_text(&outcome.report))?;
    let rate = facts.events_per_s.unwrap_or_default() / 1e6;
    writeln!(
        out,
        "\n{} events in {:.2} s ({rate:.2} million a second), decisions {}",
        outcome.events,
        outcome.wall.as_secs_f64(),
        facts.decisions_hash
    )?;
    if let Some(place) = place {
        writeln!(out, "run    {}", place.display())?;
        writeln!(out, "report {}", place.join("report.html").display())?;
    }
    Ok(())
}
