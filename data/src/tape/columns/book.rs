//! Tops of book and depth.

use onetape_core::event::{Body, Level, LevelChange, Quote};
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use super::{Columns, Events, Keys, Need, keyed, known_sides, level, not_negative, side};
use crate::catalog::{Kind, QuoteRow};
use crate::error::Result;
use crate::tape::file::Group;

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

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        self.keys.read(group, rows, need)?;
        group.ints("bid_px", rows, &mut self.bid_px)?;
        group.ints("bid_qty", rows, &mut self.bid_qty)?;
        group.ints("ask_px", rows, &mut self.ask_px)?;
        group.ints("ask_qty", rows, &mut self.ask_qty)?;
        if need.rows {
            group.ints("update_id", rows, &mut self.update_id)?;
            not_negative(group, "update_id", &self.update_id)?;
        }
        Ok(())
    }
}

impl Events for QuoteColumns {
    fn bodies(&self, rows: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        let (bid_px, bid_qty) = (&self.bid_px[..rows], &self.bid_qty[..rows]);
        let (ask_px, ask_qty) = (&self.ask_px[..rows], &self.ask_qty[..rows]);
        move |row| {
            Body::Quote(Quote {
                instrument,
                bid: level(bid_px[row], bid_qty[row]),
                ask: level(ask_px[row], ask_qty[row]),
            })
        }
    }
}

impl QuoteColumns {
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

/// Depth, a row a level.
#[derive(Default)]
pub(crate) struct DepthColumns {
    keys: Keys,
    /// True when every row of the batch is a message of one level without ids, and only its level was read.
    single: bool,
    pub(in crate::tape) first: Vec<i64>,
    pub(in crate::tape) last_id: Vec<i64>,
    pub(in crate::tape) prev: Vec<Option<i64>>,
    pub(in crate::tape) snapshot: Vec<bool>,
    pub(in crate::tape) side: Vec<i32>,
    px: Vec<i64>,
    qty: Vec<i64>,
    pub(in crate::tape) ends: Vec<bool>,
}

impl Columns for DepthColumns {
    const KIND: Kind = Kind::Depth;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        self.single = group.has_single_levels() && !need.rows;
        // The rows of a message of several levels are told by their place.
        let place = need.place || !self.single;
        self.keys.read(group, rows, Need { place, ..need })?;
        group.sides("side", rows, &mut self.side)?;
        group.ints("px", rows, &mut self.px)?;
        group.ints("qty", rows, &mut self.qty)?;
        known_sides(group, &self.side, !self.single)?;
        if self.single {
            return Ok(());
        }
        group.ints("seq_first", rows, &mut self.first)?;
        group.ints("seq_last", rows, &mut self.last_id)?;
        group.optional_ints("seq_prev", rows, &mut self.prev)?;
        group.flags("snapshot", rows, &mut self.snapshot)?;
        group.flags("last", rows, &mut self.ends)?;
        not_negative(group, "seq_first", &self.first)?;
        not_negative(group, "seq_last", &self.last_id)
    }
}

/// Of a batch of single levels.
impl Events for DepthColumns {
    fn bodies(&self, rows: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        let (sides, px, qty) = (&self.side[..rows], &self.px[..rows], &self.qty[..rows]);
        move |row| {
            Body::Level(LevelChange {
                instrument,
                side: side(sides[row]),
                level: level(px[row], qty[row]),
            })
        }
    }
}

impl DepthColumns {
    /// True when every row of the batch is a message of one level without update ids.
    pub(in crate::tape) const fn is_single(&self) -> bool {
        self.single
    }

    pub(in crate::tape) fn level(&self, row: usize) -> Level {
        level(self.px[row], self.qty[row])
    }

    pub(in crate::tape) fn stamp(&self, row: usize) -> (Ts, Option<Ts>, u64) {
        self.keys.at(row)
    }
}

/// Depth without its levels: enough to find the snapshots.
#[derive(Default)]
pub(crate) struct SnapshotColumns {
    keys: Keys,
    pub(in crate::tape) snapshot: Vec<bool>,
}

impl Columns for SnapshotColumns {
    const KIND: Kind = Kind::Depth;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, _need: Need) -> Result<()> {
        self.keys.read(group, rows, Need::default())?;
        group.flags("snapshot", rows, &mut self.snapshot)
    }
}
