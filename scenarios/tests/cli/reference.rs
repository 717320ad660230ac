//! Real captures against answers that were computed independently; see the README of the reference data.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{decimal, reference, run, tree};

const NO_FEES: &str =
    "--set venue.binance-spot.fees.taker_bps=0 --set venue.binance-usdm.fees.taker_bps=0";

/// A directory with the four captures imported into `catalog`, made once.
fn imported() -> Option<&'static (PathBuf, Value)> {
    static MADE: OnceLock<Option<(PathBuf, Value)>> = OnceLock::new();
    let make = || {
        let data = reference()?;
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reference");
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        let raw = data.join("binance_spot_usdm_20240808/raw");
        let files = [
            "spot/btcusdt",
            "spot/ethusdt",
            "usdm/btcusdt",
            "usdm/ethusdt",
        ];
        let files = files.map(|name| {
            raw.join(format!("{name}_20240808.gz"))
                .display()
                .to_string()
        });
        let import = format!(
            "data import binance-raw {} --catalog catalog",
            files.join(" ")
        );
        let report = run(&dir, &format!("{import} --json")).ok();
        fs::write(dir.join("import.json"), &report.out).unwrap();
        let before = tree(&dir.join("catalog"));
        assert!(run(&dir, &import).ok().out.contains("already imported"));
        assert_eq!(tree(&dir.join("catalog")), before);
        let truth = fs::read_to_string(data.join("truth/truth.json")).unwrap();
        Some((dir, serde_json::from_str(&truth).unwrap()))
    };
    MADE.get_or_init(make).as_ref()
}

fn scenario(coin: &str) -> String {
    format!(
        "{}/reference/ref_sim_{coin}.toml",
        env!("CARGO_MANIFEST_DIR")
    )
}

fn pair<'a>(truth: &'a Value, coin: &str) -> &'a Value {
    &truth["pairs"][format!("{} spot x usdm 20240808", coin.to_uppercase())]
}

/// Equal as numbers: the truth pads its decimals with zeros.
fn same(found: &Value, truth: &Value) {
    let truth: Decimal = truth.as_str().unwrap().parse().unwrap();
    assert_eq!(decimal(found), truth);
}

fn ref_sim(coin: &str, fees: &str, set: &str) {
    let Some((dir, truth)) = imported() else {
        return;
    };
    let truth = &pair(truth, coin)["R2"]["REF_sim"][fees];
    assert!(truth["round_trips"].as_u64().unwrap() > 0);
    let file = scenario(coin);
    let place = format!("{coin}-{fees}").replace(['%', '.'], "");
    let line = format!("backtest {file} --catalog catalog --out {place} --json {set}");
    let done = run(dir, &line).ok().json();
    assert_eq!(done["closed"]["round_trips"], truth["round_trips"]);
    same(&done["closed"]["gross"], &truth["gross_pnl_per_unit"]);
    same(&done["fees_paid"], &truth["fees_per_unit"]);
    assert_eq!(done["closed"]["first_entry_ts"], truth["first_entry_ts"]);
    assert_eq!(done["closed"]["last_exit_ts"], truth["last_exit_ts"]);
    let fills =
        4 * truth["round_trips"].as_u64().unwrap() + 2 * u64::from(truth["open_at_end"] == true);
    assert_eq!(done["fills"], fills);
    assert_eq!(done["ledger_residual"], "0");
    // What closed, as fees of closed trips, is less where a position is open.
    let closed = decimal(&done["closed"]["fees"]);
    assert_eq!(
        closed < decimal(&done["fees_paid"]),
        truth["open_at_end"] == true && fees != "fee0"
    );

    run(dir, &format!("replay {place} --verify")).ok();
    run(
        dir,
        &line.replace(&format!("--out {place}"), &format!("--out {place}-again")),
    )
    .ok();
    assert_eq!(
        tree(&dir.join(&place).join("journal")),
        tree(&dir.join(format!("{place}-again/journal")))
    );
}

#[test]
fn ref_sim_btc_without_fees() {
    ref_sim("btc", "fee0", NO_FEES);
}

#[test]
fn ref_sim_btc_with_fees() {
    ref_sim("btc", "feeA0.1%_B0.05%", "");
}

#[test]
fn ref_sim_eth_without_fees() {
    ref_sim("eth", "fee0", NO_FEES);
}

#[test]
fn ref_sim_eth_with_fees() {
    ref_sim("eth", "feeA0.1%_B0.05%", "");
}

