//! `onetape journal`: read a run's journal, compare two.

mod decided;
pub mod diff;
mod happened;
mod known;
mod render;
pub mod show;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use onetape_data::journal::TornTail;

pub use known::Known;
pub use render::Line;

/// Says what was cut off at the end of a journal, if anything was.
fn report_tail(tail: Option<&TornTail>, err: &mut dyn Write) -> io::Result<()> {
    let Some(tail) = tail else { return Ok(()) };
    let last = tail.last.map_or_else(
        || "there is no record before it".to_string(),
        |(seq, ts)| {
            let time = render::time(ts);
            format!("the last record is of event {} at {time}", seq.0)
        },
    );
    writeln!(
        err,
        "note: {} ends within a frame: {} bytes from byte {} on were cut; {last}",
        tail.path.display(),
        tail.bytes,
        tail.offset
    )
}
