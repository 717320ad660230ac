//! Limits of orders that take.

use crate::instrument::Side;
use crate::names::InstrumentId;
use crate::num::{Bps, Price};
use crate::strategy::Context;

/// The touch that `side` takes, conceding `slippage`, on the grid. `None` without a live book.
pub fn marketable_limit<S>(
    cx: &Context<'_, S>,
    instrument: InstrumentId,
    side: Side,
    slippage: Bps,
) -> Option<Price> {
    let touch = cx.market.instrument(instrument).touch(side)?.price;
    let conceded =
        i128::from(touch.mantissa()) * i128::from(slippage.millionths()) / 10_000_000_000;
    let conceded = i64::try_from(conceded).unwrap_or(i64::MAX);
    let instrument = cx.names.instrument(instrument);
    let limit = match side {
        Side::Buy => instrument
            .limit_on_grid(touch.shifted(conceded), side)
            .max(touch),
        Side::Sell => instrument
            .limit_on_grid(touch.shifted(-conceded), side)
            .min(touch),
    };
    Some(limit)
}
