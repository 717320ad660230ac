//! The tables with money in them, one asset at a time.

use onetape_core::num::Money;

use super::length_cell;
use super::table::{Cell, Table, rounded};
use crate::report::{Bucket, Pnl, Report, RoundTrip};
use crate::time::{length, stamp};

/// Round trips shown from either end of a long list.
const TRIPS_AN_END: usize = 10;

/// The summary of one asset.
pub(super) fn summary(report: &Report, asset: &str, out: &mut String) {
    let closed = &report.figures.closed;
    let mut table = Table::new(
        titled("Summary", asset),
        &["", "total", "closed", "open and rest"],
    );
    let total = pnl(&report.figures.pnl, asset);
    let done = [&closed.gross, &closed.fees, &closed.funding, &closed.net]
        .map(|amount| amount.in_asset(asset));
    for (at, name) in ["gross", "fees", "funding", "net"].into_iter().enumerate() {
        table.row(vec![
            Cell::words(name, 8),
            Cell::money(total[at]),
            Cell::money(done[at]),
            Cell::money(total[at] - done[at]),
        ]);
    }
    table.write(out);
    let open = report.round_trips.len() as u64 - closed.round_trips;
    out.push_str(&format!(
        "  {} round trips closed ({} winners, {} losers), {open} open\n",
        closed.round_trips, closed.winners, closed.losers,
    ));
    if let Some(held) = &report.holding {
        out.push_str(&format!(
            "  held {} to {}, half of them up to {}, nine of ten up to {}\n",
            length(held.min),
            length(held.max),
            length(held.p50),
            length(held.p90),
        ));
    }
    out.push_str(&format!(
        "  {} decisions, {} orders, {} fills; largest ledger residual {}\n",
        report.decisions,
        report.figures.orders,
        report.figures.fills,
        report.figures.ledger_residual,
    ));
}

fn titled(title: &str, asset: &str) -> String {
    if asset.is_empty() {
        title.to_owned()
    } else {
        format!("{title} ({asset})")
    }
}

fn pnl(pnl: &Pnl, asset: &str) -> [Money; 4] {
    [&pnl.gross, &pnl.fees, &pnl.funding, &pnl.net].map(|amount| amount.in_asset(asset))
}

/// Round trips: all, or the first and last of many.
pub(super) fn round_trips(report: &Report, asset: &str, out: &mut String) {
    let trips = &report.round_trips;
    let columns = [
        "task",
        "trip",
        "opened (UTC)",
        "held",
        "gross",
        "fees",
        "funding",
        "net",
        "closed by",
    ];
    let mut table = Table::new(titled("Round trips", asset), &columns);
    let cut = trips.len() > 2 * TRIPS_AN_END;
    for (at, trip) in trips.iter().enumerate() {
        if !cut || at < TRIPS_AN_END || at >= trips.len() - TRIPS_AN_END {
            table.row(trip_row(trip, asset));
        }
    }
    table.write(out);
    if cut {
        out.push_str(&format!(
            "  the first and last {TRIPS_AN_END} of {}\n",
            trips.len()
        ));
    }
}

fn trip_row(trip: &RoundTrip, asset: &str) -> Vec<Cell> {
    let mut row = vec![
        Cell::words(&trip.task, 12),
        Cell::Count(u64::from(trip.trip)),
        Cell::Words(stamp(trip.opened_at)),
        length_cell(trip.held()),
    ];
    row.extend(pnl(&trip.pnl, asset).map(|amount| short(amount, 4)));
    row.push(Cell::words(trip.exit_reason.as_deref().unwrap_or("-"), 14));
    row
}

/// Money of which a table shows fewer decimals than it has; small amounts keep theirs.
fn short(amount: Money, decimals: u32) -> Cell {
    let cut = rounded(amount.decimal(), decimals);
    if cut.is_zero() {
        Cell::money(amount)
    } else {
        Cell::Number(cut)
    }
}

/// By venue, leg and, when there are several, task.
pub(super) fn breakdowns(report: &Report, asset: &str, out: &mut String) {
    let mut table = bucket_table("By venue", "venue", asset);
    for (venue, bucket) in &report.figures.by_venue {
        table.row(bucket_row(vec![Cell::words(venue, 28)], bucket, asset));
    }
    table.write(out);
    let mut table = bucket_table("By leg", "leg", asset);
    for leg in &report.by_leg {
        let name = match leg.leg {
            Some(at) => format!("{} {at} {}", leg.instrument, leg.task),
            None => format!("no leg: {}", leg.instrument),
        };
        table.row(bucket_row(vec![Cell::words(&name, 36)], &leg.bucket, asset));
    }
    table.write(out);
    if report.figures.by_task.len() > 1 {
        let mut table = bucket_table("By task", "task", asset);
        for (task, bucket) in &report.figures.by_task {
            let name = if task.is_empty() { "no task" } else { task };
            table.row(bucket_row(vec![Cell::words(name, 28)], bucket, asset));
        }
        table.write(out);
    }
}

fn bucket_table(title: &str, first: &'static str, asset: &str) -> Table {
    let columns = [
        first, "orders", "fills", "volume", "gross", "fees", "funding", "net",
    ];
    Table::new(titled(title, asset), &columns)
}

fn bucket_row(mut row: Vec<Cell>, bucket: &Bucket, asset: &str) -> Vec<Cell> {
    row.push(Cell::Count(bucket.orders));
    row.push(Cell::Count(bucket.fills));
    row.push(short(bucket.volume.in_asset(asset), 2));
    row.extend(pnl(&bucket.pnl, asset).map(Cell::money));
    row
}

/// What is still open, and what rounding left of closed round trips.
pub(super) fn open(report: &Report, out: &mut String) {
    let columns = [
        "task",
        "instrument",
        "qty",
        "cost",
        "mark",
        "unrealised",
        "asset",
        "",
    ];
    let mut table = Table::new(
        "Open at the end, marked at what closing would bring",
        &columns,
    );
    for open in &report.open {
        let missing = || Cell::Right("none".to_owned());
        table.row(vec![
            Cell::words(&open.task, 12),
            Cell::words(&open.instrument, 24),
            Cell::Number(open.qty),
            Cell::money(open.cost),
            open.mark.map_or_else(missing, Cell::Number),
            open.unrealised.map_or_else(missing, Cell::money),
            Cell::words(&open.asset, 6),
            Cell::words(if open.remainder { "remainder" } else { "" }, 9),
        ]);
    }
    table.write(out);
}

/// The identity: opening + trades - fees + funding is what the venue reports.
pub(super) fn ledger(report: &Report, out: &mut String) {
    let columns = [
        "venue",
        "asset",
        "opening",
        "+ trades",
        "- fees",
        "+ funding",
        "= reported",
        "residual",
    ];
    let mut table = Table::new("Ledger", &columns);
    for line in &report.ledger {
        table.row(vec![
            Cell::words(&line.venue, 16),
            Cell::words(&line.asset, 6),
            Cell::money(line.opening),
            Cell::money(line.trades),
            Cell::money(line.fees),
            Cell::money(line.funding),
            Cell::money(line.reported),
            Cell::Exact(line.residual.decimal()),
        ]);
    }
    table.write(out);
}
