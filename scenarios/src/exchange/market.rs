//! The tape's market, and the book that everybody sees of it.

use onetape_adapters::server::news::News;
use onetape_core::event::{Body, Event, Level};
use onetape_core::instrument::Side;
use onetape_core::market::TopFeed;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_sim::Liquidity;

use super::pit::Standing;
use super::{Exchange, To, Told};

const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

impl Exchange {
    /// Takes a row in: the market has it first, then the accounts in their turn.
    pub(super) fn follow(&mut self, event: &Event, out: &mut Vec<Told>) {
        let Some(id) = event.body.instrument() else {
            return;
        };
        if id.index() >= self.pits.len() {
            return;
        }
        if let (Body::Funding(rate), Some(known)) =
            (&event.body, self.market.instrument(id).funding().copied())
            && rate.settles_at > known.settles_at
        {
            // A rate for a later settlement means that the earlier one is past.
            self.note_settled(id, known.settles_at);
        }
        let moved = self.market.apply(event);
        if self.of(id).is_err() {
            return;
        }
        self.mark_taken();
        self.mark_event(id, event);
        self.taken[id.index()].refresh(self.market.instrument(id).feed(), event);
        let mut printed = Qty::ZERO;
        for at in self.turns(id, &event.body) {
            let mut bodies = Vec::new();
            self.lend(at, |venue, floor| {
                venue.follow(floor, event, moved, printed, &mut bodies);
            });
            if bodies.is_empty() {
                continue;
            }
            let digest = self.digest(at, &bodies, None, &[], out);
            for print in &digest.prints {
                self.aggregate(&[*print], out);
            }
            let of_it = digest.fills.iter().filter(|fill| fill.instrument == id);
            printed = of_it.fold(printed, |sum, fill| sum + fill.qty);
            self.touch(at, &digest.moved);
        }
        self.tell_row(id, &event.body, printed, out);
    }

    /// Accounts in the order in which a row reaches their orders: the best first, those without any last.
    fn turns(&self, id: InstrumentId, body: &Body) -> Vec<usize> {
        let active = |at: &usize| {
            let venue = &self.seats[*at].venue;
            !venue.is_quiet() || matches!(body, Body::Funding(_))
        };
        let all: Vec<usize> = (0..self.seats.len()).filter(active).collect();
        if all.len() < 2 {
            return all;
        }
        let sides: &[Side] = match body {
            Body::Trade(trade) => match trade.aggressor {
                Side::Buy => &[Side::Sell],
                Side::Sell => &[Side::Buy],
            },
            _ => &SIDES,
        };
        let mut turns: Vec<usize> = Vec::with_capacity(all.len());
        let pit = &self.pits[id.index()];
        let lines = sides.iter().flat_map(|side| pit.line(*side));
        let first = lines.map(|Standing { account, .. }| usize::from(account.0));
        for at in first.chain(all.iter().copied()) {
            if all.contains(&at) && !turns.contains(&at) {
                turns.push(at);
            }
            if turns.len() == all.len() {
                break;
            }
        }
        turns
    }

    /// Tells what a row says beside the book. Of a print `printed` was told already, as executions of ours.
    fn tell_row(&mut self, id: InstrumentId, body: &Body, printed: Qty, out: &mut Vec<Told>) {
        match body {
            Body::Trade(trade) => {
                let left = trade.qty - printed;
                if left > Qty::ZERO {
                    let print = self.print(id, trade.price, left, trade.aggressor, out);
                    self.aggregate(&[print], out);
                }
                for span in &self.spans {
                    let bar = self.pits[id.index()]
                        .bars
                        .running(*span, self.now, self.now);
                    out.extend(bar.map(|bar| Told {
                        to: To::Everybody,
                        news: News::Candle(bar),
                    }));
                }
            }
            Body::Mark(_) | Body::Funding(_) => {
                out.extend(self.mark_state(id).map(|mark| Told {
                    to: To::Everybody,
                    news: News::Mark(mark),
                }));
            }
            Body::OpenInterest(interest) => self.pits[id.index()].interest = interest.qty,
            _ => {}
        }
    }

