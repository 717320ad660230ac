//! The numbers that the strategy looks at, for decisions and for people.

use rust_decimal::Decimal;

use super::leg::Leg;
use super::rule::DeltaNeutral;
use crate::num::Money;
use crate::strategy::{Context, Numbers};

/// Decimals of an average price.
const AVERAGE_DECIMALS: u32 = 12;

impl DeltaNeutral {
    /// Progress, what the fills averaged and where both touches are.
    pub(super) fn tell<S>(&self, cx: &Context<'_, S>, numbers: &mut Numbers) {
        let [buy, sell] = &self.legs;
        let exact = |amount| Money::new(buy.scale.decimal(amount));
        numbers.exact("filled_buy", exact(buy.filled));
        numbers.exact("filled_sell", exact(sell.filled));
        numbers.exact("imbalance", exact(self.imbalance()));
        numbers.exact("total_quantity", exact(self.rules.total));
        let averages = [buy, sell].map(average);
        for (name, average) in ["buy_avg_price", "sell_avg_price"]
            .into_iter()
            .zip(averages)
        {
            if let Some(average) = average {
                numbers.exact(name, Money::new(average));
            }
        }
        if let [Some(bought), Some(sold)] = averages {
            let profit = (sold - bought).checked_div(bought);
            let bps = profit.map(|profit| Money::new(profit).to_f64() * 10_000.0);
            numbers.signal("spread_bps", bps.unwrap_or(f64::NAN));
        }
        let names = [["buy_bid", "buy_ask"], ["sell_bid", "sell_ask"]];
        for (leg, [bid, ask]) in self.legs.iter().zip(names) {
            let instrument = cx.names.instrument(leg.instrument);
            if let Some(top) = cx.market.instrument(leg.instrument).top() {
                numbers.exact(bid, Money::new(instrument.price_decimal(top.bid.price)));
                numbers.exact(ask, Money::new(instrument.price_decimal(top.ask.price)));
            }
        }
    }
}

/// What the fills of this run averaged.
fn average(leg: &Leg) -> Option<Decimal> {
    let traded = leg.scale.decimal(leg.traded);
    let average = leg.value.decimal().checked_div(traded)?;
    Some(average.round_dp(AVERAGE_DECIMALS))
}
