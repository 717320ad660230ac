//! MEXC spot in the conformance test.

use onetape_adapters::ask::{Ask, Cx, History, OrderRef, PositionMode, StreamKey};
use onetape_adapters::client_id::ClientId;
use onetape_adapters::counts::Counts;
use onetape_adapters::credentials::Credentials;
use onetape_adapters::directory::Directory;
use onetape_adapters::mexc;
use onetape_adapters::news::{Answer, News};
use onetape_adapters::params::Params;
use onetape_adapters::report::trade_number;
use onetape_adapters::request::{Method, Reply, Request};
use onetape_core::event::{Body, DepthUpdate};
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use prost::Message as _;
use serde_json::{Value, json};

use crate::check::{compare, of_answer, of_news};
use crate::gate_ask::place;
use crate::mexc_frames::{push_of, unhex};
use crate::reference::Case;
use crate::run::{Venue, Verdict};
use crate::serve;
use crate::world::directory;

pub(crate) const SPOT: Venue = Venue {
    name: "mexc-spot",
    vector,
    fixture,
    failure: |status, body| mexc::failure(&Reply::new(status, body)),
    rule: |_| mexc::SYNC,
    depth,
    hear: damaged,
};

const SYMBOL: &str = "BTCUSDT";

fn world(message: &Value) -> Directory {
    directory("mexc-spot", InstrumentKind::Spot, &json!([message, SYMBOL]))
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

// Signed requests.

fn same(what: &str, found: &Value, wanted: &Value) -> Result<(), String> {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{what} is\n  {found}\nnot\n  {wanted}")),
    }
}

fn vector(vector: &Value) -> Result<(), String> {
    serve::mexc(vector)?;
    let expected = &vector["expected"];
    let word = |key: &str| vector[key].as_str().unwrap_or_default();
    let keys = Credentials::shared(word("key"), word("secret").as_bytes());
    let methods = [Method::Get, Method::Post, Method::Put, Method::Delete];
    let method = methods.into_iter().find(|it| it.name() == word("method"));
    let method = method.ok_or("an unknown method")?;
    let made =
        |(query, body): (&str, &str)| mexc::signed(&keys, method, word("path"), (query, body));
    let Some(pairs) = vector["params_in_order"].as_array() else {
        return mixed(expected, word("base"), made);
    };
    let mut params = Params::new();
    for pair in pairs {
        let name = pair[0].as_str().ok_or("a parameter without a name")?;
        params.push(
            name.to_string().leak(),
            pair[1].as_str().ok_or("a parameter without a text")?,
        );
    }
    let query = params.encoded();
    same(
        "what is signed",
        &json!(query),
        &expected["payload_to_sign"],
    )?;
    let made = made((&query, ""));
    let signature = made.query.rsplit_once("&signature=").map(|(_, it)| it);
    same("the signature", &json!(signature), &expected["signature"])?;
    sent(&made, word("base"), expected)
}

/// Address, body and headers, as far as they are told.
fn sent(made: &Request, base: &str, expected: &Value) -> Result<(), String> {
    if !expected["url"].is_null() {
        same("the address", &json!(made.url(base)), &expected["url"])?;
        let body = expected["body"].as_str().unwrap_or_default();
        same("the body", &json!(made.body), &json!(body))?;
    }
    if !expected["headers"].is_null() {
        let each = made.headers.iter();
        let found: serde_json::Map<_, _> = each
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        same("the headers", &json!(found), &expected["headers"])?;
    }
    Ok(())
}

/// Parameters in the query and in the body, which the vector does not list one by one.
fn mixed(
    expected: &Value,
    base: &str,
    made: impl Fn((&str, &str)) -> Request,
) -> Result<(), String> {
    let word = |key: &str| expected[key].as_str().unwrap_or_default();
    let query = word("url").split_once('?').map_or("", |(_, query)| query);
    let body = word("body")
        .rsplit_once("&signature=")
        .map_or("", |(body, _)| body);
    same(
        "what is signed",
        &json!(format!("{query}{body}")),
        &expected["payload_to_sign"],
    )?;
    let made = made((query, body));
    let signature = made.body.rsplit_once("&signature=").map(|(_, it)| it);
    same("the signature", &json!(signature), &expected["signature"])?;
    sent(&made, base, expected)
}

