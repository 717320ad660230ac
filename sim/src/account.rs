//! One account at one venue: balances, locks, futures positions and what stands behind them.
//!
//! With cross margin the whole wallet of a settlement asset stands behind all positions that settle in it. With
//! isolated margin a part of it is set aside as a position opens, the initial margin of what was opened; a reduction
//! frees its share; and no more than that part can be lost.

mod isolated;

use onetape_core::event::Fill;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::Market;
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::Money;
use onetape_core::position::Position;
use onetape_core::stretch::Outlook;
use rust_decimal::Decimal;

use crate::config::MarginMode;
use crate::margin::{Band, maintenance, unrealised, valuation};

#[derive(Clone, Copy, Debug)]
struct Balance {
    asset: AssetId,
    total: Money,
    /// For resting orders.
    locked: Money,
    /// Behind isolated positions.
    isolated: Money,
    /// Changed since it was last reported.
    changed: bool,
}

/// A futures position, open or not.
#[derive(Clone, Copy, Debug)]
struct Holding {
    instrument: InstrumentId,
    settle: AssetId,
    position: Position,
    /// What is set aside for it when it is isolated.
    margin: Money,
    /// Where its price may go before it must be looked at again.
    band: Band,
}

/// What the account of a run holds at one venue.
#[derive(Clone, Debug)]
pub struct Account {
    balances: Vec<Balance>,
    /// In the order in which they were first traded.
    holdings: Vec<Holding>,
    /// Number of holdings that are open.
    open: usize,
    /// Balances or positions have changed since the last check. What orders lock is checked when they come, and
    /// has no part in margins.
    touched: bool,
    leverage: Decimal,
    /// Of instruments that have one of their own.
    leverages: Vec<(InstrumentId, Decimal)>,
    mode: MarginMode,
    /// The assets in which positions settle that were ever open, each once.
    settles: Vec<AssetId>,
    /// Losses of isolated positions beyond what stood behind them, which the venue bore.
    borne: Vec<(InstrumentId, Money)>,
}

/// What stands behind open positions, and what must.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarginState {
    /// Margin balance: what stands behind them and what closing them at their valuation would bring.
    pub balance: Money,
    /// Maintenance margin.
    pub maintenance: Money,
    /// How many positions are open.
    pub open: usize,
}

impl MarginState {
    /// True when something is open and there is no more behind it than must be.
    pub fn is_spent(&self) -> bool {
        self.open > 0 && self.balance <= self.maintenance
    }
}

impl Account {
    /// An account with these balances, to be reported first.
    pub fn new(balances: &[(AssetId, Money)], leverage: u32, mode: MarginMode) -> Self {
        let mut account = Self {
            balances: Vec::new(),
            holdings: Vec::new(),
            open: 0,
            touched: false,
            leverage: Decimal::from(leverage.max(1)),
            leverages: Vec::new(),
            mode,
            settles: Vec::new(),
            borne: Vec::new(),
        };
        for &(asset, total) in balances {
            account.entry(asset).total += total;
        }
        account
    }

    fn balance(&self, asset: AssetId) -> Option<&Balance> {
        self.balances.iter().find(|balance| balance.asset == asset)
    }

    fn entry(&mut self, asset: AssetId) -> &mut Balance {
        let known = self.balances.iter();
        let at = known.clone().position(|balance| balance.asset == asset);
        let at = at.unwrap_or_else(|| {
            self.balances.push(Balance {
                asset,
                total: Money::ZERO,
                locked: Money::ZERO,
                isolated: Money::ZERO,
                changed: true,
            });
            self.balances.len() - 1
        });
        &mut self.balances[at]
    }

    /// Knows of an asset, of which nothing may lie here: the next report says so.
    pub(crate) fn know(&mut self, asset: AssetId) {
        self.entry(asset);
    }

    /// What stands behind a futures position.
    pub const fn mode(&self) -> MarginMode {
        self.mode
    }

    /// What of an asset is neither locked by orders nor set aside for isolated positions.
    pub fn free(&self, asset: AssetId) -> Money {
        self.balance(asset).map_or(Money::ZERO, |balance| {
            balance.total - balance.locked - balance.isolated
        })
    }

    /// Everything held of an asset.
    pub fn total(&self, asset: AssetId) -> Money {
        self.balance(asset)
            .map_or(Money::ZERO, |balance| balance.total)
    }

    /// The position in a future.
    pub fn position(&self, instrument: InstrumentId) -> Position {
        self.holding(instrument)
            .map_or_else(Position::default, |holding| holding.position)
    }

    /// What is set aside for an isolated position.
    pub fn isolated_margin(&self, instrument: InstrumentId) -> Money {
        self.holding(instrument)
            .map_or(Money::ZERO, |holding| holding.margin)
    }

    fn holding(&self, instrument: InstrumentId) -> Option<&Holding> {
        let mut holdings = self.holdings.iter();
        holdings.find(|holding| holding.instrument == instrument)
    }

