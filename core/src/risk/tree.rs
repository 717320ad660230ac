//! The limit tree: what holds for the account, a venue, a strategy, a task, a symbol, a leg.
//!
//! Each level sums what its tasks hold in its instruments, nets them by instrument, and takes the worst that can come
//! of it: every order that is open, unknown or just approved filled, all of one side and none of the other where that
//! is worse.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::cells::{Change, Extra};
use super::code::{Code, LimitKind};
use super::limits::{Level, LevelLimits};
use super::rate::Window;
use super::units::{Bound, Units, Worth};
use super::values::{Times, Values};
use crate::command::Place;
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::{Bps, Money, Price, Qty};
use crate::risk::RiskView;
use crate::time::Ts;

/// A level with what it counts.
#[derive(Clone, Debug)]
struct Node {
    level: Level,
    bounds: Bounds,
    rate: Option<Window>,
    /// What its tasks have and have out, by instrument.
    rows: Vec<(InstrumentId, Row)>,
    /// How many of their orders are alive.
    orders: u32,
}

crate::state!(Node { rows, orders } perhaps { rate } fixed { level, bounds });

/// A level's limits as they are compared.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    order: Option<Bound>,
    position: Option<Bound>,
    exposure: Option<Bound>,
    /// What exposure may be of equity, and the lower of that and of the share of capital.
    leverage: Option<Times>,
    least: Option<Times>,
}

impl Bounds {
    fn new(limits: &LevelLimits, units: &Units) -> Self {
        let bound = |limit: Option<Money>| limit.map(|limit| units.bound(limit));
        Self {
            order: bound(limits.max_order_notional),
            position: bound(limits.max_position_notional),
            exposure: bound(limits.max_exposure),
            leverage: limits.max_leverage.map(Times::new),
            least: limits.least_of_equity().map(Times::new),
        }
    }
}

/// All levels.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

crate::state!(Tree {} each { nodes });

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
    /// The largest position that may come of it, in magnitude.
    worst: Qty,
}

crate::value!(struct Row { held, open, worst });

impl Row {
    fn add(&mut self, held: Qty, [buys, sells]: [Qty; 2]) {
        self.held += held;
        self.open = [self.open[0] + buys, self.open[1] + sells];
        self.worst = self.worst();
    }

    fn worst(&self) -> Qty {
        let [buys, sells] = self.open;
        (self.held + buys).abs().max((self.held - sells).abs())
    }
}

impl Tree {
    pub(super) fn new(levels: &[Level], units: &Units) -> Self {
        let node = |level: &Level| Node {
            level: level.clone(),
            bounds: Bounds::new(&level.limits, units),
            rate: level.limits.max_order_rate.map(Window::new),
            rows: Vec::new(),
            orders: 0,
        };
        Self {
            nodes: levels.iter().map(node).collect(),
        }
    }

    /// Takes a change of a cell into every level that covers it.
    pub(super) fn apply(&mut self, change: &Change, names: &Names) {
        let (task, instrument) = (change.task, change.instrument);
        for node in &mut self.nodes {
            if node.level.scope.covers(task, instrument, names) {
                node.apply(change);
            }
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
            if node.covers(task, instrument, view) {
                node.check_rate(messages, view)?;
            }
        }
        Ok(())
    }

    /// Judges an order at every level that it belongs to.
    pub(super) fn check(
        &self,
        asked: &Asked<'_>,
        values: &Values,
        view: &RiskView<'_>,
    ) -> Result<(), Code> {
        let Place {
            task, instrument, ..
        } = *asked.place;
        let mut equity = None;
        // Too many messages are the last of all reasons.
        let mut rate = Ok(());
        for node in &self.nodes {
            if node.covers(task, instrument, view) {
                let mut equity =
                    || *equity.get_or_insert_with(|| values.equity(view).max(Money::ZERO));
                node.check(asked, values, view, &mut equity)?;
                rate = rate.and_then(|()| node.check_rate(asked.messages, view));
            }
        }
        rate
    }
}

impl Node {
    fn check(
        &self,
        asked: &Asked<'_>,
        values: &Values,
        view: &RiskView<'_>,
        equity: &mut dyn FnMut() -> Money,
    ) -> Result<(), Code> {
        let bounds = &self.bounds;
        let refused = |limit| Err(Code::Limit(self.level.scope.kind(), limit));
        let id = asked.place.instrument;
        let row = self.row(id, asked.extras, view);
        let side = asked.place.side;
        // With all of its side that is out filled as well, it must still only make the position smaller.
        let after = row.held + side.signed(row.open[side as usize]);
        let reduces = after.abs() < row.held.abs()
            && (after.is_zero() || (after > Qty::ZERO) == (row.held > Qty::ZERO));
        if reduces {
            return Ok(());
        }
        let exceeds = |qty, bound: &Bound| values.exceeds(id, asked.price, qty, bound, view);
        if (bounds.order.as_ref()).is_some_and(|bound| exceeds(asked.left, bound)) {
            return refused(LimitKind::OrderNotional);
        }
        if (bounds.position.as_ref()).is_some_and(|bound| exceeds(after.abs(), bound)) {
            return refused(LimitKind::PositionNotional);
        }
        let most = self.level.limits.max_open_orders;
        if most.is_some_and(|most| self.orders(asked.extras, view) > most) {
            return refused(LimitKind::OpenOrders);
        }
        if bounds.exposure.is_none() && bounds.least.is_none() {
            return Ok(());
        }
        let (exposure, units) = (self.exposure(row, asked, values, view), &values.units);
        if (bounds.exposure.as_ref()).is_some_and(|bound| units.exceeds(&exposure, bound)) {
            return refused(LimitKind::Exposure);
        }
        // Nearly always it is within the lower of the two: one product and one comparison.
        let mut beyond = |times: &Times| times.is_below(&exposure, equity(), units);
        if !bounds.least.as_ref().is_some_and(&mut beyond) {
            return Ok(());
        }
        if bounds.leverage.as_ref().is_some_and(beyond) {
            return refused(LimitKind::Leverage);
        }
        refused(LimitKind::CapitalShare)
    }

