//! What happened, for those who only look on: on another core, and never in the loop's way.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};

use onetape_core::decision::Decision;
use onetape_core::event::{Event, Seq};

use crate::queue::Origin;

/// Market events that wait for who looks on; with more, some are left out and counted.
const WAITING_MAX: usize = 65_536;

/// One event and what was decided on it.
#[derive(Clone, Debug)]
pub struct Tapped {
    /// Its number.
    pub seq: Seq,
    /// The event.
    pub event: Event,
    /// What a venue told beside it.
    pub origin: Origin,
    /// What was decided.
    pub decisions: Vec<Decision>,
}

/// The loop's end. The journal has everything; who looks on misses market events only where it is far behind.
#[derive(Debug)]
pub struct Tap {
    to: Option<SyncSender<Tapped>>,
    backlog: VecDeque<Tapped>,
    missed: u64,
}

/// The end of who looks on.
#[derive(Debug)]
pub struct Untapped(Receiver<Tapped>);

/// Two ends.
pub fn tap() -> (Tap, Untapped) {
    let (to, from) = sync_channel(WAITING_MAX);
    (
        Tap {
            to: Some(to),
            backlog: VecDeque::new(),
            missed: 0,
        },
        Untapped(from),
    )
}

impl Tap {
    /// For a run on which nobody looks.
    pub const fn none() -> Self {
        Self {
            to: None,
            backlog: VecDeque::new(),
            missed: 0,
        }
    }

    /// Market events that were left out.
    pub const fn missed(&self) -> u64 {
        self.missed
    }

    /// Hands an event on.
    pub(super) fn hand(&mut self, tapped: Tapped) {
        let Some(to) = &self.to else {
            return;
        };
        while let Some(waiting) = self.backlog.pop_front() {
            if let Err(TrySendError::Full(back)) = to.try_send(waiting) {
                self.backlog.push_front(back);
                break;
            }
        }
        let left = if self.backlog.is_empty() {
            to.try_send(tapped)
        } else {
            Err(TrySendError::Full(tapped))
        };
        match left {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            // Own news are few: they wait.
            Err(TrySendError::Full(tapped)) if !tapped.event.body.is_market() => {
                self.backlog.push_back(tapped);
            }
            Err(TrySendError::Full(_)) => self.missed += 1,
        }
    }

    /// Hands on what waits, and ends it.
    pub(super) fn close(&mut self) {
        if let Some(to) = self.to.take() {
            for tapped in self.backlog.drain(..) {
                if to.send(tapped).is_err() {
                    return;
                }
            }
        }
    }
}

impl Untapped {
    /// Everything that waits; `false` once nothing more will come. Who calls waits a little between two calls, so that the
    /// loop never has to wake it.
    pub fn drain(&self, mut each: impl FnMut(Tapped)) -> bool {
        loop {
            match self.0.try_recv() {
                Ok(tapped) => each(tapped),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }
}
