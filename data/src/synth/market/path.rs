//! What every feed follows: the fair prices of bitcoin and ether, and how busy and how disturbed the market is.

use onetape_core::time::{Span, Ts};

use super::super::random::Stream;
use super::config::MarketConfig;
use super::crash::Crash;
use super::feeds::Asset;
use super::schedule::{GUARD, Schedule};

/// The market is made step by step; inside a step fair prices stand still.
pub(super) const STEP: Span = Span::from_millis(50);
pub(super) const STEP_SECONDS: f64 = 0.05;

/// Where prices start, and what they turn back from as a factor on that.
const START: [f64; 2] = [61_800.0, 2_683.0];
const RANGE: (f64, f64) = (0.25, 4.0);

/// Fair prices stand still and then move: so many moves a second in a calm market, of an exponential size of
/// either sign, in bps. Ether takes part in bitcoin's move and adds its own.
const MOVES: f64 = 0.55;
const MOVE_BPS: f64 = 1.12;
const ETHER_SHARE: f64 = 0.6;
const ETHER_BPS: f64 = 0.66;
/// Share of a move that comes a step later.
const ECHO: f64 = 0.3;
/// Largest move, and the largest while something is planted.
pub(super) const MOVE_MAX_BPS: f64 = 5.0;
pub(super) const MOVE_MAX_GUARDED_BPS: f64 = 0.8;

/// Shocks a second that make every feed busy, the mean size of one, how fast it wears off, and the most.
const SHOCKS: f64 = 1.0 / 40.0;
const SHOCK_MEAN: f64 = 3.0;
const SHOCK_SECONDS: f64 = 3.0;
const EXCESS_MAX: f64 = 12.0;
/// What a crash adds to it.
const CRASH_EXCESS: f64 = 3.0;

/// The market during one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) ts: Ts,
    /// Fair prices of bitcoin and ether.
    prices: [f64; 2],
    /// How busy the market is; 1 is calm.
    pub(super) activity: f64,
    /// How disturbed books are by a crash, from 0 to 1.
    pub(super) stress: f64,
}

impl Moment {
    /// Fair price of an asset.
    pub(super) fn fair(&self, asset: Asset) -> f64 {
        match asset {
            Asset::Btc => self.prices[0],
            Asset::Eth => self.prices[1],
            Asset::Cross => self.prices[1] / self.prices[0],
        }
    }
}

/// The path through time, a step at a call. Each feed walks it anew: equal seeds give equal paths.
pub(super) struct Path {
    moves: Stream,
    shocks: Stream,
    now: Ts,
    prices: [f64; 2],
    /// What is still to come of the last move, in bps.
    echo: [f64; 2],
    excess: f64,
    wear: f64,
    guarded: Vec<(Ts, Ts)>,
    guarded_at: usize,
    crashes: Vec<Crash>,
    crash_at: usize,
}

impl Path {
    pub(super) fn new(config: &MarketConfig, schedule: &Schedule) -> Self {
        let planted = schedule.planted.iter();
        Self {
            moves: Stream::new(config.seed, "market/moves"),
            shocks: Stream::new(config.seed, "market/shocks"),
            now: config.start,
            prices: START,
            echo: [0.0; 2],
            excess: 0.0,
            wear: libm::exp(-STEP_SECONDS / SHOCK_SECONDS),
            guarded: planted
                .map(|one| (one.excursion.from() - GUARD, one.excursion.until() + GUARD))
                .collect(),
            guarded_at: 0,
            crashes: schedule.crashes.clone(),
            crash_at: 0,
        }
    }

    /// The current step's market; the path then moves on.
    pub(super) fn step(&mut self) -> Moment {
        while self
            .crashes
            .get(self.crash_at)
            .is_some_and(|c| c.until() < self.now)
        {
            self.crash_at += 1;
        }
        let crash = self.crashes.get(self.crash_at);
        let stress = crash.map_or(0.0, |crash| crash.stress(self.now));
        let moment = Moment {
            ts: self.now,
            prices: self.prices,
            activity: 1.0 + self.excess + CRASH_EXCESS * stress,
            stress,
        };
        self.advance();
        moment
    }

    fn advance(&mut self) {
        let next = self.now + STEP;
        let chance = MOVES * (1.0 + self.excess) * STEP_SECONDS;
        let moves = self.moves.chance(chance);
        let crash = self.crashes.get(self.crash_at);
        let crash = crash.filter(|crash| crash.from < next && self.now < crash.until());
        if let Some(crash) = crash {
            // The crash alone moves prices: it falls exactly as far as the record says.
            let more = crash.fallen_bps(next) - crash.fallen_bps(self.now);
            let ether = Crash::ether(100) as f64 / 100.0;
            self.prices[0] *= libm::exp(-more / 10_000.0);
            self.prices[1] *= libm::exp(-more * ether / 10_000.0);
            self.echo = [0.0; 2];
        } else {
            let most = self.largest_move(next);
            let echo = std::mem::take(&mut self.echo);
            self.add(echo, most);
            if moves {
                self.ordinary_move(most);
            }
        }
        self.now = next;
        self.excess *= self.wear;
        if self.shocks.chance(SHOCKS * STEP_SECONDS) {
            let size = self.shocks.exponential(SHOCK_MEAN);
            self.excess = (self.excess + size).min(EXCESS_MAX);
        }
    }

    /// How far a price may move in a step that ends then.
    fn largest_move(&mut self, next: Ts) -> f64 {
        let over = |window: &(Ts, Ts)| window.1 < next;
        while self.guarded.get(self.guarded_at).is_some_and(over) {
            self.guarded_at += 1;
        }
        match self.guarded.get(self.guarded_at) {
            Some(window) if window.0 <= next => MOVE_MAX_GUARDED_BPS,
            _ => MOVE_MAX_BPS,
        }
    }

    /// Sizes are cut before they are split; an echo and a move may meet in a step.
    fn ordinary_move(&mut self, most: f64) {
        let common = self.either(MOVE_BPS);
        let own = self.either(ETHER_BPS);
        let moves = [common, ETHER_SHARE * common + own].map(|bps| bps.clamp(-most, most));
        self.add(moves.map(|bps| bps * (1.0 - ECHO)), most);
        self.echo = moves.map(|bps| bps * ECHO);
    }

    fn add(&mut self, moves: [f64; 2], most: f64) {
        for (at, bps) in moves.into_iter().enumerate() {
            let bps = bps.clamp(-most, most);
            let there = self.prices[at] * (1.0 + bps / 10_000.0);
            let range = (START[at] * RANGE.0, START[at] * RANGE.1);
            if there > range.0 && there < range.1 {
                self.prices[at] = there;
            }
        }
    }

    fn either(&mut self, mean: f64) -> f64 {
        let size = self.moves.exponential(mean);
        if self.moves.chance(0.5) { size } else { -size }
    }
}
