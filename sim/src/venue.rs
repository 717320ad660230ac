//! One simulated venue: what becomes of orders when they arrive and when the market moves.

mod ahead;
mod amending;
mod arriving;
mod faulty;
mod filters;
mod funding;
mod funds;
mod hall;
mod ids;
mod levels;
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
    AccountEvent, Body, Event, Fill, Level, LevelChange, OrderEvent, OrderEventKind, Status, Trade,
};
use onetape_core::instrument::Instrument;
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{InstrumentId, Names, VenueId};
use onetape_core::num::Qty;
use onetape_core::order::OrderId;
use onetape_core::stretch::Outlook;
use onetape_core::time::Ts;

use crate::account::Account;
use crate::config::{Liquidity, QueueModel, VenueConfig};
use crate::fees::{Execution, Tariff};
use crate::liquidity::Taken;

use funding::Settlements;
use hall::Hall;
use orders::Orders;
use rates::Rates;

/// What everybody at the venue sees.
#[derive(Clone, Copy, Debug)]
pub struct Floor<'a> {
    /// Names and instruments.
    pub names: &'a Names,
    /// The market, which has every event that the venue is shown.
    pub market: &'a Market,
    /// How much of it an order can take.
    pub liquidity: Liquidity,
    /// The venue's time.
    pub now: Ts,
}

/// One simulated venue with the account of one run. Answers are pushed as event bodies, in order; when they
/// reach the desk is the world's business.
#[derive(Clone, Debug)]
pub struct Venue {
    config: VenueConfig,
    tariff: Tariff,
    queue: QueueModel,
    account: Account,
    orders: Orders,
    rates: Rates,
    /// By instrument id; instruments of other venues stay empty.
    taken: Vec<Taken>,
    /// By instrument id: the book stood at an own order, or beyond it, when that was looked at last, or an order has
    /// come to rest since. Every change of a level may then let it trade.
    reached: Vec<bool>,
    funding: Settlements,
    next_trade: u64,
    quiet: bool,
    /// The next order gets no more than this.
    most: Option<Qty>,
    /// What an order gets, while it is worked out; empty between two.
    got: Vec<Level>,
    /// What it shares with other accounts; `None` where there are none, as in a backtest.
    hall: Option<Box<Hall>>,
}

