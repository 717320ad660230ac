//! Two runs that saw one market at other times, on one time.
//!
//! A local exchange plays a tape with new stamps, later and perhaps faster, so that nothing of a backtest and of a live
//! run on that tape happens at equal times. Messages that both saw, and each of them once, tell how the two times go
//! together: a line through them that a few wrong pairs do not move.

use std::collections::BTreeMap;

use onetape_core::time::Ts;
use serde::Serialize;

use crate::report::moment;

/// A pace in these parts is as fast.
const EQUAL_PACE: i64 = 1_000_000_000;
/// Fewer messages than these tell nothing.
const MATCHED_MIN: usize = 8;
/// Messages of the second run that are kept; of more, every second one is forgotten, and so on.
const KEPT_MAX: usize = 65_536;

/// How the time of one run goes with that of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Alignment {
    /// A moment of the first run.
    #[serde(serialize_with = "moment")]
    pub first: Ts,
    /// The moment of the second run at which the same was seen.
    #[serde(serialize_with = "moment")]
    pub second: Ts,
    /// How much of the second run's time passes in a second of the first run's, in thousand-millionths.
    pub pace_ppb: i64,
    /// Messages that both saw, by which this was found.
    pub matched: u64,
    /// Half of them are this close to it, or closer; nanoseconds.
    pub scatter_ns: i64,
    /// Since when both saw a market, by the first run's time.
    #[serde(serialize_with = "moment")]
    pub from: Ts,
    /// Until when.
    #[serde(serialize_with = "moment")]
    pub to: Ts,
}

impl Alignment {
    /// The moment of the second run that goes with one of the first.
    pub fn second_at(&self, first: Ts) -> Ts {
        let passed = scaled(apart(self.first, first), self.pace_ppb, EQUAL_PACE);
        Ts::from_nanos(self.second.nanos().saturating_add(passed))
    }

    /// The moment of the first run that goes with one of the second.
    pub fn first_at(&self, second: Ts) -> Ts {
        let passed = scaled(apart(self.second, second), EQUAL_PACE, self.pace_ppb);
        Ts::from_nanos(self.first.nanos().saturating_add(passed))
    }

    /// Whether both runs saw a market at a moment of the first.
    pub(super) fn is_common(&self, first: Ts) -> bool {
        (self.from..=self.to).contains(&first)
    }
}

/// How far a moment is from another; less than nothing where it is before it.
const fn apart(from: Ts, to: Ts) -> i64 {
    to.nanos().saturating_sub(from.nanos())
}

/// `nanos * part / whole`, within what fits.
fn scaled(nanos: i64, part: i64, whole: i64) -> i64 {
    let exact = i128::from(nanos) * i128::from(part);
    let exact = exact.checked_div(i128::from(whole)).unwrap_or(0);
    let fits = exact.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(fits).unwrap_or(i64::MAX)
}

/// A message of the second run, and where the first has the same.
#[derive(Clone, Copy, Debug)]
struct Seen {
    second: Ts,
    first: Option<Ts>,
    /// It was seen more than once by one of the two.
    often: bool,
}

/// From when to when something was seen.
#[derive(Clone, Copy, Debug, Default)]
struct Time(Option<(Ts, Ts)>);

impl Time {
    fn note(&mut self, at: Ts) {
        let (from, to) = self.0.unwrap_or((at, at));
        self.0 = Some((from.min(at), to.max(at)));
    }
}

/// Finds how two times go together. First it is told what the second run saw, all of it, then what the first did.
#[derive(Clone, Debug)]
pub struct Aligner {
    seen: BTreeMap<u64, Seen>,
    /// Keys that are no multiple of it are forgotten.
    sieve: u64,
    times: [Time; 2],
}

impl Default for Aligner {
    fn default() -> Self {
        Self {
            seen: BTreeMap::new(),
            sieve: 1,
            times: [Time::default(); 2],
        }
    }
}

impl Aligner {
    /// What the second run saw: `key` is a hash of what the message says, without its times and numbers.
    pub fn second(&mut self, key: u64, at: Ts) {
        self.times[1].note(at);
        if !key.is_multiple_of(self.sieve) {
            return;
        }
        let new = Seen {
            second: at,
            first: None,
            often: false,
        };
        (self.seen.entry(key))
            .and_modify(|seen| seen.often = true)
            .or_insert(new);
        if self.seen.len() > KEPT_MAX {
            self.sieve = self.sieve.saturating_mul(2);
            let sieve = self.sieve;
            self.seen.retain(|key, _| key.is_multiple_of(sieve));
        }
    }

    /// What the first run saw.
    pub fn first(&mut self, key: u64, at: Ts) {
        self.times[0].note(at);
        if let Some(seen) = self.seen.get_mut(&key) {
            seen.often |= seen.first.is_some();
            seen.first = Some(at);
        }
    }

