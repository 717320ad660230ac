//! Return, execution and what the net is made of, in the unit of the equity.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

use super::table::{Cell, Table};
use crate::plots::analysis::{PARTS, parts as amounts};
use crate::report::{Analysis, Report};
use crate::stats::{Figure, Why};

/// How a figure is written.
#[derive(Clone, Copy)]
enum As {
    Percent,
    Plain,
    Millis,
}

fn shown(figure: Figure, way: As) -> String {
    let cut = |value: f64, decimals: u32| {
        let value = Decimal::from_f64(value).unwrap_or_default();
        value.round_dp(decimals).normalize().to_string()
    };
    match (figure, way) {
        (Figure::Missing(why), _) => format!("n/a: {}", why.text()),
        (Figure::Known(value), As::Percent) => format!("{} %", cut(value * 100.0, 2)),
        (Figure::Known(value), As::Plain) => cut(value, 3),
        (Figure::Known(value), As::Millis) => format!("{} ms", cut(value * 1e3, 3)),
    }
}

/// Figures of return and execution, one a line.
pub(super) fn figures(report: &Report, analysis: &Analysis, out: &mut String) {
    let mut table = Table::new("Return and execution", &["figure", "value"]);
    for (name, figure, way) in risk(analysis).into_iter().chain(done(analysis)) {
        table.row(vec![
            Cell::words(name, 40),
            Cell::words(&shown(figure, way), 52),
        ]);
    }
    if report.figures.fills > 0 || analysis.statistics.is_some() {
        table.write(out);
    }
}

type Line = (&'static str, Figure, As);

fn risk(analysis: &Analysis) -> Vec<Line> {
    let Some(stats) = &analysis.statistics else {
        return Vec::new();
    };
    let drawdown = analysis
        .equity
        .drawdown
        .map_or(Figure::Missing(Why::NoDrawdown), |fall| {
            Figure::Known(fall.depth)
        });
    vec![
        ("return of the period", stats.period_return, As::Percent),
        ("APR", stats.apr, As::Percent),
        ("Sharpe (daily UTC, 365)", stats.sharpe, As::Plain),
        ("Sortino", stats.sortino, As::Plain),
        ("deepest drawdown", drawdown, As::Percent),
    ]
}

fn done(analysis: &Analysis) -> Vec<Line> {
    let (done, capture) = (&analysis.execution, &analysis.execution.capture);
    let quantile = |value: Option<f64>| value.map_or(Figure::Missing(Why::NoTrips), Figure::Known);
    let mut lines = vec![
        ("orders filled whole", done.order_fill_ratio, As::Percent),
        ("maker part of value", done.maker_ratio, As::Percent),
        ("all legs hedged", done.hedging.complete_rate, As::Percent),
        (
            "hedge latency p50",
            quantile(done.hedging.latency.p50_s),
            As::Millis,
        ),
        (
            "hedge latency p99",
            quantile(done.hedging.latency.p99_s),
            As::Millis,
        ),
        ("edge captured", capture.edge_capture, As::Percent),
        ("decision edge, bps", capture.decision_edge_bps, As::Plain),
        ("realised edge, bps", capture.realised_edge_bps, As::Plain),
        ("fees of gross", capture.fee_ratio, As::Percent),
    ];
    if let Some(basis) = &analysis.basis {
        lines.push((
            "basis at entry, median bps",
            quantile(basis.entry.p50),
            As::Plain,
        ));
        lines.push((
            "basis at exit, median bps",
            quantile(basis.exit.p50),
            As::Plain,
        ));
        lines.push(("half-life of the basis, s", basis.half_life_s, As::Plain));
        lines.push(("basis taken of offered", basis.of_offered, As::Percent));
    }
    if let Some(worst) = worst(analysis, |one, other| one < other, |row| row.least_distance) {
        lines.push(("least distance to liquidation", worst, As::Percent));
    }
    if let Some(worst) = worst(analysis, |one, other| one > other, |row| row.most_use) {
        lines.push(("most margin used", worst, As::Percent));
    }
    lines
}

/// The worst of all venues' figures; what is missing is worse than any.
fn worst(
    analysis: &Analysis,
    worse: fn(f64, f64) -> bool,
    of: fn(&crate::report::MarginUse) -> Figure,
) -> Option<Figure> {
    analysis
        .margin
        .iter()
        .map(of)
        .reduce(|one, other| match (one, other) {
            (Figure::Known(a), Figure::Known(b)) if worse(b, a) => other,
            (Figure::Known(_), Figure::Missing(_)) => other,
            _ => one,
        })
}

/// What the net is made of, in each asset of the run.
pub(super) fn parts(report: &Report, analysis: &Analysis, out: &mut String) {
    for asset in report.figures.assets() {
        let total = &analysis.attribution.total;
        let title = format!("What net is made of, {asset}");
        let mut table = Table::new(title, &["part", "amount"]);
        let all = amounts(total, &asset);
        let used = || {
            PARTS
                .iter()
                .zip(all)
                .filter(|(_, amount)| !amount.is_zero())
        };
        for (name, amount) in used() {
            table.row(vec![Cell::words(name, 40), Cell::money(amount)]);
        }
        table.row(vec![
            Cell::words("Net", 40),
            Cell::money(total.net.in_asset(&asset)),
        ]);
        if used().count() > 0 {
            table.write(out);
        }
    }
}
