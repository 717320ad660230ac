//! `onetape data synth`: seeded synthetic tapes into a catalogue.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use onetape_core::num::parse_fixed;
use onetape_core::time::{Span, Ts};
use onetape_data::Error;
use onetape_data::synth::market::{self, MarketConfig, MarketRecord, World};
use onetape_data::synth::{Directions, PlantedRecord, RECORD, SynthConfig, SynthReport, write};
use serde_json::{Value, json};

use super::spread::progress_bar;

/// Exit code of a failure, and of bad usage.
const EXIT_FAILED: u8 = 1;
const EXIT_USAGE: u8 = 2;

/// Opportunities when none are asked for, as far as they fit.
const OPPORTUNITIES: u32 = 24;

/// `onetape data synth …`
#[derive(Clone, Debug, clap::Args)]
pub struct SynthArgs {
    /// The catalogue folder; made when there is none.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// What is made [default: pair, or market with --world].
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
    /// Seed of every draw: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Length of the tape, such as 90m or 2h [default: 2h, a market's 1h].
    #[arg(long, value_parser = parse_span)]
    pub duration: Option<Span>,
    /// First moment, UTC [default: 2024-01-01T06:30:00Z, a market's 07:30:00Z].
    #[arg(long, value_parser = parse_moment)]
    pub start: Option<Ts>,
    /// Planted opportunities [default: 24, or as many as fit]; of a market, of each sort [default: by duration]. Half
    /// of those between spot and perpetual lose after fees.
    #[arg(long, value_name = "N")]
    pub opportunities: Option<u32>,
    /// The pair's symbol on both venues, a base asset followed by USDT [default: BTCUSDT].
    #[arg(long)]
    pub symbol: Option<String>,
    /// Which way the pair's planted opportunities are taken [default: long_spot].
    #[arg(long, value_enum)]
    pub direction: Option<DirectionArg>,
    /// A market's arrivals as a factor on the measured ones, from 0.001 to 100 [default: 1].
    #[arg(long, value_name = "FACTOR", value_parser = parse_rate)]
    pub rate: Option<u32>,
    /// A market's file: feeds = [..], [events] basis, venue, triangle, halts, funding_spikes, crashes, crash_bps,
    /// [pace_milli] by venue; every key may be left out.
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Preset {
    /// Spot and perpetual of one symbol with planted opportunities: what the demo trades.
    Pair,
    /// Three spot venues and two of perpetuals, BTC, ETH and their cross, behaving as measured on real ones; with
    /// halts, a crash, funding spikes and planted opportunities.
    Market,
}

/// Which way the planted opportunities are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum DirectionArg {
    /// Buy spot, sell the perpetual.
    LongSpot,
    /// Sell spot, buy the perpetual.
    ShortSpot,
    /// Drawn for each.
    Both,
}

pub(in crate::commands) fn parse_span(text: &str) -> Result<Span, String> {
    Span::parse(text)
        .ok_or_else(|| "write a number and a unit (ns, us, ms, s, m, h, d), such as 90m".to_owned())
}

fn parse_moment(text: &str) -> Result<Ts, String> {
    text.parse::<jiff::Timestamp>()
        .ok()
        .and_then(|moment| i64::try_from(moment.as_nanosecond()).ok())
        .map(Ts::from_nanos)
        .ok_or_else(|| "write a moment in UTC, such as 2024-01-01T06:30:00Z".to_owned())
}

/// Thousandths.
fn parse_rate(text: &str) -> Result<u32, String> {
    parse_fixed(text, 3)
        .ok()
        .and_then(|milli| u32::try_from(milli).ok())
        .ok_or_else(|| "write a factor with at most three decimals, such as 0.25".to_owned())
}

impl SynthArgs {
    fn is_market(&self) -> bool {
        let market = self.world.is_some();
        let preset = if market { Preset::Market } else { Preset::Pair };
        self.preset.unwrap_or(preset) == Preset::Market
    }

