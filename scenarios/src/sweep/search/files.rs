//! A search over files: each generation is a folder with a plan of its own, which anybody may run in shards.
//!
//! What was asked stands in the state before its plan is written, so asking again gives the same plan, whatever came
//! between.

use std::path::{Path, PathBuf};

use super::generation::Generation;
use super::machine::Machine;
use super::run::{settle, whole};
use super::state::State;
use crate::store;
use crate::sweep::error::{Fault, SweepError, fault};
use crate::sweep::merge::{Found, costs, find, rows};
use crate::sweep::part::Part;
use crate::sweep::plan::{PLAN_FILE, Plan};
use crate::sweep::results::RESULTS_FILE;
use crate::sweep::row::{Cost, Row};

/// What a search asks for.
pub enum Asked {
    /// A generation that is to be run.
    Generation {
        /// Its number, from 0.
        number: u64,
        /// Where its plan lies.
        place: PathBuf,
        /// The plan.
        plan: Box<Plan>,
        /// Runs that were told before it.
        told: u64,
    },
    /// Nothing: the search is over.
    Over {
        /// Runs in all.
        told: u64,
    },
}

/// What came of telling.
pub struct Told {
    /// Generations that were told so far.
    pub generations: u64,
    /// Runs that were told so far.
    pub told: u64,
    /// The last generation was told before, and nothing was changed.
    pub before: bool,
    /// Nothing is left to ask.
    pub over: bool,
}

/// The plan of the search that a folder holds.
///
/// # Errors
/// When it holds none, or it is of another build.
pub fn open(folder: &Path) -> anyhow::Result<Plan> {
    let place = folder.join(PLAN_FILE);
    let missing = || {
        SweepError::usage(format!(
            "{}: no search was begun here; begin one with `onetape sweep ask FILE --search … --out {}`",
            folder.display(),
            folder.display()
        ))
    };
    let plan = Plan::find(&place)?.filter(|plan| plan.search.is_some());
    let plan = plan.ok_or_else(missing)?;
    plan.check_build()?;
    Ok(plan)
}

/// Asks for the next generation, and writes its plan. Asked again before it is told, it is the same one.
///
/// # Errors
/// When the state is damaged or of another search, or something cannot be written.
pub fn ask(search: &Plan, folder: &Path) -> anyhow::Result<Asked> {
    let mut state = match State::read(folder, &search.hash)? {
        Some(state) => state,
        None => {
            if let Some(part) = whole(search, folder)? {
                let told = part.rows.len() as u64;
                return Ok(Asked::Over { told });
            }
            State {
                search: search.hash.clone(),
                ..State::default()
            }
        }
    };
    let told = state.rows.len() as u64;
    if state.asked.is_none() {
        state.asked = machine(search, &state)?.ask()?;
        if state.asked.is_some() {
            state.write(folder)?;
        }
    }
    let Some(generation) = &state.asked else {
        end(search, folder, state)?;
        return Ok(Asked::Over { told });
    };
    let plan = generation.plan(search);
    let place = folder_of(folder, generation).join(PLAN_FILE);
    match store::find(&place)? {
        Some(bytes) => check(&plan, &place, Some(&bytes), generation)?,
        None => store::put(&place, plan.to_text()?.as_bytes())?,
    }
    Ok(Asked::Generation {
        number: generation.number,
        place,
        plan: Box::new(plan),
        told,
    })
}

/// Tells what the generation that was asked for came to. Told again, nothing changes.
///
/// # Errors
/// When rows are missing, damaged or of another plan, or something cannot be written.
pub fn tell(search: &Plan, folder: &Path) -> anyhow::Result<Told> {
    let Some(mut state) = State::read(folder, &search.hash)? else {
        return Err(SweepError::usage(format!(
            "{}: nothing was asked yet, so there is nothing to tell; ask first with `onetape sweep ask {}`",
            folder.display(),
            folder.display()
        )));
    };
    let before = state.asked.is_none();
    let mut machine = machine(search, &state)?;
    if let Some(generation) = state.asked.take() {
        let own = folder_of(folder, &generation);
        let plan = generation.plan(search);
        let place = own.join(PLAN_FILE);
        check(&plan, &place, store::find(&place)?.as_deref(), &generation)?;
        machine.tell(&generation, merged(&plan, &own, &generation)?)?;
        let (cost, peak) = cost(&plan, &own, &generation);
        state.costs.extend(cost);
        state.peak_rss_mib = state.peak_rss_mib.into_iter().chain(peak).reduce(f64::max);
    }
    let over = machine.is_over()?;
    state.generations = machine.generations();
    state.rows = machine.into_rows();
    if !before {
        state.write(folder)?;
    }
    let told = Told {
        generations: state.generations,
        told: state.rows.len() as u64,
        before,
        over,
    };
    if over {
        end(search, folder, state)?;
    }
    Ok(told)
}

