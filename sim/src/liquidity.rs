//! What an order can take of the recorded book, and what was taken already.

use std::collections::BTreeMap;

use onetape_core::event::{Body, Event, FeedNews, Level, LevelChange};
use onetape_core::instrument::Side;
use onetape_core::market::{InstrumentMarket, TopFeed};
use onetape_core::num::{Price, Qty};

use crate::config::Liquidity;

/// Quantities that a run took from the recorded book of one instrument since the venue last updated them, by price.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
}

impl Taken {
    /// True when the book is as it was recorded.
    pub fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty()
    }

    /// What was taken from the side that orders of `side` take from.
    pub const fn by(&self, side: Side) -> &BTreeMap<Price, Qty> {
        match side {
            Side::Buy => &self.asks,
            Side::Sell => &self.bids,
        }
    }

    /// Notes that an order of `side` took from a level.
    pub(crate) fn take(&mut self, side: Side, price: Price, qty: Qty) {
        let levels = match side {
            Side::Buy => &mut self.asks,
            Side::Sell => &mut self.bids,
        };
        *levels.entry(price).or_default() += qty;
    }

    /// Forgets what an event of the instrument's feed says anew.
    pub fn refresh(&mut self, feed: TopFeed, event: &Event) {
        if self.is_empty() {
            return;
        }
        match (feed, &event.body) {
            // Nothing was told anew.
            (_, Body::Feed(news)) if news.state == FeedNews::Conflated => {}
            (TopFeed::Quote, Body::Quote(_))
            | (TopFeed::Bar, Body::Bar(_))
            | (_, Body::Feed(_)) => self.clear(),
            (TopFeed::Depth, Body::Depth(depth)) if depth.snapshot => self.clear(),
            (TopFeed::Depth, Body::Depth(depth)) => {
                for level in &depth.bids {
                    self.bids.remove(&level.price);
                }
                for level in &depth.asks {
                    self.asks.remove(&level.price);
                }
            }
            (TopFeed::Depth, Body::Level(change)) => _ = self.renew(change),
            _ => {}
        }
    }

    /// Forgets what a depth message of one level says anew. True when something was taken there.
    #[inline]
    pub(crate) fn renew(&mut self, change: &LevelChange) -> bool {
        let levels = match change.side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        !levels.is_empty() && levels.remove(&change.level.price).is_some()
    }

    fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }
}

/// Puts what an order of `side` for at most `qty` at `limit` or better would get into `got`, best first.
pub(crate) fn executions(
    market: &InstrumentMarket,
    taken: &Taken,
    liquidity: Liquidity,
    side: Side,
    limit: Option<Price>,
    qty: Qty,
    got: &mut Vec<Level>,
) {
    got.clear();
    let Some(touch) = market.touch(side) else {
        return;
    };
    let within = |price: Price| match (side, limit) {
        (_, None) => true,
        (Side::Buy, Some(limit)) => price <= limit,
        (Side::Sell, Some(limit)) => price >= limit,
    };
    if !within(touch.price) {
        return;
    }
    let walks = liquidity == Liquidity::Book && market.feed() == TopFeed::Depth;
    if liquidity == Liquidity::TouchUnlimited {
        if qty > Qty::ZERO {
            let price = touch.price;
            got.push(Level { price, qty });
        }
    } else if walks {
        let levels = market.depth().taken_by(side).iter();
        walk(
            levels.take_while(|level| within(level.price)),
            taken.by(side),
            qty,
            got,
        );
    } else {
        walk(core::iter::once(touch), taken.by(side), qty, got);
    }
}

fn walk(
    levels: impl Iterator<Item = Level>,
    taken: &BTreeMap<Price, Qty>,
    qty: Qty,
    got: &mut Vec<Level>,
) {
    let mut left = qty;
    for Level { price, qty: there } in levels {
        let there = there - taken.get(&price).copied().unwrap_or_default();
        let part = there.min(left);
        if part > Qty::ZERO {
            got.push(Level { price, qty: part });
            left -= part;
        }
        if left.is_zero() {
            break;
        }
    }
}
