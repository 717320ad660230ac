//! Conditions between parameters, such as `exit.edge_bps < min_entry_edge_bps`.

use std::cmp::Ordering;

use super::axis::Axis;
use super::value::Measure;
use crate::sweep::SweepError;

/// Signs, the longer ones first so that `<=` is not read as `<`.
const SIGNS: [(&str, Sign); 4] = [
    ("<=", Sign::AtMost),
    (">=", Sign::AtLeast),
    ("<", Sign::Below),
    (">", Sign::Above),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// One side: a parameter that is swept, by its place among them, or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Axis(usize),
    Value(Measure),
}

/// A condition that every point must fulfil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    left: Side,
    sign: Sign,
    right: Side,
}

impl Constraint {
    /// Reads `a < b` over these parameters.
    ///
    /// # Errors
    /// [`SweepError::Usage`] with what is wrong and the fix.
    pub fn parse(text: &str, axes: &[Axis]) -> anyhow::Result<Self> {
        let wrong = |what: String| SweepError::usage(format!("--constraint {text:?}: {what}"));
        let found = SIGNS
            .iter()
            .find_map(|(word, sign)| text.split_once(word).map(|sides| (sides, *sign)));
        let Some(((left, right), sign)) = found else {
            return Err(wrong(
                "has no <, <=, > or >=; write it like \"a < b\" or \"a < 5\"".into(),
            ));
        };
        let left = side(left.trim(), axes).map_err(wrong)?;
        let right = side(right.trim(), axes).map_err(wrong)?;
        let constraint = Self { left, sign, right };
        match (left, right) {
            (Side::Value(_), Side::Value(_)) => Err(wrong(
                "names no parameter; one side at least must be swept".into(),
            )),
            _ => match constraint.values(&first_texts(axes), axes) {
                Some((left, right)) if left.order(right).is_some() => Ok(constraint),
                _ => Err(wrong(
                    "compares a number with a time; compare like with like".into(),
                )),
            },
        }
    }

    /// Whether a point, by its texts, fulfils it.
    pub fn holds(&self, texts: &[String], axes: &[Axis]) -> bool {
        let order = self
            .values(texts, axes)
            .and_then(|(left, right)| left.order(right));
        match self.sign {
            Sign::Below => order == Some(Ordering::Less),
            Sign::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Sign::Above => order == Some(Ordering::Greater),
            Sign::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    fn values(&self, texts: &[String], axes: &[Axis]) -> Option<(Measure, Measure)> {
        let value = |side| match side {
            Side::Value(value) => Some(value),
            Side::Axis(at) => axes.get(at)?.measure(texts.get(at)?),
        };
        Some((value(self.left)?, value(self.right)?))
    }
}

fn first_texts(axes: &[Axis]) -> Vec<String> {
    axes.iter().map(|axis| axis.text(0)).collect()
}

fn side(text: &str, axes: &[Axis]) -> Result<Side, String> {
    if let Some(at) = axes.iter().position(|axis| axis.key == text) {
        return if axes[at].is_ordered() {
            Ok(Side::Axis(at))
        } else {
            Err(format!(
                "{text} is a word, and words have no order; leave it out"
            ))
        };
    }
    Measure::parse(text).map(Side::Value).ok_or_else(|| {
        let keys: Vec<&str> = axes.iter().map(|axis| axis.key.as_str()).collect();
        format!(
            "{text:?} is neither swept nor a number; sweep it, or name one of {}",
            keys.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::axis::tests::axis;
    use super::*;

    fn axes() -> Vec<Axis> {
        [
            "min_entry_edge_bps=1,2,3",
            "exit.edge_bps=1,2,3",
            "exit.max_age=1s,2m",
            "direction",
        ]
        .map(axis)
        .to_vec()
    }

    #[test]
    fn conditions_hold_exactly() {
        let axes = axes();
        let texts = ["2", "2", "90s", "both"].map(String::from);
        for (text, holds) in [
            ("exit.edge_bps < min_entry_edge_bps", false),
            ("exit.edge_bps<=min_entry_edge_bps", true),
            ("exit.edge_bps >= 2.000001", false),
            ("2.000001 > exit.edge_bps", true),
            ("exit.max_age <= 1m", false),
            ("exit.max_age <= 1.5m", true),
        ] {
            let constraint = Constraint::parse(text, &axes).unwrap();
            assert_eq!(constraint.holds(&texts, &axes), holds, "{text}");
        }
    }

    #[test]
    fn mistakes_say_what_and_the_fix() {
        let axes = axes();
        for (text, says) in [
            ("exit.edge_bps = 2", "has no <, <=, > or >="),
            ("exit.edge < 2", "\"exit.edge\" is neither swept"),
            ("1 < 2", "names no parameter"),
            ("direction < 2", "words have no order"),
            ("exit.max_age < 2", "compares a number with a time"),
        ] {
            let said = Constraint::parse(text, &axes).unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
        }
    }
}
