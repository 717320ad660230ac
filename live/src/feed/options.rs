//! The times of a venue's market data.

use std::time::Duration;

use onetape_adapters::protocol::Protocol;

use crate::connection::LinkOptions;

/// When what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedOptions {
    /// Of each connection.
    pub link: LinkOptions,
    /// Between questions by REST while a stream is silent.
    pub rest_every: Duration,
    /// Between questions for open interest where no stream tells it.
    pub interest_every: Duration,
    /// Between questions whether instruments trade.
    pub status_every: Duration,
    /// How long a snapshot waits for a change that it can be joined to.
    pub join_wait: Duration,
    /// Feeds on one connection at most; `None` for what the venue takes.
    pub feeds_max: Option<usize>,
}

impl FeedOptions {
    /// What suits real venues; `key` tells waits of different venues apart.
    pub const fn usual(key: u64) -> Self {
        Self {
            link: LinkOptions::daily(key),
            rest_every: Duration::from_millis(1_000),
            interest_every: Duration::from_secs(30),
            status_every: Duration::from_secs(300),
            join_wait: Duration::from_millis(1_000),
            feeds_max: None,
        }
    }

    /// Feeds on one connection of a venue.
    pub(super) fn per_connection(&self, protocol: Protocol) -> usize {
        let venue = match protocol {
            Protocol::MexcSpot => onetape_adapters::mexc::FEEDS_MAX,
            // Far fewer than are allowed: one connection that breaks should not take everything with it.
            _ => 200,
        };
        self.feeds_max.unwrap_or(venue).clamp(1, venue)
    }
}

/// Feeds that one frame asks for.
pub(super) const FEEDS_A_FRAME: usize = 50;

/// Levels a side of a book that is asked for again and again: what all venues give, at the least of their weights.
pub(super) const REST_LEVELS: u32 = 100;

/// Levels a side of a snapshot. Where the venue wants as many as its changes reach, so many.
pub(super) const fn levels(protocol: Protocol) -> u32 {
    match protocol {
        Protocol::GateSpot | Protocol::GateUsdt => onetape_adapters::gate::futures::LEVELS,
        _ => 1_000,
    }
}
