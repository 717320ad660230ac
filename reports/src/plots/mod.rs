//! What the page's plots and its list of round trips are drawn from: small series, whatever the number of round trips.
//!
//! Floats are for pixels alone; every number that is read stands on the page as text or in the list at the decimals
//! that are shown.

pub(crate) mod analysis;
mod captured;
mod curve;
mod groups;
mod market;
mod spread;
mod trips;

use onetape_core::num::Money;
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use crate::report::Report;
use analysis::{Marked, Stack};
pub(crate) use curve::Curve;
pub(crate) use groups::{Calendar, Named};
pub(crate) use market::Market;
pub(crate) use spread::Histogram;
pub(crate) use trips::{Details, TripList};

/// Everything that is drawn of one asset.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Plots {
    /// The asset.
    pub(crate) asset: String,
    /// Decimals that its amounts are shown with.
    pub(crate) decimals: u32,
    /// Cumulative profit of closed round trips.
    pub(crate) curve: Option<Curve>,
    /// Net over time at executable exits and at mids; in place of the curve where it is known.
    pub(crate) marked: Option<Marked>,
    /// Its parts by day.
    pub(crate) stack: Option<Stack>,
    /// Edge at decision, realised gross and count of round trips.
    pub(crate) edges: Vec<(f64, f64, u64)>,
    /// Opportunities on their way.
    pub(crate) funnel: Vec<(&'static str, u64)>,
    /// What net is made of: names and signed amounts, net last.
    pub(crate) waterfall: Vec<Named>,
    /// Net by day, hour or minute of closing.
    pub(crate) calendar: Option<Calendar>,
    /// Net by hour of the day of closing, UTC.
    pub(crate) hours: Option<Vec<f64>>,
    /// Net and count by the reason that closed.
    pub(crate) exits: Vec<Named>,
    /// Net and count by the instruments of a round trip.
    pub(crate) instruments: Vec<Named>,
    /// Net of round trips.
    pub(crate) nets: Option<Histogram>,
    /// How long round trips were held.
    pub(crate) held: Option<Histogram>,
    /// The market, positions over time and delays.
    #[serde(flatten)]
    pub(crate) market: Market,
    /// What is not drawn, and why.
    pub(crate) left_out: Vec<String>,
}

impl Plots {
    /// Of one asset of a report.
    pub(crate) fn of(report: &Report, asset: &str, decimals: u32) -> Self {
        let closed = curve::closed(report, asset);
        let mut plots = Self {
            asset: asset.to_owned(),
            decimals,
            curve: Curve::of(report, &closed),
            marked: report
                .analysis
                .as_ref()
                .and_then(|it| Marked::of(it, asset)),
            stack: report.analysis.as_ref().and_then(|it| Stack::of(it, asset)),
            edges: analysis::edges(&closed, asset),
            funnel: analysis::funnel(report),
            waterfall: groups::waterfall(report, asset),
            calendar: Calendar::of(&closed).map(|calendar| calendar.marked(report, asset)),
            hours: groups::hours(&closed),
            exits: groups::by(&closed, |trip| {
                let reason = trip.exit_reason.as_deref();
                reason.unwrap_or("unstated").to_owned()
            }),
            instruments: groups::by(&closed, |trip| {
                let mut names: Vec<&str> = trip.legs.iter().map(|leg| &*leg.instrument).collect();
                names.dedup();
                names.join(" / ")
            }),
            nets: spread::nets(&closed),
            held: spread::held(&closed),
            market: report
                .analysis
                .as_ref()
                .map_or_else(Market::default, |it| Market::of(it, asset)),
            left_out: Vec::new(),
        };
        plots.say_what_is_left_out(closed.len());
        plots
    }

    fn say_what_is_left_out(&mut self, closed: usize) {
        let mut left = |missing: bool, text: &str| {
            if missing {
                self.left_out.push(text.to_owned());
            }
        };
        if closed == 0 {
            left(
                true,
                "Everything over time and over round trips: none was closed.",
            );
            return;
        }
        left(
            self.edges.is_empty(),
            "Edge at decision beside what was realised: no decision prices are known.",
        );
        left(
            self.market.basis.is_none(),
            "Basis over time: no two round trips have two legs of one base asset.",
        );
        left(
            self.market.hedges.is_empty(),
            "Hedge latency: no round trip was hedged leg after leg.",
        );
        left(
            self.market.accrual.is_none(),
            "Funding over time: it was settled less than twice.",
        );
        left(
            self.market.capacity.len() < 2,
            "Edge by size: the quantities at the touches are not known, or all the same.",
        );
        if self.market.capacity.len() < 2 {
            self.market.capacity.clear();
        }
        left(
            self.market.rolling.is_none(),
            "Rolling figures: the run has no more than thirty days, or its capital is not known.",
        );
        left(
            self.market.captured.is_none(),
            "Edge caught: the run has no more than thirty days, or nothing was to be caught.",
        );
        left(
            self.stack.is_none(),
            "The parts of net by day: the run has fewer than three days.",
        );
        left(
            self.calendar.is_none(),
            "Net by time of closing: all round trips closed within the same minute.",
        );
        left(
            self.hours.is_none(),
            "Net by hour of the day: the closed round trips span less than two days.",
        );
        left(
            self.nets.is_none(),
            "Distributions of net and holding time: fewer than five round trips were closed.",
        );
        left(
            self.exits.len() < 2,
            "Net by exit reason: there is one reason only.",
        );
        left(
            self.instruments.len() < 2,
            "Net by instruments: all round trips traded the same ones.",
        );
        if self.exits.len() < 2 {
            self.exits.clear();
        }
        if self.instruments.len() < 2 {
            self.instruments.clear();
        }
    }
}

/// The curve of one asset by itself.
pub(crate) fn curve_of(report: &Report, asset: &str) -> Option<Curve> {
    Curve::of(report, &curve::closed(report, asset))
}

/// An amount at some decimals, as a float whose shortest text is that amount.
pub(crate) fn rounded(amount: Money, decimals: u32) -> f64 {
    number(amount.decimal(), decimals)
}

/// A decimal, rounded half away from zero as the page's text is.
pub(crate) fn number(value: Decimal, decimals: u32) -> f64 {
    let cut = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    cut.to_f64().unwrap_or_default()
}

#[cfg(test)]
mod tests;
