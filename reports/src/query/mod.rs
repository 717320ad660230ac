//! Questions over tables that stand in Parquet files: of which rows, grouped by what, and which figures of each group.
//!
//! A [`Query`] takes the bytes of one file after another and ends in an [`Answer`]. Reading, filtering and grouping of a
//! row group at a time is polars', behind the feature `polars`; adding groups up over row groups and files is done here,
//! in whole numbers of the eighteenth decimal, so that neither the order of threads nor that of files is in a result.
//! No float is in any figure.

mod answer;
#[cfg_attr(
    not(feature = "polars"),
    allow(dead_code, reason = "what a file holds is made where it is read")
)]
mod field;
mod filter;
mod group;
mod plan;
#[cfg(feature = "polars")]
mod scan;
#[cfg(all(test, feature = "polars"))]
mod tests;
#[cfg_attr(
    not(feature = "polars"),
    allow(dead_code, reason = "what a file holds is made where it is read")
)]
mod value;
#[cfg(not(feature = "polars"))]
mod without;

#[cfg(not(feature = "polars"))]
use without as scan;

pub use answer::Answer;
use group::Groups;
use plan::Plan;
use value::Value;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What rows are grouped by: `COLUMN` or `COLUMN.PART`, such as `exit_reason`, `instrument.venue`, `closed_at.day`.
    pub by: Vec<String>,
    /// Figures of each group, such as `rows`, `net.sum`, `net.mean`; without groups also columns.
    pub show: Vec<String>,
    /// Rows that count: `COLUMN OPERATOR VALUE`, all of them.
    pub filters: Vec<String>,
    /// Columns of the answer to sort by, those with a `-` downwards.
    pub sort: Vec<String>,
    /// Rows of the answer at most.
    pub limit: Option<usize>,
}

/// A question in the middle of its files.
#[derive(Debug)]
pub struct Query {
    asked: Asked,
    /// From the first file on: what the question means over its columns.
    plan: Option<(String, Plan)>,
    groups: Groups,
    listed: Vec<Vec<Value>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The program was built without polars.
    #[error(
        "this build reads no Parquet tables: it was made without the feature polars; build it without --no-default-features, or with --features polars"
    )]
    NoPolars,
    /// There was no file.
    #[error("no file was named; name Parquet files, such as runs/*/tables/trades.parquet")]
    NoFile,
    /// A file cannot be read.
    #[error("{file}: cannot be read as Parquet: {why}")]
    Unread {
        /// Which file.
        file: String,
        /// What the library says.
        why: String,
    },
    /// A word of the question means nothing over a file's columns.
    #[error("{file}: {word}: {why}")]
    Word {
        /// Which file.
        file: String,
        /// The word.
        word: String,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// A column holds one thing in one file and something else in another.
    #[error(
        "{file}: its columns are not those of {first}: {what}; ask about files of one kind at a time"
    )]
    Unlike {
        /// Which file.
        file: String,
        /// The first one.
        first: String,
        /// What differs.
        what: String,
    },
    /// More digits than are reckoned with.
    #[error("{column}: {what} has more digits than the 28 that are exact; ask for fewer rows")]
    TooLarge {
        /// Column of the answer.
        column: String,
        /// Which figure.
        what: &'static str,
    },
}

impl Query {
    /// Begins.
    pub fn new(asked: Asked) -> Self {
        Self {
            asked,
            plan: None,
            groups: Groups::default(),
            listed: Vec::new(),
        }
    }

    /// Takes the rows of a file. The name is for messages, and for `file` as a column.
    ///
    /// # Errors
    /// When it is no Parquet file, or the question does not fit its columns.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> Result<(), QueryError> {
        let file = scan::File::open(name, bytes)?;
        let plan = Plan::of(&self.asked, name, file.columns())?;
        let (first, known) = self
            .plan
            .get_or_insert_with(|| (name.to_owned(), plan.clone()));
        if let Some(what) = known.differs(&plan) {
            return Err(QueryError::Unlike {
                file: name.to_owned(),
                first: first.clone(),
                what,
            });
        }
        if plan.grouped {
            return file.groups(&plan, &mut self.groups);
        }
        // Without an order the first rows are the answer, and the others need not be read.
        let enough = self.asked.limit.filter(|_| plan.sort.is_empty());
        file.rows(&plan, enough, &mut self.listed)?;
        if let Some(limit) = self.asked.limit {
            plan.order(&mut self.listed);
            self.listed.truncate(limit);
        }
        Ok(())
    }

    /// Ends.
    ///
    /// # Errors
    /// When there was no file, or a figure has too many digits.
    pub fn finish(self) -> Result<Answer, QueryError> {
        let (_, plan) = self.plan.ok_or(QueryError::NoFile)?;
        let (mut rows, totals) = match plan.grouped {
            true => (self.groups.rows(&plan)?, self.groups.totals(&plan)?),
            false => (self.listed, Vec::new()),
        };
        plan.order(&mut rows);
        let found = rows.len();
        rows.truncate(self.asked.limit.unwrap_or(usize::MAX));
        Ok(Answer::new(&plan, rows, totals, found))
    }
}
