//! All parts together: every point once, and alarm when two runs of one point differ.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::SweepError;
use super::part::{self, FOLDER, Part, Timings, shard_of};
use super::plan::Plan;
use super::row::{Cost, Row};
use super::shard::Shard;
use crate::store;

/// Ranges of indexes that a message lists.
const LISTED: usize = 8;

/// What lies in the folder of a plan.
#[derive(Debug, Default)]
pub struct Found {
    /// Parts of the plan.
    pub parts: Vec<Part>,
    /// Files that are no parts of this plan, and why.
    pub strange: Vec<String>,
}

/// Reads every part that there is.
///
/// # Errors
/// When the folder cannot be read.
pub fn find(plan: &Plan, folder: &Path) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for path in files(folder)? {
        match Part::read(&path, &plan.axes) {
            Ok(part) if part.plan == plan.hash => found.parts.push(part),
            Ok(_) => found
                .strange
                .push(format!("{}: is of another plan; remove it", path.display())),
            Err(why) if store::is_refusal(&why) => return Err(why),
            // What the library says of a damaged file helps nobody.
            Err(why) => found
                .strange
                .push(format!("{why}; remove it and run its shard again")),
        }
    }
    Ok(found)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let paths = store::list(&folder.join(FOLDER))?.into_iter();
    let mut paths: Vec<(Shard, PathBuf)> = paths
        .filter_map(|path| Some((shard_of(&path)?, path)))
        .collect();
    paths.sort();
    Ok(paths.into_iter().map(|(_, path)| path).collect())
}

/// The rows of every point, by index.
///
/// # Errors
/// [`SweepError::Temporary`] when points are missing, [`SweepError::Permanent`] when two parts disagree about one.
pub fn rows(plan: &Plan, found: Found) -> Result<Vec<Row>, SweepError> {
    if plan.search.is_some() && found.parts.is_empty() {
        return Err(SweepError::Temporary(
            "the search has not come to its end; run it again with the command that began it, or go on with `onetape \
             sweep ask` and `tell`"
                .into(),
        ));
    }
    let mut all: BTreeMap<u64, (Row, Shard)> = BTreeMap::new();
    let mut differ = Vec::new();
    for part in found.parts {
        for row in part.rows {
            match all.get(&row.index) {
                Some((known, shard)) if *known != row => differ.push(format!(
                    "point {}: part {}/{} has decisions {}, part {}/{} has {}",
                    row.index,
                    shard.index,
                    shard.count,
                    hash(known),
                    part.shard.index,
                    part.shard.count,
                    hash(&row)
                )),
                Some(_) => {}
                None => _ = all.insert(row.index, (row, part.shard)),
            }
        }
    }
    if !differ.is_empty() {
        let count = differ.len();
        differ.truncate(LISTED);
        return Err(SweepError::Permanent(format!(
            "{count} points came out differently in two parts, and equal points must not: {}; remove the part that is \
             wrong, or all of them, and run their shards again",
            differ.join("; ")
        )));
    }
    let missing = (0..plan.points.len() as u64).filter(|index| !all.contains_key(index));
    let missing: Vec<u64> = missing.collect();
    if missing.is_empty() {
        return Ok(all.into_values().map(|(row, _)| row).collect());
    }
    let strange = found.strange.iter().map(|what| format!("; {what}"));
    Err(SweepError::Temporary(format!(
        "{} of {} points are missing: {}; run the shards that have no part yet{}",
        missing.len(),
        plan.points.len(),
        ranges(&missing),
        strange.collect::<String>()
    )))
}

fn hash(row: &Row) -> &str {
    row.decisions_hash.as_deref().unwrap_or("none")
}

/// Numbers as `3, 5-9`.
fn ranges(numbers: &[u64]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let text = |(first, last): &(u64, u64)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    let mut texts: Vec<String> = ranges.iter().take(LISTED).map(text).collect();
    if ranges.len() > LISTED {
        texts.push("…".into());
    }
    texts.join(", ")
}

/// What the points cost, by index, of the parts that say so.
pub fn costs(plan: &Plan, folder: &Path) -> Timings {
    let mut points: BTreeMap<u64, Cost> = BTreeMap::new();
    let mut peak: Option<f64> = None;
    for path in files(folder).unwrap_or_default() {
        let Some(shard) = shard_of(&path) else {
            continue;
        };
        let read = store::read(&part::timings_place(folder, shard)).ok();
        let timings: Option<Timings> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(timings) = timings.filter(|timings| timings.plan == plan.hash) else {
            continue;
        };
        peak = [peak, timings.peak_rss_mib]
            .into_iter()
            .flatten()
            .reduce(f64::max);
        points.extend(timings.points.into_iter().map(|cost| (cost.index, cost)));
    }
    Timings {
        plan: plan.hash.clone(),
        peak_rss_mib: peak,
        points: points.into_values().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_short() {
        assert_eq!(ranges(&[3, 5, 6, 7, 9]), "3, 5-7, 9");
        let odd: Vec<u64> = (0..40).map(|n| n * 2 + 1).collect();
        assert_eq!(ranges(&odd), "1, 3, 5, 7, 9, 11, 13, 15, …");
    }
}
