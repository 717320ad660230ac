//! Imports of real captures, and of everything that can be wrong with one.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use onetape_data::catalog::{Catalog, Kind, Series};
use onetape_data::import::{Accept, ImportReport, Options, binance_raw, instruments};

const T0: u64 = 1_723_161_254_000_000_000;

/// The capture that the tests read, `None` (loudly) where it is not at hand.
fn reference() -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("ONETAPE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let raw = root.join("binance_spot_usdm_20240808/raw");
    if !raw.exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no reference data at {}",
            raw.display()
        );
        eprintln!("SKIPPED: no reference data at {}", raw.display());
        return None;
    }
    let names = [
        "spot/btcusdt",
        "spot/ethusdt",
        "usdm/btcusdt",
        "usdm/ethusdt",
    ];
    Some(
        names
            .iter()
            .map(|name| raw.join(format!("{name}_20240808.gz")))
            .collect(),
    )
}

fn import(root: &Path, paths: &[PathBuf], options: &Options) -> Result<ImportReport, String> {
    let mut catalog = Catalog::open_or_create(root).map_err(|why| why.to_string())?;
    binance_raw(&mut catalog, paths, options, &mut |_, _| ()).map_err(|why| why.to_string())
}

/// Every file below a directory with its bytes.
fn contents(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn four_real_captures_in_one_call() {
    let Some(paths) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let report = import(dir.path(), &paths, &Options::default()).unwrap();
    // As PROVENANCE.md of the capture and the independently computed answers say.
    let expected = [
        ("binance-spot:BTCUSDT", 41_249, 28_040, 3_451, 9_757, "None"),
        ("binance-spot:ETHUSDT", 33_618, 24_077, 3_434, 6_106, "None"),
        (
            "binance-usdm:BTCUSDT",
            93_954,
            66_089,
            6_551,
            21_313,
            "MARKET",
        ),
        (
            "binance-usdm:ETHUSDT",
            74_655,
            53_992,
            6_586,
            14_076,
            "MARKET",
        ),
    ];
    for (source, expected) in report.sources.iter().zip(expected) {
        let [series] = source.series.as_slice() else {
            panic!("{source:?}")
        };
        let found = (
            series.instrument.as_str(),
            source.lines,
            series.quotes,
            series.depth_diffs,
            series.trades,
            expected.5,
        );
        assert_eq!(found, expected);
        assert_eq!(series.depth_snapshots, 1);
        assert_eq!(series.trade_x_types.get(expected.5), Some(&expected.4));
        assert_eq!((source.ignored, series.set_aside), (0, Default::default()));
        assert_eq!(series.messages, source.lines);
        assert!(series.inferred);
    }
    assert_eq!(report.messages, 243_476);
    let catalog = Catalog::open(dir.path()).unwrap();
    for file in catalog.all_files() {
        catalog.verify(file).unwrap();
    }
    let scales = |name| {
        let record = catalog.instrument(name).unwrap();
        (
            record.price_decimals,
            record.qty_decimals,
            record.base.as_str(),
            record.quote.as_str(),
        )
    };
    assert_eq!(scales("binance-spot:BTCUSDT"), (8, 8, "BTC", "USDT"));
    assert_eq!(scales("binance-usdm:BTCUSDT"), (2, 3, "BTC", "USDT"));

    let before = contents(dir.path());
    let again = import(dir.path(), &paths, &Options::default()).unwrap();
    assert!(again.sources.iter().all(|source| source.already_imported));
    assert_eq!(contents(dir.path()), before);
    let replace = Options {
        replace: true,
        ..Options::default()
    };
    import(dir.path(), &paths, &replace).unwrap();
    assert_eq!(
        contents(dir.path()),
        before,
        "the same source makes the same bytes"
    );
}

#[test]
fn a_cut_capture_leaves_nothing() {
    let Some(paths) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bytes = fs::read(&paths[1]).unwrap();
    for keep in [bytes.len() / 2, bytes.len() - 4] {
        let cut = dir.path().join("cut.gz");
        fs::write(&cut, &bytes[..keep]).unwrap();
        let root = dir.path().join("catalog");
        let why = import(&root, &[paths[0].clone(), cut], &Options::default()).unwrap_err();
        assert!(
            why.contains("cut.gz") && why.contains("cut off after line"),
            "{why}"
        );
        assert!(!root.exists());
    }
}

fn spot_quote(bid: &str, qty: &str) -> String {
    format!(
        r#"{{"stream":"xyzusdt@bookTicker","data":{{"u":7,"s":"XYZUSDT","b":"{bid}","B":"{qty}","a":"1.60","A":"3.0"}}}}"#
    )
}

fn perp_trade(price: &str, kind: &str) -> String {
    format!(
        r#"{{"stream":"xyzusdt@trade","data":{{"e":"trade","E":1723161255000,"T":1723161255000,"s":"XYZUSDT","t":3,"p":"{price}","q":"1.0","X":"{kind}","m":false}}}}"#
    )
}

fn perp_diff(symbol: &str, first: u64, last: u64, prev: u64, bid: &str) -> String {
    format!(
        r#"{{"stream":"s@depth@0ms","data":{{"e":"depthUpdate","E":1723161255000,"T":1723161255000,"s":"{symbol}","U":{first},"u":{last},"pu":{prev},"b":[["{bid}","2.0"]],"a":[]}}}}"#
    )
}

fn perp_snapshot(id: u64) -> String {
    format!(
        r#"{{"lastUpdateId":{id},"E":1723161255000,"T":1723161255000,"bids":[["1.50","1.0"]],"asks":[["1.70","1.0"]]}}"#
    )
}

fn perp_mark(mark: &str, rate: &str) -> String {
    format!(
        r#"{{"stream":"xyzusdt@markPrice@1s","data":{{"e":"markPriceUpdate","E":1723161255000,"s":"XYZUSDT","p":"{mark}","i":"1.55","P":"1","r":"{rate}","T":1723161600000}}}}"#
    )
}

/// A capture of messages, a microsecond apart.
fn stamped(messages: &[String]) -> String {
    (messages.iter().enumerate())
        .map(|(n, message)| format!("{} {message}\n", T0 + n as u64 * 1_000))
        .collect()
}

struct Case {
    dir: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("catalog")
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, text: &str, options: &Options) -> Result<ImportReport, String> {
        let path = self.file("capture.txt", text);
        import(&self.root(), &[path], options)
    }
}

