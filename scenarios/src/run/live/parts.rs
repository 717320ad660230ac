//! How the parts of a run are: market data a venue, what the venues' side says, the way of orders, journal, queue.

use onetape_core::journal::Store;
use onetape_core::names::VenueId;
use onetape_core::order::OrderState;
use onetape_core::time::{Span, Ts};
use onetape_live::run::{Health, Loop, Side};
use onetape_live::stamp::Clock;

use super::health::Part;
use crate::commands::time_text;

/// A feed that said nothing for so long is not healthy.
const QUIET_MAX: Span = Span::from_millis(30_000);
/// Something that waited for longer between its receipt and its turn was slow.
const SLOW: Span = Span::from_millis(50);

/// What the queue was like at the last look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    untapped: u64,
}

/// Every part of a run.
pub(super) fn parts<S: Store, C: Clock, G: Side>(
    run: &Loop<S, C, G>,
    now: Ts,
    health: Health,
    before: &mut Before,
) -> Vec<Part>
where
    S::Error: std::fmt::Display,
{
    let mut all = feeds(run, now);
    let gate = run.gate();
    for (name, why) in gate.inner().health() {
        all.push(Part::new(name, why));
    }
    all.push(Part::new("orders", orders(run)));
    let journal = gate.latch().why();
    let journal = journal.or_else(|| run.trouble().map(str::to_string));
    all.push(Part::new("journal", journal));
    all.push(Part::new("queue", queue(health, before)));
    all
}

fn feeds<S: Store, C: Clock, G: Side>(run: &Loop<S, C, G>, now: Ts) -> Vec<Part>
where
    S::Error: std::fmt::Display,
{
    let (market, names) = (run.engine().market(), run.engine().desk().names());
    let named = names.venues.iter().enumerate();
    let parts = named.filter_map(|(at, name)| {
        let venue = VenueId(at as u16);
        let of_it = names.instruments.iter().filter(|it| it.venue == venue);
        let heard = of_it.map(|it| market.instrument(it.id).heard()).max()?;
        let why = if !heard.is_known() || heard == Ts::default() {
            Some("no market data yet".to_string())
        } else if now.since(heard) > QUIET_MAX {
            Some(format!("no market data since {}", time_text(heard)))
        } else {
            None
        };
        Some(Part::new(format!("feed {name}"), why))
    });
    parts.collect()
}

fn orders<S: Store, C: Clock, G: Side>(run: &Loop<S, C, G>) -> Option<String>
where
    S::Error: std::fmt::Display,
{
    if run.gate().is_shut() {
        return Some("halted".to_string());
    }
    let alive = run.engine().desk().orders().alive();
    let unknown = alive.filter(|it| it.state == OrderState::Unknown).count();
    (unknown > 0).then(|| format!("nobody knows what became of {unknown} orders"))
}

fn queue(health: Health, before: &mut Before) -> Option<String> {
    let left_out = health.untapped - before.untapped.min(health.untapped);
    before.untapped = health.untapped;
    let waited = Span::from_nanos(health.longest_wait_ns);
    if waited > SLOW {
        let ms = waited.nanos() / 1_000_000;
        return Some(format!("something waited {ms} ms for its turn"));
    }
    (left_out > 0).then(|| format!("statistics miss {left_out} market events"))
}
