//! A table of the mapping file, bound to the columns that a file has.

use onetape_core::event::{FeedNews, Status};
use onetape_core::instrument::Side;
use onetape_core::strategy::params::nearest;
use onetape_core::time::Span;

use super::cells::Cell;
use super::map::{MapColumn, MapSeries, MapTable, MapTime, Numbers, Order, Words};
use super::rows::TableRow;
use super::time::TimeReader;
use crate::catalog::{FEED_NEWS, Kind};
use crate::import::numbers::{BadNumber, flag};

/// A table with the places of its columns.
pub(super) struct Bound<'m> {
    pub(super) order: Order,
    pub(super) numbers: Numbers,
    only: Vec<(usize, &'m Words)>,
    series: BoundSeries<'m>,
    pub(super) time: BoundTime,
    pub(super) venue_time: Option<BoundTime>,
    pub(super) settles_at: Option<BoundTime>,
    pub(super) span: Span,
    pub(super) place: Option<usize>,
    pub(super) fields: Fields<'m>,
}

enum BoundSeries<'m> {
    One(&'m str),
    Told(Vec<usize>, &'m super::map::MapNames),
}

/// A column of times.
pub(super) struct BoundTime {
    column: usize,
    reader: TimeReader,
}

/// The places of a kind's columns.
pub(super) enum Fields<'m> {
    Quote {
        bid: [usize; 2],
        ask: [usize; 2],
        update_id: Option<usize>,
    },
    Trade {
        px: usize,
        qty: usize,
        side: BoundSide<'m>,
        trade_id: Option<usize>,
        kind: Option<(usize, Option<&'m Words>)>,
    },
    Depth {
        side: BoundSide<'m>,
        px: usize,
        qty: usize,
        ids: [Option<usize>; 3],
        snapshot: Option<usize>,
        message: Option<usize>,
    },
    Bar([usize; 5], Option<usize>),
    Mark {
        mark: usize,
        index: Option<usize>,
    },
    Funding {
        rate: usize,
        percent: bool,
    },
    Interest(usize),
    Status(usize),
    Feed(usize),
}

/// A column of sides.
pub(super) struct BoundSide<'m> {
    column: usize,
    buy: Option<&'m Words>,
    sell: Option<&'m Words>,
}

/// Whose a row is.
pub(super) enum Whose {
    /// Of this instrument.
    Instrument(String),
    /// Of one that the mapping file does not name: the texts of its columns.
    Other(String),
    /// Of one that is passed over.
    Skipped,
}

impl<'m> Bound<'m> {
    /// Binds a table to the columns of a file; the text says which one is missing.
    pub(super) fn new(table: &'m MapTable, names: &[String]) -> Result<Self, String> {
        let place = |name: &str| place(names, name);
        let span = table.span.as_deref().and_then(Span::parse);
        let span = span.unwrap_or(Span::ZERO);
        let time = |map: &MapTime| bound_time(map, span, names);
        let mut only = Vec::new();
        for (name, words) in &table.only {
            only.push((place(name)?, words));
        }
        Ok(Self {
            order: table.order,
            numbers: table.numbers,
            only,
            series: match &table.instrument {
                MapSeries::One(name) => BoundSeries::One(name),
                MapSeries::Told(told) => {
                    let columns = told.columns.iter().map(|name| place(name));
                    BoundSeries::Told(columns.collect::<Result<_, _>>()?, told)
                }
            },
            time: time(&table.time)?,
            venue_time: table.venue_time.as_ref().map(time).transpose()?,
            settles_at: table.settles_at.as_ref().map(time).transpose()?,
            span,
            place: table.place.as_deref().map(place).transpose()?,
            fields: fields(table, names)?,
        })
    }

    /// True when the row is one of the table's.
    pub(super) fn has(&self, row: &TableRow<'_>) -> bool {
        (self.only.iter()).all(|(column, words)| words.has(&row.cell(*column).text()))
    }

    /// Whose the row is.
    pub(super) fn whose(&self, row: &TableRow<'_>) -> Whose {
        let (columns, told) = match &self.series {
            BoundSeries::One(name) => return Whose::Instrument((*name).to_string()),
            BoundSeries::Told(columns, told) => (columns, told),
        };
        let between = if told.names.is_some() { " " } else { ":" };
        let mut key = String::new();
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                key.push_str(between);
            }
            key.push_str(&row.cell(*column).text());
        }
        match &told.names {
            None => Whose::Instrument(key),
            Some(names) => match names.get(&key) {
                Some(name) => Whose::Instrument(name.clone()),
                None if told.skip_others => Whose::Skipped,
                None => Whose::Other(key),
            },
        }
    }

    /// For instruments that nothing defines: what they are.
    pub(super) fn default_kind(&self) -> Option<&'m str> {
        match &self.series {
            BoundSeries::One(_) => None,
            BoundSeries::Told(_, told) => told.kind.as_deref(),
        }
    }

    /// The places of the numbers that are at the decimals of the instrument: prices, then quantities.
    pub(super) fn scaled(&self) -> (Vec<usize>, Vec<usize>) {
        match &self.fields {
            Fields::Quote { bid, ask, .. } => (vec![bid[0], ask[0]], vec![bid[1], ask[1]]),
            Fields::Trade { px, qty, .. } | Fields::Depth { px, qty, .. } => {
                (vec![*px], vec![*qty])
            }
            Fields::Bar([open, high, low, close, volume], _) => {
                (vec![*open, *high, *low, *close], vec![*volume])
            }
            Fields::Interest(qty) => (Vec::new(), vec![*qty]),
            Fields::Mark { .. } | Fields::Funding { .. } | Fields::Status(_) | Fields::Feed(_) => {
                Default::default()
            }
        }
    }
}

