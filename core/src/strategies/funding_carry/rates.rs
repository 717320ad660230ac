//! The newest funding rates of one instrument, one a settlement.

use alloc::collections::VecDeque;

use super::outlook::Outlook;
use crate::event::FundingRate;
use crate::num::Money;
use crate::time::{Span, Ts};

/// Most rates that a mean can be over: 90 days of settlements eight hours apart.
pub const RATES_MAX: u32 = 270;

/// Decimals that rates are counted with; finer ones are rounded, a half to the even one.
const DECIMALS: u32 = 12;

/// A settlement, and the sum of all rates up to it in 1e-12.
#[derive(Clone, Copy, Debug)]
struct Told {
    settles_at: Ts,
    before: i128,
    rate: i128,
}

crate::value!(struct Told { settles_at, before, rate });

/// Rates by settlement. The last word before a settlement is its rate; a rate that is told early, for a settlement to
/// come, counts like one that was paid, so that the settlement itself changes nothing.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    told: VecDeque<Told>,
}

crate::value!(struct Rates { told });

impl Rates {
    /// Takes a rate in. False when it is no news: late, or as it was.
    pub fn take(&mut self, news: &FundingRate) -> bool {
        let rate = units(news.rate);
        match self.told.back_mut() {
            Some(last) if news.settles_at < last.settles_at => false,
            Some(last) if news.settles_at == last.settles_at => {
                let changed = last.rate != rate;
                last.rate = rate;
                changed
            }
            last => {
                let before = last.map_or(0, |last| last.before.saturating_add(last.rate));
                self.told.push_back(Told {
                    settles_at: news.settles_at,
                    before,
                    rate,
                });
                if self.told.len() > RATES_MAX as usize {
                    self.told.pop_front();
                }
                true
            }
        }
    }

    /// How many rates are known, at most [`RATES_MAX`].
    pub fn seen(&self) -> u32 {
        self.told.len() as u32
    }

    /// The newest rate, as a fraction of the position's value.
    pub fn newest(&self) -> Option<Money> {
        Money::scaled(self.told.back()?.rate, DECIMALS)
    }

    /// Time between the two newest settlements; until two are known what is given.
    pub fn interval(&self, given: Option<Span>) -> Option<Span> {
        let mut newest = self.told.iter().rev();
        match (newest.next(), newest.next()) {
            (Some(last), Some(earlier)) => Some(last.settles_at.since(earlier.settles_at)),
            _ => given,
        }
    }

    /// The mean of the newest `count` rates over the whole settlements in `horizon`; `None` before so many are known,
    /// and while nothing tells how far apart settlements are: two of them, or what is given.
    pub fn outlook(&self, count: u32, horizon: Span, given: Option<Span>) -> Option<Outlook> {
        let interval = self.interval(given)?.nanos();
        let first = self.told.len().checked_sub(count as usize)?;
        let (first, last) = (self.told.get(first)?, self.told.back()?);
        let sum = last.before.saturating_add(last.rate) - first.before;
        Outlook::new(sum, count, horizon.nanos().checked_div(interval)?)
    }

    /// True when a whole settlement went by without word of it.
    pub fn are_stale(&self, now: Ts, given: Option<Span>) -> bool {
        let (Some(last), Some(interval)) = (self.told.back(), self.interval(given)) else {
            return true;
        };
        now.since(last.settles_at).nanos() > interval.nanos().saturating_mul(2)
    }
}