    fn holding_at(&mut self, instrument: &Instrument) -> usize {
        let mut holdings = self.holdings.iter();
        let known = holdings.position(|holding| holding.instrument == instrument.id);
        known.unwrap_or_else(|| {
            let settle = instrument.settle();
            if !self.settles.contains(&settle) {
                self.settles.push(settle);
            }
            self.holdings.push(Holding {
                instrument: instrument.id,
                settle,
                position: Position::default(),
                margin: Money::ZERO,
                band: Band::NONE,
            });
            self.holdings.len() - 1
        })
    }

    fn open_holdings(&self, settle: AssetId) -> impl Iterator<Item = &Holding> {
        self.holdings
            .iter()
            .filter(move |holding| holding.settle == settle && !holding.position.qty.is_zero())
    }

    /// True while no future is held and nothing changed since the account was looked at.
    pub(crate) const fn is_settled(&self) -> bool {
        self.open == 0 && !self.touched
    }

    /// Sets an amount aside for a resting order, or frees it when negative.
    pub fn lock(&mut self, asset: AssetId, amount: Money) {
        if !amount.is_zero() {
            self.entry(asset).locked += amount;
        }
    }

    /// Adds to a balance; negative takes away.
    pub fn credit(&mut self, asset: AssetId, amount: Money) {
        self.touched = true;
        let balance = self.entry(asset);
        balance.total += amount;
        balance.changed |= !amount.is_zero();
    }

    /// What new positions and orders in a settlement asset can use. With cross margin that is the free balance less
    /// the initial margin of open positions, at what they cost, and less what each has lost at its valuation (gains
    /// cannot be spent). With isolated margin it is the free balance.
    pub fn free_margin(&self, settle: AssetId, names: &Names, market: &Market) -> Money {
        let free = self.free(settle);
        if self.mode == MarginMode::Isolated {
            return free;
        }
        self.open_holdings(settle).fold(free, |free, holding| {
            let lost = holding.unrealised(names, market).min(Money::ZERO);
            free - self.margin_of(holding.instrument, holding.position.cost.abs()) + lost
        })
    }

    /// Initial margin of a value at the account's leverage.
    pub fn margin(&self, value: Money) -> Money {
        margin_at(self.leverage, value)
    }

    /// Initial margin of a value in an instrument.
    pub fn margin_of(&self, instrument: InstrumentId, value: Money) -> Money {
        if self.leverages.is_empty() {
            return self.margin(value);
        }
        margin_at(self.leverage(instrument), value)
    }

    /// The leverage of an instrument.
    pub fn leverage(&self, instrument: InstrumentId) -> Decimal {
        let mut own = self.leverages.iter();
        let own = own.find(|(id, _)| *id == instrument);
        own.map_or(self.leverage, |(_, leverage)| *leverage)
    }

    /// Gives an instrument a leverage of its own.
    pub(crate) fn set_leverage(&mut self, instrument: InstrumentId, leverage: u32) {
        self.leverages.retain(|(id, _)| *id != instrument);
        self.leverages
            .push((instrument, Decimal::from(leverage.max(1))));
    }

    /// True while no position is open.
    pub const fn is_flat(&self) -> bool {
        self.open == 0
    }

    /// Changes what stands behind positions; only while none is open.
    pub(crate) const fn set_mode(&mut self, mode: MarginMode) {
        self.mode = mode;
    }

    /// What of an asset is set aside for resting orders.
    pub fn locked(&self, asset: AssetId) -> Money {
        self.balance(asset)
            .map_or(Money::ZERO, |balance| balance.locked)
    }

    /// Every asset that was ever held here.
    pub fn assets(&self) -> impl Iterator<Item = AssetId> {
        self.balances.iter().map(|balance| balance.asset)
    }

    /// What stands behind all positions of a settlement asset with cross margin. Positions whose price nobody knows
    /// count as even.
    pub fn cross_margin(&self, settle: AssetId, names: &Names, market: &Market) -> MarginState {
        let wallet = MarginState {
            balance: self.total(settle),
            ..MarginState::default()
        };
        self.open_holdings(settle).fold(wallet, |sum, holding| {
            let one = holding.margin_state(names, market);
            MarginState {
                balance: sum.balance + one.balance,
                maintenance: sum.maintenance + one.maintenance,
                open: sum.open + 1,
            }
        })
    }

    /// What may still be lost on one position with cross margin before its wallet is empty, the others being worth
    /// their valuation: it says where the position's bankruptcy price is.
    pub(crate) fn cross_budget(
        &self,
        instrument: &Instrument,
        names: &Names,
        market: &Market,
    ) -> Money {
        let settle = instrument.settle();
        let others = self
            .open_holdings(settle)
            .filter(|holding| holding.instrument != instrument.id);
        let budget = others.fold(self.total(settle), |sum, holding| {
            sum + holding.unrealised(names, market)
        });
        budget.max(Money::ZERO)
    }

    /// One of the assets in which positions settle that were ever open, by number from 0.
    pub(crate) fn settlement_asset(&self, at: usize) -> Option<AssetId> {
        self.settles.get(at).copied()
    }

