//! What becomes of a venue's words on their way to the desk.

use onetape_core::event::{AccountEvent, Body, OrderEvent, OrderEventKind};
use onetape_core::fault::FaultKind;
use onetape_core::names::InstrumentId;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};

use super::{Doubt, Due, Faults, Track};

/// How the rest of what was said is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How many times as long as usual.
    pub(crate) times: u32,
    /// And how much longer.
    pub(crate) late: Span,
}

impl Faults {
    /// A venue said something at a moment. What reaches the desk in the usual way stays in `said`.
    pub(crate) fn words(&mut self, venue: usize, at: Ts, said: &mut Vec<Body>) -> Pace {
        let follows = Follows::of(said);
        let mut kept = Vec::with_capacity(said.len());
        for body in said.drain(..) {
            match body {
                Body::Order(news) => {
                    if let Some(news) = self.word(venue, at, news, &follows) {
                        kept.push(Body::Order(news));
                    }
                }
                Body::Account(
                    AccountEvent::Liquidated { instrument, .. }
                    | AccountEvent::Deleveraged { instrument, .. },
                ) => {
                    // Who is told that a position was closed asks what else was done to it.
                    self.catch_up(instrument, &mut kept);
                    kept.push(body);
                }
                _ => kept.push(body),
            }
        }
        let channel = &mut self.channels[venue];
        let times = channel.slow.unwrap_or(1);
        if channel.down {
            channel.held.append(&mut kept);
        }
        *said = kept;
        let late = self.held_up(venue, at, said);
        Pace { times, late }
    }

    /// How long the answers of a moment are held up.
    fn held_up(&mut self, venue: usize, at: Ts, said: &[Body]) -> Span {
        let first = said.iter().find_map(|body| match body {
            Body::Order(news) => self
                .tracks
                .get(&news.order)
                .map(|track| (track.instrument, news.order)),
            _ => None,
        });
        let Some((instrument, order)) = first else {
            return Span::ZERO;
        };
        let number = self.channels[venue].sent;
        self.channels[venue].sent += 1;
        let kind = FaultKind::AnswerDelayed;
        match self.strikes(kind, (venue, instrument), at, number) {
            Some(strike) => {
                self.note(at, kind, venue, Some(order));
                self.length(kind, venue, &strike)
            }
            None => Span::ZERO,
        }
    }

    /// One word of an order; what is not given back is told later, or when somebody asks.
    fn word(
        &mut self,
        venue: usize,
        at: Ts,
        news: OrderEvent,
        follows: &Follows,
    ) -> Option<OrderEvent> {
        let order = news.order;
        let Some(track) = self.tracks.get_mut(&order) else {
            return Some(news);
        };
        let number = u64::from(order.n) << 12 | track.words.min(0xfff);
        track.follow(&news.kind);
        if track.withheld {
            track.missed.push(Body::Order(news));
            return None;
        }
        let here = (venue, track.instrument);
        let Some(kind) = self.loss(here, at, &news, number, follows) else {
            self.repeat(here, at, &news, number);
            if let Some(track) = self.tracks.get_mut(&order) {
                track.under_way.push_back(Body::Order(news.clone()));
            }
            return Some(news);
        };
        if let Some(track) = self.tracks.get_mut(&order) {
            track.missed.push(Body::Order(news));
        }
        self.put_off(venue, at, order, kind);
        None
    }

    /// The kind of fault, if any, by which a word does not arrive as it was said.
    fn loss(
        &mut self,
        here: (usize, InstrumentId),
        at: Ts,
        news: &OrderEvent,
        number: u64,
        follows: &Follows,
    ) -> Option<(FaultKind, super::Strike)> {
        let kinds: &[FaultKind] = match news.kind {
            OrderEventKind::Accepted if follows.more.contains(&news.order) => {
                &[FaultKind::ReplyLost, FaultKind::AckLost, FaultKind::Reorder]
            }
            OrderEventKind::Accepted => &[FaultKind::ReplyLost, FaultKind::AckLost],
            OrderEventKind::Filled(_) if follows.ends.contains(&news.order) => {
                &[FaultKind::FillLost, FaultKind::LateFill]
            }
            OrderEventKind::Filled(_) => &[FaultKind::FillLost],
            OrderEventKind::Cancelled => &[FaultKind::CancelAckLost],
            _ => &[],
        };
        kinds.iter().find_map(|&kind| {
            let strike = self.strikes(kind, here, at, number)?;
            Some((kind, strike))
        })
    }

