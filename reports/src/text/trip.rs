//! One round trip with its decisions and events, as text. Numbers are whole here.

use std::fmt::Write as _;

use super::table::plain;
use crate::detail::Note;
use crate::report::{Report, RoleFills, RoundTrip};
use crate::time::{length, moment};

/// A round trip and its notes as text.
pub fn trip_to_text(report: &Report, trip: &RoundTrip, notes: &[Note]) -> String {
    let mut out = String::new();
    let asset = report.figures.asset.as_deref().unwrap_or("");
    let reason = |reason: &Option<String>| reason.clone().unwrap_or_else(|| "-".to_owned());
    let held = trip.held().map_or_else(|| "open".to_owned(), length);
    let _ = writeln!(
        out,
        "Round trip {} of {}\n  opened {} ({}), held {held}, closed by {}",
        trip.trip,
        plain(&trip.task),
        moment(trip.opened_at),
        plain(&reason(&trip.entry_reason)),
        plain(&reason(&trip.exit_reason)),
    );
    let pnl = &trip.pnl;
    let _ = writeln!(
        out,
        "  net {} {asset} = gross {} - fees {} + funding {}",
        pnl.net, pnl.gross, pnl.fees, pnl.funding
    );
    for leg in &trip.legs {
        let _ = writeln!(
            out,
            "  leg {} {} {}: entry {}, exit {}, repair {}; net {}",
            leg.leg,
            plain(&leg.instrument),
            leg.side.unwrap_or("-"),
            fills(&leg.entry),
            fills(&leg.exit),
            fills(&leg.repair),
            leg.pnl.net,
        );
    }
    out.push('\n');
    for note in notes {
        let after = note.at.nanos() - trip.opened_at.nanos();
        let _ = writeln!(
            out,
            "  {:>14.3} ms  seq {:<8} {:<16} {}",
            after as f64 / 1e6,
            note.seq.0,
            note.what,
            plain(&note.text)
        );
        for (name, value) in &note.numbers {
            let _ = writeln!(out, "{:>48} {}", plain(name), plain(value));
        }
    }
    out
}

fn fills(fills: &RoleFills) -> String {
    match fills.price {
        Some(price) => format!("{} @ {price}", fills.qty),
        None => "-".to_owned(),
    }
}
