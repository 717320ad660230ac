//! Binance spot and USDⓈ-M futures in the conformance test.

use onetape_adapters::ask::{Ask, Cx, PositionMode};
use onetape_adapters::binance::sign::{FrameParams, Sender, frame, frame_payload, request};
use onetape_adapters::binance::{Market, spot, usdm};
use onetape_adapters::counts::{Counts, Unused};
use onetape_adapters::credentials::Credentials;
use onetape_adapters::directory::Directory;
use onetape_adapters::error::WireError;
use onetape_adapters::news::{Answer, Answered, FrameAnswer, News};
use onetape_adapters::outcome::Failure;
use onetape_adapters::params::Params;
use onetape_adapters::report::FeeReport;
use onetape_adapters::request::{Frame, Method, Reply};
use onetape_core::event::{Body, DepthUpdate};
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::InstrumentId;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::binance_ask::{by_shape, every, must, scope};
use crate::check::{compare, has_key, of_answer, of_news};
use crate::reference::Case;
use crate::run::{Venue, Verdict};
use crate::world::directory;

pub(crate) const SPOT: Venue = Venue {
    name: "binance-spot",
    vector,
    fixture: |case| fixture(Market::Spot, case),
    failure: |status, body| spot::failure(&Reply::new(status, body)),
    rule: |_| spot::SYNC,
    depth: |value| depth(Market::Spot, value),
    hear: |case, bytes| damaged(Market::Spot, case, bytes),
};

pub(crate) const USDM: Venue = Venue {
    name: "binance-usdm",
    vector,
    fixture: |case| fixture(Market::Usdm, case),
    failure: |status, body| usdm::failure(&Reply::new(status, body)),
    rule: |_| usdm::SYNC,
    depth: |value| depth(Market::Usdm, value),
    hear: |case, bytes| damaged(Market::Usdm, case, bytes),
};

fn world(market: Market, message: &Value) -> Directory {
    let kind = match market {
        Market::Spot => InstrumentKind::Spot,
        _ => InstrumentKind::Linear,
    };
    directory(market.venue(), kind, &json!([message, "BTCUSDT"]))
}

/// The instrument that a message is of, as far as it says so.
fn id_of(directory: &Directory, message: &Value) -> InstrumentId {
    let first = message.get(0).unwrap_or(message);
    let symbol = first["symbol"].as_str().unwrap_or("BTCUSDT");
    let listed = directory
        .symbol(symbol)
        .or_else(|_| directory.symbol("BTCUSDT"));
    listed.expect("it was put in").instrument.id
}

fn cx<'a>(directory: &'a Directory, credentials: Option<&'a Credentials>) -> Cx<'a> {
    Cx {
        directory,
        credentials,
        now: Ts::from_nanos(1_700_000_000_000_000_000),
        window: Span::from_millis(5_000),
        position_mode: PositionMode::OneWay,
    }
}

fn hear(
    market: Market,
    text: &str,
    directory: &Directory,
) -> (Result<(), WireError>, Vec<News>, Counts) {
    let (mut counts, mut out) = (Counts::default(), Vec::new());
    let done = match market {
        Market::Spot => spot::hear(text, directory, &mut counts, &mut out),
        _ => usdm::hear(text, directory, &mut counts, &mut out),
    };
    (done, out, counts)
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
        _ => usdm::reply(ask, told, cx, counts),
    }
}

fn answer(
    market: Market,
    ask: &Ask,
    told: &FrameAnswer,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Answered {
    match market {
        Market::Spot => spot::answer(ask, told, cx, counts),
        _ => usdm::answer(ask, told, cx, counts),
    }
}

// Signed requests.

fn keys(vector: &Value) -> Result<Credentials, String> {
    let key = vector["key"].as_str().unwrap_or_default();
    if let Some(seed) = vector["private_key_seed_hex"].as_str() {
        let bytes = (0..seed.len() / 2).map(|at| u8::from_str_radix(&seed[2 * at..2 * at + 2], 16));
        let bytes: Vec<u8> = bytes
            .collect::<Result<_, _>>()
            .map_err(|_| "a broken seed")?;
        return Credentials::ed25519(key, &bytes).map_err(|why| why.to_string());
    }
    let secret = vector["secret"]
        .as_str()
        .ok_or("neither a secret nor a seed")?;
    Ok(Credentials::shared(key, secret.as_bytes()))
}

fn same(what: &str, found: &str, wanted: &str) -> Result<(), String> {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{what} is\n  {found}\nnot\n  {wanted}")),
    }
}

