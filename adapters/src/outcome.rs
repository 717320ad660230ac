//! What a failed request means for the order behind it, chosen from a table that is data.

use onetape_core::event::RejectReason;
use onetape_core::time::{Span, Ts};

/// What is known after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The venue did not do it, and would not do the same again.
    Reject,
    /// The venue did not do it; the same may be tried again after a wait.
    Retryable,
    /// The venue did not do it, because too much was asked; wait first.
    RateLimited,
    /// The venue answers nothing for a while.
    Banned,
    /// Nobody knows whether the venue did it: only its own word on the order leads on.
    Ambiguous,
    /// An order with this client id is there already: perhaps our own earlier try. Query it.
    DuplicateClientId,
    /// There was nothing to cancel: the order ended before, or never was. Query it.
    CancelUnknown,
    /// The venue does not know the order: it never was, or is too old.
    QueryUnknown,
    /// What was asked for holds already.
    AlreadyDone,
    /// One part was done and another not.
    Partial,
    /// Nothing will work until a person changes something: key, signature, permission.
    Fatal,
}

impl Class {
    /// The word used in tables and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Retryable => "retryable",
            Self::RateLimited => "rate-limited",
            Self::Banned => "banned",
            Self::Ambiguous => "ambiguous",
            Self::DuplicateClientId => "duplicate-client-id",
            Self::CancelUnknown => "cancel-unknown",
            Self::QueryUnknown => "query-unknown",
            Self::AlreadyDone => "already-done",
            Self::Partial => "partial",
            Self::Fatal => "fatal",
        }
    }

    /// True when the venue has said that it did nothing.
    pub const fn is_not_done(self) -> bool {
        matches!(
            self,
            Self::Reject | Self::Retryable | Self::RateLimited | Self::Banned | Self::Fatal
        )
    }
}

/// One row of a venue's table of failures: what matches all of its conditions has its class. The first row that
/// matches counts.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// HTTP status, from and to; `None` for any.
    pub status: Option<(u16, u16)>,
    /// The venue's code or label; `None` for any.
    pub code: Option<&'static str>,
    /// A part of the venue's message; empty for any.
    pub message: &'static str,
    /// What is known then.
    pub class: Class,
    /// Why the order was refused, where core has a word for it.
    pub reason: Option<RejectReason>,
}

impl Row {
    /// A row for a code.
    pub const fn code(code: &'static str, class: Class) -> Self {
        Self {
            status: None,
            code: Some(code),
            message: "",
            class,
            reason: None,
        }
    }

    /// A row for a code that refuses an order, with core's word for why.
    pub const fn refused(code: &'static str, why: RejectReason) -> Self {
        Self::code(code, Class::Reject).because(why)
    }

    /// A row for a code that refuses a request.
    pub const fn plain(code: &'static str) -> Self {
        Self::code(code, Class::Reject)
    }

    /// A row for a code after which nothing works until a person changes something.
    pub const fn fatal(code: &'static str) -> Self {
        Self::code(code, Class::Fatal)
    }

    /// A row for a range of statuses.
    pub const fn status(from: u16, to: u16, class: Class) -> Self {
        Self {
            status: Some((from, to)),
            code: None,
            message: "",
            class,
            reason: None,
        }
    }

    /// Only with this HTTP status.
    pub const fn at(mut self, status: u16) -> Self {
        self.status = Some((status, status));
        self
    }

    /// Only when the message holds this.
    pub const fn saying(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }

    /// With core's word for it.
    pub const fn because(mut self, reason: RejectReason) -> Self {
        self.reason = Some(reason);
        self
    }

    fn matches(&self, status: u16, code: &str, message: &str) -> bool {
        self.status
            .is_none_or(|(from, to)| (from..=to).contains(&status))
            && self.code.is_none_or(|mine| mine == code)
            && message.contains(self.message)
    }
}

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is known.
    pub class: Class,
    /// Why the order was refused, where core has a word for it.
    pub reason: Option<RejectReason>,
    /// HTTP status, or the venue's own in a frame; 0 where there was none.
    pub status: u16,
    /// The venue's code or label; empty for none.
    pub code: String,
    /// The venue's words.
    pub message: String,
    /// How long to wait before anything is asked again, where the venue says so.
    pub wait: Option<Span>,
    /// When a ban ends, where the venue says so.
    pub until: Option<Ts>,
    /// False when no row of the table was about it, so that its class is a cautious guess.
    pub listed: bool,
}

/// Chooses a class by a venue's table.
///
/// What no row is about is [`Class::Ambiguous`] for a status of 5xx, a success, or none; too many requests for 429,
/// a ban for 418; and refused for other 4xx.
pub fn classify(table: &[Row], status: u16, code: &str, message: &str) -> Failure {
    let row = table.iter().find(|row| row.matches(status, code, message));
    let (class, reason) = match (row, status) {
        (Some(row), _) => (row.class, row.reason),
        (None, 429) => (Class::RateLimited, Some(RejectReason::RateLimit)),
        (None, 418) => (Class::Banned, None),
        (None, 400..=499) => (Class::Reject, None),
        (None, _) => (Class::Ambiguous, None),
    };
    Failure {
        class,
        reason,
        status,
        code: code.to_string(),
        message: message.chars().take(200).collect(),
        wait: None,
        until: None,
        listed: row.is_some(),
    }
}

impl Failure {
    /// A reply that could not be understood: whether the venue did it is not known.
    pub fn unreadable(status: u16, why: &crate::error::WireError) -> Self {
        Self {
            class: Class::Ambiguous,
            reason: None,
            status,
            code: String::new(),
            message: why.to_string(),
            wait: None,
            until: None,
            listed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Row] = &[
        Row::code("-1", Class::DuplicateClientId).saying("Duplicate"),
        Row::code("-1", Class::Reject).because(RejectReason::Balance),
        Row::status(503, 503, Class::Retryable).saying("Service Unavailable"),
    ];

    #[test]
    fn code_and_message_choose() {
        let class = |status, code, message| classify(TABLE, status, code, message).class;
        assert_eq!(
            class(400, "-1", "Duplicate order"),
            Class::DuplicateClientId
        );
        assert_eq!(class(400, "-1", "balance"), Class::Reject);
        assert_eq!(class(503, "", "Service Unavailable."), Class::Retryable);
        assert_eq!(class(503, "", "Unknown error"), Class::Ambiguous);
        assert_eq!(class(200, "9", ""), Class::Ambiguous);
        assert_eq!(class(0, "", ""), Class::Ambiguous);
        assert_eq!(class(429, "", ""), Class::RateLimited);
        assert_eq!(class(418, "", ""), Class::Banned);
        assert_eq!(class(404, "", ""), Class::Reject);
        assert!(!classify(TABLE, 404, "", "").listed);
    }
}
