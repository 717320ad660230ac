//! From the feeds of venues to the recorder: one order of receive times over all of them.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use onetape_core::event::Event;
use onetape_core::time::Ts;
use onetape_data::record::{RecordReport, Recorder};
use onetape_live::feed::{Outlet, Told};
use onetape_live::queue::Origin;
use onetape_live::stamp::{Clock, Stamper, SystemClock};

/// Events that wait for the disk; with more, sockets wait.
const WAITING_MAX: usize = 65_536;
/// Between looks at the clock while nothing comes.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug)]
struct Inner {
    stamper: Stamper<SystemClock>,
    to: SyncSender<(Event, Origin)>,
    over: bool,
}

/// Takes what feeds tell, stamps it, and hands it on.
#[derive(Clone, Debug)]
pub struct Tap(Arc<Mutex<Inner>>);

/// The other end.
#[derive(Debug)]
pub struct Tape(Receiver<(Event, Origin)>);

impl Tap {
    /// Two ends. Stamps begin after `last`.
    pub fn new(last: Option<Ts>) -> (Self, Tape) {
        let (to, from) = sync_channel(WAITING_MAX);
        let inner = Inner {
            stamper: last.map_or(Stamper::new(SystemClock), |last| {
                Stamper::after(SystemClock, last)
            }),
            to,
            over: false,
        };
        (Self(Arc::new(Mutex::new(inner))), Tape(from))
    }

    /// True when nobody takes events any more: the recorder failed.
    pub fn is_over(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).over
    }
}

impl Outlet for Tap {
    fn bring(&self, told: Told) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(ts) = inner.stamper.stamp() else {
            inner.over = true;
            return;
        };
        let event = Event {
            ts,
            body: told.body,
        };
        // Stamped and sent under one lock, so that the order of stamps is that of the tape.
        if inner.to.send((event, told.origin)).is_err() {
            inner.over = true;
        }
    }
}

impl Tape {
    /// Records until every tap is gone.
    ///
    /// # Errors
    /// When something cannot be written. What was written before stays.
    pub fn record(self, mut recorder: Recorder) -> onetape_data::Result<RecordReport> {
        loop {
            match self.0.recv_timeout(LOOK) {
                Ok((event, Origin { ts_venue, id })) => recorder.take(&event, ts_venue, id)?,
                Err(RecvTimeoutError::Timeout) => recorder.tick(SystemClock.now())?,
                Err(RecvTimeoutError::Disconnected) => return recorder.finish(),
            }
        }
    }
}
