//! A venue that has other accounts beside this one: they share what was taken of the book, and trade with each other.
//!
//! Whoever runs them keeps one list of what was taken, renews it with each event and lends it to the account whose turn
//! it is, shows an order that arrives the resting orders of others that it may meet, and hands their fills on. The form
//! of orders is checked before they come here.

use onetape_core::command::{Amend, Place};
use onetape_core::event::{Body, Event, Level, OrderEventKind};
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use super::{Floor, Venue};
use crate::config::{MarginMode, SelfTrade};
use crate::liquidity::Taken;

/// What an account knows of the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Hall {
    /// What others offer to the order that is judged, best first.
    offers: Vec<Level>,
    /// By what an order gets: which offer it comes from, `None` for the book.
    pub(super) from: Vec<Option<usize>>,
    /// What the order took of offers.
    hits: Vec<(usize, Qty)>,
    /// True when own orders may trade with each other.
    pub(super) self_trades: bool,
    /// What of the print at hand went to others before.
    printed: Qty,
}

impl Hall {
    /// Puts what is offered among what an order gets of the book, by price and the book first, up to what is wanted.
    pub(super) fn mix_in(
        &self,
        place: &Place,
        wanted: Qty,
        got: &mut Vec<Level>,
        from: &mut Vec<Option<usize>>,
    ) {
        let within = |level: &Level| match (place.side, place.limit) {
            (_, None) => true,
            (Side::Buy, Some(limit)) => level.price <= limit,
            (Side::Sell, Some(limit)) => level.price >= limit,
        };
        let better = |price: Price, than: Price| match place.side {
            Side::Buy => price < than,
            Side::Sell => price > than,
        };
        let offers = self.offers.iter().enumerate();
        let mut offers = offers.take_while(|(_, level)| within(level)).peekable();
        if offers.peek().is_none() {
            return;
        }
        let book = std::mem::take(got);
        let mut book = book.into_iter().peekable();
        let mut left = wanted;
        while left > Qty::ZERO {
            let offered = match (book.peek(), offers.peek()) {
                (None, None) => break,
                (Some(shown), Some((_, offer))) => better(offer.price, shown.price),
                (None, Some(_)) => true,
                (Some(_), None) => false,
            };
            let next = match offered {
                true => offers.next().map(|(at, level)| (Some(at), *level)),
                false => book.next().map(|level| (None, level)),
            };
            let Some((source, Level { price, qty })) = next else {
                break;
            };
            let qty = qty.min(left);
            if qty > Qty::ZERO {
                got.push(Level { price, qty });
                from.push(source);
                left -= qty;
            }
        }
    }
}

impl Venue {
    /// Makes it the account of one among several.
    pub fn share(&mut self) {
        self.hall.get_or_insert_default();
    }

    /// Changes what was taken, by instrument, for another list of it.
    pub fn swap_taken(&mut self, taken: &mut Vec<Taken>) {
        std::mem::swap(&mut self.taken, taken);
    }

    /// What becomes of own orders that meet from now on; `None` lets them trade where it is one of several accounts.
    pub fn set_self_trade(&mut self, rule: Option<SelfTrade>) {
        if let Some(hall) = &mut self.hall {
            hall.self_trades = rule.is_none();
        }
        self.config.self_trade = rule.unwrap_or(self.config.self_trade);
    }

    /// True when what offer an execution comes from is another's; that is noted then.
    pub(super) fn hits_offer(&mut self, at: usize, qty: Qty) -> bool {
        let Some(hall) = &mut self.hall else {
            return false;
        };
        let source = hall.from.get(at).copied().flatten();
        hall.hits.extend(source.map(|source| (source, qty)));
        source.is_some()
    }

    /// What of a print may still go to orders of this account.
    pub(super) fn left_of_print(&self, qty: Qty) -> Qty {
        match &self.hall {
            None => qty,
            Some(hall) => (qty - hall.printed).max(Qty::ZERO),
        }
    }

    fn among<T>(
        &mut self,
        offers: &[Level],
        act: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<(usize, Qty)>) {
        if let Some(hall) = &mut self.hall {
            hall.offers.clear();
            hall.offers.extend_from_slice(offers);
            hall.hits.clear();
        }
        let done = act(self);
        let hits = self.hall.as_mut().map(|hall| {
            hall.offers.clear();
            std::mem::take(&mut hall.hits)
        });
        (done, hits.unwrap_or_default())
    }

    /// An order arrives, while others offer this much, best first. Gives what it took of that: the place of each
    /// offer, and how much.
    pub fn place(
        &mut self,
        floor: Floor<'_>,
        place: &Place,
        offers: &[Level],
        out: &mut Vec<Body>,
    ) -> Vec<(usize, Qty)> {
        self.among(offers, |venue| venue.on_place(floor, place, out))
            .1
    }

