//! `onetape doctor` and `onetape kill` against local exchanges, which speak as the venues do.

#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use onetape_adapters::protocol::Protocol;
use onetape_core::command::TimeInForce;
use onetape_core::instrument::{Instrument, Side};
use onetape_live::secrets::canary;
use onetape_live::venue::VenueSetup;

use super::common::client::{self, block_on};
use super::common::{Done, Served, command};

const KEY: &str = "cAnAryKEYabcdefgh";
const SECRET: &str = "cAnAry+s3cr3t0123456789";

/// Another account, which a scenario calls `second`.
const OTHER: [&str; 2] = ["sEcOndKEYabcdefgh", "sEcOnd+s3cr3t0123456789"];

/// MEXC spot and Gate futures that end with the test.
fn serve(dir: &Path) -> Served {
    let line = format!(
        "venue serve --venue mexc-spot --venue gate-usdt --synth 3 --duration 1m --rate 0.05 --loop --json \
         --account {KEY}:{SECRET} --account {}",
        OTHER.join(":")
    );
    Served::start(dir, &line)
}

async fn setup(served: &Served, protocol: Protocol, symbol: &str) -> VenueSetup {
    client::setup(
        &served.at(protocol.venue()),
        protocol,
        symbol,
        [KEY, SECRET],
    )
    .await
}

/// An order to buy at a part of the best ask.
async fn buy(setup: &VenueSetup, n: u32, percent: i64, time_in_force: TimeInForce) {
    client::place(setup, n, Side::Buy, percent, time_in_force).await;
}

fn scenario(dir: &Path) {
    write(dir, "");
}

/// The scenario with more lines.
fn write(dir: &Path, more: &str) {
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
    std::fs::write(dir.join("scenario.toml"), format!("{text}{more}")).unwrap();
}

fn own(dir: &Path, line: &str) -> Command {
    let mut command = command(dir);
    command
        .args(line.split_whitespace())
        .env_remove("ONETAPE_KEYS")
        .env("XDG_CONFIG_HOME", dir.join("config"))
        .env("ONETAPE_KEYS_PASSPHRASE", "correct horse battery");
    command
}

/// Runs it; nothing secret may be in what it says.
fn said(dir: &Path, line: &str, lines: &str) -> Done {
    let mut child = own(dir, line)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = child.wait_with_output().unwrap();
    for text in [&output.stdout, &output.stderr] {
        for hidden in [KEY, SECRET] {
            assert_eq!(canary::find(text, hidden.as_bytes()), None);
        }
    }
    Done::of(&output)
}

fn add_keys(dir: &Path) {
    for venue in ["mexc-spot", "gate-usdt"] {
        said(
            dir,
            &format!("keys add {venue}"),
            &format!("{KEY}\n{SECRET}\n"),
        )
        .ok();
    }
}

