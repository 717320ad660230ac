//! `plan.json`: everything that a shard needs to know, and a hash that says whether two know the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use onetape_data::catalog::{Catalog, FileRecord, hash_bytes};
use serde::{Deserialize, Serialize};

use super::SweepError;
use super::objective::Objective;
use super::row::Job;
use super::search::{Search, Stage};
use super::shard::Shard;
use super::space::{Axis, LeftOut};
use crate::run::{BUILD, TapeRecord, hex_id};
use crate::scenario::{Document, ScenarioError};
use crate::store;

/// Version of the file.
const FORMAT: u32 = 2;
/// Stored messages a second that a point is taken to read, for estimates.
const ROWS_A_SECOND: u64 = 10_000_000;
/// How long a shard should take, in seconds.
const SHARD_S: u64 = 120;
/// What messages call the scenario that a plan holds.
const PLANNED: &str = "the plan's scenario";
/// What the file is called.
pub const PLAN_FILE: &str = "plan.json";

/// A sweep before it is run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this document.
    pub format: u32,
    /// Hash of what decides the results: the fields from `build` to `order`, and of a search its objectives and
    /// constraints.
    pub hash: String,
    /// The build that made it, and that alone may run it.
    pub build: String,
    /// The scenario, resolved: what the points do not set.
    pub scenario: String,
    /// The files that may be read, by content.
    pub files: Vec<TapeRecord>,
    /// First and last moment of the data.
    pub window: (i64, i64),
    /// Seed of every draw of the sweep.
    pub seed: u64,
    /// The parameters.
    pub axes: Vec<Axis>,
    /// How points are looked for, when that depends on results.
    pub search: Option<Search>,
    /// Which generation of a search it is, when it is one.
    pub stage: Option<Stage>,
    /// The points by index: the texts of their values.
    pub points: Vec<Vec<String>>,
    /// The order in which they are dealt to shards.
    pub order: Vec<u64>,
    /// What the scenario is called.
    pub name: String,
    /// Conditions that held for every point.
    pub constraints: Vec<String>,
    /// What was left out.
    pub left_out: LeftOut,
    /// What is looked for.
    pub objectives: Vec<Objective>,
    /// How many shards are suggested.
    pub shards: u64,
    /// Stored messages that a point reads at most.
    pub rows_a_point: u64,
    /// The catalogue's place; relative to the plan's folder when it lies below it.
    pub catalog: PathBuf,
}

