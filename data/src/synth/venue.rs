//! One venue's feed: when it speaks, and what it says about its book and its trades.

use onetape_core::event::Level;
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};
use onetape_core::time::{Span, Ts};

use super::book::{Book, BookShape};
use super::path::Moment;
use super::random::Stream;
use crate::catalog::{DepthRow, QuoteRow, Row, TradeRow};

/// Name of the spot venue.
pub const SPOT_VENUE: &str = "synth-spot";
/// Name of the perpetual venue.
pub const PERP_VENUE: &str = "synth-perp";

/// Arrivals a second of a calm, unprovoked venue.
const ARRIVALS: f64 = 2.2;
/// Every arrival provokes others: so much is added to the rate, and wears off at so much a second. Their ratio,
/// 0.4, is the share of arrivals that others provoked.
const PROVOKES: f64 = 0.8;
const CALMS: f64 = 2.0;
const RATE_MAX: f64 = 60.0;
const STEP_SECONDS: f64 = 0.05;
/// Share of arrivals that are trades.
const TRADES: f64 = 0.3;
/// Arrivals come in the first part of a step, the depth message at its end.
const ARRIVALS_WITHIN: i64 = 45_000_000;
const DEPTH_WITHIN: (i64, i64) = (46_000_000, 49_000_000);
/// A depth message every so many steps.
const DEPTH_EVERY: u64 = 5;
/// The venue stamps whole milliseconds, this long before the recorder receives.
const ON_THE_WAY: Span = Span::from_millis(1);
const MILLI: i64 = 1_000_000;

/// What tells the two venues apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct VenueKind {
    pub(super) name: &'static str,
    /// Hundredths of a quote unit in one tick.
    pub(super) tick: i64,
    /// Lots in one base unit.
    pub(super) lots: f64,
    pub(super) shape: BookShape,
    /// True for the perpetual: depth names its predecessor and quotes carry the venue's time.
    pub(super) futures: bool,
    /// The id before its first change.
    pub(super) id_base: u64,
    /// Which step of every [`DEPTH_EVERY`] has the depth message.
    pub(super) depth_phase: u64,
}

pub(super) const SPOT: VenueKind = VenueKind {
    name: SPOT_VENUE,
    tick: 1,
    lots: 100_000.0,
    shape: BookShape {
        gap_ticks: 40.0,
        qty_lots: 40_000.0,
        guarded_lots: 8_000,
    },
    futures: false,
    id_base: 41_000_000_000,
    depth_phase: 1,
};

pub(super) const PERP: VenueKind = VenueKind {
    name: PERP_VENUE,
    tick: 10,
    lots: 1_000.0,
    shape: BookShape {
        gap_ticks: 5.0,
        qty_lots: 900.0,
        guarded_lots: 80,
    },
    futures: true,
    id_base: 3_700_000_000_000,
    depth_phase: 3,
};

/// A row with the time at which it is received; its place is given when the venues are merged.
pub(super) type Timed = (Ts, Row);

/// The venue's own stamp of what is received at a moment.
pub(super) fn stamp(ts: Ts) -> Ts {
    let sent = ts - ON_THE_WAY;
    Ts::from_nanos(sent.nanos() - sent.nanos().rem_euclid(MILLI))
}

/// One venue while its feed is made.
pub(super) struct Venue {
    kind: VenueKind,
    book: Book,
    arrivals: Stream,
    prints: Stream,
    provoked: f64,
    calms: f64,
    steps: u64,
    trades: u64,
    /// Last update id told by depth.
    told: u64,
    /// The touch of the last quote: no change since, no quote.
    quoted: Option<(Level, Level)>,
    first_diff: bool,
}

impl Venue {
    pub(super) fn new(kind: VenueKind, seed: u64) -> Self {
        let stream = |purpose: &str| Stream::new(seed, &format!("{}/{purpose}", kind.name));
        Self {
            kind,
            book: Book::new(kind.shape, stream("book"), kind.id_base),
            arrivals: stream("arrivals"),
            prints: stream("prints"),
            provoked: 0.0,
            calms: libm::exp(-CALMS * STEP_SECONDS),
            steps: 0,
            trades: 0,
            told: 0,
            quoted: None,
            first_diff: true,
        }
    }

