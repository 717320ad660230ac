//! One Parquet file through polars: a row group at a time, the columns that a question needs alone.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::*;

use super::QueryError;
use super::field::{Columns, Field, Holds, Part as FieldPart};
use super::filter::{Filter, Operator, Wanted};
use super::group::{Group, Groups, Part};
use super::plan::Plan;
use super::value::{DECIMALS, Value};

/// What every number becomes: exact, and added without rounding.
const NUMBER: DataType = DataType::Decimal(38, DECIMALS as usize);
/// A chunk whose largest amount times its rows is beyond this might overflow when it is added up.
const SUM_MAX: u128 = 10_u128.pow(38);

/// A file that is open.
pub(super) struct File<'a> {
    name: &'a str,
    bytes: &'a [u8],
    columns: Vec<(String, Holds)>,
    types: Vec<DataType>,
    /// First row and number of rows of each row group.
    parts: Vec<(usize, usize)>,
}

impl<'a> File<'a> {
    pub(super) fn open(name: &'a str, bytes: &'a [u8]) -> Result<Self, QueryError> {
        caught(name, || {
            let mut reader = ParquetReader::new(Cursor::new(bytes));
            let schema = reader.schema()?;
            let schema = Schema::from_arrow_schema(schema.as_ref());
            let mut parts = Vec::new();
            let mut first = 0;
            for group in &reader.get_metadata()?.row_groups {
                parts.push((first, group.num_rows()));
                first += group.num_rows();
            }
            let columns = schema
                .iter()
                .map(|(name, kind)| (name.to_string(), holds(kind)));
            Ok(Self {
                name,
                bytes,
                columns: columns.collect(),
                types: schema.iter_values().cloned().collect(),
                parts,
            })
        })
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Adds the file's rows to the groups.
    pub(super) fn groups(&self, plan: &Plan, groups: &mut Groups) -> Result<(), QueryError> {
        let keys = plan.keys.iter().enumerate();
        let keys: Vec<Expr> = keys
            .map(|(at, key)| self.value(key).alias(format!("k{at}")))
            .collect();
        let mut figures = vec![len().alias("rows")];
        for (at, field) in plan.summed.iter().enumerate() {
            figures.extend(figures_of(at, self.number(field)));
        }
        for part in &self.parts {
            let found = caught(self.name, || {
                let rows = self.part(plan, *part)?;
                let grouped = match keys.is_empty() {
                    true => rows.select(figures.clone()),
                    false => rows.group_by(keys.clone()).agg(figures.clone()),
                };
                grouped_rows(&grouped.collect()?, plan)
            })?;
            for (keys, group) in found {
                let over = group
                    .parts
                    .iter()
                    .position(|part| may_overflow(part, group.rows));
                if let Some(at) = over {
                    return Err(QueryError::TooLarge {
                        column: plan.summed[at].name.clone(),
                        what: "a sum",
                    });
                }
                // Without keys there is a group even where no row passed the filters.
                if group.rows > 0 {
                    groups.add(keys, group, plan)?;
                }
            }
        }
        Ok(())
    }

    /// Adds the file's rows to a list, until it has enough.
    pub(super) fn rows(
        &self,
        plan: &Plan,
        enough: Option<usize>,
        out: &mut Vec<Vec<Value>>,
    ) -> Result<(), QueryError> {
        let keys = plan.keys.iter().enumerate();
        let keys: Vec<Expr> = keys
            .map(|(at, key)| self.value(key).alias(format!("k{at}")))
            .collect();
        for part in &self.parts {
            if enough.is_some_and(|enough| out.len() >= enough) {
                break;
            }
            let found = caught(self.name, || {
                let rows = self.part(plan, *part)?.select(keys.clone()).collect()?;
                keys_of(&rows, plan)
            })?;
            out.extend(found);
        }
        Ok(())
    }

    /// The rows of a row group that pass the filters.
    fn part(&self, plan: &Plan, part: (usize, usize)) -> PolarsResult<LazyFrame> {
        let filters = plan.filters.iter().map(|filter| &filter.field);
        let fields = plan.keys.iter().chain(&plan.summed).chain(filters);
        let mut needed: Vec<String> = fields
            .filter(|field| !field.is_file(&self.columns))
            .map(|field| field.column.clone())
            .collect();
        if needed.is_empty() {
            // Rows are counted over some column.
            needed.extend(self.columns.first().map(|(name, _)| name.clone()));
        }
        needed.sort_unstable();
        needed.dedup();
        let rows = ParquetReader::new(Cursor::new(self.bytes))
            .with_columns(Some(needed))
            .with_slice(Some(part))
            .finish()?
            .lazy();
        Ok(plan
            .filters
            .iter()
            .fold(rows, |rows, own| rows.filter(self.passes(own))))
    }

    fn kind(&self, field: &Field) -> Option<&DataType> {
        let at = self
            .columns
            .iter()
            .position(|(name, _)| *name == field.column)?;
        self.types.get(at)
    }

    /// A field as what it is: text, a number, nanoseconds, or a flag.
    fn value(&self, field: &Field) -> Expr {
        let kind = match self.kind(field) {
            None => return lit(self.name.to_owned()),
            Some(kind) => kind,
        };
        let column = col(field.column.as_str());
        match (kind, field.part) {
            (DataType::Datetime(..), None) => nanos(column, kind),
            (DataType::Datetime(..), Some(part)) => mapped(nanos(column, kind), move |all| {
                let texts = all.i64()?.iter().map(|at| at.map(|at| part.of_time(at)));
                Ok(StringChunked::from_iter(texts).into_series())
            }),
            (_, Some(part)) => text_part(column, part),
            (DataType::Boolean | DataType::String, None) => column,
            (_, None) if field.holds == Holds::Whole => column.strict_cast(DataType::UInt64),
            (_, None) => column.strict_cast(NUMBER),
        }
    }

    /// A field as a number to add up: a flag is 1 or 0, a time its nanoseconds.
    fn number(&self, field: &Field) -> Expr {
        let own = self.value(field);
        match field.holds {
            Holds::Flag => own.strict_cast(DataType::Int32).strict_cast(NUMBER),
            _ => own.strict_cast(NUMBER),
        }
    }

    fn passes(&self, filter: &Filter) -> Expr {
        let own = self.value(&filter.field);
        match &filter.wanted {
            Wanted::Nothing if filter.operator == Operator::Is => own.is_null(),
            Wanted::Nothing => own.is_not_null(),
            Wanted::Text(text) if filter.operator == Operator::Has => {
                let text = text.clone();
                own.map(
                    move |all| {
                        let all = all.as_materialized_series().str()?.clone();
                        let has = all.iter().map(|own| own.map(|own| own.contains(&text)));
                        Ok(BooleanChunked::from_iter(has).into_series().into_column())
                    },
                    |_, field| {
                        Ok(polars::prelude::Field::new(
                            field.name().clone(),
                            DataType::Boolean,
                        ))
                    },
                )
            }
            Wanted::Text(text) => compared(own, filter.operator, lit(text.clone())),
            // Text that is no number is neither above nor below one.
            Wanted::Number(text) => {
                let number = lit(text.clone()).strict_cast(NUMBER);
                compared(own.cast(NUMBER), filter.operator, number)
            }
            Wanted::Time(at) => compared(own, filter.operator, lit(*at)),
            Wanted::Flag(flag) => compared(own, filter.operator, lit(*flag)),
        }
    }
}

/// The library panics on some damaged files.
fn caught<T>(file: &str, read: impl FnOnce() -> PolarsResult<T>) -> Result<T, QueryError> {
    let unread = |why: String| QueryError::Unread {
        file: file.to_owned(),
        why,
    };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| unread(error.to_string())),
        Err(_) => Err(unread("it is damaged".to_owned())),
    }
}

