//! The columns of the archives, by their names where a file has a header, else by their places.

use super::name::Table;
use crate::error::Result;
use crate::import::csv::{CsvRow, CsvRows};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Price,
    Qty,
    Other,
}

/// A column that is read.
pub(super) struct Column {
    /// What headers call it.
    names: &'static [&'static str],
    /// Where it is in a file without a header.
    place: usize,
    pub(super) role: Role,
}

const fn column(names: &'static [&'static str], place: usize, role: Role) -> Column {
    Column { names, place, role }
}

const BOOK_TICKER: [Column; 6] = [
    column(&["update_id"], 0, Role::Other),
    column(&["best_bid_price"], 1, Role::Price),
    column(&["best_bid_qty"], 2, Role::Qty),
    column(&["best_ask_price"], 3, Role::Price),
    column(&["best_ask_qty"], 4, Role::Qty),
    column(&["transaction_time"], 5, Role::Other),
];

const AGG_TRADES: [Column; 5] = [
    column(&["agg_trade_id"], 0, Role::Other),
    column(&["price"], 1, Role::Price),
    column(&["quantity", "qty"], 2, Role::Qty),
    column(&["transact_time", "time"], 5, Role::Other),
    column(&["is_buyer_maker"], 6, Role::Other),
];

const TRADES: [Column; 5] = [
    column(&["id", "trade_id"], 0, Role::Other),
    column(&["price"], 1, Role::Price),
    column(&["qty", "quantity"], 2, Role::Qty),
    column(&["time"], 4, Role::Other),
    column(&["is_buyer_maker"], 5, Role::Other),
];

const KLINES: [Column; 7] = [
    column(&["open_time"], 0, Role::Other),
    column(&["open"], 1, Role::Price),
    column(&["high"], 2, Role::Price),
    column(&["low"], 3, Role::Price),
    column(&["close"], 4, Role::Price),
    column(&["volume"], 5, Role::Qty),
    column(&["close_time"], 6, Role::Other),
];

const FUNDING_RATE: [Column; 2] = [
    column(&["calc_time"], 0, Role::Other),
    column(&["last_funding_rate"], 2, Role::Other),
];

impl Table {
    /// The columns that are read, in the order in which they are taken.
    pub(super) const fn columns(self) -> &'static [Column] {
        match self {
            Self::BookTicker => &BOOK_TICKER,
            Self::AggTrades => &AGG_TRADES,
            Self::Trades => &TRADES,
            Self::Klines => &KLINES,
            Self::FundingRate => &FUNDING_RATE,
        }
    }

    /// How many columns a file without a header can have; spot files of trades have one more.
    const fn widths(self) -> &'static [usize] {
        match self {
            Self::BookTicker => &[7],
            Self::AggTrades => &[7, 8],
            Self::Trades => &[6, 7],
            Self::Klines => &[12],
            Self::FundingRate => &[3],
        }
    }

    /// Finds the columns of a file, and passes over its header.
    pub(super) fn places(self, rows: &mut CsvRows) -> Result<Vec<usize>> {
        let Some(first) = rows.first()? else {
            return Ok(Vec::new());
        };
        if is_header(&first) {
            let places = self.by_name(&first)?;
            rows.skip();
            return Ok(places);
        }
        if !self.widths().contains(&first.len()) {
            let what = format!(
                "a line of {} columns in an archive of this name",
                first.len()
            );
            return Err(first.error(what, "check that the file's name is its own"));
        }
        Ok(self.columns().iter().map(|column| column.place).collect())
    }

    fn by_name(self, header: &CsvRow<'_>) -> Result<Vec<usize>> {
        let find = |column: &Column| {
            let place = column.names.iter().find_map(|name| header.position(name));
            place.ok_or_else(|| {
                let what = format!("the header has no column {}", column.names[0]);
                header.error(what, "check that the file's name is its own")
            })
        };
        self.columns().iter().map(find).collect()
    }
}

/// Every row starts with a number; a header does not.
fn is_header(row: &CsvRow<'_>) -> bool {
    let start = row.cell(0).bytes().next();
    start.is_some_and(|byte| byte.is_ascii_alphabetic())
}
