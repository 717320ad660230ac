//! What `spot_futures` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::strategies::saga_params::{
    MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY, REPAIR_SLIPPAGE,
};
use crate::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard,
};

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
        ParamSpec::new(
            "notional",
            ParamKind::Money,
            "quote units",
            Presence::Optional,
            "Size of each leg by value; both legs get the same base quantity.",
        )
        .at_least("0"),
        ParamSpec::new(
            "quantity",
            ParamKind::Quantity,
            "base units",
            Presence::Optional,
            "Size of each leg as a fixed quantity.",
        )
        .at_least("0"),
        ParamSpec::new(
            "cap_to_depth",
            ParamKind::Flag,
            "",
            Presence::Default("true"),
            "Never more than both legs show within the slippage bound.",
        ),
        ParamSpec::new(
            "direction",
            ParamKind::Choice(DIRECTIONS),
            "",
            Presence::Default("both"),
            "Which leg may be bought; short_spot sells spot from inventory.",
        ),
        ParamSpec::new(
            "min_entry_edge_bps",
            ParamKind::Bps,
            "bps of the bought leg's ask",
            Presence::Required,
            "Enters when the gross edge is at least this: (sold bid - bought ask) / bought ask.",
        ),
        ParamSpec::new(
            "exit.edge_bps",
            ParamKind::Bps,
            "bps of the bought-back leg's ask",
            Presence::Optional,
            "Closes when the gross edge of closing is at least this.",
        ),
        ParamSpec::new(
            "exit.profit_bps",
            ParamKind::Bps,
            "bps of the long leg's outlay, net of four fees",
            Presence::Optional,
            "Closes when closing now would net at least this.",
        ),
        ParamSpec::new(
            "exit.max_age",
            ParamKind::Span,
            "",
            Presence::Optional,
            "Closes when the position is this old, whatever it brings.",
        ),
        MAX_SLIPPAGE,
        REPAIR_SLIPPAGE,
        REPAIR_ATTEMPTS,
        REPAIR_DELAY,
    ],
    one_of: &[&["notional", "quantity"]],
    any_of: &[&["exit.edge_bps", "exit.profit_bps", "exit.max_age"]],
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
            "size_below_minimum",
            "what both legs show, or the size asked for, is below a venue's minimum",
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
        ("exit_age", "exit: the position is exit.max_age old"),
        ("closed", "the legs are flat again"),
        ("quarantined", "repair failed; a person is needed"),
    ],
    captures,
    rests_orders: false,
};

fn captures(params: &Params) -> Vec<Capture> {
    let (Some(entry_bps), Some(exit_bps)) = (
        params.bps("min_entry_edge_bps"),
        params.bps("exit.edge_bps"),
    ) else {
        return Vec::new();
    };
    alloc::vec![Capture {
        entry: "min_entry_edge_bps",
        entry_bps,
        exit: "exit.edge_bps",
        exit_bps,
        after_costs: false,
    }]
}
