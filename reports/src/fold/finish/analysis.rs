//! What a full report says beyond its figures.

use onetape_core::num::Money;
use onetape_core::time::Ts;

use super::market::{Touch, capacity};
use super::rows::Rows;
use super::{Finish, asset_name};
use crate::fold::standing::Standing;
use crate::report::{Analysis, CurvePoint, DayClose, Equity, RoundTrip};
use crate::stats::{Assumptions, Base, Daily, Figure, Statistics, TripStats, Why};

impl Finish<'_> {
    /// The analysis without its basis and the statistics of round trips, which are worked out beside it; `None` of a
    /// brief fold, and where no instrument is known.
    pub(super) fn analysis(
        &self,
        rows: &Rows,
        round_trips: &[RoundTrip],
        touches: Vec<Touch>,
        assume: Assumptions,
    ) -> Option<Analysis> {
        let detail = self.fold.detail.as_deref()?;
        let unit = detail.unit?;
        let net = self.standing().net();
        let drawdown = self.standing().falls.and_then(|falls| falls.deepest());
        let capital = self.standing().capital.as_ref();
        let equity = Equity {
            unit: asset_name(&self.fold.names, unit),
            capital: capital.map(|capital| capital.amount).unwrap_or_default(),
            unvalued: capital
                .map(|capital| capital.unvalued.as_slice())
                .unwrap_or_default()
                .iter()
                .map(|asset| asset_name(&self.fold.names, *asset))
                .collect(),
            curve: curve(self.standing()),
            days: days(self.standing()),
            drawdown,
        };
        let recovery = drawdown.map_or(Figure::Missing(Why::NoDrawdown), |fall| {
            Figure::ratio(net.mid.to_f64(), fall.amount.abs(), Why::NoDrawdown)
        });
        Some(Analysis {
            attribution: self.attributions(rows),
            statistics: self.statistics(equity.capital, assume),
            trips: None,
            recovery_factor: recovery,
            execution: self.execution(detail, rows, round_trips, equity.capital),
            equity,
            basis: None,
            capacity: capacity(touches),
            margin: self.margin(),
            inventory: self.inventory(),
            tracks: self.tracks(detail),
            unseen_fills: detail.unseen,
        })
    }

    fn statistics(&self, capital: Money, assume: Assumptions) -> Option<Statistics> {
        let start = self.fold.started?;
        let base = capital.to_f64();
        if base <= 0.0 {
            return None;
        }
        let close =
            |(at, net): &(Ts, crate::fold::standing::Net)| (*at, (capital + net.mid).to_f64());
        let daily = Daily {
            base: Base::Fixed,
            mark: "mid",
            start,
            capital: base,
            closes: self.standing().curve.closes.iter().map(close).collect(),
        };
        Some(Statistics::of(&daily, assume))
    }
}

fn curve(standing: &Standing) -> Vec<CurvePoint> {
    let stretches = standing.curve.stretches().iter();
    let point = |part: &crate::fold::standing::Stretch| CurvePoint {
        at: part.at,
        conservative: part.last.conservative,
        mid: part.last.mid,
        low: part.low,
        high: part.high,
    };
    stretches.map(point).collect()
}

fn days(standing: &Standing) -> Vec<DayClose> {
    let closes = standing.curve.closes.iter();
    let close = |(at, net): &(Ts, crate::fold::standing::Net)| DayClose {
        at: *at,
        conservative: net.conservative,
        mid: net.mid,
    };
    closes.map(close).collect()
}

/// Of the trips that ended, in the order in which they did.
pub(super) fn trip_stats(round_trips: &[RoundTrip]) -> Option<TripStats> {
    let mut ended: Vec<_> = round_trips
        .iter()
        .filter_map(|trip| Some((trip.closed_seq?, trip.pnl.net.one())))
        .collect();
    ended.sort_by_key(|(seq, _)| *seq);
    let nets: Option<Vec<Money>> = ended.into_iter().map(|(_, net)| net).collect();
    nets.map(|nets| TripStats::of(&nets))
}
