//! What became of requests that can make, change or end orders.

use onetape_adapters::ask::Ask;
use onetape_adapters::news::Answer;
use onetape_adapters::outcome::{Class, Failure};
use onetape_core::command::Amend;
use onetape_core::event::{OrderEventKind, RejectReason};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use super::tracked::Told;
use super::{Follower, Notice};

/// Why there is no answer to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No byte of the request left.
    NotSent(String),
    /// It may have arrived, and nothing tells what became of it.
    Lost(String),
    /// The venue's own word.
    Failed(Failure),
}

impl Trouble {
    /// In a line.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::NotSent(words) | Self::Lost(words) => words.clone(),
            Self::Failed(failure) => {
                let Failure {
                    status,
                    code,
                    message,
                    ..
                } = failure;
                format!("answered {status} {code} {message:?}")
            }
        }
    }
}

impl Follower {
    /// The answer to a request, or its failure. Requests that only ask are not answered here.
    pub(crate) fn answered(&mut self, ask: &Ask, answer: Result<Answer, Trouble>, now: Ts) {
        if let Err(Trouble::Failed(failure)) = &answer
            && failure.class == Class::Fatal
        {
            let (venue, words) = (self.venue, format!("{} {}", failure.code, failure.message));
            self.notice(Notice::Fatal { venue, words });
        }
        match ask {
            Ask::Place(place) => self.place_answered(place.order, answer, now),
            Ask::Cancel(order) => {
                if let Some(id) = order.client.ours() {
                    self.cancel_answered(id, answer, now);
                }
            }
            Ask::Amend(change) => self.amend_answered(&change.amend, answer, now),
            _ => {}
        }
    }

    fn place_answered(&mut self, id: OrderId, answer: Result<Answer, Trouble>, now: Ts) {
        match answer {
            Ok(Answer::Order(report)) => {
                // Whatever id it tells, it is the answer to this one.
                self.report_of(id, &report, now);
            }
            Ok(Answer::Received) => {}
            // An answer of another kind: only asking helps.
            Ok(_) | Err(Trouble::Lost(_)) => self.doubt(id, now),
            Err(Trouble::NotSent(_)) => self.never_left(id),
            Err(Trouble::Failed(failure)) if failure.class.is_not_done() => {
                let too_much = matches!(failure.class, Class::RateLimited | Class::Banned);
                let limit = too_much.then_some(RejectReason::RateLimit);
                let reason = failure.reason.or(limit);
                self.refused(id, reason.unwrap_or(RejectReason::Other));
            }
            Err(Trouble::Failed(_)) => self.doubt(id, now),
        }
    }

    /// Nothing of it left this machine.
    fn never_left(&mut self, id: OrderId) {
        let it = self.orders.get(&id);
        if it.is_some_and(|it| !it.existed && matches!(it.told, Told::Sent | Told::Unknown)) {
            self.over(id, OrderEventKind::NotSent);
        }
    }

    fn cancel_answered(&mut self, id: OrderId, answer: Result<Answer, Trouble>, now: Ts) {
        match answer {
            Ok(Answer::Received) => return,
            Ok(Answer::Order(report)) if report.state.is_final() => {
                self.cancel_over(id);
                return self.report_of(id, &report, now);
            }
            // Taken, and how the order stands is not told: its own news will, or it is asked for.
            Ok(_) => {
                self.cancel_over(id);
                return self.ask(id, now + self.times.grace);
            }
            Err(Trouble::Lost(_)) => return self.answer_lost(id, now),
            Err(Trouble::NotSent(_)) => {}
            Err(Trouble::Failed(failure)) => match failure.class {
                class if class.is_not_done() => {}
                // It ended before, or never was: which, its own news tells.
                Class::CancelUnknown | Class::QueryUnknown | Class::AlreadyDone => {
                    self.ask(id, now + self.times.grace);
                }
                _ => return self.answer_lost(id, now),
            },
        }
        if self.cancel_over(id) {
            self.tell(id, OrderEventKind::CancelRejected);
        }
    }

    /// One cancel less waits for its answer; false when none did.
    pub(super) fn cancel_over(&mut self, id: OrderId) -> bool {
        let it = self.orders.get_mut(&id).filter(|it| it.cancels > 0);
        let Some(it) = it else {
            return false;
        };
        it.cancels -= 1;
        if it.cancels == 0 {
            it.cancel_due = None;
        }
        true
    }

    fn amend_answered(&mut self, amend: &Amend, answer: Result<Answer, Trouble>, now: Ts) {
        let id = amend.order;
        match answer {
            Ok(Answer::Order(report)) => {
                self.report_of(id, &report, now);
                // The answer may tell less than was asked: that it was done is enough.
                self.amend_granted(id, amend);
            }
            Ok(Answer::Received) => {}
            Ok(Answer::Done) => self.amend_granted(id, amend),
            Ok(_) | Err(Trouble::Lost(_)) => self.answer_lost(id, now),
            Err(Trouble::NotSent(_)) => self.amend_refused(id, RejectReason::Other),
            Err(Trouble::Failed(failure)) => match failure.class {
                class if class.is_not_done() => {
                    self.amend_refused(id, failure.reason.unwrap_or(RejectReason::Other));
                }
                Class::AlreadyDone => self.amend_granted(id, amend),
                Class::CancelUnknown | Class::QueryUnknown => {
                    self.amend_refused(id, RejectReason::NotResting);
                    self.ask(id, now + self.times.grace);
                }
                _ => self.answer_lost(id, now),
            },
        }
    }

    /// No answer to a cancel or a change will come any more: what the venue has is asked for.
    fn answer_lost(&mut self, id: OrderId, now: Ts) {
        if let Some(it) = self.orders.get_mut(&id) {
            (it.cancel_due, it.amend_due) = (None, None);
        }
        self.doubt(id, now);
    }

    pub(super) fn amend_granted(&mut self, id: OrderId, amend: &Amend) {
        let it = self.orders.get_mut(&id);
        let Some(it) = it.filter(|it| it.amend == Some(*amend)) else {
            return;
        };
        (it.amend, it.amend_due) = (None, None);
        (it.place.qty, it.place.limit) = (amend.qty, Some(amend.limit));
        let (qty, limit) = (amend.qty, amend.limit);
        self.tell(id, OrderEventKind::Amended { qty, limit });
        self.complete(id);
    }

    pub(super) fn amend_refused(&mut self, id: OrderId, reason: RejectReason) {
        let Some(it) = self.orders.get_mut(&id).filter(|it| it.amend.is_some()) else {
            return;
        };
        (it.amend, it.amend_due) = (None, None);
        self.tell(id, OrderEventKind::AmendRejected(reason));
        self.complete(id);
    }
}
