//! What `multi_spot` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::strategies::saga_params::{
    MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY, REPAIR_SLIPPAGE,
};
use crate::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard,
};

/// What becomes of the spot leg while a position is held.
const MODES: &[&str] = &["traditional"];

const fn spot(name: &'static str, part: LegPart) -> LegSpec {
    LegSpec {
        name,
        part,
        kinds: &[InstrumentKind::Spot],
        doc: match part {
            LegPart::MoreAlternative => "One more spot venue.",
            LegPart::Always | LegPart::Alternative | LegPart::Optional => "One of the spot venues.",
        },
    }
}

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "multi_spot",
    summary: "Buys spot on the venue where it costs least after fees, sells the future, and closes when they meet.",
    legs: &[
        spot("spot_1", LegPart::Alternative),
        spot("spot_2", LegPart::Alternative),
        spot("spot_3", LegPart::MoreAlternative),
        spot("spot_4", LegPart::MoreAlternative),
        spot("spot_5", LegPart::MoreAlternative),
        spot("spot_6", LegPart::MoreAlternative),
        spot("spot_7", LegPart::MoreAlternative),
        spot("spot_8", LegPart::MoreAlternative),
        LegSpec {
            name: "futures",
            part: LegPart::Always,
            kinds: &[InstrumentKind::Linear],
            doc: "The perpetual leg, in base units.",
        },
    ],
    params: &[
        ParamSpec::new(
            "mode",
            ParamKind::Choice(MODES),
            "",
            Presence::Default("traditional"),
            "traditional keeps the spot leg that was bought until the exit.",
        ),
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
            "Never more than both legs show within the slippage bound; a venue that shows too little is skipped.",
        ),
        ParamSpec::new(
            "min_entry_net_bps",
            ParamKind::Bps,
            "bps of the spot ask with its fee",
            Presence::Required,
            "Enters when the edge is at least this, both fees paid: (futures bid less fee - spot cost) / spot cost.",
        ),
        ParamSpec::new(
            "exit.net_bps",
            ParamKind::Bps,
            "bps of the futures ask with its fee",
            Presence::Optional,
            "Closes when the edge of closing, both fees paid, is at least this.",
        ),
        ParamSpec::new(
            "exit.profit_bps",
            ParamKind::Bps,
            "bps of the spot leg's outlay, net of four fees",
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
    any_of: &[&["exit.net_bps", "exit.profit_bps", "exit.max_age"]],
    reasons: REASONS,
    captures,
    rests_orders: false,
};

const REASONS: &[(&str, &str)] = &[
    ("starting", "nothing was seen yet"),
    (
        "book_not_ready",
        "the future's top of book, or that of every spot leg, is missing, gapped or crossed",
    ),
    (
        "edge_below_entry",
        "the spot leg that costs least does not earn min_entry_net_bps",
    ),
    (
        "size_below_minimum",
        "no spot leg that earns enough shows, or is asked for, as much as the venues' minima",
    ),
    (
        "entry_refused",
        "the risk gate refused the entry by every spot leg that earns enough",
    ),
    (
        "enter_long_spot",
        "entry: buys spot where it costs least, sells futures",
    ),
    ("entry_missed", "the entry orders traded nothing"),
    ("holding", "the legs balance; no exit condition holds"),
    ("repairing", "the legs do not balance and are being mended"),
    (
        "exit_refused",
        "an exit condition holds and the risk gate refused the orders",
    ),
    ("exit_edge", "exit: closing earns exit.net_bps"),
    ("exit_profit", "exit: closing nets exit.profit_bps"),
    ("exit_age", "exit: the position is exit.max_age old"),
    ("closed", "the legs are flat again"),
    ("quarantined", "repair failed; a person is needed"),
];

/// Both edges have paid their fees already, whichever spot leg is taken.
fn captures(params: &Params) -> Vec<Capture> {
    let edges = params
        .bps("min_entry_net_bps")
        .zip(params.bps("exit.net_bps"));
    let capture = edges.map(|(entry_bps, exit_bps)| Capture {
        entry: "min_entry_net_bps",
        entry_bps,
        exit: "exit.net_bps",
        exit_bps,
        after_costs: true,
    });
    capture.into_iter().collect()
}