fn units(rate: Money) -> i128 {
    let rate = rate.in_decimals(DECIMALS).decimal();
    rate.mantissa()
        .saturating_mul(10_i128.pow(DECIMALS - rate.scale()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::InstrumentId;
    use crate::num::Bps;

    const HOUR: i64 = 3_600_000_000_000;

    fn told(rates: &mut Rates, hour: i64, rate: &str) -> bool {
        rates.take(&FundingRate {
            instrument: InstrumentId(1),
            rate: Money::parse(rate).unwrap(),
            settles_at: Ts::from_nanos(hour * HOUR),
        })
    }

    fn expects(rates: &Rates, count: u32, hours: i64, bps: &str) {
        let outlook = rates
            .outlook(count, Span::from_nanos(hours * HOUR), None)
            .unwrap();
        let bps = Bps::parse(bps).unwrap();
        let over = Bps::from_millionths(bps.millionths() + 1);
        assert!(
            outlook.reaches(bps) && !outlook.reaches(over),
            "{outlook:?}"
        );
    }

    #[test]
    fn the_mean_is_over_the_newest() {
        let mut rates = Rates::default();
        for (hour, rate) in [
            (0, "0.0009"),
            (8, "0.0001"),
            (16, "0.0003"),
            (24, "-0.0001"),
        ] {
            assert!(told(&mut rates, hour, rate));
        }
        // 3, 1, 9 bps a settlement; 24 hours hold three, 23 hours two.
        expects(&rates, 3, 24, "3");
        expects(&rates, 2, 24, "3");
        expects(&rates, 4, 24, "9");
        expects(&rates, 1, 23, "-2");
        assert!(rates.outlook(5, Span::from_nanos(HOUR), None).is_none());
        assert_eq!(rates.newest(), Money::parse("-0.0001"));
    }

    #[test]
    fn word_of_a_running_interval_is_replaced_and_its_settlement_is_no_news() {
        let mut rates = Rates::default();
        assert!(told(&mut rates, 0, "0.0001"));
        assert!(rates.outlook(1, Span::from_nanos(8 * HOUR), None).is_none());
        assert!(told(&mut rates, 8, "0.0002"));
        assert!(told(&mut rates, 8, "0.0004"));
        expects(&rates, 1, 8, "4");
        // Told again at the settlement itself, and late word of an earlier one.
        assert!(!told(&mut rates, 8, "0.0004"));
        assert!(!told(&mut rates, 0, "0.01"));
        expects(&rates, 2, 8, "2.5");
    }

    #[test]
    fn a_missed_settlement_makes_rates_stale() {
        let mut rates = Rates::default();
        let at = |hour: i64, nanos: i64| Ts::from_nanos(hour * HOUR + nanos);
        assert!(rates.are_stale(at(0, 0), None));
        told(&mut rates, 0, "0.0001");
        told(&mut rates, 8, "0.0001");
        assert!(!rates.are_stale(at(24, 0), None));
        assert!(rates.are_stale(at(24, 1), None));
    }

    #[test]
    fn old_rates_are_forgotten_and_the_sums_stay_right() {
        let mut rates = Rates::default();
        for hour in 0..1_000 {
            told(
                &mut rates,
                hour,
                if hour % 2 == 0 { "0.0001" } else { "0.0003" },
            );
        }
        assert_eq!(rates.seen(), RATES_MAX);
        expects(&rates, RATES_MAX, 10, "20");
        expects(&rates, 1, 10, "30");
        assert!(
            rates
                .outlook(RATES_MAX + 1, Span::from_nanos(HOUR), None)
                .is_none()
        );
    }

    #[test]
    fn what_is_given_holds_until_two_settlements_tell() {
        let mut rates = Rates::default();
        let given = |hours| Some(Span::from_nanos(hours * HOUR));
        told(&mut rates, 8, "0.0001");
        let settlements = |rates: &Rates, hours| {
            let outlook = rates.outlook(1, Span::from_nanos(24 * HOUR), given(hours));
            outlook.map(Outlook::settlements)
        };
        assert_eq!(settlements(&rates, 8), Some(3));
        assert_eq!(settlements(&rates, 0), None);
        let at = |hour| Ts::from_nanos(hour * HOUR);
        assert!(!rates.are_stale(at(24), given(8)) && rates.are_stale(at(25), given(8)));
        told(&mut rates, 12, "0.0001");
        assert_eq!(settlements(&rates, 8), Some(6));
    }
}
