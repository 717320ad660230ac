//! Public prints of one instrument: gaps, volume, average price.

use rust_decimal::Decimal;

use super::super::tape::{Cursor, TradeColumns};
use crate::catalog::TradeRow;
use crate::error::Result;

/// Decimals of the average price.
const VWAP_DECIMALS: u32 = 8;

#[derive(Default)]
pub(super) struct TradeStats {
    pub(super) count: u64,
    pub(super) price_zero: u64,
    pub(super) id_gaps: u64,
    last_id: Option<u64>,
    qty: i128,
    /// Price times quantity; `None` when it has more than 128 bits.
    value: Option<i128>,
}

impl TradeStats {
    pub(super) fn read(
        mut trades: Cursor<TradeColumns>,
        step: &mut dyn FnMut(u64),
    ) -> Result<Self> {
        let mut stats = Self {
            value: Some(0),
            ..Self::default()
        };
        while trades.head().is_some() {
            let (columns, at) = trades.row();
            stats.add(&columns.row(at));
            trades.advance()?;
            step(1);
        }
        Ok(stats)
    }

    fn add(&mut self, trade: &TradeRow) {
        self.count += 1;
        self.price_zero += u64::from(trade.price.mantissa() == 0);
        let follows = self
            .last_id
            .is_none_or(|last| last.checked_add(1) == Some(trade.trade_id));
        self.id_gaps += u64::from(!follows);
        self.last_id = Some(trade.trade_id);
        let (price, qty) = (
            i128::from(trade.price.mantissa()),
            i128::from(trade.qty.mantissa()),
        );
        self.qty = self.qty.saturating_add(qty);
        self.value = self.value.and_then(|value| value.checked_add(price * qty));
    }

    /// Traded quantity at the instrument's decimals.
    pub(super) fn volume(&self, qty_decimals: u8) -> Option<String> {
        decimal_text(self.qty, u32::from(qty_decimals))
    }

    /// Average price by quantity, half to even.
    pub(super) fn vwap(&self, price_decimals: u8) -> Option<String> {
        let power = VWAP_DECIMALS.abs_diff(u32::from(price_decimals));
        let factor = 10_i128.checked_pow(power)?;
        let (value, qty) = if u32::from(price_decimals) <= VWAP_DECIMALS {
            (self.value?.checked_mul(factor)?, self.qty)
        } else {
            (self.value?, self.qty.checked_mul(factor)?)
        };
        if qty <= 0 {
            return None;
        }
        let (floor, rest) = (value.div_euclid(qty), value.rem_euclid(qty));
        let up = match (rest - (qty - rest)).signum() {
            -1 => 0,
            0 => floor.rem_euclid(2),
            _ => 1,
        };
        decimal_text(floor + up, VWAP_DECIMALS)
    }
}

fn decimal_text(mantissa: i128, decimals: u32) -> Option<String> {
    Decimal::try_from_i128_with_scale(mantissa, decimals)
        .ok()
        .map(|decimal| decimal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_core::instrument::Side;
    use onetape_core::num::{Price, Qty};
    use onetape_core::time::Ts;

    #[test]
    fn volume_average_and_gaps() {
        let mut stats = TradeStats {
            value: Some(0),
            ..TradeStats::default()
        };
        for (trade_id, price, qty) in [(7, 10_000, 1), (8, 10_100, 2), (10, 0, 0)] {
            stats.add(&TradeRow {
                ts: Ts::from_nanos(0),
                ts_venue: None,
                place: 0,
                trade_id,
                price: Price::new(price),
                qty: Qty::new(qty),
                aggressor: Side::Buy,
            });
        }
        assert_eq!((stats.count, stats.id_gaps, stats.price_zero), (3, 1, 1));
        assert_eq!(stats.volume(3).as_deref(), Some("0.003"));
        assert_eq!(stats.vwap(2).as_deref(), Some("100.66666667"));
        assert_eq!(stats.vwap(10).as_deref(), Some("0.00000101"));
    }
}
