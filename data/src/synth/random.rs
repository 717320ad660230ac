//! Random draws that are the same on every machine: ChaCha8, one stream a purpose, and distributions of our own.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// 2^-53: what turns the upper 53 bits of a draw into a number of [0, 1).
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

/// One stream of draws. Streams of different names share nothing, so that a draw more in one of them moves
/// nothing in the others.
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let mut key = Sha256::new();
        key.update(b"onetape synth stream\0");
        key.update(seed.to_le_bytes());
        key.update(name.as_bytes());
        Self(ChaCha8Rng::from_seed(key.finalize().into()))
    }

    /// Sixty-four fair bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `0..count`, without bias: draws from the incomplete last multiple are thrown away.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        let count = count.max(1);
        let end = u64::MAX - u64::MAX % count;
        loop {
            let draw = self.0.next_u64();
            if draw < end {
                return draw % count;
            }
        }
    }

    /// Uniform in `low..=high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low).saturating_add(1)) as i64
    }

    /// Uniform in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * UNIT
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.unit())
    }

    /// Standard normal, by Box and Muller; the second of the pair is not kept, so that a stream has no state
    /// beside its generator.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(core::f64::consts::TAU * self.unit())
    }

    /// Number of arrivals of a Poisson process of that mean; for small means.
    pub(super) fn poisson(&mut self, mean: f64) -> usize {
        let mut count = 0;
        let mut passed = self.exponential(1.0);
        while passed < mean {
            count += 1;
            passed += self.exponential(1.0);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_the_known_ones_and_have_their_moments() {
        let mut stream = Stream::new(1, "test");
        assert_eq!(
            [stream.0.next_u64(), stream.0.next_u64()],
            KNOWN,
            "another generator would change every synthetic tape"
        );
        let n = 20_000;
        let (mut sum, mut squares, mut exponential, mut arrivals) = (0.0, 0.0, 0.0, 0);
        for _ in 0..n {
            let x = stream.normal();
            sum += x;
            squares += x * x;
            exponential += stream.exponential(3.0);
            arrivals += stream.poisson(0.7);
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.03 && (squares / n - 1.0).abs() < 0.05);
        assert!((exponential / n - 3.0).abs() < 0.1);
        assert!((arrivals as f64 / n - 0.7).abs() < 0.03);
    }

    /// The first two words of stream "test" of seed 1.
    const KNOWN: [u64; 2] = [6_193_688_209_069_118_439, 13_057_065_811_274_406_370];

    #[test]
    fn ranges_hold_their_ends_and_nothing_else() {
        let mut stream = Stream::new(7, "range");
        let draws: Vec<i64> = (0..1_000).map(|_| stream.between(-2, 2)).collect();
        for value in -2..=2 {
            assert!(draws.contains(&value));
        }
        assert!(draws.iter().all(|draw| (-2..=2).contains(draw)));
        assert_eq!(stream.between(5, 5), 5);
    }
}
