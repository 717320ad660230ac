//! What a run may do, and what the gate looks at.

use crate::event::Quote;
use crate::instrument::Instrument;
use crate::ledger::Ledger;
use crate::market::Market;
use crate::names::Names;
use crate::num::{Money, Price, Qty};
use crate::order::OrderTable;
use crate::position::Position;
use crate::time::Ts;

/// What a run may do at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TradingState {
    /// Everything.
    #[default]
    Active,
    /// Close and repair, open nothing.
    Paused,
    /// Nothing.
    Halted,
}

crate::value!(
    enum TradingState {
        Active,
        Paused,
        Halted,
    }
);

/// What the gate looks at.
#[derive(Clone, Copy)]
pub struct RiskView<'a> {
    /// Time of the event.
    pub now: Ts,
    /// Names and instruments.
    pub names: &'a Names,
    /// The market.
    pub market: &'a Market,
    /// The orders of the run.
    pub orders: &'a OrderTable,
    /// Positions by instrument.
    pub positions: &'a [Position],
    /// What balances should be, and what venues say of them.
    pub ledger: &'a Ledger,
    /// Result of this UTC day so far, without what open positions made or lost since it began.
    pub day_realised: Money,
    /// What open positions would have brought when the day began.
    pub day_opening_unrealised: Money,
}

impl RiskView<'_> {
    /// Result of this UTC day, open positions at what closing would bring.
    pub fn day_result(&self) -> Money {
        self.day_realised + self.unrealised() - self.day_opening_unrealised
    }

    /// What closing every position at the touch would realise. While a book is not live its last good touch
    /// stands: a gap makes no loss go away, and none come back on another day.
    pub fn unrealised(&self) -> Money {
        // A loop: a folded sum would be moved once for every position, and most are none.
        let mut sum = Money::ZERO;
        for (position, instrument) in self.open_positions() {
            let top = self.market.instrument(instrument.id).last_top();
            if let Some(top) = top {
                sum += position.unrealised(instrument, exit_price(position, top));
            }
        }
        sum
    }

    /// The positions that are not flat.
    #[inline]
    pub(super) fn open_positions(&self) -> impl Iterator<Item = (&Position, &Instrument)> {
        let all = self.positions.iter().zip(&self.names.instruments);
        all.filter(|(position, _)| !position.qty.is_zero())
    }
}

/// What closing a position at the touch would trade at.
pub(super) fn exit_price(position: &Position, top: &Quote) -> Price {
    if position.qty > Qty::ZERO {
        top.bid.price
    } else {
        top.ask.price
    }
}
