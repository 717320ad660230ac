//! What funding is expected to bring over a horizon, and what is left of it after the costs of a round trip. Exact:
//! sums of integers are compared, nothing is divided.

use crate::num::{Bps, Ratio};

/// Rates, thresholds and costs are counted in this part of one.
const UNITS_PER_ONE: i128 = 1_000_000_000_000;
/// The same units in a millionth of a basis point.
const UNITS_PER_BPS_MILLIONTH: i128 = 100;

/// The funding that a short perpetual is expected to receive over a horizon: the mean of some rates, times the
/// settlements in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Sum of the rates, in 1e-12.
    sum: i128,
    /// How many rates.
    rates: u32,
    /// Whole settlements in the horizon.
    settlements: i64,
}

impl Outlook {
    /// Of `rates` rates that sum to `sum` (in 1e-12), over so many settlements. `None` without a rate.
    pub const fn new(sum: i128, rates: u32, settlements: i64) -> Option<Self> {
        if rates == 0 {
            return None;
        }
        Some(Self {
            sum,
            rates,
            settlements,
        })
    }

    /// What the other side of the perpetual is to expect.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            sum: -self.sum,
            ..self
        }
    }

    /// Whole settlements in the horizon.
    pub const fn settlements(self) -> i64 {
        self.settlements
    }

    /// True when the expected funding is at or above a threshold.
    pub fn reaches(self, least: Bps) -> bool {
        self.over(least) >= 0
    }

    /// True when expected funding and edge (nothing when it is `None`), less the cost, are at or above a threshold:
    /// `mean * settlements + edge - cost >= least`.
    pub fn nets(self, edge: Option<Ratio>, cost: Bps, least: Bps) -> bool {
        let funding = self.over(cost + least);
        let Some(edge) = edge else {
            return funding >= 0;
        };
        // Both parts over one denominator: the edge's times the number of rates.
        let (gained, paid) = edge.parts();
        let edge = gained
            .saturating_mul(i128::from(self.rates))
            .saturating_mul(UNITS_PER_ONE);
        edge.saturating_add(paid.saturating_mul(funding)) >= 0
    }

    /// The expected funding in bps, for signals and pages.
    pub fn to_bps_f64(self) -> f64 {
        let whole = self.sum.saturating_mul(i128::from(self.settlements)) as f64;
        whole / f64::from(self.rates) / 1.0e8 + 0.0
    }

    /// Expected funding less an amount, in 1e-12 times the number of rates.
    fn over(self, bps: Bps) -> i128 {
        let expected = self.sum.saturating_mul(i128::from(self.settlements));
        let bps = i128::from(bps.millionths()) * UNITS_PER_BPS_MILLIONTH;
        expected.saturating_sub(bps * i128::from(self.rates))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bps(text: &str) -> Bps {
        Bps::parse(text).unwrap()
    }

    /// Rates of 1, 1 and 2 bps, a mean of 4/3, over nine settlements: 12 bps exactly, though 4/3 has no last digit.
    fn twelve() -> Outlook {
        Outlook::new(400_000_000, 3, 9).unwrap()
    }

    #[test]
    fn the_mean_times_the_settlements_is_compared_exactly() {
        assert!(twelve().reaches(bps("12")));
        assert!(!twelve().reaches(bps("12.000001")));
        assert!((twelve().to_bps_f64() - 12.0).abs() < 1e-9);
        let other = twelve().reversed();
        assert!(other.reaches(bps("-12")) && !other.reaches(bps("-11.999999")));
        assert!(Outlook::new(1, 0, 1).is_none());
    }

    #[test]
    fn the_net_is_funding_and_edge_less_costs() {
        // Edge of (100.07 - 100) / 100 = 7 bps; 12 + 7 - 15 = 4.
        let edge = Ratio::new(7, 10_000);
        for (edge, cost, least, holds) in [
            (edge, "15", "4", true),
            (edge, "15", "4.000001", false),
            (None, "15", "-3", true),
            (None, "15", "-2.999999", false),
            (Ratio::new(-7, 10_000), "15", "-10", true),
            (Ratio::new(-7, 10_000), "15", "-9.999999", false),
            // An edge of a third of a basis point: 12 + 1/3 - 12 is above 0.333333 and below 0.333334.
            (Ratio::new(1, 30_000), "12", "0.333333", true),
            (Ratio::new(1, 30_000), "12", "0.333334", false),
        ] {
            let nets = twelve().nets(edge, bps(cost), bps(least));
            assert_eq!(nets, holds, "{edge:?} - {cost} >= {least}");
        }
    }
}
