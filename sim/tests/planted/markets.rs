//! A minute of a market around a midnight: legs that stray from each other and come back, fall silent, and a depth book
//! with holes in its messages.

use onetape_core::event::{Body, DepthUpdate, Event, FundingRate, Level};
use onetape_core::market::TopFeed;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;

use crate::common::{FUTURES, MS, quote};
use crate::draws::Draws;

/// The tape begins so long before a midnight and ends so long after it.
const HALF_MS: i64 = 30_000;
const DAY_MS: i64 = 86_400_000;
/// From when on nothing new goes wrong.
pub(crate) const CALM_MS: i64 = DAY_MS + 12_000;
/// The first row, and the end.
pub(crate) const FIRST_MS: i64 = DAY_MS - HALF_MS;
pub(crate) const LAST_MS: i64 = DAY_MS + HALF_MS;

/// One leg's feed.
struct Leg {
    id: InstrumentId,
    feed: TopFeed,
    /// Where its price is, in ticks: around 10,000 a tick is a basis point.
    offset: i64,
    /// Until when it is dear or cheap.
    strays_until: i64,
    silent_until: i64,
    update: u64,
    /// The book misses a message and waits for a snapshot until then.
    hole_until: Option<i64>,
}

/// Rows of these legs, in order of time.
pub(crate) fn tape(seed: u64, legs: &[(InstrumentId, TopFeed)]) -> Vec<Event> {
    let mut draws = Draws::new(seed, 1);
    let leg = |&(id, feed)| Leg {
        id,
        feed,
        offset: 0,
        strays_until: 0,
        silent_until: 0,
        update: 0,
        hole_until: None,
    };
    let mut legs: Vec<Leg> = legs.iter().map(leg).collect();
    let (mut rows, mut middle, mut ms) = (Vec::new(), 10_000, FIRST_MS);
    let mut funded = 0;
    while ms < LAST_MS {
        ms += draws.within(5, 60);
        middle = (middle + draws.within(-1, 2)).clamp(9_950, 10_050);
        let at = draws.within(0, legs.len() as i64) as usize;
        let leg = &mut legs[at];
        leg.stray(ms, &mut draws);
        if ms < leg.silent_until {
            continue;
        }
        if leg.feed == TopFeed::Depth {
            rows.extend(leg.depth(ms, middle + leg.offset, &mut draws));
        } else {
            let (bid, spread) = (middle + leg.offset, draws.within(1, 3));
            let qty = draws.within(5, 120);
            rows.push(quote(ms, leg.id, (bid, qty), (bid + spread, qty)));
        }
        if leg.id == FUTURES && ms >= funded {
            funded = ms + 4_000;
            rows.push(funding(ms, &mut draws));
        }
    }
    rows
}

/// The rate of the settlement that is due next; one is every ten seconds.
fn funding(ms: i64, draws: &mut Draws) -> Event {
    Event {
        ts: Ts::from_nanos(ms * MS),
        body: Body::Funding(FundingRate {
            instrument: FUTURES,
            rate: Money::scaled(i128::from(draws.within(-40, 41)), 5).unwrap(),
            settles_at: Ts::from_nanos((ms.div_euclid(10_000) + 1) * 10_000 * MS),
        }),
    }
}

impl Leg {
    /// Now and then a leg strays from the others for some seconds, or is not heard of.
    fn stray(&mut self, ms: i64, draws: &mut Draws) {
        if ms >= self.strays_until {
            self.offset = 0;
            if draws.once_in(40) && ms < CALM_MS {
                self.offset = draws.within(20, 60) * draws.one_of(&[-1, 1]);
                self.strays_until = ms + draws.within(500, 4_000);
            }
        }
        if draws.once_in(250) && ms < CALM_MS {
            self.silent_until = ms + draws.within(1_000, 6_000);
        }
    }

    /// A message of both best levels, which takes the ones before away; now and then one is lost, and some time later a
    /// snapshot comes.
    fn depth(&mut self, ms: i64, bid: i64, draws: &mut Draws) -> Option<Event> {
        self.update += 1;
        let fresh = self.update == 1;
        let snapshot = fresh || self.hole_until.is_some_and(|until| ms >= until);
        if snapshot {
            self.hole_until = None;
        } else if self.hole_until.is_none() && draws.once_in(30) && ms < CALM_MS {
            self.hole_until = Some(ms + draws.within(300, 3_000));
            return None;
        }
        let level = |price: i64, qty: i64| Level {
            price: Price::new(price),
            qty: Qty::new(qty),
        };
        let (ask, qty) = (bid + draws.within(1, 3), draws.within(5, 120));
        let around = |best: i64| (best - 150..=best + 150).filter(move |price| *price != best);
        let gone = |best: i64| around(best).map(move |price| level(price, 0));
        let update = DepthUpdate {
            instrument: self.id,
            snapshot,
            first: self.update,
            last: self.update,
            prev: None,
            bids: gone(bid).chain([level(bid, qty)]).collect(),
            asks: gone(ask).chain([level(ask, qty)]).collect(),
        };
        Some(Event {
            ts: Ts::from_nanos(ms * MS),
            body: Body::Depth(Box::new(update)),
        })
    }
}
