//! What the template shows, all of it text by now.

use askama::Template;
use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::curve::{Curve, MARKS_MAX, Size, Step};
use super::number::{count, decimals_for, grouped, signed, whole};
use crate::facts::RunFacts;
use crate::report::{Bucket, LedgerLine, Pnl, Report, RoleFills, RoundTrip, TripLeg};
use crate::time::{length, stamp};

/// Round trips shown from either end of a long list.
const TRIPS_AN_END: usize = 250;

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
}

/// A figure with the word for its sign: `gain`, `loss` or nothing.
pub(super) struct Figure {
    pub(super) text: String,
    pub(super) tone: &'static str,
}

/// A name and a figure.
pub(super) struct Card {
    pub(super) name: &'static str,
    pub(super) figure: Figure,
    pub(super) note: String,
}

/// All that is counted in one asset.
pub(super) struct AssetView {
    pub(super) asset: String,
    pub(super) net: Figure,
    pub(super) cards: Vec<Card>,
    pub(super) curve_wide: Option<String>,
    pub(super) curve_narrow: Option<String>,
    pub(super) marks: bool,
    pub(super) breakdowns: Vec<Breakdown>,
    pub(super) trips: Vec<TripView>,
    pub(super) trips_note: Option<String>,
}

/// A table whose rows sum to the total.
pub(super) struct Breakdown {
    pub(super) title: &'static str,
    pub(super) rows: Vec<BucketRow>,
    pub(super) total: BucketRow,
}

/// One row of it.
pub(super) struct BucketRow {
    pub(super) name: String,
    pub(super) orders: String,
    pub(super) fills: String,
    pub(super) volume: String,
    pub(super) gross: String,
    pub(super) fees: String,
    pub(super) funding: String,
    pub(super) net: Figure,
}

/// One round trip.
pub(super) struct TripView {
    pub(super) task: String,
    pub(super) trip: u32,
    pub(super) opened: String,
    pub(super) held: String,
    pub(super) legs: Vec<LegView>,
    pub(super) gross: String,
    pub(super) fees: String,
    pub(super) funding: String,
    pub(super) net: Figure,
    pub(super) why: String,
    pub(super) repaired: bool,
}

/// One leg of it.
pub(super) struct LegView {
    pub(super) instrument: String,
    pub(super) text: String,
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

impl<'a> Page<'a> {
    pub(super) fn new(report: &'a Report, facts: &'a RunFacts) -> Self {
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
        Self {
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
            assets: report
                .figures
                .assets()
                .into_iter()
                .map(|asset| AssetView::new(report, asset))
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
        }
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

/// Amounts of one asset at the decimals that fit it.
struct Eye<'a> {
    asset: &'a str,
    decimals: u32,
}

impl Eye<'_> {
    fn pnl(&self, pnl: &Pnl) -> [Money; 4] {
        [&pnl.gross, &pnl.fees, &pnl.funding, &pnl.net].map(|amount| amount.in_asset(self.asset))
    }

    fn plain(&self, amount: Money) -> String {
        grouped(amount.decimal(), self.decimals)
    }

