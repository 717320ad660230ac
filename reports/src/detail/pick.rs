//! Which round trips have their timelines on the page.

use std::collections::BTreeSet;

use onetape_core::num::Money;

use crate::report::{Report, RoundTrip};

/// Up to this many round trips, all of them.
pub(super) const ALL_MAX: usize = 2_000;
/// Of more, so many of each end by net, and half as many of each end by time.
pub(super) const AN_END: usize = 600;

/// Tasks and numbers of them.
pub(super) fn pick(report: &Report) -> BTreeSet<(String, u32)> {
    let trips = &report.round_trips;
    let key = |trip: &RoundTrip| (trip.task.to_string(), trip.trip);
    if trips.len() <= ALL_MAX {
        return trips.iter().map(key).collect();
    }
    let asset = report
        .figures
        .assets()
        .into_iter()
        .next()
        .unwrap_or_default();
    let mut by_net: Vec<(Money, usize)> = trips
        .iter()
        .enumerate()
        .map(|(at, trip)| (trip.pnl.net.in_asset(&asset), at))
        .collect();
    by_net.sort_unstable();
    let ends = |all: &[usize], each: usize| -> Vec<usize> {
        let last = all.len().saturating_sub(each);
        let first = all.iter().take(each);
        first.chain(all.iter().skip(last)).copied().collect()
    };
    let by_net: Vec<usize> = by_net.into_iter().map(|(_, at)| at).collect();
    let by_time: Vec<usize> = (0..trips.len()).collect();
    let picked = ends(&by_net, AN_END).into_iter();
    picked
        .chain(ends(&by_time, AN_END / 2))
        .filter_map(|at| trips.get(at).map(key))
        .collect()
}
