//! What everybody sees of one instrument: the book as it is published, prints, and what follows from them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::state::{BookState, MarkState, Print, TopState};
use onetape_core::event::{DepthUpdate, Level, Quote};
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Ts;

use super::bars::Bars;

/// Prints that are kept.
const PRINTS_KEPT: usize = 10_000;

/// Levels of one side by price.
pub(super) type Levels = BTreeMap<Price, Qty>;

/// An order of an account that stands in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) account: AccountId,
    pub(super) order: u64,
    /// Its place in queues.
    pub(super) arrival: u64,
    pub(super) price: Price,
    /// What may trade of it.
    pub(super) left: Qty,
    /// What others see of it.
    pub(super) shown: Qty,
    pub(super) reduce_only: bool,
}

/// One instrument.
#[derive(Debug)]
pub(super) struct Pit {
    instrument: InstrumentId,
    /// By side: orders of accounts, the best first, and of one price as they came.
    lines: [BTreeMap<(i64, u64), Standing>; 2],
    /// By side: what others see of those.
    standing: [Levels; 2],
    /// By side: the book as it was told last.
    published: [Levels; 2],
    /// Prices that may have changed since.
    dirty: [BTreeSet<Price>; 2],
    /// Everything may have changed since.
    pub(super) all_dirty: bool,
    /// True while the tape's book could be seen when it was told last.
    pub(super) was_seen: bool,
    top: Option<Quote>,
    /// Number of the last change.
    pub(super) update: u64,
    changed: Ts,
    pub(super) prints: VecDeque<Print>,
    pub(super) aggregates: VecDeque<Print>,
    next_print: u64,
    next_aggregate: u64,
    pub(super) bars: Bars,
    /// Funding rates that were settled, the newest last.
    pub(super) settled: VecDeque<MarkState>,
    /// Open interest on the tape.
    pub(super) interest: Qty,
}

