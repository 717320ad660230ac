//! What a trip holds that nothing stands against, asset by asset, and the trade that takes it home.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::leg::Leg;
use crate::instrument::{Instrument, Side};
use crate::market::Market;
use crate::names::{AssetId, Names};
use crate::num::{Price, Qty};

/// In what a trip counts its money; whatever else it holds has to balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Home {
    /// In the quote asset of each leg: the base units of all legs have to balance.
    #[default]
    Quotes,
    /// In one asset, in which a cycle begins and ends: every other asset that passes through has to balance.
    Asset(AssetId),
}

impl Home {
    /// True for an asset that may be held as it is.
    const fn is(self, asset: AssetId) -> bool {
        matches!(self, Self::Asset(home) if home.0 == asset.0)
    }

    /// The trade of one instrument that turns an amount of `asset` into home money: its side, and its quantity down to
    /// whole lots. `None` when the instrument does not trade the one for the other.
    pub(super) fn way(
        self,
        instrument: &Instrument,
        market: &Market,
        asset: AssetId,
        amount: Decimal,
    ) -> Option<(Side, Qty)> {
        let is_long = amount > Decimal::ZERO;
        if instrument.base == asset && (self == Self::Quotes || self.is(instrument.quote)) {
            let side = if is_long { Side::Sell } else { Side::Buy };
            let price = touch_price(market, instrument, side);
            return Some((side, instrument.qty_from_base(amount.abs(), price)));
        }
        if instrument.quote == asset && self.is(instrument.base) {
            let side = if is_long { Side::Buy } else { Side::Sell };
            let price = instrument.price_decimal(touch_price(market, instrument, side));
            let base = amount.abs().checked_div(price).unwrap_or(Decimal::ZERO);
            return Some((side, instrument.floor_qty(base)));
        }
        None
    }

    /// The most that a leg which waited may trade on `side`: what the legs before it brought of the asset that it
    /// gives away. `fee` is the rate at which its venue charges buyers in what they pay with. `None` is no bound: it
    /// gives home money away.
    pub(super) fn covered(
        self,
        instrument: &Instrument,
        side: Side,
        limit: Price,
        fee: Decimal,
        exposures: &Exposures,
    ) -> Option<Qty> {
        let (asset, sign) = match (self, side) {
            (_, Side::Sell) => (instrument.base, Decimal::ONE),
            (Self::Quotes, Side::Buy) => (instrument.base, Decimal::NEGATIVE_ONE),
            (Self::Asset(_), Side::Buy) => (instrument.quote, Decimal::ONE),
        };
        if self.is(asset) {
            return None;
        }
        let there = (exposures.of(asset) * sign).max(Decimal::ZERO);
        if asset == instrument.base {
            return Some(instrument.qty_from_base(there, limit));
        }
        let unit = instrument.price_decimal(limit) * (Decimal::ONE + fee);
        let base = there.checked_div(unit).unwrap_or(Decimal::ZERO);
        Some(instrument.floor_qty(base))
    }
}

/// Signed amounts by asset, none of it home money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exposures(Vec<(AssetId, Decimal)>);

crate::value!(struct Exposures (amounts));

impl Exposures {
    /// Of these legs, beside what earlier trips left.
    pub(super) fn of_legs(
        home: Home,
        legs: &[Leg],
        left: &Self,
        names: &Names,
        market: &Market,
    ) -> Self {
        let mut all = left.clone();
        for leg in legs {
            let instrument = names.instrument(leg.instrument);
            if home == Home::Quotes {
                all.add(instrument.base, leg.held(instrument, market));
                continue;
            }
            // What passes through is counted to the last digit, whatever the scales of the instruments.
            if !home.is(instrument.base) {
                all.add(instrument.base, leg.base);
            }
            if !home.is(instrument.quote) {
                all.add(instrument.quote, leg.quote.decimal());
            }
        }
        all
    }

    fn add(&mut self, asset: AssetId, amount: Decimal) {
        match self.0.binary_search_by_key(&asset, |known| known.0) {
            Ok(at) => self.0[at].1 += amount,
            Err(at) => self.0.insert(at, (asset, amount)),
        }
    }

    fn of(&self, asset: AssetId) -> Decimal {
        let known = self.0.binary_search_by_key(&asset, |known| known.0);
        known.map_or(Decimal::ZERO, |at| self.0[at].1)
    }

    /// The assets with what is held of them, in their order, without those that balance to the last digit.
    pub(super) fn open(&self) -> impl Iterator<Item = (AssetId, Decimal)> + '_ {
        let all = self.0.iter().copied();
        all.filter(|(_, amount)| !amount.is_zero())
    }
}

/// The price that `side` takes, zero without a live book.
fn touch_price(market: &Market, instrument: &Instrument, side: Side) -> Price {
    let touch = market.instrument(instrument.id).touch(side);
    touch.map(|touch| touch.price).unwrap_or_default()
}
