//! The canonical text of the `[risk]` sections.

use std::collections::BTreeMap;

use onetape_core::num::Money;
use onetape_core::risk::{BreakerRule, LevelLimits, Rate, Trigger};

use super::{ACTIONS, Alert, BalanceRules, Risk, SELF_TRADES, Scope, Symbol, word_of};
use crate::scenario::economics::bps_text;
use crate::scenario::resolved::{line, money, quoted, section, span};

/// Everything that is in force, section by section. What is absent is not limited.
pub(in crate::scenario) fn write(out: &mut String, risk: &Risk) {
    section(out, "[risk]");
    let account = LevelLimits {
        max_order_notional: risk.max_order_notional,
        max_position_notional: risk.max_position_notional,
        ..risk.account
    };
    write_notionals(out, &account);
    given(out, "max_daily_loss", risk.max_daily_loss.map(money));
    given(out, "max_single_loss", risk.max_single_loss.map(money));
    given(out, "max_book_age", risk.max_book_age.map(span));
    write_limits(out, &account);
    let guards = &risk.guards;
    given(out, "max_drawdown_bps", guards.max_drawdown.map(bps_text));
    given(out, "max_feed_age", guards.max_feed_age.map(span));
    given(out, "max_leg_skew", guards.max_leg_skew.map(span));
    given(out, "collar_mid_bps", guards.collar_mid.map(bps_text));
    given(out, "collar_last_bps", guards.collar_last.map(bps_text));
    let allow = guards.allow.as_ref().map(|names| {
        let names: Vec<String> = names.iter().map(|name| quoted(&name.to_string())).collect();
        format!("[{}]", names.join(", "))
    });
    given(out, "allow", allow);
    line(
        out,
        "self_trade",
        &quoted(word_of(&SELF_TRADES, &risk.self_trade)),
    );
    for (scope, limits) in &risk.levels {
        section(out, &format!("[risk.{}]", scope_text(scope)));
        write_notionals(out, limits);
        write_limits(out, limits);
    }
    for rule in &risk.breakers {
        write_breaker(out, rule);
    }
    write_alerts(out, &risk.alerts);
    for (task, bands) in &risk.bands {
        section(out, &format!("[risk.delta.{task}]"));
        line(out, "target", &quoted(&bands.target.to_string()));
        line(out, "rebalance", &quoted(&bands.rebalance.to_string()));
        line(out, "critical", &quoted(&bands.critical.to_string()));
        line(out, "patience", &span(bands.patience));
    }
    write_balance(out, &risk.balance);
}

fn given(out: &mut String, key: &str, value: Option<String>) {
    if let Some(value) = value {
        line(out, key, &value);
    }
}

fn write_notionals(out: &mut String, limits: &LevelLimits) {
    given(
        out,
        "max_order_notional",
        limits.max_order_notional.map(money),
    );
    given(
        out,
        "max_position_notional",
        limits.max_position_notional.map(money),
    );
}

fn write_limits(out: &mut String, limits: &LevelLimits) {
    let count = |count: u32| count.to_string();
    given(out, "max_exposure", limits.max_exposure.map(money));
    given(out, "max_open_orders", limits.max_open_orders.map(count));
    let rate = |rate: Rate| format!("{{ orders = {}, per = {} }}", rate.count, span(rate.per));
    given(out, "max_order_rate", limits.max_order_rate.map(rate));
    let leverage = limits.max_leverage.map(|times| quoted(&times.to_string()));
    given(out, "max_leverage", leverage);
    given(
        out,
        "max_capital_share_bps",
        limits.max_capital_share.map(bps_text),
    );
}

fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::Venue(name) => format!("venue.{name}"),
        Scope::Strategy(name) => format!("strategy.{name}"),
        Scope::Task(name) => format!("task.{name}"),
        Scope::Symbol(Symbol::Instrument(name)) => {
            format!("symbol.{}", quoted(&name.to_string()))
        }
        Scope::Symbol(Symbol::Pair(base, quote)) => {
            format!("symbol.{}", quoted(&format!("{base}/{quote}")))
        }
        // Legs of alternatives are named with a digit after an underscore: plain words all of them.
        Scope::Leg { task, leg } => format!("leg.{task}.{leg}"),
    }
}

fn write_breaker(out: &mut String, rule: &BreakerRule) {
    section(
        out,
        &format!("[risk.breaker.{}]", rule.trigger.kind().name()),
    );
    match rule.trigger {
        Trigger::StaleData(age) => line(out, "max_age", &span(age)),
        Trigger::DailyLoss(loss) => line(out, "max_loss", &money(loss)),
        Trigger::Drawdown(depth) => line(out, "max_bps", &bps_text(depth)),
        Trigger::TripLoss { expected, times } => {
            line(out, "expected_bps", &bps_text(expected));
            line(out, "times", &quoted(&times.to_string()));
        }
        Trigger::PriceJump { jump, within } => {
            line(out, "max_bps", &bps_text(jump));
            line(out, "within", &span(within));
        }
        Trigger::RejectRate(rate) => write_rate(out, "rejects", rate),
        Trigger::OrderRate(rate) => write_rate(out, "orders", rate),
    }
    line(out, "action", &quoted(word_of(&ACTIONS, &rule.action)));
    given(out, "reset_after", rule.reset_after.map(span));
}

fn write_rate(out: &mut String, counted: &str, rate: Rate) {
    line(out, counted, &rate.count.to_string());
    line(out, "per", &span(rate.per));
}

fn write_alerts(out: &mut String, alerts: &[Alert]) {
    if alerts.is_empty() {
        return;
    }
    section(out, "[risk.alert]");
    for alert in alerts {
        match *alert {
            Alert::Exposure(limit) => line(out, "exposure", &money(limit)),
            Alert::Leverage(limit) => line(out, "leverage", &quoted(&limit.to_string())),
            Alert::DayLoss(limit) => line(out, "day_loss", &money(limit)),
            Alert::Drawdown(limit) => line(out, "drawdown_bps", &bps_text(limit)),
            Alert::OpenOrders(limit) => line(out, "open_orders", &limit.to_string()),
        }
    }
}

fn write_balance(out: &mut String, rules: &BalanceRules) {
    let amounts = |amounts: &BTreeMap<String, Money>| {
        let amounts: Vec<String> = amounts
            .iter()
            .map(|(asset, amount)| format!("{asset} = {}", money(*amount)))
            .collect();
        format!("{{ {} }}", amounts.join(", "))
    };
    section(out, "[risk.balance]");
    line(out, "check", &rules.check.to_string());
    line(out, "reconcile", &rules.reconcile.to_string());
    line(out, "patience", &span(rules.patience));
    if !rules.tolerance.is_empty() {
        line(out, "tolerance", &amounts(&rules.tolerance));
    }
    if !rules.low.is_empty() {
        line(out, "low", &amounts(&rules.low));
    }
}
