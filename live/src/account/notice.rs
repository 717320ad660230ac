//! What people should know of accounts, besides the events.

use onetape_adapters::client_id::RunTag;
use onetape_core::names::{InstrumentId, Names, VenueId};
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
    /// Another run of this program has an order at the account, told once a run; it is left alone.
    OtherRun {
        /// Where.
        venue: VenueId,
        /// What its orders end with; none where it began before runs had tags.
        tag: Option<RunTag>,
    },
    /// Somebody else traded on the account: in spot, or so that a position grew.
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

impl Notice {
    /// What it is about, in a word.
    pub const fn about(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "limit",
            Self::Banned { .. } => "ban",
            Self::Fatal { .. } => "fatal",
            Self::Disagrees { .. } => "disagrees",
            Self::TurnedUp { .. } => "turned-up",
            Self::Orphan { .. } => "orphan",
            Self::OtherRun { .. } => "other-run",
            Self::Foreign { .. } => "foreign",
            Self::Unreadable { .. } => "unreadable",
            Self::Stream { .. } => "stream",
            Self::MarginCall { .. } => "margin-call",
            Self::Settings { .. } => "settings",
        }
    }

    /// It, in words for a person.
    pub fn words(&self, names: &Names) -> String {
        let text = |order: &OrderId| order.client_text();
        match self {
            Self::RateLimited { venue, until } => {
                let (venue, seconds) = (names.venue(*venue), left(*until));
                format!("{venue} was asked too much: no new order goes there for {seconds} s")
            }
            Self::Banned { venue, until } => {
                let (venue, seconds) = (names.venue(*venue), left(*until));
                format!("{venue} answers nothing for {seconds} s, and nothing is sent to it")
            }
            Self::Fatal { venue, words } => {
                let venue = names.venue(*venue);
                format!("{venue} takes nothing until a person changes something there: {words}")
            }
            Self::Disagrees { order, words } => {
                let order = text(order);
                format!(
                    "order {order} stays unknown: the venue and the books do not agree on {words}"
                )
            }
            Self::TurnedUp { order } => {
                let order = text(order);
                format!("order {order}, which was proven not to be, is there after all")
            }
            Self::Orphan { venue, order } => {
                let (venue, order) = (names.venue(*venue), text(order));
                format!(
                    "{venue} has an order {order} that the journal does not know; it is cancelled"
                )
            }
            Self::OtherRun { venue, tag } => {
                let venue = names.venue(*venue);
                let tag = tag.map_or("without a tag".to_string(), |tag| format!("-{tag}"));
                format!(
                    "{venue} has an order of another run ({tag}) on the same account; it is left alone"
                )
            }
            Self::Foreign { instrument, qty } => {
                let instrument = names.instrument(*instrument);
                let qty = instrument.qty_decimal(*qty);
                format!(
                    "somebody else traded {qty} of {} on the account",
                    instrument.name
                )
            }
            Self::Unreadable { venue, words } => {
                format!(
                    "{} said something that cannot be booked: {words}",
                    names.venue(*venue)
                )
            }
            Self::Stream { venue, up: true } => {
                format!("the account's stream of {} is up", names.venue(*venue))
            }
            Self::Stream { venue, up: false } => {
                format!("the account's stream of {} is down", names.venue(*venue))
            }
            Self::MarginCall { venue } => {
                format!(
                    "the account at {} is close to liquidation",
                    names.venue(*venue)
                )
            }
            Self::Settings { venue, words } => {
                format!("settings at {} changed: {words}", names.venue(*venue))
            }
        }
    }
}

/// Whole seconds until a moment, from now on.
fn left(until: Ts) -> i64 {
    let nanos = until.since(super::venue::now()).nanos();
    (nanos.max(0) + 999_999_999) / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_names_and_not_numbers() {
        let mut names = Names::default();
        let venue = names.venue_id("gate-usdt");
        let down = Notice::Stream { venue, up: false };
        assert_eq!(
            down.words(&names),
            "the account's stream of gate-usdt is down"
        );
        let until = super::super::venue::now();
        let limited = Notice::RateLimited { venue, until };
        let words = "gate-usdt was asked too much: no new order goes there for 0 s";
        assert_eq!(limited.words(&names), words);
        let order = OrderId { epoch: 2, n: 10 };
        let words = Notice::TurnedUp { order }.words(&names);
        assert!(words.starts_with("order ot2-a,"), "{words}");
    }
}
