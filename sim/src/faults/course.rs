//! What is due: things that come over venues and end, and what becomes of orders that nobody knows of.

use onetape_core::event::{AccountEvent, Body, OrderEventKind};
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::InstrumentId;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;

use super::draw::{Part, span_between};
use super::{Doubt, Due, Faults, Scheduled, Strike, word};

/// An hour, in millionths of which rates count.
const HOUR: i128 = 3_600_000_000_000;
/// The largest rate of a funding spike: 3 % of an interval.
const SPIKE_BPS: i64 = 300;
/// How many times slower a venue is, at most.
const SLOWEST: u64 = 50;

/// What is to be done now.
#[derive(Debug)]
pub(crate) enum Doing {
    /// Nothing after all.
    Nothing,
    /// The desk hears of this.
    Tell(Body),
    /// The same, and the venues see it too.
    Show(Body),
    /// The desk hears of this, and of what a venue said meanwhile, behind what is under way from there.
    Release {
        venue: usize,
        event: Body,
        held: Vec<Body>,
    },
    /// The venue closes a part of a position, of this instrument or of any.
    Deleverage {
        venue: usize,
        instrument: Option<InstrumentId>,
        part: Decimal,
        which: u64,
    },
    /// The next settlement of a venue is of another rate.
    Bend {
        venue: usize,
        instrument: Option<InstrumentId>,
        rate: Bend,
        which: u64,
        /// A resting order is filled in part just before.
        nudges: bool,
    },
}

/// Another rate than was told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bend {
    /// This one.
    To(Decimal),
    /// The same with the other sign.
    Flip,
}

impl Faults {
    /// Puts in what is scheduled, and the first of what is drawn by time.
    pub(crate) fn open(&mut self, first: Ts) {
        let mut scheduled = std::mem::take(&mut self.plan.at);
        scheduled.sort_by_key(|it| it.at);
        for it in scheduled {
            if it.kind.is_by_time() {
                self.put(it.at.max(first), Due::Comes(Box::new(it), None));
            } else {
                self.armed.push(it);
            }
        }
        for venue in 0..self.venues.len() {
            for kind in FaultKind::ALL.into_iter().filter(|kind| kind.is_by_time()) {
                self.draw_next(kind, venue, first, 0);
            }
        }
    }

    /// Puts in the next of what is drawn by time: after anything up to twice its mean distance.
    fn draw_next(&mut self, kind: FaultKind, venue: usize, after: Ts, number: u64) {
        let rate = i128::from(self.plan.rates.of(kind));
        if rate == 0 {
            return;
        }
        let most = (2 * HOUR * 1_000_000 / rate).min(i128::from(i64::MAX / 4)) as i64;
        let drawn = self.draw(kind, venue, Part::Comes, number);
        let distance = span_between(drawn, Span::from_nanos(1), Span::from_nanos(most));
        let at = after + distance;
        if self.plan.until.is_some_and(|until| at >= until) {
            return;
        }
        let it = Scheduled {
            at,
            kind,
            venue: self.venues[venue],
            instrument: None,
            duration: None,
            reason: None,
            size: None,
        };
        self.put(at, Due::Comes(Box::new(it), Some(number)));
    }

    /// Takes what is due next.
    pub(crate) fn pop(&mut self) -> Option<(Ts, Doing)> {
        let ((at, _), due) = self.due.pop_first()?;
        let at = Ts::from_nanos(at);
        let doing = match due {
            Due::Tell(body) => Doing::Tell(body),
            Due::Catch(order) => {
                self.catch(order, at);
                Doing::Nothing
            }
            Due::Timeout(order, doubt) => self.time_out(order, doubt, at),
            Due::Query(order, doubt) => {
                self.answer_query(order, doubt, at);
                Doing::Nothing
            }
            Due::Fence(order) => self.close_fence(order, at),
            Due::Comes(it, number) => self.come(*it, number, at),
            Due::Strikes(kind, venue, number) => match self.take_aimed(kind, venue, number) {
                Some(it) => self.strike(it, venue, Some(number), at),
                None => Doing::Nothing,
            },
            Due::Ends(kind, venue, instrument) => self.end(kind, venue, instrument, at),
        };
        Some((at, doing))
    }

