//! The engine of a local exchange: one venue with any number of accounts over one market, behind the server side of
//! the adapters. Calls come in, replies and news go out; there are no sockets and no clock in here.
//!
//! The transport answers what is a connection's (ping, time, streams, logons, limits) and verifies who asks; all else
//! of a [`Call`] is answered here.
//!
//! The book that is published is the tape's, less what was taken of it since the tape said a level anew, and the
//! resting orders of all accounts. An order that comes trades with both, by price; at one price the tape's quantity
//! comes first, then orders by when they came. What the tape's prints and quotes reach of resting orders trades as in a
//! backtest; of several accounts the one with the best order has its turn first.

mod accounts;
mod bars;
mod changes;
mod checks;
mod forced;
mod market;
mod orders;
mod pit;
mod reads;
mod seat;
mod settings;
mod setup;
#[cfg(test)]
mod tests;
mod timers;
mod trade;

pub use forced::Forced;
pub use setup::{Setup, rules_of, setup, setups};

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_adapters::directory::Directory;
use onetape_adapters::report::Origin;
use onetape_adapters::rules::Rules;
use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::call::{Call, NewOrder};
use onetape_adapters::server::news::News;
use onetape_adapters::server::reply::Reply;
use onetape_adapters::server::state::OrderState;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::event::Event;
use onetape_core::market::Market;
use onetape_core::names::{InstrumentId, Names, VenueId};
use onetape_core::time::{Span, Ts};
use onetape_sim::{Floor, Latency, Liquidity, Taken, Venue, VenueConfig};

use bars::MINUTE;
use pit::Pit;
use seat::Seat;

/// Whom a piece of news is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Everybody: it is the market's.
    Everybody,
    /// One account.
    Account(AccountId),
}

/// A piece of news with whom it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Whom it is for.
    pub to: To,
    /// What.
    pub news: News,
}

/// How the venues differ where their calls are the same.
#[derive(Clone, Copy, Debug)]
struct Traits {
    /// The first change of a book after a snapshot has to cover the snapshot's number.
    overlaps: bool,
    /// A resting order ends where one that says nothing would meet it; else the two trade.
    expires_maker: bool,
    /// An order that would meet an own one is taken and ends; else it is refused.
    ends_self_trades: bool,
    /// An order that must trade at once and cannot is refused; else it is taken and ends.
    refuses_killed: bool,
    /// Orders without a client's id get one.
    names_orders: bool,
    /// A changed setting is answered with the position.
    answers_with_positions: bool,
    /// What its own orders are called that close a position: to liquidate, and to deleverage.
    marks: [&'static str; 2],
}

impl Traits {
    fn of(venue: &str) -> Self {
        let binance = venue.starts_with("binance");
        let usdm = venue == "binance-usdm";
        let gate = venue.starts_with("gate");
        Self {
            overlaps: usdm,
            expires_maker: usdm,
            ends_self_trades: binance || gate,
            refuses_killed: usdm || gate,
            names_orders: !gate,
            answers_with_positions: gate,
            marks: match gate {
                true => ["liq-", "auto_deleveraging"],
                false => ["autoclose-", "adl_autoclose"],
            },
        }
    }

    /// The client's id of an order of the venue's own.
    fn mark(&self, origin: Origin, id: u64) -> String {
        let [liquidates, deleverages] = self.marks;
        match origin {
            Origin::Deleveraging => deleverages.to_string(),
            _ => format!("{liquidates}{id}"),
        }
    }
}

/// One venue with any number of accounts over one market.
#[derive(Debug)]
pub struct Exchange {
    names: Arc<Names>,
    directory: Directory,
    venue: VenueId,
    traits: Traits,
    config: VenueConfig,
    rules: BTreeMap<InstrumentId, Rules>,
    liquidity: Liquidity,
    market: Market,
    /// What was taken of the tape's book, by instrument; an account's venue has it while it has its turn.
    taken: Vec<Taken>,
    /// By account.
    seats: Vec<Seat>,
    /// By instrument.
    pits: Vec<Pit>,
    now: Ts,
    next_order: u64,
    arrivals: u64,
    next_change: u64,
    next_funding: u64,
    /// Lengths of bars that are told.
    spans: Vec<Span>,
    /// The minute up to which bars were told.
    minute: i64,
    /// When tickers were told last, and what has traded since.
    ticked: Ts,
    printed: Vec<InstrumentId>,
    /// Accounts that were acted on, with the instruments that they traded.
    touched: BTreeMap<usize, Vec<InstrumentId>>,
}

impl Exchange {
    /// A venue before the first row of its tape.
    pub fn new(setup: Setup) -> Self {
        let mut directory = Directory::new(&setup.names, setup.venue);
        let mut rules = BTreeMap::new();
        for it in setup.rules {
            directory.set_contract(&it.symbol, it.contract);
            if let Ok(listed) = directory.symbol(&it.symbol) {
                rules.insert(listed.instrument.id, it);
            }
        }
        let config = VenueConfig {
            latency: Latency::default(),
            rate_limits: Vec::new(),
            ..setup.config
        };
        let count = setup.names.instruments.len();
        let seats = setup
            .accounts
            .into_iter()
            .enumerate()
            .map(|(at, balances)| {
                let config = VenueConfig {
                    balances,
                    ..config.clone()
                };
                let mut venue = Venue::new(config, setup.queue, count);
                venue.share();
                let mut seat = Seat::new(AccountId(at as u16), venue);
                let account = seat.venue.account();
                let opening = account
                    .assets()
                    .map(|id| (id, (account.free(id), account.locked(id))));
                seat.balances = opening.collect();
                seat
            });
        Self {
            directory,
            venue: setup.venue,
            traits: Traits::of(setup.names.venue(setup.venue)),
            rules,
            liquidity: setup.liquidity,
            market: Market::new(&setup.names.instruments, &setup.feeds),
            taken: vec![Taken::default(); count],
            seats: seats.collect(),
            pits: (0..count)
                .map(|at| Pit::new(InstrumentId(at as u16)))
                .collect(),
            now: Ts::default(),
            next_order: 1,
            arrivals: 0,
            next_change: 1,
            next_funding: 1,
            spans: vec![MINUTE],
            minute: i64::MIN,
            ticked: Ts::default(),
            printed: Vec::new(),
            touched: BTreeMap::new(),
            names: setup.names,
            config,
        }
    }

