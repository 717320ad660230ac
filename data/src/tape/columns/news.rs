//! Marks, funding, candles, open interest, trading status and news of feeds.

use onetape_core::event::{
    Bar, Body, FeedEvent, FeedNews, FundingRate, Mark, OpenInterest, Status, StatusEvent,
};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::time::{Span, Ts};

use super::{Columns, Events, Keys, Need, UNKNOWN, fine, keyed, not_negative};
use crate::catalog::{
    BarRow, FEED_NEWS, FeedRow, FundingRow, InterestRow, Kind, MarkRow, StatusRow,
};
use crate::error::Result;
use crate::tape::file::Group;

/// Mark and index prices.
#[derive(Default)]
pub(crate) struct MarkColumns {
    keys: Keys,
    mark: Vec<i64>,
    index: Vec<Option<i64>>,
}

impl Columns for MarkColumns {
    const KIND: Kind = Kind::Mark;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        self.keys.read(group, rows, need)?;
        group.ints("mark", rows, &mut self.mark)?;
        group.optional_ints("index", rows, &mut self.index)
    }
}

impl Events for MarkColumns {
    fn bodies(&self, _: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        move |row| self.body(row, instrument)
    }
}

impl MarkColumns {
    fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        Body::Mark(Mark {
            instrument,
            mark: fine(self.mark[row]),
            index: self.index[row].map(fine),
        })
    }

    pub(crate) fn row(&self, row: usize) -> MarkRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        MarkRow {
            ts,
            ts_venue,
            place,
            mark: self.mark[row],
            index: self.index[row],
        }
    }
}

/// Funding rates.
#[derive(Default)]
pub(crate) struct FundingColumns {
    keys: Keys,
    /// Receive times before they were kept from going back: the venue's clock is measured against these.
    received: Vec<i64>,
    /// The venue's time, whether or not events are to carry it.
    told: Vec<i64>,
    rate: Vec<i64>,
    settles_at: Vec<i64>,
}

impl Columns for FundingColumns {
    const KIND: Kind = Kind::Funding;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        let told = Need {
            venue_time: true,
            ..need
        };
        self.keys.read(group, rows, told)?;
        self.received.clone_from(&self.keys.ts);
        self.told.clone_from(&self.keys.ts_venue);
        if !need.venue_time {
            self.keys.ts_venue.fill(UNKNOWN);
        }
        group.ints("rate", rows, &mut self.rate)?;
        group.ints("settles_at", rows, &mut self.settles_at)
    }
}

impl Events for FundingColumns {
    fn bodies(&self, _: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        move |row| self.body(row, instrument)
    }
}

impl FundingColumns {
    /// The settlement is told by the venue's clock; on the tape's axis it is where the recorder's clock stood at
    /// that moment, as far as this message's two stamps tell (network delay included).
    fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        let apart = match self.told[row] {
            UNKNOWN => 0,
            venue => self.received[row].saturating_sub(venue),
        };
        Body::Funding(FundingRate {
            instrument,
            rate: fine(self.rate[row]),
            settles_at: Ts::from_nanos(self.settles_at[row].saturating_add(apart)),
        })
    }

    pub(crate) fn row(&self, row: usize) -> FundingRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        FundingRow {
            ts,
            ts_venue,
            place,
            rate: self.rate[row],
            settles_at: Ts::from_nanos(self.settles_at[row]),
        }
    }
}

/// Candles.
#[derive(Default)]
pub(crate) struct BarColumns {
    keys: Keys,
    span: Vec<i64>,
    open: Vec<i64>,
    high: Vec<i64>,
    low: Vec<i64>,
    close: Vec<i64>,
    volume: Vec<i64>,
}

impl Columns for BarColumns {
    const KIND: Kind = Kind::Bar;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        self.keys.read(group, rows, need)?;
        group.ints("span_ns", rows, &mut self.span)?;
        not_negative(group, "span_ns", &self.span)?;
        group.ints("open", rows, &mut self.open)?;
        group.ints("high", rows, &mut self.high)?;
        group.ints("low", rows, &mut self.low)?;
        group.ints("close", rows, &mut self.close)?;
        group.ints("volume", rows, &mut self.volume)
    }
}

