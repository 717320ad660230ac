//! Counts of whole numbers by size, in memory that does not grow: 32 steps a power of two, on both sides of zero.
//!
//! Count, least and most are exact. A quantile is the lower edge (in size) of the step that it lies in, so at most
//! one part in 32 nearer to zero than the true one, and exact below 64.

/// Steps of a power of two.
const STEPS: u64 = 32;
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Steps of all sizes that 64 bits have.
const SLOTS: usize = (64 - STEP_BITS as usize + 1) * STEPS as usize;

/// Counts by size.
#[derive(Clone, Debug, Default)]
pub(super) struct Sketch {
    /// Made when the first such number comes.
    below: Vec<u64>,
    above: Vec<u64>,
    count: u64,
    range: Option<(i64, i64)>,
}

impl Sketch {
    pub(super) fn add(&mut self, value: i64) {
        let side = if value < 0 {
            &mut self.below
        } else {
            &mut self.above
        };
        if side.is_empty() {
            side.resize(SLOTS, 0);
        }
        side[slot(value.unsigned_abs())] += 1;
        self.count += 1;
        let (least, most) = self.range.unwrap_or((value, value));
        self.range = Some((least.min(value), most.max(value)));
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn least(&self) -> Option<i64> {
        self.range.map(|(least, _)| least)
    }

    pub(super) fn most(&self) -> Option<i64> {
        self.range.map(|(_, most)| most)
    }

    pub(super) fn median(&self) -> Option<i64> {
        self.quantile(1, 2)
    }

    /// The smallest number that at least `part` of `whole` are not above.
    pub(super) fn quantile(&self, part: u64, whole: u64) -> Option<i64> {
        let (least, most) = self.range?;
        let wanted = (u128::from(self.count) * u128::from(part)).div_ceil(u128::from(whole));
        let mut seen = 0;
        let negative = (self.below.iter().enumerate().rev())
            .map(|(slot, count)| (-i128::from(edge(slot)), *count));
        let positive =
            (self.above.iter().enumerate()).map(|(slot, count)| (i128::from(edge(slot)), *count));
        for (value, count) in negative.chain(positive) {
            seen += u128::from(count);
            if count > 0 && seen >= wanted {
                let value = i64::try_from(value).unwrap_or(most);
                return Some(value.clamp(least, most));
            }
        }
        Some(most)
    }
}

/// The step that a size lies in.
pub(super) fn slot(size: u64) -> usize {
    if size < STEPS {
        return size as usize;
    }
    let shift = size.ilog2() - STEP_BITS;
    let within = (size >> shift) & (STEPS - 1);
    (u64::from(shift + 1) * STEPS + within) as usize
}

/// The least size in a step.
pub(super) fn edge(slot: usize) -> u64 {
    let (power, within) = (slot as u64 / STEPS, slot as u64 % STEPS);
    if power == 0 {
        return within;
    }
    (STEPS + within) << (power - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_step_holds_what_is_put_into_it(size in any::<u64>(), shift in 0u32..64) {
            let size = size >> shift;
            let at = slot(size);
            prop_assert!(at < SLOTS);
            prop_assert!(edge(at) <= size);
            prop_assert!(size - edge(at) <= size / STEPS);
            prop_assert_eq!(slot(edge(at)), at);
            if at + 1 < SLOTS {
                prop_assert!(edge(at + 1) > size);
            }
        }

        #[test]
        fn quantiles_are_within_a_step_of_the_sorted_list(
            mut values in proptest::collection::vec(-1_000_000_000_000i64..1_000_000_000_000, 1..200),
            part in 1u64..=100,
        ) {
            let mut sketch = Sketch::default();
            values.iter().for_each(|&value| sketch.add(value));
            values.sort_unstable();
            let rank = (values.len() as u64 * part).div_ceil(100).max(1);
            let (exact, found) = (values[rank as usize - 1], sketch.quantile(part, 100).unwrap());
            prop_assert!(found.abs_diff(exact) <= exact.unsigned_abs() / STEPS + 1, "{found} {exact}");
            prop_assert_eq!(sketch.least(), values.first().copied());
            prop_assert_eq!(sketch.most(), values.last().copied());
            prop_assert_eq!(sketch.count(), values.len() as u64);
        }
    }

    #[test]
    fn the_ends_of_the_range_are_taken() {
        let mut sketch = Sketch::default();
        assert_eq!(sketch.median(), None);
        for value in [i64::MIN, i64::MAX, 0] {
            sketch.add(value);
        }
        assert_eq!(
            (sketch.quantile(1, 3), sketch.median()),
            (Some(i64::MIN), Some(0))
        );
        assert_eq!(
            sketch.quantile(1, 1).map(|most| most > i64::MAX / 2),
            Some(true)
        );
    }
}
