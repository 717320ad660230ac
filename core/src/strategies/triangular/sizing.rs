//! How much goes round: what the money asked for buys, no more than every book shows, whole at every venue.

use rust_decimal::Decimal;

use super::cycle::Step;
use crate::instrument::{Instrument, Side};
use crate::num::{Bps, Price, Qty};
use crate::ramp::HEADROOM;
use crate::saga::{LegPlan, marketable_limit};
use crate::strategy::Context;

/// How a cycle is sized and priced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizing {
    /// What goes in, in the asset that the cycle begins with.
    pub(super) notional: Decimal,
    /// The part of what each book shows within the slippage bound that is the most; no bound when absent.
    pub(super) depth: Option<Decimal>,
    /// How far beyond the touch an order may trade.
    pub(super) max_slippage: Bps,
}

/// A trade with what it needs to be sized.
struct Known<'a> {
    instrument: &'a Instrument,
    side: Side,
    touch: Decimal,
    limit: Price,
    shown: Decimal,
    /// What is left of one unit after the fee.
    kept: Decimal,
}

impl Known<'_> {
    /// Base units that an amount of what is given away trades, at the worst price.
    fn base(&self, amount: Decimal) -> Option<Decimal> {
        match self.side {
            Side::Buy => amount.checked_div(self.instrument.price_decimal(self.limit)),
            Side::Sell => Some(amount),
        }
    }

    /// What trading base units brings, the fee taken.
    fn brings(&self, base: Decimal) -> Option<Decimal> {
        let gross = match self.side {
            Side::Buy => base,
            Side::Sell => base.checked_mul(self.touch)?,
        };
        gross.checked_mul(self.kept)
    }

    /// Whether a quantity is one that can be traded, and traded back.
    fn is_enough(&self, qty: Qty) -> bool {
        let instrument = self.instrument;
        let back = self.kept * instrument.qty_decimal(qty);
        [qty, instrument.floor_qty(back)].into_iter().all(|qty| {
            let value = instrument.notional(self.limit, qty);
            !qty.is_zero() && qty >= instrument.min_qty && value >= instrument.min_notional
        }) && (instrument.max_qty.is_zero() || qty <= instrument.max_qty)
    }
}

impl Sizing {
    /// The orders of a cycle; `None` when a minimum is missed or a book is not live.
    pub(super) fn plan<S>(
        &self,
        cx: &Context<'_, S>,
        steps: &[Step; 3],
        fees: &[Bps; 3],
    ) -> Option<[LegPlan; 3]> {
        let known = |at: usize| -> Option<Known<'_>> {
            let Step {
                instrument, side, ..
            } = steps[at];
            let limit = marketable_limit(cx, instrument, side, self.max_slippage)?;
            let market = cx.market.instrument(instrument);
            let instrument = cx.names.instrument(instrument);
            let fee = fees[at].to_decimal();
            Some(Known {
                instrument,
                side,
                touch: instrument.price_decimal(market.touch(side)?.price),
                limit,
                shown: instrument.qty_decimal(market.available(side, limit)),
                kept: (Decimal::ONE - fee).min(Decimal::ONE),
            })
        };
        let known = [known(0)?, known(1)?, known(2)?];
        let asked = self.notional.checked_mul(self.share(&known)?)?;
        let mut amount = match cx.lots {
            Some(lots) => asked.min(one_lot(&known)?.checked_mul(lots.into())?),
            None => asked,
        };
        let mut plans = [None; 3];
        for (plan, step) in plans.iter_mut().zip(&known) {
            let qty = step.instrument.floor_qty(step.base(amount)?);
            if !step.is_enough(qty) {
                return None;
            }
            amount = step.brings(step.instrument.qty_decimal(qty))?;
            *plan = Some(LegPlan {
                instrument: step.instrument.id,
                side: step.side,
                qty,
                limit: step.limit,
            });
        }
        let [first, second, third] = plans;
        Some([first?, second?, third?])
    }

    /// The part of what is asked for that every book shows.
    fn share(&self, known: &[Known<'_>; 3]) -> Option<Decimal> {
        let (mut share, mut amount) = (Decimal::ONE, self.notional);
        let Some(most) = self.depth else {
            return Some(share);
        };
        for step in known {
            let base = step.base(amount)?;
            share = share.min(step.shown.checked_mul(most)?.checked_div(base)?);
            amount = step.brings(base)?;
        }
        Some(share)
    }
}

/// The least that can go in so that every trade is one that its venue takes, and takes back: a twentieth above what that
/// is by its minima, and a lot more for what is cut off on the way.
fn one_lot(known: &[Known<'_>; 3]) -> Option<Decimal> {
    let (mut least, mut amount) = (Decimal::ZERO, Decimal::ONE);
    for step in known {
        let instrument = step.instrument;
        let lot = instrument.qty_decimal(instrument.lot);
        let price = instrument.price_decimal(step.limit);
        let value = instrument.min_notional.decimal().checked_div(price)?;
        let needed = value
            .max(instrument.qty_decimal(instrument.min_qty))
            .max(lot);
        let needed = needed.checked_mul(HEADROOM)?.checked_add(lot)?;
        // What one unit that goes in trades here.
        let base = step.base(amount)?;
        least = least.max(needed.checked_div(base.checked_mul(step.kept)?)?);
        amount = step.brings(base)?;
    }
    Some(least)
}
