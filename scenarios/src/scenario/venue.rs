//! The `[venue.NAME]` sections.

use std::collections::BTreeMap;
use std::path::Path;

use onetape_core::num::{Bps, Money};
use onetape_core::strategy::params::plain_decimal;
use onetape_core::time::Span;
use onetape_sim::{FeeStep, MarginMode, RateLimit, SelfTrade};

use super::doc::{Node, Value};
use super::error::Problems;
use super::fields::{Fields, as_table, wrong};
use super::model::{AssetPrice, FeeAsset, FeeTiers, Fees, InstrumentName, Latency, Venue, is_word};
use super::{latency, live, read::SPAN, tiers};

pub(super) const RATE: &str = "a decimal number of basis points from -10000 to 10000";
const FEES: &str = "fees = { maker_bps = 10.0, taker_bps = 10.0, asset = \"quote\" }";

/// The venues that are right, by name.
pub(super) fn read(
    node: Option<&Node>,
    folder: &Path,
    problems: &mut Problems,
) -> BTreeMap<String, Venue> {
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
        if let Some(venue) = read_venue(fields, folder, problems) {
            venues.insert(name.to_string(), venue);
        }
    }
    venues
}

fn read_venue(mut fields: Fields<'_>, folder: &Path, problems: &mut Problems) -> Option<Venue> {
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
    let latency = latency.map_or_else(Latency::default, |table| {
        latency::read(table, folder, problems)
    });
    let balances = fields.table("balances", problems);
    let balances = balances.map_or_else(BTreeMap::new, |table| read_balances(&table, problems));
    let expects = "a whole number from 1 to 1000";
    let leverage = fields.optional("leverage", expects, problems, |text| {
        text.parse()
            .ok()
            .filter(|leverage| (1..=1000).contains(leverage))
    });
    let expects = "\"cross\" or \"isolated\"";
    let margin = fields.optional("margin", expects, problems, margin);
    let expects = "a decimal number of basis points from 0 to 10000";
    let liquidation_fee_bps = fields.optional("liquidation_fee_bps", expects, problems, |text| {
        rate(text).filter(|rate| *rate >= Bps::default())
    });
    let expects = "\"expire_taker\", \"expire_maker\" or \"expire_both\"";
    let self_trade = fields.optional("self_trade", expects, problems, self_trade);
    let rate_limits = read_rate_limits(&mut fields, problems);
    let live = live::read_venue(&mut fields, problems);
    fields.finish(problems);
    Some(Venue {
        fees: fees?,
        latency,
        balances,
        leverage: leverage.unwrap_or(1),
        margin: margin.unwrap_or_default(),
        liquidation_fee_bps: liquidation_fee_bps.unwrap_or_default(),
        rate_limits,
        self_trade: self_trade.unwrap_or_default(),
        live,
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
    let base = FeeStep {
        from: Money::ZERO,
        maker: maker_bps.unwrap_or_default(),
        taker: taker_bps.unwrap_or_default(),
    };
    let tiers = tiers::read(&mut fields, base, problems);
    fields.finish(problems);
    maker_bps.and(taker_bps)?;
    let first = tiers.as_ref().map_or(base, FeeTiers::at_start);
    Some(Fees {
        maker_bps: first.maker,
        taker_bps: first.taker,
        asset: asset?,
        tiers,
    })
}

/// Words for what stands behind a position.
pub(super) const MARGINS: [(&str, MarginMode); 2] = [
    ("cross", MarginMode::Cross),
    ("isolated", MarginMode::Isolated),
];

/// Words for what becomes of own orders that meet.
pub(super) const SELF_TRADES: [(&str, SelfTrade); 3] = [
    ("expire_taker", SelfTrade::ExpireTaker),
    ("expire_maker", SelfTrade::ExpireMaker),
    ("expire_both", SelfTrade::ExpireBoth),
];

fn margin(text: &str) -> Option<MarginMode> {
    let found = MARGINS.iter().find(|(word, _)| *word == text);
    found.map(|(_, mode)| *mode)
}

fn self_trade(text: &str) -> Option<SelfTrade> {
    let found = SELF_TRADES.iter().find(|(word, _)| *word == text);
    found.map(|(_, rule)| *rule)
}

fn read_rate_limits(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<RateLimit> {
    let Some(node) = fields.node("rate_limits") else {
        return Vec::new();
    };
    let path = fields.path("rate_limits");
    let Value::List(list) = &node.value else {
        let expects = "a list such as [{ orders = 50, per = \"10s\" }]";
        problems.add(path, wrong(&node.value, expects));
        return Vec::new();
    };
    let limits = list.iter().enumerate().filter_map(|(index, node)| {
        let mut fields = as_table(&format!("{path}.{index}"), node, problems)?;
        let count = "a whole number from 1 to 4294967295";
        let orders = fields.required("orders", count, "50", problems, |text| {
            text.parse().ok().filter(|orders| *orders > 0)
        });
        let per = fields.required("per", SPAN, "\"10s\"", problems, |text| {
            Span::parse(text).filter(|span| *span > Span::ZERO)
        });
        fields.finish(problems);
        Some(RateLimit {
            orders: orders?,
            per: per?,
        })
    });
    limits.collect()
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
    amount_of(&value.scalar()?)
}

/// A plain decimal number of at least 0.
pub(super) fn amount_of(text: &str) -> Option<Money> {
    let amount = Money::new(plain_decimal(text)?);
    (!amount.is_negative()).then_some(amount)
}

pub(super) fn rate(text: &str) -> Option<Bps> {
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
