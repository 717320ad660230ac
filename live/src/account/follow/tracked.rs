//! One order as it is followed: what was told of it, and what is not known.

use onetape_adapters::ask::OrderRef;
use onetape_adapters::client_id::ClientId;
use onetape_core::command::{Amend, Place};
use onetape_core::num::Qty;
use onetape_core::order::{OrderState, TradeIds};
use onetape_core::time::Ts;

use crate::account::KnownOrder;

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndKind {
    /// Traded completely.
    Filled,
    /// Taken back.
    Cancelled,
    /// By its own terms.
    Expired,
}

/// The venue's word that it ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) kind: EndKind,
    /// What traded by then, where told.
    pub(super) filled: Option<Qty>,
}

/// Something about it must be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    /// When to ask.
    pub(super) ask_at: Ts,
    /// A question is on its way.
    pub(super) asking: bool,
    /// How many questions after the fence found nothing, one after the other.
    pub(super) absent: u8,
}

/// Where core has it, as far as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing but that it was sent.
    Sent,
    /// Nobody knows.
    Unknown,
    /// At rest, or at least there.
    Open,
    /// It ended.
    Ended,
    /// Proven never to have been.
    NotSent,
}

/// One order.
#[derive(Clone, Debug)]
pub(super) struct Tracked {
    /// As asked for, with the changes that the venue told.
    pub(super) place: Place,
    /// The venue's id, once told.
    pub(super) venue_id: Option<String>,
    /// When it was handed over.
    pub(super) sent_at: Ts,
    /// Where lists of the venue that have it begin at the latest; not known of an order of a run before.
    pub(super) lists_from: Option<Ts>,
    pub(super) told: Told,
    /// The venue had it at some time, whatever is known now.
    pub(super) existed: bool,
    pub(super) filled: Qty,
    pub(super) trades: TradeIds,
    pub(super) end: Option<End>,
    /// It stands, and more of it traded than was told.
    pub(super) behind: bool,
    /// Until when the first word is waited for.
    pub(super) word_due: Option<Ts>,
    /// Cancels that were sent and not answered; when the last was, and until when it is waited for.
    pub(super) cancels: u32,
    pub(super) cancel_sent: Ts,
    pub(super) cancel_due: Option<Ts>,
    /// The change that was sent and not answered.
    pub(super) amend: Option<Amend>,
    pub(super) amend_sent: Ts,
    pub(super) amend_due: Option<Ts>,
    pub(super) doubt: Option<Doubt>,
}

impl Tracked {
    pub(super) const fn new(place: Place, sent_at: Ts, due: Ts) -> Self {
        Self {
            place,
            venue_id: None,
            sent_at,
            lists_from: Some(sent_at),
            told: Told::Sent,
            existed: false,
            filled: Qty::ZERO,
            trades: TradeIds::None,
            end: None,
            behind: false,
            word_due: Some(due),
            cancels: 0,
            cancel_sent: Ts::UNKNOWN,
            cancel_due: None,
            amend: None,
            amend_sent: Ts::UNKNOWN,
            amend_due: None,
            doubt: None,
        }
    }

    /// As the journal has it. What was not over is asked about at once.
    pub(super) fn known(order: &KnownOrder, sent_at: Ts) -> Self {
        let (told, existed) = match order.state {
            OrderState::Intended | OrderState::Sent => (Told::Sent, false),
            OrderState::Unknown => (Told::Unknown, !order.filled.is_zero()),
            OrderState::Open | OrderState::PartiallyFilled => (Told::Open, true),
            OrderState::Filled | OrderState::Cancelled | OrderState::Expired => (Told::Ended, true),
            OrderState::Rejected => (Told::Ended, false),
            OrderState::NotSent => (Told::NotSent, false),
        };
        let mut it = Self::new(order.place, sent_at, sent_at);
        (it.told, it.existed) = (told, existed);
        it.word_due = None;
        it.lists_from = None;
        it.filled = order.filled;
        it.trades = order.trades.clone();
        it
    }

    pub(super) const fn is_over(&self) -> bool {
        matches!(self.told, Told::Ended | Told::NotSent)
    }

    /// The most that it may trade, with a change that is on its way granted.
    pub(super) fn total(&self) -> Qty {
        let asked = self.amend.map_or(Qty::ZERO, |amend| amend.qty);
        self.place.qty.max(asked)
    }

    /// How the venue is asked for it.
    pub(super) fn reference(&self) -> OrderRef {
        OrderRef {
            instrument: self.place.instrument,
            client: ClientId::Ours(self.place.order),
            venue_id: self.venue_id.clone(),
        }
    }

    /// Has it asked about no later than `at`.
    pub(super) fn ask(&mut self, at: Ts) {
        let doubt = self.doubt.get_or_insert(Doubt {
            ask_at: at,
            asking: false,
            absent: 0,
        });
        doubt.ask_at = doubt.ask_at.min(at);
    }

    /// The earliest moment at which something is due.
    pub(super) fn due(&self) -> Option<Ts> {
        let asked = self.doubt.filter(|doubt| !doubt.asking);
        let asked = asked.map(|doubt| doubt.ask_at);
        let all = [asked, self.word_due, self.cancel_due, self.amend_due];
        all.into_iter().flatten().min()
    }
}
