//! The levels of the limit tree below the account.

use onetape_core::risk::LevelLimits;
use onetape_core::strategy::params::nearest;

use super::read::{Known, count, decimal, money, no_such_instrument, rate, share, tables};
use super::{Scope, Symbol};
use crate::scenario::error::Problems;
use crate::scenario::fields::Fields;
use crate::scenario::model::{InstrumentName, is_word};

/// The limits of one level; the account has the same ones.
pub(super) fn read_limits(fields: &mut Fields<'_>, problems: &mut Problems) -> LevelLimits {
    LevelLimits {
        max_order_notional: money(fields, "max_order_notional", problems),
        max_position_notional: money(fields, "max_position_notional", problems),
        max_exposure: money(fields, "max_exposure", problems),
        max_open_orders: count(fields, "max_open_orders", problems),
        max_order_rate: fields
            .table("max_order_rate", problems)
            .and_then(|fields| rate(fields, "orders", problems)),
        max_leverage: decimal(fields, "max_leverage", problems),
        max_capital_share: share(fields, "max_capital_share_bps", problems),
    }
}

/// Every level, from the widest to the narrowest.
pub(super) fn read(
    fields: &mut Fields<'_>,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Vec<(Scope, LevelLimits)> {
    let venues: Vec<&str> = known.venues.keys().map(String::as_str).collect();
    let tasks: Vec<&str> = known.tasks.iter().map(|task| task.name.as_str()).collect();
    let strategies: Vec<&str> = known.tasks.iter().map(|task| task.strategy).collect();
    let mut levels = Vec::new();
    named(
        fields,
        "venue",
        &venues,
        Scope::Venue,
        &mut levels,
        problems,
    );
    named(
        fields,
        "strategy",
        &strategies,
        Scope::Strategy,
        &mut levels,
        problems,
    );
    named(fields, "task", &tasks, Scope::Task, &mut levels, problems);
    for (name, mut limits) in tables(fields, "symbol", problems) {
        match symbol(name, known) {
            Ok(symbol) => {
                let read = read_limits(&mut limits, problems);
                limits.finish(problems);
                levels.push((Scope::Symbol(symbol), read));
            }
            Err(words) => problems.add(limits.whole(), words),
        }
    }
    for (task, legs) in tables(fields, "leg", problems) {
        read_legs(task, &legs, known, &mut levels, problems);
    }
    levels
}

/// Levels that are named after something that the scenario has.
fn named(
    fields: &mut Fields<'_>,
    key: &'static str,
    names: &[&str],
    scope: impl Fn(String) -> Scope,
    levels: &mut Vec<(Scope, LevelLimits)>,
    problems: &mut Problems,
) {
    for (name, mut limits) in tables(fields, key, problems) {
        if !names.contains(&name) {
            problems.add(limits.whole(), stranger(key, name, names));
            continue;
        }
        let read = read_limits(&mut limits, problems);
        limits.finish(problems);
        levels.push((scope(name.to_string()), read));
    }
}

/// Words for a name that the scenario does not have.
pub(super) fn stranger(what: &str, name: &str, names: &[&str]) -> String {
    let hint = nearest(name, names.iter().copied()).map_or_else(
        || format!("known are {}", names.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    format!("this scenario has no {what} {name}; {hint}")
}

fn symbol(name: &str, known: &Known<'_>) -> Result<Symbol, String> {
    if let Some(instrument) = InstrumentName::parse(name) {
        return if known.instruments().any(|one| *one == instrument) {
            Ok(Symbol::Instrument(instrument))
        } else {
            Err(no_such_instrument(name, known))
        };
    }
    match name.split_once('/') {
        Some((base, quote)) if is_word(base) && is_word(quote) => {
            Ok(Symbol::Pair(base.to_string(), quote.to_string()))
        }
        _ => Err(
            "is no symbol; write an instrument as [risk.symbol.\"venue:SYMBOL\"], or a pair of assets at all venues as \
             [risk.symbol.\"BTC/USDT\"]"
                .to_string(),
        ),
    }
}

fn read_legs(
    task: &str,
    legs: &Fields<'_>,
    known: &Known<'_>,
    levels: &mut Vec<(Scope, LevelLimits)>,
    problems: &mut Problems,
) {
    let Some(found) = known.tasks.iter().find(|one| one.name == task) else {
        let tasks: Vec<&str> = known.tasks.iter().map(|task| task.name.as_str()).collect();
        problems.add(legs.whole(), stranger("task", task, &tasks));
        return;
    };
    let names: Vec<&str> = found.legs.iter().map(|leg| leg.name).collect();
    for (leg, node) in legs.rest() {
        let path = legs.path(leg);
        if !names.contains(&leg) {
            let hint = stranger("leg", leg, &names);
            problems.add(path, format!("{hint} (a section is [risk.leg.TASK.LEG])"));
            continue;
        }
        if let Some(mut limits) = crate::scenario::fields::as_table(&path, node, problems) {
            let read = read_limits(&mut limits, problems);
            limits.finish(problems);
            let (task, leg) = (task.to_string(), leg.to_string());
            levels.push((Scope::Leg { task, leg }, read));
        }
    }
}
