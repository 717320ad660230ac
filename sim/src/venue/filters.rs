//! A venue's own rules for the form of an order.

use onetape_core::command::Place;
use onetape_core::event::RejectReason;
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::num::{Price, Qty};

/// The venue's own rules, in the order in which venues report them.
pub(super) fn check_filters(
    instrument: &Instrument,
    place: &Place,
    touch: Price,
) -> Result<(), RejectReason> {
    let on_grid = |price: Price| {
        price.mantissa() > 0 && price.mantissa() % instrument.tick.mantissa().max(1) == 0
    };
    if place.limit.is_some_and(|limit| !on_grid(limit)) {
        return Err(RejectReason::TickSize);
    }
    if place.qty <= Qty::ZERO || instrument.floor_lots(place.qty) != place.qty {
        return Err(RejectReason::LotSize);
    }
    let too_large = !instrument.max_qty.is_zero() && place.qty > instrument.max_qty;
    if place.qty < instrument.min_qty || too_large {
        return Err(RejectReason::Quantity);
    }
    let exempt = place.reduce_only && instrument.kind != InstrumentKind::Spot;
    let (price, least) = (place.limit.unwrap_or(touch), instrument.min_notional);
    if !least.is_zero() && !exempt && instrument.compare_notional(price, place.qty, least).is_lt() {
        return Err(RejectReason::MinNotional);
    }
    Ok(())
}
