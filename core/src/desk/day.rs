//! What the running UTC day brought.

use crate::num::Money;
use crate::time::Ts;

/// Result of the running UTC day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Day {
    from: Ts,
    to: Ts,
    /// Realised since it began.
    pub(crate) realised: Money,
    /// What open positions would have brought when it began.
    pub(crate) opening_unrealised: Money,
}

crate::value!(struct Day { from, to, realised, opening_unrealised });

impl Day {
    /// The day of a moment.
    pub(super) fn of(now: Ts, opening_unrealised: Money) -> Self {
        let midnight = |day: i64| Ts::from_nanos(day.saturating_mul(86_400_000_000_000));
        Self {
            from: midnight(now.utc_day()),
            to: midnight(now.utc_day() + 1),
            realised: Money::ZERO,
            opening_unrealised,
        }
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
