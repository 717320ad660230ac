//! Moments and lengths of time as people read them.

use jiff::Timestamp;
use onetape_core::time::{Span, Ts};

/// RFC 3339 in UTC, with as many decimals of a second as it takes.
pub(crate) fn moment(ts: Ts) -> String {
    Timestamp::from_nanosecond(i128::from(ts.nanos()))
        .map_or_else(|_| format!("{} ns", ts.nanos()), |at| at.to_string())
}

/// `2024-08-08 23:54:17.389`, for tables.
pub(crate) fn stamp(ts: Ts) -> String {
    strftime(ts, "%Y-%m-%d %H:%M:%S.%3f")
}

/// By a `strftime` format of jiff.
pub(crate) fn strftime(ts: Ts, format: &str) -> String {
    Timestamp::from_nanosecond(i128::from(ts.nanos())).map_or_else(
        |_| ts.nanos().to_string(),
        |at| at.strftime(format).to_string(),
    )
}

/// A length of time in its two largest units: `850ms`, `12.4s`, `3m 05s`, `2h 40m`, `3d 04h`.
pub(crate) fn length(span: Span) -> String {
    let nanos = span.nanos();
    let seconds = nanos / 1_000_000_000;
    match seconds {
        0 if nanos < 1_000_000 => format!("{}us", nanos / 1_000),
        0 => format!("{}ms", nanos / 1_000_000),
        1..60 => format!("{}.{}s", seconds, nanos / 100_000_000 % 10),
        60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_lengths_read_well() {
        let ts = Ts::from_nanos(1_723_161_257_389_838_564);
        assert_eq!(moment(ts), "2024-08-08T23:54:17.389838564Z");
        assert_eq!(stamp(ts), "2024-08-08 23:54:17.389");
        let shown = [850, 12_400, 185_000, 9_600_000, 273_600_000]
            .map(|millis| length(Span::from_millis(millis)));
        assert_eq!(shown, ["850ms", "12.4s", "3m 05s", "2h 40m", "3d 04h"]);
        assert_eq!(length(Span::from_nanos(250_000)), "250us");
    }
}
