//! The legs of round trips: every fill belongs to exactly one, so that any grouping of them sums to the total.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::command::{LegRole, Place};
use onetape_core::event::Fill;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::position::share_of_cost;
use rust_decimal::{Decimal, RoundingStrategy};

use super::Trip;
use super::cycle::Cycle;
use super::detail::{LegDetail, Split};
use super::few::Few;
use super::position::{LegPosition, cost};
use super::sparse::plus;
use super::standing::LegState;

/// Decimals of a share of funding; the last share takes what rounding left.
const SHARE_DECIMALS: u32 = 16;

/// Which leg. Orders outside of round trips have trip 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LegKey {
    pub(super) task: TaskId,
    pub(super) trip: u32,
    pub(super) leg: u8,
    pub(super) instrument: InstrumentId,
}

impl LegKey {
    /// The leg that an order belongs to.
    pub(super) const fn of(place: &Place) -> Self {
        Self {
            task: place.task,
            trip: place.tag.trip,
            leg: place.tag.leg,
            instrument: place.instrument,
        }
    }

    /// The smallest key of a round trip.
    pub(super) const fn first(task: TaskId, trip: u32) -> Self {
        Self {
            task,
            trip,
            leg: 0,
            instrument: InstrumentId(0),
        }
    }
}

/// The fills of one role of a leg.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RoleSums {
    pub(super) fills: u64,
    /// Signed quantity.
    pub(super) qty: Money,
    /// Sums of magnitudes, for the average price: quantity and value.
    pub(super) traded: Money,
    pub(super) volume: Money,
}

/// All that is booked on a leg. Amounts are in the instrument's settlement asset.
#[derive(Clone, Debug, Default)]
pub(super) struct LegBook {
    pub(super) position: LegPosition,
    pub(super) orders: u64,
    pub(super) fills: u64,
    pub(super) volume: Money,
    pub(super) fees: Money,
    pub(super) funding: Money,
    pub(super) opened_by: Option<Side>,
    pub(super) roles: [RoleSums; 3],
    /// Of a full report alone.
    pub(super) detail: Option<Box<LegDetail>>,
}

/// A round trip that is over, with its legs as they stand, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Rested {
    pub(super) trip: Trip,
    pub(super) legs: OfTrip,
}

/// The legs of a round trip, in order. Each in a place of its own: they are large, and a list moves what it holds.
pub(super) type OfTrip = Vec<(LegKey, Box<LegBook>)>;

/// Every leg of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Legs {
    /// Those of round trips that may go on, in order.
    pub(super) books: BTreeMap<(TaskId, u32), OfTrip>,
    /// Round trips that are over and hold nothing, out of the way of those that go on: a long run has few of those at a
    /// time.
    pub(super) rested: BTreeMap<(TaskId, u32), Rested>,
    /// The largest number of those, by task.
    newest: Few<TaskId, u32>,
    /// Legs with a position, by instrument.
    holding: BTreeSet<(InstrumentId, LegKey)>,
    /// Funding that came when no leg held the instrument.
    pub(super) loose_funding: BTreeMap<InstrumentId, Money>,
    /// Instruments with a fill.
    pub(super) traded: BTreeSet<InstrumentId>,
}

impl Legs {
    /// Counts an order.
    pub(super) fn sent(&mut self, place: &Place) {
        self.book(LegKey::of(place)).orders += 1;
    }

    /// Books a fill; what its leg traded and what that cost.
    pub(super) fn fill(
        &mut self,
        instrument: &Instrument,
        place: &Place,
        fill: &Fill,
    ) -> (Decimal, Money) {
        let key = LegKey::of(place);
        let book = self.book(key);
        let signed = instrument.qty_decimal(place.side.signed(fill.qty));
        let value = cost(instrument, fill.price, signed);
        book.opened_by.get_or_insert(place.side);
        book.fills += 1;
        plus(&mut book.volume, value.abs());
        plus(&mut book.fees, fill.fee.value);
        let held = book.position.qty;
        let opposite = held.is_sign_negative() != signed.is_sign_negative();
        let closes = opposite && !held.is_zero() && !signed.is_zero();
        book.role(place.tag.role, closes).add(signed, value);
        let (was_flat, is_first) = (held.is_zero(), book.fills == 1);
        let traded = match fee_taken(instrument, fill) {
            taken if taken.is_zero() => (signed, value),
            taken => (signed - taken, cost(instrument, fill.price, signed - taken)),
        };
        book.position.trade(instrument, fill.price, traded);
        let held = (key.instrument, key);
        match (was_flat, book.position.qty.is_zero()) {
            (false, true) => _ = self.holding.remove(&held),
            (true, false) => _ = self.holding.insert(held),
            _ => {}
        }
        if is_first {
            self.traded.insert(key.instrument);
        }
        traded
    }

