//! What a sweep looks for, and which points are not beaten in all of it.

use std::fmt;

use onetape_core::strategy::params::nearest;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::SweepError;
use super::row::Row;

/// What can be looked for, and whether more of it is better when a flag does not say.
const FIGURES: [(&str, bool); 11] = [
    ("net", true),
    ("gross", true),
    ("fees", false),
    ("funding", true),
    ("turnover", true),
    ("max_drawdown", false),
    ("round_trips", true),
    ("winners", true),
    ("losers", false),
    ("orders", false),
    ("fills", true),
];

/// One figure that is to be large or small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Objective {
    /// The figure's name.
    pub figure: String,
    /// True when more is better.
    pub most: bool,
}

impl Objective {
    /// Reads `net`, `net:max` or `net:min`.
    ///
    /// # Errors
    /// [`SweepError::Usage`] with what there is.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let wrong = |what: String| SweepError::usage(format!("--objective {text}: {what}"));
        let (name, direction) = match text.split_once(':') {
            Some((name, direction)) => (name, Some(direction)),
            None => (text, None),
        };
        let names = || FIGURES.iter().map(|(name, _)| *name);
        let Some((figure, usual)) = FIGURES.iter().find(|(known, _)| *known == name) else {
            let all: Vec<&str> = names().collect();
            let near = nearest(name, names())
                .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            return Err(wrong(format!(
                "is no figure of a point; {near}there are {}",
                all.join(", ")
            )));
        };
        let most = match direction {
            None => *usual,
            Some("max") => true,
            Some("min") => false,
            Some(other) => {
                return Err(wrong(format!(
                    "{other:?} is no direction; write {name}:max or {name}:min"
                )));
            }
        };
        let figure = (*figure).to_string();
        Ok(Self { figure, most })
    }

    /// What is better, in words.
    pub(super) fn words(&self) -> &'static str {
        if self.most {
            "the more, the better"
        } else {
            "the less, the better"
        }
    }

    /// All of them, each figure once; the net when there is none.
    ///
    /// # Errors
    /// As [`Objective::parse`], and when a figure is named twice.
    pub fn parse_all(texts: &[String]) -> anyhow::Result<Vec<Self>> {
        let mut all: Vec<Self> = Vec::new();
        for text in texts {
            let objective = Self::parse(text)?;
            if all.iter().any(|other| other.figure == objective.figure) {
                return Err(SweepError::usage(format!(
                    "--objective {text}: {} is named twice; name it once",
                    objective.figure
                )));
            }
            all.push(objective);
        }
        if all.is_empty() {
            all.push(Self::parse("net")?);
        }
        Ok(all)
    }

    /// How good a point is: more is better. `None` when it has no such figure.
    pub fn score(&self, row: &Row) -> Option<Decimal> {
        let value = row.metrics.as_ref()?.value(&self.figure)?;
        Some(if self.most { value } else { -value })
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.most { "max" } else { "min" };
        write!(f, "{}:{direction}", self.figure)
    }
}

impl TryFrom<String> for Objective {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|error| error.to_string())
    }
}

impl From<Objective> for String {
    fn from(objective: Objective) -> Self {
        objective.to_string()
    }
}

/// The scores of every row; `None` for a row that lacks any.
pub(super) fn scores<'a>(
    rows: impl IntoIterator<Item = &'a Row>,
    objectives: &[Objective],
) -> Vec<Option<Vec<Decimal>>> {
    rows.into_iter()
        .map(|row| {
            objectives
                .iter()
                .map(|objective| objective.score(row))
                .collect()
        })
        .collect()
}

/// True of each that no other is at least as good as in everything and better in something.
pub fn pareto(scores: &[Option<Vec<Decimal>>]) -> Vec<bool> {
    let mut on_front = vec![false; scores.len()];
    for at in layers(scores).into_iter().next().unwrap_or_default() {
        on_front[at] = true;
    }
    on_front
}

/// The places of the rows, best first: those not beaten by any before those beaten only by them, and so on; within
/// one such layer by the first objective, then by index. Rows without scores come last.
pub fn ranking(scores: &[Option<Vec<Decimal>>]) -> Vec<usize> {
    let mut ranked: Vec<usize> = layers(scores).into_iter().flatten().collect();
    ranked.extend((0..scores.len()).filter(|at| scores[*at].is_none()));
    ranked
}

