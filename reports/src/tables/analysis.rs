//! Tables of a full report's analysis: net over time, its days, and its parts. Of a brief report they are empty.

use super::{Cell, Sink, TableError};
use crate::plots::analysis::parts as amounts;
use crate::report::{Attribution, Report};
use crate::time::moment;

/// Net over time with what is open. See [`super::CURVE`].
///
/// # Errors
/// When a row cannot be written.
pub fn curve(report: &Report, sink: &mut dyn Sink) -> Result<(), TableError> {
    let Some(equity) = report.analysis.as_ref().map(|known| &known.equity) else {
        return Ok(());
    };
    for point in &equity.curve {
        let amounts = [point.conservative, point.mid, point.low, point.high];
        let mut cells = vec![Cell::Time(point.at), Cell::Text(equity.unit.clone())];
        cells.extend(amounts.map(|amount| Cell::Amount(amount.decimal())));
        sink.row(&cells)?;
    }
    Ok(())
}

/// Net when each day ended. See [`super::DAYS`].
///
/// # Errors
/// When a row cannot be written.
pub fn days(report: &Report, sink: &mut dyn Sink) -> Result<(), TableError> {
    let Some(equity) = report.analysis.as_ref().map(|known| &known.equity) else {
        return Ok(());
    };
    for day in &equity.days {
        sink.row(&[
            Cell::Time(day.at),
            Cell::Text(equity.unit.clone()),
            Cell::Amount(day.conservative.decimal()),
            Cell::Amount(day.mid.decimal()),
        ])?;
    }
    Ok(())
}

/// What made the net. See [`super::PARTS`].
///
/// # Errors
/// When a row cannot be written.
pub fn parts(report: &Report, sink: &mut dyn Sink) -> Result<(), TableError> {
    let Some(all) = report.analysis.as_ref().map(|known| &known.attribution) else {
        return Ok(());
    };
    let assets = report.figures.assets();
    let mut part = |by: &str, name: &str, parts: &Attribution| -> Result<(), TableError> {
        for asset in &assets {
            let mut cells = vec![
                Cell::Text(by.to_owned()),
                Cell::Text(name.to_owned()),
                Cell::Text(asset.clone()),
            ];
            cells.extend(amounts(parts, asset).map(|amount| Cell::Amount(amount.decimal())));
            cells.push(Cell::Amount(parts.net.in_asset(asset).decimal()));
            sink.row(&cells)?;
        }
        Ok(())
    };
    part("total", "", &all.total)?;
    let groups = [
        ("venue", &all.by_venue),
        ("symbol", &all.by_symbol),
        ("task", &all.by_task),
        ("exit", &all.by_exit_reason),
    ];
    for (by, group) in groups {
        for (name, parts) in group {
            part(by, name, parts)?;
        }
    }
    for leg in &all.by_leg {
        let place = leg
            .leg
            .map_or_else(|| "none".to_owned(), |at| at.to_string());
        let name = format!("{} leg {place} {}", leg.task, leg.instrument);
        part("leg", &name, &leg.attribution)?;
    }
    for day in &all.by_day {
        part("day", &moment(day.ends_at), &day.attribution)?;
    }
    Ok(())
}
