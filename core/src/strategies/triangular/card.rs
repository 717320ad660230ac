//! What `triangular` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::strategies::pair::params::MAX_DEPTH_PERCENT;
use crate::strategies::saga_params::{
    FILL_TIMEOUT, HEDGE_DEADLINE, MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY, REPAIR_SLIPPAGE,
};
use crate::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard,
};

/// Directions that may be traded.
const DIRECTIONS: &[&str] = &["both", "forward", "backward"];

/// How the legs may be sent.
const DISPATCHES: &[&str] = &["sequential", "parallel"];

const fn leg(name: &'static str, doc: &'static str) -> LegSpec {
    LegSpec {
        name,
        part: LegPart::Once,
        kinds: &[InstrumentKind::Spot],
        doc,
    }
}

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "triangular",
    summary: "Trades an asset through two others at one venue and back where more comes back than went in.",
    legs: &[
        leg(
            "first",
            "Trades the asset that the cycle begins with, such as BTCUSDT.",
        ),
        leg(
            "second",
            "Trades the other two assets for each other, such as ETHBTC.",
        ),
        leg(
            "third",
            "Trades the asset that the cycle begins with, such as ETHUSDT.",
        ),
    ],
    params: &[
        ParamSpec::new(
            "notional",
            ParamKind::Money,
            "units of the asset that the cycle begins with",
            Presence::Required,
            "What goes in.",
        )
        .at_least("0"),
        ParamSpec::new(
            "cap_to_depth",
            ParamKind::Flag,
            "",
            Presence::Default("true"),
            "Never more than all three books show within the slippage bound.",
        ),
        MAX_DEPTH_PERCENT,
        ParamSpec::new(
            "direction",
            ParamKind::Choice(DIRECTIONS),
            "",
            Presence::Default("both"),
            "Forward goes through first, second, third; backward the other way.",
        ),
        ParamSpec::new(
            "min_edge_bps",
            ParamKind::Bps,
            "bps of what goes in",
            Presence::Required,
            "Goes round when the product of the three touches, each with its fee taken, gains at least this.",
        ),
        ParamSpec::new(
            "cooldown",
            ParamKind::Span,
            "",
            Presence::Default("100ms"),
            "After a cycle none begins for this time.",
        ),
        MAX_SLIPPAGE,
        REPAIR_SLIPPAGE,
        REPAIR_ATTEMPTS,
        REPAIR_DELAY,
        ParamSpec::new(
            "dispatch",
            ParamKind::Choice(DISPATCHES),
            "",
            Presence::Default("sequential"),
            "One trade after the other, each as large as what the last one brought, or all at once from what lies there.",
        ),
        FILL_TIMEOUT,
        HEDGE_DEADLINE,
    ],
    one_of: &[],
    any_of: &[],
    reasons: &[
        ("starting", "nothing was seen yet"),
        (
            "book_not_ready",
            "one of the tops of book is missing, gapped or crossed",
        ),
        ("edge_below_entry", "no direction earns min_edge_bps"),
        (
            "cooling_down",
            "a direction earns enough, and the last cycle is less than cooldown ago",
        ),
        (
            "size_below_minimum",
            "what the books show, or what is asked for, is below a minimum of one of the three",
        ),
        (
            "entry_refused",
            "the risk gate refused one of the three orders",
        ),
        ("enter_forward", "entry: first, second, third"),
        ("enter_backward", "entry: third, second, first"),
        ("entry_missed", "the first order traded nothing"),
        (
            "repairing",
            "something is held of an asset that the cycle only passes, and goes back",
        ),
        ("closed", "the cycle is over and nothing of it is held"),
        ("quarantined", "repair failed; a person is needed"),
    ],
    captures,
    rests_orders: false,
};

/// The edge has paid all three fees: the exit has none of its own.
fn captures(params: &Params) -> Vec<Capture> {
    let edge = params.bps("min_edge_bps").into_iter();
    edge.map(|entry_bps| Capture {
        entry: "min_edge_bps",
        entry_bps,
        exit: "cooldown",
        exit_bps: crate::num::Bps::default(),
        after_costs: true,
    })
    .collect()
}
