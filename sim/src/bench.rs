//! A venue without a world around it, for benchmarks.

use onetape_core::command::Place;
use onetape_core::event::{Body, Event};
use onetape_core::market::Market;
use onetape_core::names::Names;
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use crate::config::Liquidity;
use crate::venue::{self, Venue};

/// What everybody at a venue sees.
pub struct Floor<'a>(venue::Floor<'a>);

impl<'a> Floor<'a> {
    /// A floor at one moment.
    pub const fn new(names: &'a Names, market: &'a Market, liquidity: Liquidity, now: Ts) -> Self {
        Self(venue::Floor {
            names,
            market,
            liquidity,
            now,
        })
    }

    /// Shows an event that the market has to a venue; `moved` is what the market said of it.
    pub fn show(&self, venue: &mut Venue, event: &Event, moved: bool, out: &mut Vec<Body>) {
        venue.on_market(self.0, event, moved, out);
    }

    /// Lets an order arrive.
    pub fn place(&self, venue: &mut Venue, place: &Place, out: &mut Vec<Body>) {
        venue.on_place(self.0, place, out);
    }

    /// Lets a cancel arrive.
    pub fn cancel(venue: &mut Venue, order: OrderId, out: &mut Vec<Body>) {
        venue.on_cancel(order, out);
    }
}