fn holds(kind: &DataType) -> Holds {
    match kind {
        DataType::String => Holds::Text,
        DataType::Boolean => Holds::Flag,
        DataType::Datetime(..) => Holds::Time,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Holds::Whole,
        kind if kind.is_primitive_numeric() || kind.is_decimal() => Holds::Number,
        kind => Holds::Other(kind.to_string()),
    }
}

fn nanos(column: Expr, kind: &DataType) -> Expr {
    let factor = match kind {
        DataType::Datetime(TimeUnit::Milliseconds, _) => 1_000_000,
        DataType::Datetime(TimeUnit::Microseconds, _) => 1_000,
        _ => return column.strict_cast(DataType::Int64),
    };
    column.strict_cast(DataType::Int64) * lit(factor as i64)
}

fn text_part(column: Expr, part: FieldPart) -> Expr {
    mapped(column, move |all| {
        let texts = all
            .str()?
            .iter()
            .map(|own| own.map(|own| part.of_text(own)));
        Ok(StringChunked::from_iter(texts).into_series())
    })
}

/// Text made from each value.
fn mapped(
    own: Expr,
    make: impl Fn(&Series) -> PolarsResult<Series> + Send + Sync + 'static,
) -> Expr {
    own.map(
        move |all| Ok(make(all.as_materialized_series())?.into_column()),
        |_, field| {
            Ok(polars::prelude::Field::new(
                field.name().clone(),
                DataType::String,
            ))
        },
    )
}

