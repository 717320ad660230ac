//! `onetape sweep merge`: the parts of all shards as one table.

use std::io::Write;
use std::path::PathBuf;

use super::folder_of;
use super::results::{ShowArgs, finish};
use crate::sweep::merge::{costs, find, rows};
use crate::sweep::{Objective, Plan, coded};

/// `onetape sweep merge …`
#[derive(Clone, Debug, clap::Args)]
pub struct MergeArgs {
    /// The plan that `onetape sweep plan` wrote.
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,
    /// A figure to look for, in place of the plan's.
    #[arg(long, value_name = "FIGURE")]
    pub objective: Vec<String>,
    /// What is shown.
    #[command(flatten)]
    pub show: ShowArgs,
}

pub(super) fn run(args: &MergeArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    merge(args, out).map_err(coded)?;
    Ok(0)
}

fn merge(args: &MergeArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let objectives = match args.objective.as_slice() {
        [] => Vec::new(),
        texts => Objective::parse_all(texts)?,
    };
    let plan = Plan::read(&args.plan)?;
    let folder = folder_of(&args.plan);
    let rows = rows(&plan, find(&plan, folder)?)?;
    let timings = costs(&plan, folder);
    finish(&plan, rows, objectives, &timings, folder, &args.show, out)
}
