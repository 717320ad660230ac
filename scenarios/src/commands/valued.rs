//! What an open position is worth: at what closing would bring, and at the middle of the book.

use onetape_core::desk::Holding;
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::Market;
use onetape_core::num::{Money, Price, Qty};

/// The price at which a position could be closed: the last known touch.
pub(super) fn exit_price(held: &Holding, market: &Market) -> Option<Price> {
    let top = market.instrument(held.instrument).last_top()?;
    let long = held.position.qty > Qty::ZERO;
    Some(if long { top.bid.price } else { top.ask.price })
}

/// What closing would realise.
pub(super) fn at_exit(held: &Holding, instrument: &Instrument, market: &Market) -> Option<Money> {
    let exit = exit_price(held, market)?;
    Some(held.position.unrealised(instrument, exit))
}

/// The middle of the last known touches, with the instrument on which a price may have the decimal more that it needs.
fn middle(instrument: &Instrument, market: &Market) -> Option<(Instrument, Price)> {
    let top = market.instrument(instrument.id).last_top()?;
    let sum = top
        .bid
        .price
        .mantissa()
        .checked_add(top.ask.price.mantissa())?;
    let finer = Instrument {
        price_decimals: instrument.price_decimals + 1,
        ..instrument.clone()
    };
    Some((finer, Price::new(sum.checked_mul(5)?)))
}

/// The middle as a number.
pub(super) fn middle_price(instrument: &Instrument, market: &Market) -> Option<Money> {
    let (finer, middle) = middle(instrument, market)?;
    Some(Money::new(finer.price_decimal(middle)))
}

/// What closing at the middle would realise, which nobody pays.
pub(super) fn at_middle(held: &Holding, instrument: &Instrument, market: &Market) -> Option<Money> {
    let (finer, middle) = middle(instrument, market)?;
    Some(held.position.unrealised(&finer, middle))
}

/// What a position is worth at the middle, with its sign, in the asset that it settles in.
pub(super) fn exposure(held: &Holding, instrument: &Instrument, market: &Market) -> Option<Money> {
    if held.position.qty.is_zero() {
        return Some(Money::ZERO);
    }
    let (finer, middle) = middle(instrument, market)?;
    Some(match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => finer.notional(middle, held.position.qty),
        InstrumentKind::Inverse => finer.base_value(middle, held.position.qty),
    })
}
