//! `onetape data synth`: a seeded synthetic tape into a catalogue.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use onetape_core::time::{Span, Ts};
use onetape_data::Error;
use onetape_data::synth::{Directions, RECORD, SynthConfig, SynthReport, write};
use serde_json::{Value, json};

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
    /// Seed of every draw: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Length of the tape, such as 90m or 2h.
    #[arg(long, default_value = "2h", value_parser = parse_span)]
    pub duration: Span,
    /// Symbol on both venues: a base asset followed by USDT.
    #[arg(long, default_value = "BTCUSDT")]
    pub symbol: String,
    /// Planted opportunities, of which half lose after fees [default: 24, or as many as fit].
    #[arg(long, value_name = "N")]
    pub opportunities: Option<u32>,
    /// Which way the planted opportunities are taken.
    #[arg(long, value_enum, default_value_t = DirectionArg::LongSpot)]
    pub direction: DirectionArg,
    /// First moment, UTC.
    #[arg(long, default_value = "2024-01-01T06:30:00Z", value_parser = parse_moment)]
    pub start: Ts,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
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

fn parse_span(text: &str) -> Result<Span, String> {
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

impl SynthArgs {
    /// As the generator takes them.
    pub fn config(&self) -> SynthConfig {
        let mut config = SynthConfig {
            seed: self.seed,
            symbol: self.symbol.clone(),
            start: self.start,
            duration: self.duration,
            opportunities: 0,
            directions: match self.direction {
                DirectionArg::LongSpot => Directions::LongSpot,
                DirectionArg::ShortSpot => Directions::ShortSpot,
                DirectionArg::Both => Directions::Both,
            },
        };
        let most = config.opportunities_max();
        config.opportunities = self.opportunities.unwrap_or(OPPORTUNITIES.min(most));
        config
    }
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When `out` or `err` cannot be written.
pub fn run(args: &SynthArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let started = Instant::now();
    let bar = progress_bar();
    let made = write(&args.catalog, &args.config(), &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let report = match made {
        Ok(report) => report,
        Err(error) => {
            writeln!(err, "error: {error}")?;
            let usage = matches!(error, Error::Synth(_));
            return Ok(if usage { EXIT_USAGE } else { EXIT_FAILED });
        }
    };
    let wall_s = started.elapsed().as_secs_f64();
    if args.json {
        writeln!(out, "{:#}", report_json(args, &report, wall_s))?;
    } else {
        write_report(args, &report, wall_s, out)?;
    }
    Ok(0)
}

/// On stderr, and only when that is a terminal.
fn progress_bar() -> ProgressBar {
    let template = "synth {bar:40} {percent:>3}%  {elapsed} elapsed, {eta} left";
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn winners(report: &SynthReport) -> usize {
    report.record.planted.iter().filter(|one| one.wins).count()
}

fn write_report(
    args: &SynthArgs,
    report: &SynthReport,
    wall_s: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let record = &report.record;
    if report.already_there {
        writeln!(out, "already there: {}", args.catalog.display())?;
    } else {
        writeln!(out, "made in {wall_s:.2} s: {}", args.catalog.display())?;
    }
    let (planted, wins) = (record.planted.len(), winners(report));
    writeln!(
        out,
        "  tape      {} and {}, {} s from {}",
        record.spot, record.futures, record.duration_s, record.start
    )?;
    writeln!(out, "  messages  {}", report.messages)?;
    writeln!(
        out,
        "  rows      {}, {} bytes in {} files",
        report.rows, report.bytes, report.files
    )?;
    writeln!(
        out,
        "  planted   {planted}: {wins} win, {} lose after fees ({RECORD})",
        planted - wins
    )
}

fn report_json(args: &SynthArgs, report: &SynthReport, wall_s: f64) -> Value {
    let record = &report.record;
    let wins = winners(report);
    json!({
        "catalog": args.catalog.display().to_string(),
        "already_there": report.already_there,
        "source_hash": record.source_hash,
        "seed": record.seed,
        "instruments": [record.spot, record.futures],
        "start": record.start,
        "duration_s": record.duration_s,
        "messages": report.messages,
        "rows": report.rows,
        "files": report.files,
        "bytes": report.bytes,
        "planted": { "total": record.planted.len(), "win": wins, "lose": record.planted.len() - wins },
        "wall_s": wall_s,
    })
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
