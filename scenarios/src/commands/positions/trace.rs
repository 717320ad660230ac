//! What the fills of a journal say of each position: since when it is open, and what was paid on average.

use std::collections::BTreeMap;
use std::path::Path;

use onetape_core::command::{Command, Place};
use onetape_core::event::{AccountEvent, Body, Event, OrderEventKind};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::journal::Record;
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::Money;
use onetape_core::order::OrderId;
use onetape_core::position::Position;
use onetape_core::time::Ts;
use onetape_data::journal::JournalFile;
use rust_decimal::Decimal;

/// All fills of one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traded {
    /// In base units.
    pub(super) base: Decimal,
    /// In quote units.
    pub(super) value: Decimal,
}

impl Traded {
    /// What a unit traded at, on average.
    pub(super) fn average(&self) -> Option<Decimal> {
        self.value.checked_div(self.base)
    }

    fn add(&mut self, other: &Self) {
        self.base += other.base;
        self.value += other.value;
    }
}

/// One task's fills in one instrument.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traces {
    pub(super) bought: Traded,
    pub(super) sold: Traded,
    pub(super) fees: Money,
    /// Since when it is open.
    pub(super) opened_at: Option<Ts>,
    position: Position,
}

impl Traces {
    /// With those of another instrument.
    pub(super) fn with(mut self, other: &Self) -> Self {
        self.bought.add(&other.bought);
        self.sold.add(&other.sold);
        self.fees += other.fees;
        self
    }
}

/// Every task's fills by instrument.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace {
    by: BTreeMap<(TaskId, InstrumentId), Traces>,
    orders: BTreeMap<OrderId, Place>,
}

impl Trace {
    /// Reads a run's journal, up to a moment where one is given.
    ///
    /// # Errors
    /// When it is damaged.
    pub(super) fn read(run: &Path, names: &Names, at: Option<Ts>) -> anyhow::Result<Self> {
        let mut trace = Self::default();
        for entry in JournalFile::open(run)? {
            let entry = entry?;
            if at.is_some_and(|at| entry.ts() > at) {
                break;
            }
            match entry.body {
                Record::Decision(decision) => {
                    for command in decision.commands {
                        if let Command::Place(place) = command {
                            trace.orders.insert(place.order, place);
                        }
                    }
                }
                Record::Event(event) => trace.event(&event, names),
                Record::Marks(_) => {}
            }
        }
        Ok(trace)
    }

    fn event(&mut self, event: &Event, names: &Names) {
        match &event.body {
            Body::Order(news) => {
                let Some(place) = self.orders.get(&news.order) else {
                    return;
                };
                if let OrderEventKind::Filled(fill) = &news.kind {
                    let instrument = names.instrument(place.instrument);
                    let traces = self.by.entry((place.task, place.instrument)).or_default();
                    traces.fees += fill.fee.value;
                    let traded = match place.side {
                        Side::Buy => &mut traces.bought,
                        Side::Sell => &mut traces.sold,
                    };
                    traded.base += instrument.qty_decimal(fill.qty);
                    traded.value += value(instrument, fill.price, fill.qty);
                    traces.position.book(instrument, place.side, fill);
                    traces.turn(event.ts);
                }
            }
            Body::Account(AccountEvent::Liquidated {
                instrument, qty, ..
            }) if !qty.is_zero() => {
                for ((_, id), traces) in &mut self.by {
                    if id == instrument {
                        traces.position.close_for(Money::ZERO);
                        traces.turn(event.ts);
                    }
                }
            }
            _ => {}
        }
    }

    /// A task's fills in an instrument.
    pub(super) fn of(&self, task: TaskId, instrument: InstrumentId) -> Traces {
        self.by
            .get(&(task, instrument))
            .copied()
            .unwrap_or_default()
    }

    /// A task's fills in everything, where that is all of one base and one quote asset.
    pub(super) fn of_task(&self, task: TaskId, names: &Names) -> Option<Traces> {
        let own = self.by.iter().filter(|((owner, _), _)| *owner == task);
        let pair = |id: &InstrumentId| {
            let instrument = names.instrument(*id);
            (instrument.base, instrument.quote)
        };
        let mut pairs = own.clone().map(|((_, id), _)| pair(id));
        let first = pairs.next()?;
        pairs
            .all(|other| other == first)
            .then(|| own.fold(Traces::default(), |sum, (_, traces)| sum.with(traces)))
    }
}

impl Traces {
    /// Notes when it opened, and that it is closed.
    fn turn(&mut self, now: Ts) {
        self.opened_at = match self.position.qty.is_zero() {
            true => None,
            false => self.opened_at.or(Some(now)),
        };
    }
}

fn value(
    instrument: &Instrument,
    price: onetape_core::num::Price,
    qty: onetape_core::num::Qty,
) -> Decimal {
    instrument.notional(price, qty).decimal()
}
