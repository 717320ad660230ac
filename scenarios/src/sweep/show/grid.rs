//! Two parameters against the first objective: in each cell the best point that has both values.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::short;
use crate::sweep::SweepError;
use crate::sweep::results::Results;

/// Cells along each side, at most: more values share cells.
const SIDE_MAX: usize = 24;

/// A map of cells.
pub struct HeatMap<'a> {
    /// The parameter from left to right.
    pub across: &'a str,
    /// The parameter from top to bottom.
    pub down: &'a str,
    /// Texts of the columns.
    pub columns: Vec<String>,
    /// Texts of the rows.
    pub rows: Vec<String>,
    /// By row and column: the best point's place among the results.
    pub cells: Vec<Vec<Option<usize>>>,
    /// The worst and the best score of all cells.
    pub span: (Decimal, Decimal),
}

impl<'a> HeatMap<'a> {
    /// Of two parameters by name, or of the two with the most values; `None` when there are no two to show, or
    /// nothing to show in them.
    ///
    /// # Errors
    /// [`SweepError::Usage`] when a name is none of the sweep's.
    pub fn of(results: &'a Results<'_>, names: Option<&str>) -> anyhow::Result<Option<Self>> {
        let axes = &results.plan.axes;
        let chosen = match names {
            Some(names) => Some(named(results, names)?),
            None => most_values(results),
        };
        let Some((across, down)) = chosen else {
            return Ok(None);
        };
        let (columns, column_of) = side(results, across);
        let (rows, row_of) = side(results, down);
        let mut cells = vec![vec![None; columns.len()]; rows.len()];
        for at in results.best() {
            let values = &results.rows[at].values;
            let place = (row_of.get(&values[down]), column_of.get(&values[across]));
            if let (Some(row), Some(column)) = place {
                cells[*row][*column].get_or_insert(at);
            }
        }
        let shown = cells.iter().flatten().flatten();
        let scores = shown.filter_map(|at| score(results, *at));
        let span = (scores.clone().min()).zip(scores.max());
        Ok(span.map(|span| Self {
            across: &axes[across].key,
            down: &axes[down].key,
            columns,
            rows,
            cells,
            span,
        }))
    }

    /// The figures of all cells.
    pub(super) fn figures(&self, results: &Results<'_>) -> impl Iterator<Item = Decimal> {
        let name = &results.objectives[0].figure;
        let shown = self.cells.iter().flatten().flatten();
        shown.filter_map(move |at| results.rows[*at].metrics.as_ref()?.value(name))
    }

    /// Decimals that they are shown with.
    pub(super) fn decimals(&self, results: &Results<'_>) -> u32 {
        short::decimals(self.figures(results))
    }

    /// The worst and the best figure of all cells.
    pub(super) fn ends(&self, results: &Results<'_>) -> (Decimal, Decimal) {
        let (worst, best) = self.span;
        if results.objectives[0].most {
            (worst, best)
        } else {
            (-worst, -best)
        }
    }

    /// Where the score of a row lies between the worst, 0, and the best, 1; `None` when it has none.
    pub(super) fn shade_of(&self, results: &Results<'_>, at: usize) -> Option<f64> {
        score(results, at).map(|score| self.shade(score))
    }

    /// Where a score lies between the worst, 0, and the best, 1.
    fn shade(&self, score: Decimal) -> f64 {
        let (low, high) = self.span;
        let part = (score - low).checked_div(high - low);
        part.map_or(1.0, |part| part.to_string().parse().unwrap_or(1.0))
    }
}

/// The first score of a row.
fn score(results: &Results<'_>, at: usize) -> Option<Decimal> {
    results.scores[at].as_ref()?.first().copied()
}

fn named(results: &Results<'_>, names: &str) -> anyhow::Result<(usize, usize)> {
    let axes = &results.plan.axes;
    let wrong = || {
        let keys: Vec<&str> = axes.iter().map(|axis| axis.key.as_str()).collect();
        SweepError::usage(format!(
            "--heatmap {names}: names no two parameters of the sweep; write a,b with two of {}",
            keys.join(", ")
        ))
    };
    let (across, down) = names.split_once(',').ok_or_else(wrong)?;
    let find = |name: &str| axes.iter().position(|axis| axis.key == name.trim());
    let pair = find(across).zip(find(down));
    pair.filter(|(across, down)| across != down)
        .ok_or_else(wrong)
}

/// The two with the most values, those that were given first among equals; the first of them goes across.
fn most_values(results: &Results<'_>) -> Option<(usize, usize)> {
    let axes = &results.plan.axes;
    let mut order: Vec<usize> = (0..axes.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(axes[*at].len().min(SIDE_MAX as u64)));
    let (one, two) = (*order.first()?, *order.get(1)?);
    (axes[two].len() > 1).then_some((one.min(two), one.max(two)))
}

/// The texts of one side, in the order of values, and which of them each value has.
fn side(results: &Results<'_>, axis: usize) -> (Vec<String>, BTreeMap<String, usize>) {
    let own = &results.plan.axes[axis];
    let mut positions: BTreeMap<&str, f64> = BTreeMap::new();
    for row in results.whole() {
        let text = row.values[axis].as_str();
        positions.entry(text).or_insert_with(|| own.position(text));
    }
    let mut values: Vec<(&str, f64)> = positions.into_iter().collect();
    values.sort_by(|a, b| a.1.total_cmp(&b.1));
    if values.len() <= SIDE_MAX {
        let texts = values.iter().map(|(text, _)| text.to_string()).collect();
        let places = values.iter().enumerate();
        return (
            texts,
            places
                .map(|(at, (text, _))| (text.to_string(), at))
                .collect(),
        );
    }
    // A cell is called by the value in its middle.
    let cells = SIDE_MAX / 2;
    let middle = |cell: u64| {
        let place = u128::from(own.len() - 1) * u128::from(2 * cell + 1) / (2 * cells as u128);
        own.text(u64::try_from(place).unwrap_or(u64::MAX))
    };
    let texts = (0..cells as u64).map(middle).collect();
    let cell = |position: f64| ((position * cells as f64) as usize).min(cells - 1);
    let places = values.iter();
    (
        texts,
        places
            .map(|(text, at)| (text.to_string(), cell(*at)))
            .collect(),
    )
}
