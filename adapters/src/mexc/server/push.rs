//! Binary frames of the streams.

use onetape_core::event::{DepthUpdate, Level, Quote, Trade};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::time::Ts;
use prost::Message as _;

use super::numbers::{millis, price, qty};
use crate::mexc::proto::{self, AggreBookTicker, AggreDeals, AggreDepths, Body, Deal, Push};

/// A frame of a channel. The instrument is `None` for news of balances.
pub(super) fn frame(channel: &str, of: Option<&Instrument>, at: Ts, body: Body) -> Vec<u8> {
    Push {
        channel: channel.to_string(),
        symbol: of.map(|it| it.symbol.clone()),
        symbol_id: None,
        create_time: None,
        send_time: Some(millis(at)),
        body: Some(body),
    }
    .encode_to_vec()
}

/// The channel as its messages repeat it: without the symbol.
pub(super) fn kind_of(channel: &str) -> String {
    let kind = channel.rsplit_once('@').map_or(channel, |(kind, _)| kind);
    kind.to_string()
}

/// A level; an empty side has none.
fn level(at: Level, of: &Instrument) -> (String, String) {
    match at.price.mantissa() {
        0 => (String::new(), String::new()),
        _ => (price(of, at.price), qty(of, at.qty)),
    }
}

/// Levels of a side.
pub(super) fn levels<'l>(
    side: impl Iterator<Item = &'l Level>,
    of: &Instrument,
) -> Vec<proto::Level> {
    side.map(|at| proto::Level {
        price: price(of, at.price),
        quantity: qty(of, at.qty),
    })
    .collect()
}

/// The top of a book at a version of it.
pub(super) fn top(quote: &Quote, version: u64, of: &Instrument, at: Ts) -> AggreBookTicker {
    let (bid_price, bid_quantity) = level(quote.bid, of);
    let (ask_price, ask_quantity) = level(quote.ask, of);
    AggreBookTicker {
        bid_price,
        bid_quantity,
        ask_price,
        ask_quantity,
        version: Some(version.to_string()),
        last_order_create_time: Some(millis(at)),
    }
}

/// Changes of a book.
pub(super) fn depth(channel: &str, update: &DepthUpdate, of: &Instrument, at: Ts) -> Body {
    Body::AggreDepths(AggreDepths {
        asks: levels(update.asks.iter(), of),
        bids: levels(update.bids.iter(), of),
        event_type: kind_of(channel),
        from_version: update.first.to_string(),
        to_version: update.last.to_string(),
        last_order_create_time: Some(millis(at)),
    })
}

/// A public print; `id` is empty where it has none.
pub(super) fn deal(channel: &str, trade: &Trade, id: &str, of: &Instrument, at: Ts) -> Body {
    Body::AggreDeals(AggreDeals {
        deals: vec![Deal {
            price: price(of, trade.price),
            quantity: qty(of, trade.qty),
            trade_type: side_number(trade.aggressor),
            time: millis(at),
            trade_id: id.to_string(),
        }],
        event_type: kind_of(channel),
    })
}

pub(super) const fn side_number(side: Side) -> i32 {
    match side {
        Side::Buy => 1,
        Side::Sell => 2,
    }
}
