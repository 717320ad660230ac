//! `onetape journal`: read a run's journal, compare two.

mod decided;
pub mod diff;
mod happened;
mod known;
mod render;
pub mod risk;
pub mod show;
pub mod why;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use onetape_core::strategy::StrategySpec;
use onetape_data::journal::TornTail;

pub use known::Known;
pub use render::Line;

/// `onetape journal …`
#[derive(Clone, Debug, clap::Args)]
pub struct JournalArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: JournalCommand,
}

/// What can be done with a journal.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum JournalCommand {
    /// Print what happened and what was decided, one record a line.
    Show(show::ShowArgs),
    /// Compare two runs; exit 3 where they first differ.
    Diff(diff::DiffArgs),
    /// Explain a moment: why a run did, or did not, trade then.
    Why(why::WhyArgs),
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When a journal cannot be read or stdout not be written.
pub fn run(
    args: &JournalArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    match &args.command {
        JournalCommand::Show(args) => show::run(args, out, err),
        JournalCommand::Diff(args) => diff::run(args, out, err),
        JournalCommand::Why(args) => why::run(args, registry, out, err),
    }
}

/// Says what was cut off at the end of a journal, if anything was.
pub(crate) fn report_tail(tail: Option<&TornTail>, err: &mut dyn Write) -> io::Result<()> {
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
