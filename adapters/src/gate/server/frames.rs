//! Messages of connections: subscriptions, pings, the logon and orders by WebSocket, and their answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::channels::{is_private, own_name, place, streams};
use super::errors::{Failed, words};
use super::numbers::{millis, seconds};
use super::orders::{Told, which};
use super::replies::result_of;
use super::requests::{amend, expires, in_time};
use crate::credentials::Hash;
use crate::gate::Market;
use crate::json::write;
use crate::number::Num;
use crate::request::Frame;
use crate::server::Cx;
use crate::server::accounts::AccountId;
use crate::server::call::{Asked, Call, Line, Past, Refused, Way};
use crate::server::reply::Replied;
use crate::server::wrong::Wrong;
use crate::stamp;

/// Requests by frame, each by its channel of both markets.
const CALLS: [&str; 14] = [
    "spot.login",
    "spot.order_place",
    "spot.order_cancel",
    "spot.order_cancel_cp",
    "spot.order_amend",
    "spot.order_status",
    "spot.order_list",
    "futures.login",
    "futures.order_place",
    "futures.order_cancel",
    "futures.order_cancel_cp",
    "futures.order_amend",
    "futures.order_status",
    "futures.order_list",
];

#[derive(Deserialize)]
struct Read<'a> {
    #[serde(borrow, default)]
    time: Num<'a>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    channel: Num<'a>,
    #[serde(borrow, default)]
    event: Num<'a>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    auth: Option<Auth<'a>>,
}

#[derive(Deserialize)]
struct Auth<'a> {
    #[serde(borrow, rename = "KEY", default)]
    key: Num<'a>,
    #[serde(borrow, rename = "SIGN", default)]
    sign: Num<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payload<'a> {
    #[serde(borrow)]
    req_id: Num<'a>,
    #[serde(borrow)]
    req_param: Option<&'a RawValue>,
    #[serde(borrow)]
    req_header: Option<Header<'a>>,
    #[serde(borrow)]
    api_key: Num<'a>,
    #[serde(borrow)]
    signature: Num<'a>,
    #[serde(borrow)]
    timestamp: Num<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Header<'a> {
    #[serde(borrow, rename = "x-gate-exptime")]
    expires: Num<'a>,
}

/// Reads a message of a connection.
///
/// # Errors
/// What is wrong with it.
pub fn frame(
    market: Market,
    bytes: &[u8],
    line: &Line,
    cx: &Cx<'_>,
) -> Result<Asked, Box<Refused>> {
    let mut way = Way::default();
    let found = match serde_json::from_slice::<Read<'_>>(bytes) {
        Ok(read) => call(market, &read, line, cx, &mut way),
        Err(_) => Err(Wrong::Broken),
    };
    match found {
        Ok((account, call)) => Ok(Asked { account, call, way }),
        Err(wrong) => Err(Box::new(Refused { wrong, way })),
    }
}

type Found = Result<(Option<AccountId>, Call), Wrong>;

fn call(market: Market, read: &Read<'_>, line: &Line, cx: &Cx<'_>, way: &mut Way) -> Found {
    let channel = read.channel.text();
    if read.event.text() == "api" {
        return api(market, channel, read, line, cx, way);
    }
    way.id = read.id.map(|id| id.get().to_string());
    let name = own_name(market, channel);
    // The answer repeats channel and payload.
    let payload = read.payload.map_or("[]", RawValue::get);
    way.echo = format!("{}\n{payload}", read.channel.text());
    if name == Some("ping") {
        way.route = "ping";
        return Ok((line.account, Call::Ping));
    }
    let subscribes = match read.event.text() {
        "subscribe" => true,
        "unsubscribe" => false,
        _ => return Err(Wrong::Route),
    };
    way.route = if subscribes {
        "subscribe"
    } else {
        "unsubscribe"
    };
    let name = name.ok_or(Wrong::Route)?;
    let sent = stamp::of_seconds(read.time.text()).ok_or(Wrong::Bad("time"))?;
    in_time(sent, cx.now)?;
    let account = match is_private(name) {
        true => Some(theirs(read, channel, cx)?),
        false => line.account,
    };
    let payload: Vec<String> = serde_json::from_str(payload).map_err(|_| Wrong::Broken)?;
    let all = streams(market, channel, &payload, cx)?;
    let call = match subscribes {
        true => Call::Subscribe(all),
        false => Call::Unsubscribe(all),
    };
    Ok((account, call))
}

