//! One simulated venue: what becomes of orders when they arrive and when the market moves.

mod filters;
mod funding;
mod funds;
mod resting;
mod solvency;
#[cfg(test)]
mod tests;

use onetape_core::command::{Place, TimeInForce};
use onetape_core::event::{
    AccountEvent, Body, Event, Fill, Level, OrderEvent, OrderEventKind, RejectReason,
};
use onetape_core::instrument::Instrument;
use onetape_core::market::Market;
use onetape_core::names::{Names, VenueId};
use onetape_core::num::Qty;
use onetape_core::order::OrderId;

use crate::account::Account;
use crate::config::{Liquidity, VenueConfig};
use crate::fees::Execution;
use crate::liquidity::{Taken, executions};

use filters::check_filters;
use funding::Settlements;
use resting::Resting;

/// What everybody at the venue sees.
#[derive(Clone, Copy)]
pub(crate) struct Floor<'a> {
    pub(crate) names: &'a Names,
    pub(crate) market: &'a Market,
    pub(crate) liquidity: Liquidity,
}

/// One simulated venue with the account of one run. Answers are pushed as event bodies, in order; when they
/// reach the desk is the world's business.
#[derive(Clone, Debug)]
pub struct Venue {
    config: VenueConfig,
    account: Account,
    resting: Vec<Resting>,
    /// By instrument id; instruments of other venues stay empty.
    taken: Vec<Taken>,
    funding: Settlements,
    next_trade: u64,
}

impl Venue {
    /// A venue before the first event.
    pub fn new(config: VenueConfig, instruments: usize) -> Self {
        Self {
            account: Account::new(&config.balances, config.leverage, config.margin),
            config,
            resting: Vec::new(),
            taken: vec![Taken::default(); instruments],
            funding: Settlements::new(instruments),
            next_trade: 1,
        }
    }

    /// Its settings.
    pub const fn config(&self) -> &VenueConfig {
        &self.config
    }

    /// The run's account.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Reports every balance that changed.
    pub(crate) fn report(&mut self, out: &mut Vec<Body>) {
        let venue: VenueId = self.config.venue;
        let news = |(asset, total)| {
            Body::Account(AccountEvent::Balance {
                venue,
                asset,
                total,
            })
        };
        out.extend(self.account.take_changed().into_iter().map(news));
    }

    /// Takes a market event of one of its instruments in; the floor's market has it already.
    pub(crate) fn on_market(&mut self, floor: Floor<'_>, event: &Event, out: &mut Vec<Body>) {
        let Some(id) = event.body.instrument() else {
            return;
        };
        let feed = floor.market.instrument(id).feed();
        self.taken[id.index()].refresh(feed, event);
        match &event.body {
            Body::Funding(rate) => self.new_rate(floor, *rate, event.ts, out),
            Body::Trade(trade) => self.fill_through(floor, trade, out),
            body if floor.market.instrument(id).is_moved_by(body) => {
                self.fill_crossed(floor, id, out)
            }
            _ => {}
        }
        self.guard(floor, out);
        self.report(out);
    }

    /// An order arrives.
    pub(crate) fn on_place(&mut self, floor: Floor<'_>, place: &Place, out: &mut Vec<Body>) {
        if let Err(reason) = self.accept(floor, place, out) {
            out.push(news(place.order, OrderEventKind::Rejected(reason)));
        }
        self.guard(floor, out);
        self.report(out);
    }

    fn accept(
        &mut self,
        floor: Floor<'_>,
        place: &Place,
        out: &mut Vec<Body>,
    ) -> Result<(), RejectReason> {
        let instrument = floor.names.instrument(place.instrument);
        let market = floor.market.instrument(place.instrument);
        let touch = market.touch(place.side).ok_or(RejectReason::NoMarket)?;
        check_filters(instrument, place, touch.price)?;
        self.check_reduces(instrument, place)?;
        let taken = &self.taken[place.instrument.index()];
        let got = executions(
            market,
            taken,
            floor.liquidity,
            place.side,
            place.limit,
            place.qty,
        );
        let total = got.iter().fold(Qty::ZERO, |sum, level| sum + level.qty);
        if place.time_in_force == TimeInForce::PostOnly && !total.is_zero() {
            return Err(RejectReason::WouldTake);
        }
        self.check_funds(floor, instrument, place, &got, touch)?;
        out.push(news(place.order, OrderEventKind::Accepted));
        if place.time_in_force == TimeInForce::FillOrKill && total < place.qty {
            out.push(news(place.order, OrderEventKind::Expired));
            return Ok(());
        }
        for level in got {
            self.taken[place.instrument.index()].take(place.side, level.price, level.qty);
            self.execute(floor, instrument, place, level, false, out);
        }
        let left = place.qty - total;
        let rests = matches!(
            place.time_in_force,
            TimeInForce::GoodTillCancelled | TimeInForce::PostOnly
        );
        match place.limit {
            Some(price) if rests && !left.is_zero() => self.rest(instrument, place, price, left),
            _ if !left.is_zero() => out.push(news(place.order, OrderEventKind::Expired)),
            _ => {}
        }
        Ok(())
    }

    fn execute(
        &mut self,
        floor: Floor<'_>,
        instrument: &Instrument,
        place: &Place,
        level: Level,
        maker: bool,
        out: &mut Vec<Body>,
    ) {
        let Level { price, qty } = level;
        let execution = Execution {
            side: place.side,
            price,
            qty,
            maker,
        };
        let fees = &self.config.fees;
        let charged = fees.charge(floor.names, floor.market, instrument, execution);
        // A third asset that ran out or lost its price after the order was accepted: what is received pays.
        let fee = charged
            .filter(|fee| self.affords(instrument, execution, fee))
            .unwrap_or_else(|| fees.charge_received(instrument, execution));
        let fill = Fill {
            trade_id: self.next_trade,
            price,
            qty,
            fee,
            maker,
        };
        self.next_trade += 1;
        self.account.book(instrument, place.side, &fill);
        out.push(news(place.order, OrderEventKind::Filled(Box::new(fill))));
    }
}

fn news(order: OrderId, kind: OrderEventKind) -> Body {
    Body::Order(OrderEvent { order, kind })
}
