//! Captures of cryptofeed: what goes together, what is exact, what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use onetape_core::event::Level;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Ts;
use onetape_data::catalog::{Catalog, Kind, Row, Series};
use onetape_data::import::{Accept, ImportReport, Options, cryptofeed, frames};

use super::common::contents;

const LIST: &str = r#"https://api.gateio.ws/api/v4/futures/usdt/contracts -> 1700000000.5: [{"name":"XYZ_USDT","order_price_round":"0.0001","order_size_min":1,"order_size_max":1000,"quanto_multiplier":"0.01"}]
configuration: {"trades":["XYZ-USDT-PERP"]}
"#;
const BOOK: &str = r#"https://api.gateio.ws/api/v4/futures/usdt/order_book?contract=XYZ_USDT&limit=100&with_id=true -> 1700000001.3000001: {"id":11,"current":1700000001.2,"update":1700000001.15,"asks":[{"s":7,"p":"1.5001"}],"bids":[{"s":100,"p":"1.4999"}]}

"#;
const STREAM: &str = r#"wss://fx-ws.gateio.ws/v4/ws/usdt <-> 1700000000.9
wss://fx-ws.gateio.ws/v4/ws/usdt <- 1700000001.0: {"channel":"futures.trades","event":"subscribe","payload":["XYZ_USDT"]}
1700000001.1: {"channel":"futures.trades","event":"subscribe","result":{"status":"success"}}
1700000001.2000003: {"channel":"futures.order_book_update","event":"update","result":{"U":10,"a":[],"b":[{"p":"1.4998","s":5}],"s":"XYZ_USDT","t":1700000001100,"u":11}}
1700000001.4: {"channel":"futures.order_book_update","event":"update","result":{"U":12,"a":[{"p":"1.5001","s":0}],"b":[],"s":"XYZ_USDT","t":1700000001300,"u":12}}
1700000001.5: {"channel":"futures.trades","event":"update","result":[{"size":-3,"id":5,"create_time_ms":1700000001450,"price":"1.4999","contract":"XYZ_USDT"},{"size":4,"id":6,"create_time_ms":1700000001451,"price":"1.5","contract":"XYZ_USDT"}]}
1700000001.6: {"channel":"futures.book_ticker","event":"update","result":{"t":1700000001550,"u":13,"s":"XYZ_USDT","b":"1.4999","B":97,"a":"","A":0}}
"#;

fn write(dir: &Path, files: &[(&str, &str)]) -> Vec<PathBuf> {
    let write = |(name, text): &(&str, &str)| {
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    files.iter().map(write).collect()
}

fn import(root: &Path, paths: &[PathBuf], options: &Options) -> Result<ImportReport, String> {
    let mut catalog = Catalog::open_or_create(root).map_err(|why| why.to_string())?;
    cryptofeed(&mut catalog, paths, options, &mut |_, _| ()).map_err(|why| why.to_string())
}

const ALL: [(&str, &str); 3] = [("list", LIST), ("book", BOOK), ("stream", STREAM)];

/// The rows of the one instrument, by receive time.
fn rows(root: &Path, kind: Kind) -> Vec<Row> {
    let catalog = Catalog::open(root).unwrap();
    let series = Series {
        venue: "gate-usdt".to_string(),
        symbol: "XYZ_USDT".to_string(),
    };
    super::common::rows(&catalog, &series, kind)
}

#[test]
fn a_book_by_rest_stands_among_the_messages_that_change_it() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    // In whatever order the files are named.
    let mut paths = write(dir.path(), &ALL);
    paths.reverse();
    let report = import(&root, &paths, &Options::default()).unwrap();
    let stream = &report.sources[0];
    assert_eq!(stream.passed_over["answers to subscriptions"], 1);
    let series = &stream.series[0];
    assert_eq!(
        (series.instrument.as_str(), series.inferred),
        ("gate-usdt:XYZ_USDT", false)
    );
    assert_eq!(
        (series.depth_diffs, series.depth_snapshots, series.trades),
        (2, 1, 2)
    );
    assert_eq!((series.quotes, series.set_aside.one_sided), (1, 1));
    assert!(
        report.sources[1]
            .gave
            .as_ref()
            .unwrap()
            .starts_with("1 depth snapshots, stored with")
    );
    assert_eq!(
        report.sources[2].gave.as_deref(),
        Some("the rules of 1 instruments")
    );

    let level = |price, qty| Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    };
    let depth = rows(&root, Kind::Depth);
    let found: Vec<_> = (depth.iter())
        .map(|row| match row {
            Row::Depth(row) => (row.ts, row.snapshot, row.last, row.bids.clone()),
            _ => panic!(),
        })
        .collect();
    // 100 contracts of 0.01 are 1.00 base units; stamps keep all seven digits.
    let at = |nanos: i64| Ts::from_nanos(1_700_000_001_000_000_000 + nanos);
    assert_eq!(
        found,
        [
            (at(200_000_300), false, 11, vec![level(14_998, 5)]),
            (at(300_000_100), true, 11, vec![level(14_999, 100)]),
            (at(400_000_000), false, 12, Vec::new()),
        ]
    );
    let catalog = Catalog::open(&root).unwrap();
    let record = &catalog.instruments()[0];
    assert_eq!(
        (record.kind.as_str(), record.lot.as_str()),
        ("linear", "0.01")
    );
    assert_eq!(record.max_qty.as_deref(), Some("10"));

    // Once more: nothing changes, and the report says what would.
    let before = contents(&root);
    let report = import(&root, &paths, &Options::default()).unwrap();
    assert!(report.sources[0].already_imported);
    assert!(
        report.sources[1]
            .gave
            .as_ref()
            .unwrap()
            .contains("--replace takes both again")
    );
    assert_eq!(contents(&root), before);
    let options = Options {
        replace: true,
        ..Options::default()
    };
    import(&root, &paths, &options).unwrap();
    assert_eq!(contents(&root), before);
}

