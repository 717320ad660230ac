//! The planted opportunities: when the basis leaves its range, how far, and whether taking it pays.
//!
//! Made for a taker with fees of 10 bps on spot and 5 bps on the perpetual who enters at [`ENTRY_EDGE_BPS`],
//! leaves at [`EXIT_EDGE_BPS`] and gives up after [`MAX_AGE`]: a winner falls back beyond the exit edge within
//! seconds; a loser stays where entry and forced exit together earn less than the 30 bps of four fees.

use onetape_core::time::{Span, Ts};

use super::config::{Directions, SynthConfig, SynthError};
use super::random::Stream;

/// Gross entry edge in bps that every planted opportunity exceeds and the rest of the tape stays well below.
pub const ENTRY_EDGE_BPS: f64 = 36.0;
/// Gross exit edge in bps that every winner exceeds soon and no loser reaches before [`MAX_AGE`].
pub const EXIT_EDGE_BPS: f64 = 1.0;
/// Age by which every winner has fallen back and until which every loser has not.
pub const MAX_AGE: Span = Span::from_millis(30_000);

/// Free time at both ends of a tape.
pub(super) const EDGE_MARGIN: Span = Span::from_millis(30_000);
/// Shortest slot of one opportunity: the longest excursion and some quiet.
pub(super) const SLOT_MIN: Span = Span::from_millis(80_000);
/// The longest excursion in milliseconds: a loser's 45 s of rest and 25 s of fading.
pub(super) const LENGTH_MAX: i64 = 70_000;
const MILLI: i64 = 1_000_000;
/// Funding is settled at multiples of eight hours, UTC.
const FUNDING_INTERVAL: i64 = 8 * 3_600 * 1_000 * MILLI;

/// Which way an opportunity is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Buy spot, sell the perpetual, which trades above.
    LongSpot,
    /// Sell spot, buy the perpetual, which trades below.
    ShortSpot,
}

impl Direction {
    /// The word used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LongSpot => "long_spot",
            Self::ShortSpot => "short_spot",
        }
    }
}

/// One planted opportunity. Its basis jumps to the peak, stays, falls to where it rests, and fades into what
/// the basis would have been. Levels are gross edges of this direction in hundredths of a basis point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planted {
    /// When it begins.
    pub at: Ts,
    /// Which way it is taken.
    pub direction: Direction,
    /// Whether taking it pays after fees.
    pub wins: bool,
    /// Entry edge at the peak.
    pub peak_centi_bps: i64,
    /// Entry edge after the fall.
    pub rest_centi_bps: i64,
    /// How long the peak lasts.
    pub peak_for: Span,
    /// How long the fall takes.
    pub fall_for: Span,
    /// From the beginning until it starts to fade.
    pub rest_until: Span,
    /// How long it fades.
    pub fade_for: Span,
}

impl Planted {
    /// When nothing of it is left.
    pub fn end(&self) -> Ts {
        self.at + self.rest_until + self.fade_for
    }

    /// The basis in bps that it asks for at a moment, and its weight against the natural one; `None` outside.
    pub(super) fn basis(&self, now: Ts) -> Option<(f64, f64)> {
        if now < self.at || now >= self.end() {
            return None;
        }
        let age = now.since(self.at).nanos();
        let fallen = share(age - self.peak_for.nanos(), self.fall_for);
        let faded = share(age - self.rest_until.nanos(), self.fade_for);
        let (peak, rest) = (self.peak_centi_bps as f64, self.rest_centi_bps as f64);
        let sign = match self.direction {
            Direction::LongSpot => 0.01,
            Direction::ShortSpot => -0.01,
        };
        Some((sign * (peak + (rest - peak) * fallen), 1.0 - faded))
    }
}

/// How much of a span has passed, from 0 to 1.
fn share(passed: i64, of: Span) -> f64 {
    let of = of.nanos().max(1);
    passed.clamp(0, of) as f64 / of as f64
}

/// The opportunities of a tape, in time order, never overlapping.
///
/// # Errors
/// [`SynthError`] when the configuration is refused.
pub fn plan(config: &SynthConfig) -> Result<Vec<Planted>, SynthError> {
    config.validate()?;
    let count = i64::from(config.opportunities);
    let mut stream = Stream::new(config.seed, "plan");
    let mut wins: Vec<bool> = (0..count).map(|at| at < count - count / 2).collect();
    for at in (1..wins.len()).rev() {
        wins.swap(at, stream.below(at as u64 + 1) as usize);
    }
    let slot = (config.duration.nanos() - 2 * EDGE_MARGIN.nanos()) / MILLI / count.max(1);
    let mut starts: Vec<Ts> = Vec::new();
    for at in 0..count {
        let from = config.start + EDGE_MARGIN + Span::from_millis(at * slot);
        starts.push(from + Span::from_millis(stream.between(0, slot - LENGTH_MAX)));
    }
    straddle_settlements(config, slot, &mut starts, &mut wins);
    Ok(starts
        .into_iter()
        .zip(wins)
        .map(|(at, wins)| draw(&mut stream, config.directions, at, wins))
        .collect())
}

