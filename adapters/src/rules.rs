//! The rules of an instrument as its venue states them, and core's instrument from them.

use onetape_core::instrument::{Instrument, InstrumentKind, MarginTier};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{MANTISSA_MAX, Money, Price, Qty};
use rust_decimal::{Decimal, RoundingStrategy};

/// Most decimals of a scale: 18 digits are all there is.
const DECIMALS_MAX: u32 = 18;

/// What a venue lets one do with an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    /// Orders are taken and matched.
    Trading,
    /// Orders are only cancelled.
    CancelOnly,
    /// Only one side is taken, or only what reduces: the venue's own word.
    Restricted(String),
    /// Neither matched nor taken: the venue's own word.
    Halted(String),
}

/// The rules of one instrument, in the venue's units, as exact amounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The venue's text for it.
    pub symbol: String,
    /// What is bought.
    pub base: String,
    /// What the price counts.
    pub quote: String,
    /// In which asset profit settles; the quote for spot.
    pub settle: String,
    /// Contract kind.
    pub kind: InstrumentKind,
    /// Whether it trades.
    pub status: TradeStatus,
    /// Step of prices.
    pub tick: Money,
    /// Step of quantities, in the venue's units.
    pub lot: Money,
    /// Base units of one of the venue's units: 1, or the size of a contract.
    pub contract: Money,
    /// Quote units of one contract; 1 unless inverse.
    pub contract_value: Money,
    /// Smallest quantity of an order, in the venue's units.
    pub min_qty: Money,
    /// Largest quantity of an order; `None` for no limit.
    pub max_qty: Option<Money>,
    /// Smallest value of an order in quote units; zero for none.
    pub min_notional: Money,
    /// What else bounds orders.
    pub limits: Limits,
    /// Names of rules that this version does not know.
    pub unknown: Vec<String>,
}

/// Bounds of orders besides steps, quantity and value. `None` is no limit, or none that the venue tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Lowest price.
    pub min_price: Option<Money>,
    /// Highest price.
    pub max_price: Option<Money>,
    /// Step of quantities of market orders, where it is another.
    pub market_lot: Option<Money>,
    /// Smallest quantity of a market order.
    pub market_min_qty: Option<Money>,
    /// Largest quantity of a market order.
    pub market_max_qty: Option<Money>,
    /// True when the smallest value holds for market orders too.
    pub min_notional_at_market: bool,
    /// Largest value of an order.
    pub max_notional: Option<Money>,
    /// True when the largest value holds for market orders too.
    pub max_notional_at_market: bool,
    /// How far prices may stand from a reference, as multiples of it.
    pub band: Option<Band>,
    /// Most open orders.
    pub max_orders: Option<u64>,
    /// Most open conditional orders.
    pub max_algo_orders: Option<u64>,
    /// Most open iceberg orders.
    pub max_iceberg_orders: Option<u64>,
    /// Most parts of an iceberg order.
    pub iceberg_parts: Option<u64>,
    /// Most changes of an order.
    pub max_amends: Option<u64>,
    /// Largest position, in base units.
    pub max_position: Option<Money>,
    /// Words for kinds of orders that are taken.
    pub order_types: Vec<String>,
    /// Words for times in force that are taken; empty where the venue tells none.
    pub times_in_force: Vec<String>,
}

/// How far prices may stand from a reference, as multiples of it, by the side of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Lowest and highest for a buy.
    pub bid: (Money, Money),
    /// Lowest and highest for a sell.
    pub ask: (Money, Money),
}

/// Why rules make no instrument.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{symbol}: {why}; the venue's rules cannot be used")]
pub struct RulesError {
    /// Whose.
    pub symbol: String,
    /// What is wrong.
    pub why: &'static str,
}

impl Rules {
    /// True when orders are taken and matched without restriction.
    pub fn is_trading(&self) -> bool {
        self.status == TradeStatus::Trading
    }

