//! Scenarios of depth books: each message has its stated reaction, and the book its stated levels.

use onetape_adapters::sync::{BookSync, SyncStep};
use onetape_core::book::DepthBook;
use onetape_core::instrument::Side;
use onetape_core::num::Price;
use serde_json::Value;

use crate::check::{decimal, plain};
use crate::run::Venue;
use crate::world::DECIMALS;

/// Plays a scenario; the error says where it left the script.
pub(crate) fn run(venue: &Venue, payload: &Value) -> Result<(), String> {
    let rule = (venue.rule)(payload);
    let mut sync = BookSync::new(rule);
    let mut book = DepthBook::new(Price::new(1));
    let mut out = Vec::new();
    if !payload["rest_snapshot"].is_null() {
        let snapshot = (venue.depth)(&payload["rest_snapshot"])?;
        if !snapshot.snapshot {
            return Err("the REST book did not decode as a whole book".to_string());
        }
        sync.take(snapshot, &mut out);
    }
    let events = payload["events"].as_array().ok_or("no events")?;
    let expected = payload["expected"].as_array().ok_or("no expectations")?;
    // After a resync the script may stop, whatever comes next.
    let stops = expected.last().is_some_and(|it| it["action"] == "resync");
    if expected.is_empty() || events.len() < expected.len() {
        return Err("fewer events than expectations, or none".to_string());
    }
    if events.len() > expected.len() && !stops {
        return Err("events without an expectation".to_string());
    }
    for (at, (event, expected)) in events.iter().zip(expected).enumerate() {
        let update = (venue.depth)(event).map_err(|why| format!("event {at}: {why}"))?;
        let whole = update.snapshot;
        let step = sync.take(update, &mut out);
        let wanted = expected["action"].as_str().unwrap_or_default();
        let found = match step {
            SyncStep::Apply if whole => "replace",
            SyncStep::Apply => "apply",
            SyncStep::Drop => "drop",
            SyncStep::Wait => "wait",
            SyncStep::Resync(_) if wanted == "resubscribe" => "resubscribe",
            SyncStep::Resync(_) => "resync",
        };
        if found != wanted {
            return Err(format!("event {at}: {found}, not {wanted}"));
        }
        for update in out.drain(..) {
            book.apply(&update);
        }
        if let Some(id) = expected["id"].as_u64()
            && sync.last() != Some(id)
        {
            return Err(format!("event {at}: id {:?}, not {id}", sync.last()));
        }
        if !expected["book"].is_null() {
            levels(&book, Side::Buy, &expected["book"]["bids"])?;
            levels(&book, Side::Sell, &expected["book"]["asks"])?;
        }
    }
    Ok(())
}

/// The levels of one side, all of them, best first.
fn levels(book: &DepthBook, side: Side, expected: &Value) -> Result<(), String> {
    let wanted = expected.as_array().ok_or("a book without a side")?;
    let wanted: Vec<_> = wanted
        .iter()
        .map(|level| match level.get("p") {
            Some(price) => (plain(price), plain(&level["s"])),
            None => (plain(&level[0]), plain(&level[1])),
        })
        .collect();
    let ladder = match side {
        Side::Buy => book.bids(),
        Side::Sell => book.asks(),
    };
    let found: Vec<_> = ladder
        .iter()
        .map(|level| {
            let text = |mantissa| decimal(mantissa, DECIMALS);
            (text(level.price.mantissa()), text(level.qty.mantissa()))
        })
        .collect();
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{side:?}: the book has {found:?}, not {wanted:?}")),
    }
}
