//! Faults that wait for a partly filled order: what comes over a venue at any moment seldom finds one.

use onetape_core::event::{Body, OrderEventKind};
use onetape_core::fault::FaultKind;
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::InstrumentId;
use onetape_core::num::Qty;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};

use super::draw::Part;
use super::{Due, Faults, Scheduled};

/// One in so many of what is drawn by time waits.
const ONE_IN: u64 = 3;
/// It waits no longer than this, and then comes whatever it finds.
const PATIENCE: Span = Span::from_millis(20_000);

/// What waits.
#[derive(Debug)]
pub(super) struct Aimed {
    pub(super) it: Scheduled,
    pub(super) number: u64,
}

impl Faults {
    /// Has something that is drawn wait for an order that is filled in part. False when it comes at once.
    pub(super) fn waits(&mut self, it: &Scheduled, venue: usize, number: u64, at: Ts) -> bool {
        // Another rate is met when it is settled.
        let by_settlement = matches!(it.kind, FaultKind::FundingSpike | FaultKind::FundingFlip);
        if by_settlement || !self.is_aimed(it.kind, venue, number) {
            return false;
        }
        let it = it.clone();
        self.put(at + PATIENCE, Due::Strikes(it.kind, venue, number));
        self.aimed.push(Aimed { it, number });
        true
    }

    /// Whether something that is drawn is to meet an order that is filled in part.
    pub(super) fn is_aimed(&self, kind: FaultKind, venue: usize, number: u64) -> bool {
        let drawn = self.draw(kind, venue, Part::Aim, number);
        drawn.below(ONE_IN) == 0
    }

    /// The desk hears at this moment that an order was filled in part: what waits for that at its venue comes now.
    pub(super) fn aim(&mut self, news: &Body, now: Ts) {
        if self.aimed.is_empty() {
            return;
        }
        let Some(instrument) = self.filled_in_part(news) else {
            return;
        };
        let known = self.names.instrument(instrument);
        let (venue, is_future) = (known.venue, known.kind != InstrumentKind::Spot);
        let meets = |aimed: &&mut Aimed| {
            aimed.it.venue == venue && (is_future || aimed.it.kind != FaultKind::Deleverage)
        };
        let Some(aimed) = self.aimed.iter_mut().find(meets) else {
            return;
        };
        aimed.it.instrument = Some(instrument);
        let (kind, number) = (aimed.it.kind, aimed.number);
        if let Some(venue) = self.venues.iter().position(|known| *known == venue) {
            self.put(now, Due::Strikes(kind, venue, number));
        }
    }

    /// What of an order the desk knows to be filled in part is traded, by a fill that it hears of now.
    fn filled_in_part(&self, news: &Body) -> Option<InstrumentId> {
        let Body::Order(news) = news else {
            return None;
        };
        let OrderEventKind::Filled(fill) = &news.kind else {
            return None;
        };
        let track = self.tracks.get(&news.order)?;
        let more = track.under_way.len() > 1 || (!track.ended && track.filled < track.qty);
        (fill.qty < track.qty && more && !track.asked).then_some(track.instrument)
    }

    /// What waited, once.
    pub(super) fn take_aimed(
        &mut self,
        kind: FaultKind,
        venue: usize,
        number: u64,
    ) -> Option<Scheduled> {
        let venue = self.venues[venue];
        let same =
            |aimed: &Aimed| (aimed.it.kind, aimed.it.venue, aimed.number) == (kind, venue, number);
        let at = self.aimed.iter().position(same)?;
        Some(self.aimed.remove(at).it)
    }

    /// A cancel of a partly filled order arrives: what is told late of a fill needs one that the end of the order follows,
    /// so a part of the rest trades just before. How much of it.
    pub(super) fn late_part(
        &mut self,
        here: (usize, InstrumentId),
        at: Ts,
        (order, number): (OrderId, u64),
    ) -> Option<Qty> {
        let kind = FaultKind::LateFill;
        let track = self.tracks.get(&order)?;
        let left = track.qty - track.filled;
        if track.filled.is_zero() || track.withheld {
            return None;
        }
        let (venue, instrument) = here;
        let strike = self.strikes(kind, here, at, number)?;
        let part = self.part_of(venue, &strike, instrument, left);
        let armed = Scheduled {
            at,
            kind,
            venue: self.venues[venue],
            instrument: Some(instrument),
            duration: Some(self.length(kind, venue, &strike)),
            reason: None,
            size: None,
        };
        if part.is_some() {
            self.armed.push(armed);
        }
        part
    }
}
