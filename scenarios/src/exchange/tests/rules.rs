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

#[test]
fn a_scenario_makes_an_exchange_a_venue() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("catalog");
    let config = onetape_data::synth::SynthConfig {
        duration: onetape_core::time::Span::from_millis(120_000),
        opportunities: 0,
        ..Default::default()
    };
    onetape_data::synth::write(&root, &config, &mut |_, _| {}).unwrap();
    let catalog = onetape_data::catalog::Catalog::open(&root).unwrap();
    let registry = crate::builtin();
    let cards: Vec<_> = registry.iter().map(|spec| *spec.card).collect();
    let text = include_str!("../../demo/scenario.toml");
    let options = crate::scenario::Options::default();
    let loaded = crate::scenario::parse(text, "demo", folder.path(), &options, &cards).unwrap();
    let prepared = crate::run::Prepared::new(&loaded.scenario, &catalog, &registry).unwrap();
    let all = super::super::setups(&prepared, 2).unwrap();
    assert_eq!(all.len(), prepared.sim.venues.len());
    assert!(super::super::setup(&prepared, "kraken", 1).is_err());
    for setup in all {
        let venue = setup.venue;
        assert_eq!((setup.accounts.len(), setup.rules.len()), (2, 1));
        let opening = setup.accounts[1].clone();
        let id = setup.names.instruments.iter().find(|of| of.venue == venue);
        let id = id.unwrap().id;
        let mut exchange = Exchange::new(setup);
        let call = Call::Instruments(vec![id]);
        let reply = exchange.call(None, &call, Ts::default(), &mut Vec::new());
        assert!(matches!(reply, Ok(Reply::Instruments(all)) if all.len() == 1));
        let account = Some(AccountId(1));
        let reply = exchange.call(account, &Call::Balances, Ts::default(), &mut Vec::new());
        let Ok(Reply::Account(state)) = reply else {
            panic!("no account");
        };
        let held: Vec<_> = state
            .balances
            .iter()
            .map(|it| (it.asset, it.free))
            .collect();
        assert_eq!(held, opening);
    }
}
