//! WebSocket connections: subscriptions and pings are JSON in text frames.

use onetape_core::time::Span;
use serde::Deserialize;

use super::errors::words;
use super::wire::Said;
use crate::json::write;
use crate::mexc::FEEDS_MAX;
use crate::request::Frame;
use crate::server::Cx;
use crate::server::call::{Asked, Call, Channel, Line, Refused, Stream, Way};
use crate::server::pairs::pairs;
use crate::server::reply::{Replied, Reply};
use crate::server::wrong::Wrong;

const SUBSCRIBE: &str = "SUBSCRIPTION";
const UNSUBSCRIBE: &str = "UNSUBSCRIPTION";
const PING: &str = "PING";

/// A connection by its address: the account's has the key of its stream in the query.
///
/// # Errors
/// When there is no such address.
pub fn open(path: &str, query: &str, _cx: &Cx<'_>) -> Result<Line, Box<Refused>> {
    let refused = |wrong| {
        let way = Way::default();
        Box::new(Refused { wrong, way })
    };
    if path.trim_end_matches('/') != "/ws" {
        return Err(refused(Wrong::Route));
    }
    let params = pairs(query).ok_or_else(|| refused(Wrong::Broken))?;
    let keys = params.iter().filter(|it| it.name == "listenKey");
    Ok(Line {
        route: "/ws",
        keys: keys.map(|it| it.value.to_string()).collect(),
        ..Line::default()
    })
}

/// Reads a message of a connection: what it asks, and what of it is refused, each with an answer of its own.
pub fn frame(bytes: &[u8], line: &Line, cx: &Cx<'_>) -> Vec<Result<Asked, Box<Refused>>> {
    #[derive(Deserialize)]
    struct Read {
        method: String,
        #[serde(default)]
        params: Vec<String>,
    }
    let Ok(read) = serde_json::from_slice::<Read>(bytes) else {
        return vec![refuse("", Wrong::Broken, "")];
    };
    let (route, subscribes) = match read.method.as_str() {
        SUBSCRIBE => (SUBSCRIBE, true),
        UNSUBSCRIBE => (UNSUBSCRIBE, false),
        PING => return vec![Ok(asked(PING, Call::Ping, String::new(), line))],
        _ => return vec![refuse("", Wrong::Route, "")],
    };
    let mut streams = Vec::new();
    let mut out = Vec::new();
    for name in &read.params {
        match stream(name, line, cx) {
            Ok(_) if subscribes && line.streams.len() + streams.len() >= FEEDS_MAX => {
                out.push(refuse(route, Wrong::Surplus(name.clone()), name));
            }
            Ok(stream) => streams.push(stream),
            Err(wrong) => out.push(refuse(route, wrong, name)),
        }
    }
    if streams.is_empty() && out.is_empty() {
        return vec![refuse(route, Wrong::Missing("params"), "")];
    }
    if !streams.is_empty() {
        let names: Vec<_> = streams.iter().map(|it| it.name.as_str()).collect();
        let echo = names.join(",");
        let call = match subscribes {
            true => Call::Subscribe(streams),
            false => Call::Unsubscribe(streams),
        };
        out.insert(0, Ok(asked(route, call, echo, line)));
    }
    out
}

fn asked(route: &'static str, call: Call, echo: String, line: &Line) -> Asked {
    Asked {
        account: line.account,
        call,
        way: way(route, echo),
    }
}

fn refuse(route: &'static str, wrong: Wrong, echo: &str) -> Result<Asked, Box<Refused>> {
    Err(Box::new(Refused {
        wrong,
        way: way(route, echo.to_string()),
    }))
}

fn way(route: &'static str, echo: String) -> Way {
    Way {
        route,
        echo,
        ..Way::default()
    }
}

/// A channel by its name, such as `spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT`.
fn stream(name: &str, line: &Line, cx: &Cx<'_>) -> Result<Stream, Wrong> {
    let mut parts = name.split('@').skip(1);
    let kind = parts.next().ok_or(Wrong::Route)?;
    let (first, second) = (parts.next(), parts.next());
    let every = |word: Option<&str>| match word {
        Some("100ms") => Ok(Span::from_millis(100)),
        Some("10ms") => Ok(Span::from_millis(10)),
        _ => Err(Wrong::Bad("interval")),
    };
    let (channel, symbol) = match kind {
        "public.aggre.deals.v3.api.pb" => (every(first).map(|_| Channel::Prints)?, second),
        "public.aggre.depth.v3.api.pb" => (Channel::Depth(every(first)?), second),
        "public.aggre.bookTicker.v3.api.pb" => (every(first).map(|_| Channel::Quote)?, second),
        "public.bookTicker.batch.v3.api.pb" => (Channel::Quote, first),
        "public.limit.depth.v3.api.pb" => (Channel::Levels(levels(second)?, EVERY), first),
        "private.orders.v3.api.pb" => (Channel::Orders, None),
        "private.deals.v3.api.pb" => (Channel::Fills, None),
        "private.account.v3.api.pb" => (Channel::Balances, None),
        // Among others, all channels of the interface before protobuf.
        _ => return Err(Wrong::Route),
    };
    let is_private = kind.starts_with("private.");
    if is_private && line.keys.is_empty() {
        return Err(Wrong::NotLoggedOn);
    }
    let instrument = match (is_private, symbol) {
        (true, _) => None,
        (false, None) => return Err(Wrong::Symbol),
        (false, Some(symbol)) => {
            let listed = cx.directory.symbol(symbol).map_err(|_| Wrong::Symbol)?;
            Some(listed.instrument.id)
        }
    };
    Ok(Stream {
        channel,
        instrument,
        name: name.to_string(),
    })
}

/// How often whole levels are told.
const EVERY: Span = Span::from_millis(100);

fn levels(word: Option<&str>) -> Result<u32, Wrong> {
    match word {
        Some("5") => Ok(5),
        Some("10") => Ok(10),
        Some("20") => Ok(20),
        _ => Err(Wrong::Bad("levels")),
    }
}

/// The answer to a message: a success and a refusal have the same code, and the channels alone are a yes.
pub fn answer(way: &Way, replied: &Replied, _cx: &Cx<'_>) -> Vec<Frame> {
    let msg = match (&replied.result, way.route) {
        (Ok(Reply::Done), PING) => "PONG".to_string(),
        (Ok(_), _) => way.echo.clone(),
        (Err(_), SUBSCRIBE | UNSUBSCRIBE) => {
            format!(
                "Not Subscribed successfully! [{}].  Reason\u{ff1a} Blocked! ",
                way.echo
            )
        }
        (Err(wrong), _) => words(wrong).2,
    };
    vec![Frame::Text(write(&Said {
        id: 0,
        code: 0,
        msg,
    }))]
}
