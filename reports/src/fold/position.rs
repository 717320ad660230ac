//! The position of one leg of one round trip.
//!
//! The same arithmetic as [`onetape_core::position::Position`], on decimal quantities: a fee taken out of what
//! was bought has more decimals than orders have, and must not be rounded away.

use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::num::{Money, Price};
use onetape_core::position::share_of_cost;
use rust_decimal::{Decimal, RoundingStrategy};

use super::sparse::{less, plus};

/// Decimals that amounts are cut to where a division does not end, as in the core's instrument.
const DIVISION_DECIMALS: u32 = 18;

/// A signed quantity, what it cost, what was realised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LegPosition {
    /// Signed quantity; zeros at its end stay, since to drop them takes longer than to book.
    pub(crate) qty: Decimal,
    /// Signed cost of it in the settlement asset.
    pub(crate) cost: Money,
    /// Realised so far, before fees and funding.
    pub(crate) realised: Money,
    /// Price of the last fill.
    last: Price,
}

/// What a signed decimal quantity costs in the settlement asset.
pub(crate) fn cost(instrument: &Instrument, price: Price, qty: Decimal) -> Money {
    match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => product(instrument, price, qty)
            .unwrap_or_else(|| Money::new(instrument.price_decimal(price).saturating_mul(qty))),
        InstrumentKind::Inverse => inverse_cost(instrument, instrument.price_decimal(price), qty),
    }
}

/// The same of an inverse contract, at any price.
pub(crate) fn inverse_cost(instrument: &Instrument, price: Decimal, qty: Decimal) -> Money {
    let value = instrument.contract_value.times(qty).decimal();
    let base = value.checked_div(price).unwrap_or(Decimal::ZERO);
    Money::new(-round(base, DIVISION_DECIMALS))
}

/// Price times quantity in integers, when those hold it.
fn product(instrument: &Instrument, price: Price, qty: Decimal) -> Option<Money> {
    let mantissa = i64::try_from(qty.mantissa()).ok()?;
    let value = i128::from(price.mantissa()) * i128::from(mantissa);
    Money::scaled(value, u32::from(instrument.price_decimals) + qty.scale())
}

fn round(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointNearestEven)
}

impl LegPosition {
    /// Books a signed traded quantity that cost so much at its price.
    pub(crate) fn trade(
        &mut self,
        instrument: &Instrument,
        price: Price,
        (traded, paid): (Decimal, Money),
    ) {
        if traded.is_zero() {
            return;
        }
        self.last = price;
        let opens = self.qty.is_zero() || self.qty.is_sign_positive() == traded.is_sign_positive();
        if opens {
            self.qty = self.qty.saturating_add(traded);
            plus(&mut self.cost, paid);
            return;
        }
        let closing = if traded.abs() > self.qty.abs() {
            -self.qty
        } else {
            traded
        };
        let released = self.release(closing);
        if closing == traded {
            plus(&mut self.realised, -(released + paid));
            return;
        }
        let gain = -(released + cost(instrument, price, closing));
        plus(&mut self.realised, gain);
        self.qty = traded - closing;
        self.cost = cost(instrument, price, self.qty);
    }

    /// Books what somebody else bore of a loss.
    pub(crate) fn bear(&mut self, part: Money) {
        self.realised += part;
    }

    /// Other trades of its round trip used it up but for a rest, and it gained so much.
    pub(crate) fn used_up(&mut self, qty: Decimal, cost: Money, gain: Money) {
        self.qty = qty;
        self.cost = cost;
        self.realised += gain;
    }

    /// Closes everything for an amount that the venue worked out.
    pub(crate) fn close_for(&mut self, realised: Money) {
        self.qty = Decimal::ZERO;
        self.cost = Money::ZERO;
        self.realised += realised;
    }

    fn release(&mut self, closing: Decimal) -> Money {
        let released = if closing == -self.qty {
            self.cost
        } else {
            share_of_cost(self.cost, closing.abs(), self.qty.abs())
        };
        self.qty = self.qty.saturating_add(closing);
        self.cost = less(self.cost, released);
        released
    }

    /// What closing all of it at `price` would realise.
    pub(crate) fn unrealised(&self, instrument: &Instrument, price: Price) -> Money {
        if self.qty.is_zero() {
            return Money::ZERO;
        }
        -(self.cost + cost(instrument, price, -self.qty))
    }

    /// True when nothing is left, or less than the venue lets one trade: a lot, the smallest quantity, and on spot
    /// the smallest value at the last fill's price (futures take a closing order of any value).
    pub(crate) fn is_flat(&self, instrument: &Instrument) -> bool {
        self.would_be_flat(instrument, self.qty)
    }

    /// The same if so much were left.
    pub(crate) fn would_be_flat(&self, instrument: &Instrument, qty: Decimal) -> bool {
        if qty.is_zero() {
            return true;
        }
        let left = qty.abs();
        let smallest = instrument.qty_decimal(instrument.lot.max(instrument.min_qty));
        let value = || instrument.price_decimal(self.last).saturating_mul(left);
        let has_least =
            instrument.kind == InstrumentKind::Spot && !instrument.min_notional.is_zero();
        left < smallest || (has_least && value() < instrument.min_notional.decimal())
    }
}
