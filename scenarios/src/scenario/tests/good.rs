//! Scenarios without mistakes are read exactly, and their resolved text reads back.

use std::path::{Path, PathBuf};

use onetape_core::num::{Bps, Money};
use onetape_core::strategy::params::ParamValue;
use onetape_core::time::{Span, Ts};
use onetape_sim::Delay;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::super::{
    AssetPrice, FeeAsset, Feed, InstrumentName, Liquidity, Options, Scenario, load,
};
use super::{CARDS, GOOD, messages, read, read_with, sets};
use crate::scenario::bps_text;

fn same(scenario: &Scenario) -> Scenario {
    let text = scenario.resolved_toml();
    let again = read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again.scenario.resolved_toml(), text);
    again.scenario
}

#[test]
fn a_good_scenario_is_read_exactly() {
    let loaded = read(GOOD).unwrap();
    let scenario = &loaded.scenario;
    assert_eq!(scenario.name, "btc-spot-perp");
    assert_eq!(loaded.catalog().unwrap(), Path::new("runs/catalog"));
    assert_eq!(
        scenario.data.from,
        Some(Ts::from_nanos(1_723_161_254_000_000_000))
    );
    assert_eq!(
        scenario.data.to,
        Some(Ts::from_nanos(1_723_161_600_000_000_000))
    );
    let [task] = scenario.tasks.as_slice() else {
        panic!("{:?}", scenario.tasks)
    };
    assert_eq!(
        (task.name.as_str(), task.strategy),
        ("pair_BTCUSDT_binance-spot_binance-usdm", "pair")
    );
    assert_eq!(task.legs[0].instrument.to_string(), "binance-spot:BTCUSDT");
    assert_eq!(
        (task.legs[0].feed, task.legs[1].feed),
        (Feed::Quote, Feed::Depth)
    );
    assert_eq!(task.params.decimal("notional"), Some(Decimal::from(1_000)));
    assert_eq!(
        task.params.bps("exit.edge_bps"),
        Some(Bps::from_millionths(4_000_000))
    );
    assert_eq!(task.params.choice("direction"), Some("both"));
    let (spot, usdm) = (
        &scenario.venues["binance-spot"],
        &scenario.venues["binance-usdm"],
    );
    assert_eq!(spot.latency.answer, Delay::Constant(Span::from_millis(500)));
    assert_eq!(usdm.latency.order, Delay::Constant(Span::ZERO));
    assert_eq!(spot.balances["BTC"], Money::parse("0.1").unwrap());
    assert_eq!(usdm.fees.maker_bps, Bps::from_millionths(-500_000));
    let price = AssetPrice::Instrument(InstrumentName::parse("binance-spot:BNBUSDT").unwrap());
    let asset = "BNB".to_string();
    assert_eq!(usdm.fees.asset, FeeAsset::Named { asset, price });
    assert_eq!((spot.leverage, usdm.leverage), (1, 3));
    assert_eq!(scenario.risk.max_order_notional, Money::parse("2000"));
    assert_eq!(scenario.risk.max_daily_loss, None);
    assert_eq!(
        (scenario.sim.seed, scenario.sim.liquidity),
        (7, Liquidity::Book)
    );
    let names: Vec<String> = scenario
        .instruments()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names,
        [
            "binance-spot:BTCUSDT",
            "binance-usdm:BTCUSDT",
            "binance-spot:BNBUSDT"
        ]
    );
}

const TIERED: &str = "maker_bps = 10.0, taker_bps = 10, asset = \"quote\", volume_in = \"USDT\", volume = \"2500000.5\", \
    tiers = [{ from = 1000000, maker_bps = 9, taker_bps = 10 }, { from = \"5000000\", maker_bps = -0.5, taker_bps = 7.5 }]";

