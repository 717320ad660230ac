//! How far a price may move before an account must be looked at again.

use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::Market;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::position::Position;
use onetape_core::stretch::Reach;

/// Prices between which a position cannot use up what stands behind it, while nothing but prices moves. It only says
/// when to reckon: what then becomes of a position is reckoned exactly. So it is worked out in floats, on the safe side
/// of their rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Band {
    /// Twice the bounds, at the instrument's decimals: for the sum of bid and ask.
    low_twice: i64,
    high_twice: i64,
    /// The bounds, for marks.
    low: Money,
    high: Money,
}

/// Slack below which every move is looked at: far above what rounding to 18 decimals does.
const SMALLEST_SLACK: f64 = 1e-12;
/// Sums of two prices, as mantissas, that floats hold exactly.
const EXACT: f64 = 4_503_599_627_370_496.0;

impl Band {
    /// No price is known to be safe.
    pub(crate) const NONE: Self = Self {
        low_twice: 1,
        high_twice: 0,
        low: Money::ZERO,
        high: Money::ZERO,
    };

    /// Around the position's valuation, where `slack` is what it may lose, maintenance counted: its surplus, or its
    /// part of the surplus that several positions share.
    ///
    /// A rate of maintenance is below one, so a move that gains never hurts. Against a short, each unit of price
    /// costs its quantity and the maintenance on it at the highest rate; against a long its quantity, for
    /// maintenance shrinks. Inverse contracts are linear in the reciprocal of the price, with the sides changed
    /// about.
    pub(crate) fn around(
        market: &Market,
        instrument: &Instrument,
        position: &Position,
        slack: f64,
    ) -> Self {
        let Some(twice) = twice_valued(market, instrument) else {
            return Self::NONE;
        };
        if !(SMALLEST_SLACK < slack && 0.0 < twice && twice < EXACT) {
            return Self::NONE;
        }
        // Half of it, which is far more than what any rounding here takes.
        let slack = slack / 2.0;
        let rates = instrument.tiers.iter().map(|tier| tier.maintenance);
        let grown = 1.0 + rates.max().unwrap_or_default().to_f64();
        let is_long = position.qty > Qty::ZERO;
        let unit = 2.0 * power_of_ten(instrument.price_decimals);
        let moved = match instrument.kind {
            InstrumentKind::Spot | InstrumentKind::Linear => {
                let size =
                    position.qty.abs().mantissa() as f64 / power_of_ten(instrument.qty_decimals);
                let per_price = if is_long { size } else { size * grown };
                slack / per_price * unit
            }
            InstrumentKind::Inverse => {
                let value = instrument
                    .notional(Price::default(), position.qty)
                    .abs()
                    .to_f64();
                let now = unit / twice;
                if is_long {
                    twice - unit / (now + slack / (value * grown))
                } else {
                    let nearest = now - slack / value;
                    if nearest > 0.0 {
                        unit / nearest - twice
                    } else {
                        EXACT
                    }
                }
            }
        };
        // A cast cuts, and one step more is cut for what the last digits are worth.
        let moved = (moved.min(EXACT) as i64 - 2).max(0);
        let twice = twice as i64;
        if is_long {
            Self::between(instrument, twice - moved, i64::MAX)
        } else {
            Self::between(instrument, i64::MIN, twice + moved)
        }
    }

    fn between(instrument: &Instrument, low_twice: i64, high_twice: i64) -> Self {
        let half = |twice: i64| {
            let scale = u32::from(instrument.price_decimals) + 1;
            Money::scaled(5 * i128::from(twice), scale).unwrap_or_default()
        };
        Self {
            low_twice,
            high_twice,
            low: half(low_twice),
            high: half(high_twice),
        }
    }

    /// True when the market's valuation stays inside.
    pub(crate) fn holds_all(&self, reach: &Reach) -> bool {
        match (reach.mark, reach.twice) {
            (Some((least, most)), _) => self.low <= least && most <= self.high,
            (None, Some((least, most))) => self.low_twice <= least && most <= self.high_twice,
            (None, None) => false,
        }
    }

    /// True when the market's valuation is inside.
    #[inline]
    pub(crate) fn holds(&self, market: &Market, id: InstrumentId) -> bool {
        let known = market.instrument(id);
        if let Some(mark) = known.mark() {
            return self.low <= mark.mark && mark.mark <= self.high;
        }
        known.last_top().is_some_and(|top| {
            let sum = top
                .bid
                .price
                .mantissa()
                .saturating_add(top.ask.price.mantissa());
            self.low_twice <= sum && sum <= self.high_twice
        })
    }
}

/// Twice the price that a position is valued at, in steps of the instrument's last decimal.
fn twice_valued(market: &Market, instrument: &Instrument) -> Option<f64> {
    let known = market.instrument(instrument.id);
    if let Some(mark) = known.mark() {
        // Cut, for what is outside of a whole step is outside of the band.
        let twice = mark.mark.to_f64() * 2.0 * power_of_ten(instrument.price_decimals);
        return Some((twice.min(EXACT) as i64) as f64);
    }
    let top = known.last_top()?;
    let (bid, ask) = (top.bid.price.mantissa(), top.ask.price.mantissa());
    Some(bid.saturating_add(ask) as f64)
}

fn power_of_ten(decimals: u8) -> f64 {
    (0..decimals).fold(1.0, |power, _| power * 10.0)
}
