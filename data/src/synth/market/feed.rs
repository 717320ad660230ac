//! One feed while it is made: when it speaks, step by step.

use onetape_core::time::{Span, Ts};

use super::super::random::Stream;
use super::config::MarketConfig;
use super::drift::Drift;
use super::feeds::FeedKind;
use super::futures::Futures;
use super::ladder::Ladder;
use super::path::{Moment, STEP};
use super::schedule::{Halt, Schedule};
use super::table::Table;
use super::teller::Teller;
use super::windows::{Windows, guards};
use crate::catalog::Row;

/// How long after the fair price moved a feed's touch follows.
const REACTION: (i64, i64) = (100_000, 3_000_000);
/// How long after a burst that took the touch it is there again.
const REFILL: (i64, i64) = (100_000, 6_000_000);
/// How wide the touch is in the worst of a crash, in bps, and the share of quantities that is then gone.
const STRESS_SPREAD_BPS: f64 = 10.0;
const STRESS_THIN: f64 = 0.85;

pub(super) const BID: usize = 0;
pub(super) const ASK: usize = 1;

/// What a feed does next.
enum Next {
    Move,
    Depth,
    Arrival,
}

/// One feed with its book.
pub(super) struct Feed {
    pub(super) kind: &'static FeedKind,
    pub(super) sides: [Ladder; 2],
    /// Best bid and ask that the fair price asks for.
    pub(super) target: [i64; 2],
    /// Quantities that the touch is drawn to.
    pub(super) aims: [i64; 2],
    pub(super) touch: Table,
    pub(super) print: Table,
    pub(super) behind: Table,
    depth_levels: Table,
    pub(super) draws: Stream,
    pub(super) teller: Teller,
    /// True around what is planted: the touch then holds enough for it.
    pub(super) guarded: bool,
    /// Share of the ordinary quantities that stands.
    pub(super) thickness: f64,
    drift: Drift,
    guards: Windows,
    halts: Vec<Halt>,
    halts_over: usize,
    halted: bool,
    futures: Option<Futures>,
    /// Units of the price's last decimal in one.
    scale: f64,
    /// Mean time between arrivals in a calm market, in nanoseconds, and the share of them that are bursts.
    gap_ns: f64,
    bursts: f64,
    depth_every: Span,
    /// When the touch is put where it should be; [`END`] when it is there.
    move_at: Ts,
    next_arrival: Ts,
    next_depth: Ts,
    /// The last moment of the running step.
    pub(super) step_last: Ts,
    opened: bool,
}

impl Feed {
    pub(super) fn new(config: &MarketConfig, schedule: &Schedule, kind: &'static FeedKind) -> Self {
        let name = kind.name();
        let mut draws = Stream::new(config.seed, &format!("market/{name}/feed"));
        let base = kind.base;
        let pace = config.pace(kind);
        let lots = pow10(kind.decimals.1) * kind.size;
        let arrivals = (base.updates + base.bursts) * pace;
        let depth_ns = base.depth_ms as f64 * 1e6 / pace;
        let depth_every = Span::from_nanos((depth_ns as i64).max(1_000_000));
        let phase = draws.between(0, depth_every.nanos());
        let halts = schedule.halts.iter().copied();
        Self {
            kind,
            sides: [Ladder::new(-1), Ladder::new(1)],
            target: [0; 2],
            aims: [0; 2],
            touch: Table::new(&base.touch, lots),
            print: Table::new(&base.print, lots),
            behind: Table::new(&base.behind, lots),
            depth_levels: Table::new(&base.depth_levels, 1.0),
            teller: Teller::new(config.start, kind),
            draws,
            guarded: false,
            thickness: 1.0,
            drift: Drift::new(config.seed, schedule, kind),
            guards: guards(schedule, kind),
            halts: halts.filter(|halt| halt.feed.name() == name).collect(),
            halts_over: 0,
            halted: false,
            futures: kind.futures.then(|| Futures::new(config, schedule, kind)),
            scale: pow10(kind.decimals.0),
            gap_ns: 1e9 / arrivals,
            bursts: base.bursts / (base.updates + base.bursts),
            depth_every,
            move_at: END,
            next_arrival: config.start,
            next_depth: config.start + Span::from_nanos(phase),
            step_last: config.start,
            opened: false,
        }
    }