#[test]
fn doctor_fails_closed_a_line_a_check() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    scenario(path);
    let served = serve(path);
    let local = format!("--local {}", served.local());
    // Without a key; then with one whose rights nobody vouches for; then signed off.
    let done = said(path, &format!("doctor scenario.toml {local}"), "").exits(3);
    assert!(
        done.out.contains("FAIL mexc-spot key: there is none"),
        "{}",
        done.out
    );
    add_keys(path);
    let done = said(path, &format!("doctor scenario.toml {local}"), "").exits(3);
    assert!(
        done.out.contains("say --no-withdrawals mexc-spot"),
        "{}",
        done.out
    );
    let good = format!(
        "doctor scenario.toml {local} --no-withdrawals mexc-spot,gate-usdt --run runs/next --json"
    );
    let told = said(path, &good, "").exits(0).json();
    assert_eq!(told["good"], true, "{told:#}");
    let has = |check: &str, place: &str| {
        let mut all = told["checks"].as_array().unwrap().iter();
        all.any(|it| it["check"] == check && it["place"] == place && it["good"] == true)
    };
    for check in ["clock", "instrument", "key rights", "balances"] {
        assert!(
            has(check, "mexc-spot") && has(check, "gate-usdt"),
            "{check}: {told:#}"
        );
    }
    assert!(
        has("modes", "gate-usdt") && has("disk", "machine"),
        "{told:#}"
    );
    // Another build and another configuration than the journal's.
    let run = path.join("runs/next");
    std::fs::create_dir_all(&run).unwrap();
    let record = r#"{"run_id":"00","name":"x","build":"another","host":"","began":"","wall_s":0,
        "decisions_hash":"","catalog":"tape","tape":[]}"#;
    std::fs::write(run.join("run.json"), record).unwrap();
    std::fs::write(run.join("scenario.toml"), "name = \"other\"\n").unwrap();
    let done = said(path, &good.replace(" --json", ""), "").exits(3);
    for check in ["FAIL runs/next build", "FAIL runs/next configuration"] {
        assert!(done.out.contains(check), "{check}: {}", done.out);
    }
    // A second instance.
    let _lock = onetape_live::journal::RunLock::take(&run).unwrap();
    let done = said(path, &good.replace(" --json", ""), "").exits(3);
    assert!(done.out.contains("FAIL runs/next instance"), "{}", done.out);
}

