//! What an account holds, as it is told.

use onetape_adapters::ask::{MarginMode, PositionMode};
use onetape_adapters::report::{PositionSide, Settings};
use onetape_adapters::server::news::News;
use onetape_adapters::server::reply::AccountState;
use onetape_adapters::server::state::{BalanceState, MarginState, PositionState};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::Money;
use onetape_sim as sim;
use rust_decimal::Decimal;

use super::{Exchange, To, Told};

/// Numbers of accounts begin after this one.
const NUMBERS: u64 = 1_000;
/// Leverage of an instrument whose tiers nobody told.
const LEVERAGE_MAX: u32 = 125;

impl Exchange {
    /// Notes that an account was acted on, and which of its positions moved.
    pub(super) fn touch(&mut self, at: usize, moved: &[InstrumentId]) {
        self.touched.entry(at).or_default().extend(moved);
    }

    /// Tells accounts what became of their balances and positions.
    pub(super) fn tell_accounts(&mut self, out: &mut Vec<Told>) {
        for (at, moved) in std::mem::take(&mut self.touched) {
            let balances = self.changed_balances(at);
            let to = To::Account(self.seats[at].id);
            if !balances.is_empty() {
                out.push(Told {
                    to,
                    news: News::Balances(balances),
                });
            }
            let futures = moved.iter().copied().filter(|id| self.is_future(*id));
            let mut futures: Vec<InstrumentId> = futures.collect();
            futures.sort();
            futures.dedup();
            if !futures.is_empty() {
                let settles = futures.iter().map(|id| self.names.instrument(*id).settle());
                let mut settles: Vec<AssetId> = settles.collect();
                settles.sort();
                settles.dedup();
                let margins = settles.into_iter().map(|asset| self.margin(at, asset));
                let margins = margins.collect();
                let positions = futures.iter().map(|id| self.position(at, *id)).collect();
                out.push(Told {
                    to,
                    news: News::Margin(margins, positions),
                });
            }
        }
    }

    fn is_future(&self, id: InstrumentId) -> bool {
        self.names.instrument(id).kind != InstrumentKind::Spot
    }

    fn changed_balances(&mut self, at: usize) -> Vec<BalanceState> {
        let now = self.now;
        let seat = &mut self.seats[at];
        let account = seat.venue.account();
        let mut assets: Vec<AssetId> = account.assets().collect();
        assets.sort();
        let mut changed = Vec::new();
        for asset in assets {
            let known = (account.free(asset), account.locked(asset));
            if seat.balances.insert(asset, known) != Some(known) {
                changed.push(BalanceState {
                    asset,
                    free: known.0,
                    locked: known.1,
                    at: now,
                });
            }
        }
        for balance in &changed {
            seat.changed.insert(balance.asset, now);
            seat.at = now;
        }
        changed
    }

    /// All balances of an account, by asset.
    pub(super) fn balances(&self, at: usize) -> Vec<BalanceState> {
        let seat = &self.seats[at];
        let account = seat.venue.account();
        let mut assets: Vec<AssetId> = account.assets().collect();
        assets.sort();
        let balance = |asset| BalanceState {
            asset,
            free: account.free(asset),
            locked: account.locked(asset),
            at: seat.changed.get(&asset).copied().unwrap_or_default(),
        };
        assets.into_iter().map(balance).collect()
    }

    /// Margin of an account in an asset.
    pub(super) fn margin(&self, at: usize, asset: AssetId) -> MarginState {
        let seat = &self.seats[at];
        let account = seat.venue.account();
        let wallet = account.total(asset);
        let whole = account.cross_margin(asset, &self.names, &self.market);
        let mut initial = Money::ZERO;
        let mut isolated = Money::ZERO;
        for of in self.futures().filter(|of| of.settle() == asset) {
            let cost = account.position(of.id).cost.abs();
            initial += account.margin_of(of.id, cost);
            isolated += account.isolated_margin(of.id);
        }
        MarginState {
            asset,
            wallet,
            cross_wallet: wallet - isolated,
            available: account
                .free_margin(asset, &self.names, &self.market)
                .max(Money::ZERO),
            unrealised: whole.balance - wallet,
            position_initial: initial,
            order_initial: account.locked(asset),
            maintenance: whole.maintenance,
            at: seat.changed.get(&asset).copied().unwrap_or_default(),
        }
    }

    /// The futures of the venue, by id.
    pub(super) fn futures(&self) -> impl Iterator<Item = &Instrument> {
        let all = self.names.instruments.iter();
        all.filter(|of| of.venue == self.venue && of.kind != InstrumentKind::Spot)
    }

