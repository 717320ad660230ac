//! Returns for their risk.

use super::figure::{Figure, Why};
use super::normal;
use super::sample::Sample;
use super::{MIN_BUCKETS, PERIODS_PER_YEAR};

/// Ratios of one list of daily returns above the risk-free one.
pub(super) struct Ratios<'a> {
    excess: Sample<'a>,
    /// Why there are none.
    missing: Option<Why>,
}

/// Of how many parameter sets a run is the best one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trials {
    /// How many were tried.
    pub count: u64,
    /// Variance of their daily Sharpe ratios. Where it is not known, that of a ratio of nothing is taken, 1/(n - 1).
    pub variance: Option<f64>,
}

impl<'a> Ratios<'a> {
    pub(super) fn new(excess: &'a [f64]) -> Self {
        let sample = Sample::new(excess);
        let missing = if excess.len() < MIN_BUCKETS {
            Some(Why::FewBuckets)
        } else {
            sample.is_even().then_some(Why::NoSpread)
        };
        Self {
            excess: sample,
            missing,
        }
    }

    fn known(&self, work: impl FnOnce(&Sample<'_>) -> Figure) -> Figure {
        match self.missing {
            Some(why) => Figure::Missing(why),
            None => work(&self.excess),
        }
    }

    /// Per day.
    fn daily(&self) -> Figure {
        self.known(|excess| Figure::ratio(excess.mean, excess.deviation(), Why::NoSpread))
    }

    pub(super) fn sharpe(&self) -> Figure {
        self.daily().map(|ratio| ratio * PERIODS_PER_YEAR.sqrt())
    }

    /// Number of lags that Newey and West's rule of thumb takes.
    fn lags(&self) -> usize {
        (4.0 * libm::pow(self.excess.n() / 100.0, 2.0 / 9.0)) as usize
    }

    /// Over the long-run deviation, by the weights of Bartlett.
    pub(super) fn newey_west(&self) -> Figure {
        let lags = self.lags();
        self.known(|excess| {
            let weighted = |lag: usize| {
                let weight = 1.0 - lag as f64 / (lags as f64 + 1.0);
                2.0 * weight * excess.autocovariance(lag)
            };
            let variance = excess.autocovariance(0) + (1..=lags).map(weighted).sum::<f64>();
            // By n - 1, so that it is the plain ratio where nothing follows from anything.
            let variance = variance * excess.n() / (excess.n() - 1.0);
            if variance <= 0.0 {
                return Figure::Missing(Why::NotStationary);
            }
            Figure::Known(excess.mean / variance.sqrt() * PERIODS_PER_YEAR.sqrt())
        })
    }

    /// Annualised as Lo has it: a year's variance is that of days which follow from each other. Of the lags of
    /// [`Ratios::lags`]; those beyond say nothing that a sample of this length could tell.
    pub(super) fn lo(&self) -> Figure {
        let lags = self.lags();
        self.daily().and_then(|ratio| {
            let own = self.excess.autocovariance(0);
            let term = |lag: usize| {
                (PERIODS_PER_YEAR - lag as f64) * self.excess.autocovariance(lag) / own
            };
            let year = PERIODS_PER_YEAR + 2.0 * (1..=lags).map(term).sum::<f64>();
            if year <= 0.0 {
                return Figure::Missing(Why::NotStationary);
            }
            Figure::Known(ratio * PERIODS_PER_YEAR / year.sqrt())
        })
    }

    /// How likely the true daily ratio is above `than`, with the tails that the returns have, as quantstats and ffn have it.
    fn probably_above(&self, than: f64) -> Figure {
        self.daily().and_then(|ratio| {
            let (skew, kurtosis) = (self.excess.skew(), self.excess.excess_kurtosis() + 3.0);
            let spread = 1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio * ratio;
            if spread <= 0.0 {
                return Figure::Missing(Why::NoSpread);
            }
            let z = (ratio - than) * (self.excess.n() - 1.0).sqrt() / spread.sqrt();
            Figure::Known(normal::below(z))
        })
    }

    pub(super) fn probabilistic(&self) -> Figure {
        self.probably_above(0.0)
    }

    /// How likely it is above what the best of so many ratios of nothing would be.
    pub(super) fn deflated(&self, trials: Option<Trials>) -> Figure {
        /// Euler's and Mascheroni's.
        const GAMMA: f64 = 0.577_215_664_901_532_9;
        let Some(trials) = trials.filter(|trials| trials.count > 0) else {
            return Figure::Missing(Why::NoTrials);
        };
        if trials.count == 1 {
            return self.probabilistic();
        }
        let count = trials.count as f64;
        let variance = trials
            .variance
            .unwrap_or_else(|| 1.0 / (self.excess.n() - 1.0));
        let best = (1.0 - GAMMA) * normal::quantile(1.0 - 1.0 / count)
            + GAMMA * normal::quantile(1.0 - 1.0 / (count * std::f64::consts::E));
        self.probably_above(variance.max(0.0).sqrt() * best)
    }

    /// Over the shortfall below the risk-free return, of all returns.
    pub(super) fn sortino(&self) -> Figure {
        self.known(|excess| {
            let squares = excess
                .items
                .iter()
                .map(|item| item.min(0.0) * item.min(0.0));
            let shortfall = (squares.sum::<f64>() / excess.n()).sqrt();
            Figure::ratio(excess.mean, shortfall, Why::NoShortfall)
                .map(|ratio| ratio * PERIODS_PER_YEAR.sqrt())
        })
    }
}
