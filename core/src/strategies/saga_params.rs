//! Parameters of every strategy that trades legs by the saga: the same words, defaults and limits in each card.

use crate::saga::{Deadlines, Dispatch, RepairRules, Saga};
use crate::strategy::params::{ParamKind, ParamSpec, Params, Presence};

/// How far beyond the touch a leg may trade.
pub(super) const MAX_SLIPPAGE: ParamSpec = ParamSpec::new(
    "max_slippage_bps",
    ParamKind::Bps,
    "bps of the touch",
    Presence::Default("5"),
    "How far beyond the touch an order may trade.",
)
.at_least("0");

/// What mending concedes.
pub(super) const REPAIR_SLIPPAGE: ParamSpec = ParamSpec::new(
    "repair.slippage_bps",
    ParamKind::Bps,
    "bps of the touch",
    Presence::Default("10"),
    "What the first attempt to mend unbalanced legs concedes; the n-th concedes n times that.",
)
.at_least("0");

/// How often mending is tried.
pub(super) const REPAIR_ATTEMPTS: ParamSpec = ParamSpec::new(
    "repair.attempts",
    ParamKind::Integer,
    "",
    Presence::Default("3"),
    "Attempts to complete before unwinding, and to unwind before asking for a person.",
)
.at_least("1")
.at_most("20");

/// How long mending waits.
pub(super) const REPAIR_DELAY: ParamSpec = ParamSpec::new(
    "repair.delay",
    ParamKind::Span,
    "",
    Presence::Default("100ms"),
    "Wait after an attempt that brought nothing.",
);

/// In which order the legs leave.
pub(super) const DISPATCH: ParamSpec = ParamSpec::new(
    "dispatch",
    ParamKind::Choice(Dispatch::WORDS),
    "",
    Presence::Default("parallel"),
    "Order in which legs are sent: all at once, one after the other, or futures first; what waits follows the fills.",
);

/// How long an order has.
pub(super) const FILL_TIMEOUT: ParamSpec = ParamSpec::new(
    "leg.fill_timeout",
    ParamKind::Span,
    "",
    Presence::Default("1500ms"),
    "An order of a leg that has not ended after this time is taken back.",
);

/// How long legs may be out of balance.
pub(super) const HEDGE_DEADLINE: ParamSpec = ParamSpec::new(
    "hedge.deadline",
    ParamKind::Span,
    "",
    Presence::Default("3s"),
    "Legs that are out of balance for this time are unwound instead of completed, and people are told.",
);

/// A saga by these parameters.
pub(super) fn saga(params: &Params) -> Saga {
    let rules = RepairRules {
        slippage: params.bps("repair.slippage_bps").unwrap_or_default(),
        attempts: params
            .integer("repair.attempts")
            .map_or(1, |attempts| attempts.clamp(1, 20) as u8),
        delay: params.span("repair.delay").unwrap_or_default(),
    };
    let deadlines = Deadlines {
        leg_fill: params.span("leg.fill_timeout"),
        hedge: params.span("hedge.deadline"),
        switch: params.span("switch.timeout"),
    };
    let dispatch = Dispatch::of(params.choice("dispatch").unwrap_or_default());
    Saga::new(rules).dispatched(dispatch).within(deadlines)
}
