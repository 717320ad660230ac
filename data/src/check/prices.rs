//! Prices that leave their neighbours and come back.

use onetape_core::num::format_fixed;

use super::finding::{At, CheckName, Scope, Severity, Tally};

/// Neighbours on each side: up to two bad prices in a row are seen as such, and a market that moves is not.
const SIDE: usize = 3;
const WINDOW: usize = 2 * SIDE + 1;

/// Watches one price of a series.
pub(super) struct Jumps {
    percent: i128,
    last: Vec<(i64, At)>,
    met: Tally,
    worst: Option<(i64, i64)>,
}

impl Jumps {
    pub(super) fn new(percent: u32) -> Self {
        Self {
            percent: i128::from(percent),
            last: Vec::with_capacity(WINDOW),
            met: Tally::default(),
            worst: None,
        }
    }

    /// A price. Those that are none are told elsewhere.
    pub(super) fn price(&mut self, price: i64, at: At) {
        if price <= 0 {
            return;
        }
        if self.last.len() == WINDOW {
            self.last.remove(0);
        }
        self.last.push((price, at));
        if self.last.len() == WINDOW {
            self.judge();
        }
    }

    fn judge(&mut self) {
        let (price, at) = self.last[SIDE];
        let (before, after) = (median(&self.last[..SIDE]), median(&self.last[SIDE + 1..]));
        let apart = |other: i64| {
            let by = i128::from(price) - i128::from(other);
            (by.abs() * 100 > self.percent * i128::from(other)).then_some(by.signum())
        };
        if let (Some(one), Some(other)) = (apart(before), apart(after))
            && one == other
        {
            self.met.add(at);
            self.worst.get_or_insert((price, before));
        }
    }

    pub(super) fn tell(&self, what: &str, decimals: u8, to: &mut Scope<'_>) {
        let Some((price, before)) = self.worst else {
            return;
        };
        let (price, before) = (
            format_fixed(price, decimals),
            format_fixed(before, decimals),
        );
        to.tell(
            CheckName::AbsurdPrice,
            Severity::Warning,
            self.met,
            format!(
                "the {what} leaves its neighbours by more than {} % and comes back; the first is {price} where {before} was before",
                self.percent
            ),
            vec![("first_price", price), ("before", before)],
        );
    }
}

/// Of an odd number.
fn median(prices: &[(i64, At)]) -> i64 {
    let mut sorted: Vec<i64> = prices.iter().map(|(price, _)| *price).collect();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jumps(prices: &[i64]) -> u64 {
        let mut jumps = Jumps::new(20);
        for (&price, place) in prices.iter().zip(0..) {
            let at = At {
                file: 0,
                ts: 0,
                place,
            };
            jumps.price(price, at);
        }
        jumps.met.count
    }

    #[test]
    fn away_and_back_is_a_jump_and_a_move_is_none() {
        assert_eq!(jumps(&[100, 100, 100, 121, 100, 100, 100]), 1);
        assert_eq!(jumps(&[100, 100, 100, 120, 100, 100, 100]), 0);
        assert_eq!(jumps(&[100, 100, 100, 79, 100, 100, 100]), 1);
        assert_eq!(jumps(&[100, 100, 100, 80, 100, 100, 100]), 0);
        assert_eq!(jumps(&[100, 100, 100, 900, 900, 100, 100, 100]), 2);
        assert_eq!(jumps(&[100, 100, 100, 50, 50, 50, 50, 50]), 0, "a crash");
        assert_eq!(jumps(&[100, 100, 100, 40, 200, 200, 200]), 1);
        assert_eq!(jumps(&[100, 100, 100, 150, 200, 200, 200]), 0, "on the way");
        assert_eq!(jumps(&[100, 100, 100, 0, 100, 100, 100]), 0, "no price");
    }
}
