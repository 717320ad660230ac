//! `onetape doctor` and `onetape kill` against local exchanges, which speak as the venues do.

#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use onetape_adapters::ask::Ask;
use onetape_adapters::credentials::Credentials;
use onetape_adapters::directory::Directory;
use onetape_adapters::news::Answer;
use onetape_adapters::protocol::Protocol;
use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderId;
use onetape_live::net::{DialLimits, Dialer, Trust};
use onetape_live::secrets::canary;
use onetape_live::venue::{Overrides, Urls, VenueSetup};

use super::common::{Done, Served, command};

const KEY: &str = "cAnAryKEYabcdefgh";
const SECRET: &str = "cAnAry+s3cr3t0123456789";

/// MEXC spot and Gate futures that end with the test.
fn serve(dir: &Path) -> Served {
    let line = format!(
        "venue serve --venue mexc-spot --venue gate-usdt --synth 3 --duration 1m --rate 0.05 --loop --json \
         --account {KEY}:{SECRET}"
    );
    Served::start(dir, &line)
}

impl Served {
    /// A venue as a trader speaks to it, and its only instrument.
    async fn setup(&self, protocol: Protocol, symbol: &str) -> VenueSetup {
        let mut names = Names::default();
        let venue = names.venue_id(protocol.venue());
        let urls =
            Urls::local(protocol, &self.at(protocol.venue()), &Overrides::default()).unwrap();
        let dialer = Dialer::new(Trust::public().unwrap(), DialLimits::default());
        let bare = Arc::new(Directory::new(&names, venue));
        let mut setup = VenueSetup::new(protocol, bare, urls, dialer);
        let Answer::Instruments(all) = setup.ask(&Ask::Instruments).await.unwrap() else {
            panic!("no instruments");
        };
        let rules = all.iter().find(|it| it.symbol == symbol).unwrap();
        let instrument = rules.instrument(protocol.venue(), &mut names).unwrap();
        names.instruments.push(instrument);
        let mut directory = Directory::new(&names, venue);
        directory.set_contract(symbol, rules.contract);
        setup.directory = Arc::new(directory);
        setup.credentials = Some(Arc::new(Credentials::shared(KEY, SECRET.as_bytes())));
        setup.measure_offset().await.unwrap();
        setup
    }
}

/// The best ask, once the tape has told one.
async fn best_ask(setup: &VenueSetup) -> i64 {
    let instrument = InstrumentId(0);
    for _ in 0..200 {
        let ask = Ask::Depth {
            instrument,
            levels: 5,
        };
        let Answer::Depth(book) = setup.ask(&ask).await.unwrap() else {
            panic!("no book");
        };
        let best = book.asks.iter().map(|level| level.price.mantissa()).min();
        if let Some(best) = best {
            return best;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no ask within 10 s");
}

/// An order to buy at a part of the best ask: at all of it and more it takes, far below it rests.
async fn buy(setup: &VenueSetup, n: u32, percent: i64, time_in_force: TimeInForce) {
    let id = InstrumentId(0);
    let of = setup.directory.get(id).unwrap().instrument.clone();
    let best = best_ask(setup).await;
    let limit = best / 100 * percent;
    let place = Place {
        order: OrderId { epoch: 1, n },
        task: TaskId(0),
        instrument: id,
        side: Side::Buy,
        qty: Qty::new(of.lot.mantissa().max(of.min_qty.mantissa()) * 20),
        limit: Some(Price::new(limit - limit % of.tick.mantissa())),
        time_in_force,
        reduce_only: false,
        tag: LegTag::default(),
    };
    setup.ask(&Ask::Place(place)).await.unwrap();
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

fn block_on<T>(act: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(act)
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
        let spot = served.setup(Protocol::MexcSpot, "BTCUSDT").await;
        let futures = served.setup(Protocol::GateUsdt, "BTC_USDT").await;
        for n in 0..3 {
            buy(&spot, n, 80, TimeInForce::GoodTillCancelled).await;
            buy(&futures, n, 99, TimeInForce::GoodTillCancelled).await;
        }
        (spot, futures)
    });
    let open = |setup: &VenueSetup| {
        let ask = Ask::OpenOrders(Some(InstrumentId(0)));
        match block_on(setup.ask(&ask)).unwrap() {
            Answer::Orders(orders) => orders.len(),
            _ => panic!("no orders"),
        }
    };
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