    /// Says everything that happens during a step.
    pub(super) fn step(&mut self, moment: &Moment, out: &mut Vec<Timed>) {
        let fair = self.fair(moment);
        if self.steps == 0 {
            self.open(moment, fair, out);
        }
        let times = self.arrival_times(moment, fair);
        self.provoked = (self.provoked * self.calms + PROVOKES * times.len() as f64).min(RATE_MAX);
        for (at, offset) in times.iter().enumerate() {
            let ts = moment.ts + Span::from_nanos(*offset);
            // The first arrival of a step follows the price, so that trades print near it.
            if at > 0 && self.arrivals.chance(TRADES) {
                self.trade(ts, moment, out);
            } else {
                self.book.requote(fair, moment.guarded);
                self.quote(ts, out);
                if self.arrivals.chance(TRADES) {
                    self.trade(ts, moment, out);
                }
            }
        }
        if self.steps % DEPTH_EVERY == self.kind.depth_phase {
            let within = self.arrivals.between(DEPTH_WITHIN.0, DEPTH_WITHIN.1);
            self.depth(moment.ts + Span::from_nanos(within), out);
        }
        self.steps += 1;
    }

    /// The fair price of this venue in its ticks.
    fn fair(&self, moment: &Moment) -> i64 {
        let price = if self.kind.futures {
            moment.perp
        } else {
            moment.spot
        };
        (price + self.kind.tick / 2) / self.kind.tick
    }

    /// The book as it stands when recording starts.
    fn open(&mut self, moment: &Moment, fair: i64, out: &mut Vec<Timed>) {
        self.book.requote(fair, moment.guarded);
        let (bids, asks) = self.book.snapshot();
        self.told = self.book.id();
        let snapshot = DepthRow {
            ts: moment.ts,
            ts_venue: None,
            place: 0,
            snapshot: true,
            first: self.told,
            last: self.told,
            prev: None,
            bids,
            asks,
        };
        out.push((moment.ts, Row::Depth(snapshot)));
        self.quote(moment.ts, out);
    }

    /// When the venue speaks in this step, sorted. Once at least when its touch is left behind by the price, or too
    /// thin for what is planted.
    fn arrival_times(&mut self, moment: &Moment, fair: i64) -> Vec<i64> {
        let rate = ARRIVALS * moment.activity + self.provoked;
        let mut count = self.arrivals.poisson(rate.min(RATE_MAX) * STEP_SECONDS);
        let allowed = fair / if moment.guarded { 33_000 } else { 10_000 };
        let thin = moment.guarded && !self.book.takeable();
        if count == 0 && (thin || self.book.off_by(fair) > allowed) {
            count = 1;
        }
        let mut times: Vec<i64> = (0..count)
            .map(|_| self.arrivals.between(0, ARRIVALS_WITHIN))
            .collect();
        times.sort_unstable();
        times
    }

    /// Tells the touch when it changed.
    fn quote(&mut self, ts: Ts, out: &mut Vec<Timed>) {
        let (bid, ask) = self.book.top();
        if self.quoted == Some((bid, ask)) {
            return;
        }
        self.quoted = Some((bid, ask));
        let row = QuoteRow {
            ts,
            ts_venue: self.kind.futures.then(|| stamp(ts)),
            place: 0,
            update_id: self.book.id(),
            bid,
            ask,
        };
        out.push((ts, Row::Quote(row)));
    }

    fn trade(&mut self, ts: Ts, moment: &Moment, out: &mut Vec<Timed>) {
        let buys = self.prints.chance(0.5);
        let lots = 1 + self.prints.exponential(0.03 * self.kind.lots) as i64;
        let (price, taken) = self.book.take(buys, lots, moment.guarded);
        self.trades += 1;
        let row = TradeRow {
            ts,
            ts_venue: Some(stamp(ts)),
            place: 0,
            trade_id: self.trades,
            price: Price::new(price),
            qty: Qty::new(taken),
            aggressor: if buys { Side::Buy } else { Side::Sell },
        };
        out.push((ts, Row::Trade(row)));
        self.quote(ts, out);
    }

    /// Tells what changed since the last depth message.
    fn depth(&mut self, ts: Ts, out: &mut Vec<Timed>) {
        let last = self.book.id();
        if last == self.told {
            return;
        }
        let (bids, asks) = self.book.take_changes();
        // A futures stream is joined in the middle of a message: its first diff covers the snapshot's id.
        let joins = self.kind.futures && self.first_diff;
        let first = if joins { self.told } else { self.told + 1 };
        let prev = if joins { self.told - 1 } else { self.told };
        let row = DepthRow {
            ts,
            ts_venue: Some(stamp(ts)),
            place: 0,
            snapshot: false,
            first,
            last,
            prev: self.kind.futures.then_some(prev),
            bids,
            asks,
        };
        out.push((ts, Row::Depth(row)));
        self.told = last;
        self.first_diff = false;
    }
}
