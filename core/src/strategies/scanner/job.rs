//! One opportunity that is traded: its saga, and what came of it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::find::Scanner;
use crate::event::{Fill, OrderEventKind};
use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::num::{Bps, Money, Qty};
use crate::saga::{Leg, LegPlan, Saga, SagaState, marketable_limit};
use crate::strategies::pair::formulas::RoundTrip;
use crate::strategies::pair::inventory::{affordable, covers};
use crate::strategies::pair::rule::average_price;
use crate::strategies::pair::sizing::equal_quantities;
use crate::strategies::pair::stop::Stop;
use crate::strategy::{Context, Intents};
use crate::time::{Span, Ts};

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// No book, or less than a venue's minimum.
    Infeasible,
    /// What is free at a venue does not pay for it.
    Inventory,
    /// The risk gate said no.
    Refused,
}

/// What came of a job that ended, or balanced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// From the first order to the state that it came to.
    pub(super) took: Span,
    /// Realised, less fees, in the settlement asset.
    pub(super) profit: Money,
}

crate::value!(struct Outcome { took, profit });

impl Outcome {
    /// Of what was executed by hand.
    pub(super) fn words(&self, state: &str) -> String {
        format!(
            "executed by hand: {state} after {} ms, realised profit {}",
            self.took.nanos() / 1_000_000,
            self.profit.trimmed(),
        )
    }
}

/// One opportunity that is traded.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// Places of the bought and of the sold instrument in the scanner's list: the key.
    pub(super) legs: [usize; 2],
    pub(super) saga: Saga,
    pub(super) sent_at: Ts,
    /// When the legs balanced; known once they did.
    pub(super) hedged_at: Ts,
    fees: Money,
    /// A person gave it: they are told what came of it.
    pub(super) by_hand: bool,
    /// It is closed for what it lost.
    pub(super) is_stopped: bool,
}

crate::state!(Job {
    legs,
    saga,
    sent_at,
    hedged_at,
    fees,
    by_hand,
    is_stopped
});

impl Job {
    pub(super) const fn new(legs: [usize; 2], saga: Saga) -> Self {
        Self {
            legs,
            saga,
            sent_at: Ts::UNKNOWN,
            hedged_at: Ts::UNKNOWN,
            fees: Money::ZERO,
            by_hand: false,
            is_stopped: false,
        }
    }

    /// True when it has the instrument at a place.
    pub(super) fn has(&self, at: usize) -> bool {
        self.legs.contains(&at)
    }

    /// Sends both legs, of so much base at most.
    pub(super) fn enter<S>(
        &mut self,
        cx: &Context<'_, S>,
        scanner: &Scanner,
        fees: &[Bps],
        (base, slippage): (Decimal, Bps),
        out: &mut Intents<'_>,
    ) -> Result<(), Missing> {
        let legs = self.sides(scanner);
        let base = base.min(cx.most_base(&legs.map(|(instrument, _)| instrument.id)));
        let mut most = base;
        for ((instrument, side), at) in legs.into_iter().zip(self.legs) {
            if instrument.kind == InstrumentKind::Spot {
                let fee = fees.get(at).copied().unwrap_or_default();
                let free = affordable(cx, (instrument, side), fee, slippage);
                most = most.min(free.ok_or(Missing::Infeasible)?);
            }
        }
        let plans = plan(cx, legs, most, slippage);
        let plans = plans.ok_or_else(|| {
            // With all that was asked for it would have been enough.
            match plan(cx, legs, base, slippage) {
                Some(_) => Missing::Inventory,
                None => Missing::Infeasible,
            }
        })?;
        if !self.saga.enter(&plans, out) {
            return Err(Missing::Refused);
        }
        (self.sent_at, self.hedged_at) = (cx.now, Ts::UNKNOWN);
        (self.fees, self.is_stopped) = (Money::ZERO, false);
        Ok(())
    }