// Scenarios.

fn depth(value: &Value) -> Result<DepthUpdate, String> {
    let directory = world(value);
    let mut counts = Counts::default();
    if value.get("lastUpdateId").is_some() {
        let ask = Ask::Depth {
            instrument: some_id(&directory),
            levels: 1_000,
        };
        let body = value.to_string();
        let told = mexc::reply(
            &ask,
            &Reply::new(200, &body),
            &cx(&directory, None),
            &mut counts,
        );
        return match told {
            Ok(Answer::Depth(book)) => Ok(*book),
            other => Err(format!("{other:?}")),
        };
    }
    let bytes = push_of(value).ok_or("no frame")?.encode_to_vec();
    let mut news = Vec::new();
    let done = mexc::hear_bytes(&bytes, &directory, &mut counts, &mut news);
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

fn fixture(case: &Case) -> Result<Verdict, String> {
    let value = &case.payload;
    match case.word("kind") {
        "rest" => rest(case),
        "ws-pb-frame" => {
            let bytes = value["hex"].as_str().and_then(unhex).ok_or("no hex")?;
            let decoded = &value["decoded"];
            let push = mexc::decode(&bytes).map_err(|why| why.to_string())?;
            // Our frame of the decoded message must be the venue's bytes, unless it has fields that we leave out.
            let same = push_of(decoded).is_some_and(|made| made == push);
            match same {
                true => frame(&bytes, decoded),
                false => Err(format!("decoded as {push:?}")),
            }
        }
        "ws-pb-decoded" => decoded(value),
        "ws" if value.get("method").is_some() => {
            Ok(Verdict::Ignored("a frame that we send".to_string()))
        }
        "ws" if value.get("lastUpdateId").is_some() => {
            let id = some_id(&world(value));
            answered(
                &Ask::Depth {
                    instrument: id,
                    levels: 100,
                },
                value,
                &case.text(),
            )
        }
        "ws" if value.get("channel").is_some() => decoded(value),
        "ws" => said(value, &case.text()),
        other => Err(format!("a kind of fixture that is not known: {other:?}")),
    }
}

fn decoded(value: &Value) -> Result<Verdict, String> {
    let push = push_of(value).ok_or("no frame")?;
    frame(&push.encode_to_vec(), value)
}

fn frame(bytes: &[u8], decoded: &Value) -> Result<Verdict, String> {
    let directory = world(decoded);
    let (mut counts, mut news) = (Counts::default(), Vec::new());
    if let Err(why) = mexc::hear_bytes(bytes, &directory, &mut counts, &mut news) {
        return Ok(Verdict::Refused(why.to_string()));
    }
    match (news.is_empty(), counts.iter().next()) {
        (true, None) => Err("nothing was told, and nothing counted".to_string()),
        (true, Some((why, what, _))) => Ok(Verdict::Ignored(format!("{}: {what}", why.name()))),
        (false, _) => {
            // Ids of trades are texts here, for which a number stands.
            let id = decoded["privateDeals"]["tradeId"]
                .as_str()
                .map(trade_number);
            let part = json!([decoded, id]);
            compare(&of_news(&news), &part, stream_must(decoded)).map(Verdict::Decoded)
        }
    }
}

/// Keys whose numbers must be found again in a frame.
fn stream_must(value: &Value) -> &'static [&'static str] {
    let channel = value["channel"].as_str().unwrap_or_default();
    match channel {
        _ if channel.contains("private.orders") => &[
            "price",
            "quantity",
            "cumulativeQuantity",
            "cumulativeAmount",
        ],
        _ if channel.contains("private.deals") => &["price", "quantity", "feeAmount"],
        _ if channel.contains("private.account") => &["balanceAmount", "frozenAmount"],
        _ if channel.contains("aggre.depth") => &["price", "quantity", "toVersion"],
        _ => &[
            "price",
            "quantity",
            "bidPrice",
            "bidQuantity",
            "askPrice",
            "askQuantity",
        ],
    }
}

