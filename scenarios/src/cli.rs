//! The command line.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use onetape_core::strategy::StrategySpec;

use crate::commands::{
    backtest, config, data, demo, journal, positions, replay, report, scan, scenario, status,
    strategy, sweep, table, venue, walk_forward,
};
use crate::scenario::ScenarioError;
use crate::sweep::SweepError;

/// Exit code of a failure.
const FAILED: u8 = 1;
/// Exit code of bad usage and bad configuration.
const BAD_CONFIGURATION: u8 = 2;

/// Backtest and trade crypto arbitrage on one tape.
///
/// A strategy sees one ordered stream of events and answers with commands; every decision stands in a journal,
/// and any run can be replayed and must decide the same, byte for byte.
#[derive(Debug, Parser)]
#[command(name = "onetape", version = crate::run::BUILD, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: make synthetic market data, backtest on them, write a report. No network, no configuration.
    Demo(demo::DemoArgs),
    /// Bring market data into a catalogue, a folder of Parquet files, and look at what is in it.
    Data(data::DataArgs),
    /// Find and rank what could be earned between the instruments of a catalogue.
    Scan(Box<scan::ScanArgs>),
    /// List strategies, describe one, make one of your own.
    Strategy(strategy::StrategyArgs),
    /// Check a scenario file before it is run.
    Config(config::ConfigArgs),
    /// Run a scenario file over recorded market data, with simulated venues.
    Backtest(backtest::BacktestArgs),
    /// Start a scenario from a preset, or let things go wrong in one.
    Scenario(scenario::ScenarioCommandArgs),
    /// Run a scenario with many parameter values, here or in shards on many machines.
    Sweep(Box<sweep::SweepArgs>),
    /// Choose parameters on one stretch of the tape and test them on the next, again and again.
    WalkForward(walk_forward::WalkForwardArgs),
    /// Run a recorded run again: prove that it decides the same, stop at a moment, ask what if.
    Replay(replay::ReplayArgs),
    /// Read the journal of a run, compare two, explain a moment.
    Journal(journal::JournalArgs),
    /// Profit report of a run, from its journal.
    Report(report::ReportArgs),
    /// Group, sum and rank the rows of Parquet tables, of many runs and sweeps at once.
    Table(table::TableArgs),
    /// What every task of a run holds, since when, and what it is worth, at the end or at a moment.
    Positions(positions::PositionsArgs),
    /// Where every task of a run is: its state, position and orders, at the end or at a moment.
    Status(status::StatusArgs),
    /// Run a scenario in real time with simulated fills: no order leaves.
    #[cfg(unix)]
    Paper(Box<crate::commands::paper::PaperArgs>),
    /// Trade a scenario: real orders, after a typed confirmation.
    #[cfg(unix)]
    Live(Box<crate::commands::live::LiveArgs>),
    /// Have a running instance enter nothing more; what is open is closed and repaired all the same.
    #[cfg(unix)]
    Pause(crate::commands::control::TaskArgs),
    /// Let a running instance, or a task of it, go on.
    #[cfg(unix)]
    Resume(crate::commands::control::TaskArgs),
    /// Have a running instance, or a task of it, close every leg and stop.
    #[cfg(unix)]
    Flatten(crate::commands::control::TaskArgs),
    /// Tell a running instance that a person saw what it waits for.
    #[cfg(unix)]
    Approve(crate::commands::control::ApproveArgs),
    /// Check everything that must be right before a scenario is traded.
    #[cfg(unix)]
    Doctor(Box<crate::commands::reach::DoctorArgs>),
    /// Take back every order at every venue of a run or scenario, confirm it, and list what is left.
    #[cfg(unix)]
    Kill(Box<crate::commands::reach::KillArgs>),
    /// Venues on this machine, in their own protocols, to test against without the internet.
    Venue(venue::VenueArgs),
    /// Keys of venues, in a file encrypted with a passphrase.
    #[cfg(unix)]
    Keys(crate::commands::keys::KeysArgs),
}

/// The strategies that come with onetape, to add one's own to.
///
/// ```no_run
/// # use onetape_core::strategies::noop as my_rule;
/// let mut registry = onetape::builtin();
/// registry.push(my_rule::SPEC);
/// onetape::main_with(&registry);
/// ```
pub fn builtin() -> Vec<StrategySpec> {
    onetape_core::strategies::ALL.to_vec()
}

