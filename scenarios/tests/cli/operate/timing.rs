//! How long things took, as a live run tells it.

use std::collections::BTreeSet;

use super::*;

fn keys(told: &Value) -> BTreeSet<&str> {
    let told = told.as_object().unwrap();
    told.keys().map(String::as_str).collect()
}

#[test]
fn a_live_run_tells_how_long_things_took() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir, KEY, SECRET);
    scenario(dir, "");
    let live = format!(
        "live scenario.toml --local {} --out run --duration 90s",
        served.local()
    );
    let mut command = keyed(dir, &live);
    command.args(["--confirm", "trade spot-perp live"]);
    let mut child = command.spawn().unwrap();
    let told = status(dir, |told| {
        let count = |name: &str| told["timing"][name]["count"].as_u64();
        count("dispatch") > Some(1) && count("repairs") > Some(0)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let timing = &told["timing"];
    let wanted = [
        "arrivals",
        "orders",
        "repairs",
        "dispatch",
        "steps",
        "unmeasured",
        "repairs_unmeasured",
    ];
    assert_eq!(keys(timing), BTreeSet::from(wanted));
    let figures = [
        "count", "mean_us", "p50_us", "p90_us", "p99_us", "p999_us", "max_us",
    ];
    let steps = timing["steps"].as_object().unwrap();
    for step in steps.values() {
        assert_eq!(keys(step), BTreeSet::from(figures));
    }
    for name in ["arrivals", "orders", "repairs", "dispatch"] {
        let mut spread = timing[name].clone();
        let counted = spread["buckets"].as_array().unwrap().iter();
        let counted: u64 = counted.map(|it| it["count"].as_u64().unwrap()).sum();
        assert_eq!(spread["count"], counted, "{name}");
        spread.as_object_mut().unwrap().remove("buckets");
        assert_eq!(keys(&spread), BTreeSet::from(figures), "{name}");
    }
    // Both legs left by their sockets, one after the other.
    assert!(
        timing["dispatch"]["max_us"].as_f64() > Some(0.0),
        "{timing}"
    );
    let count = |name: &str| timing[name]["count"].as_u64().unwrap();
    assert!(count("dispatch") <= count("orders") + count("repairs"));
}