#[test]
fn kill_takes_everything_back_and_lists_what_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    scenario(path);
    add_keys(path);
    let served = serve(path);
    let line = format!("kill scenario.toml --local {} --json", served.local());
    let (spot, futures) = block_on(async {
        let spot = setup(&served, Protocol::MexcSpot, "BTCUSDT").await;
        let futures = setup(&served, Protocol::GateUsdt, "BTC_USDT").await;
        for n in 0..3 {
            buy(&spot, n, 80, TimeInForce::GoodTillCancelled).await;
            buy(&futures, n, 99, TimeInForce::GoodTillCancelled).await;
        }
        (spot, futures)
    });
    let open = |setup: &VenueSetup| block_on(client::open(setup));
    assert!(open(&spot) == 3 && open(&futures) > 0);
    let told = said(path, &line, "").exits(0).json();
    assert_eq!(told["left"], false, "{told:#}");
    assert_eq!((open(&spot), open(&futures)), (0, 0));
    // A position is left, and named; orders are gone all the same.
    block_on(buy(&futures, 10, 101, TimeInForce::ImmediateOrCancel));
    block_on(buy(&spot, 10, 80, TimeInForce::GoodTillCancelled));
    let told = said(path, &line, "").exits(3).json();
    let gate = told["venues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["venue"] == "gate-usdt");
    let held = gate.unwrap()["positions"][0].as_str().unwrap();
    assert!(held.starts_with("BTC_USDT "), "{told:#}");
    assert_eq!(open(&spot), 0);
    let log = std::fs::read_to_string(path.join("scenario.kill.log")).unwrap();
    assert!(log.contains("1 positions left"), "{log}");
    // A venue that is gone is told of, and the other is done.
    block_on(buy(&spot, 11, 80, TimeInForce::GoodTillCancelled));
    let line = line.replace(&served.at("gate-usdt"), "127.0.0.1:9");
    let told = said(path, &line, "").exits(3).json();
    let gate = told["venues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["venue"] == "gate-usdt");
    let why = gate.unwrap()["failed"][0].as_str().unwrap();
    assert!(why.contains("does not answer"), "{told:#}");
    assert_eq!(open(&spot), 0);
}

/// A run that went to the second account of two local exchanges, whose scenario alone says so.
fn lived(path: &Path, served: &Served) {
    add_keys(path);
    let mut more = String::new();
    for venue in ["mexc-spot", "gate-usdt"] {
        let lines = OTHER.join("\n");
        said(path, &format!("keys add {venue} second"), &lines).ok();
        more += &format!(
            "[venue.{venue}.live]\npreset = \"local:{}\"\nkey = \"second\"\n",
            served.at(venue)
        );
    }
    write(path, &more);
    let line = "live scenario.toml --duration 1s --out run";
    let done = said(path, line, "trade mexc-gate live\n");
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn kill_of_a_run_reaches_the_accounts_that_the_run_reached() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let served = serve(path);
    lived(path, &served);
    let resolved = std::fs::read_to_string(path.join("run/scenario.toml")).unwrap();
    assert!(!resolved.contains("second"), "{resolved}");
    let accounts = block_on(async {
        let mut accounts = Vec::new();
        for key in [[KEY, SECRET], OTHER] {
            let at = served.at("mexc-spot");
            let setup = client::setup(&at, Protocol::MexcSpot, "BTCUSDT", key).await;
            buy(&setup, 1, 80, TimeInForce::GoodTillCancelled).await;
            accounts.push(setup);
        }
        accounts
    });
    let open = |at: usize| block_on(client::open(&accounts[at]));
    assert_eq!((open(0), open(1)), (1, 1));
    let told = said(path, "kill run --json", "").exits(0).json();
    assert_eq!(told["left"], false, "{told:#}");
    assert_eq!((open(0), open(1)), (1, 0), "the run's account, no other");
    // What the folder says holds for a check of it, too; what the command line says is before both.
    let done = said(
        path,
        "doctor run --no-withdrawals mexc-spot,gate-usdt --json",
        "",
    );
    let told = done.json();
    let reached = |place: &str| {
        let mut all = told["checks"].as_array().unwrap().iter();
        all.any(|it| it["check"] == "clock" && it["place"] == place && it["good"] == true)
    };
    assert!(reached("mexc-spot") && reached("gate-usdt"), "{told:#}");
    let elsewhere = "kill run --json --local mexc-spot=127.0.0.1:9";
    let told = said(path, elsewhere, "").exits(3).json();
    let failed = told["venues"].to_string();
    assert!(failed.contains("does not answer"), "{told:#}");
}

#[test]
fn kill_of_a_folder_that_does_not_say_where_it_reached_asks_no_venue() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let served = serve(path);
    lived(path, &served);
    let record = path.join("run/run.json");
    let text = std::fs::read_to_string(&record).unwrap();
    let mut older: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(older["venues"]["gate-usdt"]["key"], "second");
    older.as_object_mut().unwrap().remove("venues").unwrap();
    for (text, why) in [
        (older.to_string(), "does not say it"),
        ("{".to_string(), "is not a run record"),
    ] {
        std::fs::write(&record, text).unwrap();
        let done = said(path, "kill run", "").exits(1);
        assert!(done.err.contains("no instance runs there"), "{done:?}");
        for part in [why, "mexc-spot is not known", "name the scenario file"] {
            assert!(done.err.contains(part), "{part}: {done:?}");
        }
        assert!(!done.out.contains("nothing is left"), "{done:?}");
        // One venue that is named is not both.
        let one = format!("kill run --local mexc-spot={}", served.at("mexc-spot"));
        let done = said(path, &one, "").exits(1);
        assert!(done.err.contains("gate-usdt is not known"), "{done:?}");
        said(path, &format!("kill run --local {}", served.local()), "").exits(0);
    }
}

/// The checks of `doctor … --json`: what is said of one at a place, and whether it is good.
fn checked(told: &serde_json::Value, check: &str, place: &str) -> Vec<(bool, String)> {
    let all = told["checks"].as_array().unwrap().iter();
    let here = all.filter(|it| it["check"] == check && it["place"] == place);
    here.map(|it| {
        let words = it["words"].as_str().unwrap().to_string();
        (it["good"] == true, words)
    })
    .collect()
}