    /// The desk is told what it missed of an order.
    fn catch(&mut self, order: OrderId, at: Ts) {
        let Some(track) = self.tracks.get_mut(&order) else {
            return;
        };
        track.withheld = false;
        track.told |= !track.missed.is_empty();
        for body in std::mem::take(&mut track.missed) {
            self.tell(at, body);
        }
    }

    fn time_out(&mut self, order: OrderId, doubt: Doubt, at: Ts) -> Doing {
        let Some(track) = self.tracks.get_mut(&order) else {
            return Doing::Nothing;
        };
        let doubtful = match doubt {
            Doubt::Silence => !track.told,
            Doubt::Gap => !track.missed.is_empty(),
            Doubt::Cancel(number) => !track.end_told && track.cancels_told <= number,
        };
        if !doubtful || track.asked {
            return Doing::Nothing;
        }
        track.asked = true;
        self.put(at + self.plan.query, Due::Query(order, doubt));
        Doing::Tell(word(order, OrderEventKind::Unknown))
    }

    /// What the venue knows of an order: what was missed of it, or, where it is not there, nothing until the fence.
    fn answer_query(&mut self, order: OrderId, doubt: Doubt, at: Ts) {
        let Some(track) = self.tracks.get_mut(&order) else {
            return;
        };
        // What is under way is known there too, and is told twice.
        track.missed.extend(track.under_way.iter().cloned());
        if !track.arrived {
            self.put(at + self.plan.fence, Due::Fence(order));
            return;
        }
        track.asked = false;
        let stands = matches!(doubt, Doubt::Cancel(_)) && !track.ended;
        self.catch(order, at);
        if stands {
            self.tell(at, word(order, OrderEventKind::Accepted));
            self.tell(at, word(order, OrderEventKind::CancelRejected));
        }
    }

    /// An order that is not at its venue by now never will be.
    fn close_fence(&mut self, order: OrderId, at: Ts) -> Doing {
        let Some(track) = self.tracks.get_mut(&order) else {
            return Doing::Nothing;
        };
        if track.arrived {
            track.asked = false;
            self.catch(order, at);
            return Doing::Nothing;
        }
        (track.void, track.ended, track.told) = (true, true, true);
        Doing::Tell(word(order, OrderEventKind::NotSent))
    }

    /// Something comes over a venue.
    fn come(&mut self, it: Scheduled, number: Option<u64>, at: Ts) -> Doing {
        let Some(venue) = self.venues.iter().position(|known| *known == it.venue) else {
            return Doing::Nothing;
        };
        if let Some(number) = number {
            self.draw_next(it.kind, venue, at, number + 1);
            if self.waits(&it, venue, number, at) {
                return Doing::Nothing;
            }
        }
        self.strike(it, venue, number, at)
    }

    fn strike(&mut self, it: Scheduled, venue: usize, number: Option<u64>, at: Ts) -> Doing {
        let (kind, instrument) = (it.kind, it.instrument);
        let strike = Strike {
            number: number.unwrap_or(u64::MAX),
            scheduled: number.is_none().then_some(it),
        };
        if kind.lasts() {
            return self.begin(kind, venue, instrument, &strike, at);
        }
        let which = self
            .draw(kind, venue, Part::Which, strike.number)
            .below(1 << 32);
        let size = strike.scheduled.as_ref().and_then(|it| it.size);
        let drawn = self.draw(kind, venue, Part::Size, strike.number);
        let rate = match kind {
            FaultKind::Deleverage => {
                // One time in two all of it.
                let percent = Decimal::new(1 + drawn.below(200) as i64, 2);
                return Doing::Deleverage {
                    venue,
                    instrument,
                    part: size.unwrap_or(percent).min(Decimal::ONE),
                    which,
                };
            }
            FaultKind::FundingSpike => {
                let bps = drawn.below(2 * SPIKE_BPS as u64 + 1) as i64 - SPIKE_BPS;
                Bend::To(size.unwrap_or(Decimal::new(bps, 4)))
            }
            _ => Bend::Flip,
        };
        let drawn = strike.scheduled.is_none();
        Doing::Bend {
            venue,
            instrument,
            rate,
            which,
            nudges: drawn && self.is_aimed(kind, venue, strike.number),
        }
    }

