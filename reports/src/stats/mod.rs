//! Return and risk of a run, by the conventions that stand in [`Convention`].
//!
//! Everything is on daily UTC buckets. Nothing has a floor, a clamp or a stand-in: see [`Figure`]. What these numbers
//! are checked against stands in `tests/statistics`.

mod daily;
mod drawdown;
mod figure;
mod normal;
mod sample;
mod sharpe;
#[cfg(test)]
mod tests;
mod trips;

use onetape_core::time::Ts;
use serde::Serialize;

pub use daily::{Base, Daily, DailyError, DayReturn};
pub use drawdown::Drawdown;
pub(crate) use drawdown::Falls;
use drawdown::deepest;
pub use figure::{Figure, Why};
use sample::{Sample, quantile};
use sharpe::Ratios;
pub use sharpe::Trials;
pub use trips::TripStats;

/// Daily buckets in a year: these markets never close.
pub const PERIODS_PER_YEAR: f64 = 365.0;
/// Daily buckets below which a ratio says nothing.
pub const MIN_BUCKETS: usize = 30;
const DAY_S: f64 = 86_400.0;

/// How the statistics were worked out; stands beside them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Convention {
    /// What a return is of.
    pub bucket: &'static str,
    /// Buckets in a year.
    pub periods_per_year: u32,
    /// What variances are divided by: n less this.
    pub ddof: u32,
    /// The risk-free return of a year that was taken off.
    pub risk_free: f64,
    /// What a return is a fraction of.
    pub base: &'static str,
    /// Days on which nothing happened are in.
    pub zero_days: &'static str,
    /// What positions are marked at.
    pub mark: &'static str,
}

/// What is to be assumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Assumptions {
    /// Risk-free return of a year, as a fraction.
    pub risk_free: f64,
    /// Of how many parameter sets the run is the best.
    pub trials: Option<Trials>,
}

/// Return and risk of a series of daily returns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// How it was worked out.
    pub convention: Convention,
    /// Number of daily buckets, the first and last of which need not be whole days.
    pub buckets: u64,
    /// From start to end, in days.
    pub days: f64,
    /// Capital at the start.
    pub capital: f64,
    /// Gain over the whole time, as a fraction of the capital at the start.
    pub period_return: Figure,
    /// Gain over average capital, times 365 over days. From one day on.
    pub apr: Figure,
    /// Compound growth a year. From 30 days on.
    pub cagr: Figure,
    /// Deviation of daily returns, times the root of 365.
    pub volatility: Figure,
    /// Mean over deviation, times the root of 365.
    pub sharpe: Figure,
    /// The same over Newey's and West's long-run deviation.
    pub sharpe_newey_west: Figure,
    /// The same annualised as Lo has it for returns that follow from each other.
    pub sharpe_lo: Figure,
    /// How likely the true ratio is above nothing.
    pub probabilistic_sharpe: Figure,
    /// How likely it is above the best of as many ratios of nothing as parameter sets were tried.
    pub deflated_sharpe: Figure,
    /// Mean over shortfall, times the root of 365; all days in the denominator.
    pub sortino: Figure,
    /// Compound growth over the depth of the deepest daily fall.
    pub calmar: Figure,
    /// Skew of daily returns.
    pub skew: Figure,
    /// Kurtosis of daily returns beyond the normal distribution's.
    pub excess_kurtosis: Figure,
    /// The daily return that one day in twenty is below, from history.
    pub value_at_risk_95: Figure,
    /// Mean daily return of the days at or below that.
    pub conditional_value_at_risk_95: Figure,
    /// Part of the days with a gain, of all days.
    pub winning_days: Figure,
    /// Best daily return.
    pub best_day: Option<DayReturn>,
    /// Worst daily return.
    pub worst_day: Option<DayReturn>,
    /// Deepest fall of daily capital; `None` when it never fell.
    pub drawdown: Option<Drawdown>,
}

