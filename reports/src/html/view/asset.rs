//! What is shown of one asset: headline figures, breakdowns, and which plots there is data for.

use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::analysis::{self, FigureTable, WideTable};
use super::{Card, Figure, tone};
use crate::html::number::{count, decimals_for, grouped, signed, whole};
use crate::plots::Plots;
use crate::report::{Bucket, Pnl, Report};
use crate::time::length;

/// All that is counted in one asset.
pub(in crate::html) struct AssetView {
    pub(in crate::html) asset: String,
    pub(in crate::html) net: Figure,
    pub(in crate::html) cards: Vec<Card>,
    pub(in crate::html) net_exact: String,
    pub(in crate::html) breakdowns: Vec<Breakdown>,
    /// The plots that have data, in the order of the page.
    pub(in crate::html) plots: Vec<PlotView>,
    /// Return and risk, execution.
    pub(in crate::html) figures: Vec<FigureTable>,
    /// Parts of net, delays.
    pub(in crate::html) wide: Vec<WideTable>,
    pub(in crate::html) left_out: Vec<String>,
    pub(in crate::html) months: Vec<MonthView>,
    pub(in crate::html) trips: usize,
}

/// A table whose rows sum to the total.
pub(in crate::html) struct Breakdown {
    pub(in crate::html) title: &'static str,
    pub(in crate::html) rows: Vec<BucketRow>,
    pub(in crate::html) total: BucketRow,
}

/// One row of it.
pub(in crate::html) struct BucketRow {
    pub(in crate::html) name: String,
    pub(in crate::html) orders: String,
    pub(in crate::html) fills: String,
    pub(in crate::html) volume: String,
    pub(in crate::html) gross: String,
    pub(in crate::html) fees: String,
    pub(in crate::html) funding: String,
    pub(in crate::html) net: Figure,
}

/// Where a plot goes, and what is said of it.
pub(in crate::html) struct PlotView {
    /// What the page's script draws there.
    pub(in crate::html) kind: &'static str,
    pub(in crate::html) title: String,
    pub(in crate::html) note: &'static str,
    /// True when it takes the whole width.
    pub(in crate::html) wide: bool,
}

/// One month of the calendar.
pub(in crate::html) struct MonthView {
    pub(in crate::html) name: String,
    pub(in crate::html) net: Figure,
    pub(in crate::html) trips: String,
    /// Strength of its colour, 0 to 100.
    pub(in crate::html) strength: u32,
}

/// Amounts of one asset at the decimals that fit it.
pub(in crate::html) struct Eye<'a> {
    asset: &'a str,
    pub(in crate::html) decimals: u32,
}

impl<'a> Eye<'a> {
    pub(super) const fn asset(&self) -> &'a str {
        self.asset
    }

    pub(in crate::html) fn of(report: &Report, asset: &'a str) -> Self {
        let totals = &report.figures.pnl;
        let largest = [&totals.gross, &totals.fees, &totals.funding, &totals.net]
            .map(|amount| amount.in_asset(asset).abs());
        Self {
            asset,
            decimals: decimals_for(largest.into_iter().max().unwrap_or_default()),
        }
    }

    fn pnl(&self, pnl: &Pnl) -> [Money; 4] {
        [&pnl.gross, &pnl.fees, &pnl.funding, &pnl.net].map(|amount| amount.in_asset(self.asset))
    }

    fn plain(&self, amount: Money) -> String {
        grouped(amount.decimal(), self.decimals)
    }

    pub(super) fn figure(&self, amount: Money) -> Figure {
        let text = signed(amount.decimal(), self.decimals);
        Figure {
            tone: tone(&text),
            text,
        }
    }

    fn bucket(&self, name: &str, bucket: &Bucket) -> BucketRow {
        let [gross, fees, funding, net] = self.pnl(&bucket.pnl);
        BucketRow {
            name: name.to_owned(),
            orders: count(bucket.orders),
            fills: count(bucket.fills),
            volume: grouped(bucket.volume.in_asset(self.asset).decimal(), self.decimals),
            gross: self.plain(gross),
            fees: self.plain(fees),
            funding: self.plain(funding),
            net: self.figure(net),
        }
    }
}

