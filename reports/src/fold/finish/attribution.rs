//! The net in its parts.

use std::collections::BTreeMap;

use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, InstrumentId, TaskId};
use onetape_core::num::Money;

use super::rows::{RowKey, Rows};
use super::sums::{ByAsset, Units};
use super::told::Leg;
use super::{Finish, Marks, Part};
use crate::fold::detail::Split;
use crate::fold::legs::LegBook;
use crate::fold::sparse::{less, plus};
use crate::report::{Attribution, Attributions, DayAttribution, LegAttribution};

/// Splits by asset.
pub(super) type Splits = ByAsset<Split>;

impl Units<'_> {
    /// Splits as the report has them.
    pub(super) fn attribution(&self, splits: &Splits) -> Attribution {
        let of = |part: fn(&Split) -> Money| {
            self.amounts(|asset| splits.get(asset).map(part).unwrap_or_default())
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

impl Finish<'_> {
    /// The split of a leg. With `marked` its net is what the figures have of it.
    pub(super) fn split(
        &self,
        part: &Part,
        book: &LegBook,
        (basis, delta): (Money, Money),
        marked: bool,
    ) -> Split {
        let detail = book.detail.as_deref().copied().unwrap_or_default();
        let mut split = Split {
            edge: detail.shadow.realised,
            parts: detail.parts,
            fees: -less(book.fees, detail.rebates),
            rebates: -detail.rebates,
            funding: book.funding,
            basis,
            delta,
            dust: Money::ZERO,
        };
        let mut net = less(part.gross(marked), book.fees);
        plus(&mut net, book.funding);
        split.close(net);
        split
    }

    /// The attribution of one round trip; its net is the trip's.
    pub(super) fn trip_attribution(
        &self,
        legs: &[Leg<'_>],
        marks: &Marks,
        is_open: bool,
    ) -> Option<Attribution> {
        self.fold.detail.as_ref()?;
        let mut splits = Splits::default();
        for leg in legs {
            let part = &leg.worth.part;
            let split = match leg.worth.split {
                // Without anything that is open a mark makes no difference.
                Some(split) if is_open || part.unrealised.is_zero() => split,
                _ => {
                    let open = marks.get(&leg.key).copied().unwrap_or_default();
                    self.split(part, leg.book, open, is_open)
                }
            };
            splits.of(leg.worth.instrument.settle()).add(&split);
        }
        Some(self.units.attribution(&splits))
    }

    /// All of them.
    pub(super) fn attributions(&self, rows: &Rows) -> Attributions {
        let mut total = Splits::default();
        let mut by_leg: BTreeMap<(bool, Option<TaskId>, Option<u8>, InstrumentId), Splits> =
            BTreeMap::new();
        for (key, row) in &rows.rows {
            if let Some(instrument) = self.instrument(key.instrument) {
                let settle = instrument.settle();
                total.of(settle).add(&row.split);
                let leg = (key.task.is_none(), key.task, key.leg, key.instrument);
                let sums = by_leg.entry(leg).or_default();
                sums.of(settle).add(&row.split);
            }
        }
        Attributions {
            total: self.units.attribution(&total),
            by_venue: self.grouped(rows, |_, instrument| {
                super::venue_name(&self.fold.names, instrument.venue)
            }),
            by_symbol: self.grouped(rows, |_, instrument| instrument.symbol.clone()),
            by_task: self.grouped(rows, |key, _| self.task_name(key.task)),
            by_exit_reason: self.grouped(rows, |key, _| rows.exit_name(key.exit).to_owned()),
            by_leg: by_leg
                .into_iter()
                .map(|((_, task, leg, instrument), splits)| LegAttribution {
                    task: self.task_name(task),
                    leg,
                    instrument: self.instrument_name(instrument),
                    attribution: self.units.attribution(&splits),
                })
                .collect(),
            by_day: self.by_day(),
        }
    }

    fn grouped(
        &self,
        rows: &Rows,
        name: impl Fn(&RowKey, &Instrument) -> String,
    ) -> BTreeMap<String, Attribution> {
        let mut sums: BTreeMap<String, Splits> = BTreeMap::new();
        for (key, row) in &rows.rows {
            if let Some(instrument) = self.instrument(key.instrument) {
                let group = sums.entry(name(key, instrument)).or_default();
                group.of(instrument.settle()).add(&row.split);
            }
        }
        sums.into_iter()
            .map(|(name, splits)| (name, self.units.attribution(&splits)))
            .collect()
    }

    fn by_day(&self) -> Vec<DayAttribution> {
        let mut before: &BTreeMap<AssetId, Split> = &BTreeMap::new();
        let mut days = Vec::with_capacity(self.standing().days.len());
        for (at, known) in &self.standing().days {
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