/// In a slot in which funding is settled, plants a loser that is held through the settlement, as far as the slot
/// allows: a tape on which nobody is ever paid funding shows too little. A loser, because it is held for a known
/// time and loses more than funding brings.
fn straddle_settlements(config: &SynthConfig, slot: i64, starts: &mut [Ts], wins: &mut [bool]) {
    let first = config.start + EDGE_MARGIN;
    let mut placed = vec![false; starts.len()];
    let mut settles = next_settlement(first);
    while settles < config.start + config.duration {
        let passed = settles.since(first).nanos() / MILLI;
        let (at, into) = ((passed / slot.max(1)) as usize, passed % slot.max(1));
        let start = (into - 5_000).min(slot - LENGTH_MAX);
        let held = start >= 0 && into - start <= 20_000;
        settles = next_settlement(settles);
        if at >= starts.len() || !held {
            continue;
        }
        if wins[at] {
            let spare = (0..wins.len()).find(|&other| !wins[other] && !placed[other]);
            let Some(loser) = spare else { continue };
            wins.swap(at, loser);
        }
        placed[at] = true;
        starts[at] = first + Span::from_millis(at as i64 * slot + start);
    }
}

/// The first funding settlement after a moment.
pub(super) fn next_settlement(after: Ts) -> Ts {
    Ts::from_nanos((after.nanos().div_euclid(FUNDING_INTERVAL) + 1) * FUNDING_INTERVAL)
}

/// Seconds of the running funding interval that have passed.
pub(super) fn interval_seconds(now: Ts) -> i64 {
    now.nanos().rem_euclid(FUNDING_INTERVAL) / (1_000 * MILLI)
}

/// Draws the shape of one that begins at a moment.
pub(super) fn draw(stream: &mut Stream, directions: Directions, at: Ts, wins: bool) -> Planted {
    let mut span = |low, high| Span::from_millis(stream.between(low, high));
    let (peak_for, fall_for, rest_until, fade_for) = if wins {
        (
            span(800, 3_000),
            span(800, 3_500),
            span(15_000, 20_000),
            span(8_000, 12_000),
        )
    } else {
        (
            span(800, 3_000),
            span(1_000, 5_000),
            span(45_000, 45_000),
            span(15_000, 25_000),
        )
    };
    let (peak_centi_bps, rest_centi_bps) = if wins {
        (stream.between(4_400, 5_800), stream.between(-600, -300))
    } else {
        (stream.between(4_200, 4_600), stream.between(2_100, 2_700))
    };
    let long = stream.chance(0.5);
    let direction = match directions {
        Directions::LongSpot => Direction::LongSpot,
        Directions::ShortSpot => Direction::ShortSpot,
        Directions::Both if long => Direction::LongSpot,
        Directions::Both => Direction::ShortSpot,
    };
    Planted {
        at,
        direction,
        wins,
        peak_centi_bps,
        rest_centi_bps,
        peak_for,
        fall_for,
        rest_until,
        fade_for,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn opportunities_stand_apart_and_half_of_them_win(
            seed in any::<u64>(),
            minutes in 3i64..3_000,
            share in 0u32..=100,
        ) {
            let mut config = SynthConfig {
                seed,
                duration: Span::from_millis(minutes * 60_000),
                directions: Directions::Both,
                ..SynthConfig::default()
            };
            config.opportunities = config.opportunities_max() * share / 100;
            let planted = plan(&config).unwrap();
            prop_assert_eq!(planted.len() as u32, config.opportunities);
            let wins = planted.iter().filter(|one| one.wins).count();
            prop_assert_eq!(wins, planted.len() - planted.len() / 2);
            let mut free_from = config.start + EDGE_MARGIN;
            for one in &planted {
                prop_assert!(one.at >= free_from);
                prop_assert!(one.peak_for.nanos() + one.fall_for.nanos() < MAX_AGE.nanos());
                prop_assert!(one.wins || one.rest_until > MAX_AGE);
                free_from = one.end();
            }
            prop_assert!(free_from <= config.start + config.duration);
        }
    }

    #[test]
    fn a_loser_is_held_through_the_settlement_of_the_default_tape() {
        let settles = next_settlement(SynthConfig::default().start);
        assert_eq!(settles.nanos(), 1_704_096_000_000_000_000); // 2024-01-01T08:00:00Z
        for seed in 0..50 {
            let planted = plan(&SynthConfig {
                seed,
                ..SynthConfig::default()
            })
            .unwrap();
            let held = |one: &&Planted| one.at < settles && settles < one.at + MAX_AGE;
            let held = planted.iter().find(held).unwrap();
            assert!(!held.wins, "seed {seed}");
        }
    }
}
