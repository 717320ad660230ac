//! The columns of each kind, a batch at a time, and the rows and events that they make.

mod book;
mod news;
mod trade;

use onetape_core::event::{Body, Level};
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

pub(crate) use book::{DepthColumns, QuoteColumns, SnapshotColumns};
pub(crate) use news::{
    BarColumns, FeedColumns, FundingColumns, InterestColumns, MarkColumns, StatusColumns,
};
pub(crate) use trade::TradeColumns;

use super::file::Group;
use crate::catalog::{FINE_DECIMALS, Kind};
use crate::error::{Error, Result};

/// What is wanted of a row besides its event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Need {
    /// Ids and whatever else rows have and events have not.
    pub(crate) rows: bool,
    /// The venue's own time.
    pub(crate) venue_time: bool,
    /// The place in the source, which orders rows of one stamp across the kinds of a series.
    pub(crate) place: bool,
}

impl Need {
    /// All that is stored.
    pub(crate) const ROWS: Self = Self {
        rows: true,
        venue_time: true,
        place: true,
    };
}

/// The columns of one kind.
pub(crate) trait Columns: Default {
    /// Which kind.
    const KIND: Kind;

    /// Reads the next batch.
    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()>;

    /// Stamps and places, for the cursor.
    fn keys(&self) -> &Keys;

    /// Stamps, to be kept from going back.
    fn stamps_mut(&mut self) -> &mut [i64];
}

/// Columns that make events, one a row.
pub(crate) trait Events: Columns {
    /// What makes the content of a row's event; the batch has this many rows. Columns are cut to that length once, so
    /// that no row's place in them has to be checked.
    fn bodies(&self, rows: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_;
}

/// What every kind has. What is not read is filled in: `UNKNOWN` and 0.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) ts: Vec<i64>,
    pub(crate) place: Vec<i64>,
    pub(crate) ts_venue: Vec<i64>,
}

/// The venue's time where it is not told.
const UNKNOWN: i64 = Ts::UNKNOWN.nanos();

impl Keys {
    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        group.ints("ts_recv", rows, &mut self.ts)?;
        if need.place {
            group.ints("place", rows, &mut self.place)?;
            not_negative(group, "place", &self.place)?;
        } else if self.place.len() < rows {
            self.place.resize(rows, 0);
        }
        if need.venue_time {
            group.ints_or("ts_venue", rows, UNKNOWN, &mut self.ts_venue)?;
        } else if self.ts_venue.len() < rows {
            self.ts_venue.resize(rows, UNKNOWN);
        }
        Ok(())
    }

    fn at(&self, row: usize) -> (Ts, Option<Ts>, u64) {
        let venue = Ts::from_nanos(self.ts_venue[row]);
        let venue = venue.is_known().then_some(venue);
        (Ts::from_nanos(self.ts[row]), venue, self.place[row] as u64)
    }
}

fn not_negative(group: &Group, name: &str, values: &[i64]) -> Result<()> {
    if values.iter().fold(0, |all, &value| all | value) < 0 {
        return Err(Error::parquet(
            group.path(),
            format!("column {name} holds a negative number"),
        ));
    }
    Ok(())
}

fn known_sides(group: &Group, sides: &[i32], none_allowed: bool) -> Result<()> {
    let least = if none_allowed { 0 } else { 1 };
    let sound = |side: i32| (least..=1).contains(&side.unsigned_abs());
    // All of them before the first that is not: this way several are looked at in one step.
    if sides.iter().fold(true, |all, &side| all & sound(side)) {
        return Ok(());
    }
    let found = sides.iter().find(|&&side| !sound(side));
    Err(Error::parquet(
        group.path(),
        format!("column side holds {}", found.unwrap_or(&0)),
    ))
}

#[inline]
const fn side(side: i32) -> Side {
    if side == 1 { Side::Buy } else { Side::Sell }
}

#[inline]
const fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

fn fine(mantissa: i64) -> Money {
    Money::new(Decimal::new(mantissa, u32::from(FINE_DECIMALS)))
}

macro_rules! keyed {
    () => {
        fn keys(&self) -> &Keys {
            &self.keys
        }

        fn stamps_mut(&mut self) -> &mut [i64] {
            &mut self.keys.ts
        }
    };
}

use keyed;
