//! Moments and quantiles of a list of numbers.

/// Numbers with their mean. Sums go in order, so equal lists give equal bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    pub(super) items: &'a [f64],
    pub(super) mean: f64,
}

impl<'a> Sample<'a> {
    pub(super) fn new(items: &'a [f64]) -> Self {
        let mean = items.iter().sum::<f64>() / items.len() as f64;
        Self { items, mean }
    }

    pub(super) fn n(&self) -> f64 {
        self.items.len() as f64
    }

    /// True when all are equal, by comparison: the computed deviation of equal numbers need not be nothing.
    pub(super) fn is_even(&self) -> bool {
        self.items.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Sum of the deviations from the mean to a power.
    fn power_sum(&self, power: u32) -> f64 {
        let raised = |item: &f64| (0..power).fold(1.0, |product, _| product * (item - self.mean));
        self.items.iter().map(raised).sum()
    }

    /// Standard deviation of the sample, by n - 1.
    pub(super) fn deviation(&self) -> f64 {
        (self.power_sum(2) / (self.n() - 1.0)).sqrt()
    }

    /// Third moment over the cube of the deviation, both by n.
    fn plain_skew(&self) -> f64 {
        let spread = self.power_sum(2) / self.n();
        self.power_sum(3) / self.n() / (spread * spread.sqrt())
    }

    /// Fourth moment over the square of the variance, both by n: 3 for a normal distribution.
    fn plain_kurtosis(&self) -> f64 {
        let spread = self.power_sum(2) / self.n();
        self.power_sum(4) / self.n() / (spread * spread)
    }

    /// Skew without the bias of small samples, as pandas has it. Of three or more.
    pub(super) fn skew(&self) -> f64 {
        let n = self.n();
        self.plain_skew() * (n * (n - 1.0)).sqrt() / (n - 2.0)
    }

    /// Kurtosis beyond that of a normal distribution, without the bias of small samples, as pandas has it. Of four or
    /// more.
    pub(super) fn excess_kurtosis(&self) -> f64 {
        let n = self.n();
        let raw = (n + 1.0) * self.plain_kurtosis() - 3.0 * (n - 1.0);
        raw * (n - 1.0) / ((n - 2.0) * (n - 3.0))
    }

    /// Covariance of the list with itself so many places later, by n.
    pub(super) fn autocovariance(&self, lag: usize) -> f64 {
        let later = self.items.iter().skip(lag);
        let pairs = self.items.iter().zip(later);
        pairs
            .map(|(a, b)| (a - self.mean) * (b - self.mean))
            .sum::<f64>()
            / self.n()
    }
}

/// The number that a part of a sorted list lies below, straight between neighbours, as numpy has it.
pub(super) fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = (sorted.len().checked_sub(1)?) as f64 * part;
    let below = place as usize;
    let (low, high) = (*sorted.get(below)?, sorted.get(below + 1));
    Some(high.map_or(low, |high| low + (high - low) * (place - below as f64)))
}
