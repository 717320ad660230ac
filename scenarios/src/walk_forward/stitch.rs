//! The tests put one after the other.

use onetape_core::num::Money;
use onetape_core::time::Span;
use rust_decimal::Decimal;

use super::Walk;
use super::result::{Drift, Figures, Point, Ran, Walked, ratio};
use super::trial::Trial;
use super::windows::Stretch;

/// What a walk came to, of its trains (every point of the first window, then of the next), what each window chose, and
/// its tests.
pub(super) fn walked(
    walk: &Walk<'_>,
    trains: &[Trial],
    chosen: &[usize],
    tests: Vec<Trial>,
) -> anyhow::Result<Walked> {
    let points = walk.scenarios.len();
    let mut windows = Vec::new();
    for (at, (window, test)) in walk.windows.iter().zip(&tests).enumerate() {
        let point = chosen[at];
        let in_sample = figures(&trains[at * points + point], window.train);
        let out_of_sample = figures(test, window.test);
        let keys = walk.grid.axes().iter().map(|axis| axis.key.clone());
        let values = walk.grid.point(point).into_iter().map(str::to_string);
        windows.push(Ran {
            window: at + 1,
            train: window.train,
            test: window.test,
            point,
            chosen: keys.zip(values).collect(),
            ratio: ratio(&out_of_sample, &in_sample),
            in_sample,
            out_of_sample,
        });
    }
    let asset = one_asset(trains, &tests)?;
    let in_sample = together(windows.iter().map(|ran| &ran.in_sample));
    let out_of_sample = together(windows.iter().map(|ran| &ran.out_of_sample));
    let equity = equity(walk, &tests);
    Ok(Walked {
        name: walk.scenarios[0].name.clone(),
        asset,
        objective: walk.objective.name(),
        data: walk.all,
        cut: walk.cut,
        warmup: walk.warmup,
        points,
        ratio: ratio(&out_of_sample, &in_sample),
        windows_gained: windows
            .iter()
            .filter(|ran| ran.out_of_sample.net.decimal() > Decimal::ZERO)
            .count(),
        max_drawdown: drawdown(&equity),
        drift: drift(walk, chosen),
        notes: notes(walk, &tests),
        equity,
        in_sample,
        out_of_sample,
        windows,
    })
}

/// The asset that every trial settles in: amounts of several are never added, nor compared.
fn one_asset(trains: &[Trial], tests: &[Trial]) -> anyhow::Result<String> {
    let mut assets = trains.iter().chain(tests).map(|trial| &trial.asset);
    let asset = assets.next().cloned().unwrap_or_default();
    if let Some(other) = assets.find(|other| **other != asset) {
        anyhow::bail!("some points settle in {asset} and some in {other}; try them apart");
    }
    Ok(asset)
}

fn figures(trial: &Trial, on: Stretch) -> Figures {
    let figures = Figures {
        span: on.span(),
        net: trial.net,
        net_per_day: Decimal::ZERO,
        gross: trial.gross,
        fees: trial.fees,
        funding: trial.funding,
        round_trips: trial.closes.len(),
        open: trial.open,
        open_fees: trial.open_fees,
        open_net: trial.net - trial.closed_net(),
    };
    figures.a_day()
}

fn together<'a>(all: impl Iterator<Item = &'a Figures>) -> Figures {
    let sum = all.fold(Figures::default(), |mut sum, one| {
        sum.span = Span::from_nanos(sum.span.nanos().saturating_add(one.span.nanos()));
        sum.net += one.net;
        sum.gross += one.gross;
        sum.fees += one.fees;
        sum.funding += one.funding;
        sum.round_trips += one.round_trips;
        sum.open += one.open;
        sum.open_fees += one.open_fees;
        sum.open_net += one.open_net;
        sum
    });
    sum.a_day()
}

/// A step at the end of every round trip, and one at the end of every test.
fn equity(walk: &Walk<'_>, tests: &[Trial]) -> Vec<Point> {
    let mut points = Vec::new();
    let mut before = Money::ZERO;
    for (at, (window, test)) in walk.windows.iter().zip(tests).enumerate() {
        let closes = test.closes.iter().map(|(at, net)| (*at, *net, "close"));
        let end = (window.test.to, test.net, "end");
        points.extend(closes.chain([end]).map(|(ts, net, of)| Point {
            at: ts,
            window: at + 1,
            net: before + net,
            of,
        }));
        before += test.net;
    }
    points
}

fn drawdown(equity: &[Point]) -> Money {
    let (mut height, mut deepest) = (Decimal::ZERO, Decimal::ZERO);
    for net in equity.iter().map(|point| point.net.decimal()) {
        height = height.max(net);
        deepest = deepest.max(height - net);
    }
    Money::new(deepest)
}

fn drift(walk: &Walk<'_>, chosen: &[usize]) -> Vec<Drift> {
    let chosen: Vec<Vec<&str>> = chosen.iter().map(|point| walk.grid.point(*point)).collect();
    let of_axis = |(at, axis): (usize, &super::Axis)| {
        let count = |value: &String| chosen.iter().filter(|values| values[at] == value).count();
        Drift {
            key: axis.key.clone(),
            changes: chosen
                .windows(2)
                .filter(|two| two[0][at] != two[1][at])
                .count(),
            chosen: axis
                .values
                .iter()
                .map(|value| (value.clone(), count(value)))
                .collect(),
        }
    };
    walk.grid.axes().iter().enumerate().map(of_axis).collect()
}

fn notes(walk: &Walk<'_>, tests: &[Trial]) -> Vec<String> {
    let mut notes = vec![
        "Every train and test begins flat with the scenario's balances; the equity steps where a round trip ends and \
         where a test ends."
            .to_string(),
    ];
    let open = tests.iter().filter(|test| test.open > 0).count();
    if open > 0 {
        notes.push(format!(
            "{open} of {} tests ended with open positions, which are closed at what their marks would bring, without \
             fees: taker fees of {} are not in the net.",
            tests.len(),
            tests.iter().map(|test| test.open_fees).sum::<Money>(),
        ));
    }
    let mut unmarked: Vec<&str> = (tests.iter())
        .flat_map(|test| &test.unmarked)
        .map(String::as_str)
        .collect();
    unmarked.sort_unstable();
    unmarked.dedup();
    if !unmarked.is_empty() {
        notes.push(format!(
            "Nothing is known to mark {} with at the end of some tests: what is open there is not in the net.",
            unmarked.join(", ")
        ));
    }
    if let Some(last) = walk.windows.last() {
        let left = walk.all.to.since(last.test.to);
        if left.nanos() > 0 {
            notes.push(format!(
                "The last {} days of the data are behind the last whole test and not used.",
                super::result::days_text(left)
            ));
        }
    }
    notes
}