    /// Books funding on the legs that hold the instrument, by their signed share of the net position.
    pub(super) fn funding(&mut self, instrument: InstrumentId, amount: Money) {
        let shares = self.shares(instrument, amount);
        if shares.is_empty() {
            *self.loose_funding.entry(instrument).or_default() += amount;
        }
        for (key, part) in shares {
            if let Some(book) = self.get_mut(&key) {
                book.funding += part;
            }
        }
    }

    /// The venue closed the position: the legs that held it are flat, each with its share of what that brought. Where it
    /// closed nothing it bore a part of a loss, and they hold what they held.
    pub(super) fn liquidation(&mut self, instrument: InstrumentId, closed: Qty, realised: Money) {
        let shares = self.shares(instrument, realised);
        if shares.is_empty() {
            *self.loose_funding.entry(instrument).or_default() += realised;
        }
        for (key, part) in shares {
            if !closed.is_zero() {
                self.holding.remove(&(instrument, key));
            }
            if let Some(book) = self.get_mut(&key) {
                if closed.is_zero() {
                    book.position.bear(part);
                } else {
                    book.position.close_for(part);
                }
            }
        }
    }

    /// The venue closed a part of the position at a price: each leg that holds it bears its share.
    pub(super) fn deleveraging(&mut self, instrument: &Instrument, closed: Qty, price: Price) {
        let id = instrument.id;
        let shares = self.shares(id, Money::new(instrument.qty_decimal(closed)));
        for (key, part) in shares {
            if let Some(book) = self.get_mut(&key) {
                let traded = -part.decimal();
                let paid = cost(instrument, price, traded);
                book.position.trade(instrument, price, (traded, paid));
                if book.position.qty.is_zero() {
                    self.holding.remove(&(id, key));
                }
            }
        }
    }

    /// Books the venue's fee for closing a position on the legs that hold it.
    pub(super) fn liquidation_fee(&mut self, instrument: InstrumentId, amount: Money) {
        let shares = self.shares(instrument, amount);
        if shares.is_empty() {
            *self.loose_funding.entry(instrument).or_default() -= amount;
        }
        for (key, part) in shares {
            if let Some(book) = self.get_mut(&key) {
                book.fees += part;
            }
        }
    }

    /// An amount by the holding legs' signed shares of the net position; nothing when they hold none.
    fn shares(&self, instrument: InstrumentId, amount: Money) -> Vec<(LegKey, Money)> {
        let held: Vec<(LegKey, Decimal)> = self
            .holding
            .range((instrument, LegKey::first(TaskId(0), 0))..)
            .take_while(|(held, _)| *held == instrument)
            .filter_map(|(_, key)| Some((*key, self.get(key)?.position.qty)))
            .collect();
        let net: Decimal = held.iter().map(|(_, qty)| *qty).sum();
        if net.is_zero() {
            return Vec::new();
        }
        let mut left = amount;
        let last = held.len() - 1;
        let part = |(at, (key, qty)): (usize, (LegKey, Decimal))| {
            let part = if at == last {
                left
            } else {
                share(amount, qty, net)
            };
            left -= part;
            (key, part)
        };
        held.into_iter().enumerate().map(part).collect()
    }

    /// A cycle is over: its legs stand as it left them, and what other assets paid in fees stands where they were bought.
    pub(super) fn go_round(&mut self, cycle: &Cycle) {
        for &(key, qty, cost, gain) in &cycle.legs {
            if let Some(book) = self.get_mut(&key) {
                book.position.used_up(qty, cost, gain);
                let held = (key.instrument, key);
                if qty.is_zero() {
                    self.holding.remove(&held);
                } else {
                    self.holding.insert(held);
                }
            }
        }
        for &(key, keeper, made, cost) in &cycle.priced {
            let Some(book) = self.get_mut(&key) else {
                continue;
            };
            let worth = |amount: Money| share_of_cost(cost, amount.decimal(), made);
            let fees = worth(std::mem::take(&mut book.fees));
            let moved = book
                .detail
                .as_deref_mut()
                .map(|detail| detail.priced(worth));
            if let Some(book) = self.get_mut(&keeper) {
                book.fees += fees;
                if let (Some(detail), Some((parts, rebates))) = (book.detail.as_deref_mut(), moved)
                {
                    detail.parts.add(&parts);
                    detail.rebates += rebates;
                }
            }
        }
    }