    /// Says which argument belongs to the other preset.
    fn out_of_place(&self) -> Option<&'static str> {
        let of_pair = [
            ("--symbol", self.symbol.is_some()),
            ("--direction", self.direction.is_some()),
        ];
        let of_market = [
            ("--rate", self.rate.is_some()),
            ("--world", self.world.is_some()),
        ];
        let foreign = if self.is_market() { of_pair } else { of_market };
        foreign
            .into_iter()
            .find_map(|(name, given)| given.then_some(name))
    }

    /// As the pair's generator takes them.
    pub fn config(&self) -> SynthConfig {
        let default = SynthConfig::default();
        let mut config = SynthConfig {
            seed: self.seed,
            symbol: self.symbol.clone().unwrap_or(default.symbol),
            start: self.start.unwrap_or(default.start),
            duration: self.duration.unwrap_or(default.duration),
            opportunities: 0,
            directions: match self.direction {
                None | Some(DirectionArg::LongSpot) => Directions::LongSpot,
                Some(DirectionArg::ShortSpot) => Directions::ShortSpot,
                Some(DirectionArg::Both) => Directions::Both,
            },
        };
        let most = config.opportunities_max();
        config.opportunities = self.opportunities.unwrap_or(OPPORTUNITIES.min(most));
        config
    }

    /// As the market's generator takes them.
    ///
    /// # Errors
    /// When the market's file cannot be read.
    pub fn market(&self) -> Result<MarketConfig, Error> {
        let default = MarketConfig::default();
        let world = self.world.as_deref().map(World::read).transpose()?;
        let mut config = MarketConfig {
            seed: self.seed,
            start: self.start.unwrap_or(default.start),
            duration: self.duration.unwrap_or(default.duration),
            rate_milli: self.rate.unwrap_or(default.rate_milli),
            world: world.unwrap_or_default(),
        };
        if let Some(count) = self.opportunities {
            let events = &mut config.world.events;
            (events.basis, events.venue, events.triangle) = (Some(count), Some(count), Some(count));
        }
        Ok(config)
    }
}

/// What was made, whichever it is.
struct Told {
    already_there: bool,
    rows: [u64; 4],
    json: Value,
    lines: Vec<String>,
}

