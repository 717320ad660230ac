//! How it was executed, from what was counted.

use std::collections::BTreeMap;

use onetape_core::names::{AssetId, VenueId};
use onetape_core::num::Money;

use super::rows::{ExitId, Row, RowKey, Rows};
use super::sums::PnlSums;
use super::{Finish, asset_name, venue_name};
use crate::fold::detail::{Detail, Split, Work, ranked};
use crate::fold::standing::Level;
use crate::report::{
    Capture, DelayBin, Execution, Exit, Exposure, Exposures, FillRatio, Funnel, Hedging, Latency,
    Quantiles, RoundTrip,
};
use crate::stats::{Figure, Why};

const DAY_S: f64 = 86_400.0;
const YEAR_S: f64 = 365.0 * DAY_S;
const NOTHING: Why = Why::NothingToDivideBy;

impl Finish<'_> {
    pub(super) fn execution(
        &self,
        detail: &Detail,
        rows: &Rows,
        trips: &[RoundTrip],
        capital: Money,
    ) -> Execution {
        let outcomes = self.fold.orders.outcomes();
        let exits = self.exits(rows);
        let ended: u64 = exits.values().map(|exit| exit.round_trips).sum();
        let aged = exits.iter().filter(|(reason, _)| reason.ends_with("_age"));
        let aged: u64 = aged.map(|(_, exit)| exit.round_trips).sum();
        Execution {
            funnel: self.funnel(detail, trips),
            fills: self.fill_ratios(&detail.work),
            order_fill_ratio: Figure::ratio(outcomes.filled as f64, outcomes.sent as f64, NOTHING),
            maker_ratio: self.maker_ratio(rows, detail),
            hedging: hedging(&detail.work, trips),
            timeout_share: Figure::ratio(aged as f64, ended as f64, Why::NoTrips),
            exits,
            capture: self.capture(rows, detail, capital),
            exposure: self.exposures(),
            delta_bands: self.delta_bands(),
            latency: self.latency(&detail.work),
            tick_to_wire_s: Figure::Missing(Why::NotJournaled),
            feeds: self.feeds(detail),
            incidents: self.incidents(detail),
        }
    }

    fn funnel(&self, detail: &Detail, trips: &[RoundTrip]) -> Funnel {
        let work = &detail.work;
        let waited: u64 = work.waited.values().sum();
        let refused: u64 = work.refused.values().sum();
        let filled = trips.iter().filter(|trip| trip.trip != 0).count() as u64;
        let single = trips
            .iter()
            .filter(|trip| trip.legs.len() < 2 && trip.trip != 0)
            .count() as u64;
        let [several, complete, _] = work.hedged_trips;
        let rejected = self.fold.orders.outcomes().rejected_by_reason.into_iter();
        Funnel {
            seen: waited + refused + work.attempted,
            actionable: refused + work.attempted,
            attempted: work.attempted,
            filled,
            completed: complete + single.min(filled.saturating_sub(several.min(filled))),
            closed: trips.iter().filter(|trip| trip.closed_at.is_some()).count() as u64,
            waited: work.waited.clone(),
            refused: work.refused.clone(),
            rejected: rejected
                .map(|(reason, count)| (reason.to_owned(), count))
                .collect(),
        }
    }

    fn fill_ratios(&self, work: &Work) -> Vec<FillRatio> {
        let row = |(&(id, side, kind), sent): (
            &crate::fold::detail::SentKey,
            &crate::fold::detail::Sent,
        )| {
            let instrument = self.instrument(id)?;
            let (all, filled) = (
                instrument.qty_decimal(sent.qty),
                instrument.qty_decimal(sent.filled),
            );
            Some(FillRatio {
                venue: venue_name(&self.fold.names, instrument.venue),
                instrument: instrument.name.clone(),
                side: side.name(),
                kind: kind.name(),
                orders: sent.orders,
                with_fill: sent.with_fill,
                sent_qty: all,
                filled_qty: filled,
                ratio: Figure::ratio(
                    Money::new(filled).to_f64(),
                    Money::new(all).to_f64(),
                    NOTHING,
                ),
            })
        };
        work.sent.iter().filter_map(row).collect()
    }

    /// In the curve's unit.
    fn maker_ratio(&self, rows: &Rows, detail: &Detail) -> Figure {
        let made = self.in_unit(rows, detail.unit).map(|row| row.maker_volume);
        let made = made.sum::<Money>().to_f64();
        Figure::ratio(made, self.volume(rows, detail.unit), NOTHING)
    }

    fn in_unit<'a>(
        &'a self,
        rows: &'a Rows,
        unit: Option<AssetId>,
    ) -> impl Iterator<Item = &'a Row> {
        let settles = move |key: &RowKey| {
            let instrument = self.instrument(key.instrument);
            instrument.is_some_and(|known| Some(known.settle()) == unit)
        };
        rows.rows
            .iter()
            .filter(move |(key, _)| settles(key))
            .map(|(_, row)| row)
    }

    fn volume(&self, rows: &Rows, unit: Option<AssetId>) -> f64 {
        self.in_unit(rows, unit)
            .map(|row| row.volume)
            .sum::<Money>()
            .to_f64()
    }

    fn exits(&self, rows: &Rows) -> BTreeMap<String, Exit> {
        let mut sums: Vec<PnlSums> = rows.exits.iter().map(|_| PnlSums::default()).collect();
        for (key, row) in &rows.rows {
            if let (ExitId::Closed(at), Some(instrument)) =
                (key.exit, self.instrument(key.instrument))
            {
                sums[at].add(instrument, row.realised, row.fees, row.funding);
            }
        }
        let all: u64 = rows.exits.iter().map(|(_, count)| count).sum();
        let exit = |((reason, count), pnl): (&(String, u64), PnlSums)| {
            let exit = Exit {
                round_trips: *count,
                share: Figure::ratio(*count as f64, all as f64, Why::NoTrips),
                net: self.units.pnl(&pnl).net,
            };
            (reason.clone(), exit)
        };
        rows.exits.iter().zip(sums).map(exit).collect()
    }

    fn capture(&self, rows: &Rows, detail: &Detail, capital: Money) -> Capture {
        let booked = detail.unit.and_then(|unit| detail.booked.get(&unit));
        let booked = booked.copied().unwrap_or_default();
        let volume = self.volume(rows, detail.unit);
        let f = Money::to_f64;
        let gross = f(booked.edge + booked.parts.sum());
        let short = f(shortfall(&booked));
        let fees = -f(booked.fees + booked.rebates);
        let (seconds, exposure) = (
            self.standing().exposure.seconds(),
            &self.standing().exposure,
        );
        let net = f(self.standing().net().mid);
        let days = seconds / DAY_S;
        // Of less than a day a year would say nothing.
        let yearly = |gain: f64, area: f64| {
            if days < 1.0 {
                return Figure::Missing(Why::Short);
            }
            Figure::ratio(gain, area, NOTHING).map(|part| part * YEAR_S)
        };
        let daily = f(booked.funding) / days;
        Capture {
            edge_capture: Figure::ratio(gross, f(booked.edge), NOTHING),
            decision_edge_bps: Figure::ratio(f(booked.edge) * 1e4, volume, NOTHING),
            realised_edge_bps: Figure::ratio(gross * 1e4, volume, NOTHING),
            implementation_shortfall: short,
            fee_ratio: Figure::ratio(fees, gross, NOTHING),
            cost_per_million: Figure::ratio((fees - short) * 1e6, volume, NOTHING),
            turnover_per_day: if days > 0.0 {
                Figure::ratio(volume / days, f(capital), Why::NoCapital)
            } else {
                Figure::Missing(Why::Short)
            },
            return_on_exposure: yearly(net, exposure.total.area),
            funding_yield: yearly(f(booked.funding), exposure.futures.area),
            funding_break_even_days: if days >= 1.0 && daily > 0.0 {
                Figure::ratio(fees - short, daily, NOTHING)
            } else {
                Figure::Missing(NOTHING)
            },
        }
    }

    fn exposures(&self) -> Exposures {
        let known = &self.standing().exposure;
        let seconds = known.seconds();
        let names = &self.fold.names;
        let venue =
            |(id, level): (&VenueId, &Level)| (venue_name(names, *id), exposure(level, seconds));
        let delta =
            |(id, level): (&AssetId, &Level)| (asset_name(names, *id), exposure(level, seconds));
        Exposures {
            seconds,
            gross: exposure(&known.total, seconds),
            futures: exposure(&known.futures, seconds),
            by_venue: known.venues.iter().map(venue).collect(),
            delta: known.deltas.iter().map(delta).collect(),
        }
    }

    fn latency(&self, work: &Work) -> BTreeMap<String, Latency> {
        let venue = |(id, delays): (&VenueId, &crate::fold::detail::Delays)| {
            let latency = Latency {
                first_word: quantiles(&delays.first_word),
                first_fill: quantiles(&delays.first_fill),
            };
            (venue_name(&self.fold.names, *id), latency)
        };
        work.delays.iter().map(venue).collect()
    }

    fn incidents(&self, detail: &Detail) -> BTreeMap<&'static str, u64> {
        let (known, outcomes) = (&detail.work.incidents, self.fold.orders.outcomes());
        let off = self
            .standing()
            .ledger
            .rows()
            .iter()
            .filter(|row| !row.residual().is_zero());
        BTreeMap::from([
            ("rejected_orders", outcomes.rejected),
            ("not_sent_orders", outcomes.not_sent),
            ("unknown_orders", outcomes.unknown),
            ("cancelled_orders", known.cancels),
            ("refused_cancels", known.cancels_refused),
            ("amended_orders", known.amends),
            ("refused_amends", known.amends_refused),
            ("alerts", known.alerts),
            ("liquidations", known.liquidations),
            ("deleveragings", known.deleveragings),
            ("halts", known.halts),
            ("breaker_resets", known.breaker_resets),
            ("injected_faults", known.faults),
            ("balances_off", off.count() as u64),
            ("strays", self.fold.orders.strays),
        ])
    }
}

