//! Positions at cost: signed quantity, what it cost, what was realised.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::event::Fill;
use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::num::{Money, Price, Qty};

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

    /// Closes everything for an amount that somebody else worked out.
    pub fn close_for(&mut self, realised: Money) {
        self.qty = Qty::ZERO;
        self.cost = Money::ZERO;
        self.realised += realised;
    }

    /// Takes `closing` (opposite in sign, at most the position) out, with its share of the cost.
    fn release(&mut self, instrument: &Instrument, closing: Qty) -> Money {
        let released =
            if closing == -self.qty {
                self.cost
            } else {
                let (part, whole) = (
                    instrument.qty_decimal(closing).abs(),
                    instrument.qty_decimal(self.qty).abs(),
                );
                let share = self
                    .cost
                    .decimal()
                    .saturating_mul(part)
                    .checked_div(whole)
                    .unwrap_or(Decimal::ZERO);
                Money::new(share.round_dp_with_strategy(
                    ALLOCATION_DECIMALS,
                    RoundingStrategy::MidpointNearestEven,
                ))
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