    /// Instruments and assets of the venue.
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Names and instruments.
    pub const fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// Takes a row of the tape in; its stamp is the exchange's time from now on. Rows of other venues' instruments
    /// are taken in too: fees may be priced by them.
    pub fn on_market(&mut self, event: &Event, out: &mut Vec<Told>) {
        self.at(event.ts, out);
        self.follow(event, out);
        self.close_turn(out);
    }

    /// Answers a call. `account` is whose it is; `None` for what is public.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn call(
        &mut self,
        account: Option<AccountId>,
        call: &Call,
        now: Ts,
        out: &mut Vec<Told>,
    ) -> Result<Reply, Wrong> {
        self.at(now, out);
        let reply = match self.public(call) {
            Some(reply) => reply,
            None => match account.map(|it| usize::from(it.0)) {
                None => Err(Wrong::NotLoggedOn),
                Some(at) if at >= self.seats.len() => Err(Wrong::Key),
                Some(at) => self.private(at, call, out),
            },
        };
        self.close_turn(out);
        reply
    }

    /// Does what falls due by time: dead-man timers, orders that end at a time, funding, bars that close.
    pub fn tick(&mut self, now: Ts, out: &mut Vec<Told>) {
        self.at(now, out);
        self.close_turn(out);
    }

    /// When [`Exchange::tick`] must next be called; `None` while nothing falls due.
    pub fn due(&self) -> Option<Ts> {
        self.next_due()
    }

    /// Tells bars of this length from now on: whole minutes. Bars of a minute are told without it.
    pub fn tell_candles(&mut self, span: Span) {
        let minutes = span >= MINUTE && span.nanos() % MINUTE.nanos() == 0;
        if minutes && !self.spans.contains(&span) {
            self.spans.push(span);
        }
    }

    /// Moves the time on and does what is due by then. It never goes back.
    fn at(&mut self, now: Ts, out: &mut Vec<Told>) {
        self.now = self.now.max(now);
        self.do_due(out);
    }

    /// What every turn ends with.
    fn close_turn(&mut self, out: &mut Vec<Told>) {
        self.pull_triggers(out);
        let before = out.len();
        self.publish(out);
        // Before anything was traded orders wait for the middle of the book that everybody sees, which this may have moved.
        while out.len() > before && self.pull_triggers(out) {
            self.publish(out);
        }
        self.tell_accounts(out);
    }

