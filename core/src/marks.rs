//! Tops of book, written down where a reader of the journal needs them: beside orders, fills, funding and the ends of
//! days. Nothing is decided on them and nothing is folded from them again, so they have no sequence number of their own
//! and are in no hash.

use alloc::vec::Vec;

use crate::command::Place;
use crate::desk::Desk;
use crate::event::{AccountEvent, Body, Event, OrderEventKind, Quote};
use crate::journal::codec::{Decode, Encode};
use crate::market::Market;
use crate::names::InstrumentId;
use crate::state::{Loader, RestoreError, Saver, State, Value as _};
use crate::strategy::Outgoing;
use crate::time::Ts;

/// Instruments of one task that are written down with an order of it; of a task with more, only those that it holds,
/// works in or orders.
const FEW: usize = 16;

/// Tops of book that are not what was written down of them last. Every other one that was told stands as it was told.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Marks {
    /// When they were seen.
    pub ts: Ts,
    /// By instrument.
    pub tops: Vec<Quote>,
}

/// Writes tops down when there is cause, and each only when it is another one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marker {
    told: Vec<Option<Quote>>,
    marks: Marks,
    /// Of the first 64 instruments those that were looked at for what is being gathered: one is asked for again and again.
    seen: u64,
}

impl State for Marker {
    fn save(&self, out: &mut Saver) {
        // What is being gathered begins anew with each use.
        let Self {
            told,
            marks: _,
            seen: _,
        } = self;
        let told = told.iter().zip(0u64..);
        let told: Vec<(u64, Quote)> = told.filter_map(|(top, at)| Some((at, (*top)?))).collect();
        told.save(out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.told.clear();
        for (at, top) in Vec::<(u64, Quote)>::get(from)? {
            let at = u16::try_from(at).map_err(|_| RestoreError::Malformed("tops of book"))?;
            self.tell(usize::from(at), top);
        }
        Ok(())
    }
}

impl Marker {
    /// Takes up what an earlier life noted.
    pub(crate) fn noted(&mut self, marks: &Marks) {
        for top in &marks.tops {
            self.tell(top.instrument.index(), *top);
        }
    }

    fn tell(&mut self, at: usize, top: Quote) {
        if self.told.len() <= at {
            self.told.resize(at + 1, None);
        }
        self.told[at] = Some(top);
    }

    /// Forgets what was gathered, and gathers at a moment.
    fn begin(&mut self, ts: Ts, desk: &Desk) {
        self.told.resize(desk.names().instruments.len(), None);
        self.marks.ts = ts;
        self.marks.tops.clear();
        self.seen = 0;
    }

    #[inline]
    fn add(&mut self, instrument: InstrumentId, market: &Market) {
        let bit = 1_u64.checked_shl(instrument.0.into()).unwrap_or(0);
        if self.seen & bit == 0 {
            self.seen |= bit;
            self.look_at(instrument, market);
        }
    }

    fn look_at(&mut self, instrument: InstrumentId, market: &Market) {
        let Some(told) = self.told.get_mut(instrument.index()) else {
            return;
        };
        if let Some(top) = market.instrument(instrument).top()
            && *told != Some(*top)
        {
            *told = Some(*top);
            self.marks.tops.push(*top);
        }
    }

    /// What is held and what orders are out for.
    fn add_own(&mut self, desk: &Desk, market: &Market) {
        for (at, position) in desk.positions().iter().enumerate() {
            if !position.qty.is_zero() {
                self.add(InstrumentId(at as u16), market);
            }
        }
        for order in desk.orders().alive() {
            self.add(order.place.instrument, market);
        }
    }

    fn gathered(&self) -> Option<&Marks> {
        (!self.marks.tops.is_empty()).then_some(&self.marks)
    }

    /// Before the first event of a day: everything that is seen, as of the last moment of the day before.
    pub(crate) fn at_midnight(&mut self, ts: Ts, desk: &Desk, market: &Market) -> Option<&Marks> {
        // The last moment of the day that is over.
        let day = ts.utc_day().saturating_mul(86_400_000_000_000);
        self.begin(Ts::from_nanos(day.saturating_sub(1)), desk);
        for at in 0..desk.names().instruments.len() {
            self.add(InstrumentId(at as u16), market);
        }
        self.gathered()
    }

    /// Before own news is folded in: that of a venue that has an order now, of a fill, or of what happened to a
    /// position.
    pub(crate) fn at_news(
        &mut self,
        event: &Event,
        desk: &Desk,
        market: &Market,
    ) -> Option<&Marks> {
        let about = match &event.body {
            Body::Order(news) => match news.kind {
                OrderEventKind::Accepted | OrderEventKind::Filled(_) => desk
                    .orders()
                    .get(news.order)
                    .map(|order| order.place.instrument),
                _ => return None,
            },
            Body::Account(AccountEvent::Balance { .. }) => return None,
            Body::Account(
                AccountEvent::Funding { instrument, .. }
                | AccountEvent::Liquidated { instrument, .. }
                | AccountEvent::LiquidationFee { instrument, .. }
                | AccountEvent::Deleveraged { instrument, .. }
                | AccountEvent::Foreign { instrument, .. },
            ) => Some(*instrument),
            _ => return None,
        };
        self.begin(event.ts, desk);
        if let Some(instrument) = about {
            self.add(instrument, market);
        }
        self.add_own(desk, market);
        self.gathered()
    }

    /// Beside orders that leave: what their tasks trade, what is held and what orders are out for.
    pub(crate) fn at_orders(
        &mut self,
        ts: Ts,
        outgoing: &[Outgoing],
        desk: &Desk,
        market: &Market,
    ) -> Option<&Marks> {
        self.begin(ts, desk);
        let mut placed = outgoing.iter().filter_map(|leaving| match leaving {
            Outgoing::Place(place) => Some(place.get()),
            _ => None,
        });
        let first = placed.next()?;
        self.add_task(first, desk, market);
        for place in placed {
            if place.task == first.task {
                self.add(place.instrument, market);
            } else {
                self.add_task(place, desk, market);
            }
        }
        self.add_own(desk, market);
        self.gathered()
    }

    fn add_task(&mut self, place: &Place, desk: &Desk, market: &Market) {
        self.add(place.instrument, market);
        let legs = || desk.legs_of(place.task);
        if legs().nth(FEW).is_none() {
            for leg in legs() {
                self.add(leg, market);
            }
        }
    }
}
