//! `onetape venue serve`: the local exchange.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};
use onetape_adapters::server::protocol::Protocol;
use onetape_core::num::parse_fixed;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::Span;

use crate::commands::backtest::cards;
use crate::commands::data::synth::parse_span;
use crate::scenario::{self, load};
use crate::venue_serve::{
    AtEnd, FaultRule, Flow, Options, Source, Speed, Stamps, TestKey, Times, World, serve,
};

/// Exit code of a process that was interrupted twice.
const INTERRUPTED: i32 = 130;
/// How long a market is that is made, where it is not said.
const DURATION: Span = Span::from_millis(20 * 60_000);

/// `onetape venue serve …`
#[derive(Clone, Debug, clap::Args)]
pub struct ServeArgs {
    /// A venue: binance-spot, binance-usdm, mexc-spot, gate-spot, gate-usdt; again for more. Of a scenario all when
    /// none is named.
    #[arg(long = "venue", value_name = "NAME", value_parser = parse_venue)]
    pub venues: Vec<Protocol>,
    /// The first venue's port, the others above it; 0 is any that is free.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The market: a catalogue with instruments of the venues.
    #[arg(long, value_name = "CATALOG", conflicts_with_all = ["synth", "scenario"])]
    pub tape: Option<PathBuf>,
    /// The market: made now from a seed, for all five venues.
    #[arg(long, value_name = "SEED", conflicts_with = "scenario")]
    pub synth: Option<u64>,
    /// The market, its window and the venues' terms: a scenario file.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// The scenario's catalogue, in place of the file's.
    #[arg(long, value_name = "DIR", requires = "scenario")]
    pub catalog: Option<PathBuf>,
    /// Length of a market that is made [default: 20m].
    #[arg(long, value_parser = parse_span, requires = "synth")]
    pub duration: Option<Span>,
    /// Arrivals of a market that is made, as a factor on the measured ones [default: 1].
    #[arg(long, value_name = "FACTOR", value_parser = parse_thousandths, requires = "synth")]
    pub rate: Option<u32>,
    /// Where the catalogue of a market that is made goes, to run the same tape as a backtest.
    #[arg(long, value_name = "DIR", requires = "synth")]
    pub keep: Option<PathBuf>,
    /// How fast the tape goes, as a factor on real time, from 0.001 to 1000 [default: 1].
    #[arg(long, value_name = "FACTOR", value_parser = parse_thousandths)]
    pub speed: Option<u32>,
    /// Begin the tape again when it is over; else the market stays as it is then.
    #[arg(long = "loop")]
    pub again: bool,
    /// Let the tape begin only when POST /onetape/tape says so.
    #[arg(long)]
    pub paused: bool,
    /// What goes wrong: KIND[@every=N][@at=SPAN][@for=SPAN][@times=N]; again for more. Kinds: drop, lose, timeout,
    /// unknown, unavailable, busy, limit, ack-only, miss, gap, cut, stale, ban, adl, liquidate.
    #[arg(long, value_name = "FAULT")]
    pub faults: Vec<FaultRule>,
    /// One more account, by its key and secret: KEY:SECRET.
    #[arg(long = "account", value_name = "KEY:SECRET")]
    pub accounts: Vec<TestKey>,
    /// Count no requests: nobody is told to slow down.
    #[arg(long)]
    pub no_limits: bool,
    /// How often connections are pinged, in place of the venue's time.
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    pub ping: Option<Span>,
    /// How long an answer to a ping may take, in place of the venue's time.
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    pub pong: Option<Span>,
    /// How long connections live, in place of 24 h.
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    pub life: Option<Span>,
    /// How long keys of private streams live, in place of 60 min.
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    pub key_life: Option<Span>,
    /// Write when each frame left and each order came to a file, to measure who trades here.
    #[arg(long, value_name = "FILE")]
    pub stamps: Option<PathBuf>,
    /// Print what is served as one JSON document.
    #[arg(long)]
    pub json: bool,
}

fn parse_venue(text: &str) -> Result<Protocol, String> {
    Protocol::of(text).ok_or_else(|| {
        let known = Protocol::ALL.map(Protocol::name).join(", ");
        format!("choose among {known}")
    })
}

fn parse_thousandths(text: &str) -> Result<u32, String> {
    let read = parse_fixed(text, 3).ok();
    let read = read.and_then(|milli| u32::try_from(milli).ok());
    read.filter(|milli| (1..=1_000_000).contains(milli))
        .ok_or_else(|| "write a factor from 0.001 to 1000".to_string())
}

/// Serves until it is interrupted.
///
/// # Errors
/// When there is nothing to serve, or a port is taken.
pub(super) fn run(
    args: &ServeArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    // From here on a market that is made is also taken away.
    let stop = stop()?;
    let options = options(args)?;
    let world = World::open(
        &args.venues,
        source(args, registry)?,
        options.all_keys().len(),
        registry,
    )?;
    serve(world, &options, &stop, out)?;
    Ok(0)
}

fn options(args: &ServeArgs) -> anyhow::Result<Options> {
    let stamps = args.stamps.as_deref().map(Stamps::create).transpose()?;
    Ok(Options {
        port: args.port,
        flow: Flow {
            speed: args
                .speed
                .and_then(Speed::from_thousandths)
                .unwrap_or_default(),
            at_end: if args.again {
                AtEnd::Again
            } else {
                AtEnd::Hold
            },
            paused: args.paused,
        },
        times: Times {
            ping: args.ping,
            pong: args.pong,
            life: args.life,
            key_life: args.key_life,
            limited: !args.no_limits,
        },
        faults: args.faults.clone(),
        keys: args.accounts.clone(),
        stamps,
        json: args.json,
    })
}

fn source(args: &ServeArgs, registry: &[StrategySpec]) -> anyhow::Result<Source> {
    if let Some(file) = &args.scenario {
        let options = scenario::Options {
            catalog: args.catalog.clone(),
            // Whether it pays is not the venue's business.
            allow_negative_edge: true,
            ..scenario::Options::default()
        };
        let loaded = load(file, &options, &cards(registry))?;
        return Ok(Source::Scenario(Box::new(loaded)));
    }
    match (&args.tape, args.synth) {
        (Some(path), _) => Ok(Source::Tape(path.clone())),
        (None, Some(seed)) => Ok(Source::Synth {
            seed,
            duration: args.duration.unwrap_or(DURATION),
            rate_milli: args.rate.unwrap_or(1_000),
            keep: args.keep.clone(),
        }),
        (None, None) => {
            bail!("there is no market; give --tape CATALOG, --synth SEED or --scenario FILE")
        }
    }
}

/// A flag that SIGTERM and Ctrl-C set; a second one ends the process at once.
fn stop() -> anyhow::Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag::{register, register_conditional_shutdown};
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        // The order matters: the first signal finds the flag unset.
        register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&stop))
            .and_then(|_| register(signal, Arc::clone(&stop)))
            .context("signals cannot be listened to")?;
    }
    Ok(stop)
}
