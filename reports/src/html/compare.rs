//! What the page of a comparison shows.

use std::collections::BTreeSet;

use askama::Template;
use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::PageError;
use super::define::define;
use super::embed::{LIBRARY, data, policy, script};
use super::number::{count, decimals_for, grouped, signed, whole};
use super::view::{Figure, tone};
use crate::compare::{Comparison, TripPair};
use crate::plots::{Curve, Named, curve_of, rounded};
use crate::report::Report;
use crate::time::stamp;

/// Round trips that differ most are on the page up to this many; all of them are in the JSON.
const TRIPS_MAX: usize = 300;

/// The page.
#[derive(Template)]
#[template(path = "compare.html")]
pub(super) struct ComparePage<'a> {
    names: [&'a str; 2],
    assets: Vec<CompareView>,
    policy: String,
    library: &'static str,
    script: String,
    data: String,
}

/// All that is compared in one asset.
struct CompareView {
    asset: String,
    net: Figure,
    net_exact: String,
    figures: Vec<[String; 4]>,
    parts: Vec<PartView>,
    pairs: String,
    missed: String,
    extra: String,
    curves: bool,
    trips: Vec<PairView>,
    trips_note: String,
}

/// A part of the gap.
struct PartView {
    name: &'static str,
    what: &'static str,
    figure: Figure,
    exact: String,
}

/// A pair of round trips.
struct PairView {
    first: String,
    second: String,
    opened: String,
    filled: String,
    first_net: String,
    second_net: String,
    parts: [String; 6],
    gap: Figure,
}

#[derive(serde::Serialize)]
struct ComparePlots {
    asset: String,
    decimals: u32,
    names: [String; 2],
    waterfall: Vec<Named>,
    two: [Option<Curve>; 2],
}

#[derive(serde::Serialize)]
struct PageData {
    assets: Vec<ComparePlots>,
}

impl<'a> ComparePage<'a> {
    pub(super) fn new(
        compared: &[Comparison],
        reports: [&Report; 2],
        names: [&'a str; 2],
    ) -> Result<Self, PageError> {
        let script = script();
        let plots: Vec<ComparePlots> = compared
            .iter()
            .map(|one| plots(one, reports, names))
            .collect();
        let views = compared.iter().zip(&plots);
        Ok(Self {
            names,
            assets: views.map(|(one, plots)| view(one, plots)).collect(),
            policy: policy(&[LIBRARY, &script]),
            library: LIBRARY,
            script,
            data: data(&PageData { assets: plots })?,
        })
    }

    fn define(&self, name: &str) -> &'static str {
        define(name)
    }
}

fn plots(compared: &Comparison, reports: [&Report; 2], names: [&str; 2]) -> ComparePlots {
    let nets = compared.figures.first().map(|net| (net.first, net.second));
    let (first, second) = nets.unwrap_or_default();
    let net = |value: Option<Decimal>| Money::new(value.unwrap_or_default());
    let largest = net(first).abs().max(net(second).abs());
    let part = |name: &str, amount: Money| Named {
        name: name.to_owned(),
        value: rounded(amount, 8),
        trips: 0,
        total: ["First", "Second"].contains(&name),
    };
    let mut waterfall = vec![part("First", net(first))];
    let parts = compared.gap.parts().into_iter();
    waterfall.extend(
        parts
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(name, amount)| part(name, amount)),
    );
    waterfall.push(part("Second", net(second)));
    ComparePlots {
        asset: compared.asset.clone(),
        decimals: decimals_for(largest),
        names: names.map(str::to_owned),
        waterfall,
        two: reports.map(|report| curve_of(report, &compared.asset)),
    }
}

fn view(compared: &Comparison, plots: &ComparePlots) -> CompareView {
    let decimals = plots.decimals;
    let figure = |amount: Money| {
        let text = signed(amount.decimal(), decimals);
        Figure {
            tone: tone(&text),
            text,
        }
    };
    let gap = &compared.gap;
    let mut differ: Vec<&TripPair> = compared.trips.iter().collect();
    let by = |trip: &TripPair| (trip.second_net - trip.first_net).abs();
    differ.sort_by_key(|trip| std::cmp::Reverse(by(trip)));
    differ.truncate(TRIPS_MAX);
    let tasks: BTreeSet<&str> = compared.trips.iter().map(|trip| &*trip.task).collect();
    let several = tasks.len() > 1;
    CompareView {
        asset: compared.asset.clone(),
        net: figure(gap.net),
        net_exact: gap.net.to_string(),
        figures: compared
            .figures
            .iter()
            .map(|sides| row(sides, decimals))
            .collect(),
        parts: gap
            .parts()
            .into_iter()
            .map(|(name, amount)| PartView {
                name,
                what: define(name),
                figure: figure(amount),
                exact: amount.to_string(),
            })
            .collect(),
        pairs: count(gap.pairs),
        missed: count(gap.missed_trips),
        extra: count(gap.extra_trips),
        curves: plots.two.iter().any(Option::is_some),
        trips_note: if compared.trips.len() > TRIPS_MAX {
            format!(
                "The {TRIPS_MAX} that differ most of {}; all are in the JSON.",
                count(compared.trips.len() as u64)
            )
        } else {
            String::new()
        },
        trips: differ
            .into_iter()
            .map(|trip| pair(trip, several, decimals, &figure))
            .collect(),
    }
}

fn row(sides: &crate::compare::Sides, decimals: u32) -> [String; 4] {
    let text = |value: Decimal| grouped(value, value.scale().min(decimals)).to_string();
    let known =
        |value: Option<Decimal>| value.map_or_else(|| "n/a".to_owned(), |it| text(it.normalize()));
    let differs = sides.first.zip(sides.second).map(|(a, b)| b - a);
    [
        sides.name.to_owned(),
        known(sides.first),
        known(sides.second),
        differs.map_or_else(
            || "n/a".to_owned(),
            |value| {
                let value = value.normalize();
                signed(value, value.scale().min(decimals))
            },
        ),
    ]
}

fn pair(
    trip: &TripPair,
    several: bool,
    decimals: u32,
    figure: &dyn Fn(Money) -> Figure,
) -> PairView {
    let number = |number: Option<u32>| match number {
        Some(number) if several => format!("{} {number}", trip.task),
        Some(number) => number.to_string(),
        None => "none".to_owned(),
    };
    let plain = |amount: Money| grouped(amount.decimal(), decimals);
    let net = |there: bool, amount: Money| {
        if there {
            plain(amount)
        } else {
            "–".to_owned()
        }
    };
    let opened = trip.first_opened_at.or(trip.second_opened_at);
    PairView {
        first: number(trip.first),
        second: number(trip.second),
        opened: opened.map(stamp).unwrap_or_default(),
        filled: trip.filled_ratio.map_or_else(|| "–".to_owned(), whole),
        first_net: net(trip.first.is_some(), trip.first_net),
        second_net: net(trip.second.is_some(), trip.second_net),
        parts: [
            trip.filled,
            trip.prices,
            trip.latency,
            trip.slippage,
            trip.fees,
            trip.funding,
        ]
        .map(plain),
        gap: figure(trip.second_net - trip.first_net),
    }
}
