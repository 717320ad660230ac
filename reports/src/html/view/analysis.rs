//! What is shown of a full report's analysis: return and risk, the parts of net, how it was executed.

use onetape_core::num::Money;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

use super::Card;
use super::asset::Eye;
use crate::html::number::{count, grouped};
use crate::plots::analysis::{PARTS, parts};
use crate::report::{Analysis, Attribution, Basis, Quantiles, Report};
use crate::stats::{Figure, Statistics, Why};

/// A table of figures: names, values, definitions.
pub(in crate::html) struct FigureTable {
    pub(in crate::html) title: &'static str,
    pub(in crate::html) note: String,
    pub(in crate::html) rows: Vec<FigureRow>,
}

/// One of them.
pub(in crate::html) struct FigureRow {
    pub(in crate::html) name: &'static str,
    pub(in crate::html) text: String,
    pub(in crate::html) exact: String,
}

/// A table whose columns have names of their own.
pub(in crate::html) struct WideTable {
    pub(in crate::html) title: &'static str,
    pub(in crate::html) note: &'static str,
    pub(in crate::html) heads: Vec<String>,
    pub(in crate::html) rows: Vec<(String, Vec<super::Figure>)>,
    /// The last row is the sum of the others.
    pub(in crate::html) sums: bool,
}

/// How a figure is written.
#[derive(Clone, Copy)]
enum As {
    Percent,
    Plain,
    Count,
}

fn row(name: &'static str, figure: Figure, way: As) -> FigureRow {
    let decimal = |value: f64| Decimal::from_f64(value).unwrap_or_default();
    let text = match (figure, way) {
        (Figure::Missing(why), _) => format!("n/a: {}", why.text()),
        (Figure::Known(value), As::Percent) => format!("{} %", grouped(decimal(value * 100.0), 2)),
        (Figure::Known(value), As::Plain) => grouped(decimal(value), 3),
        (Figure::Known(value), As::Count) => count(value.max(0.0) as u64),
    };
    FigureRow {
        name,
        text,
        exact: figure
            .value()
            .map_or_else(String::new, |value| value.to_string()),
    }
}

/// Return and risk that stand beside the net.
pub(super) fn cards(analysis: &Analysis) -> Vec<Card> {
    let Some(stats) = &analysis.statistics else {
        return Vec::new();
    };
    let mut cards: Vec<Card> = [
        ("APR", stats.apr, As::Percent, "simple, of average capital"),
        ("Sharpe", stats.sharpe, As::Plain, "daily UTC, 365 days"),
    ]
    .into_iter()
    .map(|(name, figure, way, note)| {
        let row = row(name, figure, way);
        Card {
            name,
            exact: row.exact,
            note: figure.why_not().unwrap_or(note).to_owned(),
            figure: super::Figure {
                text: if figure.value().is_some() {
                    row.text
                } else {
                    "n/a".to_owned()
                },
                tone: "",
            },
        }
    })
    .collect();
    if let Some(fall) = &analysis.equity.drawdown {
        let row = row("Max drawdown", Figure::Known(fall.depth), As::Percent);
        cards.push(Card {
            name: "Max drawdown",
            exact: row.exact,
            figure: super::Figure {
                text: row.text,
                tone: "",
            },
            note: "of capital and net at mids".to_owned(),
        });
    }
    cards
}

/// Return and risk in full.
pub(super) fn risk(stats: &Statistics) -> FigureTable {
    let rule = &stats.convention;
    let part = |value: Option<f64>| {
        value.map_or(
            Figure::Missing(crate::stats::Why::FewBuckets),
            Figure::Known,
        )
    };
    FigureTable {
        title: "Return and risk",
        note: format!(
            "Returns on {} buckets ({} of them), {} a year, days of nothing {}, ddof {}, risk-free {} a year, marked {}; a \
             return is of the {}.",
            rule.bucket,
            count(stats.buckets),
            rule.periods_per_year,
            rule.zero_days,
            rule.ddof,
            rule.risk_free,
            rule.mark,
            rule.base,
        ),
        rows: vec![
            row("Period return", stats.period_return, As::Percent),
            row("APR", stats.apr, As::Percent),
            row("CAGR", stats.cagr, As::Percent),
            row("Volatility", stats.volatility, As::Percent),
            row("Sharpe", stats.sharpe, As::Plain),
            row("Sharpe, Newey-West", stats.sharpe_newey_west, As::Plain),
            row("Sharpe, Lo", stats.sharpe_lo, As::Plain),
            row(
                "Probabilistic Sharpe",
                stats.probabilistic_sharpe,
                As::Percent,
            ),
            row("Deflated Sharpe", stats.deflated_sharpe, As::Percent),
            row("Sortino", stats.sortino, As::Plain),
            row("Calmar", stats.calmar, As::Plain),
            row("Skew", stats.skew, As::Plain),
            row("Excess kurtosis", stats.excess_kurtosis, As::Plain),
            row("Value at risk, 95 %", stats.value_at_risk_95, As::Percent),
            row(
                "Expected shortfall, 95 %",
                stats.conditional_value_at_risk_95,
                As::Percent,
            ),
            row("Winning days", stats.winning_days, As::Percent),
            row(
                "Best day",
                part(stats.best_day.map(|day| day.value)),
                As::Percent,
            ),
            row(
                "Worst day",
                part(stats.worst_day.map(|day| day.value)),
                As::Percent,
            ),
            row(
                "Daily drawdown",
                part(stats.drawdown.as_ref().map(|fall| fall.depth)),
                As::Percent,
            ),
        ],
    }
}

