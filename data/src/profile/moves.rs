//! Returns of the mid price over equal stretches of time: how large, and how much each says of the next.

/// Returns that are compared with the ones before them: 1 to 5 stretches earlier.
pub(super) const LAGS: usize = 5;

/// Returns as they come, in bps.
#[derive(Default)]
pub(super) struct Moves {
    count: f64,
    sum: f64,
    squares: f64,
    zero: f64,
    /// The last ones, latest first.
    last: [f64; LAGS],
    known: usize,
    products: [f64; LAGS],
    pairs: [f64; LAGS],
}

impl Moves {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
        self.zero += f64::from(u8::from(value == 0.0));
        for lag in 0..self.known {
            self.products[lag] += value * self.last[lag];
            self.pairs[lag] += 1.0;
        }
        self.last.rotate_right(1);
        self.last[0] = value;
        self.known = (self.known + 1).min(LAGS);
    }

    fn mean(&self) -> f64 {
        self.sum / self.count
    }

    fn variance(&self) -> f64 {
        self.squares / self.count - self.mean() * self.mean()
    }

    /// Standard deviation; `None` with fewer than two.
    pub(super) fn deviation(&self) -> Option<f64> {
        (self.count > 1.0).then(|| libm::sqrt(self.variance().max(0.0)))
    }

    /// Share of stretches in which nothing moved.
    pub(super) fn still(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.zero / self.count)
    }

    /// Autocorrelation by lag, from 1; `None` where nothing moved or too little is known.
    pub(super) fn autocorrelation(&self, lag: usize) -> Option<f64> {
        let pairs = self.pairs[lag - 1];
        let variance = self.variance();
        if pairs < 2.0 || variance <= 0.0 {
            return None;
        }
        let together = self.products[lag - 1] / pairs - self.mean() * self.mean();
        Some(together / variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_alternates_is_anticorrelated_and_what_stands_still_has_none() {
        let mut moves = Moves::default();
        for at in 0..1_000 {
            moves.add(if at % 2 == 0 { 1.0 } else { -1.0 });
        }
        assert_eq!(moves.deviation(), Some(1.0));
        for lag in 1..=LAGS {
            let wanted = if lag % 2 == 0 { 1.0 } else { -1.0 };
            assert!((moves.autocorrelation(lag).unwrap() - wanted).abs() < 0.01);
        }
        let mut still = Moves::default();
        for _ in 0..10 {
            still.add(0.0);
        }
        assert_eq!((still.still(), still.autocorrelation(1)), (Some(1.0), None));
    }
}
