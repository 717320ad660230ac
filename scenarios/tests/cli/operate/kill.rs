//! `onetape kill` of a run that trades: nothing of it rests afterwards, also when its process is stuck.

use onetape_adapters::protocol::Protocol;
use onetape_live::venue::VenueSetup;

use super::*;
use crate::common::client::{self, block_on};

/// A maker, which has orders at rest.
fn maker(dir: &Path) {
    let text = r#"
name = "quotes"
[[task]]
name = "maker"
strategy = "market_maker"
instrument = { instrument = "binance-spot:BTCUSDT", feed = "quote" }
quantity = "0.01"
max_inventory = "0.01"
offset_ticks = 1000
[venue.binance-spot]
fees     = { maker_bps = 10.0, taker_bps = 10.0, asset = "quote" }
balances = { USDT = "10000" }
[sim]
liquidity = "touch"
"#;
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let done = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(done.success());
}

/// A run that has orders at rest.
fn begun(dir: &Path, served: &Served, venue: &VenueSetup, out: &str) -> Child {
    let live = format!(
        "live scenario.toml --local binance-spot={} --out {out} --full-size --duration 2m",
        served.at("binance-spot")
    );
    let mut command = keyed(dir, &live);
    command.args(["--confirm", "trade quotes live at full size"]);
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while block_on(client::open(venue)) == 0 {
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none() && began.elapsed() < Duration::from_secs(90),
            "no order rests: {ended:?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

/// The document of a kill that left nothing, and what it said on the way.
fn killed(dir: &Path, out: &str) -> (Value, String) {
    let done = with_input(keyed(dir, &format!("kill {out} --json")), "").exits(0);
    let (told, words) = (done.json(), done.err);
    let venue = &told["venues"][0];
    assert_eq!(
        (&told["left"], &venue["orders"]),
        (&false.into(), &Value::Array(Vec::new()))
    );
    let (quiet, took) = (venue["quiet_ms"].as_u64(), told["took_ms"].as_u64());
    assert!(quiet.is_some() && quiet <= took, "{told:#}");
    (told, words)
}

#[test]
fn a_run_that_trades_has_nothing_at_rest_after_a_kill_also_when_it_is_stuck() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir, KEY, SECRET);
    maker(dir);
    let spot = block_on(client::setup(
        &served.at("binance-spot"),
        Protocol::BinanceSpot,
        "BTCUSDT",
        [KEY, SECRET],
    ));
    let open = || block_on(client::open(&spot));
    let mut child = begun(dir, &served, &spot, "run");
    let (told, words) = killed(dir, "run");
    assert_eq!(open(), 0);
    assert!(words.contains("the running instance"), "{words}");
    println!("quiet after {} ms", told["venues"][0]["quiet_ms"]);
    // It runs on, its market moves, and it sends nothing.
    let before = status(dir, |told| told["halted"] == true);
    let moved = before["loop"]["market_events"].as_u64().unwrap() + 20;
    status(dir, |told| {
        told["loop"]["market_events"].as_u64() > Some(moved)
    });
    assert_eq!(open(), 0);
    child.kill().unwrap();
    child.wait().unwrap();
    // One whose process stands still does not hold it up.
    let mut child = begun(dir, &served, &spot, "stuck");
    signal(&child, "-STOP");
    let (told, words) = killed(dir, "stuck");
    assert_eq!(open(), 0);
    let unheard = "was told to halt and has not answered yet";
    assert!(words.contains(unheard), "{words}");
    println!("quiet after {} ms", told["venues"][0]["quiet_ms"]);
    let log = std::fs::read_to_string(dir.join("stuck/kill.log")).unwrap();
    assert!(log.contains("no order rested after"), "{log}");
    child.kill().unwrap();
    child.wait().unwrap();
}
