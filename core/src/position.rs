//! Positions at cost: signed quantity, what it cost, what was realised.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::event::Fill;
use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::num::{Money, Price, Qty, power_of_ten};

/// Decimals of the cost allocated to a partial close, beyond which the open part keeps the remainder.
const ALLOCATION_DECIMALS: u32 = 16;

/// A position in one instrument. The cost is kept, never a divided average: a partial close takes its share of
/// it and leaves the rest, so the parts always sum to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Signed quantity: positive is long.
    pub qty: Qty,
    /// Signed cost of `qty` in the settlement asset (see [`Instrument::cost`]).
    pub cost: Money,
    /// Realised so far, before fees and funding, in the settlement asset.
    pub realised: Money,
}

crate::value!(struct Position { qty, cost, realised });

impl Position {
    /// Books a fill and returns what it realised.
    pub fn fill(&mut self, instrument: &Instrument, side: Side, price: Price, qty: Qty) -> Money {
        let traded = side.signed(qty);
        let opens = self.qty.is_zero() || (self.qty > Qty::ZERO) == (traded > Qty::ZERO);
        if opens {
            self.qty += traded;
            self.cost += instrument.cost(price, traded);
            return Money::ZERO;
        }
        let closing = if traded.abs() > self.qty.abs() {
            -self.qty
        } else {
            traded
        };
        let released = self.release(instrument, closing);
        let realised = -(released + instrument.cost(price, closing));
        self.realised += realised;
        let opening = traded - closing;
        if !opening.is_zero() {
            self.qty = opening;
            self.cost = instrument.cost(price, opening);
        }
        realised
    }

    /// Books an execution of ours with its fee and returns what it realised. A fee taken from the bought asset
    /// leaves the position at the fill's own price, rounded up to the last decimal, so that a position is never
    /// larger than what the account holds; its worth is the fee's, not a trading result.
    pub fn book(&mut self, instrument: &Instrument, side: Side, fill: &Fill) -> Money {
        let realised = self.fill(instrument, side, fill.price, fill.qty);
        let kept_by_venue = base_fee(instrument, fill);
        if kept_by_venue.is_zero() {
            return realised;
        }
        realised + self.fill(instrument, Side::Sell, fill.price, kept_by_venue)
    }

    /// Books that a venue closed a quantity, which is then everything, for an amount; or, of none, that it bore a part of
    /// a loss that is booked already.
    pub fn liquidate(&mut self, closed: Qty, realised: Money) {
        if closed.is_zero() {
            self.realised += realised;
        } else {
            self.close_for(realised);
        }
    }

    /// Books that a venue closed a signed part of the position at a price, without a fee; returns what that realised.
    pub fn deleverage(&mut self, instrument: &Instrument, closed: Qty, price: Price) -> Money {
        let side = if closed > Qty::ZERO {
            Side::Sell
        } else {
            Side::Buy
        };
        self.fill(instrument, side, price, closed.abs())
    }

    /// Closes everything for an amount that somebody else worked out.
    pub fn close_for(&mut self, realised: Money) {
        self.qty = Qty::ZERO;
        self.cost = Money::ZERO;
        self.realised += realised;
    }

    /// Takes `closing` (opposite in sign, at most the position) out, with its share of the cost.
    fn release(&mut self, instrument: &Instrument, closing: Qty) -> Money {
        let released = if closing == -self.qty {
            self.cost
        } else {
            share_of_cost(
                self.cost,
                instrument.qty_decimal(closing).abs(),
                instrument.qty_decimal(self.qty).abs(),
            )
        };
        self.qty += closing;
        self.cost -= released;
        released
    }

    /// What closing all of it at `price` would realise.
    pub fn unrealised(&self, instrument: &Instrument, price: Price) -> Money {
        if self.qty.is_zero() {
            return Money::ZERO;
        }
        -(self.cost + instrument.cost(price, -self.qty))
    }
}

/// What a holder of `held` bears of a signed part of a position of `whole`, all in one unit, never more than it holds.
pub(crate) fn share_of_units(part: i128, held: i128, whole: i128) -> i128 {
    let share = part.saturating_mul(held).checked_div(whole).unwrap_or(0);
    let most = part.abs().min(held.abs());
    share.clamp(-most, most)
}

