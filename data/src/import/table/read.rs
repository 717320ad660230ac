//! What a row of a table says, as a stored row at the instrument's decimals.

use onetape_core::event::Level;
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Span;

use super::bind::{Bound, Fields, feed_state, status};
use super::cells::Cell;
use super::depth::Head;
use super::map::Numbers;
use super::rows::TableRow;
use crate::catalog::{
    BarRow, DepthRow, FINE_DECIMALS, FeedRow, FundingRow, InterestRow, MarkRow, QuoteRow, Row,
    StatusRow, TradeRow,
};
use crate::import::infer::Decimals;
use crate::import::numbers::{BadNumber, flag, whole};

/// What a row came to.
pub(super) enum Said {
    /// A message.
    Row(Row),
    /// A level of a depth message.
    Level(Head, Option<(Side, Level)>),
    /// An entry of a trade stream, with the venue's word for its kind; the row where it is a trade.
    Entry(String, Option<TradeRow>),
}

/// Why a row is not stored.
pub(super) enum Fault {
    /// A price or quantity that cannot be.
    Bad(String),
    /// Nothing that could be let pass.
    Fatal(BadNumber),
}

impl From<BadNumber> for Fault {
    fn from(bad: BadNumber) -> Self {
        Self::Fatal(bad)
    }
}

/// A row, read by a table's columns at the decimals of an instrument.
pub(super) struct Reader<'r, 'm> {
    pub(super) bound: &'r Bound<'m>,
    pub(super) row: &'r TableRow<'r>,
    pub(super) scale: Decimals,
}

impl Reader<'_, '_> {
    /// What the row says.
    pub(super) fn read(&self) -> Result<Said, Fault> {
        let (bound, row) = (self.bound, self.row);
        let ts = bound.time.read("time", row)?;
        let ts_venue = match &bound.venue_time {
            Some(time) => time.read_if_told("venue's time", row)?,
            None => None,
        };
        let place = self.place()?;
        Ok(Said::Row(match &bound.fields {
            Fields::Quote {
                bid,
                ask,
                update_id,
            } => Row::Quote(QuoteRow {
                ts,
                ts_venue,
                place,
                update_id: self.id("update id", *update_id)?.unwrap_or(0),
                bid: self.level(*bid)?,
                ask: self.level(*ask)?,
            }),
            Fields::Trade { .. } => return self.entry(ts, ts_venue),
            Fields::Depth { .. } => return self.depth(ts, ts_venue),
            Fields::Bar([open, high, low, close, volume], span) => {
                let row = BarRow {
                    ts,
                    ts_venue,
                    place,
                    span: match self.id("span", *span)? {
                        Some(nanos) => Span::from_nanos(i64::try_from(nanos).unwrap_or(0)),
                        None => bound.span,
                    },
                    open: self.price(*open)?,
                    high: self.price(*high)?,
                    low: self.price(*low)?,
                    close: self.price(*close)?,
                    volume: self.qty(*volume)?,
                };
                possible(&row)?;
                Row::Bar(row)
            }
            Fields::Mark { mark, index } => Row::Mark(MarkRow {
                ts,
                ts_venue,
                place,
                mark: self.positive("mark", *mark)?,
                index: match index.filter(|at| !row.cell(*at).is_empty()) {
                    Some(index) => Some(self.positive("index", index)?),
                    None => None,
                },
            }),
            Fields::Funding { rate, percent } => Row::Funding(FundingRow {
                ts,
                ts_venue,
                place,
                rate: self.rate(*rate, *percent)?,
                settles_at: match &bound.settles_at {
                    Some(time) => time.read("time of settlement", row)?,
                    None => ts,
                },
            }),
            Fields::Interest(qty) => Row::Interest(InterestRow {
                ts,
                ts_venue,
                place,
                qty: self.qty(*qty)?,
            }),
            Fields::Status(trading) => Row::Status(StatusRow {
                ts,
                ts_venue,
                place,
                status: status(&row.cell(*trading).text())?,
            }),
            Fields::Feed(news) => Row::Feed(FeedRow {
                ts,
                ts_venue,
                place,
                state: feed_state(&row.cell(*news).text())?,
            }),
        }))
    }

    fn entry(
        &self,
        ts: onetape_core::time::Ts,
        ts_venue: Option<onetape_core::time::Ts>,
    ) -> Result<Said, Fault> {
        let Fields::Trade {
            px,
            qty,
            side,
            trade_id,
            kind,
        } = &self.bound.fields
        else {
            return Err(Fault::Bad("is no trade".to_string()));
        };
        let word = match kind {
            None => "None".to_string(),
            Some((column, trades)) => {
                let word = match self.row.cell(*column) {
                    Cell::Empty => "NA".to_string(),
                    cell => cell.text().into_owned(),
                };
                if trades.is_some_and(|trades| !trades.has(&word)) {
                    return Ok(Said::Entry(word, None));
                }
                word
            }
        };
        let aggressor = side.read(self.row)?.ok_or_else(|| BadNumber {
            what: "the side is missing".to_string(),
            fix: "mend or remove the row",
        })?;
        let place = self.place()?;
        let level = self.level([*px, *qty])?;
        Ok(Said::Entry(
            word,
            Some(TradeRow {
                ts,
                ts_venue,
                place,
                trade_id: self.id("trade id", *trade_id)?.unwrap_or(place),
                price: level.price,
                qty: level.qty,
                aggressor,
            }),
        ))
    }

