//! Margin that is set aside for each position.

use onetape_core::instrument::Instrument;
use onetape_core::market::Market;
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::position::Position;

use super::{Account, MarginState};
use crate::config::MarginMode;
use crate::fees::in_steps;

impl Account {
    pub(super) fn set_margin(&mut self, at: usize, margin: Money) {
        let holding = &mut self.holdings[at];
        let (settle, change) = (holding.settle, margin - holding.margin);
        holding.margin = margin;
        self.touched = true;
        self.entry(settle).isolated += change;
    }

    /// After a fill: what was opened is backed anew, what was closed frees its share, and a loss beyond that share
    /// is paid from what stands behind the rest. What nothing pays, the venue bears.
    pub(super) fn move_margin(
        &mut self,
        instrument: &Instrument,
        at: usize,
        before: Position,
        price: Price,
        realised: Money,
    ) {
        let (old, new) = (before.qty, self.holdings[at].position.qty);
        let margin = self.holdings[at].margin;
        let same_way = !old.is_zero() && !new.is_zero() && (old > Qty::ZERO) == (new > Qty::ZERO);
        let kept = if !same_way {
            Money::ZERO
        } else if new.abs() < old.abs() {
            share(instrument, margin, new, old)
        } else {
            margin
        };
        let grown = if !same_way {
            new
        } else if new.abs() > old.abs() {
            new - old
        } else {
            Qty::ZERO
        };
        let added = in_steps(self.margin_of(instrument.id, instrument.cost(price, grown).abs()));
        let uncovered = (realised + margin - kept).min(Money::ZERO);
        let behind = kept + added + uncovered;
        self.set_margin(at, behind.max(Money::ZERO));
        if behind.is_negative() {
            self.credit(instrument.settle(), -behind);
            self.borne.push((instrument.id, -behind));
        }
    }

    /// What stands behind one position with isolated margin.
    pub fn isolated_state(
        &self,
        instrument: InstrumentId,
        names: &Names,
        market: &Market,
    ) -> MarginState {
        let Some(holding) = self.holding(instrument) else {
            return MarginState::default();
        };
        let state = holding.margin_state(names, market);
        MarginState {
            balance: holding.margin + state.balance,
            ..state
        }
    }

    /// Pays or charges funding. What the free balance cannot pay is taken from what stands behind the position.
    pub(crate) fn fund(&mut self, instrument: &Instrument, amount: Money) {
        self.credit(instrument.settle(), amount);
        if self.mode == MarginMode::Isolated && amount.is_negative() {
            let at = self.holding_at(instrument);
            let missing = (-self.free(instrument.settle())).min(-amount);
            self.take_margin(at, missing);
        }
    }

    /// Takes what is missing from what stands behind the positions of an asset, in the order in which they were
    /// first traded.
    pub(crate) fn draw_on_margins(&mut self, settle: AssetId) {
        for at in 0..self.holdings.len() {
            if self.holdings[at].settle == settle {
                self.take_margin(at, -self.free(settle));
            }
        }
    }

    fn take_margin(&mut self, at: usize, missing: Money) {
        let margin = self.holdings[at].margin;
        let taken = missing.min(margin);
        if taken > Money::ZERO {
            self.set_margin(at, margin - taken);
        }
    }

    /// What the venue bore of losses on closing trades since the last call.
    pub(crate) fn take_borne(&mut self) -> Vec<(InstrumentId, Money)> {
        core::mem::take(&mut self.borne)
    }
}

/// A part of an amount, by quantity, cut at the steps in which amounts are booked.
fn share(instrument: &Instrument, amount: Money, part: Qty, whole: Qty) -> Money {
    let (part, whole) = (instrument.qty_decimal(part), instrument.qty_decimal(whole));
    let share = amount
        .decimal()
        .saturating_mul(part.abs())
        .checked_div(whole.abs());
    in_steps(Money::new(share.unwrap_or_default()))
}
