//! Candles: `candlesticks`.

use onetape_core::time::Span;
use serde::Deserialize;

use super::decode::field;
use super::wire::{Many, Text};
use super::{DecodeError, Message, WireCandle};
use crate::stamp;

/// `n` is the interval and the symbol: `1m_BTC_USDT`.
#[derive(Deserialize)]
struct Candle<'a> {
    #[serde(borrow)]
    t: Text<'a>,
    #[serde(borrow)]
    n: Text<'a>,
    #[serde(borrow)]
    o: Text<'a>,
    #[serde(borrow)]
    h: Text<'a>,
    #[serde(borrow)]
    l: Text<'a>,
    #[serde(borrow)]
    c: Text<'a>,
    w: Option<bool>,
}

pub(super) fn candles(text: &str) -> Result<Message<'_>, DecodeError> {
    let read: Many<Candle<'_>> = serde_json::from_str(text)?;
    let candles: Result<Vec<_>, _> = read.0.iter().map(candle).collect();
    candles.map(Message::Candles)
}

fn candle<'a>(read: &Candle<'a>) -> Result<WireCandle<'a>, DecodeError> {
    let sound = || field("candlesticks", "n");
    let (interval, symbol) = read.n.0.split_once('_').ok_or_else(sound)?;
    Ok(WireCandle {
        symbol,
        span: span(interval).ok_or_else(sound)?,
        start: stamp::of_seconds(read.t.0).ok_or_else(|| field("candlesticks", "t"))?,
        open: read.o.0,
        high: read.h.0,
        low: read.l.0,
        close: read.c.0,
        closed: read.w,
    })
}

/// `10s`, `5m`, `4h`, `1d`; a month (`30d`) is counted in days.
fn span(text: &str) -> Option<Span> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let count: u16 = count.parse().ok().filter(|count| *count > 0)?;
    Some(Span::from_millis(i64::from(count) * seconds * 1_000))
}
