//! One parameter that a sweep varies, and the values that it takes.

use onetape_core::strategy::params::{ParamKind, ParamSpec};
use serde::{Deserialize, Serialize};

use super::value::{Measure, Unit};
use crate::sweep::SweepError;

/// Most values of one parameter that are listed.
const LISTED_MAX: u64 = 100_000;

/// One parameter, and the values that it takes. A value is known by its place, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// The key, as `--set` takes it.
    pub key: String,
    unit: Unit,
    values: Values,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Values {
    List(Vec<String>),
    /// So many values from `low` to `high`, both among them, at equal distances rounded to the unit.
    Between {
        low: i64,
        high: i64,
        count: u64,
    },
}

impl Axis {
    /// Reads `k=a,b,c`, `k=lo..hi/steps`, `k=lo..hi` or, for a parameter that declares its range, `k`.
    ///
    /// # Errors
    /// [`SweepError::Usage`] with the flag, what is wrong, and the fix.
    pub fn parse(
        flag: &str,
        text: &str,
        spec_of: &dyn Fn(&str) -> Option<&'static ParamSpec>,
    ) -> anyhow::Result<Self> {
        let (key, values) = match text.split_once('=') {
            Some((key, values)) => (key.trim(), Some(values.trim())),
            None => (text.trim(), None),
        };
        let wrong = |what: String| SweepError::usage(format!("{flag} {text}: {what}"));
        if key.is_empty() {
            return Err(wrong(format!("names no parameter; write {flag} key=a,b,c")));
        }
        let spec = spec_of(key);
        let read = match values {
            None => declared(key, spec),
            Some(values) => match values.split_once("..") {
                Some((low, rest)) => between(low.trim(), rest.trim(), spec),
                None => list(values, spec),
            },
        };
        let (unit, values) = read.map_err(wrong)?;
        let key = key.to_string();
        Ok(Self { key, unit, values })
    }

    /// How many values there are; at least one.
    pub fn len(&self) -> u64 {
        match &self.values {
            Values::List(list) => list.len() as u64,
            Values::Between { count, .. } => *count,
        }
    }

    /// True when the flag gave neither values nor a number of steps: too many to be tried one by one.
    pub fn is_listed(&self) -> bool {
        self.len() <= LISTED_MAX
    }

    /// Never: an axis has a value at least.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The exact text of a value; of the last one beyond the end.
    pub fn text(&self, place: u64) -> String {
        match &self.values {
            Values::List(list) => {
                let last = list.len().saturating_sub(1);
                let at = usize::try_from(place).unwrap_or(last).min(last);
                list.get(at).cloned().unwrap_or_default()
            }
            Values::Between { low, high, count } => {
                self.unit.text(step(*low, *high, *count, place))
            }
        }
    }

    /// The place of a value; `None` when it has none.
    pub fn place(&self, text: &str) -> Option<u64> {
        match &self.values {
            Values::List(list) => {
                let at = list.iter().position(|known| known == text)?;
                u64::try_from(at).ok()
            }
            Values::Between { low, high, count } => {
                let value = self.unit.count(text)?;
                let up = i128::from(value) - i128::from(*low);
                let width = i128::from(*high) - i128::from(*low);
                let parts = i128::from(count.saturating_sub(1));
                // Values are rounded to the unit: the place is this one or the next.
                let near = u64::try_from((up * parts).checked_div(width).unwrap_or(0)).ok()?;
                let mut places = [near, near.saturating_add(1)].into_iter();
                places.find(|at| at < count && step(*low, *high, *count, *at) == value)
            }
        }
    }

    /// The value as something that can be compared; `None` of words.
    pub fn measure(&self, text: &str) -> Option<Measure> {
        match self.unit {
            Unit::Word => None,
            _ => Measure::parse(text),
        }
    }

    /// True when its values have an order.
    pub fn is_ordered(&self) -> bool {
        self.unit != Unit::Word
    }

