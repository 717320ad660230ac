//! Books as their messages make them: how old each top is, and whether the chain of its depth messages holds.

use std::collections::BTreeMap;

use onetape_core::event::{Body, DepthUpdate, Event};
use onetape_core::fault::{FaultKind, FaultPhase};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use super::Checker;

/// Messages that are remembered while a snapshot is awaited.
const WAITING_MAX: usize = 4_096;

/// The update ids of a depth message: first, last, and the last of the one before where the venue tells it.
type Ids = (u64, u64, Option<u64>);

/// The chain of one book's messages.
#[derive(Clone, Debug, Default)]
struct Chain {
    whole: bool,
    last: u64,
    /// No message came since the snapshot.
    fresh: bool,
    waiting: Vec<Ids>,
}

impl Chain {
    fn take(&mut self, update: &DepthUpdate) {
        let ids = (update.first, update.last, update.prev);
        if !update.snapshot {
            return self.link(ids);
        }
        if self.whole && update.last < self.last {
            return;
        }
        (self.whole, self.last, self.fresh) = (true, update.last, true);
        for ids in std::mem::take(&mut self.waiting) {
            self.link(ids);
        }
    }

    fn link(&mut self, (first, last, prev): Ids) {
        if !self.whole {
            if self.waiting.len() == WAITING_MAX {
                self.waiting.remove(0);
            }
            return self.waiting.push((first, last, prev));
        }
        let old = match prev {
            Some(prev) if prev == self.last => false,
            Some(_) if self.fresh => last < self.last,
            _ => last <= self.last,
        };
        if old {
            return;
        }
        let next = match prev {
            Some(_) if self.fresh && first <= self.last => true,
            Some(prev) => prev == self.last,
            None => first <= self.last.saturating_add(1),
        };
        if next {
            (self.last, self.fresh) = (last, false);
        } else {
            self.whole = false;
            self.waiting.push((first, last, prev));
        }
    }
}

/// What the messages of all books came to.
#[derive(Clone, Debug)]
pub(super) struct Books {
    /// By instrument: when its top was told last.
    told: Vec<Option<Ts>>,
    /// Of those whose messages have update ids.
    chains: BTreeMap<InstrumentId, Chain>,
}

impl Books {
    pub(super) fn new(instruments: usize) -> Self {
        Self {
            told: vec![None; instruments],
            chains: BTreeMap::new(),
        }
    }

    /// When a top was told last.
    pub(super) fn told(&self, id: InstrumentId) -> Option<Ts> {
        self.told.get(id.index()).copied().flatten()
    }

    /// What is wrong with the chain of a book.
    pub(super) fn fault(&self, id: InstrumentId, feed: TopFeed) -> Option<&'static str> {
        let broken = self.chains.get(&id).is_some_and(|chain| !chain.whole);
        (feed == TopFeed::Depth && broken).then_some("a book with a hole in its messages")
    }
}

impl Checker {
    /// Takes a market event in, or what a fault does to what is seen.
    pub(super) fn see_market(&mut self, event: &Event, market: &Market) {
        match &event.body {
            Body::Depth(update) if update.is_chained() => {
                let chains = &mut self.books.chains;
                chains.entry(update.instrument).or_default().take(update);
            }
            Body::Feed(news) => {
                if let Some(chain) = self.books.chains.get_mut(&news.instrument) {
                    *chain = Chain::default();
                }
                return;
            }
            // What a depth book was told while nobody saw it is seen when its feed is up again.
            Body::Fault(fault)
                if fault.kind == FaultKind::FeedDown && fault.phase == FaultPhase::Ends =>
            {
                let of_it = self.names.instruments.iter();
                for known in of_it.filter(|known| known.venue == fault.venue) {
                    if market.instrument(known.id).feed() == TopFeed::Depth {
                        self.books.told[known.id.index()] = Some(event.ts);
                    }
                }
                return;
            }
            _ => {}
        }
        let Some(id) = event.body.instrument() else {
            return;
        };
        let venue = self.names.instrument(id).venue;
        if market.is_moved_by(&event.body) && !self.feeds_down.contains(&venue) {
            self.books.told[id.index()] = Some(event.ts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(messages: &[(bool, u64, u64, Option<u64>)]) -> bool {
        let mut chain = Chain::default();
        for &(snapshot, first, last, prev) in messages {
            chain.take(&DepthUpdate {
                instrument: InstrumentId(0),
                snapshot,
                first,
                last,
                prev,
                bids: Vec::new(),
                asks: Vec::new(),
            });
        }
        chain.whole
    }

    #[test]
    fn a_hole_breaks_a_chain_until_a_snapshot_closes_it() {
        let start = [(true, 5, 5, None), (false, 4, 6, None), (false, 7, 8, None)];
        assert!(chain(&start));
        assert!(!chain(&start[1..]), "nothing is known before a snapshot");
        let hole = [&start[..], &[(false, 10, 11, None)]].concat();
        assert!(!chain(&hole));
        assert!(chain(&[&hole[..], &[(true, 9, 9, None)]].concat()));
        assert!(!chain(&[&hole[..], &[(true, 8, 8, None)]].concat()));
        assert!(chain(&[&hole[..], &[(true, 12, 12, None)]].concat()));
    }

    #[test]
    fn futures_name_the_message_before() {
        let start = [
            (true, 5, 5, None),
            (false, 4, 6, Some(3)),
            (false, 7, 8, Some(6)),
        ];
        assert!(chain(&start));
        assert!(!chain(&[&start[..], &[(false, 9, 9, Some(7))]].concat()));
        assert!(
            chain(&[&start[..], &[(false, 7, 8, Some(6))]].concat()),
            "told twice"
        );
    }
}
