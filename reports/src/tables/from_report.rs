//! Tables of what a report has: round trips, equity and attribution.

use super::{Cell, Sink, TableError};
use crate::report::{Amount, Bucket, Pnl, Report, RoleFills, RoundTrip, TripLeg};

/// Round trips, a row for each leg in each asset that it has an amount in. See [`super::TRADES`].
///
/// # Errors
/// When a row cannot be written.
pub fn trades(report: &Report, sink: &mut dyn Sink) -> Result<(), TableError> {
    let assets = report.figures.assets();
    for trip in &report.round_trips {
        for leg in &trip.legs {
            for asset in shown(&assets, &[&leg.pnl.gross, &leg.pnl.fees, &leg.pnl.funding]) {
                sink.row(&trade(trip, leg, asset))?;
            }
        }
    }
    Ok(())
}

/// The assets that any of the amounts is in; the first one when none is.
fn shown<'a>(assets: &'a [String], amounts: &[&Amount]) -> Vec<&'a String> {
    let used = |asset: &&String| amounts.iter().any(|it| !it.in_asset(asset).is_zero());
    let found: Vec<&String> = assets.iter().filter(used).collect();
    if found.is_empty() {
        assets.iter().take(1).collect()
    } else {
        found
    }
}

fn trade(trip: &RoundTrip, leg: &TripLeg, asset: &str) -> Vec<Cell> {
    let mut cells = vec![
        Cell::Text(trip.task.to_string()),
        Cell::Count(trip.trip.into()),
        Cell::Time(trip.opened_at),
        trip.closed_at.map_or(Cell::Empty, Cell::Time),
        Cell::text(trip.entry_reason.as_deref()),
        Cell::text(trip.exit_reason.as_deref()),
        Cell::Count(leg.leg.into()),
        Cell::Text(leg.instrument.to_string()),
        Cell::text(leg.side),
    ];
    for fills in [&leg.entry, &leg.exit, &leg.repair] {
        cells.extend(role(fills));
    }
    cells.push(Cell::Amount(leg.left));
    cells.push(Cell::Text(asset.to_owned()));
    cells.extend(amounts(&leg.pnl, asset));
    cells
}

fn role(fills: &RoleFills) -> [Cell; 2] {
    [Cell::Amount(fills.qty), Cell::amount(fills.price)]
}

fn amounts(pnl: &Pnl, asset: &str) -> [Cell; 4] {
    [&pnl.gross, &pnl.fees, &pnl.funding, &pnl.net]
        .map(|amount| Cell::Amount(amount.in_asset(asset).decimal()))
}

/// Cumulative net. See [`super::EQUITY`].
///
/// # Errors
/// When a row cannot be written.
pub fn equity(report: &Report, sink: &mut dyn Sink) -> Result<(), TableError> {
    for point in &report.equity {
        for asset in report.figures.assets() {
            let net = point.net.in_asset(&asset).decimal();
            sink.row(&[Cell::Time(point.at), Cell::Text(asset), Cell::Amount(net)])?;
        }
    }
    Ok(())
}

/// Breakdowns of the total. See [`super::ATTRIBUTION`].
///
/// # Errors
/// When a row cannot be written.
pub fn attribution(report: &Report, sink: &mut dyn Sink) -> Result<(), TableError> {
    let figures = &report.figures;
    let assets = figures.assets();
    let mut part = |by: &str, name: &str, bucket: &Bucket| -> Result<(), TableError> {
        for asset in &assets {
            let mut cells = vec![
                Cell::Text(by.to_owned()),
                Cell::Text(name.to_owned()),
                Cell::Count(bucket.orders),
                Cell::Count(bucket.fills),
                Cell::Text(asset.clone()),
                Cell::Amount(bucket.volume.in_asset(asset).decimal()),
            ];
            cells.extend(amounts(&bucket.pnl, asset));
            sink.row(&cells)?;
        }
        Ok(())
    };
    for (name, bucket) in &figures.by_venue {
        part("venue", name, bucket)?;
    }
    for (name, bucket) in &report.by_instrument {
        part("instrument", name, bucket)?;
    }
    for (name, bucket) in &figures.by_task {
        part("task", name, bucket)?;
    }
    for leg in &report.by_leg {
        let place = leg
            .leg
            .map_or_else(|| "none".to_owned(), |leg| leg.to_string());
        let name = format!("{} leg {place} {}", leg.task, leg.instrument);
        part("leg", &name, &leg.bucket)?;
    }
    Ok(())
}
