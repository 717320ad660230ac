//! Breakers, alerts and delta bands.

use std::collections::BTreeMap;

use onetape_core::risk::{BreakerKind, BreakerRule, Trigger};
use onetape_core::strategy::params::plain_decimal;
use onetape_core::time::Span;
use rust_decimal::Decimal;

use super::levels::stranger;
use super::read::{Known, SHARE, count, decimal, money, rate_in, share, span, tables};
use super::{ACTIONS, Alert, Bands, HEDGE_PATIENCE, value_of};
use crate::scenario::error::Problems;
use crate::scenario::fields::Fields;
use crate::scenario::read::{ABOVE_ZERO, SPAN, above_zero};

/// `[risk.breaker.NAME]`.
pub(super) fn breakers(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<BreakerRule> {
    let mut rules = Vec::new();
    for (name, mut fields) in tables(fields, "breaker", problems) {
        let Some(kind) = BreakerKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
        else {
            let names = BreakerKind::ALL.map(BreakerKind::name);
            let hint = crate::scenario::fields::unknown(name, names.into_iter());
            problems.add(fields.whole(), hint);
            continue;
        };
        let trigger = trigger(kind, &mut fields, problems);
        let expects = "\"reduce\" or \"halt\"";
        let action = fields.optional("action", expects, problems, |text| value_of(&ACTIONS, text));
        let reset_after = span(&mut fields, "reset_after", problems);
        fields.finish(problems);
        rules.extend(trigger.map(|trigger| BreakerRule {
            trigger,
            action: action.unwrap_or_default(),
            reset_after,
        }));
    }
    rules
}

fn trigger(kind: BreakerKind, fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Trigger> {
    let time = |text: &str| Span::parse(text).filter(|span| *span > Span::ZERO);
    let bps = |text: &str| {
        let bps = onetape_core::num::Bps::parse(text).ok();
        bps.filter(|bps| *bps > onetape_core::num::Bps::default())
    };
    let number = |text: &str| plain_decimal(text).filter(|number| *number > Decimal::ZERO);
    Some(match kind {
        BreakerKind::StaleData => {
            Trigger::StaleData(fields.required("max_age", SPAN, "\"1s\"", problems, time)?)
        }
        BreakerKind::DailyLoss => Trigger::DailyLoss(
            fields.required("max_loss", ABOVE_ZERO, "\"100\"", problems, above_zero)?,
        ),
        BreakerKind::Drawdown => {
            Trigger::Drawdown(fields.required("max_bps", SHARE, "500", problems, bps)?)
        }
        BreakerKind::TripLoss => {
            let expected = fields.required("expected_bps", SHARE, "40", problems, bps);
            let times = fields.required("times", ABOVE_ZERO, "2", problems, number);
            Trigger::TripLoss {
                expected: expected?,
                times: times?,
            }
        }
        BreakerKind::PriceJump => {
            let jump = fields.required("max_bps", SHARE, "200", problems, bps);
            let within = fields.required("within", SPAN, "\"5s\"", problems, time);
            Trigger::PriceJump {
                jump: jump?,
                within: within?,
            }
        }
        BreakerKind::RejectRate => Trigger::RejectRate(rate_in(fields, "rejects", problems)?),
        BreakerKind::OrderRate => Trigger::OrderRate(rate_in(fields, "orders", problems)?),
    })
}

/// `[risk.alert]`.
pub(super) fn alerts(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<Alert> {
    let Some(mut fields) = fields.table("alert", problems) else {
        return Vec::new();
    };
    let alerts = [
        money(&mut fields, "exposure", problems).map(Alert::Exposure),
        decimal(&mut fields, "leverage", problems).map(Alert::Leverage),
        money(&mut fields, "day_loss", problems).map(Alert::DayLoss),
        share(&mut fields, "drawdown_bps", problems).map(Alert::Drawdown),
        count(&mut fields, "open_orders", problems).map(Alert::OpenOrders),
    ];
    fields.finish(problems);
    alerts.into_iter().flatten().collect()
}

/// `[risk.delta.TASK]`.
pub(super) fn bands(
    fields: &mut Fields<'_>,
    known: &Known<'_>,
    problems: &mut Problems,
) -> BTreeMap<String, Bands> {
    let mut bands = BTreeMap::new();
    let tasks: Vec<&str> = known.tasks.iter().map(|task| task.name.as_str()).collect();
    for (task, mut fields) in tables(fields, "delta", problems) {
        if !tasks.contains(&task) {
            problems.add(fields.whole(), stranger("task", task, &tasks));
            continue;
        }
        let expects = "an amount of the base asset above 0, such as \"0.002\"";
        let mut amount = |key, example| {
            fields.required(key, expects, example, problems, |text| {
                plain_decimal(text).filter(|amount| *amount > Decimal::ZERO)
            })
        };
        let target = amount("target", "\"0.001\"");
        let rebalance = amount("rebalance", "\"0.01\"");
        let critical = amount("critical", "\"0.05\"");
        let patience = span(&mut fields, "patience", problems);
        let path = fields.whole().to_string();
        fields.finish(problems);
        let (Some(target), Some(rebalance), Some(critical)) = (target, rebalance, critical) else {
            continue;
        };
        // Lots are known when a catalogue is; their order is known now.
        match onetape_core::risk::Bands::new(target, rebalance, critical, Decimal::ZERO) {
            Err(words) => problems.add(path, words),
            Ok(_) => drop(bands.insert(
                task.to_string(),
                Bands {
                    target,
                    rebalance,
                    critical,
                    patience: patience.unwrap_or(HEDGE_PATIENCE),
                },
            )),
        }
    }
    bands
}
