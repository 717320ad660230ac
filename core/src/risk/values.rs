//! What things are worth in money: positions, balances, the whole account.

use alloc::vec;
use alloc::vec::Vec;

use rust_decimal::Decimal;

use crate::instrument::{Instrument, InstrumentKind};
use crate::names::{AssetId, InstrumentId, Names};
use crate::num::{Money, Price, Qty};
use crate::risk::RiskView;

/// Where the worth of each asset comes from.
#[derive(Clone, Debug)]
pub(super) struct Values {
    /// By asset: nothing for money, else the instruments that price it, best first.
    sources: Vec<Option<Vec<InstrumentId>>>,
    /// By instrument: the decimals of price times quantity, where that is its value in money.
    scales: Vec<Option<u32>>,
}

/// A sum of values, none negative: digits of one scale in machine arithmetic, and what has another or is too large.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worth {
    mantissa: i128,
    scale: u32,
    rest: Money,
}

impl Worth {
    pub(super) fn money(self) -> Money {
        let exact = Money::scaled(self.mantissa, self.scale);
        exact.unwrap_or(Money::new(Decimal::MAX)) + self.rest
    }
}

impl Values {
    /// An asset that is the base of nothing is money. Any other is priced by the instruments whose base it is.
    pub(super) fn new(names: &Names) -> Self {
        let assets = names.instruments.iter();
        let most = assets.map(|one| one.base.index().max(one.quote.index()) + 1);
        let most = most.max().unwrap_or(0).max(names.assets.len());
        let mut sources = vec![None; most];
        for one in &names.instruments {
            sources[one.base.index()]
                .get_or_insert_with(Vec::new)
                .push(one.id);
        }
        // What is quoted in money comes first.
        let money: Vec<bool> = sources.iter().map(Option::is_none).collect();
        for list in sources.iter_mut().flatten() {
            list.retain(|id| money[names.instrument(*id).quote.index()]);
        }
        let scale = |one: &Instrument| {
            let scale = u32::from(one.price_decimals) + u32::from(one.qty_decimals);
            let plain = one.kind != InstrumentKind::Inverse && money[one.quote.index()];
            (plain && scale <= Decimal::MAX_SCALE).then_some(scale)
        };
        Self {
            scales: names.instruments.iter().map(scale).collect(),
            sources,
        }
    }

    /// What one unit of an asset is worth; `None` when nobody knows.
    pub(super) fn of_asset(&self, asset: AssetId, view: &RiskView<'_>) -> Option<Decimal> {
        let Some(Some(sources)) = self.sources.get(asset.index()) else {
            return Some(Decimal::ONE);
        };
        sources.iter().find_map(|&id| {
            let top = view.market.instrument(id).last_top()?;
            Some(view.names.instrument(id).price_decimal(top.bid.price))
        })
    }

    fn is_money(&self, asset: AssetId) -> bool {
        self.sources.get(asset.index()).is_none_or(Option::is_none)
    }

    /// An amount of an instrument's quote asset in money. Where nobody knows what that is worth it counts as it is.
    pub(super) fn in_money(
        &self,
        instrument: &Instrument,
        amount: Money,
        view: &RiskView<'_>,
    ) -> Money {
        if self.is_money(instrument.quote) {
            return amount;
        }
        let worth = self.of_asset(instrument.quote, view);
        amount.times(worth.unwrap_or(Decimal::ONE))
    }

    /// What a quantity of an instrument is worth at its ask, or at `least` where that is more.
    pub(super) fn notional(
        &self,
        id: InstrumentId,
        qty: Qty,
        least: Price,
        view: &RiskView<'_>,
    ) -> Money {
        let instrument = view.names.instrument(id);
        let top = view.market.instrument(id).last_top();
        let price = top.map_or(least, |top| top.ask.price.max(least));
        self.in_money(instrument, instrument.notional(price, qty), view)
    }

    /// Adds what [`Values::notional`] says to a sum.
    #[inline]
    pub(super) fn add(
        &self,
        sum: &mut Worth,
        id: InstrumentId,
        qty: Qty,
        least: Price,
        view: &RiskView<'_>,
    ) {
        let top = view.market.instrument(id).last_top();
        let price = top.map_or(least, |top| top.ask.price.max(least));
        let value = i128::from(price.mantissa()) * i128::from(qty.mantissa());
        match self.scales[id.index()] {
            Some(scale)
                if value.unsigned_abs() >> 80 == 0
                    && (sum.mantissa == 0 || (sum.scale == scale && sum.mantissa >> 90 == 0)) =>
            {
                (sum.mantissa, sum.scale) = (sum.mantissa + value, scale);
            }
            _ => sum.rest += self.notional(id, qty, least, view),
        }
    }

    /// The sum of the values of all positions, whichever way.
    pub(super) fn exposure(&self, view: &RiskView<'_>) -> Money {
        let held = view.positions.iter().zip(&view.names.instruments);
        let held = held.filter(|(position, _)| !position.qty.is_zero());
        held.map(|(position, instrument)| {
            self.notional(instrument.id, position.qty.abs(), Price::default(), view)
        })
        .sum()
    }

    /// What the account is worth: every balance as the books have it, and what closing the futures would bring. What
    /// nobody has a price for counts as nothing.
    pub(super) fn equity(&self, view: &RiskView<'_>) -> Money {
        let balances = view.ledger.totals().filter_map(|(asset, total)| {
            if total.is_zero() || self.is_money(asset) {
                return Some(total);
            }
            Some(total.times(self.of_asset(asset, view)?))
        });
        let futures = view.positions.iter().zip(&view.names.instruments);
        let futures = futures.filter(|(position, instrument)| {
            !position.qty.is_zero() && instrument.kind != InstrumentKind::Spot
        });
        let unrealised = futures.filter_map(|(position, instrument)| {
            let top = view.market.instrument(instrument.id).last_top()?;
            let exit = if position.qty > Qty::ZERO {
                top.bid.price
            } else {
                top.ask.price
            };
            let worth = self.of_asset(instrument.settle(), view)?;
            Some(position.unrealised(instrument, exit).times(worth))
        });
        balances.chain(unrealised).sum()
    }
}
