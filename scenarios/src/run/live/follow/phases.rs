//! How long phases take: from an order to its answer, and from the first order of a wave to the end of its last.

use std::collections::BTreeMap;

use onetape_core::command::Place;
use onetape_core::names::TaskId;
use onetape_core::time::{Span, Ts};
use serde_json::{Map, Value, json};

use super::trace::role;

/// How long something took.
#[derive(Clone, Copy, Debug, Default)]
struct Timer {
    count: u64,
    sum_ns: i128,
    longest: Span,
}

impl Timer {
    fn took(&mut self, span: Span) {
        self.count += 1;
        self.sum_ns += i128::from(span.nanos());
        self.longest = self.longest.max(span);
    }

    fn document(&self) -> Value {
        json!({
            "count": self.count,
            "avg_ms": self.sum_ns as f64 / 1e6 / self.count as f64,
            "longest_ms": self.longest.nanos() as f64 / 1e6,
        })
    }
}

/// The phases of all tasks.
#[derive(Clone, Debug, Default)]
pub(super) struct Phases {
    timers: BTreeMap<(TaskId, &'static str), Timer>,
    /// By task: the wave of orders that is out, what it is for, and since when.
    waves: BTreeMap<(TaskId, u32), (&'static str, Ts)>,
}

impl Phases {
    pub(super) fn sent(&mut self, place: &Place, now: Ts) {
        let wave = (place.task, place.tag.trip);
        self.waves
            .entry(wave)
            .or_insert((role(place.tag.role), now));
    }

    pub(super) fn answered(&mut self, task: TaskId, took: Span) {
        self.note(task, "answer", took);
    }

    /// What a wave was for and how long it took, when its last order ended.
    pub(super) fn ended(
        &mut self,
        place: &Place,
        now: Ts,
        is_last: bool,
    ) -> Option<(&'static str, Span)> {
        if !is_last {
            return None;
        }
        let (role, since) = self.waves.remove(&(place.task, place.tag.trip))?;
        let took = now.since(since);
        self.note(place.task, role, took);
        Some((role, took))
    }

    fn note(&mut self, task: TaskId, phase: &'static str, took: Span) {
        self.timers.entry((task, phase)).or_default().took(took);
    }

    /// The phases of one task, as JSON.
    pub(super) fn document(&self, at: usize) -> Value {
        let own = self.timers.iter();
        let own = own.filter(|((task, _), _)| task.index() == at);
        let named = own.map(|((_, phase), timer)| ((*phase).to_string(), timer.document()));
        Value::Object(named.collect::<Map<_, _>>())
    }
}