impl Statistics {
    /// Of a series.
    pub fn of(daily: &Daily, assume: Assumptions) -> Self {
        let returns = daily.returns();
        let a_day = libm::pow(1.0 + assume.risk_free, 1.0 / PERIODS_PER_YEAR) - 1.0;
        let excess: Vec<f64> = returns.iter().map(|part| part - a_day).collect();
        let ratios = Ratios::new(&excess);
        let sample = Sample::new(&returns);
        let enough = |work: &dyn Fn() -> Figure| {
            if returns.len() < MIN_BUCKETS {
                Figure::Missing(Why::FewBuckets)
            } else {
                work()
            }
        };
        let spread = |work: &dyn Fn() -> f64| {
            enough(&|| {
                if sample.is_even() {
                    Figure::Missing(Why::NoSpread)
                } else {
                    Figure::Known(work())
                }
            })
        };
        let curve = daily.curve();
        let drawdown = deepest(&curve);
        let cagr = cagr(&curve, daily.days());
        let mut sorted = returns.clone();
        sorted.sort_by(f64::total_cmp);
        let at_risk = quantile(&sorted, 0.05).unwrap_or_default();
        Self {
            convention: convention(daily, assume),
            buckets: returns.len() as u64,
            days: daily.days(),
            capital: daily.capital,
            period_return: period_return(&curve),
            apr: apr(&curve, daily.days()),
            cagr,
            volatility: enough(&|| Figure::Known(sample.deviation() * PERIODS_PER_YEAR.sqrt())),
            sharpe: ratios.sharpe(),
            sharpe_newey_west: ratios.newey_west(),
            sharpe_lo: ratios.lo(),
            probabilistic_sharpe: ratios.probabilistic(),
            deflated_sharpe: ratios.deflated(assume.trials),
            sortino: ratios.sortino(),
            calmar: cagr.and_then(|growth| match &drawdown {
                None => Figure::Missing(Why::NoDrawdown),
                Some(fall) => Figure::ratio(growth, fall.depth.abs(), Why::NoDrawdown),
            }),
            skew: spread(&|| sample.skew()),
            excess_kurtosis: spread(&|| sample.excess_kurtosis()),
            value_at_risk_95: enough(&|| Figure::Known(at_risk)),
            conditional_value_at_risk_95: enough(&|| {
                let tail = sorted.partition_point(|part| *part <= at_risk);
                Figure::Known(Sample::new(&sorted[..tail]).mean)
            }),
            winning_days: Figure::ratio(
                returns.iter().filter(|part| **part > 0.0).count() as f64,
                returns.len() as f64,
                Why::FewBuckets,
            ),
            best_day: daily.extreme(|day, best| day > best),
            worst_day: daily.extreme(|day, worst| day < worst),
            drawdown,
        }
    }
}

fn convention(daily: &Daily, assume: Assumptions) -> Convention {
    Convention {
        bucket: "daily UTC",
        periods_per_year: PERIODS_PER_YEAR as u32,
        ddof: 1,
        risk_free: assume.risk_free,
        base: daily.base.text(),
        zero_days: "included",
        mark: daily.mark,
    }
}

fn ends(curve: &[(Ts, f64)]) -> Option<(f64, f64)> {
    let (&(_, first), &(_, last)) = (curve.first()?, curve.last()?);
    (first > 0.0).then_some((first, last))
}

fn period_return(curve: &[(Ts, f64)]) -> Figure {
    ends(curve).map_or(Figure::Missing(Why::NoCapital), |(first, last)| {
        Figure::Known(last / first - 1.0)
    })
}

fn cagr(curve: &[(Ts, f64)], days: f64) -> Figure {
    match ends(curve) {
        None => Figure::Missing(Why::NoCapital),
        Some((_, last)) if last <= 0.0 => Figure::Missing(Why::NoCapital),
        Some(_) if days < MIN_BUCKETS as f64 => Figure::Missing(Why::Short),
        Some((first, last)) => {
            Figure::Known(libm::pow(last / first, PERIODS_PER_YEAR / days) - 1.0)
        }
    }
}

fn apr(curve: &[(Ts, f64)], days: f64) -> Figure {
    let Some((first, last)) = ends(curve) else {
        return Figure::Missing(Why::NoCapital);
    };
    if days < 1.0 {
        return Figure::Missing(Why::Short);
    }
    let before_each = &curve[..curve.len() - 1];
    let average =
        before_each.iter().map(|(_, capital)| capital).sum::<f64>() / before_each.len() as f64;
    Figure::ratio(last - first, average, Why::NoCapital).map(|part| part * PERIODS_PER_YEAR / days)
}