/// PL10: strategies and break-even reckon with the tier that the account has when the run begins.
#[test]
fn pl10_the_fees_of_a_run_begin_with_the_tier_of_its_volume() {
    let plain = "maker_bps = 10.0, taker_bps = 10, asset = \"quote\"";
    let read = |text: &str| read(&GOOD.replace(plain, text)).unwrap().scenario;
    let at_start = |text: &str| {
        let fees = read(text).venues["binance-spot"].fees.clone();
        (bps_text(fees.maker_bps), bps_text(fees.taker_bps))
    };
    assert_eq!(at_start(TIERED), ("9".into(), "10".into()));
    let little = TIERED.replace("2500000.5", "999999.99");
    assert_eq!(at_start(&little), ("10".into(), "10".into()));
    let much = TIERED.replace("2500000.5", "5000000");
    assert_eq!(at_start(&much), ("-0.5".into(), "7.5".into()));
    let text = read(&much).resolved_toml();
    assert_eq!(super::read(&text).unwrap().scenario.resolved_toml(), text);
    let tiers = "volume_in = \"USDT\", volume = \"5000000\", tiers = [{ from = \"1000000\", maker_bps = 9, taker_bps = 10 }, ";
    assert!(text.contains(tiers), "{text}");
    assert!(
        text.contains("{ maker_bps = 10, taker_bps = 10, asset"),
        "{text}"
    );
}

#[test]
fn the_resolved_text_reads_back_without_a_path() {
    let scenario = read(GOOD).unwrap().scenario;
    let mut again = same(&scenario);
    assert_eq!(again.data.catalog, None);
    again.data.catalog.clone_from(&scenario.data.catalog);
    assert_eq!(again, scenario);
    insta::assert_snapshot!(scenario.resolved_toml());

    let all = GOOD
        .replace("btc-spot-perp", "quote \\\" and \\\\ and é")
        .replace(
            "[data]\ncatalog = \"catalog\"\n",
            "[data]\nallow_inferred_instruments = true\n",
        )
        .replace(
            "asset_price = \"binance-spot:BNBUSDT\"",
            "asset_price = 600.50",
        )
        .replace("balances = { USDT = \"10000\" }\n", "")
        .replace(
            "seed = 7",
            "seed = \"18446744073709551615\"\nliquidity = \"touch_unlimited\"",
        );
    let options = Options {
        allow_negative_edge: true,
        ..sets(&["min_entry_edge_bps=-2.93", "exit.profit_bps=0.000001"])
    };
    let scenario = read_with(&all, &options).unwrap().scenario;
    assert!(scenario.tasks[0].allow_negative_edge && scenario.sim.seed == u64::MAX);
    assert_eq!(same(&scenario), scenario);
}

#[test]
fn decimals_never_pass_through_a_float() {
    // 2.93 and 0.1 have no exact double; the last two have more digits than one.
    for text in [
        "2.93",
        "-2.93",
        "0.1",
        "0.000001",
        "123456789.123457",
        "900719925474.099267",
    ] {
        for written in [text.to_string(), format!("\"{text}\"")] {
            let line = format!("min_entry_edge_bps = {written}\nallow_negative_edge = true");
            let scenario = read(&GOOD.replace("min_entry_edge_bps = 30.0", &line))
                .unwrap()
                .scenario;
            let params = &scenario.tasks[0].params;
            assert_eq!(
                params.get("min_entry_edge_bps").map(|v| v.to_string()),
                Some(text.to_string())
            );
            assert!(
                scenario
                    .resolved_toml()
                    .contains(&format!("\nmin_entry_edge_bps = {text}\n"))
            );
        }
    }
    let digits = "12345678901234567.123456789";
    for written in [
        digits.to_string(),
        format!("+{digits}0"),
        "12_345_678_901_234_567.123456789".into(),
    ] {
        let text = GOOD.replace("notional = \"1000\"", &format!("notional = {written}"));
        let scenario = read(&text).unwrap().scenario;
        let notional = scenario.tasks[0].params.get("notional");
        assert_eq!(notional, Some(ParamValue::Decimal(digits.parse().unwrap())));
    }
}

