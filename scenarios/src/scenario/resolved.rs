//! The canonical text of a scenario: everything in force, defaults filled in, no paths.

use std::fmt::Write as _;

use onetape_core::num::Money;
use onetape_core::strategy::params::ParamValue;
use onetape_core::task::{ParamChange, TaskAction};
use onetape_core::time::Span;
use onetape_sim::FeeStep;

use super::economics::bps_text;
use super::latency::text as latency_text;
use super::model::{AssetPrice, Control, FeeAsset, Scenario, Task, Venue};
use super::read::moment_text;
use super::risk;
use super::simulation::queue_text;
use super::venue::{MARGINS, SELF_TRADES};

impl Scenario {
    /// The scenario as TOML that reads back as the same scenario. Equal scenarios give equal bytes. The
    /// catalogue's path is left out: where the tape lies does not change a decision.
    pub fn resolved_toml(&self) -> String {
        let mut out = String::new();
        line(&mut out, "name", &quoted(&self.name));
        section(&mut out, "[data]");
        for (key, moment) in [("from", self.data.from), ("to", self.data.to)] {
            if let Some(moment) = moment {
                line(&mut out, key, &quoted(&moment_text(moment)));
            }
        }
        let inferred = self.data.allow_inferred_instruments;
        line(
            &mut out,
            "allow_inferred_instruments",
            &inferred.to_string(),
        );
        for task in &self.tasks {
            write_task(&mut out, task);
        }
        for (name, venue) in &self.venues {
            section(&mut out, &format!("[venue.{name}]"));
            write_venue(&mut out, venue);
        }
        risk::write(&mut out, &self.risk);
        section(&mut out, "[sim]");
        // A TOML integer ends at 63 bits, a seed at 64.
        line(&mut out, "seed", &quoted(&self.sim.seed.to_string()));
        line(&mut out, "liquidity", &quoted(self.sim.liquidity.name()));
        line(&mut out, "queue", &quoted(&queue_text(self.sim.queue)));
        for (key, allowed) in [
            ("queue_on_quotes", self.sim.queue_on_quotes),
            ("no_trades", self.sim.no_trades),
            ("no_funding", self.sim.no_funding),
        ] {
            line(&mut out, key, &allowed.to_string());
        }
        if let Some(faults) = &self.faults {
            super::faults::write(&mut out, faults);
        }
        super::ramp::write(&mut out, self.live.ramp);
        for control in &self.controls {
            write_control(&mut out, control, &self.tasks);
        }
        out
    }
}

fn write_control(out: &mut String, control: &Control, tasks: &[Task]) {
    let mut named = tasks.iter();
    let task = named.find(|task| control.task.as_ref() == Some(&task.name));
    section(out, "[[control]]");
    match control.after {
        Some(after) => line(out, "after", &span(after)),
        None => line(out, "at", &quoted(&moment_text(control.at))),
    }
    if let Some(task) = &control.task {
        line(out, "task", &quoted(task));
    }
    line(out, "do", &quoted(control.action.name()));
    match &control.action {
        TaskAction::Stop(ending) | TaskAction::Remove(ending) => {
            line(out, "legs", &quoted(ending.name()))
        }
        TaskAction::Update(changes) => {
            let pair = |change: &ParamChange| {
                format!("{} = {}", quoted(&change.name), quoted(&change.new))
            };
            let pairs: Vec<String> = changes.iter().map(pair).collect();
            line(out, "set", &format!("{{ {} }}", pairs.join(", ")));
        }
        TaskAction::Execute(given) => {
            let legs = [("buy", given.buy), ("sell", given.sell)];
            for (key, at) in legs {
                let leg = task.and_then(|task| task.legs.get(usize::from(at)));
                line(out, key, &quoted(leg.map_or("", |leg| leg.name)));
            }
            line(
                out,
                "quantity",
                &quoted(&given.quantity.trimmed().to_string()),
            );
        }
        TaskAction::Start | TaskAction::Pause | TaskAction::Resume | TaskAction::Archive => {}
    }
}

