//! Fetches the snapshot that a book needs, until one can be joined to its changes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use onetape_adapters::ask::Ask;
use onetape_adapters::news::Answer;
use onetape_core::names::InstrumentId;
use tokio::time::{Instant, sleep};

use super::context::{Context, SharedEar};
use super::ear::{Due, Ear};
use super::options::levels;
use super::outlet::Outlet;
use crate::stamp::{Clock, SteadyClock};
use crate::venue::Priority;

/// Between looks at whether a change came.
const LOOK: Duration = Duration::from_millis(10);
/// After a failed attempt, doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// At most.
const MOST_WAIT: Duration = Duration::from_secs(5);

/// Begins to fetch a snapshot. It ends by itself when the connection is gone.
pub(super) fn spawn<O: Outlet>(cx: &Arc<Context<O>>, ear: &SharedEar, id: InstrumentId) {
    let (cx, ear) = (Arc::clone(cx), Arc::downgrade(&ear.0));
    tokio::spawn(fetch(cx, ear, id));
}

async fn fetch<O: Outlet>(
    cx: Arc<Context<O>>,
    weak: Weak<std::sync::Mutex<Ear>>,
    id: InstrumentId,
) {
    let mut wait = FIRST_WAIT;
    while let Some(ear) = weak.upgrade().map(SharedEar) {
        if !joinable(&cx, &ear, id).await {
            match ear.lock().fetched(id) {
                // It came up again meanwhile.
                Some(Due::Snapshot(_)) => continue,
                _ => return,
            }
        }
        let Ok(_permit) = cx.permits.acquire().await else {
            return;
        };
        let ask = Ask::Depth {
            instrument: id,
            levels: levels(cx.setup.protocol),
        };
        // Without a book nothing is traded: this does not wait behind what only informs.
        if let Ok(Answer::Depth(update)) = cx.setup.ask_as(&ask, Priority::Account).await {
            let at = SteadyClock.now();
            if ear.tell(&cx.out, |ear, out| ear.snapshot(*update, at, out)) {
                continue;
            }
        }
        drop(ear);
        sleep(wait).await;
        wait = (wait * 2).min(MOST_WAIT);
    }
}

/// Waits for a change to join to, and not longer than a quiet book deserves. False when no snapshot is needed any more.
async fn joinable<O: Outlet>(cx: &Context<O>, ear: &SharedEar, id: InstrumentId) -> bool {
    let until = Instant::now() + cx.options.join_wait;
    loop {
        let awaits = ear.lock().awaits(id);
        match awaits {
            None => return false,
            Some(true) => return true,
            Some(false) if Instant::now() >= until => return true,
            Some(false) => sleep(LOOK).await,
        }
    }
}