/// As much of a signed quantity as another one of the same sign has.
pub(crate) fn part_of(qty: Qty, whole: Qty) -> Qty {
    if qty.abs() <= whole.abs() { qty } else { whole }
}

/// The same of quantities of one instrument.
pub(crate) fn share_of(part: Qty, held: Qty, whole: Qty) -> Qty {
    let units = |qty: Qty| i128::from(qty.mantissa());
    let share = share_of_units(units(part), units(held), units(whole));
    // It is no more than what is held, which fits.
    Qty::new(i64::try_from(share).unwrap_or(0))
}

/// The share of a cost that goes with `part` of a position of `whole`, both positive, cut at 16 decimals.
pub fn share_of_cost(cost: Money, part: Decimal, whole: Decimal) -> Money {
    integer_share(cost, part, whole).unwrap_or_else(|| {
        let share = cost.decimal().saturating_mul(part).checked_div(whole);
        Money::new(
            share
                .unwrap_or(Decimal::ZERO)
                .round_dp_with_strategy(ALLOCATION_DECIMALS, RoundingStrategy::MidpointNearestEven),
        )
    })
}

/// The same in integers. `None` where they do not hold it, and where the share is so near to the middle between two
/// results that a decimal's division, which rounds once before, might take the other one.
fn integer_share(cost: Money, part: Decimal, whole: Decimal) -> Option<Money> {
    let (digits, scale) = cost.digits();
    let product = digits.checked_mul(part.mantissa())?;
    if product.unsigned_abs() >> 96 != 0 || scale + part.scale() > Decimal::MAX_SCALE {
        return None;
    }
    let up = (ALLOCATION_DECIMALS + whole.scale()).checked_sub(scale + part.scale())?;
    let raised = u128::from(power_of_ten(up)?);
    let product = product.unsigned_abs().checked_mul(raised)?;
    let whole = u128::try_from(whole.mantissa()).ok()?;
    let share = product.checked_div(whole)?;
    let left = product - share * whole;
    let off_middle = whole.abs_diff(left.checked_mul(2)?);
    if share >= 10_u128.pow(24) || off_middle.checked_mul(1_000)? <= whole {
        return None;
    }
    let share = (share + u128::from(left > whole / 2)) as i128;
    let signed = if digits < 0 { -share } else { share };
    Money::scaled(signed, ALLOCATION_DECIMALS).map(Money::trimmed)
}

