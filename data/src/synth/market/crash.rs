//! A crash: a fast fall of everything and a partial recovery, with thin books and wide spreads.

use onetape_core::time::{Span, Ts};

use super::super::random::Stream;

/// How long it falls, and until when it recovers.
const FALL: Span = Span::from_millis(120_000);
const RECOVERY: Span = Span::from_millis(360_000);
/// Share of the fall that is won back, in percent.
const REBOUND: (i64, i64) = (30, 60);
/// How much further ether falls than bitcoin, in percent.
const ETHER: i64 = 120;
/// Equal pieces of the fall, each as steep as its draw says.
const PIECES: usize = 12;
/// How quickly books become wide and thin, and sound again at the end.
const ONSET: Span = Span::from_millis(5_000);
const RELIEF: Span = Span::from_millis(60_000);

/// One crash. Prices are those at its beginning times e to the (negative) told hundredths of a percent.
#[derive(Clone, Debug)]
pub(super) struct Crash {
    pub(super) from: Ts,
    /// How far bitcoin falls, in bps of the logarithm of its price.
    pub(super) fall_bps: i64,
    /// What is left of the fall at its end.
    pub(super) left_bps: i64,
    /// Share of the fall that is behind at the end of each piece.
    pieces: [f64; PIECES],
}

impl Crash {
    /// From the beginning to the end of the recovery.
    pub(super) const LENGTH: Span = Span::from_nanos(FALL.nanos() + RECOVERY.nanos());

    pub(super) fn draw(from: Ts, fall_bps: i64, draws: &mut Stream) -> Self {
        let steep: [f64; PIECES] = std::array::from_fn(|_| 0.3 + draws.unit());
        let all: f64 = steep.iter().sum();
        let mut behind = 0.0;
        let mut pieces = steep.map(|piece| {
            behind += piece / all;
            behind
        });
        pieces[PIECES - 1] = 1.0;
        let rebound = draws.between(REBOUND.0, REBOUND.1);
        Self {
            from,
            fall_bps,
            left_bps: fall_bps - fall_bps * rebound / 100,
            pieces,
        }
    }

    /// When it is at its lowest.
    pub(super) fn bottom(&self) -> Ts {
        self.from + FALL
    }

    /// When the recovery ends.
    pub(super) fn until(&self) -> Ts {
        self.from + Self::LENGTH
    }

    /// The same for ether.
    pub(super) fn ether(bps: i64) -> i64 {
        bps * ETHER / 100
    }

    /// How far bitcoin has fallen, in bps; what is left of it stays.
    pub(super) fn fallen_bps(&self, now: Ts) -> f64 {
        let (fall, left) = (self.fall_bps as f64, self.left_bps as f64);
        let passed = now.since(self.from).nanos();
        if passed <= 0 {
            return 0.0;
        }
        if passed >= FALL.nanos() {
            let after = passed - FALL.nanos();
            let share = after.min(RECOVERY.nanos()) as f64 / RECOVERY.nanos() as f64;
            // Quickly at first.
            let back = share * (2.0 - share);
            return fall + (left - fall) * back;
        }
        let piece = FALL.nanos() / PIECES as i64;
        let at = (passed / piece) as usize;
        let within = (passed % piece) as f64 / piece as f64;
        let before = if at == 0 { 0.0 } else { self.pieces[at - 1] };
        fall * (before + (self.pieces[at] - before) * within)
    }

    /// How disturbed the books are, from 0 to 1.
    pub(super) fn stress(&self, now: Ts) -> f64 {
        if now < self.from || now >= self.until() {
            return 0.0;
        }
        let onset = now.since(self.from).nanos() as f64 / ONSET.nanos() as f64;
        let relief = self.until().since(now).nanos() as f64 / RELIEF.nanos() as f64;
        // Worst at the bottom, half as bad through the recovery.
        let level = if now < self.bottom() { 1.0 } else { 0.5 };
        onset.min(relief).min(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_as_far_as_told_and_recovers_in_part() {
        for seed in 0..50 {
            let from = Ts::from_nanos(1_000_000_000_000);
            let crash = Crash::draw(from, 800, &mut Stream::new(seed, "crash"));
            assert_eq!(crash.fallen_bps(from), 0.0);
            assert_eq!(crash.fallen_bps(crash.bottom()), 800.0);
            assert_eq!(crash.fallen_bps(crash.until()), crash.left_bps as f64);
            assert!((320..=560).contains(&crash.left_bps));
            let mut before = 0.0;
            for second in 0..=120 {
                let fallen = crash.fallen_bps(from + Span::from_millis(second * 1_000));
                assert!(fallen >= before && fallen - before < 40.0);
                before = fallen;
            }
            assert_eq!(crash.stress(from), 0.0);
            assert_eq!(crash.stress(from + Span::from_millis(60_000)), 1.0);
            assert_eq!(crash.stress(crash.until()), 0.0);
        }
    }
}
