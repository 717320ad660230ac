//! Timers of venues that cancel everything when they hear nothing from us.

use std::sync::Arc;
use std::time::Duration;

use onetape_adapters::ask::Ask;
use onetape_core::names::InstrumentId;
use onetape_core::time::Span;
use tokio::sync::watch;
use tokio::time::sleep;

use super::venue::Account;

/// How often a timer is told to end.
const OFF_TIMES: usize = 3;
/// Between two such words.
const OFF_PAUSE: Duration = Duration::from_millis(200);

/// Whether a venue has such a timer.
pub(super) fn has_one(account: &Account) -> bool {
    let first = account.setup.directory.iter().next();
    let ask = first.map(|it| timer(it.instrument.id, Span::from_millis(60_000)));
    ask.is_some_and(|ask| {
        account
            .setup
            .protocol
            .rest(&ask, &account.setup.cx())
            .is_ok()
    })
}

const fn timer(instrument: InstrumentId, after: Span) -> Ask {
    Ask::DeadMan {
        instrument: Some(instrument),
        after,
    }
}

/// Renews the timers of all instruments three times in their time, until it is told that the run is over; then they are
/// turned off, for an order that somebody else has there by then is none of the run's. When this stops for any other
/// reason, the venue cancels. Gives the timers that run on, and why.
pub(super) async fn renew(
    account: Arc<Account>,
    after: Span,
    mut over: watch::Receiver<bool>,
) -> Vec<(InstrumentId, String)> {
    let every = Duration::from_nanos((after.nanos() / 3).max(1).unsigned_abs());
    let instruments: Vec<InstrumentId> = (account.setup.directory.iter())
        .map(|it| it.instrument.id)
        .collect();
    // One renewal is answered before the next thing is asked: none can come after the word that turns its timer off.
    while !*over.borrow() {
        for instrument in &instruments {
            // One that fails is said again with the next round, which is in time still.
            let _ = account.ask(&timer(*instrument, after)).await;
        }
        tokio::select! {
            () = sleep(every) => {}
            told = over.wait_for(|over| *over) => {
                if told.is_err() {
                    return Vec::new();
                }
            }
        }
    }
    let mut left = Vec::new();
    for instrument in instruments {
        if let Err(why) = turn_off(&account, instrument).await {
            left.push((instrument, why));
        }
    }
    left
}

async fn turn_off(account: &Account, instrument: InstrumentId) -> Result<(), String> {
    let mut why = String::new();
    for _ in 0..OFF_TIMES {
        match account.ask(&timer(instrument, Span::ZERO)).await {
            Ok(_) => return Ok(()),
            Err(fault) => why = fault.to_string(),
        }
        sleep(OFF_PAUSE).await;
    }
    Err(why)
}
