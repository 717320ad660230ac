//! What `spot_futures` declares.

use crate::instrument::InstrumentKind;
use crate::strategies::pair::params::{
    ALERT_COMPRESSION, CAP_TO_DEPTH, EXIT_COMPRESSION, EXIT_EDGE, EXIT_MAX_AGE, EXIT_PROFIT,
    EXIT_STOP, EXIT_STOP_WAIT, MAX_DEPTH_PERCENT, MIN_ENTRY_EDGE, MIN_PROFIT, NOTIONAL, QUANTITY,
    captures,
};
use crate::strategies::saga_params::{
    DISPATCH, FILL_TIMEOUT, HEDGE_DEADLINE, MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY,
    REPAIR_SLIPPAGE,
};
use crate::strategy::params::{LegPart, LegSpec, ParamKind, ParamSpec, Presence, StrategyCard};

/// Directions that may be traded.
pub(super) const DIRECTIONS: &[&str] = &["both", "long_spot", "short_spot"];

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "spot_futures",
    summary: "Buys one leg and sells the other when their prices are apart, and closes when they meet.",
    legs: &[
        LegSpec {
            name: "spot",
            part: LegPart::Always,
            kinds: &[InstrumentKind::Spot],
            doc: "The spot leg.",
        },
        LegSpec {
            name: "futures",
            part: LegPart::Always,
            kinds: &[InstrumentKind::Linear],
            doc: "The perpetual leg, in base units.",
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
            "Which leg may be bought; short_spot sells spot from inventory.",
        ),
        MIN_ENTRY_EDGE,
        ParamSpec::new(
            "min_net_edge_bps",
            ParamKind::Bps,
            "bps, net of all costs",
            Presence::Optional,
            "Besides, entry edge + exit.edge_bps (0 without) - four fees - slippage allowance + funding must be this.",
        ),
        MIN_PROFIT,
        ParamSpec::new(
            "slippage_allowance_bps",
            ParamKind::Bps,
            "bps",
            Presence::Default("0"),
            "What min_net_edge_bps and min_profit set aside for the slippage of all four orders.",
        )
        .at_least("0"),
        ParamSpec::new(
            "funding.horizon",
            ParamKind::Span,
            "",
            Presence::Optional,
            "How long these expect to hold: settlements within it count. Default exit.max_age, else none.",
        ),
        ParamSpec::new(
            "funding.interval",
            ParamKind::Span,
            "",
            Presence::Default("8h"),
            "Time between two settlements.",
        ),
        EXIT_EDGE,
        EXIT_PROFIT,
        EXIT_STOP,
        EXIT_STOP_WAIT,
        EXIT_COMPRESSION,
        ALERT_COMPRESSION,
        EXIT_MAX_AGE,
        ParamSpec::new(
            "exit.funding_wait",
            ParamKind::Span,
            "",
            Presence::Optional,
            "An exit by edge or profit waits while a settlement that pays is due within this time.",
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
    any_of: &[&[
        "exit.edge_bps",
        "exit.profit_bps",
        "exit.compression_pct",
        "exit.max_age",
    ]],
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
            "net_edge_below_entry",
            "an edge reaches min_entry_edge_bps and does not leave min_net_edge_bps",
        ),
        (
            "size_below_minimum",
            "what both legs show, or the size asked for, is below a venue's minimum",
        ),
        (
            "profit_below_minimum",
            "what can be traded is not expected to leave min_profit",
        ),
        ("entry_refused", "the risk gate refused the entry"),
        ("enter_long_spot", "entry: buys spot, sells futures"),
        ("enter_short_spot", "entry: sells spot, buys futures"),
        ("entry_missed", "the entry orders traded nothing"),
        ("holding", "the legs balance; no exit condition holds"),
        ("repairing", "the legs do not balance and are being mended"),
        (
            "exit_refused",
            "an exit condition holds and the risk gate refused the orders",
        ),
        ("exit_edge", "exit: closing earns exit.edge_bps"),
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
        ("closed", "the legs are flat again"),
        ("quarantined", "repair failed; a person is needed"),
    ],
    captures,
    rests_orders: false,
};
