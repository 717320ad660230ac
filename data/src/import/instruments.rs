//! Instruments as people state them, in TOML.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::catalog::{Catalog, InstrumentRecord, TierRecord, Transaction, hash_bytes};
use crate::error::{Error, Result};

/// What a file of instruments brought in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstrumentsReport {
    /// The file as it was named.
    pub path: String,
    /// Full names of the instruments that it defines.
    pub instruments: Vec<String>,
    /// False when the catalogue knew all of it.
    pub changed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentsFile {
    #[serde(default)]
    instrument: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    kind: String,
    base: String,
    quote: String,
    price_decimals: u8,
    qty_decimals: u8,
    tick: String,
    lot: String,
    min_qty: String,
    max_qty: Option<String>,
    min_notional: String,
    contract_value: Option<String>,
    #[serde(default)]
    tiers: Vec<TierRecord>,
}

/// Defines the instruments of TOML files of `[[instrument]]` tables: all of them, or none. No instrument may be
/// stated twice.
///
/// # Errors
/// When a file cannot be read, a key is missing or not known, a rule makes no sense, or the decimals are not
/// those of rows that are stored. The catalogue is then as it was.
pub fn instruments(catalog: &mut Catalog, paths: &[PathBuf]) -> Result<Vec<InstrumentsReport>> {
    let mut files = Vec::new();
    for path in paths {
        files.push(StatedFile::read(path)?);
    }
    let Some(first) = files.first() else {
        return Ok(Vec::new());
    };
    let hash = hash_bytes(first.text.as_bytes());
    let mut transaction = catalog.begin(&hash, &first.path.to_string_lossy())?;
    let mut names = BTreeSet::new();
    let mut reports = Vec::new();
    for file in &files {
        reports.push(file.define(&mut transaction, &mut names)?);
    }
    transaction.commit()?;
    Ok(reports)
}

/// A file as it is.
struct StatedFile<'a> {
    path: &'a Path,
    text: String,
}

impl<'a> StatedFile<'a> {
    fn read(path: &'a Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
        Ok(Self { path, text })
    }

    fn define(
        &self,
        transaction: &mut Transaction<'_>,
        names: &mut BTreeSet<String>,
    ) -> Result<InstrumentsReport> {
        let mut report = InstrumentsReport {
            path: self.path.to_string_lossy().into_owned(),
            ..InstrumentsReport::default()
        };
        for entry in self.entries()? {
            let at = entry.span().start;
            let record = (entry.into_inner().record()).map_err(|what| self.error(at, what))?;
            let name = record.name();
            if !names.insert(name.clone()) {
                return Err(self.error(at, format!("{name} is defined twice")));
            }
            report.instruments.push(name);
            let series = record.series();
            let before = transaction.definition(&series).cloned();
            (transaction.define(record)).map_err(|why| self.error(at, why.to_string()))?;
            report.changed |= transaction.definition(&series) != before.as_ref();
        }
        Ok(report)
    }

    fn entries(&self) -> Result<Vec<Spanned<Entry>>> {
        let file: InstrumentsFile = toml::from_str(&self.text).map_err(|why| {
            let at = why.span().map_or(0, |span| span.start);
            self.error(at, why.message().to_string())
        })?;
        if file.instrument.is_empty() {
            return Err(self.error(0, "there is no [[instrument]] in the file".to_string()));
        }
        Ok(file.instrument)
    }

    fn error(&self, at: usize, what: String) -> Error {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        Error::Line {
            file: self.path.to_path_buf(),
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64,
            what,
            fix: "mend the file".to_string(),
        }
    }
}

impl Entry {
    fn record(self) -> Result<InstrumentRecord, String> {
        let (venue, symbol) = self.name.split_once(':').ok_or_else(|| {
            format!(
                "name {:?} must be venue and symbol, such as \"binance-spot:BTCUSDT\"",
                self.name
            )
        })?;
        Ok(InstrumentRecord {
            venue: venue.to_string(),
            symbol: symbol.to_string(),
            contract_value: match (self.contract_value, self.kind.as_str()) {
                (Some(value), _) => value,
                (None, "inverse") => {
                    return Err(format!(
                        "{} is inverse and needs a contract_value",
                        self.name
                    ));
                }
                (None, _) => "1".to_string(),
            },
            kind: self.kind,
            base: self.base,
            quote: self.quote,
            price_decimals: self.price_decimals,
            qty_decimals: self.qty_decimals,
            tick: self.tick,
            lot: self.lot,
            min_qty: self.min_qty,
            max_qty: self.max_qty,
            min_notional: self.min_notional,
            inferred: false,
            tiers: self.tiers,
        })
    }
}
