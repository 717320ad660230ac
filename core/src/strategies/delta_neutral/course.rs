//! What is to be done, and why.

use super::state::State;

/// What a person allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rein {
    Free,
    /// Nothing but corrections.
    Paused,
    /// Nothing.
    Halted,
}

crate::value!(
    enum Rein {
        Free,
        Paused,
        Halted,
    }
);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// This leg lags.
    Rebalance(usize),
    /// Both sides are there.
    Complete,
    /// Nothing, and what rests is taken back or left.
    Wait { withdraw: bool, why: Why },
    /// Rest the next slices.
    Manage,
}

/// Why it does what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    BookNotReady,
    Paused,
    Managing,
    SizeBelowMinimum,
    Rebalancing,
    Completed,
    Refused,
    Rejected,
    UnknownOrder,
    LagWaits,
    LagNotTaken,
    Quarantined,
}

impl Why {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::BookNotReady => "book_not_ready",
            Self::Paused => "paused",
            Self::Managing => "managing_orders",
            Self::SizeBelowMinimum => "size_below_minimum",
            Self::Rebalancing => "rebalancing",
            Self::Completed => "completed",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::UnknownOrder => "unknown_order",
            Self::LagWaits => "lag_waits",
            Self::LagNotTaken => "lag_not_taken",
            Self::Quarantined => "quarantined",
        }
    }

    /// Where the task rests for it, and what it passed through after the news was taken in.
    pub(super) const fn state(self) -> State {
        match self {
            Self::BookNotReady | Self::Paused => State::Syncing,
            Self::Managing | Self::SizeBelowMinimum => State::ManagingOrders,
            Self::Rebalancing => State::Rebalancing,
            Self::Completed => State::Completing,
            Self::Refused
            | Self::Rejected
            | Self::UnknownOrder
            | Self::LagWaits
            | Self::LagNotTaken
            | Self::Quarantined => State::Error,
        }
    }
}