    fn depth(
        &self,
        ts: onetape_core::time::Ts,
        ts_venue: Option<onetape_core::time::Ts>,
    ) -> Result<Said, Fault> {
        let Fields::Depth {
            side,
            px,
            qty,
            ids: [first, last, prev],
            snapshot,
            message,
        } = &self.bound.fields
        else {
            return Err(Fault::Bad("is no level".to_string()));
        };
        let last = self.id("last update id", *last)?.unwrap_or(0);
        let head = Head {
            key: message.map(|at| self.row.cell(at).text().into_owned()),
            row: DepthRow {
                ts,
                ts_venue,
                place: self.place()?,
                snapshot: match snapshot {
                    Some(at) => flag("snapshot flag", &self.row.cell(*at).text())?,
                    None => false,
                },
                first: self.id("first update id", *first)?.unwrap_or(last),
                last,
                prev: self.id("previous update id", *prev)?,
                bids: Vec::new(),
                asks: Vec::new(),
            },
        };
        // A message without levels is a row without a side.
        let level = match side.read(self.row)? {
            Some(side) => {
                let (price, qty) = (self.price(*px)?, self.qty(*qty)?);
                Some((side, Level { price, qty }))
            }
            None => None,
        };
        Ok(Said::Level(head, level))
    }

    fn place(&self) -> Result<u64, Fault> {
        let place = self.id("place", self.bound.place)?;
        Ok(place.unwrap_or(self.row.number()))
    }

    fn level(&self, [price, qty]: [usize; 2]) -> Result<Level, Fault> {
        let level = Level {
            price: self.price(price)?,
            qty: self.qty(qty)?,
        };
        if level.qty.is_zero() {
            return Err(Fault::Bad("the quantity 0 is not above zero".to_string()));
        }
        Ok(level)
    }

    fn price(&self, column: usize) -> Result<Price, Fault> {
        let cell = self.row.cell(column);
        let price = cell.mantissa("price", self.scale.price, self.bound.numbers)?;
        above_zero("price", &cell, price).map(Price::new)
    }

    fn qty(&self, column: usize) -> Result<Qty, Fault> {
        let cell = self.row.cell(column);
        let qty = cell.mantissa("quantity", self.scale.qty, self.bound.numbers)?;
        if qty < 0 {
            return Err(Fault::Bad(format!(
                "the quantity {} is negative",
                cell.text()
            )));
        }
        Ok(Qty::new(qty))
    }

    /// A price at the decimals of marks.
    fn positive(&self, what: &str, column: usize) -> Result<i64, Fault> {
        let cell = self.row.cell(column);
        let price = cell.mantissa(what, FINE_DECIMALS, self.bound.numbers)?;
        above_zero(what, &cell, price)
    }

    fn rate(&self, column: usize, percent: bool) -> Result<i64, Fault> {
        let cell = self.row.cell(column);
        let numbers: Numbers = self.bound.numbers;
        if !percent {
            return Ok(cell.mantissa("rate", FINE_DECIMALS, numbers)?);
        }
        let cell = match cell {
            Cell::Text(text) => {
                Cell::Text(text.trim_end_matches('%').trim_end().to_string().into())
            }
            other => other,
        };
        // A hundredth: two decimals less make the same mantissa.
        Ok(cell.mantissa("rate in percent", FINE_DECIMALS - 2, numbers)?)
    }

    fn id(&self, what: &str, column: Option<usize>) -> Result<Option<u64>, Fault> {
        match column.map(|at| self.row.cell(at)) {
            None | Some(Cell::Empty) => Ok(None),
            Some(cell) => Ok(Some(whole(what, &cell.text())?)),
        }
    }
}

fn above_zero(what: &str, cell: &Cell<'_>, mantissa: i64) -> Result<i64, Fault> {
    if mantissa > 0 {
        return Ok(mantissa);
    }
    Err(Fault::Bad(format!(
        "the {what} {} is not above zero",
        cell.text()
    )))
}

/// A bar's highest price is its highest, its lowest its lowest.
fn possible(bar: &BarRow) -> Result<(), Fault> {
    if bar.span == Span::ZERO {
        return Err(Fault::Bad("the bar has no length".to_string()));
    }
    let (most, least) = (bar.open.max(bar.close), bar.open.min(bar.close));
    if bar.high < most || bar.low > least || bar.high < bar.low {
        return Err(Fault::Bad(
            "the bar's open or close is outside its high and low".to_string(),
        ));
    }
    Ok(())
}
