//! `onetape data record`: live market data into a catalogue.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, bail};
use onetape_core::strategy::StrategySpec;
use onetape_core::time::Span;
use onetape_data::record::RecordOptions;
use onetape_live::feed::LineStatus;
use serde_json::{Value, json};

use super::synth::parse_span;
use crate::commands::backtest::cards;
use crate::recording::{Place, Recorded, VenueRecorded, Wanted, record};
use crate::scenario::{Options, load};

/// Exit code of a process that was interrupted twice.
const INTERRUPTED: i32 = 130;

/// `onetape data record …`
#[derive(Clone, Debug, clap::Args)]
pub struct RecordArgs {
    /// A venue: binance-spot, binance-usdm, mexc-spot, gate-spot, gate-usdt; again for more.
    #[arg(
        long = "venue",
        value_name = "NAME",
        required_unless_present = "scenario"
    )]
    pub venues: Vec<String>,
    /// Symbols of the venue named at the same place, as it writes them: A,B.
    #[arg(long, value_name = "A,B")]
    pub symbols: Vec<String>,
    /// The instruments of a scenario file, in place of --venue and --symbols.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["venues", "symbols"])]
    pub scenario: Option<PathBuf>,
    /// The catalogue folder; made when there is none.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// Stop after so long, such as 30s or 2h; else Ctrl-C stops it.
    #[arg(long, value_name = "D", value_parser = parse_span)]
    pub duration: Option<Span>,
    /// A local exchange (onetape venue serve): the first venue's address, the others are at the ports above it; or
    /// one a venue.
    #[arg(long, value_name = "HOST:PORT")]
    pub local: Vec<String>,
    /// The venues' testnets.
    #[arg(long, conflicts_with = "local")]
    pub testnet: bool,
    /// How long a piece is that is written at once, such as 10s: what a killed process loses at most.
    #[arg(long, value_name = "SPAN", value_parser = parse_span, default_value = "10s")]
    pub piece: Span,
    /// Print one JSON document on stdout, at the end.
    #[arg(long)]
    pub json: bool,
}

/// Records until it is interrupted or the time is over.
///
/// # Errors
/// When a venue does not answer, has no such symbol, or the catalogue cannot be written.
pub(super) fn run(
    args: &RecordArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let wanted = wanted(args, registry)?;
    let place = match (args.testnet, args.local.as_slice()) {
        (true, _) => Place::Testnet,
        (false, []) => Place::Production,
        (false, all) => Place::Local(all.to_vec()),
    };
    let options = RecordOptions {
        piece_span: args.piece,
        ..RecordOptions::default()
    };
    let duration = (args.duration).map(|span| Duration::from_nanos(span.nanos().unsigned_abs()));
    let stop = stop()?;
    let catalog = args.catalog.display();
    let mut begun = |count: usize| {
        // Whoever reads it may be gone.
        let _ = writeln!(
            err,
            "note: recording {count} instruments into {catalog}; Ctrl-C ends it"
        );
    };
    let recorded = record(
        &wanted,
        &place,
        &args.catalog,
        options,
        duration,
        &stop,
        &mut begun,
    )?;
    if recorded.report.total() == 0 {
        let fault = recorded
            .venues
            .iter()
            .flat_map(|it| &it.lines)
            .find_map(|it| it.fault.as_ref());
        let why = fault.map_or("no connection told anything", String::as_str);
        bail!("nothing was recorded: {why}; record for longer, or look at the venue's addresses");
    }
    print(&recorded, args, out)?;
    Ok(0)
}

fn wanted(args: &RecordArgs, registry: &[StrategySpec]) -> anyhow::Result<Vec<Wanted>> {
    let Some(file) = &args.scenario else {
        return Wanted::named(&args.venues, &args.symbols);
    };
    let options = Options {
        // Whether it pays is not the recording's business.
        allow_negative_edge: true,
        ..Options::default()
    };
    let loaded = load(file, &options, &cards(registry))?;
    let instruments = loaded.scenario.instruments();
    let pairs = instruments
        .iter()
        .map(|it| (it.venue.as_str(), it.symbol.as_str()));
    Wanted::of_instruments(pairs)
}

fn print(recorded: &Recorded, args: &RecordArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let Recorded { report, venues } = recorded;
    if args.json {
        let venues: Vec<Value> = venues.iter().map(venue_json).collect();
        let whole = json!({
            "catalog": args.catalog.display().to_string(),
            "recorded": report,
            "venues": venues,
        });
        serde_json::to_writer_pretty(&mut *out, &whole).context("stdout")?;
        writeln!(out)?;
        return Ok(());
    }
    for (instrument, kinds) in &report.messages {
        let kinds: Vec<String> = kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        writeln!(out, "{instrument}  {}", kinds.join(", "))?;
    }
    for venue in venues {
        for line in venue
            .lines
            .iter()
            .filter(|it| it.fault.is_some() || it.gaps > 0)
        {
            let fault = line.fault.as_deref().unwrap_or("none");
            writeln!(
                out,
                "{}: {} gaps, last fault: {fault}",
                venue.venue, line.gaps
            )?;
        }
        for (why, what, count) in &venue.unused {
            writeln!(out, "{}: {count} not used ({why}: {what})", venue.venue)?;
        }
    }
    writeln!(
        out,
        "{} messages in {} pieces",
        report.total(),
        report.pieces
    )?;
    Ok(())
}

fn venue_json(venue: &VenueRecorded) -> Value {
    let line = |line: &LineStatus| {
        json!({
            "feeds": line.feeds,
            "up": line.up,
            "asks_by_rest": line.silent,
            "gaps": line.gaps,
            "fault": line.fault,
            "refused": line.refused,
        })
    };
    let unused = |it: &(&str, String, u64)| json!({ "why": it.0, "what": it.1, "count": it.2 });
    json!({
        "venue": venue.venue,
        "connections": venue.lines.iter().map(line).collect::<Vec<_>>(),
        "not_used": venue.unused.iter().map(unused).collect::<Vec<_>>(),
    })
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
