//! What becomes of requests on their way to a venue and at its door.

use std::collections::{BTreeSet, VecDeque};

use onetape_core::command::{Place, TimeInForce};
use onetape_core::event::{Body, OrderEventKind, RejectReason};
use onetape_core::fault::FaultKind;
use onetape_core::instrument::Instrument;
use onetape_core::names::InstrumentId;
use onetape_core::num::Qty;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::draw::Part;
use super::{Doubt, Due, Faults, Strike, Track, word};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SentKind {
    /// A new order of so much.
    Place(Qty),
    /// The end of one.
    Cancel,
    /// A change of one.
    Amend(Qty),
}

/// A request that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) venue: usize,
    pub(crate) order: OrderId,
    pub(crate) instrument: InstrumentId,
    pub(crate) kind: SentKind,
    /// When it was sent, and how long it takes.
    pub(crate) now: Ts,
    pub(crate) way: Span,
}

/// What becomes of a request that arrives.
#[derive(Debug)]
pub(crate) enum Fate {
    /// The venue takes it as it takes any.
    Taken,
    /// It never arrives.
    Lost,
    /// The venue answers this and does nothing.
    Refused(Body),
    /// The venue takes it, and it gets no more than this.
    Cut(Qty),
    /// So much of the order trades just before.
    Raced(Qty),
}

/// The number of a cancel, which no order has: each cancel of one order has its own.
const fn cancel_number(order: OrderId, cancel: u32) -> u64 {
    1 << 63 | (order.n as u64) << 24 | (cancel & 0xff_ffff) as u64
}

impl Faults {
    /// A request was sent: before when it does not arrive.
    pub(crate) fn sent(&mut self, sent: &Sent) -> Ts {
        sent.now + self.way(sent)
    }

    fn way(&mut self, sent: &Sent) -> Span {
        let Sent {
            venue, order, now, ..
        } = *sent;
        let at = (venue, sent.instrument);
        let number = match sent.kind {
            SentKind::Place(qty) => {
                self.tracks.insert(order, Track::new(sent.instrument, qty));
                let timeout = Due::Timeout(order, Doubt::Silence);
                self.put(now + self.plan.unknown_after, timeout);
                u64::from(order.n)
            }
            SentKind::Amend(_) => return self.slowed(sent),
            SentKind::Cancel => {
                let track = self.tracks.get_mut(&order);
                let cancel = track.map_or(0, |track| count(&mut track.cancels_sent));
                let timeout = Due::Timeout(order, Doubt::Cancel(cancel));
                self.put(now + self.plan.unknown_after, timeout);
                cancel_number(order, cancel)
            }
        };
        let mut late = self.slowed(sent);
        if let Some(strike) = self.strikes(FaultKind::OrderDelayed, at, now, number) {
            self.note(now, FaultKind::OrderDelayed, venue, Some(order));
            let length = self.length(FaultKind::OrderDelayed, venue, &strike);
            late = Span::from_nanos(late.nanos().saturating_add(length.nanos()));
        }
        late
    }

    /// How long the way of a request is, to a venue that may be slow.
    fn slowed(&self, sent: &Sent) -> Span {
        let times = self.channels[sent.venue].slow.unwrap_or(1);
        Span::from_nanos(sent.way.nanos().saturating_mul(i64::from(times)))
    }

    /// A new order arrives.
    pub(crate) fn fate_of_place(&mut self, venue: usize, at: Ts, place: &Place) -> Fate {
        let (order, number) = (place.order, u64::from(place.order.n));
        let here = (venue, place.instrument);
        if self.tracks.get(&order).is_some_and(|track| track.void) {
            return Fate::Lost;
        }
        if self
            .strikes(FaultKind::OrderLost, here, at, number)
            .is_some()
        {
            self.note(at, FaultKind::OrderLost, venue, Some(order));
            return Fate::Lost;
        }
        if let Some(strike) = self.strikes(FaultKind::ServerError, here, at, number)
            && self.fails(venue, at, order, &strike)
        {
            return Fate::Lost;
        }
        if let Some(track) = self.tracks.get_mut(&order) {
            track.arrived = true;
        }
        if self.channels[venue].banned {
            self.note(at, FaultKind::Ban, venue, Some(order));
            let refused = OrderEventKind::Rejected(RejectReason::RateLimit);
            return Fate::Refused(word(order, refused));
        }
        if let Some(strike) = self.strikes(FaultKind::Reject, here, at, number) {
            self.note(at, FaultKind::Reject, venue, Some(order));
            let reason = self.reason(venue, &strike);
            return Fate::Refused(word(order, OrderEventKind::Rejected(reason)));
        }
        if matches!(place.time_in_force, TimeInForce::ImmediateOrCancel)
            && let Some(strike) = self.strikes(FaultKind::Partial, here, at, number)
            && let Some(most) = self.part_of(venue, &strike, place.instrument, place.qty)
        {
            self.note(at, FaultKind::Partial, venue, Some(order));
            return Fate::Cut(most);
        }
        Fate::Taken
    }

