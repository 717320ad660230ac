//! Mistakes in scenarios: each with its line, field and fix, and no text that panics.

use std::collections::BTreeMap;
use std::path::Path;

use onetape_core::instrument::InstrumentKind;
use proptest::prelude::*;

use super::super::{KnownInstrument, Options, check_against, load};
use super::{CARDS, GOOD, messages, read, read_with, sets};

/// `GOOD` with one line replaced, and the only complaint about it.
const CASES: &[(&str, &str, &str)] = &[
    // Syntax and structure.
    (
        "name = \"btc-spot-perp\"",
        "name = ",
        "btc.toml:1: is not TOML: string values must be quoted, expected literal string; correct this line",
    ),
    (
        "name = \"btc-spot-perp\"",
        "",
        "btc.toml:1: name: is missing; add `name = \"my-run\"` at the top",
    ),
    (
        "name = \"btc-spot-perp\"",
        "name = 5",
        "btc.toml:1: name: is 5, expected a string",
    ),
    (
        "[data]",
        "[dat]",
        "btc.toml:3: dat: is not known here; did you mean `data`?",
    ),
    (
        "[risk]",
        "[[risk]]",
        "btc.toml:26: risk: is a list, expected a table",
    ),
    (
        "[[task]]",
        "[task]",
        "btc.toml:8: task: is a single table; write [[task]] with two brackets",
    ),
    (
        "seed = 7",
        "sede = 7",
        "btc.toml:31: sim.sede: is not known here; did you mean `seed`?",
    ),
    // Data.
    (
        "catalog = \"catalog\"",
        "catalog = true",
        "btc.toml:4: data.catalog: is true, expected a string",
    ),
    (
        "from = \"2024-08-08T23:54:14Z\"",
        "from = \"yesterday\"",
        "btc.toml:5: data.from: is \"yesterday\", expected a moment with its offset, such as \"2024-08-08T23:54:14Z\"",
    ),
    (
        "from = \"2024-08-08T23:54:14Z\"",
        "from = 2024-08-08",
        "btc.toml:5: data.from: is 2024-08-08, expected a moment with its offset, such as \"2024-08-08T23:54:14Z\"",
    ),
    (
        "from = \"2024-08-08T23:54:14Z\"",
        "from = \"2024-08-09T02:00:00+02:00\"",
        "btc.toml:6: data.to: is 2024-08-09T00:00:00Z, not after data.from 2024-08-09T00:00:00Z; give a later moment",
    ),
    (
        "[data]",
        "[data]\nallow_inferred_instruments = \"yes\"",
        "btc.toml:4: data.allow_inferred_instruments: is \"yes\", expected true or false, without quotes",
    ),
    // Tasks.
    (
        "strategy = \"pair\"",
        "",
        "btc.toml:8: task.0.strategy: is missing; add `strategy = \"...\"`, one of pair, idle",
    ),
    (
        "strategy = \"pair\"",
        "strategy = \"pear\"",
        "btc.toml:9: task.0.strategy: no strategy is called \"pear\"; did you mean \"pair\"?",
    ),
    (
        "strategy = \"pair\"",
        "strategy = \"pair\"\nname = \"a b\"",
        "btc.toml:10: task.0.name: is \"a b\", expected 1 to 400 letters, digits, `-` and `_`",
    ),
    (
        "futures  = { instrument = \"binance-usdm:BTCUSDT\", feed = \"depth\" }",
        "",
        "btc.toml:8: task.0.futures: this leg is missing; add `futures = { instrument = \"venue:SYMBOL\", feed = \"quote\" }`",
    ),
    (
        "spot     = { instrument = \"binance-spot:BTCUSDT\", feed = \"quote\" }",
        "spot = { instrument = \"BTCUSDT\", feed = \"quote\" }",
        "btc.toml:10: task.0.spot.instrument: is \"BTCUSDT\", expected the full name of an instrument, such as \"binance-spot:BTCUSDT\"",
    ),
    (
        "spot     = { instrument = \"binance-spot:BTCUSDT\", feed = \"quote\" }",
        "spot = { instrument = \"binance-spot:BTCUSDT\", feed = \"both\" }",
        "btc.toml:10: task.0.spot.feed: is \"both\", expected \"quote\", \"depth\" or \"bar\"",
    ),
    (
        "spot     = { instrument = \"binance-spot:BTCUSDT\", feed = \"quote\" }",
        "spot = { instrument = \"binance-spot:BTCUSDT\" }",
        "btc.toml:10: task.0.spot.feed: is missing; add `feed = \"quote\"`",
    ),
    (
        "spot     = { instrument = \"binance-spot:BTCUSDT\", feed = \"quote\" }",
        "spot = { instrument = \"binance-sopt:BTCUSDT\", feed = \"quote\" }",
        "btc.toml:10: task.0.spot.instrument: venue `binance-sopt` has no section; add [venue.binance-sopt] with its fees, or did you mean `binance-spot`?",
    ),
    (
        "spot     = { instrument = \"binance-spot:BTCUSDT\", feed = \"quote\" }",
        "spot = { instrument = \"binance-usdm:BTCUSDT\", feed = \"depth\" }",
        "btc.toml:11: task.0.futures.instrument: is binance-usdm:BTCUSDT, which leg `spot` trades already; name another instrument",
    ),
    (
        "notional = \"1000\"",
        "notional = \"1000\"\nfuture = { instrument = \"x:Y\", feed = \"quote\" }",
        "btc.toml:13: task.0.future: is no leg of pair: is not known here; did you mean `futures`?",
    ),
    // Parameters.
    (
        "notional = \"1000\"",
        "notional = \"1,000\"",
        "btc.toml:12: task.0.notional: `notional` is \"1,000\", expected a plain decimal number, at least 0.01",
    ),
    (
        "notional = \"1000\"",
        "notional = 1e3",
        "btc.toml:12: task.0.notional: `notional` is \"1e3\", expected a plain decimal number, at least 0.01",
    ),
    (
        "notional = \"1000\"",
        "notional = [1000]",
        "btc.toml:12: task.0.notional: `notional` is \"a list\", expected a plain decimal number, at least 0.01",
    ),
    (
        "notional = \"1000\"",
        "notional = 0",
        "btc.toml:12: task.0.notional: `notional` is 0, out of range; give at least 0.01",
    ),
    (
        "notional = \"1000\"",
        "notional = 1\nquantity = 1",
        "btc.toml:13: task.0.quantity: `notional`, `quantity` exclude each other, and `notional`, `quantity` are given; keep one of them",
    ),
    (
        "notional = \"1000\"",
        "",
        "btc.toml:8: task.0: one of `notional`, `quantity` is missing; give exactly one of them",
    ),
    (
        "min_entry_edge_bps = 30.0",
        "",
        "btc.toml:8: task.0: `min_entry_edge_bps` is missing; add `min_entry_edge_bps = 10.0`: Of the test.",
    ),
    (
        "min_entry_edge_bps = 30.0",
        "min_entry_edge_bps = nan",
        "btc.toml:13: task.0.min_entry_edge_bps: `min_entry_edge_bps` is \"nan\", expected a decimal number of basis points with at most 6 decimals",
    ),
    (
        "min_entry_edge_bps = 30.0",
        "min_entry_edge_bps = 30\nmax_slipage_bps = 2",
        "btc.toml:14: task.0.max_slipage_bps: is no parameter of pair: is not known here; did you mean `max_slippage_bps`?",
    ),
    (
        "min_entry_edge_bps = 30.0",
        "min_entry_edge_bps = 30\nallow_negative_edges = true",
        "btc.toml:14: task.0.allow_negative_edges: is no parameter of pair: is not known here; did you mean `allow_negative_edge`?",
    ),
    (
        "exit = { edge_bps = 4.00, max_age = \"6h\" }",
        "",
        "btc.toml:8: task.0: none of `exit.edge_bps`, `exit.profit_bps`, `exit.max_age` is given; give at least one of them",
    ),
    (
        "exit = { edge_bps = 4.00, max_age = \"6h\" }",
        "exit = { edge_bps = 4.00, maxage = \"6h\" }",
        "btc.toml:14: task.0.exit.maxage: is no parameter of pair: is not known here; did you mean `exit.max_age`?",
    ),
    (
        "exit = { edge_bps = 4.00, max_age = \"6h\" }",
        "exit = { max_age = 6 }",
        "btc.toml:14: task.0.exit.max_age: `exit.max_age` is \"6\", expected a length of time such as \"5ms\", \"1.5s\", \"30m\" or \"6h\"",
    ),
    (
        "exit = { edge_bps = 4.00, max_age = \"6h\" }",
        "direction = \"up\"\nexit.max_age = \"1h\"",
        "btc.toml:14: task.0.direction: `direction` is \"up\", expected one of both, long_spot, short_spot",
    ),
    // Round trips.
    (
        "exit = { edge_bps = 4.00, max_age = \"6h\" }",
        "exit = { edge_bps = -4.54 }",
        "btc.toml:14: task.0.exit.edge_bps: a round trip cannot pay its costs: entry 30 + exit -4.54 - fees 30 (spot 2 x 10, futures 2 x 5) = net -4.54 bps; raise `min_entry_edge_bps` to at least 34.54 or `exit.edge_bps` to at least 0, or allow the loss with `allow_negative_edge = true` in the task or --allow-negative-edge",
    ),
    // Venues.
    (
        "fees     = { maker_bps = 10.0, taker_bps = 10, asset = \"quote\" }",
        "",
        "btc.toml:16: venue.binance-spot.fees: is missing, and fees are always stated; add `fees = { maker_bps = 10.0, taker_bps = 10.0, asset = \"quote\" }`",
    ),
    (
        "fees     = { maker_bps = 10.0, taker_bps = 10, asset = \"quote\" }",
        "fees = { maker_bps = 10.0, asset = \"quote\" }",
        "btc.toml:17: venue.binance-spot.fees.taker_bps: is missing; add `taker_bps = 10.0`",
    ),
    (
        "fees     = { maker_bps = 10.0, taker_bps = 10, asset = \"quote\" }",
        "fees = { maker_bps = 10.0, taker_bps = \"10%\", asset = \"quote\" }",
        "btc.toml:17: venue.binance-spot.fees.taker_bps: is \"10%\", expected a decimal number of basis points from -10000 to 10000",
    ),
    (
        "fees     = { maker_bps = 10.0, taker_bps = 10, asset = \"quote\" }",
        "fees = { maker_bps = 10.0, taker_bps = 10, asset = \"BNB\" }",
        "btc.toml:17: venue.binance-spot.fees.asset_price: is missing for fees in BNB; add `asset_price = \"venue:SYMBOL\"` or a decimal",
    ),
    (
        "fees     = { maker_bps = 10.0, taker_bps = 10, asset = \"quote\" }",
        "fees = { maker_bps = 10.0, taker_bps = 10, asset = \"quote\", asset_price = 600 }",
        "btc.toml:17: venue.binance-spot.fees.asset_price: has no meaning with asset = \"quote\"; remove it, or name the asset",
    ),
    (
        "latency  = { feed = \"2ms\", order = \"5ms\", answer = \"0.5s\" }",
        "latency = { feed = 2 }",
        "btc.toml:18: venue.binance-spot.latency.feed: is 2, expected a length of time with its unit, such as \"250us\", \"5ms\", \"1.5s\" or \"6h\"",
    ),
    (
        "balances = { USDT = \"10000\", BTC = 0.10 }",
        "balances = { USDT = \"-1\" }",
        "btc.toml:19: venue.binance-spot.balances.USDT: is \"-1\", expected a plain decimal number of at least 0, such as \"10000\"",
    ),
    (
        "leverage = 3",
        "leverage = 0",
        "btc.toml:24: venue.binance-usdm.leverage: is 0, expected a whole number from 1 to 1000",
    ),
    // Risk and simulation.
    (
        "max_order_notional = \"2000\"",
        "max_order_notional = 0",
        "btc.toml:27: risk.max_order_notional: is 0, expected a plain decimal number above 0, such as \"2000\"",
    ),
    (
        "max_order_notional = \"2000\"",
        "max_order_size = 1",
        "btc.toml:27: risk.max_order_size: is not known here; did you mean `max_order_rate`?",
    ),
    (
        "seed = 7",
        "seed = -1",
        "btc.toml:31: sim.seed: is -1, expected a whole number of at least 0",
    ),
    (
        "seed = 7",
        "liquidity = \"deep\"",
        "btc.toml:31: sim.liquidity: is \"deep\", expected one of \"book\", \"touch\", \"touch_unlimited\", \"bar\"",
    ),
    (
        "[sim]",
        "[[fault]]\nat = \"x\"\nkind = \"halt\"\nvenue = \"binance-usdm\"\n[sim]",
        "btc.toml:31: fault.0.at: is \"x\", expected a moment with its offset, such as \"2024-08-08T23:54:14Z\"",
    ),
];