/// The quantity that a fee in the base asset takes from a spot position, rounded up to the last decimal.
pub fn base_fee(instrument: &Instrument, fill: &Fill) -> Qty {
    let in_base = instrument.kind == InstrumentKind::Spot && fill.fee.asset == instrument.base;
    if !in_base || fill.fee.amount.decimal() <= Decimal::ZERO {
        return Qty::ZERO;
    }
    let decimals = u32::from(instrument.qty_decimals);
    let rounded = fill
        .fee
        .amount
        .decimal()
        .round_dp_with_strategy(decimals, RoundingStrategy::AwayFromZero);
    let scale_up = 10_i128.pow(decimals - rounded.scale().min(decimals));
    Qty::new(i64::try_from(rounded.mantissa().saturating_mul(scale_up)).unwrap_or(i64::MAX))
        .min(fill.qty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::fixtures::instrument;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn run(fills: &[(Side, i64, i64)]) -> Position {
        let inst = instrument(0, InstrumentKind::Spot);
        let mut position = Position::default();
        for &(side, price, qty) in fills {
            position.fill(&inst, side, Price::new(price * 100), Qty::new(qty * 1_000));
        }
        position
    }

    #[test]
    fn buying_twice_averages_and_partial_closes_add_up() {
        // B1: 1 @ 100 twice is 200 of cost, an average of 100; 10 @ 100, twice 5 sold @ 110 is +100.
        assert_eq!(
            run(&[(Side::Buy, 100, 1), (Side::Buy, 100, 1)]).cost,
            money("200")
        );
        let closed = run(&[
            (Side::Buy, 100, 10),
            (Side::Sell, 110, 5),
            (Side::Sell, 110, 5),
        ]);
        assert_eq!(
            (closed.realised, closed.qty, closed.cost),
            (money("100"), Qty::ZERO, Money::ZERO)
        );
    }

    #[test]
    fn a_part_that_the_venue_closes_takes_its_share_of_the_cost() {
        // Short 4 at 100, of which the venue buys 3 back at 110.
        let inst = instrument(0, InstrumentKind::Linear);
        let mut position = Position::default();
        position.fill(&inst, Side::Sell, Price::new(10_000), Qty::new(4_000));
        let realised = position.deleverage(&inst, Qty::new(-3_000), Price::new(11_000));
        assert_eq!((realised, position.qty), (money("-30"), Qty::new(-1_000)));
        assert_eq!(position.cost, money("-100"));
    }

    #[test]
    fn a_flip_realises_both_ways() {
        // B3: buy 1 @ 100, sell 2 @ 110, buy 1 @ 100 is 20, not 5.
        let flipped = run(&[
            (Side::Buy, 100, 1),
            (Side::Sell, 110, 2),
            (Side::Buy, 100, 1),
        ]);
        assert_eq!(flipped.realised, money("20"));
    }

    proptest! {
        #[test]
        fn a_share_is_that_of_decimals(
            cost in prop_oneof![-1_000_000_000_000i64..1_000_000_000_000, any::<i64>()], scale in 0u32..=18,
            part in 1i64..100_000_000, whole in 0i64..100_000_000, decimals in (0u32..10, 0u32..10),
        ) {
            let cost = Money::new(Decimal::new(cost, scale));
            let (part, whole) = (Decimal::new(part, decimals.0), Decimal::new(part + whole, decimals.1));
            let share = cost.decimal().saturating_mul(part).checked_div(whole).unwrap();
            let share = share.round_dp_with_strategy(16, RoundingStrategy::MidpointNearestEven);
            prop_assert_eq!(share_of_cost(cost, part, whole), Money::new(share));
        }

        // B1, B3: for any fills, realised + unrealised = cash + mark value, exactly.
        #[test]
        fn realised_and_unrealised_equal_cash_and_mark_value(
            fills in proptest::collection::vec((any::<bool>(), 1i64..10_000_000, 1i64..100_000), 1..60),
            mark in 1i64..10_000_000,
            linear in any::<bool>(),
        ) {
            let kind = if linear { InstrumentKind::Linear } else { InstrumentKind::Spot };
            let inst = instrument(0, kind);
            let mut position = Position::default();
            let (mut cash, mut held) = (Money::ZERO, Qty::ZERO);
            for (buy, price, qty) in fills {
                let side = if buy { Side::Buy } else { Side::Sell };
                position.fill(&inst, side, Price::new(price), Qty::new(qty));
                cash -= inst.notional(Price::new(price), side.signed(Qty::new(qty)));
                held += side.signed(Qty::new(qty));
                prop_assert_eq!(position.qty, held);
            }
            let mark = Price::new(mark);
            let ours = position.realised + position.unrealised(&inst, mark);
            prop_assert_eq!(ours, cash + inst.notional(mark, held));
        }

        #[test]
        fn inverse_positions_balance_to_the_last_kept_digit(
            fills in proptest::collection::vec((any::<bool>(), 100i64..10_000_000, 1i64..100_000), 1..40),
            mark in 100i64..10_000_000,
        ) {
            let inst = instrument(0, InstrumentKind::Inverse);
            let mut position = Position::default();
            let (mut cash, mut held) = (Money::ZERO, Qty::ZERO);
            for (buy, price, qty) in fills {
                let side = if buy { Side::Buy } else { Side::Sell };
                position.fill(&inst, side, Price::new(price), Qty::new(qty));
                cash -= inst.cost(Price::new(price), side.signed(Qty::new(qty)));
                held += side.signed(Qty::new(qty));
            }
            let mark = Price::new(mark);
            let ours = position.realised + position.unrealised(&inst, mark);
            // A fill that flips is divided in two parts, each cut at 18 decimals.
            let off = (ours - (cash + inst.cost(mark, held))).abs();
            prop_assert!(off <= money("0.0000000000000001"), "{}", off);
        }
    }
}
