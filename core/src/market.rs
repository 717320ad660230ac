//! What everybody sees: tops of book, depth, prints, marks, funding, feed states. Depends on the feed alone and
//! is shared by every desk that sees that feed.

use alloc::vec::Vec;

use crate::book::{BookState, DepthBook};
use crate::event::{Bar, Body, Event, FeedNews, FundingRate, Level, Mark, Quote, Status, Trade};
use crate::fault::{FaultEvent, FaultKind, FaultPhase};
use crate::instrument::{Instrument, Side};
use crate::names::{InstrumentId, VenueId};
use crate::num::{Price, Qty};
use crate::planted::{Bug, planted};
use crate::time::{Span, Ts};

/// Which feed moves an instrument's top of book: one, never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopFeed {
    /// Quotes.
    Quote,
    /// The depth book.
    Depth,
    /// Candles: both sides stand at the last close.
    Bar,
}

crate::value!(
    enum TopFeed {
        Quote,
        Depth,
        Bar,
    }
);

/// Whether an instrument's top of book can be acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopState {
    /// Nothing was said yet, or the connection is gone.
    Missing,
    /// Good.
    Live,
    /// Messages are missing.
    Gapped,
    /// Bid at or above ask, or a side that is empty.
    Crossed,
}

crate::value!(
    enum TopState {
        Missing,
        Live,
        Gapped,
        Crossed,
    }
);

/// What is known of one instrument.
#[derive(Clone, Debug)]
pub struct InstrumentMarket {
    venue: VenueId,
    feed: TopFeed,
    /// What moves the top now: nothing while the feed is down.
    moved_by: Option<TopFeed>,
    top: Quote,
    state: TopState,
    updated: Ts,
    heard: Ts,
    depth: DepthBook,
    last_trade: Option<Trade>,
    mark: Option<Mark>,
    funding: Option<FundingRate>,
    status: Status,
    /// What the tape says of the status, and whether a fault halts it whatever that is.
    told: Status,
    barred: bool,
    turns: u32,
}

crate::state!(InstrumentMarket {
    moved_by, top, state, updated, heard, depth, last_trade, mark, funding, status, told, barred, turns
} fixed { venue, feed });

impl InstrumentMarket {
    fn new(instrument: &Instrument, feed: TopFeed) -> Self {
        let Instrument {
            id, venue, tick, ..
        } = *instrument;
        Self {
            venue,
            feed,
            moved_by: Some(feed),
            top: Quote {
                instrument: id,
                bid: Level::default(),
                ask: Level::default(),
            },
            state: TopState::Missing,
            updated: Ts::default(),
            heard: Ts::UNKNOWN,
            depth: DepthBook::new(tick),
            last_trade: None,
            mark: None,
            funding: None,
            status: Status::Trading,
            told: Status::Trading,
            barred: false,
            turns: 0,
        }
    }

    /// Becomes what another one is; books that nothing was told of are left as they are.
    fn copy_from(&mut self, source: &Self) {
        let Self {
            venue,
            feed,
            moved_by,
            top,
            state,
            updated,
            heard,
            depth,
            last_trade,
            mark,
            funding,
            status,
            told,
            barred,
            turns,
        } = source;
        if !(self.depth.is_untouched() && depth.is_untouched()) {
            self.depth.clone_from(depth);
        }
        (self.venue, self.feed, self.moved_by) = (*venue, *feed, *moved_by);
        (self.told, self.barred) = (*told, *barred);
        (self.top, self.state) = (*top, *state);
        (self.updated, self.status, self.turns) = (*updated, *status, *turns);
        self.heard = *heard;
        (self.last_trade, self.mark, self.funding) = (*last_trade, *mark, *funding);
    }

    /// A count of the changes of best prices, of whether they can be acted on, and of the status: while it stands, there
    /// is nothing new for those who look at no more. Changes that are none may be counted.
    #[inline]
    pub const fn turns(&self) -> u32 {
        self.turns
    }

