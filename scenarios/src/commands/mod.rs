//! The subcommands: arguments, and a function that runs each and returns its exit code.

pub mod backtest;
pub mod config;
#[cfg(unix)]
pub mod control;
pub mod data;
pub mod demo;
pub mod journal;
#[cfg(unix)]
pub mod keys;
#[cfg(unix)]
pub mod live;
#[cfg(unix)]
pub mod paper;
pub mod positions;
#[cfg(unix)]
pub mod reach;
pub mod replay;
pub mod report;
pub mod report_compare;
mod report_fold;
pub mod report_returns;
pub mod report_tables;
pub mod report_trade;
pub mod scan;
pub mod scenario;
pub mod status;
pub mod strategy;
pub mod sweep;
pub mod table;
mod valued;
pub mod venue;
pub(crate) mod waiting;
pub mod walk_forward;

use onetape_core::time::Ts;

/// Reads a moment: RFC 3339 with a zone, or nanoseconds since 1970.
pub(crate) fn moment(text: &str) -> Result<Ts, String> {
    if let Ok(nanos) = text.parse::<i64>() {
        return Ok(Ts::from_nanos(nanos));
    }
    let moment: jiff::Timestamp = text.parse().map_err(|_| {
        "is no moment; write it like 2024-08-08T23:54:14.5Z, or as nanoseconds since 1970"
            .to_string()
    })?;
    i64::try_from(moment.as_nanosecond())
        .map(Ts::from_nanos)
        .map_err(|_| "is outside the years 1678 to 2262".into())
}

/// A moment in UTC with nanoseconds.
pub(crate) fn time_text(ts: Ts) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(ts.nanos()))
        .map_or_else(|_| ts.nanos().to_string(), |moment| format!("{moment:.9}"))
}
