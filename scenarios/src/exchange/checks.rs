//! What is looked at before an order comes to the market.

use onetape_adapters::report::PositionSide;
use onetape_adapters::rules::TradeStatus;
use onetape_adapters::server::call::{NewOrder, Size};
use onetape_adapters::server::filters;
use onetape_adapters::server::wrong::{Filter, Wrong};
use onetape_core::command::TimeInForce;
use onetape_core::event::Status;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty};

use super::Exchange;
use super::trade::price_near;

/// What an order is, once it is known to be sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked {
    pub(super) side: Side,
    pub(super) qty: Qty,
    pub(super) quote_size: Option<Money>,
    pub(super) reduce_only: bool,
}

impl Exchange {
    /// An instrument of this venue.
    pub(super) fn of(&self, id: InstrumentId) -> Result<&Instrument, Wrong> {
        let found = self.names.instruments.get(id.index());
        found
            .filter(|it| it.venue == self.venue)
            .ok_or(Wrong::Symbol)
    }

    /// The price that orders are held against: the mark of a future, else the middle of the book, else the last print.
    pub(super) fn measure(&self, id: InstrumentId) -> Option<Price> {
        let of = self.names.instrument(id);
        let marked = self.market.instrument(id).mark();
        if let Some(mark) = marked.filter(|_| of.kind != InstrumentKind::Spot) {
            return Some(price_near(mark.mark.decimal(), of.price_decimals));
        }
        let pit = &self.pits[id.index()];
        let top = pit.best();
        match top.bid.qty > Qty::ZERO && top.ask.qty > Qty::ZERO {
            true => Some(Price::new(
                (top.bid.price.mantissa() + top.ask.price.mantissa()) / 2,
            )),
            false => pit.bars.last().map(|print| print.price),
        }
    }

    /// The price that conditional orders go by: the last print, else the mark, else the middle of the book.
    pub(super) fn last_price(&self, id: InstrumentId) -> Option<Price> {
        let last = self.pits[id.index()].bars.last();
        last.map(|print| print.price).or_else(|| self.measure(id))
    }

    /// Holds a new order against the rules.
    pub(super) fn check(&self, at: usize, asked: &NewOrder) -> Result<Checked, Wrong> {
        let of = self.of(asked.instrument)?;
        let rules = self.rules.get(&asked.instrument);
        let trading = rules.is_none_or(|rules| matches!(rules.status, TradeStatus::Trading));
        let market = self.market.instrument(asked.instrument);
        if !trading || market.status() == Status::Halted {
            return Err(Wrong::Halted);
        }
        if asked.position != PositionSide::Net {
            return Err(Wrong::PositionSide);
        }
        if asked.until.is_some_and(|until| until <= self.now) {
            return Err(Wrong::Bad("goodTillDate"));
        }
        if asked.time_in_force == TimeInForce::PostOnly && asked.limit.is_none() {
            return Err(Wrong::Bad("timeInForce"));
        }
        if self.seats[at].has_open(&asked.client) {
            return Err(Wrong::Duplicate);
        }
        let limits = rules.map(|rules| rules.limits.clone()).unwrap_or_default();
        let measure = self.measure(asked.instrument);
        let future = of.kind != InstrumentKind::Spot;
        let checked = self.sized(at, asked, of)?;
        let reduces = future && checked.reduce_only;
        match filters::check(asked, of, &limits, measure) {
            // What closes a position may be as small as that is.
            Err(Filter::Notional) if reduces => {}
            Err(filter) => return Err(Wrong::Filter(filter)),
            Ok(()) => {}
        }
        if let Some(trigger) = asked.trigger {
            filters::price(trigger.price, checked.side, of, &limits, None)
                .map_err(Wrong::Filter)?;
        }
        self.check_counts(at, asked, &limits)?;
        self.check_position(at, of, checked, &limits)?;
        Ok(checked)
    }

    /// Which way and how much.
    fn sized(&self, at: usize, asked: &NewOrder, of: &Instrument) -> Result<Checked, Wrong> {
        let plain = Checked {
            side: asked.side,
            qty: Qty::ZERO,
            quote_size: None,
            reduce_only: asked.reduce_only,
        };
        match asked.size {
            Size::Base(qty) => Ok(Checked { qty, ..plain }),
            Size::Quote(_) if asked.limit.is_some() || of.kind == InstrumentKind::Inverse => {
                Err(Wrong::Unsupported("an amount of quote with a price"))
            }
            Size::Quote(amount) => {
                let qty = self.qty_for(of.id, asked.side, amount);
                if qty <= Qty::ZERO || qty < of.min_qty {
                    let empty = self.pits[of.id.index()]
                        .book(asked.side.opposite())
                        .is_empty();
                    return Err(match empty {
                        true => Wrong::NoMarket,
                        false => Wrong::Filter(Filter::MinQty),
                    });
                }
                Ok(Checked {
                    qty,
                    quote_size: Some(amount),
                    ..plain
                })
            }
            Size::Close if of.kind == InstrumentKind::Spot => Err(Wrong::ReduceOnly),
            Size::Close => {
                let held = self.seats[at].venue.account().position(of.id).qty;
                // One that waits takes what is held when its time comes.
                if held.is_zero() && asked.trigger.is_none() {
                    return Err(Wrong::ReduceOnly);
                }
                let side = match (asked.trigger, held > Qty::ZERO) {
                    (Some(_), _) => asked.side,
                    (None, true) => Side::Sell,
                    (None, false) => Side::Buy,
                };
                Ok(Checked {
                    side,
                    qty: held.abs(),
                    quote_size: None,
                    reduce_only: true,
                })
            }
        }
    }

    fn check_counts(
        &self,
        at: usize,
        asked: &NewOrder,
        limits: &onetape_adapters::rules::Limits,
    ) -> Result<(), Wrong> {
        let count = |waits: bool| {
            let open = self.seats[at].open();
            let of_it = open.filter(|it| it.state.instrument == asked.instrument);
            of_it.filter(|it| !waits || it.waits).count() as u64
        };
        let reached = |most: Option<u64>, waits| most.is_some_and(|most| count(waits) >= most);
        if asked.trigger.is_some() && reached(limits.max_algo_orders, true) {
            return Err(Wrong::Filter(Filter::AlgoOrders));
        }
        match reached(limits.max_orders, false) {
            true => Err(Wrong::Filter(Filter::Orders)),
            false => Ok(()),
        }
    }

    /// What would be held, with everything that rests to buy, is within bounds.
    fn check_position(
        &self,
        at: usize,
        of: &Instrument,
        checked: Checked,
        limits: &onetape_adapters::rules::Limits,
    ) -> Result<(), Wrong> {
        let Some(most) = limits.max_position else {
            return Ok(());
        };
        if checked.side == Side::Sell || checked.reduce_only {
            return Ok(());
        }
        let seat = &self.seats[at];
        let resting = seat.open().filter(|it| {
            it.state.instrument == of.id && it.state.side == Side::Buy && !it.state.reduce_only
        });
        let resting = resting.fold(Qty::ZERO, |sum, it| sum + (it.state.qty - it.state.filled));
        let held = match of.kind {
            InstrumentKind::Spot => seat.venue.account().total(of.base),
            _ => Money::new(of.qty_decimal(seat.venue.account().position(of.id).qty)),
        };
        let would = held + Money::new(of.qty_decimal(resting + checked.qty));
        match would > most {
            true => Err(Wrong::Filter(Filter::Position)),
            false => Ok(()),
        }
    }
}
