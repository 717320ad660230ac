//! The instrument list of the REST interface: `exchangeInfo`.

use serde::Deserialize;

use super::DecodeError;

/// The rules of an instrument, as plain decimal texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRules<'a> {
    /// Symbol.
    pub symbol: &'a str,
    /// What is bought.
    pub base: &'a str,
    /// What the price counts.
    pub quote: &'a str,
    /// Step of prices.
    pub tick: &'a str,
    /// Step of quantities.
    pub lot: &'a str,
    /// Smallest quantity of an order.
    pub min_qty: &'a str,
    /// Largest quantity of an order.
    pub max_qty: Option<&'a str>,
    /// Smallest value of an order in quote units.
    pub min_notional: Option<&'a str>,
}

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow)]
    symbols: Vec<Symbol<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Symbol<'a> {
    symbol: &'a str,
    base_asset: &'a str,
    quote_asset: &'a str,
    #[serde(borrow)]
    filters: Vec<Filter<'a>>,
}

/// Of every filter the fields that we read; futures say `notional` where spot says `minNotional`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter<'a> {
    filter_type: &'a str,
    tick_size: Option<&'a str>,
    step_size: Option<&'a str>,
    min_qty: Option<&'a str>,
    max_qty: Option<&'a str>,
    #[serde(alias = "notional")]
    min_notional: Option<&'a str>,
}

/// Reads the answer to `exchangeInfo`, of spot or futures; symbols without a step of prices or quantities are left
/// out.
///
/// # Errors
/// When the text is not such an answer.
pub fn exchange_info(text: &str) -> Result<Vec<WireRules<'_>>, DecodeError> {
    let info: Info<'_> = serde_json::from_str(text).map_err(DecodeError::Json)?;
    Ok(info.symbols.iter().filter_map(rules).collect())
}

fn rules<'a>(symbol: &Symbol<'a>) -> Option<WireRules<'a>> {
    let find =
        |names: &[&str]| (symbol.filters.iter()).find(|filter| names.contains(&filter.filter_type));
    let lot = find(&["LOT_SIZE"])?;
    Some(WireRules {
        symbol: symbol.symbol,
        base: symbol.base_asset,
        quote: symbol.quote_asset,
        tick: find(&["PRICE_FILTER"])?.tick_size?,
        lot: lot.step_size?,
        min_qty: lot.min_qty?,
        max_qty: lot.max_qty,
        min_notional: find(&["MIN_NOTIONAL", "NOTIONAL"]).and_then(|it| it.min_notional),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_from_filters() {
        let text = r#"{"timezone":"UTC","symbols":[
            {"symbol":"XYZUSDT","status":"TRADING","baseAsset":"XYZ","quoteAsset":"USDT","filters":[
                {"filterType":"PRICE_FILTER","minPrice":"0.1","maxPrice":"9","tickSize":"0.10"},
                {"filterType":"LOT_SIZE","minQty":"1.0","maxQty":"90.0","stepSize":"0.5"},
                {"filterType":"MIN_NOTIONAL","notional":"5"},{"filterType":"ICEBERG_PARTS","limit":10}]},
            {"symbol":"NONE","baseAsset":"N","quoteAsset":"O","filters":[]}]}"#;
        let rules = exchange_info(text).unwrap();
        let [found] = rules.as_slice() else { panic!() };
        assert_eq!(
            (found.symbol, found.base, found.quote),
            ("XYZUSDT", "XYZ", "USDT")
        );
        assert_eq!(
            (found.tick, found.lot, found.min_qty),
            ("0.10", "0.5", "1.0")
        );
        assert_eq!(
            (found.max_qty, found.min_notional),
            (Some("90.0"), Some("5"))
        );
        assert!(exchange_info("[]").is_err());
    }
}
