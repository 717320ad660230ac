//! `onetape data`: market data into the catalogue, and what is in it.

pub mod check;
pub mod delays;
pub mod export;
pub mod formats;
pub mod import;
pub mod info;
pub mod profile;
pub mod record;
pub mod spread;
pub mod synth;

use std::io::Write;

use onetape_core::strategy::StrategySpec;

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
    /// The quality of what a catalogue holds: gaps, duplicates, clocks, crossed books, absurd prices, funding.
    Check(check::CheckArgs),
    /// Import captures and instrument rules into a catalogue.
    Import(import::ImportArgs),
    /// Write a catalogue's series as CSV, or as event arrays of hftbacktest.
    Export(export::ExportArgs),
    /// What can be imported: what each format takes, what it gives, an example.
    Formats(formats::FormatsArgs),
    /// What a catalogue holds; with --books, rebuild and check its depth books.
    Info(info::InfoArgs),
    /// How long an instrument's messages were on their way, as a table for a scenario's latencies.
    Delays(delays::DelaysArgs),
    /// How far apart the prices of two instruments were: how often, how wide, for how long.
    Spread(spread::SpreadArgs),
    /// How an instrument's market behaves: arrivals, spread, sizes, returns; two tapes side by side.
    Profile(profile::ProfileArgs),
    /// Record live market data of venues, to be run as a backtest.
    Record(record::RecordArgs),
    /// Make synthetic market data from a seed.
    Synth(synth::SynthArgs),
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When the catalogue cannot be read or written.
pub fn run(
    args: &DataArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    match &args.command {
        DataCommand::Check(args) => check::run(args, out),
        DataCommand::Import(args) => import::run(args, out),
        DataCommand::Export(args) => export::run(args, out),
        DataCommand::Formats(args) => formats::run(args, out),
        DataCommand::Info(args) => info::run(args, out),
        DataCommand::Delays(args) => delays::run(args, out),
        DataCommand::Spread(args) => spread::run(args, out),
        DataCommand::Profile(args) => profile::run(args, out),
        DataCommand::Record(args) => record::run(args, registry, out, err),
        DataCommand::Synth(args) => Ok(synth::run(args, out, err)?),
    }
}
