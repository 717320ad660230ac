//! `table`: any CSV or Parquet through a mapping file, which says what the columns are: whose rows they are, the
//! unit and zone of times, what rates and sides mean, and how rows are ordered. Decimals are taken exactly; binary
//! floats are rounded to the decimals of the instrument when they are off by no more than a float can be.

mod bind;
mod cells;
mod convert;
mod depth;
mod map;
mod parquet;
mod read;
mod rows;
mod time;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::bind::Bound;
use self::convert::{Converter, whose};
use self::map::{Map, MapTable};
use self::rows::TableRows;
use super::convert::Accept;
use super::infer::Decimals;
use super::report::{ImportReport, SourceReport};
use super::sources::{Importer, PROGRESS_LINES, Source, import_sources};
use crate::catalog::{Catalog, Series, Transaction};
use crate::error::{Error, Result};

/// How tables are imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// What is let pass.
    pub accept: Accept,
    /// Lets new rows take the place of older files that cover the same time.
    pub replace: bool,
}

/// Imports tables as one transaction: all of them, or none. `map` is the mapping file.
///
/// # Errors
/// When the mapping file cannot be used, a file is of none of its tables or lacks a column, a row cannot be taken,
/// or the catalogue cannot be written. The catalogue is then as it was.
pub fn table(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    map: &Path,
    options: &TableOptions,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport> {
    let mut tables = Tables {
        map: Map::read(map)?,
        map_path: map,
        accept: options.accept,
        seen: BTreeMap::new(),
    };
    import_sources(catalog, paths, options.replace, &mut tables, progress)
}

struct Tables<'a> {
    map: Map,
    map_path: &'a Path,
    accept: Accept,
    /// Decimals that the data have, of instruments that nothing else tells them of.
    seen: BTreeMap<String, Decimals>,
}

impl Importer for Tables<'_> {
    fn look(&mut self, source: &Source<'_>, known: &Transaction<'_>) -> Result<()> {
        let (mut rows, tables) = self.open(source)?;
        if tables.iter().all(|(map, _)| self.is_told(map, known)) {
            return Ok(());
        }
        let bound: Vec<_> = tables
            .iter()
            .map(|(_, bound)| (bound, bound.scaled()))
            .collect();
        let mut found: BTreeMap<String, Decimals> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            for (table, (prices, quantities)) in &bound {
                if !table.has(&row) {
                    continue;
                }
                let Some(name) = whose(table, &row)? else {
                    continue;
                };
                if self.is_defined(&name, known) {
                    continue;
                }
                let seen = found.entry(name).or_default();
                let bad = |why: super::numbers::BadNumber| row.error(why.what, why.fix);
                for column in prices {
                    seen.price = seen
                        .price
                        .max(row.cell(*column).decimals("price").map_err(bad)?);
                }
                for column in quantities {
                    seen.qty = seen
                        .qty
                        .max(row.cell(*column).decimals("quantity").map_err(bad)?);
                }
            }
        }
        for (name, decimals) in found {
            let known = self.seen.entry(name).or_default();
            *known = known.max(decimals);
        }
        Ok(())
    }

    fn read(
        &mut self,
        source: &Source<'_>,
        to: &mut Transaction<'_>,
        report: &mut SourceReport,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let (mut rows, tables) = self.open(source)?;
        let mut converter = Converter {
            source,
            map: &self.map,
            tables: tables.into_iter().map(|(_, bound)| bound).collect(),
            accept: self.accept,
            seen: &self.seen,
            states: Vec::new(),
            unsorted: Vec::new(),
            ignored: 0,
            stored: 0,
        };
        loop {
            if rows.number().is_multiple_of(PROGRESS_LINES) {
                progress(rows.bytes());
            }
            match rows.next()? {
                Some(row) => converter.take(&row, to)?,
                None => break,
            }
        }
        converter.end(to)?;
        report.lines = rows.number();
        report.ignored = converter.ignored;
        if converter.stored == 0 {
            return Err(source.error(
                "the mapping file takes no row of it",
                "check `where` and `skip_others` of the mapping file",
            ));
        }
        report.series = (converter.states.into_iter())
            .map(|state| state.report)
            .collect();
        rows.finish()
    }
}

impl Tables<'_> {
    /// Opens a file, with the tables that it is of.
    fn open<'s>(
        &'s self,
        source: &'s Source<'s>,
    ) -> Result<(TableRows<'s>, Vec<(&'s MapTable, Bound<'s>)>)> {
        let name = source
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let maps: Vec<&MapTable> = (self.map.table.iter())
            .filter(|table| matches(&table.files, &name))
            .collect();
        let form = |table: &MapTable| (table.skip_lines, table.delimiter);
        let Some(first) = maps.first() else {
            let all: Vec<&str> = self
                .map
                .table
                .iter()
                .map(|table| table.files.as_str())
                .collect();
            return Err(source.error(
                format!(
                    "no table of {} is of such a name, only {}",
                    self.map_path.display(),
                    all.join(", ")
                ),
                "rename the file, or change `files` in the mapping file",
            ));
        };
        if maps.iter().any(|table| form(table) != form(first)) {
            return Err(self.bad("tables of one file differ in skip_lines or delimiter"));
        }
        let rows = TableRows::open(source, first.skip_lines, first.delimiter)?;
        let mut tables = Vec::new();
        for table in maps {
            let bound = Bound::new(table, rows.names()).map_err(|what| {
                let fix = format!("mend {}", self.map_path.display());
                source.error(what, &fix)
            })?;
            tables.push((table, bound));
        }
        Ok((rows, tables))
    }

    fn bad(&self, what: &str) -> Error {
        Error::Source {
            file: self.map_path.to_path_buf(),
            what: what.to_string(),
            fix: "mend the mapping file".to_string(),
        }
    }

    /// True when the decimals of all instruments that a table can have are told.
    fn is_told(&self, table: &MapTable, known: &Transaction<'_>) -> bool {
        match &table.instrument {
            map::MapSeries::One(name) => self.is_defined(name, known),
            map::MapSeries::Told(told) => (told.names.as_ref())
                .is_some_and(|names| names.values().all(|name| self.is_defined(name, known))),
        }
    }

    /// True when the decimals of an instrument are told: by the catalogue, or by the mapping file.
    fn is_defined(&self, name: &str, known: &Transaction<'_>) -> bool {
        let told = (self.map.instrument.iter())
            .find(|told| told.name == name)
            .is_some_and(|told| told.price_decimals.is_some() && told.qty_decimals.is_some());
        let series = name.split_once(':').map(|(venue, symbol)| Series {
            venue: venue.to_string(),
            symbol: symbol.to_string(),
        });
        told || series.is_some_and(|series| known.definition(&series).is_some())
    }
}

/// True when a name is of a pattern, in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len())
                .filter(|at| name.is_char_boundary(*at))
                .any(|at| matches(rest, &name[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, name, expected) in [
            ("*", "a.csv", true),
            ("a*.csv*", "a_b.csv.gz", true),
            ("a*.csv*", "a.csv", true),
            ("a*.csv", "a.csv.gz", false),
            ("a.csv", "a.csv", true),
            ("b*", "a.csv", false),
            ("*é*", "aéb", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
