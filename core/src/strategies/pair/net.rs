//! What an entry is expected to leave: its edge and the exit's, less all four fees and what slippage may take, with the
//! funding that is known.
//!
//! `net = entry edge + exit edge - 2 (fee 1 + fee 2) - slippage allowance + funding`, all in basis points. The exit's edge
//! is `exit.edge_bps` where that is set, and otherwise 0: the prices meet. Funding is the rate of the running interval, as
//! often as it settles within the horizon; the short futures leg receives it when it is positive.

use rust_decimal::prelude::ToPrimitive;

use super::direction::Direction;
use crate::event::FundingRate;
use crate::num::{Bps, Money};
use crate::strategy::Params;
use crate::time::{Span, Ts};

/// What an entry has to leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct NetRule {
    least: Bps,
    /// Fees and slippage, less the edge of the exit.
    costs: Bps,
    horizon: Span,
    interval: Span,
}

impl NetRule {
    /// By the parameters; none where no net edge is asked for.
    pub(super) fn of(params: &Params, fees: [Bps; 2]) -> Option<Self> {
        let least = params.bps("min_net_edge_bps")?;
        let of = |name| params.bps(name).unwrap_or_default();
        let [one, other] = fees;
        let horizon = params.span("funding.horizon");
        Some(Self {
            least,
            costs: one + one + other + other + of("slippage_allowance_bps") - of("exit.edge_bps"),
            horizon: horizon
                .or_else(|| params.span("exit.max_age"))
                .unwrap_or_default(),
            interval: params.span("funding.interval").unwrap_or_default(),
        })
    }

    /// The gross edge of the entry that leaves what is asked for.
    pub(super) fn threshold(
        &self,
        direction: Direction,
        funding: Option<&FundingRate>,
        now: Ts,
    ) -> Bps {
        self.least + self.costs - self.expected(direction, funding, now)
    }

    /// Funding that a position of this direction is expected to receive within the horizon (negative: pay).
    pub(super) fn expected(
        &self,
        direction: Direction,
        funding: Option<&FundingRate>,
        now: Ts,
    ) -> Bps {
        let Some(rate) = funding.filter(|rate| rate.settles_at > now) else {
            return Bps::default();
        };
        let left = self.horizon.nanos() - rate.settles_at.since(now).nanos();
        if left < 0 {
            return Bps::default();
        }
        let more = left.checked_div(self.interval.nanos()).unwrap_or(0);
        let received = match direction {
            Direction::LongFirst => rate_bps(rate.rate),
            Direction::LongSecond => Bps::default() - rate_bps(rate.rate),
        };
        Bps::from_millionths(received.millionths().saturating_mul(1 + more))
    }
}

/// True when a position of this direction receives funding within a time.
pub(super) fn is_paid_soon(
    direction: Direction,
    funding: Option<&FundingRate>,
    now: Ts,
    wait: Span,
) -> bool {
    funding.is_some_and(|rate| {
        let receives = match direction {
            Direction::LongFirst => rate.rate > Money::ZERO,
            Direction::LongSecond => rate.rate < Money::ZERO,
        };
        receives && rate.settles_at > now && rate.settles_at <= now + wait
    })
}

/// A fraction in basis points, toward zero.
fn rate_bps(rate: Money) -> Bps {
    let millionths = rate.decimal() * rust_decimal::Decimal::from(10_000_000_000_i64);
    Bps::from_millionths(millionths.to_i64().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::InstrumentId;

    const HOUR: i64 = 3_600_000_000_000;

    fn rule(horizon: i64) -> NetRule {
        let bps = |text| Bps::parse(text).unwrap();
        NetRule {
            least: bps("2"),
            costs: bps("30"),
            horizon: Span::from_nanos(horizon * HOUR),
            interval: Span::from_nanos(8 * HOUR),
        }
    }

    fn rate(text: &str, hour: i64) -> FundingRate {
        FundingRate {
            instrument: InstrumentId(1),
            rate: Money::parse(text).unwrap(),
            settles_at: Ts::from_nanos(hour * HOUR),
        }
    }

    #[test]
    fn v_funding_counts_as_often_as_it_settles_with_its_sign() {
        let now = Ts::from_nanos(5 * HOUR);
        let bps = |text| Bps::parse(text).unwrap();
        // 1 bps at 8:00, and within 24 hours at 16:00 and 24:00 too.
        let cases = [
            (2, "0.0001", Direction::LongFirst, "0"),
            (3, "0.0001", Direction::LongFirst, "1"),
            (24, "0.0001", Direction::LongFirst, "3"),
            (24, "0.0001", Direction::LongSecond, "-3"),
            (24, "-0.0002", Direction::LongFirst, "-6"),
        ];
        for (horizon, text, direction, expected) in cases {
            let rule = rule(horizon);
            let rate = rate(text, 8);
            assert_eq!(rule.expected(direction, Some(&rate), now), bps(expected));
            let least = bps("32") - bps(expected);
            assert_eq!(rule.threshold(direction, Some(&rate), now), least);
        }
        // A settlement that went by tells nothing of the next one.
        let past = rate("0.01", 5);
        assert_eq!(
            rule(24).expected(Direction::LongFirst, Some(&past), now),
            bps("0")
        );
    }

    #[test]
    fn a_settlement_that_pays_is_waited_for_and_one_that_costs_is_not() {
        let now = Ts::from_nanos(7 * HOUR);
        let hour = Span::from_nanos(HOUR);
        let rate = rate("0.0001", 8);
        assert!(is_paid_soon(Direction::LongFirst, Some(&rate), now, hour));
        assert!(!is_paid_soon(Direction::LongSecond, Some(&rate), now, hour));
        let less = Span::from_nanos(HOUR - 1);
        assert!(!is_paid_soon(Direction::LongFirst, Some(&rate), now, less));
    }
}