/// Whose a subscription to a private channel is.
fn theirs(read: &Read<'_>, channel: &str, cx: &Cx<'_>) -> Result<AccountId, Wrong> {
    let auth = read.auth.as_ref().ok_or(Wrong::NoKey)?;
    let (event, time) = (read.event.text(), read.time.text());
    let payload = format!("channel={channel}&event={event}&time={time}");
    verified(auth.key.text(), &payload, auth.sign.text(), cx)
}

fn verified(key: &str, payload: &str, signature: &str, cx: &Cx<'_>) -> Result<AccountId, Wrong> {
    if cx.accounts.account(key).is_none() {
        return Err(Wrong::Key);
    }
    let found = cx
        .accounts
        .verify(key, Hash::Sha512, payload.as_bytes(), signature);
    found.ok_or(Wrong::Signature)
}

fn api(
    market: Market,
    channel: &str,
    read: &Read<'_>,
    line: &Line,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Found {
    let mut known = CALLS.iter();
    let route = known.find(|it| **it == channel);
    let payload = read.payload.map_or("{}", RawValue::get);
    let payload: Payload<'_> = serde_json::from_str(payload).map_err(|_| Wrong::Broken)?;
    way.id = Some(payload.req_id.text().to_string());
    way.route = route.copied().unwrap_or("api");
    let name = own_name(market, way.route).ok_or(Wrong::Route)?;
    let param = payload.req_param.map_or("", RawValue::get);
    if name == "login" {
        let time = payload.timestamp.text();
        let signed = ["api", channel, param, time].join("\n");
        let account = verified(
            payload.api_key.text(),
            &signed,
            payload.signature.text(),
            cx,
        )?;
        let sent = stamp::of_seconds(time).ok_or(Wrong::Bad("timestamp"))?;
        in_time(sent, cx.now)?;
        way.echo = payload.api_key.text().to_string();
        return Ok((Some(account), Call::Logon));
    }
    let account = line.account.ok_or(Wrong::NotLoggedOn)?;
    let expiry = payload.req_header.as_ref().map(|it| it.expires.text());
    expires(expiry.filter(|it| !it.is_empty()), cx.now)?;
    let call = order(market, name, param, cx, way)?;
    way.echo = param.to_string();
    Ok((Some(account), call))
}

fn order(
    market: Market,
    name: &str,
    param: &str,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Result<Call, Wrong> {
    let param = if param.is_empty() { "{}" } else { param };
    if name == "order_list" {
        return list(param, cx);
    }
    let told: Told<'_> = serde_json::from_str(param).map_err(|_| Wrong::Broken)?;
    let instrument = match told.currency_pair.is_none() {
        true => None,
        false => Some(told.listed(cx)?.instrument.id),
    };
    let of_order = || {
        let mut found = which(told.order_id.text())?;
        found.instrument = instrument;
        Ok::<_, Wrong>(found)
    };
    Ok(match name {
        "order_place" => {
            way.detail = told.detail();
            Call::Place(Box::new(told.new_order(market, cx)?))
        }
        "order_cancel" => Call::Cancel(of_order()?),
        "order_cancel_cp" => Call::CancelAll(instrument, None),
        "order_amend" => amend(&told, of_order()?, market, cx)?,
        "order_status" => Call::Order(of_order()?),
        _ => return Err(Wrong::Route),
    })
}

fn list(param: &str, cx: &Cx<'_>) -> Result<Call, Wrong> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow, alias = "contract", default)]
        currency_pair: Num<'a>,
        #[serde(borrow, default)]
        status: Num<'a>,
        limit: Option<u32>,
        page: Option<u32>,
    }
    let read: List<'_> = serde_json::from_str(param).map_err(|_| Wrong::Broken)?;
    let instrument = match read.currency_pair.text() {
        "" => None,
        symbol => {
            let listed = cx.directory.symbol(symbol).map_err(|_| Wrong::Symbol)?;
            Some(listed.instrument.id)
        }
    };
    let limit = read.limit.unwrap_or(100).clamp(1, 1_000);
    match read.status.text() {
        "open" => Ok(Call::OpenOrders(instrument)),
        "finished" => Ok(Call::Orders(Past {
            instrument,
            skip: limit.saturating_mul(read.page.unwrap_or(1).max(1) - 1),
            limit,
            ..Past::default()
        })),
        _ => Err(Wrong::Bad("status")),
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    request_id: &'a str,
    ack: bool,
    header: AnswerHeader<'a>,
    data: Box<RawValue>,
}

#[derive(Serialize)]
struct AnswerHeader<'a> {
    response_time: String,
    status: String,
    channel: &'a str,
    event: &'static str,
    client_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gate_ratelimit_requests_remain: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gate_ratelimit_limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gate_ratelimit_reset_timestamp: Option<i64>,
}

fn api_frame(
    way: &Way,
    ack: bool,
    status: u16,
    data: String,
    limits: &Replied,
    cx: &Cx<'_>,
) -> Frame {
    // It was written as JSON just before.
    let data = RawValue::from_string(data).unwrap_or_else(|_| RawValue::NULL.to_owned());
    let limit = limits.limits.first();
    Frame::Text(write(&Answer {
        request_id: way.id.as_deref().unwrap_or_default(),
        ack,
        header: AnswerHeader {
            response_time: millis(cx.now).to_string(),
            status: status.to_string(),
            channel: way.route,
            event: "api",
            client_id: "",
            x_gate_ratelimit_requests_remain: limit.map(|it| it.limit.saturating_sub(it.used)),
            x_gate_ratelimit_limit: limit.map(|it| it.limit),
            x_gate_ratelimit_reset_timestamp: limit.map(|it| millis(it.resets_at)),
        },
        data,
    }))
}

/// The first of two answers to a new order by frame: it came, and no more is known. `None` where there is only one.
pub fn ack(way: &Way, replied: &Replied, cx: &Cx<'_>) -> Option<Frame> {
    let is_place = way.route.ends_with(".order_place") && !way.echo.is_empty();
    let param: Value = serde_json::from_str(&way.echo).ok()?;
    let result = serde_json::json!({"result": {"req_id": way.id, "req_param": param}});
    let result = result.to_string();
    is_place.then(|| api_frame(way, true, 200, result, replied, cx))
}

/// The answer to a message; for a new order without its [`ack`], which goes out before.
pub fn answer(market: Market, way: &Way, replied: &Replied, cx: &Cx<'_>) -> Vec<Frame> {
    match way.route {
        "ping" => vec![Frame::Text(write(&serde_json::json!({
            "time": seconds(cx.now),
            "time_ms": millis(cx.now),
            "channel": format!("{}.pong", place(market)),
            "event": "",
            "result": null,
        })))],
        "subscribe" | "unsubscribe" | "" => vec![subscription(market, way, replied, cx)],
        _ => vec![api_answer(market, way, replied, cx)],
    }
}

fn api_answer(market: Market, way: &Way, replied: &Replied, cx: &Cx<'_>) -> Frame {
    let failed = |wrong: &Wrong| {
        let (status, label, message) = words(market, wrong);
        let errs = Failed {
            label,
            message: &message,
        };
        (status, serde_json::json!({"errs": errs}).to_string())
    };
    let (status, data) = match &replied.result {
        Err(wrong) => failed(wrong),
        Ok(_) if way.route.ends_with(".login") => {
            let result =
                serde_json::json!({"api_key": way.echo, "uid": super::own::USER.to_string()});
            (200, serde_json::json!({"result": result}).to_string())
        }
        Ok(reply) => match result_of(market, way, reply, cx) {
            Some(result) => (200, format!(r#"{{"result":{result}}}"#)),
            None => failed(&Wrong::Unknown),
        },
    };
    api_frame(way, false, status, data, replied, cx)
}

/// The answer to a subscription, with its errors as numbers.
fn subscription(market: Market, way: &Way, replied: &Replied, cx: &Cx<'_>) -> Frame {
    let (channel, payload) = way.echo.split_once('\n').unwrap_or(("", "[]"));
    let raw = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (error, status) = match &replied.result {
        Ok(_) => (Value::Null, "success"),
        Err(wrong) => {
            let code = match wrong {
                Wrong::Broken => 1,
                Wrong::NoKey | Wrong::Key | Wrong::Signature | Wrong::NotLoggedOn => 4,
                Wrong::Unknown | Wrong::Timeout | Wrong::Unavailable | Wrong::Busy => 3,
                _ => 2,
            };
            let (_, _, message) = words(market, wrong);
            let error = serde_json::json!({"code": code, "message": message});
            (error, "fail")
        }
    };
    Frame::Text(write(&serde_json::json!({
        "time": seconds(cx.now),
        "time_ms": millis(cx.now),
        "id": way.id.as_deref().map(raw),
        "channel": channel,
        "event": way.route,
        "payload": raw(payload),
        "error": error,
        "result": {"status": status},
    })))
}
