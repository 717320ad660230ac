//! What answers say about how much may still be asked.

use onetape_core::time::Ts;

use super::api;
use crate::budget::{Budget, Counted};
use crate::news::FrameAnswer;
use crate::request::Reply;
use crate::stamp;

/// What may still be asked, as the headers of an answer say.
pub(super) fn budgets(reply: &Reply<'_>) -> Vec<Budget> {
    let number = |name| reply.header(name).and_then(|text| text.parse().ok());
    let left = number("X-Gate-RateLimit-Requests-Remain");
    let limit = number("X-Gate-RateLimit-Limit");
    let resets = reply.header("X-Gate-RateLimit-Reset-Timestamp");
    budget(left, limit, resets.and_then(stamp::of_either))
}

/// What may still be asked, as an answer in a frame says.
pub(super) fn frame_budgets(answer: &FrameAnswer) -> Vec<Budget> {
    match api::answer(&answer.text) {
        Ok(read) => budget(read.left, read.limit, read.resets_at),
        Err(_) => Vec::new(),
    }
}

fn budget(left: Option<u64>, limit: Option<u64>, resets_at: Option<Ts>) -> Vec<Budget> {
    if left.is_none() && limit.is_none() {
        return Vec::new();
    }
    vec![Budget {
        counted: Counted::Requests,
        over: None,
        used: limit
            .zip(left)
            .and_then(|(limit, left)| limit.checked_sub(left)),
        left,
        limit,
        resets_at,
    }]
}
