//! The five protocols behind one name each, for a transport that knows none of them.

use onetape_core::time::Span;

use super::Cx;
use super::call::{Asked, Change, Channel, Line, LooseChange, Refused, Stream, Way};
use super::habits::{Charge, Habits};
use super::inbound::Inbound;
use super::news::News;
use super::outbound::Outbound;
use super::reply::Replied;
use super::wrong::Wrong;
use crate::binance::Market as BinanceMarket;
use crate::directory::Listed;
use crate::gate::Market as GateMarket;
use crate::request::Frame;
use crate::{binance, gate, mexc};

/// A venue's protocol, by the name that instruments and scenarios call the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// `binance-spot`.
    BinanceSpot,
    /// `binance-usdm`.
    BinanceUsdm,
    /// `mexc-spot`.
    MexcSpot,
    /// `gate-spot`.
    GateSpot,
    /// `gate-usdt`.
    GateUsdt,
}

/// Where a stream is told, besides its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat<'a> {
    /// The number of the account's stream on a connection for requests.
    pub subscription: Option<u64>,
    /// The key of the account's stream.
    pub key: &'a str,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::BinanceSpot,
        Self::BinanceUsdm,
        Self::MexcSpot,
        Self::GateSpot,
        Self::GateUsdt,
    ];

    /// The venue's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BinanceSpot => BinanceMarket::Spot.venue(),
            Self::BinanceUsdm => BinanceMarket::Usdm.venue(),
            Self::MexcSpot => "mexc-spot",
            Self::GateSpot => GateMarket::Spot.venue(),
            Self::GateUsdt => GateMarket::Usdt.venue(),
        }
    }

    /// The protocol of a venue.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// True for a venue of futures.
    pub const fn is_futures(self) -> bool {
        matches!(self, Self::BinanceUsdm | Self::GateUsdt)
    }

    /// The venue's symbol of a pair.
    pub fn symbol(self, base: &str, quote: &str) -> String {
        match self {
            Self::GateSpot | Self::GateUsdt => format!("{base}_{quote}"),
            _ => format!("{base}{quote}"),
        }
    }

    /// Paths of the interface: of requests, of WebSockets with market data, and of WebSockets that take orders (none
    /// where the venue has none).
    pub const fn paths(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::BinanceSpot => ("/api/v3", "/ws", "/ws-api/v3"),
            Self::BinanceUsdm => ("/fapi/v1", "/public/ws", "/ws-fapi/v1"),
            Self::MexcSpot => ("/api/v3", "/ws", ""),
            Self::GateSpot => ("/api/v4", "/ws/v4/", "/ws/v4/"),
            Self::GateUsdt => ("/api/v4", "/v4/ws/usdt", "/v4/ws/usdt"),
        }
    }

    /// What the venue does by itself and how much it takes.
    pub const fn habits(self) -> Habits {
        match self {
            Self::BinanceSpot => binance::server::habits(BinanceMarket::Spot),
            Self::BinanceUsdm => binance::server::habits(BinanceMarket::Usdm),
            Self::MexcSpot => mexc::server::habits(),
            Self::GateSpot => gate::server::habits(GateMarket::Spot),
            Self::GateUsdt => gate::server::habits(GateMarket::Usdt),
        }
    }

    /// What a request costs of the venue's limits; those whose state answers tell come first.
    pub fn charges(self, asked: &Asked) -> Vec<Charge> {
        match self {
            Self::BinanceSpot => binance::server::charges(BinanceMarket::Spot, asked),
            Self::BinanceUsdm => binance::server::charges(BinanceMarket::Usdm, asked),
            Self::MexcSpot => mexc::server::charges(asked),
            Self::GateSpot => gate::server::charges(GateMarket::Spot, asked),
            Self::GateUsdt => gate::server::charges(GateMarket::Usdt, asked),
        }
    }

    /// Reads a request over HTTP.
    ///
    /// # Errors
    /// Why it is refused; [`Protocol::refuse`] makes the answer.
    pub fn request(self, inbound: &Inbound<'_>, cx: &Cx<'_>) -> Result<Asked, Box<Refused>> {
        match self {
            Self::BinanceSpot => binance::server::request(BinanceMarket::Spot, inbound, cx),
            Self::BinanceUsdm => binance::server::request(BinanceMarket::Usdm, inbound, cx),
            Self::MexcSpot => mexc::server::request(inbound, cx),
            Self::GateSpot => gate::server::request(GateMarket::Spot, inbound, cx),
            Self::GateUsdt => gate::server::request(GateMarket::Usdt, inbound, cx),
        }
    }

    /// The answer to what was understood.
    pub fn reply(self, asked: &Asked, replied: &Replied, cx: &Cx<'_>) -> Outbound {
        match self {
            Self::BinanceSpot => binance::server::reply(BinanceMarket::Spot, asked, replied, cx),
            Self::BinanceUsdm => binance::server::reply(BinanceMarket::Usdm, asked, replied, cx),
            Self::MexcSpot => mexc::server::reply(&asked.way, replied, cx),
            Self::GateSpot => gate::server::reply(GateMarket::Spot, &asked.way, replied, cx),
            Self::GateUsdt => gate::server::reply(GateMarket::Usdt, &asked.way, replied, cx),
        }
    }

    /// The answer to what was not understood.
    pub fn refuse(self, refused: &Refused, cx: &Cx<'_>) -> Outbound {
        let replied = || Replied::of(Err(refused.wrong.clone()));
        match self {
            Self::BinanceSpot => binance::server::refuse(BinanceMarket::Spot, refused),
            Self::BinanceUsdm => binance::server::refuse(BinanceMarket::Usdm, refused),
            Self::MexcSpot => mexc::server::reply(&refused.way, &replied(), cx),
            Self::GateSpot => gate::server::reply(GateMarket::Spot, &refused.way, &replied(), cx),
            Self::GateUsdt => gate::server::reply(GateMarket::Usdt, &refused.way, &replied(), cx),
        }
    }

    /// Reads the address of a WebSocket connection.
    ///
    /// # Errors
    /// When it is none of the venue's.
    pub fn open(self, path: &str, query: &str, cx: &Cx<'_>) -> Result<Line, Box<Refused>> {
        let plain = |wrong| {
            let way = Way::default();
            Box::new(Refused { wrong, way })
        };
        match self {
            Self::BinanceSpot => {
                binance::server::open(BinanceMarket::Spot, path, query, cx).map_err(plain)
            }
            Self::BinanceUsdm => {
                binance::server::open(BinanceMarket::Usdm, path, query, cx).map_err(plain)
            }
            Self::MexcSpot => mexc::server::open(path, query, cx),
            Self::GateSpot => gate::server::open(GateMarket::Spot, path, query, cx),
            Self::GateUsdt => gate::server::open(GateMarket::Usdt, path, query, cx),
        }
    }

    /// Reads a message of a connection: what it asks, each with an answer of its own.
    pub fn frame(self, bytes: &[u8], line: &Line, cx: &Cx<'_>) -> Vec<Result<Asked, Box<Refused>>> {
        let of_binance = |market| {
            // What is no text cannot be read as JSON either.
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            vec![binance::server::frame(market, text, line, cx)]
        };
        match self {
            Self::BinanceSpot => of_binance(BinanceMarket::Spot),
            Self::BinanceUsdm => of_binance(BinanceMarket::Usdm),
            Self::MexcSpot => mexc::server::frame(bytes, line, cx),
            Self::GateSpot => vec![gate::server::frame(GateMarket::Spot, bytes, line, cx)],
            Self::GateUsdt => vec![gate::server::frame(GateMarket::Usdt, bytes, line, cx)],
        }
    }

    /// What is told of a message before its answer: that it came. `None` where there is no such answer.
    pub fn ack(self, asked: &Asked, replied: &Replied, cx: &Cx<'_>) -> Option<Frame> {
        match self {
            Self::GateSpot | Self::GateUsdt => gate::server::ack(&asked.way, replied, cx),
            Self::BinanceSpot | Self::BinanceUsdm | Self::MexcSpot => None,
        }
    }

    /// The answer to a message that was understood.
    pub fn answer(self, asked: &Asked, replied: &Replied, cx: &Cx<'_>) -> Vec<Frame> {
        let of_binance = |market| {
            vec![Frame::Text(binance::server::answer(
                market, asked, replied, cx,
            ))]
        };
        match self {
            Self::BinanceSpot => of_binance(BinanceMarket::Spot),
            Self::BinanceUsdm => of_binance(BinanceMarket::Usdm),
            Self::MexcSpot => mexc::server::answer(&asked.way, replied, cx),
            Self::GateSpot => gate::server::answer(GateMarket::Spot, &asked.way, replied, cx),
            Self::GateUsdt => gate::server::answer(GateMarket::Usdt, &asked.way, replied, cx),
        }
    }

    /// The answer to a message that was not understood.
    pub fn refuse_frame(self, refused: &Refused, cx: &Cx<'_>) -> Vec<Frame> {
        let of_binance = |market| vec![Frame::Text(binance::server::refuse_frame(market, refused))];
        let replied = || Replied::of(Err(refused.wrong.clone()));
        match self {
            Self::BinanceSpot => of_binance(BinanceMarket::Spot),
            Self::BinanceUsdm => of_binance(BinanceMarket::Usdm),
            Self::MexcSpot => mexc::server::answer(&refused.way, &replied(), cx),
            Self::GateSpot => gate::server::answer(GateMarket::Spot, &refused.way, &replied(), cx),
            Self::GateUsdt => gate::server::answer(GateMarket::Usdt, &refused.way, &replied(), cx),
        }
    }

    /// The frames that a stream tells a piece of news in; none where it is not the stream's.
    pub fn tell(
        self,
        stream: &Stream,
        news: &News,
        line: &Line,
        seat: Seat<'_>,
        cx: &Cx<'_>,
    ) -> Vec<Frame> {
        let of_binance = |market| {
            let seat = binance::server::Seat {
                wrapped: line.wrapped,
                subscription: seat.subscription,
                key: seat.key,
            };
            let told = binance::server::tell(market, stream, news, seat, cx);
            told.map(Frame::Text).into_iter().collect()
        };
        match self {
            Self::BinanceSpot => of_binance(BinanceMarket::Spot),
            Self::BinanceUsdm => of_binance(BinanceMarket::Usdm),
            Self::MexcSpot => mexc::server::tell(stream, news, line, cx),
            Self::GateSpot => gate::server::tell(GateMarket::Spot, stream, news, line, cx),
            Self::GateUsdt => gate::server::tell(GateMarket::Usdt, stream, news, line, cx),
        }
    }

    /// How often a stream is told at most, where its channel does not say it.
    pub fn pace(self, stream: &Stream) -> Option<Span> {
        let has = |word| stream.name.contains(word);
        let millis = match (self, stream.channel) {
            (Self::MexcSpot, Channel::Quote) if has("@100ms@") => 100,
            (Self::MexcSpot, Channel::Quote) if has("@10ms@") => 10,
            (Self::GateSpot | Self::GateUsdt, Channel::Quote) => 10,
            _ => return None,
        };
        Some(Span::from_millis(millis))
    }

    /// True for a stream of depth that begins with the whole book.
    pub fn begins_with_book(self, stream: &Stream) -> bool {
        let second_kind = stream.name.contains("obu ");
        matches!(self, Self::GateSpot | Self::GateUsdt) && second_kind
    }

    /// A change of an order, now that it is known what the order trades.
    ///
    /// # Errors
    /// When its numbers do not fit the instrument.
    pub fn settle(self, loose: LooseChange, of: &Listed) -> Result<Change, Wrong> {
        match self {
            Self::GateSpot => gate::server::settle(GateMarket::Spot, loose, of),
            Self::GateUsdt => gate::server::settle(GateMarket::Usdt, loose, of),
            Self::BinanceSpot | Self::BinanceUsdm | Self::MexcSpot => {
                Err(Wrong::Unsupported("a change without a symbol"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name() {
        for one in Protocol::ALL {
            assert_eq!(Protocol::of(one.name()), Some(one));
        }
        assert_eq!(Protocol::of("kraken"), None);
        assert_eq!(Protocol::GateUsdt.symbol("BTC", "USDT"), "BTC_USDT");
        assert_eq!(Protocol::MexcSpot.symbol("BTC", "USDT"), "BTCUSDT");
    }
}
