//! Successive halving over the length of the data: every point over a short stretch from the beginning, the best
//! third over one three times as long, until the best are run over all of it.

use onetape_core::time::Ts;

use crate::commands::time_text;

/// One point in so many goes on, over a stretch so many times as long.
const ETA: u64 = 3;
/// Most stretches: the shortest is a 27th of the data.
const RUNGS_MAX: u32 = 4;

/// Where the stretches end: `None` is the end of the data, which the last one has.
pub(crate) fn rungs(points: u64, window: (i64, i64)) -> Vec<Option<String>> {
    let mut rungs = 1;
    let mut left = points;
    while left >= ETA && rungs < RUNGS_MAX {
        left = left.div_ceil(ETA);
        rungs += 1;
    }
    let (first, last) = window;
    let width = i128::from(last) - i128::from(first);
    let end = |rung: u32| {
        let part = i128::from(ETA).pow(rungs - 1 - rung);
        let end = i64::try_from(i128::from(first) + width / part).unwrap_or(last);
        (part > 1).then(|| time_text(Ts::from_nanos(end)))
    };
    (0..rungs).map(end).collect()
}

/// How many of so many go on.
pub(super) const fn survivors(points: usize) -> usize {
    points.div_ceil(ETA as usize)
}

/// How many runs there are over all stretches.
pub(super) fn total(points: usize) -> u64 {
    let stretches = rungs(points as u64, (0, 0)).len();
    let left = std::iter::successors(Some(points), |left| Some(survivors(*left)));
    left.take(stretches).map(|left| left as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_grow_threefold_to_the_end() {
        let window = (0, 27_000_000_000);
        let ends = |points| {
            let rungs = rungs(points, window).into_iter();
            rungs
                .map(|end| end.map_or("end".into(), |end| end[17..20].to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(ends(1), ["end"]);
        assert_eq!(ends(3), ["09.", "end"]);
        assert_eq!(ends(9), ["03.", "09.", "end"]);
        assert_eq!(ends(1_000), ["01.", "03.", "09.", "end"]);
        assert_eq!([1, 2, 3, 4, 9, 10].map(survivors), [1, 1, 1, 2, 3, 4]);
        assert_eq!([1, 3, 18].map(total), [1, 4, 26]);
    }
}
