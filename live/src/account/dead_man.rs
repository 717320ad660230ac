//! Timers of venues that cancel everything when they hear nothing from us.

use std::sync::Arc;
use std::time::Duration;

use onetape_adapters::ask::Ask;
use onetape_core::names::InstrumentId;
use onetape_core::time::Span;
use tokio::time::sleep;

use super::venue::Account;

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

/// Renews the timers of all instruments three times in their time. When this stops, for whatever reason, the venue
/// cancels.
pub(super) async fn renew(account: Arc<Account>, after: Span) {
    let every = Duration::from_nanos((after.nanos() / 3).max(1).unsigned_abs());
    let instruments: Vec<InstrumentId> = (account.setup.directory.iter())
        .map(|it| it.instrument.id)
        .collect();
    loop {
        for instrument in &instruments {
            // One that fails is said again with the next round, which is in time still.
            let _ = account.ask(&timer(*instrument, after)).await;
        }
        sleep(every).await;
    }
}