    /// Where a value lies between the first, 0, and the last, 1; of words by their place in the list.
    pub fn position(&self, text: &str) -> f64 {
        match &self.values {
            Values::List(list) if !self.is_ordered() => {
                let at = list.iter().position(|known| known == text);
                at.unwrap_or(0) as f64 / list.len().saturating_sub(1).max(1) as f64
            }
            Values::List(list) => {
                let all = || list.iter().filter_map(|text| self.measure(text));
                let values = || all().map(Measure::to_f64);
                let low = values().fold(f64::INFINITY, f64::min);
                let high = values().fold(f64::NEG_INFINITY, f64::max);
                fraction(self.measure(text), low, high)
            }
            Values::Between { low, high, .. } => {
                let bound = |count: i64| self.measure(&self.unit.text(count));
                let bound = |count| bound(count).map_or(0.0, Measure::to_f64);
                fraction(self.measure(text), bound(*low), bound(*high))
            }
        }
    }
}

fn fraction(value: Option<Measure>, low: f64, high: f64) -> f64 {
    let value = value.map_or(low, Measure::to_f64);
    if high > low {
        (value - low) / (high - low)
    } else {
        0.5
    }
}

/// The value at a place between two bounds, half steps upwards.
fn step(low: i64, high: i64, count: u64, place: u64) -> i64 {
    let parts = i128::from(count.saturating_sub(1));
    if parts == 0 {
        return low;
    }
    let width = i128::from(high) - i128::from(low);
    let place = i128::from(place).min(parts);
    let up = (width * place * 2 + parts).div_euclid(parts * 2);
    i64::try_from(i128::from(low) + up).unwrap_or(high)
}

type Read = Result<(Unit, Values), String>;

fn list(text: &str, spec: Option<&'static ParamSpec>) -> Read {
    let texts: Vec<&str> = text.split(',').map(str::trim).collect();
    if texts.iter().any(|text| text.is_empty()) {
        return Err("has an empty value; write values between commas, as in a,b,c".into());
    }
    let unit = Unit::of(spec, &texts);
    let mut values: Vec<String> = Vec::new();
    for text in texts {
        let value = canonical(text, unit, spec)?;
        if values.contains(&value) {
            return Err(format!("has {value} twice; give each value once"));
        }
        values.push(value);
    }
    Ok((unit, Values::List(values)))
}

fn between(low: &str, rest: &str, spec: Option<&'static ParamSpec>) -> Read {
    let (high, steps) = match rest.split_once('/') {
        Some((high, steps)) => (high.trim(), Some(steps.trim())),
        None => (rest, None),
    };
    let unit = Unit::of(spec, &[low, high]);
    if unit == Unit::Word {
        return Err("is no range of numbers or times; list its values, as in a,b,c".into());
    }
    let bound = |text: &str| {
        canonical(text, unit, spec)?;
        unit.count(text)
            .ok_or_else(|| format!("{text:?} has too many digits; give fewer"))
    };
    let (first, last) = (bound(low)?, bound(high)?);
    if first >= last {
        return Err(format!(
            "{low} is not below {high}; write the smaller one first"
        ));
    }
    let width = last.abs_diff(first);
    let count = match steps {
        None => width / unit.grain(first, last).unsigned_abs().max(1) + 1,
        Some(steps) => {
            let count = steps.parse().ok().filter(|count| *count >= 2);
            count.ok_or_else(|| {
                format!("{steps:?} is no number of steps; write lo..hi/steps with 2 or more")
            })?
        }
    };
    if count - 1 > width {
        return Err(format!(
            "there are only {} values from {low} to {high}; ask for at most that many",
            width + 1
        ));
    }
    Ok((
        unit,
        Values::Between {
            low: first,
            high: last,
            count,
        },
    ))
}

/// What the strategy declares.
fn declared(key: &str, spec: Option<&'static ParamSpec>) -> Read {
    let Some(spec) = spec else {
        return Err(format!(
            "is no parameter that the scenario's strategies declare; write its range, as in {key}=lo..hi"
        ));
    };
    match (spec.kind, spec.min, spec.max) {
        (ParamKind::Flag, ..) => list("false,true", Some(spec)),
        (ParamKind::Choice(words), ..) => list(&words.join(","), Some(spec)),
        (_, Some(min), Some(max)) => between(min, max, Some(spec)),
        _ => Err(format!(
            "the strategy declares no range with two ends for it; write {key}=lo..hi"
        )),
    }
}

