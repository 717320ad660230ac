//! The other end of Binance's protocol, spot and USDⓈ-M futures: what clients send becomes calls, and what calls give
//! becomes the venue's answers. `market` says which of the two a server is.

mod account;
mod args;
mod auth;
mod connection;
mod info;
mod limits;
mod market;
#[cfg(test)]
mod market_tests;
mod order;
mod reading;
mod refusal;
#[cfg(test)]
mod reply_tests;
mod routes;
mod tell;
#[cfg(test)]
mod tell_tests;
#[cfg(test)]
mod tests;
mod user;
mod writing;

use super::Market;
use crate::request::Method;
use crate::server::Cx;
use crate::server::call::{Asked, Refused, Way};
use crate::server::inbound::Inbound;
use crate::server::outbound::Outbound;
use crate::server::reply::Replied;
use crate::server::wrong::Wrong;
use args::Args;

pub use connection::{frame, open};
pub use limits::{charges, habits};
pub use tell::{Seat, tell};

/// Reads a request over HTTP.
///
/// # Errors
/// Why it is refused; [`refuse`] makes the answer.
pub fn request(market: Market, inbound: &Inbound<'_>, cx: &Cx<'_>) -> Result<Asked, Box<Refused>> {
    let mut way = Way::default();
    match understood(market, inbound, cx, &mut way) {
        Ok((account, call)) => Ok(Asked { account, call, way }),
        Err(wrong) => Err(Box::new(Refused { wrong, way })),
    }
}

fn understood(
    market: Market,
    inbound: &Inbound<'_>,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Result<routes::Understood, Wrong> {
    let row = routes::by_path(market, inbound.method, inbound.path).ok_or(Wrong::Route)?;
    way.route = row.name;
    let body = inbound.text().ok_or(Wrong::Broken)?;
    let mut args = Args::of_request(inbound.query, body)?;
    let key = inbound.header("X-MBX-APIKEY");
    let payload = auth::Payload::Request(inbound.query, body);
    let account = auth::check(row.auth, key, &payload, &mut args, cx)?;
    let call = routes::call(market, row, &mut args, cx, way)?;
    Ok((account, call))
}

/// The answer to what was understood.
pub fn reply(market: Market, asked: &Asked, replied: &Replied, cx: &Cx<'_>) -> Outbound {
    let out = match &replied.result {
        Ok(reply) => {
            let body = writing::reply(market, &asked.call, &asked.way, reply, cx);
            Outbound::json(200, body)
        }
        Err(wrong) => refusal::outbound(market, wrong, &refusal::Failing::of(&asked.call)),
    };
    writing::limits(&replied.limits)
        .into_iter()
        .fold(out, |out, (name, value)| out.with(name, value))
}

/// The answer to what was not understood.
pub fn refuse(market: Market, refused: &Refused) -> Outbound {
    refusal::outbound(market, &refused.wrong, &refusal::Failing::Other)
}

/// The answer in a frame to what was understood.
pub fn answer(market: Market, asked: &Asked, replied: &Replied, cx: &Cx<'_>) -> String {
    match &replied.result {
        Ok(reply) => {
            let result = writing::reply(market, &asked.call, &asked.way, reply, cx);
            connection::done(&asked.way, &result, &replied.limits)
        }
        Err(wrong) => connection::failed(
            market,
            &asked.way,
            wrong,
            &refusal::Failing::of(&asked.call),
            &replied.limits,
        ),
    }
}

/// The answer in a frame to what was not understood.
pub fn refuse_frame(market: Market, refused: &Refused) -> String {
    let other = refusal::Failing::Other;
    connection::failed(market, &refused.way, &refused.wrong, &other, &[])
}

/// The method of HTTP behind its word.
pub fn method(word: &str) -> Option<Method> {
    let all = [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
    ];
    all.into_iter().find(|method| method.name() == word)
}
