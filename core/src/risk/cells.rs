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

/// All cells, by instrument and task.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells(Vec<Cell>);

crate::value!(struct Cells (cells));

impl Cells {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn at(&self, at: u32) -> &Cell {
        &self.0[at as usize]
    }

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

    /// Notes how an order stands now instead of how it did.
    pub(super) fn order(&mut self, place: &Place, before: Alive, after: Alive) {
        let cell = self.entry(place.instrument, place.task);
        cell.open[place.side as usize] += after.exposure - before.exposure;
        cell.orders = (cell.orders + after.count).saturating_sub(before.count);
    }

    /// Notes what an execution brought, signed.
    pub(super) fn fill(&mut self, place: &Place, traded: Qty) {
        self.entry(place.instrument, place.task).held += traded;
    }

    /// Notes that a venue closed all that is held in an instrument.
    pub(super) fn liquidated(&mut self, instrument: InstrumentId) {
        for cell in self.0.iter_mut().filter(|c| c.instrument == instrument) {
            cell.held = Qty::ZERO;
        }
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
