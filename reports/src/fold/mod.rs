//! The fold: events and decisions in, a report out.

mod finish;
mod legs;
pub(crate) mod orders;
mod position;
pub(crate) mod reasons;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use onetape_core::command::{Command, LegRole, Place};
use onetape_core::decision::{Decision, Reason};
use onetape_core::event::{
    AccountEvent, Body, Event, OrderEvent, Quote, RunEvent, RunStarted, Seq,
};
use onetape_core::ledger::Ledger;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId};
use onetape_core::num::Money;
use onetape_core::position::Position;
use onetape_core::time::Ts;

use crate::report::Report;
use legs::Legs;
use orders::{OrderFill, Orders};
use reasons::{Code, Reasons};

/// Where in the run something happened.
#[derive(Clone, Copy, Debug)]
struct Moment {
    ts: Ts,
    seq: Seq,
}

/// One round trip: when and why. Its amounts stand on its legs.
#[derive(Clone, Debug, Default)]
struct Trip {
    opened: Option<Moment>,
    closed: Option<Moment>,
    entry_reason: Option<Reason>,
    exit_reason: Option<Reason>,
    repair_reason: Option<Reason>,
}

/// Folds a run. Fed while it runs or from its journal, the numbers are the same.
///
/// Of the orders that ended the last 8,192 are kept, for news that comes late; news of an older one is
/// counted as a stray. So memory grows with round trips, not with orders.
///
/// Events that are not the run's own (quotes, trades, depth and the like) may be passed and change nothing.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    names: Names,
    run: Option<Box<RunStarted>>,
    started: Option<Ts>,
    ended: Option<Ts>,
    market_events: u64,
    tops: BTreeMap<InstrumentId, Quote>,
    orders: Orders,
    legs: Legs,
    trips: BTreeMap<(TaskId, u32), Trip>,
    /// Net positions as a venue keeps them, for the profit that it books on a futures account.
    accounts: BTreeMap<InstrumentId, Position>,
    ledger: Ledger,
    fills: u64,
    fees_by_asset: BTreeMap<AssetId, Money>,
    decisions: u64,
    reasons: Reasons,
    refusals: Reasons,
}

impl Fold {
    /// An empty fold.
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds an event in.
    pub fn event(&mut self, seq: Seq, event: &Event) {
        if event.body.is_market() {
            return;
        }
        match &event.body {
            Body::Order(news) => self.order(Moment { ts: event.ts, seq }, news),
            Body::Account(news) => self.account(news),
            Body::Run(news) => self.run(event.ts, news),
            _ => {}
        }
    }

    /// Folds a decision in.
    pub fn decision(&mut self, decision: &Decision) {
        self.decisions += 1;
        let reason = self.reasons.count(&decision.reason);
        for refusal in &decision.refusals {
            self.refusals.count(&refusal.reason);
        }
        for command in &decision.commands {
            if let Command::Place(place) = command {
                self.place(place, reason);
            }
        }
    }

    /// The report.
    pub fn finish(self) -> Report {
        finish::report(&self)
    }

    fn run(&mut self, ts: Ts, news: &RunEvent) {
        match news {
            RunEvent::Started(started) => {
                self.names = started.names.clone();
                self.run = Some(Box::new(started.clone()));
                self.started = Some(ts);
            }
            RunEvent::Ended(ended) => {
                self.market_events = ended.market_events;
                self.tops = ended
                    .tops
                    .iter()
                    .map(|top| (top.instrument, *top))
                    .collect();
                self.ended = Some(ts);
            }
        }
    }

    fn place(&mut self, place: &Place, reason: Code) {
        if self
            .names
            .instruments
            .get(place.instrument.index())
            .is_none()
        {
            self.orders.strays += 1;
            return;
        }
        if self.orders.enter(place, reason) {
            self.legs.sent(place);
        }
    }

    fn order(&mut self, at: Moment, news: &OrderEvent) {
        if let Some(new) = self.orders.apply(news) {
            self.fill(at, &new);
        }
    }

    fn fill(&mut self, at: Moment, new: &OrderFill) {
        let (place, fill) = (&new.place, &new.fill);
        // Orders of instruments that nobody named were not entered.
        let Some(instrument) = self.names.instruments.get(place.instrument.index()) else {
            return;
        };
        self.fills += 1;
        *self.fees_by_asset.entry(fill.fee.asset).or_default() += fill.fee.amount;
        let account = self.accounts.entry(place.instrument).or_default();
        let realised = account.fill(instrument, place.side, fill.price, fill.qty);
        self.ledger.fill(instrument, place.side, fill, realised);
        self.legs.fill(instrument, place, fill);
        if place.tag.trip != 0 {
            self.trip(at, place, new.reason);
        }
    }

    fn trip(&mut self, at: Moment, place: &Place, reason: Code) {
        let (task, number) = (place.task, place.tag.trip);
        let flat = self.legs.of_trip(task, number).all(|(key, book)| {
            let instrument = self.names.instruments.get(key.instrument.index());
            instrument.is_none_or(|instrument| book.position.is_flat(instrument))
        });
        let trip = self.trips.entry((task, number)).or_default();
        trip.opened.get_or_insert(at);
        trip.closed = flat.then_some(at);
        let known = match place.tag.role {
            LegRole::Entry => &mut trip.entry_reason,
            LegRole::Exit => &mut trip.exit_reason,
            LegRole::Repair => &mut trip.repair_reason,
            // It neither opens nor ends the trip.
            LegRole::Switch => return,
        };
        known.get_or_insert_with(|| self.reasons.reason(reason).clone());
    }

    fn account(&mut self, news: &AccountEvent) {
        match *news {
            AccountEvent::Balance {
                venue,
                asset,
                total,
            } => self.ledger.balance(venue, asset, total),
            AccountEvent::Funding {
                instrument, amount, ..
            } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    self.ledger.funding(known, amount);
                    self.legs.funding(instrument, amount);
                }
            }
            AccountEvent::Liquidated {
                instrument,
                qty,
                realised,
            } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    self.ledger.liquidation(known, realised);
                    self.legs.liquidation(instrument, qty, realised);
                    let account = self.accounts.entry(instrument).or_default();
                    account.liquidate(qty, realised);
                }
            }
            AccountEvent::Deleveraged {
                instrument,
                qty,
                price,
            } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    let account = self.accounts.entry(instrument).or_default();
                    let realised = account.deleverage(known, qty, price);
                    self.ledger.liquidation(known, realised);
                    self.legs.deleveraging(known, qty, price);
                }
            }
            AccountEvent::LiquidationFee { instrument, amount } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    self.ledger.liquidation_fee(known, amount);
                    self.legs.liquidation_fee(instrument, amount);
                    *self.fees_by_asset.entry(known.settle()).or_default() += amount;
                }
            }
        }
    }
}
