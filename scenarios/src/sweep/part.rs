//! What a shard leaves: one Parquet file of rows, and beside it what they cost.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use onetape_data::catalog::hash_bytes;
use serde_json::{Map, Value};

use super::SweepError;
use super::plan::Plan;
use super::row::{Cost, Row};
use super::shard::Shard;
use super::space::Axis;
use super::table::{Column, Table};
use crate::store;

/// Folder of the parts, in the plan's.
pub(super) const FOLDER: &str = "parts";
/// What a parameter's column begins with: no figure has its name then.
pub(super) const SET: &str = "set.";

/// How often a part is put before it is given up: each time something else was there that is no part.
const TRIES: u32 = 4;

/// What the columns of figures hold.
enum Kind {
    Text,
    Count,
    Flag,
}

impl Kind {
    fn column(&self, rows: usize) -> Column {
        match self {
            Self::Text => Column::Text(Vec::with_capacity(rows)),
            Self::Count => Column::Count(Vec::with_capacity(rows)),
            Self::Flag => Column::Flag(Vec::with_capacity(rows)),
        }
    }
}

/// The figures' columns, by their names in a [`super::metrics::Metrics`].
const FIGURES: [(&str, Kind); 18] = [
    ("asset", Kind::Text),
    ("net", Kind::Text),
    ("gross", Kind::Text),
    ("fees", Kind::Text),
    ("funding", Kind::Text),
    ("turnover", Kind::Text),
    ("max_drawdown", Kind::Text),
    ("ledger_residual", Kind::Text),
    ("round_trips", Kind::Count),
    ("winners", Kind::Count),
    ("losers", Kind::Count),
    ("orders", Kind::Count),
    ("fills", Kind::Count),
    ("cost_bps", Kind::Text),
    ("exit_net_bps", Kind::Text),
    ("fee_income", Kind::Flag),
    ("few_trips", Kind::Flag),
    ("periods", Kind::Text),
];

/// The rows of a shard.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Hash of the plan that they are of.
    pub plan: String,
    /// The build that made them.
    pub build: String,
    /// The shard.
    pub shard: Shard,
    /// The rows by index.
    pub rows: Vec<Row>,
}

/// Where a shard's part lies.
pub fn place(folder: &Path, shard: Shard) -> PathBuf {
    let name = format!("part-{}-of-{}.parquet", shard.index, shard.count);
    folder.join(FOLDER).join(name)
}

/// The shard that a file's name says it is of.
pub(super) fn shard_of(path: &Path) -> Option<Shard> {
    let name = path.file_name()?.to_str()?;
    let middle = name.strip_prefix("part-")?.strip_suffix(".parquet")?;
    let (index, count) = middle.split_once("-of-")?;
    let (index, count) = (index.parse().ok()?, count.parse().ok()?);
    Some(Shard { index, count })
}