    /// Puts a top and its state in place.
    #[inline]
    fn put(&mut self, state: TopState, bid: Level, ask: Level) {
        let same = state == self.state
            && bid.price == self.top.bid.price
            && ask.price == self.top.ask.price;
        self.turns = self.turns.wrapping_add(u32::from(!same));
        self.state = state;
        (self.top.bid, self.top.ask) = (bid, ask);
    }

    /// Puts a state in place that no top is told with: the last one is kept.
    fn put_state(&mut self, state: TopState) {
        self.put(state, self.top.bid, self.top.ask);
    }

    /// Best bid and ask, when they can be acted on.
    pub fn top(&self) -> Option<&Quote> {
        (self.state == TopState::Live).then_some(&self.top)
    }

    /// The level that an order of `side` would take first.
    pub fn touch(&self, side: Side) -> Option<Level> {
        self.top().map(|top| match side {
            Side::Buy => top.ask,
            Side::Sell => top.bid,
        })
    }

    /// What an order of `side` could take at `limit` or better, as far as the feed shows: the depth's levels, or
    /// the touch.
    pub fn available(&self, side: Side, limit: Price) -> Qty {
        let within = |level: &Level| match side {
            Side::Buy => level.price <= limit,
            Side::Sell => level.price >= limit,
        };
        match self.feed {
            TopFeed::Quote | TopFeed::Bar => self
                .touch(side)
                .filter(within)
                .map_or(Qty::ZERO, |level| level.qty),
            TopFeed::Depth if self.state == TopState::Live => {
                let levels = self.depth.taken_by(side).iter().take_while(within);
                levels.fold(Qty::ZERO, |sum, level| sum + level.qty)
            }
            TopFeed::Depth => Qty::ZERO,
        }
    }

    /// True when `event` moves this instrument's top of book.
    pub const fn is_moved_by(&self, event: &Body) -> bool {
        matches!(
            (self.feed, event),
            (TopFeed::Quote, Body::Quote(_))
                | (TopFeed::Depth, Body::Depth(_) | Body::Level(_))
                | (TopFeed::Bar, Body::Bar(_))
                | (_, Body::Feed(_))
        )
    }

    /// Whether the top can be acted on.
    pub const fn state(&self) -> TopState {
        self.state
    }

    /// Time since the top was last confirmed.
    pub const fn age(&self, now: Ts) -> Span {
        now.since(self.updated)
    }

    /// When the top was last confirmed.
    pub const fn updated(&self) -> Ts {
        self.updated
    }

    /// When its feed was heard last, whatever it said; [`Ts::UNKNOWN`] before.
    pub const fn heard(&self) -> Ts {
        self.heard
    }

    /// The depth book; empty unless the feed carries depth.
    pub const fn depth(&self) -> &DepthBook {
        &self.depth
    }

    /// Which feed moves the top.
    pub const fn feed(&self) -> TopFeed {
        self.feed
    }

    /// The last print.
    pub const fn last_trade(&self) -> Option<&Trade> {
        self.last_trade.as_ref()
    }

    /// The last mark.
    pub const fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// The running funding rate.
    pub const fn funding(&self) -> Option<&FundingRate> {
        self.funding.as_ref()
    }

    /// Whether it trades, as far as the feed tells.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The last top that could be acted on, however long ago: for valuing what is held, never for orders.
    pub fn last_top(&self) -> Option<&Quote> {
        (self.top.ask.price.mantissa() > 0).then_some(&self.top)
    }

    fn quote(&mut self, quote: &Quote, ts: Ts) {
        self.updated = ts;
        let sound = quote.bid.price < quote.ask.price
            && quote.bid.price.mantissa() > 0
            && quote.bid.qty > Qty::ZERO
            && quote.ask.qty > Qty::ZERO;
        if sound {
            self.put(TopState::Live, quote.bid, quote.ask);
        } else {
            self.put_state(TopState::Crossed);
        }
    }

