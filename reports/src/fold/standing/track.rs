//! Signals over time, in few stretches however long a run is: for plots, never for accounts.

use onetape_core::time::Ts;

/// Stretches of a finished track, at most twice as many.
const STRETCHES: usize = 200;
/// Buckets of time that mids are kept by, at most twice as many.
const BUCKETS: usize = 2_048;
const MINUTE_NS: i64 = 60_000_000_000;

/// Some changes in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::fold) struct Part {
    pub(in crate::fold) at: Ts,
    pub(in crate::fold) last: f64,
    pub(in crate::fold) low: f64,
    pub(in crate::fold) high: f64,
}

/// A value whenever it changed, joined and not thinned: no extreme is lost.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct Track {
    parts: Vec<Part>,
    width: usize,
    filled: usize,
}

impl Track {
    pub(in crate::fold) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Adds a change.
    pub(in crate::fold) fn push(&mut self, at: Ts, value: f64) {
        match self.parts.last_mut() {
            Some(last) if self.filled < self.width => {
                (last.at, last.last) = (at, value);
                last.low = last.low.min(value);
                last.high = last.high.max(value);
                self.filled += 1;
            }
            _ => {
                self.make_room();
                let (last, low, high) = (value, value, value);
                self.parts.push(Part {
                    at,
                    last,
                    low,
                    high,
                });
                (self.filled, self.width) = (1, self.width.max(1));
            }
        }
    }

    /// Joins stretches two by two when there are too many.
    fn make_room(&mut self) {
        if self.parts.len() < 2 * STRETCHES {
            return;
        }
        let joined = self.parts.chunks(2).filter_map(|pair| {
            let (first, last) = (pair.first()?, pair.last()?);
            Some(Part {
                low: first.low.min(last.low),
                high: first.high.max(last.high),
                ..*last
            })
        });
        self.parts = joined.collect();
        self.width *= 2;
    }
}

/// The last mid of each minute, or of longer buckets in a long run.
#[derive(Clone, Debug)]
pub(in crate::fold) struct Mids {
    known: Vec<(i64, f64)>,
    width_ns: i64,
}

impl Default for Mids {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            width_ns: MINUTE_NS,
        }
    }
}

impl Mids {
    /// A mid was seen.
    pub(in crate::fold) fn see(&mut self, at: Ts, mid: f64) {
        let bucket = at.nanos().div_euclid(self.width_ns);
        match self.known.last_mut() {
            Some((last, known)) if *last >= bucket => *known = mid,
            _ => {
                self.known.push((bucket, mid));
                if self.known.len() >= 2 * BUCKETS {
                    self.widen();
                }
            }
        }
    }

    fn widen(&mut self) {
        let known = std::mem::take(&mut self.known);
        self.width_ns *= 2;
        for (bucket, mid) in known {
            let wide = bucket.div_euclid(2);
            self.known.pop_if(|(last, _)| *last == wide);
            self.known.push((wide, mid));
        }
    }

    /// Width of a bucket in seconds, and the buckets that both have seen, with the second mid over the first, in basis
    /// points: what one pays more for the second. One of the second's units is `scale` of the first's.
    pub(in crate::fold) fn basis(&self, second: &Self, scale: f64) -> (f64, Vec<(Ts, f64)>) {
        let (mut one, mut other) = (self.clone(), second.clone());
        while one.width_ns < other.width_ns {
            one.widen();
        }
        while other.width_ns < one.width_ns {
            other.widen();
        }
        let at = |bucket: i64| Ts::from_nanos(bucket.saturating_mul(one.width_ns));
        let mut rest = other.known.iter().peekable();
        let mut both = Vec::new();
        for (bucket, mid) in &one.known {
            while rest.next_if(|(own, _)| own < bucket).is_some() {}
            if let Some((_, own)) = rest.next_if(|(own, _)| own == bucket)
                && *mid > 0.0
            {
                both.push((at(*bucket), (own * scale / mid - 1.0) * 1e4));
            }
        }
        (one.width_ns as f64 / 1e9, both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_track_keeps_its_extremes_and_its_end(drawn in prop::collection::vec(-1e6_f64..1e6, 1..3_000)) {
            let mut track = Track::default();
            for (at, value) in (1..).zip(&drawn) {
                track.push(Ts::from_nanos(at), *value);
            }
            let parts = track.parts();
            prop_assert!(parts.len() <= 2 * STRETCHES);
            let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
            let high = most(&mut parts.iter().map(|part| part.high));
            let low = -most(&mut parts.iter().map(|part| -part.low));
            prop_assert_eq!(high, most(&mut drawn.iter().copied()));
            prop_assert_eq!(low, -most(&mut drawn.iter().map(|value| -value)));
            prop_assert_eq!(parts.last().unwrap().last, *drawn.last().unwrap());
        }

        // However often buckets are joined, each has the last mid that was seen in it.
        #[test]
        fn mids_are_the_last_of_their_buckets(steps in prop::collection::vec((0i64..200, 1i64..100), 1..9_000)) {
            let (mut mids, mut now, mut all) = (Mids::default(), 0, Vec::new());
            for (minutes, mid) in steps {
                now += minutes * MINUTE_NS / 7;
                mids.see(Ts::from_nanos(now), mid as f64);
                all.push((now, mid as f64));
            }
            prop_assert!(mids.known.len() < 2 * BUCKETS);
            let last = all.into_iter().map(|(at, mid): (i64, f64)| (at.div_euclid(mids.width_ns), mid));
            let last: BTreeMap<i64, f64> = last.collect();
            prop_assert_eq!(last.into_iter().collect::<Vec<_>>(), mids.known);
        }
    }

    #[test]
    fn a_basis_is_of_the_buckets_that_both_have() {
        let (mut one, mut other) = (Mids::default(), Mids::default());
        for minute in 0..10 {
            let at = Ts::from_nanos(minute * MINUTE_NS);
            one.see(at, 100.0);
            if minute % 2 == 0 {
                other.see(at, 100.0 + minute as f64 / 100.0);
            }
        }
        let (width, basis) = one.basis(&other, 1.0);
        assert!((width - 60.0).abs() < 1e-9);
        let bps: Vec<i64> = basis
            .iter()
            .map(|(_, bps)| (bps * 100.0 + 0.5) as i64)
            .collect();
        assert_eq!(bps, [0, 200, 400, 600, 800]);
    }
}
