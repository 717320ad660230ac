//! `onetape sweep`: many runs of one scenario, here or in shards.

mod ask;
mod here;
mod merge;
mod plan;
mod results;
mod run;
mod search;
mod signals;
mod status;
mod tell;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use onetape_core::strategy::StrategySpec;
use onetape_data::catalog::Catalog;

use super::config::ScenarioArgs;
use crate::run::Progress;
use crate::store;
use crate::sweep::{Companies, Ground, Pace, Plan, Request, Search, SweepError, parse_size};

/// Exit code of a sweep that was told to stop and can go on.
const EXIT_STOPPED: u8 = 75;
/// Exit code of a search that has nothing left to ask.
const EXIT_OVER: u8 = 10;

/// `onetape sweep …`
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct SweepArgs {
    /// A step of a sweep in shards.
    #[command(subcommand)]
    pub command: Option<SweepCommand>,
    /// The whole sweep on this machine.
    #[command(flatten)]
    pub here: here::HereArgs,
}

/// The steps of a sweep in shards.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum SweepCommand {
    /// Write the plan of a sweep: its points by index, for shards to run.
    Plan(plan::PlanArgs),
    /// Run one shard of a plan; may be started again at any time, and goes on where it was.
    Run(run::RunArgs),
    /// Put the parts of all shards together.
    Merge(merge::MergeArgs),
    /// Tell which shards are done.
    Status(status::StatusArgs),
    /// Ask a search for its next points: the plan of a generation, for shards to run.
    Ask(ask::AskArgs),
    /// Tell a search what the generation that it asked for came to.
    Tell(tell::TellArgs),
}

/// Which points.
#[derive(Clone, Debug, clap::Args)]
pub struct SpaceArgs {
    /// Values to combine each with each: `key=a,b,c`, or so many from one to another, `key=lo..hi/steps`.
    #[arg(long, value_name = "KEY=VALUES")]
    pub grid: Vec<String>,
    /// A range to sample: `key=lo..hi`, or `key` alone for the range that the strategy declares.
    #[arg(long, value_name = "KEY=RANGE")]
    pub range: Vec<String>,
    /// Leave out points that break this: "a < b" between two swept parameters, or one and a number.
    #[arg(long, value_name = "CONDITION")]
    pub constraint: Vec<String>,
    /// Sample the ranges by so many draws.
    #[arg(long, value_name = "N")]
    pub random: Option<u64>,
    /// Sample the ranges evenly, by so many points of Sobol's sequence.
    #[arg(long, value_name = "N")]
    pub sobol: Option<u64>,
    /// Seed of every draw of the sweep.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// A figure to look for, such as net or max_drawdown:min; several give a Pareto front.
    #[arg(long, value_name = "FIGURE")]
    pub objective: Vec<String>,
}

impl SpaceArgs {
    fn request(&self, search: Option<Search>) -> Request {
        Request {
            grid: self.grid.clone(),
            ranges: self.range.clone(),
            constraints: self.constraint.clone(),
            random: self.random,
            sobol: self.sobol,
            seed: self.seed,
            objectives: self.objective.clone(),
            search,
        }
    }
}

/// How points are run.
#[derive(Clone, Debug, clap::Args)]
pub struct WorkArgs {
    /// Points that run at a time; as many as there are processors when not given.
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Points that go through the data together, at most; as many as some seconds hold when not given.
    #[arg(long, value_name = "N")]
    pub together: Option<NonZeroUsize>,
    /// Memory, such as 2GiB: the first point is run alone and measured, and only as many run at a time as fit.
    #[arg(long, value_name = "SIZE")]
    pub mem_limit: Option<String>,
    /// How far it has come, on stderr: a bar where that is a terminal, or a line of JSON a second.
    #[arg(long, value_name = "FORM", default_value = "bar")]
    pub progress: ShownAs,
    /// Stop as for SIGTERM when the process that started this one dies (Linux).
    #[arg(long)]
    pub die_with_parent: bool,
}

/// What progress is shown as.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum ShownAs {
    /// A bar, on a terminal.
    Bar,
    /// Lines of JSON.
    Json,
}

impl WorkArgs {
    /// The executor over a plan's scenario.
    fn companies<'a>(&self, ground: Ground<'a>) -> anyhow::Result<Companies<'a>> {
        if self.die_with_parent {
            signals::die_with_parent()?;
        }
        let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Companies {
            ground,
            threads: self.threads.unwrap_or_else(processors),
            memory: self.mem_limit.as_deref().map(parse_size).transpose()?,
            pace: Pace::new(self.together),
            progress: match self.progress {
                ShownAs::Bar => Progress::points,
                ShownAs::Json => Progress::lines,
            },
        })
    }
}

/// Runs the command.
///
/// # Errors
/// With an exit code where a scheduler must tell failures apart.
pub fn run(
    args: &SweepArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    match &args.command {
        None => here::run(&args.here, registry, out, err),
        Some(SweepCommand::Plan(args)) => plan::run(args, registry, out),
        Some(SweepCommand::Run(args)) => run::run(args, registry, out, err),
        Some(SweepCommand::Merge(args)) => merge::run(args, out),
        Some(SweepCommand::Status(args)) => status::run(args, out),
        Some(SweepCommand::Ask(args)) => ask::run(args, registry, out),
        Some(SweepCommand::Tell(args)) => tell::run(args, out),
    }
}

/// The folder of a plan's file.
fn folder_of(plan: &Path) -> &Path {
    let parent = plan.parent();
    let parent = parent.filter(|folder| !folder.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Writes a plan into its folder, unless the same one is there.
fn write_plan(plan: &mut Plan, catalog: &Catalog, folder: &Path) -> anyhow::Result<()> {
    let place = folder.join(crate::sweep::PLAN_FILE);
    if let Some(known) = Plan::find(&place)?
        && known.hash != plan.hash
    {
        return Err(SweepError::usage(format!(
            "{}: another sweep is there, of plan {}; this one is {}; name another folder with --out, or remove that \
             one",
            folder.display(),
            known.hash,
            plan.hash
        )));
    }
    plan.catalog = catalog_from(catalog.root(), folder);
    store::put(&place, plan.to_text()?.as_bytes())
}

/// A catalogue below the plan's folder is named relative to it, so that both can be moved.
fn catalog_from(catalog: &Path, folder: &Path) -> PathBuf {
    let absolute = |path: &Path| match store::is_remote(path) {
        true => path.to_path_buf(),
        false => std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
    };
    let (catalog, folder) = (absolute(catalog), absolute(folder));
    match catalog.strip_prefix(&folder) {
        Ok(inside) => inside.to_path_buf(),
        Err(_) => catalog,
    }
}

/// What `--set` and its like say.
fn options(changes: &ScenarioArgs) -> crate::scenario::Options {
    changes.options()
}