    #[inline]
    fn take_top_from_depth(&mut self, ts: Ts) {
        self.updated = ts;
        match (self.depth.state(), self.depth.top()) {
            (BookState::Live, Some((bid, ask))) => self.put(TopState::Live, bid, ask),
            (BookState::Live, None) | (BookState::Crossed, _) => self.put_state(TopState::Crossed),
            (BookState::Syncing, _) => self.put_state(TopState::Missing),
            (BookState::Gapped, _) => self.put_state(TopState::Gapped),
        }
    }

    /// A candle shows one price: both sides stand at its close, with its volume, until the next one.
    fn bar(&mut self, bar: &Bar, ts: Ts) {
        self.updated = ts;
        let level = Level {
            price: bar.close,
            qty: bar.volume,
        };
        if bar.close.mantissa() > 0 {
            self.put(TopState::Live, level, level);
        } else {
            self.put_state(TopState::Crossed);
        }
    }

    /// Word of a settlement before the one that is awaited comes late and changes nothing.
    fn rate(&mut self, rate: &FundingRate) {
        let awaited = self.funding.map(|known| known.settles_at);
        if awaited <= Some(rate.settles_at) {
            self.funding = Some(*rate);
        }
    }

    fn set_status(&mut self, told: Status, barred: bool) {
        (self.told, self.barred) = (told, barred);
        self.status = if barred { Status::Halted } else { told };
        self.turns = self.turns.wrapping_add(1);
    }

    /// While a feed is down its messages move no top. The depth book is followed all the same: what it is when the
    /// feed is up again is what a snapshot then tells. Quotes and candles are known again with the next one.
    fn set_feed(&mut self, up: bool, ts: Ts) {
        self.moved_by = up.then_some(self.feed);
        if !up && planted(Bug::IgnoreFeedDown) {
            self.moved_by = Some(self.feed);
        } else if !up {
            self.put_state(TopState::Missing);
        } else if self.feed == TopFeed::Depth {
            self.take_top_from_depth(ts);
        }
    }

    fn feed_news(&mut self, news: FeedNews) {
        let (top, book) = match news {
            // Books are as whole as before.
            FeedNews::Conflated => return,
            FeedNews::Gap => (TopState::Gapped, BookState::Gapped),
            FeedNews::Connected | FeedNews::Disconnected => (TopState::Missing, BookState::Syncing),
        };
        self.depth.invalidate(book);
        self.put_state(top);
    }
}

/// The market half of the fold.
#[derive(Debug)]
pub struct Market {
    instruments: Vec<InstrumentMarket>,
}

crate::state!(Market {} each { instruments });

impl Clone for Market {
    fn clone(&self) -> Self {
        Self {
            instruments: self.instruments.clone(),
        }
    }

    // Desks of a sweep copy markets often.
    fn clone_from(&mut self, source: &Self) {
        if self.instruments.len() != source.instruments.len() {
            self.instruments.clone_from(&source.instruments);
            return;
        }
        for (known, source) in self.instruments.iter_mut().zip(&source.instruments) {
            known.copy_from(source);
        }
    }
}

impl Market {
    /// An empty market; `feeds` says for each instrument which feed moves its top.
    pub fn new(instruments: &[Instrument], feeds: &[TopFeed]) -> Self {
        let instruments = instruments
            .iter()
            .zip(feeds)
            .map(|(instrument, &feed)| InstrumentMarket::new(instrument, feed));
        Self {
            instruments: instruments.collect(),
        }
    }

    /// True when a copy of it takes much room: it has depth books.
    pub(crate) fn is_large(&self) -> bool {
        let mut instruments = self.instruments.iter();
        instruments.any(|known| known.depth.bids().len() + known.depth.asks().len() > 0)
    }

