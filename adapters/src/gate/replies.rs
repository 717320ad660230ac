//! Answers to requests, by REST and by WebSocket: done, or a failure and what it means.

use super::answers::Read;
use super::api::{self, Said};
use super::budgets::budgets;
use super::{ERRORS, Market};
use crate::ask::{Ask, Cx};
use crate::counts::{Counts, Unused};
use crate::news::{Answer, Answered, FrameAnswer};
use crate::outcome::{Class, Failure, classify};
use crate::request::Reply;

/// What came back for what was asked by REST.
pub(super) fn reply(
    market: Market,
    ask: &Ask,
    reply: &Reply<'_>,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Answered {
    // A few failures come with a success of HTTP: records of orders and accounts have no label.
    if !reply.is_success() || reply.body.starts_with("{\"label\"") {
        return Err(asked(ask, failure(reply)));
    }
    done(market, ask, reply.body, reply.status, cx, counts)
}

/// What a failed reply means.
pub(super) fn failure(reply: &Reply<'_>) -> Failure {
    let (label, message) = api::error_of(reply.body);
    let mut failure = classify(ERRORS, reply.status, &label, &message);
    if failure.class == Class::RateLimited {
        let told = budgets(reply).into_iter().next();
        failure.until = told.and_then(|budget| budget.resets_at);
    }
    failure
}

/// What came back for what was asked by frame.
pub(super) fn answer(
    market: Market,
    ask: &Ask,
    answer: &FrameAnswer,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Answered {
    let read = match api::answer(&answer.text) {
        Ok(read) => read,
        Err(why) => {
            counts.add(Unused::Unsound, ask.name());
            return Err(Failure::unreadable(answer.status, &why));
        }
    };
    match read.said {
        Said::Error(label, message) => {
            let mut failure = classify(ERRORS, read.status, label, &message);
            if failure.class == Class::RateLimited {
                failure.until = read.resets_at;
            }
            Err(asked(ask, failure))
        }
        Said::Result(_) if !matches!(read.status, 0 | 200..=299) => {
            Err(classify(ERRORS, read.status, "", ""))
        }
        Said::Result(_) if read.is_ack => Ok(Answer::Received),
        Said::Result(result) => done(market, ask, result, read.status, cx, counts),
    }
}

/// Whether a logon was taken.
pub(super) fn logged_on(answer: &FrameAnswer) -> Result<(), Failure> {
    let read = api::answer(&answer.text).map_err(|why| Failure::unreadable(answer.status, &why))?;
    match read.said {
        Said::Error(label, message) => Err(classify(ERRORS, read.status, label, &message)),
        Said::Result(_) if matches!(read.status, 0 | 200..=299) => Ok(()),
        Said::Result(_) => Err(classify(ERRORS, read.status, "", "")),
    }
}

/// The same label answers cancels and queries.
fn asked(ask: &Ask, mut failure: Failure) -> Failure {
    if failure.class == Class::CancelUnknown && matches!(ask, Ask::Order(_)) {
        failure.class = Class::QueryUnknown;
    }
    failure
}

fn done(
    market: Market,
    ask: &Ask,
    body: &str,
    status: u16,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Answered {
    let mut read = Read { market, cx, counts };
    let found = read.answer(ask, body);
    found.map_err(|why| {
        read.counts.add(Unused::Unsound, ask.name());
        Failure::unreadable(status, &why)
    })
}
