//! Faults between simulated venues and a desk: what the desk is told of each kind alone, worked out by hand, and that
//! what is drawn depends on nothing but what it is drawn for.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod drawn;
mod orders;
mod venues;
mod words;

use onetape_core::event::{AccountEvent, Body, Event, OrderEventKind, RejectReason};
use onetape_core::fault::{FaultKind, FaultPhase};
use onetape_core::instrument::Side;
use onetape_core::names::VenueId;
use onetape_core::time::{Span, Ts};
use onetape_sim::{FaultPlan, Scheduled};
use rust_decimal::Decimal;

use common::{Act, FUTURES, MS, Plan, Ran, SPOT, Script, latency, quote, run};

/// Feeds 2 ms, orders 5 ms and answers 5 ms away; quotes of spot (100.0 less a tick and more a tick) and of the future
/// at every tenth of a second.
fn plan(faults: FaultPlan) -> Plan {
    Plan {
        latency: [latency(2, 5, 5), latency(2, 5, 5)],
        wallet: "100000",
        faults: Some(faults),
        ..Plan::default()
    }
}

fn tape(until: i64) -> Vec<Event> {
    let at =
        |ms| [SPOT, FUTURES].map(|instrument| quote(ms, instrument, (999, 9_000), (1_001, 9_000)));
    (1..=until / 100).flat_map(|n| at(n * 100)).collect()
}

/// One fault of a kind at the spot venue, from the start.
fn one(kind: FaultKind) -> FaultPlan {
    with(scheduled(kind, 0))
}

fn with(it: Scheduled) -> FaultPlan {
    FaultPlan {
        at: vec![it],
        ..FaultPlan::new(1)
    }
}

fn scheduled(kind: FaultKind, venue: u16) -> Scheduled {
    Scheduled {
        at: Ts::from_nanos(0),
        kind,
        venue: VenueId(venue),
        instrument: None,
        duration: Some(Span::from_millis(30)),
        reason: None,
        size: None,
    }
}

/// What the desk was told of orders, faults and positions, in words.
fn story(ran: &Ran) -> Vec<String> {
    let line = |event: &Event| {
        let said = match &event.body {
            Body::Order(news) => format!("{} {}", news.order.n, said(&news.kind)),
            Body::Fault(fault) => {
                let phase = match fault.phase {
                    FaultPhase::Once => "",
                    FaultPhase::Begins => " begins",
                    FaultPhase::Ends => " ends",
                };
                let order = fault.order.map(|order| format!(" of {}", order.n));
                format!(
                    "! {}{phase}{}",
                    fault.kind.name(),
                    order.unwrap_or_default()
                )
            }
            Body::Account(AccountEvent::Deleveraged { qty, price, .. }) => {
                format!("closed {} at {}", qty.mantissa(), price.mantissa())
            }
            Body::Account(AccountEvent::Funding { amount, rate, .. }) => {
                format!("funding {amount} by {rate}")
            }
            _ => return None,
        };
        Some(format!("{} {said}", event.ts.nanos() / MS))
    };
    ran.news.iter().filter_map(line).collect()
}

fn said(kind: &OrderEventKind) -> String {
    match kind {
        OrderEventKind::Accepted => "accepted".into(),
        OrderEventKind::Rejected(reason) => format!("rejected {}", reason.name()),
        OrderEventKind::Filled(fill) => format!("filled {}", fill.qty.mantissa()),
        OrderEventKind::Cancelled => "cancelled".into(),
        OrderEventKind::Expired => "expired".into(),
        OrderEventKind::Unknown => "unknown".into(),
        OrderEventKind::CancelRejected => "cancel_rejected".into(),
        OrderEventKind::NotSent => "not_sent".into(),
        OrderEventKind::Amended { .. } => "amended".into(),
        OrderEventKind::AmendRejected(reason) => format!("amend_rejected {}", reason.name()),
    }
}

/// Runs a script on two seconds of quotes, and proves that the ledger adds up whatever happened.
fn told(faults: FaultPlan, acts: Vec<(usize, Act)>) -> Vec<String> {
    let ran = run(&plan(faults), &tape(2_000), Box::new(Script::new(acts)));
    assert!(ran.ledger.worst_residual().is_zero(), "{:?}", ran.ledger);
    story(&ran)
}
