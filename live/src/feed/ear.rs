//! What one connection's frames mean: market events, and what to do about the connection. No socket, no clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_adapters::counts::Unused;
use onetape_adapters::directory::Directory;
use onetape_adapters::feed::Feed;
use onetape_adapters::news::{MarketNews, News};
use onetape_adapters::protocol::Protocol;
use onetape_adapters::sync::{BookSync, SyncRule, SyncStep};
use onetape_core::event::{Body, DepthUpdate, FeedEvent, FeedNews};
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::time::Ts;

use super::outlet::Told;
use crate::connection::Heard;
use crate::net::Frame;
use crate::queue::Origin;
use crate::venue::SharedCounts;

/// Decimals of marks, indices and rates: as many as a catalogue keeps, so that what is recorded is what was seen.
const FINE_DECIMALS: u32 = 8;

/// What is to be done after something was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A book needs a snapshot.
    Snapshot(InstrumentId),
    /// Send this to the venue: it wants an answer.
    Send(String),
    /// Open the next connection now.
    Renew,
}

#[derive(Debug)]
struct Book {
    sync: BookSync,
    /// Somebody fetches a snapshot.
    asked: bool,
    /// A change waits for it.
    waits: bool,
    /// Another connection took over: its first changes may be known already.
    renewed: bool,
}

/// The state of one connection's market data.
#[derive(Debug)]
pub struct Ear {
    protocol: Protocol,
    directory: Arc<Directory>,
    counts: SharedCounts,
    /// By instrument: its feeds here, and whether this connection tells of its feed's state.
    feeds: BTreeMap<InstrumentId, Vec<Feed>>,
    leads: Vec<InstrumentId>,
    books: BTreeMap<InstrumentId, Book>,
    quoted: BTreeMap<InstrumentId, Ts>,
    interest: BTreeMap<InstrumentId, Ts>,
    news: Vec<News>,
    steps: Vec<DepthUpdate>,
    up: bool,
    gaps: u64,
    refused: Option<String>,
}

impl Ear {
    /// For a connection that is not up.
    pub const fn new(protocol: Protocol, directory: Arc<Directory>, counts: SharedCounts) -> Self {
        Self {
            protocol,
            directory,
            counts,
            feeds: BTreeMap::new(),
            leads: Vec::new(),
            books: BTreeMap::new(),
            quoted: BTreeMap::new(),
            interest: BTreeMap::new(),
            news: Vec::new(),
            steps: Vec::new(),
            up: false,
            gaps: 0,
            refused: None,
        }
    }

    /// True while the connection is up.
    pub const fn is_up(&self) -> bool {
        self.up
    }

