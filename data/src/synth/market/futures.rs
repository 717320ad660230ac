//! What only a perpetual says: mark and index once a second, the funding rate once a minute.

use onetape_core::time::Ts;

use super::super::plan::{interval_seconds, next_settlement};
use super::config::MarketConfig;
use super::feeds::FeedKind;
use super::schedule::{Schedule, Spike};
use super::teller::Teller;
use crate::catalog::Row;

const SECOND: i64 = 1_000_000_000;
/// Seconds between two funding rows.
const FUNDING_EVERY: i64 = 60;
/// Marks, indices and rates are mantissas of 8 decimals.
const FINE: f64 = 1e8;
/// The mark follows the basis with this time constant, in seconds.
const MARK_SECONDS: f64 = 30.0;
/// 0.01 % an interval: what holding costs when the premium is small.
const INTEREST: i64 = 10_000;
/// How far the premium may lie from the interest before the rate follows: 0.05 %.
const DAMPING: i64 = 50_000;
/// Ordinary rates stay within 0.05 %.
pub(super) const ORDINARY: i64 = 50_000;

/// A perpetual's marks and funding while they are made.
pub(super) struct Futures {
    start: Ts,
    spikes: Vec<Spike>,
    /// Smoothed premium as a fraction.
    smooth: Option<f64>,
    /// Sum and number of the interval's premiums, as mantissas.
    premiums: (i64, i64),
    settles: Ts,
}

impl Futures {
    /// Before the tape the premium is taken to have been the feed's mean.
    pub(super) fn new(config: &MarketConfig, schedule: &Schedule, kind: &FeedKind) -> Self {
        let passed = interval_seconds(config.start);
        let spikes = schedule.spikes.iter().copied();
        Self {
            start: config.start,
            spikes: spikes
                .filter(|spike| spike.feed.name() == kind.name())
                .collect(),
            smooth: None,
            premiums: (
                libm::round(kind.drift.0 * FINE / 1e4) as i64 * passed,
                passed,
            ),
            settles: next_settlement(config.start),
        }
    }

    /// Counts what is due in a step, and says it unless the instrument is halted.
    pub(super) fn step(
        &mut self,
        now: Ts,
        index: f64,
        fair: f64,
        teller: &mut Teller,
        out: Option<&mut Vec<Row>>,
    ) {
        let passed = now.since(self.start).nanos();
        if passed % SECOND != 0 {
            return;
        }
        let premium = fair / index - 1.0;
        let before = self.smooth.unwrap_or(premium);
        let smooth = before + (premium - before) / MARK_SECONDS;
        self.smooth = Some(smooth);
        let settles = next_settlement(now);
        let settled = settles != self.settles;
        if settled {
            self.premiums = (0, 0);
            self.settles = settles;
        }
        self.premiums.0 += libm::round(premium * FINE) as i64;
        self.premiums.1 += 1;
        let Some(out) = out else { return };
        let fine = |price: f64| libm::round(price * FINE) as i64;
        teller.mark(now, fine(index * (1.0 + smooth)), fine(index), out);
        if settled || passed / SECOND % FUNDING_EVERY == 0 {
            teller.funding(now, self.rate(), settles, out);
        }
    }

    /// The venue's usual rule, mean premium plus the interest's distance from it within the damping, unless
    /// something else was drawn for this interval.
    fn rate(&self) -> i64 {
        let spike = self
            .spikes
            .iter()
            .find(|spike| spike.settles_at == self.settles);
        if let Some(spike) = spike {
            return spike.rate;
        }
        let premium = self.premiums.0 / self.premiums.1.max(1);
        let rate = premium + (INTEREST - premium).clamp(-DAMPING, DAMPING);
        rate.clamp(-ORDINARY, ORDINARY)
    }
}
