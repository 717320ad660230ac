//! `onetape sweep ask`: the next points of a search, as a plan for shards to run.

use std::io::Write;
use std::path::{Path, PathBuf};

use onetape_core::strategy::StrategySpec;
use serde_json::json;

use super::search::SearchArgs;
use super::{EXIT_OVER, SpaceArgs, options, write_plan};
use crate::commands::backtest::cards;
use crate::commands::config::ScenarioArgs;
use crate::store;
use crate::sweep::{Asked, PLAN_FILE, Plan, SweepError, ask, coded, open_search, plan};

/// `onetape sweep ask …`
#[derive(Clone, Debug, clap::Args)]
pub struct AskArgs {
    /// The scenario file, in TOML, to begin a search in --out; or the folder of a search, to go on with it.
    #[arg(value_name = "FILE|DIR")]
    pub from: PathBuf,
    /// What the command line changes.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// Which points.
    #[command(flatten)]
    pub space: SpaceArgs,
    /// Which search.
    #[command(flatten)]
    pub search: SearchArgs,
    /// The folder of the search: its state goes there, and each generation's plan into gen-K/plan.json.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

impl AskArgs {
    /// Something that a search which was begun would leave unread.
    fn says_more(&self) -> bool {
        let (changes, space) = (&self.changes, &self.space);
        let texts = [
            &changes.sets,
            &space.grid,
            &space.range,
            &space.constraint,
            &space.objective,
        ];
        texts.iter().any(|texts| !texts.is_empty())
            || space.random.or(space.sobol).is_some()
            || changes.catalog.is_some()
            || changes.allow_negative_edge
            || self.search.is_given()
            || self.out.is_some()
    }

    /// The search and its folder: begun, if it was not.
    fn begin(&self, registry: &[StrategySpec]) -> anyhow::Result<(Plan, PathBuf)> {
        // Scenarios are files of this machine.
        if store::is_remote(&self.from) || self.from.is_dir() {
            if self.says_more() {
                return Err(SweepError::usage(format!(
                    "{}: is the folder of a search, whose flags were given when it began; give it alone, or a scenario \
                     file",
                    self.from.display()
                )));
            }
            return Ok((open_search(&self.from)?, self.from.clone()));
        }
        let search = self.search.search()?;
        if search.is_none() {
            return Err(SweepError::usage(
                "which search? Give --search tpe --budget N, or --search halving; points that are known are run with \
                 `onetape sweep plan`",
            ));
        }
        let Some(folder) = &self.out else {
            return Err(SweepError::usage(
                "where does the search go? Give its folder with --out DIR",
            ));
        };
        let request = self.space.request(search);
        let options = options(&self.changes);
        let mut planned = plan(&self.from, &options, &request, registry, &cards(registry))?;
        write_plan(&mut planned.plan, &planned.catalog, folder)?;
        Ok((planned.plan, folder.clone()))
    }
}

pub(super) fn run(
    args: &AskArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let (search, folder) = args.begin(registry)?;
    let asked = ask(&search, &folder).map_err(coded)?;
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &document(&search, &folder, &asked))?;
        writeln!(out)?;
    } else {
        match &asked {
            // Alone on its line, for scripts.
            Asked::Generation { place, .. } => writeln!(out, "{}", place.display())?,
            Asked::Over { told } => writeln!(
                out,
                "the search is over after {told} runs; see them with: onetape sweep merge --plan {}",
                folder.join(PLAN_FILE).display()
            )?,
        }
    }
    Ok(match asked {
        Asked::Generation { .. } => 0,
        Asked::Over { .. } => EXIT_OVER,
    })
}

fn document(search: &Plan, folder: &Path, asked: &Asked) -> serde_json::Value {
    match asked {
        Asked::Generation {
            number,
            place,
            plan,
            told,
        } => json!({
            "done": false,
            "search": search.hash,
            "generation": number,
            "plan": plan.hash,
            "file": place,
            "points": plan.points.len(),
            "shards": plan.shards,
            "told": told,
        }),
        Asked::Over { told } => json!({
            "done": true,
            "search": search.hash,
            "told": told,
            "file": folder.join(PLAN_FILE),
        }),
    }
}
