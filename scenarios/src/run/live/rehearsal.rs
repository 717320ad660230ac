//! A recorded tape that comes as if it were live: in the time it took then, or faster.

use std::sync::Arc;
use std::time::Duration;

use onetape_core::time::Ts;
use onetape_data::tape::Tape;
use onetape_live::queue::{Arrival, Sender};
use onetape_live::stamp::{Clock as _, SystemClock};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// After the last of the tape, until the run stops.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Brings a tape into a queue, and then stops the run. What cannot be read ends it with a word.
pub(super) async fn rehearse(
    tape: Tape,
    speed: u32,
    to: Sender,
    stop: Option<Arc<watch::Sender<bool>>>,
) {
    play(tape, speed, to).await;
    // Orders that are under way get their answers.
    sleep(LAST_WAIT).await;
    if let Some(stop) = stop {
        stop.send_replace(true);
    }
}

async fn play(mut tape: Tape, speed: u32, to: Sender) {
    let began = Instant::now();
    let mut first: Option<Ts> = None;
    loop {
        let event = match tape.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => return,
            Err(why) => {
                tracing::error!("the tape ends: {why}");
                return;
            }
        };
        let since = event.ts.since(*first.get_or_insert(event.ts)).nanos();
        let since = Duration::from_nanos(since.max(0).unsigned_abs()) / speed.max(1);
        let due = began + since;
        if due > Instant::now() {
            sleep_until(due).await;
        }
        let received = SystemClock.now();
        let body = event.body;
        to.send(Arrival::own(received, body)).await;
    }
}
