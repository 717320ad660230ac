//! A loss on all legs together at which a position is closed, and the time after that in which nothing is entered.

use super::params::{EXIT_STOP, EXIT_STOP_WAIT};
use crate::num::Bps;
use crate::strategy::Params;
use crate::time::Span;

/// The prices that a stop fled from are there again at the next event.
const WAIT: Span = Span::from_millis(600_000);

/// When a position is closed for what it lost.
#[derive(Clone, Copy, Debug)]
pub(in crate::strategies) struct Stop {
    most: Option<Bps>,
    /// How long nothing is entered after it.
    pub(in crate::strategies) wait: Span,
}

impl Stop {
    pub(in crate::strategies) fn of(params: &Params) -> Self {
        Self {
            most: params.bps(EXIT_STOP.name),
            wait: params.span(EXIT_STOP_WAIT.name).unwrap_or(WAIT),
        }
    }

    /// True when there is one at all.
    pub(in crate::strategies) const fn is_set(&self) -> bool {
        self.most.is_some()
    }

    /// True when closing now would net this little.
    pub(in crate::strategies) fn is_hit(&self, net_bps: f64) -> bool {
        self.most.is_some_and(|most| net_bps <= -most.to_f64())
    }
}
