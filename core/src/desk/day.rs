//! What the running UTC day brought.

use crate::decision::Refusal;
use crate::num::Money;
use crate::risk::Code;
use crate::time::Ts;

/// What is open counts, so that a loss may grow smaller again within the day.
const STOPPED: &str = "the day's loss reached max_daily_loss: entries are refused while it is that large, hedges and exits go on";

/// Result of the running UTC day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Day {
    from: Ts,
    to: Ts,
    /// Realised since it began.
    pub(crate) realised: Money,
    /// What open positions would have brought when it began.
    pub(crate) opening_unrealised: Money,
    /// People were told that its loss stops entries.
    told: bool,
}

crate::value!(struct Day { from, to, realised, opening_unrealised, told });

impl Day {
    /// The day of a moment.
    pub(super) fn of(now: Ts, opening_unrealised: Money) -> Self {
        let midnight = |day: i64| Ts::from_nanos(day.saturating_mul(86_400_000_000_000));
        Self {
            from: midnight(now.utc_day()),
            to: midnight(now.utc_day() + 1),
            realised: Money::ZERO,
            opening_unrealised,
            told: false,
        }
    }

    /// What people are told when the gate refuses an entry for the day's loss: once a day.
    pub(super) fn tells(&mut self, refusals: &[Refusal]) -> Option<&'static str> {
        let lost = |refusal: &Refusal| refusal.reason.as_str() == Code::MaxDailyLoss.name();
        let first = !self.told && refusals.iter().any(lost);
        self.told |= first;
        first.then_some(STOPPED)
    }

    /// The first moment after it.
    pub(super) const fn ends(&self) -> Ts {
        self.to
    }

    #[inline]
    pub(super) fn has(&self, now: Ts) -> bool {
        self.from <= now && now < self.to
    }
}