    /// Notes where the tape's book may have changed.
    fn mark_event(&mut self, id: InstrumentId, event: &Event) {
        let market = self.market.instrument(id);
        let seen = market.top().is_some();
        let feed = market.feed();
        let pit = &mut self.pits[id.index()];
        let flips = std::mem::replace(&mut pit.was_seen, seen) != seen;
        let walks = feed == TopFeed::Depth && self.liquidity == Liquidity::Book;
        match &event.body {
            _ if flips => pit.all_dirty = true,
            Body::Level(change) if walks => pit.mark(change.side, change.level.price),
            Body::Depth(depth) if walks && !depth.snapshot => {
                depth
                    .bids
                    .iter()
                    .for_each(|it| pit.mark(Side::Buy, it.price));
                depth
                    .asks
                    .iter()
                    .for_each(|it| pit.mark(Side::Sell, it.price));
            }
            Body::Level(_) | Body::Depth(_) | Body::Quote(_) | Body::Feed(_) | Body::Bar(_) => {
                pit.all_dirty = true;
            }
            _ => {}
        }
    }

    /// Notes the prices at which something of the tape's book was taken.
    pub(super) fn mark_taken(&mut self) {
        for (pit, taken) in self.pits.iter_mut().zip(&self.taken) {
            for price in taken.by(Side::Buy).keys() {
                pit.mark(Side::Sell, *price);
            }
            for price in taken.by(Side::Sell).keys() {
                pit.mark(Side::Buy, *price);
            }
        }
    }

    /// The tape's levels of a side that orders can take.
    pub(super) fn shown(
        &self,
        id: InstrumentId,
        side: Side,
    ) -> Box<dyn Iterator<Item = Level> + '_> {
        let market = self.market.instrument(id);
        let taker = side.opposite();
        match market.touch(taker) {
            None => Box::new(std::iter::empty()),
            Some(_) if self.walks(id) => Box::new(market.depth().taken_by(taker).iter()),
            Some(touch) => Box::new(std::iter::once(touch)),
        }
    }

    fn walks(&self, id: InstrumentId) -> bool {
        let feed = self.market.instrument(id).feed();
        feed == TopFeed::Depth && self.liquidity == Liquidity::Book
    }

    /// What the tape shows at a price, less what was taken of it.
    pub(super) fn shown_at(&self, id: InstrumentId, side: Side, price: Price) -> Qty {
        let market = self.market.instrument(id);
        let taker = side.opposite();
        let there = match market.touch(taker) {
            None => Qty::ZERO,
            Some(_) if self.walks(id) => market.depth().taken_by(taker).qty_at(price),
            Some(touch) if touch.price == price => touch.qty,
            Some(_) => Qty::ZERO,
        };
        if self.liquidity == Liquidity::TouchUnlimited {
            return there;
        }
        let taken = self.taken[id.index()].by(taker).get(&price);
        (there - taken.copied().unwrap_or_default()).max(Qty::ZERO)
    }

    /// Tells every book that changed, and its top.
    pub(super) fn publish(&mut self, out: &mut Vec<Told>) {
        self.mark_taken();
        for at in 0..self.pits.len() {
            let id = InstrumentId(at as u16);
            let [bids, asks] = SIDES.map(|side| self.changed_levels(id, side));
            self.pits[at].all_dirty = false;
            if bids.is_empty() && asks.is_empty() {
                continue;
            }
            let pit = &mut self.pits[at];
            let change = pit.change(bids, asks, self.traits.overlaps, self.now);
            let top = pit.new_top();
            let news = [Some(News::Depth(change)), top.map(News::Top)];
            out.extend(news.into_iter().flatten().map(|news| Told {
                to: To::Everybody,
                news,
            }));
        }
    }

    fn changed_levels(&mut self, id: InstrumentId, side: Side) -> Vec<Level> {
        let all = self.pits[id.index()].all_dirty;
        let shown: Vec<Price> = match all {
            true => self.shown(id, side).map(|level| level.price).collect(),
            false => Vec::new(),
        };
        let mut prices = self.pits[id.index()].take_dirty(side, shown.into_iter());
        if side == Side::Buy {
            prices.reverse();
        }
        let changed = prices.into_iter().filter_map(|price| {
            let qty =
                self.shown_at(id, side, price) + self.pits[id.index()].standing_at(side, price);
            self.pits[id.index()].publish(side, price, qty)
        });
        changed.collect()
    }
}