    /// A position, open or not.
    pub(super) fn position(&self, at: usize, id: InstrumentId) -> PositionState {
        let seat = &self.seats[at];
        let account = seat.venue.account();
        let of = self.names.instrument(id);
        let position = account.position(id);
        let value = sim::valuation(&self.market, of);
        let state = account.isolated_state(id, &self.names, &self.market);
        let own = account.isolated_margin(id);
        let initial = account.margin_of(id, position.cost.abs());
        let mode = self.mode(at);
        PositionState {
            instrument: id,
            side: PositionSide::Net,
            qty: position.qty,
            entry: entry(of, &position),
            mark: Money::new(value.unwrap_or_default()),
            liquidation: self.liquidation(at, of, value).unwrap_or_default(),
            unrealised: state.balance - own,
            realised: position.realised,
            initial: match mode {
                MarginMode::Cross => initial,
                MarginMode::Isolated => own,
            },
            isolated: own,
            maintenance: state.maintenance,
            leverage: seat.venue.leverage(id),
            max_leverage: max_leverage(of),
            mode,
            at: seat.traded.get(&id).copied().unwrap_or_default(),
        }
    }

    /// Where a linear position would be closed, the others being worth what they are; by the tier that holds now.
    fn liquidation(&self, at: usize, of: &Instrument, value: Option<Decimal>) -> Option<Money> {
        let account = self.seats[at].venue.account();
        let (value, held) = (value?, account.position(of.id).qty);
        if held.is_zero() || of.kind != InstrumentKind::Linear {
            return None;
        }
        let state = match account.mode() {
            sim::MarginMode::Isolated => account.isolated_state(of.id, &self.names, &self.market),
            sim::MarginMode::Cross => account.cross_margin(of.settle(), &self.names, &self.market),
        };
        let qty = of.qty_decimal(held);
        let worth = Money::new(qty.abs().saturating_mul(value));
        let tier = of
            .tiers
            .iter()
            .find(|it| it.up_to.is_zero() || worth <= it.up_to);
        let rate = tier
            .or(of.tiers.last())
            .map(|tier| tier.maintenance.decimal());
        let each = qty.saturating_sub(qty.abs().saturating_mul(rate.unwrap_or_default()));
        let room = (state.maintenance - state.balance).decimal();
        let price = value.checked_add(room.checked_div(each)?)?;
        let price = Money::new(price).in_decimals(u32::from(of.price_decimals));
        (price > Money::ZERO).then_some(price)
    }

    pub(super) fn mode(&self, at: usize) -> MarginMode {
        match self.seats[at].venue.account().mode() {
            sim::MarginMode::Cross => MarginMode::Cross,
            sim::MarginMode::Isolated => MarginMode::Isolated,
        }
    }

    /// Everything of an account.
    pub(super) fn account_state(&self, at: usize) -> AccountState {
        let seat = &self.seats[at];
        let mut settles: Vec<AssetId> = self.futures().map(Instrument::settle).collect();
        settles.sort();
        settles.dedup();
        AccountState {
            number: NUMBERS + u64::from(seat.id.0),
            balances: self.balances(at),
            margins: settles
                .iter()
                .map(|asset| self.margin(at, *asset))
                .collect(),
            positions: self.futures().map(|of| self.position(at, of.id)).collect(),
            maker: Money::new(self.config.fees.maker.to_decimal()),
            taker: Money::new(self.config.fees.taker.to_decimal()),
            position_mode: PositionMode::OneWay,
            at: seat.at,
        }
    }

    /// The settings of an instrument.
    pub(super) fn settings(&self, at: usize, id: InstrumentId) -> Settings {
        Settings {
            instrument: Some(id),
            leverage: Some(self.seats[at].venue.leverage(id)),
            margin_mode: Some(self.mode(at)),
            position_mode: Some(PositionMode::OneWay),
            multi_asset: Some(false),
        }
    }
}

/// The highest leverage that an instrument allows.
pub(super) fn max_leverage(of: &Instrument) -> u32 {
    let tiers = of.tiers.iter().map(|tier| tier.max_leverage);
    tiers.max().unwrap_or(LEVERAGE_MAX)
}

/// What a position cost on average, in quote units a base unit.
fn entry(of: &Instrument, position: &onetape_core::position::Position) -> Money {
    let (cost, qty) = (position.cost.decimal(), of.qty_decimal(position.qty));
    let average = match of.kind {
        InstrumentKind::Inverse => {
            let value = of.notional(Default::default(), position.qty).decimal();
            value.checked_div(cost).map(|it| it.abs())
        }
        InstrumentKind::Spot | InstrumentKind::Linear => cost.checked_div(qty),
    };
    Money::new(average.unwrap_or_default()).in_decimals(12)
}
