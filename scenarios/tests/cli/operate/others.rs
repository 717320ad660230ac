//! Somebody else at the account of a run, and what a run leaves behind when it ends.

use std::io::Write as _;
use std::thread::sleep;

use onetape_adapters::client_id::RunTag;
use onetape_adapters::protocol::Protocol;
use onetape_core::command::TimeInForce;
use onetape_core::instrument::Side;

use super::*;
use crate::common::client::{self, block_on};

#[test]
fn another_at_the_account_is_told_of_and_left_alone_and_no_timer_outlives_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    scenario(dir, "[live]\ndead_man = \"15s\"\nhealth_every = \"1s\"");
    add_keys(dir, KEY, SECRET);
    let live = format!(
        "live scenario.toml --local {} --duration 12s --out run",
        served.local()
    );
    let mut child = keyed(dir, &live).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"trade spot-perp live\n").unwrap();
    drop(stdin);
    status(dir, |told| {
        told["tasks"][0]["executions"].as_u64() > Some(0)
    });
    // The same program, a run of its own: the same ids but for the tag.
    let tag = RunTag::of(7);
    let served = &served;
    let setup = |protocol: Protocol| async move {
        let at = served.at(protocol.venue());
        let setup = client::setup(&at, protocol, "BTCUSDT", [KEY, SECRET]).await;
        setup.tagged(Some(tag))
    };
    let futures = block_on(async {
        let spot = setup(Protocol::BinanceSpot).await;
        let futures = setup(Protocol::BinanceUsdm).await;
        let takes = TimeInForce::ImmediateOrCancel;
        client::place(&spot, 0, Side::Buy, 101, takes).await;
        // The run is short there, if anything: this makes it more.
        client::place(&futures, 0, Side::Sell, 99, takes).await;
        client::place(&futures, 1, Side::Buy, 80, TimeInForce::GoodTillCancelled).await;
        futures
    });
    let told = status(dir, |told| {
        let waiting = told["waiting"].as_array();
        waiting.is_some_and(|all| all.len() >= 2)
    });
    let waits = told["waiting"].to_string();
    assert!(waits.contains("somebody else traded"), "{told}");
    let done = Done::of(&child.wait_with_output().unwrap()).exits(0);
    let shown = run(dir, "journal show run").exits(0).out;
    for venue in ["binance-spot", "binance-usdm"] {
        let told = format!("foreign_trade instrument={venue}:BTCUSDT");
        assert!(shown.contains(&told), "{shown}");
    }
    let other = format!("has an order of another run (-{tag})");
    assert!(shown.contains(&other), "{shown}\n{}", done.err);
    run(dir, "replay run --verify").exits(0);
    run(dir, "report run").exits(0);
    // Past the time of the run's timer: it ended with the run, and nobody's order was taken back.
    sleep(Duration::from_secs(17));
    assert_eq!(block_on(client::open(&futures)), 1);
}

#[test]
fn orders_of_a_run_end_with_its_own_tag() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    scenario(dir, "");
    add_keys(dir, KEY, SECRET);
    let tags = ["one", "two"].map(|out| {
        let live = format!(
            "live scenario.toml --local {} --duration 2s --out {out}",
            served.local()
        );
        with_input(keyed(dir, &live), "trade spot-perp live\n").exits(0);
        let epoch = std::fs::read_to_string(dir.join(out).join("epoch")).unwrap();
        let (count, tag) = epoch.trim_end().split_once(' ').unwrap();
        assert_eq!(count, "1");
        RunTag::parse(tag).unwrap()
    });
    assert_ne!(tags[0], tags[1]);
}
