//! From the document to the limits of the gate.

use std::collections::BTreeMap;

use onetape_core::num::{Bps, Money};
use onetape_core::risk::Rate;
use onetape_core::strategy::params::plain_decimal;
use onetape_core::time::Span;
use rust_decimal::Decimal;

use super::{BalanceRules, Guards, Risk, SELF_TRADES, levels, rules, value_of};
use crate::scenario::doc::{Node, Value};
use crate::scenario::error::Problems;
use crate::scenario::fields::{Fields, as_table, unknown, wrong};
use crate::scenario::model::{InstrumentName, Task, Venue};
use crate::scenario::read::{ABOVE_ZERO, SPAN, above_zero};

pub(super) const SHARE: &str = "a decimal number of basis points above 0, such as 500";
pub(super) const COUNT: &str = "a whole number from 1 to 1000000";

/// What names in limits may stand for.
pub(in crate::scenario) struct Known<'a> {
    pub(in crate::scenario) tasks: Vec<&'a Task>,
    pub(in crate::scenario) venues: &'a BTreeMap<String, Venue>,
}

impl Known<'_> {
    /// The instruments that tasks trade.
    pub(super) fn instruments(&self) -> impl Iterator<Item = &InstrumentName> {
        let legs = self.tasks.iter().flat_map(|task| &task.legs);
        legs.map(|leg| &leg.instrument)
    }
}

pub(in crate::scenario) fn read(
    mut fields: Fields<'_>,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Risk {
    let mut account = levels::read_limits(&mut fields, problems);
    let expects = "\"across_tasks\", \"always\" or \"venue\"";
    let self_trade = fields.optional("self_trade", expects, problems, |text| {
        value_of(&SELF_TRADES, text)
    });
    let risk = Risk {
        max_order_notional: account.max_order_notional.take(),
        max_position_notional: account.max_position_notional.take(),
        max_daily_loss: money(&mut fields, "max_daily_loss", problems),
        max_single_loss: money(&mut fields, "max_single_loss", problems),
        max_book_age: span(&mut fields, "max_book_age", problems),
        account,
        guards: guards(&mut fields, known, problems),
        self_trade: self_trade.unwrap_or_default(),
        levels: levels::read(&mut fields, known, problems),
        breakers: rules::breakers(&mut fields, problems),
        alerts: rules::alerts(&mut fields, problems),
        bands: rules::bands(&mut fields, known, problems),
        balance: balance(&mut fields, problems),
    };
    fields.finish(problems);
    risk
}

fn guards(fields: &mut Fields<'_>, known: &Known<'_>, problems: &mut Problems) -> Guards {
    Guards {
        collar_mid: share(fields, "collar_mid_bps", problems),
        collar_last: share(fields, "collar_last_bps", problems),
        max_drawdown: share(fields, "max_drawdown_bps", problems),
        allow: allow(fields, known, problems),
        max_feed_age: span(fields, "max_feed_age", problems),
        max_leg_skew: span(fields, "max_leg_skew", problems),
    }
}

fn allow(
    fields: &mut Fields<'_>,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<Vec<InstrumentName>> {
    let node = fields.node("allow")?;
    let path = fields.path("allow");
    let expects = "a list of instruments such as [\"binance-spot:BTCUSDT\"]";
    let Value::List(list) = &node.value else {
        problems.add(path, wrong(&node.value, expects));
        return None;
    };
    let mut names = Vec::new();
    for (at, node) in list.iter().enumerate() {
        let path = format!("{path}.{at}");
        let text = node.value.scalar();
        match text.as_deref().and_then(InstrumentName::parse) {
            None => problems.add(
                path,
                wrong(
                    &node.value,
                    "an instrument such as \"binance-spot:BTCUSDT\"",
                ),
            ),
            Some(name) if known.instruments().any(|one| *one == name) => names.push(name),
            Some(name) => problems.add(path, no_such_instrument(&name.to_string(), known)),
        }
    }
    Some(names)
}

/// Words for an instrument that no task trades.
pub(super) fn no_such_instrument(name: &str, known: &Known<'_>) -> String {
    let names: Vec<String> = known.instruments().map(ToString::to_string).collect();
    let hint = unknown(name, names.iter().map(String::as_str));
    format!("no task trades {name}: it {hint}")
}

fn balance(fields: &mut Fields<'_>, problems: &mut Problems) -> BalanceRules {
    let mut rules = BalanceRules::default();
    let Some(mut fields) = fields.table("balance", problems) else {
        return rules;
    };
    rules.check = fields.flag("check", problems);
    rules.reconcile = fields.flag("reconcile", problems);
    rules.patience = span(&mut fields, "patience", problems).unwrap_or(rules.patience);
    rules.tolerance = amounts(&mut fields, "tolerance", problems);
    rules.low = amounts(&mut fields, "low", problems);
    fields.finish(problems);
    rules
}

/// Amounts by asset.
fn amounts(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> BTreeMap<String, Money> {
    let mut amounts = BTreeMap::new();
    let Some(table) = fields.table(key, problems) else {
        return amounts;
    };
    for (asset, node) in table.rest() {
        match node.value.scalar().as_deref().and_then(above_zero) {
            Some(amount) => drop(amounts.insert(asset.to_string(), amount)),
            None => problems.add(table.path(asset), wrong(&node.value, ABOVE_ZERO)),
        }
    }
    amounts
}

pub(super) fn money(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Money> {
    fields.optional(key, ABOVE_ZERO, problems, above_zero)
}

pub(super) fn decimal(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Decimal> {
    fields.optional(key, ABOVE_ZERO, problems, |text| {
        plain_decimal(text).filter(|number| *number > Decimal::ZERO)
    })
}

pub(super) fn span(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Span> {
    fields.optional(key, SPAN, problems, |text| {
        Span::parse(text).filter(|span| *span > Span::ZERO)
    })
}

pub(super) fn share(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Bps> {
    fields.optional(key, SHARE, problems, |text| {
        Bps::parse(text).ok().filter(|bps| *bps > Bps::default())
    })
}

pub(super) fn count(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<u32> {
    fields.optional(key, COUNT, problems, whole)
}

fn whole(text: &str) -> Option<u32> {
    text.parse()
        .ok()
        .filter(|count| (1..=1_000_000).contains(count))
}

/// `{ orders = 10, per = "1s" }`, with the word for what is counted.
pub(super) fn rate(
    mut fields: Fields<'_>,
    counted: &'static str,
    problems: &mut Problems,
) -> Option<Rate> {
    let rate = rate_in(&mut fields, counted, problems);
    fields.finish(problems);
    rate
}

/// The same two fields in a table that has more.
pub(super) fn rate_in(
    fields: &mut Fields<'_>,
    counted: &'static str,
    problems: &mut Problems,
) -> Option<Rate> {
    let count = fields.required(counted, COUNT, "10", problems, whole);
    let per = fields.required("per", SPAN, "\"1s\"", problems, |text| {
        Span::parse(text).filter(|span| *span > Span::ZERO)
    });
    Some(Rate {
        count: count?,
        per: per?,
    })
}

/// The tables of a table, by name.
pub(super) fn tables<'a>(
    fields: &mut Fields<'a>,
    key: &'static str,
    problems: &mut Problems,
) -> Vec<(&'a str, Fields<'a>)> {
    let Some(table) = fields.table(key, problems) else {
        return Vec::new();
    };
    let nodes: Vec<(&str, &Node)> = table.rest().collect();
    let tables = nodes.into_iter().filter_map(|(name, node)| {
        let fields = as_table(&table.path(name), node, problems)?;
        Some((name, fields))
    });
    tables.collect()
}
