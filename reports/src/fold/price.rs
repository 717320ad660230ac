//! Touches and mids, and what a quantity costs at them.

use onetape_core::event::Quote;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::num::{Money, Price};
use rust_decimal::Decimal;

use crate::fold::position;

/// A price in halves of the instrument's last decimal, so that mids are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fold) struct Halves(i64);

/// Best bid and ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fold) struct Top {
    pub(in crate::fold) bid: Price,
    pub(in crate::fold) ask: Price,
}

impl Top {
    /// Of a quote that has both sides.
    pub(in crate::fold) fn of(quote: &Quote) -> Option<Self> {
        let (bid, ask) = (quote.bid.price, quote.ask.price);
        let both = bid.mantissa() > 0 && ask.mantissa() > 0;
        both.then_some(Self { bid, ask })
    }

    /// What an order of a side would take first.
    pub(in crate::fold) fn touch(self, side: Side) -> Halves {
        Halves::from(match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        })
    }

    /// What closing a position of this sign would trade at first.
    pub(in crate::fold) fn exit(self, qty: Decimal) -> Halves {
        Halves::from(if qty.is_sign_negative() {
            self.ask
        } else {
            self.bid
        })
    }

    pub(in crate::fold) const fn mid(self) -> Halves {
        Halves(self.bid.mantissa().saturating_add(self.ask.mantissa()))
    }
}

impl From<Price> for Halves {
    fn from(price: Price) -> Self {
        Self(price.mantissa().saturating_mul(2))
    }
}

impl Halves {
    /// The mantissa at one decimal more than the instrument's prices have, and how many those are.
    fn tenths(self, instrument: &Instrument) -> (i128, u32) {
        let decimals = u32::from(instrument.price_decimals) + 1;
        (i128::from(self.0) * 5, decimals)
    }

    /// As a decimal.
    pub(in crate::fold) fn decimal(self, instrument: &Instrument) -> Decimal {
        let (tenths, decimals) = self.tenths(instrument);
        Decimal::from_i128_with_scale(tenths, decimals).normalize()
    }

    /// In halves of the last decimal.
    pub(in crate::fold) const fn mantissa(self) -> f64 {
        self.0 as f64
    }

    /// For signals and pictures.
    pub(in crate::fold) fn to_f64(self, instrument: &Instrument) -> f64 {
        let (tenths, decimals) = self.tenths(instrument);
        let price = Money::scaled(tenths, decimals);
        let price = price.unwrap_or_else(|| Money::new(self.decimal(instrument)));
        price.to_f64()
    }

    /// Times a quantity in integers, when those hold it.
    fn product(self, instrument: &Instrument, qty: Decimal) -> Option<Money> {
        let mantissa = i64::try_from(qty.mantissa()).ok()?;
        let (tenths, decimals) = self.tenths(instrument);
        let value = tenths.checked_mul(i128::from(mantissa))?;
        Money::scaled(value, decimals + qty.scale())
    }
}

/// What a signed quantity costs at a price, in the settlement asset.
pub(in crate::fold) fn cost(instrument: &Instrument, price: Halves, qty: Decimal) -> Money {
    if price.0 % 2 == 0 {
        return position::cost(instrument, Price::new(price.0 / 2), qty);
    }
    match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => {
            let exact = price.product(instrument, qty);
            exact.unwrap_or_else(|| Money::new(price.decimal(instrument)).times(qty))
        }
        InstrumentKind::Inverse => {
            position::inverse_cost(instrument, price.decimal(instrument), qty)
        }
    }
}

/// What a signed quantity is worth at a price: what closing it there would bring, less what it cost is its profit.
pub(in crate::fold) fn worth(instrument: &Instrument, price: Halves, qty: Decimal) -> Money {
    if qty.is_zero() {
        Money::ZERO
    } else {
        -cost(instrument, price, -qty)
    }
}
