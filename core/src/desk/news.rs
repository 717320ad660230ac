//! What news of orders, of accounts and of people does to what a run owns.

use super::Desk;
use crate::event::{AccountEvent, Control, OrderEvent, OrderEventKind, RunEvent};
use crate::instrument::{InstrumentKind, Side};
use crate::market::Market;
use crate::names::{InstrumentId, TaskId};
use crate::num::{Money, Qty};
use crate::planted::{Bug, planted};
use crate::position::{part_of, share_of};
use crate::risk::{Alive, TradingState};
use crate::time::Ts;

impl Desk {
    pub(super) fn order_news(
        &mut self,
        news: &OrderEvent,
        now: Ts,
        market: &Market,
    ) -> Option<TaskId> {
        let before = self.alive(news);
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
            let held = *position;
            let realised = position.book(instrument, place.side, fill);
            let traded = position.qty - held.qty;
            self.digest.mix(position.qty.mantissa() as u64);
            self.digest.mix_money(position.cost);
            self.own.ledger.fill(instrument, place.side, fill, realised);
            self.own.day.realised += realised - fill.fee.value;
            self.own.traded_last[place.instrument.index()] = place.task;
            if let Some(slot) = self.tasks.get_mut(place.task.index()) {
                let turn = [&held, &self.own.positions[place.instrument.index()]];
                slot.life.book(instrument, place.side, fill, turn);
            }
            self.tell_gate(news.order, before, Some((fill, traded)), now, market);
        } else if matches!(news.kind, OrderEventKind::Filled(_)) {
            // A fill that is told twice is not news: who keeps legs of its own would book it twice.
            return None;
        } else {
            self.tell_gate(news.order, before, None, now, market);
        }
        self.digest.mix(u64::from(news.order.n) << 8 | state as u64);
        self.digest.mix(filled.mantissa() as u64);
        Some(place.task)
    }

    pub(super) fn account_news(&mut self, news: &AccountEvent, now: Ts) {
        match *news {
            AccountEvent::Balance {
                venue,
                asset,
                total,
            } => {
                self.own.ledger.balance_at(venue, asset, total, now);
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
                if !qty.is_zero() {
                    self.own.foreign[instrument.index()] = Qty::ZERO;
                }
                if let Some(more) = self.own.gate.more_mut()
                    && !qty.is_zero()
                {
                    more.liquidated(instrument, &self.own.names);
                }
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
            AccountEvent::Deleveraged {
                instrument,
                qty,
                price,
            } => {
                if planted(Bug::IgnoreDeleveraging) {
                    return;
                }
                self.share_closed(instrument, qty);
                let known = self.own.names.instrument(instrument);
                let position = &mut self.own.positions[instrument.index()];
                let realised = position.deleverage(known, qty, price);
                for &(task, share) in &self.own.closed {
                    if let Some(slot) = self.tasks.get_mut(task.index()) {
                        slot.life.deleveraged(known, share, price);
                    }
                    if let Some(more) = self.own.gate.more_mut() {
                        more.deleveraged(task, instrument, share, &self.own.names);
                    }
                }
                self.digest.mix(u64::from(instrument.0));
                self.digest.mix(position.qty.mantissa() as u64);
                self.own.ledger.liquidation(known, realised);
                self.own.day.realised += realised;
                self.digest.mix_money(realised);
            }
            AccountEvent::Foreign {
                instrument,
                qty,
                price,
                fee_asset,
                fee,
            } => {
                let known = self.own.names.instrument(instrument);
                let mut realised = Money::ZERO;
                // Coins are in the balance; a spot position is what the run bought, and that did not change.
                if known.kind != InstrumentKind::Spot {
                    let side = if qty > Qty::ZERO {
                        Side::Buy
                    } else {
                        Side::Sell
                    };
                    let position = &mut self.own.positions[instrument.index()];
                    realised = position.fill(known, side, price, qty.abs());
                    self.own.foreign[instrument.index()] += qty;
                }
                let fee = (fee_asset, fee);
                (self.own.ledger).foreign(known, qty, price, realised, fee);
                self.digest.mix(u64::from(instrument.0));
                self.digest.mix(qty.mantissa() as u64);
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

    /// Works out what each task bears of a signed part of a position that the venue closes. What somebody else added goes
    /// first: while the account still has what the tasks hold, nothing of theirs is to be repaired. What the position
    /// does not have any more was closed before news of a fill that came first: it is whose fill that was.
    fn share_closed(&mut self, instrument: InstrumentId, closed: Qty) {
        let others = &mut self.own.foreign[instrument.index()];
        let whole = self.own.positions[instrument.index()].qty - *others;
        let undone = if (*others > Qty::ZERO) == (closed > Qty::ZERO) {
            part_of(closed, *others)
        } else {
            Qty::ZERO
        };
        *others -= undone;
        let closed = closed - undone;
        let covered = if (whole > Qty::ZERO) == (closed > Qty::ZERO) {
            part_of(closed, whole)
        } else {
            Qty::ZERO
        };
        let last = self.own.traded_last[instrument.index()];
        self.own.closed.clear();
        for (task, slot) in (0..).map(TaskId).zip(&self.tasks) {
            let mut share = share_of(covered, slot.life.held(instrument), whole);
            if task == last {
                share += closed - covered;
            }
            if !share.is_zero() {
                self.own.closed.push((task, share));
            }
        }
    }

    /// From another life of the process on, orders have its ids.
    pub(super) fn begin_life(&mut self, news: &RunEvent) {
        let epoch = match news {
            RunEvent::Started(started) => started.epoch,
            RunEvent::Resumed(resumed) => resumed.epoch,
            RunEvent::Ended(_) => return,
        };
        if self.own.orders.begin_life(epoch) {
            self.draft.begin_life(epoch);
        }
    }

    /// An order to the whole desk; false when it is one to tasks.
    pub(super) fn control(&mut self, control: &Control) -> bool {
        let (state, word) = match control {
            Control::Pause => (Some(TradingState::Paused), 0),
            Control::Resume => (Some(TradingState::Active), 1),
            Control::Halt => (Some(TradingState::Halted), 2),
            Control::ResetBreaker(kind) => (None, 3 | (*kind as u64) << 8),
            Control::AcceptBalances => (None, 4),
            Control::Task(_) | Control::Verdict(_) => return false,
        };
        if let Some(state) = state {
            self.own.gate.set_state(state);
        }
        self.digest.mix(word);
        true
    }

    /// How an order stands before news of it, where the gate keeps count of that.
    fn alive(&self, news: &OrderEvent) -> Option<Alive> {
        self.own.gate.more()?;
        self.own.orders.get(news.order).map(Alive::of)
    }
}
