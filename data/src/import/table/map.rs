//! The mapping file: what the columns of tables are, in TOML.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use onetape_core::time::Span;
use serde::Deserialize;

use crate::catalog::{InstrumentRecord, Kind};
use crate::error::{Error, Result};
use crate::import::infer::{Decimals, define_as};

/// A mapping file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    /// What the catalogue may not know yet.
    #[serde(default)]
    pub(super) instrument: Vec<MapInstrument>,
    /// What is in the files.
    pub(super) table: Vec<MapTable>,
}

/// An instrument, as far as its data need one. Its rules are inferred: the steps are one unit of the last decimal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MapInstrument {
    /// Full name, `venue:SYMBOL`.
    pub(super) name: String,
    /// `spot`, `linear` or `inverse`.
    kind: String,
    base: Option<String>,
    quote: Option<String>,
    /// Quote units of one inverse contract.
    contract_value: Option<String>,
    /// Told by the data when absent.
    pub(super) price_decimals: Option<u8>,
    pub(super) qty_decimals: Option<u8>,
}

/// One kind of rows in some of the files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MapTable {
    /// Which files, by name; `*` stands for any text.
    #[serde(default = "every_file")]
    pub(super) files: String,
    pub(super) kind: Kind,
    /// Lines above the names of the columns.
    #[serde(default)]
    pub(super) skip_lines: u64,
    #[serde(default = "comma")]
    pub(super) delimiter: char,
    #[serde(default)]
    pub(super) order: Order,
    /// Only rows with these texts.
    #[serde(default, rename = "where")]
    pub(super) only: BTreeMap<String, Words>,
    pub(super) instrument: MapSeries,
    /// The column of a row's place in its source; the number of its line when absent.
    pub(super) place: Option<String>,
    /// When a row was received; for bars when it closed.
    pub(super) time: MapTime,
    /// The venue's own time.
    pub(super) venue_time: Option<MapTime>,
    /// Of funding: when it is settled; at the row's time when absent.
    pub(super) settles_at: Option<MapTime>,
    /// Of bars: how long one is.
    pub(super) span: Option<String>,
    #[serde(default)]
    pub(super) numbers: Numbers,
    pub(super) columns: BTreeMap<String, MapColumn>,
}

/// How rows are ordered in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Order {
    /// Oldest first: read as a stream.
    #[default]
    Ascending,
    /// Newest first: sorted in memory.
    Descending,
    /// Sorted in memory.
    Any,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Numbers {
    /// As decimals, taken exactly.
    #[default]
    Text,
    /// Some as binary floats were printed (`56801.329000000005`): rounded to the instrument's decimals when they
    /// are off by no more than a float can be.
    Float,
}

/// One word or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    One(String),
    Some(Vec<String>),
}

impl Words {
    pub(super) fn has(&self, text: &str) -> bool {
        match self {
            Self::One(word) => word == text,
            Self::Some(words) => words.iter().any(|word| word == text),
        }
    }
}

/// Whose rows they are.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum MapSeries {
    /// Of one instrument.
    One(String),
    /// Told by columns.
    Told(MapNames),
}

/// Instruments by the texts of columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MapNames {
    pub(super) columns: Vec<String>,
    /// Instruments by the columns' texts with blanks between them; when absent, the texts with a colon between them
    /// are the instrument.
    pub(super) names: Option<BTreeMap<String, String>>,
    /// Passes over rows of other instruments.
    #[serde(default)]
    pub(super) skip_others: bool,
    /// For instruments that nothing defines: `spot` or `linear`.
    pub(super) kind: Option<String>,
}

/// A column of a time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MapTime {
    pub(super) column: String,
    /// What its number counts since 1970: `s`, `ms`, `us` or `ns`.
    pub(super) unit: Option<String>,
    /// How its text is written, as in `strftime`: `%Y-%m-%d %H:%M:%S`.
    pub(super) format: Option<String>,
    /// The time zone of such texts, such as `Europe/London`; UTC when absent.
    pub(super) zone: Option<String>,
    /// Which of two moments a text means that occurs twice, when clocks are put back.
    pub(super) ambiguous: Option<Ambiguous>,
    /// Of bars: what the time is of.
    pub(super) marks: Option<Marks>,
}

/// Which of two moments is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ambiguous {
    /// The first.
    Earlier,
    /// The second.
    Later,
}

/// What the time of a bar is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Marks {
    /// Its begin.
    Open,
    /// Its end.
    Close,
}

/// A column of anything else.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum MapColumn {
    /// Its name.
    Name(String),
    /// Its name, and what its texts mean.
    Told(MapMeaning),
}

/// What the texts of a column mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MapMeaning {
    pub(super) column: String,
    /// Of a side: what means that a buyer took, or a bid.
    pub(super) buy: Option<Words>,
    /// Of a side: what means that a seller took, or an ask.
    pub(super) sell: Option<Words>,
    /// Of the types of entries in a trade stream: what means a trade.
    pub(super) trades: Option<Words>,
    /// Of a rate: in percent, with or without the sign.
    #[serde(default)]
    pub(super) percent: bool,
}

