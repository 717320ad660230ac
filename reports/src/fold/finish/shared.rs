//! Names that every round trip has, each kept once.

use std::sync::Arc;

use onetape_core::names::{InstrumentId, Names, TaskId};

use crate::fold::reasons::{Code, Reasons};

/// Names of tasks and instruments, and reasons.
pub(super) struct Shared {
    tasks: Vec<Arc<str>>,
    instruments: Vec<Arc<str>>,
    reasons: Vec<Arc<str>>,
}

impl Shared {
    pub(super) fn of(names: &Names, reasons: &Reasons) -> Self {
        let instruments = names.instruments.iter();
        Self {
            tasks: names
                .tasks
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            instruments: instruments
                .map(|known| known.name.as_str().into())
                .collect(),
            reasons: reasons.all().map(|reason| reason.as_str().into()).collect(),
        }
    }

    /// Of a task; of one that nobody named, its number.
    pub(super) fn task(&self, id: TaskId) -> Arc<str> {
        let known = self.tasks.get(id.index()).cloned();
        known.unwrap_or_else(|| format!("task {}", id.0).into())
    }

    /// Of an instrument; of one that nobody named, its number.
    pub(super) fn instrument(&self, id: InstrumentId) -> Arc<str> {
        let known = self.instruments.get(id.index()).cloned();
        known.unwrap_or_else(|| format!("instrument {}", id.0).into())
    }

    /// Of a reason that was counted.
    pub(super) fn reason(&self, code: Code) -> Arc<str> {
        self.reasons[code.index()].clone()
    }
}
