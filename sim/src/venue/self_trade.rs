//! Own orders that would trade with each other.
//!
//! An order meets an own resting one when its limit reaches that price and the market has too little at better
//! prices to fill it. At the own order's very price the two are taken to meet, whatever else stands there.

use onetape_core::command::Place;
use onetape_core::event::{Body, Level, OrderEventKind, RejectReason};
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};

use super::Venue;
use super::orders::{Rank, Slot};
use crate::config::SelfTrade;

impl Venue {
    /// The own order that an order would meet first, with what the market would give it.
    pub(super) fn meets(&self, place: &Place, wanted: Qty, got: &[Level]) -> Option<Slot> {
        if self.hall.as_ref().is_some_and(|hall| hall.self_trades) {
            return None;
        }
        let slot = self.orders.first(place.instrument, place.side.opposite())?;
        let own = self.orders[slot].price;
        let in_reach = place
            .limit
            .is_none_or(|limit| !is_better(place.side, limit, own));
        let before = got
            .iter()
            .filter(|level| is_better(place.side, level.price, own));
        let before = before.fold(Qty::ZERO, |sum, level| sum + level.qty);
        (in_reach && before < wanted).then_some(slot)
    }

    /// Refuses an order that meets an own one where the newer one goes.
    pub(super) fn check_self_trade(&self, met: Option<Slot>) -> Result<(), RejectReason> {
        if met.is_some() && self.config.self_trade == SelfTrade::ExpireTaker {
            Err(RejectReason::SelfTrade)
        } else {
            Ok(())
        }
    }

    /// True when an order goes with the own one that it meets.
    pub(super) fn meets_its_end(&self, met: Option<Slot>) -> bool {
        met.is_some() && self.config.self_trade == SelfTrade::ExpireBoth
    }

    /// Ends resting orders that an accepted order meets. Where both go, it keeps what it gets at better prices, one
    /// resting order goes, and the rest of it must not stay: true.
    pub(super) fn prevent(
        &mut self,
        place: &Place,
        wanted: Qty,
        met: Option<Slot>,
        got: &mut Vec<Level>,
        out: &mut Vec<Body>,
    ) -> bool {
        if self.meets_its_end(met) {
            if let Some(slot) = met {
                let own = self.orders[slot].price;
                got.retain(|level| is_better(place.side, level.price, own));
                self.end(slot, OrderEventKind::Expired, out);
            }
            return true;
        }
        let mut met = met;
        while let Some(slot) = met {
            self.end(slot, OrderEventKind::Expired, out);
            met = self.meets(place, wanted, got);
        }
        false
    }
}

/// True when an order of `side` rather trades at `price` than at `other`.
fn is_better(side: Side, price: Price, other: Price) -> bool {
    Rank::of(side.opposite(), price) < Rank::of(side.opposite(), other)
}