fn said(value: &Value, text: &str) -> Result<Verdict, String> {
    let (mut counts, mut news) = (Counts::default(), Vec::new());
    if let Err(why) = mexc::hear(text, &world(value), &mut counts, &mut news) {
        return Ok(Verdict::Refused(why.to_string()));
    }
    match (news.as_slice(), counts.iter().next()) {
        ([], None) => Err("nothing was told, and nothing counted".to_string()),
        ([], Some((why, what, _))) => Ok(Verdict::Ignored(format!("{}: {what}", why.name()))),
        ([News::Refused(channel, words)], _) => {
            Ok(Verdict::Ignored(format!("a refusal: {channel} {words}")))
        }
        _ => Ok(Verdict::Decoded(0)),
    }
}

const fn past(instrument: InstrumentId) -> History {
    History {
        instrument,
        from_id: None,
        since: None,
        limit: 100,
    }
}

fn order_ref(instrument: InstrumentId) -> OrderRef {
    OrderRef {
        instrument,
        client: ClientId::Ours(OrderId { epoch: 1, n: 2 }),
        venue_id: None,
    }
}

fn by_path(method: &str, path: &str, id: InstrumentId) -> Option<Ask> {
    let name = path.trim_start_matches("/api/v3/");
    Some(match (method, name) {
        ("GET", "time") => Ask::Time,
        ("GET", "exchangeInfo") => Ask::Instruments,
        ("GET", "depth") => Ask::Depth {
            instrument: id,
            levels: 1_000,
        },
        ("GET", "ticker/bookTicker") => Ask::Quote(id),
        ("POST", "order") => Ask::Place(place(id)),
        ("POST", "order/test") => Ask::Test(place(id)),
        ("GET", "order") => Ask::Order(order_ref(id)),
        ("DELETE", "order") => Ask::Cancel(order_ref(id)),
        ("DELETE", "openOrders") => Ask::CancelAll(id),
        ("GET", "openOrders") => Ask::OpenOrders(Some(id)),
        ("GET", "allOrders") => Ask::Orders(past(id)),
        ("GET", "myTrades") => Ask::Trades(past(id)),
        ("GET", "account") => Ask::Balances,
        ("GET", "tradeFee") => Ask::Fees(id),
        ("POST", "userDataStream") => Ask::StreamKey(StreamKey::Open),
        ("PUT", "userDataStream") => Ask::StreamKey(StreamKey::Keep(String::new())),
        ("DELETE", "userDataStream") => Ask::StreamKey(StreamKey::Close(String::new())),
        _ => return None,
    })
}

fn by_shape(value: &Value, id: InstrumentId) -> Option<Ask> {
    let it = value.get(0).unwrap_or(value);
    let has = |key: &str| it.get(key).is_some();
    Some(match it {
        _ if has("symbols") => Ask::Instruments,
        _ if has("lastUpdateId") => Ask::Depth {
            instrument: id,
            levels: 100,
        },
        _ if has("balances") => Ask::Balances,
        _ if has("isBuyer") => Ask::Trades(past(id)),
        _ if has("orderId") && !has("status") => Ask::Place(place(id)),
        _ if has("orderId") && value.is_array() => Ask::Orders(past(id)),
        _ if has("orderId") => Ask::Order(order_ref(id)),
        _ => return None,
    })
}

fn must(ask: &Ask) -> &'static [&'static str] {
    match ask {
        Ask::Time => &["serverTime"],
        Ask::Instruments => &[
            "baseSizePrecision",
            "quoteAmountPrecision",
            "maxQuoteAmount",
        ],
        Ask::Depth { .. } => &["bids", "asks", "lastUpdateId"],
        Ask::Quote(_) => &["bidPrice", "bidQty", "askPrice", "askQty"],
        Ask::Trades(_) => &["price", "qty", "commission"],
        Ask::Balances => &["free", "locked"],
        Ask::Place(_) => &["price", "origQty"],
        Ask::Order(_)
        | Ask::Cancel(_)
        | Ask::CancelAll(_)
        | Ask::Orders(_)
        | Ask::OpenOrders(_) => &["price", "origQty", "Qty", "executedQty"],
        _ => &[],
    }
}

