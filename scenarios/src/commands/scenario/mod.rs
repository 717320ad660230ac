//! `onetape scenario`: one to start from, and what one comes to when things go wrong.

pub(super) mod fuzz;
mod new;
mod page;
mod presets;
mod sums;

use std::io::Write;

use onetape_core::strategy::StrategySpec;

use super::backtest::cards;

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
    /// List the scenarios to start from, with what a round trip of each costs.
    Presets(presets::PresetsArgs),
    /// Write one of them into a file, for instruments of your own.
    New(new::NewArgs),
}

/// Runs the command; exit code 3 when a seed breaks what must hold.
///
/// # Errors
/// When the scenario or its data is not right.
pub fn run(
    args: &ScenarioCommandArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    match &args.command {
        ScenarioCommand::Fuzz(args) => fuzz::run(args, registry, out),
        ScenarioCommand::Presets(args) => presets::run(args, &cards(registry), out),
        ScenarioCommand::New(args) => new::run(args, &cards(registry), out, err),
    }
}
