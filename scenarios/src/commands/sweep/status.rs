//! `onetape sweep status`: which shards are done.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use super::folder_of;
use crate::sweep::merge::find;
use crate::sweep::{Plan, coded, told};

/// `onetape sweep status …`
#[derive(Clone, Debug, clap::Args)]
pub struct StatusArgs {
    /// The plan that `onetape sweep plan` wrote.
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(args: &StatusArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let plan = Plan::read(&args.plan).map_err(coded)?;
    let folder = folder_of(&args.plan);
    let found = find(&plan, folder).map_err(coded)?;
    // A search over files that has not come to its end has no part yet.
    let told = match plan.search {
        Some(_) => told(&plan, folder).map_err(coded)?,
        None => Vec::new(),
    };
    let parts = || found.parts.iter().flat_map(|part| &part.rows);
    let rows = || parts().chain(&told);
    let done: BTreeSet<u64> = rows().map(|row| row.index).collect();
    let failed: BTreeSet<u64> = rows()
        .filter(|row| row.error.is_some())
        .map(|row| row.index)
        .collect();
    let parts = found.parts.iter();
    let parts = parts.map(|part| format!("{}/{}", part.shard.index, part.shard.count));
    let parts: Vec<String> = parts.collect();
    let points = plan.points.len();
    let search = plan.search.as_ref();
    let all = search.map_or(points as u64, |search| search.total(points));
    if args.json {
        let document = json!({
            "plan": plan.hash,
            "points": all,
            "done": done.len(),
            "failed": failed.len(),
            "parts": parts,
            "strange": found.strange,
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)?;
        return Ok(0);
    }
    writeln!(
        out,
        "{} of {all} points done, {} failed\nparts  {}",
        done.len(),
        failed.len(),
        if parts.is_empty() {
            "none yet".to_string()
        } else {
            parts.join(" ")
        }
    )?;
    for strange in found.strange {
        writeln!(out, "note   {strange}")?;
    }
    Ok(0)
}
