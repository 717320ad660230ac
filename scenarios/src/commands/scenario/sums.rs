//! What many seeds came to.

use onetape_core::time::Span;
use onetape_sim::check::{Ending, Matrix, Rule};

use crate::run::Seeded;

/// Upper ends of the histogram's steps in milliseconds; the last step has none.
pub(super) const STEPS_MS: [i64; 10] = [1, 5, 20, 50, 100, 250, 500, 1_000, 2_000, 10_000];

/// Sums over seeds, taken in their order.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) seeds: u64,
    pub(super) events: u64,
    pub(super) orders: u64,
    pub(super) injected: u64,
    pub(super) matrix: Matrix,
    /// Of the first seed.
    pub(super) decisions_hash: Option<u128>,
    outside: Vec<Span>,
    endings: Vec<Ending>,
    /// Seeds that broke a rule.
    failed: Vec<Seeded>,
}

impl Sums {
    pub(super) fn add(&mut self, seeded: Seeded) {
        let checked = &seeded.checked;
        self.seeds += 1;
        self.decisions_hash.get_or_insert(seeded.decisions_hash);
        self.events += seeded.events;
        self.orders += seeded.orders as u64;
        self.injected += checked.injected;
        self.matrix.add(&checked.matrix);
        self.outside.extend(&checked.outside);
        self.endings
            .extend(checked.tasks.iter().map(|task| task.ending));
        if checked.broken > 0 {
            self.failed.push(seeded);
        }
    }

    /// Number of seeds that broke a rule.
    pub(super) fn failed(&self) -> usize {
        self.failed.len()
    }

    /// The first seed that did.
    pub(super) fn first_failed(&self) -> Option<&Seeded> {
        self.failed.first()
    }

    /// By rule that a seed broke first: how many seeds, and the first of them.
    pub(super) fn broken_rules(&self) -> Vec<(Rule, usize, u64)> {
        let of = |rule| {
            let first = |seeded: &&Seeded| {
                let first = seeded.checked.violations.first();
                first.is_some_and(|first| first.rule == rule)
            };
            let mut seeds = self.failed.iter().filter(first);
            let count = seeds.clone().count();
            seeds.next().map(|seeded| (rule, count, seeded.seed))
        };
        Rule::ALL.into_iter().filter_map(of).collect()
    }

    /// How long it took to come back into the band: the time that a share of all stretches outside took at most.
    pub(super) fn outside_at(&self, per_mille: usize) -> Span {
        let mut sorted = self.outside.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * per_mille).div_ceil(1_000).max(1) - 1;
        sorted.get(at).copied().unwrap_or_default()
    }

    /// Stretches outside of a band that a task came back from.
    pub(super) fn excursions(&self) -> usize {
        self.outside.len()
    }

    /// How many stretches took up to each of the steps, and how many more than the last.
    pub(super) fn histogram(&self) -> Vec<(Option<i64>, usize)> {
        let mut lower = Span::ZERO;
        let mut steps = Vec::new();
        for most in STEPS_MS {
            let upper = Span::from_millis(most);
            let within = |span: &&Span| **span <= upper && (**span > lower || lower == Span::ZERO);
            steps.push((Some(most), self.outside.iter().filter(within).count()));
            lower = upper;
        }
        let beyond = self.outside.iter().filter(|span| **span > lower).count();
        steps.push((None, beyond));
        steps
    }

    /// Tasks that ended in a way, of all that have a balance to keep.
    pub(super) fn ended(&self, ending: Ending) -> usize {
        self.endings
            .iter()
            .filter(|other| **other == ending)
            .count()
    }

    /// Tasks that have a balance to keep.
    pub(super) fn kept(&self) -> usize {
        self.endings.len() - self.ended(Ending::Single)
    }

    /// The share of them that were quarantined.
    pub(super) fn quarantined(&self) -> f64 {
        self.ended(Ending::Quarantined) as f64 / self.kept().max(1) as f64
    }
}
