//! Market messages drawn together: fewer of them, with which a market ends up the same.
//!
//! Of quotes, marks, open interest, statuses, candles of a length and prints the last one counts, of funding rates the one
//! for the latest settlement. Depth changes that follow each other become one. News of a feed make what books were told
//! before them moot. Of an instrument a message stands where the first of its kind stood, so that none waits for ever.
//!
//! Before the first message of an instrument of which something was drawn together stands `Feed(Conflated)`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use onetape_core::event::{Body, DepthUpdate, FeedEvent, FeedNews};
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use super::depth::{join, plain, replaces};
use super::{Arrival, Origin};

/// Depth messages of an instrument that do not fit each other; with more, messages are missing and a snapshot is needed.
const DEPTH_MAX: usize = 8;

/// What is replaced by the next of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Quote,
    Trade,
    Mark,
    Funding,
    OpenInterest,
    Status,
    Bar(i64),
    Connected,
    Disconnected,
    Gap,
}

/// Draws messages together. Returns them, and how many fewer there are, not counting what says so.
pub fn conflate(waiting: impl IntoIterator<Item = Arrival>) -> (VecDeque<Arrival>, u64) {
    let mut fold = Fold::default();
    for arrival in waiting {
        fold.take(arrival);
    }
    fold.told()
}

#[derive(Default)]
struct Fold {
    slots: Vec<Option<Arrival>>,
    places: BTreeMap<(InstrumentId, Kind), usize>,
    depths: BTreeMap<InstrumentId, Vec<usize>>,
    touched: BTreeSet<InstrumentId>,
    drawn: u64,
}

impl Fold {
    fn take(&mut self, arrival: Arrival) {
        let Some(id) = arrival.body.instrument() else {
            return self.slots.push(Some(arrival));
        };
        let kind = match &arrival.body {
            Body::Feed(news) => return self.news(id, news.state, arrival),
            Body::Depth(_) | Body::Level(_) => return self.depth(id, arrival),
            Body::Quote(_) => Kind::Quote,
            Body::Trade(_) => Kind::Trade,
            Body::Mark(_) => Kind::Mark,
            Body::Funding(_) => Kind::Funding,
            Body::OpenInterest(_) => Kind::OpenInterest,
            Body::Status(_) => Kind::Status,
            Body::Bar(bar) => Kind::Bar(bar.span.nanos()),
            // Not the market's.
            _ => return self.slots.push(Some(arrival)),
        };
        self.last_counts(id, kind, arrival);
    }

    fn last_counts(&mut self, id: InstrumentId, kind: Kind, arrival: Arrival) {
        let Some(&at) = self.places.get(&(id, kind)) else {
            self.places.insert((id, kind), self.slots.len());
            return self.slots.push(Some(arrival));
        };
        self.note(id);
        let Some(before) = &mut self.slots[at] else {
            return;
        };
        if is_behind(&arrival.body, &before.body) {
            before.received = arrival.received;
        } else {
            *before = arrival;
        }
    }

    fn news(&mut self, id: InstrumentId, state: FeedNews, arrival: Arrival) {
        let (own, moot) = match state {
            FeedNews::Conflated => {
                self.touched.insert(id);
                return;
            }
            FeedNews::Disconnected => (
                Kind::Disconnected,
                &[Kind::Disconnected, Kind::Connected, Kind::Gap][..],
            ),
            FeedNews::Connected => (Kind::Connected, &[Kind::Connected, Kind::Gap][..]),
            FeedNews::Gap => (Kind::Gap, &[Kind::Gap][..]),
        };
        for kind in [Kind::Quote, Kind::Trade].iter().chain(moot) {
            if let Some(at) = self.places.remove(&(id, *kind)) {
                self.clear(id, at);
            }
        }
        for at in self.depths.remove(&id).unwrap_or_default() {
            self.clear(id, at);
        }
        self.places.insert((id, own), self.slots.len());
        self.slots.push(Some(arrival));
    }

    fn depth(&mut self, id: InstrumentId, arrival: Arrival) {
        let (received, origin) = (arrival.received, arrival.origin);
        let Some(update) = plain(&arrival.body) else {
            return;
        };
        if update.snapshot {
            let all = self.depths.remove(&id).unwrap_or_default();
            let (moot, kept) = all.into_iter().partition(|&at| self.is_moot(at, &update));
            self.depths.insert(id, kept);
            let moot: Vec<usize> = moot;
            moot.into_iter().for_each(|at| self.clear(id, at));
        } else if self.joined(id, received, origin, &update) {
            return self.note(id);
        }
        let all = self.depths.entry(id).or_default();
        if all.len() < DEPTH_MAX {
            all.push(self.slots.len());
            return self.slots.push(Some(arrival));
        }
        self.note(id);
        let state = FeedNews::Gap;
        let body = Body::Feed(FeedEvent {
            instrument: id,
            state,
        });
        self.news(id, state, Arrival::own(received, body));
    }

    /// Whether a snapshot makes the depth message in a slot moot.
    fn is_moot(&self, at: usize, snapshot: &DepthUpdate) -> bool {
        let before = self.slots[at]
            .as_ref()
            .and_then(|before| plain(&before.body));
        before.is_some_and(|before| replaces(snapshot, &before))
    }

    /// Draws changes into the last depth message, where they follow it.
    fn joined(
        &mut self,
        id: InstrumentId,
        received: Ts,
        origin: Origin,
        update: &DepthUpdate,
    ) -> bool {
        let last = self.depths.get(&id).and_then(|all| all.last());
        let Some(before) = last.and_then(|at| self.slots[*at].as_mut()) else {
            return false;
        };
        let joined = plain(&before.body).and_then(|known| join(&known, update));
        let Some(joined) = joined else {
            return false;
        };
        before.body = Body::Depth(Box::new(joined));
        (before.received, before.origin) = (received, origin);
        true
    }

    fn clear(&mut self, id: InstrumentId, at: usize) {
        if self.slots[at].take().is_some() {
            self.note(id);
        }
    }

    fn note(&mut self, id: InstrumentId) {
        self.touched.insert(id);
        self.drawn += 1;
    }

    fn told(mut self) -> (VecDeque<Arrival>, u64) {
        let mut told = VecDeque::with_capacity(self.slots.len());
        for arrival in self.slots.into_iter().flatten() {
            let id = arrival.body.instrument();
            if let Some(instrument) = id.filter(|id| self.touched.remove(id)) {
                let state = FeedNews::Conflated;
                let body = Body::Feed(FeedEvent { instrument, state });
                told.push_back(Arrival::own(arrival.received, body));
            }
            told.push_back(arrival);
        }
        (told, self.drawn)
    }
}

/// Whether what came is older news than what waits: rates may be told for a settlement that is past.
fn is_behind(new: &Body, old: &Body) -> bool {
    match (new, old) {
        (Body::Funding(new), Body::Funding(old)) => new.settles_at < old.settles_at,
        _ => false,
    }
}
