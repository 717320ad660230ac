//! Frames that change what a connection tells: one channel a frame.

use super::Market;
use super::asking::channel_frame;
use crate::ask::Cx;
use crate::credentials::Credentials;
use crate::error::AskError;
use crate::feed::{Feed, Socket};
use crate::request::Frame;

/// How often depth changes come, and how many levels there are then; the book by REST must have as many.
const EVERY: &str = "100ms";
/// Levels a side of the depth that is subscribed to.
pub const LEVELS: u32 = 100;

/// A channel with its payload, and whether it is private.
struct Topic {
    channel: &'static str,
    payload: Vec<String>,
    is_private: bool,
}

/// Frames for feeds. `user` is the account's number, which old servers of the futures market ask for.
pub(super) fn frames(
    market: Market,
    event: &str,
    feeds: &[Feed],
    user: &str,
    id: u64,
    cx: &Cx<'_>,
) -> Result<Vec<(Socket, Frame)>, AskError> {
    let mut topics: Vec<Topic> = Vec::new();
    for feed in feeds {
        match feed {
            Feed::Account => topics.extend(private(market, user)),
            feed => {
                let topic = public(market, *feed, cx)?;
                // Channels whose payload is a list of symbols take many at once.
                let many = topic.payload.len() == 1;
                let mut known = topics.iter_mut();
                match known.find(|it| many && it.channel == topic.channel) {
                    Some(known) => known.payload.extend(topic.payload),
                    None => topics.push(topic),
                }
            }
        }
    }
    let frame = |topic: Topic| {
        let keys: Option<&Credentials> = match topic.is_private {
            true => Some(cx.key("the account's stream")?),
            false => None,
        };
        let call = (topic.channel, event);
        let frame = channel_frame(call, &topic.payload, Some(id), keys, cx.now);
        Ok((Socket::Market, frame))
    };
    topics.into_iter().map(frame).collect()
}

fn public(market: Market, feed: Feed, cx: &Cx<'_>) -> Result<Topic, AskError> {
    let instrument = feed.instrument().ok_or(AskError::Instrument)?;
    let symbol = cx.listed(instrument)?.instrument.symbol.clone();
    let spot = market == Market::Spot;
    let (channel, more): (_, &[&str]) = match feed {
        Feed::Quote(_) if spot => ("spot.book_ticker", &[]),
        Feed::Quote(_) => ("futures.book_ticker", &[]),
        Feed::Trades(_) if spot => ("spot.trades", &[]),
        Feed::Trades(_) => ("futures.trades", &[]),
        Feed::Depth(_) if spot => ("spot.order_book_update", &[EVERY]),
        Feed::Depth(_) => ("futures.order_book_update", &[EVERY, "100"]),
        Feed::Mark(_) if !spot => ("futures.tickers", &[]),
        _ => {
            return Err(AskError::Unsupported {
                venue: market.venue(),
                what: feed.name(),
            });
        }
    };
    let more = more.iter().map(|word| (*word).to_string());
    Ok(Topic {
        channel,
        payload: std::iter::once(symbol).chain(more).collect(),
        is_private: false,
    })
}

fn private(market: Market, user: &str) -> Vec<Topic> {
    let all = || vec!["!all".to_string()];
    let ours = || vec![user.to_string(), "!all".to_string()];
    let topics = match market {
        Market::Spot => vec![
            ("spot.orders_v2", all()),
            ("spot.usertrades_v2", all()),
            ("spot.balances", Vec::new()),
        ],
        Market::Usdt | Market::Btc => vec![
            ("futures.orders", ours()),
            ("futures.usertrades", ours()),
            ("futures.positions", ours()),
            ("futures.balances", vec![user.to_string()]),
        ],
    };
    let topics = topics.into_iter();
    topics
        .map(|(channel, payload)| Topic {
            channel,
            payload,
            is_private: true,
        })
        .collect()
}
