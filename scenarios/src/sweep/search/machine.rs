//! What a search asks next, as a function of its plan and of what it was told: no files, no clocks, no threads.

use std::collections::{BTreeMap, BTreeSet};

use super::generation::Generation;
use super::tpe::Estimator;
use super::{Search, halving};
use crate::sweep::SweepError;
use crate::sweep::objective::{ranking, scores};
use crate::sweep::plan::Plan;
use crate::sweep::row::Row;
use crate::sweep::space::{Constraint, allows};

/// Questions before a search ends because it has tried everything.
const QUESTIONS: u64 = 100;

/// A search: asked for points, and told what they came to.
pub struct Machine<'a> {
    plan: &'a Plan,
    search: &'a Search,
    constraints: Vec<Constraint>,
    generations: u64,
    rows: BTreeMap<u64, Row>,
}

impl<'a> Machine<'a> {
    /// The search of a plan, at its beginning.
    ///
    /// # Errors
    /// When the plan is not of a search.
    pub fn new(plan: &'a Plan) -> anyhow::Result<Self> {
        let Some(search) = &plan.search else {
            return Err(SweepError::usage(
                "the plan is not of a search: its points are known; run it with `onetape sweep run`",
            ));
        };
        let constraints = plan.constraints.iter();
        let constraints = constraints.map(|text| Constraint::parse(text, &plan.axes));
        Ok(Self {
            plan,
            search,
            constraints: constraints.collect::<anyhow::Result<_>>()?,
            generations: 0,
            rows: BTreeMap::new(),
        })
    }

    /// The search where so many generations came to these rows.
    #[must_use]
    pub fn at(mut self, generations: u64, rows: &[Row]) -> Self {
        self.generations = generations;
        self.rows
            .extend(rows.iter().map(|row| (row.index, row.clone())));
        self
    }

    /// The next points; `None` when the search is over. Equal plans that were told equal rows ask for equal points.
    ///
    /// # Errors
    /// When the estimator refuses what it was told.
    pub fn ask(&self) -> anyhow::Result<Option<Generation>> {
        self.first(u64::MAX)
    }

    /// Whether nothing is left to ask: one question tells, and a generation may have thousands.
    ///
    /// # Errors
    /// As [`Machine::ask`].
    pub fn is_over(&self) -> anyhow::Result<bool> {
        Ok(self.first(1)?.is_none())
    }

    /// The next points, of an estimator so many of them at most.
    fn first(&self, most: u64) -> anyhow::Result<Option<Generation>> {
        let asked = match self.search {
            Search::Tpe { budget, generation } => {
                self.estimate(*budget, (*generation).min(most))?
            }
            Search::Halving => self.halve(),
        };
        Ok(asked.filter(|asked| !asked.points.is_empty()))
    }

    /// What all points of a generation came to, by the indexes of the search.
    ///
    /// # Errors
    /// When rows are missing.
    pub fn tell(&mut self, generation: &Generation, rows: Vec<Row>) -> anyhow::Result<()> {
        let told: BTreeSet<u64> = rows.iter().map(|row| row.index).collect();
        let missing = generation.points.iter();
        let missing = missing.filter(|(index, _)| !told.contains(index)).count();
        if missing > 0 {
            return Err(SweepError::Permanent(format!(
                "generation {} has no rows of {missing} of its points; run it again",
                generation.number
            ))
            .into());
        }
        self.generations += 1;
        self.rows
            .extend(rows.into_iter().map(|row| (row.index, row)));
        Ok(())
    }

    /// How many generations were told.
    pub fn generations(&self) -> u64 {
        self.generations
    }

    /// The rows by index.
    pub fn into_rows(self) -> Vec<Row> {
        self.rows.into_values().collect()
    }

    /// These rows from best to worst.
    fn ranked(&self, indexes: impl Iterator<Item = u64>) -> Vec<&Row> {
        let rows: Vec<&Row> = indexes.filter_map(|index| self.rows.get(&index)).collect();
        let order = ranking(&scores(rows.iter().copied(), &self.plan.objectives));
        order
            .into_iter()
            .filter_map(|at| rows.get(at).copied())
            .collect()
    }

