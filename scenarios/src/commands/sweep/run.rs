//! `onetape sweep run`: one shard.

use std::io::Write;
use std::path::PathBuf;

use onetape_core::strategy::StrategySpec;

use super::{EXIT_STOPPED, WorkArgs, folder_of, signals};
use crate::commands::backtest::cards;
use crate::store;
use crate::sweep::{End, Ground, Part, Plan, Shard, SweepError, coded, part_place, run_shard};

/// `onetape sweep run …`
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// The plan that `onetape sweep plan` wrote.
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,
    /// Which share of the points: i of n, i from 0.
    #[arg(long, value_name = "I/N", conflicts_with_all = ["shard_from_env", "shards"])]
    pub shard: Option<String>,
    /// Take i from JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID, HQ_TASK_ID or AWS_BATCH_JOB_ARRAY_INDEX.
    #[arg(long)]
    pub shard_from_env: bool,
    /// How many shards there are, with --shard-from-env; as many as the plan suggests when not given.
    #[arg(long, value_name = "N")]
    pub shards: Option<u64>,
    /// Take the tape from this catalogue folder instead of the plan's.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// How points are run.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// Every failure says whether it is worth trying again.
pub(super) fn run(
    args: &RunArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let ended = shard(args, registry).map_err(coded)?;
    let (shard, end) = ended;
    let place = part_place(folder_of(&args.plan), shard);
    match end {
        End::Was => writeln!(out, "{} is there already", place.display())?,
        End::Wrote { failed } => writeln!(out, "{} ({failed} points failed)", place.display())?,
        End::Stopped { done, of } => {
            // Who started it may have died, and nobody reads this: the code says it as well.
            let _ = writeln!(
                err,
                "stopped after {done} of {of} points, which are kept; run the same command again to go on"
            );
            return Ok(EXIT_STOPPED);
        }
    }
    Ok(0)
}

fn shard(args: &RunArgs, registry: &[StrategySpec]) -> anyhow::Result<(Shard, End)> {
    let stop = signals::stop()?;
    let plan = Plan::read(&args.plan)?;
    if let Some(search) = &plan.search {
        return Err(SweepError::usage(format!(
            "--plan {}: is of a search by {}, which has no shards: its points depend on results; run it with `onetape \
             sweep FILE --search {}`, or the plans that `onetape sweep ask {}` writes",
            args.plan.display(),
            search.name(),
            search.name(),
            folder_of(&args.plan).display()
        )));
    }
    let shard = match &args.shard {
        Some(text) => Shard::parse(text)?,
        None if args.shard_from_env => {
            let variable = |name: &str| std::env::var(name).ok();
            Shard::from_env(args.shards.unwrap_or(plan.shards), &variable)?
        }
        None => {
            return Err(SweepError::usage(
                "which shard? Give --shard i/n, or --shard-from-env in a scheduler's task",
            ));
        }
    };
    let folder = folder_of(&args.plan);
    let place = args.catalog.clone();
    let catalog = store::open_catalog(&place.unwrap_or_else(|| plan.catalog_of(folder)))?;
    plan.check(&catalog)?;
    if Part::find(&part_place(folder, shard), &plan)?.is_none() {
        store::fetch(&catalog, plan.records(&catalog))?;
    }
    let cards = cards(registry);
    let scenario = plan.document()?;
    let threads = args.work.companies(Ground {
        scenario: &scenario,
        catalog: &catalog,
        registry,
        cards: &cards,
        window: plan.window,
    })?;
    let end = run_shard(&plan, folder, shard, &threads, &stop)?;
    Ok((shard, end))
}
