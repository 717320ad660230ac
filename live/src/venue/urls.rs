//! Where a venue is: presets, and what the user puts in their place.

use onetape_adapters::feed::Socket;
use onetape_adapters::gate;
use onetape_adapters::protocol::Protocol;

use crate::net::{Endpoint, EndpointError};

/// Why there are no addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlsError {
    /// The venue has no testnet.
    #[error(
        "{0} has no testnet: use paper with its live market data, or a local exchange (onetape venue serve)"
    )]
    NoTestnet(&'static str),
    /// One of them is not taken.
    #[error("the {field} URL of {venue}: {why}")]
    Url {
        /// Whose.
        venue: &'static str,
        /// Which.
        field: &'static str,
        /// Why not.
        why: EndpointError,
    },
}

/// The addresses of one venue.
///
/// For HTTP, a path in the address goes before the path of each request. For WebSocket, an address without a path gets the
/// venue's own; one with a path is taken as it is, and only the key of a private stream is put behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// Requests by HTTP.
    pub rest: Endpoint,
    /// Market data.
    pub market: Endpoint,
    /// Market data of a high rate, where the venue has it apart.
    pub book: Endpoint,
    /// The account's own news.
    pub account: Endpoint,
    /// Orders and other requests by frame.
    pub orders: Endpoint,
}

/// Addresses that stand in place of a preset's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// For [`Urls::rest`].
    pub rest: Option<String>,
    /// For [`Urls::market`].
    pub market: Option<String>,
    /// For [`Urls::book`].
    pub book: Option<String>,
    /// For [`Urls::account`].
    pub account: Option<String>,
    /// For [`Urls::orders`].
    pub orders: Option<String>,
}

/// Market data, book, account, orders: where those of the venue's own hosts are.
struct Preset {
    rest: &'static str,
    market: &'static str,
    account: &'static str,
    orders: &'static str,
}

const fn production(protocol: Protocol) -> Preset {
    match protocol {
        Protocol::BinanceSpot => Preset {
            rest: "https://api.binance.com",
            market: "wss://stream.binance.com:9443",
            account: "wss://ws-api.binance.com",
            orders: "wss://ws-api.binance.com",
        },
        Protocol::BinanceUsdm => Preset {
            rest: "https://fapi.binance.com",
            market: "wss://fstream.binance.com",
            account: "wss://fstream.binance.com",
            orders: "wss://ws-fapi.binance.com",
        },
        Protocol::MexcSpot => Preset {
            rest: "https://api.mexc.com",
            market: "wss://wbs-api.mexc.com",
            account: "wss://wbs-api.mexc.com",
            orders: "wss://wbs-api.mexc.com",
        },
        Protocol::GateSpot => Preset {
            rest: "https://api.gateio.ws",
            market: "wss://api.gateio.ws",
            account: "wss://api.gateio.ws",
            orders: "wss://api.gateio.ws",
        },
        Protocol::GateUsdt => Preset {
            rest: "https://api.gateio.ws",
            market: "wss://fx-ws.gateio.ws",
            account: "wss://fx-ws.gateio.ws",
            orders: "wss://fx-ws.gateio.ws",
        },
    }
}

const fn testnet(protocol: Protocol) -> Option<Preset> {
    Some(match protocol {
        Protocol::BinanceSpot => Preset {
            rest: "https://testnet.binance.vision",
            market: "wss://stream.testnet.binance.vision",
            account: "wss://ws-api.testnet.binance.vision",
            orders: "wss://ws-api.testnet.binance.vision",
        },
        Protocol::BinanceUsdm => Preset {
            rest: "https://demo-fapi.binance.com",
            market: "wss://demo-fstream.binance.com",
            account: "wss://demo-fstream.binance.com",
            orders: "wss://testnet.binancefuture.com",
        },
        Protocol::MexcSpot => return None,
        Protocol::GateSpot => Preset {
            rest: "https://api-testnet.gateapi.io",
            market: "wss://ws-testnet.gate.com/v4/ws/spot",
            account: "wss://ws-testnet.gate.com/v4/ws/spot",
            orders: "wss://ws-testnet.gate.com/v4/ws/spot",
        },
        Protocol::GateUsdt => Preset {
            rest: "https://api-testnet.gateapi.io",
            market: "wss://ws-testnet.gate.com/v4/ws/futures/usdt",
            account: "wss://ws-testnet.gate.com/v4/ws/futures/usdt",
            orders: "wss://ws-testnet.gate.com/v4/ws/futures/usdt",
        },
    })
}

