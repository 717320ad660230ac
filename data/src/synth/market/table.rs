//! Distributions of sizes, given by measured quantiles.

/// The quantiles that a distribution is given by.
pub(super) const QUANTILES: [f64; 6] = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99];

/// Values of a table, each as likely as the other.
const VALUES: usize = 4_096;

/// The largest value as a multiple of the 99th percentile.
const TOP: f64 = 2.0;

/// Whole numbers, 4,096 of them, that are drawn with equal chance: a draw is one look-up.
pub(super) struct Table(Vec<i64>);

impl Table {
    /// Between the quantiles the logarithm of the value goes up in a straight line. Nothing is below one unit.
    pub(super) fn new(quantiles: &[f64; 6], units: f64) -> Self {
        let mut points = vec![(0.0, 0.0)];
        let mut low = 0.0;
        for (&share, &value) in QUANTILES.iter().zip(quantiles) {
            // A table that goes down would be a slip in the calibration: values then stand still.
            low = libm::log((value * units).max(1.0)).max(low);
            points.push((share, low));
        }
        points.push((1.0, low + libm::log(TOP)));
        let value = |at: usize| {
            let share = (at as f64 + 0.5) / VALUES as f64;
            let next = points
                .partition_point(|point| point.0 <= share)
                .clamp(1, points.len() - 1);
            let ((x0, y0), (x1, y1)) = (points[next - 1], points[next]);
            let log = y0 + (y1 - y0) * (share - x0) / (x1 - x0);
            (libm::round(libm::exp(log)) as i64).max(1)
        };
        Self((0..VALUES).map(value).collect())
    }

    /// The value that the lowest twelve bits of a draw choose.
    pub(super) fn pick(&self, bits: u64) -> i64 {
        self.0[(bits % VALUES as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_come_out_as_they_went_in() {
        let table = Table::new(&[1.0, 2.0, 5.0, 10.0, 40.0, 900.0], 10.0);
        for (share, wanted) in QUANTILES.iter().zip([10, 20, 50, 100, 400, 9_000]) {
            let found = table.0[(share * VALUES as f64) as usize];
            assert!((found - wanted).abs() * 50 <= wanted, "{found} of {wanted}");
        }
        assert!(table.0.is_sorted() && table.0[0] >= 1);
        assert!(table.0[VALUES - 1] <= 18_000);
        assert_eq!((table.pick(0), table.pick(4_096)), (table.0[0], table.0[0]));
    }
}
