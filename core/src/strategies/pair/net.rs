//! What an entry is expected to leave: its edge and the exit's, less all four fees and what slippage may take, with the
//! funding that is known.
//!
//! `net = entry edge + exit edge - 2 (fee 1 + fee 2) - slippage allowance + funding`, all in basis points. The exit's edge
//! is `exit.edge_bps` where that is set, and otherwise 0: the prices meet. Funding is the rate of the running interval, as
//! often as it settles within the horizon; the short futures leg receives it when it is positive.
//!
//! `min_profit` asks for an amount: the net of an entry of the size that can be traded must come to it.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::direction::Direction;
use crate::event::FundingRate;
use crate::num::{Bps, Money, Ratio};
use crate::strategy::Params;
use crate::time::{Span, Ts};

/// Millionths of a basis point in one.
const BPS_MILLIONTHS: i64 = 10_000_000_000;

/// What an entry has to leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct NetRule {
    /// Of the value of a leg, whatever its size.
    least: Option<Bps>,
    /// In quote units, of the size that is traded.
    min_profit: Option<Money>,
    /// Fees and slippage, less the edge of the exit.
    costs: Bps,
    horizon: Span,
    interval: Span,
}

impl NetRule {
    /// By the parameters; none where neither a net edge nor a profit is asked for.
    pub(super) fn of(params: &Params, fees: [Bps; 2]) -> Option<Self> {
        let least = params.bps("min_net_edge_bps");
        let min_profit = params.decimal("min_profit").map(Money::new);
        if least.is_none() && min_profit.is_none() {
            return None;
        }
        let of = |name| params.bps(name).unwrap_or_default();
        let [one, other] = fees;
        let horizon = params.span("funding.horizon");
        Some(Self {
            least,
            min_profit,
            costs: one + one + other + other + of("slippage_allowance_bps") - of("exit.edge_bps"),
            horizon: horizon
                .or_else(|| params.span("exit.max_age"))
                .unwrap_or_default(),
            interval: params.span("funding.interval").unwrap_or_default(),
        })
    }

    /// True when the gross edge of an entry is expected to leave the net edge that is asked for.
    pub(super) fn is_reached(
        &self,
        edge: Ratio,
        direction: Direction,
        funding: Option<&FundingRate>,
        now: Ts,
    ) -> bool {
        let threshold = self.threshold(direction, funding, now);
        threshold.is_none_or(|threshold| edge.reaches(threshold))
    }

    /// The gross edge of the entry that leaves the net edge that is asked for.
    pub(super) fn threshold(
        &self,
        direction: Direction,
        funding: Option<&FundingRate>,
        now: Ts,
    ) -> Option<Bps> {
        let least = self.least?;
        Some(least + self.spent(direction, funding, now))
    }

    /// True when an entry of this value is expected to leave the profit that is asked for. Less than the whole is not
    /// enough, so what is asked of the edge is rounded up.
    pub(super) fn is_worth(
        &self,
        value: Money,
        edge: Ratio,
        direction: Direction,
        funding: Option<&FundingRate>,
        now: Ts,
    ) -> bool {
        let Some(profit) = self.min_profit else {
            return true;
        };
        let asked = profit.decimal() * Decimal::from(BPS_MILLIONTHS);
        let asked = asked.checked_div(value.decimal()).and_then(|asked| {
            let up = RoundingStrategy::ToPositiveInfinity;
            asked.round_dp_with_strategy(0, up).to_i64()
        });
        asked.is_some_and(|asked| {
            let spent = self.spent(direction, funding, now);
            edge.reaches(Bps::from_millionths(asked) + spent)
        })
    }

    /// What the costs take of the gross edge of an entry, less the funding that is expected.
    fn spent(&self, direction: Direction, funding: Option<&FundingRate>, now: Ts) -> Bps {
        self.costs - self.expected(direction, funding, now)
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
    let millionths = rate.decimal() * Decimal::from(BPS_MILLIONTHS);
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
            least: Some(bps("2")),
            min_profit: None,
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
            let least = i128::from((bps("32") - bps(expected)).millionths());
            for (above, reached) in [(0, true), (-1, false)] {
                let edge = Ratio::new(least + above, BPS_MILLIONTHS.into()).unwrap();
                assert_eq!(rule.is_reached(edge, direction, Some(&rate), now), reached);
            }
        }
        // A settlement that went by tells nothing of the next one.
        let past = rate("0.01", 5);
        assert_eq!(
            rule(24).expected(Direction::LongFirst, Some(&past), now),
            bps("0")
        );
    }

    #[test]
    fn rk5_a_profit_in_money_is_asked_of_the_size_that_is_traded() {
        let rule = NetRule {
            least: None,
            min_profit: Some(Money::parse("0.5").unwrap()),
            ..rule(0)
        };
        let now = Ts::default();
        // 30 bps of costs: an edge of 40 nets 10, which are 0.5 of a value of 500 and less of any smaller one.
        let edge = |bps_millis: i128| Ratio::new(bps_millis, 10_000_000).unwrap();
        for (value, edge_millis, worth) in [
            ("500", 40_000, true),
            ("499.99", 40_000, false),
            ("500", 39_999, false),
            ("1000", 35_000, true),
            ("1000", 34_999, false),
            ("0", 40_000, false),
        ] {
            let value = Money::parse(value).unwrap();
            let found = rule.is_worth(value, edge(edge_millis), Direction::LongFirst, None, now);
            assert_eq!(found, worth, "{value} at {edge_millis}");
        }
        assert!(rule.is_reached(edge(0), Direction::LongFirst, None, now));
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
