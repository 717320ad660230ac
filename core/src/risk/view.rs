//! What a run may do, and what the gate looks at.

use crate::ledger::Ledger;
use crate::market::Market;
use crate::names::Names;
use crate::num::{Money, Qty};
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
        let open = self
            .positions
            .iter()
            .enumerate()
            .filter(|(_, position)| !position.qty.is_zero());
        open.filter_map(|(at, position)| {
            let instrument = &self.names.instruments[at];
            let top = self.market.instrument(instrument.id).last_top()?;
            let exit = if position.qty > Qty::ZERO {
                top.bid.price
            } else {
                top.ask.price
            };
            Some(position.unrealised(instrument, exit))
        })
        .sum()
    }
}
