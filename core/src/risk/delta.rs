//! Three bands of delta.
//!
//! The delta of a hedged position is the sum of the signed base exposures of its legs. Inside the *target* band it
//! is left alone. Beyond the *critical* band something is wrong: the task opens nothing more and people are told. What lies
//! between is for people to see. Legs are mended by who trades them, by [`crate::saga`], as soon as a venue takes what they
//! are apart.

use alloc::format;
use alloc::string::String;

use rust_decimal::Decimal;

use crate::num::Bps;

/// Bounds of the magnitude of a delta, in base units. Made by [`Bands::new`], so that they are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bands {
    target: Decimal,
    rebalance: Decimal,
    critical: Decimal,
}

/// Where a delta lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// Within the target: balanced.
    Target,
    /// Beyond the target, within the rebalance band: nothing is done.
    Watched,
    /// Beyond the rebalance band: what trades the legs is correcting it, or cannot.
    Rebalance,
    /// Beyond the critical band: nothing is opened, people are told.
    Critical,
}

crate::value!(
    enum Band {
        Target,
        Watched,
        Rebalance,
        Critical,
    }
);

/// Bands as shares of what is held, as they are stated: 10 bps, 200 bps and 1000 bps are usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BandShares {
    /// Of the target band.
    pub target: Bps,
    /// Of the rebalance band.
    pub rebalance: Bps,
    /// Of the critical band.
    pub critical: Bps,
}

impl Bands {
    /// Bands in base units, for legs whose coarsest lot is `lot` base units.
    ///
    /// # Errors
    /// Words for a person, with the fix: when a band is below one lot, which no order can reach, or the bands are not
    /// in order.
    pub fn new(
        target: Decimal,
        rebalance: Decimal,
        critical: Decimal,
        lot: Decimal,
    ) -> Result<Self, String> {
        if target < lot {
            return Err(format!(
                "a target band of {target} is below one lot, {lot}, so no order can bring the delta into it; \
                 give at least {lot}"
            ));
        }
        if rebalance < target || critical <= rebalance {
            return Err(format!(
                "the bands must grow: target {target}, rebalance {rebalance}, critical {critical}; \
                 make rebalance at least the target, and critical larger than rebalance"
            ));
        }
        Ok(Self {
            target,
            rebalance,
            critical,
        })
    }

    /// Bands for a position of `held` base units: the larger of its share and of what can be traded at all. The target
    /// is at least one lot, the rebalance band at least the smallest order, and the critical band larger than that.
    ///
    /// # Errors
    /// As [`Bands::new`], when the shares are not in order.
    pub fn of_position(
        held: Decimal,
        shares: BandShares,
        lot: Decimal,
        smallest_order: Decimal,
    ) -> Result<Self, String> {
        let held = held.abs();
        let part = |share: Bps| held.saturating_mul(share.to_decimal());
        let target = part(shares.target).max(lot);
        let rebalance = part(shares.rebalance).max(smallest_order).max(target);
        let critical = part(shares.critical).max(rebalance + lot);
        if shares.target > shares.rebalance || shares.rebalance >= shares.critical {
            return Self::new(
                shares.target.to_decimal(),
                shares.rebalance.to_decimal(),
                shares.critical.to_decimal(),
                Decimal::ZERO,
            );
        }
        Self::new(target, rebalance, critical, lot)
    }

    /// Where a delta lies. A band's own bound is inside it.
    pub fn judge(&self, delta: Decimal) -> Band {
        let size = delta.abs();
        if size <= self.target {
            Band::Target
        } else if size <= self.rebalance {
            Band::Watched
        } else if size <= self.critical {
            Band::Rebalance
        } else {
            Band::Critical
        }
    }

    /// The bound within which nothing is done, in base units.
    pub const fn target(&self) -> Decimal {
        self.target
    }

    /// The bound beyond which the delta is out of balance for people to see, in base units.
    pub const fn rebalance(&self) -> Decimal {
        self.rebalance
    }

    /// The bound beyond which nothing is opened, in base units.
    pub const fn critical(&self) -> Decimal {
        self.critical
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Money;

    fn decimal(text: &str) -> Decimal {
        Money::parse(text).unwrap().decimal()
    }

    fn bands(target: &str, rebalance: &str, critical: &str) -> Result<Bands, String> {
        Bands::new(
            decimal(target),
            decimal(rebalance),
            decimal(critical),
            decimal("0.005"),
        )
    }

    // RK10: three bands, each with its bound inside.
    #[test]
    fn rk10_three_bands_of_delta() {
        let bands = bands("0.005", "0.02", "0.1").unwrap();
        for (delta, band) in [
            ("0", Band::Target),
            ("0.005", Band::Target),
            ("-0.005", Band::Target),
            ("0.0051", Band::Watched),
            ("-0.02", Band::Watched),
            ("0.021", Band::Rebalance),
            ("-0.1", Band::Rebalance),
            ("0.1001", Band::Critical),
            ("-7", Band::Critical),
        ] {
            assert_eq!(bands.judge(decimal(delta)), band, "{delta}");
        }
    }

    #[test]
    fn a_band_below_one_lot_is_refused_with_a_hint() {
        let refused = bands("0.001", "0.02", "0.1").unwrap_err();
        assert!(refused.ends_with("give at least 0.005"), "{refused}");
        for (target, rebalance, critical) in [("0.01", "0.005", "0.1"), ("0.01", "0.02", "0.02")] {
            let refused = bands(target, rebalance, critical).unwrap_err();
            assert!(
                refused.starts_with("the bands must grow: target 0.01"),
                "{refused}"
            );
        }
    }

    // B16: a share is a share and an amount an amount; 5 % of 2 BTC are 0.1, not 0.05.
    #[test]
    fn b16_shares_become_amounts_of_what_is_held() {
        let shares = BandShares {
            target: Bps::from_millionths(10_000_000),
            rebalance: Bps::from_millionths(500_000_000),
            critical: Bps::from_millionths(1_000_000_000),
        };
        let (lot, smallest) = (decimal("0.005"), decimal("0.01"));
        let large = Bands::of_position(decimal("-20"), shares, lot, smallest).unwrap();
        let of = |bands: Bands| (bands.target(), bands.rebalance(), bands.critical());
        assert_eq!(of(large), (decimal("0.02"), decimal("1"), decimal("2")));
        // What is small cannot be traded finer than it can.
        let small = Bands::of_position(decimal("0.05"), shares, lot, smallest).unwrap();
        assert_eq!(
            of(small),
            (decimal("0.005"), decimal("0.01"), decimal("0.015"))
        );
        let turned = BandShares {
            target: shares.critical,
            ..shares
        };
        assert!(Bands::of_position(decimal("1"), turned, lot, smallest).is_err());
    }
}
