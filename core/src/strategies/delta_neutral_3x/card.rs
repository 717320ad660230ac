//! What `delta_neutral_3x` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::strategies::pair::params::MAX_DEPTH_PERCENT;
use crate::strategies::saga_params::{
    FILL_TIMEOUT, HEDGE_DEADLINE, MAX_SLIPPAGE, REPAIR_ATTEMPTS, REPAIR_DELAY, REPAIR_SLIPPAGE,
};
use crate::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence, StrategyCard,
};

const fn leg(
    name: &'static str,
    part: LegPart,
    kinds: &'static [InstrumentKind],
    doc: &'static str,
) -> LegSpec {
    LegSpec {
        name,
        part,
        kinds,
        doc,
    }
}

const SPOT: &[InstrumentKind] = &[InstrumentKind::Spot];
const FUTURES: &[InstrumentKind] = &[InstrumentKind::Linear];

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "delta_neutral_3x",
    summary: "Holds spot at two venues against the perpetual at a third, and moves spot where the two stray.",
    legs: &[
        leg("primary", LegPart::Moving, SPOT, "The spot venue that holds the larger part."),
        leg(
            "arbitrage",
            LegPart::Moving,
            SPOT,
            "The spot venue that the primary is traded against.",
        ),
        leg(
            "futures",
            LegPart::Always,
            FUTURES,
            "The perpetual that balances both, in base units.",
        ),
    ],
    params: &[
        ParamSpec::new(
            "quantity",
            ParamKind::Quantity,
            "base units",
            Presence::Required,
            "Spot held at both venues together, and short in the perpetual.",
        )
        .at_least("0"),
        ParamSpec::new(
            "arbitrage_share_bps",
            ParamKind::Bps,
            "bps of quantity",
            Presence::Default("5000"),
            "The part of the spot that is bought at the arbitrage venue.",
        )
        .at_least("0")
        .at_most("10000"),
        ParamSpec::new(
            "band_bps",
            ParamKind::Bps,
            "bps of quantity",
            Presence::Default("500"),
            "No more than this is ever out of balance: the position is built, moved and closed in slices of it.",
        )
        .at_least("1")
        .at_most("10000"),
        ParamSpec::new(
            "cap_to_depth",
            ParamKind::Flag,
            "",
            Presence::Default("true"),
            "Never more than both books of a slice show within the slippage bound.",
        ),
        MAX_DEPTH_PERCENT,
        ParamSpec::new(
            "min_entry_net_bps",
            ParamKind::Bps,
            "bps of the spot ask with its fee",
            Presence::Required,
            "Builds while the edge is at least this, both fees paid: (futures bid less fee - spot cost) / spot cost.",
        ),
        ParamSpec::new(
            "exit.net_bps",
            ParamKind::Bps,
            "bps of the futures ask with its fee",
            Presence::Optional,
            "Closes when closing by either spot venue that holds something earns at least this, both fees paid.",
        ),
        ParamSpec::new(
            "exit.max_age",
            ParamKind::Span,
            "",
            Presence::Optional,
            "Closes when the position is this old, whatever it brings.",
        ),
        ParamSpec::new(
            "shift.min_net_bps",
            ParamKind::Bps,
            "bps of the other spot ask with its fee",
            Presence::Default("1"),
            "Moves spot to the other venue when that gains at least this, both fees paid.",
        )
        .at_least("0"),
        ParamSpec::new(
            "shift.cooldown",
            ParamKind::Span,
            "",
            Presence::Default("100ms"),
            "After a move there is none for this time.",
        ),
        ParamSpec::new(
            "switch.timeout",
            ParamKind::Span,
            "",
            Presence::Default("300ms"),
            "A move that leaves spot out of balance for this time is given up, and the perpetual may balance it.",
        ),
        MAX_SLIPPAGE,
        REPAIR_SLIPPAGE,
        REPAIR_ATTEMPTS,
        REPAIR_DELAY,
        FILL_TIMEOUT,
        HEDGE_DEADLINE,
    ],
    one_of: &[],
    any_of: &[&["exit.net_bps", "exit.max_age"]],
    reasons: &[
        ("starting", "nothing was seen yet"),
        (
            "book_not_ready",
            "the perpetual's top of book, or that of both spot venues, is missing, gapped or crossed",
        ),
        (
            "edge_below_entry",
            "no spot venue that has room earns min_entry_net_bps",
        ),
        (
            "slice_below_minimum",
            "a slice of the band, or what the books show, is below a venue's minimum",
        ),
        ("refused", "the risk gate refused a slice"),
        ("building", "buys spot where its part is not held yet, sells the perpetual"),
        ("entry_missed", "the orders of the first slice traded nothing"),
        ("holding", "the legs balance; nothing is to be done"),
        (
            "shifting",
            "sells spot where it is dear and buys it where it is cheap",
        ),
        ("repairing", "the legs do not balance and are being mended"),
        ("exit_edge", "exit: closing earns exit.net_bps; slice by slice"),
        ("exit_age", "exit: the position is exit.max_age old; slice by slice"),
        ("stopping", "exit: the task is stopped; slice by slice"),
        ("closed", "the legs are flat again"),
        ("quarantined", "repair failed; a person is needed"),
    ],
    captures,
    rests_orders: false,
};

/// Both edges have paid their fees already.
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
