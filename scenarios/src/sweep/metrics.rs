//! The figures of a point, as exact text, from the report of its run.

use std::collections::BTreeMap;

use onetape_core::num::Money;
use onetape_core::strategy::params::StrategyCard;
use onetape_reports::{Amount, Report};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::scenario::{Scenario, bps_text};

/// Parts of the window that results are kept of, for statistics of how steady they are.
pub const PERIODS: usize = 64;
/// Round trips below which a figure says little.
const FEW_TRIPS: u64 = 5;

/// The figures of one point. Amounts are exact decimals in `asset`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// The asset of every amount; `None` when the run settles in several, and each stands with its amount.
    pub asset: Option<String>,
    /// Gross less fees plus funding, what is open marked at what closing would bring.
    pub net: String,
    /// Profit of price differences.
    pub gross: String,
    /// Fees; negative is an income.
    pub fees: String,
    /// Funding received less paid.
    pub funding: String,
    /// Value of all fills.
    pub turnover: String,
    /// Largest fall of the cumulative net of closed round trips from its highest point, from zero on.
    pub max_drawdown: String,
    /// Largest difference between what a venue says and what the entries add up to.
    pub ledger_residual: String,
    /// Round trips that ended flat.
    pub round_trips: u64,
    /// Those of them with a positive net.
    pub winners: u64,
    /// Those of them with a negative net.
    pub losers: u64,
    /// Orders sent.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Taker fees of a round trip over all legs, of the task where they are highest.
    pub cost_bps: Option<String>,
    /// What the worst configured exit leaves after them; `None` when no exit promises an edge.
    pub exit_net_bps: Option<String>,
    /// It made a profit, and half of that or more is income from negative fees.
    pub fee_income: bool,
    /// Fewer than five round trips.
    pub few_trips: bool,
    /// Net of the round trips closed in each of 64 equal parts of the window, with blanks between; `None` when
    /// the run settles in several assets.
    pub periods: Option<String>,
}

impl Metrics {
    /// Takes the figures out of a report. `window` is first and last moment of the data.
    pub fn of(
        report: &Report,
        scenario: &Scenario,
        cards: &[StrategyCard],
        window: (i64, i64),
    ) -> Self {
        let figures = &report.figures;
        let (pnl, closed) = (&figures.pnl, &figures.closed);
        let sides = scenario.break_even(cards);
        let cost = sides.iter().map(|card| card.cost_bps).max();
        let exits = sides.iter().flat_map(|card| &card.exits);
        let exit = exits.map(|exit| exit.net_bps).min();
        let mut metrics = Self {
            asset: figures.asset.clone(),
            net: pnl.net.to_string(),
            gross: pnl.gross.to_string(),
            fees: pnl.fees.to_string(),
            funding: pnl.funding.to_string(),
            turnover: turnover(report),
            max_drawdown: max_drawdown(report),
            ledger_residual: figures.ledger_residual.to_string(),
            round_trips: closed.round_trips,
            winners: closed.winners,
            losers: closed.losers,
            orders: figures.orders,
            fills: figures.fills,
            cost_bps: cost.map(bps_text),
            exit_net_bps: exit.map(bps_text),
            few_trips: closed.round_trips < FEW_TRIPS,
            fee_income: false,
            periods: periods(report, window),
        };
        metrics.fee_income = metrics.lives_from_fees();
        metrics
    }

    /// The value of a figure by name; `None` for one that is no number, or of a run in several assets.
    pub fn value(&self, name: &str) -> Option<Decimal> {
        let text = match name {
            "net" => &self.net,
            "gross" => &self.gross,
            "fees" => &self.fees,
            "funding" => &self.funding,
            "turnover" => &self.turnover,
            "max_drawdown" => &self.max_drawdown,
            "round_trips" => return Some(self.round_trips.into()),
            "winners" => return Some(self.winners.into()),
            "losers" => return Some(self.losers.into()),
            "orders" => return Some(self.orders.into()),
            "fills" => return Some(self.fills.into()),
            _ => return None,
        };
        text.parse().ok()
    }

    fn lives_from_fees(&self) -> bool {
        let value = |name| self.value(name).unwrap_or_default();
        let (net, income) = (value("net"), -value("fees"));
        income > Decimal::ZERO && net > Decimal::ZERO && income * Decimal::TWO >= net
    }
}

/// An amount in each asset of a report, as [`Amount`] writes it.
fn by_asset(report: &Report, amount: impl Fn(&str) -> Money) -> String {
    match &report.figures.asset {
        Some(asset) => amount(asset).to_string(),
        None => {
            let assets = report.figures.assets().into_iter();
            let parts: BTreeMap<String, Money> = assets
                .map(|asset| (asset.clone(), amount(&asset)))
                .collect();
            Amount::Many(Box::new(parts)).to_string()
        }
    }
}

fn turnover(report: &Report) -> String {
    by_asset(report, |asset| {
        let venues = report.figures.by_venue.values();
        venues.map(|bucket| bucket.volume.in_asset(asset)).sum()
    })
}

fn max_drawdown(report: &Report) -> String {
    by_asset(report, |asset| {
        let (mut highest, mut deepest) = (Money::ZERO, Money::ZERO);
        for point in &report.equity {
            let net = point.net.in_asset(asset);
            highest = highest.max(net);
            deepest = deepest.max(highest - net);
        }
        deepest
    })
}

fn periods(report: &Report, (first, last): (i64, i64)) -> Option<String> {
    let asset = report.figures.asset.as_deref()?;
    let width = (i128::from(last) - i128::from(first)).max(1);
    let mut parts = [Money::ZERO; PERIODS];
    let mut before = Money::ZERO;
    for point in &report.equity {
        let at = i128::from(point.at.nanos()) - i128::from(first);
        let part = (at.max(0) * PERIODS as i128 / width) as usize;
        let net = point.net.in_asset(asset);
        parts[part.min(PERIODS - 1)] += net - before;
        before = net;
    }
    let texts = parts.map(|part| part.to_string());
    Some(texts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn income_from_fees_is_told() {
        let metrics = |net: &str, gross: &str, fees: &str| Metrics {
            net: net.into(),
            gross: gross.into(),
            fees: fees.into(),
            funding: "0".into(),
            ..Metrics::default()
        };
        assert!(metrics("2", "-1", "-3").lives_from_fees());
        assert!(metrics("6", "3", "-3").lives_from_fees());
        assert!(!metrics("7", "4", "-3").lives_from_fees());
        assert!(!metrics("-1", "-4", "-3").lives_from_fees());
        assert!(!metrics("1", "2", "1").lives_from_fees());
        let several = metrics("1 BTC, 2 USDT", "0", "-1");
        assert_eq!(several.value("net"), None);
        assert!(!several.lives_from_fees());
    }
}