#[test]
fn each_mistake_names_line_field_and_fix() {
    let mut failed = Vec::new();
    for (line, replaced, want) in CASES {
        assert_eq!(GOOD.matches(line).count(), 1, "{line}");
        let got = messages(read(&GOOD.replace(line, replaced)));
        if got != [*want] {
            failed.push(format!(
                "{replaced}\n  want {want}\n  got  {}",
                got.join("\n       ")
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_lines() {
    let text = GOOD
        .replace("seed = 7", "seeed = 7")
        .replace("catalog = \"catalog\"", "catalogue = \"catalog\"")
        .replace("notional = \"1000\"", "notionl = \"1000\"")
        .replace("leverage = 3", "leverage = 3.5");
    assert_eq!(
        messages(read_with(&text, &sets(&["sim.seed=x", "nonsense=1"]))),
        [
            "btc.toml:4: data.catalogue: is not known here; did you mean `catalog`?",
            "btc.toml:8: task.0: one of `notional`, `quantity` is missing; give exactly one of them",
            "btc.toml:12: task.0.notionl: is no parameter of pair: is not known here; did you mean `notional`?",
            "btc.toml:24: venue.binance-usdm.leverage: is 3.5, expected a whole number from 1 to 1000",
            "btc.toml:31: sim.seeed: is not known here; did you mean `seed`?",
            "--set sim.seed=x: sim.seed: is \"x\", expected a whole number of at least 0",
            "--set nonsense=1: nonsense: is not known here; known are control, data, direction, exit.edge_bps, \
             exit.max_age, exit.profit_bps, fault, faults, futures, live, max_slippage_bps, min_entry_edge_bps, name, notional, \
             quantity, risk, sim, spot, task, venue",
        ]
    );
}

#[test]
fn tiers_of_fees_are_judged_one_by_one() {
    let with = |tiers: &str| {
        let plain = "taker_bps = 10, asset = \"quote\" }";
        let fees = format!("taker_bps = 10, asset = \"quote\", {tiers} }}");
        messages(read(&GOOD.replace(plain, &fees))).join("; ")
    };
    let at = "btc.toml:17: venue.binance-spot.fees.";
    let step = "volume_in = \"USDT\", tiers = [{ from = 100, maker_bps = 9, taker_bps = 9 }";
    for (tiers, message) in [
        (
            "volume = 5".into(),
            format!("{at}volume: has no meaning without `tiers`; remove it, or add them"),
        ),
        (
            "tiers = [{ from = 1, maker_bps = 9, taker_bps = 9 }]".into(),
            format!("{at}volume_in: is missing; add `volume_in = \"USDT\"`"),
        ),
        (
            "volume_in = \"USDT\", tiers = []".into(),
            format!(
                "{at}tiers: is empty, expected a list such as [{{ from = 1000000, maker_bps = 9.0, taker_bps = 10.0 }}] that is \
                 not empty"
            ),
        ),
        (
            format!("{step}, {{ from = 100, maker_bps = 8, taker_bps = 8 }}]"),
            format!(
                "{at}tiers.1: does not begin above the one before it; give each a larger `from` than the last, the first one \
                 above 0"
            ),
        ),
        (
            format!("{step}, {{ from = 200, maker_bps = 8, taker_bps = 9.5 }}]"),
            format!(
                "{at}tiers.1: has a higher rate than what holds below it; give rates that fall with volume"
            ),
        ),
        (
            format!("{step}], volume = -1"),
            format!(
                "{at}volume: is -1, expected a plain decimal number of at least 0, such as \"250000\""
            ),
        ),
    ] {
        assert_eq!(with(&tiers), message);
    }
}

#[test]
fn tasks_do_not_share_a_name_or_split_a_feed() {
    let task = "\n[[task]]\nname = \"pair\"\nstrategy = \"pair\"\nquantity = 1\nmin_entry_edge_bps = 40\n\
                exit.edge_bps = 1\nspot.instrument = \"binance-spot:BTCUSDT\"\nspot.feed = \"depth\"\n\
                futures = { instrument = \"binance-usdm:ETHUSDT\", feed = \"depth\" }\n";
    assert_eq!(
        messages(read(
            &GOOD.replace("\n[risk]", &format!("{task}{task}\n[risk]"))
        )),
        [
            "btc.toml:33: task.1.spot.feed: binance-spot:BTCUSDT moves by \"depth\" here and by \"quote\" at \
             task.0.spot.feed; choose one feed for it",
            "btc.toml:37: task.2.name: \"pair\" names another task already; give each its own",
            "btc.toml:43: task.2.spot.feed: binance-spot:BTCUSDT moves by \"depth\" here and by \"quote\" at \
             task.0.spot.feed; choose one feed for it",
        ]
    );
}

#[test]
fn files_that_are_no_scenario_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let message = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let error = load(&folder.path().join(name), &Options::default(), &CARDS).unwrap_err();
        error
            .to_string()
            .replace(&folder.path().display().to_string(), "")
    };
    assert_eq!(
        message("a", b"name = 1\n\xff"),
        "/a:2: is not UTF-8 text; save the scenario as UTF-8"
    );
    assert_eq!(
        message("b", &vec![b'\n'; 1024 * 1024 + 1]),
        "/b: is larger than 1048576 bytes; a scenario is a short TOML file"
    );
    let error = load(Path::new("no/such.toml"), &Options::default(), &CARDS).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no/such.toml: cannot read the scenario: "),
        "{error}"
    );
}

#[test]
fn the_catalogue_has_the_last_word_on_instruments() {
    let loaded = read(&GOOD.replace("leverage = 3", "leverage = 1")).unwrap();
    let known = |rows: &[(&str, InstrumentKind, bool)]| -> BTreeMap<String, KnownInstrument> {
        rows.iter()
            .map(|(name, kind, inferred)| {
                let (kind, inferred) = (*kind, *inferred);
                (name.to_string(), KnownInstrument { kind, inferred })
            })
            .collect()
    };
    let complete = [
        ("binance-spot:BTCUSDT", InstrumentKind::Spot, false),
        ("binance-usdm:BTCUSDT", InstrumentKind::Linear, false),
        ("binance-spot:BNBUSDT", InstrumentKind::Spot, false),
    ];
    assert!(check_against(&loaded, &CARDS, &known(&complete)).is_ok());
    let wrong = known(&[
        ("binance-spot:BTCUSDT", InstrumentKind::Spot, true),
        ("binance-usdm:BTCUSDT", InstrumentKind::Spot, false),
        ("binance-spot:BNBUSDC", InstrumentKind::Spot, false),
    ]);
    let error = check_against(&loaded, &CARDS, &wrong)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error.lines().collect::<Vec<_>>(),
        [
            "btc.toml:10: task.0.spot.instrument: the rules of binance-spot:BTCUSDT are only inferred from its data; \
             import them with `onetape data import instruments`, or accept them with \
             `allow_inferred_instruments = true` in [data]",
            "btc.toml:11: task.0.futures.instrument: binance-usdm:BTCUSDT is spot, but leg `futures` trades linear or \
             inverse; name such an instrument",
            "btc.toml:22: venue.binance-usdm.fees.asset_price: the catalogue has no instrument binance-spot:BNBUSDT; \
             import its data with `onetape data import`, or did you mean binance-spot:BNBUSDC?",
        ]
    );
    let geared = read(&GOOD.replace(
        "asset = \"quote\" }\n",
        "asset = \"quote\" }\nleverage = 2\n",
    ))
    .unwrap();
    let error = check_against(&geared, &CARDS, &known(&complete)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "btc.toml:18: venue.binance-spot.leverage: is 2, but only spot trades there; remove it"
    );
}

/// Pieces that make texts reach deep into the reader.
fn pieces() -> impl Strategy<Value = String> {
    let lines: Vec<String> = GOOD.lines().map(ToString::to_string).collect();
    let tokens = [
        "=",
        "[",
        "]",
        "[[",
        "{",
        "}",
        "\"",
        "'''",
        ".",
        ",",
        "#",
        "\\u0000",
        "1_0",
        "0x1f",
        "-0",
        "1e999",
        "inf",
        "1979-05-27",
        "true",
        "[[task]]",
        "[task.0]",
        "[venue]",
        "exit",
        "[[venue.x]]",
        "task = [1, {}]",
        "é",
        "\r",
    ];
    prop_oneof![
        prop::sample::select(lines),
        prop::sample::select(tokens.map(str::to_string).to_vec()),
        "[ -~]{0,12}",
    ]
}

proptest! {
    #[test]
    fn no_text_panics(parts in prop::collection::vec((pieces(), prop::sample::select(vec!["\n", " ", ""])), 0..40)) {
        let text: String = parts.into_iter().flat_map(|(piece, end)| [piece, end.to_string()]).collect();
        if let Err(error) = read(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn no_cut_and_no_flipped_byte_panics(at in 0..GOOD.len(), byte in 0u8..128, cut: bool) {
        let mut bytes = GOOD.as_bytes().to_vec();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = read(&String::from_utf8(bytes).unwrap());
    }

    #[test]
    fn no_flag_panics(key in "[a-z_.0-9]{0,20}", value in "\\PC{0,20}", known in prop::sample::select(vec![
        "task", "task.0", "task.0.spot", "venue", "venue.binance-spot.fees", "exit", "sim.seed", "data.catalog", "fault",
        "faults.at", "faults.rates", "faults",
    ])) {
        let _ = read_with(GOOD, &sets(&[&format!("{key}={value}"), &format!("{known}.{key}={value}"), &format!("{known}={value}"), &key]));
    }
}
