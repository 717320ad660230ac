//! Tables of a run: fills and the ledger while the journal is read, round trips, equity and attribution from the report.
//!
//! Rows go to a sink one by one, so that a journal larger than memory has tables too. What a table's columns mean stands
//! in its [`Table`]; `scenarios/docs/tables.md` shows them to users.

mod analysis;
mod csv;
mod from_report;
mod parquet;
mod running;
#[cfg(test)]
mod tests;

use onetape_core::time::Ts;
use rust_decimal::Decimal;

pub use analysis::{curve, days, parts};
pub use csv::Csv;
pub use from_report::{attribution, equity, trades};
pub use parquet::Parquet;
pub use running::{Running, RunningSinks};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// A whole number.
    Count,
    /// A moment in UTC, to the nanosecond.
    Time,
    /// An amount, a quantity or a price, exact to 18 decimals.
    Amount,
    /// True or false.
    Flag,
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A moment.
    Time(Ts),
    /// An amount, a quantity or a price.
    Amount(Decimal),
    /// True or false.
    Flag(bool),
    /// Nothing is known.
    Empty,
}

impl Cell {
    /// Words, or nothing.
    pub(crate) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// An amount, or nothing.
    pub(crate) fn amount(amount: Option<Decimal>) -> Self {
        amount.map_or(Self::Empty, Self::Amount)
    }
}

/// A column: its name, what it holds, and what that means.
pub type Column = (&'static str, Kind, &'static str);

/// A table: its name, which is that of its file, and its columns.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name of the file without its ending.
    pub name: &'static str,
    /// Columns in order.
    pub columns: &'static [Column],
}

/// Where rows go.
pub trait Sink {
    /// Takes a row, which has a cell for each column.
    ///
    /// # Errors
    /// When it cannot be written.
    fn row(&mut self, cells: &[Cell]) -> Result<(), TableError>;

    /// Ends the table.
    ///
    /// # Errors
    /// When the last of it cannot be written.
    fn finish(self: Box<Self>) -> Result<(), TableError>;
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The place it goes to refused.
    #[error("cannot be written: {0}")]
    Written(#[from] std::io::Error),
    /// Parquet refused.
    #[error("cannot be written as Parquet: {0}")]
    Parquet(String),
    /// An amount has more digits than Parquet's decimals hold.
    #[error(
        "column {column}: {value} has more digits than a Parquet decimal of 38 holds; write CSV instead"
    )]
    TooLarge {
        /// Which column.
        column: String,
        /// The amount.
        value: Decimal,
    },
}

/// Every table, in the order of the documentation.
pub const ALL: [Table; 8] = [
    TRADES,
    FILLS,
    EQUITY,
    ATTRIBUTION,
    LEDGER,
    CURVE,
    DAYS,
    PARTS,
];

/// Round trips: a row for each leg of each.
pub const TRADES: Table = Table {
    name: "trades",
    columns: &[
        ("task", Kind::Text, "whose round trip"),
        ("trip", Kind::Count, "its number within the task"),
        ("opened_at", Kind::Time, "first fill of the round trip"),
        (
            "closed_at",
            Kind::Time,
            "the fill that made every leg flat; empty while open",
        ),
        (
            "entry_reason",
            Kind::Text,
            "reason of the decision that opened it",
        ),
        (
            "exit_reason",
            Kind::Text,
            "reason of the decision that closed it",
        ),
        (
            "leg",
            Kind::Count,
            "place of the leg in the task's list of legs",
        ),
        ("instrument", Kind::Text, "what the leg trades"),
        ("side", Kind::Text, "side of the leg's first fill"),
        (
            "entry_qty",
            Kind::Amount,
            "signed quantity of the fills that opened; positive is bought",
        ),
        ("entry_price", Kind::Amount, "their average price"),
        (
            "exit_qty",
            Kind::Amount,
            "signed quantity of the fills that closed",
        ),
        ("exit_price", Kind::Amount, "their average price"),
        (
            "repair_qty",
            Kind::Amount,
            "signed quantity of the fills that brought the legs back to balance",
        ),
        ("repair_price", Kind::Amount, "their average price"),
        ("left", Kind::Amount, "quantity that is left"),
        ("asset", Kind::Text, "asset of the amounts that follow"),
        (
            "gross",
            Kind::Amount,
            "profit of price differences; while open, with what closing would bring",
        ),
        (
            "fees",
            Kind::Amount,
            "fees at their worth when charged; negative is a rebate",
        ),
        ("funding", Kind::Amount, "funding received less paid"),
        ("net", Kind::Amount, "gross less fees plus funding"),
    ],
};

/// Executions.
pub const FILLS: Table = Table {
    name: "fills",
    columns: &[
        ("at", Kind::Time, "when word of it was received"),
        ("seq", Kind::Count, "place in the run"),
        ("venue", Kind::Text, "where"),
        ("instrument", Kind::Text, "what"),
        ("order", Kind::Text, "client order id"),
        ("trade_id", Kind::Count, "the venue's id of the execution"),
        ("task", Kind::Text, "whose order"),
        ("trip", Kind::Count, "number of the round trip; 0 is none"),
        (
            "leg",
            Kind::Count,
            "place of the leg in the task's list of legs",
        ),
        ("role", Kind::Text, "entry, exit, repair or switch"),
        (
            "reason",
            Kind::Text,
            "reason of the decision that placed the order",
        ),
        ("side", Kind::Text, "buy or sell"),
        ("qty", Kind::Amount, "quantity, positive"),
        ("price", Kind::Amount, "price"),
        (
            "value",
            Kind::Amount,
            "traded value in the settlement asset",
        ),
        ("settle", Kind::Text, "the settlement asset"),
        ("fee", Kind::Amount, "fee as charged; negative is a rebate"),
        ("fee_asset", Kind::Text, "asset it was charged in"),
        (
            "fee_worth",
            Kind::Amount,
            "its worth in the settlement asset when charged",
        ),
        ("maker", Kind::Flag, "true when the order rested"),
    ],
};