    /// The venue answers an order with an error of its own. True when it did not take it.
    fn fails(&mut self, venue: usize, at: Ts, order: OrderId, strike: &Strike) -> bool {
        self.note(at, FaultKind::ServerError, venue, Some(order));
        let drawn = self.draw(FaultKind::ServerError, venue, Part::Which, strike.number);
        let is_taken = match strike.scheduled.as_ref().and_then(|it| it.size) {
            Some(size) => !size.is_zero(),
            None => drawn.below(2) == 0,
        };
        if let Some(track) = self.tracks.get_mut(&order) {
            track.withheld = is_taken;
            if std::mem::replace(&mut track.asked, true) {
                // Who stopped waiting for the answer does not hear it, and asks already what became of the order.
                return !is_taken;
            }
        }
        let told = at + self.answers[venue];
        self.tell(told, word(order, OrderEventKind::Unknown));
        self.put(told + self.plan.query, Due::Query(order, Doubt::Silence));
        !is_taken
    }

    fn reason(&self, venue: usize, strike: &Strike) -> RejectReason {
        let given = strike.scheduled.as_ref().and_then(|it| it.reason);
        given.unwrap_or_else(|| {
            let drawn = self.draw(FaultKind::Reject, venue, Part::Which, strike.number);
            let all = RejectReason::ALL;
            all[drawn.below(all.len() as u64) as usize]
        })
    }

    /// A part of a quantity in whole lots, neither nothing nor all of it: as scheduled, or one time in four all but a
    /// lot, else anything. `None` where there is no such part.
    pub(super) fn part_of(
        &self,
        venue: usize,
        strike: &Strike,
        instrument: InstrumentId,
        qty: Qty,
    ) -> Option<Qty> {
        let lot = self.names.instrument(instrument).lot.mantissa().max(1);
        let lots = qty.mantissa() / lot;
        if lots < 2 {
            return None;
        }
        let given = strike.scheduled.as_ref().and_then(|it| it.size);
        let part = if let Some(part) = given {
            part_of_lots(lots, part)
        } else if self
            .draw(FaultKind::Partial, venue, Part::Which, strike.number)
            .below(4)
            == 0
        {
            lots - 1
        } else {
            let drawn = self.draw(FaultKind::Partial, venue, Part::Size, strike.number);
            1 + drawn.below((lots - 1) as u64) as i64
        };
        Some(Qty::new(part.clamp(1, lots - 1) * lot))
    }

    /// A cancel arrives.
    pub(crate) fn fate_of_cancel(&mut self, venue: usize, at: Ts, order: OrderId) -> Fate {
        let Some(track) = self.tracks.get_mut(&order) else {
            return Fate::Taken;
        };
        let number = cancel_number(order, count(&mut track.cancels_met));
        let (instrument, left, ended) = (track.instrument, track.qty - track.filled, track.ended);
        let here = (venue, instrument);
        if self
            .strikes(FaultKind::OrderLost, here, at, number)
            .is_some()
        {
            self.note(at, FaultKind::OrderLost, venue, Some(order));
            return Fate::Lost;
        }
        if ended {
            return Fate::Taken;
        }
        if self
            .strikes(FaultKind::CancelRefused, here, at, number)
            .is_some()
        {
            self.note(at, FaultKind::CancelRefused, venue, Some(order));
            return Fate::Refused(word(order, OrderEventKind::CancelRejected));
        }
        if let Some(part) = self.late_part(here, at, (order, number)) {
            return Fate::Raced(part);
        }
        if let Some(strike) = self.strikes(FaultKind::CancelRace, here, at, number) {
            self.note(at, FaultKind::CancelRace, venue, Some(order));
            let drawn = self.draw(FaultKind::CancelRace, venue, Part::Which, strike.number);
            let part = self.part_of(venue, &strike, instrument, left);
            // One time in two the cancel finds nothing any more.
            let whole = strike.scheduled.is_none() && drawn.below(2) == 0;
            return Fate::Raced(part.filter(|_| !whole).unwrap_or(left));
        }
        Fate::Taken
    }

    /// A change arrives.
    pub(crate) fn fate_of_amend(&mut self, venue: usize, at: Ts, order: OrderId) -> Fate {
        if !self.channels[venue].banned {
            return Fate::Taken;
        }
        self.note(at, FaultKind::Ban, venue, Some(order));
        let refused = OrderEventKind::AmendRejected(RejectReason::RateLimit);
        Fate::Refused(word(order, refused))
    }
}

/// The number of the next one.
const fn count(counted: &mut u32) -> u32 {
    let number = *counted;
    *counted = counted.wrapping_add(1);
    number
}

/// A part of so many lots, rounded down.
fn part_of_lots(lots: i64, part: Decimal) -> i64 {
    let part = Decimal::from(lots).checked_mul(part);
    part.and_then(|part| part.floor().to_i64()).unwrap_or(0)
}

/// A part of a position that a venue closes, in whole lots, at least one; all of it where that is less than a lot.
pub(crate) fn part_of_position(instrument: &Instrument, held: Qty, part: Decimal) -> Qty {
    let lot = instrument.lot.mantissa().max(1);
    let lots = held.abs().mantissa() / lot;
    if lots <= 1 || part >= Decimal::ONE {
        return held;
    }
    let closed = part_of_lots(lots, part).clamp(1, lots) * lot;
    Qty::new(if held < Qty::ZERO { -closed } else { closed })
}

impl Track {
    pub(super) const fn new(instrument: InstrumentId, qty: Qty) -> Self {
        Self {
            instrument,
            qty,
            filled: Qty::ZERO,
            words: 0,
            cancels_sent: 0,
            cancels_met: 0,
            arrived: false,
            void: false,
            ended: false,
            told: false,
            end_told: false,
            fills_told: (BTreeSet::new(), Qty::ZERO),
            cancels_told: 0,
            withheld: false,
            asked: false,
            missed: Vec::new(),
            under_way: VecDeque::new(),
        }
    }
}
