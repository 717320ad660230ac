//! What can be subscribed to, at run time.

use onetape_core::names::InstrumentId;

/// A stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feed {
    /// Top of book.
    Quote(InstrumentId),
    /// Changes of the depth book.
    Depth(InstrumentId),
    /// Public prints.
    Trades(InstrumentId),
    /// Mark and index price, and the funding rate.
    Mark(InstrumentId),
    /// The account's own: orders, fills, balances, positions.
    Account,
}

impl Feed {
    /// Whose, where it is one instrument's.
    pub const fn instrument(self) -> Option<InstrumentId> {
        match self {
            Self::Quote(id) | Self::Depth(id) | Self::Trades(id) | Self::Mark(id) => Some(id),
            Self::Account => None,
        }
    }

    /// The word used in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quote(_) => "top of book",
            Self::Depth(_) => "depth",
            Self::Trades(_) => "trades",
            Self::Mark(_) => "mark price",
            Self::Account => "the account's stream",
        }
    }
}

/// A connection of a venue: where a feed comes, or a frame goes. Which address that is, the configuration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Socket {
    /// Market data.
    Market,
    /// Market data of a high rate, where the venue has it apart.
    Book,
    /// The account's own news, where it comes apart.
    Account,
    /// Orders and other requests by frame.
    Orders,
}
