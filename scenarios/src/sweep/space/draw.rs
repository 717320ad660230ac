//! Draws by key: what is drawn depends on the seed and on what it is for, never on the order of drawing.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A source of draws.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    seed: u64,
}

impl Draws {
    /// Draws of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The 64 bits of a key: what it is for, and two numbers.
    pub fn bits(self, purpose: &str, a: u64, b: u64) -> u64 {
        let mut key = Vec::with_capacity(purpose.len() + 16);
        key.extend_from_slice(&a.to_le_bytes());
        key.extend_from_slice(&b.to_le_bytes());
        key.extend_from_slice(purpose.as_bytes());
        xxh3_64_with_seed(&key, self.seed)
    }

    /// A whole number below `end`; zero when `end` is.
    pub fn below(self, purpose: &str, a: u64, b: u64, end: u64) -> u64 {
        scaled(self.bits(purpose, a, b), end)
    }

    /// A number from 0 to below 1.
    #[cfg(test)]
    pub(crate) fn unit(self, purpose: &str, a: u64, b: u64) -> f64 {
        (self.bits(purpose, a, b) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The numbers below `count` in a drawn order.
    pub fn shuffled(self, purpose: &str, count: u64) -> Vec<u64> {
        let mut order: Vec<u64> = (0..count).collect();
        for last in (1..order.len()).rev() {
            let at = self.below(purpose, last as u64, count, last as u64 + 1);
            order.swap(last, at as usize);
        }
        order
    }
}

/// 64 bits as a fraction of one, times `end`, rounded down.
fn scaled(bits: u64, end: u64) -> u64 {
    ((u128::from(bits) * u128::from(end)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_holds_every_number_once() {
        for count in [0, 1, 2, 17, 1_000] {
            let mut order = Draws::new(7).shuffled("order", count);
            assert_eq!(order, Draws::new(7).shuffled("order", count));
            if count == 1_000 {
                assert_ne!(order, Draws::new(8).shuffled("order", count));
                assert!(order.iter().take(10).any(|at| *at > 100), "{order:?}");
            }
            order.sort_unstable();
            assert_eq!(order, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn draws_stay_below_and_spread() {
        let draws = Draws::new(1);
        let mut counts = [0_u32; 7];
        for at in 0..7_000 {
            counts[draws.below("x", at, 0, 7) as usize] += 1;
            let unit = draws.unit("x", at, 1);
            assert!((0.0..1.0).contains(&unit));
        }
        assert!(
            counts.iter().all(|count| (850..1_150).contains(count)),
            "{counts:?}"
        );
        assert_eq!(draws.below("x", 1, 1, 0), 0);
    }
}
