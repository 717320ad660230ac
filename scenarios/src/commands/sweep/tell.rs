//! `onetape sweep tell`: what the generation that a search asked for came to.

use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use crate::sweep::{PLAN_FILE, Told, coded, open_search, tell};

/// `onetape sweep tell …`
#[derive(Clone, Debug, clap::Args)]
pub struct TellArgs {
    /// The folder of the search.
    pub dir: PathBuf,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(args: &TellArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let search = open_search(&args.dir).map_err(coded)?;
    let Told {
        generations,
        told,
        before,
        over,
    } = tell(&search, &args.dir).map_err(coded)?;
    // One was told at least: a search is not begun without asking.
    let last = generations.saturating_sub(1);
    if args.json {
        let document = json!({
            "done": over,
            "search": search.hash,
            "generation": last,
            "before": before,
            "told": told,
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)?;
        return Ok(0);
    }
    let was = if before { "was told before" } else { "is told" };
    write!(out, "generation {last} {was}: {told} runs so far; ")?;
    if over {
        let plan = args.dir.join(PLAN_FILE);
        writeln!(
            out,
            "the search is over; see them with: onetape sweep merge --plan {}",
            plan.display()
        )?;
    } else {
        let dir = args.dir.display();
        writeln!(out, "the next with: onetape sweep ask {dir}")?;
    }
    Ok(0)
}
