//! WebSocket connections: what their addresses say, and the requests that come on them.

use std::collections::BTreeMap;

use onetape_core::time::Span;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::args::Args;
use super::refusal::{self, Failing};
use super::{auth, routes, writing};
use crate::binance::Market;
use crate::binance::route::Auth;
use crate::server::Cx;
use crate::server::call::{Asked, Call, Channel, Line, Refused, Stream, Way};
use crate::server::pairs::{get, pairs};
use crate::server::state::LimitState;
use crate::server::wrong::Wrong;

/// The route of a connection that carries requests.
const API: &str = "api";
/// The route of a connection that carries streams, at spot; and of requests that begin and end streams, at both.
pub(super) const STREAMS: &str = "streams";
/// Most streams of a connection.
const STREAMS_MAX: usize = 1_024;

/// Reads the address of a connection.
///
/// # Errors
/// When it is none of the venue's.
pub fn open(market: Market, path: &str, query: &str, cx: &Cx<'_>) -> Result<Line, Wrong> {
    let (route, rest) = match (market, path) {
        (Market::Spot, "/ws-api/v3") | (Market::Usdm, "/ws-fapi/v1") => {
            return Ok(Line {
                route: API,
                ..Line::default()
            });
        }
        (Market::Spot, path) => (STREAMS, path),
        (_, path) => ["public", "market", "private"]
            .into_iter()
            .find_map(|route| {
                let rest = path.strip_prefix('/')?.strip_prefix(route)?;
                rest.starts_with('/').then_some((route, rest))
            })
            // Before addresses were told apart. Nothing is told there any more.
            .unwrap_or(("unrouted", path)),
    };
    let asked = pairs(query).ok_or(Wrong::Broken)?;
    let mut line = Line {
        route,
        ..Line::default()
    };
    let names = match rest.trim_end_matches('/') {
        "/stream" => {
            line.wrapped = true;
            get(&asked, "streams").unwrap_or_default()
        }
        "/ws" => "",
        other => other.strip_prefix("/ws/").ok_or(Wrong::Route)?,
    };
    let listed = |text: &str| -> Vec<String> {
        let all = text.split('/').filter(|it| !it.is_empty());
        all.map(str::to_string).collect()
    };
    let names = listed(names);
    if names.len() > STREAMS_MAX {
        return Err(Wrong::Bad("streams"));
    }
    if route == "private" {
        line.keys = names;
        let more = asked.iter().filter(|it| it.name == "listenKey");
        line.keys.extend(more.map(|it| it.value.to_string()));
        line.events = listed(get(&asked, "events").unwrap_or_default());
    } else {
        let streams = names.iter().map(|name| stream(route, name, cx));
        line.streams = streams.collect();
    }
    Ok(line)
}

/// The stream behind a name. One that the connection does not carry is taken and never tells anything.
pub(super) fn stream(route: &str, name: &str, cx: &Cx<'_>) -> Stream {
    let (symbol, what) = name.split_once('@').unwrap_or((name, ""));
    let all = symbol.starts_with('!');
    let (symbol, what) = match (all, symbol, what) {
        (true, kind, what) => (
            "",
            format!("{}{}", &kind[1..], what.trim_start_matches("arr")),
        ),
        (false, symbol, what) => (symbol, what.to_string()),
    };
    let listed = cx.directory.symbol(&symbol.to_uppercase()).ok();
    let instrument = listed.map(|it| it.instrument.id);
    let carried = |channel| {
        let book = matches!(
            channel,
            Channel::Quote | Channel::Depth(_) | Channel::Levels(..) | Channel::Prints
        );
        match route {
            STREAMS => true,
            "public" => book,
            "market" => !book,
            _ => false,
        }
    };
    let known = channel(route == STREAMS, &what).filter(|it| carried(*it));
    let channel = known.filter(|_| all || instrument.is_some());
    Stream {
        channel: channel.unwrap_or(Channel::Silent),
        instrument,
        name: name.to_string(),
    }
}