/// Imports a text that is refused at a line, beside a good file, and finds the catalogue as it was.
fn refused(text: &str, line: u64, what: &str, fix: &str) {
    let case = Case::new();
    let good = case.file(
        "good.txt",
        &stamped(&[spot_quote("1.50", "2.0").replace("XYZ", "ABC")]),
    );
    import(&case.root(), &[good], &Options::default()).unwrap();
    let before = contents(&case.root());
    let other = case.file(
        "other.txt",
        &stamped(&[spot_quote("1.51", "2.0").replace("XYZ", "DEF")]),
    );
    let bad = case.file("bad.txt", text);
    let why = import(&case.root(), &[other, bad], &Options::default()).unwrap_err();
    let place = format!("bad.txt, line {line}:");
    for part in [place.as_str(), what, fix] {
        assert!(why.contains(part), "{part:?} is not in {why:?}");
    }
    assert!(!why.contains('\n'), "one line: {why}");
    assert_eq!(contents(&case.root()), before);
}

#[test]
fn bad_lines_are_refused_with_place_and_fix() {
    let quote = || spot_quote("1.50", "2.0");
    let trade = || perp_trade("1.50", "MARKET");
    let lines = |messages: &[String]| stamped(messages);
    refused(
        &lines(&[quote(), "{\"stream\":\"x\",".to_string()]),
        2,
        "broken JSON",
        "remove the line",
    );
    refused(
        &format!("{}{}\n", lines(&[quote()]), quote()),
        2,
        "receive time",
        "ns, us or ms",
    );
    refused("1723161254 {}\n", 1, "receive time", "ns, us or ms");
    for price in ["0.00", "-1.50"] {
        refused(
            &lines(&[quote(), spot_quote(price, "2.0")]),
            2,
            "not above zero",
            "--accept bad-price",
        );
        refused(
            &lines(&[trade(), perp_trade(price, "MARKET")]),
            2,
            "not above zero",
            "--accept bad-price",
        );
        refused(
            &lines(&[perp_diff("XYZUSDT", 1, 2, 0, price)]),
            1,
            "not above zero",
            "--accept bad-price",
        );
        refused(
            &lines(&[trade(), perp_mark(price, "0")]),
            2,
            "not above zero",
            "--accept bad-price",
        );
    }
    refused(
        &lines(&[quote(), spot_quote("1.50", "0.0")]),
        2,
        "quantity",
        "--accept bad-price",
    );
    refused(
        &lines(&[trade(), perp_trade("0", "NA")]),
        2,
        "X=\"NA\"",
        "--accept non-trade",
    );
    refused(
        &lines(&[trade(), perp_trade("1.5", "INSURANCE_FUND")]),
        2,
        "INSURANCE_FUND",
        "--accept non-trade",
    );
    refused(
        &lines(&[trade(), quote()]),
        2,
        "binance-spot among those of binance-usdm",
        "split the file",
    );
    refused(
        &lines(&[trade(), perp_trade("1.5e3", "MARKET")]),
        2,
        "not a plain decimal",
        "remove the line",
    );
    let gap = [
        perp_snapshot(10),
        perp_diff("XYZUSDT", 9, 12, 8, "1.50"),
        perp_diff("XYZUSDT", 14, 15, 13, "1.50"),
    ];
    refused(&lines(&gap), 3, "come after 12", "--accept gap");
    let two = [
        perp_diff("XYZUSDT", 9, 12, 8, "1.50"),
        perp_diff("ABCUSDT", 9, 12, 8, "1.50"),
        perp_snapshot(10),
    ];
    refused(&lines(&two), 3, "several symbols", "split the file");
}

