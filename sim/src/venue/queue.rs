//! How the market moves the queues that own orders wait in.
//!
//! Only prices at which an own order waits behind the market's quantity are looked at; with
//! [`QueueModel::Through`] nobody waits, and none of this runs. What a venue shows decides what can be known:
//!
//! - a depth feed shows every level down to its last one; beyond that nothing is known;
//! - quotes show the touch: a price that is better is empty, one that is worse is out of sight, and what happens
//!   there meanwhile is taken to have happened behind the order;
//! - candles show no queue: orders then trade by what goes through their price.
//!
//! An order that joins where nothing is known waits behind whatever is shown there first.

use onetape_core::book::BookState;
use onetape_core::event::{Body, DepthUpdate, LevelChange};
use onetape_core::instrument::Side;
use onetape_core::market::{InstrumentMarket, TopFeed};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};

use super::ahead::{Ahead, Told};
use super::orders::{Level, Rank, Resting, Slot};
use super::{Floor, Venue};
use crate::config::QueueModel;

const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

/// The market's quantity at a price of the side that orders of `side` rest on; `None` where it cannot be seen.
pub(super) fn displayed(market: &InstrumentMarket, side: Side, price: Price) -> Option<Qty> {
    match market.feed() {
        TopFeed::Depth if is_in_step(market.depth().state()) => {
            let ladder = market.depth().taken_by(side.opposite());
            let qty = ladder.qty_at(price);
            let rank = Rank::of(side, price);
            let is_beyond = |other: Price| Rank::of(side, other) > rank;
            let in_sight = !qty.is_zero() || ladder.iter().any(|level| is_beyond(level.price));
            in_sight.then_some(qty)
        }
        TopFeed::Quote => {
            let touch = market.touch(side.opposite())?;
            match Rank::of(side, price).cmp(&Rank::of(side, touch.price)) {
                std::cmp::Ordering::Less => Some(Qty::ZERO),
                std::cmp::Ordering::Equal => Some(touch.qty),
                std::cmp::Ordering::Greater => None,
            }
        }
        TopFeed::Depth | TopFeed::Bar => None,
    }
}

/// A crossed book tells no top, but each of its levels is as it was told.
const fn is_in_step(state: BookState) -> bool {
    matches!(state, BookState::Live | BookState::Crossed)
}

impl Venue {
    /// Puts an order at the end of the queue at its price.
    pub(super) fn join(&mut self, floor: Floor<'_>, mut order: Resting) -> Slot {
        if self.queue == QueueModel::Through {
            return self.orders.insert(order, None);
        }
        let (id, side, rank) = (order.place.instrument, order.place.side, order.rank());
        let market = floor.market.instrument(id);
        let known = displayed(market, side, order.price);
        let half = self.orders.half_mut(id, side);
        let touch = market.touch(side.opposite());
        if touch.is_some_and(|touch| touch.price == order.price) {
            half.shown = Some(rank);
        }
        let waits = half.waits_at(rank);
        match (half.levels.get(rank), known) {
            (Some(_), _) if !waits => self.restart(id, side, rank, known),
            // Who waits here since before the price came into sight waits no longer than who comes now.
            (Some(level), Some(now)) if level.known.is_none() => self.tell(id, side, rank, now),
            _ => {}
        }
        order.ahead = Ahead::behind(known);
        self.orders.insert(order, known)
    }

    fn restart(&mut self, id: InstrumentId, side: Side, rank: Rank, known: Option<Qty>) {
        if let Some(level) = self.orders.level_mut(id, side, rank) {
            (level.known, level.traded) = (known, Qty::ZERO);
        }
    }

    /// Takes in what an event of an instrument says of the quantities that own orders wait behind. The floor's
    /// book has it already.
    pub(super) fn move_queues(&mut self, floor: Floor<'_>, id: InstrumentId, body: &Body) {
        let waits = |side| self.orders.half(id, side).first_wait().is_some();
        if !SIDES.into_iter().any(waits) {
            return;
        }
        let market = floor.market.instrument(id);
        match (market.feed(), body) {
            (TopFeed::Depth, Body::Level(change)) => self.look_at_level(market, change),
            (TopFeed::Depth, Body::Depth(update)) => self.look_at_all(market, id, update),
            (TopFeed::Quote, Body::Quote(_)) => {
                for side in SIDES {
                    self.look_at_touch(market, id, side);
                }
            }
            (_, Body::Feed(_)) => {
                for side in SIDES {
                    self.look_away(id, side);
                }
            }
            _ => {}
        }
    }

    /// Looks at the price of a message of one level, of which the book has what it told.
    #[inline]
    pub(super) fn look_at_level(&mut self, market: &InstrumentMarket, change: &LevelChange) {
        let (id, side) = (change.instrument, change.side);
        let rank = Rank::of(side, change.level.price);
        if !self.orders.half(id, side).waits_at(rank) {
            return;
        }
        if is_in_step(market.depth().state()) {
            self.tell(id, side, rank, change.level.qty);
        } else {
            self.restart(id, side, rank, None);
        }
    }

