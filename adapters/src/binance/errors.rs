//! What failures mean, as tables, and how a failure is read.

use onetape_core::event::RejectReason as R;
use onetape_core::time::{Span, Ts};
use serde::Deserialize;

use crate::number::Num;
use crate::outcome::{Class as C, Failure, Row, classify};
use crate::request::Reply;

/// Failures that mean the same at spot and futures; they come after those of each.
macro_rules! table {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            Row::status(418, 418, C::Banned),
            Row::code("-1003", C::Banned).saying("banned until"),
            Row::code("-1003", C::RateLimited).because(R::RateLimit),
            Row::code("-1015", C::RateLimited).because(R::RateLimit),
            Row::code("-1034", C::RateLimited),
            Row::status(429, 429, C::RateLimited).because(R::RateLimit),
            Row::code("-1008", C::Retryable),
            Row::code("-1016", C::Retryable),
            Row::code("-1021", C::Retryable),
            Row::code("-1006", C::Ambiguous),
            Row::code("-1007", C::Ambiguous),
            Row::code("-1000", C::Ambiguous),
            Row::code("-1001", C::Ambiguous),
            Row::code("-1022", C::Reject),
            Row::code("-1002", C::Fatal),
            Row::code("-2014", C::Fatal),
            Row::code("-2015", C::Fatal),
            Row::status(401, 401, C::Fatal),
            Row::code("-2011", C::CancelUnknown),
            Row::code("-2013", C::QueryUnknown),
            Row::code("-2026", C::QueryUnknown),
            Row::code("-1111", C::Reject).saying("price").because(R::TickSize),
            Row::code("-1111", C::Reject).because(R::LotSize),
            Row::code("-1013", C::Reject).saying("PRICE_FILTER").because(R::TickSize),
            Row::code("-1013", C::Reject).saying("LOT_SIZE").because(R::LotSize),
            Row::code("-1013", C::Reject).saying("NOTIONAL").because(R::MinNotional),
            Row::code("-1013", C::Reject).saying("MAX_POSITION").because(R::Quantity),
            Row::code("-1013", C::Reject),
            Row::status(403, 403, C::Fatal),
            Row::status(408, 408, C::Ambiguous),
            Row::status(500, 599, C::Ambiguous),
        ]
    };
}

/// Spot. `-2010` and `-2011` are families: the words decide.
pub(super) const SPOT: &[Row] = table![
    Row::code("-2010", C::DuplicateClientId).saying("Duplicate"),
    Row::code("-2010", C::Reject)
        .saying("insufficient balance")
        .because(R::Balance),
    Row::code("-2010", C::Reject)
        .saying("immediately match")
        .because(R::WouldTake),
    Row::code("-2010", C::Reject)
        .saying("Market is closed")
        .because(R::Halted),
    Row::code("-2010", C::Reject)
        .saying("trading is paused")
        .because(R::Halted),
    Row::code("-2010", C::Reject),
    Row::code("-2021", C::Partial),
    Row::code("-2022", C::Reject),
    Row::code("-2038", C::Reject).because(R::NotResting),
    Row::code("-2035", C::AlreadyDone),
];

/// USDⓈ-M futures: the same numbers can mean other things than at spot.
pub(super) const USDM: &[Row] = table![
    Row::code("-2018", C::Reject).because(R::Balance),
    Row::code("-2019", C::Reject).because(R::Balance),
    Row::code("-2021", C::Reject),
    Row::code("-2022", C::Reject).because(R::ReduceOnly),
    Row::code("-2025", C::Reject).because(R::RateLimit),
    Row::code("-2027", C::Reject).because(R::Leverage),
    Row::code("-2028", C::Reject).because(R::Leverage),
    Row::code("-4116", C::DuplicateClientId),
    Row::code("-4111", C::DuplicateClientId),
    Row::code("-4164", C::Reject).because(R::MinNotional),
    Row::code("-4014", C::Reject).because(R::TickSize),
    Row::code("-4001", C::Reject).because(R::TickSize),
    Row::code("-4003", C::Reject).because(R::Quantity),
    Row::code("-4004", C::Reject).because(R::Quantity),
    Row::code("-4005", C::Reject).because(R::Quantity),
    Row::code("-4023", C::Reject).because(R::LotSize),
    Row::code("-4118", C::Reject).because(R::ReduceOnly),
    Row::code("-4131", C::Reject).because(R::NoMarket),
    Row::code("-5021", C::Reject).because(R::NoMarket),
    Row::code("-5022", C::Reject).because(R::WouldTake),
    Row::code("-5026", C::Reject).because(R::NotResting),
    Row::code("-5027", C::AlreadyDone),
    Row::code("-5028", C::Retryable),
    Row::code("-4046", C::AlreadyDone),
    Row::code("-4059", C::AlreadyDone),
    Row::code("-1125", C::Retryable),
    Row::status(503, 503, C::Ambiguous).saying("Unknown error"),
    Row::status(503, 503, C::Retryable).saying("Service Unavailable"),
];

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    code: Option<Num<'a>>,
    msg: Option<Num<'a>>,
    error: Option<Box<Inner<'a>>>,
}

#[derive(Deserialize)]
struct Inner<'a> {
    #[serde(borrow)]
    code: Option<Num<'a>>,
    msg: Option<Num<'a>>,
}

/// Code and words of a failure; a body that is no JSON is all words.
fn said(body: &str) -> (String, String) {
    let text = |num: Option<Num<'_>>| num.map_or_else(String::new, |it| it.text().to_string());
    match serde_json::from_str::<Said<'_>>(body) {
        Ok(Said {
            error: Some(inner), ..
        }) => (text(inner.code), text(inner.msg)),
        Ok(said) if said.code.is_some() || said.msg.is_some() => (text(said.code), text(said.msg)),
        _ => (String::new(), body.to_string()),
    }
}

/// Reads a failure: a reply of HTTP, or the whole frame of an answer.
pub(super) fn failure(table: &[Row], reply: &Reply<'_>) -> Failure {
    let (code, message) = said(reply.body);
    let mut failure = classify(table, reply.status, &code, &message);
    let seconds = reply
        .header("Retry-After")
        .and_then(|text| text.parse::<i64>().ok());
    failure.wait = seconds.map(|it| Span::from_millis(it.saturating_mul(1_000)));
    failure.until = until(&message);
    failure
}

/// The end of a ban, from `… banned until 1700000000000.`
fn until(message: &str) -> Option<Ts> {
    let (_, rest) = message.split_once("until ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let millis = digits.parse::<i64>().ok()?;
    millis.checked_mul(1_000_000).map(Ts::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_says_how_long() {
        let headers = [("retry-after", "120")];
        let reply = Reply {
            status: 418,
            headers: &headers,
            body: r#"{"code":-1003,"msg":"Way too much; IP banned until 1700000000000."}"#,
        };
        let failure = failure(SPOT, &reply);
        assert_eq!(failure.class, C::Banned);
        assert_eq!(
            failure.until,
            Some(Ts::from_nanos(1_700_000_000_000_000_000))
        );
        assert_eq!(failure.wait, Some(Span::from_millis(120_000)));
    }

    #[test]
    fn one_number_has_two_meanings() {
        let class = |table, body| failure(table, &Reply::new(400, body)).class;
        let body = r#"{"code":-2021,"msg":"x"}"#;
        assert_eq!(
            (class(SPOT, body), class(USDM, body)),
            (C::Partial, C::Reject)
        );
        let frame = r#"{"id":1,"status":400,"error":{"code":-2010,"msg":"Duplicate order sent."}}"#;
        assert_eq!(class(SPOT, frame), C::DuplicateClientId);
    }
}
