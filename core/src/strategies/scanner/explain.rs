//! The numbers that the strategy looks at, for decisions and for people.

use rust_decimal::Decimal;

use super::rule::Hunter;
use crate::num::Money;
use crate::strategy::{Context, Numbers};

impl Hunter {
    /// What pays, the best of it, what is traded, and what the last trade came to.
    pub(super) fn tell<S>(&self, cx: &Context<'_, S>, numbers: &mut Numbers) {
        let count = |count: usize| Money::new(Decimal::from(count));
        numbers.exact("opportunities", count(self.scanner.open_count()));
        numbers.exact("traded", count(self.jobs.len()));
        if let Some(best) = self.scanner.ranked().first() {
            numbers.signal("best_net_bps", best.net_bps);
            numbers.exact("best_notional", best.sized.notional);
            numbers.signal("best_profit", best.profit());
            let route = &self.scanner.routes()[best.route as usize];
            for (name, step) in ["best_leg_1", "best_leg_2", "best_leg_3"]
                .into_iter()
                .zip(route.steps())
            {
                numbers.exact(name, count(usize::from(step.at) + 1));
            }
        }
        if let Some(job) = self.jobs.last() {
            for (name, at) in ["bought_leg", "sold_leg"].into_iter().zip(job.legs) {
                numbers.exact(name, count(at + 1));
            }
            if let Some(net) = job.net_bps(cx, &self.scanner, &self.fees) {
                numbers.signal("net_if_closed_bps", net);
            }
        }
        if let Some(last) = self.last {
            let millis = Money::new(Decimal::new(last.took.nanos(), 6));
            numbers.exact("last_took_ms", millis);
            numbers.exact("last_profit", last.profit);
        }
    }
}