    /// The Parzen estimator. A point's index is the number of its question.
    fn estimate(&self, budget: u64, together: u64) -> anyhow::Result<Option<Generation>> {
        let axes = &self.plan.axes;
        let ranked = self.ranked(self.rows.keys().copied()).into_iter();
        let best_first: Vec<&[String]> = ranked.map(|row| row.values.as_slice()).collect();
        let mut known: BTreeSet<Vec<String>> = best_first.iter().map(|own| own.to_vec()).collect();
        let mut estimator = Estimator::new(axes, self.plan.seed, &best_first)?;
        let mut points = Vec::new();
        let next = self.rows.len() as u64;
        for number in next..budget.min(next.saturating_add(together)) {
            let asked = (0..QUESTIONS).find_map(|again| {
                let places = estimator.ask(number, again);
                let texts = axes.iter().zip(places).map(|(axis, at)| axis.text(at));
                let texts: Vec<String> = texts.collect();
                let is_new = !known.contains(&texts) && allows(&self.constraints, &texts, axes);
                is_new.then_some(texts)
            });
            let Some(texts) = asked else {
                break;
            };
            known.insert(texts.clone());
            points.push((number, texts));
        }
        Ok(Some(Generation {
            number: self.generations,
            rung: None,
            sets: Vec::new(),
            points,
        }))
    }