/// The maker of the examples quotes on the capture's depth and trades, replays, and is refused without what the
/// capture lacks.
#[test]
fn the_maker_of_the_examples_quotes() {
    let Some((dir, _)) = imported() else {
        return;
    };
    let file = format!("{}/examples/btc_maker.toml", env!("CARGO_MANIFEST_DIR"));
    let line = format!(
        "backtest {file} --catalog catalog --set data.allow_inferred_instruments=true --out maker"
    );
    let done = run(dir, &format!("{line} --json")).ok().json();
    assert!(done["orders"].as_u64().unwrap() > 100, "{done}");
    assert!(done["fills"].as_u64().unwrap() > 0, "{done}");
    assert_eq!(done["ledger_residual"], "0");
    run(dir, "replay maker --verify").ok();
    let again = line.replace("--out maker", "--out maker-again");
    let asleep = run(dir, &format!("{again} --json --set every_event=true")).ok();
    assert_eq!(asleep.json()["orders"], done["orders"]);
    assert_eq!(asleep.json()["decisions_hash"], done["decisions_hash"]);
    for (set, says) in [
        (
            "sim.no_funding=false",
            "no funding rates of it in that time",
        ),
        (
            "venue.binance-usdm.latency.feed=recorded",
            "the clocks disagree",
        ),
    ] {
        run(dir, &format!("{again} --set {set}")).refused(1, &[says]);
    }
}

/// Eight tasks of four kinds on one account over both symbols and both venues of the capture: each trades, and each knows
/// what is its own.
#[test]
fn eight_tasks_trade_on_the_capture() {
    let Some((dir, _)) = imported() else {
        return;
    };
    let file = format!("{}/examples/capture_mixed.toml", env!("CARGO_MANIFEST_DIR"));
    let line = format!(
        "backtest {file} --catalog catalog --set data.allow_inferred_instruments=true --out mixed --json"
    );
    let done = run(dir, &line).ok().json();
    assert_eq!(done["ledger_residual"], "0");
    run(dir, "replay mixed --verify").ok();
    let status = run(dir, "status mixed --json").ok().json();
    let tasks = status["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 8);
    for task in tasks {
        assert!(task["executions"].as_u64() > Some(0), "{task:#}");
        assert_ne!(task["reason"], "quarantined", "{task:#}");
    }
}

/// Every key of the truth is in the document, with its value; decimals as text, floats within their rounding.
fn has_all(found: &Value, truth: &Value, path: &str, skip: &[&str]) {
    match truth {
        Value::Object(fields) => {
            for (key, value) in fields {
                if !skip.contains(&key.as_str()) {
                    has_all(&found[key], value, &format!("{path}.{key}"), skip);
                }
            }
        }
        _ => assert_eq!(found, truth, "{path}"),
    }
}

#[test]
fn spreads_equal_the_truth_key_by_key() {
    let Some((dir, truth)) = imported() else {
        return;
    };
    for coin in ["BTC", "ETH"] {
        let truth = pair(truth, coin);
        for rule in ["r1", "r2"] {
            let line = format!(
                "data spread binance-spot:{coin}USDT binance-usdm:{coin}USDT --catalog catalog --rule {rule} --json"
            );
            let found = run(dir, &line).ok().json();
            let other = if rule == "r1" { "R2" } else { "R1" };
            has_all(
                &found,
                truth,
                coin,
                &["visibility", "A", "B", "REF_sim", other],
            );
            assert_eq!(found.get(other), None);
        }
    }
}

#[test]
fn rebuilt_books_equal_the_truth() {
    let Some((dir, truth)) = imported() else {
        return;
    };
    let found = run(dir, "data info --catalog catalog --books --json")
        .ok()
        .json();
    let report = fs::read_to_string(dir.join("import.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let sources = report["sources"].as_array().unwrap();
    let instruments = found["instruments"].as_array().unwrap();
    let books = truth["books"].as_object().unwrap();
    assert_eq!((instruments.len(), books.len()), (4, 4));
    for (name, truth) in books {
        let [venue, symbol, _] = name.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{name}")
        };
        let name = format!("binance-{venue}:{symbol}");
        let instrument = instruments
            .iter()
            .find(|one| one["instrument"] == name.as_str())
            .unwrap();
        let skip = ["visibility", "files"];
        has_all(&instrument["book"], truth, &name, &skip);
        // The import tells the types of trade entries too.
        let series = sources.iter().map(|source| &source["series"][0]);
        let series = series
            .into_iter()
            .find(|one| one["instrument"] == name.as_str())
            .unwrap();
        assert_eq!(series["trade_X_types"], truth["trade_X_types"]);
        assert!(truth["book_sha256"].is_string());
    }
}
