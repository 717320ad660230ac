//! Gate spot and USDT futures in the conformance test.

use onetape_adapters::ask::{Ask, Cx, PositionMode};
use onetape_adapters::counts::Counts;
use onetape_adapters::credentials::Credentials;
use onetape_adapters::directory::Directory;
use onetape_adapters::gate::{self, Market, futures, spot};
use onetape_adapters::news::{Answer, Answered, FrameAnswer, News};
use onetape_adapters::outcome::{Class, Failure};
use onetape_adapters::params::Params;
use onetape_adapters::request::{Frame, Method, Reply};
use onetape_adapters::sync::SyncRule;
use onetape_core::event::{Body, DepthUpdate};
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::InstrumentId;
use onetape_core::time::{Span, Ts};
use serde_json::{Value, json};

use crate::check::{compare, of_answer, of_news};
use crate::gate_ask::{by_channel, by_path, by_shape, must, orders, with_derived};
use crate::reference::Case;
use crate::run::{Venue, Verdict};
use crate::serve;
use crate::world::directory;

pub(crate) const SPOT: Venue = Venue {
    name: "gate-spot",
    vector: |vector| signed(Market::Spot, vector),
    fixture: |case| fixture(Market::Spot, case),
    failure: |status, body| spot::failure(&Reply::new(status, body)),
    rule,
    depth: |value| depth(Market::Spot, value),
    hear: |case, bytes| damaged(Market::Spot, case, bytes),
};

pub(crate) const FUTURES: Venue = Venue {
    name: "gate-futures",
    vector: |vector| signed(Market::Usdt, vector),
    fixture: |case| fixture(Market::Usdt, case),
    failure: |status, body| futures::failure(&Reply::new(status, body)),
    rule,
    depth: |value| depth(Market::Usdt, value),
    hear: |case, bytes| damaged(Market::Usdt, case, bytes),
};

const SYMBOL: &str = "BTC_USDT";

fn world(market: Market, message: &Value) -> Directory {
    let kind = match market {
        Market::Spot => InstrumentKind::Spot,
        _ => InstrumentKind::Linear,
    };
    // Futures write the names of assets small.
    let upper = Value::String(message.to_string().to_uppercase());
    let more = match serde_json::from_str::<Value>(upper.as_str().unwrap_or_default()) {
        Ok(upper) => upper,
        Err(_) => Value::Null,
    };
    let keys: Vec<&String> = message
        .as_object()
        .map_or_else(Vec::new, |all| all.keys().collect());
    directory(market.venue(), kind, &json!([message, more, keys, SYMBOL]))
}

fn some_id(directory: &Directory) -> InstrumentId {
    let listed = directory.symbol(SYMBOL).expect("it was put in");
    listed.instrument.id
}

fn cx<'a>(directory: &'a Directory, keys: Option<&'a Credentials>) -> Cx<'a> {
    Cx {
        directory,
        credentials: keys,
        now: Ts::from_nanos(1_700_000_000_000_000_000),
        window: Span::from_millis(5_000),
        position_mode: PositionMode::OneWay,
    }
}

fn reply(
    market: Market,
    ask: &Ask,
    told: &Reply<'_>,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Answered {
    match market {
        Market::Spot => spot::reply(ask, told, cx, counts),
        _ => futures::reply(ask, told, cx, counts),
    }
}

// Signed requests.

fn same(what: &str, found: &Value, wanted: &Value) -> Result<(), String> {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{what} is\n  {found}\nnot\n  {wanted}")),
    }
}

fn signed(market: Market, vector: &Value) -> Result<(), String> {
    serve::gate(market, vector)?;
    let word = |key: &str| vector[key].as_str().unwrap_or_default();
    let keys = Credentials::shared(word("key"), word("secret").as_bytes());
    let seconds = vector["timestamp_s"].as_i64().ok_or("no whole timestamp")?;
    let now = Ts::from_nanos(seconds * 1_000_000_000);
    match (word("channel"), word("event")) {
        ("", _) => request(market, vector, &keys, now),
        (channel, "api") => logon(market, vector, channel, &keys, now),
        (channel, event) => subscription(vector, (channel, event), &keys, now),
    }
}