    /// Successive halving. A point's index is its index in the plan, plus the number of points for each stretch
    /// before.
    fn halve(&self) -> Option<Generation> {
        let count = self.plan.points.len() as u64;
        let mut alive: Vec<u64> = (0..count).collect();
        for (rung, end) in (0_u32..).zip(halving::rungs(count, self.plan.window)) {
            let base = u64::from(rung) * count;
            let ranked = self.ranked(alive.iter().map(|point| base + point));
            if ranked.is_empty() {
                let values = |point: &u64| self.plan.points.get(usize::try_from(*point).ok()?);
                let points = alive.iter().filter_map(|point| {
                    let values = values(point)?;
                    Some((base + point, values.clone()))
                });
                return Some(Generation {
                    number: self.generations,
                    rung: Some(rung),
                    sets: end
                        .map(|end| format!("data.to={end}"))
                        .into_iter()
                        .collect(),
                    points: points.collect(),
                });
            }
            // Where nothing can be said, as over a stretch without data, nothing is taken out.
            if ranked.iter().any(|row| row.error.is_none()) {
                let best = ranked.iter().take(halving::survivors(ranked.len()));
                alive = best.map(|row| row.index - base).collect();
                alive.sort_unstable();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::metrics::Metrics;
    use crate::sweep::objective::Objective;
    use crate::sweep::row::Job;
    use crate::sweep::space::{Axis, LeftOut, axis_of};

    fn plan(axes: Vec<Axis>, search: Search, points: Vec<Vec<String>>) -> Plan {
        Plan {
            format: 0,
            hash: "search".into(),
            build: String::new(),
            scenario: String::new(),
            files: Vec::new(),
            window: (0, 9_000_000_000),
            seed: 1,
            axes,
            search: Some(search),
            stage: None,
            order: Vec::new(),
            points,
            name: String::new(),
            constraints: Vec::new(),
            left_out: LeftOut::default(),
            objectives: Objective::parse_all(&["net".into(), "fees".into()]).unwrap(),
            shards: 1,
            rows_a_point: 0,
            catalog: "catalog".into(),
        }
    }

    fn tpe(axes: &[&str], budget: u64, generation: u64) -> Plan {
        let axes = axes.iter().map(|text| axis_of(text)).collect();
        plan(axes, Search::Tpe { budget, generation }, Vec::new())
    }

    /// What jobs come to when a point's figures are these, or it fails.
    fn rows(jobs: Vec<Job>, of: impl Fn(&[String]) -> Option<(i64, i64)>) -> Vec<Row> {
        let row = |job: Job| {
            let mut row = Row::failed(&job, "no".into());
            if let Some((net, fees)) = of(&job.values) {
                row.error = None;
                row.metrics = Some(Metrics {
                    net: net.to_string(),
                    fees: fees.to_string(),
                    ..Metrics::default()
                });
            }
            row
        };
        jobs.into_iter().map(row).collect()
    }

    /// Every generation of a search, to its end. Each is also asked of a machine that begins anew at that place.
    fn all(plan: &Plan, of: impl Fn(&[String]) -> Option<(i64, i64)>) -> Vec<Generation> {
        let mut machine = Machine::new(plan).unwrap();
        let mut asked = Vec::new();
        let mut told: Vec<Row> = Vec::new();
        while let Some(generation) = machine.ask().unwrap() {
            let anew = Machine::new(plan).unwrap().at(asked.len() as u64, &told);
            assert_eq!(anew.ask().unwrap().as_ref(), Some(&generation));
            assert!(!machine.is_over().unwrap());
            let own = rows(generation.jobs(plan), &of);
            told.extend(own.clone());
            machine.tell(&generation, own).unwrap();
            asked.push(generation);
        }
        assert!(machine.is_over().unwrap());
        assert_eq!(machine.into_rows(), told);
        asked
    }

    fn sizes(asked: &[Generation]) -> Vec<usize> {
        asked.iter().map(|one| one.points.len()).collect()
    }

    #[test]
    fn every_point_is_asked_once_and_then_it_is_over() {
        let mut plan = tpe(&["direction", "repair.attempts=1..4/4"], 50, 5);
        plan.constraints = vec!["repair.attempts < 4".into()];
        let asked = all(&plan, |_| Some((1, 1)));
        assert_eq!(sizes(&asked), [5, 4]);
        let points = asked.iter().flat_map(|one| &one.points);
        let texts: BTreeSet<&Vec<String>> = points.map(|(_, own)| own).collect();
        assert_eq!(texts.len(), 9);
        assert!(texts.iter().all(|own| own[1] != "4"));
        assert_eq!(sizes(&all(&tpe(&["direction"], 2, 5), |_| None)), [2]);
    }

    #[test]
    fn points_on_the_front_draw_the_next_ones_near() {
        let plan = tpe(&["min_entry_edge_bps=0..100"], 80, 8);
        // Net and fees both grow: all up to 20 are on the front, and nothing else is.
        let asked = all(&plan, |values| {
            let value = values[0].parse::<f64>().unwrap();
            let on_front = value <= 20.0;
            let figure = (value * 1e6) as i64;
            Some(if on_front {
                (figure, figure)
            } else {
                (-figure, figure)
            })
        });
        assert_eq!(sizes(&asked), [8; 10]);
        let near = |from: usize| {
            let points = asked[from..].iter().flat_map(|one| &one.points);
            let values = points.map(|(_, own)| own[0].parse::<f64>().unwrap());
            let near: Vec<bool> = values.map(|value| value <= 25.0).collect();
            near.iter().filter(|near| **near).count() as f64 / near.len() as f64
        };
        assert!(near(5) > 0.6, "{}", near(5));
    }

    #[test]
    fn halving_leaves_out_what_is_beaten() {
        let points: Vec<Vec<String>> = (1..=9).map(|at| vec![at.to_string()]).collect();
        let axes = || vec![axis_of("repair.attempts")];
        let plan = plan(axes(), Search::Halving, points);
        let asked = all(&plan, |values| {
            let value: i64 = values[0].parse().unwrap();
            (value != 9).then_some((value, 0))
        });
        assert_eq!(sizes(&asked), [9, 3, 1]);
        assert_eq!(asked[1].points[0], (9 + 5, vec!["6".to_string()]));
        assert_eq!(asked[2].points, [(18 + 7, vec!["8".to_string()])]);
        let ends: Vec<usize> = asked.iter().map(|one| one.sets.len()).collect();
        assert_eq!(ends, [1, 1, 0]);
        assert!(asked[0].sets[0].starts_with("data.to="));
        // Where every point fails nothing can be said.
        assert_eq!(sizes(&all(&plan, |_| None)), [9, 9, 9]);
    }

    #[test]
    fn a_generation_is_told_whole_and_by_its_own_rows() {
        let plan = tpe(&["repair.attempts"], 4, 4);
        let mut machine = Machine::new(&plan).unwrap();
        let generation = machine.ask().unwrap().unwrap();
        let mut own = rows(generation.jobs(&plan), |_| Some((1, 1)));
        let last = own.pop().unwrap();
        let said = machine.tell(&generation, own).unwrap_err().to_string();
        assert!(said.contains("no rows of 1 of its points"), "{said}");
        assert_eq!(machine.generations(), 0);
        assert_eq!(generation.row(last.clone()), Some(last.clone()));
        let mut other = last.clone();
        other.values = vec!["none".into()];
        assert_eq!(generation.row(other), None);
        assert_eq!(generation.row(Row { index: 4, ..last }), None);
        let known = Plan {
            search: None,
            ..plan
        };
        assert!(Machine::new(&known).is_err());
    }
}