    /// Says everything that happens during a step.
    pub(super) fn step(&mut self, moment: &Moment, out: &mut Vec<Row>) {
        let index = moment.fair(self.kind.asset);
        let fair = index * (1.0 + self.drift.step(moment.ts) / 10_000.0);
        self.guarded = self.guards.covers(moment.ts);
        self.thickness = 1.0 - STRESS_THIN * moment.stress;
        if !self.opened {
            self.open(fair, moment, out);
        }
        let silent = self.halt(moment.ts, out);
        if let Some(futures) = &mut self.futures {
            let told = if silent { None } else { Some(&mut *out) };
            futures.step(moment.ts, index, fair, &mut self.teller, told);
        }
        if silent {
            return;
        }
        let target = self.wanted(fair, moment.stress);
        let end = moment.ts + STEP;
        self.step_last = end - Span::from_nanos(1);
        if target != self.target || self.neglected() {
            self.move_at = moment.ts + Span::from_nanos(self.draws.between(REACTION.0, REACTION.1));
        }
        loop {
            let (next, ts) = self.next();
            if ts >= end {
                return;
            }
            match next {
                Next::Move => {
                    self.move_at = END;
                    self.follow(target, ts, out);
                }
                Next::Depth => {
                    let levels = self.depth_levels.pick(self.draws.bits());
                    self.depth(ts, levels as usize, out);
                    self.next_depth = ts + self.depth_every;
                }
                Next::Arrival => {
                    if self.draws.chance(self.bursts) {
                        self.burst(ts, out);
                    } else {
                        self.update(ts, out);
                    }
                    self.next_arrival = ts + self.gap(moment.activity);
                    if self.move_at == END && self.is_off_target() {
                        let refill = self.draws.between(REFILL.0, REFILL.1);
                        self.move_at = ts + Span::from_nanos(refill);
                    }
                }
            }
        }
    }

    /// What comes first; a move before depth, and depth before an arrival.
    fn next(&self) -> (Next, Ts) {
        let move_at = self.move_at;
        if move_at <= self.next_depth && move_at <= self.next_arrival {
            (Next::Move, move_at)
        } else if self.next_depth <= self.next_arrival {
            (Next::Depth, self.next_depth)
        } else {
            (Next::Arrival, self.next_arrival)
        }
    }

    fn gap(&mut self, activity: f64) -> Span {
        let gap = self.draws.exponential(self.gap_ns / activity);
        Span::from_nanos((gap as i64).max(1))
    }

    /// The touch that a fair price asks for, in ticks: around it, a tick wide unless the market is disturbed.
    fn wanted(&self, fair: f64, stress: f64) -> [i64; 2] {
        let ticks = fair * self.scale;
        let half = ticks * stress * STRESS_SPREAD_BPS / 20_000.0;
        let bid = libm::floor(ticks - half) as i64;
        let ask = libm::floor(ticks + half) as i64 + 1;
        [bid, ask]
    }

    /// The book as it stands when recording starts.
    fn open(&mut self, fair: f64, moment: &Moment, out: &mut Vec<Row>) {
        self.opened = true;
        self.target = self.wanted(fair, moment.stress);
        for side in [BID, ASK] {
            let lots = self.fresh_touch(side);
            let key = self.sides[side].key(self.target[side]);
            self.sides[side].put(key, lots);
            self.fill(side);
            self.keep_takeable(side);
        }
        self.teller.status(moment.ts, true, out);
        self.teller.snapshot(moment.ts, &mut self.sides, out);
        self.teller.quote(moment.ts, &self.sides, out);
        self.next_arrival = moment.ts + self.gap(moment.activity);
    }

    /// Tells where a halt begins or ends; true while nothing else may be told.
    fn halt(&mut self, now: Ts, out: &mut Vec<Row>) -> bool {
        let Some(halt) = self.halts.get(self.halts_over) else {
            return false;
        };
        if now < halt.from {
            return false;
        }
        if now < halt.until {
            if !self.halted {
                self.halted = true;
                self.teller.status(now, false, out);
            }
            return true;
        }
        self.halted = false;
        self.halts_over += 1;
        self.teller.status(now, true, out);
        self.move_at = self.move_at.max(now);
        self.next_arrival = self.next_arrival.max(now);
        self.next_depth = self.next_depth.max(now);
        false
    }
}

/// After everything.
const END: Ts = Ts::from_nanos(i64::MAX);

fn pow10(decimals: u8) -> f64 {
    let mut value = 1.0;
    for _ in 0..decimals {
        value *= 10.0;
    }
    value
}