    /// How often messages were missing.
    pub const fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The venue's words when it last refused a subscription.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Feeds here.
    pub(super) fn feeds(&self) -> impl Iterator<Item = Feed> + '_ {
        self.feeds.values().flatten().copied()
    }

    /// How many feeds are here.
    pub(super) fn len(&self) -> usize {
        self.feeds.values().map(Vec::len).sum()
    }

    /// True when an instrument has a feed here.
    pub(super) fn has(&self, id: InstrumentId) -> bool {
        self.feeds.contains_key(&id)
    }

    /// Expects a feed; with `leads`, its instrument's connects and losses are told from here.
    pub(super) fn add(&mut self, feed: Feed, leads: bool, at: Ts, out: &mut Vec<Told>) -> Vec<Due> {
        let Some(id) = feed.instrument() else {
            return Vec::new();
        };
        let all = self.feeds.entry(id).or_default();
        if all.contains(&feed) {
            return Vec::new();
        }
        all.push(feed);
        if leads && !self.leads.contains(&id) {
            self.leads.push(id);
            if self.up {
                out.push(state(id, FeedNews::Connected, at));
            }
        }
        if !matches!(feed, Feed::Depth(_)) {
            return Vec::new();
        }
        let sync = BookSync::new(self.protocol.sync());
        let book = Book {
            sync,
            asked: false,
            waits: false,
            renewed: false,
        };
        self.books.insert(id, book);
        self.needed(id).into_iter().collect()
    }

    /// Expects a feed no longer.
    pub(super) fn remove(&mut self, feed: Feed, at: Ts, out: &mut Vec<Told>) {
        let Some(id) = feed.instrument() else { return };
        let Some(all) = self.feeds.get_mut(&id) else {
            return;
        };
        all.retain(|it| *it != feed);
        if all.is_empty() {
            self.feeds.remove(&id);
            self.leads.retain(|it| *it != id);
            // Nobody will say when what was heard stops to hold.
            out.push(state(id, FeedNews::Disconnected, at));
        }
        if matches!(feed, Feed::Depth(_)) {
            self.books.remove(&id);
        }
    }

    /// The connection is up: everything begins anew.
    pub(super) fn went_up(&mut self, at: Ts, out: &mut Vec<Told>) -> Vec<Due> {
        self.up = true;
        self.tell_all(FeedNews::Connected, at, out);
        self.reset();
        let ids: Vec<InstrumentId> = self.books.keys().copied().collect();
        ids.into_iter().filter_map(|id| self.needed(id)).collect()
    }

    /// The connection is gone: nothing that it said holds.
    pub(super) fn went_down(&mut self, at: Ts, out: &mut Vec<Told>) {
        self.up = false;
        self.tell_all(FeedNews::Disconnected, at, out);
        self.reset();
    }

    /// Another connection took over.
    pub(super) fn renewed(&mut self) {
        self.books.values_mut().for_each(|book| book.renewed = true);
    }

    fn reset(&mut self) {
        for book in self.books.values_mut() {
            book.sync.reset();
            book.waits = false;
            book.renewed = false;
        }
    }

    fn tell_all(&self, news: FeedNews, at: Ts, out: &mut Vec<Told>) {
        out.extend(self.leads.iter().map(|id| state(*id, news, at)));
    }

    /// Reads a frame, and says what it is. What it holds is used by [`Ear::take`] or gone with the next frame.
    pub(super) fn hear(&mut self, frame: &Frame) -> Heard {
        let Self {
            protocol,
            directory,
            counts,
            news,
            ..
        } = self;
        news.clear();
        let read = counts.with(|counts| match frame {
            Frame::Text(text) => protocol.hear(text, directory, counts, news),
            Frame::Binary(bytes) => protocol.hear_bytes(bytes, directory, counts, news),
            _ => Ok(()),
        });
        if read.is_err() {
            // What stood before the fault in the same message was whole.
            counts.with(|counts| counts.add(Unused::Unsound, "a message of a stream"));
        }
        match self.news.iter().any(|it| matches!(it, News::Market(_))) {
            true => Heard::Data,
            false => Heard::Other,
        }
    }

    /// Uses what was read last, of the stream or of a connection that will take over it.
    pub(super) fn take(&mut self, at: Ts, of_stream: bool, out: &mut Vec<Told>) -> Vec<Due> {
        let mut due = Vec::new();
        let mut news = std::mem::take(&mut self.news);
        for it in news.drain(..) {
            match it {
                News::Market(told) if of_stream => due.extend(self.market(told, at, out)),
                News::Ping(text) => due.push(Due::Send(text)),
                News::Reconnect if of_stream => due.push(Due::Renew),
                News::Refused(_, words) => {
                    self.counts.with(|counts| {
                        counts.add(Unused::NotNeeded, "a subscription that was refused")
                    });
                    self.refused = Some(words.chars().take(200).collect());
                }
                _ => {}
            }
        }
        // The room is used again.
        self.news = news;
        due
    }

    fn market(&mut self, news: MarketNews, at: Ts, out: &mut Vec<Told>) -> Option<Due> {
        let MarketNews {
            body,
            ts_venue,
            id: number,
        } = news;
        let id = body.instrument()?;
        if !self.feeds.contains_key(&id) {
            self.counts
                .with(|counts| counts.add(Unused::OtherSymbol, "an instrument that is not wanted"));
            return None;
        }
        match body {
            Body::Depth(update) => self.depth(*update, ts_venue, at, out),
            body => {
                match body {
                    Body::Quote(_) => drop(self.quoted.insert(id, at)),
                    Body::OpenInterest(_) => drop(self.interest.insert(id, at)),
                    _ => {}
                }
                let origin = Origin {
                    ts_venue,
                    id: number,
                };
                out.push(told(fine(body), origin, at));
                None
            }
        }
    }

    /// Depth, of the stream or by REST. Tells the book's next step.
    fn depth(
        &mut self,
        update: DepthUpdate,
        ts_venue: Ts,
        at: Ts,
        out: &mut Vec<Told>,
    ) -> Option<Due> {
        let id = update.instrument;
        let rule = self.protocol.sync();
        let book = self.books.get_mut(&id)?;
        if !update.snapshot && book.renewed {
            let known = book.sync.last().is_some_and(|last| update.last <= last);
            if rule == SyncRule::Named && known {
                return None;
            }
            book.renewed = false;
        }
        self.steps.clear();
        let had = !book.sync.needs_snapshot();
        let step = book.sync.take(update, &mut self.steps);
        book.waits |= matches!(step, SyncStep::Wait | SyncStep::Resync(_));
        for step in self.steps.drain(..) {
            let origin = Origin { ts_venue, id: 0 };
            out.push(told(Body::Depth(Box::new(step)), origin, at));
        }
        match step {
            SyncStep::Apply => book.waits = false,
            SyncStep::Resync(_) if had => {
                self.gaps += 1;
                out.push(state(id, FeedNews::Gap, at));
            }
            _ => {}
        }
        self.needed(id)
    }

    /// A snapshot that came by REST. True when the book is whole again.
    pub(super) fn snapshot(&mut self, update: DepthUpdate, at: Ts, out: &mut Vec<Told>) -> bool {
        let id = update.instrument;
        let _ = self.depth(update, Ts::UNKNOWN, at, out);
        (self.books.get(&id)).is_none_or(|book| !book.sync.needs_snapshot())
    }

    /// Asks for a snapshot, where one is needed and nobody fetches it.
    fn needed(&mut self, id: InstrumentId) -> Option<Due> {
        let up = self.up;
        let book = self.books.get_mut(&id)?;
        let needed = up && book.sync.needs_snapshot() && !book.asked;
        needed.then(|| {
            book.asked = true;
            Due::Snapshot(id)
        })
    }

    /// What a snapshot waits for: `None` when it is needed no longer, otherwise whether a change waits for it.
    pub(super) fn awaits(&self, id: InstrumentId) -> Option<bool> {
        let book = self.books.get(&id)?;
        (self.up && book.sync.needs_snapshot()).then_some(book.waits)
    }

    /// Nobody fetches a snapshot any more. Asks again, where one is needed all the same.
    pub(super) fn fetched(&mut self, id: InstrumentId) -> Option<Due> {
        self.books.get_mut(&id)?.asked = false;
        self.needed(id)
    }

    /// Market data by REST, asked for at `asked`; what the stream told since is newer and stays.
    pub(super) fn by_rest(
        &mut self,
        news: Vec<MarketNews>,
        asked: Ts,
        at: Ts,
        out: &mut Vec<Told>,
    ) {
        for MarketNews {
            body,
            ts_venue,
            id: number,
        } in news
        {
            let Some(id) = body.instrument().filter(|id| self.has(*id)) else {
                continue;
            };
            let newer = |all: &BTreeMap<_, Ts>| all.get(&id).is_some_and(|heard| *heard >= asked);
            let passed = match body {
                Body::Quote(_) => newer(&self.quoted),
                Body::OpenInterest(_) => newer(&self.interest),
                _ => false,
            };
            if !passed {
                let origin = Origin {
                    ts_venue,
                    id: number,
                };
                out.push(told(fine(body), origin, at));
            }
        }
    }

    /// A whole book by REST, while there is no stream whose changes it had to fit.
    pub(super) fn book_by_rest(&self, book: DepthUpdate, at: Ts, out: &mut Vec<Told>) {
        if !self.up && self.books.contains_key(&book.instrument) {
            out.push(told(Body::Depth(Box::new(book)), Origin::default(), at));
        }
    }

    /// Whether a stream told open interest since.
    pub(super) fn told_interest(&self, id: InstrumentId, since: Ts) -> bool {
        self.interest.get(&id).is_some_and(|at| *at >= since)
    }
}

const fn told(body: Body, origin: Origin, received: Ts) -> Told {
    Told {
        received,
        origin,
        body,
    }
}

fn state(instrument: InstrumentId, state: FeedNews, at: Ts) -> Told {
    told(
        Body::Feed(FeedEvent { instrument, state }),
        Origin::default(),
        at,
    )
}

/// Marks and rates at the decimals that are kept.
fn fine(body: Body) -> Body {
    let cut = |amount: Money| {
        let decimal = amount.decimal();
        match decimal.scale() > FINE_DECIMALS {
            true => Money::new(decimal.round_dp(FINE_DECIMALS)),
            false => amount,
        }
    };
    match body {
        Body::Mark(mut mark) => {
            mark.mark = cut(mark.mark);
            mark.index = mark.index.map(cut);
            Body::Mark(mark)
        }
        Body::Funding(mut funding) => {
            funding.rate = cut(funding.rate);
            Body::Funding(funding)
        }
        other => other,
    }
}
