//! Faults that a simulation injected, or that a live run met: each is an event, so that a run that fails explains itself.
//!
//! A desk does nothing about them. A market shows nothing of a venue whose feed is down, and no trading in an
//! instrument that is halted.

use crate::journal::codec::{Decode, Encode};
use crate::names::{InstrumentId, VenueId};
use crate::order::OrderId;

/// What was done to a venue, to the way to it or to one order. Tags are places in this list and journals keep them:
/// append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum FaultKind {
    /// The market feed of a venue is disconnected for a time.
    FeedDown,
    /// The account channel of a venue is disconnected for a time; what it would have told comes with the reconnect.
    AccountDown,
    /// Everything to and from a venue takes many times as long for a time.
    Slow,
    /// A venue refuses every new order for a time, by its rate limit.
    Ban,
    /// An instrument does not trade for a time.
    Halt,
    /// A venue closes part or all of a futures position.
    Deleverage,
    /// The next funding settlement is of a much larger rate than was told.
    FundingSpike,
    /// The next funding settlement is of the opposite sign than was told.
    FundingFlip,
    /// An order or a cancel is lost on its way.
    OrderLost,
    /// An order or a cancel takes long on its way.
    OrderDelayed,
    /// A venue takes an order and nothing that it says of it arrives.
    ReplyLost,
    /// A venue answers with an error of its own, whether it took the order or not.
    ServerError,
    /// The word that an order was accepted is lost.
    AckLost,
    /// The word of a fill is lost.
    FillLost,
    /// The word that an order was cancelled is lost.
    CancelAckLost,
    /// A word is told twice.
    Duplicate,
    /// Answers of a venue are held up.
    AnswerDelayed,
    /// The word that an order was accepted comes after what it made obsolete.
    Reorder,
    /// A venue refuses an order.
    Reject,
    /// An order gets less than there is, and the rest of it ends.
    Partial,
    /// A fill is told after the end of its order.
    LateFill,
    /// An order trades just before its cancel arrives.
    CancelRace,
    /// A venue refuses a cancel although the order rests.
    CancelRefused,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 23] = [
        Self::FeedDown,
        Self::AccountDown,
        Self::Slow,
        Self::Ban,
        Self::Halt,
        Self::Deleverage,
        Self::FundingSpike,
        Self::FundingFlip,
        Self::OrderLost,
        Self::OrderDelayed,
        Self::ReplyLost,
        Self::ServerError,
        Self::AckLost,
        Self::FillLost,
        Self::CancelAckLost,
        Self::Duplicate,
        Self::AnswerDelayed,
        Self::Reorder,
        Self::Reject,
        Self::Partial,
        Self::LateFill,
        Self::CancelRace,
        Self::CancelRefused,
    ];

    /// The word used in scenarios, journals and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FeedDown => "feed_down",
            Self::AccountDown => "account_down",
            Self::Slow => "slow",
            Self::Ban => "ban",
            Self::Halt => "halt",
            Self::Deleverage => "deleverage",
            Self::FundingSpike => "funding_spike",
            Self::FundingFlip => "funding_flip",
            Self::OrderLost => "order_lost",
            Self::OrderDelayed => "order_delayed",
            Self::ReplyLost => "reply_lost",
            Self::ServerError => "server_error",
            Self::AckLost => "ack_lost",
            Self::FillLost => "fill_lost",
            Self::CancelAckLost => "cancel_ack_lost",
            Self::Duplicate => "duplicate",
            Self::AnswerDelayed => "answer_delayed",
            Self::Reorder => "reorder",
            Self::Reject => "reject",
            Self::Partial => "partial",
            Self::LateFill => "late_fill",
            Self::CancelRace => "cancel_race",
            Self::CancelRefused => "cancel_refused",
        }
    }

    /// The kind of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }

    /// True for what comes over a venue by time; the others come over orders and over words of them.
    pub const fn is_by_time(self) -> bool {
        (self as u8) <= Self::FundingFlip as u8
    }

    /// True for what lasts a time and then ends.
    pub const fn lasts(self) -> bool {
        (self as u8) <= Self::Halt as u8
    }
}

/// Where in its course a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum FaultPhase {
    /// It has no duration.
    Once,
    /// It begins.
    Begins,
    /// It is over.
    Ends,
}

/// One injection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FaultEvent {
    /// What.
    pub kind: FaultKind,
    /// Where in its course it is.
    pub phase: FaultPhase,
    /// At which venue.
    pub venue: VenueId,
    /// Of which instrument, where it is of one.
    pub instrument: Option<InstrumentId>,
    /// Of which order, where it is of one.
    pub order: Option<OrderId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_the_order_of_the_enum_and_are_found_by_their_words() {
        for (at, kind) in FaultKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at);
            assert_eq!(FaultKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(FaultKind::parse("feed"), None);
        let by_time = FaultKind::ALL.into_iter().filter(|kind| kind.is_by_time());
        assert_eq!(by_time.count(), 8);
        assert!(FaultKind::Halt.lasts() && !FaultKind::Deleverage.lasts());
    }
}