impl Venue {
    /// A venue before the first event.
    pub fn new(config: VenueConfig, queue: QueueModel, instruments: usize) -> Self {
        Self {
            account: Account::new(&config.balances, config.leverage, config.margin),
            rates: Rates::new(&config.rate_limits),
            tariff: Tariff::of(&config.fees, config.tiers.as_ref()),
            config,
            queue,
            orders: Orders::new(instruments),
            taken: vec![Taken::default(); instruments],
            reached: vec![false; instruments],
            funding: Settlements::new(instruments),
            next_trade: 1,
            quiet: false,
            most: None,
            got: Vec::new(),
            hall: None,
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

    /// True when nothing of an outlook matters here: what is held is safe and is paid no funding.
    pub(crate) fn can_doze(&self, outlook: &Outlook) -> bool {
        self.quiet
            || (self.orders.is_empty()
                && self.taken.iter().all(Taken::is_empty)
                && self.funding_after(outlook.until())
                && self.account.stays_quiet(outlook))
    }

    /// Ends orders that have nothing left to reduce, and reports every balance that changed: the last word of
    /// everything that happens here.
    pub(crate) fn report(&mut self, out: &mut Vec<Body>) {
        self.end_reduced(out);
        let venue: VenueId = self.config.venue;
        self.account.take_changed(|asset, total| {
            out.push(Body::Account(AccountEvent::Balance {
                venue,
                asset,
                total,
            }));
        });
        self.settle_down();
    }

    fn settle_down(&mut self) {
        self.quiet = self.orders.is_empty()
            && self.account.is_settled()
            && self.taken.iter().all(Taken::is_empty);
        if self.quiet {
            self.reached.fill(false);
        }
    }

    /// Takes a market event of one of its instruments in; the floor's market has it already, and says whether it
    /// `moved`: where it did not, no resting order is reached by it and no margin touched.
    #[inline]
    pub(crate) fn on_market(
        &mut self,
        floor: Floor<'_>,
        event: &Event,
        moved: bool,
        out: &mut Vec<Body>,
    ) {
        let acted = match &event.body {
            Body::Level(change) => self.on_level(floor, change, moved, out),
            Body::Trade(trade) => self.on_print(floor, trade, out),
            _ => return self.on_any(floor, event, out),
        };
        if acted || (moved && !self.account.is_quiet(floor.market)) {
            self.settle_up(floor, out);
        }
    }

    /// A change of one level, the most frequent of all events. True when something may have traded.
    #[inline]
    fn on_level(
        &mut self,
        floor: Floor<'_>,
        change: &LevelChange,
        moved: bool,
        out: &mut Vec<Body>,
    ) -> bool {
        let id = change.instrument;
        let market = floor.market.instrument(id);
        if market.feed() != TopFeed::Depth {
            return false;
        }
        // Where it is one of several accounts, what was taken is renewed once for all.
        let renewed = self.hall.is_none() && self.taken[id.index()].renew(change);
        self.look_at_level(market, change);
        let reached = &mut self.reached[id.index()];
        if !moved && !*reached {
            return renewed;
        }
        *reached = self.orders.are_reached(market, id);
        if *reached && market.status() == Status::Trading {
            self.fill_crossed(floor, id, out);
            return true;
        }
        renewed
    }

    /// A print. True when something traded with it.
    #[inline]
    fn on_print(&mut self, floor: Floor<'_>, trade: &Trade, out: &mut Vec<Body>) -> bool {
        let (id, side) = (trade.instrument, trade.aggressor.opposite());
        if !self.orders.reaches(id, side, trade.price)
            || floor.market.instrument(id).status() != Status::Trading
        {
            return false;
        }
        let before = out.len();
        self.on_trade(floor, trade, out);
        out.len() > before
    }

    fn on_any(&mut self, floor: Floor<'_>, event: &Event, out: &mut Vec<Body>) {
        let Some(id) = event.body.instrument() else {
            return;
        };
        let market = floor.market.instrument(id);
        if !self.concerns(id, &event.body) && self.account.is_quiet(floor.market) {
            return;
        }
        if self.hall.is_none() {
            self.taken[id.index()].refresh(market.feed(), event);
        }
        self.move_queues(floor, id, &event.body);
        match &event.body {
            Body::Funding(rate) => self.new_rate(floor, *rate, event.ts, out),
            body if market.status() == Status::Trading && market.is_moved_by(body) => {
                self.fill_crossed(floor, id, out);
            }
            _ => {}
        }
        self.settle_up(floor, out);
    }

    /// After anything that moved balances, positions or orders.
    fn settle_up(&mut self, floor: Floor<'_>, out: &mut Vec<Body>) {
        self.guard(floor, out);
        self.report(out);
    }

    /// False for what touches no own order and no quantity that was taken.
    fn concerns(&self, id: InstrumentId, body: &Body) -> bool {
        !self.taken[id.index()].is_empty()
            || match body {
                Body::Mark(_) | Body::OpenInterest(_) | Body::Status(_) => false,
                Body::Funding(_) => true,
                _ => !self.orders.is_empty(),
            }
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
        self.tariff.bring_to(floor.now);
        let tariff = &self.tariff;
        let charged = tariff.charge(floor.names, floor.market, instrument, execution);
        // A third asset that ran out or lost its price after the order was accepted: what is received pays.
        let fee = charged
            .filter(|fee| self.affords(instrument, execution, fee))
            .unwrap_or_else(|| tariff.charge_received(instrument, execution));
        let fill = Fill {
            trade_id: self.next_trade,
            price,
            qty,
            fee,
            maker,
        };
        self.next_trade += 1;
        self.tariff.count(instrument, execution);
        self.account.book(instrument, place.side, &fill);
        out.push(news(place.order, OrderEventKind::Filled(Box::new(fill))));
    }
}

fn news(order: OrderId, kind: OrderEventKind) -> Body {
    Body::Order(OrderEvent { order, kind })
}
