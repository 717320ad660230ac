//! What `funding_carry` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::num::Bps;
use crate::strategies::pair::params::{CAP_TO_DEPTH, MAX_DEPTH_PERCENT, NOTIONAL, QUANTITY};
use crate::strategies::saga_params::{
    DISPATCH, FILL_TIMEOUT, HEDGE_DEADLINE, MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY,
    REPAIR_SLIPPAGE,
};
use crate::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard,
};

/// Directions that may be traded.
const DIRECTIONS: &[&str] = &["long_spot", "both", "short_spot"];
/// What becomes of the edge at entry.
const ENTRY_EDGE: &[&str] = &["signed", "ignored"];

/// What decides: the expected funding, its price, and when it is too little.
const RULE: [ParamSpec; 10] = [
    ParamSpec::new(
        "direction",
        ParamKind::Choice(DIRECTIONS),
        "",
        Presence::Default("long_spot"),
        "Which leg may be bought; short_spot sells spot from inventory and earns negative funding.",
    ),
    ParamSpec::new(
        "rates",
        ParamKind::Integer,
        "settlements",
        Presence::Default("9"),
        "How many of the newest rates, paid or announced, the expected rate is the mean of.",
    )
    .at_least("1")
    .at_most("270"),
    ParamSpec::new(
        "horizon",
        ParamKind::Span,
        "",
        Presence::Default("30d"),
        "How long a position is expected to be held: the mean rate times the settlements in it is expected.",
    )
    .at_least("1ms")
    .at_most("3650d"),
    ParamSpec::new(
        "funding.interval",
        ParamKind::Span,
        "",
        Presence::Optional,
        "How far apart settlements are until two are known, which tell it; without it nothing is entered before.",
    )
    .at_least("1m")
    .at_most("1d"),
    ParamSpec::new(
        "min_net_bps",
        ParamKind::Bps,
        "bps of a leg's value",
        Presence::Required,
        "Enters when expected funding and entry edge, less four fees and the allowance, are at least this.",
    ),
    ParamSpec::new(
        "entry_edge",
        ParamKind::Choice(ENTRY_EDGE),
        "",
        Presence::Default("signed"),
        "Whether the gross edge between the legs counts, as if they met until the exit; signed counts losses too.",
    ),
    ParamSpec::new(
        "slippage_allowance_bps",
        ParamKind::Bps,
        "bps of a leg's value",
        Presence::Default("2"),
        "What the four fills together are expected to lose to the touch.",
    )
    .at_least("0"),
    ParamSpec::new(
        "exit_bps",
        ParamKind::Bps,
        "bps of a leg's value",
        Presence::Default("0"),
        "Closes when the funding expected over the horizon is below this; nothing is entered below it.",
    ),
    ParamSpec::new(
        "max_age",
        ParamKind::Span,
        "",
        Presence::Optional,
        "Closes when the position is this old, whatever it brings.",
    ),
    ParamSpec::new(
        "max_skew",
        ParamKind::Span,
        "",
        Presence::Default("10s"),
        "Trades only while the tops of both legs were confirmed within this time of each other.",
    ),
];

/// Size, prices and repair, as for other pairs.
const LEGS: [ParamSpec; 11] = [
    NOTIONAL,
    QUANTITY,
    CAP_TO_DEPTH,
    MAX_DEPTH_PERCENT,
    MAX_SLIPPAGE,
    REPAIR_SLIPPAGE,
    REPAIR_ATTEMPTS,
    REPAIR_DELAY,
    DISPATCH,
    FILL_TIMEOUT,
    HEDGE_DEADLINE,
];

/// Both, in the order in which they are described.
static PARAMS: [ParamSpec; 21] = {
    let mut all = [RULE[0]; 21];
    let mut at = 0;
    while at < LEGS.len() {
        all[at] = LEGS[at];
        at += 1;
    }
    while at < all.len() {
        all[at] = RULE[at - LEGS.len()];
        at += 1;
    }
    all
};

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "funding_carry",
    summary: "Holds spot against the perpetual while the funding to be expected pays for the round trip.",
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
    params: &PARAMS,
    one_of: &[&["notional", "quantity"]],
    any_of: &[],
    reasons: &[
        ("starting", "nothing was seen yet"),
        (
            "rates_missing",
            "fewer funding rates are known than the mean is over",
        ),
        (
            "rates_stale",
            "a settlement went by without word of its rate",
        ),
        (
            "book_not_ready",
            "one of the tops of book is missing, gapped or crossed",
        ),
        (
            "net_below_entry",
            "expected funding and edge do not pay the costs and min_net_bps",
        ),
        (
            "legs_apart",
            "the tops of the legs are of moments further apart than max_skew",
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
        (
            "exit_funding",
            "exit: the funding expected over the horizon is below exit_bps",
        ),
        ("exit_age", "exit: the position is max_age old"),
        ("closed", "the legs are flat again"),
        ("quarantined", "repair failed; a person is needed"),
    ],
    captures,
    rests_orders: false,
};

/// What is expected at entry is all that there is: no exit has an edge of its own.
fn captures(params: &Params) -> Vec<Capture> {
    let entry = params.bps("min_net_bps").into_iter();
    entry
        .map(|entry_bps| Capture {
            entry: "min_net_bps",
            entry_bps,
            exit: "horizon",
            exit_bps: Bps::default(),
            after_costs: true,
        })
        .collect()
}