fn rest(case: &Case) -> Result<Verdict, String> {
    let text = case.text();
    let value: Value = serde_json::from_str(&text).map_err(|why| why.to_string())?;
    let directory = world(&value);
    let id = some_id(&directory);
    if case.word("path") == "/api/v3/trades" {
        let listed = directory.symbol(SYMBOL).map_err(|why| why.to_string())?;
        let trades = mexc::public_trades(&text, listed).map_err(|why| why.to_string())?;
        let found = of_answer(&Answer::Market(trades));
        return compare(&found, &value, &["price", "qty"]).map(Verdict::Decoded);
    }
    let ask = match case.word("path") {
        "" => by_shape(&value, id),
        path => by_path(case.word("method"), path, id),
    };
    match ask {
        Some(ask) => answered(&ask, &value, &text),
        None if value.get("msg").is_some() && value["code"].is_string() => {
            let failure = mexc::failure(&Reply::new(400, &text));
            let class = failure.class.name();
            Ok(Verdict::Ignored(format!("a failure, read as {class}")))
        }
        None => Ok(Verdict::Ignored("no request of ours".to_string())),
    }
}

fn answered(ask: &Ask, value: &Value, text: &str) -> Result<Verdict, String> {
    let directory = world(value);
    let mut counts = Counts::default();
    let told = mexc::reply(
        ask,
        &Reply::new(200, text),
        &cx(&directory, None),
        &mut counts,
    );
    match told {
        Err(failure) => Ok(Verdict::Refused(failure.message)),
        Ok(answer) => {
            let found = of_answer(&answer);
            if let (Some((why, what, _)), true) = (counts.iter().next(), found.is_empty()) {
                return Ok(Verdict::Ignored(format!("{}: {what}", why.name())));
            }
            let part = json!([written_out(value), derived(value)]);
            compare(&found, &part, must(ask)).map(Verdict::Decoded)
        }
    }
}

/// Steps of precisions, and numbers whose JSON has an exponent.
fn derived(value: &Value) -> Vec<String> {
    let symbols = value["symbols"].as_array().cloned();
    let symbols = symbols.unwrap_or_else(|| vec![value.clone()]);
    let keys = [
        "baseAssetPrecision",
        "quotePrecision",
        "quoteAssetPrecision",
    ];
    let each = symbols.iter().flat_map(|symbol| {
        keys.iter().filter_map(|key| {
            let places = u32::try_from(symbol[*key].as_u64()?).ok()?;
            Some(Money::scaled(1, places)?.to_string())
        })
    });
    each.collect()
}

/// Numbers of JSON without exponents.
fn written_out(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            let Some((digits, places)) = text.split_once("e-") else {
                return value.clone();
            };
            let amount = places.parse().ok().zip(digits.parse().ok());
            let amount = amount.and_then(|(places, digits)| Money::scaled(digits, places));
            amount.map_or(value.clone(), |amount| json!(amount.to_string()))
        }
        Value::Array(all) => all.iter().map(written_out).collect(),
        Value::Object(all) => {
            let each = all
                .iter()
                .map(|(key, inner)| (key.clone(), written_out(inner)));
            each.collect::<serde_json::Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Anything that is heard or answered: it may be refused, and must not panic.
fn damaged(case: &Case, bytes: &[u8]) {
    let directory = world(&case.payload);
    let id = some_id(&directory);
    let (mut counts, mut news) = (Counts::default(), Vec::new());
    let frame = match case.payload["hex"].as_str().and_then(unhex) {
        // What the damage did to the text is done to the frame too, place by place.
        Some(mut whole) => {
            for (byte, damage) in whole.iter_mut().zip(bytes.iter().zip(case.text().bytes())) {
                *byte ^= damage.0 ^ damage.1;
            }
            whole.truncate(bytes.len());
            whole
        }
        None => bytes.to_vec(),
    };
    let _ = mexc::hear_bytes(&frame, &directory, &mut counts, &mut news);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = mexc::hear(text, &directory, &mut counts, &mut news);
    let asks = [
        by_path(case.word("method"), case.word("path"), id),
        by_shape(&case.payload, id),
    ];
    for ask in asks.iter().flatten() {
        for status in [200, 400, 503] {
            let reply = Reply::new(status, text);
            let _ = mexc::reply(ask, &reply, &cx(&directory, None), &mut counts);
        }
    }
}