const fn at(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

/// Places of prices on a side: the best is the smallest.
pub(super) const fn rank(side: Side, price: Price) -> i64 {
    match side {
        Side::Buy => price.mantissa().saturating_neg(),
        Side::Sell => price.mantissa(),
    }
}

impl Pit {
    pub(super) fn new(instrument: InstrumentId) -> Self {
        Self {
            instrument,
            lines: Default::default(),
            standing: Default::default(),
            published: Default::default(),
            dirty: Default::default(),
            all_dirty: false,
            was_seen: false,
            top: None,
            update: 1,
            changed: Ts::default(),
            prints: VecDeque::new(),
            aggregates: VecDeque::new(),
            next_print: 1,
            next_aggregate: 1,
            bars: Bars::default(),
            settled: VecDeque::new(),
            interest: Qty::ZERO,
        }
    }

    /// Puts an order in its place, changes it, or with `None` takes it out.
    pub(super) fn stand(
        &mut self,
        side: Side,
        before: Option<(Price, u64)>,
        now: Option<Standing>,
    ) {
        if let Some((price, arrival)) = before
            && let Some(gone) = self.lines[at(side)].remove(&(rank(side, price), arrival))
        {
            self.add(side, gone.price, -gone.shown);
        }
        if let Some(standing) = now {
            let key = (rank(side, standing.price), standing.arrival);
            self.lines[at(side)].insert(key, standing);
            self.add(side, standing.price, standing.shown);
        }
    }

    fn add(&mut self, side: Side, price: Price, qty: Qty) {
        let level = self.standing[at(side)].entry(price).or_default();
        *level += qty;
        if level.is_zero() {
            self.standing[at(side)].remove(&price);
        }
        self.mark(side, price);
    }

    /// Notes that a price may have changed.
    pub(super) fn mark(&mut self, side: Side, price: Price) {
        self.dirty[at(side)].insert(price);
    }

    /// Orders of a side, the best first.
    pub(super) fn line(&self, side: Side) -> impl Iterator<Item = Standing> {
        self.lines[at(side)].values().copied()
    }

    /// What accounts have at a price, as others see it.
    pub(super) fn standing_at(&self, side: Side, price: Price) -> Qty {
        self.standing[at(side)]
            .get(&price)
            .copied()
            .unwrap_or_default()
    }

    /// The book of a side as it was told last.
    pub(super) const fn book(&self, side: Side) -> &Levels {
        &self.published[at(side)]
    }

    /// The published levels of a side, the best first.
    pub(super) fn levels(&self, side: Side, most: usize) -> Vec<Level> {
        let level = |(price, qty): (&Price, &Qty)| Level {
            price: *price,
            qty: *qty,
        };
        let all = &self.published[at(side)];
        match side {
            Side::Buy => all.iter().rev().take(most).map(level).collect(),
            Side::Sell => all.iter().take(most).map(level).collect(),
        }
    }

    /// The prices that may have changed, of a side; with `shown` of the tape where all may have.
    pub(super) fn take_dirty(
        &mut self,
        side: Side,
        shown: impl Iterator<Item = Price>,
    ) -> Vec<Price> {
        let mut prices = std::mem::take(&mut self.dirty[at(side)]);
        if self.all_dirty {
            prices.extend(self.published[at(side)].keys());
            prices.extend(self.standing[at(side)].keys());
            prices.extend(shown);
        }
        prices.into_iter().collect()
    }

    /// Puts a level into the published book; gives it where it is another one than before.
    pub(super) fn publish(&mut self, side: Side, price: Price, qty: Qty) -> Option<Level> {
        let all = &mut self.published[at(side)];
        let before = match qty > Qty::ZERO {
            true => all.insert(price, qty),
            false => all.remove(&price),
        };
        let qty = qty.max(Qty::ZERO);
        (before.unwrap_or_default() != qty).then_some(Level { price, qty })
    }

    /// A change of the book with its numbers. `overlaps` is for a venue whose first change after a snapshot has to
    /// cover the snapshot's number.
    pub(super) fn change(
        &mut self,
        bids: Vec<Level>,
        asks: Vec<Level>,
        overlaps: bool,
        now: Ts,
    ) -> BookState {
        let prev = self.update;
        self.update += 1;
        self.changed = now;
        BookState {
            update: DepthUpdate {
                instrument: self.instrument,
                snapshot: false,
                first: if overlaps { prev } else { self.update },
                last: self.update,
                prev: Some(prev),
                bids,
                asks,
            },
            at: now,
        }
    }

    /// The whole book, so deep.
    pub(super) fn snapshot(&self, most: usize) -> BookState {
        BookState {
            update: DepthUpdate {
                instrument: self.instrument,
                snapshot: true,
                first: self.update,
                last: self.update,
                prev: None,
                bids: self.levels(Side::Buy, most),
                asks: self.levels(Side::Sell, most),
            },
            at: self.changed,
        }
    }

    /// Best bid and ask; an empty side has no quantity.
    pub(super) fn best(&self) -> Quote {
        let best = |side| self.levels(side, 1).first().copied().unwrap_or_default();
        Quote {
            instrument: self.instrument,
            bid: best(Side::Buy),
            ask: best(Side::Sell),
        }
    }

    /// The top with its number.
    pub(super) fn top(&self) -> TopState {
        TopState {
            quote: self.best(),
            update: self.update,
            at: self.changed,
        }
    }

    /// The top where it is another one than was told last.
    pub(super) fn new_top(&mut self) -> Option<TopState> {
        let top = self.top();
        (self.top.replace(top.quote) != Some(top.quote)).then_some(top)
    }

    /// Enters a print.
    pub(super) fn print(&mut self, price: Price, qty: Qty, aggressor: Side, now: Ts) -> Print {
        let id = self.next_print;
        self.next_print += 1;
        let print = Print {
            id,
            first: id,
            last: id,
            instrument: self.instrument,
            price,
            qty,
            aggressor,
            at: now,
        };
        keep(&mut self.prints, print, PRINTS_KEPT);
        print
    }

    /// Prints that one order made, those at one price together.
    pub(super) fn aggregate(&mut self, prints: &[Print]) -> Vec<Print> {
        let mut all: Vec<Print> = Vec::new();
        for print in prints {
            match all.last_mut() {
                Some(last) if (last.price, last.aggressor) == (print.price, print.aggressor) => {
                    last.qty += print.qty;
                    last.last = print.id;
                }
                _ => all.push(*print),
            }
        }
        for aggregate in &mut all {
            aggregate.id = self.next_aggregate;
            self.next_aggregate += 1;
            keep(&mut self.aggregates, *aggregate, PRINTS_KEPT);
        }
        all
    }
}

/// Adds to a list that is kept so long.
pub(super) fn keep<T>(list: &mut VecDeque<T>, item: T, most: usize) {
    if list.len() >= most {
        list.pop_front();
    }
    list.push_back(item);
}