    /// A word was not told: when it is, and what else is not.
    fn put_off(
        &mut self,
        venue: usize,
        at: Ts,
        order: OrderId,
        (kind, strike): (FaultKind, super::Strike),
    ) {
        self.note(at, kind, venue, Some(order));
        if matches!(kind, FaultKind::LateFill | FaultKind::Reorder) {
            let length = self.length(kind, venue, &strike);
            let after = at + self.answers[venue] + self.answers[venue];
            self.put(after + length, Due::Catch(order));
            return;
        }
        // What follows a lost fill says how much traded: it shows that one is missing, so it cannot be taken either.
        let withheld = matches!(kind, FaultKind::ReplyLost | FaultKind::FillLost);
        if let Some(track) = self.tracks.get_mut(&order) {
            track.withheld |= withheld;
        }
        let timeout = Due::Timeout(order, Doubt::Gap);
        self.put(at + self.plan.unknown_after, timeout);
    }

    /// A word that is told may be told again.
    fn repeat(&mut self, here: (usize, InstrumentId), at: Ts, news: &OrderEvent, number: u64) {
        let repeats = matches!(
            news.kind,
            OrderEventKind::Accepted
                | OrderEventKind::Filled(_)
                | OrderEventKind::Cancelled
                | OrderEventKind::Expired
        );
        if !repeats {
            return;
        }
        let (kind, venue) = (FaultKind::Duplicate, here.0);
        if let Some(strike) = self.strikes(kind, here, at, number) {
            let again = at + self.answers[venue] + self.length(kind, venue, &strike);
            self.note(again, kind, venue, Some(news.order));
            self.tell(again, Body::Order(news.clone()));
        }
    }

    /// Takes what was not told of the orders of an instrument.
    fn catch_up(&mut self, instrument: InstrumentId, kept: &mut Vec<Body>) {
        let of_it = |track: &&mut Track| track.instrument == instrument;
        for track in self.tracks.values_mut().filter(of_it) {
            track.withheld = false;
            kept.append(&mut track.missed);
        }
    }
}

impl Track {
    /// Takes note of what the desk hears of the order.
    pub(super) fn hear(&mut self, kind: &OrderEventKind) {
        match kind {
            OrderEventKind::Filled(fill) => {
                let (known, filled) = &mut self.fills_told;
                if known.insert(fill.trade_id) {
                    *filled += fill.qty;
                }
            }
            OrderEventKind::Cancelled | OrderEventKind::CancelRejected => self.cancels_told += 1,
            _ => {}
        }
        self.end_told |= is_last(kind) || self.fills_told.1 >= self.qty;
    }

    /// Takes note of what the venue says of the order.
    fn follow(&mut self, kind: &OrderEventKind) {
        self.words += 1;
        match kind {
            OrderEventKind::Filled(fill) => self.filled += fill.qty,
            OrderEventKind::Amended { qty, .. } => self.qty = *qty,
            _ => {}
        }
        self.ended |= is_last(kind) || self.filled >= self.qty;
    }
}

const fn is_last(kind: &OrderEventKind) -> bool {
    matches!(
        kind,
        OrderEventKind::Cancelled | OrderEventKind::Expired | OrderEventKind::Rejected(_)
    )
}

/// The orders of which something else than their acceptance is said at a moment, and their last word.
struct Follows {
    more: Vec<OrderId>,
    ends: Vec<OrderId>,
}

impl Follows {
    fn of(said: &[Body]) -> Self {
        let words = || {
            said.iter().filter_map(|body| match body {
                Body::Order(news) => Some(news),
                _ => None,
            })
        };
        let more = words().filter(|news| news.kind != OrderEventKind::Accepted);
        let ends = words().filter(|news| is_last(&news.kind));
        Self {
            more: more.map(|news| news.order).collect(),
            ends: ends.map(|news| news.order).collect(),
        }
    }
}
