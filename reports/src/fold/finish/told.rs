//! What is told of legs, in one pass over all round trips.

use onetape_core::instrument::Instrument;
use onetape_core::names::TaskId;

use super::market::Touch;
use super::open::Open;
use super::rows::Rows;
use super::{Finish, Marks, Part, Trips};
use crate::beside::Beside;
use crate::fold::detail::Split;
use crate::fold::legs::{LegBook, LegKey, Rested};
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
#[derive(Default)]
pub(super) struct Told {
    pub(super) rows: Rows,
    pub(super) open: Open,
    /// Every round trip with a fill, by the place of its first fill.
    pub(super) round_trips: Vec<RoundTrip>,
    pub(super) touches: Vec<Touch>,
}

/// Round trips that are told of at a time.
const PIECE: usize = 2_048;

type Known = ((TaskId, u32), Rested);

impl Finish<'_> {
    /// Each trip gives its books back as it is told, so that there is memory for one of both.
    pub(super) fn told(&self, trips: Trips, marks: &Marks, beside: &impl Beside) -> Told {
        let (mut told, mut other) = (Told::default(), Told::default());
        let mut round_trips = Vec::with_capacity(trips.len());
        let mut trips = trips.into_iter();
        while trips.len() > 0 {
            let some: Vec<Known> = trips.by_ref().take(PIECE).collect();
            let more: Vec<Known> = trips.by_ref().take(PIECE).collect();
            beside.both(
                || self.tell(&mut told, some, marks),
                || self.tell(&mut other, more, marks),
            );
            round_trips.append(&mut told.round_trips);
            round_trips.append(&mut other.round_trips);
        }
        round_trips.sort_unstable_by_key(|trip: &RoundTrip| trip.opened_seq);
        told.round_trips = round_trips;
        told.rows.join(other.rows);
        told.open.join(other.open);
        told.touches.append(&mut other.touches);
        self.loose_rows(&mut told.rows);
        told
    }

    fn tell(&self, told: &mut Told, trips: Vec<Known>, marks: &Marks) {
        for (id, known) in trips {
            let legs = self.legs(&known.legs, marks);
            self.add_rows(&mut told.rows, (id.1, &known.trip), &legs);
            self.add_open(&mut told.open, &legs);
            if let Some(trip) = self.round_trip(id, &known.trip, &legs, marks) {
                told.touches.extend(super::trips::touch(&known, &trip));
                told.round_trips.push(trip);
            }
        }
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