impl Part {
    /// Writes the part to its place, whatever is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, place: &Path, axes: &[Axis]) -> anyhow::Result<()> {
        self.table(axes)?.write(place)
    }

    /// Leaves the part at its place. When another attempt was faster, its part stays, and must say the same; what is
    /// damaged or of another plan goes.
    ///
    /// # Errors
    /// [`SweepError::Permanent`] when the part that is there says something else; when the place does not answer.
    pub fn leave(&self, place: &Path, axes: &[Axis]) -> anyhow::Result<()> {
        let bytes = self.table(axes)?.to_bytes()?;
        for _ in 0..TRIES {
            if store::put_new(place, &bytes)? {
                return Ok(());
            }
            match Self::read(place, axes) {
                Ok(there) if there.plan == self.plan && there.rows == self.rows => return Ok(()),
                Ok(there) if there.plan == self.plan => {
                    return Err(SweepError::Permanent(format!(
                        "{}: another attempt left other rows, and equal points must not come out differently; remove \
                         it and run its shard again",
                        place.display()
                    ))
                    .into());
                }
                Err(why) if store::is_refusal(&why) => return Err(why),
                Ok(_) | Err(_) => store::delete(place)?,
            }
        }
        Err(SweepError::Temporary(format!(
            "{}: cannot be put, something else is there each time; try again",
            place.display()
        ))
        .into())
    }

    fn table(&self, axes: &[Axis]) -> anyhow::Result<Table> {
        Ok(Table {
            columns: columns(&self.rows, axes)?,
            words: words(&self.plan, &self.build, self.shard, &self.rows)?,
        })
    }

    /// The part of a plan at a place, if there is one that is whole.
    ///
    /// # Errors
    /// When the place does not answer.
    pub fn find(place: &Path, plan: &Plan) -> anyhow::Result<Option<Self>> {
        match Self::read(place, &plan.axes) {
            Ok(part) if part.plan == plan.hash => Ok(Some(part)),
            Err(why) if store::is_refusal(&why) => Err(why),
            // None, or one that is damaged or of another plan.
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Reads a part.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    pub fn read(place: &Path, axes: &[Axis]) -> anyhow::Result<Self> {
        let table = Table::read(place)?;
        let word = |key: &str| table.word(&format!("onetape.{key}")).unwrap_or_default();
        let rows = (0..table.rows()).map(|at| row(&table.row(at), axes));
        let rows: Vec<Row> = rows
            .collect::<anyhow::Result<_>>()
            .with_context(|| format!("{}: is no part of a sweep", place.display()))?;
        if word("rows") != digest(&rows)? {
            bail!(
                "{}: was damaged or changed: its rows have another hash",
                place.display()
            );
        }
        Ok(Self {
            plan: word("plan").to_string(),
            build: word("build").to_string(),
            shard: Shard::parse(word("shard"))?,
            rows,
        })
    }
}

/// What stands in a file beside its rows, so that whoever reads them knows what they are, and that they are those that
/// were written.
///
/// # Errors
/// Never in practice: every row can be written.
pub(super) fn words(
    plan: &str,
    build: &str,
    shard: Shard,
    rows: &[Row],
) -> anyhow::Result<Vec<(String, String)>> {
    let shard = format!("{}/{}", shard.index, shard.count);
    let all = [
        ("plan", plan.to_string()),
        ("build", build.to_string()),
        ("shard", shard),
        ("rows", digest(rows)?),
    ];
    let all = all.into_iter();
    Ok(all
        .map(|(key, value)| (format!("onetape.{key}"), value))
        .collect())
}

fn digest(rows: &[Row]) -> anyhow::Result<String> {
    let mut all = String::new();
    for row in rows {
        all.push_str(&hash_bytes(&serde_json::to_vec(row)?));
    }
    Ok(hash_bytes(all.as_bytes()))
}

/// The columns of rows: index, parameters, figures, hashes and errors.
///
/// # Errors
/// Never in practice: every row can be written.
pub(super) fn columns(rows: &[Row], axes: &[Axis]) -> anyhow::Result<Vec<(String, Column)>> {
    let count = |number: u64| i64::try_from(number).ok();
    let mut columns = vec![(
        "index".to_string(),
        Column::Count(rows.iter().map(|row| count(row.index)).collect()),
    )];
    for (at, axis) in axes.iter().enumerate() {
        let texts = rows.iter().map(|row| row.values.get(at).cloned());
        columns.push((format!("{SET}{}", axis.key), Column::Text(texts.collect())));
    }
    let mut figures = FIGURES.map(|(name, kind)| (name, kind.column(rows.len())));
    for row in rows {
        // One row at a time: as values, all of them would take several times the room.
        let values = serde_json::to_value(&row.metrics)?;
        for (name, column) in &mut figures {
            column.push(values.get(*name).unwrap_or(&Value::Null));
        }
    }
    columns.extend(figures.map(|(name, column)| (name.to_string(), column)));
    let texts = |of: fn(&Row) -> &Option<String>| {
        Column::Text(rows.iter().map(|row| of(row).clone()).collect())
    };
    columns.push(("run_id".into(), texts(|row| &row.run_id)));
    columns.push(("decisions_hash".into(), texts(|row| &row.decisions_hash)));
    let rungs = rows.iter().map(|row| row.rung.map(i64::from));
    columns.push(("rung".into(), Column::Count(rungs.collect())));
    columns.push(("error".into(), texts(|row| &row.error)));
    Ok(columns)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string)
}

/// A row of a file.
fn row(cells: &Map<String, Value>, axes: &[Axis]) -> anyhow::Result<Row> {
    let cell = |name: &str| cells.get(name).unwrap_or(&Value::Null);
    let index = cell("index").as_u64().context("a row has no index")?;
    let values = axes
        .iter()
        .map(|axis| text(cell(&format!("{SET}{}", axis.key))));
    let values: Option<Vec<String>> = values.collect();
    let figures = FIGURES.iter();
    let figures: Map<String, Value> = figures
        .map(|(name, _)| (name.to_string(), cell(name).clone()))
        .collect();
    let error = text(cell("error"));
    let metrics = match &error {
        Some(_) => None,
        None => Some(serde_json::from_value(Value::Object(figures))?),
    };
    Ok(Row {
        index,
        values: values.context("a row lacks a parameter")?,
        rung: cell("rung")
            .as_u64()
            .and_then(|rung| u32::try_from(rung).ok()),
        run_id: text(cell("run_id")),
        decisions_hash: text(cell("decisions_hash")),
        metrics,
        error,
    })
}

