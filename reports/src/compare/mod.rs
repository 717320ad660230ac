//! Two runs side by side, and what the gap between their nets is made of.
//!
//! Round trips of the two runs are paired, of equal tasks and by when they were opened, on one time where the two runs saw
//! their market at other times ([`Alignment`]). What a pair differs by is split
//! into how much of it was filled, its prices, its fees and its funding; what has no partner was missed by the one run or
//! is extra of it. The parts sum to the gap exactly: filled amounts take what division left.

mod align;
mod pairs;
#[cfg(test)]
mod tests;

use onetape_core::num::Money;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::report::{Amount, Pnl, Report, RoundTrip};
use crate::report::{decimal_if_known, moment_if_known, money};
pub use align::{Aligner, Alignment};
pub(crate) use pairs::Pair;

/// Decimals of a ratio of filled amounts.
const RATIO_DECIMALS: u32 = 12;

/// Two runs in one asset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The asset.
    pub asset: String,
    /// Figures of both.
    pub figures: Vec<Sides>,
    /// What the gap of net, second less first, is made of.
    pub gap: Gap,
    /// Round trips of either, paired where they belong together, in time order.
    pub trips: Vec<TripPair>,
}

/// One figure of both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sides {
    /// Its name.
    pub name: &'static str,
    /// Of the first run.
    #[serde(serialize_with = "decimal_if_known")]
    pub first: Option<Decimal>,
    /// Of the second run.
    #[serde(serialize_with = "decimal_if_known")]
    pub second: Option<Decimal>,
}

/// The gap of net, second less first. The parts sum to it exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// All of it.
    #[serde(serialize_with = "money")]
    pub net: Money,
    /// Of paired round trips: that more or less was filled, at the first run's net a unit.
    #[serde(serialize_with = "money")]
    pub filled: Money,
    /// Of paired round trips: other prices at the decisions on the same quantity.
    #[serde(serialize_with = "money")]
    pub prices: Money,
    /// Of paired round trips: how prices moved until venues had the orders, and until the later legs were hedged.
    #[serde(serialize_with = "money")]
    pub latency: Money,
    /// Of paired round trips: what trades got beside the touch or the mid then, and repairs.
    #[serde(serialize_with = "money")]
    pub slippage: Money,
    /// Of paired round trips: other fees on the same quantity.
    #[serde(serialize_with = "money")]
    pub fees: Money,
    /// Of paired round trips: other funding on the same quantity.
    #[serde(serialize_with = "money")]
    pub funding: Money,
    /// Net of the first run's round trips that the second did not make, taken away.
    #[serde(serialize_with = "money")]
    pub missed: Money,
    /// Net of the second run's round trips that the first did not make.
    #[serde(serialize_with = "money")]
    pub extra: Money,
    /// Net of round trips of one run from when the other saw no market: the second's less the first's.
    #[serde(serialize_with = "money")]
    pub apart: Money,
    /// What belongs to no round trip.
    #[serde(serialize_with = "money")]
    pub outside: Money,
    /// Number of pairs.
    pub pairs: u64,
    /// Number of round trips of the first run alone.
    pub missed_trips: u64,
    /// Number of round trips of the second run alone.
    pub extra_trips: u64,
    /// Number of round trips of either from when the other saw no market.
    pub apart_trips: u64,
}

impl Gap {
    /// Names and amounts of the parts, in their order.
    pub fn parts(&self) -> [(&'static str, Money); 10] {
        [
            ("Filled amounts", self.filled),
            ("Prices at decision", self.prices),
            ("Latency", self.latency),
            ("Slippage and repair", self.slippage),
            ("Fees", self.fees),
            ("Funding", self.funding),
            ("Missed round trips", self.missed),
            ("Extra round trips", self.extra),
            ("Not in the common time", self.apart),
            ("Outside of round trips", self.outside),
        ]
    }
}

/// Round trips that belong together, or one that has no partner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TripPair {
    /// Whose.
    pub task: String,
    /// Number in the first run.
    pub first: Option<u32>,
    /// Number in the second run.
    pub second: Option<u32>,
    /// It is from when the other run saw no market.
    pub apart: bool,
    /// When the first run's was opened.
    #[serde(serialize_with = "moment_if_known")]
    pub first_opened_at: Option<Ts>,
    /// When the second run's was opened.
    #[serde(serialize_with = "moment_if_known")]
    pub second_opened_at: Option<Ts>,
    /// What the second filled for one that the first did; of the quantity that opened.
    #[serde(serialize_with = "decimal_if_known")]
    pub filled_ratio: Option<Decimal>,
    /// Net of the first, zero where there is none.
    #[serde(serialize_with = "money")]
    pub first_net: Money,
    /// Net of the second, zero where there is none.
    #[serde(serialize_with = "money")]
    pub second_net: Money,
    /// Part of the gap that comes of what was filled.
    #[serde(serialize_with = "money")]
    pub filled: Money,
    /// Part of the gap that comes of prices at the decisions.
    #[serde(serialize_with = "money")]
    pub prices: Money,
    /// Part of the gap that comes of latency.
    #[serde(serialize_with = "money")]
    pub latency: Money,
    /// Part of the gap that comes of slippage and repairs.
    #[serde(serialize_with = "money")]
    pub slippage: Money,
    /// Part of the gap that comes of fees.
    #[serde(serialize_with = "money")]
    pub fees: Money,
    /// Part of the gap that comes of funding.
    #[serde(serialize_with = "money")]
    pub funding: Money,
}