/// A value as it is written shortest; checked against its declaration if it has one.
fn canonical(text: &str, unit: Unit, spec: Option<&'static ParamSpec>) -> Result<String, String> {
    match spec {
        Some(spec) => {
            let value = spec.parse(text).map_err(|why| why.to_string())?;
            Ok(value.to_string())
        }
        None => Ok(unit
            .count(text)
            .map_or_else(|| text.to_string(), |count| unit.text(count))),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Declarations of the spot-futures strategy.
    pub(crate) fn spec(key: &str) -> Option<&'static ParamSpec> {
        let mut all = onetape_core::strategies::ALL.iter().map(|spec| spec.card);
        all.find(|card| card.name == "spot_futures")?.param(key)
    }

    pub(crate) fn axis(text: &str) -> Axis {
        Axis::parse("--grid", text, &spec).unwrap()
    }

    fn texts(text: &str) -> Vec<String> {
        let axis = axis(text);
        (0..axis.len()).map(|at| axis.text(at)).collect()
    }

    fn said(text: &str) -> String {
        Axis::parse("--grid", text, &spec).unwrap_err().to_string()
    }

    #[test]
    fn values_are_listed_or_stepped_exactly() {
        assert_eq!(texts("min_entry_edge_bps=30.0,31.50"), ["30", "31.5"]);
        assert_eq!(
            texts("min_entry_edge_bps=0.1..0.5/5"),
            ["0.1", "0.2", "0.3", "0.4", "0.5"]
        );
        assert_eq!(
            texts("min_entry_edge_bps=0..1/4"),
            ["0", "0.333333", "0.666667", "1"]
        );
        assert_eq!(texts("min_entry_edge_bps=-1..1/3"), ["-1", "0", "1"]);
        assert_eq!(texts("exit.max_age=10s..1m/3"), ["10s", "35s", "1m"]);
        assert_eq!(texts("repair.attempts=1..4/4"), ["1", "2", "3", "4"]);
        assert_eq!(
            texts("venue.v.fees.taker_bps=1..2.5/4"),
            ["1", "1.5", "2", "2.5"]
        );
        assert_eq!(texts("direction"), ["both", "long_spot", "short_spot"]);
        assert_eq!(texts("cap_to_depth"), ["false", "true"]);
        assert_eq!(axis("repair.attempts").len(), 20);
        assert_eq!(axis("min_entry_edge_bps=30..40").len(), 10_000_001);
        assert_eq!(axis("exit.max_age=10s..60s").len(), 50_001);
        assert_eq!(axis("min_entry_edge_bps=30..40").text(1), "30.000001");
    }

    #[test]
    fn values_have_one_place() {
        for text in [
            "min_entry_edge_bps=30,1,31.5",
            "min_entry_edge_bps=0..1/4",
            "min_entry_edge_bps=-1..1/7",
            "min_entry_edge_bps=-0.00001..0.00001",
            "exit.max_age=10s..1m/17",
            "repair.attempts",
            "direction",
        ] {
            let axis = axis(text);
            for at in 0..axis.len() {
                assert_eq!(axis.place(&axis.text(at)), Some(at), "{text} at {at}");
            }
        }
        let axis = axis("min_entry_edge_bps=0..1/3");
        for none in ["0.25", "-0.5", "1.5", "x"] {
            assert_eq!(axis.place(none), None, "{none}");
        }
    }

    #[test]
    fn positions_are_fractions() {
        let numbers = axis("min_entry_edge_bps=30,34,40");
        assert_eq!(numbers.position("34"), 0.4);
        assert_eq!(axis("exit.max_age=10s..30s/3").position("20s"), 0.5);
        assert_eq!(axis("direction").position("long_spot"), 0.5);
        assert_eq!(axis("min_entry_edge_bps=30").position("30"), 0.5);
    }

    #[test]
    fn mistakes_name_the_flag_and_the_fix() {
        for (text, says) in [
            ("=1", "names no parameter"),
            ("exit.edge_bps=1,,2", "has an empty value"),
            ("exit.edge_bps=1,1.0", "has 1 twice"),
            ("exit.edge_bps=1,x", "decimal number of basis points"),
            ("exit.edge_bps=2..1/3", "2 is not below 1"),
            ("exit.edge_bps=1..2/1", "is no number of steps"),
            ("repair.attempts=1..3/7", "only 3 values from 1 to 3"),
            ("repair.attempts=0..3/3", "1 to 20"),
            ("direction=both..long_spot", "list its values"),
            ("exit.edge_bps", "declares no range with two ends"),
            ("nothing", "is no parameter"),
        ] {
            let said = said(text);
            assert!(said.starts_with(&format!("--grid {text}: ")), "{said}");
            assert!(said.contains(says), "{says:?} is not in: {said}");
        }
    }
}
