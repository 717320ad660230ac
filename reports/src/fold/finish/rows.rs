//! Every leg of a run, summed by what reports tell legs apart by, in one pass over them.

use std::collections::BTreeMap;

use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::Money;

use super::told::Leg;
use super::{Finish, Part};
use crate::fold::Trip;
use crate::fold::detail::Split;
use crate::fold::few::Few;
use crate::fold::legs::LegBook;
use crate::fold::reasons::Code;
use crate::fold::sparse::plus;

/// What legs are told apart by. What belongs to no task comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    no_task: bool,
    pub(super) task: Option<TaskId>,
    pub(super) leg: Option<u8>,
    pub(super) instrument: InstrumentId,
    pub(super) exit: ExitId,
}

/// Why a round trip ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ExitId {
    /// By a reason of the list.
    Closed(usize),
    /// It did not.
    Open,
    /// There was none.
    NoTrip,
}

/// Numbers of exits by reason, also of none.
pub(super) type Numbers = Few<Option<Code>, Option<usize>>;

/// Legs of one key together, in the settlement asset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) orders: u64,
    pub(super) fills: u64,
    pub(super) volume: Money,
    pub(super) maker_volume: Money,
    pub(super) realised: Money,
    pub(super) unrealised: Money,
    pub(super) fees: Money,
    pub(super) funding: Money,
    pub(super) split: Split,
}

/// All of them.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) rows: BTreeMap<RowKey, Row>,
    /// Reasons by their number, with how many round trips ended by each.
    pub(super) exits: Vec<(String, u64)>,
}

impl Row {
    fn add(&mut self, part: &Part, detail: Option<(Money, Split)>) {
        self.orders += part.orders;
        self.fills += part.fills;
        plus(&mut self.volume, part.volume);
        plus(&mut self.realised, part.realised);
        plus(&mut self.unrealised, part.unrealised);
        plus(&mut self.fees, part.fees);
        plus(&mut self.funding, part.funding);
        if let Some((maker_volume, split)) = detail {
            plus(&mut self.maker_volume, maker_volume);
            self.split.add(&split);
        }
    }
}

impl Rows {
    pub(super) fn exit_name(&self, exit: ExitId) -> &str {
        match exit {
            ExitId::Closed(at) => self.exits.get(at).map_or("", |(name, _)| name),
            ExitId::Open => "open",
            ExitId::NoTrip => "no round trip",
        }
    }
}

impl Finish<'_> {
    /// Adds the legs of a round trip.
    pub(super) fn add_rows(
        &self,
        rows: &mut Rows,
        numbers: &mut Numbers,
        (number, trip): (u32, &Trip),
        legs: &[Leg<'_>],
    ) {
        if legs.is_empty() {
            return;
        }
        let exit = self.exit(number, trip, &mut rows.exits, numbers);
        for leg in legs {
            let detail = leg.book.detail.as_deref().zip(leg.worth.split);
            let detail = detail.map(|(detail, split)| (detail.maker_volume, split));
            let row = RowKey {
                no_task: false,
                task: Some(leg.key.task),
                leg: Some(leg.key.leg),
                instrument: leg.key.instrument,
                exit,
            };
            rows.rows
                .entry(row)
                .or_default()
                .add(&leg.worth.part, detail);
        }
    }

    /// Adds the funding that no leg was open for.
    pub(super) fn loose_rows(&self, rows: &mut Rows) {
        for (&id, &funding) in &self.fold.legs.loose_funding {
            if let Some(instrument) = self.instrument(id) {
                let book = LegBook {
                    funding,
                    ..LegBook::default()
                };
                let part = self.part(instrument, &book);
                let split = Split {
                    funding,
                    ..Split::default()
                };
                let row = RowKey {
                    no_task: true,
                    task: None,
                    leg: None,
                    instrument: id,
                    exit: ExitId::NoTrip,
                };
                rows.rows
                    .entry(row)
                    .or_default()
                    .add(&part, Some((Money::ZERO, split)));
            }
        }
    }

    /// Why a trip ended; counts it.
    fn exit(
        &self,
        number: u32,
        trip: &Trip,
        exits: &mut Vec<(String, u64)>,
        numbers: &mut Numbers,
    ) -> ExitId {
        if number == 0 || trip.opened.is_none() {
            return ExitId::NoTrip;
        }
        if trip.closed.is_none() {
            return ExitId::Open;
        }
        let reason = trip.exit_reason.or(trip.repair_reason);
        let at = *numbers.of(reason).get_or_insert_with(|| {
            let name = self.exit_name(reason);
            let known = exits.iter().position(|(known, _)| known == name);
            known.unwrap_or_else(|| {
                exits.push((name.to_owned(), 0));
                exits.len() - 1
            })
        });
        exits[at].1 += 1;
        ExitId::Closed(at)
    }

    fn exit_name(&self, reason: Option<Code>) -> &str {
        reason.map_or("unstated", |code| self.fold.reasons.reason(code).as_str())
    }
}
