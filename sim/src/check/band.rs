//! The net base delta of each task, against what cannot be traded.

use std::collections::BTreeSet;
use std::sync::Arc;

use onetape_core::event::Seq;
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::Market;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::Qty;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;

use super::Checker;

/// A stretch outside of a band that a task came back from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Whose.
    pub task: TaskId,
    /// Its end.
    pub until: Ts,
    /// All of it.
    pub whole: Span,
    /// What of it no ban, halt, slowness or lost connection at a venue of its legs fell in: the time in which the task
    /// could mend.
    pub open: Span,
    /// Faults that met the orders of its trip by then or held them up, twice where they did for more than a second, and
    /// closings of a position by its venue.
    pub faults: u32,
}

impl Outside {
    /// True after a single fault of an order or of the word of one, with every venue open all the time.
    pub const fn is_of_one_fault(&self) -> bool {
        self.faults == 1 && self.open.nanos() == self.whole.nanos()
    }
}

/// What shuts a venue, or one instrument there.
pub(super) type Shut = (FaultKind, VenueId, Option<InstrumentId>);

/// A part of what is held that is no imbalance: one thousandth.
const RELATIVE: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

/// What of a task is to balance.
#[derive(Clone, Debug, Default)]
pub struct Balanced {
    /// Its instruments; one alone has no balance to keep.
    pub legs: Vec<InstrumentId>,
    /// How far apart they may be by its own rule, in base units.
    pub tolerance: Decimal,
}

impl From<Vec<InstrumentId>> for Balanced {
    /// Legs that have to balance to what can be traded.
    fn from(legs: Vec<InstrumentId>) -> Self {
        let tolerance = Decimal::ZERO;
        Self { legs, tolerance }
    }
}

/// The balance of one task.
#[derive(Clone, Debug)]
pub(super) struct Band {
    legs: Vec<InstrumentId>,
    tolerance: Decimal,
    /// The one asset that all legs are of, where there is one.
    base: Option<AssetId>,
    /// Outside of its band since.
    pub(super) since: Option<Ts>,
    /// Until when the time outside in which every venue of the legs was open is counted, and that time.
    counted: (Ts, Span),
    /// Its last trip, and the faults that met its orders.
    trip: (u32, u32),
    /// Orders whose being held up is counted among those.
    pub(super) behind: BTreeSet<OrderId>,
    /// Words to people.
    pub(super) alerts: u64,
    /// Somebody else may hold what its fills made, since a venue closed a part of what several hold.
    pub(super) unclear: bool,
    /// When a spot leg began to move, while it does and nothing but it may trade.
    pub(super) moves_since: Option<Ts>,
    /// How long it may be outside before people are told, where that is known.
    pub(super) patience: Option<Span>,
}

impl Band {
    pub(super) fn new(names: &Arc<Names>, task: Balanced) -> Self {
        let Balanced { legs, tolerance } = task;
        let mut bases = legs.iter().map(|id| names.instrument(*id).base);
        let first = bases.next();
        let base = first.filter(|base| legs.len() > 1 && bases.all(|other| other == *base));
        Self {
            legs,
            tolerance,
            base,
            since: None,
            counted: (Ts::default(), Span::ZERO),
            trip: (0, 0),
            behind: BTreeSet::new(),
            alerts: 0,
            unclear: false,
            moves_since: None,
            patience: None,
        }
    }

    /// A fault met its orders.
    pub(super) const fn meet(&mut self) {
        self.trip.1 += 1;
    }

    /// True where there is a balance to keep: of two legs or more in one asset.
    pub(super) const fn is_kept(&self) -> bool {
        self.base.is_some()
    }
}

impl Checker {
    /// Signed base exposure of a quantity, at the last price that was known.
    pub(super) fn base_of(&self, id: InstrumentId, qty: Qty, market: &Market) -> Decimal {
        let instrument = self.names.instrument(id);
        match (instrument.kind, market.instrument(id).last_top()) {
            (InstrumentKind::Spot | InstrumentKind::Linear, _) => instrument.qty_decimal(qty),
            (InstrumentKind::Inverse, Some(top)) => {
                instrument.base_value(top.ask.price, qty).decimal()
            }
            (InstrumentKind::Inverse, None) => Decimal::ZERO,
        }
    }

