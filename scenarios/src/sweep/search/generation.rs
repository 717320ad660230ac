//! The points that a search asks for together, as a plan of their own.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::store;
use crate::sweep::plan::Plan;
use crate::sweep::row::{Job, Row};
use crate::sweep::space::{Draws, LeftOut};

/// The points that a search asks for together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number, from 0.
    pub number: u64,
    /// Of a search over growing stretches of the data: which stretch.
    pub rung: Option<u32>,
    /// What every point sets beside its own values.
    pub sets: Vec<String>,
    /// Each point: its index among all of the search, and the texts of its values.
    pub points: Vec<(u64, Vec<String>)>,
}

/// Which generation a plan is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Hash of the search's plan.
    pub search: String,
    /// The generation's number, from 0.
    pub number: u64,
    /// Of a search over growing stretches of the data: which stretch.
    pub rung: Option<u32>,
    /// What every point sets beside its own values.
    pub sets: Vec<String>,
}

impl Generation {
    /// The plan that runs these points: its indexes go from 0, in the order of the points.
    pub fn plan(&self, search: &Plan) -> Plan {
        self.unsealed(search).divided().sealed()
    }

    fn unsealed(&self, search: &Plan) -> Plan {
        let stage = Stage {
            search: search.hash.clone(),
            number: self.number,
            rung: self.rung,
            sets: self.sets.clone(),
        };
        let catalog = if search.catalog.is_relative() && !store::is_remote(&search.catalog) {
            // It lies in a folder of its own, in the search's.
            Path::new("..").join(&search.catalog)
        } else {
            search.catalog.clone()
        };
        Plan {
            search: None,
            stage: Some(stage),
            order: Draws::new(search.seed).shuffled("order", self.points.len() as u64),
            points: self.points.iter().map(|(_, own)| own.clone()).collect(),
            left_out: LeftOut::default(),
            catalog,
            ..search.clone()
        }
    }

    /// What is run: what a shard of the plan would run, by the indexes of the search.
    pub fn jobs(&self, search: &Plan) -> Vec<Job> {
        let plan = self.unsealed(search);
        let numbered = (0..).zip(&self.points);
        let jobs = numbered.filter_map(|(at, (index, _))| {
            let job = plan.job(at)?;
            Some(Job {
                index: *index,
                ..job
            })
        });
        jobs.collect()
    }

    /// A row of the plan as one of the search; `None` when it is of another point.
    pub fn row(&self, row: Row) -> Option<Row> {
        let (index, values) = self.points.get(usize::try_from(row.index).ok()?)?;
        let is_own = row.values == *values && row.rung == self.rung;
        is_own.then_some(Row {
            index: *index,
            ..row
        })
    }
}
