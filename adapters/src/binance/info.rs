//! `exchangeInfo`: every filter of every symbol, for spot and USDⓈ-M futures.

use onetape_core::instrument::InstrumentKind;
use onetape_core::num::Money;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Market;
use super::orders::some;
use crate::counts::{Counts, Unused};
use crate::error::WireError;
use crate::json::{need, read};
use crate::number::Num;
use crate::rules::{Band, Limits, Rules, TradeStatus};

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow)]
    symbols: Vec<Symbol<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Symbol<'a> {
    #[serde(borrow)]
    symbol: Option<Num<'a>>,
    status: Option<Num<'a>>,
    contract_type: Option<Num<'a>>,
    base_asset: Option<Num<'a>>,
    quote_asset: Option<Num<'a>>,
    margin_asset: Option<Num<'a>>,
    is_spot_trading_allowed: Option<bool>,
    order_types: Vec<Num<'a>>,
    time_in_force: Vec<Num<'a>>,
    filters: Vec<Filter<'a>>,
}

/// Of every filter all fields that any has.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter<'a> {
    #[serde(borrow)]
    filter_type: Option<Num<'a>>,
    min_price: Option<Num<'a>>,
    max_price: Option<Num<'a>>,
    tick_size: Option<Num<'a>>,
    min_qty: Option<Num<'a>>,
    max_qty: Option<Num<'a>>,
    step_size: Option<Num<'a>>,
    min_notional: Option<Num<'a>>,
    notional: Option<Num<'a>>,
    apply_to_market: Option<bool>,
    apply_min_to_market: Option<bool>,
    max_notional: Option<Num<'a>>,
    apply_max_to_market: Option<bool>,
    multiplier_up: Option<Num<'a>>,
    multiplier_down: Option<Num<'a>>,
    bid_multiplier_up: Option<Num<'a>>,
    bid_multiplier_down: Option<Num<'a>>,
    ask_multiplier_up: Option<Num<'a>>,
    ask_multiplier_down: Option<Num<'a>>,
    limit: Option<Num<'a>>,
    max_num_orders: Option<Num<'a>>,
    max_num_algo_orders: Option<Num<'a>>,
    max_num_iceberg_orders: Option<Num<'a>>,
    max_num_order_amends: Option<Num<'a>>,
    max_position: Option<Num<'a>>,
}

/// Filters that bound nothing that is sent: trailing stops, lists of orders, and what holds for a whole account.
const NOT_NEEDED: [&str; 8] = [
    "TRAILING_DELTA",
    "MAX_NUM_ORDER_LISTS",
    "T_PLUS_SELL",
    "POSITION_RISK_CONTROL",
    "EXCHANGE_MAX_NUM_ORDERS",
    "EXCHANGE_MAX_NUM_ALGO_ORDERS",
    "EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
    "MAX_ASSET",
];

/// What filters say, as they are read one by one.
#[derive(Default)]
struct Heard {
    tick: Option<Money>,
    lot: Option<Money>,
    min_qty: Option<Money>,
    max_qty: Option<Money>,
    min_notional: Option<Money>,
    limits: Limits,
    unknown: Vec<String>,
}

/// Reads the answer to `exchangeInfo`. A symbol that lacks what an instrument needs is left out and counted; the
/// others stand.
///
/// # Errors
/// When the text is not such an answer.
pub fn instruments(
    market: Market,
    text: &str,
    counts: &mut Counts,
) -> Result<Vec<Rules>, WireError> {
    let info: Info<'_> = read("exchangeInfo", text)?;
    let mut all = Vec::with_capacity(info.symbols.len());
    for symbol in &info.symbols {
        match rules(market, symbol, counts) {
            Ok(Some(rules)) => all.push(rules),
            Ok(None) => {}
            Err(_) => counts.add(Unused::Unsound, "a symbol of exchangeInfo"),
        }
    }
    Ok(all)
}

