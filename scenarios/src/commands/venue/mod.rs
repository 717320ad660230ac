//! `onetape venue`: venues on this machine, to test against without the internet.

mod serve;

use std::io::Write;

use onetape_core::strategy::StrategySpec;

pub use serve::ServeArgs;

/// `onetape venue …`
#[derive(Clone, Debug, clap::Args)]
pub struct VenueArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: VenueCommand,
}

/// What can be done.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum VenueCommand {
    /// Speak as venues do, on ports of this machine, over a recorded or a synthetic market.
    Serve(Box<ServeArgs>),
}

/// Runs the command.
///
/// # Errors
/// When it fails.
pub fn run(args: &VenueArgs, registry: &[StrategySpec], out: &mut dyn Write) -> anyhow::Result<u8> {
    match &args.command {
        VenueCommand::Serve(args) => serve::run(args, registry, out),
    }
}