fn vector(vector: &Value) -> Result<(), String> {
    let keys = keys(vector)?;
    match vector["ws_method"].as_str() {
        Some(method) => frame_vector(vector, method, &keys),
        None => request_vector(vector, &keys),
    }
}

fn frame_vector(vector: &Value, method: &str, keys: &Credentials) -> Result<(), String> {
    let expected = &vector["expected"];
    let given = vector["params"].as_object().ok_or("no parameters")?;
    let mut params = FrameParams::new();
    for (name, value) in given {
        params.insert(name.clone().leak(), value.clone());
    }
    let payload = frame_payload(&params);
    same(
        "what is signed",
        &payload,
        expected["payload_to_sign"].as_str().unwrap_or_default(),
    )?;
    let Frame::Text(text) = frame(7, method, params, Some(keys)) else {
        return Err("not a text".to_string());
    };
    let whole: Value = serde_json::from_str(&text).map_err(|why| why.to_string())?;
    same(
        "the method",
        whole["method"].as_str().unwrap_or_default(),
        method,
    )?;
    let signature = whole["params"]["signature"].as_str().unwrap_or_default();
    same(
        "the signature",
        signature,
        expected["signature"].as_str().unwrap_or_default(),
    )?;
    let mut wanted = expected["frame_params"].clone();
    if wanted.is_null() {
        wanted = vector["params"].clone();
        wanted["signature"] = expected["signature"].clone();
    }
    same(
        "the frame",
        &whole["params"].to_string(),
        &wanted.to_string(),
    )
}

fn request_vector(vector: &Value, keys: &Credentials) -> Result<(), String> {
    let expected = &vector["expected"];
    let (url, body) = (&expected["url"], &expected["body"]);
    let url = url.as_str().ok_or("no address")?;
    let (query, form) = match vector["params_in_order"].as_array() {
        Some(pairs) if body.is_null() => (given(pairs)?, None),
        Some(pairs) => (Params::new(), Some(given(pairs)?)),
        // Some in the query, the others in the body, as they stand.
        None => {
            let query = url.split_once('?').map_or("", |(_, query)| query);
            (sent(query), body.as_str().map(sent))
        }
    };
    let method = [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
    ];
    let method = method.into_iter().find(|it| vector["method"] == it.name());
    let unsigned = vector["auth"]
        .as_str()
        .is_some_and(|it| it.contains("unsigned"));
    let sender = match unsigned {
        true => Sender::Key(keys),
        false => Sender::Signed(keys),
    };
    let path = vector["path"].as_str().unwrap_or_default();
    let made = request(
        method.ok_or("an unknown method")?,
        path,
        &query,
        form.as_ref(),
        sender,
    );
    let base = vector["base"].as_str().unwrap_or_default();
    same("the address", &made.url(base), url)?;
    same("the body", &made.body, body.as_str().unwrap_or_default())?;
    if expected.get("headers").is_some() {
        let headers = made.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), json!(value)));
        let headers = Value::from_iter(headers);
        same(
            "the headers",
            &headers.to_string(),
            &expected["headers"].to_string(),
        )?;
    }
    if let Some(payload) = expected["payload_to_sign"].as_str() {
        let form = form.map_or_else(String::new, |it| it.encoded());
        same(
            "what is signed",
            &format!("{}{form}", query.encoded()),
            payload,
        )?;
    }
    Ok(())
}

/// Parameters as they are given: lists in a form go out as they are, everything else is encoded.
fn given(pairs: &[Value]) -> Result<Params, String> {
    let mut params = Params::new();
    for pair in pairs {
        let name = pair[0]
            .as_str()
            .ok_or("a parameter without a name")?
            .to_string();
        let value = pair[1].as_str().ok_or("a parameter without a text")?;
        match value.starts_with(['[', '{']) {
            true => params.push_raw(name.leak(), value),
            false => params.push(name.leak(), value),
        };
    }
    Ok(params)
}

