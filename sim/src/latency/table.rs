//! A table of measured delays, as text.

use std::sync::Arc;

use onetape_core::time::Span;

use crate::config::Delay;

/// The most delays that a table has.
const ROWS_MAX: usize = 1_000_000;

/// Why a text is no table of delays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it, and the fix.
    pub what: String,
}

impl core::fmt::Display for TableError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl core::error::Error for TableError {}

impl Delay {
    /// A table of equally likely delays: one duration with its unit (`250us`, `1.5ms`) a line, or CSV whose header
    /// names a column `delay` of such durations. Empty lines and lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// [`TableError`] with the line that is no duration, or where the table is empty or too long.
    pub fn table_from_text(text: &str) -> Result<Self, TableError> {
        let mut column = None;
        let mut delays = Vec::new();
        let mut last = 1;
        for (at, line) in text.lines().enumerate() {
            let line_number = at + 1;
            last = line_number;
            let error = |what: String| TableError {
                line: line_number,
                what,
            };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some(place) = column else {
                column = Some(first_line(line, &mut delays).map_err(error)?);
                continue;
            };
            let field = line
                .split(',')
                .nth(place)
                .ok_or_else(|| error(format!("{line:?} has no column {}; add it", place + 1)))?;
            delays.push(duration(field).map_err(error)?);
            if delays.len() > ROWS_MAX {
                return Err(error(format!(
                    "there are more than {ROWS_MAX} delays; keep evenly spaced quantiles of them"
                )));
            }
        }
        if delays.is_empty() {
            return Err(TableError {
                line: last,
                what: "there is no delay in the table; write one duration a line, such as 250us"
                    .to_string(),
            });
        }
        Ok(Self::Table(Arc::from(delays)))
    }
}

/// The column that the delays stand in. The first line is a header, or a delay itself.
fn first_line(line: &str, delays: &mut Vec<Span>) -> Result<usize, String> {
    let mut names = line.split(',').map(str::trim);
    if let Some(place) = names.position(|name| name == "delay") {
        return Ok(place);
    }
    if line.contains(',') {
        return Err(format!(
            "no column of the header {line:?} is named \"delay\"; name the column of durations so"
        ));
    }
    delays.push(duration(line)?);
    Ok(0)
}

fn duration(field: &str) -> Result<Span, String> {
    let field = field.trim();
    Span::parse(field).ok_or_else(|| {
        format!("{field:?} is no duration; write a number with its unit, such as 250us or 1.5ms")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(values: &[i64]) -> Delay {
        let span = |micros: &i64| Span::from_nanos(micros * 1_000);
        Delay::Table(values.iter().map(span).collect())
    }

    #[test]
    fn lines_and_columns_are_read() {
        assert_eq!(
            Delay::table_from_text("# measured\n250us\n\n1.5ms\n"),
            Ok(micros(&[250, 1_500]))
        );
        assert_eq!(
            Delay::table_from_text("quantile,delay\r\n0.25,7us\r\n0.75, 9us\r\n"),
            Ok(micros(&[7, 9]))
        );
        assert_eq!(Delay::table_from_text("delay\n7us"), Ok(micros(&[7])));
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, line, what) in [
            ("", 1, "no delay"),
            ("# nothing\n\n", 2, "no delay"),
            ("delay\n", 1, "no delay"),
            ("5ms\n7\n", 2, "\"7\" is no duration"),
            ("5ms\n-7ms\n", 2, "\"-7ms\" is no duration"),
            ("soon\n", 1, "\"soon\" is no duration"),
            ("quantile,latency\n0.5,5ms\n", 1, "named \"delay\""),
            ("quantile,delay\n0.5\n", 2, "no column 2"),
            ("quantile,delay\n0.5,\n", 2, "\"\" is no duration"),
        ] {
            let found = Delay::table_from_text(text).unwrap_err();
            assert_eq!(found.line, line, "{text:?}: {found}");
            assert!(found.to_string().contains(what), "{text:?}: {found}");
        }
        let long = "1ms\n".repeat(ROWS_MAX + 1);
        assert_eq!(
            Delay::table_from_text(&long).unwrap_err().line,
            ROWS_MAX + 1
        );
    }
}
