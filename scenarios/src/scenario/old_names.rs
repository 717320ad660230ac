//! Names that parameters have in older tools, taken as what they are called here.
//!
//! A cost of entry is an edge with the other sign, a percent is a hundred basis points. A strategy that has a parameter of
//! such a name itself keeps it.

use onetape_core::strategy::params::StrategyCard;
use rust_decimal::Decimal;

/// One name: what it is called here, and how its value is said here.
struct OldName {
    old: &'static str,
    new: &'static str,
    how: How,
}

#[derive(Clone, Copy)]
enum How {
    /// As it is.
    Same,
    /// Times a number.
    Times(i64),
    /// Hours, as a span.
    Hours,
}

const OLD_NAMES: &[OldName] = &[
    old("max_entry_cost_pct", "min_entry_edge_bps", How::Times(-100)),
    old("min_profit_pct", "exit.profit_bps", How::Times(100)),
    old("max_hours", "exit.max_age", How::Hours),
    old("base_position_size_usdt", "notional", How::Same),
    old("entry_threshold_bps", "min_entry_edge_bps", How::Same),
    // It leaves where what it could still earn has fallen to this.
    old("exit_threshold_bps", "exit.edge_bps", How::Times(-1)),
];

const fn old(old: &'static str, new: &'static str, how: How) -> OldName {
    OldName { old, new, how }
}

/// Gives what stands under an old name its name here. What cannot be taken is told, with the name that was given.
pub(super) fn translate(
    given: &mut [(String, String)],
    card: &StrategyCard,
) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    for known in OLD_NAMES {
        if card.param(known.old).is_some() || card.param(known.new).is_none() {
            continue;
        }
        let Some(at) = given.iter().position(|(name, _)| name == known.old) else {
            continue;
        };
        if given.iter().any(|(name, _)| name == known.new) {
            let message = format!(
                "is another name of `{}`, which is given too; remove one of them",
                known.new
            );
            problems.push((known.old, message));
            continue;
        }
        let said = known.how.say(&given[at].1);
        if said.is_none() {
            let message = format!(
                "is {:?}, expected a number; it is another name of `{}`",
                given[at].1, known.new
            );
            problems.push((known.old, message));
        }
        // Of what cannot be read nothing more is to be said, as that it was not given.
        let text = said.or_else(|| known.how.say("0")).unwrap_or_default();
        given[at] = (known.new.to_string(), text);
    }
    problems
}

impl How {
    fn say(self, text: &str) -> Option<String> {
        let number = || text.parse::<Decimal>().ok();
        match self {
            Self::Same => Some(text.to_string()),
            Self::Times(by) => {
                let value = number()?.checked_mul(Decimal::from(by))?;
                // A cost of 0 is no edge of -0.
                let value = if value.is_zero() {
                    Decimal::ZERO
                } else {
                    value
                };
                Some(value.normalize().to_string())
            }
            Self::Hours => Some(format!("{}h", number()?.normalize())),
        }
    }
}