fn shortfall(split: &Split) -> Money {
    let parts = &split.parts;
    parts.delay + parts.legging + parts.slippage + parts.repair
}

fn hedging(work: &Work, all: &[RoundTrip]) -> Hedging {
    let repairs = |trip: &RoundTrip| trip.legs.iter().map(|leg| leg.repair.fills).sum::<u64>();
    let [trips, complete, legged] = work.hedged_trips;
    Hedging {
        trips,
        complete_rate: Figure::ratio(complete as f64, trips as f64, Why::NoTrips),
        legging_rate: Figure::ratio(legged as f64, trips as f64, Why::NoTrips),
        latency: quantiles(&work.hedges),
        unhedged_value_s: work.apart.value_s,
        unhedged_most: work.apart.most,
        unhedged_s: work.apart.seconds,
        repair_fills: all.iter().map(repairs).sum(),
        repaired_trips: all.iter().filter(|trip| trip.repaired()).count() as u64,
    }
}

fn quantiles(nanos: &[i64]) -> Quantiles {
    let mut sorted = nanos.to_vec();
    sorted.sort_unstable();
    let at = |percent| ranked(&sorted, percent).map(|nanos| nanos as f64 / 1e9);
    Quantiles {
        count: nanos.len() as u64,
        p50_s: at(50),
        p90_s: at(90),
        p99_s: at(99),
        max_s: at(100),
        bins: bins(&sorted),
    }
}

/// Sorted delays by their length.
fn bins(sorted: &[i64]) -> Vec<DelayBin> {
    const PER_POWER: i32 = 8;
    let edge = |at: i32| libm::pow(10.0, f64::from(at) / f64::from(PER_POWER));
    let (mut bins, mut done) = (Vec::new(), 0);
    // From a microsecond, which anything shorter counts as, to some thirty years.
    for at in 3 * PER_POWER..=18 * PER_POWER {
        let up_to = edge(at);
        let below = sorted.partition_point(|nanos| *nanos as f64 <= up_to);
        let count = (below - done) as u64;
        if count > 0 || (!bins.is_empty() && below < sorted.len()) {
            bins.push(DelayBin {
                up_to_s: up_to / 1e9,
                count,
            });
        }
        done = below;
        if below == sorted.len() {
            break;
        }
    }
    bins
}

fn exposure(level: &Level, seconds: f64) -> Exposure {
    Exposure {
        mean: Figure::ratio(level.area, seconds, NOTHING),
        max: level.most,
        time_share: Figure::ratio(level.seconds, seconds, NOTHING),
    }
}
