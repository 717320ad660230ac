//! What is drawn adds up to what the report says.

use super::*;
use crate::Timelines;
use crate::fold::tests::sample::sample;

#[test]
fn the_curve_ends_where_the_closed_round_trips_do() {
    let report = sample();
    let plots = Plots::of(&report, "USDT", 4);
    let curve = plots.curve.unwrap();
    let net = report.figures.closed.net.one().unwrap();
    assert_eq!(curve.net.last().copied(), Some(rounded(net, 8)));
    for (at, net) in curve.net.iter().enumerate() {
        let parts = curve.gross[at] + curve.fees[at] + curve.funding[at];
        assert!((parts - net).abs() < 1e-6, "{parts} {net}");
        assert!(curve.drawdown[at] <= 0.0);
    }
    let lowest = curve.drawdown.iter().copied().fold(0.0, f64::min);
    assert_eq!(lowest.to_bits(), curve.deepest.to_bits());
}

#[test]
fn every_grouping_sums_to_the_same_net() {
    let report = sample();
    let plots = Plots::of(&report, "USDT", 4);
    let net = rounded(report.figures.closed.net.one().unwrap(), 8);
    let calendar: f64 = plots.calendar.unwrap().net.iter().sum();
    let closed = curve::closed(&report, "USDT");
    let grouped = groups::by(&closed, |trip| (trip.trip % 20).to_string());
    assert!(grouped.last().unwrap().name.ends_with("others"));
    let all: f64 = grouped.iter().map(|row| row.value).sum();
    assert!((calendar - net).abs() < 1e-6, "{calendar} {net}");
    assert!((all - net).abs() < 1e-6, "{all} {net}");
    let closed = report.figures.closed.round_trips;
    let counted: u64 = plots.nets.unwrap().counts.iter().sum();
    assert_eq!(counted, closed);
    let counted: u64 = plots.held.unwrap().counts.iter().sum();
    assert_eq!(counted, closed);
    let [parts @ .., last] = &plots.waterfall[..] else {
        panic!("no waterfall");
    };
    let sum: f64 = parts.iter().map(|part| part.value).sum();
    assert!((sum - last.value).abs() < 1e-6);
}

#[test]
fn many_round_trips_are_thinned_and_none_is_dropped() {
    let mut report = sample();
    let one = report.round_trips[3].clone();
    report.round_trips = (0..20_000_i64)
        .map(|at| {
            let mut trip = one.clone();
            let shift = onetape_core::time::Span::from_millis(at * 900);
            trip.trip = u32::try_from(at).unwrap() + 1;
            trip.opened_at = trip.opened_at + shift;
            trip.closed_at = trip.closed_at.map(|closed| closed + shift);
            trip
        })
        .collect();
    let plots = Plots::of(&report, "USDT", 4);
    let curve = plots.curve.unwrap();
    assert!(curve.at.len() <= 1_202, "{}", curve.at.len());
    let each = one.pnl.net.one().unwrap();
    let all = rounded(each.times(Decimal::from(20_000)), 8);
    assert!((curve.net.last().unwrap() - all).abs() < 1e-6);
    assert_eq!(plots.nets.unwrap().counts.iter().sum::<u64>(), 20_000);
    let list = TripList::of(&report, "USDT", 4);
    assert_eq!(list.net.len(), 20_000);
    let html = crate::to_html(&report, &crate::RunFacts::default(), &Timelines::default());
    let bytes = html.unwrap().len();
    assert!(bytes < 3_000_000, "{bytes} bytes");
}