    /// Something that lasts begins, unless it goes on already.
    fn begin(
        &mut self,
        kind: FaultKind,
        venue: usize,
        instrument: Option<InstrumentId>,
        strike: &Strike,
        at: Ts,
    ) -> Doing {
        let running = self.due.values().any(
            |due| matches!(due, Due::Ends(known, place, _) if (*known, *place) == (kind, venue)),
        );
        let instrument = match kind {
            FaultKind::Halt => instrument.or_else(|| self.any_instrument(venue, strike)),
            _ => None,
        };
        if running || (kind == FaultKind::Halt && instrument.is_none()) {
            return Doing::Nothing;
        }
        let length = self.length(kind, venue, strike);
        let channel = &mut self.channels[venue];
        match kind {
            FaultKind::AccountDown => channel.down = true,
            FaultKind::Ban => channel.banned = true,
            FaultKind::Slow => {
                let given = strike.scheduled.as_ref().and_then(|it| it.size);
                let given = given.and_then(|times| u32::try_from(times).ok());
                let drawn = self.draw(kind, venue, Part::Size, strike.number);
                let drawn = 2 + drawn.below(SLOWEST - 1) as u32;
                self.channels[venue].slow = Some(given.unwrap_or(drawn).max(1));
            }
            _ => {}
        }
        self.put(at + length, Due::Ends(kind, venue, instrument));
        Doing::Show(self.event(kind, FaultPhase::Begins, venue, instrument))
    }

    fn any_instrument(&self, venue: usize, strike: &Strike) -> Option<InstrumentId> {
        let id = self.venues[venue];
        let of_it = self
            .names
            .instruments
            .iter()
            .filter(|known| known.venue == id);
        let ids: Vec<InstrumentId> = of_it.map(|known| known.id).collect();
        let drawn = self.draw(FaultKind::Halt, venue, Part::Which, strike.number);
        ids.get(drawn.below(ids.len() as u64) as usize).copied()
    }

    fn event(
        &self,
        kind: FaultKind,
        phase: FaultPhase,
        venue: usize,
        instrument: Option<InstrumentId>,
    ) -> Body {
        Body::Fault(FaultEvent {
            kind,
            phase,
            venue: self.venues[venue],
            instrument,
            order: None,
        })
    }

    fn end(
        &mut self,
        kind: FaultKind,
        venue: usize,
        instrument: Option<InstrumentId>,
        at: Ts,
    ) -> Doing {
        let channel = &mut self.channels[venue];
        match kind {
            FaultKind::AccountDown => {
                channel.down = false;
                let held = std::mem::take(&mut channel.held);
                return Doing::Release {
                    venue,
                    event: self.event(kind, FaultPhase::Ends, venue, None),
                    held: self.shuffled(venue, at, held),
                };
            }
            FaultKind::Ban => channel.banned = false,
            FaultKind::Slow => channel.slow = None,
            _ => {}
        }
        Doing::Show(self.event(kind, FaultPhase::Ends, venue, instrument))
    }

    /// What was held back, one order after the other in a drawn order; the words of each, and those of the account, stay
    /// as they were said.
    fn shuffled(&self, venue: usize, at: Ts, held: Vec<Body>) -> Vec<Body> {
        let key = |body: &Body| match body {
            Body::Order(news) => {
                let number = u64::from(news.order.n) ^ (at.nanos() as u64) << 8;
                self.draw(FaultKind::AccountDown, venue, Part::Which, number)
                    .below(1 << 32)
                    + 1
            }
            // What else befalls an account is told before the orders, as an account's own state is.
            _ => 0,
        };
        let closes = |body: &Body| {
            matches!(
                body,
                Body::Account(AccountEvent::Liquidated { .. } | AccountEvent::Deleveraged { .. })
            )
        };
        if held.iter().any(closes) {
            return held;
        }
        let mut keyed: Vec<(u64, Body)> = held.into_iter().map(|body| (key(&body), body)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        keyed.into_iter().map(|(_, body)| body).collect()
    }

    /// The futures of a venue, in the order of their ids.
    pub(crate) fn futures(&self, venue: usize) -> Vec<InstrumentId> {
        let id = self.venues[venue];
        let futures = self.names.instruments.iter();
        let futures =
            futures.filter(|known| known.venue == id && known.kind != InstrumentKind::Spot);
        futures.map(|known| known.id).collect()
    }
}