#[test]
fn doctor_knows_the_folder_that_live_wrote_by_the_same_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    scenario(path);
    add_keys(path);
    let served = serve(path);
    let change = format!("--local {} --set risk.max_daily_loss=90", served.local());
    let live = format!("live scenario.toml {change} --duration 1s --out run");
    let done = said(path, &live, "trade mexc-gate live\n");
    assert_eq!(done.code, Some(0), "{done:?}");
    let doctor =
        "doctor scenario.toml --no-withdrawals mexc-spot,gate-usdt --run run --json".to_string();
    let told = said(path, &format!("{doctor} {change}"), "")
        .exits(0)
        .json();
    for check in ["configuration", "build", "instance"] {
        let good = checked(&told, check, "run");
        assert!(matches!(good.as_slice(), [(true, _)]), "{check}: {told:#}");
    }
    // Another size to begin with is another configuration, and so is another limit.
    let local = format!("--local {}", served.local());
    for other in [format!("{change} --full-size"), local] {
        let told = said(path, &format!("{doctor} {other}"), "").exits(3).json();
        let wrong = checked(&told, "configuration", "run");
        assert!(
            matches!(wrong.as_slice(), [(false, _)]),
            "{other}: {told:#}"
        );
    }
    let line = "doctor run --full-size";
    let refused = said(path, line, "").exits(1);
    assert!(
        refused.err.contains("name the scenario file"),
        "{refused:?}"
    );
}

#[test]
fn doctor_holds_balances_and_modes_against_what_the_scenario_needs() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    scenario(path);
    add_keys(path);
    let served = serve(path);
    let doctor = format!(
        "doctor scenario.toml --local {} --no-withdrawals mexc-spot,gate-usdt --json",
        served.local()
    );
    let futures = block_on(setup(&served, Protocol::GateUsdt, "BTC_USDT"));
    let ask = |more: &str| said(path, &format!("{doctor} {more}"), "").json();
    // Buying takes the whole of it, a future its margin.
    let told = ask("--set venue.gate-usdt.leverage=4");
    let spot = checked(&told, "balances", "mexc-spot");
    assert!(
        matches!(&spot[..], [(true, words)] if words.contains(" 1000 wanted")),
        "{told:#}"
    );
    let margin = checked(&told, "balances", "gate-usdt");
    assert!(
        matches!(&margin[..], [(true, words)] if words.contains(" 250 wanted")),
        "{told:#}"
    );
    let told = ask("--set notional=90000000000");
    for venue in ["mexc-spot", "gate-usdt"] {
        let short = checked(&told, "balances", venue);
        assert!(
            matches!(&short[..], [(false, words)] if words.contains("USDT")),
            "{told:#}"
        );
    }
    // Selling takes the base asset; with both ways, one of the two is enough.
    let told = ask("--set direction=short_spot --set notional=90000000000");
    let base = checked(&told, "balances", "mexc-spot");
    assert!(
        matches!(&base[..], [(false, words)] if words.contains("BTC")),
        "{told:#}"
    );
    let told = ask("--set direction=both");
    let either = checked(&told, "balances", "mexc-spot");
    assert!(
        matches!(&either[..], [(true, words)] if words.contains(", or BTC")),
        "{told:#}"
    );
    // Another leverage is set by `live`, unless a position stands in the way.
    let other = "--set venue.gate-usdt.leverage=7";
    let modes = checked(&ask(other), "modes", "gate-usdt");
    assert!(
        matches!(&modes[..], [(true, words)] if words.contains("the scenario has leverage 7")),
        "{modes:?}"
    );
    block_on(buy(&futures, 1, 101, TimeInForce::ImmediateOrCancel));
    let modes = checked(&ask(other), "modes", "gate-usdt");
    assert!(
        matches!(&modes[..], [(false, words)] if words.contains("close it")),
        "{modes:?}"
    );
}

