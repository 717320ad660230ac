//! What `delta_neutral` declares.

use alloc::vec::Vec;

use super::price::Names;
use crate::instrument::InstrumentKind;
use crate::strategy::params::{LegPart, LegSpec, ParamKind, ParamSpec, Presence, StrategyCard};

const REFERENCES: &[&str] = &["own_best", "mid", "opposite"];

const BASE: &str = "base units";

/// Names of the parameters of one side.
pub(super) struct SideNames {
    pub(super) quantity: &'static str,
    pub(super) filled: &'static str,
    pub(super) price: Names,
}

/// By side: buy, sell.
pub(super) static SIDES: [SideNames; 2] = [
    SideNames {
        quantity: "order_quantity.buy",
        filled: "filled.buy",
        price: Names {
            reference: "reference.buy",
            passive: "passive_ticks.buy",
            aggressive: "aggressive_ticks.buy",
            tolerance: "tick_tolerance.buy",
        },
    },
    SideNames {
        quantity: "order_quantity.sell",
        filled: "filled.sell",
        price: Names {
            reference: "reference.sell",
            passive: "passive_ticks.sell",
            aggressive: "aggressive_ticks.sell",
            tolerance: "tick_tolerance.sell",
        },
    },
];

const fn quantity(name: &'static str) -> ParamSpec {
    let doc = "Size of one slice of this side, in whole lots.";
    ParamSpec::new(name, ParamKind::Quantity, BASE, Presence::Required, doc).at_least("0")
}

const fn filled(name: &'static str) -> ParamSpec {
    let doc = "What this side has filled already, before the run: execution resumes from it.";
    ParamSpec::new(name, ParamKind::Quantity, BASE, Presence::Default("0"), doc).at_least("0")
}

const fn ticks(name: &'static str, doc: &'static str, hint: &'static str) -> ParamSpec {
    ParamSpec::new(name, ParamKind::Integer, "ticks", Presence::Optional, doc)
        .at_least("0")
        .at_most("1000000")
        .hinted(hint)
}

const fn passive(name: &'static str, hint: &'static str) -> ParamSpec {
    let doc = "How far behind its reference the slice rests, away from the other side; it never takes. 0 by default.";
    ticks(name, doc, hint)
}

const fn aggressive(name: &'static str, hint: &'static str) -> ParamSpec {
    let doc = "Instead: how far beyond its reference the slice is priced, toward the other side; it may take.";
    ticks(name, doc, hint)
}

const fn reference(name: &'static str) -> ParamSpec {
    let doc = "What the ticks are counted from: the side's own best price, the middle, or the other side's best.";
    let kind = ParamKind::Choice(REFERENCES);
    ParamSpec::new(name, kind, "", Presence::Default("own_best"), doc)
}

const fn tolerance(name: &'static str) -> ParamSpec {
    let doc = "A slice stays while it is at most this far from where it would be placed now; further, it is replaced.";
    ParamSpec::new(
        name,
        ParamKind::Integer,
        "ticks",
        Presence::Default("0"),
        doc,
    )
    .at_least("0")
    .at_most("1000000")
}