/// Rows in layers: none of a layer beats another of it, and each is beaten by one of the layer before. Taken from
/// the best first score down, a row is never beaten by one that comes later; so it belongs to the first layer that
/// has none that beats it, and whoever is beaten in a layer is so in all before it.
fn layers(scores: &[Option<Vec<Decimal>>]) -> Vec<Vec<usize>> {
    let mut order: Vec<(&[Decimal], usize)> = scores
        .iter()
        .zip(0..)
        .filter_map(|(own, at)| Some((own.as_deref()?, at)))
        .collect();
    order.sort_by(|a, b| b.0.cmp(a.0).then(a.1.cmp(&b.1)));
    let mut layers: Vec<Vec<(&[Decimal], usize)>> = Vec::new();
    for (own, at) in order {
        let beaten = |layer: &Vec<(&[Decimal], usize)>| {
            // Those that came last are the nearest.
            layer.iter().rev().any(|(other, _)| beats(other, own))
        };
        let first = layers.partition_point(beaten);
        match layers.get_mut(first) {
            Some(layer) => layer.push((own, at)),
            None => layers.push(vec![(own, at)]),
        }
    }
    let places = |layer: Vec<(&[Decimal], usize)>| layer.into_iter().map(|(_, at)| at).collect();
    layers.into_iter().map(places).collect()
}

/// At least as good in everything, better in something.
fn beats(one: &[Decimal], other: &[Decimal]) -> bool {
    let pairs = || one.iter().zip(other);
    pairs().all(|(a, b)| a >= b) && pairs().any(|(a, b)| a > b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn flags_have_usual_directions() {
        let text = |flag: &str| Objective::parse(flag).unwrap().to_string();
        assert_eq!(text("net"), "net:max");
        assert_eq!(text("max_drawdown"), "max_drawdown:min");
        assert_eq!(text("net:min"), "net:min");
        let said = |flags: &[&str]| {
            let flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
            Objective::parse_all(&flags).unwrap_err().to_string()
        };
        assert!(said(&["drawdown"]).contains("did you mean `max_drawdown`?"));
        assert!(said(&["net:up"]).contains("write net:max or net:min"));
        assert!(said(&["net", "net:min"]).contains("named twice"));
        assert_eq!(Objective::parse_all(&[]).unwrap()[0].to_string(), "net:max");
    }

    fn some(all: Vec<Vec<i8>>) -> Vec<Option<Vec<Decimal>>> {
        let decimals = |own: Vec<i8>| own.into_iter().map(Decimal::from).collect();
        all.into_iter().map(|own| Some(decimals(own))).collect()
    }

    proptest! {
        #[test]
        fn the_front_is_what_nothing_beats(
            all in prop::collection::vec(prop::collection::vec(-4_i8..4, 3), 0..40),
            holes in prop::collection::vec(any::<bool>(), 40),
        ) {
            let mut scores = some(all);
            for (own, hole) in scores.iter_mut().zip(holes) {
                if hole {
                    *own = None;
                }
            }
            let front = pareto(&scores);
            for (at, own) in scores.iter().enumerate() {
                let beaten = |own: &Vec<Decimal>| scores.iter().flatten().any(|other| beats(other, own));
                let expected = own.as_ref().is_some_and(|own| !beaten(own));
                prop_assert_eq!(front[at], expected, "{}", at);
            }
        }

        #[test]
        fn a_ranking_has_each_once_and_nothing_before_what_beats_it(
            all in prop::collection::vec(prop::collection::vec(-4_i8..4, 2), 0..30),
        ) {
            let scores = some(all);
            let ranked = ranking(&scores);
            for (place, at) in ranked.iter().enumerate() {
                for before in &ranked[..place] {
                    let (own, before) = (scores[*at].as_ref().unwrap(), scores[*before].as_ref().unwrap());
                    prop_assert!(!beats(own, before));
                }
            }
            let mut sorted = ranked;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..scores.len()).collect::<Vec<_>>());
        }
    }
}