/// Cumulative profit of closed round trips.
pub const EQUITY: Table = Table {
    name: "equity",
    columns: &[
        (
            "at",
            Kind::Time,
            "when a round trip was closed; first, when the run began",
        ),
        ("asset", Kind::Text, "asset of the amount"),
        (
            "net",
            Kind::Amount,
            "net of all round trips that were closed by then",
        ),
    ],
};

/// Breakdowns of the total: the rows of each `by` sum to it.
pub const ATTRIBUTION: Table = Table {
    name: "attribution",
    columns: &[
        ("by", Kind::Text, "venue, instrument, task or leg"),
        ("name", Kind::Text, "which"),
        ("orders", Kind::Count, "orders sent"),
        ("fills", Kind::Count, "executions"),
        ("asset", Kind::Text, "asset of the amounts that follow"),
        ("volume", Kind::Amount, "traded value"),
        (
            "gross",
            Kind::Amount,
            "profit of price differences, open positions at what closing would bring",
        ),
        ("fees", Kind::Amount, "fees at their worth when charged"),
        ("funding", Kind::Amount, "funding received less paid"),
        ("net", Kind::Amount, "gross less fees plus funding"),
    ],
};

/// Every change of every balance: what a tax return is made from.
pub const LEDGER: Table = Table {
    name: "ledger",
    columns: &[
        ("at", Kind::Time, "when word of it was received"),
        ("seq", Kind::Count, "place in the run"),
        (
            "kind",
            Kind::Text,
            "opening, trade, profit (of a future), fee, funding, liquidation, liquidation_fee, foreign and foreign_fee (what \
             somebody else traded on the account), or difference: what the venue says beyond all of these, such as a \
             transfer",
        ),
        ("venue", Kind::Text, "where"),
        ("asset", Kind::Text, "of what"),
        ("qty", Kind::Amount, "signed change of the balance"),
        (
            "worth",
            Kind::Amount,
            "its worth in the settlement asset of the trade; empty where no price is known",
        ),
        ("worth_asset", Kind::Text, "that asset"),
        (
            "balance",
            Kind::Amount,
            "balance after it: all rows of this asset at this venue so far, summed",
        ),
        (
            "instrument",
            Kind::Text,
            "of the trade, funding or liquidation",
        ),
        (
            "reference",
            Kind::Text,
            "client order id and the venue's id of the execution",
        ),
    ],
};

/// Net over time with what is open.
pub const CURVE: Table = Table {
    name: "curve",
    columns: &[
        (
            "at",
            Kind::Time,
            "a fill or settlement, or the last of a stretch of them",
        ),
        ("unit", Kind::Text, "asset that everything is valued in"),
        (
            "conservative",
            Kind::Amount,
            "net, what is open at what closing it would bring",
        ),
        ("mid", Kind::Amount, "net, what is open at mids"),
        (
            "low",
            Kind::Amount,
            "lowest conservative net of the stretch",
        ),
        ("high", Kind::Amount, "highest net at mids of the stretch"),
    ],
};

/// Net when each day ended.
pub const DAYS: Table = Table {
    name: "days",
    columns: &[
        (
            "ends_at",
            Kind::Time,
            "end of the day in UTC; the last one need not be whole",
        ),
        ("unit", Kind::Text, "asset that everything is valued in"),
        (
            "conservative",
            Kind::Amount,
            "net, what is open at what closing it would bring",
        ),
        ("mid", Kind::Amount, "net, what is open at mids"),
    ],
};

/// What made the net: the rows of each `by` sum to it.
pub const PARTS: Table = Table {
    name: "parts",
    columns: &[
        (
            "by",
            Kind::Text,
            "total, venue, symbol, task, exit, leg or day",
        ),
        ("name", Kind::Text, "which; of a day its end"),
        ("asset", Kind::Text, "asset of the amounts that follow"),
        (
            "decision_edge",
            Kind::Amount,
            "what the same trades would have realised at the prices that they were decided on",
        ),
        (
            "delay",
            Kind::Amount,
            "the touch when the venue had the order, beside the touch at the decision",
        ),
        (
            "legging",
            Kind::Amount,
            "the touch when the venue had the order, beside the touch when another leg's fill had set the legs apart",
        ),
        (
            "slippage",
            Kind::Amount,
            "what takers traded at, beside the touch when the venue had the order",
        ),
        (
            "spread_capture",
            Kind::Amount,
            "what resting orders traded at, beside the mid at their fill",
        ),
        (
            "repair",
            Kind::Amount,
            "what trades that brought the legs back to balance cost",
        ),
        (
            "venue_closings",
            Kind::Amount,
            "what the venue's own closing of positions brought",
        ),
        ("fees", Kind::Amount, "worth of fees; nothing or less"),
        ("rebates", Kind::Amount, "worth of negative fees"),
        ("funding", Kind::Amount, "funding received less paid"),
        (
            "residual_basis",
            Kind::Amount,
            "change of marks since the decision, of what is open and hedged",
        ),
        (
            "residual_delta",
            Kind::Amount,
            "change of marks since the decision, of what is open and not hedged",
        ),
        (
            "dust_and_rounding",
            Kind::Amount,
            "remainders of closed round trips, and rounding",
        ),
        ("net", Kind::Amount, "the sum"),
    ],
};