impl Urls {
    /// The venue itself.
    ///
    /// # Errors
    /// When an address of `with` is not taken.
    pub fn production(protocol: Protocol, with: &Overrides) -> Result<Self, UrlsError> {
        Self::of(protocol, &production(protocol), with)
    }

    /// The venue's testnet.
    ///
    /// # Errors
    /// When it has none, or an address of `with` is not taken.
    pub fn testnet(protocol: Protocol, with: &Overrides) -> Result<Self, UrlsError> {
        let preset = testnet(protocol).ok_or(UrlsError::NoTestnet(protocol.venue()))?;
        Self::of(protocol, &preset, with)
    }

    /// A local exchange at `host:port`, everything on one address of this machine, without TLS.
    ///
    /// # Errors
    /// When the address is not one of this machine, or an address of `with` is not taken.
    pub fn local(protocol: Protocol, at: &str, with: &Overrides) -> Result<Self, UrlsError> {
        let (rest, socket) = (format!("http://{at}"), format!("ws://{at}"));
        Self::from_parts(protocol, [&rest, &socket, &socket, &socket, &socket], with)
    }

    fn of(protocol: Protocol, preset: &Preset, with: &Overrides) -> Result<Self, UrlsError> {
        let Preset {
            rest,
            market,
            account,
            orders,
        } = preset;
        Self::from_parts(protocol, [rest, market, market, account, orders], with)
    }

    fn from_parts(
        protocol: Protocol,
        preset: [&str; 5],
        with: &Overrides,
    ) -> Result<Self, UrlsError> {
        let [rest, market, book, account, orders] = preset;
        let read = |field, preset: &str, own: &Option<String>| {
            let text = own.as_deref().unwrap_or(preset);
            text.parse::<Endpoint>().map_err(|why| UrlsError::Url {
                venue: protocol.venue(),
                field,
                why,
            })
        };
        Ok(Self {
            rest: read("rest", rest, &with.rest)?,
            market: read("market", market, &with.market)?,
            // Whoever moves the market data moves all of it, unless told otherwise.
            book: read("book", book, &with.book.clone().or(with.market.clone()))?,
            account: read("account", account, &with.account)?,
            orders: read("orders", orders, &with.orders)?,
        })
    }

    /// Where a connection goes; `None` where the venue has no such one. `stream_key` is read for one that hangs on it.
    pub fn socket(&self, protocol: Protocol, socket: Socket, stream_key: &str) -> Option<Endpoint> {
        let path = protocol.path(socket, stream_key)?;
        let base = match socket {
            Socket::Market => &self.market,
            Socket::Book => &self.book,
            Socket::Account => &self.account,
            Socket::Orders => &self.orders,
        };
        let own = base.target().trim_end_matches('/');
        if own.is_empty() {
            return Some(base.with_target(&path));
        }
        if !protocol.has_stream_key() || socket != Socket::Account {
            return Some(base.clone());
        }
        Some(base.with_target(&match protocol {
            Protocol::MexcSpot => format!("{own}?listenKey={stream_key}"),
            _ => format!("{own}/{stream_key}"),
        }))
    }

    /// Headers that a connection begins with.
    pub fn socket_headers(protocol: Protocol) -> Vec<(String, String)> {
        let (name, value) = gate::futures::SIZE_DECIMAL;
        match protocol {
            // Without it sizes are cut to whole contracts.
            Protocol::GateUsdt => vec![(name.to_string(), value.to_string())],
            _ => Vec::new(),
        }
    }

    /// The target of a request by HTTP.
    pub fn rest_target(&self, target: &str) -> String {
        format!("{}{target}", self.rest.target().trim_end_matches('/'))
    }
}
