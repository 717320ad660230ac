//! What the strategies of a scenario declare of its parameters.

use std::collections::BTreeMap;

use onetape_core::strategy::params::{ParamSpec, StrategyCard};

/// Declared parameters by the keys that `--set` takes.
#[derive(Clone, Debug, Default)]
pub struct Known(BTreeMap<String, &'static ParamSpec>);

impl Known {
    /// Of the strategies that a scenario's text names. A text that is no scenario declares nothing: whoever loads
    /// it says why.
    pub fn of(scenario: &str, cards: &[StrategyCard]) -> Self {
        let mut known = BTreeMap::new();
        let document: toml::Table = scenario.parse().unwrap_or_default();
        let tasks = document.get("task").and_then(toml::Value::as_array);
        for (at, task) in tasks.into_iter().flatten().enumerate() {
            let name = task.get("strategy").and_then(toml::Value::as_str);
            let Some(card) = cards.iter().find(|card| Some(card.name) == name) else {
                continue;
            };
            for spec in card.params {
                known.entry(spec.name.to_string()).or_insert(spec);
                known.insert(format!("task.{at}.{}", spec.name), spec);
            }
        }
        Self(known)
    }

    /// The declaration of a key, if a strategy has one.
    pub fn spec(&self, key: &str) -> Option<&'static ParamSpec> {
        self.0.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_to_declarations() {
        let cards = crate::commands::backtest::cards(onetape_core::strategies::ALL);
        let text = "[[task]]\nstrategy = \"market_maker\"\n[[task]]\nstrategy = \"spot_futures\"\n";
        let known = Known::of(text, &cards);
        for (key, name) in [
            ("exit.edge_bps", Some("exit.edge_bps")),
            ("task.1.notional", Some("notional")),
            ("task.0.skew_ticks", Some("skew_ticks")),
            ("task.0.notional", None),
            ("sim.seed", None),
        ] {
            assert_eq!(known.spec(key).map(|spec| spec.name), name, "{key}");
        }
        assert!(Known::of("not [ toml", &cards).spec("notional").is_none());
    }
}
