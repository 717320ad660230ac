//! What a venue's answers say about how much may still be asked.

use onetape_core::time::{Span, Ts};

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Weight of requests by address.
    Weight,
    /// Requests.
    Requests,
    /// Orders of the account.
    Orders,
    /// Connections.
    Connections,
}

/// One budget as the venue tells it. What it does not tell is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// What is counted.
    pub counted: Counted,
    /// Over which time.
    pub over: Option<Span>,
    /// How much of it is used.
    pub used: Option<u64>,
    /// How much of it is left.
    pub left: Option<u64>,
    /// How much there is.
    pub limit: Option<u64>,
    /// When it is full again.
    pub resets_at: Option<Ts>,
}

impl Budget {
    /// So much used in a time.
    pub const fn used(counted: Counted, over: Span, used: u64) -> Self {
        Self {
            counted,
            over: Some(over),
            used: Some(used),
            left: None,
            limit: None,
            resets_at: None,
        }
    }
}
