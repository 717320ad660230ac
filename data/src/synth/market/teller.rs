//! What a feed says, as rows: ids that are chained, stamps that never go back, no quote that says nothing new.

use onetape_core::event::{Level, Status};
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};
use onetape_core::time::{Span, Ts};

use super::feed::{ASK, BID};
use super::feeds::FeedKind;
use super::ladder::Ladder;
use crate::catalog::{DepthRow, FundingRow, MarkRow, QuoteRow, Row, StatusRow, TradeRow};

/// The venue stamps whole milliseconds, this long before the recorder receives.
const ON_THE_WAY: Span = Span::from_millis(1);
const MILLI: i64 = 1_000_000;
/// The ids before the first change.
const SPOT_IDS: u64 = 41_000_000_000;
const FUTURES_IDS: u64 = 3_700_000_000_000;

/// The voice of one feed.
pub(super) struct Teller {
    futures: bool,
    id_base: u64,
    place: u64,
    /// Stamp of the last row.
    last: Ts,
    trades: u64,
    /// Last update id told by depth.
    told: u64,
    first_diff: bool,
    quoted: Option<(Level, Level)>,
}

impl Teller {
    pub(super) fn new(start: Ts, kind: &FeedKind) -> Self {
        Self {
            futures: kind.futures,
            id_base: if kind.futures { FUTURES_IDS } else { SPOT_IDS },
            place: 0,
            last: start,
            trades: 0,
            told: 0,
            first_diff: true,
            quoted: None,
        }
    }

    fn place(&mut self) -> u64 {
        self.place += 1;
        self.place
    }

    /// A row's stamp: not before the one of the row before.
    fn stamp(&mut self, ts: Ts) -> Ts {
        self.last = self.last.max(ts);
        self.last
    }

    fn id(&self, sides: &[Ladder; 2]) -> u64 {
        self.id_base + sides[BID].changes() + sides[ASK].changes()
    }

    pub(super) fn status(&mut self, ts: Ts, trading: bool, out: &mut Vec<Row>) {
        let ts = self.stamp(ts);
        out.push(Row::Status(StatusRow {
            ts,
            ts_venue: Some(sent(ts)),
            place: self.place(),
            status: if trading {
                Status::Trading
            } else {
                Status::Halted
            },
        }));
    }

    /// Every level.
    pub(super) fn snapshot(&mut self, ts: Ts, sides: &mut [Ladder; 2], out: &mut Vec<Row>) {
        self.told = self.id(sides);
        let [bids, asks] = sides;
        out.push(Row::Depth(DepthRow {
            ts: self.stamp(ts),
            ts_venue: None,
            place: self.place(),
            snapshot: true,
            first: self.told,
            last: self.told,
            prev: None,
            bids: bids.snapshot(),
            asks: asks.snapshot(),
        }));
    }

    /// The touch, when it changed.
    pub(super) fn quote(&mut self, ts: Ts, sides: &[Ladder; 2], out: &mut Vec<Row>) {
        let (bid, ask) = (sides[BID].best(), sides[ASK].best());
        if self.quoted == Some((bid, ask)) {
            return;
        }
        self.quoted = Some((bid, ask));
        let ts = self.stamp(ts);
        out.push(Row::Quote(QuoteRow {
            ts,
            ts_venue: self.futures.then(|| sent(ts)),
            place: self.place(),
            update_id: self.id(sides),
            bid,
            ask,
        }));
    }

    pub(super) fn trade(&mut self, ts: Ts, buys: bool, price: i64, lots: i64, out: &mut Vec<Row>) {
        let ts = self.stamp(ts);
        self.trades += 1;
        out.push(Row::Trade(TradeRow {
            ts,
            ts_venue: Some(sent(ts)),
            place: self.place(),
            trade_id: self.trades,
            price: Price::new(price),
            qty: Qty::new(lots),
            aggressor: if buys { Side::Buy } else { Side::Sell },
        }));
    }

    /// What changed since the last depth message.
    pub(super) fn depth(&mut self, ts: Ts, sides: &mut [Ladder; 2], out: &mut Vec<Row>) {
        let last = self.id(sides);
        if last == self.told {
            return;
        }
        let ts = self.stamp(ts);
        // A futures stream is joined in the middle of a message: its first diff covers the snapshot's id.
        let joins = self.futures && self.first_diff;
        let first = if joins { self.told } else { self.told + 1 };
        let prev = if joins { self.told - 1 } else { self.told };
        let [bids, asks] = sides;
        out.push(Row::Depth(DepthRow {
            ts,
            ts_venue: Some(sent(ts)),
            place: self.place(),
            snapshot: false,
            first,
            last,
            prev: self.futures.then_some(prev),
            bids: bids.take_changes(),
            asks: asks.take_changes(),
        }));
        self.told = last;
        self.first_diff = false;
    }

    /// Prices as mantissas of 8 decimals.
    pub(super) fn mark(&mut self, ts: Ts, mark: i64, index: i64, out: &mut Vec<Row>) {
        let ts = self.stamp(ts);
        out.push(Row::Mark(MarkRow {
            ts,
            ts_venue: Some(sent(ts)),
            place: self.place(),
            mark,
            index: Some(index),
        }));
    }

    pub(super) fn funding(&mut self, ts: Ts, rate: i64, settles_at: Ts, out: &mut Vec<Row>) {
        let ts = self.stamp(ts);
        out.push(Row::Funding(FundingRow {
            ts,
            ts_venue: Some(sent(ts)),
            place: self.place(),
            rate,
            settles_at,
        }));
    }
}

/// The venue's own stamp of what is received at a moment.
fn sent(ts: Ts) -> Ts {
    let sent = (ts - ON_THE_WAY).nanos();
    Ts::from_nanos(sent - sent.rem_euclid(MILLI))
}
