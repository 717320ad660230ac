//! What leaves, against the venue's rules for prices and quantities.

use onetape_core::command::{Command, Place};
use onetape_core::decision::Decision;
use onetape_core::event::Seq;
use onetape_core::instrument::Instrument;
use onetape_core::market::Market;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::{Checker, Rule};

impl Checker {
    pub(super) fn judge_filters(&mut self, at: (Seq, Ts), decision: &Decision, market: &Market) {
        for command in &decision.commands {
            let (order, instrument, qty, limit, value) = match command {
                Command::Place(place) => {
                    let value = self.value(place, market);
                    (place.order, place.instrument, place.qty, place.limit, value)
                }
                Command::Amend(it) => (it.order, it.instrument, it.qty, Some(it.limit), None),
                Command::Cancel(_) | Command::Alert(_) => continue,
            };
            let instrument = self.names.instrument(instrument);
            let fault = fault(instrument, qty, limit).or_else(|| {
                let least = instrument.min_notional.decimal();
                let value = value.filter(|value| *value < least)?;
                Some(format!("is worth {value}, less than {least}"))
            });
            if let Some(fault) = fault {
                let text = order.client_text();
                let name = instrument.name.clone();
                self.broke(Rule::Filters, at, format!("{text} on {name} {fault}"));
            }
        }
    }

    /// What an order is worth in the quote asset, by its limit or else the touch; `None` where no minimum asks for it:
    /// venues let a future be closed whatever it is worth.
    fn value(&self, place: &Place, market: &Market) -> Option<Decimal> {
        let instrument = self.names.instrument(place.instrument);
        let touch = market.instrument(place.instrument).touch(place.side);
        let price = place.limit.or_else(|| touch.map(|touch| touch.price))?;
        let value = instrument.notional(price, place.qty).decimal();
        (!place.reduce_only).then_some(value)
    }
}

/// What a venue would refuse of a price and a quantity.
fn fault(instrument: &Instrument, qty: Qty, limit: Option<Price>) -> Option<String> {
    let whole = |of: i64, step: i64| of > 0 && of % step.max(1) == 0;
    let (amount, lot) = (qty.mantissa(), instrument.lot.mantissa());
    if !whole(amount, lot) {
        return Some(format!(
            "is of {amount}, which is no number of lots of {lot}"
        ));
    }
    if let Some(price) = limit.map(Price::mantissa)
        && !whole(price, instrument.tick.mantissa())
    {
        let tick = instrument.tick.mantissa();
        return Some(format!(
            "is at {price}, which is no number of ticks of {tick}"
        ));
    }
    let (least, most) = (instrument.min_qty, instrument.max_qty);
    if qty < least || !most.is_zero() && qty > most {
        let (least, most) = (least.mantissa(), most.mantissa());
        return Some(format!("is of {amount}, allowed is {least} to {most}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use onetape_core::instrument::InstrumentKind;
    use onetape_core::names::{AssetId, InstrumentId, VenueId};
    use onetape_core::num::Money;

    use super::*;

    #[test]
    fn ex9_what_a_venue_does_not_take_is_told() {
        let instrument = Instrument {
            id: InstrumentId(0),
            name: "venue:BTCUSDT".into(),
            venue: VenueId(0),
            symbol: "BTCUSDT".into(),
            kind: InstrumentKind::Spot,
            base: AssetId(0),
            quote: AssetId(1),
            price_decimals: 1,
            qty_decimals: 3,
            tick: Price::new(5),
            lot: Qty::new(10),
            min_qty: Qty::new(20),
            max_qty: Qty::new(1_000),
            min_notional: Money::ZERO,
            contract_value: Money::parse("1").unwrap(),
            inferred: false,
            tiers: Vec::new(),
        };
        let told = |qty, limit: Option<i64>| {
            let found = fault(&instrument, Qty::new(qty), limit.map(Price::new));
            found.unwrap_or_default()
        };
        for (qty, limit) in [(20, None), (1_000, Some(5)), (30, Some(60_000))] {
            assert_eq!(told(qty, limit), "");
        }
        for qty in [-20, 0, 25] {
            assert!(told(qty, None).contains("no number of lots"), "{qty}");
        }
        for limit in [-5, 0, 7] {
            assert!(
                told(20, Some(limit)).contains("no number of ticks"),
                "{limit}"
            );
        }
        for qty in [10, 1_010] {
            assert!(told(qty, None).contains("allowed is 20 to 1000"), "{qty}");
        }
    }
}