#[test]
fn live_asks_for_the_rights_of_keys_at_the_venues_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    add_keys(path);
    let served = serve(path);
    // The preset of the venues themselves, with every address put in its place.
    let mut more = String::new();
    for venue in ["mexc-spot", "gate-usdt"] {
        let at = served.at(venue);
        more += &format!("[venue.{venue}.live]\npreset = \"production\"\nrest = \"http://{at}\"\n");
        for url in ["market", "account", "orders"] {
            more += &format!("{url} = \"ws://{at}\"\n");
        }
    }
    write(path, &more);
    let live = "live scenario.toml --duration 1s --out run";
    let phrase = "trade mexc-gate live\n";
    for (signed, left) in [
        ("", "mexc-spot"),
        ("--no-withdrawals mexc-spot", "gate-usdt"),
    ] {
        let done = said(path, &format!("{live} {signed}"), phrase).exits(1);
        let why = format!("the key of {left} is not used");
        assert!(done.err.contains(&why), "{done:?}");
        assert!(!path.join("run").exists(), "nothing was begun");
    }
    let signed = format!("{live} --no-withdrawals mexc-spot,gate-usdt");
    let done = said(path, &signed, phrase);
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// An instrument as a catalogue has it.
fn rules_of(of: &Instrument, venue: &str, kind: &str) -> serde_json::Value {
    let text = |it: rust_decimal::Decimal| it.normalize().to_string();
    serde_json::json!({
        "venue": venue,
        "symbol": of.symbol,
        "kind": kind,
        "base": "BTC",
        "quote": "USDT",
        "price_decimals": of.price_decimals,
        "qty_decimals": of.qty_decimals,
        "tick": text(of.price_decimal(of.tick)),
        "lot": text(of.qty_decimal(of.lot)),
        "min_qty": text(of.qty_decimal(of.min_qty)),
        "min_notional": of.min_notional.trimmed().to_string(),
        "contract_value": of.contract_value.trimmed().to_string(),
        "inferred": false,
    })
}

#[test]
fn md6_rules_other_than_the_catalogues_stop_live_and_doctor_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    scenario(path);
    add_keys(path);
    let served = serve(path);
    // A catalogue with the venues' own rules.
    let rules = [
        (Protocol::GateUsdt, "BTC_USDT", "linear"),
        (Protocol::MexcSpot, "BTCUSDT", "spot"),
    ];
    let rules = rules.map(|(protocol, symbol, kind)| {
        let setup = block_on(setup(&served, protocol, symbol));
        let mut listed = setup.directory.iter();
        let of = &listed.find(|it| it.instrument.symbol == symbol).unwrap();
        rules_of(&of.instrument, protocol.venue(), kind)
    });
    let whole = serde_json::json!({"schema": 1, "instruments": rules, "files": []});
    let file = path.join("tape/catalog.json");
    std::fs::create_dir(path.join("tape")).unwrap();
    std::fs::write(&file, whole.to_string()).unwrap();
    let local = format!("--local {}", served.local());
    let live = format!("live scenario.toml {local} --duration 1s --out run");
    let doctor = format!("doctor scenario.toml {local} --no-withdrawals mexc-spot,gate-usdt");
    said(path, &doctor, "").exits(0);
    for (at, field) in [(0, "tick"), (1, "min_notional"), (1, "lot"), (1, "min_qty")] {
        let mut other = whole.clone();
        let rules = &mut other["instruments"][at];
        let name = format!(
            "{}:{}",
            rules["venue"].as_str().unwrap(),
            rules["symbol"].as_str().unwrap()
        );
        let venues: rust_decimal::Decimal = rules[field].as_str().unwrap().parse().unwrap();
        let ours = (venues * rust_decimal::Decimal::TEN + rust_decimal::Decimal::TEN).normalize();
        rules[field] = ours.to_string().into();
        std::fs::write(&file, other.to_string()).unwrap();
        let why = format!(
            "the catalogue says {field} = {ours}, the venue {}; import its instruments anew",
            venues.normalize()
        );
        let done = said(path, &live, "trade mexc-gate live\n").exits(1);
        assert!(done.err.contains(&format!("{name}: {why}")), "{done:?}");
        assert!(!path.join("run").exists(), "nothing was begun");
        let done = said(path, &doctor, "").exits(3);
        assert!(done.out.contains(&why), "{done:?}");
    }
    // With the venues' rules it begins.
    std::fs::write(&file, whole.to_string()).unwrap();
    let done = said(path, &live, "trade mexc-gate live\n");
    assert_eq!(done.code, Some(0), "{done:?}");
}