#[test]
fn more_decimals_than_the_instrument_has_are_refused() {
    // Beyond the lines that are looked at first.
    let mut messages = vec![spot_quote("1.50", "2.0"); 1_000];
    messages.push(spot_quote("1.505", "2.0"));
    refused(
        &stamped(&messages),
        1_001,
        "has more than 2 decimals",
        "data import instruments",
    );
    messages[1_000] = spot_quote("1.5000", "2.0");
    Case::new()
        .run(&stamped(&messages), &Options::default())
        .unwrap();
}

#[test]
fn files_without_use_are_refused() {
    for (text, what) in [
        ("", "which venue"),
        ("\n\n", "which venue"),
        (
            "1723161254000000000 {\"result\":null,\"id\":1}\n",
            "which venue",
        ),
    ] {
        let case = Case::new();
        let why = case.run(text, &Options::default()).unwrap_err();
        assert!(why.contains("capture.txt") && why.contains(what), "{why}");
        let told = Options {
            venue: Some("binance-spot".to_string()),
            ..Options::default()
        };
        let why = case.run(text, &told).unwrap_err();
        assert!(why.contains("no line of it can be used"), "{why}");
        assert!(!case.root().exists());
    }
    let case = Case::new();
    let why = import(
        &case.root(),
        &[case.dir.path().join("none.gz")],
        &Options::default(),
    );
    assert!(why.unwrap_err().contains("none.gz"));
}

