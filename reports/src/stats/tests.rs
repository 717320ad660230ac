//! The golden table, and the series that others get wrong.

use super::*;

/// 400 daily returns, N(0.0008, 0.004), drawn by `tests/statistics/compare.py`.
const GOLDEN: &str = include_str!("../../../tests/statistics/golden.csv");

fn statistics(returns: &[f64], base: Base, assume: Assumptions) -> Statistics {
    let days: Vec<(i64, f64)> = (20_000..).zip(returns.iter().copied()).collect();
    Statistics::of(&Daily::from_returns(&days, base).unwrap(), assume)
}

fn golden(assume: Assumptions) -> Statistics {
    let values = GOLDEN.lines().skip(1).map(|line| {
        let (_, value) = line.split_once(',').unwrap();
        value.parse().unwrap()
    });
    statistics(&values.collect::<Vec<f64>>(), Base::Compounding, assume)
}

#[track_caller]
fn near(figure: Figure, expected: f64) {
    let value = figure.value().unwrap();
    assert!(
        (value - expected).abs() < 5.1e-10,
        "{value} is not {expected}"
    );
}

#[test]
fn the_golden_table_is_met_to_nine_digits() {
    let stats = golden(Assumptions::default());
    near(stats.sharpe, 3.883_151_521);
    near(stats.sortino, 6.624_150_538);
    near(stats.cagr, 0.322_917_673);
    near(stats.volatility, 0.072_772_183);
    near(stats.value_at_risk_95, -0.005_343_081);
    // empyrical-reloaded 0.7.1 itself gives -0.006780754085 on this series.
    near(stats.conditional_value_at_risk_95, -0.006_780_754);
    near(Figure::Known(stats.drawdown.unwrap().depth), -0.031_425_406);
    // The table gives six digits of this one.
    assert!((stats.calmar.value().unwrap() - 10.275_688).abs() < 5e-7);
    assert_eq!(stats.buckets, 400);
    // The risk-free rate is that of a year, and compounds.
    let assume = Assumptions {
        risk_free: 0.05,
        trials: None,
    };
    assert!((golden(assume).sharpe.value().unwrap() - 3.212_656).abs() < 5e-7);
}

#[test]
fn the_best_of_many_is_less_sure_than_one() {
    let with = |count| {
        golden(Assumptions {
            risk_free: 0.0,
            trials: Some(Trials {
                count,
                variance: None,
            }),
        })
    };
    let one = with(1);
    assert_eq!(one.deflated_sharpe, one.probabilistic_sharpe);
    let sure: Vec<f64> = [1, 2, 10, 1000]
        .map(|count| with(count).deflated_sharpe.value().unwrap())
        .into();
    assert!(sure.windows(2).all(|pair| pair[0] > pair[1]), "{sure:?}");
    let untold = golden(Assumptions::default()).deflated_sharpe;
    assert_eq!(untold, Figure::Missing(Why::NoTrials));
}

#[test]
fn a_loss_on_the_first_day_is_a_drawdown() {
    for base in [Base::Compounding, Base::Fixed] {
        let stats = statistics(&[-0.10, 0.02, 0.03], base, Assumptions::default());
        let fall = stats.drawdown.unwrap();
        assert!((fall.depth + 0.10).abs() < 1e-15);
        assert_eq!((fall.open, fall.recovered_at), (true, None));
        assert_eq!(
            (fall.duration_s, fall.longest_s),
            (3.0 * 86_400.0, 3.0 * 86_400.0)
        );
        assert!((fall.under_water - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(stats.sharpe, Figure::Missing(Why::FewBuckets));
        assert_eq!(stats.calmar, Figure::Missing(Why::Short));
        assert!((stats.worst_day.unwrap().value + 0.10).abs() < 1e-15);
    }
}

#[test]
fn an_even_series_has_no_ratios() {
    for value in [0.0, 0.001] {
        let stats = statistics(&[value; 40], Base::Fixed, Assumptions::default());
        let ratios = [
            stats.sharpe,
            stats.sharpe_lo,
            stats.sharpe_newey_west,
            stats.sortino,
            stats.probabilistic_sharpe,
            stats.skew,
            stats.excess_kurtosis,
        ];
        assert!(
            ratios
                .iter()
                .all(|ratio| *ratio == Figure::Missing(Why::NoSpread)),
            "{ratios:?}"
        );
        assert_eq!(
            (stats.drawdown, stats.calmar),
            (None, Figure::Missing(Why::NoDrawdown))
        );
    }
    let nothing = statistics(&[0.0; 40], Base::Fixed, Assumptions::default());
    assert_eq!(nothing.period_return, Figure::Known(0.0));
    assert_eq!(nothing.apr, Figure::Known(0.0));
}

#[test]
fn a_single_bucket_has_no_ratios() {
    let stats = statistics(&[0.01], Base::Fixed, Assumptions::default());
    assert_eq!(stats.buckets, 1);
    for figure in [
        stats.sharpe,
        stats.sortino,
        stats.volatility,
        stats.value_at_risk_95,
        stats.skew,
    ] {
        assert_eq!(figure, Figure::Missing(Why::FewBuckets));
    }
    assert_eq!(stats.cagr, Figure::Missing(Why::Short));
    assert!((stats.apr.value().unwrap() - 3.65).abs() < 1e-12);
    let empty = statistics(&[], Base::Fixed, Assumptions::default());
    assert_eq!((empty.buckets, empty.best_day), (0, None));
    assert_eq!(empty.apr, Figure::Missing(Why::Short));
}

#[test]
fn a_recovered_drawdown_ends_where_the_curve_is_back() {
    let stats = statistics(
        &[0.1, -0.05, -0.05, 0.2, -0.01],
        Base::Fixed,
        Assumptions::default(),
    );
    let fall = stats.drawdown.unwrap();
    assert!((fall.depth - (1.0 / 1.1 - 1.0)).abs() < 1e-12);
    assert_eq!((fall.open, fall.duration_s), (false, 3.0 * 86_400.0));
    assert_eq!(
        fall.recovered_at.unwrap(),
        Ts::from_nanos((20_000 + 4) * 86_400_000_000_000)
    );
}

#[test]
fn days_that_are_not_named_returned_nothing() {
    let named = Daily::from_returns(&[(10, 0.01), (13, 0.02)], Base::Fixed).unwrap();
    let full =
        Daily::from_returns(&[(10, 0.01), (11, 0.0), (12, 0.0), (13, 0.02)], Base::Fixed).unwrap();
    assert_eq!(named, full);
    let wrong = |days: &[(i64, f64)]| Daily::from_returns(days, Base::Fixed).unwrap_err();
    assert_eq!(wrong(&[(10, 0.0), (10, 0.0)]), (1, DailyError::NotAfter));
    assert_eq!(wrong(&[(10, 0.0), (9, 0.0)]), (1, DailyError::NotAfter));
    assert_eq!(
        wrong(&[(0, 0.0), (i64::MAX, 0.0)]),
        (1, DailyError::TooLong)
    );
    assert_eq!(wrong(&[(0, f64::NAN)]), (0, DailyError::NoReturn));
}