    /// A change of an order arrives, while others offer this much, best first. Gives what it took of that: the place of each
    /// offer, and how much.
    pub fn amend_among(
        &mut self,
        floor: Floor<'_>,
        amend: &Amend,
        offers: &[Level],
        out: &mut Vec<Body>,
    ) -> Vec<(usize, Qty)> {
        self.among(offers, |venue| venue.on_amend(floor, amend, out))
            .1
    }

    /// A cancel arrives.
    pub fn cancel(&mut self, order: OrderId, out: &mut Vec<Body>) {
        self.on_cancel(order, out);
    }

    /// An order ends by its own terms.
    pub fn expire(&mut self, order: OrderId, out: &mut Vec<Body>) {
        if let Some(slot) = self.orders.find(order) {
            self.end(slot, OrderEventKind::Expired, out);
        }
        self.settle_down();
    }

    /// Others took so much of resting orders.
    pub fn give(&mut self, floor: Floor<'_>, hits: &[(OrderId, Qty)], out: &mut Vec<Body>) {
        for (order, qty) in hits {
            if let Some(slot) = self.orders.find(*order) {
                let qty = self.tradable(&self.orders[slot]).min(*qty);
                self.fill_resting(floor, slot, qty, out);
            }
        }
        self.guard(floor, out);
        self.report(out);
    }

    /// Takes a market event in, as the floor's market has; `moved` is what that said. Of a print `printed` went to
    /// others before.
    pub fn follow(
        &mut self,
        floor: Floor<'_>,
        event: &Event,
        moved: bool,
        printed: Qty,
        out: &mut Vec<Body>,
    ) {
        if let Some(hall) = &mut self.hall {
            hall.printed = printed;
        }
        self.on_market(floor, event, moved, out);
        if let Some(hall) = &mut self.hall {
            hall.printed = Qty::ZERO;
        }
    }

    /// Settles the funding that is due now.
    pub fn fund(&mut self, floor: Floor<'_>, out: &mut Vec<Body>) {
        self.settle_funding(floor, floor.now, out);
    }

    /// When funding is due next; `None` while none is known.
    pub fn funding_due(&self) -> Option<Ts> {
        Some(self.next_funding()).filter(|at| *at != Ts::MAX)
    }

    /// Price and rest of an order, while it rests.
    pub fn resting(&self, order: OrderId) -> Option<(Price, Qty)> {
        let order = &self.orders[self.orders.find(order)?];
        Some((order.price, order.left))
    }

    /// The leverage of an instrument.
    pub fn leverage(&self, instrument: InstrumentId) -> u32 {
        use rust_decimal::prelude::ToPrimitive as _;
        let own = self.account.leverage(instrument).to_u32();
        own.unwrap_or(self.config.leverage).max(1)
    }

    /// Gives an instrument a leverage of its own. False where its position or orders would then be of a size that the
    /// venue's tiers do not allow, or lack margin; nothing changes then.
    pub fn set_leverage(&mut self, floor: Floor<'_>, id: InstrumentId, leverage: u32) -> bool {
        let before = self.leverage(id);
        let instrument = floor.names.instrument(id);
        self.lever(floor, id, leverage);
        let held = self.account.position(id).qty.abs();
        let most = [Side::Buy, Side::Sell].map(|side| self.orders.opening(id, side));
        let qty = held + most[0].max(most[1]);
        let price = crate::margin::valuation(floor.market, instrument);
        let fits = price.is_none_or(|price| {
            let units = 10_u64.pow(u32::from(instrument.price_decimals.min(18)));
            let mantissa = price.saturating_mul(units.into()).trunc().mantissa();
            let price = Price::new(i64::try_from(mantissa).unwrap_or(i64::MAX));
            crate::margin::leverage_allows(instrument, leverage, qty, price)
        });
        let free = self
            .account
            .free_margin(instrument.settle(), floor.names, floor.market);
        let sound = fits && (leverage >= before || !free.is_negative());
        if !sound {
            self.lever(floor, id, before);
        }
        sound
    }

    fn lever(&mut self, floor: Floor<'_>, id: InstrumentId, leverage: u32) {
        self.account.set_leverage(id, leverage);
        let instrument = floor.names.instrument(id);
        let all: Vec<_> = self.orders.in_order().collect();
        for slot in all {
            if self.orders[slot].place.instrument == id {
                self.relock(instrument, slot);
            }
        }
    }

    /// Changes what stands behind positions. False, and nothing changes, while a position is open or an order rests.
    pub fn set_margin_mode(&mut self, mode: MarginMode) -> bool {
        let free = self.account.is_flat() && self.orders.is_empty();
        if free {
            self.account.set_mode(mode);
            self.config.margin = mode;
        }
        free
    }
}
