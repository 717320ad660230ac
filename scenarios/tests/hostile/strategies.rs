//! The strategies, and what they have in common.

pub(crate) mod attacker;
pub(crate) mod panicking;

use onetape_core::command::{LegRole, LegTag, TimeInForce};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::strategy::params::{LegPart, LegSpec};
use onetape_core::strategy::{Context, NoSignals, OrderIntent, StrategyCard};

const LEGS: &[LegSpec] = &[
    LegSpec {
        name: "spot",
        part: LegPart::Always,
        kinds: &[InstrumentKind::Spot],
        doc: "Where it trades.",
    },
    LegSpec {
        name: "futures",
        part: LegPart::Always,
        kinds: &[InstrumentKind::Linear],
        doc: "Where it trades too.",
    },
];

const fn card(
    name: &'static str,
    reasons: &'static [(&'static str, &'static str)],
) -> StrategyCard {
    StrategyCard {
        name,
        summary: "Does what no strategy should.",
        legs: LEGS,
        params: &[],
        one_of: &[],
        any_of: &[],
        reasons,
        captures: |_| Vec::new(),
        rests_orders: true,
    }
}

/// A bid for twenty lots at a part of the best bid.
fn bid(cx: &Context<'_, NoSignals>, id: InstrumentId, percent: i64) -> Option<OrderIntent> {
    let of = cx.names.instrument(id);
    let touch = cx.market.instrument(id).touch(Side::Sell)?;
    let limit = touch.price.mantissa() / 100 * percent;
    Some(OrderIntent {
        instrument: id,
        side: Side::Buy,
        qty: Qty::new(of.lot.mantissa().max(of.min_qty.mantissa()) * 20),
        limit: Some(Price::new(limit - limit % of.tick.mantissa())),
        time_in_force: TimeInForce::GoodTillCancelled,
        reduce_only: false,
        tag: LegTag {
            trip: 1,
            leg: 0,
            role: LegRole::Entry,
        },
    })
}
