//! What both venues follow: the fair spot price, the basis, and how busy the market is.

use onetape_core::time::{Span, Ts};

use super::config::SynthConfig;
use super::plan::Planted;
use super::random::Stream;

/// The tape is made step by step; inside a step fair prices stand still.
pub(super) const STEP: Span = Span::from_millis(50);
const STEP_SECONDS: f64 = 0.05;

/// Where the walk starts and what it turns back from, in hundredths of a quote unit.
const PRICE_START: i64 = 4_000_000;
const PRICE_RANGE: (i64, i64) = (2_000_000, 8_000_000);
/// Standard deviation of a step in a calm market, in hundredths: about 0.45 bps a root second.
const STEP_DEVIATION: f64 = 40.0;

/// Mean of the basis, its speed of return a second, its noise a root second, in bps; it stays inside the clamp.
pub(super) const BASIS_MEAN: f64 = 1.5;
const BASIS_RETURN: f64 = 1.0 / 60.0;
const BASIS_NOISE: f64 = 0.45;
const BASIS_CLAMP: f64 = 9.0;

/// Shocks a second that make both venues busy, the mean size of one, and how fast it wears off.
const SHOCKS: f64 = 1.0 / 40.0;
const SHOCK_MEAN: f64 = 3.0;
const SHOCK_SECONDS: f64 = 3.0;
const ACTIVITY_MAX: f64 = 12.0;
/// How long before an opportunity the touch is already deep enough to be taken.
const GUARD: Span = Span::from_millis(1_000);

/// The market during one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// When the step begins.
    pub(super) ts: Ts,
    /// Fair spot price in hundredths of a quote unit.
    pub(super) spot: i64,
    /// Fair perpetual price in hundredths of a quote unit.
    pub(super) perp: i64,
    /// How busy the market is; 1 is calm.
    pub(super) activity: f64,
    /// True around a planted opportunity: the touch then holds enough for it and follows the price closely.
    pub(super) guarded: bool,
}

/// The path through time, a step at a call.
pub(super) struct Path {
    planted: Vec<Planted>,
    price: Stream,
    basis: Stream,
    shocks: Stream,
    now: Ts,
    spot: i64,
    natural: f64,
    excess: f64,
    wear: f64,
    /// The first planted opportunity that is not over.
    next: usize,
}

impl Path {
    pub(super) fn new(config: &SynthConfig, planted: Vec<Planted>) -> Self {
        Self {
            planted,
            price: Stream::new(config.seed, "price"),
            basis: Stream::new(config.seed, "basis"),
            shocks: Stream::new(config.seed, "shocks"),
            now: config.start,
            spot: PRICE_START,
            natural: BASIS_MEAN,
            excess: 0.0,
            wear: libm::exp(-STEP_SECONDS / SHOCK_SECONDS),
            next: 0,
        }
    }

    /// The current step's market; the path then moves on.
    pub(super) fn step(&mut self) -> Moment {
        let (basis, guarded) = self.planted_basis();
        // Thousandths of a basis point, so that from here on prices are integers.
        let basis = libm::round(basis * 1_000.0) as i64;
        let moment = Moment {
            ts: self.now,
            spot: self.spot,
            perp: self.spot + self.spot * basis / 10_000_000,
            activity: 1.0 + self.excess,
            guarded,
        };
        self.advance();
        moment
    }

    fn planted_basis(&mut self) -> (f64, bool) {
        while self
            .planted
            .get(self.next)
            .is_some_and(|one| one.end() <= self.now)
        {
            self.next += 1;
        }
        let Some(one) = self.planted.get(self.next) else {
            return (self.natural, false);
        };
        match one.basis(self.now) {
            Some((basis, weight)) => (self.natural + (basis - self.natural) * weight, true),
            None => (self.natural, self.now + GUARD >= one.at),
        }
    }

    fn advance(&mut self) {
        self.now = self.now + STEP;
        let deviation = STEP_DEVIATION * libm::sqrt(1.0 + self.excess);
        let moved = libm::round(self.price.normal() * deviation) as i64;
        let there = self.spot + moved;
        let inside = (PRICE_RANGE.0..PRICE_RANGE.1).contains(&there);
        self.spot = if inside { there } else { self.spot - moved };

        let pull = BASIS_RETURN * (BASIS_MEAN - self.natural) * STEP_SECONDS;
        let noise = BASIS_NOISE * libm::sqrt(STEP_SECONDS) * self.basis.normal();
        self.natural = (self.natural + pull + noise).clamp(-BASIS_CLAMP, BASIS_CLAMP);

        self.excess *= self.wear;
        if self.shocks.chance(SHOCKS * STEP_SECONDS) {
            let size = self.shocks.exponential(SHOCK_MEAN);
            self.excess = (self.excess + size).min(ACTIVITY_MAX);
        }
    }
}
