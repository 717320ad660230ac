//! What ours and others' trades make of positions and balances, to hold against what the venue says.

use std::collections::BTreeMap;

use onetape_core::event::Fill;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Money, Qty};
use onetape_core::position::Position;

/// One asset.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// What trades made of it since it was first told.
    moved: Money,
    /// The venue's total less what was moved by then, when nothing was on its way.
    base: Option<Money>,
}

/// Positions and balances.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    positions: BTreeMap<InstrumentId, Position>,
    rows: BTreeMap<AssetId, Row>,
}

impl Holdings {
    /// Begins with a position.
    pub(super) fn hold(&mut self, id: InstrumentId, position: Position) {
        self.positions.insert(id, position);
    }

    pub(super) fn position(&self, id: InstrumentId) -> Position {
        self.positions.get(&id).copied().unwrap_or_default()
    }

    pub(super) fn position_mut(&mut self, id: InstrumentId) -> &mut Position {
        self.positions.entry(id).or_default()
    }

    /// Books an execution.
    pub(super) fn fill(&mut self, of: &Instrument, side: Side, fill: &Fill) {
        self.positions
            .entry(of.id)
            .or_default()
            .book(of, side, fill);
        if of.kind == InstrumentKind::Spot {
            let traded = side.signed(fill.qty);
            self.move_by(of.base, Money::new(of.qty_decimal(traded)));
            let paid = of.notional(fill.price, traded);
            self.move_by(of.quote, Money::ZERO - paid);
            self.move_by(fill.fee.asset, Money::ZERO - fill.fee.amount);
        }
    }

    /// A balance moved otherwise than by a trade.
    pub(super) fn move_by(&mut self, asset: AssetId, amount: Money) {
        let row = self.rows.entry(asset).or_default();
        row.moved += amount;
    }

    /// The venue's word on a total. With nothing on its way it is what later ones are held against.
    pub(super) fn told(&mut self, asset: AssetId, total: Money, quiet: bool) {
        let row = self.rows.entry(asset).or_default();
        if quiet || row.base.is_none() {
            row.base = Some(total - row.moved);
        }
    }

    /// Whether the venue said a total of an asset.
    pub(super) fn is_told(&self, asset: AssetId) -> bool {
        self.rows.get(&asset).is_some_and(|row| row.base.is_some())
    }

    /// How much a total is more than trades make it; `None` where no total was told before.
    pub(super) fn off(&self, asset: AssetId, total: Money) -> Option<Money> {
        let row = self.rows.get(&asset)?;
        Some(total - row.base? - row.moved)
    }

    /// How much a position is more than trades make it.
    pub(super) fn position_off(&self, id: InstrumentId, venue: Qty) -> Qty {
        venue - self.position(id).qty
    }
}
