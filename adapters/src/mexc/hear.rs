//! Messages of streams: binary frames with data, text frames with answers to subscriptions.

use onetape_core::event::{Body as Event, DepthUpdate, Level, Quote, Trade};
use onetape_core::instrument::Side;
use onetape_core::time::Ts;
use serde::Deserialize;

use super::proto::{self, AggreBookTicker, Body, PrivateDeals, PrivateOrders, Push};
use super::{amount, decode};
use crate::counts::{Counts, Unused};
use crate::directory::{Directory, Listed};
use crate::error::WireError;
use crate::news::{MarketNews, News};
use crate::number::Num;
use crate::report::{BalanceReport, Charge, OrderReport, ReportState, TradeReport, trade_number};

/// Hears a binary frame: what it says is appended to `out`, what is of no use is counted.
///
/// # Errors
/// When the bytes are no frame, or a number in it cannot be held.
pub fn hear_bytes(
    bytes: &[u8],
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let push = decode(bytes)?;
    let Some(body) = &push.body else {
        counts.add(Unused::UnknownKind, &push.channel);
        return Ok(());
    };
    match body {
        Body::PrivateAccount(account) => return balance(account, directory, counts, out),
        Body::Kline(_)
        | Body::MiniTicker(_)
        | Body::MiniTickers(_)
        | Body::LimitDepths(_)
        | Body::BookTicker(_) => {
            counts.add(Unused::NotNeeded, &push.channel);
            return Ok(());
        }
        Body::Deals(_) | Body::IncreaseDepths(_) | Body::IncreaseDepthsBatch(_) => {
            counts.add(Unused::Retired, &push.channel);
            return Ok(());
        }
        _ => {}
    }
    let symbol = push.symbol.as_deref().unwrap_or_default();
    let Ok(listed) = directory.symbol(symbol) else {
        counts.add(Unused::OtherSymbol, symbol);
        return Ok(());
    };
    match body {
        Body::AggreBookTicker(top) => quote(&push, top, listed, out),
        Body::BookTickerBatch(batch) => {
            (batch.items.iter()).try_for_each(|top| quote(&push, top, listed, out))
        }
        Body::AggreDepths(depths) => depth(&push, depths, listed, out),
        Body::AggreDeals(deals) => trades(deals, listed, counts, out),
        Body::PrivateOrders(read) => order(read, listed, directory, counts, out),
        Body::PrivateDeals(read) => deal(read, listed, directory, counts, out),
        _ => Ok(()),
    }
}

fn market(body: Event, ts_venue: Ts, id: u64) -> News {
    News::Market(MarketNews { body, ts_venue, id })
}

/// A number of a print or a quote, where it is one.
fn number(text: &str) -> u64 {
    text.parse::<i64>().map_or(0, |id| id.max(0).unsigned_abs())
}

fn quote(
    push: &Push,
    top: &AggreBookTicker,
    listed: &Listed,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let quote = Quote {
        instrument: listed.instrument.id,
        bid: level(&top.bid_price, &top.bid_quantity, listed)?,
        ask: level(&top.ask_price, &top.ask_quantity, listed)?,
    };
    let time = top.last_order_create_time.or(push.send_time);
    let id = number(top.version.as_deref().unwrap_or_default());
    out.push(market(Event::Quote(quote), millis(time), id));
    Ok(())
}

/// A level; an empty side has none, which is a level of nothing.
fn level(price: &str, qty: &str, listed: &Listed) -> Result<Level, WireError> {
    if price.is_empty() {
        return Ok(Level::default());
    }
    Ok(Level {
        price: Num::new(price).price("price", &listed.instrument)?,
        qty: listed.shown("quantity", &Num::new(qty))?,
    })
}

fn depth(
    push: &Push,
    read: &proto::AggreDepths,
    listed: &Listed,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let side = |levels: &[proto::Level]| -> Result<Vec<Level>, WireError> {
        let each = levels.iter();
        each.map(|at| level(&at.price, &at.quantity, listed))
            .collect()
    };
    let update = DepthUpdate {
        instrument: listed.instrument.id,
        snapshot: false,
        first: Num::new(&read.from_version).count("fromVersion")?,
        last: Num::new(&read.to_version).count("toVersion")?,
        prev: None,
        bids: side(&read.bids)?,
        asks: side(&read.asks)?,
    };
    let time = read.last_order_create_time.or(push.send_time);
    out.push(market(Event::Depth(Box::new(update)), millis(time), 0));
    Ok(())
}

fn trades(
    read: &proto::AggreDeals,
    listed: &Listed,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    for deal in &read.deals {
        let Some(aggressor) = side(deal.trade_type, counts) else {
            continue;
        };
        let Level { price, qty } = level(&deal.price, &deal.quantity, listed)?;
        let trade = Trade {
            instrument: listed.instrument.id,
            price,
            qty,
            aggressor,
        };
        let id = number(&deal.trade_id);
        out.push(market(Event::Trade(trade), millis(Some(deal.time)), id));
    }
    Ok(())
}

