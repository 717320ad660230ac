//! The net in its parts.

use std::collections::BTreeMap;

use onetape_core::decision::Reason;
use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, InstrumentId, TaskId};
use onetape_core::num::Money;

use super::Finish;
use super::sums::Units;
use crate::fold::Trip;
use crate::fold::detail::{Detail, Split};
use crate::fold::legs::{LegBook, LegKey};
use crate::report::{Attribution, Attributions, DayAttribution, LegAttribution};

/// Splits by asset.
pub(super) type Splits = BTreeMap<AssetId, Split>;

/// Where the legs of no round trip stand.
const NO_TRIP: &str = "no round trip";

impl Units<'_> {
    /// Splits as the report has them.
    pub(super) fn attribution(&self, splits: &Splits) -> Attribution {
        let of = |part: fn(&Split) -> Money| {
            let sums = splits.iter().map(|(asset, split)| (*asset, part(split)));
            self.amount(&sums.collect())
        };
        Attribution {
            decision_edge: of(|split| split.edge),
            delay: of(|split| split.parts.delay),
            legging: of(|split| split.parts.legging),
            slippage: of(|split| split.parts.slippage),
            spread_capture: of(|split| split.parts.spread),
            repair: of(|split| split.parts.repair),
            venue_closings: of(|split| split.parts.venue),
            fees: of(|split| split.fees),
            rebates: of(|split| split.rebates),
            funding: of(|split| split.funding),
            residual_basis: of(|split| split.basis),
            residual_delta: of(|split| split.delta),
            dust_and_rounding: of(|split| split.dust),
            net: of(Split::net),
        }
    }
}

/// Every leg's split, and what belongs to none.
pub(super) struct LegSplits<'a> {
    pub(super) legs: Vec<(Option<LegKey>, &'a Instrument, Split)>,
}

impl Finish<'_> {
    /// The splits of everything; what is open is marked, as it is in the figures.
    pub(super) fn leg_splits(&self, detail: &Detail) -> LegSplits<'_> {
        let open: BTreeMap<LegKey, (Money, Money)> = self
            .fold
            .open_parts(detail)
            .into_iter()
            .map(|(key, basis, delta)| (key, (basis, delta)))
            .collect();
        let mut legs = Vec::with_capacity(self.fold.legs.books.len());
        for (key, book) in &self.fold.legs.books {
            if let Some(instrument) = self.instrument(key.instrument) {
                let open = open.get(key).copied().unwrap_or_default();
                let split = self.split(instrument, Some(key), book, open, true);
                legs.push((Some(*key), instrument, split));
            }
        }
        for (&id, &funding) in &self.fold.legs.loose_funding {
            if let Some(instrument) = self.instrument(id) {
                let split = Split {
                    funding,
                    ..Split::default()
                };
                legs.push((None, instrument, split));
            }
        }
        LegSplits { legs }
    }

    /// The split of a leg. With `marked` its net is what the figures have of it.
    fn split(
        &self,
        instrument: &Instrument,
        key: Option<&LegKey>,
        book: &LegBook,
        (basis, delta): (Money, Money),
        marked: bool,
    ) -> Split {
        let part = self.part(instrument, key, book);
        let detail = book.detail.as_deref().copied().unwrap_or_default();
        let mut split = Split {
            edge: detail.shadow.realised,
            parts: detail.parts,
            fees: -(book.fees - detail.rebates),
            rebates: -detail.rebates,
            funding: book.funding,
            basis,
            delta,
            dust: Money::ZERO,
        };
        split.close(part.gross(marked) - book.fees + book.funding);
        split
    }

    /// The attribution of one round trip; its net is the trip's.
    pub(super) fn trip_attribution(
        &self,
        (task, number): (TaskId, u32),
        open: &BTreeMap<LegKey, (Money, Money)>,
        is_open: bool,
    ) -> Option<Attribution> {
        self.fold.detail.as_ref()?;
        let mut splits = Splits::new();
        for (key, book) in self.fold.legs.of_trip(task, number) {
            let Some(instrument) = self.instrument(key.instrument) else {
                continue;
            };
            let open = open.get(key).copied().unwrap_or_default();
            let split = self.split(instrument, Some(key), book, open, is_open);
            splits.entry(instrument.settle()).or_default().add(&split);
        }
        Some(self.units.attribution(&splits))
    }

    /// All of them.
    pub(super) fn attributions(&self, detail: &Detail, splits: &LegSplits<'_>) -> Attributions {
        let mut total = Splits::new();
        let mut by_leg: BTreeMap<(bool, Option<TaskId>, Option<u8>, InstrumentId), Splits> =
            BTreeMap::new();
        for (key, instrument, split) in &splits.legs {
            total.entry(instrument.settle()).or_default().add(split);
            let leg = (
                key.is_none(),
                key.map(|key| key.task),
                key.map(|key| key.leg),
                instrument.id,
            );
            let sums = by_leg.entry(leg).or_default();
            sums.entry(instrument.settle()).or_default().add(split);
        }
        Attributions {
            total: self.units.attribution(&total),
            by_venue: self.grouped(splits, |_, instrument| {
                super::venue_name(&self.fold.names, instrument.venue)
            }),
            by_symbol: self.grouped(splits, |_, instrument| instrument.symbol.clone()),
            by_task: self.grouped(splits, |key, _| self.task_name(key.map(|key| key.task))),
            by_exit_reason: self.grouped(splits, |key, _| self.exit_of(key)),
            by_leg: by_leg
                .into_iter()
                .map(|((_, task, leg, instrument), splits)| LegAttribution {
                    task: self.task_name(task),
                    leg,
                    instrument: self.instrument_name(instrument),
                    attribution: self.units.attribution(&splits),
                })
                .collect(),
            by_day: self.by_day(detail),
        }
    }

    fn grouped(
        &self,
        splits: &LegSplits<'_>,
        name: impl Fn(Option<LegKey>, &Instrument) -> String,
    ) -> BTreeMap<String, Attribution> {
        let mut sums: BTreeMap<String, Splits> = BTreeMap::new();
        for (key, instrument, split) in &splits.legs {
            let group = sums.entry(name(*key, instrument)).or_default();
            group.entry(instrument.settle()).or_default().add(split);
        }
        sums.into_iter()
            .map(|(name, splits)| (name, self.units.attribution(&splits)))
            .collect()
    }

    fn exit_of(&self, key: Option<LegKey>) -> String {
        let trip = key.and_then(|key| self.fold.trips.get(&(key.task, key.trip)));
        trip.map_or_else(|| NO_TRIP.to_owned(), exit_name)
    }

    fn by_day(&self, detail: &Detail) -> Vec<DayAttribution> {
        let mut before = &Splits::new();
        let mut days = Vec::with_capacity(detail.days.len());
        for (at, known) in &detail.days {
            let day = known.iter().map(|(asset, split)| {
                let then = before.get(asset).copied().unwrap_or_default();
                (*asset, split.since(&then))
            });
            days.push(DayAttribution {
                ends_at: *at,
                attribution: self.units.attribution(&day.collect()),
            });
            before = known;
        }
        days
    }
}

/// Why a round trip ended, or that it did not.
pub(super) fn exit_name(trip: &Trip) -> String {
    if trip.closed.is_none() {
        return "open".to_owned();
    }
    let reason = trip.exit_reason.as_ref().or(trip.repair_reason.as_ref());
    reason.map_or_else(|| "unstated".to_owned(), Reason::to_string)
}
