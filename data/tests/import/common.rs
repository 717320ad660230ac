//! Captures of the tests, and imports of them.

use std::fs;
use std::path::{Path, PathBuf};

use onetape_data::catalog::{Catalog, Kind, Row, Series};
use onetape_data::import::{ImportReport, Options, binance_raw};
use onetape_data::tape::Rows;

pub(crate) const T0: u64 = 1_723_161_254_000_000_000;

/// The capture that the tests read, `None` (loudly) where it is not at hand.
pub(crate) fn reference() -> Option<Vec<PathBuf>> {
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

pub(crate) fn import(
    root: &Path,
    paths: &[PathBuf],
    options: &Options,
) -> Result<ImportReport, String> {
    let mut catalog = Catalog::open_or_create(root).map_err(|why| why.to_string())?;
    binance_raw(&mut catalog, paths, options, &mut |_, _| ()).map_err(|why| why.to_string())
}

/// Every file below a directory with its bytes.
pub(crate) fn contents(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
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

/// The stored rows of a series and kind.
pub(crate) fn rows(catalog: &Catalog, series: &Series, kind: Kind) -> Vec<Row> {
    let mut rows = Rows::open(catalog, series, kind, None, None).unwrap();
    std::iter::from_fn(|| rows.next_row().unwrap()).collect()
}

pub(crate) fn spot_quote(bid: &str, qty: &str) -> String {
    format!(
        r#"{{"stream":"xyzusdt@bookTicker","data":{{"u":7,"s":"XYZUSDT","b":"{bid}","B":"{qty}","a":"1.60","A":"3.0"}}}}"#
    )
}

pub(crate) fn perp_trade(price: &str, kind: &str) -> String {
    format!(
        r#"{{"stream":"xyzusdt@trade","data":{{"e":"trade","E":1723161255000,"T":1723161255000,"s":"XYZUSDT","t":3,"p":"{price}","q":"1.0","X":"{kind}","m":false}}}}"#
    )
}

pub(crate) fn perp_diff(symbol: &str, first: u64, last: u64, prev: u64, bid: &str) -> String {
    format!(
        r#"{{"stream":"s@depth@0ms","data":{{"e":"depthUpdate","E":1723161255000,"T":1723161255000,"s":"{symbol}","U":{first},"u":{last},"pu":{prev},"b":[["{bid}","2.0"]],"a":[]}}}}"#
    )
}

pub(crate) fn perp_snapshot(id: u64) -> String {
    format!(
        r#"{{"lastUpdateId":{id},"E":1723161255000,"T":1723161255000,"bids":[["1.50","1.0"]],"asks":[["1.70","1.0"]]}}"#
    )
}

pub(crate) fn perp_mark(mark: &str, rate: &str) -> String {
    format!(
        r#"{{"stream":"xyzusdt@markPrice@1s","data":{{"e":"markPriceUpdate","E":1723161255000,"s":"XYZUSDT","p":"{mark}","i":"1.55","P":"1","r":"{rate}","T":1723161600000}}}}"#
    )
}

/// A capture of messages, a microsecond apart.
pub(crate) fn stamped(messages: &[String]) -> String {
    (messages.iter().enumerate())
        .map(|(n, message)| format!("{} {message}\n", T0 + n as u64 * 1_000))
        .collect()
}

pub(crate) struct Case {
    pub(crate) dir: tempfile::TempDir,
}

impl Case {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("catalog")
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn run(&self, text: &str, options: &Options) -> Result<ImportReport, String> {
        let path = self.file("capture.txt", text);
        import(&self.root(), &[path], options)
    }
}

/// Imports a text that is refused at a line, beside a good file, and finds the catalogue as it was.
pub(crate) fn refused(text: &str, line: u64, what: &str, fix: &str) {
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