impl MapColumn {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Told(meaning) => &meaning.column,
        }
    }

    pub(super) const fn meaning(&self) -> Option<&MapMeaning> {
        match self {
            Self::Name(_) => None,
            Self::Told(meaning) => Some(meaning),
        }
    }
}

fn every_file() -> String {
    "*".to_string()
}

const fn comma() -> char {
    ','
}

impl Map {
    /// Reads a mapping file and checks what does not depend on the tables.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
        let map: Self = toml::from_str(&text).map_err(|why| {
            let at = why.span().map_or(0, |span| span.start);
            let before = &text.as_bytes()[..at.min(text.len())];
            Error::Line {
                file: path.to_path_buf(),
                line: 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64,
                what: why.message().replace('\n', " "),
                fix: "mend the mapping file".to_string(),
            }
        })?;
        let bad = |what: String| Error::Source {
            file: path.to_path_buf(),
            what,
            fix: "mend the mapping file".to_string(),
        };
        for (at, instrument) in map.instrument.iter().enumerate() {
            let again = map.instrument[..at]
                .iter()
                .any(|one| one.name == instrument.name);
            if again {
                return Err(bad(format!("{} is defined twice", instrument.name)));
            }
            (instrument.record(Decimals::default())).map_err(bad)?;
        }
        for (at, table) in map.table.iter().enumerate() {
            (table.check())
                .map_err(|what| bad(format!("table {} ({}): {what}", at + 1, table.files)))?;
        }
        Ok(map)
    }
}

impl MapTable {
    fn check(&self) -> Result<(), String> {
        let (needed, allowed) = columns_of(self.kind);
        if let Some(name) = needed
            .iter()
            .find(|name| !self.columns.contains_key(**name))
        {
            return Err(format!("columns has no {name}"));
        }
        let known = |name: &str| needed.contains(&name) || allowed.contains(&name);
        if let Some(name) = self.columns.keys().find(|name| !known(name)) {
            let all = [needed, allowed].concat().join(", ");
            return Err(format!(
                "columns of a {} has no {name}, only {all}",
                self.kind.name()
            ));
        }
        let is_bar = self.kind == Kind::Bar;
        if is_bar != self.time.marks.is_some() || (self.span.is_some() && !is_bar) {
            return Err("bars, and only bars, have a span and a time.marks".to_string());
        }
        let by_column = self.columns.contains_key("span_ns");
        if is_bar && by_column == self.span.is_some() {
            return Err("bars have a span, or a column of it (span_ns)".to_string());
        }
        if by_column && self.time.marks == Some(Marks::Open) {
            return Err("with a column of spans, time.marks must be \"close\"".to_string());
        }
        if let Some(span) = &self.span {
            Span::parse(span)
                .filter(|span| *span > Span::ZERO)
                .ok_or_else(|| format!("span {span:?} is no length of time such as \"8h\""))?;
        }
        if self.settles_at.is_some() && self.kind != Kind::Funding {
            return Err("only funding has a settles_at".to_string());
        }
        if !self.delimiter.is_ascii() {
            return Err("the delimiter must be an ASCII character".to_string());
        }
        Ok(())
    }
}

impl MapInstrument {
    /// The definition, with decimals of the data where it tells none.
    pub(super) fn record(&self, seen: Decimals) -> Result<InstrumentRecord, String> {
        let name = &self.name;
        let (venue, symbol) = (name.split_once(':')).ok_or_else(|| {
            format!(
                "instrument {name:?} must be venue and symbol, such as \"binance-spot:BTCUSDT\""
            )
        })?;
        let decimals = Decimals {
            price: self.price_decimals.unwrap_or(seen.price),
            qty: self.qty_decimals.unwrap_or(seen.qty),
        };
        let mut record = define_as(venue, &self.kind, symbol, decimals);
        if let Some(base) = &self.base {
            record.base.clone_from(base);
        }
        if let Some(quote) = &self.quote {
            record.quote.clone_from(quote);
        }
        match &self.contract_value {
            Some(value) => record.contract_value.clone_from(value),
            None if self.kind == "inverse" => {
                return Err(format!("{name} is inverse and needs a contract_value"));
            }
            None => {}
        }
        record.check().map_err(|why| why.to_string())?;
        Ok(record)
    }
}

/// The columns that rows of a kind need, and those that they may have besides.
const fn columns_of(kind: Kind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        Kind::Quote => (&["bid_px", "bid_qty", "ask_px", "ask_qty"], &["update_id"]),
        Kind::Trade => (&["px", "qty", "side"], &["trade_id", "type"]),
        Kind::Depth => (
            &["side", "px", "qty"],
            &["seq_first", "seq_last", "seq_prev", "snapshot", "message"],
        ),
        Kind::Bar => (&["open", "high", "low", "close", "volume"], &["span_ns"]),
        Kind::Mark => (&["mark"], &["index"]),
        Kind::Funding => (&["rate"], &[]),
        Kind::Interest => (&["qty"], &[]),
        Kind::Status => (&["trading"], &[]),
        Kind::Feed => (&["news"], &[]),
    }
}
