//! The reference data's 18 months of candles and funding rates: as a catalogue, and as the rows that they are.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rust_decimal::Decimal;

use super::{onetape, reference};

const SET: &str = "carry_8h_binance_bybit_2023_2024/ohlcv_funding_8h.csv.gz";

/// A directory with the set imported into `catalog`, made once; `None` where the reference data is not at hand.
pub(crate) fn carry_set() -> Option<&'static Path> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let make = || {
        let data = reference()?;
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("carry");
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        let file = data.join(SET).display().to_string();
        let map = format!("{}/tables/carry_8h.toml", env!("CARGO_MANIFEST_DIR"));
        let words = ["data", "import", "table", &file, "--map", &map];
        onetape(&dir, &[&words[..], &["--catalog", "catalog"]].concat()).ok();
        Some(dir)
    };
    MADE.get_or_init(make).as_deref()
}

/// An example scenario of the repository.
pub(crate) fn example(name: &str) -> String {
    format!("{}/examples/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

/// Rate and close of each row of a perpetual of Binance. By the set's provenance the rows of a series are eight hours
/// apart from 2023-01-01T00:00:00Z, begin at their time, and tell the rate that was paid then.
pub(crate) fn carry_rows(pair: &str) -> Vec<(Decimal, Decimal)> {
    let file = fs::File::open(reference().unwrap().join(SET)).unwrap();
    let mut text = String::new();
    let mut gzip = flate2::read::GzDecoder::new(file);
    gzip.read_to_string(&mut text).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = |name: &str| header.iter().position(|it| *it == name).unwrap();
    let [exchange, of, close, rate] = ["exchange", "pair", "close", "funding rate"].map(column);
    let number = |text: &str| {
        let plain = text.parse::<Decimal>();
        plain.unwrap_or_else(|_| Decimal::from_scientific(text).unwrap())
    };
    lines
        .filter(|row| row[exchange] == "binance" && row[of] == pair)
        .map(|row| (number(row[rate]), number(row[close])))
        .collect()
}
