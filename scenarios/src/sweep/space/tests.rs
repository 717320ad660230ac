//! Which points come of which flags.

use proptest::prelude::*;

use super::*;

const SCENARIO: &str = "[[task]]\nstrategy = \"spot_futures\"\n";

fn known() -> Known {
    let cards = crate::commands::backtest::cards(onetape_core::strategies::ALL);
    Known::of(SCENARIO, &cards)
}

fn space(grid: &[&str], ranges: &[&str], constraints: &[&str]) -> anyhow::Result<Space> {
    let own = |texts: &[&str]| {
        texts
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<String>>()
    };
    Space::read(&own(grid), &own(ranges), &own(constraints), &known())
}

#[test]
fn a_grid_has_every_combination_in_order() {
    let space = space(
        &["min_entry_edge_bps=1,2,3", "exit.edge_bps=1..2/2"],
        &[],
        &[],
    );
    let points = space.unwrap().points(Sampling::None, 1).unwrap();
    let texts: Vec<String> = points.points.iter().map(|point| point.join(" ")).collect();
    assert_eq!(texts, ["1 1", "1 2", "2 1", "2 2", "3 1", "3 2"]);
    assert_eq!(points.left_out, LeftOut::default());
}

#[test]
fn what_breaks_a_constraint_is_counted() {
    let grid = ["min_entry_edge_bps=1,2,3", "exit.edge_bps=1,2,3"];
    let space = space(&grid, &[], &["exit.edge_bps < min_entry_edge_bps"]).unwrap();
    let points = space.points(Sampling::None, 1).unwrap();
    let texts: Vec<String> = points.points.iter().map(|point| point.join(" ")).collect();
    assert_eq!(texts, ["2 1", "3 1", "3 2"]);
    assert_eq!(points.left_out.constraints, 6);
}

#[test]
fn samples_depend_on_the_seed_and_stay_inside() {
    let ranges = ["min_entry_edge_bps=30..40", "exit.max_age=10s..60s"];
    let space = space(&["direction=both,long_spot"], &ranges, &[]).unwrap();
    for sampling in [Sampling::Random(64), Sampling::Sobol(64)] {
        let one = space.points(sampling, 1).unwrap();
        assert_eq!(one, space.points(sampling, 1).unwrap());
        assert_ne!(one, space.points(sampling, 2).unwrap());
        assert_eq!(one.points.len(), 128);
        // The samples are the same for every combination of the grid.
        assert_eq!(one.points[3][1..], one.points[67][1..]);
        for point in &one.points {
            for (axis, text) in space.axes.iter().zip(point) {
                assert!((0.0..=1.0).contains(&axis.position(text)), "{point:?}");
            }
        }
    }
}

#[test]
fn sobol_points_are_even_in_every_part() {
    let space = space(&[], &["repair.attempts=1..16"], &[]).unwrap();
    let points = space.points(Sampling::Sobol(16), 9).unwrap();
    assert_eq!((points.points.len(), points.left_out.repeated), (16, 0));
    let points = space.points(Sampling::Sobol(20), 9).unwrap();
    assert_eq!((points.points.len(), points.left_out.repeated), (16, 4));
}

#[test]
fn flags_that_do_not_go_together_say_the_fix() {
    let refused = |space: anyhow::Result<Space>, sampling| {
        let made = space.and_then(|space| space.points(sampling, 1));
        made.unwrap_err().to_string()
    };
    let grid = ["exit.edge_bps=1,2"];
    let range = ["exit.edge_bps=1..2"];
    for (said, says) in [
        (
            refused(space(&[], &[], &[]), Sampling::None),
            "--grid key=a,b,c",
        ),
        (
            refused(space(&[], &range, &[]), Sampling::None),
            "add --random N",
        ),
        (
            refused(space(&grid, &[], &[]), Sampling::Sobol(3)),
            "add --range",
        ),
        (
            refused(space(&[], &range, &[]), Sampling::Random(0)),
            "above 0",
        ),
        (
            refused(space(&range, &[], &[]), Sampling::None),
            "lo..hi/steps",
        ),
        (
            refused(space(&[], &range, &[]), Sampling::Random(2_000_000)),
            "more than 1000000 points",
        ),
        (
            refused(space(&grid, &[], &["exit.edge_bps > 2"]), Sampling::None),
            "leave none of the 2 points",
        ),
        (
            refused(space(&grid, &range, &[]), Sampling::None),
            "is swept already",
        ),
    ] {
        assert!(said.contains(says), "{says:?} is not in: {said}");
    }
}

proptest! {
    /// Values between two bounds are at equal distances, to half a unit, and never leave the bounds.
    #[test]
    fn steps_are_even(low in -1_000_000_i64..1_000_000, width in 1_i64..1_000_000, steps in 2_u64..60) {
        prop_assume!(steps - 1 <= width.unsigned_abs());
        let bps = |count: i64| onetape_core::num::format_fixed(count, 6);
        let flag = format!("exit.edge_bps={}..{}/{steps}", bps(low), bps(low + width));
        let space = space(&[&flag], &[], &[]).unwrap();
        let points = space.points(Sampling::None, 1).unwrap().points;
        prop_assert_eq!(points.len() as u64, steps);
        for (at, point) in points.iter().enumerate() {
            let is = onetape_core::num::Bps::parse(&point[0]).unwrap().millionths();
            let exact = low as f64 + width as f64 * at as f64 / (steps - 1) as f64;
            prop_assert!((is as f64 - exact).abs() <= 0.5, "{is} {exact}");
        }
        let ends = [points[0][0].as_str(), points[points.len() - 1][0].as_str()];
        let ends = ends.map(|text| onetape_core::num::Bps::parse(text).unwrap().millionths());
        prop_assert_eq!(ends, [low, low + width]);
    }
}