    /// The net delta of a task in base units, and how much of it is none: what no leg can trade, a thousandth of what is
    /// held, or what its own rule leaves alone.
    pub(super) fn delta(&self, task: TaskId, market: &Market) -> (Decimal, Decimal) {
        let (mut net, mut gross, mut least) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        let Some(band) = self.tasks.get(task.index()) else {
            return (net, least);
        };
        for &id in &band.legs {
            let held = self.held.get(&(task, id)).map(|position| position.qty);
            let base = held.map_or(Decimal::ZERO, |qty| self.base_of(id, qty, market));
            net += base;
            gross += base.abs();
            least = least.max(self.least_of(self.names.instrument(id), market));
        }
        let relative = gross.saturating_mul(RELATIVE);
        (net, least.max(relative).max(band.tolerance))
    }

    /// The least that can be traded of an instrument, and a lot, in base units.
    fn least_of(&self, instrument: &Instrument, market: &Market) -> Decimal {
        let qty = instrument.min_qty.max(instrument.lot);
        let lot = self.base_of(instrument.id, instrument.lot, market).abs();
        let by_qty = self.base_of(instrument.id, qty, market).abs();
        let top = market.instrument(instrument.id).last_top();
        let price = top.map_or(Decimal::ZERO, |top| instrument.price_decimal(top.bid.price));
        let by_value = instrument.min_notional.decimal().checked_div(price);
        by_qty.max(by_value.unwrap_or(Decimal::ZERO)) + lot
    }

    pub(super) fn is_outside(&self, task: TaskId, market: &Market) -> bool {
        let (delta, width) = self.delta(task, market);
        delta.abs() > width
    }

    /// An order of a task's trip leaves: with a new trip the faults are counted anew.
    pub(super) fn on_trip(&mut self, task: TaskId, trip: u32) {
        if let Some(band) = self.tasks.get_mut(task.index())
            && band.trip.0 != trip
            && band.since.is_none()
        {
            band.trip = (trip, 0);
            band.behind.clear();
        }
    }

    /// A fault met an order of a task.
    pub(super) fn on_met(&mut self, task: TaskId) {
        if let Some(band) = self.tasks.get_mut(task.index()) {
            band.meet();
        }
    }

    /// Takes in that a fault which lasts begins or ends. Before that, the time of what was open until now is counted.
    pub(super) fn shut(&mut self, now: Ts, fault: &FaultEvent) {
        for task in 0..self.tasks.len() {
            self.count_open(TaskId(task as u16), now);
        }
        let place = (fault.kind, fault.venue, fault.instrument);
        match fault.phase {
            FaultPhase::Begins => self.shut.push(place),
            FaultPhase::Ends => self.shut.retain(|known| *known != place),
            FaultPhase::Once => {}
        }
    }

    /// True while nothing that lasts keeps a task from trading one of its legs, or from hearing of it.
    fn is_open(&self, legs: &[InstrumentId]) -> bool {
        let shuts = |&(_, venue, instrument): &Shut, id: InstrumentId| {
            self.names.instrument(id).venue == venue && instrument.is_none_or(|only| only == id)
        };
        !legs
            .iter()
            .any(|&id| self.shut.iter().any(|place| shuts(place, id)))
    }

    /// Counts the time outside up to now as time in which the task could mend, if it could.
    fn count_open(&mut self, task: TaskId, now: Ts) {
        let band = &self.tasks[task.index()];
        let open = band.since.is_some() && self.is_open(&band.legs);
        let (until, _) = band.counted;
        let band = &mut self.tasks[task.index()];
        if open {
            let open = band.counted.1.nanos() + now.since(until).nanos();
            band.counted.1 = Span::from_nanos(open);
        }
        band.counted.0 = now;
    }

    /// Looks where a task's delta is, and how long it has been there.
    pub(super) fn weigh(&mut self, task: TaskId, (seq, now): (Seq, Ts), market: &Market) {
        let kept = self.tasks.get(task.index()).is_some_and(Band::is_kept);
        if !kept {
            return;
        }
        let outside = self.is_outside(task, market);
        self.judge_patience(task, (seq, now), outside);
        let ends = self.tasks[task.index()].since.is_some() && !outside;
        if ends {
            self.count_open(task, now);
        }
        let band = &mut self.tasks[task.index()];
        match (band.since, outside) {
            (None, true) => (band.since, band.counted) = (Some(now), (now, Span::ZERO)),
            (Some(since), false) => {
                band.since = None;
                self.found.outside.push(Outside {
                    task,
                    until: now,
                    whole: now.since(since),
                    open: band.counted.1,
                    faults: band.trip.1,
                });
            }
            _ => {}
        }
    }
}