impl Events for BarColumns {
    fn bodies(&self, _: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        move |row| self.body(row, instrument)
    }
}

impl BarColumns {
    fn body(&self, row: usize, instrument: InstrumentId) -> Body {
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

    pub(crate) fn row(&self, row: usize) -> BarRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        BarRow {
            ts,
            ts_venue,
            place,
            span: Span::from_nanos(self.span[row]),
            open: Price::new(self.open[row]),
            high: Price::new(self.high[row]),
            low: Price::new(self.low[row]),
            close: Price::new(self.close[row]),
            volume: Qty::new(self.volume[row]),
        }
    }
}

/// Open interest.
#[derive(Default)]
pub(crate) struct InterestColumns {
    keys: Keys,
    qty: Vec<i64>,
}

impl Columns for InterestColumns {
    const KIND: Kind = Kind::Interest;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        self.keys.read(group, rows, need)?;
        group.ints("qty", rows, &mut self.qty)
    }
}

impl Events for InterestColumns {
    fn bodies(&self, _: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        move |row| self.body(row, instrument)
    }
}

impl InterestColumns {
    fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        Body::OpenInterest(OpenInterest {
            instrument,
            qty: Qty::new(self.qty[row]),
        })
    }

    pub(crate) fn row(&self, row: usize) -> InterestRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        InterestRow {
            ts,
            ts_venue,
            place,
            qty: Qty::new(self.qty[row]),
        }
    }
}

/// Whether an instrument trades.
#[derive(Default)]
pub(crate) struct StatusColumns {
    keys: Keys,
    trading: Vec<bool>,
}

impl Columns for StatusColumns {
    const KIND: Kind = Kind::Status;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        self.keys.read(group, rows, need)?;
        group.flags("trading", rows, &mut self.trading)
    }
}

impl Events for StatusColumns {
    fn bodies(&self, _: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        move |row| self.body(row, instrument)
    }
}

impl StatusColumns {
    fn body(&self, row: usize, instrument: InstrumentId) -> Body {
        let status = self.status(row);
        Body::Status(StatusEvent { instrument, status })
    }

    fn status(&self, row: usize) -> Status {
        if self.trading[row] {
            Status::Trading
        } else {
            Status::Halted
        }
    }

    pub(crate) fn row(&self, row: usize) -> StatusRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        StatusRow {
            ts,
            ts_venue,
            place,
            status: self.status(row),
        }
    }
}

/// News of a feed.
#[derive(Default)]
pub(crate) struct FeedColumns {
    keys: Keys,
    news: Vec<i64>,
}

impl Columns for FeedColumns {
    const KIND: Kind = Kind::Feed;
    keyed!();

    fn read(&mut self, group: &mut Group, rows: usize, need: Need) -> Result<()> {
        self.keys.read(group, rows, need)?;
        group.ints("news", rows, &mut self.news)
    }
}

impl Events for FeedColumns {
    fn bodies(&self, _: usize, instrument: InstrumentId) -> impl Fn(usize) -> Body + '_ {
        move |row| {
            let state = self.state(row);
            Body::Feed(FeedEvent { instrument, state })
        }
    }
}

impl FeedColumns {
    /// What a later version may have added is a gap to this one: nothing that was said before it holds.
    fn state(&self, row: usize) -> FeedNews {
        let known = usize::try_from(self.news[row]).ok();
        let known = known.and_then(|at| FEED_NEWS.get(at));
        known.map_or(FeedNews::Gap, |(state, _)| *state)
    }

    pub(crate) fn row(&self, row: usize) -> FeedRow {
        let (ts, ts_venue, place) = self.keys.at(row);
        FeedRow {
            ts,
            ts_venue,
            place,
            state: self.state(row),
        }
    }
}
