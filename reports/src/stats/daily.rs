//! Capital at the ends of days in UTC, and what each day returned.

use onetape_core::time::{Span, Ts};
use serde::Serialize;

use super::DAY_S;
use crate::report::amount::moment;

/// Nanoseconds of a day.
const DAY: i64 = 86_400 * 1_000_000_000;
/// The longest series: no file of returns has a reason to be longer, and a hostile one shall not fill the memory.
const MAX_DAYS: usize = 100_000;

/// What a day's return is a fraction of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// Of the capital at the start of the run, always: what is earned is not put to work.
    #[default]
    Fixed,
    /// Of the capital at the start of the day.
    Compounding,
}

impl Base {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Fixed => "capital at the start of the run (not compounding)",
            Self::Compounding => "capital at the start of the day (compounding)",
        }
    }
}

/// A daily series of capital.
#[derive(Clone, Debug, PartialEq)]
pub struct Daily {
    /// What a return is a fraction of.
    pub(crate) base: Base,
    /// What positions are marked at, in words.
    pub(crate) mark: &'static str,
    /// When it starts.
    pub(crate) start: Ts,
    /// Capital then, more than nothing.
    pub(crate) capital: f64,
    /// Capital at the end of each day since; the last need not be a whole day.
    pub(crate) closes: Vec<(Ts, f64)>,
}

/// What one day returned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DayReturn {
    /// When the day ended.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// Its return.
    pub value: f64,
}

/// Why a list of returns makes no series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DailyError {
    /// A day is at or before the one before it.
    #[error("is not after the day before it; sort the days, and give each once")]
    NotAfter,
    /// It would be longer than anybody needs.
    #[error("is more than {MAX_DAYS} days after the first one; check its date")]
    TooLong,
    /// A return is not a finite number, or takes more than there is.
    #[error("is no return; give it as a fraction, such as 0.0012 for 0.12 %")]
    NoReturn,
}

impl Daily {
    /// From daily returns, each with its day as days since 1970, in order. Days between that are not named returned
    /// nothing, and are in.
    ///
    /// # Errors
    /// The place in the list that is wrong, and why.
    pub fn from_returns(returns: &[(i64, f64)], base: Base) -> Result<Self, (usize, DailyError)> {
        let first = returns.first().map_or(0, |(day, _)| *day);
        let mut daily = Self {
            base,
            mark: "as given",
            start: Ts::from_nanos(first.saturating_mul(DAY)),
            capital: 1.0,
            closes: Vec::with_capacity(returns.len()),
        };
        let mut capital = 1.0;
        for (at, &(day, part)) in returns.iter().enumerate() {
            let passed = day.saturating_sub(first);
            let wrong = if passed < daily.closes.len() as i64 {
                Some(DailyError::NotAfter)
            } else if passed >= MAX_DAYS as i64 {
                Some(DailyError::TooLong)
            } else {
                (!part.is_finite() || part < -1.0).then_some(DailyError::NoReturn)
            };
            if let Some(wrong) = wrong {
                return Err((at, wrong));
            }
            while (daily.closes.len() as i64) < passed {
                daily.close(capital);
            }
            capital = match base {
                Base::Fixed => capital + part,
                Base::Compounding => capital * (1.0 + part),
            };
            daily.close(capital);
        }
        Ok(daily)
    }

    fn close(&mut self, capital: f64) {
        let days = self.closes.len() as i64 + 1;
        let end = self.start + Span::from_nanos(days * DAY);
        self.closes.push((end, capital));
    }

    /// From start to end, in days.
    pub fn days(&self) -> f64 {
        let end = self.closes.last().map_or(self.start, |(at, _)| *at);
        end.since(self.start).nanos() as f64 / 1e9 / DAY_S
    }

    /// The capital at the start, then at each close.
    pub(super) fn curve(&self) -> Vec<(Ts, f64)> {
        let start = (self.start, self.capital);
        std::iter::once(start)
            .chain(self.closes.iter().copied())
            .collect()
    }

    /// What each day returned; nothing where there is no capital to return on.
    pub fn returns(&self) -> Vec<f64> {
        let mut before = self.capital;
        let mut returns = Vec::with_capacity(self.closes.len());
        for &(_, close) in &self.closes {
            let part = match self.base {
                Base::Fixed => (close - before) / self.capital,
                Base::Compounding => close / before - 1.0,
            };
            returns.push(if part.is_finite() { part } else { 0.0 });
            before = close;
        }
        returns
    }

    /// The first day that is more extreme than all before it.
    pub(super) fn extreme(&self, more: impl Fn(f64, f64) -> bool) -> Option<DayReturn> {
        let returns = self.returns().into_iter();
        let mut days = self
            .closes
            .iter()
            .zip(returns)
            .map(|((at, _), value)| DayReturn { at: *at, value });
        let first = days.next()?;
        Some(days.fold(first, |known, day| {
            if more(day.value, known.value) {
                day
            } else {
                known
            }
        }))
    }
}