/// Runs the command line over these strategies.
///
/// Exit codes: 0 done, 1 failed, 2 bad usage or configuration, 3 a check found differences; of sweeps also 42 would
/// fail again and 75 may succeed when it is tried again.
pub fn main_with(registry: &[StrategySpec]) -> ExitCode {
    start_log();
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    if let Some(name) = named_twice(registry) {
        let _ = writeln!(
            err,
            "error: two strategies are called {name:?}; give yours another name in its card"
        );
        return ExitCode::from(BAD_CONFIGURATION);
    }
    let cli = Cli::parse();
    let done = crate::panics::caught(|| {
        #[cfg(unix)]
        let (mut out, mut err) = {
            use crate::hush::Hushed;
            (Hushed::new(&mut out), Hushed::new(&mut err))
        };
        let code = dispatch(cli.command, registry, &mut out, &mut err)?;
        out.flush()?;
        err.flush()?;
        Ok(code)
    });
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let words = words(&error);
            #[cfg(unix)]
            let words = crate::hush::hushed(&words);
            let _ = writeln!(err, "error: {words}");
            ExitCode::from(code_of(&error))
        }
    }
}

/// A name that two strategies have: a scenario could mean either.
fn named_twice(registry: &[StrategySpec]) -> Option<&'static str> {
    let mut names = registry.iter().map(|spec| spec.card.name).enumerate();
    names.find_map(|(at, name)| {
        let mut before = registry[..at].iter();
        before.any(|spec| spec.card.name == name).then_some(name)
    })
}

fn dispatch(
    command: Command,
    registry: &[StrategySpec],
    out: &mut dyn std::io::Write,
    err: &mut dyn std::io::Write,
) -> anyhow::Result<u8> {
    let cards = backtest::cards(registry);
    match command {
        Command::Demo(args) => demo::run(&args, registry, out),
        Command::Data(args) => data::run(&args, registry, out, err),
        Command::Scan(args) => scan::run(&args, out),
        Command::Strategy(args) => Ok(strategy::run(&args, &cards, out, err)?),
        Command::Config(args) => Ok(config::run(&args, &cards, out, err)?),
        Command::Backtest(args) => backtest::run(&args, registry, out),
        Command::Scenario(args) => scenario::run(&args, registry, out, err),
        Command::Sweep(args) => sweep::run(&args, registry, out, err),
        Command::WalkForward(args) => walk_forward::run(&args, registry, out),
        Command::Replay(args) => replay::run(&args, registry, out, err),
        Command::Journal(args) => journal::run(&args, registry, out, err),
        Command::Report(args) => report::run(&args, out, err),
        Command::Table(args) => table::run(&args, out),
        Command::Positions(args) => positions::run(&args, registry, out, err),
        Command::Status(args) => status::run(&args, registry, out, err),
        Command::Venue(args) => venue::run(&args, registry, out),
        #[cfg(unix)]
        Command::Paper(args) => crate::commands::paper::run(&args, registry, out, err),
        #[cfg(unix)]
        Command::Live(args) => crate::commands::live::run(&args, registry, out, err),
        #[cfg(unix)]
        Command::Pause(args) => crate::commands::control::pause(&args, out),
        #[cfg(unix)]
        Command::Resume(args) => crate::commands::control::resume(&args, out),
        #[cfg(unix)]
        Command::Flatten(args) => crate::commands::control::flatten(&args, out),
        #[cfg(unix)]
        Command::Approve(args) => crate::commands::control::approve(&args, out),
        #[cfg(unix)]
        Command::Doctor(args) => crate::commands::reach::doctor(&args, &cards, out, err),
        #[cfg(unix)]
        Command::Kill(args) => crate::commands::reach::kill(&args, &cards, out, err),
        #[cfg(unix)]
        Command::Keys(args) => crate::commands::keys::run(&args, out),
    }
}

fn code_of(error: &anyhow::Error) -> u8 {
    if let Some(sweep) = error.downcast_ref::<SweepError>() {
        sweep.code()
    } else if error.downcast_ref::<ScenarioError>().is_some() || table::is_bad_usage(error) {
        BAD_CONFIGURATION
    } else {
        FAILED
    }
}

/// An error and what caused it, each cause once: many texts say theirs already.
pub(crate) fn words(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Logs go to stderr: warnings, or what `ONETAPE_LOG` asks for; each line one JSON document where
/// `ONETAPE_LOG_FORMAT=json`.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("ONETAPE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    #[cfg(unix)]
    let to = crate::hush::log;
    #[cfg(not(unix))]
    let to = std::io::stderr;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(to);
    // A log that was started before stays.
    let _ = match std::env::var("ONETAPE_LOG_FORMAT").as_deref() {
        Ok("json") => log.json().try_init(),
        _ => log.try_init(),
    };
}

/// The reader of stdout went away, as `head` does: nothing failed.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kinds = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    kinds
        .into_iter()
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_once() {
        let mut registry = builtin();
        assert_eq!(named_twice(&registry), None);
        registry.push(onetape_core::strategies::noop::SPEC);
        assert_eq!(named_twice(&registry), Some("noop"));
    }
}
