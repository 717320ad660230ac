//! How far what is held is from balance, as a part of the larger side, over time.

/// Bands of half a percent, and one for nothing apart.
const BINS: usize = 201;

/// Seconds by how far apart the sides were.
#[derive(Clone, Debug)]
pub(in crate::fold) struct Bands {
    seconds: Vec<f64>,
    now: Option<usize>,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            seconds: vec![0.0; BINS],
            now: None,
        }
    }
}

impl Bands {
    pub(super) fn advance(&mut self, seconds: f64) {
        if let Some(bin) = self.now.and_then(|at| self.seconds.get_mut(at)) {
            *bin += seconds;
        }
    }

    /// Base units that are long and short from now on.
    pub(super) fn set(&mut self, long: f64, short: f64) {
        let most = long.max(short);
        self.now = (most > 0.0).then(|| {
            let apart = (long - short).abs() / most;
            // What floats leave of sides that are equal is nothing.
            libm::ceil(apart * (BINS - 1) as f64 - 1e-6).max(0.0) as usize
        });
    }

    /// Seconds that anything was held.
    pub(in crate::fold) fn held_s(&self) -> f64 {
        self.seconds.iter().sum()
    }

    /// Seconds that the sides were no further apart than so many percent.
    pub(in crate::fold) fn within(&self, percent: usize) -> f64 {
        let bins = percent * (BINS - 1) / 100 + 1;
        self.seconds.iter().take(bins).sum()
    }

    /// Within what part of the larger side they were 99 % of the time, up to half a percent.
    pub(in crate::fold) fn p99(&self) -> Option<f64> {
        let wanted = self.held_s() * 0.99;
        let mut sum = 0.0;
        let at = self.seconds.iter().position(|seconds| {
            sum += seconds;
            sum >= wanted && sum > 0.0
        });
        at.map(|at| at as f64 / (BINS - 1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_by_how_far_sides_are_apart() {
        let mut bands = Bands::default();
        for (long, short, seconds) in [
            (1.0, 1.0, 90.0),
            (1.0, 0.96, 9.5),
            (1.0, 0.0, 0.5),
            (0.0, 0.0, 1_000.0),
        ] {
            bands.set(long, short);
            bands.advance(seconds);
        }
        assert!((bands.held_s() - 100.0).abs() < 1e-9);
        assert!((bands.within(1) - 90.0).abs() < 1e-9);
        assert!((bands.within(4) - 99.5).abs() < 1e-9);
        assert_eq!(bands.p99(), Some(0.04));
        assert_eq!(Bands::default().p99(), None);
    }
}
