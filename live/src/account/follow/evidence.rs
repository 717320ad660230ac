//! What a question about an order found, and what it proves.
//!
//! That a venue does not find an order proves nothing before the fence is over: until then a request may still be on
//! its way. After it, two questions that both find it nowhere (not by its id, not among the open orders, not among the
//! finished ones, not behind a trade) with balance and position as they must be prove that it never was; or, where it
//! was there before, that it is over with the fills that are known.

use onetape_adapters::ask::OrderRef;
use onetape_core::event::{OrderEventKind, RejectReason};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use super::tracked::Told;
use super::{Follower, Notice};

/// Questions that must agree.
const AGREEING: u8 = 2;

/// A question about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inquiry {
    /// Which.
    pub(crate) id: OrderId,
    /// How the venue knows it.
    pub(crate) order: OrderRef,
    /// Where lists that have it begin at the latest; `None` where that is not known.
    pub(crate) since: Option<Ts>,
    /// When the question began.
    pub(crate) began: Ts,
}

/// What it found. Reports and trades that it gave were told before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The venue has it, or had.
    Found,
    /// It is nowhere, and balance and position are as they must be.
    Nowhere,
    /// It is nowhere, and something is not as it must be.
    Disagrees(&'static str),
    /// The venue did not answer all of it.
    Failed,
}

impl Follower {
    /// A question was answered, or failed.
    pub(crate) fn inquired(&mut self, inquiry: &Inquiry, finding: Finding, now: Ts) {
        let next = now + self.times.query_every;
        let fence = self.times.fence;
        let id = inquiry.id;
        let Some(it) = self.orders.get_mut(&id).filter(|it| !it.is_over()) else {
            return;
        };
        if let Some(doubt) = &mut it.doubt {
            doubt.asking = false;
        }
        it.ask(next);
        let sent = it.sent_at.max(it.cancel_sent).max(it.amend_sent);
        match finding {
            Finding::Found => return self.found(inquiry, now),
            Finding::Failed => {}
            Finding::Disagrees(words) => {
                self.absent(id, 0);
                self.notices.push(Notice::Disagrees { order: id, words });
            }
            Finding::Nowhere if inquiry.began < sent + fence => {}
            Finding::Nowhere => {
                let times = it.doubt.map_or(0, |doubt| doubt.absent) + 1;
                self.absent(id, times);
                if times >= AGREEING {
                    return self.never_was(id);
                }
            }
        }
        // Asked again, and no earlier.
        if let Some(doubt) = self.orders.get_mut(&id).and_then(|it| it.doubt.as_mut()) {
            doubt.ask_at = next;
        }
    }

    fn absent(&mut self, id: OrderId, times: u8) {
        if let Some(doubt) = self.orders.get_mut(&id).and_then(|it| it.doubt.as_mut()) {
            doubt.absent = times;
        }
    }

    /// The venue has it, and everything it said was told: what still waited for an answer is answered by that.
    fn found(&mut self, inquiry: &Inquiry, now: Ts) {
        let id = inquiry.id;
        let next = now + self.times.query_every;
        let Some(it) = self.orders.get_mut(&id) else {
            return;
        };
        if it.end.is_some() {
            // Fills are missing still.
            if let Some(doubt) = &mut it.doubt {
                doubt.ask_at = next;
            }
            return;
        }
        let later = |sent: Ts| inquiry.began > sent;
        let stands = it.told == Told::Open;
        let cancels = if stands && it.cancel_due.is_none() && later(it.cancel_sent) {
            std::mem::take(&mut it.cancels)
        } else {
            0
        };
        let amend = it
            .amend
            .filter(|_| stands && it.amend_due.is_none() && later(it.amend_sent));
        if stands && it.amend.is_none() {
            it.doubt = None;
        }
        for _ in 0..cancels {
            self.tell(id, OrderEventKind::CancelRejected);
        }
        if let Some(amend) = amend {
            // Were it granted, the order's own report would have said so before.
            self.amend_refused(amend.order, RejectReason::Other);
            if let Some(it) = self.orders.get_mut(&id) {
                it.doubt = None;
            }
        }
    }

    /// It is nowhere, and cannot come any more.
    fn never_was(&mut self, id: OrderId) {
        let Some(it) = self.orders.get(&id) else {
            return;
        };
        let (existed, cancels) = (it.existed || !it.filled.is_zero(), it.cancels);
        match (existed, cancels) {
            (false, _) => self.over(id, OrderEventKind::NotSent),
            // It was there and is no more: what is known of its fills is all there is.
            (true, 0) => self.over(id, OrderEventKind::Expired),
            (true, _) => self.over(id, OrderEventKind::Cancelled),
        }
    }

    /// Takes word of an order that a question gave; a change that was not answered shows in its terms.
    pub(crate) fn evidence(
        &mut self,
        inquiry: &Inquiry,
        report: &onetape_adapters::report::OrderReport,
        now: Ts,
    ) {
        let amend = self.orders.get(&inquiry.id).and_then(|it| it.amend);
        if let Some(amend) = amend
            && report.qty == Some(amend.qty)
            && report.limit == Some(amend.limit)
        {
            self.amend_granted(inquiry.id, &amend);
        }
        self.report_of(inquiry.id, report, now);
    }
}