/// Round trips of equal tasks that were opened this far apart, or closer, belong together.
pub(crate) const APART_MAX: Span = Span::from_millis(5_000);
/// The same where both runs are on one time.
pub(crate) const ALIGNED_APART_MAX: Span = Span::from_millis(1_000);

impl Comparison {
    /// Of two reports, by asset.
    pub fn of(first: &Report, second: &Report) -> Vec<Self> {
        Self::aligned(first, second, None)
    }

    /// Of two reports of runs that saw one market, each at its own time.
    pub fn aligned(first: &Report, second: &Report, by: Option<&Alignment>) -> Vec<Self> {
        let mut assets = first.figures.assets();
        for asset in second.figures.assets() {
            if !assets.contains(&asset) {
                assets.push(asset);
            }
        }
        let pairs = pairs::pair(&first.round_trips, &second.round_trips, by);
        assets
            .into_iter()
            .map(|asset| Self::in_asset(first, second, &pairs, asset))
            .collect()
    }

    fn in_asset(first: &Report, second: &Report, pairs: &[Pair<'_>], asset: String) -> Self {
        let trips: Vec<TripPair> = pairs
            .iter()
            .map(|pair| TripPair::of(pair, first, second, &asset))
            .collect();
        let net = |report: &Report| in_asset(report, &report.figures.pnl, &asset)[3];
        let mut gap = Gap {
            net: net(second) - net(first),
            ..Gap::default()
        };
        for trip in &trips {
            match (trip.first, trip.second) {
                (Some(_), Some(_)) => {
                    gap.pairs += 1;
                    gap.filled += trip.filled;
                    gap.prices += trip.prices;
                    gap.latency += trip.latency;
                    gap.slippage += trip.slippage;
                    gap.fees += trip.fees;
                    gap.funding += trip.funding;
                }
                _ if trip.apart => {
                    gap.apart_trips += 1;
                    gap.apart += trip.second_net - trip.first_net;
                }
                (Some(_), None) => {
                    gap.missed_trips += 1;
                    gap.missed -= trip.first_net;
                }
                _ => {
                    gap.extra_trips += 1;
                    gap.extra += trip.second_net;
                }
            }
        }
        let parts: Money = gap.parts().iter().map(|(_, amount)| *amount).sum();
        gap.outside = gap.net - parts;
        Self {
            figures: figures(first, second, &asset),
            asset,
            gap,
            trips,
        }
    }
}

/// Gross, fees, funding and net in an asset; nothing where the run does not settle in it.
fn in_asset(report: &Report, pnl: &Pnl, asset: &str) -> [Money; 4] {
    if report
        .figures
        .asset
        .as_deref()
        .is_some_and(|own| own != asset)
    {
        return [Money::ZERO; 4];
    }
    [&pnl.gross, &pnl.fees, &pnl.funding, &pnl.net].map(|amount| amount.in_asset(asset))
}

impl TripPair {
    fn of(pair: &Pair<'_>, first: &Report, second: &Report, asset: &str) -> Self {
        let of = |report, trip: Option<&RoundTrip>| {
            trip.map_or([Money::ZERO; 4], |trip| in_asset(report, &trip.pnl, asset))
        };
        let [gross, fees, funding, net] = of(first, pair.first);
        let [other_gross, other_fees, other_funding, other_net] = of(second, pair.second);
        let ratio = pair
            .first
            .zip(pair.second)
            .and_then(|(a, b)| filled_ratio(a, b));
        let scaled = |amount: Money| amount.times(ratio.unwrap_or(Decimal::ONE));
        let both = pair.first.is_some() && pair.second.is_some();
        let part = |amount: Money| if both { amount } else { Money::ZERO };
        let [late, slipped] = executed(first, pair.first, asset);
        let [other_late, other_slipped] = executed(second, pair.second, asset);
        let latency = part(other_late - scaled(late));
        let slippage = part(other_slipped - scaled(slipped));
        let prices = part(other_gross - scaled(gross)) - latency - slippage;
        let fees = part(scaled(fees) - other_fees);
        let funding = part(other_funding - scaled(funding));
        Self {
            task: pair.task().to_owned(),
            first: pair.first.map(|trip| trip.trip),
            second: pair.second.map(|trip| trip.trip),
            apart: pair.apart,
            first_opened_at: pair.first.map(|trip| trip.opened_at),
            second_opened_at: pair.second.map(|trip| trip.opened_at),
            filled_ratio: ratio,
            first_net: net,
            second_net: other_net,
            filled: part(other_net - net) - prices - latency - slippage - fees - funding,
            prices,
            latency,
            slippage,
            fees,
            funding,
        }
    }
}

/// What latency and what slippage and repairs made of a round trip's gross; nothing where it is not known.
fn executed(report: &Report, trip: Option<&RoundTrip>, asset: &str) -> [Money; 2] {
    let own = report.figures.asset.as_deref();
    let Some(parts) = trip.and_then(|trip| trip.attribution.as_ref()) else {
        return [Money::ZERO; 2];
    };
    if own.is_some_and(|own| own != asset) {
        return [Money::ZERO; 2];
    }
    let sum = |amounts: &[&Amount]| amounts.iter().map(|it| it.in_asset(asset)).sum();
    [
        sum(&[&parts.delay, &parts.legging]),
        sum(&[&parts.slippage, &parts.spread_capture, &parts.repair]),
    ]
}

/// What the second filled of what opened, for one that the first did, over all legs.
fn filled_ratio(first: &RoundTrip, second: &RoundTrip) -> Option<Decimal> {
    let opened =
        |trip: &RoundTrip| -> Decimal { trip.legs.iter().map(|leg| leg.entry.qty.abs()).sum() };
    let ratio = opened(second).checked_div(opened(first))?;
    Some(ratio.round_dp(RATIO_DECIMALS).normalize())
}

fn figures(first: &Report, second: &Report, asset: &str) -> Vec<Sides> {
    let sides = |name, of: &dyn Fn(&Report) -> Option<Decimal>| Sides {
        name,
        first: of(first),
        second: of(second),
    };
    let money = |at: usize| {
        move |report: &Report| Some(in_asset(report, &report.figures.pnl, asset)[at].decimal())
    };
    let whole = |count: u64| Some(Decimal::from(count));
    vec![
        sides("Net", &money(3)),
        sides("Gross", &money(0)),
        sides("Fees", &money(1)),
        sides("Funding", &money(2)),
        sides("Round trips", &|report| {
            whole(report.figures.closed.round_trips)
        }),
        sides("Hit rate, %", &|report| {
            let closed = &report.figures.closed;
            percent(closed.winners, closed.round_trips)
        }),
        sides("Orders sent", &|report| whole(report.outcomes.sent)),
        sides("Filled whole, %", &|report| {
            percent(report.outcomes.filled, report.outcomes.sent)
        }),
        sides("Filled in part, %", &|report| {
            percent(report.outcomes.partially_filled, report.outcomes.sent)
        }),
        sides("Rejected, %", &|report| {
            percent(report.outcomes.rejected, report.outcomes.sent)
        }),
        sides("Median holding, s", &|report| {
            let held = report.holding.as_ref()?;
            Some(Decimal::from_i128_with_scale(held.p50.nanos().into(), 9))
        }),
        sides("Fees, bps of volume", &|report| {
            let venues = report.figures.by_venue.values();
            let volume: Money = venues.map(|venue| venue.volume.in_asset(asset)).sum();
            let fees = in_asset(report, &report.figures.pnl, asset)[1];
            let bps = fees.times(Decimal::from(10_000)).decimal();
            Some(bps.checked_div(volume.decimal())?.round_dp(4))
        }),
    ]
}

fn percent(part: u64, whole: u64) -> Option<Decimal> {
    let share = Decimal::from(part * 100).checked_div(Decimal::from(whole))?;
    Some(share.round_dp(4))
}
