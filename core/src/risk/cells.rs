//! What each task has and has out in each instrument: the leaves of the limit tree.

use alloc::vec::Vec;

use crate::command::Place;
use crate::instrument::Side;
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::{Money, Qty};
use crate::order::Order;

use super::limits::Scope;

/// One task in one instrument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) task: TaskId,
    pub(super) instrument: InstrumentId,
    /// What its fills made, signed.
    pub(super) held: Qty,
    /// What its alive orders may still buy and sell, every change granted.
    pub(super) open: [Qty; 2],
    /// How many are alive.
    pub(super) orders: u32,
}

crate::value!(struct Cell { task, instrument, held, open, orders });

impl Cell {
    const fn key(&self) -> (InstrumentId, TaskId) {
        (self.instrument, self.task)
    }
}

/// How one order stands toward what may still trade.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Alive {
    /// What it may still trade.
    pub(crate) exposure: Qty,
    /// One when it is alive, else zero.
    pub(crate) count: u32,
}

impl Alive {
    pub(crate) fn of(order: &Order) -> Self {
        Self {
            exposure: order.exposure(),
            count: u32::from(!order.state.is_terminal()),
        }
    }
}

/// What changed in a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) task: TaskId,
    pub(super) instrument: InstrumentId,
    pub(super) held: Qty,
    pub(super) open: [Qty; 2],
    /// How many orders more are alive, or less.
    pub(super) orders: i32,
}

impl Change {
    const fn of(task: TaskId, instrument: InstrumentId) -> Self {
        Self {
            task,
            instrument,
            held: Qty::ZERO,
            open: [Qty::ZERO; 2],
            orders: 0,
        }
    }

    /// An order stands so now instead of how it did.
    pub(super) fn order(place: &Place, before: Alive, after: Alive) -> Self {
        let mut change = Self::of(place.task, place.instrument);
        change.open[place.side as usize] = after.exposure - before.exposure;
        change.orders = after.count as i32 - before.count as i32;
        change
    }

    /// A venue closed this, signed.
    pub(super) fn closed(task: TaskId, instrument: InstrumentId, part: Qty) -> Self {
        Self {
            held: -part,
            ..Self::of(task, instrument)
        }
    }

    /// An execution brought this, signed.
    pub(super) fn fill(place: &Place, traded: Qty) -> Self {
        Self {
            held: traded,
            ..Self::of(place.task, place.instrument)
        }
    }
}

/// All cells, by instrument and task.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells(Vec<Cell>);

crate::value!(struct Cells (cells));

impl Cells {
    pub(super) fn iter(&self) -> core::slice::Iter<'_, Cell> {
        self.0.iter()
    }

    fn entry(&mut self, instrument: InstrumentId, task: TaskId) -> &mut Cell {
        let found = self.0.binary_search_by_key(&(instrument, task), Cell::key);
        let at = found.unwrap_or_else(|at| {
            let cell = Cell {
                task,
                instrument,
                held: Qty::ZERO,
                open: [Qty::ZERO; 2],
                orders: 0,
            };
            self.0.insert(at, cell);
            at
        });
        &mut self.0[at]
    }

    /// Notes a change.
    pub(super) fn apply(&mut self, change: &Change) {
        let cell = self.entry(change.instrument, change.task);
        cell.held += change.held;
        cell.open[0] += change.open[0];
        cell.open[1] += change.open[1];
        cell.orders = cell.orders.saturating_add_signed(change.orders);
    }

    /// What changes when a venue closes all that is held in an instrument.
    pub(super) fn liquidated(&self, instrument: InstrumentId) -> Vec<Change> {
        let held = |cell: &&Cell| cell.instrument == instrument && !cell.held.is_zero();
        let closed = |cell: &Cell| Change::closed(cell.task, cell.instrument, cell.held);
        self.iter().filter(held).map(closed).collect()
    }

    /// Signed exposure of a task to a base asset, in base units: by its fills. Contracts count at the last touch.
    pub(super) fn delta(
        &self,
        task: TaskId,
        base: crate::names::AssetId,
        names: &Names,
        market: &crate::market::Market,
    ) -> Money {
        let of_it = |cell: &&Cell| {
            cell.task == task
                && !cell.held.is_zero()
                && names.instrument(cell.instrument).base == base
        };
        let worth = |cell: &Cell| {
            let instrument = names.instrument(cell.instrument);
            let top = market.instrument(cell.instrument).last_top();
            let price = top.map_or_else(Default::default, |top| top.bid.price);
            instrument.base_value(price, cell.held)
        };
        self.iter().filter(of_it).map(worth).sum()
    }
}

impl Scope {
    /// True when what a task does in an instrument belongs to it.
    pub(super) fn covers(&self, task: TaskId, instrument: InstrumentId, names: &Names) -> bool {
        match self {
            Self::Account => true,
            Self::Venue(venue) => names.instrument(instrument).venue == *venue,
            Self::Strategy(tasks) => tasks.contains(&task),
            Self::Task(own) => *own == task,
            Self::Instrument(own) => *own == instrument,
            Self::Pair(base, quote) => {
                let known = names.instrument(instrument);
                (known.base, known.quote) == (*base, *quote)
            }
            Self::Leg(own, at) => (*own, *at) == (task, instrument),
        }
    }
}

/// What an order adds to a cell that the cells do not have yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extra {
    pub(super) task: TaskId,
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    pub(super) qty: Qty,
    /// One for a new order, zero for a change of one.
    pub(super) orders: u32,
}