/// How it was executed.
pub(super) fn execution(report: &Report, analysis: &Analysis) -> FigureTable {
    let (done, hedging) = (&analysis.execution, &analysis.execution.hedging);
    let capture = &done.capture;
    let known = |value: f64| Figure::Known(value);
    let quantile = |value: Option<f64>| {
        value.map_or(Figure::Missing(crate::stats::Why::NoTrips), |it| {
            known(it * 1e3)
        })
    };
    FigureTable {
        title: "Execution",
        note: format!(
            "Of {} orders and {} fills.",
            count(report.outcomes.sent),
            count(report.figures.fills)
        ),
        rows: vec![
            row("Orders with a fill", done.order_fill_ratio, As::Percent),
            row("Maker ratio", done.maker_ratio, As::Percent),
            row("All legs hedged", hedging.complete_rate, As::Percent),
            row("Legging rate", hedging.legging_rate, As::Percent),
            row(
                "Hedge latency p50, ms",
                quantile(hedging.latency.p50_s),
                As::Plain,
            ),
            row(
                "Hedge latency p90, ms",
                quantile(hedging.latency.p90_s),
                As::Plain,
            ),
            row(
                "Hedge latency p99, ms",
                quantile(hedging.latency.p99_s),
                As::Plain,
            ),
            row(
                "Hedge latency max, ms",
                quantile(hedging.latency.max_s),
                As::Plain,
            ),
            row(
                "Unhedged value x seconds",
                known(hedging.unhedged_value_s),
                As::Count,
            ),
            row("Most unhedged", known(hedging.unhedged_most), As::Count),
            row("Ended by age", done.timeout_share, As::Percent),
            row("Edge capture", capture.edge_capture, As::Percent),
            row("Decision edge, bps", capture.decision_edge_bps, As::Plain),
            row("Realised edge, bps", capture.realised_edge_bps, As::Plain),
            row(
                "Implementation shortfall",
                known(capture.implementation_shortfall),
                As::Plain,
            ),
            row("Fee ratio", capture.fee_ratio, As::Percent),
            row("Cost a million", capture.cost_per_million, As::Plain),
            row("Turnover a day", capture.turnover_per_day, As::Plain),
            row(
                "Return on exposure",
                capture.return_on_exposure,
                As::Percent,
            ),
            row("Funding yield", capture.funding_yield, As::Percent),
            row(
                "Funding break-even, days",
                capture.funding_break_even_days,
                As::Plain,
            ),
            row("Mean exposure", done.exposure.gross.mean, As::Count),
            row("Most exposure", known(done.exposure.gross.max), As::Count),
            row(
                "Repair fills",
                known(hedging.repair_fills as f64),
                As::Count,
            ),
            row("Tick to wire, s", done.tick_to_wire_s, As::Plain),
            row("Reconnects", done.feeds.reconnects, As::Count),
            row("Stale, s", done.feeds.stale_s, As::Plain),
        ],
    }
}

/// What the market offered.
pub(super) fn basis(basis: &Basis) -> FigureTable {
    let part = |value: Option<f64>| value.map_or(Figure::Missing(Why::NoTrips), Figure::Known);
    FigureTable {
        title: "Basis",
        note: format!(
            "What {} costs over {}, in basis points, of {} entries and {} exits.",
            basis.second,
            basis.first,
            count(basis.entry.count),
            count(basis.exit.count),
        ),
        rows: vec![
            row("Entry, mean", part(basis.entry.mean), As::Plain),
            row("Entry, deviation", part(basis.entry.deviation), As::Plain),
            row("Entry, p5", part(basis.entry.p5), As::Plain),
            row("Entry, median", part(basis.entry.p50), As::Plain),
            row("Entry, p95", part(basis.entry.p95), As::Plain),
            row("Exit, mean", part(basis.exit.mean), As::Plain),
            row("Exit, deviation", part(basis.exit.deviation), As::Plain),
            row("Exit, p5", part(basis.exit.p5), As::Plain),
            row("Exit, median", part(basis.exit.p50), As::Plain),
            row("Exit, p95", part(basis.exit.p95), As::Plain),
            row("Half-life, s", basis.half_life_s, As::Plain),
            row("Taken of what was offered", basis.of_offered, As::Percent),
        ],
    }
}

fn cell(figure: Figure, way: As) -> super::Figure {
    let text = match figure {
        Figure::Known(_) => row("", figure, way).text,
        Figure::Missing(_) => "n/a".to_owned(),
    };
    super::Figure { text, tone: "" }
}

