//! Public prints.

use onetape_core::event::{Body, Trade};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};

use super::{Columns, Events, Keys, Need, keyed, known_sides, not_negative, side};
use crate::catalog::{Kind, TradeRow};
use crate::error::Result;
use crate::tape::file::Group;

/// Public prints.
#[derive(Default)]
pub(crate) struct TradeColumns {
    keys: Keys,
    trade_id: Vec<i64>,
    px: Vec<i64>,
    qty: Vec<i64>,
    side: Vec<i32>,
}

impl Columns for TradeColumns {
    const KIND: Kind = Kind::Trade;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        self.keys.read(group, rows, need)?;
        group.ints("px", rows, &mut self.px)?;
        group.ints("qty", rows, &mut self.qty)?;
        group.sides("side", rows, &mut self.side)?;
        known_sides(group, &self.side, false)?;
        if need.rows {
            group.ints("trade_id", rows, &mut self.trade_id)?;
            not_negative(group, "trade_id", &self.trade_id)?;
        }
        Ok(())
    }
}

impl Events for TradeColumns {
    fn bodies(&self, rows: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        let (px, qty, sides) = (&self.px[..rows], &self.qty[..rows], &self.side[..rows]);
        move |row| {
            Body::Trade(Trade {
                instrument,
                price: Price::new(px[row]),
                qty: Qty::new(qty[row]),
                aggressor: side(sides[row]),
            })
        }
    }
}

impl TradeColumns {
    pub(crate) fn row(&self, row: usize) -> TradeRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        TradeRow {
            ts,
            ts_venue,
            place,
            trade_id: self.trade_id[row] as u64,
            price: Price::new(self.px[row]),
            qty: Qty::new(self.qty[row]),
            aggressor: side(self.side[row]),
        }
    }
}
