//! The kinds of files, told apart by their headers.

use std::path::{Component, Path};

use crate::error::{Error, Result};
use crate::import::csv::CsvRows;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// `quotes` and `book_ticker`.
    Quotes,
    Trades,
    /// `incremental_book_L2`.
    Book,
    /// `derivative_ticker`.
    Ticker,
}

/// Columns that every file has.
pub(super) const EXCHANGE: usize = 0;
pub(super) const SYMBOL: usize = 1;
pub(super) const TIMESTAMP: usize = 2;
pub(super) const LOCAL_TIMESTAMP: usize = 3;
/// The first of a kind's own columns.
pub(super) const OWN: usize = 4;

const COMMON: [&str; 4] = ["exchange", "symbol", "timestamp", "local_timestamp"];

/// In the order in which they are looked for: no kind's columns are among those of a later one.
const TABLES: [Table; 4] = [Table::Ticker, Table::Book, Table::Trades, Table::Quotes];

impl Table {
    /// A kind's own columns.
    const fn own(self) -> &'static [&'static str] {
        match self {
            Self::Quotes => &["bid_price", "bid_amount", "ask_price", "ask_amount"],
            Self::Trades => &["side", "price", "amount", "id"],
            Self::Book => &["side", "price", "amount", "is_snapshot"],
            Self::Ticker => &[
                "mark_price",
                "index_price",
                "funding_rate",
                "funding_timestamp",
                "open_interest",
            ],
        }
    }

    /// Places of prices and of amounts among [`Table::own`].
    pub(super) const fn numbers(self) -> (&'static [usize], &'static [usize]) {
        match self {
            Self::Quotes => (&[0, 2], &[1, 3]),
            Self::Trades | Self::Book => (&[1], &[2]),
            Self::Ticker => (&[], &[4]),
        }
    }
}

/// Finds out what a file is, and where its columns are: the common ones, then the kind's own.
pub(super) fn places(path: &Path, rows: &mut CsvRows) -> Result<(Table, Vec<usize>)> {
    let refused = |what: &str, fix: &str| Error::Source {
        file: path.to_path_buf(),
        what: what.to_string(),
        fix: fix.to_string(),
    };
    // Liquidations have the columns of trades.
    if is_of_liquidations(path) {
        return Err(refused("liquidations are not stored", "leave the file out"));
    }
    let Some(header) = rows.first()? else {
        return Err(refused("it is empty", "fetch the file again"));
    };
    let found = TABLES.into_iter().find_map(|table| {
        let places: Option<Vec<usize>> = (COMMON.iter().chain(table.own()))
            .map(|name| header.position(name))
            .collect();
        places.map(|places| (table, places))
    });
    let found = found.ok_or_else(|| {
        header.error(
            "the header is not of quotes, book_ticker, trades, incremental_book_L2 or derivative_ticker",
            "import files of these kinds, each with its header",
        )
    })?;
    rows.skip();
    Ok(found)
}

/// The file's name, or that of a folder it lies in, says so.
fn is_of_liquidations(path: &Path) -> bool {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .any(|name| {
            name.split(['_', '-', '.'])
                .any(|word| word == "liquidations")
        })
}
