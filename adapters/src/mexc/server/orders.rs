//! New orders as requests tell them.

use onetape_core::command::TimeInForce;
use onetape_core::instrument::Instrument;
use onetape_core::num::{Money, NumberError};
use serde::Deserialize;

use super::requests::Given;
use crate::error::WireError;
use crate::mexc::wire::side;
use crate::number::Num;
use crate::report::PositionSide;
use crate::server::Cx;
use crate::server::call::{NewOrder, SelfTrade, Size};
use crate::server::wrong::Wrong;

/// Longest of clients' ids.
const CLIENT_MAX: usize = 32;

/// Most orders of one request.
const BATCH_MAX: usize = 20;

/// The parameters of a new order.
struct Told<'a> {
    symbol: &'a str,
    side: &'a str,
    kind: &'a str,
    quantity: Option<&'a str>,
    quote: Option<&'a str>,
    price: Option<&'a str>,
    client: &'a str,
    self_trade: &'a str,
}

pub(super) fn new_order(given: &Given<'_>) -> Result<NewOrder, Wrong> {
    let told = Told {
        symbol: given.need("symbol")?,
        side: given.need("side")?,
        kind: given.need("type")?,
        quantity: given.text("quantity"),
        quote: given.text("quoteOrderQty"),
        price: given.text("price"),
        client: given.text("newClientOrderId").unwrap_or_default(),
        self_trade: given.text("stpMode").unwrap_or_default(),
    };
    order(&told, given.cx)
}

/// Several orders in one request, as JSON.
pub(super) fn new_orders(text: &str, cx: &Cx<'_>) -> Result<Vec<Result<NewOrder, Wrong>>, Wrong> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Read<'a> {
        #[serde(borrow, default)]
        symbol: Num<'a>,
        #[serde(borrow, default)]
        side: Num<'a>,
        #[serde(borrow, default, rename = "type")]
        kind: Num<'a>,
        #[serde(borrow, default)]
        quantity: Num<'a>,
        #[serde(borrow, default)]
        quote_order_qty: Num<'a>,
        #[serde(borrow, default)]
        price: Num<'a>,
        #[serde(borrow, default)]
        new_client_order_id: Num<'a>,
    }
    let read: Vec<Read<'_>> = serde_json::from_str(text).map_err(|_| Wrong::Bad("batchOrders"))?;
    if read.is_empty() || read.len() > BATCH_MAX {
        return Err(Wrong::Bad("batchOrders"));
    }
    let each = read.iter().map(|it| {
        let some = |num: &Num<'_>| !num.is_none();
        let told = Told {
            symbol: it.symbol.text(),
            side: it.side.text(),
            kind: it.kind.text(),
            quantity: some(&it.quantity).then(|| it.quantity.text()),
            quote: some(&it.quote_order_qty).then(|| it.quote_order_qty.text()),
            price: some(&it.price).then(|| it.price.text()),
            client: it.new_client_order_id.text(),
            self_trade: "",
        };
        order(&told, cx)
    });
    Ok(each.collect())
}

/// Time in force is a kind of order here.
fn order(told: &Told<'_>, cx: &Cx<'_>) -> Result<NewOrder, Wrong> {
    use TimeInForce as Time;
    let listed = cx.directory.symbol(told.symbol);
    let instrument = &listed.map_err(|_| Wrong::Symbol)?.instrument;
    let (is_market, time_in_force) = match told.kind {
        "LIMIT" => (false, Time::GoodTillCancelled),
        "LIMIT_MAKER" => (false, Time::PostOnly),
        "IMMEDIATE_OR_CANCEL" => (false, Time::ImmediateOrCancel),
        "FILL_OR_KILL" => (false, Time::FillOrKill),
        "MARKET" => (true, Time::ImmediateOrCancel),
        _ => return Err(Wrong::Bad("type")),
    };
    let limit = match (is_market, told.price) {
        (true, _) => None,
        (false, None) => return Err(Wrong::Missing("price")),
        (false, Some(text)) => {
            let price = Num::new(text).price("price", instrument);
            let price = price.map_err(|why| number("price", &why))?;
            Some(price).filter(|it| it.mantissa() > 0)
        }
    };
    if !is_market && limit.is_none() {
        return Err(Wrong::Bad("price"));
    }
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if told.client.len() > CLIENT_MAX || !told.client.bytes().all(is_sound) {
        return Err(Wrong::ClientId);
    }
    Ok(NewOrder {
        instrument: instrument.id,
        side: side(told.side).ok_or(Wrong::Bad("side"))?,
        size: size(told, is_market, instrument)?,
        limit,
        time_in_force,
        until: None,
        reduce_only: false,
        position: PositionSide::Net,
        client: told.client.to_string(),
        shown: None,
        trigger: None,
        self_trade: match told.self_trade {
            "" => SelfTrade::Unsaid,
            "CANCEL_TAKER" => SelfTrade::ExpireTaker,
            "CANCEL_MAKER" => SelfTrade::ExpireMaker,
            "CANCEL_BOTH" => SelfTrade::ExpireBoth,
            _ => return Err(Wrong::Bad("stpMode")),
        },
    })
}

/// Base units, or for market orders what is to be spent.
fn size(told: &Told<'_>, is_market: bool, of: &Instrument) -> Result<Size, Wrong> {
    match (told.quantity, told.quote) {
        (Some(text), _) => {
            let qty = Num::new(text).qty("quantity", of);
            let qty = qty.map_err(|why| number("quantity", &why))?;
            match qty.mantissa() > 0 {
                true => Ok(Size::Base(qty)),
                false => Err(Wrong::Bad("quantity")),
            }
        }
        (None, Some(text)) if is_market => {
            let bad = Wrong::Bad("quoteOrderQty");
            match Num::new(text).money("quoteOrderQty") {
                Ok(amount) if amount > Money::ZERO => Ok(Size::Quote(amount)),
                _ => Err(bad),
            }
        }
        (None, _) if is_market => Err(Wrong::OneOf(&["quantity", "quoteOrderQty"])),
        (None, _) => Err(Wrong::Missing("quantity")),
    }
}

/// Too many decimals, or no number at all.
fn number(name: &'static str, why: &WireError) -> Wrong {
    match why {
        WireError::Number {
            why: NumberError::Decimals(_),
            ..
        } => Wrong::Precision(name),
        _ => Wrong::Bad(name),
    }
}
