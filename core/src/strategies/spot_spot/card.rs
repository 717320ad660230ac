//! What `spot_spot` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::strategies::pair::params::{
    ALERT_COMPRESSION, CAP_TO_DEPTH, EXIT_COMPRESSION, EXIT_EDGE, EXIT_MAX_AGE, EXIT_PROFIT,
    EXIT_STOP, EXIT_STOP_WAIT, MAX_DEPTH_PERCENT, MIN_ENTRY_EDGE, MIN_PROFIT, NOTIONAL, QUANTITY,
    capture, captures as exit_captures,
};
use crate::strategies::saga_params::{
    DISPATCH, FILL_TIMEOUT, HEDGE_DEADLINE, MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY,
    REPAIR_SLIPPAGE,
};
use crate::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard,
};

/// Directions that may be traded.
const DIRECTIONS: &[&str] = &["both", "buy_first", "buy_second"];

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "spot_spot",
    summary: "Buys spot at the cheap venue and sells it from inventory at the dear one, and back when that turns.",
    legs: &[
        LegSpec {
            name: "first",
            part: LegPart::Always,
            kinds: &[InstrumentKind::Spot],
            doc: "The pair at one venue.",
        },
        LegSpec {
            name: "second",
            part: LegPart::Always,
            kinds: &[InstrumentKind::Spot],
            doc: "The same pair at another venue.",
        },
    ],
    params: &[
        NOTIONAL,
        QUANTITY,
        CAP_TO_DEPTH,
        MAX_DEPTH_PERCENT,
        ParamSpec::new(
            "direction",
            ParamKind::Choice(DIRECTIONS),
            "",
            Presence::Default("both"),
            "Which leg may be bought to enter; with both, the opposite entry is an exit too.",
        ),
        MIN_ENTRY_EDGE,
        MIN_PROFIT,
        ParamSpec::new(
            "slippage_allowance_bps",
            ParamKind::Bps,
            "bps",
            Presence::Default("0"),
            "What min_profit sets aside for the slippage of all four orders.",
        )
        .at_least("0"),
        EXIT_EDGE,
        EXIT_PROFIT,
        EXIT_STOP,
        EXIT_STOP_WAIT,
        EXIT_COMPRESSION,
        ALERT_COMPRESSION,
        EXIT_MAX_AGE,
        ParamSpec::new(
            "max_skew",
            ParamKind::Span,
            "",
            Presence::Optional,
            "Trades only while the tops of both legs were confirmed within this time of each other.",
        ),
        MAX_SLIPPAGE,
        REPAIR_SLIPPAGE,
        REPAIR_ATTEMPTS,
        REPAIR_DELAY,
        DISPATCH,
        FILL_TIMEOUT,
        HEDGE_DEADLINE,
    ],
    one_of: &[&["notional", "quantity"]],
    any_of: &[],
    reasons: &[
        ("starting", "nothing was seen yet"),
        (
            "book_not_ready",
            "one of the tops of book is missing, gapped or crossed",
        ),
        (
            "edge_below_entry",
            "neither direction earns min_entry_edge_bps",
        ),
        (
            "legs_apart",
            "the tops of the legs are of moments further apart than max_skew",
        ),
        (
            "size_below_minimum",
            "what both legs show, or the size asked for, is below a venue's minimum",
        ),
        (
            "no_inventory",
            "what is free at the venues does not pay for both legs, at the venues' minima to enter, in full to close",
        ),
        (
            "profit_below_minimum",
            "what can be traded is not expected to leave min_profit",
        ),
        ("entry_refused", "the risk gate refused the entry"),
        ("enter_buy_first", "entry: buys the first, sells the second"),
        (
            "enter_buy_second",
            "entry: buys the second, sells the first",
        ),
        ("entry_missed", "the entry orders traded nothing"),
        ("holding", "the legs balance; no exit condition holds"),
        ("repairing", "the legs do not balance and are being mended"),
        (
            "exit_refused",
            "an exit condition holds and the risk gate refused the orders",
        ),
        ("exit_edge", "exit: closing earns exit.edge_bps"),
        (
            "exit_turned",
            "exit: the opposite direction earns min_entry_edge_bps",
        ),
        ("exit_profit", "exit: closing nets exit.profit_bps"),
        ("exit_stop", "exit: closing loses exit.stop_bps"),
        (
            "stopped",
            "nothing is entered for exit.stop_wait after a stop",
        ),
        (
            "exit_compressed",
            "exit: the spread has compressed by exit.compression_pct",
        ),
        ("exit_age", "exit: the position is exit.max_age old"),
        (
            "closed",
            "the inventories are as they were before the entry",
        ),
        ("quarantined", "repair failed; a person is needed"),
    ],
    captures,
    rests_orders: false,
};

/// An exit takes its own edge, and the opposite entry the entry's.
fn captures(params: &Params) -> Vec<Capture> {
    let turns = params.choice("direction") == Some("both");
    let turned = turns.then(|| capture(params, MIN_ENTRY_EDGE.name));
    let mut all = exit_captures(params);
    all.extend(turned.flatten());
    all
}