/// What the points of a shard cost, and what they took together.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Timings {
    /// Hash of the plan.
    pub plan: String,
    /// Peak resident memory of the last process, in MiB, where the system tells.
    pub peak_rss_mib: Option<f64>,
    /// The points.
    pub points: Vec<Cost>,
}

impl Timings {
    /// What the points came to together.
    pub fn total(&self) -> Cost {
        let none = Cost::default();
        self.points.iter().fold(none, |sum, point| Cost {
            index: 0,
            wall_s: sum.wall_s + point.wall_s,
            decode_s: sum.decode_s + point.decode_s,
            events: sum.events + point.events,
            passed_over: sum.passed_over + point.passed_over,
        })
    }
}

/// Where a shard's timings lie.
pub(super) fn timings_place(folder: &Path, shard: Shard) -> PathBuf {
    let name = format!("part-{}-of-{}.timings.json", shard.index, shard.count);
    folder.join(FOLDER).join(name)
}

/// Writes what a shard cost.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_timings(
    folder: &Path,
    shard: Shard,
    plan: &str,
    costs: &[Cost],
    peak_rss_mib: Option<f64>,
) -> anyhow::Result<()> {
    let timings = Timings {
        plan: plan.to_string(),
        peak_rss_mib,
        points: costs.to_vec(),
    };
    let text = serde_json::to_string(&timings)? + "\n";
    store::put(&timings_place(folder, shard), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::metrics::Metrics;
    use super::super::row::Job;
    use super::super::space::axis_of;
    use super::*;

    fn part() -> Part {
        let job = |index| Job {
            index,
            values: vec!["1.5".into()],
            sets: Vec::new(),
            rung: Some(2),
        };
        let mut good = Row::failed(&job(0), String::new());
        good.error = None;
        good.decisions_hash = Some("ab".repeat(16));
        good.metrics = Some(Metrics {
            asset: Some("USDT".into()),
            net: "-1.25".into(),
            round_trips: 7,
            few_trips: true,
            ..Metrics::default()
        });
        Part {
            plan: "plan".into(),
            build: "build".into(),
            shard: Shard { index: 1, count: 3 },
            rows: vec![good, Row::failed(&job(4), "no such leg".into())],
        }
    }

    #[test]
    fn parts_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let axes = [axis_of("exit.edge_bps=1.5,2")];
        let place = place(dir.path(), part().shard);
        assert_eq!(shard_of(&place), Some(part().shard));
        part().write(&place, &axes).unwrap();
        assert_eq!(Part::read(&place, &axes).unwrap(), part());
    }

    #[test]
    fn the_first_attempt_stays_and_damage_goes() {
        let dir = tempfile::tempdir().unwrap();
        let axes = [axis_of("exit.edge_bps=1.5,2")];
        let place = dir.path().join("part");
        part().leave(&place, &axes).unwrap();
        part().leave(&place, &axes).unwrap();
        let mut other = part();
        other.rows[1].error = Some("another".into());
        let said = other.leave(&place, &axes).unwrap_err().to_string();
        assert!(said.contains("another attempt left other rows"), "{said}");
        assert_eq!(Part::read(&place, &axes).unwrap(), part());
        other.plan = "another".into();
        other.leave(&place, &axes).unwrap();
        assert_eq!(Part::read(&place, &axes).unwrap(), other);
        std::fs::write(&place, b"damage").unwrap();
        part().leave(&place, &axes).unwrap();
        assert_eq!(Part::read(&place, &axes).unwrap(), part());
    }

    /// Whatever byte is damaged: the rows are the same, or there are none.
    #[test]
    fn damage_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let axes = [axis_of("exit.edge_bps=1.5,2")];
        let place = dir.path().join("part");
        part().write(&place, &axes).unwrap();
        let whole = std::fs::read(&place).unwrap();
        let mut seen = 0;
        for at in (0..whole.len()).step_by(5) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x24;
            std::fs::write(&place, damaged).unwrap();
            match Part::read(&place, &axes) {
                Ok(read) => assert_eq!(read.rows, part().rows, "{at}"),
                Err(_) => seen += 1,
            }
        }
        assert!(seen > 100, "{seen} of {}", whole.len());
    }
}
