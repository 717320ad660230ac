//! What a fill costs.

use onetape_core::event::Fee;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::Market;
use onetape_core::names::Names;
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::time::Ts;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::config::{FeeAsset, FeeTiers, Fees};
use crate::tiers::Standing;

/// Decimals of the finest step in which amounts are booked.
const BOOKED_DECIMALS: u32 = 18;
/// Decimals in which a venue books a fee in a third asset.
const THIRD_ASSET_DECIMALS: u32 = 8;

/// An execution to be charged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Execution {
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) qty: Qty,
    pub(crate) maker: bool,
}

/// What a venue charges, ready to be reckoned with.
#[derive(Clone, Debug)]
pub(crate) struct Tariff {
    asset: FeeAsset,
    maker: Decimal,
    taker: Decimal,
    /// The highest rate that may come to hold, nothing when all are rebates.
    highest: Decimal,
    standing: Option<Standing>,
}

impl Tariff {
    pub(crate) fn of(fees: &Fees, tiers: Option<&FeeTiers>) -> Self {
        let steps = tiers.iter().flat_map(|tiers| &tiers.steps);
        let all = steps.flat_map(|step| [step.maker, step.taker]);
        let highest = all.fold(fees.maker.max(fees.taker), Bps::max);
        Self {
            asset: fees.asset,
            maker: rate(fees.maker),
            taker: rate(fees.taker),
            highest: rate(highest.max(Bps::default())),
            standing: tiers.cloned().map(Standing::new),
        }
    }

    /// Has the rates of a moment hold, before anything is charged at it.
    #[inline]
    pub(crate) fn bring_to(&mut self, now: Ts) {
        let Some(standing) = &mut self.standing else {
            return;
        };
        if let Some(step) = standing.rates_from(now) {
            (self.maker, self.taker) = (rate(step.maker), rate(step.taker));
        }
    }

    /// Counts what was charged towards the tiers of later days.
    #[inline]
    pub(crate) fn count(&mut self, instrument: &Instrument, execution: Execution) {
        if let Some(standing) = &mut self.standing {
            standing.count(instrument, execution.price, execution.qty);
        }
    }

    /// The highest rate that may come to hold, nothing when all are rebates.
    pub(crate) const fn highest(&self) -> Decimal {
        self.highest
    }

    /// True when orders that rest pay more than those that take.
    pub(crate) fn makers_pay_more(&self) -> bool {
        self.maker > self.taker
    }

    /// True when fees are taken in what an instrument settles in.
    pub(crate) fn is_in_quote(&self) -> bool {
        self.asset == FeeAsset::Quote
    }

    const fn rate(&self, maker: bool) -> Decimal {
        if maker { self.maker } else { self.taker }
    }

    fn value(&self, instrument: &Instrument, execution: Execution) -> Money {
        let cost = instrument.cost(execution.price, execution.qty).abs();
        in_steps(cost.times(self.rate(execution.maker)))
    }

    /// The fee in what the execution brings: base when buying spot, the settlement asset otherwise.
    pub(crate) fn charge_received(&self, instrument: &Instrument, execution: Execution) -> Fee {
        let value = self.value(instrument, execution);
        if instrument.kind != InstrumentKind::Spot || execution.side == Side::Sell {
            return Fee {
                asset: instrument.settle(),
                amount: value,
                value,
            };
        }
        let rate = self.rate(execution.maker);
        let amount = Money::new(instrument.qty_decimal(execution.qty)).times(rate);
        Fee {
            asset: instrument.base,
            amount: in_steps(amount),
            value,
        }
    }

    /// The fee of an execution; `None` when the price of the fee's asset is not known.
    pub(crate) fn charge(
        &self,
        names: &Names,
        market: &Market,
        instrument: &Instrument,
        execution: Execution,
    ) -> Option<Fee> {
        let value = self.value(instrument, execution);
        Some(match self.asset {
            FeeAsset::Quote => Fee {
                asset: instrument.settle(),
                amount: value,
                value,
            },
            FeeAsset::Received => self.charge_received(instrument, execution),
            FeeAsset::Fixed(asset, price) => Fee {
                asset,
                amount: in_asset(value, price.decimal())?,
                value,
            },
            FeeAsset::Quoted(asset, source) => {
                let top = market.instrument(source).top()?;
                let source = names.instrument(source);
                let sum = source.price_decimal(top.bid.price) + source.price_decimal(top.ask.price);
                Fee {
                    asset,
                    amount: in_asset(value, sum / Decimal::TWO)?,
                    value,
                }
            }
        })
    }
}

fn rate(bps: Bps) -> Decimal {
    bps.to_decimal().normalize()
}

/// An amount in the finest steps that a venue books: with up to ten digits before the point every sum of such
/// amounts is exact, so that balances add up whatever the order of their entries.
pub(crate) fn in_steps(amount: Money) -> Money {
    amount.in_decimals(BOOKED_DECIMALS)
}

/// An amount of a third asset that is worth `value`, rounded away from zero: a venue never charges too little.
fn in_asset(value: Money, price: Decimal) -> Option<Money> {
    let amount = value.decimal().checked_div(price)?;
    Some(Money::new(amount.round_dp_with_strategy(
        THIRD_ASSET_DECIMALS,
        RoundingStrategy::AwayFromZero,
    )))
}
