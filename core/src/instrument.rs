//! What is traded: scales, steps, minima, and the arithmetic that needs them.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::journal::codec::{Decode, Encode};
use crate::names::{AssetId, InstrumentId, VenueId};
use crate::num::{MANTISSA_MAX, Money, Price, Qty, power_of_ten};
use crate::planted::{Bug, planted};

/// Decimals that amounts are cut to where a division does not end.
const DIVISION_DECIMALS: u32 = 18;

/// What kind of contract an instrument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum InstrumentKind {
    /// Base asset against quote asset, settled at once.
    Spot,
    /// Perpetual future in base units, margined and settled in the quote asset.
    Linear,
    /// Perpetual future in contracts of a fixed quote value, margined and settled in the base asset.
    Inverse,
}

impl InstrumentKind {
    /// The word used in files and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Linear => "linear",
            Self::Inverse => "inverse",
        }
    }
}

/// Which way an order trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Side {
    /// Takes the ask, rests on the bid.
    Buy,
    /// Takes the bid, rests on the ask.
    Sell,
}

impl Side {
    /// The other side.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// A quantity with the sign that this side gives a position.
    pub fn signed(self, qty: Qty) -> Qty {
        match self {
            Self::Buy => qty,
            Self::Sell => -qty,
        }
    }

    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// The rules of one instrument at one venue. Scales hold for life; prices and quantities everywhere else are
/// mantissas at these scales.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Instrument {
    /// Place in [`crate::names::Names::instruments`].
    pub id: InstrumentId,
    /// Full name, `venue:SYMBOL`.
    pub name: String,
    /// Where it trades.
    pub venue: VenueId,
    /// The venue's own text for it.
    pub symbol: String,
    /// Contract kind.
    pub kind: InstrumentKind,
    /// What is bought.
    pub base: AssetId,
    /// What the price counts.
    pub quote: AssetId,
    /// Decimals of price mantissas.
    pub price_decimals: u8,
    /// Decimals of quantity mantissas.
    pub qty_decimals: u8,
    /// Step of prices, at least 1.
    pub tick: Price,
    /// Step of quantities, at least 1.
    pub lot: Qty,
    /// Smallest order quantity.
    pub min_qty: Qty,
    /// Largest order quantity; zero is no limit.
    pub max_qty: Qty,
    /// Smallest order value in quote units.
    pub min_notional: Money,
    /// Quote units that one contract stands for; 1 unless inverse.
    pub contract_value: Money,
    /// True when nothing but market data told these rules: steps are then one unit of the last decimal.
    pub inferred: bool,
    /// Maintenance margin of a future by the size of the position, smallest first; empty where it is not told.
    pub tiers: Vec<MarginTier>,
}

/// One step of a venue's margin table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MarginTier {
    /// Largest value of a position that the step holds for, in quote units; zero is no limit.
    pub up_to: Money,
    /// Margin that must stand behind a position, as a fraction of its value: 0.004 is 0.4 %.
    pub maintenance: Money,
    /// Highest leverage.
    pub max_leverage: u32,
}

impl Instrument {
    /// The asset in which profit, margin and fees of this instrument settle.
    pub const fn settle(&self) -> AssetId {
        match self.kind {
            InstrumentKind::Spot | InstrumentKind::Linear => self.quote,
            InstrumentKind::Inverse => self.base,
        }
    }

