//! What a position is worth, what must stand behind it, and how far its price may move before that is too little.
//!
//! Maintenance margin goes by the venue's tiers, as Binance states it: the position's value times the rate of its
//! tier, less an amount that makes the whole continuous where one tier ends and the next begins. An instrument
//! without tiers needs none: its positions are closed when nothing is left behind them.

mod band;

use onetape_core::instrument::{Instrument, InstrumentKind, MarginTier};
use onetape_core::market::Market;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::position::Position;
use rust_decimal::Decimal;

pub(crate) use band::Band;

use crate::fees::in_steps;

/// The price that positions are valued at: the venue's mark where the tape has marks, else the middle of the last
/// good top of book, however old.
pub fn valuation(market: &Market, instrument: &Instrument) -> Option<Decimal> {
    let known = market.instrument(instrument.id);
    if let Some(mark) = known.mark() {
        return Some(mark.mark.decimal());
    }
    let top = known.last_top()?;
    let sum = instrument
        .price_decimal(top.bid.price)
        .saturating_add(instrument.price_decimal(top.ask.price));
    Some(sum / Decimal::TWO)
}

/// Signed value of a position at a price, in the settlement asset: what [`Instrument::cost`] is for a fill, with the
/// same rounding.
pub(crate) fn value_at(instrument: &Instrument, qty: Qty, price: Decimal) -> Money {
    match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => {
            Money::new(instrument.qty_decimal(qty).saturating_mul(price))
        }
        InstrumentKind::Inverse => {
            let quote = instrument.notional(Price::default(), qty).decimal();
            -in_steps(Money::new(
                quote.checked_div(price).unwrap_or(Decimal::ZERO),
            ))
        }
    }
}

/// What closing all of a position at its valuation would realise; nothing where that is not known.
pub(crate) fn unrealised(market: &Market, instrument: &Instrument, position: &Position) -> Money {
    let known = market.instrument(instrument.id);
    let plain = known.mark().is_none() && instrument.kind != InstrumentKind::Inverse;
    if let Some(top) = known.last_top().filter(|_| plain) {
        // Half a price is five tenths of a step.
        let twice = i128::from(top.bid.price.mantissa()) + i128::from(top.ask.price.mantissa());
        let value = (5 * twice).checked_mul(i128::from(position.qty.mantissa()));
        let scale = u32::from(instrument.price_decimals) + u32::from(instrument.qty_decimals) + 1;
        if let Some(value) = value.and_then(|value| Money::scaled(value, scale)) {
            return value - position.cost;
        }
    }
    valuation(market, instrument).map_or(Money::ZERO, |price| {
        unrealised_at(instrument, position, price)
    })
}

/// What closing all of a position at a price would realise.
pub(crate) fn unrealised_at(instrument: &Instrument, position: &Position, price: Decimal) -> Money {
    value_at(instrument, position.qty, price) - position.cost
}

/// Value of a quantity in quote units, without a sign.
fn quote_value(instrument: &Instrument, qty: Qty, price: Decimal) -> Decimal {
    match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => {
            instrument.qty_decimal(qty).saturating_mul(price).abs()
        }
        InstrumentKind::Inverse => instrument.notional(Price::default(), qty).decimal().abs(),
    }
}

/// Maintenance margin of a value in quote units, in quote units: `value * rate - amount`, where the amount of a tier
/// is that of the one before plus where they meet times what the rate grows by.
pub(crate) fn maintenance_of(tiers: &[MarginTier], value: Decimal) -> Decimal {
    let (mut amount, mut rate, mut meet) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    for tier in tiers {
        let next = tier.maintenance.decimal();
        amount = amount.saturating_add(meet.saturating_mul(next.saturating_sub(rate)));
        (rate, meet) = (next, tier.up_to.decimal());
        if meet.is_zero() || value <= meet {
            break;
        }
    }
    value
        .saturating_mul(rate)
        .saturating_sub(amount)
        .max(Decimal::ZERO)
}

/// Maintenance margin of a position at a price, in the settlement asset.
pub fn maintenance(instrument: &Instrument, qty: Qty, price: Decimal) -> Money {
    if instrument.tiers.is_empty() {
        return Money::ZERO;
    }
    let needed = maintenance_of(&instrument.tiers, quote_value(instrument, qty, price));
    in_steps(Money::new(match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => needed,
        InstrumentKind::Inverse => needed.checked_div(price).unwrap_or(Decimal::ZERO),
    }))
}

/// True when the tiers allow a position of this size at this leverage: the largest is where the last tier ends whose
/// highest leverage is no less.
pub(crate) fn leverage_allows(
    instrument: &Instrument,
    leverage: u32,
    qty: Qty,
    price: Price,
) -> bool {
    if instrument.tiers.is_empty() {
        return true;
    }
    let fits = instrument
        .tiers
        .iter()
        .rfind(|tier| tier.max_leverage >= leverage);
    fits.is_some_and(|tier| {
        let value = quote_value(instrument, qty, instrument.price_decimal(price));
        tier.up_to.is_zero() || value <= tier.up_to.decimal()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    fn tiers() -> Vec<MarginTier> {
        let tier = |up_to, maintenance, max_leverage| MarginTier {
            up_to: Money::parse(up_to).unwrap(),
            maintenance: Money::parse(maintenance).unwrap(),
            max_leverage,
        };
        vec![
            tier("50000", "0.004", 125),
            tier("250000", "0.005", 100),
            tier("1000000", "0.01", 50),
            tier("10000000", "0.025", 20),
        ]
    }

    #[test]
    fn maintenance_goes_by_rate_and_amount() {
        // The amounts of Binance's BTCUSDT table of these tiers: 0, 50, 1,300 and 16,300.
        // |      value | rate  | amount |  maintenance |
        // |     10,000 | 0.4 % |      0 |           40 |
        // |     50,000 | 0.4 % |      0 |          200 |
        // |    100,000 | 0.5 % |     50 |          450 |
        // |    250,000 | 0.5 % |     50 |        1,200 |
        // |    300,000 | 1 %   |  1,300 |        1,700 |
        // |  1,000,000 | 1 %   |  1,300 |        8,700 |
        // |  2,000,000 | 2.5 % | 16,300 |       33,700 |
        // | 20,000,000 | 2.5 % | 16,300 |      483,700 |
        for (value, expected) in [
            ("0", "0"),
            ("10000", "40"),
            ("50000", "200"),
            ("100000", "450"),
            ("250000", "1200"),
            ("300000", "1700"),
            ("1000000", "8700"),
            ("2000000", "33700"),
            ("20000000", "483700"),
        ] {
            let found = maintenance_of(&tiers(), decimal(value));
            assert_eq!(found, decimal(expected), "{value}");
        }
        assert_eq!(maintenance_of(&[], decimal("5000")), Decimal::ZERO);
    }

    #[test]
    fn maintenance_has_no_step_where_tiers_meet() {
        for tier in tiers() {
            let meet = tier.up_to.decimal();
            let step = decimal("0.01");
            let below = maintenance_of(&tiers(), meet - step);
            let above = maintenance_of(&tiers(), meet + step);
            assert!(
                below < above && above - below <= step * decimal("0.05"),
                "{meet}"
            );
        }
    }
}
