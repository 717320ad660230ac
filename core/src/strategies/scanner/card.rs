//! What `scanner` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::num::Bps;
use crate::strategies::pair::params::{EXIT_STOP, EXIT_STOP_WAIT, MAX_DEPTH_PERCENT};
use crate::strategies::saga_params::{
    DISPATCH, FILL_TIMEOUT, HEDGE_DEADLINE, MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY,
    REPAIR_SLIPPAGE,
};
use crate::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard,
};

/// Most instruments that one task scans.
pub(super) const MOST_LEGS: usize = 16;

/// Names of the legs, which are also what `execute` chooses among.
pub(super) const LEGS: &[&str; MOST_LEGS] = &[
    "leg_1", "leg_2", "leg_3", "leg_4", "leg_5", "leg_6", "leg_7", "leg_8", "leg_9", "leg_10",
    "leg_11", "leg_12", "leg_13", "leg_14", "leg_15", "leg_16",
];

const KINDS: &[InstrumentKind] = &[InstrumentKind::Spot, InstrumentKind::Linear];

const fn leg(at: usize) -> LegSpec {
    LegSpec {
        name: LEGS[at],
        part: if at < 2 {
            LegPart::Always
        } else {
            LegPart::Optional
        },
        kinds: KINDS,
        doc: "One of the instruments that are scanned.",
    }
}

const fn enable(name: &'static str, default: &'static str, doc: &'static str) -> ParamSpec {
    ParamSpec::new(name, ParamKind::Flag, "", Presence::Default(default), doc)
}

pub(super) const MIN_NET: &str = "min_net_bps";
pub(super) const MAX_AGE: &str = "exit.max_age";

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "scanner",
    summary: "Finds what pays between up to sixteen instruments, ranks it, and trades the best, each by a saga of its own.",
    legs: &[
        leg(0),
        leg(1),
        leg(2),
        leg(3),
        leg(4),
        leg(5),
        leg(6),
        leg(7),
        leg(8),
        leg(9),
        leg(10),
        leg(11),
        leg(12),
        leg(13),
        leg(14),
        leg(15),
    ],
    params: &[
        enable("enable.spot_spot", "true", "Looks for one pair at two venues: bought at one, sold from what lies at the other."),
        enable("enable.spot_futures_hedge", "true", "Looks for spot against a future of the same asset, in both directions."),
        enable("enable.triangular", "false", "Looks for triangles of one venue, in both directions. They are told of and not traded."),
        enable("enable.funding", "false", "Looks for spot against a future with the funding that is known to come."),
        ParamSpec::new(
            MIN_NET,
            ParamKind::Bps,
            "bps of what is bought",
            Presence::Required,
            "Least net edge of an opportunity, after every fee of its kind.",
        ),
        ParamSpec::new(
            "notional",
            ParamKind::Money,
            "quote units",
            Presence::Required,
            "Most that the bought leg of an opportunity may be worth.",
        )
        .at_least("0"),
        MAX_DEPTH_PERCENT,
        ParamSpec::new(
            "settlements",
            ParamKind::Integer,
            "",
            Presence::Default("3"),
            "Settlements at the known rate that an opportunity of funding counts on.",
        )
        .at_least("0")
        .at_most("1000"),
        ParamSpec::new(
            "max_skew",
            ParamKind::Span,
            "",
            Presence::Optional,
            "Looks only at tops that were confirmed within this time of each other.",
        ),
        ParamSpec::new(
            "max_top_age",
            ParamKind::Span,
            "",
            Presence::Optional,
            "Looks only at tops that were confirmed within this time.",
        ),
        enable("trade", "true", "Trades what is found; otherwise it is only told."),
        enable("alerts", "false", "Tells people of every opportunity that is found, once while it lasts."),
        ParamSpec::new(
            "max_open",
            ParamKind::Integer,
            "",
            Presence::Default("1"),
            "Most opportunities that are traded or held at a time; no instrument is in two of them.",
        )
        .at_least("1")
        .at_most("8"),
        ParamSpec::new(
            "cool_down",
            ParamKind::Span,
            "",
            Presence::Default("1s"),
            "How long the instruments of an opportunity are left alone after it was closed, missed or refused.",
        ),
        ParamSpec::new(
            "exit.profit_bps",
            ParamKind::Bps,
            "bps of what was paid",
            Presence::Default("0"),
            "Closes where that nets so much, all four fees paid.",
        ),
        EXIT_STOP,
        EXIT_STOP_WAIT,
        ParamSpec::new(
            MAX_AGE,
            ParamKind::Span,
            "",
            Presence::Default("1h"),
            "Closes at this age whatever it nets.",
        ),
        ParamSpec::new(
            "execute.buy",
            ParamKind::Choice(LEGS),
            "",
            Presence::Optional,
            "Executes one opportunity by hand, once: the leg that is bought.",
        ),
        ParamSpec::new(
            "execute.sell",
            ParamKind::Choice(LEGS),
            "",
            Presence::Optional,
            "The leg that is sold.",
        ),
        ParamSpec::new(
            "execute.quantity",
            ParamKind::Quantity,
            "base units",
            Presence::Optional,
            "How much of it.",
        )
        .at_least("0"),
        ParamSpec::new(
            "execute.after",
            ParamKind::Span,
            "",
            Presence::Default("0ms"),
            "How long after the first event it is sent.",
        ),
        MAX_SLIPPAGE,
        REPAIR_SLIPPAGE,
        REPAIR_ATTEMPTS,
        REPAIR_DELAY,
        DISPATCH,
        FILL_TIMEOUT,
        HEDGE_DEADLINE,
    ],
    one_of: &[],
    any_of: &[],
    reasons: &[
        ("starting", "nothing was seen yet"),
        ("scanning", "nothing pays min_net_bps in a size that both venues take"),
        ("found", "something pays; it is only told, or its instruments are busy or left alone"),
        ("no_inventory", "something pays, and what is free at its venues does not pay for it"),
        ("entry_refused", "the risk gate refused an entry"),
        ("entered", "an opportunity was found and its orders left"),
        ("executed", "the orders of the opportunity that was given by hand left"),
        ("execute_infeasible", "what was given by hand is no tradable pair, quantity or book, or not paid for; it is not tried again"),
        ("execute_refused", "the risk gate refused what was given by hand; it is not tried again"),
        ("holding", "what was entered balances; no exit condition holds"),
        ("repairing", "legs do not balance and are being mended"),
        ("exit_profit", "exit: closing nets exit.profit_bps"),
        ("exit_stop", "exit: closing loses exit.stop_bps; its instruments are left alone for exit.stop_wait"),
        ("exit_age", "exit: the position is exit.max_age old"),
        ("exit_refused", "an exit condition holds and the risk gate refused the orders"),
        ("closed", "the legs are as they were before the entry"),
        ("entry_missed", "the entry orders traded nothing"),
        ("quarantined", "repair failed; a person is needed"),
    ],
    captures,
    rests_orders: false,
};

/// What is entered is expected to net so much after all its costs.
fn captures(params: &Params) -> Vec<Capture> {
    let capture = params.bps(MIN_NET).map(|entry_bps| Capture {
        entry: MIN_NET,
        entry_bps,
        exit: MAX_AGE,
        exit_bps: Bps::default(),
        after_costs: true,
    });
    capture.into_iter().collect()
}