impl AssetView {
    pub(in crate::html) fn new(report: &Report, asset: &str, plots: &Plots) -> Self {
        let eye = Eye::of(report, asset);
        let net = report.figures.pnl.net.in_asset(asset);
        // Of the asset that the rest is valued in; what is executed in others is in it too.
        let own = report
            .analysis
            .as_ref()
            .filter(|it| it.equity.unit == asset);
        let mut figures: Vec<FigureTable> = Vec::new();
        figures.extend(
            own.and_then(|it| it.statistics.as_ref())
                .map(analysis::risk),
        );
        figures.extend(own.map(|it| analysis::execution(report, it)));
        figures.extend(own.and_then(|it| it.basis.as_ref()).map(analysis::basis));
        let mut wide = report
            .analysis
            .as_ref()
            .map_or_else(Vec::new, |it| analysis::attributions(it, &eye));
        wide.extend(own.and_then(analysis::latencies));
        wide.extend(own.map(analysis::standing).unwrap_or_default());
        Self {
            figures,
            wide,
            asset: asset.to_owned(),
            net: eye.figure(net),
            net_exact: net.to_string(),
            cards: cards(report, &eye, plots),
            breakdowns: breakdowns(report, &eye),
            plots: plot_views(plots),
            left_out: plots.left_out.clone(),
            months: months(plots, &eye),
            trips: report.round_trips.len(),
        }
    }
}

/// The plots that there is data for.
fn plot_views(plots: &Plots) -> Vec<PlotView> {
    let unit = plots.calendar.as_ref().map_or("", |calendar| calendar.unit);
    let curve = plots.curve.is_some();
    let marked = plots.marked.is_some();
    let market = &plots.market;
    let parts = plots.waterfall.len() > 7 || plots.stack.is_some();
    let by_day = plots
        .calendar
        .as_ref()
        .is_some_and(|calendar| calendar.marked);
    let all: [(bool, &'static str, String, &'static str, bool); 23] = [
        (
            marked,
            "marked",
            "Net over time and drawdown".into(),
            "Every fill and settlement, what is open at mids and at what closing it would bring; drawdown at mids.",
            true,
        ),
        (
            curve && !marked,
            "equity",
            "Cumulative net and drawdown".into(),
            "Of closed round trips, at the moment each was closed.",
            true,
        ),
        (
            plots.waterfall.len() > 1,
            "waterfall",
            "What net is made of".into(),
            "Each bar begins where the one before it ended; the definitions stand with the table of parts.",
            parts,
        ),
        (
            curve && plots.stack.is_none(),
            "attribution",
            "Its parts over time".into(),
            "Cumulative gross, fees and funding of closed round trips; they sum to net.",
            false,
        ),
        (
            plots.stack.is_some(),
            "stack",
            "The parts of net by day".into(),
            "Cumulative, by day in UTC.",
            true,
        ),
        (
            plots.calendar.is_some(),
            "calendar",
            format!("Net by {unit}"),
            if by_day {
                "Days in UTC, what is open at mids."
            } else {
                "By when round trips were closed, UTC."
            },
            true,
        ),
        (
            !plots.edges.is_empty(),
            "edges",
            "Edge at decision and what was realised".into(),
            "A point a round trip; on the dashed line what was decided on was had. Before fees and funding.",
            false,
        ),
        (
            market.basis.is_some(),
            "basis",
            "Basis over time".into(),
            "What the second leg costs over the first, in basis points: at mids, and where it was entered and left.",
            true,
        ),
        (
            !market.hedges.is_empty(),
            "hedges",
            "Hedge latency".into(),
            "What part of hedges came within how long, from the fill that set legs apart to 99 % hedged.",
            false,
        ),
        (
            !market.unhedged.is_empty(),
            "unhedged",
            "Not hedged".into(),
            "Value of round trips whose legs were apart.",
            false,
        ),
        (
            !market.delta.is_empty(),
            "delta",
            "Delta".into(),
            "Net base units of all positions, lowest and highest of each stretch.",
            false,
        ),
        (
            market.venues.is_some(),
            "venues",
            "Positions by venue".into(),
            "Value of positions as magnitudes, when it last traded.",
            false,
        ),
        (
            market.accrual.is_some(),
            "accrual",
            "Funding and its rate".into(),
            "Funding received less paid so far, and the rates that were settled.",
            false,
        ),
        (
            market.capacity.len() > 1,
            "capacity",
            "Edge by size".into(),
            "Part of the round trips whose touches had that much on every leg, and their mean edge at decision.",
            false,
        ),
        (
            !market.delays.is_empty(),
            "delays",
            "Delays by venue".into(),
            "Orders by how long the first word on them took.",
            false,
        ),
        (
            market.rolling.is_some(),
            "rolling",
            "Sharpe and APR of the last 30 days".into(),
            "Daily UTC, 365 days a year, of the capital at the start.",
            true,
        ),
        (
            market.captured.is_some(),
            "captured",
            "Edge caught in the last 30 days".into(),
            "Of the edge at decision, what delays, legging, slippage and repairs left; above 100 % where resting orders earned the spread.",
            true,
        ),
        (
            !plots.funnel.is_empty(),
            "funnel",
            "Opportunities".into(),
            "From what a strategy looked at to what it closed; a decision counts once while its reason stands.",
            false,
        ),
        (
            plots.nets.is_some(),
            "nets",
            "Net of round trips".into(),
            "How many round trips ended with how much.",
            false,
        ),
        (
            plots.held.is_some(),
            "held",
            "Holding time".into(),
            "From the first fill to the one that made it flat.",
            false,
        ),
        (
            !plots.exits.is_empty(),
            "exits",
            "Net by exit reason".into(),
            "The reason of the decision that closed the round trip.",
            false,
        ),
        (
            !plots.instruments.is_empty(),
            "instruments",
            "Net by instruments".into(),
            "What the legs of a round trip traded.",
            false,
        ),
        (
            plots.hours.is_some(),
            "hours",
            "Net by hour of the day".into(),
            "When round trips were closed, UTC.",
            false,
        ),
    ];
    all.into_iter()
        .filter(|(drawn, ..)| *drawn)
        .map(|(_, kind, title, note, wide)| PlotView {
            kind,
            title,
            note,
            wide,
        })
        .collect()
}

