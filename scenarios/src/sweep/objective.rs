//! What a sweep looks for, and which points are not beaten in all of it.

use std::cmp::Ordering;
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
pub(super) fn scores(rows: &[Row], objectives: &[Objective]) -> Vec<Option<Vec<Decimal>>> {
    rows.iter()
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
    let mut order: Vec<usize> = (0..scores.len())
        .filter(|at| scores[*at].is_some())
        .collect();
    // From the best first score down, nothing that comes later beats what stands on the front already.
    order.sort_by(|a, b| scores[*b].cmp(&scores[*a]).then(a.cmp(b)));
    let mut on_front = vec![false; scores.len()];
    let mut front: Vec<&[Decimal]> = Vec::new();
    for at in order {
        let Some(own) = scores[at].as_deref() else {
            continue;
        };
        if !front.iter().any(|other| beats(other, own)) {
            on_front[at] = true;
            if front.last() != Some(&own) {
                front.push(own);
            }
        }
    }
    on_front
}

/// At least as good in everything, better in something.
fn beats(one: &[Decimal], other: &[Decimal]) -> bool {
    let pairs = || one.iter().zip(other);
    pairs().all(|(a, b)| a >= b) && pairs().any(|(a, b)| a > b)
}

/// The places of the rows, best first: those not beaten by any before those beaten only by them, and so on; within
/// one such layer by the first objective, then by index. Rows without scores come last.
pub fn ranking(scores: &[Option<Vec<Decimal>>]) -> Vec<usize> {
    let mut left = scores.to_vec();
    let mut ranked = Vec::new();
    let several = scores.iter().flatten().any(|own| own.len() > 1);
    let best_first = |a: &usize, b: &usize| match scores[*b].cmp(&scores[*a]) {
        Ordering::Equal => a.cmp(b),
        order => order,
    };
    while several && left.iter().any(Option::is_some) {
        let front = pareto(&left);
        let mut layer: Vec<usize> = (0..left.len()).filter(|at| front[*at]).collect();
        layer.sort_by(best_first);
        for at in &layer {
            left[*at] = None;
        }
        ranked.append(&mut layer);
    }
    if !several {
        ranked = (0..scores.len())
            .filter(|at| scores[*at].is_some())
            .collect();
        ranked.sort_by(best_first);
    }
    ranked.extend((0..scores.len()).filter(|at| scores[*at].is_none()));
    ranked
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
