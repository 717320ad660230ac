//! The venue's side of each protocol behind one set of functions.

use onetape_adapters::protocol::Protocol;
use onetape_adapters::request::Frame;
use onetape_adapters::server::Cx;
use onetape_adapters::server::call::{Asked, Channel, Line, Refused, Stream};
use onetape_adapters::server::inbound::Inbound;
use onetape_adapters::server::news::News;
use onetape_adapters::server::outbound::Outbound;
use onetape_adapters::server::reply::Replied;
use onetape_adapters::{binance, gate, mexc};

type Read = Result<Asked, Box<Refused>>;

enum Side {
    Binance(binance::Market),
    Gate(gate::Market),
    Mexc,
}

const fn side(protocol: Protocol) -> Side {
    match protocol {
        Protocol::BinanceSpot => Side::Binance(binance::Market::Spot),
        Protocol::BinanceUsdm => Side::Binance(binance::Market::Usdm),
        Protocol::MexcSpot => Side::Mexc,
        Protocol::GateSpot => Side::Gate(gate::Market::Spot),
        Protocol::GateUsdt => Side::Gate(gate::Market::Usdt),
    }
}

pub(super) fn request(protocol: Protocol, inbound: &Inbound<'_>, cx: &Cx<'_>) -> Read {
    match side(protocol) {
        Side::Binance(market) => binance::server::request(market, inbound, cx),
        Side::Gate(market) => gate::server::request(market, inbound, cx),
        Side::Mexc => mexc::server::request(inbound, cx),
    }
}

pub(super) fn reply(protocol: Protocol, asked: &Asked, replied: &Replied, cx: &Cx<'_>) -> Outbound {
    match side(protocol) {
        Side::Binance(market) => binance::server::reply(market, asked, replied, cx),
        Side::Gate(market) => gate::server::reply(market, &asked.way, replied, cx),
        Side::Mexc => mexc::server::reply(&asked.way, replied, cx),
    }
}

pub(super) fn refuse(protocol: Protocol, refused: &Refused, cx: &Cx<'_>) -> Outbound {
    let replied = Replied::of(Err(refused.wrong.clone()));
    match side(protocol) {
        Side::Binance(market) => binance::server::refuse(market, refused),
        Side::Gate(market) => gate::server::reply(market, &refused.way, &replied, cx),
        Side::Mexc => mexc::server::reply(&refused.way, &replied, cx),
    }
}

pub(super) fn open(protocol: Protocol, path: &str, query: &str, cx: &Cx<'_>) -> Option<Line> {
    let mut line = match side(protocol) {
        Side::Binance(market) => binance::server::open(market, path, query, cx).ok(),
        Side::Gate(market) => gate::server::open(market, path, query, cx).ok(),
        Side::Mexc => mexc::server::open(path, query, cx).ok(),
    }?;
    if protocol == Protocol::BinanceUsdm {
        line.streams.extend(line.keys.iter().map(|key| Stream {
            channel: Channel::Account,
            instrument: None,
            name: key.clone(),
        }));
    }
    Some(line)
}

pub(super) fn frames(protocol: Protocol, bytes: &[u8], line: &Line, cx: &Cx<'_>) -> Vec<Read> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    match side(protocol) {
        Side::Binance(market) => vec![binance::server::frame(market, text, line, cx)],
        Side::Gate(market) => vec![gate::server::frame(market, bytes, line, cx)],
        Side::Mexc => mexc::server::frame(bytes, line, cx),
    }
}

/// The first of two answers, where a venue gives two.
pub(super) fn receipt(protocol: Protocol, asked: &Asked, cx: &Cx<'_>) -> Option<Frame> {
    let done = Replied::of(Ok(onetape_adapters::server::reply::Reply::Done));
    match side(protocol) {
        Side::Gate(_) => gate::server::ack(&asked.way, &done, cx),
        _ => None,
    }
}

pub(super) fn answers(
    protocol: Protocol,
    asked: &Asked,
    replied: &Replied,
    cx: &Cx<'_>,
) -> Vec<Frame> {
    match side(protocol) {
        Side::Binance(market) => {
            vec![Frame::Text(binance::server::answer(
                market, asked, replied, cx,
            ))]
        }
        Side::Gate(market) => gate::server::answer(market, &asked.way, replied, cx),
        Side::Mexc => mexc::server::answer(&asked.way, replied, cx),
    }
}

pub(super) fn refuse_frame(protocol: Protocol, refused: &Refused, cx: &Cx<'_>) -> Vec<Frame> {
    let replied = Replied::of(Err(refused.wrong.clone()));
    match side(protocol) {
        Side::Binance(market) => vec![Frame::Text(binance::server::refuse_frame(market, refused))],
        Side::Gate(market) => gate::server::answer(market, &refused.way, &replied, cx),
        Side::Mexc => mexc::server::answer(&refused.way, &replied, cx),
    }
}

pub(super) fn tell(
    protocol: Protocol,
    stream: &Stream,
    news: &News,
    line: &Line,
    cx: &Cx<'_>,
) -> Vec<Frame> {
    match side(protocol) {
        Side::Binance(market) => {
            let seat = binance::server::Seat {
                wrapped: line.wrapped,
                subscription: (protocol == Protocol::BinanceSpot).then_some(0),
                key: &stream.name,
            };
            let told = binance::server::tell(market, stream, news, seat, cx);
            told.map(Frame::Text).into_iter().collect()
        }
        Side::Gate(market) => gate::server::tell(market, stream, news, line, cx),
        Side::Mexc => mexc::server::tell(stream, news, line, cx),
    }
}