fn months(plots: &Plots, eye: &Eye<'_>) -> Vec<MonthView> {
    let months = plots.calendar.iter().flat_map(|calendar| &calendar.months);
    let largest = months.clone().map(|month| month.value.abs());
    let largest = largest.fold(f64::MIN_POSITIVE, f64::max);
    months
        .map(|month| MonthView {
            name: month.name.clone(),
            net: eye.figure(Money::new(
                Decimal::from_f64_retain(month.value).unwrap_or_default(),
            )),
            trips: count(month.trips),
            strength: (month.value.abs() / largest * 60.0) as u32,
        })
        .collect()
}

fn cards(report: &Report, eye: &Eye<'_>, plots: &Plots) -> Vec<Card> {
    let own = report.analysis.as_ref();
    let own = own.filter(|it| it.equity.unit == eye.asset);
    let mut cards = own.map_or_else(Vec::new, analysis::cards);
    let has_drawdown = cards.iter().any(|card| card.name == "Max drawdown");
    cards.extend(trip_cards(report, eye, plots, has_drawdown));
    cards.extend(money_cards(report, eye));
    cards
}

fn card(name: &'static str, text: String, exact: String, note: String) -> Card {
    let figure = Figure { text, tone: "" };
    Card {
        name,
        exact,
        figure,
        note,
    }
}

/// What round trips came to.
fn trip_cards(report: &Report, eye: &Eye<'_>, plots: &Plots, has_drawdown: bool) -> Vec<Card> {
    let closed = &report.figures.closed;
    let trips = closed.round_trips;
    let open = report.round_trips.len() as u64 - trips;
    let note = format!(
        "{} won, {} lost, {open} open",
        count(closed.winners),
        count(closed.losers)
    );
    let mut cards = vec![card("Round trips", count(trips), trips.to_string(), note)];
    if trips == 0 {
        return cards;
    }
    let (whole_trips, net) = (Decimal::from(trips), closed.net.in_asset(eye.asset));
    let hits = Decimal::from(closed.winners * 100) / whole_trips;
    let note = format!("{} of {}", count(closed.winners), count(trips));
    let exact = whole_text(hits);
    cards.push(card(
        "Hit rate",
        format!("{} %", grouped(hits, 1)),
        exact,
        note,
    ));
    if let Some(curve) = plots.curve.as_ref().filter(|_| !has_drawdown) {
        let deepest = Decimal::from_f64_retain(curve.deepest).unwrap_or_default();
        let deepest = deepest.round_dp(8).normalize();
        cards.push(card(
            "Max drawdown",
            grouped(deepest, eye.decimals),
            deepest.to_string(),
            "of cumulative net".to_owned(),
        ));
    }
    if let Some(factor) = profit_factor(report, eye.asset) {
        cards.push(card(
            "Profit factor",
            grouped(factor, 2),
            whole_text(factor),
            "gained to lost".to_owned(),
        ));
    }
    let each = net.decimal() / whole_trips;
    cards.push(card(
        "Net a round trip",
        signed(each, eye.decimals.max(2)),
        whole_text(each),
        per_volume(net, volume(report, eye.asset))
            .map_or_else(String::new, |bps| format!("{bps} bps of volume")),
    ));
    if let Some(held) = &report.holding {
        let note = format!("{} to {}", length(held.min), length(held.max));
        cards.push(card(
            "Median holding",
            length(held.p50),
            String::new(),
            note,
        ));
    }
    cards
}

