//! The columns of each kind, a batch at a time, and the rows and events that they make.

use onetape_core::event::{
    Bar, Body, FundingRate, Level, Mark, OpenInterest, Quote, Status, StatusEvent, Trade,
};
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;

use super::file::Group;
use crate::catalog::{FINE_DECIMALS, Kind, QuoteRow, TradeRow};
use crate::error::{Error, Result};

/// The columns of one kind.
pub(crate) trait Columns: Default {
    /// Which kind.
    const KIND: Kind;

    /// Reads the next batch. Columns that only rows need, not events, are read when `whole`.
    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()>;

    /// Stamps and places, for the cursor.
    fn keys(&self) -> &Keys;

    /// Stamps, to be kept from going back.
    fn stamps_mut(&mut self) -> &mut [i64];
}

/// What every kind has.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) ts: Vec<i64>,
    pub(crate) place: Vec<i64>,
    pub(crate) ts_venue: Vec<Option<i64>>,
}

impl Keys {
    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()> {
        group.ints("ts_recv", rows, &mut self.ts)?;
        group.ints("place", rows, &mut self.place)?;
        not_negative(group, "place", &self.place)?;
        if whole {
            group.optional_ints("ts_venue", rows, &mut self.ts_venue)?;
        }
        Ok(())
    }

    pub(super) fn at(&self, row: usize) -> (Ts, Option<Ts>, u64) {
        let venue = self.ts_venue.get(row).copied().flatten();
        (
            Ts::from_nanos(self.ts[row]),
            venue.map(Ts::from_nanos),
            self.place[row] as u64,
        )
    }
}

fn not_negative(group: &Group, name: &str, values: &[i64]) -> Result<()> {
    // A fold without an early exit is one pass of vector code.
    if values.iter().fold(0, |all, &value| all | value) < 0 {
        return Err(Error::parquet(
            group.path(),
            format!("column {name} holds a negative number"),
        ));
    }
    Ok(())
}

fn known_sides(group: &Group, sides: &[i32], none_allowed: bool) -> Result<()> {
    let known = |side: i32| side == 1 || side == -1 || (none_allowed && side == 0);
    match sides.iter().find(|&&side| !known(side)) {
        None => Ok(()),
        Some(side) => Err(Error::parquet(
            group.path(),
            format!("column side holds {side}"),
        )),
    }
}

fn level(price: i64, qty: i64) -> Level {
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

/// Tops of book.
#[derive(Default)]
pub(crate) struct QuoteColumns {
    keys: Keys,
    update_id: Vec<i64>,
    bid_px: Vec<i64>,
    bid_qty: Vec<i64>,
    ask_px: Vec<i64>,
    ask_qty: Vec<i64>,
}

impl Columns for QuoteColumns {
    const KIND: Kind = Kind::Quote;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()> {
        self.keys.read(group, rows, whole)?;
        group.ints("bid_px", rows, &mut self.bid_px)?;
        group.ints("bid_qty", rows, &mut self.bid_qty)?;
        group.ints("ask_px", rows, &mut self.ask_px)?;
        group.ints("ask_qty", rows, &mut self.ask_qty)?;
        if whole {
            group.ints("update_id", rows, &mut self.update_id)?;
            not_negative(group, "update_id", &self.update_id)?;
        }
        Ok(())
    }
}

impl QuoteColumns {
    pub(crate) fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        Body::Quote(Quote {
            instrument,
            bid: level(self.bid_px[row], self.bid_qty[row]),
            ask: level(self.ask_px[row], self.ask_qty[row]),
        })
    }

    pub(crate) fn row(&self, row: usize) -> QuoteRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        QuoteRow {
            ts,
            ts_venue,
            place,
            update_id: self.update_id[row] as u64,
            bid: level(self.bid_px[row], self.bid_qty[row]),
            ask: level(self.ask_px[row], self.ask_qty[row]),
        }
    }
}

