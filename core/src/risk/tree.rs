//! The limit tree: what holds for the account, a venue, a strategy, a task, a symbol, a leg.
//!
//! Each level sums what its tasks hold in its instruments, nets them by instrument, and takes the worst that can come
//! of it: every order that is open, unknown or just approved filled, all of one side and none of the other where that
//! is worse.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::cells::{Cell, Cells, Extra};
use super::code::{Code, LimitKind};
use super::limits::{Level, LevelLimits};
use super::rate::Window;
use super::values::{Values, Worth};
use crate::command::Place;
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::{Money, Price, Qty};
use crate::risk::RiskView;
use crate::time::Ts;

/// A level with what it counts.
#[derive(Clone, Debug)]
struct Node {
    level: Level,
    rate: Option<Window>,
    /// Which cells it covers, in their order.
    cells: Vec<u32>,
}

crate::state!(Node { cells } perhaps { rate } fixed { level });

/// All levels.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// How many cells the lists of the nodes were made for.
    cells: usize,
}

crate::state!(Tree { cells } each { nodes });

/// An order before the tree.
pub(super) struct Asked<'a> {
    /// It.
    pub(super) place: &'a Place,
    /// What of it may trade.
    pub(super) left: Qty,
    /// The price that it is worth most at.
    pub(super) price: Price,
    /// What the cells do not know of, the order itself first.
    pub(super) extras: &'a [Extra],
    /// Other messages that were approved on the same event.
    pub(super) messages: &'a [(TaskId, InstrumentId)],
}

/// What may come of one instrument.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    held: Qty,
    open: [Qty; 2],
    orders: u32,
}

impl Row {
    /// The largest position that may come of it, in magnitude.
    fn worst(&self) -> Qty {
        let [buys, sells] = self.open;
        (self.held + buys).abs().max((self.held - sells).abs())
    }
}

impl Tree {
    pub(super) fn new(levels: &[Level]) -> Self {
        let node = |level: &Level| Node {
            level: level.clone(),
            rate: level.limits.max_order_rate.map(Window::new),
            cells: Vec::new(),
        };
        Self {
            nodes: levels.iter().map(node).collect(),
            cells: 0,
        }
    }

    /// Takes new cells in: which levels cover them.
    pub(super) fn follow(&mut self, cells: &Cells, names: &Names) {
        if cells.len() == self.cells {
            return;
        }
        self.cells = cells.len();
        for node in &mut self.nodes {
            let scope = &node.level.scope;
            let covered = cells.iter().enumerate();
            let covered =
                covered.filter(|(_, cell)| scope.covers(cell.task, cell.instrument, names));
            node.cells = covered.map(|(at, _)| at as u32).collect();
        }
    }

    /// Counts a message that leaves.
    pub(super) fn note(&mut self, task: TaskId, instrument: InstrumentId, view: (&Names, Ts)) {
        let (names, now) = view;
        for node in &mut self.nodes {
            if let Some(rate) = &mut node.rate
                && node.level.scope.covers(task, instrument, names)
            {
                rate.note(now);
            }
        }
    }

    /// Judges the count of messages alone, as for a change that makes an order no larger.
    pub(super) fn check_rate(
        &self,
        task: TaskId,
        instrument: InstrumentId,
        messages: &[(TaskId, InstrumentId)],
        view: &RiskView<'_>,
    ) -> Result<(), Code> {
        for node in &self.nodes {
            let scope = &node.level.scope;
            if let Some(rate) = &node.rate
                && scope.covers(task, instrument, view.names)
            {
                let others = messages
                    .iter()
                    .filter(|(task, at)| scope.covers(*task, *at, view.names));
                if !rate.has_room(view.now, others.count() + 1) {
                    return Err(Code::Limit(scope.kind(), LimitKind::OrderRate));
                }
            }
        }
        Ok(())
    }

    /// Judges an order at every level that it belongs to.
    pub(super) fn check(
        &self,
        asked: &Asked<'_>,
        cells: &Cells,
        values: &Values,
        view: &RiskView<'_>,
    ) -> Result<(), Code> {
        let Place {
            task, instrument, ..
        } = *asked.place;
        let mut equity = None;
        for node in &self.nodes {
            if node.level.scope.covers(task, instrument, view.names) {
                let mut equity = || *equity.get_or_insert_with(|| values.equity(view));
                node.check(asked, cells, values, view, &mut equity)?;
            }
        }
        self.check_rate(task, instrument, asked.messages, view)
    }
}

