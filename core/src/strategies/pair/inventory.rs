//! What lies at a venue and may be spent there: a spot leg is paid for from it, and nothing is transferred.

use rust_decimal::Decimal;

use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::names::{AssetId, VenueId};
use crate::num::{Bps, Money, Price, Qty};
use crate::order::Order;
use crate::saga::marketable_limit;
use crate::strategy::Context;

/// What is free of an asset at a venue: the lower of what the venue said last and what the ledger expects, less what
/// the spot orders that are alive there may still take. Nothing when the asset was never heard of there.
///
/// A fill that the venue's word does not know yet lowers it and never raises it. What positions in futures lock at the
/// same venue is not known here.
pub(super) fn free<S>(cx: &Context<'_, S>, venue: VenueId, asset: AssetId) -> Money {
    let Some(row) = cx.ledger.row(venue, asset) else {
        return Money::ZERO;
    };
    let known = row.reported.min(row.expected());
    let claimed: Money = cx
        .orders
        .alive()
        .map(|order| claim(cx, order, venue, asset))
        .sum();
    (known - claimed).max(Money::ZERO)
}

/// What an order may still take of an asset at a venue.
fn claim<S>(cx: &Context<'_, S>, order: &Order, venue: VenueId, asset: AssetId) -> Money {
    let instrument = cx.names.instrument(order.place.instrument);
    if instrument.venue != venue || instrument.kind != InstrumentKind::Spot {
        return Money::ZERO;
    }
    match order.place.side {
        Side::Sell if instrument.base == asset => {
            Money::new(instrument.qty_decimal(order.exposure()))
        }
        Side::Buy if instrument.quote == asset => {
            let top = || cx.market.instrument(instrument.id).last_top();
            let price = order.place.limit.or_else(|| top().map(|top| top.ask.price));
            instrument.notional(price.unwrap_or_default(), order.exposure())
        }
        Side::Buy | Side::Sell => Money::ZERO,
    }
}

/// The price of a base unit with the fee on top, at the worst that an order may pay; a rebate pays for nothing.
fn unit_cost(instrument: &Instrument, limit: Price, fee: Bps) -> Decimal {
    let fee = fee.max(Bps::default()).to_decimal();
    instrument.price_decimal(limit) * (Decimal::ONE + fee)
}

/// The most of the base asset that an order at `slippage` beyond the touch is sure to be paid for. `None` without a
/// live book.
pub(in crate::strategies) fn affordable<S>(
    cx: &Context<'_, S>,
    (instrument, side): (&Instrument, Side),
    fee: Bps,
    slippage: Bps,
) -> Option<Decimal> {
    if side == Side::Sell {
        return Some(free(cx, instrument.venue, instrument.base).decimal());
    }
    let limit = marketable_limit(cx, instrument.id, side, slippage)?;
    let quote = free(cx, instrument.venue, instrument.quote).decimal();
    quote.checked_div(unit_cost(instrument, limit, fee))
}

/// True unless an order of so much is known not to be payable.
pub(in crate::strategies) fn covers<S>(
    cx: &Context<'_, S>,
    leg: (&Instrument, Side),
    qty: Qty,
    fee: Bps,
    slippage: Bps,
) -> bool {
    let most = affordable(cx, leg, fee, slippage);
    most.is_none_or(|most| leg.0.qty_decimal(leg.0.floor_lots(qty)) <= most)
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;
    use crate::command::{LegTag, Place, TimeInForce};
    use crate::event::{OrderEvent, OrderEventKind};
    use crate::instrument::fixtures::instrument;
    use crate::ledger::Ledger;
    use crate::market::Market;
    use crate::names::{InstrumentId, Names, TaskId};
    use crate::order::{OrderId, OrderTable};
    use crate::strategy::NoSignals;
    use crate::time::Ts;

    /// A spot pair and a future at one venue, and the same spot pair at another.
    fn names() -> Names {
        let kinds = [
            (0, InstrumentKind::Spot),
            (0, InstrumentKind::Linear),
            (1, InstrumentKind::Spot),
        ];
        let instruments = kinds.into_iter().enumerate().map(|(at, (venue, kind))| {
            let mut instrument = instrument(at as u16, kind);
            instrument.venue = VenueId(venue);
            instrument
        });
        Names {
            instruments: instruments.collect(),
            ..Names::default()
        }
    }

    /// An order of whole units.
    fn place(n: u32, at: u16, side: Side, qty: i64, price: i64) -> Place {
        Place {
            order: OrderId { epoch: 1, n },
            task: TaskId(u16::from(n > 0)),
            instrument: InstrumentId(at),
            side,
            qty: Qty::new(qty * 1_000),
            limit: Some(Price::new(price * 100)),
            time_in_force: TimeInForce::GoodTillCancelled,
            reduce_only: false,
            tag: LegTag::default(),
        }
    }

    /// Free base and quote at the first venue.
    fn free_of(names: &Names, ledger: &Ledger, orders: &OrderTable) -> [String; 2] {
        let market = Market::new(&[], &[]);
        let cx = Context {
            now: Ts::default(),
            names,
            market: &market,
            orders,
            positions: &[],
            ledger,
            lots: None,
            signals: &NoSignals,
        };
        let spot = &names.instruments[0];
        [spot.base, spot.quote].map(|asset| free(&cx, spot.venue, asset).to_string())
    }

    #[test]
    fn what_live_orders_of_anybody_may_take_is_not_free() {
        let names = names();
        let (mut ledger, mut orders) = (Ledger::default(), OrderTable::new(1));
        assert_eq!(free_of(&names, &ledger, &orders), ["0", "0"]);
        let spot = &names.instruments[0];
        for (asset, total) in [(spot.base, "10"), (spot.quote, "1000")] {
            ledger.balance(spot.venue, asset, Money::parse(total).unwrap());
        }
        for place in [
            place(0, 0, Side::Sell, 3, 100),
            place(1, 0, Side::Buy, 2, 50),
            // Neither a future's nor another venue's.
            place(2, 1, Side::Sell, 4, 100),
            place(3, 2, Side::Sell, 4, 100),
        ] {
            orders.enter(place);
        }
        assert_eq!(free_of(&names, &ledger, &orders), ["7", "900"]);
        orders.enter(place(4, 0, Side::Sell, 9, 100));
        assert_eq!(free_of(&names, &ledger, &orders)[0], "0", "never below");
        for n in [0, 4] {
            let order = OrderId { epoch: 1, n };
            orders.apply(&OrderEvent {
                order,
                kind: OrderEventKind::Cancelled,
            });
        }
        assert_eq!(free_of(&names, &ledger, &orders), ["10", "900"]);
    }

    #[test]
    fn the_lower_of_the_venues_word_and_the_ledgers_holds() {
        let names = names();
        let (mut ledger, orders) = (Ledger::default(), OrderTable::new(1));
        let spot = &names.instruments[0];
        for (asset, total) in [(spot.base, "10"), (spot.base, "8"), (spot.quote, "1000")] {
            ledger.balance(spot.venue, asset, Money::parse(total).unwrap());
        }
        assert_eq!(free_of(&names, &ledger, &orders), ["8", "1000"]);
        ledger.balance(spot.venue, spot.base, Money::parse("12").unwrap());
        assert_eq!(free_of(&names, &ledger, &orders)[0], "10");
    }
}