/// The rows that a search over files was told so far; none when nothing was asked.
///
/// # Errors
/// When the state is damaged or of another search.
pub fn told(search: &Plan, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let state = State::read(folder, &search.hash)?;
    Ok(state.map_or_else(Vec::new, |state| state.rows))
}

fn machine<'a>(search: &'a Plan, state: &State) -> anyhow::Result<Machine<'a>> {
    Ok(Machine::new(search)?.at(state.generations, &state.rows))
}

fn folder_of(folder: &Path, generation: &Generation) -> PathBuf {
    folder.join(format!("gen-{}", generation.number))
}

/// What lies at a plan's place must be the plan that was asked for.
fn check(
    plan: &Plan,
    place: &Path,
    there: Option<&[u8]>,
    generation: &Generation,
) -> Result<(), SweepError> {
    let there = there.and_then(|bytes| Plan::of(place, bytes).ok());
    if there.is_some_and(|there| there.hash == plan.hash) {
        return Ok(());
    }
    Err(SweepError::Permanent(format!(
        "{}: is not the plan of generation {} as it was asked for; remove its folder and ask again",
        place.display(),
        generation.number
    )))
}

/// The rows of a generation by the indexes of the search: of its merge where there is one, or else of its parts.
fn merged(plan: &Plan, folder: &Path, generation: &Generation) -> anyhow::Result<Vec<Row>> {
    let place = folder.join(RESULTS_FILE);
    let merge = format!(
        "remove it, and merge again with `onetape sweep merge --plan {}`",
        folder.join(PLAN_FILE).display()
    );
    let found = match Part::read(&place, &plan.axes) {
        Ok(part) if part.plan != plan.hash => {
            return Err(SweepError::Permanent(format!(
                "{}: is the merge of plan {}, and generation {} of this search has plan {}; {merge}",
                place.display(),
                part.plan,
                generation.number,
                plan.hash
            ))
            .into());
        }
        Ok(part) => Found {
            parts: vec![part],
            strange: Vec::new(),
        },
        Err(why) if store::is_missing(&why) => find(plan, folder)?,
        Err(why) if store::is_refusal(&why) || fault(&why) == Fault::Temporary => return Err(why),
        Err(why) => return Err(SweepError::Permanent(format!("{why}; {merge}")).into()),
    };
    let own = rows(plan, found)?
        .into_iter()
        .map(|row| generation.row(row));
    let own: Option<Vec<Row>> = own.collect();
    own.ok_or_else(|| {
        SweepError::Permanent(format!(
            "{}: has rows of points that generation {} does not have; remove its parts and its {RESULTS_FILE}, and \
             run it again",
            folder.display(),
            generation.number
        ))
        .into()
    })
}

/// What the points of a generation cost, by the indexes of the search, and the peak memory.
fn cost(plan: &Plan, folder: &Path, generation: &Generation) -> (Vec<Cost>, Option<f64>) {
    let timings = costs(plan, folder);
    let own = timings.points.into_iter().filter_map(|cost| {
        let at = usize::try_from(cost.index).ok()?;
        let index = generation.points.get(at)?.0;
        Some(Cost { index, ..cost })
    });
    (own.collect(), timings.peak_rss_mib)
}

/// The search is over.
fn end(search: &Plan, folder: &Path, state: State) -> anyhow::Result<()> {
    settle(search, folder, state.rows, &state.costs, state.peak_rss_mib)
}
