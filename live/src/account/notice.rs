//! What people should know of accounts, besides the events.

use onetape_core::names::{InstrumentId, VenueId};
use onetape_core::num::Qty;
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

/// One thing to know. The loop makes alerts of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Too much was asked: new orders are refused here until then.
    RateLimited {
        /// By whom.
        venue: VenueId,
        /// Until when.
        until: Ts,
    },
    /// The venue answers nothing until then, and nothing is sent to it.
    Banned {
        /// By whom.
        venue: VenueId,
        /// Until when.
        until: Ts,
    },
    /// Nothing will work there until a person changes something: the venue's code and words.
    Fatal {
        /// By whom.
        venue: VenueId,
        /// What it said.
        words: String,
    },
    /// Venue and books do not agree about an order, so that it stays unknown.
    Disagrees {
        /// Which.
        order: OrderId,
        /// About what.
        words: &'static str,
    },
    /// An order that was proven not to be is there after all. It is followed as any.
    TurnedUp {
        /// Which.
        order: OrderId,
    },
    /// The venue tells of an order of ours that this run does not know; it is cancelled.
    Orphan {
        /// Where.
        venue: VenueId,
        /// Which.
        order: OrderId,
    },
    /// Somebody else traded on the account, and no event can say so: balances show it.
    Foreign {
        /// What.
        instrument: InstrumentId,
        /// How much, signed.
        qty: Qty,
    },
    /// Something that the venue said cannot be booked.
    Unreadable {
        /// By whom.
        venue: VenueId,
        /// Why not.
        words: String,
    },
    /// The stream of the account is down (`false`) or up again.
    Stream {
        /// Whose.
        venue: VenueId,
        /// Whether it is up.
        up: bool,
    },
    /// The account is close to liquidation.
    MarginCall {
        /// Where.
        venue: VenueId,
    },
    /// Settings changed under a run.
    Settings {
        /// Where.
        venue: VenueId,
        /// To what.
        words: String,
    },
}
