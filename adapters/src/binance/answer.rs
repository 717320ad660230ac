//! Answers to requests, over HTTP and in frames.

use onetape_core::time::Ts;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::account;
use super::orders::{WireOrder, WireUserTrade, time};
use super::{Market, errors, info, market as told_market};
use crate::ask::{Ask, Cx, StreamKey};
use crate::counts::{Counts, Unused};
use crate::directory::Directory;
use crate::error::WireError;
use crate::json::{need, read};
use crate::news::{Answer, Answered, FrameAnswer};
use crate::number::Num;
use crate::outcome::{Failure, Row};
use crate::report::{OrderReport, ReportState};
use crate::request::Reply;

/// What came back over HTTP.
pub(super) fn reply(
    market: Market,
    table: &[Row],
    ask: &Ask,
    reply: &Reply<'_>,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Answered {
    if !reply.is_success() {
        return Err(errors::failure(table, reply));
    }
    result(market, ask, reply.body, cx, counts).map_err(|why| unreadable(table, ask, reply, &why))
}

/// A success that cannot be read may be a failure in a success's clothes; else nobody knows what was done.
fn unreadable(table: &[Row], ask: &Ask, reply: &Reply<'_>, why: &WireError) -> Failure {
    let said = errors::failure(table, reply);
    match said.listed && !said.code.is_empty() && ask.changes_orders() {
        true => said,
        false => Failure::unreadable(reply.status, why),
    }
}

/// What came back in a frame.
pub(super) fn frame(
    market: Market,
    table: &[Row],
    ask: &Ask,
    told: &FrameAnswer,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Answered {
    #[derive(Deserialize)]
    struct Whole<'a> {
        #[serde(borrow)]
        result: Option<&'a RawValue>,
    }
    let all = Reply::new(told.status, &told.text);
    if !all.is_success() {
        return Err(errors::failure(table, &all));
    }
    let whole: Result<Whole<'_>, _> = read("an answer", &told.text);
    let inner = whole.and_then(|whole| need("an answer", "result", whole.result));
    let answer = inner.and_then(|inner| result(market, ask, inner.get(), cx, counts));
    answer.map_err(|why| Failure::unreadable(told.status, &why))
}

/// The result of a request, the same over HTTP and in a frame.
fn result(
    market: Market,
    ask: &Ask,
    text: &str,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Result<Answer, WireError> {
    let directory = cx.directory;
    if market == Market::Spot && !is_of_spot(ask) {
        counts.add(Unused::Retired, ask.name());
        return Err(WireError::Field {
            message: "an answer to what spot does not have, or no longer,",
            field: ask.name(),
        });
    }
    Ok(match ask {
        Ask::Time => Answer::Time(server_time(text)?),
        Ask::Instruments => Answer::Instruments(info::instruments(market, text, counts)?),
        Ask::Depth { instrument, .. } => {
            let listed = directory.get(*instrument);
            let listed = listed.ok_or_else(|| WireError::Symbol(format!("{instrument:?}")))?;
            Answer::Depth(Box::new(told_market::book(text, &listed.instrument)?))
        }
        Ask::Quote(_) | Ask::Mark(_) | Ask::OpenInterest(_) => {
            Answer::Market(told_market::asked(text, directory, counts)?)
        }
        Ask::Place(_) | Ask::Cancel(_) | Ask::Order(_) => {
            let order: WireOrder<'_> = read("an order", text)?;
            Answer::Order(Box::new(order.report(directory, counts)?))
        }
        Ask::Test(_) => Answer::Done,
        Ask::CancelAll(_) if market == Market::Spot => orders(text, directory, counts)?,
        Ask::CancelAll(_) => done(text)?,
        Ask::Amend(_) => Answer::Order(Box::new(amended(text, directory, counts)?)),
        Ask::OpenOrders(_) | Ask::Orders(_) => orders(text, directory, counts)?,
        Ask::Trades(_) => trades(text, directory, counts)?,
        Ask::Balances if market == Market::Spot => account::spot(text, directory, counts)?,
        Ask::Balances => account::futures(text, directory, counts)?,
        Ask::Positions(_) => Answer::Positions(account::positions(text, directory, counts)?),
        Ask::Settings(id) => account::settings(text, *id, directory)?,
        Ask::SetLeverage { .. } | Ask::SetCrossLeverage { .. } => {
            account::leverage(text, directory)?
        }
        Ask::PositionMode => account::position_mode(text)?,
        Ask::SetMarginMode { .. } | Ask::SetPositionMode(_) => done(text)?,
        // It answers with what was set.
        Ask::DeadMan { .. } => done(text)?,
        Ask::Tiers(id) => account::tiers(text, *id, directory)?,
        Ask::Fees(_) => account::fees(text, directory)?,
        Ask::FundingPaid(_) => Answer::Funding(account::income(text, directory, counts)?),
        Ask::StreamKey(key) => stream_key(key, text)?,
    })
}

/// False for what futures alone have, and for the keys of streams, which spot has no more.
const fn is_of_spot(ask: &Ask) -> bool {
    !matches!(
        ask,
        Ask::Mark(_)
            | Ask::OpenInterest(_)
            | Ask::Positions(_)
            | Ask::Settings(_)
            | Ask::SetLeverage { .. }
            | Ask::SetMarginMode { .. }
            | Ask::SetPositionMode(_)
            | Ask::PositionMode
            | Ask::Tiers(_)
            | Ask::FundingPaid(_)
            | Ask::DeadMan { .. }
            | Ask::StreamKey(_)
    )
}

fn server_time(text: &str) -> Result<Ts, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Told<'a> {
        #[serde(borrow)]
        server_time: Num<'a>,
    }
    let told: Told<'_> = read("the venue's time", text)?;
    time(Some(&told.server_time))
}