fn write_task(out: &mut String, task: &Task) {
    section(out, "[[task]]");
    line(out, "name", &quoted(&task.name));
    line(out, "strategy", &quoted(task.strategy));
    for leg in &task.legs {
        let instrument = quoted(&leg.instrument.to_string());
        let feed = quoted(leg.feed.name());
        let value = format!("{{ instrument = {instrument}, feed = {feed} }}");
        line(out, leg.name, &value);
    }
    for (name, value) in task.params.iter() {
        let text = value.to_string();
        let bare = matches!(
            value,
            ParamValue::Bps(_) | ParamValue::Integer(_) | ParamValue::Flag(_)
        );
        line(out, name, &if bare { text } else { quoted(&text) });
    }
    let allowed = task.allow_negative_edge;
    line(out, "allow_negative_edge", &allowed.to_string());
    if let Some(by) = &task.started_by {
        line(out, "started_by", &quoted(by));
    }
    if task.manual_start {
        line(out, "manual_start", "true");
    }
    if let Some(wait) = task.retry_after {
        line(out, "retry_after", &span(wait));
    }
    if let Some(time) = task.archive_after {
        line(out, "archive_after", &span(time));
    }
}

fn write_venue(out: &mut String, venue: &Venue) {
    let fees = &venue.fees;
    let rates = |maker, taker| {
        let (maker, taker) = (bps_text(maker), bps_text(taker));
        format!("maker_bps = {maker}, taker_bps = {taker}")
    };
    let (base, tiers) = match &fees.tiers {
        None => (rates(fees.maker_bps, fees.taker_bps), String::new()),
        Some(tiers) => {
            let step = |step: &FeeStep| rates(step.maker, step.taker);
            let (base, later) = tiers.split();
            let later = later
                .iter()
                .map(|it| format!("{{ from = {}, {} }}", money(it.from), step(it)));
            let later: Vec<String> = later.collect();
            let (asset, volume) = (quoted(&tiers.volume_in), money(tiers.volume));
            let tiers = format!(
                ", volume_in = {asset}, volume = {volume}, tiers = [{}]",
                later.join(", ")
            );
            (step(base), tiers)
        }
    };
    let asset = match &fees.asset {
        FeeAsset::Quote => quoted("quote"),
        FeeAsset::Received => quoted("received"),
        FeeAsset::Named { asset, price } => {
            let price = match price {
                AssetPrice::Instrument(name) => name.to_string(),
                AssetPrice::Fixed(price) => price.to_string(),
            };
            format!("{}, asset_price = {}", quoted(asset), quoted(&price))
        }
    };
    let value = format!("{{ {base}, asset = {asset}{tiers} }}");
    line(out, "fees", &value);
    line(out, "latency", &latency_text(&venue.latency));
    let balances = venue.balances.iter();
    let balances: Vec<String> = balances
        .map(|(asset, amount)| format!("{asset} = {}", money(*amount)))
        .collect();
    let value = if balances.is_empty() {
        "{}".to_string()
    } else {
        format!("{{ {} }}", balances.join(", "))
    };
    line(out, "balances", &value);
    line(out, "leverage", &venue.leverage.to_string());
    let margin = MARGINS.iter().find(|(_, mode)| *mode == venue.margin);
    line(out, "margin", &quoted(margin.map_or("", |(word, _)| word)));
    let fee = bps_text(venue.liquidation_fee_bps);
    line(out, "liquidation_fee_bps", &fee);
    let limits = venue.rate_limits.iter();
    let limits: Vec<String> = limits
        .map(|limit| format!("{{ orders = {}, per = {} }}", limit.orders, span(limit.per)))
        .collect();
    line(out, "rate_limits", &format!("[{}]", limits.join(", ")));
    let rule = SELF_TRADES
        .iter()
        .find(|(_, rule)| *rule == venue.self_trade);
    line(
        out,
        "self_trade",
        &quoted(rule.map_or("", |(word, _)| word)),
    );
}

pub(super) fn section(out: &mut String, header: &str) {
    let _ = writeln!(out, "\n{header}");
}

pub(super) fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_string()).to_string()
}

pub(super) fn money(amount: Money) -> String {
    quoted(&amount.to_string())
}

pub(super) fn span(span: Span) -> String {
    quoted(&ParamValue::Span(span).to_string())
}
