//! `onetape walk-forward`: parameters chosen on one stretch of the tape and tested on the next.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::Span;
use onetape_data::catalog::Catalog;

use super::backtest::{cards, check};
use super::config::ScenarioArgs;
use crate::scenario::{Loaded, Options, Place, Problem, Scenario, ScenarioError, load};
use crate::walk_forward::{
    Axis, Cut, Grid, Objective, Walk, Walked, to_csv, to_html, to_text, whole,
};

/// `onetape walk-forward …`
#[derive(Clone, Debug, clap::Args)]
pub struct WalkForwardArgs {
    /// The scenario file, in TOML; what it says of from and to, or else all that the catalogue has, is cut into windows.
    pub file: PathBuf,
    /// What the command line changes.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// Length of a train, such as 180d.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub train: Span,
    /// Length of the test that follows it, such as 30d.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub test: Span,
    /// From one test to the next; as long as a test when not given.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub step: Option<Span>,
    /// Let every train begin where the first does.
    #[arg(long)]
    pub anchored: bool,
    /// Let each run see the market this long before its stretch without entering, where there is data.
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "0s")]
    pub warmup: Span,
    /// A key, as --set takes it, and the values to try; every combination of all grids is tried.
    #[arg(long = "grid", value_name = "KEY=A,B,…", value_parser = Axis::parse, required = true)]
    pub grids: Vec<Axis>,
    /// What the best point of a train is the best in; of equals the first is taken.
    #[arg(long, value_enum, default_value_t)]
    pub objective: Objective,
    /// Runs at a time; as many as there are cores when not given.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Write walk_forward.json, walk_forward.csv and the page report.html into this folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text)
        .ok_or_else(|| "is no length of time; write it like 180d, 12h or 30m".to_string())
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When the scenario, a point of the grid, the windows or the data is not right, a run fails, or the result cannot be
/// written.
pub fn run(
    args: &WalkForwardArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let cards = cards(registry);
    let loaded = load(&args.file, &args.changes.options(), &cards)?;
    let catalog = Catalog::open(loaded.catalog()?)?;
    check(&loaded, &cards, &catalog)?;
    let grid = Grid::new(args.grids.clone()).map_err(|why| refused("--grid", why))?;
    let all = whole(&loaded.scenario, &catalog)?;
    let cut = Cut {
        train: args.train,
        test: args.test,
        step: args.step.unwrap_or(args.test),
        anchored: args.anchored,
    };
    let windows = cut.windows(all);
    let walk = Walk {
        catalog: &catalog,
        registry,
        scenarios: scenarios(args, &grid, registry, &catalog)?,
        windows: windows.map_err(|why| refused("--train, --test", why))?,
        grid,
        all,
        cut,
        warmup: args.warmup,
        objective: args.objective,
        threads: args.threads.unwrap_or_else(cores).max(1),
    };
    let walked = walk.run()?;
    if let Some(folder) = &args.out {
        write(folder, &walked)?;
    }
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &walked)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", to_text(&walked))?;
        if let Some(folder) = &args.out {
            writeln!(out, "result {}", folder.join("walk_forward.json").display())?;
            writeln!(out, "report {}", folder.join("report.html").display())?;
        }
    }
    Ok(0)
}

/// The scenario of every point, each read and checked like one from a file.
fn scenarios(
    args: &WalkForwardArgs,
    grid: &Grid,
    registry: &[StrategySpec],
    catalog: &Catalog,
) -> anyhow::Result<Vec<Scenario>> {
    let cards = cards(registry);
    let read = |point: usize| -> anyhow::Result<Scenario> {
        let mut options: Options = args.changes.options();
        options.sets.extend(grid.sets(point));
        let loaded: Loaded = load(&args.file, &options, &cards)?;
        check(&loaded, &cards, catalog)?;
        Ok(loaded.scenario)
    };
    (0..grid.len()).map(read).collect()
}

/// Bad usage, which exits 2.
fn refused(flag: &str, message: String) -> ScenarioError {
    ScenarioError::Invalid(vec![Problem {
        file: String::new(),
        place: Place::Flag(flag.to_string()),
        field: String::new(),
        message,
    }])
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn write(folder: &Path, walked: &Walked) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let json = serde_json::to_string_pretty(walked)? + "\n";
    for (name, content) in [
        ("walk_forward.json", json),
        ("walk_forward.csv", to_csv(walked)),
        ("report.html", to_html(walked)?),
    ] {
        let (path, beside) = (folder.join(name), folder.join(format!("{name}.part")));
        // Through a file beside it, so that nothing half-written has the name.
        fs::write(&beside, content)
            .and_then(|()| fs::rename(&beside, &path))
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    Ok(())
}
