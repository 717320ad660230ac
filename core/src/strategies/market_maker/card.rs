//! What `market_maker` declares.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::strategy::params::{LegPart, LegSpec, ParamKind, ParamSpec, Presence, StrategyCard};

pub(super) static CARD: StrategyCard = StrategyCard {
    name: "market_maker",
    summary: "Rests a bid and an ask at the touch and moves them with it, within an inventory limit.",
    legs: &[LegSpec {
        name: "instrument",
        part: LegPart::Always,
        kinds: &[
            InstrumentKind::Spot,
            InstrumentKind::Linear,
            InstrumentKind::Inverse,
        ],
        doc: "What is quoted.",
    }],
    params: &[
        ParamSpec::new(
            "quantity",
            ParamKind::Quantity,
            "base units, contracts where inverse",
            Presence::Required,
            "Size of each quote, in whole lots.",
        )
        .at_least("0"),
        ParamSpec::new(
            "max_inventory",
            ParamKind::Quantity,
            "base units, contracts where inverse",
            Presence::Required,
            "What the own fills may add up to, long or short; a side whose quote could exceed it is not quoted.",
        )
        .at_least("0"),
        ParamSpec::new(
            "offset_ticks",
            ParamKind::Integer,
            "ticks",
            Presence::Default("0"),
            "How far behind its own best price each quote rests; 0 is at the touch.",
        )
        .at_least("0")
        .at_most("1000000"),
        ParamSpec::new(
            "requote_ticks",
            ParamKind::Integer,
            "ticks",
            Presence::Default("0"),
            "A quote stays while it is at most this far from where it should be.",
        )
        .at_least("0")
        .at_most("1000000"),
        ParamSpec::new(
            "skew_ticks",
            ParamKind::Integer,
            "ticks",
            Presence::Default("0"),
            "How far both quotes move against a full inventory: down when long, up when short; less in proportion.",
        )
        .at_least("0")
        .at_most("1000000"),
        ParamSpec::new(
            "every_event",
            ParamKind::Flag,
            "",
            Presence::Default("false"),
            "Looks at every event of the instrument instead of sleeping until its touch moves; decides the same.",
        ),
    ],
    one_of: &[],
    any_of: &[],
    reasons: &[
        ("starting", "nothing was seen yet"),
        ("no_market", "the top of book is missing, gapped or crossed; what rests is taken back unless it is only crossed"),
        ("halted", "the venue does not trade the instrument"),
        ("paused", "only the side that reduces the inventory may be quoted"),
        ("unknown_order", "nobody knows what became of a quote; its side waits for the venue's evidence"),
        ("refused", "the risk gate refused a quote"),
        ("rejected", "the venue rejected a quote; its side waits for another price or a fill"),
        ("one_sided", "the inventory leaves room for one side alone, or a side has no price"),
        ("quoting", "both sides are quoted or on their way"),
    ],
    captures: |_| Vec::new(),
    rests_orders: true,
};
