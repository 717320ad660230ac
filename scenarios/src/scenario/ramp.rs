//! `[live] ramp`: whether a run begins with one lot, and how it grows.

use onetape_core::num::Money;
use onetape_core::ramp::RampRule;

use super::doc::Value;
use super::error::Problems;
use super::fields::{Fields, as_table, wrong};
use super::resolved::{line, quoted, section};

/// Whether a run begins small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ramp {
    /// Nothing is said: `live` does, all else does not.
    #[default]
    Unsaid,
    /// It has the scenario's size at once.
    Off,
    /// It begins with one lot.
    On(RampRule),
}

impl Ramp {
    /// What holds where nothing else does.
    pub const fn rule(self) -> Option<RampRule> {
        match self {
            Self::On(rule) => Some(rule),
            Self::Unsaid | Self::Off => None,
        }
    }
}

pub(super) fn read(fields: &mut Fields<'_>, problems: &mut Problems) -> Ramp {
    let path = fields.path("ramp");
    let Some(node) = fields.node("ramp") else {
        return Ramp::Unsaid;
    };
    match &node.value {
        Value::Flag(on) => {
            if *on {
                Ramp::On(RampRule::default())
            } else {
                Ramp::Off
            }
        }
        Value::Table(_) => {
            as_table(&path, node, problems).map_or(Ramp::Unsaid, |fields| rule(fields, problems))
        }
        other => {
            // A flag of the command line is text.
            match other.scalar().as_deref() {
                Some("true") => return Ramp::On(RampRule::default()),
                Some("false") => return Ramp::Off,
                _ => {}
            }
            let expects = "true, false, or a table such as { trips = 3, factor = 2, steps = 5 }";
            problems.add(path, wrong(other, expects));
            Ramp::Unsaid
        }
    }
}

fn rule(mut fields: Fields<'_>, problems: &mut Problems) -> Ramp {
    let mut rule = RampRule::default();
    for (name, slot, least, most) in [
        ("trips", &mut rule.trips, 1, 10_000),
        ("factor", &mut rule.factor, 2, 100),
        ("steps", &mut rule.steps, 1, 20),
    ] {
        let expects = format!("a whole number from {least} to {most}");
        let read = fields.optional(name, &expects, problems, |text| {
            text.parse().ok().filter(|it| (least..=most).contains(it))
        });
        *slot = read.unwrap_or(*slot);
    }
    let expects = "an amount in quote units, zero or more, such as \"1.5\"";
    let read = fields.optional("max_trip_loss", expects, problems, |text| {
        Money::parse(text).filter(|it| *it >= Money::ZERO)
    });
    rule.max_trip_loss = read.unwrap_or(rule.max_trip_loss);
    fields.finish(problems);
    Ramp::On(rule)
}

/// What is said of it; nothing where nothing is.
pub(super) fn write(out: &mut String, ramp: Ramp) {
    let text = match ramp {
        Ramp::Unsaid => return,
        Ramp::Off => "false".to_string(),
        Ramp::On(rule) => {
            let loss = quoted(&rule.max_trip_loss.trimmed().to_string());
            let RampRule {
                trips,
                factor,
                steps,
                ..
            } = rule;
            format!(
                "{{ trips = {trips}, factor = {factor}, steps = {steps}, max_trip_loss = {loss} }}"
            )
        }
    };
    section(out, "[live]");
    line(out, "ramp", &text);
}
