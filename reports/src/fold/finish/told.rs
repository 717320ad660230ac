//! What is told of legs, in one pass over all round trips.

use onetape_core::instrument::Instrument;
use onetape_core::names::TaskId;

use super::market::Touch;
use super::open::Open;
use super::rows::{Numbers, Rows};
use super::{Finish, Marks, Part, Trips};
use crate::beside::Beside;
use crate::fold::detail::Split;
use crate::fold::legs::{LegBook, LegKey, Rested};
use crate::report::RoundTrip;

/// Round trips that are told at a time.
const BATCH: usize = 1_024;

/// What a leg comes to.
#[derive(Clone, Copy)]
pub(super) struct Worth<'a> {
    pub(super) instrument: &'a Instrument,
    /// Its part of the total.
    pub(super) part: Part,
    /// What that is made of when it is marked; of a full report alone.
    pub(super) split: Option<Split>,
}

/// One leg with what it comes to.
pub(super) struct Leg<'a> {
    pub(super) key: LegKey,
    pub(super) book: &'a LegBook,
    pub(super) worth: Worth<'a>,
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

/// Round trips that are told together, with what each of their legs comes to, in order; of an instrument that nobody
/// named nothing is known.
#[derive(Default)]
struct Batch<'a> {
    trips: Vec<((TaskId, u32), Rested)>,
    worths: Vec<Option<Worth<'a>>>,
}

impl Finish<'_> {
    /// Legs are summed while the round trips before theirs are told. Each trip gives its books back as it is told, so that
    /// there is memory for one of both; and one thread tells all of them, since what one gave back another does not get.
    pub(super) fn told(&self, trips: Trips, marks: &Marks, beside: &impl Beside) -> Told {
        let (mut rows, mut open, mut numbers) =
            (Rows::default(), Open::default(), Numbers::default());
        let mut round_trips = Vec::with_capacity(trips.len());
        let mut touches = Vec::new();
        let mut trips = trips.into_iter();
        let mut summed = Batch::default();
        loop {
            let next: Vec<_> = trips.by_ref().take(BATCH).collect();
            if next.is_empty() && summed.trips.is_empty() {
                break;
            }
            let sum = || {
                let mut worths = Vec::with_capacity(2 * next.len());
                for (id, known) in &next {
                    let from = worths.len();
                    worths.extend(known.legs.iter().map(|leg| self.worth(leg, marks)));
                    let legs = legs(known, &mut worths[from..].iter().copied());
                    self.add_rows(&mut rows, &mut numbers, (id.1, &known.trip), &legs);
                    self.add_open(&mut open, &legs);
                }
                worths
            };
            let tell = || {
                let mut worths = summed.worths.into_iter();
                for (id, known) in summed.trips {
                    let legs = legs(&known, &mut worths);
                    if let Some(trip) = self.round_trip(id, &known.trip, &legs, marks) {
                        touches.extend(super::trips::touch(&known, &trip));
                        round_trips.push(trip);
                    }
                }
            };
            let ((), worths) = beside.both(tell, sum);
            let trips = next;
            summed = Batch { trips, worths };
        }
        self.loose_rows(&mut rows);
        round_trips.sort_unstable_by_key(|trip: &RoundTrip| trip.opened_seq);
        Told {
            rows,
            open,
            round_trips,
            touches,
        }
    }

    fn worth(&self, (key, book): &(LegKey, Box<LegBook>), marks: &Marks) -> Option<Worth<'_>> {
        let instrument = self.instrument(key.instrument)?;
        let part = self.part(instrument, book);
        let split = book.detail.is_some().then(|| {
            let open = marks.get(key).copied().unwrap_or_default();
            self.split(&part, book, open, true)
        });
        Some(Worth {
            instrument,
            part,
            split,
        })
    }
}

/// The legs of a round trip with what they come to, which is taken from the front of what all come to.
fn legs<'a, 'f: 'a>(
    known: &'a Rested,
    worths: &mut impl Iterator<Item = Option<Worth<'f>>>,
) -> Vec<Leg<'a>> {
    let mut legs = Vec::with_capacity(known.legs.len());
    legs.extend(
        known
            .legs
            .iter()
            .zip(worths)
            .filter_map(|((key, book), worth)| {
                let (key, worth) = (*key, worth?);
                Some(Leg { key, book, worth })
            }),
    );
    legs
}
