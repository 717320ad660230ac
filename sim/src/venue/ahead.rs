//! What stands before an order in the queue at its price.
//!
//! The rules are those that Rigtorp described ("Estimating order queue position", 2013) and that hftbacktest 0.9
//! names `RiskAdverseQueueModel` (here `Conservative`) and `ProbQueueModel` with `PowerProbQueueFunc3` (here
//! `Power`); the arithmetic is integer:
//!
//! - an order joins behind the quantity that is displayed at its price;
//! - a trade at the price takes from the front;
//! - when the displayed quantity goes from `old` to `new` and `traded` of that was traded since it was told last,
//!   `gone = old - new - traded` was cancelled. Of that, `Power(n)` takes `(ahead / old)^n` to have stood in front,
//!   `Conservative` nothing; quantity that is added (`gone` below zero) joins behind;
//! - what is ahead is never more than what is displayed.
//!
//! hftbacktest corrects its estimate when more would have gone from behind the order than stood there; that
//! correction ends at `new + traded` or above, so the last rule makes it superfluous.

use onetape_core::num::Qty;

use crate::config::QueueModel;

/// Parts of one unit of a quantity's last decimal.
const PARTS: i128 = 1 << 16;
/// The whole, as a share.
const WHOLE: i128 = 1 << 32;

/// The market's quantity before an order, in 65,536ths of the last decimal; `None` is not known, and more than any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ahead(Option<i128>);

impl Ahead {
    /// Nothing is before it.
    pub(super) const FRONT: Self = Self(Some(0));

    /// Behind what is displayed.
    pub(super) fn behind(displayed: Option<Qty>) -> Self {
        Self(displayed.map(|qty| parts(qty).max(0)))
    }

    /// Behind what is displayed, where it was not known.
    pub(super) fn or_behind(self, displayed: Option<Qty>) -> Self {
        if self.is_unknown() {
            Self::behind(displayed)
        } else {
            self
        }
    }

    /// True when nothing is before it.
    pub(super) const fn is_front(self) -> bool {
        matches!(self.0, Some(0))
    }

    /// True when nobody knows.
    pub(super) const fn is_unknown(self) -> bool {
        self.0.is_none()
    }

    /// The quantity in whole lots, to the nearest, a half down: orders trade in lots, and an estimate in between is
    /// the fault of the model.
    pub(super) fn lots(self, lot: Qty) -> Option<Qty> {
        let lot = parts(lot).max(PARTS);
        let parts = self.0?;
        let nearest = parts + (lot - 1) / 2;
        let whole = nearest - remainder(nearest, lot);
        Some(Qty::new(i64::try_from(whole / PARTS).unwrap_or(i64::MAX)))
    }

    /// In 65,536ths of the last decimal.
    #[cfg(test)]
    pub(super) const fn parts(self) -> Option<i128> {
        self.0
    }

    /// With `qty` of it traded.
    pub(super) fn less(self, qty: Qty) -> Self {
        Self(self.0.map(|ahead| (ahead - parts(qty)).max(0)))
    }

    /// Never less than what is before an older order at the price: shares are cut to whole parts, and that must not
    /// turn the order of two.
    pub(super) fn at_least(self, older: Self) -> Self {
        Self(self.0.and_then(|ahead| Some(ahead.max(older.0?))))
    }

    /// After the displayed quantity was told anew.
    pub(super) fn told(self, model: QueueModel, queue: Told) -> Self {
        let now = parts(queue.now).max(0);
        let Some(ahead) = self.0 else {
            return Self(Some(now));
        };
        let left = match (model, queue.before) {
            (QueueModel::Power(n), Some(before)) => {
                let gone = parts(before) - parts(queue.traded) - now;
                ahead - ((share(ahead, parts(before), n) * gone.max(0)) >> 32)
            }
            _ => ahead,
        };
        Self(Some(left.clamp(0, now)))
    }
}

/// What became of the displayed quantity at a price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// As it was told before; `None` where it was out of sight.
    pub(super) before: Option<Qty>,
    /// What traded since.
    pub(super) traded: Qty,
    /// As it is now.
    pub(super) now: Qty,
}

fn parts(qty: Qty) -> i128 {
    i128::from(qty.mantissa()) * PARTS
}

/// `(part / total)^n` in 2^32nds, each product cut. Quantities have at most 63 bits, so nothing here has more than
/// 63 + 16 + 32.
fn share(part: i128, total: i128, n: u8) -> i128 {
    if total <= 0 {
        return WHOLE;
    }
    let once = quotient(part << 32, total).clamp(0, WHOLE);
    (0..n).fold(WHOLE, |share, _| (share * once) >> 32)
}

/// `a / b`, and in one machine word where both fit: a division of two words is many times as dear.
fn quotient(a: i128, b: i128) -> i128 {
    match (u64::try_from(a), u64::try_from(b)) {
        (Ok(a), Ok(b)) => i128::from(a / b),
        _ => a / b,
    }
}

/// `a % b`, likewise.
fn remainder(a: i128, b: i128) -> i128 {
    match (u64::try_from(a), u64::try_from(b)) {
        (Ok(a), Ok(b)) => i128::from(a % b),
        _ => a % b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn qty(units: i64) -> Qty {
        Qty::new(units)
    }

    fn told(ahead: Ahead, model: QueueModel, before: i64, traded: i64, now: i64) -> Ahead {
        let queue = Told {
            before: Some(qty(before)),
            traded: qty(traded),
            now: qty(now),
        };
        ahead.told(model, queue)
    }

    #[test]
    fn shares_are_powers_of_the_part_in_front() {
        let half = Ahead::behind(Some(qty(500)));
        // Of 1000, 500 are in front and 400 go: 1/2, 1/8 and all of them leave in front.
        for (n, left) in [(1, 300), (3, 450), (0, 100)] {
            let after = told(half, QueueModel::Power(n), 1_000, 0, 600);
            assert_eq!(after, Ahead::behind(Some(qty(left))), "{n}");
        }
        let still = told(half, QueueModel::Conservative, 1_000, 0, 600);
        assert_eq!(still, half);
    }

    #[test]
    fn nothing_is_ahead_beyond_what_is_displayed_and_nothing_below_zero() {
        for model in [
            QueueModel::Conservative,
            QueueModel::Power(1),
            QueueModel::Power(255),
        ] {
            let ahead = Ahead::behind(Some(qty(500)));
            let left = told(ahead, model, 600, 0, 40).lots(qty(1)).unwrap();
            assert!(left <= qty(40), "{model:?}: {left:?}");
            assert!(told(ahead, model, 600, 0, 0).is_front());
            let huge = Ahead::behind(Some(qty(i64::MAX)));
            assert!(huge.less(qty(i64::MAX)).is_front());
            told(huge, model, i64::MAX, 0, 1);
        }
    }

    #[test]
    fn a_quantity_in_between_goes_to_the_nearest_lot() {
        let at = |parts: i128| Ahead(Some(parts)).lots(qty(1));
        // 2.5, just above, and 3.
        assert_eq!(at(5 * PARTS / 2), Some(qty(2)));
        assert_eq!(at(5 * PARTS / 2 + 1), Some(qty(3)));
        assert_eq!(at(3 * PARTS), Some(qty(3)));
        // 12 and 13 of lots of 5.
        assert_eq!(Ahead(Some(12 * PARTS)).lots(qty(5)), Some(qty(10)));
        assert_eq!(Ahead(Some(13 * PARTS)).lots(qty(5)), Some(qty(15)));
        assert_eq!(Ahead(None).lots(qty(1)), None);
    }
}
