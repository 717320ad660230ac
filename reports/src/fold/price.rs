//! Touches and mids, and what a quantity costs and exposes at them.

use onetape_core::event::Quote;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price};
use rust_decimal::Decimal;

use super::position;

/// A price in halves of the instrument's last decimal, so that mids are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Halves(i64);

/// Best bid and ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Top {
    pub(super) bid: Price,
    pub(super) ask: Price,
}

impl Top {
    /// Of a quote that has both sides.
    pub(super) fn of(quote: &Quote) -> Option<Self> {
        let (bid, ask) = (quote.bid.price, quote.ask.price);
        let both = bid.mantissa() > 0 && ask.mantissa() > 0;
        both.then_some(Self { bid, ask })
    }

    /// What an order of a side would take first.
    pub(super) fn touch(self, side: Side) -> Halves {
        Halves::from(match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        })
    }

    /// What closing a position of this sign would trade at first.
    pub(super) fn exit(self, qty: Decimal) -> Halves {
        Halves::from(if qty.is_sign_negative() {
            self.ask
        } else {
            self.bid
        })
    }

    pub(super) const fn mid(self) -> Halves {
        Halves(self.bid.mantissa().saturating_add(self.ask.mantissa()))
    }
}

impl From<Price> for Halves {
    fn from(price: Price) -> Self {
        Self(price.mantissa().saturating_mul(2))
    }
}

impl Halves {
    /// No price.
    pub(super) const NOTHING: Self = Self(0);

    /// The mantissa at one decimal more than the instrument's prices have, and how many those are.
    fn tenths(self, instrument: &Instrument) -> (i128, u32) {
        let decimals = u32::from(instrument.price_decimals) + 1;
        (i128::from(self.0) * 5, decimals)
    }

    /// As a decimal.
    pub(super) fn decimal(self, instrument: &Instrument) -> Decimal {
        let (tenths, decimals) = self.tenths(instrument);
        Decimal::from_i128_with_scale(tenths, decimals).normalize()
    }

    /// In halves of the last decimal.
    pub(super) const fn mantissa(self) -> f64 {
        self.0 as f64
    }

    /// For signals and pictures.
    pub(super) fn to_f64(self, instrument: &Instrument) -> f64 {
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
pub(super) fn cost(instrument: &Instrument, price: Halves, qty: Decimal) -> Money {
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
pub(super) fn worth(instrument: &Instrument, price: Halves, qty: Decimal) -> Money {
    if qty.is_zero() {
        Money::ZERO
    } else {
        -cost(instrument, price, -qty)
    }
}

/// The top of an instrument among those known.
pub(super) fn top_of(tops: &[Option<Top>], instrument: InstrumentId) -> Option<Top> {
    tops.get(instrument.index()).copied().flatten()
}

/// Signed exposure in base units.
pub(super) fn exposure(instrument: &Instrument, price: Halves, qty: Decimal) -> Decimal {
    match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => qty,
        InstrumentKind::Inverse => {
            let value = instrument.contract_value.times(qty).decimal();
            value
                .checked_div(price.decimal(instrument))
                .unwrap_or_default()
        }
    }
}
