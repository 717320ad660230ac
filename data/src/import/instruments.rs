//! Instruments as people state them, in TOML.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::catalog::{Catalog, InstrumentRecord, hash_bytes};
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
}

/// Defines the instruments of a TOML file of `[[instrument]]` tables: all of them, or none.
///
/// # Errors
/// When the file cannot be read, a key is missing or not known, a rule makes no sense, or the decimals are not
/// those of rows that are stored.
pub fn instruments(catalog: &mut Catalog, path: &Path) -> Result<InstrumentsReport> {
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    let line_error = |at: usize, what: String| Error::Line {
        file: path.to_path_buf(),
        line: 1 + text.as_bytes()[..at.min(text.len())]
            .iter()
            .filter(|b| **b == b'\n')
            .count() as u64,
        what,
        fix: "mend the file".to_string(),
    };
    let file: InstrumentsFile = toml::from_str(&text).map_err(|why| {
        line_error(
            why.span().map_or(0, |span| span.start),
            why.message().to_string(),
        )
    })?;
    if file.instrument.is_empty() {
        return Err(line_error(
            0,
            "there is no [[instrument]] in the file".to_string(),
        ));
    }
    let before = catalog.instruments().to_vec();
    let mut names = Vec::new();
    let mut transaction = catalog.begin(&hash_bytes(text.as_bytes()), &path.to_string_lossy())?;
    for entry in file.instrument {
        let at = entry.span().start;
        let record = entry
            .into_inner()
            .record()
            .map_err(|what| line_error(at, what))?;
        if names.contains(&record.name()) {
            return Err(line_error(
                at,
                format!("{} is defined twice", record.name()),
            ));
        }
        names.push(record.name());
        transaction
            .define(record)
            .map_err(|why| line_error(at, why.to_string()))?;
    }
    transaction.commit()?;
    Ok(InstrumentsReport {
        path: path.to_string_lossy().into_owned(),
        instruments: names,
        changed: catalog.instruments() != before,
    })
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
        })
    }
}