/// Parameters as they were sent, but for the signature.
fn sent(text: &str) -> Params {
    let mut params = Params::new();
    for pair in text
        .split('&')
        .filter(|pair| !pair.starts_with("signature="))
    {
        if let Some((name, value)) = pair.split_once('=') {
            params.push_raw(name.to_string().leak(), value);
        }
    }
    params
}

// Scenarios.

fn depth(market: Market, value: &Value) -> Result<DepthUpdate, String> {
    let directory = world(market, value);
    let text = value.to_string();
    if value.get("lastUpdateId").is_some() {
        let ask = Ask::Depth {
            instrument: id_of(&directory, value),
            levels: 1_000,
        };
        let told = reply(
            market,
            &ask,
            &Reply::new(200, &text),
            &cx(&directory, None),
            &mut Counts::default(),
        );
        return match told {
            Ok(Answer::Depth(book)) => Ok(*book),
            other => Err(format!("{other:?}")),
        };
    }
    let (done, mut news, _) = hear(market, &text, &directory);
    done.map_err(|why| why.to_string())?;
    match (news.pop(), news.is_empty()) {
        (Some(News::Market(it)), true) => match it.body {
            Body::Depth(update) => Ok(*update),
            other => Err(format!("{other:?}")),
        },
        (other, _) => Err(format!("{other:?}")),
    }
}

// Fixtures.

fn fixture(market: Market, case: &Case) -> Result<Verdict, String> {
    match case.word("kind") {
        "filter" => filter(market, case),
        "rest" => rest(market, case),
        kind if kind.starts_with("ws") => match case.payload.get(0).and_then(|it| it.get("dir")) {
            Some(_) => script(market, case),
            None => message(market, &case.payload, &case.text()),
        },
        other => Err(format!("a kind of fixture that is not known: {other:?}")),
    }
}

/// A filter, within a symbol that has what else it needs.
fn filter(market: Market, case: &Case) -> Result<Verdict, String> {
    let mut filters = vec![
        json!({"filterType": "PRICE_FILTER", "tickSize": "0.01"}),
        json!({"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001"}),
    ];
    filters.retain(|it| it["filterType"] != case.payload["filterType"]);
    filters.push(case.payload.clone());
    let info = json!({"symbols": [{"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
        "filters": filters}]});
    let mut counts = Counts::default();
    let text = info.to_string();
    let told = Reply::new(200, &text);
    let directory = world(market, &info);
    let got = reply(
        market,
        &Ask::Instruments,
        &told,
        &cx(&directory, None),
        &mut counts,
    );
    let name = case.payload["filterType"].as_str().unwrap_or_default();
    if let Some((why, ..)) = counts.iter().find(|(_, what, _)| *what == name) {
        return got
            .map_err(|why| why.message)
            .map(|_| Verdict::Ignored(format!("{}: {name}", why.name())));
    }
    judged(market, &Ask::Instruments, &info, got, &counts)
}

fn rest(market: Market, case: &Case) -> Result<Verdict, String> {
    let value: Value = serde_json::from_str(&case.text()).map_err(|why| why.to_string())?;
    let directory = world(market, &value);
    let id = id_of(&directory, &value);
    let (method, path) = (case.word("method"), case.word("path"));
    let keys = Credentials::shared("key", b"secret");
    let cx = cx(&directory, Some(&keys));
    let by_path = every(id).into_iter().find(|ask| {
        let made = match market {
            Market::Spot => spot::rest(ask, &cx),
            _ => usdm::rest(ask, &cx),
        };
        made.is_ok_and(|made| made.path == path && made.method.name() == method)
    });
    // Some requests differ in their parameters alone: what the venue sends for one of all, it sends as a list.
    let by_path =
        by_path.filter(|ask| !matches!(ask, Ask::FundingPaid(_)) || has_key(&value, "incomeType"));
    match by_path.or_else(|| by_shape(market, &value, id)) {
        Some(ask) => result(market, &ask, &value, &case.text()),
        None if value.get("code").is_some() && value.get("msg").is_some() => {
            failed(market, &Reply::new(400, &case.text()))
        }
        None => Ok(Verdict::Ignored(format!(
            "no request of ours {method} {path}"
        ))),
    }
}

