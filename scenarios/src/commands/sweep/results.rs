//! From rows to files and to what is printed: the same for a sweep here and for merged shards.

use std::io::Write;
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use serde_json::{Value, json};

use crate::store;
use crate::sweep::show::{HeatMap, document, page, text};
use crate::sweep::{Objective, Plan, Results, Row, Timings};

/// What is shown of results.
#[derive(Clone, Debug, clap::Args)]
pub struct ShowArgs {
    /// Points in the table, the best ones.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// Two parameters for the heatmap, `across,down`; the two with the most values when not given.
    #[arg(long, value_name = "A,B")]
    pub heatmap: Option<String>,
    /// Write the page of results to this file; report.html in the sweep's folder when not given.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Writes the results of rows into a folder, and prints them.
pub(super) fn finish(
    plan: &Plan,
    rows: Vec<Row>,
    objectives: Vec<Objective>,
    timings: &Timings,
    folder: &Path,
    args: &ShowArgs,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let results = Results::of(plan, rows, objectives);
    let map = HeatMap::of(&results, args.heatmap.as_deref())?;
    results.write(folder, timings)?;
    let html = args
        .html
        .clone()
        .unwrap_or_else(|| folder.join("report.html"));
    store::put(&html, page(&results, map.as_ref())?.as_bytes())?;
    if args.json {
        let mut document = document(&results, args.top, folder)?;
        document["cost"] = cost(timings);
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)?;
        return Ok(());
    }
    // A terminal, and neither NO_COLOR nor its like.
    let colour = AutoStream::choice(&std::io::stdout()) != ColorChoice::Never;
    write!(out, "{}", text(&results, map.as_ref(), args.top, colour))?;
    speed(timings, out)?;
    writeln!(
        out,
        "\nresults {}",
        folder.join(crate::sweep::RESULTS_FILE).display()
    )?;
    writeln!(out, "report  {}", html.display())?;
    Ok(())
}

/// What the points cost, in one line.
fn speed(timings: &Timings, out: &mut dyn Write) -> std::io::Result<()> {
    let total = timings.total();
    if total.events == 0 || total.wall_s <= 0.0 {
        return Ok(());
    }
    let share = 100.0 * total.passed_over as f64 / total.events as f64;
    let peak = timings.peak_rss_mib;
    let peak = peak.map_or_else(String::new, |mib| format!(", peak memory {mib:.0} MiB"));
    writeln!(
        out,
        "\nspeed   {} events over all points in {:.1} s: {:.1} million/s; {share:.1} % passed over{peak}",
        total.events,
        total.wall_s,
        total.events as f64 / total.wall_s / 1e6,
    )
}

fn cost(timings: &Timings) -> Value {
    let total = timings.total();
    json!({
        "wall_s": total.wall_s,
        "decode_s": total.decode_s,
        "events": total.events,
        "passed_over": total.passed_over,
        "peak_rss_mib": timings.peak_rss_mib,
    })
}