    /// A price as a decimal.
    pub fn price_decimal(&self, price: Price) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(price.mantissa()), u32::from(self.price_decimals))
    }

    /// A quantity as a decimal, signed like its mantissa.
    pub fn qty_decimal(&self, qty: Qty) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(qty.mantissa()), u32::from(self.qty_decimals))
    }

    /// Quote value of a signed quantity at a price: exact for spot and linear contracts, and for inverse ones
    /// independent of the price.
    pub fn notional(&self, price: Price, qty: Qty) -> Money {
        match self.kind {
            InstrumentKind::Inverse => self.contract_value.times(self.qty_decimal(qty)),
            InstrumentKind::Spot | InstrumentKind::Linear => {
                let mantissa = i128::from(price.mantissa()) * i128::from(qty.mantissa());
                let scale = u32::from(self.price_decimals) + u32::from(self.qty_decimals);
                Money::scaled(mantissa, scale).unwrap_or_else(|| {
                    let price = self.price_decimal(price);
                    Money::new(price.saturating_mul(self.qty_decimal(qty)))
                })
            }
        }
    }

    /// How [`Instrument::notional`] compares with an amount, in integers where they hold it.
    pub fn compare_notional(&self, price: Price, qty: Qty, amount: Money) -> Ordering {
        self.compare_words(price, qty, amount)
            .or_else(|| self.compare_mantissas(price, qty, amount.digits()))
            .unwrap_or_else(|| self.notional(price, qty).cmp(&amount))
    }

    /// The same where one word holds either at the larger of their scales, as it does nearly always.
    #[inline]
    fn compare_words(&self, price: Price, qty: Qty, amount: Money) -> Option<Ordering> {
        let value = price.mantissa().checked_mul(qty.mantissa())?;
        let scale = u32::from(self.price_decimals) + u32::from(self.qty_decimals);
        let (digits, decimals) = amount.word()?;
        if self.kind == InstrumentKind::Inverse || scale > Decimal::MAX_SCALE {
            return None;
        }
        let power = i64::try_from(power_of_ten(scale.abs_diff(decimals))?).ok()?;
        Some(if decimals <= scale {
            value.cmp(&digits.checked_mul(power)?)
        } else {
            value.checked_mul(power)?.cmp(&digits)
        })
    }

    #[inline(never)]
    fn compare_mantissas(
        &self,
        price: Price,
        qty: Qty,
        (digits, decimals): (i128, u32),
    ) -> Option<Ordering> {
        let value = i128::from(price.mantissa()) * i128::from(qty.mantissa());
        let scale = u32::from(self.price_decimals) + u32::from(self.qty_decimals);
        // Beyond what a decimal holds a value is rounded.
        let exact = value.unsigned_abs() >> 96 == 0 && scale <= Decimal::MAX_SCALE;
        if self.kind == InstrumentKind::Inverse || !exact {
            return None;
        }
        let power = i128::from(power_of_ten(scale.abs_diff(decimals))?);
        Some(if decimals <= scale {
            value.cmp(&digits.checked_mul(power)?)
        } else {
            value.checked_mul(power)?.cmp(&digits)
        })
    }

    /// What a signed quantity costs in the settlement asset: the quote value, or for inverse contracts the base
    /// amount `-quote value / price`, negative because a long inverse position loses base as the price falls
    /// (profit is `qty * contract_value * (1/entry - 1/exit)`).
    pub fn cost(&self, price: Price, qty: Qty) -> Money {
        match self.kind {
            InstrumentKind::Spot | InstrumentKind::Linear => self.notional(price, qty),
            InstrumentKind::Inverse => -self.base_value(price, qty),
        }
    }

    /// Signed exposure in base units.
    pub fn base_value(&self, price: Price, qty: Qty) -> Money {
        match self.kind {
            InstrumentKind::Spot | InstrumentKind::Linear => Money::new(self.qty_decimal(qty)),
            InstrumentKind::Inverse => {
                let value = self.notional(price, qty).decimal();
                let base = value
                    .checked_div(self.price_decimal(price))
                    .unwrap_or(Decimal::ZERO);
                Money::new(base.round_dp_with_strategy(
                    DIVISION_DECIMALS,
                    RoundingStrategy::MidpointNearestEven,
                ))
            }
        }
    }

    /// The largest whole number of lots in an amount, toward zero: a contract is never rounded up.
    /// The amount is in the instrument's own quantity: contracts for inverse ones.
    pub fn floor_qty(&self, amount: Decimal) -> Qty {
        let scaled = amount.trunc_with_scale(u32::from(self.qty_decimals));
        let mantissa = scaled_mantissa(scaled, u32::from(self.qty_decimals));
        Qty::new(mantissa - mantissa % self.lot.mantissa().max(1))
    }

    /// The largest whole quantity that is worth at most a base amount at a price, toward zero: base units for spot
    /// and linear instruments, contracts for inverse ones.
    pub fn qty_from_base(&self, base: Decimal, price: Price) -> Qty {
        match self.kind {
            InstrumentKind::Spot | InstrumentKind::Linear => self.floor_qty(base),
            InstrumentKind::Inverse => {
                let value = base.saturating_mul(self.price_decimal(price));
                let contracts = value.checked_div(self.contract_value.decimal());
                self.floor_qty(contracts.unwrap_or(Decimal::ZERO))
            }
        }
    }

    /// A quantity cut to whole lots, toward zero.
    pub fn floor_lots(&self, qty: Qty) -> Qty {
        let beyond = qty.mantissa() % self.lot.mantissa().max(1);
        if planted(Bug::LotsRoundUp) && beyond > 0 {
            return Qty::new(qty.mantissa().saturating_add(self.lot.mantissa() - beyond));
        }
        Qty::new(qty.mantissa() - beyond)
    }

    /// The nearest price on the grid that is not worse for the taker's limit: down for a buy's limit, up for a
    /// sell's, so that a limit never allows more than was meant.
    pub fn limit_on_grid(&self, price: Price, side: Side) -> Price {
        let tick = self.tick.mantissa().max(1);
        let below = price.mantissa() - price.mantissa().rem_euclid(tick);
        match side {
            Side::Buy => Price::new(below),
            Side::Sell if below == price.mantissa() => price,
            Side::Sell => Price::new(below.saturating_add(tick)),
        }
    }
}

fn scaled_mantissa(value: Decimal, decimals: u32) -> i64 {
    let factor = 10_i128.pow(decimals.saturating_sub(value.scale()));
    let mantissa = value.mantissa().saturating_mul(factor);
    mantissa.clamp(-i128::from(MANTISSA_MAX), i128::from(MANTISSA_MAX)) as i64
}

