//! What is run, and what must hold.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use onetape_adapters::protocol::Protocol;
use onetape_live::secrets::canary;
use serde_json::Value;

use crate::common::client::{self, block_on};
use crate::common::{Done, Served};
use crate::leaks::leaks;
use crate::strategies::{attacker, panicking};

/// By name.
pub(crate) const ALL: [(&str, fn()); 2] = [
    (
        "s3_a_panic_of_a_strategy_tells_no_key_and_its_orders_end_where_a_timer_is",
        s3_a_panic_of_a_strategy_tells_no_key_and_its_orders_end_where_a_timer_is,
    ),
    (
        "s6_nothing_that_an_attacker_asks_for_reaches_a_venue",
        s6_nothing_that_an_attacker_asks_for_reaches_a_venue,
    ),
];

const KEY: &str = "cAnAryKEYabcdefgh";
const SECRET: &str = "cAnAry+s3cr3t/0123456789";
const PASSPHRASE: &str = "a passphrase for a test";

fn serve(dir: &Path) -> Served {
    let line = format!(
        "venue serve --venue binance-spot --venue binance-usdm --synth 3 --duration 2m --rate 2 --loop --json \
         --account {KEY}:{SECRET}"
    );
    Served::start(dir, &line)
}

fn scenario(dir: &Path, strategy: &str, more: &str) {
    let text = format!(
        r#"
name = "hostile"
[[task]]
name = "it"
strategy = "{strategy}"
spot     = {{ instrument = "binance-spot:BTCUSDT", feed = "quote" }}
futures  = {{ instrument = "binance-usdm:BTCUSDT", feed = "quote" }}
[venue.binance-spot]
fees     = {{ maker_bps = 10.0, taker_bps = 10.0, asset = "quote" }}
balances = {{ USDT = "10000" }}
[venue.binance-usdm]
fees     = {{ maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }}
balances = {{ USDT = "10000" }}
[sim]
liquidity = "touch"
no_funding = true
queue = "through"
{more}
"#
    );
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
}

/// This program as the command line over its strategies.
fn program(dir: &Path, line: &str) -> Command {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program
        .current_dir(dir)
        .args(line.split_whitespace())
        .env(crate::AS_PROGRAM, "1")
        .env("ONETAPE_KEYS", dir.join("keys.age"))
        .env("ONETAPE_KEYS_PASSPHRASE", PASSPHRASE)
        .env_remove("ONETAPE_LOG")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

fn run(dir: &Path, line: &str) -> Done {
    Done::of(&program(dir, line).output().unwrap())
}

fn add_keys(dir: &Path) {
    for venue in ["binance-spot", "binance-usdm"] {
        let mut child = program(dir, &format!("keys add {venue}")).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin
            .write_all(format!("{KEY}\n{SECRET}\n").as_bytes())
            .unwrap();
        drop(stdin);
        Done::of(&child.wait_with_output().unwrap()).exits(0);
    }
}

/// `onetape live`, confirmed.
fn live(dir: &Path, served: &Served, more: &str) -> Command {
    let local = served.local();
    let line = format!("live scenario.toml --local {local} --out run --full-size {more}");
    let mut command = program(dir, &line);
    command.args(["--confirm", "trade hostile live at full size"]);
    command
}

/// How many orders are at rest at a venue.
fn open(served: &Served, protocol: Protocol) -> usize {
    block_on(async {
        let at = served.at(protocol.venue());
        let setup = client::setup(&at, protocol, "BTCUSDT", [KEY, SECRET]).await;
        client::open(&setup).await
    })
}

/// The key in every form that is looked for.
fn forms() -> String {
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let within =
        base64::engine::general_purpose::STANDARD.encode(format!("a header: {SECRET}; more"));
    format!("a strategy says {KEY} and {SECRET}\nand {hex}\nand {percent} and {within}")
}

fn s3_a_panic_of_a_strategy_tells_no_key_and_its_orders_end_where_a_timer_is() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir);
    scenario(dir, "panicking", "[live]\ndead_man = \"15s\"");
    let mut said = Vec::new();
    for format in ["text", "json"] {
        let folder = format!("run-{format}");
        let mut command = live(dir, &served, "--duration 60s");
        command
            .env(panicking::WORDS, forms())
            .env("ONETAPE_LOG", "trace")
            .env("ONETAPE_LOG_FORMAT", format);
        let began = Instant::now();
        let done = Done::of(&command.output().unwrap()).exits(1);
        assert!(
            began.elapsed() < Duration::from_secs(50),
            "it ended by itself"
        );
        let told = done.err.lines().find(|line| line.starts_with("error: "));
        let told = told.unwrap_or_else(|| panic!("no error in {}", done.err));
        assert!(
            told.contains("a mistake in this program")
                && told.contains("a strategy says [redacted]"),
            "{told}"
        );
        said.push((format!("stdout {format}"), done.out.into_bytes()));
        said.push((format!("stderr {format}"), done.err.into_bytes()));
        // What it had at rest: nobody is left to take it back at once.
        assert_eq!(open(&served, Protocol::BinanceSpot), 1);
        assert_eq!(open(&served, Protocol::BinanceUsdm), 1);
        // Where the venue has a timer it does, and elsewhere a person's `kill`.
        let until = Instant::now() + Duration::from_secs(25);
        while open(&served, Protocol::BinanceUsdm) > 0 {
            assert!(Instant::now() < until, "the timer took nothing back");
            sleep(Duration::from_millis(500));
        }
        assert_eq!(open(&served, Protocol::BinanceSpot), 1);
        let killed = run(dir, &format!("kill run --local {} --json", served.local()));
        assert_eq!(open(&served, Protocol::BinanceSpot), 0);
        said.push((format!("kill {format}"), killed.out.into_bytes()));
        // The journal holds, and has what was sent; what was heard last may have died with the process.
        run(dir, "replay run --verify").exits(0);
        let shown = run(dir, "journal show run").exits(0);
        assert_eq!(
            shown.out.matches("commands=[place ").count(),
            2,
            "{}",
            shown.out
        );
        said.push((format!("journal {format}"), shown.out.into_bytes()));
        std::fs::rename(dir.join("run"), dir.join(&folder)).unwrap();
        drop_sockets(&dir.join(folder));
    }
    let found = leaks(dir, &said, &[KEY, SECRET]);
    assert!(found.is_empty(), "{found:#?}");
    // What was panicked with has them all.
    let words = forms();
    assert!(
        words
            .lines()
            .all(|line| canary::find(line.as_bytes(), SECRET.as_bytes()).is_some())
    );
}

