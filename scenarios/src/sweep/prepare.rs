//! From a scenario and the flags to a plan.

use std::path::{Path, PathBuf};

use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_data::catalog::Catalog;
use onetape_data::tape::Tape;

use super::SweepError;
use super::objective::Objective;
use super::plan::Plan;
use super::search::Search;
use super::space::{Draws, Known, Points, Sampling, Space};
use crate::commands::backtest::check;
use crate::run::{BUILD, Prepared, TapeRecord};
use crate::scenario::{Loaded, Options, Place, Scenario, ScenarioError, load};
use crate::store;

/// Points that are tried before a sweep is refused because none of them makes a valid scenario.
const TRIES: usize = 1_000;

/// What a sweep is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `--grid`.
    pub grid: Vec<String>,
    /// `--range`.
    pub ranges: Vec<String>,
    /// `--constraint`.
    pub constraints: Vec<String>,
    /// `--random`.
    pub random: Option<u64>,
    /// `--sobol`.
    pub sobol: Option<u64>,
    /// `--seed`.
    pub seed: u64,
    /// `--objective`.
    pub objectives: Vec<String>,
    /// `--search` and what goes with it.
    pub search: Option<Search>,
}

impl Request {
    fn sampling(&self) -> anyhow::Result<Sampling> {
        match (self.random, self.sobol) {
            (None, None) => Ok(Sampling::None),
            (Some(count), None) => Ok(Sampling::Random(count)),
            (None, Some(count)) => Ok(Sampling::Sobol(count)),
            (Some(_), Some(_)) => Err(SweepError::usage(
                "--random and --sobol both sample the ranges; give one of them",
            )),
        }
    }

    /// The points that are known before anything is run; a search that chooses its own has none.
    fn points(&self, space: &Space) -> anyhow::Result<Points> {
        let sampling = self.sampling()?;
        if !self.search.as_ref().is_some_and(Search::chooses) {
            return space.points(sampling, self.seed);
        }
        if sampling != Sampling::None {
            return Err(SweepError::usage(
                "--search tpe chooses its own points; leave --random and --sobol out, or the search",
            ));
        }
        Ok(Points::default())
    }
}

/// A plan, and what it was made from.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The catalogue.
    pub catalog: Catalog,
}

/// Makes a plan for a folder.
///
/// # Errors
/// When a flag, the scenario or the data is not right.
pub fn plan(
    file: &Path,
    options: &Options,
    request: &Request,
    registry: &[StrategySpec],
    cards: &[StrategyCard],
) -> anyhow::Result<Planned> {
    let known = match std::fs::read_to_string(file) {
        Ok(text) => Known::of(&text, cards),
        // Whoever reads scenarios says it best.
        Err(_) => load(file, options, cards).map(|_| Known::default())?,
    };
    let space = Space::read(&request.grid, &request.ranges, &request.constraints, &known)?;
    let objectives = Objective::parse_all(&request.objectives)?;
    let Points { points, left_out } = request.points(&space)?;
    let first = first_valid(file, options, &space, &points, request.seed, cards)?;
    let catalog = store::open_catalog(first.catalog()?)?;
    check(&first, cards, &catalog)?;
    let tape = read_tape(&first.scenario, &catalog, registry)?;
    let is_declared = space
        .axes
        .iter()
        .all(|axis| known.spec(&axis.key).is_some());
    let files = if is_declared {
        tape.files
    } else {
        // Who knows what such a key makes the points read.
        every_file(&catalog)
    };
    let draws = Draws::new(request.seed);
    let plan = Plan {
        format: 0,
        hash: String::new(),
        build: BUILD.to_string(),
        scenario: first.scenario.resolved_toml(),
        files,
        window: tape.window,
        seed: request.seed,
        axes: space.axes,
        search: request.search.clone(),
        stage: None,
        order: draws.shuffled("order", points.len() as u64),
        name: first.scenario.name.clone(),
        constraints: request.constraints.clone(),
        left_out,
        objectives,
        shards: 1,
        points,
        rows_a_point: tape.rows,
        catalog: PathBuf::new(),
    };
    Ok(Planned {
        plan: plan.divided().sealed(),
        catalog,
    })
}

