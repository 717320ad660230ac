//! Rules of an instrument that nothing but its market data tells.

use std::collections::BTreeMap;

use onetape_adapters::binance::{Market, Message, WireLevel};
use onetape_core::num::{format_fixed, text_decimals};

use crate::catalog::InstrumentRecord;

/// Assets that symbols end with, longest first where one ends with another.
const QUOTES: [&str; 22] = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD1", "USDP", "RLUSD", "USD", "BTC", "ETH", "BNB",
    "EUR", "TRY", "BRL", "JPY", "GBP", "AUD", "DAI", "IDRT", "UAH", "XRP",
];

/// Most decimals seen in prices and quantities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimals {
    pub(super) price: u8,
    pub(super) qty: u8,
}

impl Decimals {
    fn see(&mut self, level: WireLevel<'_>) {
        self.see_price(level.price);
        self.see_qty(level.qty);
    }

    /// Makes room for a price.
    pub(super) fn see_price(&mut self, text: &str) {
        self.price = self.price.max(text_decimals(text));
    }

    /// Makes room for a quantity.
    pub(super) fn see_qty(&mut self, text: &str) {
        self.qty = self.qty.max(text_decimals(text));
    }

    /// The decimals of a message's texts; none for messages without any.
    pub(super) fn of(message: &Message<'_>) -> Option<Self> {
        let mut decimals = Self::default();
        match message {
            Message::Quote(quote) => {
                decimals.see(quote.bid);
                decimals.see(quote.ask);
            }
            Message::Trade(trade) => decimals.see(WireLevel {
                price: trade.price,
                qty: trade.qty,
            }),
            Message::Diff(diff) => {
                (diff.bids.iter().chain(&diff.asks)).for_each(|level| decimals.see(*level));
            }
            Message::Snapshot(book) => {
                (book.bids.iter().chain(&book.asks)).for_each(|level| decimals.see(*level));
            }
            Message::Aggregate(_) | Message::Mark(_) | Message::Ignored => return None,
        }
        Some(decimals)
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self {
            price: self.price.max(other.price),
            qty: self.qty.max(other.qty),
        }
    }
}

/// For symbols of which only marks were seen: these are told with 8 decimals, and 8 hold any quantity.
pub(super) const OF_MARKS: Decimals = Decimals { price: 8, qty: 8 };

/// Decimals by symbol.
pub(super) type Scales = BTreeMap<String, Decimals>;

/// A definition from what was seen; `None` where the contract's value cannot be told from data.
pub(super) fn define(
    venue: &str,
    market: Market,
    symbol: &str,
    seen: Decimals,
) -> Option<InstrumentRecord> {
    let kind = match market {
        Market::Spot => "spot",
        Market::Usdm => "linear",
        Market::Coinm => return None,
    };
    Some(define_as(venue, kind, symbol, seen))
}

/// A definition from what was seen, of a kind whose contracts are one unit of the base asset.
pub(super) fn define_as(venue: &str, kind: &str, symbol: &str, seen: Decimals) -> InstrumentRecord {
    let (base, quote) = split(symbol);
    let lot = format_fixed(1, seen.qty);
    InstrumentRecord {
        venue: venue.to_string(),
        symbol: symbol.to_string(),
        kind: kind.to_string(),
        base: base.to_string(),
        quote: quote.to_string(),
        price_decimals: seen.price,
        qty_decimals: seen.qty,
        tick: format_fixed(1, seen.price),
        min_qty: lot.clone(),
        lot,
        max_qty: None,
        min_notional: "0".to_string(),
        contract_value: "1".to_string(),
        inferred: true,
        tiers: Vec::new(),
    }
}

/// `BTCUSDT`, `BTC_USDT` and `BTC-USDT-SWAP` are BTC and USDT; a delivery date (`BTCUSDT_251226`) is part of
/// neither.
fn split(symbol: &str) -> (&str, &str) {
    let mut parts = symbol.split(['_', '-']);
    let pair = parts.next().unwrap_or(symbol);
    if let Some(quote) = parts.next()
        && let Some(quote) = QUOTES.iter().find(|known| **known == quote)
    {
        return (pair, quote);
    }
    QUOTES
        .iter()
        .find_map(|quote| {
            let base = pair.strip_suffix(quote)?;
            (!base.is_empty()).then_some((base, *quote))
        })
        .unwrap_or((pair, "UNKNOWN"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_split_at_known_quote_assets() {
        for (symbol, expected) in [
            ("BTCUSDT", ("BTC", "USDT")),
            ("ETHBTC", ("ETH", "BTC")),
            ("BTCFDUSD", ("BTC", "FDUSD")),
            ("BTCBUSD", ("BTC", "BUSD")),
            ("USDCUSDT", ("USDC", "USDT")),
            ("BTCUSDT_251226", ("BTC", "USDT")),
            ("BTCUSD1", ("BTC", "USD1")),
            ("BTC_USDT", ("BTC", "USDT")),
            ("ETH-BTC", ("ETH", "BTC")),
            ("BTC-USDT-SWAP", ("BTC", "USDT")),
            ("XYZ", ("XYZ", "UNKNOWN")),
        ] {
            assert_eq!(split(symbol), expected, "{symbol}");
        }
    }

    #[test]
    fn steps_are_one_unit_of_the_last_decimal() {
        let seen = Decimals { price: 2, qty: 3 };
        let record = define("binance-usdm", Market::Usdm, "BTCUSDT", seen).unwrap();
        record.check().unwrap();
        assert_eq!(
            (record.tick.as_str(), record.lot.as_str()),
            ("0.01", "0.001")
        );
        assert_eq!((record.kind.as_str(), record.inferred), ("linear", true));
        assert!(define("binance-coinm", Market::Coinm, "BTCUSD_PERP", seen).is_none());
    }
}
