//! What the market offered, what stood behind positions, and where money ended up.

use std::collections::BTreeMap;

use onetape_core::names::AssetId;
use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::offered::{Taken, of_offered};
use super::{Finish, asset_name, venue_name};
use crate::fold::detail::Detail;
use crate::fold::standing::{Bands, Margin, Part, Track};
use crate::report::{
    Basis, BasisPoint, BasisTrade, CapacityPoint, DeltaBands, Distribution, Feeds, Inventory,
    MarginUse, RoundTrip, TrackPoint, Tracks, TripLeg,
};
use crate::stats::{Figure, Why};

const NOTHING: Why = Why::NothingToDivideBy;
/// Entries and exits that are told one by one.
const TRADES_MAX: usize = 1_000;
/// Buckets that must follow each other for a half-life.
const PAIRS_MIN: usize = 30;
/// Sizes of the curve of capacity.
const SIZES: usize = 20;

/// What a round trip's entry was meant for: value at the touches, edge and traded value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub(super) value: f64,
    pub(super) edge: f64,
    pub(super) traded: f64,
}

impl Finish<'_> {
    /// Of the pair of instruments that most round trips that ended have.
    pub(super) fn basis(&self, trips: &[RoundTrip]) -> Option<Basis> {
        let ended = || trips.iter().filter(|trip| trip.closed_at.is_some());
        let mut pairs: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (one, other) in ended().filter_map(pair) {
            *pairs
                .entry((&one.instrument, &other.instrument))
                .or_default() += 1;
        }
        let most = pairs.values().copied().max()?;
        let ((first, second), _) = pairs.into_iter().find(|(_, count)| *count == most)?;
        let find = |name: &str| {
            let mut known = self.fold.names.instruments.iter();
            known.find(|instrument| instrument.name == name)
        };
        let (one, other) = (find(first)?, find(second)?);
        if one.base != other.base {
            return None;
        }
        let (mut entries, mut exits, mut trades) = (Vec::new(), Vec::new(), Vec::new());
        let mut taken = Vec::new();
        for trip in ended() {
            let Some((own, its)) = pair(trip)
                .filter(|(own, its)| (&*own.instrument, &*its.instrument) == (first, second))
            else {
                continue;
            };
            let at_entry = over(own.entry.price, its.entry.price);
            let at_exit = over(own.exit.price, its.exit.price);
            entries.extend(at_entry);
            exits.extend(at_exit);
            taken.extend(took(trip, own, at_entry, at_exit));
            let trade = |at, bps, entry| BasisTrade { at, bps, entry };
            trades.extend(at_entry.map(|bps| trade(trip.opened_at, bps, true)));
            trades.extend(
                trip.closed_at
                    .zip(at_exit)
                    .map(|(at, bps)| trade(at, bps, false)),
            );
        }
        let step = trades.len().div_ceil(TRADES_MAX).max(1);
        let (bucket_s, mids) = self.mids(one.id.index(), other.id.index());
        Some(Basis {
            first: first.to_owned(),
            second: second.to_owned(),
            entry: distribution(entries),
            exit: distribution(exits),
            half_life_s: half_life(bucket_s, &mids),
            of_offered: of_offered(&taken, &mids),
            bucket_s,
            mids,
            trades: trades.into_iter().step_by(step).collect(),
        })
    }

    fn mids(&self, one: usize, other: usize) -> (f64, Vec<BasisPoint>) {
        let (Some(first), Some(second)) = (
            self.standing().mids.get(one),
            self.standing().mids.get(other),
        ) else {
            return (0.0, Vec::new());
        };
        let decimals = |at: usize| {
            let known = self.fold.names.instruments.get(at);
            known.map_or(0, |instrument| i32::from(instrument.price_decimals))
        };
        // Mids are in halves of each instrument's own last decimal.
        let scale = libm::pow(10.0, f64::from(decimals(one) - decimals(other)));
        let (bucket_s, points) = first.basis(second, scale);
        let point = |(at, bps)| BasisPoint { at, bps };
        (bucket_s, points.into_iter().map(point).collect())
    }

    pub(super) fn margin(&self) -> Vec<MarginUse> {
        let row = |row: &Margin| {
            let of = |pick: fn((f64, f64)) -> f64| {
                row.worst.map_or(Figure::Missing(Why::NoTiers), |worst| {
                    if row.exhausted {
                        Figure::Missing(Why::NoCapital)
                    } else {
                        Figure::Known(pick(worst))
                    }
                })
            };
            MarginUse {
                venue: venue_name(&self.fold.names, row.venue),
                asset: asset_name(&self.fold.names, row.asset),
                most_leverage: row.most_leverage,
                most_use: of(|(most, _)| most),
                least_distance: of(|(_, least)| least),
            }
        };
        self.standing().margins.rows().iter().map(row).collect()
    }

    /// Assets that two venues or more told an opening of.
    pub(super) fn inventory(&self) -> Vec<Inventory> {
        let mut by_asset: BTreeMap<AssetId, Vec<(String, f64, f64)>> = BTreeMap::new();
        for row in self.standing().ledger.rows() {
            let venue = venue_name(&self.fold.names, row.venue);
            let (opening, now) = (row.opening.to_f64(), row.expected().to_f64());
            by_asset
                .entry(row.asset)
                .or_default()
                .push((venue, opening, now));
        }
        let line = |(asset, venues): (AssetId, Vec<(String, f64, f64)>)| {
            let opening: f64 = venues.iter().map(|(_, opening, _)| opening).sum();
            let now: f64 = venues.iter().map(|(.., now)| now).sum();
            if venues.len() < 2 || opening <= 0.0 {
                return None;
            }
            let drift =
                |(venue, own, here): (String, f64, f64)| (venue, here - now * (own / opening));
            let drift: BTreeMap<String, f64> = venues.into_iter().map(drift).collect();
            Some(Inventory {
                asset: asset_name(&self.fold.names, asset),
                transfer_need: drift.values().filter(|off| **off > 0.0).sum(),
                drift,
            })
        };
        by_asset.into_iter().filter_map(line).collect()
    }

    pub(super) fn delta_bands(&self) -> BTreeMap<String, DeltaBands> {
        let known = self.standing().exposure.bands.iter();
        let bands = |(asset, bands): (&AssetId, &Bands)| {
            let held_s = bands.held_s();
            let within = |percent| Figure::ratio(bands.within(percent), held_s, NOTHING);
            let bands = DeltaBands {
                held_s,
                p99: bands.p99().map_or(Figure::Missing(NOTHING), Figure::Known),
                within_1: within(1),
                within_5: within(5),
                within_10: within(10),
            };
            (asset_name(&self.fold.names, *asset), bands)
        };
        known.map(bands).collect()
    }

    /// Of a journal that holds market events by reference nothing is known of connections.
    pub(super) fn feeds(&self, detail: &Detail) -> Feeds {
        let sums = &detail.work.feeds;
        let known = sums.told || self.fold.market_seen >= self.fold.market_events.max(1);
        let figure = |value: f64| {
            if known {
                Figure::Known(value)
            } else {
                Figure::Missing(Why::NotJournaled)
            }
        };
        Feeds {
            reconnects: figure(sums.reconnects as f64),
            gaps: figure(sums.gaps as f64),
            stale_s: figure(sums.stale_s(detail.now())),
        }
    }

    pub(super) fn tracks(&self, detail: &Detail) -> Tracks {
        let names = &self.fold.names;
        let exposure = &self.standing().exposure;
        Tracks {
            unhedged: points(&detail.unhedged),
            delta: exposure
                .deltas
                .iter()
                .map(|(asset, level)| (asset_name(names, *asset), points(&level.track)))
                .collect(),
            exposure: exposure
                .venues
                .iter()
                .map(|(venue, level)| (venue_name(names, *venue), points(&level.track)))
                .collect(),
            funding: points(&detail.funding),
            funding_rate: points(&detail.funding_rate),
        }
    }
}

