//! What news of orders, of accounts and of people does to what a run owns.

use super::Desk;
use crate::event::{AccountEvent, Control, OrderEvent, OrderEventKind};
use crate::names::TaskId;
use crate::risk::TradingState;

impl Desk {
    pub(super) fn order_news(&mut self, news: &OrderEvent) -> Option<TaskId> {
        let applied = self.own.orders.apply(news)?;
        let order = self.own.orders.get(news.order)?;
        let (place, state, filled) = (order.place, order.state, order.filled);
        if let OrderEventKind::Amended { .. } = news.kind {
            self.digest.mix(place.qty.mantissa() as u64);
            let limit = place.limit.map_or(0, |limit| limit.mantissa() as u64);
            self.digest.mix(limit);
        }
        if let Some(fill) = applied.fill {
            let instrument = self.own.names.instrument(place.instrument);
            let position = &mut self.own.positions[place.instrument.index()];
            let realised = position.book(instrument, place.side, &fill);
            self.digest.mix(position.qty.mantissa() as u64);
            self.digest.mix_money(position.cost);
            self.own
                .ledger
                .fill(instrument, place.side, &fill, realised);
            self.own.day.realised += realised - fill.fee.value;
            if let Some(slot) = self.tasks.get_mut(place.task.index()) {
                slot.life.book(instrument, place.side, &fill);
            }
        } else if matches!(news.kind, OrderEventKind::Filled(_)) {
            // A fill that is told twice is not news: who keeps legs of its own would book it twice.
            return None;
        }
        self.digest.mix(u64::from(news.order.n) << 8 | state as u64);
        self.digest.mix(filled.mantissa() as u64);
        Some(place.task)
    }

    pub(super) fn account_news(&mut self, news: &AccountEvent) {
        match *news {
            AccountEvent::Balance {
                venue,
                asset,
                total,
            } => {
                self.own.ledger.balance(venue, asset, total);
                self.digest
                    .mix(u64::from(venue.0) << 16 | u64::from(asset.0));
                self.digest.mix_money(total);
            }
            AccountEvent::Funding {
                instrument, amount, ..
            } => {
                self.own
                    .ledger
                    .funding(self.own.names.instrument(instrument), amount);
                self.own.day.realised += amount;
                self.digest.mix_money(amount);
            }
            AccountEvent::Liquidated {
                instrument,
                qty,
                realised,
            } => {
                self.own.positions[instrument.index()].liquidate(qty, realised);
                let closed = self.own.names.instrument(instrument);
                for slot in &mut self.tasks {
                    slot.life.liquidated(closed, qty, realised);
                }
                self.own
                    .ledger
                    .liquidation(self.own.names.instrument(instrument), realised);
                self.own.day.realised += realised;
                self.digest.mix(u64::from(instrument.0));
                self.digest.mix_money(realised);
            }
            AccountEvent::LiquidationFee { instrument, amount } => {
                self.own
                    .ledger
                    .liquidation_fee(self.own.names.instrument(instrument), amount);
                self.own.day.realised -= amount;
                self.digest.mix_money(amount);
            }
        }
    }

    /// An order to the whole desk; false when it is one to tasks.
    pub(super) fn control(&mut self, control: &Control) -> bool {
        let (state, word) = match control {
            Control::Pause => (TradingState::Paused, 0),
            Control::Resume => (TradingState::Active, 1),
            Control::Halt => (TradingState::Halted, 2),
            Control::Task(_) => return false,
        };
        self.own.gate.set_state(state);
        self.digest.mix(word);
        true
    }
}