    /// True when an event moves the top of book of its instrument.
    pub fn is_moved_by(&self, event: &Body) -> bool {
        let instrument = event.instrument();
        instrument.is_some_and(|id| self.instrument(id).is_moved_by(event))
    }

    /// What is known of an instrument.
    pub fn instrument(&self, id: InstrumentId) -> &InstrumentMarket {
        &self.instruments[id.index()]
    }

    /// Folds an event in. Events that are not the market's change nothing. False when the instrument's top of book, its
    /// mark and whether it trades are surely what they were.
    #[inline(always)]
    pub fn apply(&mut self, event: &Event) -> bool {
        match &event.body {
            Body::Level(change) => {
                let known = &mut self.instruments[change.instrument.index()];
                let moves = known.depth.change(change);
                known.heard = event.ts;
                if known.moved_by != Some(TopFeed::Depth) {
                    return false;
                }
                known.updated = event.ts;
                if moves {
                    known.take_top_from_depth(event.ts);
                }
                moves
            }
            Body::Trade(trade) => {
                let known = &mut self.instruments[trade.instrument.index()];
                known.last_trade = Some(*trade);
                known.heard = event.ts;
                false
            }
            Body::Quote(quote) => {
                let known = &mut self.instruments[quote.instrument.index()];
                let moves = known.moved_by == Some(TopFeed::Quote);
                known.heard = event.ts;
                if moves {
                    known.quote(quote, event.ts);
                }
                moves
            }
            _ => {
                self.apply_other(event);
                true
            }
        }
    }

    #[inline(never)]
    fn apply_other(&mut self, event: &Event) {
        if let Some(id) = event.body.instrument()
            && !event.body.is_loss_of_feed()
        {
            self.instruments[id.index()].heard = event.ts;
        }
        match &event.body {
            Body::Depth(depth) => {
                let known = &mut self.instruments[depth.instrument.index()];
                known.depth.apply(depth);
                if known.moved_by == Some(TopFeed::Depth) {
                    known.take_top_from_depth(event.ts);
                }
            }
            Body::Mark(mark) => self.instruments[mark.instrument.index()].mark = Some(*mark),
            Body::Funding(rate) => self.instruments[rate.instrument.index()].rate(rate),
            Body::Feed(feed) => self.instruments[feed.instrument.index()].feed_news(feed.state),
            Body::Bar(bar) => {
                let known = &mut self.instruments[bar.instrument.index()];
                if known.moved_by == Some(TopFeed::Bar) {
                    known.bar(bar, event.ts);
                }
            }
            Body::Status(news) => {
                let known = &mut self.instruments[news.instrument.index()];
                known.set_status(news.status, known.barred);
            }
            Body::Fault(fault) => self.fault(fault, event.ts),
            Body::Level(_)
            | Body::Trade(_)
            | Body::Quote(_)
            | Body::OpenInterest(_)
            | Body::Order(_)
            | Body::Account(_)
            | Body::Timer(_)
            | Body::Control(_)
            | Body::Run(_)
            | Body::Notice(_) => {}
        }
    }

    /// What a fault does to what everybody sees.
    fn fault(&mut self, fault: &FaultEvent, ts: Ts) {
        let ends = fault.phase == FaultPhase::Ends;
        match (fault.kind, fault.instrument) {
            (FaultKind::FeedDown, _) => {
                let mut of_it = self.instruments.iter_mut();
                while let Some(known) = of_it.find(|known| known.venue == fault.venue) {
                    known.set_feed(ends, ts);
                }
            }
            (FaultKind::Halt, Some(id)) => {
                let known = &mut self.instruments[id.index()];
                known.set_status(known.told, !ends);
            }
            _ => {}
        }
    }

    /// The tops of every instrument that has a live one, by instrument.
    pub fn tops(&self) -> Vec<Quote> {
        self.instruments
            .iter()
            .filter_map(|known| known.top().copied())
            .collect()
    }
}

#[cfg(test)]
mod tests;
