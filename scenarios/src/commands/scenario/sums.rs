//! What many seeds came to.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::command::LegRole;
use onetape_core::fault::FaultKind as K;
use onetape_core::time::Span;
use onetape_sim::check::{Ending, LegCell, Matrix, Outside, Rule};

use crate::run::Seeded;

/// Upper ends of the histogram's steps in milliseconds; the last step has none.
pub(super) const STEPS_MS: [i64; 10] = [1, 5, 20, 50, 100, 250, 500, 1_000, 2_000, 10_000];

/// The share of tasks that may be quarantined, in per cent, exclusive.
const QUARANTINED: usize = 5;
/// The time to band that 99 of 100 stretches may take after a single fault.
const P99: Span = Span::from_millis(500);
/// The time to band that any stretch may take after a single fault.
const MOST: Span = Span::from_millis(2_000);

/// Words for the roles of orders, in the order of [`LegRole`].
pub(super) const ROLES: [&str; 4] = ["entry", "exit", "repair", "switch"];

/// So many faults have met what is asked to have met every way to go wrong.
const OFTEN: u64 = 1_000;

/// What each leg of every scenario has to meet in each of its roles, by any of these kinds.
const WAYS: [(&str, &[K]); 7] = [
    ("a reject", &[K::Reject]),
    ("a partial fill", &[K::Partial]),
    ("a timeout", &[K::ReplyLost, K::AckLost, K::AnswerDelayed]),
    ("a duplicate", &[K::Duplicate]),
    ("a late fill", &[K::LateFill, K::CancelRace]),
    ("a disconnect", &[K::FeedDown, K::AccountDown]),
    (
        "an unknown order",
        &[K::OrderLost, K::OrderDelayed, K::ServerError],
    ),
];

/// What of a stretch outside is counted as time, if any.
pub(super) type Time = fn(&Outside) -> Option<Span>;

/// The time that a stretch took after a single fault, all venues being open.
pub(super) fn after_one_fault(stretch: &Outside) -> Option<Span> {
    stretch.is_of_one_fault().then_some(stretch.whole)
}

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
    outside: Vec<Outside>,
    /// The longest stretch after a single fault, and its seed.
    slowest: Option<(u64, Outside)>,
    endings: Vec<Ending>,
    /// Seeds that broke a rule.
    failed: Vec<Seeded>,
}

/// What is asked of many seeds beside that no rule is broken, and was not reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missed(pub(super) String);

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
        for stretch in &checked.outside {
            let slower = self
                .slowest
                .is_none_or(|(_, known)| known.whole < stretch.whole);
            if stretch.is_of_one_fault() && slower {
                self.slowest = Some((seeded.seed, *stretch));
            }
        }
        self.endings
            .extend(checked.tasks.iter().map(|task| task.ending));
        if checked.broken > 0 {
            self.failed.push(seeded);
        }
    }

    /// Adds what came of another scenario.
    pub(super) fn merge(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.decisions_hash = self.decisions_hash.or(other.decisions_hash);
        self.events += other.events;
        self.orders += other.orders;
        self.injected += other.injected;
        self.matrix.add(&other.matrix);
        self.outside.extend(&other.outside);
        let both = [self.slowest, other.slowest].into_iter().flatten();
        self.slowest = both.max_by_key(|(_, stretch)| stretch.whole);
        self.endings.extend(&other.endings);
        self.failed.extend(other.failed.iter().cloned());
    }

    /// Faults that met no order in a state in which they can.
    pub(super) fn missed_cells(&self) -> Option<Missed> {
        let zeros = self.matrix.zeros().len();
        (zeros > 0).then(|| Missed(format!("{zeros} cells that can be hit were not")))
    }

    /// What is asked of each scenario beside that no rule is broken, and was not reached.
    pub(super) fn missed(&self) -> Vec<Missed> {
        let mut missed = Vec::new();
        let quarantined = self.ended(Ending::Quarantined);
        if quarantined * 100 >= self.kept() * QUARANTINED && quarantined > 0 {
            let share = 100.0 * self.quarantined();
            missed.push(format!(
                "{share:.2} % are quarantined, asked is less than {QUARANTINED} %"
            ));
        }
        // Of fewer stretches the slowest is no hundredth.
        let many = self.excursions(after_one_fault) >= 100;
        let limits = [
            (many, 990, P99, "p99 of the time to band"),
            (true, 1_000, MOST, "a time to band after one fault"),
        ];
        for (counts, per_mille, most, what) in limits {
            if counts && self.outside_at(after_one_fault, per_mille) > most {
                let millis = most.nanos() / 1_000_000;
                missed.push(format!("{what} is above {millis} ms"));
            }
        }
        missed.extend(self.missed_legs());
        missed.into_iter().map(Missed).collect()
    }

    /// Ways to go wrong that met no order of a leg in a role in which it was met often.
    fn missed_legs(&self) -> Vec<String> {
        let mut often: BTreeMap<(u8, LegRole), u64> = BTreeMap::new();
        for ((_, leg, role), count) in self.matrix.legs() {
            *often.entry((leg, role)).or_default() += count;
        }
        let met: BTreeSet<LegCell> = self.matrix.legs().map(|(cell, _)| cell).collect();
        let mut missed = Vec::new();
        for ((leg, role), _) in often.into_iter().filter(|(_, count)| *count >= OFTEN) {
            for (way, kinds) in WAYS {
                let is_met = kinds.iter().any(|kind| met.contains(&(*kind, leg, role)));
                let by_itself = kinds == [K::Partial] && self.matrix.filled_in_part(leg, role);
                if !is_met && !by_itself {
                    missed.push(format!(
                        "{way} met no {} of leg {leg}",
                        ROLES[role as usize]
                    ));
                }
            }
        }
        missed
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
    pub(super) fn outside_at(&self, time: Time, per_mille: usize) -> Span {
        let mut sorted: Vec<Span> = self.outside.iter().filter_map(time).collect();
        sorted.sort_unstable();
        let at = (sorted.len() * per_mille).div_ceil(1_000).max(1) - 1;
        sorted.get(at).copied().unwrap_or_default()
    }

    /// The longest stretch outside after a single fault, and its seed.
    pub(super) const fn slowest(&self) -> Option<(u64, Outside)> {
        self.slowest
    }

    /// Stretches outside of a band that a task came back from, as far as they are counted.
    pub(super) fn excursions(&self, time: Time) -> usize {
        self.outside.iter().filter_map(time).count()
    }

    /// How many stretches took up to each of the steps, and how many more than the last.
    pub(super) fn histogram(&self, time: Time) -> Vec<(Option<i64>, usize)> {
        let mut counts = [0; STEPS_MS.len() + 1];
        for time in self.outside.iter().filter_map(time) {
            let step = STEPS_MS.partition_point(|most| Span::from_millis(*most) < time);
            counts[step] += 1;
        }
        let steps = STEPS_MS.map(Some).into_iter().chain([None]);
        steps.zip(counts).collect()
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