    fn sides<'a>(&self, scanner: &'a Scanner) -> [(&'a Instrument, Side); 2] {
        let [buy, sell] = self.legs.map(|at| &scanner.instruments()[at]);
        [(buy, Side::Buy), (sell, Side::Sell)]
    }

    /// Takes in what a fill cost.
    pub(super) fn note(&mut self, kind: &OrderEventKind) {
        if let OrderEventKind::Filled(fill) = kind {
            let fill: &Fill = fill;
            self.fees += fill.fee.value;
        }
    }

    /// What it came to by now.
    pub(super) fn outcome(&self, now: Ts) -> Outcome {
        let realised: Money = self
            .saga
            .legs()
            .iter()
            .map(|leg| leg.position.realised)
            .sum();
        Outcome {
            took: now.since(self.sent_at),
            profit: realised - self.fees,
        }
    }

    /// True when it is to be closed, and why.
    pub(super) fn exit_reason<S>(
        &self,
        cx: &Context<'_, S>,
        scanner: &Scanner,
        fees: &[Bps],
        (profit, max_age, slippage, stop): (Bps, Span, Bps, Stop),
    ) -> Option<&'static str> {
        if self.saga.state() != SagaState::Hedged {
            return None;
        }
        if cx.now.since(self.hedged_at) >= max_age {
            return Some("exit_age");
        }
        let net = self.net_bps(cx, scanner, fees)?;
        if stop.is_hit(net) {
            return Some("exit_stop");
        }
        // What is not shown would have to be mended, and that costs more than there is to earn.
        (net >= profit.to_f64() && self.is_shown(cx, slippage)).then_some("exit_profit")
    }

    /// True when both books show as much as closing takes.
    fn is_shown<S>(&self, cx: &Context<'_, S>, slippage: Bps) -> bool {
        self.saga.legs().iter().all(|leg| {
            let side = closing_side(leg);
            let limit = marketable_limit(cx, leg.instrument, side, slippage);
            let known = cx.market.instrument(leg.instrument);
            limit.is_some_and(|limit| known.available(side, limit) >= leg.position.qty.abs())
        })
    }

    /// What closing at the touch would net, in bps of what the bought leg cost.
    pub(super) fn net_bps<S>(
        &self,
        cx: &Context<'_, S>,
        scanner: &Scanner,
        fees: &[Bps],
    ) -> Option<f64> {
        let [long, short] = self.saga.legs() else {
            return None;
        };
        let instruments = self.legs.map(|at| &scanner.instruments()[at]);
        let fee = |n: usize| {
            fees.get(self.legs[n])
                .map_or(0.0, |fee| fee.to_f64() / 10_000.0)
        };
        let touch = |leg: &Leg, instrument: &Instrument| {
            let known = cx.market.instrument(instrument.id);
            let touch = known.touch(leg.side.opposite())?;
            Some(Money::new(instrument.price_decimal(touch.price)).to_f64())
        };
        let trip = RoundTrip {
            long_in: average_price(long, instruments[0])?,
            long_out: touch(long, instruments[0])?,
            long_fee: fee(0),
            short_in: average_price(short, instruments[1])?,
            short_out: touch(short, instruments[1])?,
            short_fee: fee(1),
        };
        Some(trip.net_pct() * 100.0)
    }

    /// True when what lies at the venues pays for closing the spot legs.
    pub(super) fn can_close<S>(
        &self,
        cx: &Context<'_, S>,
        scanner: &Scanner,
        fees: &[Bps],
        slippage: Bps,
    ) -> bool {
        let legs = self.saga.legs().iter().zip(self.legs);
        legs.into_iter().all(|(leg, at)| {
            let instrument = &scanner.instruments()[at];
            let side = closing_side(leg);
            let fee = fees.get(at).copied().unwrap_or_default();
            instrument.kind != InstrumentKind::Spot
                || covers(
                    cx,
                    (instrument, side),
                    leg.position.qty.abs(),
                    fee,
                    slippage,
                )
        })
    }
}

fn closing_side(leg: &Leg) -> Side {
    if leg.position.qty > Qty::ZERO {
        Side::Sell
    } else {
        Side::Buy
    }
}

/// Equal base quantities of both legs at marketable limits, no more than `most`; none below a minimum, in or out.
fn plan<S>(
    cx: &Context<'_, S>,
    legs: [(&Instrument, Side); 2],
    most: Decimal,
    slippage: Bps,
) -> Option<Vec<LegPlan>> {
    let bid = |instrument: &Instrument| {
        let top = cx.market.instrument(instrument.id).top()?;
        Some(top.bid.price)
    };
    let [(buy, _), (sell, _)] = legs;
    let (bought, sold) = equal_quantities(most, (buy, bid(buy)?), (sell, bid(sell)?))?;
    let plan = |((instrument, side), qty): ((&Instrument, Side), Qty)| {
        let limit = marketable_limit(cx, instrument.id, side, slippage)?;
        Some(LegPlan {
            instrument: instrument.id,
            side,
            qty,
            limit,
        })
    };
    legs.into_iter().zip([bought, sold]).map(plan).collect()
}
