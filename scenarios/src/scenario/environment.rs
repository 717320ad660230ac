//! The ten `ARB_*` variables of an older tool, taken over a scenario file by runs in real time.

use super::doc::Place;
use super::error::{Problem, ScenarioError};

/// What a variable becomes.
#[derive(Clone, Copy)]
enum Becomes {
    /// `--set` of this key.
    Set(&'static str),
    /// `--set` of a parameter of those strategies that have it.
    Param(&'static str),
    /// Checked as a number of milliseconds. There is nothing to set: the second is why.
    Pace(&'static str),
    /// A safety switch, which is always on: the second is what it would switch off.
    Switch(&'static str),
}

/// Every variable.
const ALL: [(&str, Becomes); 10] = [
    (
        "ARB_MAX_POSITION_SIZE_USD",
        Becomes::Set("risk.max_position_notional"),
    ),
    (
        "ARB_MAX_TOTAL_EXPOSURE_USD",
        Becomes::Set("risk.max_exposure"),
    ),
    (
        "ARB_MIN_PROFIT_MARGIN_BPS",
        Becomes::Param("min_net_edge_bps"),
    ),
    (
        "ARB_MAX_DAILY_LOSS_USD",
        Becomes::Set("risk.max_daily_loss"),
    ),
    (
        "ARB_TARGET_EXECUTION_TIME_MS",
        Becomes::Pace("the time of every execution is told by `onetape status`"),
    ),
    (
        "ARB_OPPORTUNITY_SCAN_INTERVAL_MS",
        Becomes::Pace("every event of the market is looked at as it comes"),
    ),
    (
        "ARB_BALANCE_REFRESH_INTERVAL_MS",
        Becomes::Pace("balances come as the venues tell of them"),
    ),
    (
        "ARB_ENABLE_CIRCUIT_BREAKERS",
        Becomes::Switch("the circuit breakers of [risk.breaker]"),
    ),
    (
        "ARB_ENABLE_RISK_CHECKS",
        Becomes::Switch("the risk gate, without which no order leaves"),
    ),
    (
        "ARB_ENABLE_RECOVERY_MODE",
        Becomes::Switch("recovery from the journal, without which orders could be sent twice"),
    ),
];

/// What the environment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// As `--set` takes it; comes before what the command line says, which holds.
    pub sets: Vec<String>,
    /// Of strategies that have such a parameter.
    pub params: Vec<(&'static str, String)>,
    /// What was read and changes nothing, with the reason.
    pub notes: Vec<String>,
}

/// Reads the variables.
///
/// # Errors
/// [`ScenarioError::Invalid`] with every one that is wrong, or that would switch a safeguard off.
pub fn environment(of: impl Fn(&str) -> Option<String>) -> Result<Environment, ScenarioError> {
    let mut read = Environment::default();
    let mut problems = Vec::new();
    for (name, becomes) in ALL {
        let Some(text) = of(name) else {
            continue;
        };
        let text = text.trim().to_string();
        if let Err(message) = take(&mut read, name, becomes, &text) {
            problems.push(Problem {
                file: String::new(),
                place: Place::Flag(format!("{name}={text}")),
                field: String::new(),
                message,
            });
        }
    }
    if problems.is_empty() {
        Ok(read)
    } else {
        Err(ScenarioError::Invalid(problems))
    }
}

fn take(read: &mut Environment, name: &str, becomes: Becomes, text: &str) -> Result<(), String> {
    let number = || {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let given = plain && text.parse::<rust_decimal::Decimal>().is_ok();
        let wrong = || format!("is {text:?}, expected a plain number; unset {name}, or correct it");
        given.then_some(()).ok_or_else(wrong)
    };
    match becomes {
        Becomes::Set(key) => {
            number()?;
            read.sets.push(format!("{key}=\"{text}\""));
        }
        Becomes::Param(param) => {
            number()?;
            read.params.push((param, text.to_string()));
        }
        Becomes::Pace(why) => {
            number()?;
            read.notes.push(format!("{name} changes nothing: {why}"));
        }
        Becomes::Switch(what) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => {}
            "false" | "0" | "no" | "off" => {
                return Err(format!(
                    "would switch off {what}; that is refused where orders are live or on paper. Unset {name}, or set it \
                     to true"
                ));
            }
            _ => {
                return Err(format!(
                    "is {text:?}, expected true; unset {name}, or correct it"
                ));
            }
        },
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Environment, ScenarioError> {
        environment(|name| {
            let mut pairs = pairs.iter();
            pairs
                .find(|(it, _)| *it == name)
                .map(|(_, text)| text.to_string())
        })
    }

    #[test]
    fn all_ten_are_taken() {
        let all: Vec<(&str, &str)> = ALL
            .iter()
            .map(|(name, becomes)| match becomes {
                Becomes::Switch(_) => (*name, "true"),
                _ => (*name, "50"),
            })
            .collect();
        let read = of(&all).unwrap();
        assert_eq!(
            read.sets,
            [
                "risk.max_position_notional=\"50\"",
                "risk.max_exposure=\"50\"",
                "risk.max_daily_loss=\"50\"",
            ]
        );
        assert_eq!(read.params, [("min_net_edge_bps", "50".to_string())]);
        assert_eq!(read.notes.len(), 3);
        assert_eq!(of(&[]).unwrap(), Environment::default());
    }

    #[test]
    fn a_safeguard_is_not_switched_off_and_nonsense_is_named() {
        for (name, becomes) in ALL {
            let wrong = match becomes {
                Becomes::Switch(_) => ["false", "OFF", "maybe"],
                _ => ["-1", "1e5", "many"],
            };
            for text in wrong {
                let refused = of(&[(name, text)]).unwrap_err().to_string();
                assert!(refused.contains(name), "{refused}");
            }
        }
        let both = [
            ("ARB_ENABLE_RISK_CHECKS", "false"),
            ("ARB_MAX_DAILY_LOSS_USD", "x"),
        ];
        let refused = of(&both).unwrap_err().to_string();
        assert!(refused.contains("risk gate") && refused.contains("ARB_MAX_DAILY_LOSS_USD"));
    }
}
