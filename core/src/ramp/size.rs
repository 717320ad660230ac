//! How much an entry may be on a step of the ramp.

use rust_decimal::Decimal;

use crate::instrument::Instrument;
use crate::names::InstrumentId;
use crate::num::Price;
use crate::strategy::Context;

/// What the least value is raised by, so that a position can be left after prices fell: a twentieth.
pub(crate) const HEADROOM: Decimal = Decimal::from_parts(105, 0, 0, false, 2);

impl<S> Context<'_, S> {
    /// The most of the legs' common base that may be entered now, in base units: so many lots as the task's step on the
    /// ramp has. No limit without a ramp, nothing while a leg has no price.
    pub fn most_base(&self, legs: &[InstrumentId]) -> Decimal {
        let Some(lots) = self.lots else {
            return Decimal::MAX;
        };
        let lot = self.one_lot(legs).unwrap_or(Decimal::ZERO);
        lot.saturating_mul(Decimal::from(lots))
    }

    /// The smallest base quantity that can be entered and left on every leg; `None` while a leg has no price.
    pub fn one_lot(&self, legs: &[InstrumentId]) -> Option<Decimal> {
        let step = common_lot(legs.iter().map(|id| self.names.instrument(*id)))?;
        let mut least = step;
        for id in legs {
            let instrument = self.names.instrument(*id);
            let price = self.market.instrument(*id).last_top()?.bid.price;
            least = least.max(least_base(instrument, price, step)?);
        }
        whole_up(least, step)
    }
}

/// The smallest base quantity that a venue takes at a price, with room for a lower one.
fn least_base(instrument: &Instrument, price: Price, step: Decimal) -> Option<Decimal> {
    let least = whole_up(instrument.qty_decimal(instrument.min_qty).max(step), step)?;
    let value = instrument
        .notional(price, instrument.floor_qty(least))
        .decimal();
    let wanted = instrument.min_notional.decimal().checked_mul(HEADROOM)?;
    if value >= wanted {
        return Some(least);
    }
    // The value of whole lots grows with their number.
    least.checked_mul(wanted.checked_div(value)?)
}

fn whole_up(amount: Decimal, step: Decimal) -> Option<Decimal> {
    amount.checked_div(step)?.ceil().checked_mul(step)
}

/// The smallest amount that is whole in every instrument's lots.
pub(crate) fn common_lot<'a>(
    instruments: impl Iterator<Item = &'a Instrument> + Clone,
) -> Option<Decimal> {
    let scale = instruments.clone().map(|one| one.qty_decimals).max()?;
    let mut common: i128 = 1;
    for instrument in instruments {
        let factor = 10_i128.pow(u32::from(scale - instrument.qty_decimals));
        let lot = i128::from(instrument.lot.mantissa().max(1)) * factor;
        common = (common / greatest_common_divisor(common, lot)).checked_mul(lot)?;
    }
    Decimal::try_from_i128_with_scale(common, u32::from(scale)).ok()
}

/// Of two numbers that are not negative.
pub(crate) const fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