const KINDS: &[InstrumentKind] = &[InstrumentKind::Spot, InstrumentKind::Linear];

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "delta_neutral",
    summary: "Buys on one instrument and sells on another in slices up to a total, and takes at once what one side lags.",
    legs: &[
        LegSpec {
            name: "buy",
            part: LegPart::Always,
            kinds: KINDS,
            doc: "What is bought.",
        },
        LegSpec {
            name: "sell",
            part: LegPart::Optional,
            kinds: KINDS,
            doc: "What is sold, in the same base asset; left out, the one that is bought: both sides of one book.",
        },
    ],
    params: &[
        ParamSpec::new(
            "total_quantity",
            ParamKind::Quantity,
            BASE,
            Presence::Required,
            "What each side is to fill in all, in whole lots, with what is filled already.",
        )
        .at_least("0"),
        quantity(SIDES[0].quantity),
        quantity(SIDES[1].quantity),
        reference(SIDES[0].price.reference),
        reference(SIDES[1].price.reference),
        passive(
            SIDES[0].price.passive,
            "for a price n ticks nearer to the other side set `aggressive_ticks.buy` to n instead",
        ),
        passive(
            SIDES[1].price.passive,
            "for a price n ticks nearer to the other side set `aggressive_ticks.sell` to n instead",
        ),
        aggressive(
            SIDES[0].price.aggressive,
            "for a price n ticks further from the other side set `passive_ticks.buy` to n instead",
        ),
        aggressive(
            SIDES[1].price.aggressive,
            "for a price n ticks further from the other side set `passive_ticks.sell` to n instead",
        ),
        tolerance(SIDES[0].price.tolerance),
        tolerance(SIDES[1].price.tolerance),
        filled(SIDES[0].filled),
        filled(SIDES[1].filled),
        ParamSpec::new(
            "max_imbalance",
            ParamKind::Quantity,
            BASE,
            Presence::Default("0"),
            "How much more than the other one side may have filled before the other is corrected; a side's smallest \
             order where that is more.",
        )
        .at_least("0")
        .as_band(),
        ParamSpec::new(
            "rebalance.slippage_bps",
            ParamKind::Bps,
            "bps of the touch",
            Presence::Default("10"),
            "How far beyond the touch a correction may trade; the n-th in a row that brings nothing n times that.",
        )
        .at_least("0")
        .at_most("500"),
        ParamSpec::new(
            "rebalance.attempts",
            ParamKind::Integer,
            "",
            Presence::Default("3"),
            "Corrections in a row that bring nothing before people are told; they go on, conceding no more.",
        )
        .at_least("1")
        .at_most("20"),
        ParamSpec::new(
            "rebalance.delay",
            ParamKind::Span,
            "",
            Presence::Default("100ms"),
            "Wait after a correction that did not take all of the lag.",
        )
        .at_least("1us"),
        ParamSpec::new(
            "retry_delay",
            ParamKind::Span,
            "",
            Presence::Default("1s"),
            "Wait after a slice that the risk gate refused, or the venue rejected or ended.",
        )
        .at_least("1us"),
    ],
    one_of: &[],
    any_of: &[],
    reasons: &[
        ("starting", "IDLE: nothing was seen yet"),
        (
            "book_not_ready",
            "SYNCING: a top of book is missing, gapped or crossed, or an instrument halted; unless only crossed, what \
             rests is taken back",
        ),
        (
            "paused",
            "SYNCING: a person paused the run; what rests is taken back, and only corrections leave",
        ),
        (
            "managing_orders",
            "MANAGING_ORDERS: the slices of both sides rest, are on their way, or wait for the other side",
        ),
        (
            "size_below_minimum",
            "MANAGING_ORDERS: at this price order_quantity is below the venue's minimum",
        ),
        (
            "rebalancing",
            "REBALANCING: one side lags; its slice is taken back, then the lag is taken",
        ),
        (
            "completed",
            "COMPLETING: both sides are within one minimum of total_quantity",
        ),
        ("refused", "ERROR: the risk gate refused an order; it is asked again"),
        ("rejected", "ERROR: the venue rejected an order; it is asked again"),
        (
            "unknown_order",
            "ERROR: nobody knows what became of an order; its side waits for the venue's evidence",
        ),
        (
            "lag_waits",
            "ERROR: one side lags and its book cannot be acted on",
        ),
        (
            "lag_not_taken",
            "ERROR: one side lags and rebalance.attempts corrections in a row brought nothing",
        ),
        (
            "quarantined",
            "ERROR: the venue closed a position; a person is needed, who ends this by resuming",
        ),
    ],
    captures: |_| Vec::new(),
    rests_orders: true,
};
