//! Net over time: every change, in as many stretches as a page can show, and the ends of days.

use onetape_core::num::Money;
use onetape_core::time::Ts;

/// Stretches of a finished curve, at most twice as many.
const STRETCHES: usize = 1_024;
/// Days that are closed one by one; a gap in the clock of a hostile journal shall not fill the memory.
const MAX_DAYS: usize = 100_000;

/// Net at executable exits, and at mids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::fold) struct Net {
    pub(in crate::fold) conservative: Money,
    pub(in crate::fold) mid: Money,
}

/// Some changes in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fold) struct Stretch {
    pub(in crate::fold) at: Ts,
    pub(in crate::fold) last: Net,
    pub(in crate::fold) low: Money,
    pub(in crate::fold) high: Money,
}

/// The curve so far.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct Curve {
    stretches: Vec<Stretch>,
    /// Changes of a stretch.
    width: usize,
    /// Changes of the last one.
    filled: usize,
    /// The ends of days in UTC.
    pub(in crate::fold) closes: Vec<(Ts, Net)>,
}

impl Curve {
    pub(in crate::fold) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// Adds a change.
    pub(in crate::fold) fn push(&mut self, at: Ts, net: Net) {
        match self.stretches.last_mut() {
            Some(last) if self.filled < self.width => {
                (last.at, last.last) = (at, net);
                last.low = last.low.min(net.conservative);
                last.high = last.high.max(net.mid);
                self.filled += 1;
            }
            _ => {
                self.make_room();
                let (low, high) = (net.conservative, net.mid);
                self.stretches.push(Stretch {
                    at,
                    last: net,
                    low,
                    high,
                });
                (self.filled, self.width) = (1, self.width.max(1));
            }
        }
    }

    /// Joins stretches two by two when there are too many.
    fn make_room(&mut self) {
        if self.stretches.len() < 2 * STRETCHES {
            return;
        }
        let joined = self.stretches.chunks(2).map(|pair| {
            let (first, last) = (pair[0], pair[pair.len() - 1]);
            Stretch {
                low: first.low.min(last.low),
                high: first.high.max(last.high),
                ..last
            }
        });
        self.stretches = joined.collect();
        self.width *= 2;
    }

    /// Ends a day.
    pub(in crate::fold) fn close(&mut self, at: Ts, net: Net) {
        // A run that ends at midnight has no day of nothing after it.
        self.closes.pop_if(|(last, _)| *last == at);
        if self.closes.len() < MAX_DAYS {
            self.closes.push((at, net));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However many changes there are, no extreme of them is lost and the last one stands.
        #[test]
        fn a_curve_is_joined_and_not_thinned(drawn in prop::collection::vec(-1_000i64..1_000, 1..9_000)) {
            let mut curve = Curve::default();
            for (at, value) in (1..).zip(&drawn) {
                let money = Money::new((*value).into());
                curve.push(Ts::from_nanos(at), Net { conservative: money, mid: money });
            }
            let stretches = curve.stretches();
            prop_assert!(stretches.len() <= 2 * STRETCHES);
            let low = stretches.iter().map(|part| part.low).min().unwrap();
            let high = stretches.iter().map(|part| part.high).max().unwrap();
            prop_assert_eq!(low, Money::new((*drawn.iter().min().unwrap()).into()));
            prop_assert_eq!(high, Money::new((*drawn.iter().max().unwrap()).into()));
            prop_assert_eq!(stretches.last().unwrap().last.mid, Money::new((*drawn.last().unwrap()).into()));
            prop_assert!(stretches.windows(2).all(|pair| pair[0].at < pair[1].at));
        }
    }
}
