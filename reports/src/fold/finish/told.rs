//! What is told of legs, in one pass over all round trips.

use onetape_core::instrument::Instrument;

use super::market::Touch;
use super::open::Open;
use super::rows::{Numbers, Rows};
use super::{Finish, Marks, Part, Trips};
use crate::fold::detail::Split;
use crate::fold::legs::{LegBook, LegKey};
use crate::report::RoundTrip;

/// One leg, with its part of the total and what that is made of when it is marked.
pub(super) struct Leg<'a> {
    pub(super) key: LegKey,
    pub(super) book: &'a LegBook,
    pub(super) instrument: &'a Instrument,
    pub(super) part: Part,
    /// Of a full report alone.
    pub(super) split: Option<Split>,
}

/// All of it.
pub(super) struct Told {
    pub(super) rows: Rows,
    pub(super) open: Open,
    /// Every round trip with a fill, by the place of its first fill.
    pub(super) round_trips: Vec<RoundTrip>,
    pub(super) touches: Vec<Touch>,
}

impl Finish<'_> {
    /// Each trip gives its books back as it is told, so that there is memory for one of both.
    pub(super) fn told(&self, trips: Trips, marks: &Marks) -> Told {
        let mut told = Told {
            rows: Rows::default(),
            open: Open::default(),
            round_trips: Vec::with_capacity(trips.len()),
            touches: Vec::new(),
        };
        let mut numbers = Numbers::default();
        for (id, known) in trips {
            let legs = self.legs(&known.legs, marks);
            self.add_rows(&mut told.rows, &mut numbers, (id.1, &known.trip), &legs);
            self.add_open(&mut told.open, &legs);
            if let Some(trip) = self.round_trip(id, &known.trip, &legs, marks) {
                told.touches.extend(super::trips::touch(&known, &trip));
                told.round_trips.push(trip);
            }
        }
        self.loose_rows(&mut told.rows);
        told.round_trips
            .sort_unstable_by_key(|trip| trip.opened_seq);
        told
    }

    fn legs<'a>(&'a self, legs: &'a [(LegKey, Box<LegBook>)], marks: &Marks) -> Vec<Leg<'a>> {
        let leg = |(key, book): &'a (LegKey, Box<LegBook>)| {
            let instrument = self.instrument(key.instrument)?;
            let part = self.part(instrument, book);
            let split = book.detail.is_some().then(|| {
                let open = marks.get(key).copied().unwrap_or_default();
                self.split(&part, book, open, true)
            });
            Some(Leg {
                key: *key,
                book,
                instrument,
                part,
                split,
            })
        };
        let mut known = Vec::with_capacity(legs.len());
        known.extend(legs.iter().filter_map(leg));
        known
    }
}
