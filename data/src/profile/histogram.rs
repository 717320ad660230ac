//! Quantities counted in bins of equal relative width.

/// Bits of a value below its highest one that tell bins apart.
const FINE_BITS: u32 = 6;
const FINE: usize = 1 << FINE_BITS;

/// A histogram of whole numbers from 0 up.
pub(super) struct Histogram {
    bins: Vec<f64>,
    weight: f64,
    sum: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            bins: vec![0.0; FINE * 65],
            weight: 0.0,
            sum: 0.0,
        }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, value: i64, weight: f64) {
        let value = value.max(0) as u64;
        self.bins[bin(value)] += weight;
        self.weight += weight;
        self.sum += value as f64 * weight;
    }

    /// `None` when nothing was counted.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }

    /// The value below which a share of the weight lies, in the middle of its bin; `None` when nothing was counted.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        if self.weight <= 0.0 {
            return None;
        }
        let mut passed = 0.0;
        for (at, weight) in self.bins.iter().enumerate() {
            passed += weight;
            if *weight > 0.0 && passed >= share * self.weight {
                return Some(middle(at));
            }
        }
        None
    }
}

/// Values below 64 have a bin each; above, the six bits after the highest one tell bins apart.
fn bin(value: u64) -> usize {
    let bits = u64::BITS - value.leading_zeros();
    let shift = bits.saturating_sub(FINE_BITS + 1);
    shift as usize * FINE + (value >> shift) as usize
}

fn middle(bin: usize) -> f64 {
    let shift = (bin / FINE).saturating_sub(1) as u32;
    let low = (bin - shift as usize * FINE) as f64;
    let width = (1_u64 << shift) as f64;
    low * width + (width - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_narrow_and_in_order() {
        let mut before = 0;
        for power in 0..62 {
            for value in [1_u64 << power, (1 << power) + (1 << power) / 3] {
                let at = bin(value);
                assert!(at >= before);
                before = at;
                let off = (middle(at) - value as f64).abs();
                assert!(off <= value as f64 * 0.008, "{value}: {}", middle(at));
            }
        }
        assert!(bin(i64::MAX as u64) < FINE * 65);
    }

    #[test]
    fn quantiles_and_mean() {
        let mut histogram = Histogram::default();
        assert_eq!((histogram.mean(), histogram.quantile(0.5)), (None, None));
        for value in 1..=1_000 {
            histogram.add(value, 2.0);
        }
        assert_eq!(histogram.mean(), Some(500.5));
        for (share, wanted) in [(0.1, 100.0), (0.5, 500.0), (0.99, 990.0)] {
            let found: f64 = histogram.quantile(share).unwrap();
            assert!((found - wanted).abs() < wanted * 0.02, "{found}");
        }
    }
}
