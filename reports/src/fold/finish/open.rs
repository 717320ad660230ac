//! What is still open at the end.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::told::Leg;
use super::{Finish, asset_name};
use crate::report::OpenPosition;

/// Positions that are shown as one: of one leg of a task, of one sign, and either whole or remainders.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OpenKey {
    remainder: bool,
    task: TaskId,
    leg: u8,
    instrument: InstrumentId,
    short: bool,
}

#[derive(Default)]
struct OpenSums {
    trips: BTreeSet<u32>,
    qty: Decimal,
    cost: Money,
    unrealised: Option<Money>,
}

/// All that is held.
#[derive(Default)]
pub(super) struct Open(BTreeMap<OpenKey, OpenSums>);

impl Finish<'_> {
    /// Adds what the legs of a round trip hold.
    pub(super) fn add_open(&self, all: &mut Open, legs: &[Leg<'_>]) {
        for leg in legs.iter().filter(|leg| !leg.book.position.qty.is_zero()) {
            let (key, position) = (leg.key, &leg.book.position);
            let instrument = leg.worth.instrument;
            let open = OpenKey {
                remainder: position.is_flat(instrument),
                task: key.task,
                leg: key.leg,
                instrument: key.instrument,
                short: position.qty.is_sign_negative(),
            };
            let sums = all.0.entry(open).or_default();
            sums.trips.extend((key.trip != 0).then_some(key.trip));
            sums.qty += position.qty;
            sums.cost += position.cost;
            if self.exit_price(instrument, position.qty).is_some() {
                *sums.unrealised.get_or_insert_default() += leg.worth.part.unrealised;
            }
        }
    }

    /// The open positions, and the instruments among them that cannot be marked.
    pub(super) fn open_positions(&self, open: &Open) -> (Vec<OpenPosition>, Vec<String>) {
        let sums = &open.0;
        let unmarked: BTreeSet<String> = sums
            .iter()
            .filter(|(_, sums)| sums.unrealised.is_none())
            .map(|(key, _)| self.instrument_name(key.instrument))
            .collect();
        let open = sums
            .iter()
            .filter_map(|(key, sums)| self.open_position(key, sums))
            .collect();
        (open, unmarked.into_iter().collect())
    }

    fn open_position(&self, key: &OpenKey, sums: &OpenSums) -> Option<OpenPosition> {
        let instrument = self.instrument(key.instrument)?;
        Some(OpenPosition {
            task: self.task_name(Some(key.task)),
            leg: key.leg,
            instrument: instrument.name.clone(),
            round_trips: sums.trips.len() as u64,
            qty: sums.qty.normalize(),
            cost: sums.cost,
            mark: self
                .exit_price(instrument, sums.qty)
                .map(|price| instrument.price_decimal(price).normalize()),
            unrealised: sums.unrealised,
            asset: asset_name(&self.fold.names, instrument.settle()),
            remainder: key.remainder,
        })
    }
}