#[test]
fn tasks_are_named_and_may_do_nothing() {
    let text = "name = \"n\"\n[[task]]\nstrategy = \"idle\"\n[[task]]\nname = \"idle-2\"\nstrategy = \"idle\"\n";
    let loaded = read(text).unwrap();
    let names: Vec<&str> = loaded
        .scenario
        .tasks
        .iter()
        .map(|task| task.name.as_str())
        .collect();
    assert_eq!(names, ["idle", "idle-2"]);
    assert_eq!(same(&loaded.scenario), loaded.scenario);
    assert_eq!(
        loaded.catalog().unwrap_err().to_string(),
        "btc.toml:1: data.catalog: is missing; add `catalog = \"FOLDER\"` to [data], or give --catalog FOLDER"
    );
    assert_eq!(
        messages(read("name = \"n\"\n")),
        ["btc.toml:1: task: is missing; add a [[task]] section with `strategy = \"...\"`"]
    );
}

#[test]
fn a_round_trip_that_pays_nothing_but_its_costs_passes() {
    let even = GOOD.replace("edge_bps = 4.00", "edge_bps = 0");
    let loaded = read(&even).unwrap();
    let [card] = loaded.scenario.break_even(&CARDS).try_into().unwrap();
    assert_eq!(card.cost_bps, Bps::parse("30").unwrap());
    assert_eq!(card.exits[0].net_bps, Bps::default());
    assert_eq!(card.legs[1].cost_bps, Bps::parse("10").unwrap());
    let short = even.replace("edge_bps = 0", "edge_bps = -0.000001");
    assert!(read(&short).is_err());
    let allowed = short.replace("[[task]]", "[[task]]\nallow_negative_edge = true");
    assert!(read(&allowed).is_ok());
    // An exit by age or profit promises no edge: nothing to judge.
    let aged = GOOD.replace(
        "exit = { edge_bps = 4.00, max_age",
        "exit = { profit_bps = -9, max_age",
    );
    assert!(
        read(&aged).unwrap().scenario.break_even(&CARDS)[0]
            .exits
            .is_empty()
    );
}

#[test]
fn paths_are_relative_to_the_file_or_to_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    std::fs::write(&file, GOOD).unwrap();
    let catalog = |options: &Options| {
        load(&file, options, &CARDS)
            .unwrap()
            .scenario
            .data
            .catalog
            .unwrap()
    };
    assert_eq!(catalog(&Options::default()), folder.path().join("catalog"));
    assert_eq!(
        catalog(&sets(&["data.catalog=here"])),
        PathBuf::from("here")
    );
    let flag = Options {
        catalog: Some("there".into()),
        ..sets(&["data.catalog=here"])
    };
    assert_eq!(catalog(&flag), PathBuf::from("there"));
    let absolute = GOOD.replace("catalog = \"catalog\"", "catalog = \"/tape\"");
    assert_eq!(
        read(&absolute).unwrap().catalog().unwrap(),
        Path::new("/tape")
    );
}

proptest! {
    #[test]
    fn any_values_survive_the_resolved_text(
        edge in -1_000_000_000_000i64..1_000_000_000_000,
        taker in 0i64..=10_000_000_000,
        mantissa in 1i64..,
        scale in 0u32..=18,
        nanos in 1i64..1_000_000_000_000_000_000,
        seed: u64,
        from in 0i64..1_723_161_600_000_000_000,
    ) {
        let bps = |millionths| ParamValue::Bps(Bps::from_millionths(millionths));
        let money = Decimal::new(mantissa, scale);
        let from = super::super::read::moment_text(Ts::from_nanos(from));
        let options = Options {
            allow_negative_edge: true,
            ..sets(&[
                &format!("min_entry_edge_bps={}", bps(edge)),
                &format!("venue.binance-spot.fees.taker_bps={}", bps(taker)),
                &format!("quantity={money}"),
                &format!("venue.binance-usdm.balances.BTC={money}"),
                &format!("risk.max_daily_loss={money}"),
                &format!("risk.max_book_age={nanos}ns"),
                &format!("sim.seed={seed}"),
                &format!("data.from={from}"),
            ])
        };
        let mut scenario = read_with(GOOD, &options).unwrap().scenario;
        prop_assert_eq!(scenario.sim.seed, seed);
        prop_assert_eq!(scenario.tasks[0].params.decimal("quantity"), Some(money));
        prop_assert_eq!(scenario.risk.max_book_age, Some(Span::from_nanos(nanos)));
        scenario.data.catalog = None;
        prop_assert_eq!(same(&scenario), scenario);
    }
}
