//! Signed requests of the reference at the server side: each is taken for its key's, and with a byte changed it is not.

use onetape_adapters::directory::Directory;
use onetape_adapters::gate::{self, Market};
use onetape_adapters::mexc;
use onetape_adapters::request::Method;
use onetape_adapters::server::Cx;
use onetape_adapters::server::accounts::{AccountId, Accounts};
use onetape_adapters::server::call::{Asked, Line, Refused};
use onetape_adapters::server::inbound::Inbound;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::instrument::InstrumentKind;
use onetape_core::time::Ts;
use serde_json::{Value, json};

use crate::world::directory;

type Read = Result<Asked, Box<Refused>>;

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn accounts(vector: &Value) -> Accounts {
    let mut accounts = Accounts::new();
    accounts.shared(
        AccountId(1),
        word(vector, "key"),
        word(vector, "secret").as_bytes(),
    );
    accounts
}

fn method(vector: &Value) -> Result<Method, String> {
    let all = [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
    ];
    let found = all
        .into_iter()
        .find(|it| it.name() == word(vector, "method"));
    found.ok_or_else(|| "an unknown method".to_string())
}

/// Taken for the key's; what this server does not have is refused only after that.
fn is_theirs(read: &Read) -> Result<(), String> {
    match read {
        Ok(asked) if asked.account == Some(AccountId(1)) => Ok(()),
        Err(refused) if matches!(refused.wrong, Wrong::Route) => Ok(()),
        other => Err(format!("the server made of it {other:?}")),
    }
}

fn is_refused(read: &Read) -> Result<(), String> {
    match read {
        Err(refused) if refused.wrong == Wrong::Signature => Ok(()),
        other => Err(format!("changed, the server made of it {other:?}")),
    }
}

/// A request with another signature, its last digit changed.
fn changed(signature: &str) -> String {
    let (rest, last) = signature.split_at(signature.len().saturating_sub(1));
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

/// MEXC: parameters and signature as the reference sends them.
pub(crate) fn mexc(vector: &Value) -> Result<(), String> {
    let expected = &vector["expected"];
    let accounts = accounts(vector);
    let millis = vector["timestamp_ms"].as_i64().ok_or("no timestamp")?;
    let more = json!(["BTCUSDT", "MXUSDT", vector]);
    let directory = directory("mexc-spot", InstrumentKind::Spot, &more);
    let signature = word(expected, "signature");
    let payload = word(expected, "payload_to_sign");
    let body = word(expected, "body");
    let query = match word(expected, "url").split_once('?') {
        Some((_, query)) => query.to_string(),
        None => format!("{payload}&signature={signature}"),
    };
    let send = |query: &str, body: &str| {
        let headers = [
            ("x-mexc-apikey", word(vector, "key")),
            ("Content-Type", "application/json"),
        ];
        let inbound = Inbound {
            method: method(vector)?,
            path: word(vector, "path"),
            query,
            headers: &headers,
            body: body.as_bytes(),
        };
        let cx = Cx {
            directory: &directory,
            accounts: &accounts,
            now: Ts::from_nanos(millis * 1_000_000),
        };
        Ok::<_, String>(mexc::server::request(&inbound, &cx))
    };
    let read = send(&query, body)?;
    // Of one published vector the parameters run into each other, as no request's would: signed well, and unreadable.
    let is_run_together = payload.contains("LIMITquantity");
    if !(is_run_together && read.is_ok()) {
        is_theirs(&read)?;
    }
    let other = changed(signature);
    is_refused(&send(
        &query.replace(signature, &other),
        &body.replace(signature, &other),
    )?)
}

/// Gate: requests, subscriptions and logons.
pub(crate) fn gate(market: Market, vector: &Value) -> Result<(), String> {
    let accounts = accounts(vector);
    let seconds = vector["timestamp_s"].as_i64().ok_or("no timestamp")?;
    let kind = match market {
        Market::Spot => InstrumentKind::Spot,
        Market::Usdt | Market::Btc => InstrumentKind::Linear,
    };
    // Requests name what they trade in a body, a query or a path.
    let more = json!([
        "BTC_USDT", "ETH_USDT", "ETH_BTC", "GT_USDT", "BTC_USD", vector
    ]);
    let directory: Directory = directory(market.venue(), kind, &more);
    let cx = Cx {
        directory: &directory,
        accounts: &accounts,
        now: Ts::from_nanos(seconds * 1_000_000_000),
    };
    let expected = &vector["expected"];
    let signature = word(expected, "signature");
    let send = |signature: &str| match word(vector, "channel") {
        "" => by_http(market, vector, signature, &cx).map(Some),
        _ if expected["frame"].is_null() => Ok(None),
        _ => {
            let text = expected["frame"].to_string();
            let text = text.replace(word(expected, "signature"), signature);
            Ok(Some(gate::server::frame(
                market,
                text.as_bytes(),
                &Line::default(),
                &cx,
            )))
        }
    };
    let Some(read) = send(signature)? else {
        return Ok(());
    };
    is_theirs(&read)?;
    send(&changed(signature))?.map_or(Ok(()), |read| is_refused(&read))
}

fn by_http(market: Market, vector: &Value, signature: &str, cx: &Cx<'_>) -> Result<Read, String> {
    let time = vector["timestamp_s"].to_string();
    let headers = [
        ("KEY", word(vector, "key")),
        ("Timestamp", time.as_str()),
        ("SIGN", signature),
    ];
    let inbound = Inbound {
        method: method(vector)?,
        path: word(vector, "path"),
        query: word(vector, "query_sent"),
        headers: &headers,
        body: word(vector, "body").as_bytes(),
    };
    Ok(gate::server::request(market, &inbound, cx))
}
