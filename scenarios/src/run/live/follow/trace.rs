//! The log: a line for each order's way, with the round trip that it belongs to. `ONETAPE_LOG=onetape::trace=debug` shows
//! all of it, `info` what was refused and rejected and how long the phases took; `ONETAPE_LOG_FORMAT=json` makes each line
//! one JSON document.

use onetape_core::command::{LegRole, Place};
use onetape_core::decision::Decision;
use onetape_core::event::OrderEventKind;
use onetape_core::names::{Names, VenueId};
use onetape_core::num::format_fixed;
use onetape_core::time::Span;

use super::{Sent, Step};

/// Where lines of the log are from.
const TARGET: &str = "onetape::trace";

/// The round trip of an order: its task and number, the same in every line and in the journal.
fn trip(place: &Place, names: &Names) -> String {
    format!("{}#{}", names.task(place.task), place.tag.trip)
}

pub(super) const fn role(role: LegRole) -> &'static str {
    match role {
        LegRole::Entry => "entry",
        LegRole::Exit => "exit",
        LegRole::Repair => "repair",
        LegRole::Switch => "switch",
    }
}

fn ms(took: Span) -> f64 {
    took.nanos() as f64 / 1e6
}

pub(super) fn decided(decision: &Decision, names: &Names, reasons: &mut [String]) {
    let Some(before) = reasons.get_mut(decision.task.index()) else {
        return;
    };
    let task = names.task(decision.task);
    let reason = decision.reason.as_str();
    if before != reason {
        tracing::debug!(target: TARGET, task, from = %before, to = reason, event = decision.cause.0, "reason");
        reason.clone_into(before);
    }
    for refusal in &decision.refusals {
        let instrument = &*names.instrument(refusal.instrument).name;
        let why = refusal.reason.as_str();
        tracing::info!(target: TARGET, task, instrument, why, event = decision.cause.0, "refused");
    }
}

pub(super) fn sent(sent: &Sent, names: &Names) {
    let place = &sent.place;
    let instrument = names.instrument(place.instrument);
    let qty = format_fixed(place.qty.mantissa(), instrument.qty_decimals);
    let limit = place.limit;
    let limit = limit.map(|it| format_fixed(it.mantissa(), instrument.price_decimals));
    tracing::debug!(
        target: TARGET,
        trip = trip(place, names),
        order = place.order.client_text(),
        role = role(place.tag.role),
        instrument = &*instrument.name,
        side = place.side.name(),
        qty,
        limit,
        "sent"
    );
}

pub(super) fn news(sent: &Sent, kind: &OrderEventKind, step: Step, took: Span, names: &Names) {
    let place = &sent.place;
    let (trip, order) = (trip(place, names), place.order.client_text());
    let (role, ms, phase) = (role(place.tag.role), ms(took), step.phase);
    if let OrderEventKind::Rejected(why) | OrderEventKind::AmendRejected(why) = kind {
        let why = why.name();
        tracing::info!(target: TARGET, trip, order, role, ms, why, "{phase}");
    } else {
        tracing::debug!(target: TARGET, trip, order, role, ms, "{phase}");
    }
}

pub(super) fn phase(place: &Place, role: &'static str, took: Span, names: &Names) {
    let trip = trip(place, names);
    tracing::info!(target: TARGET, trip, phase = role, ms = ms(took), "phase over");
}

pub(super) fn slow(venue: VenueId, took: Span, names: &Names) {
    let venue = names.venue(venue);
    tracing::warn!(target: TARGET, venue, ms = ms(took), "answers are slow");
}
