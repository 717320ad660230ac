//! One account at the exchange: its venue, its orders, and what is kept of its past.

use std::collections::{BTreeMap, VecDeque};

use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::call::{NewOrder, Which};
use onetape_adapters::server::state::{FillState, FundingState, OrderState};
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Money, Price};
use onetape_core::order::OrderId;
use onetape_core::position::Position;
use onetape_core::time::Ts;
use onetape_sim::Venue;

use super::pit::keep;

/// Ended orders that an account keeps.
const ENDED_KEPT: usize = 10_000;
/// Executions and entries of funding that an account keeps.
pub(super) const FILLS_KEPT: usize = 20_000;

/// An order with what the exchange keeps beside how it stands.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) state: OrderState,
    /// As it was asked for.
    pub(super) asked: NewOrder,
    /// True while it waits for its trigger.
    pub(super) waits: bool,
    /// The price and place in the queue at which it stands in the book.
    pub(super) stands: Option<(Price, u64)>,
    /// Its place in queues.
    pub(super) arrival: u64,
    /// How often it was changed.
    pub(super) amends: u64,
    /// True when its coming was told.
    pub(super) told: bool,
}

/// When all orders are cancelled unless that is put off.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeadMan {
    pub(super) instrument: Option<InstrumentId>,
    pub(super) at: Ts,
}

/// One account.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) id: AccountId,
    pub(super) venue: Venue,
    /// By the venue's id.
    orders: BTreeMap<u64, Record>,
    /// Those that have ended, in that order.
    ended: VecDeque<u64>,
    /// The newest order of a client's id.
    clients: BTreeMap<String, u64>,
    /// Ids of open orders.
    open: Vec<u64>,
    pub(super) fills: VecDeque<FillState>,
    pub(super) funding: VecDeque<FundingState>,
    pub(super) dead: Vec<DeadMan>,
    /// Positions as the fills that were told make them.
    pub(super) positions: BTreeMap<InstrumentId, Position>,
    /// Free and locked as they were told last.
    pub(super) balances: BTreeMap<AssetId, (Money, Money)>,
    /// When balances and positions changed last.
    pub(super) changed: BTreeMap<AssetId, Ts>,
    pub(super) traded: BTreeMap<InstrumentId, Ts>,
    pub(super) at: Ts,
}

/// The id by which the simulation knows an order.
pub(super) const fn order_id(id: u64) -> OrderId {
    OrderId {
        epoch: (id >> 32) as u32,
        n: id as u32,
    }
}

/// The exchange's id of an order.
pub(super) const fn number_of(id: OrderId) -> u64 {
    ((id.epoch as u64) << 32) | id.n as u64
}

impl Seat {
    pub(super) fn new(id: AccountId, venue: Venue) -> Self {
        Self {
            id,
            venue,
            orders: BTreeMap::new(),
            ended: VecDeque::new(),
            clients: BTreeMap::new(),
            open: Vec::new(),
            fills: VecDeque::new(),
            funding: VecDeque::new(),
            dead: Vec::new(),
            positions: BTreeMap::new(),
            balances: BTreeMap::new(),
            changed: BTreeMap::new(),
            traded: BTreeMap::new(),
            at: Ts::default(),
        }
    }

    /// Enters an order.
    pub(super) fn enter(&mut self, record: Record) {
        let id = record.state.id;
        if !record.state.client.is_empty() {
            self.clients.insert(record.state.client.clone(), id);
        }
        self.open.push(id);
        self.orders.insert(id, record);
    }

    /// Takes an order out that was refused.
    pub(super) fn forget(&mut self, id: u64) {
        self.open.retain(|known| *known != id);
        if let Some(record) = self.orders.remove(&id)
            && self.clients.get(&record.state.client) == Some(&id)
        {
            self.clients.remove(&record.state.client);
        }
    }

    /// Notes that an order has ended; the oldest such go.
    pub(super) fn end(&mut self, id: u64) {
        self.open.retain(|known| *known != id);
        if self.ended.len() >= ENDED_KEPT
            && let Some(oldest) = self.ended.front().copied()
        {
            self.ended.pop_front();
            self.forget(oldest);
        }
        self.ended.push_back(id);
    }

    /// Gives an order another client's id.
    pub(super) fn rename(&mut self, id: u64, client: &str) {
        if let Some(record) = self.orders.get_mut(&id) {
            let before = std::mem::replace(&mut record.state.client, client.to_string());
            if self.clients.get(&before) == Some(&id) {
                self.clients.remove(&before);
            }
            self.clients.insert(client.to_string(), id);
        }
    }

    pub(super) fn get(&self, id: u64) -> Option<&Record> {
        self.orders.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Record> {
        self.orders.get_mut(&id)
    }

    /// All orders that are kept, by id.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.orders.values()
    }

    /// Open orders, by when they came.
    pub(super) fn open(&self) -> impl Iterator<Item = &Record> {
        self.open.iter().filter_map(|id| self.orders.get(id))
    }

    /// An open order with a client's id.
    pub(super) fn has_open(&self, client: &str) -> bool {
        let found = self.clients.get(client).and_then(|id| self.orders.get(id));
        found.is_some_and(|record| record.state.status.is_open())
    }

    /// The order that is meant.
    pub(super) fn find(&self, which: &Which) -> Option<&Record> {
        let id = match (which.id, &which.client) {
            (Some(id), _) => id,
            (None, Some(client)) => *self.clients.get(client)?,
            (None, None) => return None,
        };
        let record = self.orders.get(&id)?;
        let client = which.client.as_ref();
        // Where both are told both have to be right; an amended order may have had the other client's id before.
        let named =
            which.id.is_none() || client.is_none_or(|client| *client == record.state.client);
        let placed = which
            .instrument
            .is_none_or(|id| id == record.state.instrument);
        (named && placed).then_some(record)
    }

    /// Keeps an execution.
    pub(super) fn keep_fill(&mut self, fill: FillState) {
        keep(&mut self.fills, fill, FILLS_KEPT);
    }
}
