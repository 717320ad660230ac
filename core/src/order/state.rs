//! The states of an order and the one table of how news moves it.

use crate::journal::codec::{Decode, Encode};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum OrderState {
    /// Decided, not yet handed over.
    Intended,
    /// Handed over, no word yet.
    Sent,
    /// Nobody knows. Counted as alive.
    Unknown,
    /// At the venue, nothing traded.
    Open,
    /// At the venue, partly traded.
    PartiallyFilled,
    /// Traded completely.
    Filled,
    /// Taken back.
    Cancelled,
    /// Ended by its own terms.
    Expired,
    /// Refused by the venue.
    Rejected,
    /// Proven never to have been at the venue.
    NotSent,
}

impl OrderState {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::Intended,
        Self::Sent,
        Self::Unknown,
        Self::Open,
        Self::PartiallyFilled,
        Self::Filled,
        Self::Cancelled,
        Self::Expired,
        Self::Rejected,
        Self::NotSent,
    ];

    /// True when nothing more is expected.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::Cancelled | Self::Expired | Self::Rejected | Self::NotSent
        )
    }

    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Open => "open",
            Self::PartiallyFilled => "partially_filled",
            Self::Filled => "filled",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::NotSent => "not_sent",
        }
    }
}

/// Kinds of news of an order, as the table sees them: a fill is the last one when it completes the quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Message {
    /// Handed to the connection.
    Sent,
    /// The venue has it.
    Accepted,
    /// Part of it traded.
    PartFill,
    /// The rest of it traded.
    LastFill,
    /// Taken back.
    Cancelled,
    /// Ended by its own terms.
    Expired,
    /// Refused.
    Rejected,
    /// No word where one was due.
    Unknown,
    /// Evidence that it never was.
    NotSent,
    /// A cancel found nothing to cancel.
    CancelRejected,
    /// Changed.
    Amended,
    /// Not changed.
    AmendRejected,
}

impl Message {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Sent,
        Self::Accepted,
        Self::PartFill,
        Self::LastFill,
        Self::Cancelled,
        Self::Expired,
        Self::Rejected,
        Self::Unknown,
        Self::NotSent,
        Self::CancelRejected,
        Self::Amended,
        Self::AmendRejected,
    ];
}

/// What a message does to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The state becomes this one.
    To(OrderState),
    /// Nothing changes: late or repeated word.
    Stay,
    /// A fill after the end: applied and flagged, the state stays.
    LateFill,
    /// The venue contradicts itself or us: the state stays and the message is counted.
    Contradiction,
}

use OrderState as S;
use Step::{Contradiction, LateFill, Stay, To};

/// One row a state, one column a message, in the order of [`OrderState::ALL`] and [`Message::ALL`].
///
/// Answers can come before the word that an order was sent, acknowledgements after fills, and a proof that an
/// order never was can be overtaken by the order itself (O2 of the reliability rules: a late acknowledgement of
/// a `NotSent` order is legal and brings it back to life). Word of a change proves that the venue has the order
/// as an acknowledgement does, and may come after the end that followed it.
#[rustfmt::skip]
const TABLE: [[Step; 12]; 10] = [
    //                 Sent          Accepted       PartFill                LastFill       Cancelled         Expired         Rejected         Unknown         NotSent          CancelRejected  Amended        AmendRejected
    /* Intended */ [To(S::Sent),   To(S::Open),   To(S::PartiallyFilled), To(S::Filled), To(S::Cancelled), To(S::Expired), To(S::Rejected), To(S::Unknown), To(S::NotSent),  Contradiction,  To(S::Open),   Contradiction],
    /* Sent     */ [Stay,          To(S::Open),   To(S::PartiallyFilled), To(S::Filled), To(S::Cancelled), To(S::Expired), To(S::Rejected), To(S::Unknown), To(S::NotSent),  Stay,           To(S::Open),   Stay],
    /* Unknown  */ [Stay,          To(S::Open),   To(S::PartiallyFilled), To(S::Filled), To(S::Cancelled), To(S::Expired), To(S::Rejected), Stay,           To(S::NotSent),  Stay,           To(S::Open),   Stay],
    /* Open     */ [Stay,          Stay,          To(S::PartiallyFilled), To(S::Filled), To(S::Cancelled), To(S::Expired), Contradiction,   To(S::Unknown), Contradiction,   Stay,           Stay,          Stay],
    /* Partial  */ [Stay,          Stay,          Stay,                   To(S::Filled), To(S::Cancelled), To(S::Expired), Contradiction,   To(S::Unknown), Contradiction,   Stay,           Stay,          Stay],
    /* Filled   */ [Stay,          Stay,          LateFill,               LateFill,      Contradiction,    Contradiction,  Contradiction,   Stay,           Contradiction,   Stay,           Stay,          Stay],
    /* Cancelled*/ [Stay,          Stay,          LateFill,               LateFill,      Stay,             Stay,           Stay,            Stay,           Stay,            Stay,           Stay,          Stay],
    /* Expired  */ [Stay,          Stay,          LateFill,               LateFill,      Stay,             Stay,           Stay,            Stay,           Stay,            Stay,           Stay,          Stay],
    /* Rejected */ [Stay,          Contradiction, LateFill,               LateFill,      Stay,             Stay,           Stay,            Stay,           Stay,            Stay,           Contradiction, Stay],
    /* NotSent  */ [Stay,          To(S::Open),   LateFill,               LateFill,      Stay,             Stay,           Stay,            Stay,           Stay,            Stay,           To(S::Open),   Stay],
];

/// What `message` does to an order in `state`.
pub const fn step(state: OrderState, message: Message) -> Step {
    TABLE[state as usize][message as usize]
}

#[cfg(test)]
mod tests {
    use super::Message as M;
    use super::*;

    #[test]
    fn rows_and_columns_stand_in_the_order_of_the_enums() {
        for (at, state) in S::ALL.into_iter().enumerate() {
            assert_eq!(state as usize, at);
        }
        for (at, message) in M::ALL.into_iter().enumerate() {
            assert_eq!(message as usize, at);
        }
    }

    #[test]
    fn every_state_and_message_obeys_the_rules() {
        for state in S::ALL {
            for message in M::ALL {
                let step = step(state, message);
                let case = std::format!("{state:?} x {message:?} = {step:?}");
                let is_fill = matches!(message, M::PartFill | M::LastFill);
                if state.is_terminal() {
                    // Terminal is terminal, except that an order thought never sent may turn up.
                    assert!(
                        !matches!(step, To(_))
                            || (state == S::NotSent && matches!(message, M::Accepted | M::Amended)),
                        "{case}"
                    );
                    assert_eq!(is_fill, step == LateFill, "no fill is ever lost: {case}");
                } else {
                    assert_ne!(step, LateFill, "{case}");
                    let resting = state == S::PartiallyFilled && message == M::PartFill;
                    assert!(!is_fill || matches!(step, To(_)) || resting, "{case}");
                }
                // Nothing but the venue's evidence leads out of Unknown.
                if state == S::Unknown
                    && matches!(
                        message,
                        M::Sent | M::Unknown | M::CancelRejected | M::AmendRejected
                    )
                {
                    assert_eq!(step, Stay, "{case}");
                }
                assert!(!matches!(step, To(S::Intended)), "{case}");
                assert!(
                    !matches!(step, To(S::Sent)) || state == S::Intended,
                    "{case}"
                );
            }
        }
    }
}