/// What the total is made of.
fn money_cards(report: &Report, eye: &Eye<'_>) -> Vec<Card> {
    let figures = &report.figures;
    let [gross, fees, funding, net] = eye.pnl(&figures.pnl);
    let volume = volume(report, eye.asset);
    let cost =
        per_volume(fees, volume).map_or_else(String::new, |bps| format!("{bps} bps of volume"));
    let residual = figures.ledger_residual;
    let note = if residual.is_zero() {
        "proven to zero"
    } else {
        "not proven"
    };
    let money = |name, amount: Money, note| card(name, eye.plain(amount), amount.to_string(), note);
    vec![
        money("Gross", gross, share_note(net, gross)),
        money("Fees", fees, cost),
        money("Funding", funding, String::new()),
        card(
            "Volume",
            grouped(
                volume.decimal(),
                if volume.decimal() > Decimal::from(100_000) {
                    0
                } else {
                    eye.decimals
                },
            ),
            volume.to_string(),
            format!("{} fills", count(figures.fills)),
        ),
        card(
            "Ledger residual",
            whole(residual.decimal()),
            residual.to_string(),
            note.to_owned(),
        ),
    ]
}

/// Net of winners divided by the loss of losers; nothing when none lost.
fn profit_factor(report: &Report, asset: &str) -> Option<Decimal> {
    let (mut won, mut lost) = (Money::ZERO, Money::ZERO);
    for trip in report
        .round_trips
        .iter()
        .filter(|trip| trip.closed_at.is_some())
    {
        let net = trip.pnl.net.in_asset(asset);
        if net.is_negative() {
            lost -= net;
        } else {
            won += net;
        }
    }
    won.decimal().checked_div(lost.decimal())
}

fn volume(report: &Report, asset: &str) -> Money {
    let venues = report.figures.by_venue.values();
    venues.map(|venue| venue.volume.in_asset(asset)).sum()
}

/// A quotient, cut where nobody reads on.
fn whole_text(value: Decimal) -> String {
    value.round_dp(12).normalize().to_string()
}

/// How much of the gross is left, when something is.
fn share_note(net: Money, gross: Money) -> String {
    if gross <= Money::ZERO || net <= Money::ZERO {
        return String::new();
    }
    let share = net
        .times(Decimal::ONE_HUNDRED)
        .decimal()
        .checked_div(gross.decimal());
    share.map_or_else(String::new, |share| {
        format!("{} % of it kept", grouped(share, 1))
    })
}

fn per_volume(amount: Money, volume: Money) -> Option<String> {
    if volume.is_zero() {
        return None;
    }
    let bps = amount
        .times(Decimal::from(10_000))
        .decimal()
        .checked_div(volume.decimal())?;
    Some(grouped(bps, 2))
}

fn breakdowns(report: &Report, eye: &Eye<'_>) -> Vec<Breakdown> {
    let figures = &report.figures;
    let table = |title, rows: Vec<BucketRow>| Breakdown {
        title,
        rows,
        total: total(report, eye),
    };
    let venues = figures
        .by_venue
        .iter()
        .map(|(name, bucket)| eye.bucket(name, bucket));
    let legs = report.by_leg.iter().map(|leg| {
        let name = match leg.leg {
            Some(at) => format!("{} · leg {at} · {}", leg.task, leg.instrument),
            None => format!("no leg · {}", leg.instrument),
        };
        eye.bucket(&name, &leg.bucket)
    });
    let mut tables = vec![
        table("By venue", venues.collect()),
        table("By leg", legs.collect()),
    ];
    if figures.by_task.len() > 1 {
        let tasks = figures.by_task.iter().map(|(name, bucket)| {
            let name = if name.is_empty() { "no task" } else { name };
            eye.bucket(name, bucket)
        });
        tables.push(table("By task", tasks.collect()));
    }
    tables
}

fn total(report: &Report, eye: &Eye<'_>) -> BucketRow {
    let figures = &report.figures;
    let [gross, fees, funding, net] = eye.pnl(&figures.pnl);
    let volume = figures
        .by_venue
        .values()
        .map(|venue| venue.volume.in_asset(eye.asset))
        .sum();
    BucketRow {
        name: "Total".to_owned(),
        orders: count(figures.orders),
        fills: count(figures.fills),
        volume: eye.plain(volume),
        gross: eye.plain(gross),
        fees: eye.plain(fees),
        funding: eye.plain(funding),
        net: eye.figure(net),
    }
}