    /// The open positions that settle in an asset.
    pub(crate) fn open_in(&self, settle: AssetId) -> Vec<InstrumentId> {
        self.open_holdings(settle)
            .map(|holding| holding.instrument)
            .collect()
    }

    /// The first instrument ever traded that settles in an asset.
    pub(crate) fn first_in(&self, settle: AssetId) -> Option<InstrumentId> {
        let mut holdings = self.holdings.iter();
        holdings
            .find(|holding| holding.settle == settle)
            .map(|holding| holding.instrument)
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
                let at = self.holding_at(instrument);
                let before = self.holdings[at].position;
                let realised = self.holdings[at].position.book(instrument, side, fill);
                self.count_open(before, self.holdings[at].position);
                self.credit(instrument.settle(), realised);
                if self.mode == MarginMode::Isolated {
                    self.move_margin(instrument, at, before, fill.price, realised);
                }
            }
        }
        self.credit(fill.fee.asset, -fill.fee.amount);
    }

    fn count_open(&mut self, before: Position, after: Position) {
        self.open += usize::from(!after.qty.is_zero());
        self.open -= usize::from(!before.qty.is_zero());
    }

    /// Closes a position for an amount that was worked out elsewhere, and frees what stood behind it.
    pub(crate) fn close(&mut self, instrument: &Instrument, realised: Money) {
        let at = self.holding_at(instrument);
        let before = self.holdings[at].position;
        self.holdings[at].position.close_for(realised);
        self.count_open(before, self.holdings[at].position);
        self.set_margin(at, Money::ZERO);
        self.credit(instrument.settle(), realised);
    }

    /// True when nothing has changed since the last check and every open position is where it is known to be safe.
    /// Costs two comparisons when nothing is open, and a few more for each open position.
    #[inline]
    pub(crate) fn is_quiet(&self, market: &Market) -> bool {
        let safe = |holding: &Holding| {
            holding.position.qty.is_zero() || holding.band.holds(market, holding.instrument)
        };
        !self.touched && (self.open == 0 || self.holdings.iter().all(safe))
    }

    /// True when nothing has changed since the last check and no open position leaves where it is known to be safe.
    pub(crate) fn stays_quiet(&self, outlook: &Outlook) -> bool {
        let safe = |holding: &Holding| {
            let reach = outlook.reach(holding.instrument);
            holding.position.qty.is_zero() || (holding.band.holds_all(reach) && !reach.funding)
        };
        !self.touched && self.holdings.iter().all(safe)
    }

    /// Notes that the account was looked at, with everything that settles in it.
    pub(crate) const fn settled(&mut self) {
        self.touched = false;
    }

    /// Works out how far prices may move until the positions of an asset must be looked at again. `cross` is what
    /// stands behind all of them, when that is known already.
    pub(crate) fn settle_bands(
        &mut self,
        asset: AssetId,
        cross: Option<MarginState>,
        names: &Names,
        market: &Market,
    ) {
        for at in 0..self.holdings.len() {
            let holding = self.holdings[at];
            if holding.settle != asset || holding.position.qty.is_zero() {
                continue;
            }
            let state = match self.mode {
                MarginMode::Isolated => self.isolated_state(holding.instrument, names, market),
                MarginMode::Cross => {
                    cross.unwrap_or_else(|| self.cross_margin(asset, names, market))
                }
            };
            let slack = (state.balance - state.maintenance).to_f64() / state.open.max(1) as f64;
            let instrument = names.instrument(holding.instrument);
            self.holdings[at].band = Band::around(market, instrument, &holding.position, slack);
        }
    }

    /// Hands out the balances that changed since the last call.
    pub fn take_changed(&mut self, mut told: impl FnMut(AssetId, Money)) {
        for balance in self.balances.iter_mut().filter(|balance| balance.changed) {
            balance.changed = false;
            told(balance.asset, balance.total);
        }
    }
}

fn margin_at(leverage: Decimal, value: Money) -> Money {
    if leverage == Decimal::ONE {
        return value;
    }
    let margin = value.decimal().checked_div(leverage);
    Money::new(margin.unwrap_or(Decimal::ZERO))
}

impl Holding {
    /// What closing it at its valuation would bring; nothing where that is not known.
    fn unrealised(&self, names: &Names, market: &Market) -> Money {
        unrealised(market, names.instrument(self.instrument), &self.position)
    }

    /// Its own part of a margin balance and of the maintenance margin.
    fn margin_state(&self, names: &Names, market: &Market) -> MarginState {
        let instrument = names.instrument(self.instrument);
        let maintenance = if instrument.tiers.is_empty() {
            Money::ZERO
        } else {
            valuation(market, instrument).map_or(Money::ZERO, |price| {
                maintenance(instrument, self.position.qty, price)
            })
        };
        MarginState {
            balance: unrealised(market, instrument, &self.position),
            maintenance,
            open: usize::from(!self.position.qty.is_zero()),
        }
    }
}