impl BoundTime {
    pub(super) fn read(
        &self,
        what: &str,
        row: &TableRow<'_>,
    ) -> Result<onetape_core::time::Ts, BadNumber> {
        self.reader.read(what, &row.cell(self.column))
    }

    /// The same, where the cell may be empty.
    pub(super) fn read_if_told(
        &self,
        what: &str,
        row: &TableRow<'_>,
    ) -> Result<Option<onetape_core::time::Ts>, BadNumber> {
        match row.cell(self.column) {
            Cell::Empty => Ok(None),
            cell => self.reader.read(what, &cell).map(Some),
        }
    }
}

impl BoundSide<'_> {
    /// The side in a row; none where the cell is empty.
    pub(super) fn read(&self, row: &TableRow<'_>) -> Result<Option<Side>, BadNumber> {
        let cell = row.cell(self.column);
        if cell.is_empty() {
            return Ok(None);
        }
        let text = cell.text();
        let means = |words: Option<&Words>, plain: &str| match words {
            Some(words) => words.has(&text),
            None => text == plain,
        };
        match (means(self.buy, "buy"), means(self.sell, "sell")) {
            (true, false) => Ok(Some(Side::Buy)),
            (false, true) => Ok(Some(Side::Sell)),
            _ => Err(BadNumber {
                what: format!("the side {text:?} is neither buy nor sell"),
                fix: "tell in the mapping file which texts mean which: side = { column = …, buy = …, sell = … }",
            }),
        }
    }
}

/// Whether an instrument trades.
pub(super) fn status(text: &str) -> Result<Status, BadNumber> {
    match text {
        "trading" => Ok(Status::Trading),
        "halted" => Ok(Status::Halted),
        other => flag("trading flag", other).map(|trades| match trades {
            true => Status::Trading,
            false => Status::Halted,
        }),
    }
}

/// News of a feed.
pub(super) fn feed_state(text: &str) -> Result<FeedNews, BadNumber> {
    let known = FEED_NEWS.iter().find(|(_, word)| *word == text);
    known.map(|(state, _)| *state).ok_or_else(|| BadNumber {
        what: format!("the news {text:?} is none of a feed"),
        fix: "write connected, disconnected, gap or conflated",
    })
}

/// Where a column is; the text says what there is instead.
fn place(names: &[String], name: &str) -> Result<usize, String> {
    names.iter().position(|known| known == name).ok_or_else(|| {
        let near = nearest(name, names.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!(" (did you mean {near:?}?)"));
        format!(
            "it has no column {name:?}{near}; its columns are {}",
            names.join(", ")
        )
    })
}

fn bound_time(map: &MapTime, span: Span, names: &[String]) -> Result<BoundTime, String> {
    let reader =
        TimeReader::new(map, span).map_err(|why| format!("time {:?} {why}", map.column))?;
    Ok(BoundTime {
        column: place(names, &map.column)?,
        reader,
    })
}

fn fields<'m>(table: &'m MapTable, names: &[String]) -> Result<Fields<'m>, String> {
    let column = |name: &str| table.columns.get(name);
    let need = |name: &str| match column(name) {
        Some(column) => place(names, column.name()),
        None => Err(format!("the mapping file names no column for {name}")),
    };
    let may = |name: &str| column(name).map(|_| need(name)).transpose();
    let meaning = |name: &str| column(name).and_then(MapColumn::meaning);
    let side = || {
        let told = meaning("side");
        Ok::<_, String>(BoundSide {
            column: need("side")?,
            buy: told.and_then(|told| told.buy.as_ref()),
            sell: told.and_then(|told| told.sell.as_ref()),
        })
    };
    Ok(match table.kind {
        Kind::Quote => Fields::Quote {
            bid: [need("bid_px")?, need("bid_qty")?],
            ask: [need("ask_px")?, need("ask_qty")?],
            update_id: may("update_id")?,
        },
        Kind::Trade => Fields::Trade {
            px: need("px")?,
            qty: need("qty")?,
            side: side()?,
            trade_id: may("trade_id")?,
            kind: (may("type")?)
                .map(|at| (at, meaning("type").and_then(|told| told.trades.as_ref()))),
        },
        Kind::Depth => Fields::Depth {
            side: side()?,
            px: need("px")?,
            qty: need("qty")?,
            ids: [may("seq_first")?, may("seq_last")?, may("seq_prev")?],
            snapshot: may("snapshot")?,
            message: may("message")?,
        },
        Kind::Bar => Fields::Bar(
            [
                need("open")?,
                need("high")?,
                need("low")?,
                need("close")?,
                need("volume")?,
            ],
            may("span_ns")?,
        ),
        Kind::Mark => Fields::Mark {
            mark: need("mark")?,
            index: may("index")?,
        },
        Kind::Funding => Fields::Funding {
            rate: need("rate")?,
            percent: meaning("rate").is_some_and(|told| told.percent),
        },
        Kind::Interest => Fields::Interest(need("qty")?),
        Kind::Status => Fields::Status(need("trading")?),
        Kind::Feed => Fields::Feed(need("news")?),
    })
}
