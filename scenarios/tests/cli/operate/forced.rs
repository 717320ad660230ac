//! Positions that a venue closes while a run holds them: the books follow, and the leg that is left is mended.

use std::io::Read as _;
use std::net::TcpStream;

use onetape_adapters::protocol::Protocol;

use super::*;
use crate::common::client::{self, block_on};
use crate::common::decimal;

/// A pair at two venues, and what the venue of futures calls a closing of either kind.
struct Case {
    spot: &'static str,
    futures: &'static str,
    symbol: &'static str,
    protocol: Protocol,
}

const BINANCE: Case = Case {
    spot: "binance-spot",
    futures: "binance-usdm",
    symbol: "BTCUSDT",
    protocol: Protocol::BinanceUsdm,
};

const GATE: Case = Case {
    spot: "gate-spot",
    futures: "gate-usdt",
    symbol: "BTC_USDT",
    protocol: Protocol::GateUsdt,
};

/// Enters at once and holds.
fn holding(dir: &Path, case: &Case) {
    let Case {
        spot,
        futures,
        symbol,
        ..
    } = case;
    let text = format!(
        r#"
name = "held"
[[task]]
name = "pair"
strategy = "spot_futures"
spot     = {{ instrument = "{spot}:{symbol}", feed = "quote" }}
futures  = {{ instrument = "{futures}:{symbol}", feed = "quote" }}
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = -100.0
allow_negative_edge = true
exit = {{ edge_bps = 100000.0, max_age = "1h" }}
[venue.{spot}]
fees     = {{ maker_bps = 10.0, taker_bps = 10.0, asset = "quote" }}
balances = {{ USDT = "10000" }}
[venue.{futures}]
fees     = {{ maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }}
balances = {{ USDT = "10000" }}
[sim]
liquidity = "touch"
no_funding = true
"#
    );
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
}

/// Has something go wrong at a venue from now on.
fn go_wrong(served: &Served, venue: &str, fault: &str) {
    let at = served.at(venue);
    let mut stream = TcpStream::connect(&at).unwrap();
    let body = format!("{{\"fault\": \"{fault}\"}}");
    write!(
        stream,
        "POST /onetape/faults HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Quantities of the pair's two legs, spot first.
fn held(told: &Value, case: &Case) -> [rust_decimal::Decimal; 2] {
    [case.spot, case.futures].map(|venue| {
        let name = format!("{venue}:{}", case.symbol);
        let all = told["tasks"][0]["positions"].as_array().unwrap();
        let it = all.iter().find(|it| it["instrument"] == name.as_str());
        it.map_or_else(Default::default, |it| decimal(&it["qty"]))
    })
}

/// Both legs are there and of about the same size, and nothing is on its way.
fn is_even(told: &Value, case: &Case) -> bool {
    let [spot, futures] = held(told, case);
    let lot = rust_decimal::Decimal::new(1, 3);
    (spot + futures).abs() < lot && told["tasks"][0]["orders"] == 0
}

fn closed_by_force(case: &Case) {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let line = format!(
        "venue serve --venue {} --venue {} --synth 3 --duration 2m --rate 0.2 --loop --json --account {KEY}:{SECRET}",
        case.spot, case.futures
    );
    let served = Served::start(dir, &line);
    for venue in [case.spot, case.futures] {
        let line = format!("keys add {venue}");
        with_input(keyed(dir, &line), &format!("{KEY}\n{SECRET}\n")).exits(0);
    }
    holding(dir, case);
    let line = format!(
        "live scenario.toml --local {} --out run --full-size",
        served.local()
    );
    let mut command = keyed(dir, &line);
    command.args(["--confirm", "trade held live at full size"]);
    let child = command.spawn().unwrap();
    let entered = status(dir, |told| {
        let [spot, _] = held(told, case);
        !spot.is_zero() && is_even(told, case)
    });
    let repairs = |told: &Value| {
        let mending = &told["stats"]["mending"]["tasks"][0];
        mending["repair_orders"].as_u64().unwrap_or(0)
    };
    assert_eq!(repairs(&entered), 0, "{entered}");
    let mut before = 0;
    for fault in ["adl", "liquidate"] {
        go_wrong(&served, case.futures, fault);
        let told = status(dir, |told| repairs(told) > before && is_even(told, case));
        before = repairs(&told);
        // What the run has in its books is what the venue has.
        let at_venue = block_on(async {
            let at = served.at(case.futures);
            let setup = client::setup(&at, case.protocol, case.symbol, [KEY, SECRET]).await;
            client::position(&setup).await
        });
        let [_, futures] = held(&told, case);
        assert_eq!(at_venue, futures, "after {fault}: {told}");
    }
    let stopped = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(stopped.unwrap().success());
    Done::of(&child.wait_with_output().unwrap()).exits(0);
    let shown = run(dir, "journal show run").exits(0).out;
    let of = |what: &str| {
        let name = format!("{what} instrument={}:{}", case.futures, case.symbol);
        shown.matches(&name).count()
    };
    assert_eq!(of("deleveraged") + of("liquidated"), 2, "{shown}");
    run(dir, "replay run --verify").exits(0);
}

#[test]
fn what_binance_deleverages_and_liquidates_is_mended_live() {
    closed_by_force(&BINANCE);
}

#[test]
fn what_gate_deleverages_and_liquidates_is_mended_live() {
    closed_by_force(&GATE);
}