#[test]
fn what_is_accepted_is_set_aside_and_counted() {
    let accept = Options {
        accept: Accept {
            non_trades: true,
            gaps: true,
            bad_prices: true,
        },
        ..Options::default()
    };
    let messages = [
        perp_snapshot(10),
        perp_diff("XYZUSDT", 9, 12, 8, "1.50"),
        perp_trade("1.50", "MARKET"),
        perp_trade("0", "NA"),
        perp_trade("0.00", "MARKET"),
        perp_diff("XYZUSDT", 14, 15, 13, "1.50"),
        perp_diff("XYZUSDT", 16, 17, 15, "0.00"),
        perp_mark("1.55000001", "0.0001"),
        perp_mark("1.55000002", "0.0001"),
        perp_mark("1.55000003", "0.0002"),
    ];
    let case = Case::new();
    let report = case.run(&stamped(&messages), &accept).unwrap();
    let series = &report.sources[0].series[0];
    let aside = series.set_aside;
    assert_eq!((aside.non_trades, aside.gaps, aside.bad_prices), (1, 1, 2));
    let counts = (
        series.trades,
        series.depth_diffs,
        series.marks,
        series.fundings,
    );
    assert_eq!(counts, (3, 3, 3, 2));
    assert_eq!(series.trade_x_types.get("NA"), Some(&1));
    let catalog = Catalog::open(&case.root()).unwrap();
    let of = Series {
        venue: "binance-usdm".to_string(),
        symbol: "XYZUSDT".to_string(),
    };
    let rows = |kind| {
        let file = catalog.files(&of, kind)[0];
        (file.rows, file.parquet_rows)
    };
    assert_eq!(rows(Kind::Trade), (1, 1));
    // The snapshot has two levels; the message whose only level was left out still stands.
    assert_eq!(rows(Kind::Depth), (4, 5));
    assert_eq!(rows(Kind::Mark), (3, 3));
    assert_eq!(rows(Kind::Funding), (2, 2));
}

#[test]
fn stamps_may_be_in_nanoseconds_microseconds_or_milliseconds() {
    for (stamp, unit) in [(T0, 1), (T0 / 1_000, 1_000), (T0 / 1_000_000, 1_000_000)] {
        let case = Case::new();
        let text = format!(
            "{stamp} {}\r\n\n{} {}",
            spot_quote("1.50", "2.0"),
            stamp + 1,
            spot_quote("1.51", "2.0")
        );
        case.run(&text, &Options::default()).unwrap();
        let catalog = Catalog::open(&case.root()).unwrap();
        let file = &catalog.all_files()[0];
        let span = (file.first_ts, file.last_ts - file.first_ts);
        assert_eq!(span, (i64::try_from(T0).unwrap(), unit));
    }
}

#[test]
fn gzip_goes_by_content_and_may_have_several_members() {
    let case = Case::new();
    let path = case.dir.path().join("capture.log");
    let mut file = fs::File::create(&path).unwrap();
    for n in [0, 1_000_000] {
        let mut gz = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
        writeln!(gz, "{} {}", T0 + n, spot_quote("1.50", "2.0")).unwrap();
        gz.finish().unwrap();
    }
    let report = import(&case.root(), &[path], &Options::default()).unwrap();
    assert_eq!(report.messages, 2);
}

#[test]
fn the_same_content_twice_and_overlaps() {
    let case = Case::new();
    let one = stamped(&[spot_quote("1.50", "2.0"), spot_quote("1.51", "2.0")]);
    let (a, b) = (case.file("a.txt", &one), case.file("b.txt", &one));
    let report = import(&case.root(), &[a, b], &Options::default()).unwrap();
    let known: Vec<_> = report
        .sources
        .iter()
        .map(|source| source.already_imported)
        .collect();
    assert_eq!(known, [false, true]);
    let c = case.file("c.txt", &one.replace("1.51", "1.52"));
    let why = import(&case.root(), std::slice::from_ref(&c), &Options::default()).unwrap_err();
    assert!(why.contains("c.txt") && why.contains("--replace"), "{why}");
    let replace = Options {
        replace: true,
        ..Options::default()
    };
    import(&case.root(), &[c], &replace).unwrap();
    assert_eq!(Catalog::open(&case.root()).unwrap().all_files().len(), 1);
}

#[test]
fn the_venue_can_be_told() {
    let case = Case::new();
    let told = Options {
        venue: Some("my-venue".to_string()),
        ..Options::default()
    };
    case.run(&stamped(&[spot_quote("1.50", "2.0")]), &told)
        .unwrap();
    Catalog::open(&case.root())
        .unwrap()
        .instrument("my-venue:XYZUSDT")
        .unwrap();
}

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
    instruments(&mut catalog, &path)
        .map(|report| report.changed)
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
