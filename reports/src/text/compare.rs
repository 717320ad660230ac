//! Two runs side by side as text.

use onetape_core::num::Money;

use super::table::{Cell, Table};
use crate::compare::{Alignment, Comparison, TripPair};
use crate::time::stamp;

/// Round trips that differ most are listed up to this many.
const TRIPS_MAX: usize = 12;

/// Comparisons, one for each asset, as text.
pub fn comparison_to_text(compared: &[Comparison], names: [&str; 2]) -> String {
    let mut out = format!("First   {}\nSecond  {}\n", names[0], names[1]);
    for one in compared {
        figures(one, &mut out);
        gap(one, &mut out);
        trips(one, &mut out);
    }
    out
}

/// How the times of two runs go together, as text.
pub fn alignment_to_text(by: &Alignment) -> String {
    let seconds = |nanos: i64| onetape_core::num::format_fixed(nanos, 9);
    format!(
        "On one time: {} of the first is {} of the second, a second of the first {} s, by {} messages that both saw \
         (half of them within {} s)\nBoth saw the market from {} to {} of the first\n",
        stamp(by.first),
        stamp(by.second),
        seconds(by.pace_ppb),
        by.matched,
        seconds(by.scatter_ns),
        stamp(by.from),
        stamp(by.to),
    )
}

fn figures(compared: &Comparison, out: &mut String) {
    let title = format!("Side by side, {}", compared.asset);
    let mut table = Table::new(&title, &["figure", "first", "second", "difference"]);
    for sides in &compared.figures {
        let known = |value: Option<_>| value.map_or(Cell::Right("n/a".into()), Cell::Number);
        let differs = sides.first.zip(sides.second).map(|(a, b)| b - a);
        table.row(vec![
            Cell::words(sides.name, 40),
            known(sides.first),
            known(sides.second),
            known(differs),
        ]);
    }
    table.write(out);
}

fn gap(compared: &Comparison, out: &mut String) {
    let gap = &compared.gap;
    let title = format!(
        "What the gap is made of: {} pairs, {} missed, {} extra, {} not in the common time",
        gap.pairs, gap.missed_trips, gap.extra_trips, gap.apart_trips
    );
    let mut table = Table::new(&title, &["part", "second less first"]);
    for (name, amount) in gap.parts() {
        table.row(vec![Cell::words(name, 40), Cell::money(amount)]);
    }
    table.row(vec![Cell::words("Net", 40), Cell::money(gap.net)]);
    table.write(out);
}

fn trips(compared: &Comparison, out: &mut String) {
    let mut differ: Vec<&TripPair> = compared.trips.iter().collect();
    let by = |trip: &TripPair| (trip.second_net - trip.first_net).abs();
    differ.sort_by_key(|trip| std::cmp::Reverse(by(trip)));
    differ.retain(|trip| by(trip) > Money::ZERO);
    differ.truncate(TRIPS_MAX);
    let columns = [
        "first",
        "second",
        "opened",
        "first net",
        "second net",
        "difference",
    ];
    let mut table = Table::new("Round trips that differ most", &columns);
    let number = |trip: Option<u32>| {
        trip.map_or_else(
            || Cell::Right("none".into()),
            |trip| Cell::Count(trip.into()),
        )
    };
    for trip in differ {
        let opened = trip.first_opened_at.or(trip.second_opened_at);
        table.row(vec![
            number(trip.first),
            number(trip.second),
            Cell::words(&opened.map(stamp).unwrap_or_default(), 24),
            Cell::money(trip.first_net),
            Cell::money(trip.second_net),
            Cell::money(trip.second_net - trip.first_net),
        ]);
    }
    table.write(out);
}
