//! What an archive's path tells: the market, the symbol and the kind of rows.

use std::path::{Component, Path};

use onetape_adapters::binance::Market;

use crate::error::{Error, Result};

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    BookTicker,
    AggTrades,
    Trades,
    Klines,
    FundingRate,
}

/// What an archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Archive {
    /// Told by the folders that it lies in, as on the server.
    pub(super) market: Option<Market>,
    pub(super) symbol: String,
    pub(super) table: Table,
}

/// Lengths of bars.
const INTERVALS: [&str; 17] = [
    "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w",
    "1M", "1mo",
];

/// Bars of other prices have the names of bars of trades; their folders tell them apart.
const OTHER_BARS: [&str; 3] = ["markPriceKlines", "indexPriceKlines", "premiumIndexKlines"];

impl Archive {
    /// Reads a path.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let folders: Vec<&str> = path
            .parent()
            .into_iter()
            .flat_map(Path::components)
            .filter_map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        if let Some(other) = folders.iter().find(|name| OTHER_BARS.contains(name)) {
            let what = format!("{other} are no bars of trades");
            return Err(refused(path, what, "leave the file out"));
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let Some((symbol, table)) = name.and_then(split) else {
            return Err(refused(
                path,
                "its name does not tell what it holds".to_string(),
                "name it as on data.binance.vision: SYMBOL-KIND-DATE.zip or .csv, with KIND bookTicker, aggTrades, \
                 trades, fundingRate or the length of bars, such as BTCUSDT-trades-2024-08-08.zip",
            ));
        };
        Ok(Self {
            market: market(&folders),
            symbol: symbol.to_string(),
            table,
        })
    }
}

fn refused(path: &Path, what: String, fix: &str) -> Error {
    Error::Source {
        file: path.to_path_buf(),
        what,
        fix: fix.to_string(),
    }
}

/// The innermost folders that name a market.
fn market(folders: &[&str]) -> Option<Market> {
    (0..folders.len())
        .rev()
        .find_map(|at| match (folders[at], folders.get(at + 1)) {
            ("spot", _) => Some(Market::Spot),
            ("futures", Some(&"um")) => Some(Market::Usdm),
            ("futures", Some(&"cm")) => Some(Market::Coinm),
            _ => None,
        })
}

/// `BTCUSDT-aggTrades-2024-08-08.zip` is BTCUSDT and aggTrades.
fn split(name: &str) -> Option<(&str, Table)> {
    let stem = [".zip", ".gz"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name);
    let stem = stem.strip_suffix(".csv").unwrap_or(stem);
    let mut parts = stem.split('-');
    let (symbol, kind) = (parts.next()?, parts.next()?);
    let date: Vec<usize> = parts
        .map(
            |part| match part.bytes().all(|byte| byte.is_ascii_digit()) {
                true => part.len(),
                false => 0,
            },
        )
        .collect();
    if symbol.is_empty() || !matches!(date.as_slice(), [4, 2] | [4, 2, 2]) {
        return None;
    }
    let table = match kind {
        "bookTicker" => Table::BookTicker,
        "aggTrades" => Table::AggTrades,
        "trades" => Table::Trades,
        "fundingRate" => Table::FundingRate,
        interval if INTERVALS.contains(&interval) => Table::Klines,
        _ => return None,
    };
    Some((symbol, table))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_server_are_told_apart() {
        for (path, market, symbol, table) in [
            (
                "data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-08-08.zip",
                Some(Market::Spot),
                "BTCUSDT",
                Table::AggTrades,
            ),
            (
                "spot/futures/um/BTCUSDT_240927-bookTicker-2024-03-01.csv.gz",
                Some(Market::Usdm),
                "BTCUSDT_240927",
                Table::BookTicker,
            ),
            (
                "/futures/cm/BTCUSD_PERP-fundingRate-2024-08.csv",
                Some(Market::Coinm),
                "BTCUSD_PERP",
                Table::FundingRate,
            ),
            ("BTCUSDT-1m-2024-08.zip", None, "BTCUSDT", Table::Klines),
            (
                "./BTCUSDT-trades-2024-08.csv.zip",
                None,
                "BTCUSDT",
                Table::Trades,
            ),
            (
                "spot/BTCUSDT-1mo-2024-08.zip",
                Some(Market::Spot),
                "BTCUSDT",
                Table::Klines,
            ),
        ] {
            let expected = Archive {
                market,
                symbol: symbol.to_string(),
                table,
            };
            assert_eq!(Archive::of(Path::new(path)).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn other_names_are_refused_with_what_they_should_be() {
        for path in [
            "trades.csv",
            "BTCUSDT-trades.zip",
            "BTCUSDT-metrics-2024-08-08.zip",
            "BTCUSDT-7m-2024-08-08.zip",
            "-trades-2024-08-08.zip",
            "BTCUSDT-trades-2024-8-8.zip",
            "BTCUSDT-trades-2024-08-08-09.zip",
        ] {
            let why = Archive::of(Path::new(path)).unwrap_err().to_string();
            assert!(why.contains("SYMBOL-KIND-DATE"), "{why}");
        }
        let mark = "futures/um/daily/markPriceKlines/BTCUSDT/1m/BTCUSDT-1m-2024-08-08.zip";
        let why = Archive::of(Path::new(mark)).unwrap_err().to_string();
        assert!(why.contains("no bars of trades"), "{why}");
    }
}
