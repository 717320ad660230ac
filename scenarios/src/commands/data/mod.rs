//! `onetape data`: market data into the catalogue, and what is in it.

pub mod synth;

use std::io::Write;

/// `onetape data …`
#[derive(Clone, Debug, clap::Args)]
pub struct DataArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: DataCommand,
}

/// What can be done with market data.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum DataCommand {
    /// Make a seeded synthetic tape.
    Synth(synth::SynthArgs),
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When the catalogue cannot be read or written.
pub fn run(args: &DataArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
    match &args.command {
        DataCommand::Synth(args) => Ok(synth::run(args, out, err)?),
    }
}