fn failed(market: Market, told: &Reply<'_>) -> Result<Verdict, String> {
    let failure = match market {
        Market::Spot => spot::failure(told),
        _ => usdm::failure(told),
    };
    Ok(Verdict::Ignored(format!(
        "a failure, read as {}",
        failure.class.name()
    )))
}

/// Reads the result of a request and finds its numbers again.
fn result(market: Market, ask: &Ask, value: &Value, text: &str) -> Result<Verdict, String> {
    let directory = world(market, value);
    let mut counts = Counts::default();
    let told = reply(
        market,
        ask,
        &Reply::new(200, text),
        &cx(&directory, None),
        &mut counts,
    );
    judged(market, ask, value, told, &counts)
}

fn judged(
    market: Market,
    ask: &Ask,
    value: &Value,
    told: Answered,
    counts: &Counts,
) -> Result<Verdict, String> {
    match told {
        Ok(answer) => {
            let part = scope(ask, value);
            let found = match &answer {
                Answer::Fees(fees) if market == Market::Spot => spot_fees(fees, value)?,
                answer => compare(&of_answer(answer), &part, must(market, ask))?,
            };
            match counts.iter().next() {
                Some((why, what, _)) if found == 0 => {
                    Ok(Verdict::Ignored(format!("{}: {what}", why.name())))
                }
                _ => Ok(Verdict::Decoded(found)),
            }
        }
        Err(_) if counts.of(Unused::Retired) > 0 => {
            Ok(Verdict::Ignored(format!("retired: {}", ask.name())))
        }
        Err(failure) => incomplete(&failure, value),
    }
}

/// Fees of spot are the sums of their parts.
fn spot_fees(fees: &FeeReport, value: &Value) -> Result<usize, String> {
    for (name, found) in [("maker", fees.maker), ("taker", fees.taker)] {
        let parts = ["standardCommission", "specialCommission", "taxCommission"];
        let parts = parts.iter().filter_map(|part| value[*part][name].as_str());
        let sum: Decimal = parts.filter_map(|part| part.parse::<Decimal>().ok()).sum();
        same(
            name,
            &found.decimal().to_string(),
            &sum.normalize().to_string(),
        )?;
    }
    Ok(2)
}

/// A refusal is right where the field that is said to be missing is not there indeed.
fn incomplete(failure: &Failure, value: &Value) -> Result<Verdict, String> {
    let field = failure.message.split('"').nth(1).unwrap_or_default();
    match !field.is_empty() && failure.message.contains("without") && !has_key(value, field) {
        true => Ok(Verdict::Ignored(format!("a sample without {field}"))),
        false => Ok(Verdict::Refused(failure.message.clone())),
    }
}

/// One message of a stream, or one answer of the WebSocket interface.
fn message(market: Market, value: &Value, text: &str) -> Result<Verdict, String> {
    if value.get("lastUpdateId").is_some() {
        let directory = world(market, value);
        let ask = by_shape(market, value, id_of(&directory, value)).ok_or("no request")?;
        return result(market, &ask, value, text);
    }
    match value.get("status").and_then(Value::as_u64) {
        Some(status) => frame_answer(market, status as u16, value, text),
        None => stream_message(market, value, text),
    }
}

fn stream_message(market: Market, value: &Value, text: &str) -> Result<Verdict, String> {
    let directory = world(market, value);
    let (done, news, counts) = hear(market, text, &directory);
    if let Err(why) = done {
        let failure = Failure::unreadable(0, &why);
        return incomplete(&failure, value);
    }
    match (news.is_empty(), counts.iter().next()) {
        (true, None) => Err("nothing was told, and nothing counted".to_string()),
        (true, Some((why, what, _))) => Ok(Verdict::Ignored(format!("{}: {what}", why.name()))),
        (false, _) => compare(&of_news(&news), value, stream_must(value)).map(Verdict::Decoded),
    }
}

