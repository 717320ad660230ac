//! How far the books of legs that enter together are apart: each as old as its last message.

use onetape_core::command::Command;
use onetape_core::decision::Decision;
use onetape_core::event::Body;
use onetape_core::names::{InstrumentId, Names};
use onetape_core::time::{Span, Ts};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, Default)]
struct Entries {
    count: u64,
    sum_ns: i128,
    longest: Span,
}

/// The fold.
#[derive(Clone, Debug)]
pub(super) struct Skew {
    /// By instrument: when its book was told last.
    told: Vec<Ts>,
    tasks: Vec<Entries>,
}

impl Skew {
    pub(super) fn new(names: &Names) -> Self {
        Self {
            told: vec![Ts::UNKNOWN; names.instruments.len()],
            tasks: vec![Entries::default(); names.tasks.len()],
        }
    }

    pub(super) fn take(&mut self, now: Ts, body: &Body) {
        let instrument = match body {
            Body::Quote(quote) => quote.instrument,
            Body::Depth(depth) => depth.instrument,
            _ => return,
        };
        if let Some(told) = self.told.get_mut(instrument.index()) {
            *told = now;
        }
    }

    /// Notes the entries of a decision, where they are of several instruments.
    pub(super) fn decided(&mut self, decision: &Decision) {
        let places = decision
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::Place(place) if place.tag.role.opens() => Some(place.instrument),
                _ => None,
            });
        let legs: Vec<InstrumentId> = places.collect();
        let several = legs.iter().any(|leg| *leg != legs[0]);
        let stamps = legs.iter().filter_map(|leg| self.told.get(leg.index()));
        let known = stamps.copied().filter(|at| at.is_known());
        let stamps: Vec<Ts> = known.collect();
        let (first, last) = (stamps.iter().min(), stamps.iter().max());
        if let (true, Some(first), Some(last)) = (several, first, last)
            && stamps.len() == legs.len()
            && let Some(task) = self.tasks.get_mut(decision.task.index())
        {
            let apart = last.since(*first);
            task.count += 1;
            task.sum_ns += i128::from(apart.nanos());
            task.longest = task.longest.max(apart);
        }
    }

    /// Of one task, as JSON.
    pub(super) fn document(&self, at: usize) -> Value {
        let it = self.tasks[at];
        let mean = (it.count > 0).then(|| it.sum_ns as f64 / 1e6 / it.count as f64);
        json!({
            "entries": it.count,
            "avg_ms": mean,
            "longest_ms": it.longest.nanos() as f64 / 1e6,
        })
    }
}
