//! Spreads and rebuilt books of real captures against answers that were computed independently.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use onetape_data::catalog::{Catalog, Series};
use onetape_data::import::{Options, binance_raw};
use onetape_data::inspect::info;
use onetape_data::spread::{Rule, SpreadRequest, spread};
use serde_json::{Value, json};
use tempfile::TempDir;

const CAPTURES: [&str; 4] = [
    "spot/btcusdt",
    "spot/ethusdt",
    "usdm/btcusdt",
    "usdm/ethusdt",
];

/// The captures in a catalogue, and the answers.
struct Reference {
    _dir: TempDir,
    catalog: Catalog,
    truth: Value,
}

fn folder() -> PathBuf {
    std::env::var_os("ONETAPE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    )
}

/// `None`, loudly, where the reference data is not at hand.
fn reference() -> Option<&'static Reference> {
    static REFERENCE: OnceLock<Option<Reference>> = OnceLock::new();
    REFERENCE.get_or_init(load).as_ref()
}

fn load() -> Option<Reference> {
    let folder = folder();
    let truth = folder.join("truth/truth.json");
    if !truth.exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no reference data at {}",
            folder.display()
        );
        eprintln!("SKIPPED: no reference data at {}", folder.display());
        return None;
    }
    let raw = folder.join("binance_spot_usdm_20240808/raw");
    let paths: Vec<PathBuf> = CAPTURES
        .iter()
        .map(|name| raw.join(format!("{name}_20240808.gz")))
        .collect();
    let dir = TempDir::new().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    binance_raw(&mut catalog, &paths, &Options::default(), &mut |_, _| ()).unwrap();
    Some(Reference {
        _dir: dir,
        catalog,
        truth: serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap(),
    })
}

fn series(venue: &str, symbol: &str) -> Series {
    Series {
        venue: venue.to_string(),
        symbol: symbol.to_string(),
    }
}

/// Lists every place where two values differ, so that one run shows all of them.
fn differences(place: &str, found: &Value, truth: &Value, into: &mut Vec<String>) {
    match (found, truth) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let missing = Value::String("(missing)".to_string());
                let (a, b) = (a.get(key), b.get(key));
                let (a, b) = (a.unwrap_or(&missing), b.unwrap_or(&missing));
                differences(&format!("{place}/{key}"), a, b, into);
            }
        }
        (a, b) if a == b => {}
        (a, b) => into.push(format!("{place}: found {a}, truth {b}")),
    }
}

fn without(value: &Value, keys: &[&str]) -> Value {
    let mut value = value.clone();
    for key in keys {
        value.as_object_mut().unwrap().remove(*key);
    }
    value
}

#[test]
fn spreads_equal_the_truth() {
    let Some(reference) = reference() else {
        return;
    };
    let mut wrong = Vec::new();
    for symbol in ["BTC", "ETH"] {
        let pair = &reference.truth["pairs"][format!("{symbol} spot x usdm 20240808")];
        for (rule, name, other) in [(Rule::R1, "R1", "R2"), (Rule::R2, "R2", "R1")] {
            let request = SpreadRequest {
                a: series("binance-spot", &format!("{symbol}USDT")),
                b: series("binance-usdm", &format!("{symbol}USDT")),
                rule,
                from: None,
                to: None,
            };
            let mut told = (0, 0);
            let found = spread(&reference.catalog, &request, &mut |done, total| {
                told = (done, total);
            })
            .unwrap();
            assert_eq!(told.0, found.rows_a + found.rows_b);
            assert_eq!(told.0, told.1);

            let mut truth = without(pair, &["visibility", other]);
            truth["A"] = json!([request.a.instrument()]);
            truth["B"] = json!([request.b.instrument()]);
            if let Some(evaluations) = truth[name].as_object_mut() {
                evaluations.remove("REF_sim");
            }
            let found_json = serde_json::to_value(&found).unwrap();
            differences(&format!("{symbol} {name}"), &found_json, &truth, &mut wrong);

            let text = found.to_string();
            assert!(text.contains("a round trip captures -"), "{text}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rebuilt_books_equal_the_truth() {
    let Some(reference) = reference() else {
        return;
    };
    let mut told = (0, 0);
    let found = info(&reference.catalog, None, true, &mut |done, total| {
        told = (done, total);
    })
    .unwrap();
    assert_eq!(told.0, told.1);
    assert_eq!(told.0, 243_476);
    let mut wrong = Vec::new();
    for (name, instrument) in [
        ("spot BTCUSDT 20240808", "binance-spot:BTCUSDT"),
        ("spot ETHUSDT 20240808", "binance-spot:ETHUSDT"),
        ("usdm BTCUSDT 20240808", "binance-usdm:BTCUSDT"),
        ("usdm ETHUSDT 20240808", "binance-usdm:ETHUSDT"),
    ] {
        let contents = found
            .instruments
            .iter()
            .find(|contents| contents.instrument == instrument)
            .unwrap();
        // What the trade stream's messages were called is told by the import: only trades are stored.
        let truth = without(&reference.truth["books"][name], &["visibility", "files"]);
        let book = serde_json::to_value(&contents.book).unwrap();
        differences(name, &book, &truth, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn contents_are_those_of_the_captures() {
    let Some(reference) = reference() else {
        return;
    };
    let name = "binance-spot:BTCUSDT";
    let found = info(&reference.catalog, Some(name), false, &mut |_, _| ()).unwrap();
    assert_eq!(found.instruments.len(), 1);
    let contents = &found.instruments[0];
    assert_eq!(
        (contents.rules.price_decimals, contents.rules.qty_decimals),
        (8, 8)
    );
    assert!(contents.rules.inferred && contents.book.is_none());
    let rows: Vec<(&str, u64)> = contents
        .kinds
        .iter()
        .map(|kind| (kind.kind, kind.rows))
        .collect();
    assert_eq!(
        rows,
        [("quote", 28_040), ("depth", 3_452), ("trade", 9_757)]
    );
    assert!(
        contents.kinds[0]
            .first
            .starts_with("2024-08-08T23:54:14.087891268Z")
    );
    let text = found.to_string();
    assert!(
        text.contains(name) && text.contains("inferred from data"),
        "{text}"
    );
}