/// Keys whose numbers must be found again in a message of a stream.
fn stream_must(value: &Value) -> &'static [&'static str] {
    let inner = value.get("data").or(value.get("event")).unwrap_or(value);
    let inner = inner.get(0).unwrap_or(inner);
    let order = inner.get("o").unwrap_or(inner);
    match inner["e"].as_str().unwrap_or("bookTicker") {
        "bookTicker" => &["b", "B", "a", "A"],
        "depthUpdate" => &["b", "a", "u"],
        "trade" | "aggTrade" => &["p", "q"],
        "markPriceUpdate" => &["p", "i", "r"],
        "executionReport" if inner["x"] == "TRADE" => {
            &["i", "t", "q", "p", "z", "Z", "l", "L", "n"]
        }
        "executionReport" => &["i", "q", "p", "z", "Z"],
        "ORDER_TRADE_UPDATE" if order["x"] == "TRADE" => &["i", "t", "q", "p", "z", "l", "L", "n"],
        "ORDER_TRADE_UPDATE" => &["i", "q", "p", "z"],
        "outboundAccountPosition" => &["f", "l"],
        "balanceUpdate" => &["d"],
        "ACCOUNT_UPDATE" => &["wb", "pa", "ep", "up"],
        _ => &[],
    }
}

/// An answer in a frame, to what its shape tells.
fn frame_answer(market: Market, status: u16, value: &Value, text: &str) -> Result<Verdict, String> {
    let directory = world(market, value);
    let shaped = by_shape(
        market,
        &value["result"],
        id_of(&directory, &value["result"]),
    );
    if !(200..300).contains(&status) {
        return failed(market, &Reply::new(status, text));
    }
    let Some(ask) = shaped else {
        let result = value["result"].get(0).unwrap_or(&value["result"]);
        let keys = result
            .as_object()
            .map(|it| it.keys().take(3).cloned().collect::<Vec<_>>());
        let what = keys.unwrap_or_default().join(", ");
        return Ok(Verdict::Ignored(format!("no request of ours: {what}")));
    };
    let told = FrameAnswer {
        id: 1,
        status,
        receipt: false,
        text: text.into(),
    };
    let mut counts = Counts::default();
    let got = answer(market, &ask, &told, &cx(&directory, None), &mut counts);
    judged(market, &ask, &value["result"], got, &counts)
}

/// A conversation: what the server says is taken in turn.
fn script(market: Market, case: &Case) -> Result<Verdict, String> {
    let steps = case.payload.as_array().map_or(&[][..], Vec::as_slice);
    let mut total = 0;
    let mut ignored = None;
    for step in steps.iter().filter(|it| it["dir"] != "client") {
        let raw = step["raw"].as_str();
        let text = raw.map_or_else(|| step["json"].to_string(), str::to_string);
        // What is not JSON as its source wrote it is taken as it was read.
        let (value, text) = match serde_json::from_str::<Value>(&text) {
            Ok(value) => (value, text),
            Err(_) => (step["json"].clone(), step["json"].to_string()),
        };
        match message(market, &value, &text)? {
            Verdict::Decoded(found) => total += found,
            Verdict::Ignored(why) => ignored = Some(why),
            Verdict::Refused(why) => return Ok(Verdict::Refused(why)),
        }
    }
    match (total, ignored) {
        (0, Some(why)) => Ok(Verdict::Ignored(why)),
        (found, _) => Ok(Verdict::Decoded(found)),
    }
}

/// Takes a damaged message as anything that it could be.
fn damaged(market: Market, case: &Case, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let directory = world(market, &case.payload);
    let _ = hear(market, &text, &directory);
    let context = cx(&directory, None);
    let mut counts = Counts::default();
    let told = FrameAnswer {
        id: 1,
        status: 200,
        receipt: false,
        text: text.as_ref().into(),
    };
    for ask in every(id_of(&directory, &case.payload)) {
        let _ = reply(market, &ask, &Reply::new(200, &text), &context, &mut counts);
        let _ = answer(market, &ask, &told, &context, &mut counts);
    }
    let _ = reply(
        market,
        &Ask::Time,
        &Reply::new(400, &text),
        &context,
        &mut counts,
    );
    let _ = onetape_adapters::binance::budgets_of_text(&text);
}