fn rules(
    market: Market,
    symbol: &Symbol<'_>,
    counts: &mut Counts,
) -> Result<Option<Rules>, WireError> {
    const MESSAGE: &str = "a symbol of exchangeInfo";
    let text = |field: &'static str, value: &Option<Num<'_>>| {
        need(MESSAGE, field, value.as_ref()).map(|it| it.text().to_string())
    };
    if let Some(kind) = &symbol.contract_type
        && !matches!(kind.text(), "PERPETUAL" | "TRADIFI_PERPETUAL")
    {
        counts.add(Unused::NotNeeded, "a contract that is not perpetual");
        return Ok(None);
    }
    let mut heard = Heard::default();
    for filter in &symbol.filters {
        heard.filter(filter, counts)?;
    }
    let words = |all: &[Num<'_>]| all.iter().map(|it| it.text().to_string()).collect();
    heard.limits.order_types = words(&symbol.order_types);
    heard.limits.times_in_force = words(&symbol.time_in_force);
    let quote = text("quoteAsset", &symbol.quote_asset)?;
    let settle = symbol.margin_asset.as_ref();
    Ok(Some(Rules {
        symbol: text("symbol", &symbol.symbol)?,
        base: text("baseAsset", &symbol.base_asset)?,
        settle: settle.map_or_else(|| quote.clone(), |it| it.text().to_string()),
        quote,
        kind: match market {
            Market::Spot => InstrumentKind::Spot,
            Market::Usdm => InstrumentKind::Linear,
            Market::Coinm => InstrumentKind::Inverse,
        },
        status: status(symbol),
        tick: need(MESSAGE, "tickSize", heard.tick)?,
        lot: need(MESSAGE, "stepSize", heard.lot)?,
        contract: Money::new(Decimal::ONE),
        contract_value: Money::new(Decimal::ONE),
        min_qty: heard.min_qty.unwrap_or(Money::ZERO),
        max_qty: heard.max_qty,
        min_notional: heard.min_notional.unwrap_or(Money::ZERO),
        limits: heard.limits,
        unknown: heard.unknown,
    }))
}

fn status(symbol: &Symbol<'_>) -> TradeStatus {
    let word = symbol.status.as_ref().map_or("", |it| it.text());
    match word {
        "TRADING" if symbol.is_spot_trading_allowed == Some(false) => {
            TradeStatus::Halted("spot trading is not allowed".to_string())
        }
        "TRADING" => TradeStatus::Trading,
        "CANCEL_ONLY" => TradeStatus::CancelOnly,
        other => TradeStatus::Halted(other.to_string()),
    }
}

impl Heard {
    fn filter(&mut self, filter: &Filter<'_>, counts: &mut Counts) -> Result<(), WireError> {
        let money = |value: &Option<Num<'_>>, field| some(value.as_ref(), |it| it.money(field));
        // Zero says that a part does not hold.
        let bound =
            |value, field| money(value, field).map(|it| it.filter(|amount| !amount.is_zero()));
        let count = |value: &Option<Num<'_>>, or: &Option<Num<'_>>, field| {
            some(value.as_ref().or(or.as_ref()), |it| it.count(field))
        };
        let (f, limits) = (filter, &mut self.limits);
        match f.filter_type.as_ref().map_or("", |it| it.text()) {
            "PRICE_FILTER" => {
                limits.min_price = bound(&f.min_price, "minPrice")?;
                limits.max_price = bound(&f.max_price, "maxPrice")?;
                self.tick = bound(&f.tick_size, "tickSize")?;
            }
            "LOT_SIZE" => {
                self.min_qty = money(&f.min_qty, "minQty")?;
                self.max_qty = bound(&f.max_qty, "maxQty")?;
                self.lot = bound(&f.step_size, "stepSize")?;
            }
            "MARKET_LOT_SIZE" => {
                limits.market_min_qty = bound(&f.min_qty, "minQty")?;
                limits.market_max_qty = bound(&f.max_qty, "maxQty")?;
                limits.market_lot = bound(&f.step_size, "stepSize")?;
            }
            "MIN_NOTIONAL" | "NOTIONAL" => {
                let least = bound(&f.min_notional, "minNotional")?;
                self.min_notional = least.or(bound(&f.notional, "notional")?);
                let at_market = f.apply_min_to_market.or(f.apply_to_market);
                limits.min_notional_at_market = at_market.unwrap_or(f.notional.is_some());
                limits.max_notional = bound(&f.max_notional, "maxNotional")?;
                limits.max_notional_at_market = f.apply_max_to_market.unwrap_or(false);
            }
            "PERCENT_PRICE" => {
                let down = money(&f.multiplier_down, "multiplierDown")?;
                let up = money(&f.multiplier_up, "multiplierUp")?;
                limits.band = down.zip(up).map(|both| Band {
                    bid: both,
                    ask: both,
                });
            }
            "PERCENT_PRICE_BY_SIDE" => {
                let bid = money(&f.bid_multiplier_down, "bidMultiplierDown")?
                    .zip(money(&f.bid_multiplier_up, "bidMultiplierUp")?);
                let ask = money(&f.ask_multiplier_down, "askMultiplierDown")?
                    .zip(money(&f.ask_multiplier_up, "askMultiplierUp")?);
                limits.band = bid.zip(ask).map(|(bid, ask)| Band { bid, ask });
            }
            "MAX_NUM_ORDERS" => {
                limits.max_orders = count(&f.max_num_orders, &f.limit, "maxNumOrders")?;
            }
            "MAX_NUM_ALGO_ORDERS" => {
                let most = count(&f.max_num_algo_orders, &f.limit, "maxNumAlgoOrders")?;
                limits.max_algo_orders = most;
            }
            "MAX_NUM_ICEBERG_ORDERS" => {
                let most = count(&f.max_num_iceberg_orders, &f.limit, "maxNumIcebergOrders")?;
                limits.max_iceberg_orders = most;
            }
            "MAX_NUM_ORDER_AMENDS" => {
                limits.max_amends = count(&f.max_num_order_amends, &f.limit, "maxNumOrderAmends")?;
            }
            "ICEBERG_PARTS" => limits.iceberg_parts = count(&f.limit, &None, "limit")?,
            "MAX_POSITION" => limits.max_position = bound(&f.max_position, "maxPosition")?,
            known if NOT_NEEDED.contains(&known) => counts.add(Unused::NotNeeded, known),
            other => {
                counts.add(Unused::UnknownWord, other);
                self.unknown.push(other.chars().take(60).collect());
            }
        }
        Ok(())
    }
}
