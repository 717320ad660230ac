//! Parameters of every strategy of a pair: the same words, defaults and limits in each card.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use crate::strategy::params::{Capture, ParamKind, ParamSpec, Params, Presence};

/// Size by value.
pub(in crate::strategies) const NOTIONAL: ParamSpec = ParamSpec::new(
    "notional",
    ParamKind::Money,
    "quote units",
    Presence::Optional,
    "Size of each leg by value; both legs get the same base quantity.",
)
.at_least("0");

/// Size by quantity.
pub(in crate::strategies) const QUANTITY: ParamSpec = ParamSpec::new(
    "quantity",
    ParamKind::Quantity,
    "base units",
    Presence::Optional,
    "Size of each leg as a fixed quantity.",
)
.at_least("0");

/// Whether depth bounds the size.
pub(in crate::strategies) const CAP_TO_DEPTH: ParamSpec = ParamSpec::new(
    "cap_to_depth",
    ParamKind::Flag,
    "",
    Presence::Default("true"),
    "Never more than both legs show within the slippage bound.",
);

/// How much of the depth.
pub(in crate::strategies) const MAX_DEPTH_PERCENT: ParamSpec = ParamSpec::new(
    "max_depth_percent",
    ParamKind::Integer,
    "% of what a book shows",
    Presence::Optional,
    "Never more than this part of what each book shows within the slippage bound; 2 to 10 moves the market little.",
)
.at_least("1")
.at_most("100");

/// The part of what a book shows that an order may be: what is asked for, or all of it, or `None` where depth is no bound.
pub(in crate::strategies) fn share_of_depth(params: &Params) -> Option<Decimal> {
    let percent = params.integer(MAX_DEPTH_PERCENT.name);
    let share = percent.map(|percent| Decimal::new(percent, 2));
    share.or_else(|| params.flag("cap_to_depth").then_some(Decimal::ONE))
}

/// When it is entered.
pub(in crate::strategies) const MIN_ENTRY_EDGE: ParamSpec = ParamSpec::new(
    "min_entry_edge_bps",
    ParamKind::Bps,
    "bps of the bought leg's ask",
    Presence::Required,
    "Enters when the gross edge is at least this: (sold bid - bought ask) / bought ask.",
);

/// Least profit in money.
pub(in crate::strategies) const MIN_PROFIT: ParamSpec = ParamSpec::new(
    "min_profit",
    ParamKind::Money,
    "quote units",
    Presence::Optional,
    "Besides, the net of an entry of the size that can be traded, after four fees and slippage, must come to this.",
)
.at_least("0");

/// Exit by edge.
pub(in crate::strategies) const EXIT_EDGE: ParamSpec = ParamSpec::new(
    "exit.edge_bps",
    ParamKind::Bps,
    "bps of the bought-back leg's ask",
    Presence::Optional,
    "Closes when the gross edge of closing is at least this.",
);

/// Exit by profit.
pub(in crate::strategies) const EXIT_PROFIT: ParamSpec = ParamSpec::new(
    "exit.profit_bps",
    ParamKind::Bps,
    "bps of the long leg's outlay, net of four fees",
    Presence::Optional,
    "Closes when closing now would net at least this.",
);

/// Exit by age.
pub(in crate::strategies) const EXIT_MAX_AGE: ParamSpec = ParamSpec::new(
    "exit.max_age",
    ParamKind::Span,
    "",
    Presence::Optional,
    "Closes when the position is this old, whatever it brings.",
);

/// Exit by loss.
pub(in crate::strategies) const EXIT_STOP: ParamSpec = ParamSpec::new(
    "exit.stop_bps",
    ParamKind::Bps,
    "bps of the long leg's outlay, net of four fees",
    Presence::Optional,
    "Closes when closing now would lose at least this on both legs together; one leg's loss is no loss.",
)
.at_least("0");

/// How long nothing follows a stop.
pub(in crate::strategies) const EXIT_STOP_WAIT: ParamSpec = ParamSpec::new(
    "exit.stop_wait",
    ParamKind::Span,
    "",
    Presence::Optional,
    "After an exit by exit.stop_bps nothing is entered for this time. Default 10m.",
);

/// Exit by compression.
pub(in crate::strategies) const EXIT_COMPRESSION: ParamSpec = ParamSpec::new(
    "exit.compression_pct",
    ParamKind::Integer,
    "% of the edge at entry",
    Presence::Optional,
    "Closes when so much of the spread that was entered is gone: closing costs no more than what is left of it.",
)
.at_least("1")
.at_most("100");

/// Word to people by compression.
pub(in crate::strategies) const ALERT_COMPRESSION: ParamSpec = ParamSpec::new(
    "alert_compression_pct",
    ParamKind::Integer,
    "% of the edge at entry",
    Presence::Optional,
    "Tells people, once a trip, when so much of the spread that was entered is gone.",
)
.at_least("1")
.at_most("100");

/// What an entry at its least edge and an exit at its own capture.
pub(in crate::strategies) fn captures(params: &Params) -> Vec<Capture> {
    capture(params, EXIT_EDGE.name).into_iter().collect()
}

/// What an entry at its least edge and an exit at a parameter's edge capture.
pub(in crate::strategies) fn capture(params: &Params, exit: &'static str) -> Option<Capture> {
    Some(Capture {
        entry: MIN_ENTRY_EDGE.name,
        entry_bps: params.bps(MIN_ENTRY_EDGE.name)?,
        exit,
        exit_bps: params.bps(exit)?,
        after_costs: false,
    })
}
