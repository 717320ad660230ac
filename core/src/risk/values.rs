//! What things are worth in money: positions, balances, the whole account.

use alloc::vec;
use alloc::vec::Vec;

use rust_decimal::Decimal;

use crate::instrument::{Instrument, InstrumentKind};
use crate::names::{AssetId, InstrumentId, Names};
use crate::num::{Money, Price, Qty, power_of_ten};
use crate::risk::RiskView;
use crate::risk::view::exit_price;

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

/// A sum of signed values in integers, each exact.
#[derive(Clone, Copy, Debug, Default)]
struct Exact {
    mantissa: i128,
    scale: u32,
}

impl Exact {
    /// With a value more; `None` where integers do not hold that.
    #[inline]
    fn plus(self, mantissa: i128, scale: u32) -> Option<Self> {
        let most = self.scale.max(scale);
        let sum = raised(self.mantissa, most - self.scale)? + raised(mantissa, most - scale)?;
        Some(Self {
            mantissa: sum,
            scale: most,
        })
    }
}

/// A value with so many decimals more, when it has at most 126 bits then: two of them can be added.
#[inline]
fn raised(mantissa: i128, decimals: u32) -> Option<i128> {
    let size = mantissa.unsigned_abs();
    if decimals == 0 {
        return (size >> 126 == 0).then_some(mantissa);
    }
    let power = power_of_ten(decimals)?;
    (size >> 62 == 0).then(|| mantissa * i128::from(power))
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
        let (digits, decimals) = self.digits_of_asset(asset, view)?;
        Some(Decimal::from_i128_with_scale(digits.into(), decimals))
    }

    /// The same as digits and how many of them are decimals.
    #[inline]
    fn digits_of_asset(&self, asset: AssetId, view: &RiskView<'_>) -> Option<(i64, u32)> {
        let Some(Some(sources)) = self.sources.get(asset.index()) else {
            return Some((1, 0));
        };
        sources.iter().find_map(|&id| {
            let top = view.market.instrument(id).last_top()?;
            let decimals = view.names.instrument(id).price_decimals;
            Some((top.bid.price.mantissa(), u32::from(decimals)))
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

    /// True when a quantity of an instrument is worth more than an amount at a price; in integers where they hold it.
    pub(super) fn exceeds(
        &self,
        instrument: &Instrument,
        price: Price,
        qty: Qty,
        amount: Money,
        view: &RiskView<'_>,
    ) -> bool {
        if self.is_money(instrument.quote) {
            return instrument.compare_notional(price, qty, amount).is_gt();
        }
        self.in_money(instrument, instrument.notional(price, qty), view) > amount
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
        let held = view.open_positions();
        held.map(|(position, instrument)| {
            self.notional(instrument.id, position.qty.abs(), Price::default(), view)
        })
        .sum()
    }

    /// What the account is worth: every balance as the books have it, and what closing the futures would bring. What
    /// nobody has a price for counts as nothing.
    pub(super) fn equity(&self, view: &RiskView<'_>) -> Money {
        let exact = self.exact_equity(view);
        let exact = exact.and_then(|sum| Money::scaled(sum.mantissa, sum.scale));
        exact.unwrap_or_else(|| self.wide_equity(view))
    }

    /// The same in integers, where they hold it.
    fn exact_equity(&self, view: &RiskView<'_>) -> Option<Exact> {
        let mut sum = Exact::default();
        let mut add = |amount: Money, asset: AssetId| {
            let Some((worth, decimals)) = self.digits_of_asset(asset, view) else {
                return Some(());
            };
            let (digits, scale) = amount.digits();
            let value = i128::from(i64::try_from(digits).ok()?) * i128::from(worth);
            sum = sum.plus(value, scale + decimals)?;
            Some(())
        };
        for (asset, total) in view.ledger.totals() {
            if !total.is_zero() {
                add(total, asset)?;
            }
        }
        for (settle, unrealised) in self.open_futures(view) {
            add(unrealised, settle)?;
        }
        Some(sum)
    }

    fn wide_equity(&self, view: &RiskView<'_>) -> Money {
        let all = view.ledger.totals().chain(self.open_futures(view));
        let worth = all.filter_map(|(asset, amount)| {
            if amount.is_zero() || self.is_money(asset) {
                return Some(amount);
            }
            Some(amount.times(self.of_asset(asset, view)?))
        });
        worth.sum()
    }

    /// What closing each open future would bring, in what it settles in.
    fn open_futures<'a>(
        &'a self,
        view: &'a RiskView<'_>,
    ) -> impl Iterator<Item = (AssetId, Money)> + 'a {
        let open = view.open_positions();
        let open = open.filter(|(_, instrument)| instrument.kind != InstrumentKind::Spot);
        open.filter_map(|(position, instrument)| {
            let top = view.market.instrument(instrument.id).last_top()?;
            let unrealised = position.unrealised(instrument, exit_price(position, top));
            Some((instrument.settle(), unrealised))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Sums in integers are those of decimals.
        #[test]
        fn exact_sums_are_exact(
            values in proptest::collection::vec((any::<i64>(), 0u32..12), 0..12),
        ) {
            let mut sum = Some(Exact::default());
            let mut wide = Money::ZERO;
            for (mantissa, scale) in values {
                sum = sum.and_then(|sum| sum.plus(mantissa.into(), scale));
                wide += Money::scaled(mantissa.into(), scale).expect("one word");
            }
            if let Some(sum) = sum.and_then(|sum| Money::scaled(sum.mantissa, sum.scale)) {
                prop_assert_eq!(sum.to_bytes(), wide.to_bytes());
            }
        }
    }
}
