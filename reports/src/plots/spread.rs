//! How net and holding time are spread over round trips.

use onetape_core::num::Money;
use serde::Serialize;

use super::curve::ClosedTrip;

/// Fewer round trips than this make no distribution.
const TRIPS_MIN: usize = 5;
/// Bins of net, at most.
const BINS_MAX: f64 = 40.0;

/// Counts by bins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Histogram {
    /// One for each bin: where it begins, and what is below its end.
    pub(crate) labels: Vec<String>,
    /// Middle of each bin, whose sign gives its colour; empty where there is none.
    pub(crate) middles: Vec<f64>,
    /// How many round trips are in each.
    pub(crate) counts: Vec<u64>,
}

/// Net of round trips, in bins of a round width of which one begins at zero.
pub(super) fn nets(closed: &[ClosedTrip<'_>]) -> Option<Histogram> {
    if closed.len() < TRIPS_MIN {
        return None;
    }
    let values = || closed.iter().map(|one| Money::to_f64(one.net));
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    let bins_wanted = libm::sqrt(closed.len() as f64).clamp(8.0, BINS_MAX);
    let width = round_step((high - low).max(1e-9) / bins_wanted);
    let (from, until) = ((low / width).floor() as i64, (high / width).floor() as i64);
    let mut counts = vec![0; usize::try_from(until - from + 1).ok()?];
    for value in values() {
        let at = usize::try_from((value / width).floor() as i64 - from);
        if let Some(count) = at.ok().and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    let decimals = decimals(width);
    let begin = |at: usize| (from + at as i64) as f64 * width;
    Some(Histogram {
        labels: (0..counts.len())
            .map(|at| format!("{:.decimals$} to {:.decimals$}", begin(at), begin(at + 1)))
            .collect(),
        middles: (0..counts.len())
            .map(|at| begin(at) + width / 2.0)
            .collect(),
        counts,
    })
}

/// Bins of holding time: what is below each length, in seconds and words.
const HELD: [(i64, &str); 14] = [
    (1_000_000, "< 1 ms"),
    (10_000_000, "1–10 ms"),
    (100_000_000, "10–100 ms"),
    (1_000_000_000, "0.1–1 s"),
    (5_000_000_000, "1–5 s"),
    (15_000_000_000, "5–15 s"),
    (60_000_000_000, "15–60 s"),
    (300_000_000_000, "1–5 min"),
    (900_000_000_000, "5–15 min"),
    (3_600_000_000_000, "15–60 min"),
    (14_400_000_000_000, "1–4 h"),
    (86_400_000_000_000, "4–24 h"),
    (604_800_000_000_000, "1–7 d"),
    (i64::MAX, "> 7 d"),
];

/// How long they were held, from the first bin with any to the last.
pub(super) fn held(closed: &[ClosedTrip<'_>]) -> Option<Histogram> {
    if closed.len() < TRIPS_MIN {
        return None;
    }
    let mut counts = [0_u64; HELD.len()];
    for one in closed {
        let nanos = one.closed_ns - one.trip.opened_at.nanos();
        let at = HELD.iter().position(|(below, _)| nanos < *below);
        if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    let first = counts.iter().position(|count| *count > 0)?;
    let last = counts.iter().rposition(|count| *count > 0)?;
    let bins = HELD.iter().zip(counts).skip(first).take(last - first + 1);
    let (labels, counts) = bins
        .map(|((_, label), count)| ((*label).to_owned(), count))
        .unzip();
    Some(Histogram {
        labels,
        middles: Vec::new(),
        counts,
    })
}

/// The next of 1, 2, 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= least && power < 1e15 {
        power *= 10.0;
    }
    while power > least && power > 1e-12 {
        power /= 10.0;
    }
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

fn decimals(step: f64) -> usize {
    let (mut decimals, mut scaled) = (0, step);
    while scaled < 0.999_999 && decimals < 12 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}
