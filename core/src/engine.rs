//! The loop body that a backtest, a paper run and a live run share, and the two ends it hangs between.

use crate::event::Event;
use crate::time::Ts;

/// Market data in total order: a catalogue's merge, or a test's list.
pub trait Tape {
    /// Why it could not be read.
    type Error;

    /// The next market event, at or after the one before; `None` at the end.
    ///
    /// # Errors
    /// When the data behind it cannot be read.
    fn next_event(&mut self) -> Result<Option<Event>, Self::Error>;
}

/// Where events come from: recorded data with simulated answers, or connections.
pub trait Source {
    /// Why it could not go on.
    type Error;

    /// The next event; when nothing else comes before `deadline`, the timer that is due then.
    ///
    /// # Errors
    /// When the source cannot be read any more.
    fn next(
        &mut self,
        deadline: Option<(Ts, crate::event::Timer)>,
    ) -> Result<Option<Event>, Self::Error>;
}
