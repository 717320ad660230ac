//! MEXC spot: public WebSocket frames, which are protobuf (`PushDataV3ApiWrapper`).
//!
//! The wrapper has the channel (field 1), the symbol (3), when it was sent (6) and one body, whose field number says
//! what it is: 303 limited depth, 308 candles, 313 aggregated depth, 314 aggregated deals, 315 aggregated top of book.
//! Only the last is read.

mod wire;

use onetape_core::time::Ts;

pub use wire::ProtoError;
use wire::{Fields, Value};

/// Field of the wrapper with an aggregated top of book.
const BOOK_TICKER: u32 = 315;

/// Bodies have numbers from here on.
const BODY_MIN: u32 = 301;

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The channel, such as `spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT`.
    pub channel: &'a str,
    /// Symbol.
    pub symbol: Option<&'a str>,
    /// When it was sent, by the venue's clock.
    pub sent: Option<Ts>,
    /// What it says.
    pub message: Message<'a>,
}

/// What a frame can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Aggregated top of book.
    Quote(WireQuote<'a>),
    /// Another body, by its field number; zero where there is none.
    Ignored(u32),
}

/// A price and a quantity as texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireLevel<'a> {
    /// Price; empty on an empty side.
    pub price: &'a str,
    /// Quantity.
    pub qty: &'a str,
}

/// Top of book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireQuote<'a> {
    /// Best bid.
    pub bid: WireLevel<'a>,
    /// Best ask.
    pub ask: WireLevel<'a>,
    /// Version of the book; older frames do not tell.
    pub version: Option<u64>,
    /// Time of the matching engine; older frames do not tell.
    pub time: Option<Ts>,
}

/// Why bytes are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not protobuf.
    #[error("broken protobuf: {0}")]
    Proto(#[from] ProtoError),
    /// A field that we know is not of its type, or has a value that cannot be.
    #[error("field {0} is not sound")]
    Field(u32),
}

/// Reads one frame.
///
/// # Errors
/// When the bytes are not protobuf, or a known field is not of its type.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    let mut frame = Decoded {
        channel: "",
        symbol: None,
        sent: None,
        message: Message::Ignored(0),
    };
    for field in Fields::of(bytes) {
        let (number, value) = field?;
        match number {
            1 => frame.channel = text(number, value)?,
            3 => frame.symbol = Some(text(number, value)?),
            6 => frame.sent = Some(millis(number, value)?),
            BOOK_TICKER => {
                let Value::Bytes(body) = value else {
                    return Err(DecodeError::Field(number));
                };
                frame.message = Message::Quote(quote(body)?);
            }
            BODY_MIN.. => frame.message = Message::Ignored(number),
            _ => {}
        }
    }
    Ok(frame)
}

fn quote(body: &[u8]) -> Result<WireQuote<'_>, DecodeError> {
    let mut quote = WireQuote::default();
    for field in Fields::of(body) {
        let (number, value) = field?;
        match number {
            1 => quote.bid.price = text(number, value)?,
            2 => quote.bid.qty = text(number, value)?,
            3 => quote.ask.price = text(number, value)?,
            4 => quote.ask.qty = text(number, value)?,
            5 => {
                let version = text(number, value)?.parse();
                quote.version = Some(version.map_err(|_| DecodeError::Field(number))?);
            }
            6 => quote.time = Some(millis(number, value)?),
            _ => {}
        }
    }
    Ok(quote)
}

fn text(number: u32, value: Value<'_>) -> Result<&str, DecodeError> {
    match value {
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
    .ok_or(DecodeError::Field(number))
}

fn millis(number: u32, value: Value<'_>) -> Result<Ts, DecodeError> {
    match value {
        Value::Number(millis) => (i64::try_from(millis).ok())
            .and_then(|millis| millis.checked_mul(1_000_000))
            .map(Ts::from_nanos),
        _ => None,
    }
    .ok_or(DecodeError::Field(number))
}

#[cfg(test)]
mod tests;
