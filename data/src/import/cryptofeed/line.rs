//! The lines of a cryptofeed capture, and whose they are.

use onetape_adapters::{binance, gate, stamp};
use onetape_core::time::Ts;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CaptureLine<'a> {
    /// `<url> <-> <time>`: a connection was opened.
    Opened { url: &'a str },
    /// `<url> <- <time>: <JSON>`: something was sent.
    Sent { url: &'a str },
    /// `<url> -> <time>: <JSON>`: the answer to a request by REST.
    Answer { url: &'a str, ts: Ts, text: &'a str },
    /// `<time>: <JSON>`: a message came.
    Message { ts: Ts, text: &'a str },
    /// `configuration: <JSON>`: what the recorder was told.
    Configuration,
}

impl<'a> CaptureLine<'a> {
    /// Reads a line; `None` for what is none.
    pub(super) fn read(line: &'a str) -> Option<Self> {
        let line = line.trim_end();
        if line.starts_with("configuration: ") {
            return Some(Self::Configuration);
        }
        let (head, rest) = match line.split_once(' ') {
            Some((url, rest)) if url.contains("://") => (Some(url), rest),
            _ => (None, line),
        };
        let Some(url) = head else {
            let (ts, text) = stamped(line)?;
            return Some(Self::Message { ts, text });
        };
        match rest.split_once(' ')? {
            ("<->", time) => stamp::of_seconds(time).map(|_| Self::Opened { url }),
            ("<-", rest) => stamped(rest).map(|_| Self::Sent { url }),
            ("->", rest) => {
                let (ts, text) = stamped(rest)?;
                Some(Self::Answer { url, ts, text })
            }
            _ => None,
        }
    }
}

fn stamped(text: &str) -> Option<(Ts, &str)> {
    let (time, rest) = text.split_once(": ")?;
    Some((stamp::of_seconds(time)?, rest))
}

/// Whose protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Binance(binance::Market),
    Gate(gate::Market),
}

impl Place {
    /// By the address of a request or a connection.
    pub(super) fn of(url: &str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.split(':').next()?;
        if host.ends_with(".binance.com") {
            return Some(Self::Binance(match host.split('.').next()? {
                "fapi" | "fstream" => binance::Market::Usdm,
                "dapi" | "dstream" => binance::Market::Coinm,
                "api" | "stream" => binance::Market::Spot,
                _ => return None,
            }));
        }
        let is_gate = [".gateio.ws", ".gate.com", ".gateapi.io"];
        if !is_gate.iter().any(|end| host.ends_with(end)) {
            return None;
        }
        let has = |part: &str| path.contains(part);
        Some(Self::Gate(if has("futures/usdt") || has("ws/usdt") {
            gate::Market::Usdt
        } else if has("futures/btc") || has("ws/btc") {
            gate::Market::Btc
        } else if has("spot/") || has("ws/v4") {
            gate::Market::Spot
        } else {
            return None;
        }))
    }

    pub(super) const fn venue(self) -> &'static str {
        match self {
            Self::Binance(market) => market.venue(),
            Self::Gate(market) => market.venue(),
        }
    }
}

/// What was asked for by REST.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// The order book of a symbol.
    Book(&'a str),
    /// The list of instruments.
    Rules,
    /// Anything else, by the last part of its path.
    Other(&'a str),
}

impl<'a> Request<'a> {
    pub(super) fn of(url: &'a str) -> Self {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let name = path.rsplit('/').next().unwrap_or(path);
        let symbol = || {
            query.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                ["symbol", "currency_pair", "contract"]
                    .contains(&key)
                    .then_some(value)
            })
        };
        match (name, symbol()) {
            ("depth" | "order_book", Some(symbol)) => Self::Book(symbol),
            ("exchangeInfo" | "currency_pairs" | "contracts", _) => Self::Rules,
            _ => Self::Other(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_line_is_told() {
        let ts = Ts::from_nanos(1_600_000_000_063_356_900);
        for (line, expected) in [
            (
                "1600000000.0633569: {\"a\": 1}",
                Some(CaptureLine::Message {
                    ts,
                    text: "{\"a\": 1}",
                }),
            ),
            (
                "https://api.gateio.ws/api/v4/x?a=b -> 1600000000.0633569: []",
                Some(CaptureLine::Answer {
                    url: "https://api.gateio.ws/api/v4/x?a=b",
                    ts,
                    text: "[]",
                }),
            ),
            (
                "wss://api.gateio.ws/ws/v4/ <-> 1600000000.06",
                Some(CaptureLine::Opened {
                    url: "wss://api.gateio.ws/ws/v4/",
                }),
            ),
            (
                "wss://api.gateio.ws/ws/v4/ <- 1600000000.06: {}",
                Some(CaptureLine::Sent {
                    url: "wss://api.gateio.ws/ws/v4/",
                }),
            ),
            ("configuration: {}", Some(CaptureLine::Configuration)),
            ("1600000000.0633569 {}", None),
            ("yesterday: {}", None),
            ("wss://x ?? 1600000000.06: {}", None),
            ("", None),
        ] {
            assert_eq!(CaptureLine::read(line), expected, "{line}");
        }
    }

    #[test]
    fn addresses_tell_the_venue() {
        for (url, venue) in [
            (
                "wss://stream.binance.com:9443/stream?streams=a@depth",
                Some("binance-spot"),
            ),
            (
                "https://fapi.binance.com/fapi/v1/exchangeInfo",
                Some("binance-usdm"),
            ),
            ("wss://dstream.binance.com/stream", Some("binance-coinm")),
            ("wss://api.gateio.ws/ws/v4/", Some("gate-spot")),
            (
                "https://api.gateio.ws/api/v4/spot/currency_pairs",
                Some("gate-spot"),
            ),
            (
                "https://api.gateio.ws/api/v4/futures/usdt/contracts",
                Some("gate-usdt"),
            ),
            ("wss://fx-ws.gateio.ws/v4/ws/usdt", Some("gate-usdt")),
            ("wss://fx-ws.gateio.ws/v4/ws/btc", Some("gate-btc")),
            ("wss://ws.kraken.com", None),
            ("https://api.gateio.ws/api/v4/wallet/fee", None),
        ] {
            assert_eq!(Place::of(url).map(Place::venue), venue, "{url}");
        }
        let books = "https://api.gateio.ws/api/v4/spot/order_book?currency_pair=A_B&limit=100";
        assert_eq!(Request::of(books), Request::Book("A_B"));
        assert_eq!(Request::of("https://x/api/v3/exchangeInfo"), Request::Rules);
        assert_eq!(
            Request::of("https://x/api/v3/depth"),
            Request::Other("depth")
        );
    }
}
