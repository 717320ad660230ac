//! Funding: when it is due, and who pays what.
//!
//! A rate is paid once, at its settlement, on the positions held then: before anything that arrives or happens at
//! that moment or later. A row that tells its rate only at its settlement, as files of past rates do, is paid as it
//! comes, before anybody can answer it.

use onetape_core::event::{AccountEvent, Body, FundingRate};
use onetape_core::fault::FaultKind;
use onetape_core::num::Money;
use onetape_core::time::Ts;

use super::{Floor, Venue};
use crate::faults::Bend;
use crate::fees::in_steps;
use crate::margin::{valuation, value_at};

/// The rate of an instrument's running interval, and the last settlement that was paid.
#[derive(Clone, Copy, Debug, Default)]
struct Interval {
    due: Option<FundingRate>,
    paid: Option<Ts>,
    /// The rate of the next settlement is another one than was told; true where it is to meet a partly filled order.
    bent: Option<(Bend, bool)>,
}

/// The running intervals of a venue's instruments.
#[derive(Clone, Debug)]
pub(super) struct Settlements {
    /// By instrument id.
    intervals: Vec<Interval>,
    /// The earliest settlement to come; [`Ts::MAX`] when none is known.
    next: Ts,
}

impl Settlements {
    /// Nothing is known yet.
    pub(super) fn new(instruments: usize) -> Self {
        Self {
            intervals: vec![Interval::default(); instruments],
            next: Ts::MAX,
        }
    }

    /// Takes what is due of an instrument out.
    fn take(&mut self, at: usize) -> Option<FundingRate> {
        let due = self.intervals[at].due.take()?;
        self.intervals[at].paid = Some(due.settles_at);
        self.find_next();
        Some(due)
    }

    /// Has the next settlement of an instrument be of another rate.
    pub(super) fn bend(&mut self, at: usize, rate: Bend, nudges: bool) {
        self.intervals[at].bent = Some((rate, nudges));
    }

    /// The rate that is paid: the one that was told, unless it is another one, and then by which fault.
    fn rate(&mut self, at: usize, told: Money) -> (Money, Option<FaultKind>) {
        match self.intervals[at].bent.take() {
            None => (told, None),
            Some((Bend::To(rate), _)) => (Money::new(rate), Some(FaultKind::FundingSpike)),
            Some((Bend::Flip, _)) => (-told, Some(FaultKind::FundingFlip)),
        }
    }

    fn find_next(&mut self) {
        let due = self.intervals.iter().filter_map(|interval| interval.due);
        let next = due.map(|rate| rate.settles_at).min();
        self.next = next.unwrap_or(Ts::MAX);
    }

    fn is_due(&self, at: usize, now: Ts) -> bool {
        self.intervals[at]
            .due
            .is_some_and(|rate| rate.settles_at <= now)
    }
}

impl Venue {
    /// Settles every funding that is due at or before `now`.
    pub(crate) fn settle_funding(&mut self, floor: Floor<'_>, now: Ts, out: &mut Vec<Body>) {
        if self.funding.next > now {
            return;
        }
        for at in 0..self.funding.intervals.len() {
            if self.funding.is_due(at, now) {
                self.settle(floor, at, out);
            }
        }
        self.guard(floor, out);
        self.report(out);
    }

    /// Learns the running rates after a time in which nothing was shown here, because nothing could matter.
    pub(crate) fn catch_up(&mut self, floor: Floor<'_>) {
        let mut said = Vec::new();
        for instrument in &floor.names.instruments {
            let rate = floor.market.instrument(instrument.id).funding();
            if let Some(rate) = rate.filter(|_| instrument.venue == self.config.venue) {
                self.new_rate(floor, *rate, floor.now, &mut said);
            }
        }
        debug_assert!(said.is_empty(), "nothing is held here: {said:?}");
    }

    /// True when no funding is due up to a moment.
    pub(super) fn funding_after(&self, until: Ts) -> bool {
        self.funding.next > until || self.funding.next == Ts::MAX
    }

    /// When the next funding is due, at the venue's own time; [`Ts::MAX`] when none is known.
    pub(crate) const fn next_funding(&self) -> Ts {
        self.funding.next
    }

    /// Takes a rate in that the desk will hear of at `ts`. A rate for a later settlement means that the earlier one
    /// is past; one for a settlement that was paid, or that comes before the one that is awaited, is no news.
    pub(super) fn new_rate(
        &mut self,
        floor: Floor<'_>,
        rate: FundingRate,
        ts: Ts,
        out: &mut Vec<Body>,
    ) {
        let at = rate.instrument.index();
        let Interval { due, paid, .. } = self.funding.intervals[at];
        let awaited = due.map(|known| known.settles_at);
        if paid.max(awaited.filter(|awaited| *awaited > rate.settles_at)) >= Some(rate.settles_at) {
            return;
        }
        if awaited.is_some_and(|awaited| awaited < rate.settles_at) {
            self.settle(floor, at, out);
        }
        self.funding.intervals[at].due = Some(rate);
        self.funding.find_next();
        // With the longest feed delay it is surely due; what may not be waits for the venue's own time.
        if rate.settles_at <= ts - self.config.latency.feed.most() {
            self.settle(floor, at, out);
        }
    }

    /// Pays or charges value times rate: longs pay when the rate is positive. The value is quantity times mark, of
    /// inverse contracts their quote value over the mark, in base.
    fn settle(&mut self, floor: Floor<'_>, at: usize, out: &mut Vec<Body>) {
        let Some(due) = self.funding.take(at) else {
            return;
        };
        let instrument = floor.names.instrument(due.instrument);
        if let Some((_, true)) = self.funding.intervals[at].bent {
            self.nudge(floor, due.instrument, out);
        }
        let position = self.account.position(due.instrument);
        let Some(price) = valuation(floor.market, instrument) else {
            return;
        };
        if position.qty.is_zero() {
            return;
        }
        let (rate, bent) = self.funding.rate(at, due.rate);
        if let Some(kind) = bent {
            out.push(self.injected(kind, due.instrument));
        }
        let value = value_at(instrument, position.qty.abs(), price).abs();
        let paid = in_steps(value.times(rate.decimal()));
        let is_long = position.qty.mantissa() > 0;
        let amount = if is_long { -paid } else { paid };
        self.account.fund(instrument, amount);
        out.push(Body::Account(AccountEvent::Funding {
            instrument: due.instrument,
            amount,
            rate,
        }));
    }
}
