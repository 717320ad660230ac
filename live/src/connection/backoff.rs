//! Waiting times between attempts: they double, and no two connections wait alike.

use onetape_core::time::Span;

/// How long to wait before an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the first attempt after a loss, at most.
    pub first: Span,
    /// Before any attempt, at most.
    pub most: Span,
    /// What tells this connection's waiting times from another's.
    pub key: u64,
}

impl Backoff {
    /// The wait before attempt `attempt` since the last success, as draw number `draw` of this connection: between a half
    /// and all of the doubled time.
    pub fn wait(&self, attempt: u32, draw: u64) -> Span {
        let first = self.first.nanos().max(2);
        let doubled = first
            .checked_shl(attempt.min(40))
            .filter(|wait| wait >> attempt.min(40) == first);
        let full = doubled.unwrap_or(i64::MAX).min(self.most.nanos().max(2));
        let half = full / 2;
        let spread = (full - half).unsigned_abs();
        let extra = mix(self.key ^ mix(draw)) % (spread + 1);
        Span::from_nanos(half + i64::try_from(extra).unwrap_or(0))
    }

    /// A fraction of `of`, as draw number `draw`: for what should not happen everywhere at once.
    pub fn part(&self, of: Span, draw: u64) -> Span {
        let of = of.nanos().max(0).unsigned_abs();
        let drawn = mix(!self.key ^ mix(draw)) % (of + 1);
        Span::from_nanos(i64::try_from(drawn).unwrap_or(0))
    }
}

/// Spreads the bits of a number, as the finaliser of SplitMix64 does.
const fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(key: u64) -> Backoff {
        Backoff {
            first: Span::from_millis(100),
            most: Span::from_millis(30_000),
            key,
        }
    }

    #[test]
    fn waits_double_up_to_the_most() {
        for (attempt, full) in [
            (0, 100),
            (1, 200),
            (5, 3_200),
            (9, 30_000),
            (60, 30_000),
            (u32::MAX, 30_000),
        ] {
            for draw in 0..50 {
                let wait = of(7).wait(attempt, draw).nanos();
                let full = full * 1_000_000;
                assert!(
                    wait >= full / 2 && wait <= full,
                    "attempt {attempt}: {wait}"
                );
            }
        }
    }

    #[test]
    fn two_connections_do_not_wait_alike_and_one_does_so_again() {
        let waits = |key| {
            (0..20)
                .map(|draw| of(key).wait(3, draw))
                .collect::<Vec<_>>()
        };
        assert_eq!(waits(1), waits(1));
        let same = waits(1)
            .iter()
            .zip(waits(2))
            .filter(|(a, b)| **a == *b)
            .count();
        assert_eq!(same, 0);
        let mut one = waits(1);
        one.sort_unstable();
        one.dedup();
        assert_eq!(one.len(), 20, "each draw is another");
    }

    proptest! {
        #[test]
        fn parts_stay_within(key: u64, draw: u64, of_nanos in 0i64..i64::MAX) {
            let part = of(key).part(Span::from_nanos(of_nanos), draw).nanos();
            prop_assert!((0..=of_nanos).contains(&part));
        }
    }
}
