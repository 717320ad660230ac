//! What streams tell, the same for all venues.

use super::state::{
    BalanceState, BookState, FundingState, MarginState, MarkState, OrderChange, PositionState,
    Print, Stretch, TopState,
};
use crate::report::Settings;

/// One piece of news.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The top of a book changed.
    Top(TopState),
    /// A book changed.
    Depth(BookState),
    /// A whole book, as deep as its stream wants it.
    Book(BookState),
    /// A print.
    Print(Print),
    /// Prints that one order made at one price, together.
    Aggregate(Print),
    /// Mark price and funding.
    Mark(MarkState),
    /// The last day's numbers.
    Ticker(Stretch),
    /// A bar, whole or not yet.
    Candle(Stretch),
    /// An order of the account changed.
    Order(Box<OrderChange>),
    /// Balances of the account changed.
    Balances(Vec<BalanceState>),
    /// Margin and positions of the account changed by trading.
    Margin(Vec<MarginState>, Vec<PositionState>),
    /// Funding was settled, with what it left of margin.
    Funding(FundingState, Vec<MarginState>),
    /// Leverage or a mode changed.
    Settings(Settings),
    /// The key of the private stream is over.
    KeyExpired(String),
    /// The private stream ends.
    AccountEnded,
    /// The server is about to close the connection.
    Shutdown,
}