impl Told {
    fn new<R>(report: &SynthReport<R>, json: Value, lines: Vec<String>) -> Self {
        Self {
            already_there: report.already_there,
            rows: [
                report.messages,
                report.rows,
                report.files as u64,
                report.bytes,
            ],
            json,
            lines,
        }
    }
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When `out` or `err` cannot be written.
pub fn run(args: &SynthArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    if let Some(name) = args.out_of_place() {
        let preset = if args.is_market() { "pair" } else { "market" };
        writeln!(err, "error: {name} belongs to --preset {preset}")?;
        return Ok(EXIT_USAGE);
    }
    let market = match args.is_market().then(|| args.market()).transpose() {
        Ok(market) => market,
        Err(error) => {
            writeln!(err, "error: {error}")?;
            return Ok(EXIT_USAGE);
        }
    };
    let started = Instant::now();
    let bar = progress_bar("synth");
    let mut progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let made = match &market {
        Some(config) => {
            market::write(&args.catalog, config, &mut progress).map(|report| told_market(&report))
        }
        None => {
            write(&args.catalog, &args.config(), &mut progress).map(|report| told_pair(&report))
        }
    };
    bar.finish_and_clear();
    let told = match made {
        Ok(told) => told,
        Err(error) => {
            writeln!(err, "error: {error}")?;
            let usage = matches!(error, Error::Synth(_));
            return Ok(if usage { EXIT_USAGE } else { EXIT_FAILED });
        }
    };
    let wall_s = started.elapsed().as_secs_f64();
    if args.json {
        writeln!(out, "{:#}", told_json(args, told, wall_s))?;
    } else {
        write_told(args, &told, wall_s, out)?;
    }
    Ok(0)
}

fn told_pair(report: &SynthReport) -> Told {
    let record = &report.record;
    let (planted, wins) = (record.planted.len(), wins(&record.planted));
    let json = json!({
        "source_hash": record.source_hash,
        "seed": record.seed,
        "instruments": [record.spot, record.futures],
        "start": record.start,
        "duration_s": record.duration_s,
        "planted": { "total": planted, "win": wins, "lose": planted - wins },
    });
    let lines = vec![
        format!(
            "tape      {} and {}, {} s from {}",
            record.spot, record.futures, record.duration_s, record.start
        ),
        format!(
            "planted   {planted}: {wins} win, {} lose after fees ({RECORD})",
            planted - wins
        ),
    ];
    Told::new(report, json, lines)
}

fn wins(planted: &[PlantedRecord]) -> usize {
    planted.iter().filter(|one| one.wins).count()
}

fn told_market(report: &SynthReport<MarketRecord>) -> Told {
    let record = &report.record;
    let wins = wins(&record.basis);
    let lose = record.basis.len() - wins;
    let (venue, triangle) = (record.venue.len(), record.triangle.len());
    let (halts, crashes) = (record.halts.len(), record.crashes.len());
    let spikes = record.funding_spikes.len();
    let json = json!({
        "source_hash": record.source_hash,
        "seed": record.seed,
        "instruments": record.instruments,
        "start": record.start,
        "duration_s": record.duration_s,
        "rate": record.rate,
        "planted": { "basis": { "win": wins, "lose": lose }, "venue": venue, "triangle": triangle },
        "halts": halts,
        "funding_spikes": spikes,
        "crashes": crashes,
    });
    let lines = vec![
        format!(
            "market    {} instruments, {} s from {}, rate {}",
            record.instruments.len(),
            record.duration_s,
            record.start,
            record.rate
        ),
        format!(
            "planted   basis {}: {wins} win, {lose} lose after fees; venue {venue}; triangle {triangle}",
            record.basis.len()
        ),
        format!("events    {halts} halts, {crashes} crashes, {spikes} funding spikes ({RECORD})"),
    ];
    Told::new(report, json, lines)
}

fn write_told(args: &SynthArgs, told: &Told, wall_s: f64, out: &mut dyn Write) -> io::Result<()> {
    if told.already_there {
        writeln!(out, "already there: {}", args.catalog.display())?;
    } else {
        writeln!(out, "made in {wall_s:.2} s: {}", args.catalog.display())?;
    }
    let [messages, rows, files, bytes] = told.rows;
    let (first, rest) = told.lines.split_at(1);
    for line in first {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "  messages  {messages}")?;
    writeln!(out, "  rows      {rows}, {bytes} bytes in {files} files")?;
    for line in rest {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

fn told_json(args: &SynthArgs, told: Told, wall_s: f64) -> Value {
    let [messages, rows, files, bytes] = told.rows;
    let mut json = told.json;
    json["catalog"] = args.catalog.display().to_string().into();
    json["already_there"] = told.already_there.into();
    json["messages"] = messages.into();
    json["rows"] = rows.into();
    json["files"] = files.into();
    json["bytes"] = bytes.into();
    json["wall_s"] = wall_s.into();
    json
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use onetape_core::num::Bps;
    use onetape_core::strategies::ALL;
    use onetape_data::synth::{ENTRY_EDGE_BPS, EXIT_EDGE_BPS, MAX_AGE, PERP_VENUE, SPOT_VENUE};

    use super::*;
    use crate::scenario::{Options, load};

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: SynthArgs,
    }

    fn args(line: &[&str]) -> SynthArgs {
        let words = ["synth"].iter().chain(line);
        Cli::try_parse_from(words).unwrap().args
    }

    fn ran(args: &SynthArgs) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(args, &mut out, &mut err).unwrap();
        (
            code,
            String::from_utf8(out).unwrap(),
            String::from_utf8(err).unwrap(),
        )
    }

    #[test]
    fn no_arguments_mean_the_default_tape() {
        assert_eq!(args(&["--catalog", "c"]).config(), SynthConfig::default());
        assert_eq!(
            args(&["--catalog", "c", "--duration", "10m"])
                .config()
                .opportunities,
            6
        );
        assert!(Cli::try_parse_from(["synth", "--catalog", "c", "--duration", "2"]).is_err());
        assert!(Cli::try_parse_from(["synth", "--catalog", "c", "--start", "noon"]).is_err());
    }

    #[test]
    fn a_tape_is_made_once_and_told_in_json() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().to_str().unwrap();
        let args = args(&[
            "--catalog",
            place,
            "--duration",
            "5m",
            "--opportunities",
            "2",
            "--json",
        ]);
        let (code, out, err) = ran(&args);
        assert_eq!((code, err.as_str()), (0, ""));
        let first: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(first["already_there"], false);
        assert_eq!(first["planted"], json!({ "total": 2, "win": 1, "lose": 1 }));
        let second: Value = serde_json::from_str(&ran(&args).1).unwrap();
        assert_eq!(second["already_there"], true);
        assert_eq!(second["rows"], first["rows"]);
        let (code, _, err) = ran(&SynthArgs { seed: 2, ..args });
        assert_eq!(code, 1);
        assert!(
            err.starts_with("error: ") && err.contains("name another directory"),
            "{err}"
        );
    }