fn points(track: &Track) -> Vec<TrackPoint> {
    let point = |part: &Part| TrackPoint {
        at: part.at,
        last: part.last,
        low: part.low,
        high: part.high,
    };
    track.parts().iter().map(point).collect()
}

/// The first two legs of a round trip that have entries, in different instruments.
fn pair(trip: &RoundTrip) -> Option<(&TripLeg, &TripLeg)> {
    let mut entered = trip.legs.iter().filter(|leg| leg.entry.fills > 0);
    let (one, other) = (entered.next()?, entered.next()?);
    (one.instrument != other.instrument).then_some((one, other))
}

/// What a round trip had of the basis, where it entered and left both legs.
fn took(
    trip: &RoundTrip,
    first: &TripLeg,
    at_entry: Option<f64>,
    at_exit: Option<f64>,
) -> Option<Taken> {
    Some(Taken {
        opened: trip.opened_at,
        closed: trip.closed_at?,
        falls: first.side == Some("buy"),
        at_entry: at_entry?,
        at_exit: at_exit?,
    })
}

/// The second price over the first, in basis points.
fn over(first: Option<Decimal>, second: Option<Decimal>) -> Option<f64> {
    let ratio = second?.checked_div(first?)? - Decimal::ONE;
    Some(Money::new(ratio).to_f64() * 1e4)
}

fn distribution(mut values: Vec<f64>) -> Distribution {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    let ranked = |percent: usize| {
        let at = (values.len() * percent).div_ceil(100).max(1) - 1;
        values.get(at).copied()
    };
    Distribution {
        count: values.len() as u64,
        mean: (count > 0.0).then_some(mean),
        deviation: (count > 1.0).then(|| libm::sqrt(squares / (count - 1.0))),
        p5: ranked(5),
        p50: ranked(50),
        p95: ranked(95),
    }
}