/// `{"code":200,"msg":"success"}`, or an object that says nothing of a failure.
fn done(text: &str) -> Result<Answer, WireError> {
    #[derive(Deserialize)]
    struct Said<'a> {
        #[serde(borrow)]
        code: Option<Num<'a>>,
    }
    let said: Said<'_> = read("an acknowledgement", text)?;
    match said.code.as_ref().map_or("200", |it| it.text()) {
        "200" => Ok(Answer::Done),
        _ => Err(WireError::Field {
            message: "an acknowledgement",
            field: "code",
        }),
    }
}

/// A list of orders. Those of other symbols, of lists of orders, and entries that failed are counted.
fn orders(text: &str, directory: &Directory, counts: &mut Counts) -> Result<Answer, WireError> {
    let all: Vec<WireOrder<'_>> = read("a list of orders", text)?;
    let mut reports = Vec::with_capacity(all.len());
    for order in &all {
        if order.contingency_type.is_some() {
            counts.add(
                Unused::NotNeeded,
                "a list of orders that stand for each other",
            );
        } else if order.is_failure() {
            counts.add(Unused::NotNeeded, "an entry that failed");
        } else {
            match order.report(directory, counts) {
                Ok(report) => reports.push(report),
                Err(WireError::Symbol(symbol)) => counts.add(Unused::OtherSymbol, &symbol),
                Err(why) => return Err(why),
            }
        }
    }
    Ok(Answer::Orders(reports))
}

fn trades(text: &str, directory: &Directory, counts: &mut Counts) -> Result<Answer, WireError> {
    let all: Vec<WireUserTrade<'_>> = read("a list of our trades", text)?;
    let mut reports = Vec::with_capacity(all.len());
    for trade in &all {
        match trade.report(directory) {
            Ok(report) => reports.push(report),
            Err(WireError::Symbol(symbol)) => counts.add(Unused::OtherSymbol, &symbol),
            Err(why) => return Err(why),
        }
    }
    Ok(Answer::Trades(reports))
}

/// Spot wraps the changed order, futures do not. At rest, it is at rest with new terms.
fn amended(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<OrderReport, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wrapped<'a> {
        #[serde(borrow)]
        amended_order: Option<&'a RawValue>,
    }
    let wrapped: Wrapped<'_> = read("a changed order", text)?;
    let inner = wrapped.amended_order.map_or(text, RawValue::get);
    let order: WireOrder<'_> = read("a changed order", inner)?;
    let mut report = order.report(directory, counts)?;
    if matches!(
        report.state,
        ReportState::Open | ReportState::PartiallyFilled
    ) {
        report.state = ReportState::Amended;
    }
    Ok(report)
}

fn stream_key(key: &StreamKey, text: &str) -> Result<Answer, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Told<'a> {
        #[serde(borrow)]
        listen_key: Option<Num<'a>>,
    }
    let told: Told<'_> = read("a stream's key", text)?;
    match (told.listen_key, key) {
        (Some(told), _) if !told.is_none() => Ok(Answer::StreamKey(told.text().to_string())),
        (_, StreamKey::Open) => Err(WireError::Field {
            message: "a stream's key",
            field: "listenKey",
        }),
        _ => Ok(Answer::Done),
    }
}
