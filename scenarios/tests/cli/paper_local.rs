//! One scenario on paper and live against local exchanges that speak the venues' protocols.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::common::{Done, command, run};

/// Local exchanges that end with the test.
struct Served {
    child: Child,
    told: Value,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn serve(dir: &Path) -> Served {
    let line = "venue serve --venue binance-spot --venue binance-usdm --synth 3 --duration 2m --rate 0.2 --loop --json";
    let mut child = command(dir)
        .args(line.split(' '))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    let told = serde_json::from_str(&first).unwrap();
    Served { child, told }
}

impl Served {
    /// For `--local`.
    fn local(&self) -> String {
        let venues = self.told["venues"].as_array().unwrap();
        let one =
            |it: &Value| format!("{}=127.0.0.1:{}", it["venue"].as_str().unwrap(), it["port"]);
        venues.iter().map(one).collect::<Vec<_>>().join(",")
    }
}

/// Trades whatever the edge is, so that a few seconds are enough.
fn scenario(dir: &Path) {
    let text = r#"
name = "spot-perp"
[[task]]
strategy = "spot_futures"
spot     = { instrument = "binance-spot:BTCUSDT", feed = "quote" }
futures  = { instrument = "binance-usdm:BTCUSDT", feed = "quote" }
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = -100.0
allow_negative_edge = true
exit = { edge_bps = 1.0, max_age = "1s" }
[venue.binance-spot]
fees     = { maker_bps = 10.0, taker_bps = 10.0, asset = "quote" }
latency  = { feed = "1ms", order = "2ms", answer = "2ms" }
balances = { USDT = "10000" }
[venue.binance-usdm]
fees     = { maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }
latency  = { feed = "1ms", order = "2ms", answer = "2ms" }
balances = { USDT = "10000" }
[risk]
max_order_notional = "2000"
max_position_notional = "5000"
[sim]
liquidity = "touch"
no_funding = true
"#;
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
}

#[test]
fn a_scenario_on_paper_hears_local_exchanges_and_replays() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    scenario(dir);
    let line = format!(
        "paper scenario.toml --local {} --duration 8s --out run --json",
        served.local()
    );
    let told = run(dir, &line).exits(0);
    assert!(told.json()["events"].as_u64() > Some(20), "{}", told.err);
    run(dir, "replay run --verify").exits(0);
    let status = run(dir, "status run --json").exits(0).json();
    assert!(status["total_executions"].as_u64() > Some(0), "{status}");
    run(dir, "report run").exits(0);
}

/// Runs the binary with a key file in the folder, and with these lines to read.
fn with_keys(dir: &Path, args: &str, input: &str) -> Done {
    let mut command = command(dir);
    command
        .args(args.split(' ').filter(|it| !it.is_empty()))
        .env("ONETAPE_KEYS", dir.join("keys.age"))
        .env("ONETAPE_KEYS_PASSPHRASE", "a passphrase for a test")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    Done::of(&child.wait_with_output().unwrap())
}

/// The first account's keys of both venues.
fn add_keys(dir: &Path, served: &Served) {
    let account = &served.told["accounts"][0];
    let [key, secret] = ["key", "secret"].map(|name| account[name].as_str().unwrap());
    for venue in ["binance-spot", "binance-usdm"] {
        let line = format!("keys add {venue}");
        with_keys(dir, &line, &format!("{key}\n{secret}\n")).exits(0);
    }
}

#[test]
fn a_run_of_two_lives_is_proved_without_its_journal() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    scenario(dir);
    add_keys(dir, &served);
    // What is entered is held when it stops, so that the run is gone on with.
    let text = std::fs::read_to_string(dir.join("scenario.toml")).unwrap();
    let held = text.replace(
        "exit = { edge_bps = 1.0, max_age = \"1s\" }",
        "exit = { edge_bps = 1000.0, max_age = \"1h\" }",
    );
    assert_ne!(held, text);
    std::fs::write(dir.join("scenario.toml"), held).unwrap();
    let live = format!(
        "live scenario.toml --local {} --duration 4s --out run --record market",
        served.local()
    );
    let phrase = "trade spot-perp live\n";
    for life in 1..=2 {
        let done = with_keys(dir, &live, phrase).exits(0);
        assert!(
            done.err.contains("goes on with it"),
            "life {life}: {}",
            done.err
        );
    }
    std::fs::remove_dir_all(dir.join("run/journal")).unwrap();
    let proved = run(dir, "replay run --market market --verify --json").exits(0);
    let proved = proved.json();
    assert_eq!(
        (&proved["lives"], &proved["verified"]),
        (&2.into(), &true.into())
    );
    assert!(proved["decisions"].as_u64() > Some(1), "{proved}");
    // Of one life alone nothing follows.
    std::fs::remove_file(dir.join("run/account.00001")).unwrap();
    run(dir, "replay run --market market").refused(1, &["a life before it was not recorded"]);
}

#[test]
fn a_scenario_trades_live_at_local_exchanges_only_when_it_is_confirmed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    scenario(dir);
    let with = |args: &str, input: &str| with_keys(dir, args, input);
    let live = format!(
        "live scenario.toml --local {} --duration 8s --out run",
        served.local()
    );
    let missing = with(&live, "").exits(1);
    assert!(missing.err.contains("there is no key"), "{}", missing.err);
    add_keys(dir, &served);
    let secret = served.told["accounts"][0]["secret"].as_str().unwrap();
    let refused = with(&live, "trade something else\n").exits(1);
    assert!(refused.err.contains("not confirmed"), "{}", refused.err);
    assert!(!dir.join("run/journal").exists());
    let traded = with(&live, "trade spot-perp live\n").exits(0);
    assert!(traded.err.contains("binance-usdm at"), "{}", traded.err);
    run(dir, "replay run --verify").exits(0);
    let status = run(dir, "status run --json").exits(0).json();
    assert!(status["total_executions"].as_u64() > Some(0), "{status}");
    // No key or secret stands anywhere in the run.
    let raw = |name: &str| std::fs::read(dir.join("run").join(name)).unwrap();
    for name in [
        "journal/00000.seg",
        "run.json",
        "scenario.toml",
        "report.html",
    ] {
        let bytes = raw(name);
        let has = bytes
            .windows(secret.len())
            .any(|it| it == secret.as_bytes());
        assert!(!has, "{name}");
    }
}
