//! Alert rules: what people are told of, once an episode.
//!
//! An episode begins when a number goes beyond its bound and ends when it is a tenth inside it again: a number that
//! trembles about its bound is told of once.

use rust_decimal::Decimal;

use super::breaker::in_bps;
use crate::names::{AssetId, VenueId};
use crate::num::{Bps, Money};

/// What people are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertRule {
    /// The sum of the values of all positions, above this.
    Exposure(Money),
    /// That sum over equity, above this.
    Leverage(Decimal),
    /// The loss of the UTC day, above this.
    DayLoss(Money),
    /// Equity below its peak by more than this.
    Drawdown(Bps),
    /// Orders that are alive, more than this.
    OpenOrders(u32),
    /// A balance of an asset that the venue told of, below this.
    LowBalance {
        /// Where; at every venue when absent.
        venue: Option<VenueId>,
        /// Of what.
        asset: AssetId,
        /// Below how much.
        least: Money,
    },
}

impl AlertRule {
    /// The reason of the decision that tells of it.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Exposure(_) => "alert_exposure",
            Self::Leverage(_) => "alert_leverage",
            Self::DayLoss(_) => "alert_day_loss",
            Self::Drawdown(_) => "alert_drawdown",
            Self::OpenOrders(_) => "alert_open_orders",
            Self::LowBalance { .. } => "alert_low_balance",
        }
    }

    /// Names of its number and its bound, units last.
    pub const fn numbers(&self) -> [&'static str; 2] {
        match self {
            Self::Exposure(_) => ["exposure_quote", "max_exposure_quote"],
            Self::Leverage(_) => ["leverage", "max_leverage"],
            Self::DayLoss(_) => ["day_loss_quote", "max_loss_quote"],
            Self::Drawdown(_) => ["drawdown_bps", "max_drawdown_bps"],
            Self::OpenOrders(_) => ["open_orders", "max_open_orders"],
            Self::LowBalance { .. } => ["balance", "min_balance"],
        }
    }

    /// Its bound.
    pub fn limit(&self) -> Money {
        match *self {
            Self::Exposure(limit) | Self::DayLoss(limit) => limit,
            Self::Leverage(limit) => Money::new(limit),
            Self::Drawdown(limit) => in_bps(limit),
            Self::OpenOrders(limit) => Money::new(Decimal::from(limit)),
            Self::LowBalance { least, .. } => least,
        }
    }

    /// True when a number below the bound is what people are told of.
    const fn is_floor(&self) -> bool {
        matches!(self, Self::LowBalance { .. })
    }
}

/// Whether an episode is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Episode(bool);

crate::value!(struct Episode (within));

impl Episode {
    /// True when the number begins an episode.
    pub(super) fn begins(&mut self, rule: &AlertRule, value: Money) -> bool {
        let limit = rule.limit();
        let (beyond, over) = if rule.is_floor() {
            (value < limit, value >= limit.times(Decimal::new(11, 1)))
        } else {
            (value > limit, value <= limit.times(Decimal::new(9, 1)))
        };
        let begins = beyond && !self.0;
        self.0 = (self.0 && !over) || beyond;
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rule: AlertRule, values: &[&str]) -> alloc::vec::Vec<bool> {
        let mut episode = Episode::default();
        let amounts = values.iter().map(|text| Money::parse(text).unwrap());
        amounts.map(|value| episode.begins(&rule, value)).collect()
    }

    // RK16: an alert on an exposure above 40,000, once an episode.
    #[test]
    fn rk16_an_alert_comes_once_an_episode() {
        let rule = AlertRule::Exposure(Money::parse("40000").unwrap());
        let values = [
            "40000", "40001", "50000", "39999", "40001", "36000", "40001",
        ];
        assert_eq!(
            told(rule, &values),
            [false, true, false, false, false, false, true]
        );
    }

    #[test]
    fn ba4_a_low_balance_is_told_of_once_an_episode() {
        let rule = AlertRule::LowBalance {
            venue: None,
            asset: AssetId(0),
            least: Money::parse("100").unwrap(),
        };
        let values = ["100", "99", "50", "105", "99", "110", "99"];
        assert_eq!(
            told(rule, &values),
            [false, true, false, false, false, false, true]
        );
    }
}
