//! One account at one venue: balances, locks, futures positions and their margin.

use onetape_core::event::Fill;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::Market;
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::{Money, Qty};
use onetape_core::position::Position;
use rust_decimal::Decimal;

#[derive(Clone, Copy, Debug)]
struct Balance {
    asset: AssetId,
    total: Money,
    locked: Money,
    /// Changed since it was last reported.
    changed: bool,
}

/// What the account of a run holds at one venue.
#[derive(Clone, Debug)]
pub struct Account {
    balances: Vec<Balance>,
    /// Futures positions, by instrument, in the order in which they were first traded.
    positions: Vec<(InstrumentId, Position)>,
    leverage: Decimal,
}

impl Account {
    /// An account with these balances, to be reported first.
    pub fn new(balances: &[(AssetId, Money)], leverage: u32) -> Self {
        let balance = |&(asset, total): &(AssetId, Money)| Balance {
            asset,
            total,
            locked: Money::ZERO,
            changed: true,
        };
        Self {
            balances: balances.iter().map(balance).collect(),
            positions: Vec::new(),
            leverage: Decimal::from(leverage.max(1)),
        }
    }

    fn balance(&self, asset: AssetId) -> Option<&Balance> {
        self.balances.iter().find(|balance| balance.asset == asset)
    }

    fn entry(&mut self, asset: AssetId) -> &mut Balance {
        let at = self
            .balances
            .iter()
            .position(|balance| balance.asset == asset)
            .unwrap_or_else(|| {
                let zero = Money::ZERO;
                self.balances.push(Balance {
                    asset,
                    total: zero,
                    locked: zero,
                    changed: true,
                });
                self.balances.len() - 1
            });
        &mut self.balances[at]
    }

    /// What can be spent or withdrawn of an asset.
    pub fn free(&self, asset: AssetId) -> Money {
        self.balance(asset)
            .map_or(Money::ZERO, |balance| balance.total - balance.locked)
    }

    /// Everything held of an asset.
    pub fn total(&self, asset: AssetId) -> Money {
        self.balance(asset)
            .map_or(Money::ZERO, |balance| balance.total)
    }

    /// The position in a future.
    pub fn position(&self, instrument: InstrumentId) -> Position {
        let known = self.positions.iter().find(|(id, _)| *id == instrument);
        known.map_or_else(Position::default, |(_, position)| *position)
    }

    /// True while a future is held.
    pub fn has_positions(&self) -> bool {
        self.positions
            .iter()
            .any(|(_, position)| !position.qty.is_zero())
    }

    /// Sets an amount aside for a resting order, or frees it when negative.
    pub fn lock(&mut self, asset: AssetId, amount: Money) {
        self.entry(asset).locked += amount;
    }

    /// Adds to a balance; negative takes away.
    pub fn credit(&mut self, asset: AssetId, amount: Money) {
        let balance = self.entry(asset);
        balance.total += amount;
        balance.changed |= !amount.is_zero();
    }

    /// Free margin of a settlement asset: its free balance less the initial margin of open positions, and less
    /// what they have lost at the touch (gains cannot be spent).
    pub fn free_margin(&self, settle: AssetId, names: &Names, market: &Market) -> Money {
        let mut free = self.free(settle);
        for (id, position) in &self.positions {
            let instrument = names.instrument(*id);
            if instrument.settle() != settle || position.qty.is_zero() {
                continue;
            }
            free -= self.margin(position.cost.abs());
            free += at_touch(instrument, position, market).min(Money::ZERO);
        }
        free
    }

    /// The assets in which positions settle that were ever open, each once.
    pub fn settlement_assets(&self, names: &Names) -> Vec<AssetId> {
        let mut assets = Vec::new();
        for (id, _) in &self.positions {
            let asset = names.instrument(*id).settle();
            if !assets.contains(&asset) {
                assets.push(asset);
            }
        }
        assets
    }

    /// What closing every position of a settlement asset at the touch would bring; those without a live book
    /// count as even. `None` when nothing is open.
    pub fn unrealised(&self, settle: AssetId, names: &Names, market: &Market) -> Option<Money> {
        let open = self.positions.iter().filter(|(id, position)| {
            names.instrument(*id).settle() == settle && !position.qty.is_zero()
        });
        open.map(|(id, position)| at_touch(names.instrument(*id), position, market))
            .reduce(|sum, next| sum + next)
    }

    /// Closes every position of a settlement asset at the touch and returns which, how much and what it brought.
    /// When none is open, the one that was traded first stands in with a quantity of zero.
    pub fn close_positions(
        &mut self,
        settle: AssetId,
        names: &Names,
        market: &Market,
    ) -> Vec<(InstrumentId, Qty, Money)> {
        let mut closed = Vec::new();
        let mut brought = Money::ZERO;
        for (id, position) in &mut self.positions {
            let instrument = names.instrument(*id);
            if instrument.settle() == settle && !position.qty.is_zero() {
                let realised = at_touch(instrument, position, market);
                closed.push((*id, position.qty, realised));
                position.close_for(realised);
                brought += realised;
            }
        }
        self.credit(settle, brought);
        if closed.is_empty() {
            let mut ids = self.positions.iter().map(|(id, _)| *id);
            let first = ids.find(|id| names.instrument(*id).settle() == settle);
            closed.extend(first.map(|id| (id, Qty::ZERO, Money::ZERO)));
        }
        closed
    }

    /// Initial margin of a value.
    pub fn margin(&self, value: Money) -> Money {
        Money::new(
            value
                .decimal()
                .checked_div(self.leverage)
                .unwrap_or(Decimal::ZERO),
        )
    }

    /// Books an execution and its fee.
    pub fn book(&mut self, instrument: &Instrument, side: Side, fill: &Fill) {
        match instrument.kind {
            InstrumentKind::Spot => {
                let traded = side.signed(fill.qty);
                self.credit(instrument.base, Money::new(instrument.qty_decimal(traded)));
                self.credit(instrument.quote, -instrument.notional(fill.price, traded));
            }
            InstrumentKind::Linear | InstrumentKind::Inverse => {
                let realised = self
                    .position_mut(instrument.id)
                    .book(instrument, side, fill);
                self.credit(instrument.settle(), realised);
            }
        }
        self.credit(fill.fee.asset, -fill.fee.amount);
    }

    fn position_mut(&mut self, instrument: InstrumentId) -> &mut Position {
        let known = self.positions.iter().position(|(id, _)| *id == instrument);
        let at = known.unwrap_or_else(|| {
            self.positions.push((instrument, Position::default()));
            self.positions.len() - 1
        });
        &mut self.positions[at].1
    }

    /// Balances that changed since the last call.
    pub fn take_changed(&mut self) -> Vec<(AssetId, Money)> {
        let changed = self.balances.iter_mut().filter(|balance| balance.changed);
        changed
            .map(|balance| {
                balance.changed = false;
                (balance.asset, balance.total)
            })
            .collect()
    }
}

/// What closing a position at the touch would bring; nothing without a live book.
fn at_touch(instrument: &Instrument, position: &Position, market: &Market) -> Money {
    let Some(top) = market.instrument(instrument.id).top() else {
        return Money::ZERO;
    };
    let exit = if position.qty > Qty::ZERO {
        top.bid.price
    } else {
        top.ask.price
    };
    position.unrealised(instrument, exit)
}
