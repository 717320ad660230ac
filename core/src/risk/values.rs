//! What things are worth in money: positions, balances, the whole account.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use rust_decimal::Decimal;

use crate::instrument::{Instrument, InstrumentKind};
use crate::names::{AssetId, InstrumentId, Names};
use crate::num::{Money, Price, Qty, power_of_ten};
use crate::risk::RiskView;
use crate::risk::units::{Bound, Units, Worth};
use crate::risk::view::exit_price;

/// Where the worth of each asset comes from.
#[derive(Clone, Debug)]
pub(super) struct Values {
    /// By asset: nothing for money, else the instruments that price it, best first.
    sources: Vec<Option<Vec<InstrumentId>>>,
    /// What values are counted in.
    pub(super) units: Units,
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

    /// How two compare; `None` where integers do not tell.
    fn compare(self, other: Self) -> Option<Ordering> {
        let most = self.scale.max(other.scale);
        let own = raised(self.mantissa, most - self.scale)?;
        Some(own.cmp(&raised(other.mantissa, most - other.scale)?))
    }
}

/// How many times the equity a sum may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    times: Decimal,
    /// Its digits and how many of them are decimals, where one word holds them.
    word: Option<(i64, u32)>,
}

impl Times {
    pub(super) fn new(times: Decimal) -> Self {
        let word = Money::new(times).trimmed().word();
        Self { times, word }
    }

    /// True when a sum is beyond so many times an equity.
    pub(super) fn is_below(&self, worth: &Worth, equity: Money, units: &Units) -> bool {
        let exact = self.compare(worth, equity, units);
        exact.map_or_else(
            || units.money(worth) > equity.times(self.times),
            Ordering::is_gt,
        )
    }

    /// How a sum compares with so many times an equity, in integers where a decimal would not round either.
    #[inline]
    fn compare(&self, worth: &Worth, equity: Money, units: &Units) -> Option<Ordering> {
        let ((times, decimals), (equity, scale)) = (self.word?, equity.word()?);
        let most = Exact {
            mantissa: i128::from(times) * i128::from(equity),
            scale: decimals + scale,
        };
        let holds = most.mantissa.unsigned_abs() >> 96 == 0 && most.scale <= Decimal::MAX_SCALE;
        if !holds || !worth.rest.is_zero() {
            return None;
        }
        let worth = Exact {
            mantissa: worth.units,
            scale: units.decimals(),
        };
        worth.compare(most)
    }
}

/// A value with so many decimals more, when it has at most 126 bits then: two of them can be added.
#[inline(always)]
fn raised(mantissa: i128, decimals: u32) -> Option<i128> {
    if decimals == 0 {
        return (mantissa.unsigned_abs() >> 126 == 0).then_some(mantissa);
    }
    let power = power_of_ten(decimals)?;
    let word = i64::try_from(mantissa).ok()?;
    (word.unsigned_abs() >> 62 == 0).then(|| i128::from(word) * i128::from(power))
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
        Self {
            units: Units::new(&names.instruments, |asset| money[asset.index()]),
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

    /// True when a quantity of an instrument is worth more than a limit at a price.
    #[inline]
    pub(super) fn exceeds(
        &self,
        id: InstrumentId,
        price: Price,
        qty: Qty,
        bound: &Bound,
        view: &RiskView<'_>,
    ) -> bool {
        match self.units.of(id, price, qty) {
            Some(units) => bound.is_below(units),
            None => {
                let instrument = view.names.instrument(id);
                self.in_money(instrument, instrument.notional(price, qty), view) > bound.money
            }
        }
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
    #[inline(always)]
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
        match self.units.of(id, price, qty) {
            Some(units) => sum.units += units,
            None => self.add_apart(sum, id, qty, least, view),
        }
    }

    #[inline(never)]
    fn add_apart(
        &self,
        sum: &mut Worth,
        id: InstrumentId,
        qty: Qty,
        least: Price,
        view: &RiskView<'_>,
    ) {
        sum.rest += self.notional(id, qty, least, view);
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
            let (digits, scale) = amount.word()?;
            sum = sum.plus(i128::from(digits) * i128::from(worth), scale + decimals)?;
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
