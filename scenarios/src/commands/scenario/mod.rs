//! `onetape scenario`: what a scenario comes to when things go wrong.

mod fuzz;
mod page;
mod sums;

use std::io::Write;

use onetape_core::strategy::StrategySpec;

/// `onetape scenario …`
#[derive(Clone, Debug, clap::Args)]
pub struct ScenarioCommandArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ScenarioCommand,
}

/// What can be done with a scenario besides running it.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ScenarioCommand {
    /// Run it under drawn faults, one seed after the other, with what must hold checked; exit 3 when something does not.
    Fuzz(fuzz::FuzzArgs),
}

/// Runs the command; exit code 3 when a seed breaks what must hold.
///
/// # Errors
/// When the scenario or its data is not right.
pub fn run(
    args: &ScenarioCommandArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    match &args.command {
        ScenarioCommand::Fuzz(args) => fuzz::run(args, registry, out),
    }
}
