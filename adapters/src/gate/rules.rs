//! Rules of instruments, as the venue's lists state them.

use onetape_core::instrument::InstrumentKind;
use onetape_core::num::Money;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::wire::Many;
use crate::counts::{Counts, Unused};
use crate::error::WireError;
use crate::number::Num;
use crate::rules::{Band, Limits, Rules, TradeStatus};

/// Reads the answer to `/spot/currency_pairs`. A pair without sound rules is left out and counted.
pub(super) fn pairs(text: &str, counts: &mut Counts) -> Result<Vec<Rules>, WireError> {
    list(text, "currency_pairs", counts, |pair: &Pair<'_>| {
        (pair.id.text().to_string(), pair.rules())
    })
}

/// Reads the answer to `/futures/usdt/contracts`. A contract without sound rules is left out and counted.
pub(super) fn contracts(text: &str, counts: &mut Counts) -> Result<Vec<Rules>, WireError> {
    list(text, "contracts", counts, |contract: &Contract<'_>| {
        (contract.name.text().to_string(), contract.rules())
    })
}

fn list<'a, T: Deserialize<'a>>(
    text: &'a str,
    message: &'static str,
    counts: &mut Counts,
    rules: impl Fn(&T) -> (String, Result<Rules, WireError>),
) -> Result<Vec<Rules>, WireError> {
    let read: Many<T> = serde_json::from_str(text).map_err(|why| WireError::json(message, &why))?;
    let mut all = Vec::new();
    for one in &read.0 {
        match rules(one) {
            (_, Ok(rules)) => all.push(rules),
            (name, Err(_)) => counts.add(Unused::Unsound, &name),
        }
    }
    Ok(all)
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    id: Num<'a>,
    #[serde(borrow)]
    base: Num<'a>,
    #[serde(borrow)]
    quote: Num<'a>,
    precision: u8,
    amount_precision: u8,
    #[serde(borrow, default)]
    min_base_amount: Num<'a>,
    #[serde(borrow, default)]
    max_base_amount: Num<'a>,
    #[serde(borrow, default)]
    min_quote_amount: Num<'a>,
    #[serde(borrow, default)]
    max_quote_amount: Num<'a>,
    #[serde(borrow, default)]
    trade_status: Num<'a>,
    #[serde(borrow, default, rename = "type")]
    kind: Num<'a>,
}

impl Pair<'_> {
    fn rules(&self) -> Result<Rules, WireError> {
        let step = |decimals: u8| {
            let step = Money::scaled(1, u32::from(decimals));
            step.ok_or(WireError::Field {
                message: "currency_pairs",
                field: "precision",
            })
        };
        let status = match (self.trade_status.text(), self.kind.text()) {
            ("" | "tradable", "" | "normal") => TradeStatus::Trading,
            ("" | "tradable", kind) => TradeStatus::Restricted(kind.to_string()),
            (word @ ("buyable" | "sellable"), _) => TradeStatus::Restricted(word.to_string()),
            (word, _) => TradeStatus::Halted(word.to_string()),
        };
        let lot = step(self.amount_precision)?;
        let one = Money::new(Decimal::ONE);
        Ok(Rules {
            symbol: self.id.text().to_string(),
            base: self.base.text().to_string(),
            quote: self.quote.text().to_string(),
            settle: self.quote.text().to_string(),
            kind: InstrumentKind::Spot,
            status,
            tick: step(self.precision)?,
            lot,
            contract: one,
            contract_value: one,
            min_qty: some("min_base_amount", &self.min_base_amount)?.unwrap_or(lot),
            max_qty: some("max_base_amount", &self.max_base_amount)?,
            min_notional: some("min_quote_amount", &self.min_quote_amount)?.unwrap_or(Money::ZERO),
            limits: Limits {
                max_notional: some("max_quote_amount", &self.max_quote_amount)?,
                ..Limits::default()
            },
            unknown: Vec::new(),
        })
    }
}

#[derive(Deserialize)]
struct Contract<'a> {
    #[serde(borrow)]
    name: Num<'a>,
    #[serde(borrow)]
    order_price_round: Num<'a>,
    #[serde(borrow, default)]
    order_size_min: Num<'a>,
    #[serde(borrow, default)]
    order_size_max: Num<'a>,
    #[serde(borrow, default)]
    market_order_size_max: Num<'a>,
    #[serde(borrow, default)]
    order_price_deviate: Num<'a>,
    #[serde(borrow)]
    quanto_multiplier: Num<'a>,
    orders_limit: Option<u64>,
    #[serde(borrow, default)]
    status: Num<'a>,
    in_delisting: Option<bool>,
    enable_decimal: Option<bool>,
}

impl Contract<'_> {
    fn rules(&self) -> Result<Rules, WireError> {
        let symbol = self.name.text();
        let one = Money::new(Decimal::ONE);
        let mut parts = symbol.split('_');
        let (base, quote) = (parts.next(), parts.next());
        let status = match (self.status.text(), self.in_delisting) {
            (_, Some(true)) => TradeStatus::Restricted("in_delisting".to_string()),
            ("" | "trading", _) => TradeStatus::Trading,
            (word, _) => TradeStatus::Halted(word.to_string()),
        };
        let least = some("order_size_min", &self.order_size_min)?;
        // Where a contract can be cut, its smallest size is the step; elsewhere sizes are whole.
        let lot = match (self.enable_decimal, least) {
            (Some(true), Some(least)) if Money::ZERO < least && least < one => least,
            _ => one,
        };
        let contract = self.quanto_multiplier.money("quanto_multiplier")?;
        if contract <= Money::ZERO {
            return Err(WireError::Field {
                message: "contracts",
                field: "quanto_multiplier",
            });
        }
        let positive = |amount: Option<Money>| amount.filter(|it| *it > Money::ZERO);
        let most = positive(some("order_size_max", &self.order_size_max)?);
        let at_market = some("market_order_size_max", &self.market_order_size_max)?;
        Ok(Rules {
            symbol: symbol.to_string(),
            base: base.unwrap_or_default().to_string(),
            quote: quote.unwrap_or_default().to_string(),
            settle: quote.unwrap_or_default().to_string(),
            kind: InstrumentKind::Linear,
            status,
            tick: self.order_price_round.money("order_price_round")?,
            lot,
            contract,
            contract_value: one,
            min_qty: least.unwrap_or(lot),
            max_qty: most,
            min_notional: Money::ZERO,
            limits: Limits {
                market_max_qty: positive(at_market),
                band: band(some("order_price_deviate", &self.order_price_deviate)?),
                max_orders: self.orders_limit,
                ..Limits::default()
            },
            unknown: Vec::new(),
        })
    }
}

/// Prices stay within so much of the mark price.
fn band(deviate: Option<Money>) -> Option<Band> {
    let one = Money::new(Decimal::ONE);
    let deviate = deviate.filter(|it| *it > Money::ZERO)?;
    let around = (one - deviate, one + deviate);
    Some(Band {
        bid: around,
        ask: around,
    })
}

fn some(field: &'static str, text: &Num<'_>) -> Result<Option<Money>, WireError> {
    match text.is_none() {
        true => Ok(None),
        false => text.money(field).map(Some),
    }
}