/// What a stream tells, by its name without the symbol.
fn channel(spot: bool, what: &str) -> Option<Channel> {
    let millis = |text: &str| text.strip_suffix("ms")?.parse::<i64>().ok();
    let depth = if spot { 1_000 } else { 250 };
    let (kind, speed) = what.split_once('@').unwrap_or((what, ""));
    Some(match (kind, speed) {
        ("bookTicker", "") => Channel::Quote,
        ("trade", "") => Channel::Prints,
        ("aggTrade", "") => Channel::Aggregates,
        ("ticker", "") => Channel::Ticker,
        ("markPrice", "") if !spot => Channel::Mark(Span::from_millis(3_000)),
        ("markPrice", "1s") if !spot => Channel::Mark(Span::from_millis(1_000)),
        (kind, "") if kind.starts_with("kline_") => {
            Channel::Candles(routes::span(&kind["kline_".len()..]).ok()?)
        }
        (kind, speed) if kind.starts_with("depth") => {
            let every = match speed {
                "" => depth,
                speed => millis(speed).filter(|it| matches!(it, 100 | 250 | 500 | 1_000))?,
            };
            let every = Span::from_millis(every);
            match &kind["depth".len()..] {
                "" => Channel::Depth(every),
                levels @ ("5" | "10" | "20") => Channel::Levels(levels.parse().ok()?, every),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// The stream of an account, by its number on the connection.
pub(super) fn account_stream(number: u64) -> Stream {
    Stream {
        channel: Channel::Account,
        instrument: None,
        name: number.to_string(),
    }
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// Reads a message of a client.
///
/// # Errors
/// Why it is refused; [`super::refuse_frame`] makes the answer.
pub fn frame(market: Market, text: &str, line: &Line, cx: &Cx<'_>) -> Result<Asked, Box<Refused>> {
    let mut way = Way::default();
    if line.route != API {
        way.route = STREAMS;
    }
    let understood = match line.route {
        API => asked(market, text, line, cx, &mut way),
        _ => control(text, line, cx, &mut way).map(|call| (None, call)),
    };
    match understood {
        Ok((account, call)) => Ok(Asked { account, call, way }),
        Err(wrong) => Err(Box::new(Refused { wrong, way })),
    }
}

fn whole<'a>(text: &'a str, way: &mut Way) -> Result<(String, Option<&'a RawValue>), Wrong> {
    let whole: Whole<'a> = serde_json::from_str(text).map_err(|_| Wrong::Broken)?;
    let id = whole.id.map_or("null", RawValue::get);
    let sound = id.starts_with('"') || id == "null" || id.parse::<i64>().is_ok();
    if !sound || id.len() > 40 {
        return Err(Wrong::Bad("id"));
    }
    way.id = Some(id.to_string());
    let method = whole.method.ok_or(Wrong::Missing("method"))?.get();
    let method = serde_json::from_str(method).map_err(|_| Wrong::Bad("method"))?;
    Ok((method, whole.params))
}

fn asked(
    market: Market,
    text: &str,
    line: &Line,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Result<routes::Understood, Wrong> {
    let (method, params) = whole(text, way)?;
    let params: BTreeMap<String, &RawValue> = match params {
        Some(params) => serde_json::from_str(params.get()).map_err(|_| Wrong::Broken)?,
        None => BTreeMap::new(),
    };
    let row = routes::by_frame(market, &method).ok_or(Wrong::Route)?;
    way.route = row.name;
    let mut args = Args::of_frame(&params)?;
    let key = args.iter().find(|(name, _)| *name == "apiKey");
    let key = key.map(|(_, value)| value.to_string());
    let account = match (row.auth, line.account) {
        (Auth::Signed, Some(account)) if key.is_none() && !args.has("signature") => {
            auth::fresh(&mut args, cx.now)?;
            Some(account)
        }
        (Auth::Public, account) if row.needs_logon() => Some(account.ok_or(Wrong::NotLoggedOn)?),
        (needed, _) => auth::check(needed, key.as_deref(), &auth::Payload::Frame, &mut args, cx)?,
    };
    if row.is_logon() {
        let key = key.unwrap_or_default();
        if !cx.accounts.is_ed25519(&key) {
            return Err(Wrong::KeyKind);
        }
        way.echo = key;
    }
    args.ignore(&["returnRateLimits"]);
    let call = routes::call(market, row, &mut args, cx, way)?;
    Ok((account, call))
}

/// A frame that begins or ends streams.
fn control(text: &str, line: &Line, cx: &Cx<'_>, way: &mut Way) -> Result<Call, Wrong> {
    let (method, params) = whole(text, way)?;
    let names = || -> Result<Vec<String>, Wrong> {
        let params = params.ok_or(Wrong::Missing("params"))?;
        serde_json::from_str(params.get()).map_err(|_| Wrong::Bad("params"))
    };
    let streams = || -> Result<Vec<Stream>, Wrong> {
        let names = names()?;
        let all = names.iter().map(|name| stream(line.route, name, cx));
        Ok(all.collect())
    };
    match method.as_str() {
        "SUBSCRIBE" => {
            let streams = streams()?;
            match streams.len() > STREAMS_MAX {
                true => Err(Wrong::Bad("params")),
                false => Ok(Call::Subscribe(streams)),
            }
        }
        "UNSUBSCRIBE" => Ok(Call::Unsubscribe(streams()?)),
        "LIST_SUBSCRIPTIONS" => Ok(Call::Subscriptions),
        _ => Err(Wrong::Route),
    }
}

/// The id of a frame, as it came.
fn id(way: &Way) -> Value {
    let id = way.id.as_deref().unwrap_or("null");
    serde_json::from_str(id).unwrap_or_default()
}

/// The answer to a frame that was done.
pub(super) fn done(way: &Way, result: &str, limits: &[LimitState]) -> String {
    let (id, limits) = (id(way), writing::counted(limits));
    match way.route {
        STREAMS => format!(r#"{{"result":{result},"id":{id}}}"#),
        _ => format!(r#"{{"id":{id},"status":200,"result":{result},"rateLimits":{limits}}}"#),
    }
}

/// The answer to a frame that failed.
pub(super) fn failed(
    market: Market,
    way: &Way,
    wrong: &Wrong,
    failing: &Failing,
    limits: &[LimitState],
) -> String {
    let said = refusal::said(market, wrong, failing);
    let whole = match way.route {
        STREAMS => {
            let code = if *wrong == Wrong::Broken { 3 } else { 2 };
            let words = format!("Invalid request: {}", said.message);
            json!({ "error": { "code": code, "msg": words }, "id": id(way) })
        }
        _ => json!({
            "id": id(way), "status": said.status,
            "error": { "code": said.code.unwrap_or(-1_000), "msg": said.message },
            "rateLimits": writing::counted(limits),
        }),
    };
    whole.to_string()
}