impl Plan {
    /// Gives the plan its version and hash.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.format = FORMAT;
        self.hash = self.digest();
        self
    }

    fn digest(&self) -> String {
        // Of points that are known they change nothing; a search goes by them.
        let searched = self
            .search
            .as_ref()
            .map(|search| (search, &self.objectives, &self.constraints));
        let decides = (
            self.format,
            &self.build,
            &self.scenario,
            &self.files,
            self.window,
            self.seed,
            &self.axes,
            searched,
            &self.stage,
            &self.points,
            &self.order,
        );
        hash_bytes(&serde_json::to_vec(&decides).unwrap_or_default())
    }

    /// The scenario, to be given each point's values.
    ///
    /// # Errors
    /// When the plan holds none: it was altered.
    pub fn document(&self) -> Result<Document, ScenarioError> {
        Document::read(&self.scenario, PLANNED)
    }

    /// The plan at a place, if there is one.
    ///
    /// # Errors
    /// As [`Plan::read`].
    pub fn find(path: &Path) -> anyhow::Result<Option<Self>> {
        match Self::read(path) {
            Ok(plan) => Ok(Some(plan)),
            Err(why) if store::is_missing(&why) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Reads a plan and checks that it is what was written.
    ///
    /// # Errors
    /// When there is none, or it is damaged or of another version.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let none = || {
            format!(
                "{}: no plan can be read here; make one with `onetape sweep plan FILE --out DIR`",
                path.display()
            )
        };
        let bytes = store::read(path).map_err(|why| store::told(why, none))?;
        Ok(Self::of(path, &bytes)?)
    }

    /// The plan that was read at a place.
    ///
    /// # Errors
    /// [`SweepError::Permanent`] when it is damaged or of another version.
    pub(super) fn of(path: &Path, bytes: &[u8]) -> Result<Self, SweepError> {
        let wrong = |what: String| {
            SweepError::Permanent(format!(
                "{}: {what}; make the plan again with `onetape sweep plan`",
                path.display()
            ))
        };
        let plan: Self = serde_json::from_slice(bytes)
            .map_err(|why| wrong(format!("is not a plan of a sweep: {why}")))?;
        if plan.format != FORMAT {
            return Err(wrong(format!(
                "is a plan of version {}, this program reads version {FORMAT}",
                plan.format
            )));
        }
        if plan.hash != plan.digest() {
            return Err(wrong(
                "was changed since it was made: its hash is not its own".into(),
            ));
        }
        Ok(plan)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// Never in practice: everything in it can be written.
    pub fn to_text(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    /// How long all points together may take one core, in seconds.
    pub fn seconds(&self) -> u64 {
        let rows = (self.points.len() as u64).saturating_mul(self.rows_a_point);
        rows / ROWS_A_SECOND
    }

    /// The plan with as many shards as take about two minutes each.
    #[must_use]
    pub fn divided(mut self) -> Self {
        let points = self.points.len() as u64;
        self.shards = self.seconds().div_ceil(SHARD_S).clamp(1, points.max(1));
        self
    }

    /// A point as something that can be run.
    pub fn job(&self, index: u64) -> Option<Job> {
        let values = self.points.get(usize::try_from(index).ok()?)?;
        let pairs = self.axes.iter().zip(values);
        let own = pairs.map(|(axis, text)| format!("{}={text}", axis.key));
        let of_all = self.stage.iter().flat_map(|stage| &stage.sets);
        Some(Job {
            index,
            sets: own.chain(of_all.cloned()).collect(),
            values: values.clone(),
            rung: self.stage.as_ref().and_then(|stage| stage.rung),
        })
    }

    /// The indexes of a shard, in the order in which they are run.
    pub fn indexes(&self, shard: Shard) -> Vec<u64> {
        let dealt = self.order.iter().skip(shard.index as usize);
        dealt.step_by(shard.count as usize).copied().collect()
    }

    /// What the catalogue says of the planned files, for a plan that was checked with it.
    pub fn records<'a>(&'a self, catalog: &'a Catalog) -> impl Iterator<Item = &'a FileRecord> {
        let planned: BTreeSet<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        let all = catalog.all_files().iter();
        all.filter(move |file| planned.contains(file.path.as_str()))
    }

    /// Where the catalogue is, for a plan in this folder.
    pub fn catalog_of(&self, folder: &Path) -> PathBuf {
        store::below(folder, &self.catalog)
    }

    /// Checks that this build made the plan.
    ///
    /// # Errors
    /// [`SweepError::Permanent`] when it was another.
    pub fn check_build(&self) -> Result<(), SweepError> {
        if self.build == BUILD {
            return Ok(());
        }
        Err(SweepError::Permanent(format!(
            "the plan was made by build {}, this is build {BUILD}; run it with that build, or make the plan again",
            self.build
        )))
    }

    /// Checks that this build and a catalogue give what was planned.
    ///
    /// # Errors
    /// [`SweepError::Permanent`] when the build is another, or a file is missing or has changed.
    pub fn check(&self, catalog: &Catalog) -> Result<(), SweepError> {
        self.check_build()?;
        for planned in &self.files {
            let mut files = catalog.all_files().iter();
            let now = files.find(|file| file.path == planned.path);
            let found = now.map_or_else(|| "nothing".into(), |file| hex_id(&file.hash_bytes()));
            if found != planned.hash {
                return Err(SweepError::Permanent(format!(
                    "{}: {}: the plan was made for content {}, there is {found} now; name the catalogue that it was \
                     made for with --catalog, or make the plan again",
                    catalog.root().display(),
                    planned.path,
                    planned.hash
                )));
            }
        }
        Ok(())
    }
}
