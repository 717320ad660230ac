//! The page's list of round trips: columns, a few bytes a round trip, so that a hundred thousand fit a page.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Serialize;

use super::{number, rounded};
use crate::detail::{Note, Timelines};
use crate::report::{Report, RoleFills, RoundTrip, TripLeg};

/// All round trips in one asset, as columns of the same length.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct TripList {
    /// Names that the columns refer to by place.
    pub(crate) names: Vec<String>,
    /// Task, a name.
    pub(crate) task: Vec<usize>,
    /// Number within the task.
    pub(crate) trip: Vec<u32>,
    /// Milliseconds since 1970.
    pub(crate) opened: Vec<i64>,
    /// Milliseconds that it was held; `None` while open.
    pub(crate) held: Vec<Option<f64>>,
    /// Amounts at the decimals that the page shows.
    pub(crate) gross: Vec<f64>,
    /// Fees.
    pub(crate) fees: Vec<f64>,
    /// Funding.
    pub(crate) funding: Vec<f64>,
    /// Net.
    pub(crate) net: Vec<f64>,
    /// Reasons, names: why it was opened and closed.
    pub(crate) entry: Vec<Option<usize>>,
    /// See [`TripList::entry`].
    pub(crate) exit: Vec<Option<usize>>,
    /// Place of its first fill in the run.
    pub(crate) seq: Vec<u64>,
    /// Number of legs of each.
    pub(crate) leg_counts: Vec<usize>,
    /// Their legs, one after the other.
    pub(crate) legs: Legs,
}

/// Legs, as columns of the same length.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Legs {
    /// Instrument, a name.
    pub(crate) instrument: Vec<usize>,
    /// Side, a name.
    pub(crate) side: Vec<Option<usize>>,
    /// Quantity by role: entry, exit, repair.
    pub(crate) qty: [Vec<Option<f64>>; 3],
    /// Average price by role.
    pub(crate) price: [Vec<Option<f64>>; 3],
    /// Gross, fees, funding, net.
    pub(crate) amounts: [Vec<f64>; 4],
}

/// What is known of single round trips besides: their decisions and events.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Details {
    /// Names that the notes refer to by place.
    pub(crate) names: Vec<String>,
    /// By place in the list.
    pub(crate) notes: BTreeMap<usize, Vec<NoteRow>>,
}

/// A note: nanoseconds after the opening, place in the run, what (a name), words, numbers by names.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NoteRow(i64, u64, usize, String, Vec<(usize, String)>);

/// Names by place.
#[derive(Default)]
struct NameTable {
    names: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl NameTable {
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

impl TripList {
    /// Every round trip of a report.
    pub(crate) fn of(report: &Report, asset: &str, decimals: u32) -> Self {
        let mut names = NameTable::default();
        let mut list = Self::default();
        for trip in &report.round_trips {
            list.push(trip, asset, decimals, &mut names);
        }
        list.names = names.names;
        list
    }

    fn push(&mut self, trip: &RoundTrip, asset: &str, decimals: u32, names: &mut NameTable) {
        let amount = |of: &crate::report::Amount| rounded(of.in_asset(asset), decimals);
        self.task.push(names.place(&trip.task));
        self.trip.push(trip.trip);
        self.opened.push(trip.opened_at.nanos() / 1_000_000);
        let held = trip.held().map(|held| (held.nanos() / 1_000) as f64 / 1e3);
        self.held.push(held);
        self.gross.push(amount(&trip.pnl.gross));
        self.fees.push(amount(&trip.pnl.fees));
        self.funding.push(amount(&trip.pnl.funding));
        self.net.push(amount(&trip.pnl.net));
        let mut reason = |reason: &Option<Arc<str>>| reason.as_deref().map(|it| names.place(it));
        self.entry.push(reason(&trip.entry_reason));
        self.exit.push(reason(&trip.exit_reason));
        self.seq.push(trip.opened_seq.0);
        self.leg_counts.push(trip.legs.len());
        for leg in &trip.legs {
            self.legs.push(leg, asset, decimals, names);
        }
    }
}

impl Legs {
    fn push(&mut self, leg: &TripLeg, asset: &str, decimals: u32, names: &mut NameTable) {
        self.instrument.push(names.place(&leg.instrument));
        self.side.push(leg.side.map(|side| names.place(side)));
        for (at, fills) in [&leg.entry, &leg.exit, &leg.repair].into_iter().enumerate() {
            let (qty, price) = role(fills).unzip();
            self.qty[at].push(qty);
            self.price[at].push(price);
        }
        let pnl = &leg.pnl;
        let amounts = [&pnl.gross, &pnl.fees, &pnl.funding, &pnl.net];
        for (column, amount) in self.amounts.iter_mut().zip(amounts) {
            column.push(rounded(amount.in_asset(asset), decimals));
        }
    }
}

/// Quantity and average price of a role. An average of several fills may never end; nine digits tell it apart.
fn role(fills: &RoleFills) -> Option<(f64, f64)> {
    let price = fills.price?;
    let cut: Decimal = price.round_sf(9).unwrap_or(price);
    Some((number(fills.qty, 12), number(cut, 12)))
}

impl Details {
    /// Of the round trips whose timelines were kept.
    pub(crate) fn of(report: &Report, timelines: &Timelines) -> Self {
        let mut names = NameTable::default();
        let mut notes = BTreeMap::new();
        for (at, trip) in report.round_trips.iter().enumerate() {
            if let Some(of_trip) = timelines.of_trip(&trip.task, trip.trip) {
                let opened = trip.opened_at.nanos();
                let rows = of_trip.iter();
                notes.insert(
                    at,
                    rows.map(|note| NoteRow::of(note, opened, &mut names))
                        .collect(),
                );
            }
        }
        Self {
            names: names.names,
            notes,
        }
    }
}

impl NoteRow {
    fn of(note: &Note, opened: i64, names: &mut NameTable) -> Self {
        let numbers = note.numbers.iter();
        Self(
            note.at.nanos() - opened,
            note.seq.0,
            names.place(&note.what),
            note.text.clone(),
            numbers
                .map(|(name, value)| (names.place(name), value.clone()))
                .collect(),
        )
    }
}
