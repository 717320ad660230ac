//! The strategies under test, each with sets of parameters that trade on the drawn tapes.

use onetape_core::names::InstrumentId;
use onetape_core::num::Bps;
use onetape_core::strategies::{
    delta_neutral, delta_neutral_3x, funding_carry, market_maker, multi_spot, scanner,
    spot_futures, spot_spot, triangular,
};
use onetape_core::strategy::{Setup, Solo, Task};

use crate::common::*;

pub(crate) type Params = &'static [(&'static str, &'static str)];

pub(crate) const SETS: [Params; 5] = [
    &[
        ("quantity", "0.02"),
        ("min_entry_edge_bps", "8"),
        ("exit.edge_bps", "-4"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_edge_bps", "3.5"),
        ("exit.profit_bps", "-30"),
        ("direction", "long_spot"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_edge_bps", "0"),
        ("exit.max_age", "20ms"),
        ("direction", "short_spot"),
    ],
    &[
        ("quantity", "0.5"),
        ("min_entry_edge_bps", "5"),
        ("exit.edge_bps", "5"),
        ("exit.max_age", "50ms"),
        ("cap_to_depth", "false"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
        ("dispatch", "sequential"),
        ("leg.fill_timeout", "1ms"),
        ("hedge.deadline", "2ms"),
    ],
    &[
        ("quantity", "0.003"),
        ("min_entry_edge_bps", "-20"),
        ("exit.edge_bps", "-20"),
        ("max_slippage_bps", "0"),
    ],
];

pub(crate) fn task(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = vec![SPOT, FUTURES];
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap(); 2],
        params: spot_futures::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    let solo = Solo::new(spot_futures::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

pub(crate) const MAKERS: [Params; 4] = [
    &[("quantity", "0.002"), ("max_inventory", "0.004")],
    &[
        ("quantity", "0.001"),
        ("max_inventory", "0.05"),
        ("offset_ticks", "1"),
        ("requote_ticks", "2"),
    ],
    &[
        ("quantity", "0.003"),
        ("max_inventory", "0.02"),
        ("skew_ticks", "6"),
    ],
    // More than the wallet bears: the venue rejects, and so does the gate with the tighter limits below.
    &[("quantity", "0.9"), ("max_inventory", "3")],
];

pub(crate) fn maker(params: Params, instrument: InstrumentId, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = vec![instrument];
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap()],
        params: market_maker::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    let solo = Solo::new(market_maker::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Settlements are 40 ms apart on the drawn tapes, so that a horizon of a second holds 25.
pub(crate) const CARRIES: [Params; 6] = [
    &[
        ("quantity", "0.02"),
        ("rates", "2"),
        ("horizon", "1s"),
        ("min_net_bps", "0"),
        ("slippage_allowance_bps", "0"),
    ],
    &[
        ("notional", "40"),
        ("rates", "1"),
        ("horizon", "1s"),
        ("min_net_bps", "20"),
        ("direction", "both"),
        ("exit_bps", "-10"),
        ("max_age", "30ms"),
    ],
    &[
        ("notional", "40"),
        ("rates", "3"),
        ("horizon", "2s"),
        ("min_net_bps", "5"),
        ("direction", "short_spot"),
        ("max_skew", "3ms"),
    ],
    &[
        ("quantity", "0.5"),
        ("rates", "1"),
        ("horizon", "1s"),
        ("min_net_bps", "0"),
        ("exit_bps", "20"),
        ("entry_edge", "ignored"),
        ("cap_to_depth", "false"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
    ],
    &[
        ("quantity", "0.003"),
        ("rates", "1"),
        ("horizon", "1s"),
        ("min_net_bps", "0"),
        ("max_slippage_bps", "0"),
        ("max_skew", "1ms"),
        ("max_age", "7ms"),
    ],
    // Funding alone hardly pays: the edge decides when it is entered.
    &[
        ("quantity", "0.02"),
        ("rates", "2"),
        ("horizon", "400ms"),
        ("min_net_bps", "2"),
        ("direction", "both"),
        ("exit_bps", "-20"),
        ("max_age", "25ms"),
    ],
];

pub(crate) fn carry(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = vec![SPOT, FUTURES];
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap(); 2],
        params: funding_carry::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    let solo = Solo::new(funding_carry::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Three spot venues and the future. The fees that it reckons with are around 10 bps, so that touches that meet net some
/// -20.
pub(crate) const SEVERAL: [Params; 7] = [
    &[
        ("quantity", "0.02"),
        ("min_entry_net_bps", "-6"),
        ("exit.net_bps", "-25"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_net_bps", "-10"),
        ("exit.profit_bps", "-40"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_net_bps", "-15"),
        ("exit.max_age", "20ms"),
    ],
    &[
        ("quantity", "0.5"),
        ("min_entry_net_bps", "-8"),
        ("exit.net_bps", "-15"),
        ("exit.max_age", "50ms"),
        ("cap_to_depth", "false"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
    ],
    &[
        ("quantity", "0.003"),
        ("min_entry_net_bps", "-40"),
        ("exit.net_bps", "-40"),
        ("max_slippage_bps", "0"),
    ],
    &[
        ("quantity", "0.02"),
        ("mode", "spot_switching"),
        ("min_entry_net_bps", "-6"),
        ("exit.net_bps", "-4"),
        ("switch.cooldown", "4ms"),
        ("switch.hysteresis_bps", "3"),
        ("switch.max_book_age", "6ms"),
    ],
    &[
        ("quantity", "0.3"),
        ("mode", "spot_switching"),
        ("min_entry_net_bps", "-10"),
        ("exit.max_age", "60ms"),
        ("switch.min_net_bps", "2"),
        ("switch.min_gross_bps", "3"),
        ("switch.cooldown", "0s"),
        ("switch.timeout", "5ms"),
        ("dispatch", "hedge_first"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
    ],
];

pub(crate) const SPOTS_AND_FUTURES: [InstrumentId; 4] = [SPOT, SPOT_B, SPOT_C, FUTURES];

pub(crate) fn several(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = SPOTS_AND_FUTURES.to_vec();
    let fee = |text: &str| Bps::parse(text).unwrap();
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        // Moves of the spot leg pay where they cost nothing.
        taker_fees: match params.contains(&("mode", "spot_switching")) {
            true => vec![fee("0"), fee("0.5"), fee("1"), fee("10")],
            false => vec![fee("10"), fee("7.5"), fee("12"), fee("10")],
        },
        params: multi_spot::SPEC.card.read(params.iter().copied()).unwrap(),
    };
    let solo = Solo::new(multi_spot::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

pub(crate) const SPOTS: [Params; 6] = [
    &[("quantity", "0.02"), ("min_entry_edge_bps", "6")],
    &[
        ("quantity", "0.02"),
        ("min_entry_edge_bps", "8"),
        ("exit.edge_bps", "-4"),
        ("max_skew", "4ms"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_edge_bps", "3.5"),
        ("exit.profit_bps", "-30"),
        ("direction", "buy_first"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_edge_bps", "0"),
        ("exit.max_age", "20ms"),
        ("direction", "buy_second"),
        ("max_skew", "1ms"),
    ],
    // More than lies at the venues: what is free bounds it, and at times there is too little to close.
    &[
        ("quantity", "5"),
        ("min_entry_edge_bps", "4"),
        ("exit.edge_bps", "2"),
        ("exit.max_age", "50ms"),
        ("cap_to_depth", "false"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
    ],
    &[
        ("quantity", "0.003"),
        ("min_entry_edge_bps", "-20"),
        ("exit.edge_bps", "-20"),
        ("max_slippage_bps", "0"),
    ],
];

pub(crate) fn spots(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = vec![SPOT, OTHER_SPOT];
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap(); 2],
        params: spot_spot::SPEC.card.read(params.iter().copied()).unwrap(),
    };
    let solo = Solo::new(spot_spot::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Plenty, little, and too little to sell anything.
pub(crate) const COINS: [&str; 3] = ["5", "0.011", "0.0004"];

/// Two spot venues and the perpetual. The fees that it reckons with are small, so that spot moves on the drawn tapes.
pub(crate) const THREES: [Params; 3] = [
    &[
        ("quantity", "0.04"),
        ("band_bps", "2500"),
        ("min_entry_net_bps", "-6"),
        ("exit.net_bps", "-4"),
        ("shift.cooldown", "3ms"),
    ],
    &[
        ("quantity", "0.4"),
        ("band_bps", "5000"),
        ("arbitrage_share_bps", "2000"),
        ("min_entry_net_bps", "-10"),
        ("exit.max_age", "50ms"),
        ("shift.min_net_bps", "5"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
        ("switch.timeout", "4ms"),
    ],
    &[
        ("quantity", "0.006"),
        ("band_bps", "10000"),
        ("min_entry_net_bps", "-20"),
        ("exit.net_bps", "-12"),
        ("exit.max_age", "80ms"),
        ("max_slippage_bps", "0"),
        ("cap_to_depth", "false"),
    ],
];

pub(crate) const THREE_VENUES: [InstrumentId; 3] = [SPOT, SPOT_B, FUTURES];

pub(crate) fn three(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = THREE_VENUES.to_vec();
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: ["0.5", "1", "2"].map(|fee| Bps::parse(fee).unwrap()).into(),
        params: delta_neutral_3x::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    let solo = Solo::new(delta_neutral_3x::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

pub(crate) const CYCLES: [Params; 3] = [
    &[("notional", "40"), ("min_edge_bps", "5")],
    &[
        ("notional", "300"),
        ("min_edge_bps", "-5"),
        ("direction", "backward"),
        ("cooldown", "7ms"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
        ("cap_to_depth", "false"),
    ],
    &[
        ("notional", "40"),
        ("min_edge_bps", "0"),
        ("max_slippage_bps", "0"),
        ("dispatch", "parallel"),
        ("cooldown", "0s"),
    ],
];

pub(crate) const TRIANGLE: [InstrumentId; 3] = [SPOT, CROSS, OTHER_COIN];

pub(crate) fn cycle(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = TRIANGLE.to_vec();
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("2").unwrap(); 3],
        params: triangular::SPEC.card.read(params.iter().copied()).unwrap(),
    };
    let solo = Solo::new(triangular::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Totals that are reached on the drawn tapes, and one that is not; resting, taking, and more than the wallet bears.
pub(crate) const SLICES: [Params; 6] = [
    &[
        ("total_quantity", "0.02"),
        ("order_quantity.buy", "0.004"),
        ("order_quantity.sell", "0.004"),
    ],
    &[
        ("total_quantity", "0.03"),
        ("order_quantity.buy", "0.006"),
        ("order_quantity.sell", "0.003"),
        ("passive_ticks.buy", "1"),
        ("tick_tolerance.buy", "2"),
        ("reference.sell", "mid"),
        ("filled.buy", "0.009"),
    ],
    &[
        ("total_quantity", "0.04"),
        ("order_quantity.buy", "0.007"),
        ("order_quantity.sell", "0.005"),
        ("reference.buy", "opposite"),
        ("aggressive_ticks.buy", "1"),
        ("tick_tolerance.sell", "3"),
        ("rebalance.delay", "3ms"),
        ("rebalance.slippage_bps", "0"),
    ],
    &[
        ("total_quantity", "0.05"),
        ("order_quantity.buy", "0.009"),
        ("order_quantity.sell", "0.009"),
        ("max_imbalance", "0.012"),
        ("reference.buy", "mid"),
        ("aggressive_ticks.sell", "1"),
        ("tick_tolerance.sell", "1"),
        ("rebalance.attempts", "1"),
        ("retry_delay", "20ms"),
    ],
    &[
        ("total_quantity", "9"),
        ("order_quantity.buy", "0.9"),
        ("order_quantity.sell", "0.9"),
        ("retry_delay", "7ms"),
        ("rebalance.delay", "2ms"),
    ],
    &[
        ("total_quantity", "0.5"),
        ("order_quantity.buy", "0.003"),
        ("order_quantity.sell", "0.002"),
        ("passive_ticks.buy", "1"),
        ("passive_ticks.sell", "2"),
        ("tick_tolerance.buy", "4"),
        ("tick_tolerance.sell", "4"),
    ],
];

/// On the pair, or on both sides of the spot book.
pub(crate) fn slices(params: Params, one_book: bool, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = if one_book {
        vec![SPOT]
    } else {
        vec![SPOT, FUTURES]
    };
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap(); legs.len()],
        params: delta_neutral::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    let solo = Solo::new(delta_neutral::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Fees are 10 bps, so that touches that meet net -20 as a transfer and -40 as a hedge.
pub(crate) const HUNTS: [Params; 4] = [
    &[
        ("min_net_bps", "-5"),
        ("notional", "20"),
        ("exit.profit_bps", "-30"),
        ("cool_down", "3ms"),
    ],
    &[
        ("min_net_bps", "-10"),
        ("notional", "30"),
        ("max_open", "2"),
        ("exit.max_age", "20ms"),
        ("cool_down", "0ms"),
        ("alerts", "true"),
        ("max_skew", "4ms"),
    ],
    &[
        ("min_net_bps", "-30"),
        ("notional", "40"),
        ("enable.spot_spot", "false"),
        ("enable.funding", "true"),
        ("max_open", "2"),
        ("exit.profit_bps", "-45"),
        ("max_slippage_bps", "0"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
        ("max_top_age", "20ms"),
    ],
    &[
        ("min_net_bps", "50"),
        ("notional", "40"),
        ("exit.max_age", "30ms"),
        ("execute.buy", "leg_2"),
        ("execute.sell", "leg_4"),
        ("execute.quantity", "0.02"),
        ("execute.after", "5ms"),
    ],
];

pub(crate) fn hunter(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = SPOTS_AND_FUTURES.to_vec();
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap(); 4],
        params: scanner::SPEC.card.read(params.iter().copied()).unwrap(),
    };
    let solo = Solo::new(scanner::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}
