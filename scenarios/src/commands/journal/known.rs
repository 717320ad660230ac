//! What a reader of a journal must remember to make its numbers readable.

use std::collections::BTreeMap;

use onetape_core::approval::Item;
use onetape_core::command::Command;
use onetape_core::event::{Body, RunEvent};
use onetape_core::instrument::Instrument;
use onetape_core::journal::Record;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Price, Qty, format_fixed};
use onetape_core::order::OrderId;

/// The names of a run and the instrument of each of its orders, as far as the journal was read.
#[derive(Clone, Debug, Default)]
pub struct Known {
    names: Names,
    orders: BTreeMap<OrderId, InstrumentId>,
}

impl Known {
    /// Remembers what a record tells. Records come in the journal's order.
    pub fn learn(&mut self, record: &Record) {
        match record {
            Record::Event(event) => {
                if let Body::Run(run) = &event.body
                    && let RunEvent::Started(started) = &**run
                {
                    self.names = started.names.clone();
                }
            }
            Record::Decision(decision) => {
                for command in &decision.commands {
                    if let Command::Place(place) = command {
                        self.orders.insert(place.order, place.instrument);
                    }
                }
            }
            Record::Marks(_) => {}
        }
    }

    /// The instrument that an order trades.
    pub fn order_instrument(&self, order: OrderId) -> Option<InstrumentId> {
        self.orders.get(&order).copied()
    }

    fn get(&self, id: InstrumentId) -> Option<&Instrument> {
        self.names.instruments.get(id.index())
    }

    /// An instrument's full name.
    pub fn instrument(&self, id: InstrumentId) -> String {
        let name = self.get(id).map(|instrument| instrument.name.clone());
        name.unwrap_or_else(|| format!("#{}", id.0))
    }

    /// A price as the venue writes it; the bare mantissa when the instrument is not known.
    pub fn price(&self, id: Option<InstrumentId>, price: Price) -> String {
        match id.and_then(|id| self.get(id)) {
            Some(instrument) => format_fixed(price.mantissa(), instrument.price_decimals),
            None => format!("{}u", price.mantissa()),
        }
    }

    /// A quantity as the venue writes it; the bare mantissa when the instrument is not known.
    pub fn qty(&self, id: Option<InstrumentId>, qty: Qty) -> String {
        match id.and_then(|id| self.get(id)) {
            Some(instrument) => format_fixed(qty.mantissa(), instrument.qty_decimals),
            None => format!("{}u", qty.mantissa()),
        }
    }

    /// A venue's name.
    pub fn venue(&self, id: VenueId) -> String {
        named(&self.names.venues, id.index())
    }

    /// An asset's name.
    pub fn asset(&self, id: AssetId) -> String {
        named(&self.names.assets, id.index())
    }

    /// The id of something that waits.
    pub fn item(&self, item: &Item) -> String {
        match item {
            Item::Quarantine(task) => format!("quarantine:{}", self.task(*task)),
            Item::Unwind(task) => format!("unwind:{}", self.task(*task)),
            Item::Halt | Item::Breaker(_) | Item::Balances | Item::Foreign(_) => {
                item.id(&self.names)
            }
        }
    }

    /// A task's name.
    pub fn task(&self, id: TaskId) -> String {
        if id == TaskId::ACCOUNT {
            return self.names.task(id).to_string();
        }
        named(&self.names.tasks, id.index())
    }
}

fn named(names: &[String], at: usize) -> String {
    names.get(at).cloned().unwrap_or_else(|| format!("#{at}"))
}