    /// Looks at one price; `is_told` when a depth message named it.
    fn look(
        &mut self,
        market: &InstrumentMarket,
        id: InstrumentId,
        side: Side,
        price: Price,
        is_told: bool,
    ) {
        let rank = Rank::of(side, price);
        if !self.orders.half(id, side).waits_at(rank) {
            return;
        }
        // A level that is told to be empty is known to be, also where nothing is shown beyond it.
        let gone = is_told && is_in_step(market.depth().state());
        match displayed(market, side, price).or(gone.then_some(Qty::ZERO)) {
            Some(now) => self.tell(id, side, rank, now),
            None => self.restart(id, side, rank, None),
        }
    }

    fn look_at_all(&mut self, market: &InstrumentMarket, id: InstrumentId, update: &DepthUpdate) {
        for (side, levels) in SIDES.into_iter().zip([&update.bids, &update.asks]) {
            if update.snapshot {
                for rank in self.waiting(id, side) {
                    self.look(market, id, side, rank.price(side), false);
                }
            } else {
                for level in levels {
                    self.look(market, id, side, level.price, true);
                }
            }
        }
    }

    fn look_at_touch(&mut self, market: &InstrumentMarket, id: InstrumentId, side: Side) {
        let Some(touch) = market.touch(side.opposite()) else {
            return;
        };
        let rank = Rank::of(side, touch.price);
        let half = self.orders.half_mut(id, side);
        let shown = half.shown.replace(rank);
        if let Some(other) = shown.filter(|&other| other != rank) {
            self.restart(id, side, other, None);
        }
        self.empty_before(id, side, rank, false);
        self.look(market, id, side, touch.price, false);
    }

    /// Nothing that was known holds any more.
    fn look_away(&mut self, id: InstrumentId, side: Side) {
        for rank in self.waiting(id, side) {
            self.restart(id, side, rank, None);
        }
    }

    fn waiting(&self, id: InstrumentId, side: Side) -> Vec<Rank> {
        let half = self.orders.half(id, side);
        half.waiting().collect()
    }

    /// The market's quantity at better prices than `rank`, or also there, is known to be gone.
    pub(super) fn empty_before(&mut self, id: InstrumentId, side: Side, rank: Rank, also: bool) {
        while let Some(first) = self.orders.half(id, side).first_wait() {
            if first > rank || (first == rank && !also) {
                return;
            }
            self.tell(id, side, first, Qty::ZERO);
        }
    }

    /// The quantity at a price where own orders wait was told anew.
    fn tell(&mut self, id: InstrumentId, side: Side, rank: Rank, now: Qty) {
        let model = self.queue;
        let learn = |level: &mut Level| Told {
            before: level.known.replace(now),
            traded: std::mem::take(&mut level.traded),
            now,
        };
        self.orders.requeue((id, side, rank), learn, |ahead, told| {
            ahead.told(model, *told)
        });
    }

    /// A trade at a price is about to be shared out: it counts against the next change of the level, and what was
    /// out of sight is in sight now, for it is the touch that trades.
    pub(super) fn note_trade(
        &mut self,
        floor: Floor<'_>,
        id: InstrumentId,
        side: Side,
        rank: Rank,
        qty: Qty,
    ) {
        if !self.orders.half(id, side).waits_at(rank) {
            return;
        }
        let youngest = self.orders.ends_of(id, side, rank);
        let unknown = youngest.is_some_and(|(_, youngest)| youngest.is_unknown());
        if !unknown {
            if let Some(level) = self.orders.level_mut(id, side, rank) {
                level.traded += qty;
            }
            return;
        }
        let known = displayed(floor.market.instrument(id), side, rank.price(side));
        let learn = |level: &mut Level| {
            level.known = level.known.or(known);
            level.traded += qty;
        };
        self.orders
            .requeue((id, side, rank), learn, |ahead, ()| ahead.or_behind(known));
    }

    /// Takes a print in that ends before the first own order at its price. False, with nothing done, when it does
    /// not, or when that cannot be told yet.
    pub(super) fn ends_before(
        &mut self,
        (id, side, rank): (InstrumentId, Side, Rank),
        lot: Qty,
        left: Qty,
        printed: Qty,
    ) -> bool {
        if !self.orders.half(id, side).waits_at(rank) {
            return false;
        }
        let Some((oldest, youngest)) = self.orders.ends_of(id, side, rank) else {
            return false;
        };
        let before = oldest.lots(lot).filter(|_| !youngest.is_unknown());
        if before.is_none_or(|before| before < left) {
            return false;
        }
        let learn = |level: &mut Level| level.traded += printed;
        self.orders
            .requeue((id, side, rank), learn, |ahead, ()| ahead.less(left));
        true
    }

    /// So much of the market's quantity at a price was traded away.
    pub(super) fn eat(&mut self, id: InstrumentId, side: Side, rank: Rank, eaten: Qty) {
        if !eaten.is_zero() && self.orders.half(id, side).waits_at(rank) {
            self.orders
                .requeue((id, side, rank), |_| (), |ahead, ()| ahead.less(eaten));
        }
    }
}