fn compared(own: Expr, operator: Operator, wanted: Expr) -> Expr {
    match operator {
        Operator::Is | Operator::Has => own.eq(wanted),
        // Nothing is another thing than something.
        Operator::IsNot => own.neq_missing(wanted),
        Operator::Below => own.lt(wanted),
        Operator::AtMost => own.lt_eq(wanted),
        Operator::Above => own.gt(wanted),
        Operator::AtLeast => own.gt_eq(wanted),
    }
}

fn figures_of(at: usize, own: Expr) -> [Expr; 6] {
    let above = || own.clone().gt(lit("0").strict_cast(NUMBER));
    [
        own.clone().count().alias(format!("count{at}")),
        own.clone().sum().alias(format!("sum{at}")),
        own.clone()
            .filter(above())
            .sum()
            .alias(format!("gains{at}")),
        above().sum().alias(format!("above{at}")),
        own.clone().min().alias(format!("min{at}")),
        own.clone().max().alias(format!("max{at}")),
    ]
}

fn may_overflow(part: &Part, rows: u64) -> bool {
    let largest = part
        .min
        .into_iter()
        .chain(part.max)
        .map(i128::unsigned_abs)
        .max();
    largest.unwrap_or(0).saturating_mul(rows.into()) >= SUM_MAX
}

fn grouped_rows(frame: &DataFrame, plan: &Plan) -> PolarsResult<Vec<(Vec<Value>, Group)>> {
    let rows = counts(frame, "rows")?;
    let mut parts: Vec<Vec<Part>> = Vec::new();
    for at in 0..plan.summed.len() {
        parts.push(parts_of(frame, at)?);
    }
    let keys = match plan.keys.is_empty() {
        true => vec![Vec::new(); rows.len()],
        false => keys_of(frame, plan)?,
    };
    let groups = (0..).zip(rows).map(|(row, rows): (usize, u64)| Group {
        rows,
        parts: parts.iter().map(|all| all[row]).collect(),
    });
    Ok(keys.into_iter().zip(groups).collect())
}

fn parts_of(frame: &DataFrame, at: usize) -> PolarsResult<Vec<Part>> {
    let units = |name: &str| -> PolarsResult<Vec<Option<i128>>> {
        let column = frame.column(&format!("{name}{at}"))?.strict_cast(&NUMBER)?;
        Ok(column.decimal()?.physical().iter().collect())
    };
    let (sums, gains, mins, maxs) = (units("sum")?, units("gains")?, units("min")?, units("max")?);
    let (count, above) = (
        counts(frame, &format!("count{at}"))?,
        counts(frame, &format!("above{at}"))?,
    );
    let part = |row: usize| Part {
        count: count[row],
        above: above[row],
        sum: sums[row].unwrap_or(0),
        gains: gains[row].unwrap_or(0),
        min: mins[row],
        max: maxs[row],
    };
    Ok((0..sums.len()).map(part).collect())
}

fn counts(frame: &DataFrame, name: &str) -> PolarsResult<Vec<u64>> {
    let column = frame.column(name)?.strict_cast(&DataType::UInt64)?;
    Ok(column
        .u64()?
        .iter()
        .map(Option::unwrap_or_default)
        .collect())
}

/// The keys of every row.
fn keys_of(frame: &DataFrame, plan: &Plan) -> PolarsResult<Vec<Vec<Value>>> {
    let mut rows = vec![Vec::with_capacity(plan.keys.len() + plan.shown.len()); frame.height()];
    for (at, key) in plan.keys.iter().enumerate() {
        let column = frame
            .column(&format!("k{at}"))?
            .as_materialized_series()
            .clone();
        let values = values(&column, key)?;
        for (row, value) in rows.iter_mut().zip(values) {
            row.push(value.unwrap_or(Value::Empty));
        }
    }
    Ok(rows)
}

fn values(column: &Series, key: &Field) -> PolarsResult<Vec<Option<Value>>> {
    let too_long = || polars_err!(ComputeError: "{}: a number has more than 28 digits", key.name);
    Ok(match key.holds {
        Holds::Text | Holds::Other(_) => column
            .str()?
            .iter()
            .map(|own| own.map(Value::text))
            .collect(),
        Holds::Flag => column
            .bool()?
            .iter()
            .map(|own| own.map(Value::Flag))
            .collect(),
        Holds::Whole => column
            .u64()?
            .iter()
            .map(|own| own.map(Value::Count))
            .collect(),
        Holds::Time => column
            .i64()?
            .iter()
            .map(|own| own.map(Value::Time))
            .collect(),
        Holds::Number => {
            let units = column.decimal()?.physical().iter();
            let number = |own: i128| Value::number(own).ok_or_else(too_long);
            units
                .map(|own| own.map(number).transpose())
                .collect::<PolarsResult<_>>()?
        }
    })
}
