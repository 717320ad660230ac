//! Sobol's sequence: points that fill a cube evenly, however many of them are taken.
//!
//! Direction numbers are those of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional
//! projections", 2008 (`new-joe-kuo-6`). Points come in Gray-code order, the first is the origin.

/// Dimensions that there are direction numbers for.
pub const DIMENSIONS_MAX: usize = 16;

/// Bits of a coordinate.
const BITS: usize = 32;

/// From the second dimension on: the primitive polynomial's inner coefficients, and the first direction numbers,
/// as many as its degree.
const POLYNOMIALS: [(u32, &[u32]); DIMENSIONS_MAX - 1] = [
    (0, &[1]),
    (1, &[1, 3]),
    (1, &[1, 3, 1]),
    (2, &[1, 1, 1]),
    (1, &[1, 1, 3, 3]),
    (4, &[1, 3, 5, 13]),
    (2, &[1, 1, 5, 5, 17]),
    (4, &[1, 1, 5, 5, 5]),
    (7, &[1, 1, 7, 11, 19]),
    (11, &[1, 1, 5, 1, 1]),
    (13, &[1, 1, 1, 3, 11]),
    (14, &[1, 3, 5, 5, 31]),
    (1, &[1, 3, 3, 9, 7, 49]),
    (13, &[1, 1, 1, 15, 21, 21]),
    (16, &[1, 3, 1, 13, 27, 49]),
];

/// One dimension of the sequence.
#[derive(Clone, Debug)]
pub struct Sobol {
    directions: [u32; BITS],
}

impl Sobol {
    /// The dimension with this number, from 0; `None` beyond the last.
    pub fn dimension(number: usize) -> Option<Self> {
        let mut directions = [0; BITS];
        let Some(before) = number.checked_sub(1) else {
            for (bit, direction) in directions.iter_mut().enumerate() {
                *direction = 1 << (BITS - 1 - bit);
            }
            return Some(Self { directions });
        };
        let (inner, first) = POLYNOMIALS.get(before)?;
        let degree = first.len();
        for bit in 0..BITS {
            directions[bit] = if bit < degree {
                first[bit] << (BITS - 1 - bit)
            } else {
                let far = directions[bit - degree];
                let mut value = far ^ (far >> degree);
                for k in 1..degree {
                    if (inner >> (degree - 1 - k)) & 1 == 1 {
                        value ^= directions[bit - k];
                    }
                }
                value
            };
        }
        Some(Self { directions })
    }

    /// The coordinate of a point, as a fraction of 2^32.
    pub fn coordinate(&self, point: u32) -> u32 {
        let gray = point ^ (point >> 1);
        let bits = self.directions.iter().enumerate();
        bits.filter(|(bit, _)| (gray >> bit) & 1 == 1)
            .fold(0, |sum, (_, direction)| sum ^ direction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(point: u32) -> Vec<u32> {
        (0..DIMENSIONS_MAX)
            .map(|number| Sobol::dimension(number).unwrap().coordinate(point))
            .collect()
    }

    fn eighths(point: u32) -> Vec<u32> {
        row(point).into_iter().map(|value| value >> 29).collect()
    }

    /// Known from another implementation of the same direction numbers.
    #[test]
    fn points_are_the_known_ones() {
        assert_eq!(eighths(0), [0; 16]);
        assert_eq!(eighths(1), [4; 16]);
        assert_eq!(eighths(2), [6, 2, 2, 2, 6, 6, 2, 6, 6, 6, 6, 6, 2, 2, 6, 2]);
        assert_eq!(eighths(4), [3, 3, 5, 7, 3, 1, 3, 7, 7, 5, 7, 3, 3, 5, 3, 7]);
        assert_eq!(eighths(7), [1, 5, 3, 1, 1, 3, 5, 5, 5, 7, 5, 1, 5, 3, 1, 1]);
        assert_eq!(
            row(1_000),
            [
                943_718_400,
                415_236_096,
                2_227_175_424,
                2_906_652_672,
                1_203_765_248,
                3_896_508_416,
                197_132_288,
                3_862_953_984,
                2_151_677_952,
                297_795_584,
                364_904_448,
                1_094_713_344,
                692_060_160,
                1_648_361_472,
                616_562_688,
                1_589_641_216
            ]
        );
    }

    /// Any 2^k points from the start have one in each of 2^k equal parts, in every dimension.
    #[test]
    fn every_dimension_is_stratified() {
        for number in 0..DIMENSIONS_MAX {
            let dimension = Sobol::dimension(number).unwrap();
            let mut parts: Vec<u32> = (0..256)
                .map(|point| dimension.coordinate(point) >> 24)
                .collect();
            parts.sort_unstable();
            assert_eq!(parts, (0..256).collect::<Vec<_>>(), "dimension {number}");
        }
        assert!(Sobol::dimension(DIMENSIONS_MAX).is_none());
    }
}