    #[test]
    fn a_market_is_made_at_the_rate_asked_for_and_told_in_json() {
        let root = tempfile::tempdir().unwrap();
        let world = root.path().join("world.toml");
        std::fs::write(
            &world,
            "feeds = [\"synth-spot:BTCUSDT\", \"synth-perp:BTCUSDT\"]\n[events]\nhalts = 1\ncrashes = 0\n",
        )
        .unwrap();
        let place = root.path().join("catalog");
        let line = [
            "--catalog",
            place.to_str().unwrap(),
            "--world",
            world.to_str().unwrap(),
            "--duration",
            "5m",
            "--rate",
            "0.05",
            "--json",
        ];
        let (code, out, err) = ran(&args(&line));
        assert_eq!((code, err.as_str()), (0, ""));
        let first: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            first["instruments"],
            json!(["synth-spot:BTCUSDT", "synth-perp:BTCUSDT"])
        );
        assert_eq!(
            (&first["halts"], &first["rate"]),
            (&json!(1), &json!("0.050"))
        );
        let text = ran(&args(&line[..8])).1;
        assert!(
            text.starts_with("already there") && text.contains("1 halts"),
            "{text}"
        );
        // The pair does not take its place.
        let (code, _, err) = ran(&args(&line[..2]));
        assert_eq!(code, 1);
        assert!(err.contains("name another directory"), "{err}");
        for (line, says) in [
            (["--rate", "2"], "--rate belongs to --preset market"),
            (["--world", "none.toml"], "none.toml"),
        ] {
            let (code, _, err) = ran(&args(&[&["--catalog", "nowhere"], &line[..]].concat()));
            assert!(code == 2 && err.contains(says), "{code} {err}");
        }
    }

    #[test]
    fn bad_requests_are_bad_usage() {
        for (line, says) in [
            (["--duration", "0s"], "error: duration 0s: choose between"),
            (["--opportunities", "1000"], "at most 89 do"),
            (["--symbol", "BTC"], "such as BTCUSDT"),
            (["--start", "1980-01-01T00:00:00Z"], "error: start: choose"),
        ] {
            let root = tempfile::tempdir().unwrap();
            let place = root.path().to_str().unwrap();
            let (code, out, err) = ran(&args(&[&["--catalog", place], &line[..]].concat()));
            assert_eq!((code, out.as_str()), (2, ""));
            assert!(err.contains(says), "{err}");
        }
    }

    #[test]
    fn the_demo_is_a_good_scenario_that_trades_as_the_plan_supposes() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/scenario.toml");
        let cards: Vec<_> = ALL.iter().map(|spec| *spec.card).collect();
        let loaded = load(file.as_ref(), &Options::default(), &cards).unwrap();
        let params = &loaded.scenario.tasks[0].params;
        let bps = |name| params.bps(name).map(Bps::to_f64);
        assert_eq!(bps("min_entry_edge_bps"), Some(ENTRY_EDGE_BPS));
        assert_eq!(bps("exit.edge_bps"), Some(EXIT_EDGE_BPS));
        assert_eq!(params.span("exit.max_age"), Some(MAX_AGE));
        let trips = loaded.scenario.break_even(&cards);
        assert_eq!(trips[0].cost_bps.to_f64(), 30.0);
        assert_eq!(trips[0].exits[0].net_bps.to_f64(), 7.0);
        let legs = loaded.scenario.tasks[0].legs.iter();
        let venues: Vec<_> = legs.map(|leg| leg.instrument.venue.as_str()).collect();
        assert_eq!(venues, [SPOT_VENUE, PERP_VENUE]);
    }
}