    fn figure(&self, amount: Money) -> Figure {
        let text = signed(amount.decimal(), self.decimals);
        let tone = match text.chars().next() {
            Some('+') => "gain",
            Some('\u{2212}') => "loss",
            _ => "",
        };
        Figure { text, tone }
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
    fn new(report: &Report, asset: String) -> Self {
        let totals = &report.figures.pnl;
        let largest = [&totals.gross, &totals.fees, &totals.funding, &totals.net]
            .map(|amount| amount.in_asset(&asset).abs());
        let eye = Eye {
            asset: &asset,
            decimals: decimals_for(largest.into_iter().max().unwrap_or_default()),
        };
        let curve = curve(report, &asset);
        let picture = |width, height| {
            let label = "Cumulative net of closed round trips over time";
            curve.svg(Size { width, height }, label)
        };
        let trips = &report.round_trips;
        let cut = trips.len() > 2 * TRIPS_AN_END;
        let kept = |at: &usize| !cut || *at < TRIPS_AN_END || *at >= trips.len() - TRIPS_AN_END;
        Self {
            net: eye.figure(totals.net.in_asset(&asset)),
            cards: cards(report, &eye),
            curve_wide: picture(980.0, 320.0),
            curve_narrow: picture(360.0, 260.0),
            marks: trips.len() <= MARKS_MAX,
            breakdowns: breakdowns(report, &eye),
            trips: (0..trips.len())
                .filter(kept)
                .filter_map(|at| trips.get(at))
                .map(|trip| trip_view(trip, &eye))
                .collect(),
            trips_note: cut.then(|| {
                format!(
                    "The first and last {TRIPS_AN_END} of {}.",
                    count(trips.len() as u64)
                )
            }),
            asset,
        }
    }
}

fn cards(report: &Report, eye: &Eye<'_>) -> Vec<Card> {
    let figures = &report.figures;
    let [gross, fees, funding, net] = eye.pnl(&figures.pnl);
    let plain = |name, text, note| Card {
        name,
        figure: Figure { text, tone: "" },
        note,
    };
    let closed = &figures.closed;
    let open = report.round_trips.len() as u64 - closed.round_trips;
    let volume: Money = figures
        .by_venue
        .values()
        .map(|venue| venue.volume.in_asset(eye.asset))
        .sum();
    let cost =
        per_volume(fees, volume).map_or_else(String::new, |bps| format!("{bps} bps of volume"));
    let share =
        per_volume(net, volume).map_or_else(String::new, |bps| format!("{bps} bps of volume"));
    let closed_net = closed.net.in_asset(eye.asset);
    let mut cards = vec![
        plain("Gross", eye.plain(gross), share_note(net, gross)),
        plain("Fees", eye.plain(fees), cost),
        plain("Funding", eye.plain(funding), String::new()),
        plain(
            "Volume",
            eye.plain(volume),
            format!("{} fills", count(figures.fills)),
        ),
        plain(
            "Round trips",
            count(closed.round_trips),
            format!(
                "{} won, {} lost, {open} open",
                count(closed.winners),
                count(closed.losers)
            ),
        ),
    ];
    if closed.round_trips > 0 {
        let each = closed_net.decimal() / Decimal::from(closed.round_trips);
        cards.push(plain(
            "Net a round trip",
            signed(each, eye.decimals.max(2)),
            share,
        ));
    }
    if let Some(held) = &report.holding {
        let note = format!("{} to {}", length(held.min), length(held.max));
        cards.push(plain("Median holding", length(held.p50), note));
    }
    let residual = figures.ledger_residual;
    let note = if residual.is_zero() {
        "proven to zero"
    } else {
        "not proven"
    };
    cards.push(plain(
        "Ledger residual",
        whole(residual.decimal()),
        note.to_owned(),
    ));
    cards
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

fn curve(report: &Report, asset: &str) -> Curve {
    let steps: Vec<Step> = report
        .equity
        .iter()
        .map(|point| Step {
            at: point.at,
            value: point.net.in_asset(asset).to_f64(),
        })
        .collect();
    let last = steps.last().map(|step| step.at).unwrap_or_default();
    let ended = report.run.as_ref().and_then(|run| run.ended_at);
    Curve {
        entries: report
            .round_trips
            .iter()
            .map(|trip| trip.opened_at)
            .collect(),
        exits: steps.iter().skip(1).copied().collect(),
        until: ended.map_or(last, |end| end.max(last)),
        steps,
    }
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

fn trip_view(trip: &RoundTrip, eye: &Eye<'_>) -> TripView {
    let [gross, fees, funding, net] = eye.pnl(&trip.pnl);
    let reason = |reason: &Option<String>| reason.clone().unwrap_or_else(|| "–".to_owned());
    TripView {
        task: trip.task.clone(),
        trip: trip.trip,
        opened: stamp(trip.opened_at),
        held: trip.held().map_or_else(|| "open".to_owned(), length),
        legs: trip.legs.iter().map(leg_view).collect(),
        gross: eye.plain(gross),
        fees: eye.plain(fees),
        funding: eye.plain(funding),
        net: eye.figure(net),
        why: format!(
            "{} → {}",
            reason(&trip.entry_reason),
            reason(&trip.exit_reason)
        ),
        repaired: trip.repaired(),
    }
}

fn leg_view(leg: &TripLeg) -> LegView {
    // An average of several fills may never end; nine digits tell it apart.
    let digits = |price: Decimal| whole(price.round_sf(9).unwrap_or(price).normalize());
    let price = |fills: &RoleFills| fills.price.map(digits);
    let mut text = format!("{} {}", leg.side.unwrap_or("–"), whole(leg.entry.qty.abs()));
    for (word, fills) in [
        ("@", &leg.entry),
        ("→", &leg.exit),
        ("repaired", &leg.repair),
    ] {
        if let Some(price) = price(fills) {
            text.push_str(&format!(" {word} {price}"));
        }
    }
    LegView {
        instrument: leg.instrument.clone(),
        text,
    }
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
