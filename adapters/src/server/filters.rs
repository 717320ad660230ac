//! The rules of an instrument, held against an order in whole numbers.

use std::cmp::Ordering;

use onetape_core::instrument::{Instrument, Side};
use onetape_core::num::{Money, Price, Qty};
use rust_decimal::Decimal;

use super::call::{NewOrder, Size};
use super::wrong::Filter;
use crate::rules::Limits;

/// Checks price, quantity and value of a new order. `market` is a price that a market order is valued at, and that
/// prices may not be too far from; without it these two rules are not checked.
///
/// # Errors
/// The first rule that is broken.
pub fn check(
    order: &NewOrder,
    of: &Instrument,
    limits: &Limits,
    market: Option<Price>,
) -> Result<(), Filter> {
    if let Some(limit) = order.limit {
        price(limit, order.side, of, limits, market)?;
    }
    match order.size {
        Size::Base(qty) => {
            quantity(qty, order.limit.is_none(), of, limits)?;
            let at = order.limit.or(market);
            at.map_or(Ok(()), |at| {
                let compare = |amount| of.compare_notional(at, qty, amount);
                value(compare, order.limit.is_none(), of, limits)
            })
        }
        Size::Quote(amount) => value(|other| amount.cmp(&other), true, of, limits),
        Size::Close => Ok(()),
    }
}

/// Checks a price alone.
///
/// # Errors
/// The first rule that is broken.
pub fn price(
    limit: Price,
    side: Side,
    of: &Instrument,
    limits: &Limits,
    market: Option<Price>,
) -> Result<(), Filter> {
    let at = Money::new(of.price_decimal(limit));
    let low = limits.min_price.is_some_and(|least| at < least);
    let high = limits.max_price.is_some_and(|most| at > most);
    if limit.mantissa() <= 0 || low || high {
        return Err(Filter::Price);
    }
    if limit.mantissa() % of.tick.mantissa().max(1) != 0 {
        return Err(Filter::Tick);
    }
    if let (Some(band), Some(market)) = (&limits.band, market) {
        let (down, up) = match side {
            Side::Buy => band.bid,
            Side::Sell => band.ask,
        };
        let by = |factor: Money| Money::new(of.price_decimal(market)).times(factor.decimal());
        if at < by(down) || at > by(up) {
            return Err(Filter::Band);
        }
    }
    Ok(())
}

/// Checks a quantity alone.
///
/// # Errors
/// The first rule that is broken.
pub fn quantity(qty: Qty, at_market: bool, of: &Instrument, limits: &Limits) -> Result<(), Filter> {
    if qty.mantissa() <= 0 || qty < of.min_qty {
        return Err(Filter::MinQty);
    }
    if of.max_qty > Qty::ZERO && qty > of.max_qty {
        return Err(Filter::MaxQty);
    }
    if qty.mantissa() % of.lot.mantissa().max(1) != 0 {
        return Err(Filter::Lot);
    }
    let amount = of.qty_decimal(qty);
    let off = |step: Money| {
        let rest = amount.checked_rem(step.decimal());
        rest.is_some_and(|rest| rest != Decimal::ZERO)
    };
    let amount = Money::new(amount);
    let small = limits.market_min_qty.is_some_and(|least| amount < least);
    let large = limits.market_max_qty.is_some_and(|most| amount > most);
    match at_market && (small || large || limits.market_lot.is_some_and(off)) {
        true => Err(Filter::MarketLot),
        false => Ok(()),
    }
}

fn value(
    compare: impl Fn(Money) -> Ordering,
    at_market: bool,
    of: &Instrument,
    limits: &Limits,
) -> Result<(), Filter> {
    let least_holds = !at_market || limits.min_notional_at_market;
    if least_holds && compare(of.min_notional) == Ordering::Less {
        return Err(Filter::Notional);
    }
    let most = limits.max_notional;
    let most = most.filter(|_| !at_market || limits.max_notional_at_market);
    match most.is_some_and(|most| compare(most) == Ordering::Greater) {
        true => Err(Filter::MaxNotional),
        false => Ok(()),
    }
}
