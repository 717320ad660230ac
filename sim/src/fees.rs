//! What a fill costs.

use onetape_core::event::Fee;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::Market;
use onetape_core::names::Names;
use onetape_core::num::{Bps, Money, Price, Qty};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::config::{FeeAsset, Fees};

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

impl Fees {
    const fn rate(&self, maker: bool) -> Bps {
        if maker { self.maker } else { self.taker }
    }

    /// The fee of an execution; `None` when the price of the fee's asset is not known.
    pub(crate) fn charge(
        &self,
        names: &Names,
        market: &Market,
        instrument: &Instrument,
        execution: Execution,
    ) -> Option<Fee> {
        let rate = self.rate(execution.maker).to_decimal();
        let value = instrument
            .cost(execution.price, execution.qty)
            .abs()
            .times(rate);
        let settle = instrument.settle();
        Some(match self.asset {
            FeeAsset::Quote => Fee {
                asset: settle,
                amount: value,
                value,
            },
            FeeAsset::Received
                if instrument.kind == InstrumentKind::Spot && execution.side == Side::Buy =>
            {
                let amount = Money::new(instrument.qty_decimal(execution.qty)).times(rate);
                Fee {
                    asset: instrument.base,
                    amount,
                    value,
                }
            }
            FeeAsset::Received => Fee {
                asset: settle,
                amount: value,
                value,
            },
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

/// An amount of a third asset that is worth `value`, rounded away from zero: a venue never charges too little.
fn in_asset(value: Money, price: Decimal) -> Option<Money> {
    let amount = value.decimal().checked_div(price)?;
    Some(Money::new(amount.round_dp_with_strategy(
        THIRD_ASSET_DECIMALS,
        RoundingStrategy::AwayFromZero,
    )))
}
