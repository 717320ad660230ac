//! What the template shows, all of it text by now.

mod analysis;
mod asset;

use askama::Template;
use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::PageError;
use super::define::define;
use super::embed::{LIBRARY, data, packed, policy, script};
use super::number::{count, grouped, whole};
use crate::detail::Timelines;
use crate::facts::RunFacts;
use crate::plots::{Details, Plots, TripList};
use crate::report::{LedgerLine, Report};
use crate::time::{length, stamp};
pub(super) use asset::AssetView;
use asset::Eye;

/// The page.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    pub(super) report: &'a Report,
    pub(super) title: String,
    pub(super) period: Option<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) notes: Vec<String>,
    pub(super) proven: bool,
    pub(super) assets: Vec<AssetView>,
    pub(super) outcomes: Vec<(String, String)>,
    pub(super) refusals: Vec<(&'a str, String)>,
    pub(super) reasons: Vec<(&'a str, String)>,
    pub(super) ledger: Vec<LedgerView<'a>>,
    pub(super) open: Vec<OpenView<'a>>,
    pub(super) scenario: &'a str,
    pub(super) policy: String,
    pub(super) library: &'static str,
    pub(super) script: String,
    /// What the plots are drawn from.
    pub(super) data: String,
    /// The round trips, packed.
    pub(super) trips: String,
}

/// A figure with the word for its sign: `gain`, `loss` or nothing.
pub(super) struct Figure {
    pub(super) text: String,
    pub(super) tone: &'static str,
}

/// The word for the sign that a text begins with.
pub(super) fn tone(text: &str) -> &'static str {
    match text.chars().next() {
        Some('+') => "gain",
        Some('\u{2212}') => "loss",
        _ => "",
    }
}

/// A name and a figure.
pub(super) struct Card {
    pub(super) name: &'static str,
    /// All decimals of it, when it is a number.
    pub(super) exact: String,
    pub(super) figure: Figure,
    pub(super) note: String,
}

/// One asset at one venue.
pub(super) struct LedgerView<'a> {
    pub(super) line: &'a LedgerLine,
    pub(super) numbers: Vec<String>,
    pub(super) residual: String,
    pub(super) proven: bool,
}

/// One open position.
pub(super) struct OpenView<'a> {
    pub(super) task: &'a str,
    pub(super) instrument: &'a str,
    pub(super) asset: &'a str,
    pub(super) qty: String,
    pub(super) cost: String,
    pub(super) mark: String,
    pub(super) unrealised: String,
    pub(super) remainder: bool,
}

/// What the plots are drawn from, by asset.
#[derive(serde::Serialize)]
struct PageData {
    assets: Vec<Plots>,
}

/// The lists of round trips by asset, and what is known of single ones.
#[derive(serde::Serialize)]
struct PageTrips {
    lists: Vec<TripList>,
    details: Details,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        report: &'a Report,
        facts: &'a RunFacts,
        timelines: &Timelines,
    ) -> Result<Self, PageError> {
        let run = report.run.as_ref();
        let title = if facts.name.is_empty() {
            "Backtest"
        } else {
            &facts.name
        };
        let scenario = run.map_or("", |run| run.scenario.as_str());
        let counts = |counts: &'a std::collections::BTreeMap<String, u64>| {
            counts
                .iter()
                .map(|(name, times)| (name.as_str(), count(*times)))
                .collect()
        };
        let outcomes = report.outcomes.rows().into_iter();
        let script = script();
        let assets = report.figures.assets();
        let plots: Vec<Plots> = assets
            .iter()
            .map(|asset| Plots::of(report, asset, Eye::of(report, asset).decimals))
            .collect();
        let views = assets.iter().zip(&plots);
        let lists = assets.iter().zip(&plots);
        let trips = PageTrips {
            lists: lists
                .map(|(asset, plots)| TripList::of(report, asset, plots.decimals))
                .collect(),
            details: Details::of(report, timelines),
        };
        Ok(Self {
            report,
            title: title.to_owned(),
            period: run.map(|run| {
                let end = run.ended_at.unwrap_or(run.started_at);
                let span = length(end.since(run.started_at));
                format!("{} to {} UTC · {span}", stamp(run.started_at), stamp(end))
            }),
            facts: fact_rows(report, facts),
            notes: report.notes(),
            proven: report.figures.ledger_residual.is_zero(),
            assets: views
                .map(|(asset, plots)| AssetView::new(report, asset, plots))
                .collect(),
            outcomes: outcomes.map(|(name, times)| (name, count(times))).collect(),
            refusals: counts(&report.refusals),
            reasons: counts(&report.reasons),
            ledger: report.ledger.iter().map(LedgerView::new).collect(),
            open: report.open.iter().map(open_view).collect(),
            scenario: if facts.scenario.is_empty() {
                scenario
            } else {
                &facts.scenario
            },
            policy: policy(&[LIBRARY, &script]),
            library: LIBRARY,
            script,
            data: data(&PageData { assets: plots })?,
            trips: packed(&trips)?,
        })
    }

    /// What a figure is, for those who point at it.
    pub(super) fn define(&self, name: &str) -> &'static str {
        define(name)
    }
}

fn fact_rows(report: &Report, facts: &RunFacts) -> Vec<(&'static str, String)> {
    let run = report.run.as_ref();
    let run_id = run.map_or(facts.run_id.as_str(), |run| run.id.as_str());
    let per_second = |rate: f64| count(rate.max(0.0) as u64);
    let rows = [
        ("Run", Some(run_id.to_owned())),
        ("Build", Some(facts.build.clone())),
        ("Seed", run.map(|run| run.seed.to_string())),
        ("Decisions hash", Some(facts.decisions_hash.clone())),
        ("Market events", run.map(|run| count(run.market_events))),
        ("Decisions", Some(count(report.decisions))),
        ("Rows read", facts.rows.map(count)),
        ("Events a second", facts.events_per_s.map(per_second)),
        ("Wall time", facts.wall_s.map(|wall| format!("{wall:.2} s"))),
        (
            "Peak memory",
            facts.peak_rss_mib.map(|peak| format!("{peak:.0} MiB")),
        ),
    ];
    rows.into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
}

impl<'a> LedgerView<'a> {
    fn new(line: &'a LedgerLine) -> Self {
        let numbers = [
            line.opening,
            line.trades,
            line.fees,
            line.funding,
            line.expected,
            line.reported,
        ];
        let decimals = numbers
            .iter()
            .map(|amount| amount.decimal().scale())
            .max()
            .unwrap_or(0)
            .min(8);
        Self {
            numbers: numbers
                .iter()
                .map(|amount| grouped(amount.decimal(), decimals))
                .collect(),
            residual: whole(line.residual.decimal()),
            proven: line.residual.is_zero(),
            line,
        }
    }
}

fn open_view(open: &crate::report::OpenPosition) -> OpenView<'_> {
    let known = |value: Option<Decimal>| value.map_or_else(|| "none".to_owned(), whole);
    OpenView {
        task: &open.task,
        instrument: &open.instrument,
        asset: &open.asset,
        qty: whole(open.qty),
        cost: whole(open.cost.decimal()),
        mark: known(open.mark),
        unrealised: known(open.unrealised.map(Money::decimal)),
        remainder: open.remainder,
    }
}
