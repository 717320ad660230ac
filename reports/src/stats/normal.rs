//! The normal distribution, by libm, which gives the same on every machine.

use std::f64::consts::FRAC_1_SQRT_2;

/// The part of a standard normal distribution below `z`.
pub(super) fn below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The number that a part `p` of a standard normal distribution lies below, for `p` strictly between 0 and 1.
pub(super) fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0_f64, 40.0_f64);
    // Each step halves the width; 70 of them leave less than an f64 tells apart.
    for _ in 0..70 {
        let middle = 0.5 * (low + high);
        if below(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_undoes_the_distribution() {
        assert!((below(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        for p in [1e-9, 0.01, 0.3, 0.5, 0.77, 0.999] {
            assert!((below(quantile(p)) - p).abs() < 1e-14);
        }
    }
}
