//! One simulated venue: what becomes of orders when they arrive and when the market moves.

mod ahead;
mod amending;
mod arriving;
mod filters;
mod funding;
mod funds;
mod ids;
mod orders;
mod queue;
mod rates;
mod resting;
mod self_trade;
mod solvency;
#[cfg(test)]
mod tests;

use onetape_core::command::Place;
use onetape_core::event::{
    AccountEvent, Body, Event, Fill, Level, OrderEvent, OrderEventKind, Status,
};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::market::{InstrumentMarket, Market};
use onetape_core::names::{InstrumentId, Names, VenueId};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use crate::account::Account;
use crate::config::{Liquidity, QueueModel, VenueConfig};
use crate::fees::Execution;
use crate::liquidity::Taken;

use funding::Settlements;
use orders::{Orders, Rank};
use rates::Rates;

/// What everybody at the venue sees.
#[derive(Clone, Copy)]
pub(crate) struct Floor<'a> {
    pub(crate) names: &'a Names,
    pub(crate) market: &'a Market,
    pub(crate) liquidity: Liquidity,
    /// The venue's time.
    pub(crate) now: Ts,
}

/// One simulated venue with the account of one run. Answers are pushed as event bodies, in order; when they
/// reach the desk is the world's business.
#[derive(Clone, Debug)]
pub struct Venue {
    config: VenueConfig,
    queue: QueueModel,
    account: Account,
    orders: Orders,
    rates: Rates,
    /// By instrument id; instruments of other venues stay empty.
    taken: Vec<Taken>,
    funding: Settlements,
    next_trade: u64,
    quiet: bool,
    /// What an order gets, while it is worked out; empty between two.
    got: Vec<Level>,
}

impl Venue {
    /// A venue before the first event.
    pub fn new(config: VenueConfig, queue: QueueModel, instruments: usize) -> Self {
        Self {
            account: Account::new(&config.balances, config.leverage, config.margin),
            rates: Rates::new(&config.rate_limits),
            config,
            queue,
            orders: Orders::new(instruments),
            taken: vec![Taken::default(); instruments],
            funding: Settlements::new(instruments),
            next_trade: 1,
            quiet: false,
            got: Vec::new(),
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

    /// True while a market event cannot matter here, so that the world may leave it out; all but a
    /// [`Body::Funding`], which always has to be shown.
    ///
    /// That is: nothing rests, no futures position is open, and nothing was taken of the book that an event would
    /// renew. The floor's market must have the event all the same: halts, marks and books are read from there.
    /// Orders that arrive, and what falls due by time (see [`Venue::next_funding`]), have to be shown as always.
    pub const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Ends orders that have nothing left to reduce, and reports every balance that changed: the last word of
    /// everything that happens here.
    pub(crate) fn report(&mut self, out: &mut Vec<Body>) {
        self.end_reduced(out);
        let venue: VenueId = self.config.venue;
        let news = |(asset, total)| {
            Body::Account(AccountEvent::Balance {
                venue,
                asset,
                total,
            })
        };
        out.extend(self.account.take_changed().into_iter().map(news));
        self.settle_down();
    }

    fn settle_down(&mut self) {
        self.quiet = self.orders.is_empty()
            && self.account.is_settled()
            && self.taken.iter().all(Taken::is_empty);
    }

    /// Takes a market event of one of its instruments in; the floor's market has it already.
    pub(crate) fn on_market(&mut self, floor: Floor<'_>, event: &Event, out: &mut Vec<Body>) {
        let Some(id) = event.body.instrument() else {
            return;
        };
        let market = floor.market.instrument(id);
        if !self.concerns(market, id, &event.body) && self.account.is_quiet(floor.market) {
            return;
        }
        self.taken[id.index()].refresh(market.feed(), event);
        self.move_queues(floor, id, &event.body);
        let trades = market.status() == Status::Trading;
        match &event.body {
            Body::Funding(rate) => self.new_rate(floor, *rate, event.ts, out),
            Body::Trade(trade) if trades => self.on_trade(floor, trade, out),
            body if trades && market.is_moved_by(body) => self.fill_crossed(floor, id, out),
            _ => {}
        }
        self.guard(floor, out);
        self.report(out);
    }

    /// False for what touches no own order and no quantity that was taken: most events, told apart by a few integers.
    #[inline]
    fn concerns(&self, market: &InstrumentMarket, id: InstrumentId, body: &Body) -> bool {
        if !self.taken[id.index()].is_empty() {
            return true;
        }
        match body {
            Body::Level(change) => {
                let own = self.orders.half(id, change.side);
                let waits = !own.waiting.is_empty()
                    && own
                        .waiting
                        .contains(&Rank::of(change.side, change.level.price));
                waits || self.is_reached(market, id)
            }
            Body::Trade(trade) => {
                let side = trade.aggressor.opposite();
                self.orders.reaches(id, side, trade.price)
            }
            Body::Mark(_) | Body::OpenInterest(_) | Body::Status(_) => false,
            _ => true,
        }
    }

    /// True when the book stands at an own order, or beyond it.
    fn is_reached(&self, market: &InstrumentMarket, id: InstrumentId) -> bool {
        [Side::Buy, Side::Sell].into_iter().any(|side| {
            let touch = market.touch(side);
            touch.is_some_and(|touch| self.orders.reaches(id, side, touch.price))
        })
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
