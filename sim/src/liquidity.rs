//! What an order can take of the recorded book, and what was taken already.

use onetape_core::event::{Body, DepthUpdate, Event, Level};
use onetape_core::instrument::Side;
use onetape_core::market::{InstrumentMarket, TopFeed};
use onetape_core::num::{Price, Qty};

use crate::config::Liquidity;

/// Quantities that a run took from the recorded book of one instrument since the venue last updated them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    levels: Vec<(Side, Level)>,
}

impl Taken {
    fn at(&self, side: Side, price: Price) -> Qty {
        let found = self
            .levels
            .iter()
            .find(|(taken, level)| *taken == side && level.price == price);
        found.map_or(Qty::ZERO, |(_, level)| level.qty)
    }

    /// Notes that an order of `side` took from a level.
    pub(crate) fn take(&mut self, side: Side, price: Price, qty: Qty) {
        match self
            .levels
            .iter_mut()
            .find(|(taken, level)| *taken == side && level.price == price)
        {
            Some((_, level)) => level.qty += qty,
            None => self.levels.push((side, Level { price, qty })),
        }
    }

    /// Forgets what an event of the instrument's feed says anew.
    pub(crate) fn refresh(&mut self, feed: TopFeed, event: &Event) {
        if self.levels.is_empty() {
            return;
        }
        match (feed, &event.body) {
            (TopFeed::Quote, Body::Quote(_)) | (_, Body::Feed(_)) => self.levels.clear(),
            (TopFeed::Depth, Body::Depth(depth)) => self.levels.retain(|taken| !says(depth, taken)),
            _ => {}
        }
    }
}

fn says(depth: &DepthUpdate, (side, taken): &(Side, Level)) -> bool {
    // A buy takes asks.
    let levels = if *side == Side::Buy {
        &depth.asks
    } else {
        &depth.bids
    };
    depth.snapshot || levels.iter().any(|level| level.price == taken.price)
}

/// What an order of `side` for at most `qty` at `limit` or better would get, best first.
pub(crate) fn executions(
    market: &InstrumentMarket,
    taken: &Taken,
    liquidity: Liquidity,
    side: Side,
    limit: Option<Price>,
    qty: Qty,
) -> Vec<Level> {
    let Some(touch) = market.touch(side) else {
        return Vec::new();
    };
    let within = |price: Price| match (side, limit) {
        (_, None) => true,
        (Side::Buy, Some(limit)) => price <= limit,
        (Side::Sell, Some(limit)) => price >= limit,
    };
    if liquidity == Liquidity::TouchUnlimited {
        return if within(touch.price) {
            vec![Level {
                price: touch.price,
                qty,
            }]
        } else {
            Vec::new()
        };
    }
    let walks = liquidity == Liquidity::Book && market.feed() == TopFeed::Depth;
    let depth = market.depth().taken_by(side).iter();
    let levels: &mut dyn Iterator<Item = Level> = if walks {
        &mut { depth }
    } else {
        &mut core::iter::once(touch)
    };
    let mut left = qty;
    let mut got = Vec::new();
    for level in levels.take_while(|level| within(level.price)) {
        let there = level.qty - taken.at(side, level.price);
        let part = there.min(left);
        if part > Qty::ZERO {
            got.push(Level {
                price: level.price,
                qty: part,
            });
            left -= part;
        }
        if left.is_zero() {
            break;
        }
    }
    got
}
