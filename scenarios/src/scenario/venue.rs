//! The `[venue.NAME]` sections.

use std::collections::BTreeMap;

use onetape_core::num::{Bps, Money};
use onetape_core::strategy::params::plain_decimal;
use onetape_core::time::Span;

use super::doc::{Node, Value};
use super::error::Problems;
use super::fields::{Fields, as_table, wrong};
use super::model::{AssetPrice, FeeAsset, Fees, InstrumentName, Latency, Venue, is_word};
use super::read::SPAN;

const RATE: &str = "a decimal number of basis points from -10000 to 10000";
const FEES: &str = "fees = { maker_bps = 10.0, taker_bps = 10.0, asset = \"quote\" }";

/// The venues that are right, by name.
pub(super) fn read(node: Option<&Node>, problems: &mut Problems) -> BTreeMap<String, Venue> {
    let mut venues = BTreeMap::new();
    let Some(fields) = node.and_then(|node| as_table("venue", node, problems)) else {
        return venues;
    };
    for (name, node) in fields.rest() {
        let path = fields.path(name);
        if !is_word(name) {
            problems.add(&path, "is no venue name; use letters, digits, `-` and `_`");
            continue;
        }
        let Some(fields) = as_table(&path, node, problems) else {
            continue;
        };
        if let Some(venue) = read_venue(fields, problems) {
            venues.insert(name.to_string(), venue);
        }
    }
    venues
}

fn read_venue(mut fields: Fields<'_>, problems: &mut Problems) -> Option<Venue> {
    let fees = if fields.node("fees").is_some() {
        let table = fields.table("fees", problems);
        table.and_then(|fees| read_fees(fees, problems))
    } else {
        problems.add(
            fields.path("fees"),
            format!("is missing, and fees are always stated; add `{FEES}`"),
        );
        None
    };
    let latency = fields.table("latency", problems);
    let latency = latency.map_or_else(Latency::default, |table| read_latency(table, problems));
    let balances = fields.table("balances", problems);
    let balances = balances.map_or_else(BTreeMap::new, |table| read_balances(&table, problems));
    let expects = "a whole number from 1 to 1000";
    let leverage = fields.optional("leverage", expects, problems, |text| {
        text.parse()
            .ok()
            .filter(|leverage| (1..=1000).contains(leverage))
    });
    fields.finish(problems);
    Some(Venue {
        fees: fees?,
        latency,
        balances,
        leverage: leverage.unwrap_or(1),
    })
}

fn read_fees(mut fields: Fields<'_>, problems: &mut Problems) -> Option<Fees> {
    let maker_bps = fields.required("maker_bps", RATE, "10.0", problems, rate);
    let taker_bps = fields.required("taker_bps", RATE, "10.0", problems, rate);
    let asset = fields.required(
        "asset",
        "\"quote\", \"received\" or an asset such as \"BNB\"",
        "\"quote\"",
        problems,
        |text| is_word(text).then(|| text.to_string()),
    );
    let price = fields.optional(
        "asset_price",
        "an instrument such as \"binance-spot:BNBUSDT\" or a plain decimal number above 0",
        problems,
        asset_price,
    );
    let priced = fields.node("asset_price").is_some();
    let asset = match asset?.as_str() {
        word @ ("quote" | "received") => {
            if priced {
                problems.add(
                    fields.path("asset_price"),
                    format!("has no meaning with asset = {word:?}; remove it, or name the asset"),
                );
            }
            Some(if word == "quote" {
                FeeAsset::Quote
            } else {
                FeeAsset::Received
            })
        }
        named => {
            if !priced {
                problems.add(
                    fields.path("asset_price"),
                    format!(
                        "is missing for fees in {named}; add `asset_price = \"venue:SYMBOL\"` or a decimal"
                    ),
                );
            }
            price.map(|price| FeeAsset::Named {
                asset: named.to_string(),
                price,
            })
        }
    };
    fields.finish(problems);
    Some(Fees {
        maker_bps: maker_bps?,
        taker_bps: taker_bps?,
        asset: asset?,
    })
}

fn read_latency(mut fields: Fields<'_>, problems: &mut Problems) -> Latency {
    let mut span = |key| fields.optional(key, SPAN, problems, Span::parse);
    let latency = Latency {
        feed: span("feed").unwrap_or_default(),
        order: span("order").unwrap_or_default(),
        answer: span("answer").unwrap_or_default(),
    };
    fields.finish(problems);
    latency
}

fn read_balances(fields: &Fields<'_>, problems: &mut Problems) -> BTreeMap<String, Money> {
    let mut balances = BTreeMap::new();
    for (asset, node) in fields.rest() {
        let path = fields.path(asset);
        if !is_word(asset) {
            problems.add(path, "is no asset name; use letters, digits, `-` and `_`");
            continue;
        }
        match amount(&node.value) {
            Some(amount) => drop(balances.insert(asset.to_string(), amount)),
            None => problems.add(
                path,
                wrong(
                    &node.value,
                    "a plain decimal number of at least 0, such as \"10000\"",
                ),
            ),
        }
    }
    balances
}

fn amount(value: &Value) -> Option<Money> {
    let amount = Money::new(plain_decimal(&value.scalar()?)?);
    (!amount.is_negative()).then_some(amount)
}

fn rate(text: &str) -> Option<Bps> {
    const LIMIT: i64 = 10_000 * 1_000_000;
    let rate = Bps::parse(text).ok()?;
    (-LIMIT..=LIMIT)
        .contains(&rate.millionths())
        .then_some(rate)
}

fn asset_price(text: &str) -> Option<AssetPrice> {
    if let Some(name) = InstrumentName::parse(text) {
        return Some(AssetPrice::Instrument(name));
    }
    let price = Money::new(plain_decimal(text)?);
    (!price.is_zero() && !price.is_negative()).then(|| AssetPrice::Fixed(price.decimal()))
}
