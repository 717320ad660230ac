//! `onetape sweep plan`: the points by index, for shards to run.

use std::io::Write;
use std::path::PathBuf;

use onetape_core::strategy::StrategySpec;
use serde_json::json;

use super::{SpaceArgs, options, write_plan};
use crate::commands::backtest::cards;
use crate::commands::config::ScenarioArgs;
use crate::sweep::{PLAN_FILE, plan};

/// `onetape sweep plan …`
#[derive(Clone, Debug, clap::Args)]
pub struct PlanArgs {
    /// The scenario file, in TOML.
    pub file: PathBuf,
    /// What the command line changes.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// Which points.
    #[command(flatten)]
    pub space: SpaceArgs,
    /// The folder of the sweep: plan.json goes there, and parts and results later.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(
    args: &PlanArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let cards = cards(registry);
    let request = args.space.request(None);
    let options = options(&args.changes);
    let mut planned = plan(&args.file, &options, &request, registry, &cards)?;
    write_plan(&mut planned.plan, &planned.catalog, &args.out)?;
    let (plan, place) = (&planned.plan, args.out.join(PLAN_FILE));
    if args.json {
        let document = json!({
            "plan": plan.hash,
            "file": place,
            "points": plan.points.len(),
            "left_out": plan.left_out,
            "shards": plan.shards,
            "rows_a_point": plan.rows_a_point,
            "core_seconds": plan.seconds(),
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)?;
        return Ok(0);
    }
    writeln!(
        out,
        "{} points ({} left out by constraints, {} as repeated), up to {} rows each: about {} of one core\nplan   {}\nshards {} suggested, \
         each with: onetape sweep run --plan {} --shard i/{}",
        plan.points.len(),
        plan.left_out.constraints,
        plan.left_out.repeated,
        plan.rows_a_point,
        length(plan.seconds()),
        plan.hash,
        plan.shards,
        place.display(),
        plan.shards,
    )?;
    Ok(0)
}

/// A length of time in the largest unit that has a whole number of it.
fn length(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{} s", seconds.max(1)),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
