//! What `multi_spot` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::strategies::pair::params::{EXIT_STOP, EXIT_STOP_WAIT, MAX_DEPTH_PERCENT};
use crate::strategies::saga_params::{
    DISPATCH, FILL_TIMEOUT, HEDGE_DEADLINE, MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY,
    REPAIR_SLIPPAGE,
};
use crate::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard,
};

/// What becomes of the spot leg while a position is held.
const MODES: &[&str] = &["traditional", "spot_switching"];

const fn spot(name: &'static str, part: LegPart) -> LegSpec {
    LegSpec {
        name,
        part,
        kinds: &[InstrumentKind::Spot],
        doc: match part {
            LegPart::MoreAlternative => "One more spot venue.",
            _ => "One of the spot venues.",
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
            "traditional keeps the spot leg that was bought until the exit; spot_switching moves it where that gains.",
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
        MAX_DEPTH_PERCENT,
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
        EXIT_STOP,
        EXIT_STOP_WAIT,
        ParamSpec::new(
            "exit.max_age",
            ParamKind::Span,
            "",
            Presence::Optional,
            "Closes when the position is this old, whatever it brings.",
        ),
        ParamSpec::new(
            "switch.min_net_bps",
            ParamKind::Bps,
            "bps of the other spot ask with its fee",
            Presence::Default("0"),
            "Moves the spot leg when that gains at least this, both fees paid.",
        )
        .at_least("0"),
        ParamSpec::new(
            "switch.min_gross_bps",
            ParamKind::Bps,
            "bps of the other spot ask",
            Presence::Optional,
            "Besides, the held bid must be above the other ask by at least this, fees not counted.",
        ),
        ParamSpec::new(
            "switch.slippage_bps",
            ParamKind::Bps,
            "bps of the other spot ask with its fee",
            Presence::Default("0"),
            "What slippage of both orders may take: asked for on top of switch.min_net_bps.",
        )
        .at_least("0"),
        ParamSpec::new(
            "switch.hysteresis_bps",
            ParamKind::Bps,
            "bps of the other spot ask with its fee",
            Presence::Default("1"),
            "What going back to the venue that was left last must gain on top.",
        )
        .at_least("0"),
        ParamSpec::new(
            "switch.cooldown",
            ParamKind::Span,
            "",
            Presence::Default("1s"),
            "After a move the spot leg stays for this time.",
        ),
        ParamSpec::new(
            "switch.max_book_age",
            ParamKind::Span,
            "",
            Presence::Default("2s"),
            "No move by a book that is older than this.",
        ),
        ParamSpec::new(
            "switch.timeout",
            ParamKind::Span,
            "",
            Presence::Default("1s"),
            "A move that leaves the legs out of balance for this time is given up: every leg may then mend them.",
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
    ("exit_stop", "exit: closing loses exit.stop_bps"),
    (
        "stopped",
        "nothing is entered for exit.stop_wait after a stop",
    ),
    ("exit_age", "exit: the position is exit.max_age old"),
    (
        "switching",
        "sells spot where it is held and buys it where that gains switch.min_net_bps",
    ),
    (
        "switch_cooling_down",
        "a move would gain enough, and the last one is less than switch.cooldown ago",
    ),
    (
        "switch_too_small",
        "a move would gain enough, and a book is too old or shows less than is held",
    ),
    (
        "switch_refused",
        "a move would gain enough and the risk gate refused the orders",
    ),
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