#[cfg(test)]
pub(crate) mod fixtures {
    use super::*;
    use alloc::string::ToString;

    /// A spot or linear instrument with prices of 2 and quantities of 3 decimals.
    pub(crate) fn instrument(id: u16, kind: InstrumentKind) -> Instrument {
        Instrument {
            id: InstrumentId(id),
            name: "venue:BTCUSDT".to_string(),
            venue: VenueId(id),
            symbol: "BTCUSDT".to_string(),
            kind,
            base: AssetId(0),
            quote: AssetId(1),
            price_decimals: 2,
            qty_decimals: 3,
            tick: Price::new(10),
            lot: Qty::new(5),
            min_qty: Qty::new(5),
            max_qty: Qty::ZERO,
            min_notional: Money::parse("5").unwrap(),
            contract_value: Money::parse("1").unwrap(),
            inferred: false,
            tiers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::instrument;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_round_against_the_taker() {
        let inst = instrument(0, InstrumentKind::Spot);
        assert_eq!(
            inst.limit_on_grid(Price::new(1_009), Side::Buy),
            Price::new(1_000)
        );
        assert_eq!(
            inst.limit_on_grid(Price::new(1_001), Side::Sell),
            Price::new(1_010)
        );
        assert_eq!(
            inst.limit_on_grid(Price::new(1_000), Side::Sell),
            Price::new(1_000)
        );
    }

    #[test]
    fn inverse_profit_follows_the_reciprocal() {
        let mut inst = instrument(0, InstrumentKind::Inverse);
        inst.contract_value = Money::parse("100").unwrap();
        inst.qty_decimals = 0;
        // 10 contracts of 100 USD from 50,000 to 62,500: 1000 * (1/50000 - 1/62500) = 0.004 of base.
        let paid = inst.cost(Price::new(5_000_000), Qty::new(10))
            + inst.cost(Price::new(6_250_000), Qty::new(-10));
        assert_eq!(-paid, Money::parse("0.004").unwrap());
    }

    proptest! {
        // B11: rounding to contracts goes toward zero, never up beyond depth or balance.
        #[test]
        fn lots_never_round_up(mantissa in -1_000_000_000i64..1_000_000_000) {
            let inst = instrument(0, InstrumentKind::Linear);
            let base = Decimal::new(mantissa, 5);
            let qty = inst.floor_qty(base);
            prop_assert!(inst.qty_decimal(qty).abs() <= base.abs());
            prop_assert_eq!(qty.mantissa() % inst.lot.mantissa(), 0);
            prop_assert!((base - inst.qty_decimal(qty)).abs() < inst.qty_decimal(inst.lot));
        }

        // B10: contracts are compared with coins as what they are worth in base, never as numbers.
        #[test]
        fn contracts_and_coins_meet_in_base(
            base in 1i64..1_000_000, price in 1_000i64..10_000_000, value in 1i64..1_000, inverse in any::<bool>(),
        ) {
            let kind = if inverse { InstrumentKind::Inverse } else { InstrumentKind::Linear };
            let mut inst = instrument(0, kind);
            inst.contract_value = Money::new(Decimal::from(value));
            let (base, price) = (Decimal::new(base, 3), Price::new(price));
            let qty = inst.qty_from_base(base, price);
            let worth = inst.base_value(price, qty).decimal();
            let one_lot_more = inst.base_value(price, qty + inst.lot).decimal();
            let cut = Decimal::new(1, DIVISION_DECIMALS);
            prop_assert!(worth <= base + cut && base < one_lot_more + cut, "{} {} {}", worth, base, one_lot_more);
        }

        #[test]
        fn a_notional_is_compared_as_it_is(
            price in prop_oneof![1i64..100_000, 1i64..MANTISSA_MAX],
            qty in prop_oneof![-100_000i64..100_000, -MANTISSA_MAX..MANTISSA_MAX],
            off in -2i64..=2, decimals in (0u8..20, 0u8..20), scale in 0u32..=28, kind in 0usize..3,
        ) {
            let kinds = [InstrumentKind::Spot, InstrumentKind::Linear, InstrumentKind::Inverse];
            let mut inst = instrument(0, kinds[kind]);
            (inst.price_decimals, inst.qty_decimals) = decimals;
            let (price, qty) = (Price::new(price), Qty::new(qty));
            let value = inst.notional(price, qty);
            let near = value + Money::new(Decimal::new(off, scale));
            prop_assert_eq!(inst.compare_notional(price, qty, near), value.cmp(&near));
            prop_assert_eq!(inst.compare_notional(price, qty, value), Ordering::Equal);
        }

        // B2 and B6: base to quote multiplies by the price, and comes back.
        #[test]
        fn notional_multiplies(price in 1i64..100_000_000, qty in -1_000_000i64..1_000_000) {
            let inst = instrument(0, InstrumentKind::Spot);
            let value = inst.notional(Price::new(price), Qty::new(qty)).decimal();
            prop_assert_eq!(value, Decimal::new(price, 2) * Decimal::new(qty, 3));
        }
    }
}