    /// Puts the legs of a round trip that is over out of the way and shows them, unless one of them holds something still.
    pub(super) fn rest<'a>(
        &'a mut self,
        task: TaskId,
        number: u32,
        trip: &mut Trip,
    ) -> Option<&'a [(LegKey, Box<LegBook>)]> {
        let holds = |(_, book): (&LegKey, &LegBook)| !book.position.qty.is_zero();
        if number == 0 || self.of_trip(task, number).any(holds) {
            return None;
        }
        Some(&self.put_away(task, number, std::mem::take(trip)).legs)
    }

    /// Takes the legs of a trip out from among those that may go on.
    pub(super) fn put_away(&mut self, task: TaskId, number: u32, trip: Trip) -> &Rested {
        let newest = self.newest.of(task);
        *newest = number.max(*newest);
        let legs = self.books.remove(&(task, number)).unwrap_or_default();
        let rested = self.rested.entry((task, number)).or_default();
        *rested = Rested { trip, legs };
        rested
    }

    /// Brings a round trip back that goes on after all.
    pub(super) fn wake(&mut self, task: TaskId, number: u32) -> Option<Trip> {
        if self.newest.get(task).is_none_or(|newest| number > *newest) {
            return None;
        }
        let Rested { trip, legs } = self.rested.remove(&(task, number))?;
        for (key, book) in legs {
            *self.book(key) = *book;
        }
        Some(trip)
    }

    /// The legs that hold an instrument.
    pub(super) fn holding(&self, instrument: InstrumentId) -> Vec<LegKey> {
        let held = self
            .holding
            .range((instrument, LegKey::first(TaskId(0), 0))..);
        held.take_while(|(held, _)| *held == instrument)
            .map(|(_, key)| *key)
            .collect()
    }

    /// Every leg with a position.
    pub(super) fn open(&self) -> impl Iterator<Item = (&LegKey, &LegBook)> {
        self.holding
            .iter()
            .filter_map(|(_, key)| Some((key, self.get(key)?)))
    }

    /// The legs of one round trip.
    pub(super) fn of_trip(
        &self,
        task: TaskId,
        trip: u32,
    ) -> impl Iterator<Item = (&LegKey, &LegBook)> {
        let legs = self.books.get(&(task, trip)).into_iter().flatten();
        legs.map(|(key, book)| (key, &**book))
    }

    /// The book of a leg of a round trip that may go on.
    pub(super) fn get(&self, key: &LegKey) -> Option<&LegBook> {
        let legs = self.books.get(&(key.task, key.trip))?;
        let at = legs.binary_search_by_key(key, |(key, _)| *key).ok()?;
        legs.get(at).map(|(_, book)| &**book)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, key: &LegKey) -> Option<&mut LegBook> {
        let legs = self.books.get_mut(&(key.task, key.trip))?;
        let at = legs.binary_search_by_key(key, |(key, _)| *key).ok()?;
        legs.get_mut(at).map(|(_, book)| &mut **book)
    }

    /// The same, opened when new.
    fn book(&mut self, key: LegKey) -> &mut LegBook {
        let legs = self.books.entry((key.task, key.trip));
        // Most round trips have two, and there may be millions.
        let legs = legs.or_insert_with(|| Vec::with_capacity(2));
        let found = legs.binary_search_by_key(&key, |(key, _)| *key);
        let at = found.unwrap_or_else(|at| {
            legs.insert(at, (key, Box::default()));
            at
        });
        &mut legs[at].1
    }
}

impl LegBook {
    /// What it comes to so far.
    pub(super) fn state(&self) -> LegState {
        LegState {
            qty: self.position.qty,
            cost: self.position.cost,
            realised: self.position.realised,
            fees: self.fees,
            funding: self.funding,
        }
    }

    /// What is booked of it, where a full report is wanted.
    pub(super) fn booked(&self) -> Option<Split> {
        Some(self.detail.as_deref()?.booked(&self.state()))
    }

    /// Sums of one role. A leg that moves is left at one venue and entered at the other.
    pub(super) fn role(&mut self, role: LegRole, closes: bool) -> &mut RoleSums {
        let [entry, exit, repair] = &mut self.roles;
        match role {
            LegRole::Entry => entry,
            LegRole::Exit => exit,
            LegRole::Repair => repair,
            LegRole::Switch if closes => exit,
            LegRole::Switch => entry,
        }
    }
}

impl RoleSums {
    fn add(&mut self, signed: Decimal, value: Money) {
        self.fills += 1;
        plus(&mut self.qty, Money::new(signed));
        plus(&mut self.traded, Money::new(signed.abs()));
        plus(&mut self.volume, value.abs());
    }
}

/// What a fee took out of the traded asset itself. It left the position at the fill's price, which makes no
/// profit, and its value stands among the fees.
fn fee_taken(instrument: &Instrument, fill: &Fill) -> Decimal {
    if instrument.kind == InstrumentKind::Spot && fill.fee.asset == instrument.base {
        fill.fee.amount.decimal()
    } else {
        Decimal::ZERO
    }
}

fn share(amount: Money, part: Decimal, whole: Decimal) -> Money {
    let share = amount.decimal().saturating_mul(part).checked_div(whole);
    Money::new(
        share
            .unwrap_or(Decimal::ZERO)
            .round_dp_with_strategy(SHARE_DECIMALS, RoundingStrategy::MidpointNearestEven),
    )
}