/// Public prints.
#[derive(Default)]
pub(crate) struct TradeColumns {
    keys: Keys,
    trade_id: Vec<i64>,
    px: Vec<i64>,
    qty: Vec<i64>,
    side: Vec<i32>,
}

impl Columns for TradeColumns {
    const KIND: Kind = Kind::Trade;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()> {
        self.keys.read(group, rows, whole)?;
        group.ints("px", rows, &mut self.px)?;
        group.ints("qty", rows, &mut self.qty)?;
        group.sides("side", rows, &mut self.side)?;
        known_sides(group, &self.side, false)?;
        if whole {
            group.ints("trade_id", rows, &mut self.trade_id)?;
            not_negative(group, "trade_id", &self.trade_id)?;
        }
        Ok(())
    }
}

impl TradeColumns {
    fn aggressor(&self, row: usize) -> Side {
        if self.side[row] == 1 {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    pub(crate) fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        Body::Trade(Trade {
            instrument,
            price: Price::new(self.px[row]),
            qty: Qty::new(self.qty[row]),
            aggressor: self.aggressor(row),
        })
    }

    pub(crate) fn row(&self, row: usize) -> TradeRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        TradeRow {
            ts,
            ts_venue,
            place,
            trade_id: self.trade_id[row] as u64,
            price: Price::new(self.px[row]),
            qty: Qty::new(self.qty[row]),
            aggressor: self.aggressor(row),
        }
    }
}

/// Mark and index prices.
#[derive(Default)]
pub(crate) struct MarkColumns {
    pub(super) keys: Keys,
    pub(super) mark: Vec<i64>,
    pub(super) index: Vec<Option<i64>>,
}

impl Columns for MarkColumns {
    const KIND: Kind = Kind::Mark;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()> {
        self.keys.read(group, rows, whole)?;
        group.ints("mark", rows, &mut self.mark)?;
        group.optional_ints("index", rows, &mut self.index)
    }
}

impl MarkColumns {
    pub(crate) fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        Body::Mark(Mark {
            instrument,
            mark: fine(self.mark[row]),
            index: self.index[row].map(fine),
        })
    }
}

/// Funding rates.
#[derive(Default)]
pub(crate) struct FundingColumns {
    pub(super) keys: Keys,
    /// Receive times before they were kept from going back: the venue's clock is measured against these.
    pub(super) received: Vec<i64>,
    pub(super) rate: Vec<i64>,
    pub(super) settles_at: Vec<i64>,
}

impl Columns for FundingColumns {
    const KIND: Kind = Kind::Funding;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, _whole: bool) -> Result<()> {
        self.keys.read(group, rows, true)?;
        self.received.clone_from(&self.keys.ts);
        group.ints("rate", rows, &mut self.rate)?;
        group.ints("settles_at", rows, &mut self.settles_at)
    }
}

impl FundingColumns {
    /// The settlement is told by the venue's clock; on the tape's axis it is where the recorder's clock stood at
    /// that moment, as far as this message's two stamps tell (network delay included).
    pub(crate) fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        let apart =
            self.keys.ts_venue[row].map_or(0, |venue| self.received[row].saturating_sub(venue));
        Body::Funding(FundingRate {
            instrument,
            rate: fine(self.rate[row]),
            settles_at: Ts::from_nanos(self.settles_at[row].saturating_add(apart)),
        })
    }
}

/// Candles.
#[derive(Default)]
pub(crate) struct BarColumns {
    pub(super) keys: Keys,
    pub(super) span: Vec<i64>,
    pub(super) open: Vec<i64>,
    pub(super) high: Vec<i64>,
    pub(super) low: Vec<i64>,
    pub(super) close: Vec<i64>,
    pub(super) volume: Vec<i64>,
}

