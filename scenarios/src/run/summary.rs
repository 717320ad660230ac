//! What is known of a run besides its journal.

use std::fmt::Write as _;

use onetape_reports::RunFacts;

use super::{BUILD, Outcome, peak_rss_mib};

/// Sixteen bytes as hexadecimal text.
pub fn hex_id(id: &[u8; 16]) -> String {
    id.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The facts of a finished run.
pub fn facts(outcome: &Outcome, name: &str, scenario: &str) -> RunFacts {
    let events_per_s = outcome.events as f64 / outcome.wall.as_secs_f64().max(1e-9);
    RunFacts {
        run_id: hex_id(&outcome.run_id),
        build: BUILD.to_string(),
        name: name.to_string(),
        decisions_hash: format!("{:032x}", outcome.decisions_hash),
        scenario: scenario.to_string(),
        rows: Some(outcome.rows),
        events: Some(outcome.events),
        wall_s: Some(outcome.wall.as_secs_f64()),
        decode_s: Some(outcome.decode.as_secs_f64()),
        events_per_s: Some(events_per_s),
        peak_rss_mib: peak_rss_mib(),
    }
}