/// A case: its name, its files, the place and the fix that the error names.
type Refused<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[test]
fn what_cannot_be_is_refused_with_its_line_and_a_fix() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let gap = STREAM
        .replace(r#""U":12"#, r#""U":13"#)
        .replace(r#""u":12"#, r#""u":13"#);
    let late = STREAM.replace("1700000001.2000003:", "yesterday:");
    let internal = STREAM.replace(r#""id":5,"#, r#""id":5,"is_internal":true,"#);
    let cases: [Refused; 8] = [
        (
            "no list",
            &ALL[1..],
            "stream, line 4",
            "/futures/usdt/contracts",
        ),
        (
            "gap",
            &[ALL[0], ALL[1], ("stream", &gap)],
            "stream, line 5",
            "--accept gap",
        ),
        (
            "stamp",
            &[ALL[0], ("stream", &late)],
            "stream, line 4",
            "none of a cryptofeed capture",
        ),
        (
            "internal",
            &[ALL[0], ("stream", &internal)],
            "stream, line 6",
            "--accept non-trade",
        ),
        (
            "headless",
            &[("s", "1700000001.5: {}\n")],
            "s, line 1",
            "from its start",
        ),
        (
            "venue",
            &[("s", "wss://ws.kraken.com <-> 1700000001.5\n")],
            "kraken.com",
            "Binance and Gate",
        ),
        (
            "json",
            &[("s", "wss://api.gateio.ws/ws/v4/ <-> 1.5\n2.5: {\n")],
            "s, line 2",
            "mend",
        ),
        (
            "empty",
            &[("s", "configuration: {}\n")],
            "no line",
            "capture of cryptofeed",
        ),
    ];
    for (name, files, place, fix) in cases {
        let paths = write(dir.path(), files);
        let why = import(&root, &paths, &Options::default()).unwrap_err();
        assert!(why.contains(place) && why.contains(fix), "{name}: {why}");
        assert!(
            Catalog::open_or_create(&root)
                .unwrap()
                .all_files()
                .is_empty(),
            "{name}"
        );
    }
    let paths = write(dir.path(), &[ALL[0], ALL[1], ("stream", &gap)]);
    let accept = Accept {
        gaps: true,
        ..Accept::default()
    };
    let options = Options {
        accept,
        ..Options::default()
    };
    let report = import(&root, &paths, &options).unwrap();
    assert_eq!(report.sources[2].series[0].set_aside.gaps, 1);
    let options = Options {
        venue: Some("gate-usdt".to_string()),
        ..Options::default()
    };
    assert!(
        import(&root, &paths, &options)
            .unwrap_err()
            .contains("--venue")
    );
}

const HEAD: &str = "wss://stream.binance.com:9443/stream <-> 1700000000.1\n";

#[test]
fn single_and_aggregated_trades_do_not_both_count() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let one = r#"1700000000.2: {"stream":"xyzusdt@trade","data":{"e":"trade","E":1700000000100,"s":"XYZUSDT","t":1,"p":"1.50","q":"2","T":1700000000099,"m":true,"M":true}}"#;
    let many = r#"1700000000.3: {"stream":"xyzusdt@aggTrade","data":{"e":"aggTrade","E":1700000000100,"s":"XYZUSDT","a":1,"p":"1.50","q":"2","f":1,"l":1,"T":1700000000099,"m":true,"M":true}}"#;
    let both = format!("{HEAD}{one}\n{many}\n");
    let paths = write(dir.path(), &[("both", &both)]);
    let why = import(&root, &paths, &Options::default()).unwrap_err();
    assert!(
        why.contains("both, line 3") && why.contains("count twice"),
        "{why}"
    );
    let alone = format!("{HEAD}{many}\n");
    let paths = write(dir.path(), &[("alone", &alone)]);
    let report = import(&root, &paths, &Options::default()).unwrap();
    // Without a list the rules are only inferred.
    let series = &report.sources[0].series[0];
    assert_eq!((series.trades, series.inferred), (1, true));

    let futures = format!("{HEAD}{one}\n").replace(r#","M":true"#, r#","X":"MARKET""#);
    let paths = write(dir.path(), &[("mixed", &futures)]);
    let why = import(&root, &paths, &Options::default()).unwrap_err();
    assert!(
        why.contains("binance-usdm on a connection to binance-spot"),
        "{why}"
    );
}

#[test]
fn samples_are_stamped_with_the_time_of_the_venue() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let later = r#"{"exchange":"gate","case":"spot","message":"{\"channel\":\"spot.trades\",\"event\":\"update\",\"result\":{\"id\":2,\"create_time_ms\":\"1700000009000.5\",\"side\":\"buy\",\"currency_pair\":\"XYZ_USDT\",\"amount\":\"0.5\",\"price\":\"2.5\"}}"}"#;
    let first = later.replace("1700000009000.5", "1600000009000.25");
    let timeless = later.replace(r#"\"create_time_ms\":\"1700000009000.5\","#, "");
    let inverse = r#"{"exchange":"binance","case":"inverse_swap","message":"{\"e\":\"aggTrade\",\"E\":5,\"s\":\"XYZUSD_PERP\",\"a\":1,\"p\":\"1\",\"q\":\"5\",\"m\":true,\"T\":1700000000000}"}"#;
    let other = r#"{"exchange":"kraken","message":"[]"}"#;
    let text = [later, &first, &timeless, inverse, other].join("\n");
    let paths = write(dir.path(), &[("samples", &text)]);
    let mut catalog = Catalog::open_or_create(&root).unwrap();
    let report = frames(&mut catalog, &paths, &Options::default(), &mut |_, _| ()).unwrap();
    let source = &report.sources[0];
    assert_eq!(
        (source.lines, source.ignored, source.series[0].trades),
        (5, 3, 2)
    );
    let reasons: Vec<&str> = source.passed_over.keys().map(String::as_str).collect();
    assert_eq!(
        reasons,
        [
            "binance-coinm: the contract's value is not defined",
            "gate: no time of the venue",
            "messages of kraken in JSON",
        ]
    );
    let series = Series {
        venue: "gate-spot".to_string(),
        symbol: "XYZ_USDT".to_string(),
    };
    let found = super::common::rows(&catalog, &series, Kind::Trade);
    let stamps: Vec<i64> = found.iter().map(|row| row.ts().nanos()).collect();
    assert_eq!(
        stamps,
        [1_600_000_009_000_250_000, 1_700_000_009_000_500_000]
    );
    assert!(found.iter().all(|row| row.ts_venue().is_none()));

    for (line, says) in [
        ("{}", "neither an exchange"),
        ("7", "no sample"),
        (r#"{"hex":"0"}"#, "even number"),
    ] {
        let paths = write(dir.path(), &[("bad", line)]);
        let why = frames(&mut catalog, &paths, &Options::default(), &mut |_, _| ()).unwrap_err();
        assert!(why.to_string().contains(says), "{why}");
    }
}
