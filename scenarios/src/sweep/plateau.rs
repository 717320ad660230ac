//! How the neighbours of a point do: a peak alone is more likely luck than one among peaks.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::row::Row;
use super::space::Axis;

/// Most points whose neighbours are looked for one by one.
const SAMPLED_MAX: usize = 5_000;
/// A grid may lack so many times the points that it has: constraints leave some out.
const SPARSE_MAX: u128 = 4;

/// By row: the mean standing, from 0 the worst to 1 the best, of the points one step away in one parameter; of
/// sampled points, of the nearest two for each parameter. A neighbour that failed stands at 0. `None` for rows
/// without a score or a neighbour, and for more than five thousand sampled points.
pub(super) fn plateau(
    rows: &[Row],
    axes: &[Axis],
    scores: &[Option<Vec<Decimal>>],
) -> Vec<Option<f64>> {
    let standing = standing(scores);
    let of = |neighbours: Vec<usize>| {
        let sum: f64 = neighbours.iter().map(|at| standing[*at]).sum();
        (!neighbours.is_empty()).then(|| sum / neighbours.len() as f64)
    };
    let grid = Grid::of(rows, axes);
    if grid.is_dense(rows.len()) {
        let all = (0..rows.len()).map(|at| scores[at].as_ref().and_then(|_| of(grid.around(at))));
        return all.collect();
    }
    if rows.len() > SAMPLED_MAX {
        return vec![None; rows.len()];
    }
    let places: Vec<Vec<f64>> = rows.iter().map(|row| place(row, axes)).collect();
    let nearest = |at| of(nearest(at, &places, 2 * axes.len()));
    let all = (0..rows.len()).map(|at| scores[at].as_ref().and_then(|_| nearest(at)));
    all.collect()
}

/// The part of all scored rows that a row is better than, those equal to it counted half.
fn standing(scores: &[Option<Vec<Decimal>>]) -> Vec<f64> {
    let own = |at: usize| scores[at].as_ref().and_then(|own| own.first().copied());
    let mut sorted: Vec<Decimal> = (0..scores.len()).filter_map(own).collect();
    sorted.sort_unstable();
    let standing = |score: Decimal| {
        let below = sorted.partition_point(|other| *other < score);
        let equal = sorted.partition_point(|other| *other <= score) - below;
        let others = sorted.len().saturating_sub(1).max(1) as f64;
        (below as f64 + (equal.saturating_sub(1)) as f64 / 2.0) / others
    };
    (0..scores.len())
        .map(|at| own(at).map_or(0.0, standing))
        .collect()
}

/// Rows by the places of their values among those that there are.
struct Grid {
    places: Vec<Vec<usize>>,
    rows: BTreeMap<Vec<usize>, usize>,
    lengths: Vec<usize>,
    ordered: Vec<bool>,
}

impl Grid {
    fn of(rows: &[Row], axes: &[Axis]) -> Self {
        let mut places = vec![Vec::new(); rows.len()];
        let mut lengths = Vec::new();
        for (at, axis) in axes.iter().enumerate() {
            let texts = || rows.iter().map(|row| row.values[at].as_str());
            let mut positions: BTreeMap<&str, f64> = BTreeMap::new();
            for text in texts() {
                positions.entry(text).or_insert_with(|| axis.position(text));
            }
            let mut sorted: Vec<(&str, f64)> = positions.into_iter().collect();
            sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
            let order = sorted.iter().enumerate();
            let order: BTreeMap<&str, usize> = order.map(|(at, (text, _))| (*text, at)).collect();
            for (own, text) in places.iter_mut().zip(texts()) {
                own.push(order[text]);
            }
            lengths.push(sorted.len());
        }
        let rows = places.iter().cloned().zip(0..).collect();
        Self {
            places,
            rows,
            lengths,
            ordered: axes.iter().map(Axis::is_ordered).collect(),
        }
    }

    fn is_dense(&self, rows: usize) -> bool {
        let all = self.lengths.iter();
        let all = all.fold(1_u128, |all, len| all.saturating_mul(*len as u128));
        self.rows.len() == rows && all <= rows as u128 * SPARSE_MAX
    }

    fn around(&self, at: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for axis in (0..self.lengths.len()).filter(|axis| self.ordered[*axis]) {
            let mut place = self.places[at].clone();
            let own = place[axis];
            for other in [own.checked_sub(1), own.checked_add(1)]
                .into_iter()
                .flatten()
            {
                place[axis] = other;
                found.extend(self.rows.get(&place));
            }
        }
        found
    }
}

fn place(row: &Row, axes: &[Axis]) -> Vec<f64> {
    let pairs = axes.iter().zip(&row.values);
    pairs.map(|(axis, text)| axis.position(text)).collect()
}

/// The rows nearest to one, by index among equally near ones.
fn nearest(at: usize, places: &[Vec<f64>], count: usize) -> Vec<usize> {
    let distance = |other: &[f64]| -> f64 {
        let pairs = places[at].iter().zip(other);
        pairs.map(|(a, b)| (a - b) * (a - b)).sum()
    };
    let others = places.iter().enumerate().filter(|(other, _)| *other != at);
    let mut others: Vec<(f64, usize)> = others
        .map(|(other, place)| (distance(place), other))
        .collect();
    others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    others.truncate(count);
    others.into_iter().map(|(_, other)| other).collect()
}

#[cfg(test)]
mod tests {
    use super::super::row::Job;
    use super::super::space::axis_of;
    use super::*;

    fn rows(values: &[[&str; 2]]) -> Vec<Row> {
        let numbered = (0..).zip(values);
        let row = |(index, values): (u64, &[&str; 2])| {
            let job = Job {
                index,
                values: values.map(String::from).to_vec(),
                sets: Vec::new(),
                rung: None,
            };
            Row::failed(&job, String::new())
        };
        numbered.map(row).collect()
    }

    #[test]
    fn a_peak_alone_is_told_from_one_among_peaks() {
        let axes = [
            axis_of("exit.edge_bps=1,2,3,4,5"),
            axis_of("direction=both"),
        ];
        let texts = ["1", "2", "3", "4", "5"].map(|text| [text, "both"]);
        let rows = rows(&texts);
        let score = |value: Option<i64>| value.map(|value| vec![Decimal::from(value)]);
        let scores = [Some(9), Some(0), Some(7), Some(8), None].map(score);
        let found = plateau(&rows, &axes, &scores);
        let rounded: Vec<Option<i64>> = found
            .iter()
            .map(|own| own.map(|own| (own * 100.0).round() as i64))
            .collect();
        assert_eq!(rounded, [Some(0), Some(67), Some(33), Some(17), None]);
    }

    #[test]
    fn sampled_points_have_nearest_ones() {
        let axes = [
            axis_of("exit.edge_bps=0..10"),
            axis_of("repair.attempts=1..20"),
        ];
        let texts = [
            ["0", "1"],
            ["0.1", "2"],
            ["9", "19"],
            ["10", "20"],
            ["5", "10"],
            ["4", "9"],
        ];
        let places: Vec<Vec<f64>> = rows(&texts).iter().map(|row| place(row, &axes)).collect();
        assert_eq!(nearest(0, &places, 1), [1]);
        assert_eq!(nearest(3, &places, 2), [2, 4]);
    }
}