fn side(word: i32, counts: &mut Counts) -> Option<Side> {
    match word {
        1 => Some(Side::Buy),
        2 => Some(Side::Sell),
        other => {
            counts.add(Unused::UnknownWord, &format!("tradeType {other}"));
            None
        }
    }
}

fn order(
    read: &PrivateOrders,
    listed: &Listed,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let inst = &listed.instrument;
    // What does not rest is not taken back by anybody: it ends by its own terms.
    let gone = match read.order_type {
        3..=5 => ReportState::Expired,
        _ => ReportState::Cancelled,
    };
    let state = match read.status {
        1 => ReportState::Open,
        2 => ReportState::Filled,
        3 => ReportState::PartiallyFilled,
        4 | 5 => gone,
        other => {
            counts.add(Unused::UnknownWord, &format!("status {other}"));
            ReportState::Unclear
        }
    };
    let qty = |field, text: &str| match text {
        "" => Ok(None),
        text => Num::new(text).qty(field, inst).map(Some),
    };
    let limit = match read.price.as_str() {
        "" => None,
        text => Some(Num::new(text).price("price", inst)?).filter(|it| it.mantissa() > 0),
    };
    let client = directory.client(&read.client_id, "");
    let mut report = OrderReport::new(inst.id, client, read.id.clone(), state);
    report.side = side(read.trade_type, counts);
    report.qty = qty("quantity", &read.quantity)?;
    report.filled = qty("cumulativeQuantity", &read.cumulative_quantity)?;
    report.filled_quote = Some(amount("cumulativeAmount", &read.cumulative_amount)?);
    report.limit = limit;
    report.at = millis(Some(read.create_time));
    out.push(News::Order(Box::new(report)));
    Ok(())
}

fn deal(
    read: &PrivateDeals,
    listed: &Listed,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let inst = &listed.instrument;
    let trade = TradeReport {
        client: directory.client(&read.client_order_id, ""),
        venue_id: read.order_id.clone(),
        instrument: inst.id,
        trade_id: trade_number(&read.trade_id),
        side: side(read.trade_type, counts),
        price: Num::new(&read.price).price("price", inst)?,
        qty: Num::new(&read.quantity).qty("quantity", inst)?,
        fee: charge(&read.fee_currency, &read.fee_amount)?,
        maker: Some(read.is_maker),
        at: millis(Some(read.time)),
    };
    out.push(News::Trade(Box::new(trade)));
    Ok(())
}

/// A fee; an amount without an asset is none.
pub(super) fn charge(asset: &str, text: &str) -> Result<Option<Charge>, WireError> {
    let amount = amount("fee", text)?;
    Ok((!asset.is_empty()).then(|| Charge {
        asset: asset.to_string(),
        amount,
    }))
}

fn balance(
    read: &proto::PrivateAccount,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let Ok(asset) = directory.asset(&read.vcoin_name) else {
        counts.add(Unused::OtherAsset, &read.vcoin_name);
        return Ok(());
    };
    out.push(News::Balance(BalanceReport {
        asset,
        free: amount("balanceAmount", &read.balance_amount)?,
        locked: amount("frozenAmount", &read.frozen_amount)?,
        at: millis(Some(read.time)),
    }));
    Ok(())
}

/// Milliseconds as a time; zero and what cannot be is not told.
pub(super) fn millis(millis: Option<i64>) -> Ts {
    millis
        .filter(|millis| *millis > 0)
        .and_then(|millis| millis.checked_mul(1_000_000))
        .map_or(Ts::UNKNOWN, Ts::from_nanos)
}

/// What the venue says of a subscription that it does not take, before its channel in brackets.
const REFUSED: &str = "Not Subscribed successfully!";

/// Hears a text frame.
///
/// # Errors
/// When the text is no JSON object.
pub fn hear(
    text: &str,
    _directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    #[derive(Deserialize)]
    struct Said {
        code: Option<i64>,
        msg: Option<String>,
        /// The channel of a message of the interface before protobuf.
        c: Option<String>,
    }
    let said: Said =
        serde_json::from_str(text).map_err(|why| WireError::json("a text frame", &why))?;
    match (said.code, said.msg, said.c) {
        (_, Some(words), _) if words == "PONG" => out.push(News::Pong),
        // A refusal has code 0 too: only the channels themselves are a yes.
        (Some(0), Some(words), _) if words.starts_with("spot@") && !words.contains(' ') => {
            let channels = words.split(',').map(str::to_string);
            out.extend(channels.map(News::Subscribed));
        }
        (_, Some(words), _) => {
            let inside = words
                .split_once('[')
                .and_then(|(_, rest)| rest.split_once(']'));
            let channel = match inside {
                Some((channel, _)) if words.starts_with(REFUSED) => channel.to_string(),
                _ => String::new(),
            };
            out.push(News::Refused(channel, words));
        }
        (_, None, Some(channel)) => counts.add(Unused::Retired, &channel),
        _ => counts.add(Unused::UnknownKind, "a text frame"),
    }
    Ok(())
}
