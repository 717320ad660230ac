//! Who looks on, on a core of its own: statistics, and whatever else takes what happened.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};

use onetape_core::names::Names;
use onetape_live::run::{Tapped, Untapped};
use serde_json::Value;

use super::follow::Follow;
use super::stats::Stats;

/// Between two looks at what happened: the loop never has to wake this thread.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Between two accounts of it.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// Something else that takes what happened, such as a recorder.
pub type Also = Box<dyn FnMut(&Tapped) + Send>;

/// The last account that was given.
#[derive(Clone, Debug, Default)]
pub(super) struct Account(Arc<Mutex<Value>>);

impl Account {
    /// As it was told last.
    pub(super) fn now(&self) -> Value {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn tell(&self, value: Value) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

/// Starts it. It ends when the loop has ended and everything was seen.
///
/// # Errors
/// When there is no thread.
pub(super) fn watch(
    from: Untapped,
    names: Arc<Names>,
    account: Account,
    mut also: Option<Also>,
) -> io::Result<JoinHandle<Stats>> {
    let thread = Builder::new().name("onlooker".to_string());
    thread.spawn(move || {
        let mut follow = Follow::new(Arc::clone(&names));
        let mut stats = Stats::new(names);
        let mut told = Instant::now();
        loop {
            let goes_on = from.drain(|tapped| {
                stats.take(&tapped);
                follow.take(&tapped);
                if let Some(also) = &mut also {
                    also(&tapped);
                }
            });
            if told.elapsed() >= TELL_EVERY || !goes_on {
                let mut document = stats.document();
                document["follow"] = follow.document();
                document["mending"] = follow.mending();
                account.tell(document);
                told = Instant::now();
            }
            if !goes_on {
                return stats;
            }
            sleep(LOOK_EVERY);
        }
    })
}
