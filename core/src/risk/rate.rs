//! How many of something come in a time, exactly.

use alloc::collections::VecDeque;

use crate::time::{Span, Ts};

/// At most so many in any stretch `[t, t + per)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how long.
    pub per: Span,
}

/// What counts toward a rate. Keeps no more stamps than the rate has room for.
#[derive(Clone, Debug)]
pub(super) struct Window {
    rate: Rate,
    stamps: VecDeque<Ts>,
}

crate::state!(Window { stamps } fixed { rate });

impl Window {
    pub(super) const fn new(rate: Rate) -> Self {
        Self {
            rate,
            stamps: VecDeque::new(),
        }
    }

    /// How many of those noted still count.
    pub(super) fn count(&self, now: Ts) -> usize {
        let gone = |stamp: &Ts| *stamp + self.rate.per <= now;
        if self.stamps.front().is_some_and(gone) {
            self.stamps.len() - self.stamps.partition_point(gone)
        } else {
            self.stamps.len()
        }
    }

    /// True when `more` of them can come now.
    pub(super) fn has_room(&self, now: Ts, more: usize) -> bool {
        self.count(now) + more <= self.rate.count as usize
    }

    /// Notes one. Beyond the rate only the latest are kept: they say all that can be asked.
    pub(super) fn note(&mut self, now: Ts) {
        let spent = |stamp: &Ts| *stamp + self.rate.per <= now;
        while self.stamps.front().is_some_and(spent) || self.stamps.len() > self.rate.count as usize
        {
            self.stamps.pop_front();
        }
        self.stamps.push_back(now);
    }

    pub(super) fn clear(&mut self) {
        self.stamps.clear();
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_stretch_has_more_than_the_rate(
            count in 1u32..6, per in 1i64..20, gaps in proptest::collection::vec(0i64..8, 1..80),
        ) {
            let rate = Rate { count, per: Span::from_nanos(per) };
            let mut window = Window::new(rate);
            let mut now = Ts::from_nanos(0);
            let mut let_in: Vec<Ts> = Vec::new();
            for gap in gaps {
                now = now + Span::from_nanos(gap);
                let within = let_in.iter().filter(|&&one| one + rate.per > now).count();
                prop_assert_eq!(window.has_room(now, 1), within < count as usize);
                if window.has_room(now, 1) {
                    window.note(now);
                    let_in.push(now);
                }
            }
            for (at, &from) in let_in.iter().enumerate() {
                let stretch = let_in[at..].iter().filter(|&&one| one < from + rate.per);
                prop_assert!(stretch.count() <= count as usize);
            }
        }
    }
}