impl Node {
    fn check(
        &self,
        asked: &Asked<'_>,
        cells: &Cells,
        values: &Values,
        view: &RiskView<'_>,
        equity: &mut dyn FnMut() -> Money,
    ) -> Result<(), Code> {
        let limits = &self.level.limits;
        let refused = |limit| Err(Code::Limit(self.level.scope.kind(), limit));
        let id = asked.place.instrument;
        let instrument = view.names.instrument(id);
        let row = self.row(id, asked.extras, cells, view);
        let side = asked.place.side;
        // With all of its side that is out filled as well, it must still only make the position smaller.
        let after = row.held + side.signed(row.open[side as usize]);
        let reduces = after.abs() < row.held.abs()
            && (after.is_zero() || (after > Qty::ZERO) == (row.held > Qty::ZERO));
        if reduces {
            return Ok(());
        }
        let worth =
            |qty: Qty| values.in_money(instrument, instrument.notional(asked.price, qty), view);
        if limits
            .max_order_notional
            .is_some_and(|limit| worth(asked.left) > limit)
        {
            return refused(LimitKind::OrderNotional);
        }
        if limits
            .max_position_notional
            .is_some_and(|limit| worth(after.abs()) > limit)
        {
            return refused(LimitKind::PositionNotional);
        }
        if limits
            .max_open_orders
            .is_some_and(|limit| self.orders(asked.extras, cells, view) > limit)
        {
            return refused(LimitKind::OpenOrders);
        }
        if !limits.weighs_exposure() {
            return Ok(());
        }
        let exposure = self.exposure(asked, cells, values, view);
        if limits.max_exposure.is_some_and(|limit| exposure > limit) {
            return refused(LimitKind::Exposure);
        }
        let beyond =
            |times: Decimal, equity: Money| exposure > equity.max(Money::ZERO).times(times);
        if let Some(limit) = limits.max_leverage
            && beyond(limit, equity())
        {
            return refused(LimitKind::Leverage);
        }
        if let Some(limit) = limits.max_capital_share
            && beyond(limit.to_decimal(), equity())
        {
            return refused(LimitKind::CapitalShare);
        }
        Ok(())
    }

    fn covers(&self, task: TaskId, instrument: InstrumentId, view: &RiskView<'_>) -> bool {
        self.level.scope.covers(task, instrument, view.names)
    }

    /// The cells that it covers; those of one instrument stand together.
    fn cells<'a>(&'a self, cells: &'a Cells) -> impl Iterator<Item = &'a Cell> {
        self.cells.iter().map(|&at| cells.at(at))
    }

    /// The level's part of one instrument, with what was just approved.
    fn row(&self, id: InstrumentId, extras: &[Extra], cells: &Cells, view: &RiskView<'_>) -> Row {
        let mut row = Row::default();
        for cell in self.cells(cells).filter(|cell| cell.instrument == id) {
            row.add(cell);
        }
        self.add_extras(&mut row, id, extras, view);
        row
    }

    fn add_extras(&self, row: &mut Row, id: InstrumentId, extras: &[Extra], view: &RiskView<'_>) {
        let own = |extra: &&Extra| extra.instrument == id && self.covers(extra.task, id, view);
        for extra in extras.iter().filter(own) {
            row.open[extra.side as usize] += extra.qty;
            row.orders += extra.orders;
        }
    }

    /// Orders that would be alive.
    fn orders(&self, extras: &[Extra], cells: &Cells, view: &RiskView<'_>) -> u32 {
        let alive = self.cells(cells).map(|cell| cell.orders);
        let new = extras
            .iter()
            .filter(|extra| self.covers(extra.task, extra.instrument, view))
            .map(|extra| extra.orders);
        alive.chain(new).sum()
    }

    /// The sum of the worst values of all its instruments.
    fn exposure(
        &self,
        asked: &Asked<'_>,
        cells: &Cells,
        values: &Values,
        view: &RiskView<'_>,
    ) -> Money {
        let mut sum = Worth::default();
        let mut add = |id: InstrumentId, mut row: Row| {
            self.add_extras(&mut row, id, asked.extras, view);
            let worst = row.worst();
            if !worst.is_zero() {
                let own = id == asked.place.instrument;
                let least = if own { asked.price } else { Price::default() };
                values.add(&mut sum, id, worst, least, view);
            }
        };
        let mut running: Option<(InstrumentId, Row)> = None;
        for cell in self.cells(cells) {
            match &mut running {
                Some((id, row)) if *id == cell.instrument => row.add(cell),
                other => {
                    let mut first = Row::default();
                    first.add(cell);
                    if let Some((id, row)) = other.replace((cell.instrument, first)) {
                        add(id, row);
                    }
                }
            }
        }
        if let Some((id, row)) = running {
            add(id, row);
        }
        // Instruments that nothing was done in yet.
        for (at, extra) in asked.extras.iter().enumerate() {
            let id = extra.instrument;
            let mut earlier = asked.extras[..at].iter();
            let seen = earlier.any(|other| other.instrument == id);
            if !seen && !self.cells(cells).any(|cell| cell.instrument == id) {
                add(id, Row::default());
            }
        }
        sum.money()
    }
}

impl Row {
    fn add(&mut self, cell: &Cell) {
        self.held += cell.held;
        self.open[0] += cell.open[0];
        self.open[1] += cell.open[1];
        self.orders += cell.orders;
    }
}

impl LevelLimits {
    const fn weighs_exposure(&self) -> bool {
        self.max_exposure.is_some()
            || self.max_leverage.is_some()
            || self.max_capital_share.is_some()
    }
}
