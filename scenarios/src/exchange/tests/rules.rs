//! Rules out of instruments, and back.

use onetape_adapters::rules::Rules;

use super::*;

#[test]
fn rules_make_the_instrument_that_they_are_of() {
    for (venue, kind) in [
        ("binance-spot", InstrumentKind::Spot),
        ("binance-usdm", InstrumentKind::Linear),
        ("gate-usdt", InstrumentKind::Linear),
        ("gate-spot", InstrumentKind::Spot),
    ] {
        let from = names(venue, kind);
        let rules: Rules = rules_of(from.instrument(ID), &from);
        let contract = if venue == "gate-usdt" { "0.005" } else { "1" };
        assert_eq!(rules.contract, money(contract), "{venue}");
        let mut to = Names::default();
        let made = rules.instrument(venue, &mut to).unwrap();
        let known = Instrument {
            tiers: Vec::new(),
            // The fewest decimals that hold its steps.
            price_decimals: 1,
            tick: Price::new(1),
            ..from.instrument(ID).clone()
        };
        assert_eq!(made, known, "{venue}");
    }
}

#[test]
fn contracts_are_those_of_the_directory() {
    let stand = Stand::new("gate-usdt", InstrumentKind::Linear, TopFeed::Depth);
    let listed = stand.exchange.directory().get(ID).unwrap();
    assert_eq!(listed.contract, money("0.005"));
    assert_eq!(listed.units(qty("1")), Some(200.into()));
}