    /// Lends an account's venue what all share.
    fn lend<T>(&mut self, at: usize, act: impl FnOnce(&mut Venue, Floor<'_>) -> T) -> T {
        let floor = Floor {
            names: &self.names,
            market: &self.market,
            liquidity: self.liquidity,
            now: self.now,
        };
        let venue = &mut self.seats[at].venue;
        venue.swap_taken(&mut self.taken);
        let done = act(venue, floor);
        venue.swap_taken(&mut self.taken);
        done
    }

    /// What anybody may ask; `None` for what is an account's.
    fn public(&self, call: &Call) -> Option<Result<Reply, Wrong>> {
        Some(match call {
            Call::Instruments(ids) => self.rules(ids),
            Call::Depth { instrument, levels } => self.depth(*instrument, *levels),
            Call::Prints(past) => self.prints(past),
            Call::Quotes(ids) => self.quotes(ids),
            Call::Tickers(ids) => self.tickers(ids),
            Call::Candles { span, past } => self.candles(*span, past),
            Call::Marks(ids) => self.marks(ids),
            Call::FundingRates(past) => self.funding_rates(past),
            Call::OpenInterest(id) => self.open_interest(*id),
            Call::Tiers(id) => self.tiers(*id),
            Call::Time => Ok(Reply::Time(self.now)),
            Call::Ping => Ok(Reply::Done),
            Call::StreamKey(_)
            | Call::StreamKeys
            | Call::RateLimits
            | Call::Logon
            | Call::Logout
            | Call::LogonStatus
            | Call::Subscribe(_)
            | Call::Unsubscribe(_)
            | Call::Subscriptions => Err(Wrong::Route),
            _ => return None,
        })
    }

    fn private(&mut self, at: usize, call: &Call, out: &mut Vec<Told>) -> Result<Reply, Wrong> {
        let one = |(state, fills)| Reply::Order(Box::new(state), fills);
        Ok(match call {
            Call::Place(order) => one(self.place(at, order, out)?),
            Call::Test(order) => return self.test(at, order),
            Call::PlaceMany(orders) => {
                let mut each = |order: &Result<NewOrder, Wrong>| {
                    let order = order.as_ref().map_err(Clone::clone)?;
                    self.place(at, order, out).map(|(state, _)| state)
                };
                Reply::Each(orders.iter().map(&mut each).collect())
            }
            Call::Cancel(which) => one((self.cancel(at, which, out)?, Vec::new())),
            Call::CancelMany(all) => Reply::Each(
                all.iter()
                    .map(|which| self.cancel(at, which, out))
                    .collect(),
            ),
            Call::CancelAll(id, side) => {
                let meant =
                    |it, way| id.is_none_or(|id| id == it) && side.is_none_or(|side| side == way);
                Reply::Orders(self.cancel_all(at, meant, out))
            }
            Call::CancelAllOf(ids) => {
                Reply::Orders(self.cancel_all(at, |it, _| ids.contains(&it), out))
            }
            Call::Amend(change) => one(self.amend(at, change, out)?),
            Call::AmendLoose(change) => one(self.amend_loose(at, change, out)?),
            Call::SetLeverage {
                instrument,
                leverage,
            } => self.set_leverage(at, *instrument, *leverage, out)?,
            Call::SetCrossLeverage {
                instrument,
                leverage,
            } => self.set_cross_leverage(at, *instrument, *leverage, out)?,
            Call::SetMarginMode { instrument, mode } => {
                self.set_margin_mode(at, *instrument, *mode, out)?
            }
            Call::SetPositionMode(mode) => Self::set_position_mode(*mode)?,
            Call::DeadMan(id, after) => self.dead_man(at, *id, *after)?,
            _ => return self.own(at, call),
        })
    }

    /// What an account asks of itself.
    fn own(&self, at: usize, call: &Call) -> Result<Reply, Wrong> {
        Ok(match call {
            Call::Order(which) => {
                let found = self.seats[at].find(which).ok_or(Wrong::NoOrder)?;
                Reply::Order(Box::new(found.state.clone()), Vec::new())
            }
            Call::OpenOrders(id) => {
                let open = self.seats[at].open();
                let open = open.filter(|it| id.is_none_or(|id| id == it.state.instrument));
                let open: Vec<OrderState> = open.map(|it| it.state.clone()).collect();
                Reply::Orders(open)
            }
            Call::Orders(past) => self.orders(at, past),
            Call::Trades(past) => self.trades(at, past),
            Call::Account | Call::Balances => Reply::Account(Box::new(self.account_state(at))),
            Call::Positions(id) => {
                let ids: Vec<InstrumentId> = (*id).into_iter().collect();
                for id in &ids {
                    self.of(*id)?;
                }
                let futures = self
                    .futures()
                    .filter(|of| ids.is_empty() || ids.contains(&of.id));
                Reply::Positions(futures.map(|of| self.position(at, of.id)).collect())
            }
            Call::Settings(id) => {
                let futures = self.futures().filter(|of| id.is_none_or(|id| id == of.id));
                Reply::Settings(futures.map(|of| self.settings(at, of.id)).collect())
            }
            Call::PositionMode => {
                let first = self
                    .futures()
                    .next()
                    .ok_or(Wrong::Unsupported("positions"))?;
                Reply::Settings(vec![self.settings(at, first.id)])
            }
            Call::Fees(id) => self.fees(*id)?,
            Call::FundingPaid(past) => self.funding_paid(at, past),
            _ => return Err(Wrong::Route),
        })
    }

    /// Checks an order's form as if it came; whether it could be paid is only known when it comes.
    fn test(&self, at: usize, order: &NewOrder) -> Result<Reply, Wrong> {
        self.check(at, order).map(|_| Reply::Done)
    }
}
