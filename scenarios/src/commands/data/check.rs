//! `onetape data check`: the quality of what a catalogue holds.

use std::io::Write;
use std::path::PathBuf;

use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;
use onetape_data::check::{CheckRequest, Limits, check, rules_text};

use super::spread::progress_bar;
use crate::commands::moment;

/// Exit code when the data have errors.
const DIFFERENT: u8 = 3;

/// Rows between two steps of the progress bar.
const STEP: u64 = 4_096;

/// `onetape data check …`
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = after_help())]
pub struct CheckArgs {
    /// Instruments, such as binance-spot:BTCUSDT; all when absent.
    #[arg(value_name = "INSTRUMENT")]
    pub instruments: Vec<String>,
    /// The catalogue folder.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// First receive time, inclusive: RFC 3339, or nanoseconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Ts>,
    /// End of receive time, exclusive.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Ts>,
    /// Silence of quotes, depth or trades that is never too long.
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "60s")]
    pub max_silence: Span,
    /// Silence that is too long, in medians of the time between two messages of the kind.
    #[arg(long, value_name = "N", default_value_t = Limits::default().silence_medians)]
    pub silence_medians: u32,
    /// How far a price may leave its neighbours and come back, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = Limits::default().jump_percent)]
    pub price_jump: u32,
    /// Largest funding rate of a settlement either way, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = Limits::default().funding_percent)]
    pub funding_limit: u32,
    /// How many times larger or smaller than its spot sibling's a future's median quantity may be.
    #[arg(long, value_name = "N", default_value_t = Limits::default().size_ratio, value_parser = clap::value_parser!(u32).range(2..))]
    pub size_ratio: u32,
    /// Silence of one of two venues that counts as apart.
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "1s")]
    pub max_skew: Span,
    /// Share of the common time in which one of two venues may be silent, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = Limits::default().skew_percent)]
    pub skew_share: u32,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).ok_or_else(|| "is no length of time; write it like 500ms, 60s or 5m".into())
}

fn after_help() -> String {
    format!(
        "Ends with 3 when there is an error, with 0 otherwise. What is found:\n\n{}",
        rules_text()
    )
}

/// Runs the command; returns the exit code: 3 when the data have errors.
///
/// # Errors
/// When there is no such catalogue or instrument, or `out` cannot be written.
pub fn run(args: &CheckArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let catalog = Catalog::open(&args.catalog)?;
    let request = CheckRequest {
        instruments: args.instruments.clone(),
        from: args.from,
        to: args.to,
        limits: Limits {
            silence: args.max_silence,
            silence_medians: args.silence_medians,
            jump_percent: args.price_jump,
            funding_percent: args.funding_limit,
            size_ratio: args.size_ratio,
            skew: args.max_skew,
            skew_percent: args.skew_share,
        },
    };
    let bar = progress_bar("check");
    let report = check(&catalog, &request, &mut |done, all| {
        if done % STEP == 0 {
            bar.set_length(all);
            bar.set_position(done);
        }
    });
    bar.finish_and_clear();
    let report = report?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(if report.errors > 0 { DIFFERENT } else { 0 })
}
