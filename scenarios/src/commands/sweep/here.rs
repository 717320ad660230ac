//! `onetape sweep FILE`: plan, run and merge in one, on this machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use onetape_core::strategy::StrategySpec;

use super::results::{ShowArgs, finish};
use super::{EXIT_STOPPED, SpaceArgs, WorkArgs, options, signals, write_plan};
use crate::commands::backtest::cards;
use crate::commands::config::ScenarioArgs;
use crate::store;
use crate::sweep::merge::{costs, find, rows};
use crate::sweep::{
    End, Executor, Ground, Part, Plan, Planned, Row, Search, Shard, SweepError, coded, part_place,
    plan, run_search, run_shard, write_timings,
};

/// How points are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SearchMethod {
    /// Learns from the points so far where the next may be good; needs --budget.
    Tpe,
    /// Runs all points over a short stretch of the data, and the best third of them over three times as much.
    Halving,
}

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
    /// Look for points instead of running all of them.
    #[arg(long, value_enum)]
    pub search: Option<SearchMethod>,
    /// Points that a search by tpe runs.
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
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

impl HereArgs {
    fn search(&self) -> anyhow::Result<Option<Search>> {
        match (self.search, self.budget) {
            (None, None) => Ok(None),
            (Some(SearchMethod::Halving), None) => Ok(Some(Search::Halving)),
            (Some(SearchMethod::Tpe), Some(budget)) if budget > 0 => {
                Ok(Some(Search::Tpe { budget }))
            }
            (Some(SearchMethod::Tpe), _) => Err(SweepError::usage(
                "--search tpe: how many points? Give --budget N",
            )),
            (_, Some(_)) => Err(SweepError::usage(
                "--budget is for --search tpe; give a number of points with --random N or --sobol N",
            )),
        }
    }
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
    let request = args.space.request(args.search()?);
    let options = options(&args.changes);
    let mut planned = plan(file, &options, &request, registry, &cards)?;
    let folder = args.out.clone().unwrap_or_else(|| place(&planned.plan));
    write_plan(&mut planned.plan, &planned.catalog, &folder)?;
    let Planned { plan, catalog, .. } = &planned;
    store::fetch(catalog, plan.records(catalog))?;
    let threads = args.work.companies(Ground {
        scenario: &plan.scenario,
        catalog,
        registry,
        cards: &cards,
        window: plan.window,
    })?;
    let Some(rows) = work(&planned, &folder, &threads, &stop).map_err(coded)? else {
        writeln!(
            err,
            "stopped; what is done is kept in {}; run the same command again to go on",
            folder.display()
        )?;
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
    planned: &Planned,
    folder: &Path,
    executor: &dyn Executor,
    stop: &AtomicBool,
) -> anyhow::Result<Option<Vec<Row>>> {
    let plan = &planned.plan;
    match &plan.search {
        None => match run_shard(plan, folder, Shard::WHOLE, executor, stop)? {
            End::Stopped { .. } => Ok(None),
            End::Was | End::Wrote { .. } => Ok(Some(rows(plan, find(plan, folder)?)?)),
        },
        Some(search) => look(planned, search, folder, executor, stop),
    }
}

/// Runs a search; its rows become a part like those of a shard, so that it is not run twice.
fn look(
    planned: &Planned,
    search: &Search,
    folder: &Path,
    executor: &dyn Executor,
    stop: &AtomicBool,
) -> anyhow::Result<Option<Vec<Row>>> {
    let plan = &planned.plan;
    let place = part_place(folder, Shard::WHOLE);
    if let Some(part) = Part::find(&place, plan)? {
        return Ok(Some(part.rows));
    }
    let found = run_search(plan, search, &planned.space, folder, executor, stop)?;
    if found.stopped {
        return Ok(None);
    }
    let (rows, costs): (Vec<Row>, Vec<_>) = found
        .done
        .into_iter()
        .map(|one| (one.row, one.cost))
        .unzip();
    let part = Part {
        plan: plan.hash.clone(),
        build: plan.build.clone(),
        shard: Shard::WHOLE,
        rows,
    };
    write_timings(folder, Shard::WHOLE, &plan.hash, &costs)?;
    part.leave(&place, &plan.axes)?;
    found.checkpoints.done();
    Ok(Some(part.rows))
}
