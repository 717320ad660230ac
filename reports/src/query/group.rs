//! Groups of rows added up, over row groups and files.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::QueryError;
use super::field::Holds;
use super::plan::{Plan, Shown};
use super::value::{DECIMALS, Value, decimal, mean};

/// A figure of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    Rows,
    Sum,
    Mean,
    Min,
    Max,
    Gains,
    Losses,
    Hit,
    Factor,
    Share,
}

const FIGURES: [(&str, Figure); 9] = [
    ("sum", Figure::Sum),
    ("mean", Figure::Mean),
    ("min", Figure::Min),
    ("max", Figure::Max),
    ("gains", Figure::Gains),
    ("losses", Figure::Losses),
    ("hit", Figure::Hit),
    ("factor", Figure::Factor),
    ("share", Figure::Share),
];

impl Figure {
    pub(super) fn named(name: &str) -> Option<Self> {
        let found = FIGURES.iter().find(|(known, _)| *known == name);
        found.map(|(_, figure)| *figure)
    }

    pub(super) fn names() -> String {
        FIGURES.map(|(name, _)| name).join(", ")
    }
}

/// What is known of a column in a group, in units of the eighteenth decimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Rows where it is something.
    pub count: u64,
    pub sum: i128,
    /// Of what is above zero.
    pub gains: i128,
    /// Rows above zero.
    pub above: u64,
    pub min: Option<i128>,
    pub max: Option<i128>,
}

impl Part {
    /// Adds another one; `None` when the sum leaves what is reckoned with.
    fn add(&mut self, other: &Self) -> Option<()> {
        self.count += other.count;
        self.above += other.above;
        self.sum = self.sum.checked_add(other.sum)?;
        self.gains = self.gains.checked_add(other.gains)?;
        self.min = self.min.into_iter().chain(other.min).min();
        self.max = self.max.max(other.max);
        Some(())
    }
}

/// Rows with the same keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub rows: u64,
    /// A part for each column that is summed.
    pub parts: Vec<Part>,
}

/// Every group, by its keys.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<Vec<Value>, Group>);

impl Groups {
    /// Adds rows to a group.
    pub(super) fn add(
        &mut self,
        keys: Vec<Value>,
        group: Group,
        plan: &Plan,
    ) -> Result<(), QueryError> {
        let Some(known) = self.0.get_mut(&keys) else {
            self.0.insert(keys, group);
            return Ok(());
        };
        known.rows += group.rows;
        let parts = known.parts.iter_mut().zip(&group.parts).zip(&plan.summed);
        for ((known, part), field) in parts {
            known.add(part).ok_or_else(|| QueryError::TooLarge {
                column: field.name.clone(),
                what: "a sum",
            })?;
        }
        Ok(())
    }

    /// Rows of the answer, by the order of their keys.
    pub(super) fn rows(&self, plan: &Plan) -> Result<Vec<Vec<Value>>, QueryError> {
        let whole = self.by_units(plan)?;
        let row = |(keys, group): (&Vec<Value>, &Group)| {
            let mut row = keys.clone();
            let of = &whole.0[&units(keys, plan)];
            for shown in &plan.shown {
                row.push(value(group, of, shown, plan)?);
            }
            Ok(row)
        };
        self.0.iter().map(row).collect()
    }

    /// All groups in one, for each of what amounts are counted in; nothing where the answer has a row for each anyway.
    pub(super) fn totals(&self, plan: &Plan) -> Result<Vec<Vec<Value>>, QueryError> {
        let at = unit_keys(plan);
        if plan.keys.len() == at.len() {
            return Ok(Vec::new());
        }
        let all = self.by_units(plan)?;
        let row = |(keys, group): (&Vec<Value>, &Group)| {
            let mut row = vec![Value::Empty; plan.keys.len()];
            for (place, key) in at.iter().zip(keys) {
                row[*place] = key.clone();
            }
            if let Some(first) = (0..row.len()).find(|place| !at.contains(place)) {
                row[first] = Value::Text("all".to_owned());
            }
            for shown in &plan.shown {
                row.push(value(group, group, shown, plan)?);
            }
            Ok(row)
        };
        all.0.iter().map(row).collect()
    }

    fn by_units(&self, plan: &Plan) -> Result<Self, QueryError> {
        let mut all = Self::default();
        for (keys, group) in &self.0 {
            all.add(units(keys, plan), group.clone(), plan)?;
        }
        Ok(all)
    }
}

/// Places of the keys that say what amounts are counted in.
fn unit_keys(plan: &Plan) -> Vec<usize> {
    let mut at: Vec<usize> = plan.shown.iter().filter_map(|shown| shown.unit).collect();
    at.sort_unstable();
    at.dedup();
    at
}

fn units(keys: &[Value], plan: &Plan) -> Vec<Value> {
    unit_keys(plan)
        .into_iter()
        .map(|at| keys[at].clone())
        .collect()
}

/// A figure of a group; of what is a part of the whole, the whole besides.
fn value(group: &Group, whole: &Group, shown: &Shown, plan: &Plan) -> Result<Value, QueryError> {
    let Some(at) = shown.of else {
        return Ok(Value::Count(group.rows));
    };
    let part = &group.parts[at];
    if plan.summed[at].holds == Holds::Time {
        let units = if shown.figure == Figure::Min {
            part.min
        } else {
            part.max
        };
        let nanos = units.and_then(|units| i64::try_from(units / 10_i128.pow(DECIMALS)).ok());
        return Ok(nanos.map_or(Value::Empty, Value::Time));
    }
    let units = match shown.figure {
        Figure::Rows => return Ok(Value::Count(group.rows)),
        Figure::Sum => Some(part.sum),
        Figure::Mean => mean(part.sum, part.count),
        Figure::Min => part.min,
        Figure::Max => part.max,
        Figure::Gains => Some(part.gains),
        Figure::Losses => Some(part.sum - part.gains),
        Figure::Hit => return Ok(ratio(part.above.into(), part.count.into())),
        Figure::Factor => return Ok(ratio(part.gains, part.gains - part.sum)),
        Figure::Share => return Ok(ratio(part.sum, whole.parts[at].sum)),
    };
    let Some(units) = units else {
        return Ok(Value::Empty);
    };
    Value::number(units).ok_or_else(|| QueryError::TooLarge {
        column: shown.name.clone(),
        what: "an amount",
    })
}

/// One over the other, at the twelfth decimal; of nothing it is not known.
fn ratio(part: i128, whole: i128) -> Value {
    // Both are counts or both are amounts, so their units do not matter.
    let pair = decimal(part).zip(decimal(whole));
    let ratio = pair.and_then(|(part, whole)| part.checked_div(whole));
    ratio.map_or(Value::Empty, |ratio: Decimal| {
        Value::Number(ratio.round_dp(12).normalize())
    })
}
