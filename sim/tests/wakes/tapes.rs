//! Drawn tapes.

use onetape_core::event::{Body, Event, FundingRate};
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;
use proptest::prelude::*;

use crate::common::*;
use crate::tasks::SPOTS_AND_FUTURES;

/// Steps of four legs. Now and then a touch shows nothing.
pub(crate) fn legs_steps() -> impl Strategy<Value = Vec<(usize, i64, i64, i64, i64)>> {
    let spread = prop_oneof![9 => 1i64..4, 1 => Just(0i64)];
    let qty = prop_oneof![6 => 1i64..60, 1 => Just(0i64)];
    proptest::collection::vec((0usize..4, -9i64..10, qty, 0i64..5, spread), 4..200)
}

/// Four legs that wander around 1000.0.
pub(crate) fn legs_tape(steps: &[(usize, i64, i64, i64, i64)]) -> Vec<Event> {
    tape_over(&SPOTS_AND_FUTURES, steps)
}

/// Up to four legs whose prices wander around 10,000 of their last decimals.
pub(crate) fn tape_over(
    legs: &[InstrumentId],
    steps: &[(usize, i64, i64, i64, i64)],
) -> Vec<Event> {
    let mut middles = [10_000; 4];
    let mut ms = 1_000;
    let row = |&(at, step, qty, gap, spread): &(usize, i64, i64, i64, i64)| {
        middles[at] = (middles[at] + step).clamp(9_960, 10_040);
        ms += gap;
        let (bid, ask) = (middles[at], middles[at] + spread);
        quote(ms, legs[at % legs.len()], (bid, qty), (ask, qty))
    };
    steps.iter().map(row).collect()
}

/// A tape with word of a funding rate after some of its rows: of the settlement that is due next, or, as files of past
/// rates do, of the one just past.
pub(crate) fn funded(
    steps: &[(bool, i64, i64, i64, i64)],
    rates: &[i64],
    past: bool,
) -> Vec<Event> {
    let rows = tape(steps);
    let mut told = Vec::new();
    let mut rates = rates.iter().cycle();
    for row in rows {
        let ts = row.ts;
        let is_futures = row.body.instrument() == Some(FUTURES);
        told.push(row);
        if !is_futures {
            continue;
        }
        let due = ts.nanos().div_euclid(40 * MS) + i64::from(!past);
        let mantissa = rates.next().copied().unwrap_or_default();
        let rate = FundingRate {
            instrument: FUTURES,
            rate: onetape_core::num::Money::scaled(i128::from(mantissa), 5).unwrap(),
            settles_at: Ts::from_nanos(due * 40 * MS),
        };
        told.push(Event {
            ts,
            body: Body::Funding(rate),
        });
    }
    told
}

/// Two legs that wander around 1000.0, where a tick of 0.1 is a basis point.
pub(crate) fn tape(steps: &[(bool, i64, i64, i64, i64)]) -> Vec<Event> {
    tape_of(steps, FUTURES)
}

/// The same with any second leg.
pub(crate) fn tape_of(steps: &[(bool, i64, i64, i64, i64)], second: InstrumentId) -> Vec<Event> {
    let mut middles = [10_000, 10_000];
    let mut ms = 1_000;
    let row = |&(futures, step, qty, gap, spread): &(bool, i64, i64, i64, i64)| {
        let at = usize::from(futures);
        middles[at] = (middles[at] + step).clamp(9_960, 10_040);
        ms += gap;
        let id = if futures { second } else { SPOT };
        // Now and then a book that nobody can act on.
        let ask = if spread == 0 {
            middles[at]
        } else {
            middles[at] + spread
        };
        quote(ms, id, (middles[at], qty), (ask, qty))
    };
    steps.iter().map(row).collect()
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<(bool, i64, i64, i64, i64)>> {
    let spread = prop_oneof![9 => 1i64..4, 1 => Just(0i64)];
    proptest::collection::vec(
        (any::<bool>(), -9i64..10, 1i64..60, 0i64..5, spread),
        2..160,
    )
}
