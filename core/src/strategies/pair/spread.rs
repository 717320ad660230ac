//! How much of the spread that was entered is left, and what is done where little is.
//!
//! A spread of 40 bps of which closing now would cost 10 has compressed by 75 %. What a percentage comes to is an edge of
//! closing, fixed when the legs balance: it is compared exactly, and waited for like any other edge.

use super::direction::Direction;
use super::rule::Pair;
use crate::instrument::Instrument;
use crate::num::Bps;
use crate::saga::Leg;
use crate::strategy::Params;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Percentages of compression at which something is done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Compression {
    exit_pct: Option<i64>,
    alert_pct: Option<i64>,
}

/// Edges of closing at which an open spread has compressed by so much.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Compressed {
    /// It is closed.
    pub(super) exit: Option<Bps>,
    /// People are told; `None` once they were.
    pub(super) alert: Option<Bps>,
}

crate::value!(struct Compressed { exit, alert });

impl Compression {
    pub(super) fn of(params: &Params) -> Self {
        Self {
            exit_pct: params.integer("exit.compression_pct"),
            alert_pct: params.integer("alert_compression_pct"),
        }
    }

    /// Of a spread that was entered at this edge. One that was entered at a cost has nothing to lose.
    fn of_spread(self, entered: Bps) -> Compressed {
        let edge = |pct: i64| {
            let left = i128::from(entered.millionths()) * i128::from(100 - pct) / 100;
            i64::try_from(-left).ok().map(Bps::from_millionths)
        };
        let of = |pct: Option<i64>| pct.filter(|_| entered > Bps::default()).and_then(edge);
        Compressed {
            exit: of(self.exit_pct),
            alert: of(self.alert_pct),
        }
    }
}

impl Pair {
    /// What compression comes to for the legs that now balance.
    pub(super) fn compressed(&self) -> Compressed {
        let entered = self.entered_edge();
        entered.map_or(Compressed::default(), |edge| {
            self.rules.compression.of_spread(edge)
        })
    }

    /// The edge that the legs were entered at, by what they cost on average.
    fn entered_edge(&self) -> Option<Bps> {
        let [first, second] = self.saga.legs() else {
            return None;
        };
        let (first, second) = ((first, &self.legs[0]), (second, &self.legs[1]));
        let (long, short) = match self.direction {
            Direction::LongFirst => (first, second),
            Direction::LongSecond => (second, first),
        };
        let average = |(leg, instrument): (&Leg, &Instrument)| -> Option<Decimal> {
            let held = instrument.qty_decimal(leg.position.qty);
            leg.position.cost.decimal().checked_div(held)
        };
        let (bought, sold) = (average(long)?, average(short)?);
        let edge = (sold - bought).checked_div(bought)?;
        let millionths = edge.checked_mul(Decimal::from(10_000_000_000_i64))?;
        millionths.to_i64().map(Bps::from_millionths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_spread_is_gone_where_closing_costs_the_other_half() {
        let bps = |text| Bps::parse(text).unwrap();
        let rule = Compression {
            exit_pct: Some(75),
            alert_pct: Some(50),
        };
        let compressed = rule.of_spread(bps("40"));
        assert_eq!(compressed.exit, Some(bps("-10")));
        assert_eq!(compressed.alert, Some(bps("-20")));
        for nothing in ["0", "-5"] {
            let compressed = rule.of_spread(bps(nothing));
            assert_eq!((compressed.exit, compressed.alert), (None, None));
        }
    }
}
