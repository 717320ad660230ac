//! `onetape report`: what a run's net is made of, and one round trip of it, in agreement with everything else that speaks
//! of them.

use serde_json::Value;

use super::common::{run, small_run};

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// The sum of decimal texts, in trillionths.
fn sum<'a>(parts: impl Iterator<Item = &'a Value>) -> i128 {
    parts
        .map(|part| i128::from(onetape_core::num::parse_fixed(text(part), 12).unwrap()))
        .sum()
}

const PARTS: [&str; 13] = [
    "decision_edge",
    "delay",
    "legging",
    "slippage",
    "spread_capture",
    "repair",
    "venue_closings",
    "fees",
    "rebates",
    "funding",
    "residual_basis",
    "residual_delta",
    "dust_and_rounding",
];

/// Fills of a real run have their tops, the parts sum to the net that the figures have, and the curve ends there.
#[test]
fn pl3_the_net_of_a_run_is_explained_to_the_last_digit() {
    let dir = small_run();
    let said = run(dir.path(), "report run --json").ok().json();
    let analysis = &said["analysis"];
    assert_eq!(analysis["unseen_fills"], 0);
    let total = &analysis["attribution"]["total"];
    assert_eq!(total["net"], said["pnl"]["net"]);
    let net = sum([&said["pnl"]["net"]].into_iter());
    assert_eq!(sum(PARTS.iter().map(|part| &total[part])), net);
    for group in ["by_venue", "by_symbol", "by_task", "by_exit_reason"] {
        let parts = analysis["attribution"][group].as_object().unwrap().values();
        assert_eq!(sum(parts.map(|part| &part["net"])), net, "{group}");
    }
    for group in ["by_leg", "by_day"] {
        let parts = analysis["attribution"][group].as_array().unwrap().iter();
        assert_eq!(sum(parts.map(|part| &part["net"])), net, "{group}");
    }
    // Something was decided on, and orders were late: a run with latencies and fees has both.
    assert_ne!(total["decision_edge"], "0");
    assert_ne!(total["fees"], "0");
    let days = analysis["equity"]["days"].as_array().unwrap();
    assert_eq!(days.last().unwrap()["conservative"], said["pnl"]["net"]);
    assert_eq!(
        analysis["statistics"]["sharpe"]["why_not"],
        "fewer than 30 daily buckets"
    );
    let funnel = &analysis["execution"]["funnel"];
    let trips = said["round_trips"].as_array().unwrap().len() as u64;
    assert_eq!(funnel["filled"], trips);
    assert!(
        funnel["seen"].as_u64() > funnel["attempted"].as_u64(),
        "{funnel}"
    );
}

/// `report --trade`, the report's JSON and `journal why` say the same of a round trip.
#[test]
fn a_round_trip_is_the_same_wherever_it_is_told_of() {
    let dir = small_run();
    let all = run(dir.path(), "report run --json").ok().json();
    let told = &all["round_trips"][0];
    let number = told["trip"].as_u64().unwrap();
    let said = run(dir.path(), &format!("report run --trade {number} --json"))
        .ok()
        .json();
    assert_eq!(&said["round_trip"], told);
    let timeline = said["timeline"].as_array().unwrap();
    let kinds = |kind: &str| timeline.iter().filter(|step| step["kind"] == kind).count();
    assert!(kinds("book") >= 4, "{said:#}");
    assert!(kinds("decision") >= 2 && kinds("event") >= 4, "{said:#}");
    let entry = timeline
        .iter()
        .find(|step| step["kind"] == "decision")
        .unwrap();
    assert_eq!(entry["reason"], told["entry_reason"]);
    let at = text(&entry["time"]);
    let why = run(dir.path(), &format!("journal why run --at {at} --json"))
        .ok()
        .json();
    assert_eq!(why["tasks"][0]["reason"], entry["reason"]);
    // The books before the decision are the tops that its edge was worked out on.
    let shown = run(dir.path(), &format!("report run --trade {number}"))
        .ok()
        .out;
    assert!(
        shown.contains(&format!("round trip {number} of ")),
        "{shown}"
    );
    assert!(shown.contains(text(&told["net"])), "{shown}");
    let named = format!("report run --trade {}:{number}", text(&told["task"]));
    assert_eq!(run(dir.path(), &named).ok().out, shown);
}

#[test]
fn a_round_trip_that_is_not_there_is_refused() {
    let dir = small_run();
    run(dir.path(), "report run --trade 999").refused(1, &["no round trip 999"]);
    run(dir.path(), "report run --trade x").refused(2, &["is no round trip"]);
}
