//! What is worth calling a strategy for.

use super::Signals;
use crate::state::{Loader, RestoreError, Saver, Value};
use crate::time::Ts;

/// A signal that reaches a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// Wakes when the numbered signal is at or above the value.
    AtOrAbove(u8, f64),
    /// Wakes when the numbered signal is at or below the value.
    AtOrBelow(u8, f64),
}

impl Value for Level {
    fn put(&self, out: &mut Saver) {
        match *self {
            Self::AtOrAbove(signal, value) => (0u8, signal, value).put(out),
            Self::AtOrBelow(signal, value) => (1u8, signal, value).put(out),
        }
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        match Value::get(from)? {
            (0u8, signal, value) => Ok(Self::AtOrAbove(signal, value)),
            (1u8, signal, value) => Ok(Self::AtOrBelow(signal, value)),
            _ => Err(RestoreError::Malformed("wakes")),
        }
    }
}

impl Level {
    /// The number of the signal.
    pub(super) const fn signal(self) -> u8 {
        match self {
            Self::AtOrAbove(signal, _) | Self::AtOrBelow(signal, _) => signal,
        }
    }

    fn reached(self, signals: &impl Signals) -> bool {
        match self {
            Self::AtOrAbove(signal, value) => signals.level(signal) >= value,
            Self::AtOrBelow(signal, value) => signals.level(signal) <= value,
        }
    }
}

/// Conditions of which any wakes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wake {
    pub(super) always: bool,
    /// From when on; [`Ts::MAX`] is never.
    pub(super) at: Ts,
    pub(super) levels: [Option<Level>; 2],
}

crate::value!(struct Wake { always, at, levels });

impl Wake {
    /// On every event.
    pub const ALWAYS: Self = Self {
        always: true,
        at: Ts::MAX,
        levels: [None; 2],
    };
    /// On own orders, timers and controls alone.
    pub const OWN: Self = Self {
        always: false,
        at: Ts::MAX,
        levels: [None; 2],
    };

    /// Also from a time on.
    pub const fn at(mut self, at: Ts) -> Self {
        self.at = at;
        self
    }

    /// Also when a signal reaches a level. At most two; a third makes it wake always, which is never wrong.
    pub fn level(mut self, level: Level) -> Self {
        match self.levels.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(level),
            None => self.always = true,
        }
        self
    }

    /// True when a market event at `now` is worth a call.
    pub fn fires(&self, now: Ts, signals: &impl Signals) -> bool {
        self.always
            || now >= self.at
            || self
                .levels
                .iter()
                .flatten()
                .any(|level| level.reached(signals))
    }
}