    /// Core's instrument: names entered in `names` under a venue, quantities in base units, and scales such that
    /// every price and quantity on the venue's grid is a whole mantissa.
    ///
    /// A largest quantity that no mantissa can reach is no limit. A new instrument has the next id of
    /// `names.instruments`: push it there before the next one is made.
    ///
    /// # Errors
    /// When a step is not above zero, or its scale is too fine.
    pub fn instrument(&self, venue: &str, names: &mut Names) -> Result<Instrument, RulesError> {
        let wrong = |why| RulesError {
            symbol: self.symbol.clone(),
            why,
        };
        let base_units = |amount: Money| amount.times(self.contract.decimal()).decimal();
        let (lot, least) = (base_units(self.lot), base_units(self.min_qty));
        let price_decimals = decimals(self.tick.decimal());
        let qty_decimals = decimals(lot).max(decimals(least));
        if price_decimals > DECIMALS_MAX || qty_decimals > DECIMALS_MAX {
            return Err(wrong("a step has more than 18 decimals"));
        }
        let price = |amount| mantissa(amount, price_decimals);
        let qty = |amount| mantissa(amount, qty_decimals);
        let tick = price(self.tick.decimal()).filter(|it| *it > 0);
        let step = qty(lot).filter(|it| *it > 0);
        let name = format!("{venue}:{}", self.symbol);
        let id = names
            .find_instrument(&name)
            .unwrap_or(InstrumentId(names.instruments.len() as u16));
        Ok(Instrument {
            id,
            venue: names.venue_id(venue),
            symbol: self.symbol.clone(),
            kind: self.kind,
            base: names.asset_id(&self.base),
            quote: names.asset_id(&self.quote),
            price_decimals: price_decimals as u8,
            qty_decimals: qty_decimals as u8,
            tick: Price::new(tick.ok_or_else(|| wrong("its step of prices is not above zero"))?),
            lot: Qty::new(step.ok_or_else(|| wrong("its step of quantities is not above zero"))?),
            min_qty: Qty::new(
                qty(least).ok_or_else(|| wrong("its smallest quantity is no quantity"))?,
            ),
            max_qty: (self.max_qty)
                .and_then(|most| qty(cut(base_units(most), qty_decimals)))
                .map_or(Qty::ZERO, Qty::new),
            min_notional: self.min_notional,
            contract_value: self.contract_value,
            inferred: false,
            tiers: Vec::<MarginTier>::new(),
            name,
        })
    }
}

/// Decimals without zeros at their end.
fn decimals(amount: Decimal) -> u32 {
    amount.normalize().scale()
}

fn cut(amount: Decimal, decimals: u32) -> Decimal {
    amount.round_dp_with_strategy(decimals, RoundingStrategy::ToZero)
}

/// The whole mantissa of an amount, zero or more; `None` when it does not fit.
fn mantissa(amount: Decimal, decimals: u32) -> Option<i64> {
    let amount = amount.normalize();
    let raise = 10_i128.checked_pow(decimals.checked_sub(amount.scale())?)?;
    let mantissa = i64::try_from(amount.mantissa().checked_mul(raise)?).ok()?;
    (0..=MANTISSA_MAX).contains(&mantissa).then_some(mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn rules(contract: &str, lot: &str, min: &str, max: &str) -> Rules {
        Rules {
            symbol: "BTC_USDT".to_string(),
            base: "BTC".to_string(),
            quote: "USDT".to_string(),
            settle: "USDT".to_string(),
            kind: InstrumentKind::Linear,
            status: TradeStatus::Trading,
            tick: money("0.10"),
            lot: money(lot),
            contract: money(contract),
            contract_value: money("1"),
            min_qty: money(min),
            max_qty: Some(money(max)),
            min_notional: money("5"),
            limits: Limits::default(),
            unknown: Vec::new(),
        }
    }

    #[test]
    fn contracts_become_base_units() {
        let mut names = Names::default();
        let found = rules("0.0001", "1", "1", "1000000")
            .instrument("gate-usdt", &mut names)
            .unwrap();
        assert_eq!((found.price_decimals, found.qty_decimals), (1, 4));
        assert_eq!((found.tick.mantissa(), found.lot.mantissa()), (1, 1));
        assert_eq!(
            (found.min_qty.mantissa(), found.max_qty.mantissa()),
            (1, 1_000_000)
        );
        assert_eq!(found.name, "gate-usdt:BTC_USDT");
    }

    #[test]
    fn scales_hold_the_smallest_order() {
        let mut names = Names::default();
        let found = rules("1", "0.1", "0.25", "99999999999999999999")
            .instrument("v", &mut names)
            .unwrap();
        assert_eq!(found.qty_decimals, 2);
        assert_eq!((found.lot.mantissa(), found.min_qty.mantissa()), (10, 25));
        assert_eq!(found.max_qty, Qty::ZERO, "no mantissa reaches it");
        assert!(
            rules("1", "0", "0", "1")
                .instrument("v", &mut names)
                .is_err()
        );
        let fine = rules("1", "0.0000000000000000000001", "0", "1");
        assert!(fine.instrument("v", &mut names).is_err());
    }
}
