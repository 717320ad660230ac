//! `onetape sweep FILE`: plan, run and merge in one, on this machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use onetape_core::strategy::StrategySpec;

use super::results::{ShowArgs, finish};
use super::search::SearchArgs;
use super::{EXIT_STOPPED, SpaceArgs, WorkArgs, options, signals, write_plan};
use crate::commands::backtest::cards;
use crate::commands::config::ScenarioArgs;
use crate::run::peak_rss_mib;
use crate::store;
use crate::sweep::merge::{costs, find, rows};
use crate::sweep::{
    End, Executor, Ground, Plan, Planned, Row, Shard, coded, plan, run_search, run_shard, settle,
    whole,
};

/// `onetape sweep FILE …`
#[derive(Clone, Debug, clap::Args)]
pub struct HereArgs {
    /// The scenario file, in TOML.
    #[arg(required = true)]
    pub file: Option<PathBuf>,
    /// What the command line changes.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// Which points.
    #[command(flatten)]
    pub space: SpaceArgs,
    /// Which search.
    #[command(flatten)]
    pub search: SearchArgs,
    /// The folder of the sweep; sweeps/NAME-HASH when not given. A sweep that is there is gone on with.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How points are run.
    #[command(flatten)]
    pub work: WorkArgs,
    /// What is shown.
    #[command(flatten)]
    pub show: ShowArgs,
}

pub(super) fn run(
    args: &HereArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let file = args.file.as_deref().unwrap_or(Path::new(""));
    let stop = signals::stop()?;
    let cards = cards(registry);
    let request = args.space.request(args.search.search()?);
    let options = options(&args.changes);
    let mut planned = plan(file, &options, &request, registry, &cards)?;
    let folder = args.out.clone().unwrap_or_else(|| place(&planned.plan));
    write_plan(&mut planned.plan, &planned.catalog, &folder)?;
    let Planned { plan, catalog, .. } = &planned;
    store::fetch(catalog, plan.records(catalog))?;
    let scenario = plan.document()?;
    let threads = args.work.companies(Ground {
        scenario: &scenario,
        catalog,
        registry,
        cards: &cards,
        window: plan.window,
    })?;
    let Some(rows) = work(plan, &folder, &threads, &stop).map_err(coded)? else {
        // Where nobody reads it, the code still says it.
        let _ = writeln!(
            err,
            "stopped; what is done is kept in {}; run the same command again to go on",
            folder.display()
        );
        return Ok(EXIT_STOPPED);
    };
    let timings = costs(plan, &folder);
    finish(plan, rows, Vec::new(), &timings, &folder, &args.show, out)?;
    Ok(0)
}

/// Where a sweep goes that nobody gave a place: equal sweeps go to the same one.
fn place(plan: &Plan) -> PathBuf {
    let hash = plan.hash.get(..8).unwrap_or_default();
    PathBuf::from("sweeps").join(format!("{}-{hash}", plan.name))
}

/// The rows of every point; `None` when it was told to stop before all were done.
fn work(
    plan: &Plan,
    folder: &Path,
    executor: &dyn Executor,
    stop: &AtomicBool,
) -> anyhow::Result<Option<Vec<Row>>> {
    if plan.search.is_some() {
        if !look(plan, folder, executor, stop)? {
            return Ok(None);
        }
    } else if let End::Stopped { .. } = run_shard(plan, folder, Shard::WHOLE, executor, stop)? {
        return Ok(None);
    }
    Ok(Some(rows(plan, find(plan, folder)?)?))
}

/// Runs a search, unless its rows are there; false when it was told to stop before its end.
fn look(
    plan: &Plan,
    folder: &Path,
    executor: &dyn Executor,
    stop: &AtomicBool,
) -> anyhow::Result<bool> {
    if whole(plan, folder)?.is_some() {
        return Ok(true);
    }
    let Some(found) = run_search(plan, folder, executor, stop)? else {
        return Ok(false);
    };
    settle(plan, folder, found.rows, &found.costs, peak_rss_mib())?;
    found.checkpoints.done();
    Ok(true)
}