fn parsed(frame: Frame) -> Result<Value, String> {
    match frame {
        Frame::Text(text) => serde_json::from_str(&text).map_err(|why| why.to_string()),
        Frame::Binary(_) => Err("not a text".to_string()),
    }
}

fn subscription(
    vector: &Value,
    call: (&str, &str),
    keys: &Credentials,
    now: Ts,
) -> Result<(), String> {
    let expected = &vector["expected"];
    let payload = vector["payload"].as_array().map_or(&[][..], Vec::as_slice);
    let payload: Vec<String> = payload
        .iter()
        .map(|word| {
            word.as_str()
                .map_or_else(|| word.to_string(), str::to_string)
        })
        .collect();
    let made = parsed(gate::channel_frame(call, &payload, None, Some(keys), now))?;
    same(
        "the signature",
        &made["auth"]["SIGN"],
        &expected["signature"],
    )?;
    same("the frame", &made, &expected["frame"])
}

fn logon(
    market: Market,
    vector: &Value,
    channel: &str,
    keys: &Credentials,
    now: Ts,
) -> Result<(), String> {
    let expected = &vector["expected"];
    let wanted = &expected["frame"]["payload"];
    // Some clients send parameters with it, and sign them.
    let param = [&vector["req_param"], &wanted["req_param"]]
        .into_iter()
        .find(|it| !it.is_null());
    if let Some(param) = param {
        let text = param
            .as_str()
            .map_or_else(|| param.to_string(), str::to_string);
        let time = (now.nanos() / 1_000_000_000).to_string();
        let found = json!(gate::sign_api(keys, channel, &text, &time));
        return same("the signature", &found, &expected["signature"]);
    }
    let request = wanted["req_id"].as_str().unwrap_or_default();
    let made = parsed(match market {
        Market::Spot => spot::logon_as(keys, request, now),
        _ => futures::logon_as(keys, request, now),
    })?;
    same(
        "the signature",
        &made["payload"]["signature"],
        &expected["signature"],
    )?;
    match expected["frame"].is_null() {
        true => Ok(()),
        false => same("the frame", &made, &expected["frame"]),
    }
}

fn request(market: Market, vector: &Value, keys: &Credentials, now: Ts) -> Result<(), String> {
    let expected = &vector["expected"];
    let word = |key: &str| vector[key].as_str().unwrap_or_default();
    let mut params = Params::new();
    for pair in word("query_signed")
        .split('&')
        .filter(|pair| !pair.is_empty())
    {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        params.push(name.to_string().leak(), value);
    }
    let methods = [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
    ];
    let method = methods.into_iter().find(|it| it.name() == word("method"));
    let line = (method.ok_or("an unknown method")?, word("path"));
    let made = gate::signed(market, Some(keys), line, &params, word("body"), now);
    let header = |name: &str| {
        let found = made.headers.iter().find(|(key, _)| *key == name);
        found.map_or(Value::Null, |(_, value)| json!(value))
    };
    same("the signature", &header("SIGN"), &expected["signature"])?;
    same("the query", &json!(made.query), &vector["query_sent"])?;
    same("the body", &json!(made.body), &json!(word("body")))?;
    if !expected["url"].is_null() {
        same(
            "the address",
            &json!(made.url(word("base"))),
            &expected["url"],
        )?;
    }
    if let Some(wanted) = expected["headers"].as_object() {
        let each = made.headers.iter();
        let found: serde_json::Map<_, _> = each
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        same("the headers", &json!(found), &json!(wanted))?;
    }
    Ok(())
}

// Scenarios.

fn rule(payload: &Value) -> SyncRule {
    match payload["events"][0]["channel"].as_str() {
        Some(channel) if channel.ends_with(".obu") => SyncRule::Strict,
        _ => spot::SYNC,
    }
}

fn depth(market: Market, value: &Value) -> Result<DepthUpdate, String> {
    let directory = world(market, value);
    let mut counts = Counts::default();
    if value.get("channel").is_none() {
        let ask = Ask::Depth {
            instrument: some_id(&directory),
            levels: 100,
        };
        let text = value.to_string();
        return match reply(
            market,
            &ask,
            &Reply::new(200, &text),
            &cx(&directory, None),
            &mut counts,
        ) {
            Ok(Answer::Depth(book)) => Ok(*book),
            other => Err(format!("{other:?}")),
        };
    }
    let mut news = heard(market, &value.to_string(), &directory, &mut counts)?;
    match (news.pop(), news.is_empty()) {
        (Some(News::Market(it)), true) => match it.body {
            Body::Depth(update) => Ok(*update),
            other => Err(format!("{other:?}")),
        },
        (other, _) => Err(format!("{other:?}")),
    }
}

