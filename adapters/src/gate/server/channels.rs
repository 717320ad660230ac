//! Connections, and the channels that they subscribe to.

use onetape_core::names::InstrumentId;
use onetape_core::time::Span;

use crate::gate::Market;
use crate::server::Cx;
use crate::server::call::{Channel, Line, Refused, Stream, Way};
use crate::server::wrong::Wrong;

/// Channels of the account.
const PRIVATE: [&str; 16] = [
    "orders",
    "orders_v2",
    "usertrades",
    "usertrades_v2",
    "balances",
    "positions",
    "priceorders",
    "autoorders",
    "margin_balances",
    "cross_balances",
    "funding_balances",
    "liquidates",
    "auto_deleverages",
    "position_closes",
    "position_adl_rank",
    "reduce_risk_limits",
];

/// A connection by its address.
///
/// # Errors
/// When it is none of the market.
pub fn open(market: Market, path: &str, _query: &str, _cx: &Cx<'_>) -> Result<Line, Box<Refused>> {
    let path = path.trim_end_matches('/');
    let known = match market {
        Market::Spot => matches!(path, "/ws/v4" | "/v4/ws/spot"),
        Market::Usdt => matches!(path, "/v4/ws/usdt" | "/v4/ws/futures/usdt"),
        Market::Btc => matches!(path, "/v4/ws" | "/v4/ws/btc"),
    };
    match known {
        true => Ok(Line {
            route: market.venue(),
            ..Line::default()
        }),
        false => Err(Box::new(Refused {
            wrong: Wrong::Route,
            way: Way::default(),
        })),
    }
}

/// The word before the channels of a market.
pub(super) const fn place(market: Market) -> &'static str {
    match market {
        Market::Spot => "spot",
        Market::Usdt | Market::Btc => "futures",
    }
}

/// The channel's own name, where it is the market's.
pub(super) fn own_name(market: Market, channel: &str) -> Option<&str> {
    let (of, name) = channel.split_once('.')?;
    (of == place(market)).then_some(name)
}

pub(super) fn is_private(name: &str) -> bool {
    PRIVATE.contains(&name)
}

/// The streams of a channel and its payload. A stream is called by its channel; of the second kind of books, its own
/// name stands behind that.
pub(super) fn streams(
    market: Market,
    channel: &str,
    payload: &[String],
    cx: &Cx<'_>,
) -> Result<Vec<Stream>, Wrong> {
    let name = own_name(market, channel).ok_or(Wrong::Route)?;
    let by_symbol = |kind: Channel| {
        let each = payload.iter().map(|symbol| {
            Ok(Stream {
                channel: kind,
                instrument: Some(named(symbol, cx)?),
                name: channel.to_string(),
            })
        });
        match payload.is_empty() {
            true => Err(Wrong::Missing("payload")),
            false => each.collect(),
        }
    };
    let word = |at: usize| payload.get(at).map(String::as_str);
    let one = |kind, instrument, name: String| {
        Ok(vec![Stream {
            channel: kind,
            instrument,
            name,
        }])
    };
    match name {
        "book_ticker" => by_symbol(Channel::Quote),
        "trades" | "trades_v2" => by_symbol(Channel::Prints),
        "tickers" if market == Market::Spot => by_symbol(Channel::Ticker),
        "tickers" => by_symbol(Channel::Mark(Span::from_millis(1_000))),
        "order_book_update" => {
            let of = named(word(0).ok_or(Wrong::Missing("payload"))?, cx)?;
            let kind = Channel::Depth(every(word(1))?);
            one(kind, Some(of), channel.to_string())
        }
        "order_book" => {
            let of = named(word(0).ok_or(Wrong::Missing("payload"))?, cx)?;
            let levels = word(1).and_then(|it| it.parse().ok());
            let levels = levels.filter(|it| (1..=100).contains(it));
            let kind = Channel::Levels(levels.ok_or(Wrong::Bad("level"))?, Span::from_millis(100));
            one(kind, Some(of), channel.to_string())
        }
        "obu" => {
            let stream = word(0).ok_or(Wrong::Missing("payload"))?;
            let inner = stream
                .strip_prefix("ob.")
                .and_then(|it| it.rsplit_once('.'));
            let (symbol, levels) = inner.ok_or(Wrong::Bad("payload"))?;
            let every = match levels {
                "50" => 20,
                "400" => 100,
                _ => return Err(Wrong::Bad("payload")),
            };
            let kind = Channel::Depth(Span::from_millis(every));
            one(
                kind,
                Some(named(symbol, cx)?),
                format!("{channel} {stream}"),
            )
        }
        "orders" | "orders_v2" => of_account(market, Channel::Orders, channel, payload, cx),
        "usertrades" | "usertrades_v2" => of_account(market, Channel::Fills, channel, payload, cx),
        "balances" => one(Channel::Balances, None, channel.to_string()),
        "positions" => of_account(market, Channel::Positions, channel, payload, cx),
        "candlesticks" | "contract_stats" | "public_liquidates" => {
            one(Channel::Silent, None, channel.to_string())
        }
        name if is_private(name) => one(Channel::Silent, None, channel.to_string()),
        _ => Err(Wrong::Route),
    }
}

/// Symbols, or all; on futures the number of the account stands before them.
fn of_account(
    market: Market,
    kind: Channel,
    channel: &str,
    payload: &[String],
    cx: &Cx<'_>,
) -> Result<Vec<Stream>, Wrong> {
    let skip = usize::from(market != Market::Spot);
    let each = payload.iter().skip(skip).map(|symbol| {
        let instrument = match symbol.as_str() {
            "!all" => None,
            symbol => Some(named(symbol, cx)?),
        };
        Ok(Stream {
            channel: kind,
            instrument,
            name: channel.to_string(),
        })
    });
    let found: Vec<_> = each.collect::<Result<_, Wrong>>()?;
    match found.is_empty() {
        true => Err(Wrong::Missing("payload")),
        false => Ok(found),
    }
}

fn named(symbol: &str, cx: &Cx<'_>) -> Result<InstrumentId, Wrong> {
    let found = cx.directory.symbol(symbol);
    found.map(|it| it.instrument.id).map_err(|_| Wrong::Symbol)
}

fn every(word: Option<&str>) -> Result<Span, Wrong> {
    match word {
        Some("20ms") => Ok(Span::from_millis(20)),
        Some("100ms") => Ok(Span::from_millis(100)),
        Some("1000ms") => Ok(Span::from_millis(1_000)),
        _ => Err(Wrong::Bad("interval")),
    }
}
