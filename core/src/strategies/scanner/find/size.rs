//! How much of a route can be traded, exactly: what the touches show and the venues' minima allow, in and out.

use rust_decimal::Decimal;

use super::net::Top;
use super::route::{Kind, Route};
use crate::instrument::{Instrument, Side};
use crate::market::Market;
use crate::num::{Money, Price, Qty};
use crate::strategies::pair::sizing::equal_quantities;

/// A route in numbers: a quantity and a price for each of its trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sized {
    /// By trade, in the instrument's own quantity.
    pub qty: [Qty; 3],
    /// By trade: the touch that it takes.
    pub price: [Price; 3],
    /// What the first trade is worth, in quote units.
    pub notional: Money,
}

crate::value!(struct Sized { qty, price, notional });

/// The largest size of a route whose first trade is worth no more than `most` and which takes no more than a `share` of
/// each touch; none when a minimum is missed.
pub(super) fn size(
    route: &Route,
    instruments: &[Instrument],
    tops: &[Top],
    market: &Market,
    (most, share): (Money, Decimal),
) -> Option<Sized> {
    let view = View {
        route,
        instruments,
        tops,
        market,
        share,
    };
    match route.kind {
        Kind::SpotSpot | Kind::SpotFuturesHedge | Kind::Funding => view.pair(most),
        Kind::Triangular => view.triangle(most),
    }
}

struct View<'a> {
    route: &'a Route,
    instruments: &'a [Instrument],
    tops: &'a [Top],
    market: &'a Market,
    share: Decimal,
}

impl View<'_> {
    fn instrument(&self, at: usize) -> &Instrument {
        &self.instruments[usize::from(self.route.steps()[at].at)]
    }

    /// The price that a trade takes, and how much of what stands there it may take.
    fn touch(&self, at: usize) -> Option<(Price, Decimal)> {
        let step = self.route.steps()[at];
        let top = &self.tops[usize::from(step.at)];
        let instrument = self.instrument(at);
        let touch = self.market.instrument(instrument.id).touch(step.side)?;
        let qty = match step.side {
            Side::Buy => top.ask_qty,
            Side::Sell => top.bid_qty,
        };
        let shown = instrument.qty_decimal(qty).checked_mul(self.share)?;
        Some((touch.price, shown))
    }

    /// The lowest price that an instrument has now: what it is worth at least, in and out.
    fn lowest(&self, at: usize) -> Option<Price> {
        let top = self.market.instrument(self.instrument(at).id).top()?;
        Some(top.bid.price)
    }

    fn pair(&self, most: Money) -> Option<Sized> {
        let (ask, offered) = self.touch(0)?;
        let (bid, wanted) = self.touch(1)?;
        let [long, short] = [self.instrument(0), self.instrument(1)];
        let affordable = most.decimal().checked_div(long.price_decimal(ask))?;
        let base = offered.min(wanted).min(affordable);
        let ends = [(long, self.lowest(0)?), (short, self.lowest(1)?)];
        let (bought, sold) = equal_quantities(base, ends[0], ends[1])?;
        Some(Sized {
            qty: [bought, sold, Qty::ZERO],
            price: [ask, bid, Price::default()],
            notional: long.notional(ask, bought),
        })
    }

    /// What the middle trade can be, cut to its lots, decides the other two. What rounding leaves stays in the asset
    /// between.
    fn triangle(&self, most: Money) -> Option<Sized> {
        let touches = [self.touch(0)?, self.touch(1)?, self.touch(2)?];
        let price = |at: usize| self.instrument(at).price_decimal(touches[at].0);
        let shown = |at: usize| touches[at].1;
        let affordable = most.decimal().checked_div(price(0))?;
        let qty = match self.route.steps()[1].side {
            // The first asset buys the second by the cross: so much of it as the first trade can bring.
            Side::Buy => {
                let first = shown(0).min(affordable);
                let cross = first.checked_div(price(1))?.min(shown(1)).min(shown(2));
                let cross = self.instrument(1).floor_qty(cross);
                let second = self.instrument(1).qty_decimal(cross);
                let paid = second.checked_mul(price(1))?;
                [
                    ceil(self.instrument(0), paid),
                    cross,
                    self.instrument(2).floor_qty(second),
                ]
            }
            // The second asset is sold for the first by the cross: so much as the last trade can take.
            Side::Sell => {
                let last = shown(2).checked_div(price(1))?;
                let second = shown(0).min(affordable).min(shown(1)).min(last);
                let cross = self.instrument(1).floor_qty(second);
                let sold = self.instrument(1).qty_decimal(cross);
                let brought = sold.checked_mul(price(1))?;
                [
                    ceil(self.instrument(0), sold),
                    cross,
                    self.instrument(2).floor_qty(brought),
                ]
            }
        };
        for (at, qty) in qty.into_iter().enumerate() {
            let instrument = self.instrument(at);
            let fits = instrument.qty_decimal(qty) <= shown(at);
            if !(fits && is_enough(instrument, self.lowest(at)?, qty)) {
                return None;
            }
        }
        Some(Sized {
            qty,
            price: touches.map(|(price, _)| price),
            notional: self.instrument(0).notional(touches[0].0, qty[0]),
        })
    }
}

/// In whole lots, no less than an amount.
fn ceil(instrument: &Instrument, amount: Decimal) -> Qty {
    let qty = instrument.floor_qty(amount);
    if instrument.qty_decimal(qty) < amount {
        qty + instrument.lot.max(Qty::new(1))
    } else {
        qty
    }
}

fn is_enough(instrument: &Instrument, price: Price, qty: Qty) -> bool {
    qty >= instrument.min_qty
        && !qty.is_zero()
        && (instrument.max_qty.is_zero() || qty <= instrument.max_qty)
        && instrument.notional(price, qty) >= instrument.min_notional
}
