//! A venue that does what a test says, and counts the orders that reach it.

use onetape_adapters::directory::Directory;
use onetape_adapters::report::Origin;
use onetape_adapters::report::PositionSide;
use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::call::{Call, SelfTrade};
use onetape_adapters::server::news::News;
use onetape_adapters::server::protocol::Protocol;
use onetape_adapters::server::reply::Reply;
use onetape_adapters::server::state::{BookState, Happened, OrderChange, OrderState, OrderStatus};
use onetape_adapters::server::wrong::Wrong;
use onetape_core::command::TimeInForce;
use onetape_core::event::{Body, DepthUpdate, Event, Level, Mark};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::{Span, Ts};

use super::super::Engine;
use super::super::hub::Hub;
use crate::exchange::{To, Told};

pub(super) const OF: InstrumentId = InstrumentId(0);

pub(super) struct Script {
    directory: Directory,
    /// Number of the book's last change.
    last: u64,
    orders: u64,
}

impl Script {
    pub(super) fn new(protocol: Protocol) -> Self {
        let mut names = Names::default();
        let venue = names.venue_id(protocol.name());
        let (base, quote) = (names.asset_id("BTC"), names.asset_id("USDT"));
        let symbol = protocol.symbol("BTC", "USDT");
        names.instruments.push(Instrument {
            id: OF,
            name: format!("{}:{symbol}", protocol.name()),
            venue,
            symbol,
            kind: match protocol.is_futures() {
                true => InstrumentKind::Linear,
                false => InstrumentKind::Spot,
            },
            base,
            quote,
            price_decimals: 2,
            qty_decimals: 3,
            tick: Price::new(1),
            lot: Qty::new(1),
            min_qty: Qty::new(1),
            max_qty: Qty::ZERO,
            min_notional: Money::ZERO,
            contract_value: Money::parse("1").unwrap(),
            inferred: false,
            tiers: Vec::new(),
        });
        Self {
            directory: Directory::new(&names, venue),
            last: 100,
            orders: 0,
        }
    }

    fn book(&self, snapshot: bool, at: Ts) -> BookState {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(self.last as i64),
        };
        BookState {
            update: DepthUpdate {
                instrument: OF,
                snapshot,
                first: self.last,
                last: self.last,
                prev: Some(self.last - 1),
                bids: vec![level(999)],
                asks: vec![level(1_001)],
            },
            at,
        }
    }
}

fn order(id: u64, now: Ts) -> OrderState {
    OrderState {
        id,
        client: format!("c{id}"),
        instrument: OF,
        side: Side::Buy,
        limit: Some(Price::new(1_000)),
        time_in_force: TimeInForce::GoodTillCancelled,
        qty: Qty::new(1_000),
        quote_size: None,
        filled: Qty::ZERO,
        filled_quote: Money::ZERO,
        status: OrderStatus::New,
        reduce_only: false,
        position: PositionSide::Net,
        until: None,
        trigger: None,
        self_trade: SelfTrade::Unsaid,
        fees: Vec::new(),
        created: now,
        updated: now,
    }
}

impl Engine for Script {
    fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Any row is a change of the book.
    fn on_market(&mut self, event: &Event, out: &mut Vec<Told>) {
        self.last += 1;
        let news = News::Depth(self.book(false, event.ts));
        out.push(Told {
            to: To::Everybody,
            news,
        });
    }

    fn call(
        &mut self,
        account: Option<AccountId>,
        call: &Call,
        now: Ts,
        out: &mut Vec<Told>,
    ) -> Result<Reply, Wrong> {
        match (call, account) {
            (Call::Place(_), Some(account)) => {
                self.orders += 1;
                let state = order(self.orders, now);
                let change = OrderChange {
                    order: state.clone(),
                    what: Happened::Came,
                    origin: Origin::Account,
                    number: self.orders,
                };
                out.push(Told {
                    to: To::Account(account),
                    news: News::Order(Box::new(change)),
                });
                Ok(Reply::Order(Box::new(state), Vec::new()))
            }
            (Call::OpenOrders(_), Some(_)) => {
                let all = (1..=self.orders).map(|id| order(id, now));
                Ok(Reply::Orders(all.collect()))
            }
            (Call::Depth { .. }, _) => Ok(Reply::Depth(self.book(true, now))),
            _ => Err(Wrong::Unsupported("not in the script")),
        }
    }

    fn tick(&mut self, _: Ts, _: &mut Vec<Told>) {}

    fn due(&self) -> Option<Ts> {
        None
    }

    fn tell_candles(&mut self, _: Span) {}
}

/// Lets the market of a venue move.
pub(super) fn moves(hub: &Hub) {
    let mark = Mark {
        instrument: OF,
        mark: Money::ZERO,
        index: None,
    };
    hub.on_market(Event {
        ts: Ts::UNKNOWN,
        body: Body::Mark(mark),
    });
}

/// How many orders reached the venue.
pub(super) fn done(hub: &Hub) -> usize {
    let asked = hub.lock().ask(Some(AccountId(0)), &Call::OpenOrders(None));
    match asked {
        Ok(Reply::Orders(all)) => all.len(),
        other => panic!("{other:?}"),
    }
}
