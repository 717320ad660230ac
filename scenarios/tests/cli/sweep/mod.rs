//! Sweeps of the demo's scenario over a short synthetic tape.

mod asked;
mod bad;
mod killed;
mod points;
mod readme;
mod shards;

use std::path::Path;

use super::common::run;

/// Forty-two points, two of which cannot pay their costs.
const POINTS: &str = "--grid min_entry_edge_bps=30..43/14 --grid exit.edge_bps=-2,0,1 --objective net --objective max_drawdown";

/// Runs the whole sweep at once into `out` and returns its table's bytes.
fn whole(dir: &Path, out: &str, more: &str) -> Vec<u8> {
    run(
        dir,
        &format!("sweep scenario.toml {POINTS} --out {out} {more}"),
    )
    .ok();
    table(dir, out)
}

/// Writes the plan of the same sweep.
fn planned(dir: &Path, out: &str) {
    run(
        dir,
        &format!("sweep plan scenario.toml {POINTS} --out {out}"),
    )
    .ok();
}

fn table(dir: &Path, out: &str) -> Vec<u8> {
    std::fs::read(dir.join(out).join("results.parquet")).unwrap()
}
