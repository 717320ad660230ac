//! A round trip while it is open: how far its legs are apart, since when, and what the market showed then.

use onetape_core::instrument::Instrument;
use onetape_core::names::AssetId;
use onetape_core::num::Money;
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::tops::Tops;
use crate::fold::price::{Halves, exposure};
use crate::fold::sparse::{less, plus};

/// Part of the largest side below which legs count as hedged: 1 %.
const HEDGED: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// The fill that set the legs apart.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) leg: u8,
    pub(super) at: Ts,
    pub(super) tops: Tops,
}

/// What came of the time that legs were apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::fold) struct Apart {
    /// Value times seconds that was not hedged.
    pub(in crate::fold) value_s: f64,
    /// Largest value that was not hedged.
    pub(in crate::fold) most: f64,
    /// Seconds that something was not hedged.
    pub(in crate::fold) seconds: f64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    /// What the market showed when the last order was decided on that did not answer a fill.
    pub(super) base: Tops,
    pub(super) opened: Option<Opened>,
    /// Legs that an order was sent for.
    pub(super) sent: Vec<u8>,
    /// Legs with a fill, and their exposure in base units.
    filled: Vec<(u8, Money)>,
    asset: Option<AssetId>,
    /// Legs of several base assets do not hedge each other one to one.
    mixed: bool,
    peak: Money,
    /// Value that legs are apart by since the last fill.
    apart_by: f64,
    since: Ts,
    pub(super) apart: Apart,
    /// Legs were hedged once.
    pub(super) complete: bool,
    /// The least value that stood at the touch of an entry's leg, while each is known.
    touch: Option<f64>,
    touch_unknown: bool,
}

impl Live {
    pub(super) fn sends(&mut self, leg: u8) {
        if !self.sent.contains(&leg) {
            self.sent.push(leg);
        }
    }

    /// An entry is meant for a touch of this value.
    pub(super) fn sees_touch(&mut self, value: Option<f64>) {
        match value {
            Some(value) => self.touch = Some(self.touch.map_or(value, |least| least.min(value))),
            None => self.touch_unknown = true,
        }
    }

    /// The least value at the touches that the entry was meant for.
    pub(super) fn touch(&self) -> Option<f64> {
        self.touch.filter(|_| !self.touch_unknown)
    }

    /// Value that is not hedged.
    pub(super) fn unhedged(&self) -> f64 {
        if self.opened.is_some() {
            self.apart_by
        } else {
            0.0
        }
    }

    /// Base units that are long and short, over all legs.
    fn sides(&self) -> (Money, Money) {
        let (mut long, mut short) = (Money::ZERO, Money::ZERO);
        for (_, own) in &self.filled {
            if own.is_negative() {
                plus(&mut short, -*own);
            } else {
                plus(&mut long, *own);
            }
        }
        (long, short)
    }

    /// Adds the time since the last fill.
    pub(super) fn advance(&mut self, now: Ts) {
        if self.opened.is_some() {
            let seconds = now.since(self.since).nanos() as f64 / 1e9;
            self.apart.value_s += self.apart_by * seconds;
            self.apart.seconds += seconds;
        }
        self.since = now;
    }

    /// Books a fill; how long legs were apart when it brings them together.
    pub(super) fn fill(
        &mut self,
        now: Ts,
        leg: u8,
        instrument: &Instrument,
        (price, traded): (Halves, Decimal),
        tops: &Tops,
    ) -> Option<i64> {
        self.advance(now);
        self.mixed |= self.asset.is_some_and(|asset| asset != instrument.base);
        self.asset = Some(instrument.base);
        let exposure = Money::new(exposure(instrument, price, traded));
        match self.filled.iter_mut().find(|(known, _)| *known == leg) {
            Some((_, known)) => plus(known, exposure),
            None => self.filled.push((leg, exposure)),
        }
        if self.mixed {
            self.opened = None;
            return None;
        }
        let (long, short) = self.sides();
        self.peak = self.peak.max(long).max(short);
        let gap = less(long, short).abs();
        self.apart_by = gap.to_f64() * price.to_f64(instrument);
        if gap > self.peak.times(HEDGED) {
            self.opened.get_or_insert_with(|| Opened {
                leg,
                at: now,
                tops: tops.clone(),
            });
            self.apart.most = self.apart.most.max(self.apart_by);
            return None;
        }
        let opened = self.opened.take()?;
        // The same leg taken back is no hedge.
        let hedged = opened.leg != leg && self.filled.len() > 1;
        self.complete |= hedged;
        hedged.then(|| now.since(opened.at).nanos())
    }
}