/// Margin, balance of legs, and where assets went.
pub(super) fn standing(analysis: &Analysis) -> Vec<WideTable> {
    let margin = analysis.margin.iter().map(|own| {
        let cells = vec![
            cell(Figure::Known(own.most_leverage), As::Plain),
            cell(own.most_use, As::Percent),
            cell(own.least_distance, As::Percent),
        ];
        (format!("{} {}", own.venue, own.asset), cells)
    });
    let bands = analysis.execution.delta_bands.iter().map(|(asset, own)| {
        let shares = [own.p99, own.within_1, own.within_5, own.within_10];
        (
            asset.clone(),
            shares.map(|share| cell(share, As::Percent)).into(),
        )
    });
    let inventory = analysis.inventory.iter().flat_map(|own| {
        let need = Figure::Known(own.transfer_need);
        let venues = own.drift.iter().map(move |(venue, drift)| {
            let cells = vec![
                cell(Figure::Known(*drift), As::Plain),
                cell(need, As::Plain),
            ];
            (format!("{venue} {}", own.asset), cells)
        });
        venues.collect::<Vec<_>>()
    });
    let table = |title, note, heads: &[&str], rows: Vec<_>| WideTable {
        title,
        note,
        heads: heads.iter().map(|head| (*head).to_owned()).collect(),
        rows,
        sums: false,
    };
    let tables = [
        table(
            "Margin",
            "Of futures by venue and settlement asset, after each fill and settlement: what is held over balance and open \
             profit, what the venue's tiers want of it, and how far prices may go before the venue closes. n/a: no tiers.",
            &["Most leverage", "Most used", "Least distance"],
            margin.collect(),
        ),
        table(
            "Balance of legs",
            "How far long and short of an asset were apart, as a part of the larger side, while anything was held.",
            &[
                "99 % of the time within",
                "Within 1 %",
                "Within 5 %",
                "Within 10 %",
            ],
            bands.collect(),
        ),
        table(
            "Drift between venues",
            "What a venue has at the end beyond its part at first, and what must be moved for each to have its part again.",
            &["Drift", "Transfer need"],
            inventory.collect(),
        ),
    ];
    tables
        .into_iter()
        .filter(|table| !table.rows.is_empty())
        .collect()
}

/// The parts of net, all and by venue, and by exit reason.
pub(super) fn attributions(analysis: &Analysis, eye: &Eye<'_>) -> Vec<WideTable> {
    let all = &analysis.attribution;
    let table = |title, by: &std::collections::BTreeMap<String, Attribution>| {
        let mut heads = vec!["Total".to_owned()];
        heads.extend(by.keys().cloned());
        let columns: Vec<&Attribution> = std::iter::once(&all.total).chain(by.values()).collect();
        let figures = |of: &dyn Fn(&Attribution) -> Money| -> Vec<super::Figure> {
            columns
                .iter()
                .map(|column| eye.figure(of(column)))
                .collect()
        };
        let mut rows: Vec<(String, Vec<super::Figure>)> = PARTS
            .iter()
            .enumerate()
            .filter(|(at, _)| {
                columns
                    .iter()
                    .any(|column| !parts(column, eye.asset())[*at].is_zero())
            })
            .map(|(at, name)| {
                (
                    (*name).to_owned(),
                    figures(&|column| parts(column, eye.asset())[at]),
                )
            })
            .collect();
        rows.push((
            "Net".to_owned(),
            figures(&|column| column.net.in_asset(eye.asset())),
        ));
        WideTable {
            title,
            note: "Every column sums to its net, exactly.",
            heads,
            rows,
            sums: true,
        }
    };
    let mut tables = vec![table("Parts of net, by venue", &all.by_venue)];
    if all.by_exit_reason.len() > 1 {
        tables.push(table("Parts of net, by exit reason", &all.by_exit_reason));
    }
    if all.by_task.len() > 1 {
        tables.push(table("Parts of net, by task", &all.by_task));
    }
    tables
}

/// Delays by venue.
pub(super) fn latencies(analysis: &Analysis) -> Option<WideTable> {
    let venues = &analysis.execution.latency;
    let cells = |quantiles: &Quantiles| {
        let text = |value: Option<f64>| {
            let shown = value.and_then(|value| Decimal::from_f64(value * 1e3));
            shown.map_or_else(|| "–".to_owned(), |value| grouped(value, 3))
        };
        let all = [
            quantiles.p50_s,
            quantiles.p90_s,
            quantiles.p99_s,
            quantiles.max_s,
        ];
        let figures = all.map(|value| super::Figure {
            text: text(value),
            tone: "",
        });
        figures.into_iter().collect::<Vec<_>>()
    };
    let mut rows = Vec::new();
    for (venue, latency) in venues {
        rows.push((format!("{venue}: first word"), cells(&latency.first_word)));
        rows.push((format!("{venue}: first fill"), cells(&latency.first_fill)));
    }
    (!rows.is_empty()).then(|| WideTable {
        title: "Delays by venue, ms",
        note: "From the decision to the first word on an order, and to its first fill, as received here.",
        heads: ["p50", "p90", "p99", "max"].map(str::to_owned).to_vec(),
        rows,
        sums: false,
    })
}