/// The first point, in the order of the plan, whose scenario is valid: the others are changes to it.
fn first_valid(
    file: &Path,
    options: &Options,
    space: &Space,
    points: &[Vec<String>],
    seed: u64,
    cards: &[StrategyCard],
) -> anyhow::Result<Loaded> {
    let with = |texts: &[String]| -> Result<Loaded, ScenarioError> {
        let pairs = space.axes.iter().zip(texts);
        let own = pairs.map(|(axis, text)| format!("{}={text}", axis.key));
        let mut options = options.clone();
        options.sets.extend(own);
        load(file, &options, cards)
    };
    let draws = Draws::new(seed);
    let drawn = |point: u64| -> Vec<String> {
        let numbered = (0..).zip(&space.axes);
        numbered
            .map(|(at, axis)| axis.text(draws.below("first", point, at, axis.len())))
            .collect()
    };
    let mut first = None;
    for at in 0..TRIES.min(points.len().max(64)) {
        let texts = points.get(at).cloned().unwrap_or_else(|| drawn(at as u64));
        match with(&texts) {
            Ok(loaded) => return Ok(loaded),
            Err(error) => _ = first.get_or_insert_with(|| named(error, space)),
        }
    }
    Err(first.map_or_else(
        || SweepError::usage("there are no points; give --grid key=a,b,c"),
        Into::into,
    ))
}

/// An error of a point as one of the flags that were given: nobody wrote its `--set`.
fn named(error: ScenarioError, space: &Space) -> ScenarioError {
    let ScenarioError::Invalid(mut problems) = error else {
        return error;
    };
    for problem in &mut problems {
        let Place::Flag(flag) = &mut problem.place else {
            continue;
        };
        for (at, axis) in space.axes.iter().enumerate() {
            let own = flag.strip_prefix("--set ");
            let own = own.and_then(|set| set.strip_prefix(axis.key.as_str()));
            if let Some(text) = own.and_then(|rest| rest.strip_prefix('=')) {
                let name = if at < space.combined {
                    "--grid"
                } else {
                    "--range"
                };
                *flag = format!("{name} {}, at {text}", axis.key);
                break;
            }
        }
    }
    ScenarioError::Invalid(problems)
}

/// What a point reads.
struct Read {
    files: Vec<TapeRecord>,
    rows: u64,
    window: (i64, i64),
}

/// Opens the tape once: every file that is needed is there and has the content that the catalogue says.
fn read_tape(
    scenario: &Scenario,
    catalog: &Catalog,
    registry: &[StrategySpec],
) -> anyhow::Result<Read> {
    let prepared = Prepared::new(scenario, catalog, registry)?;
    store::fetch(catalog, prepared.request.files(catalog)?)?;
    let tape = Tape::open(catalog, &prepared.request)?;
    let read = |path: &str| tape.files().iter().any(|file| file.path == path);
    let files = || catalog.all_files().iter().filter(|file| read(&file.path));
    let first = files().map(|file| file.first_ts).min().unwrap_or(0);
    let last = files().map(|file| file.last_ts).max().unwrap_or(0);
    let (from, to) = (scenario.data.from, scenario.data.to);
    let window = (
        from.map_or(first, |from| from.nanos().max(first)),
        to.map_or(last, |to| to.nanos().min(last)),
    );
    Ok(Read {
        files: tape.files().iter().map(TapeRecord::from).collect(),
        rows: tape.total_rows(),
        window,
    })
}

fn every_file(catalog: &Catalog) -> Vec<TapeRecord> {
    let files = catalog.all_files().iter();
    files
        .map(|file| TapeRecord {
            path: file.path.clone(),
            hash: crate::run::hex_id(&file.hash_bytes()),
        })
        .collect()
}