impl Columns for BarColumns {
    const KIND: Kind = Kind::Bar;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()> {
        self.keys.read(group, rows, whole)?;
        group.ints("span_ns", rows, &mut self.span)?;
        not_negative(group, "span_ns", &self.span)?;
        group.ints("open", rows, &mut self.open)?;
        group.ints("high", rows, &mut self.high)?;
        group.ints("low", rows, &mut self.low)?;
        group.ints("close", rows, &mut self.close)?;
        group.ints("volume", rows, &mut self.volume)
    }
}

impl BarColumns {
    pub(crate) fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        Body::Bar(Box::new(Bar {
            instrument,
            span: Span::from_nanos(self.span[row]),
            open: Price::new(self.open[row]),
            high: Price::new(self.high[row]),
            low: Price::new(self.low[row]),
            close: Price::new(self.close[row]),
            volume: Qty::new(self.volume[row]),
        }))
    }
}

/// Open interest.
#[derive(Default)]
pub(crate) struct InterestColumns {
    pub(super) keys: Keys,
    pub(super) qty: Vec<i64>,
}

impl Columns for InterestColumns {
    const KIND: Kind = Kind::Interest;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()> {
        self.keys.read(group, rows, whole)?;
        group.ints("qty", rows, &mut self.qty)
    }
}

impl InterestColumns {
    pub(crate) fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        Body::OpenInterest(OpenInterest {
            instrument,
            qty: Qty::new(self.qty[row]),
        })
    }
}

/// Whether an instrument trades.
#[derive(Default)]
pub(crate) struct StatusColumns {
    pub(super) keys: Keys,
    pub(super) trading: Vec<bool>,
}

impl Columns for StatusColumns {
    const KIND: Kind = Kind::Status;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()> {
        self.keys.read(group, rows, whole)?;
        group.flags("trading", rows, &mut self.trading)
    }
}

impl StatusColumns {
    pub(crate) fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        let status = if self.trading[row] {
            Status::Trading
        } else {
            Status::Halted
        };
        Body::Status(StatusEvent { instrument, status })
    }
}

/// Depth, a row a level.
#[derive(Default)]
pub(crate) struct DepthColumns {
    keys: Keys,
    pub(super) first: Vec<i64>,
    pub(super) last_id: Vec<i64>,
    pub(super) prev: Vec<Option<i64>>,
    pub(super) snapshot: Vec<bool>,
    pub(super) side: Vec<i32>,
    px: Vec<i64>,
    qty: Vec<i64>,
    pub(super) ends: Vec<bool>,
}

impl Columns for DepthColumns {
    const KIND: Kind = Kind::Depth;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, whole: bool) -> Result<()> {
        self.keys.read(group, rows, whole)?;
        group.ints("seq_first", rows, &mut self.first)?;
        group.ints("seq_last", rows, &mut self.last_id)?;
        group.optional_ints("seq_prev", rows, &mut self.prev)?;
        group.flags("snapshot", rows, &mut self.snapshot)?;
        group.sides("side", rows, &mut self.side)?;
        group.ints("px", rows, &mut self.px)?;
        group.ints("qty", rows, &mut self.qty)?;
        group.flags("last", rows, &mut self.ends)?;
        not_negative(group, "seq_first", &self.first)?;
        not_negative(group, "seq_last", &self.last_id)?;
        known_sides(group, &self.side, true)
    }
}

impl DepthColumns {
    pub(super) fn level(&self, row: usize) -> Level {
        level(self.px[row], self.qty[row])
    }

    pub(super) fn stamp(&self, row: usize) -> (Ts, Option<Ts>, u64) {
        self.keys.at(row)
    }
}

/// Depth without its levels: enough to find the snapshots.
#[derive(Default)]
pub(crate) struct SnapshotColumns {
    keys: Keys,
    pub(super) snapshot: Vec<bool>,
}

impl Columns for SnapshotColumns {
    const KIND: Kind = Kind::Depth;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, _whole: bool) -> Result<()> {
        self.keys.read(group, rows, false)?;
        group.flags("snapshot", rows, &mut self.snapshot)
    }
}