/// By the regression of each bucket on the one before it, where they follow each other.
pub(super) fn half_life(bucket_s: f64, mids: &[BasisPoint]) -> Figure {
    let step = bucket_s * 1e9;
    let follows = |pair: &&[BasisPoint]| {
        let passed = pair[1].at.since(pair[0].at).nanos() as f64;
        (passed - step).abs() < 1.0
    };
    let pairs: Vec<(f64, f64)> = mids
        .windows(2)
        .filter(follows)
        .map(|pair| (pair[0].bps, pair[1].bps))
        .collect();
    if pairs.len() < PAIRS_MIN {
        return Figure::Missing(Why::FewMarks);
    }
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (before, after) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let shared: f64 = pairs.iter().map(|(x, y)| (x - before) * (y - after)).sum();
    let spread: f64 = pairs.iter().map(|(x, _)| (x - before) * (x - before)).sum();
    if spread <= 0.0 {
        return Figure::Missing(Why::NoSpread);
    }
    let kept = shared / spread;
    if kept <= 0.0 || kept >= 1.0 {
        return Figure::Missing(Why::NotReverting);
    }
    Figure::Known(bucket_s * libm::log(2.0) / -libm::log(kept))
}

/// From the smallest value at the touches to the largest.
pub(super) fn capacity(mut touches: Vec<Touch>) -> Vec<CapacityPoint> {
    touches.sort_by(|one, other| one.value.total_cmp(&other.value));
    let all = touches.len();
    if all == 0 {
        return Vec::new();
    }
    let (mut edge, mut traded) = (vec![0.0; all + 1], vec![0.0; all + 1]);
    for (at, touch) in touches.iter().enumerate().rev() {
        edge[at] = edge[at + 1] + touch.edge;
        traded[at] = traded[at + 1] + touch.traded;
    }
    let mut points: Vec<CapacityPoint> = Vec::new();
    let sizes = SIZES.min(all - 1);
    for size in 0..=sizes {
        let at = (all - 1) * size / sizes.max(1);
        let value = touches[at].value;
        // Those of the same value have as much.
        let first = touches.partition_point(|touch| touch.value < value);
        if points.last().is_none_or(|last| last.value < value) {
            points.push(CapacityPoint {
                value,
                share: (all - first) as f64 / all as f64,
                edge_bps: Figure::ratio(edge[first] * 1e4, traded[first], NOTHING),
            });
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_core::time::Ts;

    fn points(values: impl IntoIterator<Item = f64>) -> Vec<BasisPoint> {
        let minute = 60_000_000_000;
        let point = |(at, bps): (i64, f64)| BasisPoint {
            at: Ts::from_nanos(at * minute),
            bps,
        };
        (0..).zip(values).map(point).collect()
    }

    #[test]
    fn a_basis_that_halves_each_two_minutes_has_that_half_life() {
        let mut value = 100.0;
        let values = (0..60).map(|_| {
            value *= libm::sqrt(0.5);
            value
        });
        let found = half_life(60.0, &points(values)).value().unwrap();
        assert!((found - 120.0).abs() < 1e-6, "{found}");
    }

    #[test]
    fn a_half_life_is_not_made_up() {
        let few = points((0..30).map(f64::from));
        assert_eq!(half_life(60.0, &few), Figure::Missing(Why::FewMarks));
        let even = points([3.0; 40]);
        assert_eq!(half_life(60.0, &even), Figure::Missing(Why::NoSpread));
        let runs_away = points((0..40).map(|at| libm::exp(f64::from(at))));
        assert_eq!(
            half_life(60.0, &runs_away),
            Figure::Missing(Why::NotReverting)
        );
        // Minutes apart do not follow each other.
        let mut gaps = points((0..80).map(|at| f64::from(at % 3)));
        gaps.retain(|point| point.at.nanos() / 60_000_000_000 % 2 == 0);
        assert_eq!(half_life(60.0, &gaps), Figure::Missing(Why::FewMarks));
    }

    #[test]
    fn larger_sizes_fit_fewer_round_trips() {
        let touch = |value: f64, edge: f64| Touch {
            value,
            edge,
            traded: 1_000.0,
        };
        let found = capacity(vec![
            touch(300.0, 3.0),
            touch(100.0, 1.0),
            touch(200.0, 2.0),
        ]);
        let told: Vec<_> = found
            .iter()
            .map(|point| {
                (
                    point.value,
                    (point.share * 3.0 + 0.5) as u8,
                    point.edge_bps.value().unwrap(),
                )
            })
            .collect();
        assert_eq!(told, [(100.0, 3, 20.0), (200.0, 2, 25.0), (300.0, 1, 30.0)]);
        assert!(capacity(Vec::new()).is_empty());
    }
}
