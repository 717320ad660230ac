//! The signed requests of the reference, as the server's side of Binance understands them.

use onetape_adapters::binance::Market;
use onetape_adapters::binance::server::{frame, method, open, request};
use onetape_adapters::server::Cx;
use onetape_adapters::server::accounts::{AccountId, Accounts};
use onetape_adapters::server::call::{Asked, Call, NewOrder, Refused, Size, Which};
use onetape_adapters::server::inbound::Inbound;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::command::TimeInForce;
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::num::{Money, Price, Qty, parse_fixed};
use onetape_core::time::Ts;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Map, Value, json};

use crate::reference::{Reference, say};
use crate::world::{DECIMALS, directory_of};

#[test]
fn every_signed_request_is_understood() {
    let Some(reference) = Reference::find() else {
        return;
    };
    let (mut understood, mut not_served, mut refused, mut wrong) = (0, Vec::new(), 0, Vec::new());
    for (venue, vectors) in reference.vectors() {
        let market = match venue.as_str() {
            "binance-spot" => Market::Spot,
            "binance-usdm" => Market::Usdm,
            _ => continue,
        };
        for vector in &vectors {
            match check(market, vector) {
                Ok(Some(changed)) => {
                    understood += 1;
                    refused += changed;
                }
                Ok(None) => not_served.push(format!("{venue} {}", vector["id"])),
                Err(why) => wrong.push(format!("{venue} {}: {why}", vector["id"])),
            }
        }
    }
    say(&format!(
        "{understood:4} signed requests of Binance are understood by the server, {refused} changed ones are refused, \
         not served: {not_served:?}"
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(understood > 0, "the reference data holds none");
}

/// Who signs a vector.
fn accounts(vector: &Value) -> Result<Accounts, String> {
    let key = vector["key"].as_str().unwrap_or_default();
    let mut accounts = Accounts::new();
    match vector["private_key_seed_hex"].as_str() {
        Some(seed) => {
            let byte = |at: usize| u8::from_str_radix(&seed[2 * at..2 * at + 2], 16);
            let seed: Result<Vec<u8>, _> = (0..seed.len() / 2).map(byte).collect();
            let seed = seed.map_err(|why| why.to_string())?;
            let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|why| why.to_string())?;
            let public = <[u8; 32]>::try_from(pair.public_key().as_ref());
            accounts.ed25519(AccountId(1), key, public.map_err(|why| why.to_string())?);
        }
        None => {
            let secret = vector["secret"].as_str().unwrap_or_default();
            accounts.shared(AccountId(1), key, secret.as_bytes());
        }
    }
    Ok(accounts)
}

/// Parameters by name, as texts.
fn params(vector: &Value) -> Map<String, Value> {
    let text = |value: &Value| match value {
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    };
    if let Some(all) = vector["params"].as_object() {
        return all
            .iter()
            .map(|(name, it)| (name.clone(), text(it)))
            .collect();
    }
    if let Some(all) = vector["params_in_order"].as_array() {
        let named = all
            .iter()
            .filter_map(|it| Some((it[0].as_str()?.to_string(), text(&it[1]))));
        return named.collect();
    }
    Map::new()
}

/// One request as bytes, and how to hand it in again when some are changed.
enum Sent {
    Http {
        path: String,
        query: String,
        body: String,
    },
    Text(String),
}

/// So many changed requests were refused; `None` for what the server does not have.
fn check(market: Market, vector: &Value) -> Result<Option<usize>, String> {
    let params = params(vector);
    let mut symbols = vec!["BTCUSDT".to_string()];
    symbols.extend(
        params
            .get("symbol")
            .and_then(Value::as_str)
            .map(str::to_string),
    );
    if let Some(batch) = params.get("batchOrders").and_then(Value::as_str) {
        let batch: Value = serde_json::from_str(batch).map_err(|why| why.to_string())?;
        let all = batch.as_array().into_iter().flatten();
        symbols.extend(
            all.filter_map(|it| it["symbol"].as_str())
                .map(str::to_string),
        );
    }
    symbols.sort();
    symbols.dedup();
    let kind = match market {
        Market::Spot => InstrumentKind::Spot,
        _ => InstrumentKind::Linear,
    };
    let directory = directory_of(market.venue(), kind, &symbols);
    let accounts = accounts(vector)?;
    let millis = vector["timestamp_ms"].as_i64().unwrap_or_default();
    let cx = Cx {
        directory: &directory,
        accounts: &accounts,
        now: Ts::from_nanos(millis * 1_000_000),
    };
    let sent = sent(vector);
    let key = vector["key"].as_str().unwrap_or_default();
    let asked = match hand(market, vector, key, &sent, &cx) {
        Ok(asked) => asked,
        Err(refused) if refused.wrong == Wrong::Route => return Ok(None),
        Err(refused) => return Err(format!("refused: {:?}", refused.wrong)),
    };
    if asked.account != Some(AccountId(1)) {
        return Err(format!("it is {:?}'s", asked.account));
    }
    meaning(&asked, &params, &cx)?;
    if vector["auth"]
        .as_str()
        .is_some_and(|it| it.contains("unsigned"))
    {
        return Ok(Some(0));
    }
    let mut refused = 0;
    for other in changed(&sent) {
        match hand(market, vector, key, &other, &cx) {
            Err(_) => refused += 1,
            Ok(_) => {
                let text = match other {
                    Sent::Http { query, body, .. } => format!("{query} | {body}"),
                    Sent::Text(text) => text,
                };
                return Err(format!("taken although it was changed: {text}"));
            }
        }
    }
    Ok(Some(refused))
}

fn sent(vector: &Value) -> Sent {
    let expected = &vector["expected"];
    match vector["ws_method"].as_str() {
        Some(method) => {
            let mut params = expected["frame_params"].clone();
            if params.is_null() {
                params = vector["params"].clone();
                params["signature"] = expected["signature"].clone();
            }
            Sent::Text(format!(
                r#"{{"id":7,"method":"{method}","params":{params}}}"#
            ))
        }
        None => {
            let url = expected["url"].as_str().unwrap_or_default();
            let query = url.split_once('?').map_or("", |(_, query)| query);
            Sent::Http {
                path: vector["path"].as_str().unwrap_or_default().to_string(),
                query: query.to_string(),
                body: expected["body"].as_str().unwrap_or_default().to_string(),
            }
        }
    }
}

fn hand(
    market: Market,
    vector: &Value,
    key: &str,
    sent: &Sent,
    cx: &Cx<'_>,
) -> Result<Asked, Box<Refused>> {
    match sent {
        Sent::Http { path, query, body } => {
            let word = vector["method"].as_str().unwrap_or_default();
            let inbound = Inbound {
                method: method(word).expect("a method of HTTP"),
                path,
                query,
                headers: &[("x-mbx-apikey", key)],
                body: body.as_bytes(),
            };
            request(market, &inbound, cx)
        }
        Sent::Text(text) => {
            let path = match market {
                Market::Spot => "/ws-api/v3",
                _ => "/ws-fapi/v1",
            };
            let line = open(market, path, "", cx).expect("the connection for requests");
            frame(market, text, &line, cx)
        }
    }
}

/// The request with each of its bytes that are signed, or are the signature, changed in turn.
fn changed(sent: &Sent) -> Vec<Sent> {
    let other = |text: &str, from: usize| -> Vec<String> {
        let change = |at: usize| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
            String::from_utf8(bytes).ok()
        };
        (from..text.len()).filter_map(change).collect()
    };
    match sent {
        Sent::Http { path, query, body } => {
            let made = |query: String, body: String| Sent::Http {
                path: path.clone(),
                query,
                body,
            };
            let queries = other(query, 0).into_iter().map(|it| made(it, body.clone()));
            let bodies = other(body, 0).into_iter().map(|it| made(query.clone(), it));
            queries.chain(bodies).collect()
        }
        Sent::Text(text) => {
            let from = text.find("params").unwrap_or_default();
            other(text, from).into_iter().map(Sent::Text).collect()
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{what} is {found:?}, not {wanted:?}")),
    }
}

/// What was understood, held against the parameters that were sent.
fn meaning(asked: &Asked, params: &Map<String, Value>, cx: &Cx<'_>) -> Result<(), String> {
    let text = |name: &str| params.get(name).and_then(Value::as_str);
    let id = |symbol| cx.directory.symbol(symbol).ok().map(|it| it.instrument.id);
    let symbol = text("symbol").and_then(id);
    let number = |name: &str| text(name).and_then(|it| it.parse::<u64>().ok());
    let named = |which: &Which| {
        same("the instrument", which.instrument, symbol)?;
        same("the order", which.id, number("orderId"))?;
        same(
            "the client's id",
            which.client.as_deref(),
            text("origClientOrderId"),
        )
    };
    match &asked.call {
        Call::Place(order) | Call::Test(order) => placed(order, params, cx),
        Call::PlaceMany(orders) => {
            let batch = text("batchOrders").unwrap_or_default();
            let batch: Vec<Map<String, Value>> =
                serde_json::from_str(batch).map_err(|why| why.to_string())?;
            same("how many orders", orders.len(), batch.len())?;
            for (order, params) in orders.iter().zip(&batch) {
                placed(
                    order.as_ref().map_err(|why| format!("{why:?}"))?,
                    params,
                    cx,
                )?;
            }
            Ok(())
        }
        Call::Cancel(which) => {
            let only = text("cancelRestrictions").map(|it| it == "ONLY_NEW");
            same("the restriction", which.untouched, only)?;
            named(which)
        }
        Call::Order(which) => named(which),
        Call::Amend(change) => {
            let qty = text("quantity").or(text("newQty"));
            same(
                "the quantity",
                change.qty.map(Qty::mantissa),
                qty.map(fixed),
            )?;
            same(
                "the price",
                change.limit.map(Price::mantissa),
                text("price").map(fixed),
            )?;
            named(&change.which)
        }
        Call::CancelAll(id, None) | Call::OpenOrders(id) | Call::Positions(id) | Call::Fees(id) => {
            same("the instrument", *id, symbol)
        }
        Call::Orders(past) | Call::Trades(past) => {
            same("the limit", Some(u64::from(past.limit)), number("limit"))?;
            same("the instrument", past.instrument, symbol)
        }
        Call::DeadMan(id, after) => {
            same("the instrument", *id, symbol)?;
            let millis = u64::try_from(after.nanos() / 1_000_000).ok();
            same("the time", millis, number("countdownTime"))
        }
        Call::SetLeverage {
            instrument,
            leverage,
        } => {
            same(
                "the leverage",
                Some(u64::from(*leverage)),
                number("leverage"),
            )?;
            same("the instrument", Some(*instrument), symbol)
        }
        Call::SetMarginMode { instrument, mode } => {
            let word = format!("{mode:?}").to_uppercase();
            let wanted = text("marginType").unwrap_or_default();
            same("the mode", wanted.starts_with(&word), true)?;
            same("the instrument", Some(*instrument), symbol)
        }
        Call::SetPositionMode(mode) => {
            let hedge = format!("{mode:?}") == "Hedge";
            same(
                "the mode",
                Some(hedge.to_string().as_str()),
                text("dualSidePosition"),
            )
        }
        // What has no parameters of its own.
        Call::Account
        | Call::Balances
        | Call::RateLimits
        | Call::StreamKey(_)
        | Call::Logon
        | Call::Subscribe(_) => Ok(()),
        other => Err(format!("{other:?} is not what was asked")),
    }
}

fn fixed(text: &str) -> i64 {
    parse_fixed(text, DECIMALS).expect("a number of the reference")
}

fn placed(order: &NewOrder, params: &Map<String, Value>, cx: &Cx<'_>) -> Result<(), String> {
    let text = |name: &str| params.get(name).and_then(Value::as_str);
    let symbol = text("symbol").and_then(|it| cx.directory.symbol(it).ok());
    let symbol = symbol.map(|it| it.instrument.id);
    same("the instrument", Some(order.instrument), symbol)?;
    let side = if text("side") == Some("BUY") {
        Side::Buy
    } else {
        Side::Sell
    };
    same("the side", order.side, side)?;
    same(
        "the price",
        order.limit.map(Price::mantissa),
        text("price").map(fixed),
    )?;
    let size = match (text("quantity"), text("quoteOrderQty")) {
        (Some(qty), _) => Size::Base(Qty::new(fixed(qty))),
        (None, Some(quote)) => Size::Quote(Money::parse(quote).ok_or("no amount")?),
        _ => Size::Close,
    };
    same("the size", order.size, size)?;
    let tif = match text("timeInForce") {
        Some("IOC") | None => TimeInForce::ImmediateOrCancel,
        Some("FOK") => TimeInForce::FillOrKill,
        Some("GTX") => TimeInForce::PostOnly,
        _ => TimeInForce::GoodTillCancelled,
    };
    if text("type") != Some("LIMIT_MAKER") {
        same("how long it lives", order.time_in_force, tif)?;
    }
    let until = order.until.map(|it| (it.nanos() / 1_000_000).to_string());
    same("its end", until.as_deref(), text("goodTillDate"))?;
    let trigger = order.trigger.map(|it| it.price.mantissa());
    same("what it waits for", trigger, text("stopPrice").map(fixed))?;
    same(
        "the client's id",
        order.client.as_str(),
        text("newClientOrderId").unwrap_or_default(),
    )?;
    match text("positionSide") {
        // In hedge mode the side alone says whether an order closes.
        Some("LONG" | "SHORT") => Ok(()),
        _ => same(
            "whether it only reduces",
            order.reduce_only,
            text("reduceOnly") == Some("true"),
        ),
    }
}