    /// How the times go together; `None` where too little was seen by both.
    pub fn found(&self) -> Option<Alignment> {
        let once = self.seen.values().filter(|seen| !seen.often);
        let mut pairs: Vec<(Ts, Ts)> = once
            .filter_map(|seen| Some((seen.first?, seen.second)))
            .collect();
        pairs.sort_unstable();
        if pairs.len() < MATCHED_MIN {
            return None;
        }
        let (first, _) = *pairs.get(pairs.len() / 2)?;
        let mut line = Alignment {
            first,
            second: Ts::from_nanos(0),
            pace_ppb: pace(&pairs)?,
            matched: pairs.len() as u64,
            scatter_ns: 0,
            from: first,
            to: first,
        };
        let beside = |line: &Alignment| -> Vec<i64> {
            let all = pairs.iter();
            all.map(|(one, two)| apart(line.second_at(*one), *two))
                .collect()
        };
        line.second = Ts::from_nanos(median(beside(&line))?);
        line.scatter_ns = median(beside(&line).into_iter().map(i64::saturating_abs).collect())?;
        let [(from, to), (other_from, other_to)] = [self.times[0].0?, self.times[1].0?];
        line.from = from.max(line.first_at(other_from));
        line.to = to.min(line.first_at(other_to));
        Some(line)
    }
}

/// The median of the paces between each pair of the earlier half and its partner in the later one.
fn pace(pairs: &[(Ts, Ts)]) -> Option<i64> {
    let (early, late) = pairs.split_at(pairs.len() / 2);
    let paces = early.iter().zip(late).filter_map(|(a, b)| {
        let (one, two) = (apart(a.0, b.0), apart(a.1, b.1));
        (one > 0 && two > 0).then(|| scaled(EQUAL_PACE, two, one))
    });
    median(paces.collect()).filter(|pace| *pace > 0)
}

fn median(mut all: Vec<i64>) -> Option<i64> {
    all.sort_unstable();
    all.get(all.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The second run sees keys at `shift + at / speed` with some delay; the first sees them at `at`.
    fn aligned(
        ats: &[i64],
        shift: i64,
        speed: i64,
        delay: impl Fn(usize) -> i64,
    ) -> Option<Alignment> {
        let mut aligner = Aligner::default();
        for (n, at) in ats.iter().enumerate() {
            let later = shift + at / speed + delay(n);
            aligner.second(n as u64 * 7, Ts::from_nanos(later));
        }
        for (n, at) in ats.iter().enumerate() {
            aligner.first(n as u64 * 7, Ts::from_nanos(*at));
        }
        aligner.found()
    }

    #[test]
    fn too_little_tells_nothing() {
        assert_eq!(aligned(&[1, 2, 3], 0, 1, |_| 0), None);
        assert_eq!(Aligner::default().found(), None);
    }

    #[test]
    fn what_was_seen_twice_does_not_count() {
        let mut aligner = Aligner::default();
        for n in 0..20 {
            aligner.second(n % 5, Ts::from_nanos(n as i64));
            aligner.first(n % 5, Ts::from_nanos(n as i64));
        }
        assert_eq!(aligner.found(), None);
    }

    #[test]
    fn the_common_time_is_what_both_saw() {
        let mut aligner = Aligner::default();
        for n in 10..30_u64 {
            aligner.second(n, Ts::from_nanos(1_000 + n as i64));
        }
        for n in 0..20_u64 {
            aligner.first(n, Ts::from_nanos(n as i64));
        }
        let found = aligner.found().unwrap();
        assert_eq!((found.from.nanos(), found.to.nanos()), (10, 19));
        assert!(found.is_common(Ts::from_nanos(10)) && !found.is_common(Ts::from_nanos(9)));
        assert_eq!(found.matched, 10);
    }

    #[test]
    fn of_many_messages_some_are_kept_from_all_of_the_time() {
        let mut aligner = Aligner::default();
        let at = |n: u64| n as i64 * 1_000;
        let all = || (0..3 * KEPT_MAX as u64).map(|n| (n * 3, at(n)));
        for (key, at) in all() {
            aligner.second(key, Ts::from_nanos(at + 5));
        }
        for (key, at) in all() {
            aligner.first(key, Ts::from_nanos(at));
        }
        let found = aligner.found().unwrap();
        assert!(found.matched <= KEPT_MAX as u64 && found.matched > KEPT_MAX as u64 / 4);
        let last = at(3 * KEPT_MAX as u64 - 1);
        assert_eq!((found.to.nanos(), found.scatter_ns), (last, 0));
        assert_eq!(found.second_at(Ts::from_nanos(last)).nanos(), last + 5);
    }

    proptest! {
        /// Whatever a third of the delays is, the line goes through the others.
        #[test]
        fn a_shift_and_a_pace_are_found(
            gaps in prop::collection::vec(1_000_000i64..50_000_000, 30..120),
            shift in -1_000_000_000_000i64..1_000_000_000_000,
            speed in 1i64..20,
            odd in 0i64..3_000_000_000,
        ) {
            let mut at = 0;
            let ats: Vec<i64> = gaps.iter().map(|gap| { at += gap; at }).collect();
            let delay = |n: usize| if n % 7 == 3 { odd } else { 0 };
            let found = aligned(&ats, shift, speed, delay).unwrap();
            for at in [ats[0], ats[ats.len() - 1]] {
                let there = found.second_at(Ts::from_nanos(at)).nanos();
                prop_assert!((there - (shift + at / speed)).abs() < 1_000, "{found:?}");
                let back = found.first_at(found.second_at(Ts::from_nanos(at))).nanos();
                prop_assert!((back - at).abs() <= 64, "{found:?}");
            }
        }
    }
}
