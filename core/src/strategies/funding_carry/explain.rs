//! The numbers that a carry looks at, for decisions and for people.

use rust_decimal::Decimal;

use super::outlook::Outlook;
use super::rule::FundingCarry;
use super::rules::Direction;
use super::signals::CarrySignals;
use crate::num::{Bps, Money, Ratio};
use crate::saga::SagaState;
use crate::strategy::{Context, Numbers};

impl FundingCarry {
    /// The numbers that a decision is made on.
    pub(super) fn tell(&self, cx: &Context<'_, CarrySignals>, numbers: &mut Numbers) {
        if let Some(outlook) = self.outlook(cx) {
            self.explain_outlook(cx, outlook, numbers);
        }
        let rates = &cx.signals.rates;
        numbers.exact("rates_seen", Money::new(Decimal::from(rates.seen())));
        if let Some(rate) = rates.newest() {
            numbers.exact("newest_rate", rate);
        }
        numbers.exact("round_trip_cost_bps", bps(self.rules.cost));
        numbers.exact("min_net_bps", bps(self.rules.min_net));
        numbers.exact("exit_bps", bps(self.rules.exit));
        if self.saga.state() == SagaState::Hedged {
            numbers.exact(
                "age_s",
                Money::new(Decimal::new(cx.now.since(self.entered_at).nanos(), 9)),
            );
        }
    }

    /// What is expected of the direction that is held, or of the allowed one that earns by the mean rate.
    fn explain_outlook(
        &self,
        cx: &Context<'_, CarrySignals>,
        outlook: Outlook,
        numbers: &mut Numbers,
    ) {
        let direction = match self.saga.state() {
            SagaState::Flat if !self.rules.long_spot => Direction::ShortSpot,
            SagaState::Flat if self.rules.short_spot && outlook.to_bps_f64() < 0.0 => {
                Direction::ShortSpot
            }
            SagaState::Flat => Direction::LongSpot,
            _ => self.direction,
        };
        let expected = direction.of(outlook).to_bps_f64();
        numbers.signal("expected_funding_bps", expected);
        numbers.exact(
            "settlements",
            Money::new(Decimal::from(outlook.settlements())),
        );
        let Some(edge) = direction.edge(cx.signals).map(Ratio::to_bps_f64) else {
            return;
        };
        numbers.signal("edge_bps", edge);
        let counted = if self.rules.count_edge { edge } else { 0.0 };
        numbers.signal("net_bps", expected + counted - self.rules.cost.to_f64());
    }
}

fn bps(value: Bps) -> Money {
    Money::new(Decimal::new(value.millionths(), 6))
}