/// What a process that died listened on is nobody's any more, and cannot be read.
fn drop_sockets(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_socket() {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
}

/// How many orders were submitted to a venue, of whichever outcome.
fn submitted(served: &Served, venue: &str) -> usize {
    let mut stream = TcpStream::connect(served.at(venue)).unwrap();
    let ask = "GET /onetape/submitted HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n";
    stream.write_all(ask.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let told: Value = serde_json::from_str(body).unwrap();
    told["orders"].as_object().unwrap().len()
}

fn s6_nothing_that_an_attacker_asks_for_reaches_a_venue() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir);
    let risk = r#"
[risk]
max_order_notional    = "5000"
max_position_notional = "5000"
max_daily_loss        = "100"
collar_mid_bps        = 300
allow                 = ["binance-spot:BTCUSDT"]
"#;
    scenario(dir, "attacker", risk);
    let done = Done::of(&live(dir, &served, "--duration 15s").output().unwrap()).exits(0);
    let shown = run(dir, "journal show run --json").exits(0).json();
    let lines = shown.as_array().unwrap();
    let refusals = lines.iter().filter_map(|line| line["refusals"].as_array());
    let mut refused: Vec<String> = Vec::new();
    for refusal in refusals.flatten() {
        refused.push(refusal["reason"].as_str().unwrap().to_string());
    }
    // Twelve attacks in four roles.
    assert_eq!(refused.len(), attacker::ROUNDS * 12 * 4, "{done:?}");
    refused.sort();
    refused.dedup();
    let kinds = [
        "collar_mid",
        "instrument_not_allowed",
        "max_order_notional",
        "price_off_tick",
        "quantity_off_lot",
    ];
    for kind in kinds {
        assert!(refused.iter().any(|it| it == kind), "{kind}: {refused:?}");
    }
    // The way was open for what is allowed, and for nothing else.
    assert_eq!(submitted(&served, "binance-spot"), 1, "{done:?}");
    assert_eq!(submitted(&served, "binance-usdm"), 0);
    run(dir, "replay run --verify").exits(0);
}
