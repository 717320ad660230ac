//! What a person who runs it live needs, against local exchanges: the ramp, what waits for a word, orders at their time,
//! and that no key is in anything that is said.

mod canary;
mod closed;
mod echo;
mod flood;
mod forced;
mod kill;
mod leaks;
mod others;
mod ramp;
mod timing;
mod waiting;

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Done, Served, command, local, run};

const KEY: &str = "cAnAryKEYabcdefgh";
const SECRET: &str = "cAnAry+s3cr3t/0123456789";
const PASSPHRASE: &str = "a passphrase for a test";

/// Binance spot and futures that end with the test.
fn serve(dir: &Path) -> Served {
    let line = format!(
        "venue serve --venue binance-spot --venue binance-usdm --synth 3 --duration 2m --rate 0.2 --loop --json \
         --account {KEY}:{SECRET}"
    );
    Served::start(dir, &line)
}

/// Trades whatever the edge is, so that a few seconds are enough.
fn scenario(dir: &Path, more: &str) {
    let text = format!(
        r#"
name = "spot-perp"
[[task]]
name = "pair"
strategy = "spot_futures"
spot     = {{ instrument = "binance-spot:BTCUSDT", feed = "quote" }}
futures  = {{ instrument = "binance-usdm:BTCUSDT", feed = "quote" }}
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = -100.0
allow_negative_edge = true
exit = {{ edge_bps = 100.0, max_age = "500ms" }}
[venue.binance-spot]
fees     = {{ maker_bps = 10.0, taker_bps = 10.0, asset = "quote" }}
latency  = {{ feed = "1ms", order = "2ms", answer = "2ms" }}
balances = {{ USDT = "10000" }}
[venue.binance-usdm]
fees     = {{ maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }}
latency  = {{ feed = "1ms", order = "2ms", answer = "2ms" }}
balances = {{ USDT = "10000" }}
[sim]
liquidity = "touch"
no_funding = true
{more}
"#
    );
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
}

/// A command with the key file of the test.
fn keyed(dir: &Path, line: &str) -> Command {
    let mut command = command(dir);
    command
        .args(line.split_whitespace())
        .env("ONETAPE_KEYS", dir.join("keys.age"))
        .env("ONETAPE_KEYS_PASSPHRASE", PASSPHRASE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn with_input(mut command: Command, input: &str) -> Done {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    Done::of(&child.wait_with_output().unwrap())
}

fn add_keys(dir: &Path, key: &str, secret: &str) {
    for venue in ["binance-spot", "binance-usdm"] {
        let line = format!("keys add {venue}");
        with_input(keyed(dir, &line), &format!("{key}\n{secret}\n")).exits(0);
    }
}

/// The status of the run in `run`, once it is as it should be.
fn status(dir: &Path, is_so: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let told = run(dir, "status run --json");
        if told.code == Some(0) {
            let told = told.json();
            if told["mode"].is_string() && is_so(&told) {
                return told;
            }
        }
        assert!(began.elapsed() < Duration::from_secs(90), "{told:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