    /// Whether there is room for one message more, after those of the same event.
    fn check_rate(
        &self,
        messages: &[(TaskId, InstrumentId)],
        view: &RiskView<'_>,
    ) -> Result<(), Code> {
        let Some(rate) = &self.rate else {
            return Ok(());
        };
        let others = messages
            .iter()
            .filter(|(task, at)| self.covers(*task, *at, view));
        if rate.has_room(view.now, others.count() + 1) {
            Ok(())
        } else {
            let kind = self.level.scope.kind();
            Err(Code::Limit(kind, LimitKind::OrderRate))
        }
    }

    fn covers(&self, task: TaskId, instrument: InstrumentId, view: &RiskView<'_>) -> bool {
        self.level.scope.covers(task, instrument, view.names)
    }

    fn apply(&mut self, change: &Change) {
        let found = self
            .rows
            .binary_search_by_key(&change.instrument, |(id, _)| *id);
        let at = found.unwrap_or_else(|at| {
            self.rows.insert(at, (change.instrument, Row::default()));
            at
        });
        self.rows[at].1.add(change.held, change.open);
        self.orders = self.orders.saturating_add_signed(change.orders);
    }

    /// The level's part of one instrument; `None` when nothing was done in it yet.
    fn known(&self, id: InstrumentId) -> Option<Row> {
        let found = self.rows.binary_search_by_key(&id, |(id, _)| *id);
        found.ok().map(|at| self.rows[at].1)
    }

    /// The level's part of one instrument, with what was just approved.
    fn row(&self, id: InstrumentId, extras: &[Extra], view: &RiskView<'_>) -> Row {
        let mut row = self.known(id).unwrap_or_default();
        self.add_extras(&mut row, id, extras, view);
        row
    }

    fn add_extras(&self, row: &mut Row, id: InstrumentId, extras: &[Extra], view: &RiskView<'_>) {
        for (at, extra) in (0_usize..).zip(extras) {
            // The first is the order itself, which the level covers.
            if extra.instrument == id && (at == 0 || self.covers(extra.task, id, view)) {
                row.open[extra.side as usize] += extra.qty;
            }
        }
        row.worst = row.worst();
    }

    /// Orders that would be alive.
    fn orders(&self, extras: &[Extra], view: &RiskView<'_>) -> u32 {
        let covered = |&(at, extra): &(usize, &Extra)| {
            at == 0 || self.covers(extra.task, extra.instrument, view)
        };
        let new = extras.iter().enumerate().filter(covered);
        self.orders + new.map(|(_, extra)| extra.orders).sum::<u32>()
    }

    /// The sum of the worst values of all its instruments; `own` is the row of the one that is asked for.
    fn exposure(&self, own: Row, asked: &Asked<'_>, values: &Values, view: &RiskView<'_>) -> Worth {
        let (ordered, others) = (asked.place.instrument, asked.extras.get(1..).unwrap_or(&[]));
        let mut sum = Worth::default();
        let mut add = |id: InstrumentId, worst: Qty, least: Price| {
            if !worst.is_zero() {
                values.add(&mut sum, id, worst, least, view);
            }
        };
        let mut is_new = true;
        for (id, row) in &self.rows {
            if *id == ordered {
                is_new = false;
                add(ordered, own.worst, asked.price);
            } else if others.iter().any(|extra| extra.instrument == *id) {
                let row = self.row(*id, asked.extras, view);
                add(*id, row.worst, Price::default());
            } else {
                add(*id, row.worst, Price::default());
            }
        }
        // Instruments that nothing was done in yet.
        if is_new {
            add(ordered, own.worst, asked.price);
        }
        for (at, extra) in others.iter().enumerate() {
            let id = extra.instrument;
            let mut earlier = others[..at].iter();
            let seen = id == ordered || earlier.any(|other| other.instrument == id);
            if !seen && self.known(id).is_none() {
                let row = self.row(id, asked.extras, view);
                add(id, row.worst, Price::default());
            }
        }
        sum
    }
}

impl LevelLimits {
    fn least_of_equity(&self) -> Option<Decimal> {
        let share = self.max_capital_share.map(Bps::to_decimal);
        self.max_leverage.into_iter().chain(share).min()
    }
}
