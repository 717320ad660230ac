//! Venues on this machine, as the command serves them.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::common::{command, run};

/// A server that ends with the test.
pub(crate) struct Served {
    child: Child,
    pub(crate) told: Value,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

pub(crate) fn serve(command: &mut Command, line: &str) -> Served {
    let mut child = command
        .args(line.split_whitespace())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    let told = serde_json::from_str(&first).unwrap_or_default();
    Served { child, told }
}

impl Served {
    /// Asks one of the venues, by their order.
    pub(crate) fn ask(&self, venue: usize, method: &str, path: &str, body: &str) -> Value {
        let port = self.told["venues"][venue]["port"].as_u64().unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", port as u16)).unwrap();
        let length = body.len();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        let (_, body) = said.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|_| panic!("{said}"))
    }

    fn rows(&self, venue: usize) -> u64 {
        let status = self.ask(venue, "GET", "/onetape/status", "");
        status["rows"].as_u64().unwrap()
    }

    /// Ends it as an operator does.
    pub(crate) fn end(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "not in time: {what}"
        );
        sleep(Duration::from_millis(20));
    }
}

fn scenario(dir: &Path) {
    let text = r#"
name = "mexc-gate"
[data]
catalog = "tape"
[[task]]
strategy = "spot_futures"
spot     = { instrument = "mexc-spot:BTCUSDT", feed = "quote" }
futures  = { instrument = "gate-usdt:BTC_USDT", feed = "quote" }
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = 36.0
exit = { edge_bps = 1.0, max_age = "30s" }
[venue.mexc-spot]
fees     = { maker_bps = 0.0, taker_bps = 5.0, asset = "quote" }
balances = { USDT = "4321" }
[venue.gate-usdt]
fees     = { maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }
balances = { USDT = "1234" }
[risk]
max_order_notional = "2000"
max_daily_loss = "100"
"#;
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
}

#[test]
fn one_tape_is_served_and_backtested() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let line = "venue serve --venue mexc-spot --venue gate-usdt --synth 3 --duration 1m --rate 0.05 --keep tape \
        --paused --speed 4 --json --account more:secret";
    let served = serve(&mut command(path), line);
    assert_eq!(served.told["venues"][0]["venue"], "mexc-spot");
    assert_eq!(served.told["accounts"][2]["key"], "more");
    assert_eq!((served.rows(0), served.rows(1)), (0, 0));
    let told = served.ask(1, "POST", "/onetape/tape", r#"{"running":true}"#);
    assert_eq!(told["running"], true);
    until("rows at both venues", || {
        served.rows(0) > 5 && served.rows(1) > 5
    });
    let contracts = served.ask(1, "GET", "/api/v4/futures/usdt/contracts", "");
    assert_eq!(contracts[0]["name"], "BTC_USDT", "{contracts}");
    until("the end of the tape", || {
        served.ask(0, "GET", "/onetape/status", "")["tape"]["over"] == true
    });
    // The market is held as it was.
    let book = served.ask(0, "GET", "/api/v3/depth?symbol=BTCUSDT", "");
    assert!(
        book["bids"].as_array().is_some_and(|all| all.len() > 5),
        "{book}"
    );
    served.end();

    scenario(path);
    run(path, "backtest scenario.toml --out backtest").ok();
    let served = serve(
        &mut command(path),
        "venue serve --scenario scenario.toml --json",
    );
    let names = [0, 1].map(|at| served.told["venues"][at]["venue"].clone());
    assert_eq!(names, ["gate-usdt", "mexc-spot"]);
    until("rows of the scenario's tape", || served.rows(1) > 0);
    let info = served.ask(1, "GET", "/api/v3/exchangeInfo", "");
    assert_eq!(info["symbols"][0]["symbol"], "BTCUSDT");
    served.end();
}

#[test]
fn a_market_that_was_made_for_a_server_goes_away_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let line = "venue serve --venue binance-spot --venue binance-usdm --synth 1 --duration 30s --rate 0.05 --loop --speed 60 \
        --faults gap@every=100 --json";
    let served = serve(command(path).env("TMPDIR", path), line);
    let is_there = || std::fs::read_dir(path).unwrap().count() == 1;
    assert!(is_there());
    until("the tape to begin again", || {
        served.ask(0, "GET", "/onetape/status", "")["tape"]["rounds"].as_u64() > Some(1)
    });
    let faults = served.ask(1, "GET", "/onetape/faults", "");
    assert_eq!(faults["faults"][0]["fault"], "gap@every=100");
    served.end();
    assert!(!is_there(), "the market's folder is still there");
}

#[test]
fn what_cannot_be_served_is_told_with_the_fix() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    run(path, "venue serve --venue kraken").refused(2, &["choose among binance-spot"]);
    run(path, "venue serve --venue mexc-spot").refused(1, &["--synth SEED"]);
    run(path, "venue serve --synth 1 --duration 5s").refused(1, &["give --venue NAME"]);
    run(
        path,
        "venue serve --venue mexc-spot --synth 1 --faults explode",
    )
    .refused(2, &["choose among drop"]);
    super::common::synth(path, "catalog", "");
    let line = "venue serve --venue mexc-spot --tape catalog";
    run(path, line).refused(1, &["has no instrument of mexc-spot", "onetape data info"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let line =
        format!("venue serve --venue mexc-spot --synth 1 --duration 5s --rate 0.01 --port {port}");
    run(path, &line).refused(1, &["choose another port"]);
}
