//! Answers of the REST interface: order books and instrument lists.

use onetape_core::num::format_fixed;
use serde::Deserialize;

use super::decode::told;
use super::wire::{Level, Text, levels};
use super::{DecodeError, WireSnapshot};
use crate::stamp;

#[derive(Deserialize)]
struct Book<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    update: Option<Text<'a>>,
    #[serde(borrow)]
    current: Option<Text<'a>>,
    #[serde(borrow)]
    asks: Vec<Level<'a>>,
    #[serde(borrow)]
    bids: Vec<Level<'a>>,
}

/// Reads the answer to `order_book`. Spot counts its times in milliseconds, futures in seconds.
///
/// # Errors
/// When the text is not such an answer.
pub fn snapshot(text: &str) -> Result<WireSnapshot<'_>, DecodeError> {
    let book: Book<'_> = serde_json::from_str(text)?;
    Ok(WireSnapshot {
        last: book.id,
        bids: levels(Some(book.bids)),
        asks: levels(Some(book.asks)),
        time: (book.update.or(book.current)).and_then(|text| stamp::of_either(text.0)),
    })
}

/// The rules of an instrument, as plain decimal texts; of futures, sizes are in contracts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRules<'a> {
    /// Symbol.
    pub symbol: &'a str,
    /// What is bought.
    pub base: &'a str,
    /// What the price counts.
    pub quote: &'a str,
    /// Step of prices.
    pub tick: String,
    /// Step of sizes.
    pub step: String,
    /// Smallest size of an order.
    pub min_size: Option<&'a str>,
    /// Largest size of an order.
    pub max_size: Option<&'a str>,
    /// Smallest value of an order in quote units.
    pub min_notional: Option<&'a str>,
    /// Base units of one contract (`quanto_multiplier`); spot has none.
    pub multiplier: Option<&'a str>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    base: Text<'a>,
    #[serde(borrow)]
    quote: Text<'a>,
    precision: u8,
    amount_precision: u8,
    #[serde(borrow)]
    min_base_amount: Option<Text<'a>>,
    #[serde(borrow)]
    max_base_amount: Option<Text<'a>>,
    #[serde(borrow)]
    min_quote_amount: Option<Text<'a>>,
}

/// Reads the answer to `/spot/currency_pairs`.
///
/// # Errors
/// When the text is not such an answer.
pub fn currency_pairs(text: &str) -> Result<Vec<WireRules<'_>>, DecodeError> {
    let pairs: Vec<Pair<'_>> = serde_json::from_str(text)?;
    Ok(pairs.into_iter().map(Pair::rules).collect())
}

impl<'a> Pair<'a> {
    fn rules(self) -> WireRules<'a> {
        WireRules {
            symbol: self.id.0,
            base: self.base.0,
            quote: self.quote.0,
            tick: format_fixed(1, self.precision),
            step: format_fixed(1, self.amount_precision),
            min_size: told(self.min_base_amount),
            max_size: told(self.max_base_amount),
            min_notional: told(self.min_quote_amount),
            multiplier: None,
        }
    }
}

#[derive(Deserialize)]
struct Contract<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    order_price_round: Text<'a>,
    #[serde(borrow)]
    order_size_min: Option<Text<'a>>,
    #[serde(borrow)]
    order_size_max: Option<Text<'a>>,
    #[serde(borrow)]
    quanto_multiplier: Text<'a>,
}

/// Reads the answer to `/futures/{settle}/contracts`.
///
/// # Errors
/// When the text is not such an answer.
pub fn contracts(text: &str) -> Result<Vec<WireRules<'_>>, DecodeError> {
    let contracts: Vec<Contract<'_>> = serde_json::from_str(text)?;
    Ok(contracts.into_iter().map(Contract::rules).collect())
}

impl<'a> Contract<'a> {
    fn rules(self) -> WireRules<'a> {
        let symbol = self.name.0;
        let mut parts = symbol.split('_');
        WireRules {
            symbol,
            base: parts.next().unwrap_or(symbol),
            quote: parts.next().unwrap_or_default(),
            tick: self.order_price_round.0.to_string(),
            // Sizes are whole contracts unless the connection asks for decimals.
            step: "1".to_string(),
            min_size: told(self.order_size_min),
            max_size: told(self.order_size_max),
            min_notional: None,
            multiplier: Some(self.quanto_multiplier.0),
        }
    }
}
