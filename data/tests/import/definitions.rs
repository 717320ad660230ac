//! Instruments as people state them.

use onetape_data::catalog::Catalog;
use onetape_data::import::{Options, instruments};

use crate::common::{Case, contents, spot_quote, stamped};

const TOML: &str = r#"
[[instrument]]
name = "binance-spot:XYZUSDT"
kind = "spot"
base = "XYZ"
quote = "USDT"
price_decimals = 4
qty_decimals = 3
tick = "0.01"
lot = "0.1"
min_qty = "0.1"
min_notional = "5"
"#;

fn define(case: &Case, text: &str) -> Result<bool, String> {
    let path = case.file("instruments.toml", text);
    let mut catalog = Catalog::open_or_create(&case.root()).map_err(|why| why.to_string())?;
    instruments(&mut catalog, &[path])
        .map(|reports| reports[0].changed)
        .map_err(|why| why.to_string())
}

#[test]
fn stated_instruments_win_over_inferred_ones() {
    let case = Case::new();
    assert_eq!(define(&case, TOML), Ok(true));
    assert_eq!(define(&case, TOML), Ok(false));
    let report = case
        .run(&stamped(&[spot_quote("1.50", "2.0")]), &Options::default())
        .unwrap();
    assert!(!report.sources[0].series[0].inferred);
    let catalog = Catalog::open(&case.root()).unwrap();
    let record = catalog.instrument("binance-spot:XYZUSDT").unwrap();
    assert_eq!((record.price_decimals, record.tick.as_str()), (4, "0.01"));

    let before = contents(&case.root());
    let why = define(
        &case,
        &TOML.replace("price_decimals = 4", "price_decimals = 2"),
    )
    .unwrap_err();
    assert!(why.contains("4 price and 3 quantity decimals"), "{why}");
    assert_eq!(contents(&case.root()), before);
}

#[test]
fn mistakes_in_instruments_are_named_with_their_line() {
    for (from, to, line, what) in [
        ("base = ", "basis = ", 5, "basis"),
        ("kind = \"spot\"\n", "", 2, "kind"),
        (
            "price_decimals = 4",
            "price_decimals = \"4\"",
            7,
            "expected u8",
        ),
        ("tick = \"0.01\"", "tick = \"0.00001\"", 2, "tick"),
        ("kind = \"spot\"", "kind = \"inverse\"", 2, "contract_value"),
        ("binance-spot:XYZUSDT", "XYZUSDT", 2, "binance-spot:BTCUSDT"),
        ("[[instrument]]", "[[instruments]]", 2, "instruments"),
        ("quote = \"USDT\"", "quote = USDT", 6, ""),
    ] {
        let case = Case::new();
        let why = define(&case, &TOML.replace(from, to)).unwrap_err();
        assert!(
            why.contains(&format!("instruments.toml, line {line}:")),
            "{why}"
        );
        assert!(why.contains(what), "{why}");
        assert!(!case.root().exists(), "{why}");
    }
    let case = Case::new();
    let why = define(&case, &format!("{TOML}{TOML}")).unwrap_err();
    assert!(why.contains("line 14") && why.contains("twice"), "{why}");
}

#[test]
fn files_of_instruments_are_taken_together() {
    let case = Case::new();
    let good = case.file("good.toml", TOML);
    let other = TOML.replace("XYZUSDT", "ABCUSDT");
    let bad = case.file("bad.toml", &other.replace("kind = \"spot\"\n", ""));
    let mut catalog = Catalog::open_or_create(&case.root()).unwrap();
    let why = instruments(&mut catalog, &[good.clone(), bad]).unwrap_err();
    assert!(why.to_string().contains("bad.toml, line 2:"), "{why}");
    assert!(!case.root().exists());

    let why = instruments(&mut catalog, &[good.clone(), good.clone()]).unwrap_err();
    assert!(why.to_string().contains("twice"), "{why}");
    let more = case.file("more.toml", &other);
    instruments(&mut catalog, std::slice::from_ref(&good)).unwrap();
    let reports = instruments(&mut catalog, &[good, more]).unwrap();
    assert_eq!([reports[0].changed, reports[1].changed], [false, true]);
    assert_eq!(catalog.instruments().len(), 2);
}

const TIERS: &str = r#"
[[instrument]]
name = "binance-usdm:XYZUSDT"
kind = "linear"
base = "XYZ"
quote = "USDT"
price_decimals = 4
qty_decimals = 3
tick = "0.01"
lot = "0.1"
min_qty = "0.1"
min_notional = "5"

[[instrument.tiers]]
up_to = "5000"
maintenance = "0.01"
max_leverage = 50

[[instrument.tiers]]
maintenance = "0.025"
max_leverage = 20
"#;

#[test]
fn margin_tiers_are_kept_and_mistakes_in_them_are_named_with_their_line() {
    let case = Case::new();
    assert_eq!(define(&case, TIERS), Ok(true));
    assert_eq!(define(&case, TIERS), Ok(false));
    let catalog = Catalog::open(&case.root()).unwrap();
    let record = catalog.instrument("binance-usdm:XYZUSDT").unwrap();
    assert_eq!(record.tiers.len(), 2);
    assert_eq!(record.tiers[0].up_to.as_deref(), Some("5000"));
    assert_eq!(
        (
            record.tiers[1].up_to.as_deref(),
            record.tiers[1].max_leverage
        ),
        (None, 20)
    );
    // Tiers may change: they are no scale of stored rows.
    assert_eq!(define(&case, &TIERS.replace("0.025", "0.05")), Ok(true));

    for (from, to, line, what) in [
        ("\"0.025\"", "\"0.005\"", 2, "maintenance must not fall"),
        ("\"5000\"", "\"-5000\"", 2, "up_to of tier 1"),
        ("up_to = \"5000\"\n", "", 2, "tier 1 has no up_to"),
        ("maintenance = \"0.025\"", "rate = \"0.025\"", 20, "rate"),
        ("max_leverage = 20", "max_leverage = -20", 21, "u32"),
        ("\"linear\"", "\"spot\"", 2, "tiers are for futures"),
    ] {
        let case = Case::new();
        let why = define(&case, &TIERS.replace(from, to)).unwrap_err();
        assert!(
            why.contains(&format!("instruments.toml, line {line}:")),
            "{why}"
        );
        assert!(why.contains(what), "{why}");
        assert!(!case.root().exists(), "{why}");
    }
}