fn heard(
    market: Market,
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<Vec<News>, String> {
    let mut out = Vec::new();
    match market {
        Market::Spot => spot::hear(text, directory, counts, &mut out),
        _ => futures::hear(text, directory, counts, &mut out),
    }
    .map_err(|why| why.to_string())?;
    Ok(out)
}

// Fixtures.

fn fixture(market: Market, case: &Case) -> Result<Verdict, String> {
    let text = case.text();
    match case.word("kind") {
        "rest-request" => Ok(Verdict::Ignored("a request, not an answer".to_string())),
        "rest" => rest(market, case, &text),
        "ws" | "ws-api" if case.payload.get(0).is_some() => script(market, &case.payload),
        "ws" | "ws-api" => message(market, &case.payload, &text, None),
        other => Err(format!("a kind of fixture that is not known: {other:?}")),
    }
}

fn rest(market: Market, case: &Case, text: &str) -> Result<Verdict, String> {
    let value: Value = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let directory = world(market, &value);
    // Some answers are about contracts that they name.
    let first = value.as_object().and_then(|all| all.keys().next());
    let named = value[0]["contract"].as_str().or(first.map(String::as_str));
    let named = named.and_then(|symbol| directory.symbol(symbol).ok());
    let id = named.map_or_else(|| some_id(&directory), |listed| listed.instrument.id);
    let ask = match case.word("path") {
        "" => by_shape(&value, id),
        path => by_path(market, case.word("method"), path, id),
    };
    let Some(ask) = ask else {
        return Ok(Verdict::Ignored("no request of ours".to_string()));
    };
    let mut counts = Counts::default();
    let told = reply(
        market,
        &ask,
        &Reply::new(200, text),
        &cx(&directory, None),
        &mut counts,
    );
    judged(market, &ask, &value, told, &counts)
}

fn judged(
    market: Market,
    ask: &Ask,
    value: &Value,
    told: Answered,
    counts: &Counts,
) -> Result<Verdict, String> {
    let told = match told {
        Ok(told) => told,
        Err(failure) => return Ok(refused(&failure)),
    };
    if let (Some((why, what, _)), true) = (counts.iter().next(), of_answer(&told).is_empty()) {
        return Ok(Verdict::Ignored(format!("{}: {what}", why.name())));
    }
    let part = with_derived(value);
    compare(&of_answer(&told), &part, &must(market, ask, value)).map(Verdict::Decoded)
}

fn refused(failure: &Failure) -> Verdict {
    match failure.listed {
        true => Verdict::Ignored(format!("a failure, read as {}", failure.class.name())),
        false => Verdict::Refused(failure.message.clone()),
    }
}

/// A talk: what the server says must be understood, and what became of the last word counts.
fn script(market: Market, steps: &Value) -> Result<Verdict, String> {
    let mut last = Err("a talk without a word of the server".to_string());
    let mut channel = String::new();
    for step in steps.as_array().map_or(&[][..], Vec::as_slice) {
        let value = &step["json"];
        if step["dir"] == "client" {
            channel = value["channel"].as_str().unwrap_or_default().to_string();
            continue;
        }
        let text = step["raw"]
            .as_str()
            .map_or_else(|| value.to_string(), str::to_string);
        last = message(market, value, &text, Some(&channel));
        last.as_ref().map_err(String::clone)?;
    }
    last
}

/// One message of the server; `channel` is that of the request before it, where it does not tell.
fn message(
    market: Market,
    value: &Value,
    text: &str,
    channel: Option<&str>,
) -> Result<Verdict, String> {
    if value["payload"].is_object() || value.get("auth").is_some() {
        return Ok(Verdict::Ignored("a frame that we send".to_string()));
    }
    let directory = world(market, value);
    let mut counts = Counts::default();
    let news = match heard(market, text, &directory, &mut counts) {
        Ok(news) => news,
        Err(_) if has_no_levels(value) => {
            return Ok(Verdict::Ignored(
                "a sample whose levels are none".to_string(),
            ));
        }
        Err(why) => return Ok(Verdict::Refused(why)),
    };
    match (news.as_slice(), counts.iter().next()) {
        ([News::Answer(told)], _) => {
            let named = value["header"]["channel"].as_str().or(channel);
            answer(market, named.unwrap_or_default(), told, value)
        }
        ([], None) => Err("nothing was told, and nothing counted".to_string()),
        ([], Some((why, what, _))) => Ok(Verdict::Ignored(format!("{}: {what}", why.name()))),
        (news, _) => {
            let part = with_derived(&value["result"]);
            compare(&of_news(news), &part, &stream_must(value)).map(Verdict::Decoded)
        }
    }
}

/// True for a book with something that is neither a pair nor an object in place of a level.
fn has_no_levels(value: &Value) -> bool {
    let sides = [&value["result"]["b"], &value["result"]["a"]];
    let all = sides.into_iter().filter_map(Value::as_array).flatten();
    all.into_iter()
        .any(|level| !level.is_array() && !level.is_object())
}

fn answer(
    market: Market,
    channel: &str,
    told: &FrameAnswer,
    value: &Value,
) -> Result<Verdict, String> {
    if channel.ends_with(".login") {
        let done = match market {
            Market::Spot => spot::logged_on(told),
            _ => futures::logged_on(told),
        };
        return match done {
            Ok(()) => Ok(Verdict::Decoded(0)),
            Err(failure) if failure.class == Class::Fatal => Ok(refused(&failure)),
            Err(failure) => Err(format!("{failure:?}")),
        };
    }
    let directory = world(market, value);
    let Some(ask) = by_channel(channel, some_id(&directory)) else {
        return Ok(Verdict::Ignored(format!("no request of ours: {channel}")));
    };
    let mut counts = Counts::default();
    let cx = cx(&directory, None);
    let read = match market {
        Market::Spot => spot::answer(&ask, told, &cx, &mut counts),
        _ => futures::answer(&ask, told, &cx, &mut counts),
    };
    if told.receipt {
        return match read {
            Ok(Answer::Received) => Ok(Verdict::Decoded(0)),
            other => Err(format!("the first of two answers is {other:?}")),
        };
    }
    judged(market, &ask, &value["data"]["result"], read, &counts)
}

/// Keys whose numbers must be found again in a message of a stream.
fn stream_must(value: &Value) -> Vec<&'static str> {
    let name = value["channel"]
        .as_str()
        .and_then(|channel| channel.split_once('.'));
    match name.map_or("", |(_, name)| name) {
        _ if value["event"] == "subscribe" => vec![],
        "book_ticker" => vec!["b", "B", "a", "A"],
        "order_book_update" | "obu" => vec!["b", "a", "u"],
        "trades" | "trades_v2" => vec!["price", "amount", "size"],
        "tickers" => vec!["mark_price", "index_price", "total_size"],
        "orders" | "orders_v2" => orders(&value["result"]),
        "usertrades" | "usertrades_v2" => vec!["price", "amount", "size", "fee"],
        "balances" => vec!["available", "freeze", "balance"],
        "positions" => vec!["size", "entry_price"],
        _ => vec![],
    }
}

/// Anything that is heard or answered: it may be refused, and must not panic.
fn damaged(market: Market, case: &Case, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let directory = world(market, &case.payload);
    let id = some_id(&directory);
    let (mut counts, keys) = (Counts::default(), Credentials::shared("k", b"s"));
    let cx = cx(&directory, Some(&keys));
    let news = heard(market, text, &directory, &mut counts).unwrap_or_default();
    let asks = [
        by_path(market, case.word("method"), case.word("path"), id),
        by_shape(&case.payload, id),
        case.payload["header"]["channel"]
            .as_str()
            .and_then(|name| by_channel(name, id)),
    ];
    for ask in asks.iter().flatten() {
        for status in [200, 400, 503] {
            let _ = reply(market, ask, &Reply::new(status, text), &cx, &mut counts);
        }
        for told in &news {
            if let News::Answer(told) = told {
                let _ = match market {
                    Market::Spot => spot::answer(ask, told, &cx, &mut counts),
                    _ => futures::answer(ask, told, &cx, &mut counts),
                };
            }
        }
    }
}
