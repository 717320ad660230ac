//! `onetape data import`: market data and instruments from elsewhere into a catalogue.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use onetape_data::catalog::Catalog;
use onetape_data::import::{
    Accept, ArrayOptions, ImportReport, Options, SeriesReport, SourceReport, TableOptions,
    binance_raw, binance_vision, cryptofeed, frames, hftbacktest, instruments, table, tardis,
};
use serde_json::json;

/// `onetape data import …`
#[derive(Clone, Debug, clap::Args)]
pub struct ImportArgs {
    /// What the files are.
    #[arg(value_enum)]
    pub format: Format,
    /// The files. They are taken together: all of them, or none.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The catalogue's directory; made when there is none.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// Of hftbacktest: whose events they are, such as binance-usdm:BTCUSDT.
    #[arg(long, value_name = "VENUE:SYMBOL")]
    pub instrument: Option<String>,
    /// Of hftbacktest: the step of prices, where the instrument is not defined.
    #[arg(long, value_name = "STEP")]
    pub tick: Option<String>,
    /// Of hftbacktest: the step of quantities, where the instrument is not defined.
    #[arg(long, value_name = "STEP")]
    pub lot: Option<String>,
    /// Of table: the mapping file that says what the columns are.
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Name of the venue, where it is not to be told from the content.
    #[arg(long, value_parser = venue_name)]
    pub venue: Option<String>,
    /// What to set aside and count instead of refusing the file.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub accept: Vec<Acceptable>,
    /// Put the new rows in the place of older files that cover the same time.
    #[arg(long)]
    pub replace: bool,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// What files can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Binance's combined stream as it came: receive time, blank, JSON; plain or gzip.
    BinanceRaw,
    /// Archives of data.binance.vision: one CSV in a zip, or unpacked, under its own name.
    BinanceVision,
    /// CSV files of tardis.dev, gzip or plain.
    Tardis,
    /// Event arrays of hftbacktest (version 2), .npy or .npz, with both stamps.
    Hftbacktest,
    /// Captures of cryptofeed, of Binance and Gate: all files of a capture together, plain or gzip.
    Cryptofeed,
    /// Samples of messages in JSON lines, without receive times: the venue's own time is the stamp.
    Frames,
    /// Any CSV (plain, gzip, zip) or Parquet, through a mapping file.
    Table,
    /// `[[instrument]]` tables in TOML.
    Instruments,
}

/// What can be set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Acceptable {
    /// Entries of the trade stream that are no trade, such as X="NA".
    NonTrade,
    /// Missing depth messages.
    Gap,
    /// Prices and quantities that cannot be.
    BadPrice,
}

fn venue_name(text: &str) -> Result<String, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && text.chars().all(is_name) {
        return Ok(text.to_string());
    }
    Err("a venue's name is letters, digits, - and _, such as binance-spot".to_string())
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When a file cannot be taken, or the catalogue cannot be written. The catalogue is then as it was.
pub fn run(args: &ImportArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let mut catalog = Catalog::open_or_create(&args.catalog)?;
    match args.format {
        Format::Instruments => definitions(args, &mut catalog, out)?,
        _ => market_data(args, &mut catalog, out)?,
    }
    Ok(0)
}

fn market_data(
    args: &ImportArgs,
    catalog: &mut Catalog,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let bar = progress_bar();
    let report = read(args, catalog, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let (report, wall) = (report?, started.elapsed());
    if args.json {
        writeln!(out, "{:#}", report_json(&args.catalog, &report, wall))?;
    } else {
        write_report(&report, wall, out)?;
    }
    Ok(())
}

/// Reads the files by their format.
fn read(
    args: &ImportArgs,
    catalog: &mut Catalog,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<ImportReport> {
    let accept = Accept {
        non_trades: args.accept.contains(&Acceptable::NonTrade),
        gaps: args.accept.contains(&Acceptable::Gap),
        bad_prices: args.accept.contains(&Acceptable::BadPrice),
    };
    let of_array = args.instrument.is_some() || args.tick.is_some() || args.lot.is_some();
    let (paths, replace) = (&args.paths, args.replace);
    Ok(match args.format {
        Format::Hftbacktest => {
            let options = ArrayOptions {
                instrument: args.instrument.clone().context(
                    "an array does not tell whose events it holds; name it with --instrument venue:SYMBOL",
                )?,
                tick: args.tick.clone(),
                lot: args.lot.clone(),
                accept,
                replace,
            };
            hftbacktest(catalog, paths, &options, progress)?
        }
        _ if of_array => anyhow::bail!(
            "--instrument, --tick and --lot are for hftbacktest arrays; leave them out"
        ),
        Format::Table => {
            let map = args.map.as_deref().context(
                "a table needs a mapping file that says what its columns are; name it with --map FILE",
            )?;
            let options = TableOptions { accept, replace };
            table(catalog, paths, map, &options, progress)?
        }
        format => {
            let options = Options {
                venue: args.venue.clone(),
                accept,
                replace,
            };
            let import = match format {
                Format::BinanceVision => binance_vision,
                Format::Tardis => tardis,
                Format::Cryptofeed => cryptofeed,
                Format::Frames => frames,
                _ => binance_raw,
            };
            import(catalog, paths, &options, progress)?
        }
    })
}

fn definitions(
    args: &ImportArgs,
    catalog: &mut Catalog,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let capture_flag = args.venue.is_some() || args.replace || !args.accept.is_empty();
    anyhow::ensure!(
        !capture_flag,
        "--venue, --accept and --replace are for market data; leave them out to import instruments"
    );
    let reports = instruments(catalog, &args.paths)?;
    if args.json {
        writeln!(out, "{:#}", json!({ "sources": reports }))?;
        return Ok(());
    }
    for report in reports {
        let state = if report.changed { "defined" } else { "known" };
        writeln!(
            out,
            "{}: {state} {}",
            report.path,
            report.instruments.join(", ")
        )?;
    }
    Ok(())
}

/// On stderr, and only when that is a terminal.
fn progress_bar() -> ProgressBar {
    let template = "import {bar:40} {bytes}/{total_bytes}  {elapsed} elapsed, {eta} left";
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn write_report(report: &ImportReport, wall: Duration, out: &mut dyn Write) -> io::Result<()> {
    for source in &report.sources {
        write_source(source, out)?;
    }
    if report.messages > 0 {
        writeln!(
            out,
            "{} messages, {} rows, {} bytes in {:.2} s: {:.0} messages/s, {:.0} rows/s, {} bytes/row",
            report.messages,
            report.rows,
            report.bytes,
            wall.as_secs_f64(),
            per_second(report.messages, wall),
            per_second(report.rows, wall),
            bytes_per_row(report.bytes, report.rows),
        )?;
    }
    Ok(())
}

fn write_source(source: &SourceReport, out: &mut dyn Write) -> io::Result<()> {
    if source.already_imported {
        return writeln!(out, "{}: already imported", source.path);
    }
    for series in &source.series {
        write!(out, "{}: {}", source.path, series.instrument)?;
        for (count, what) in counts(series) {
            write!(out, ", {count} {what}")?;
        }
        let row = bytes_per_row(series.bytes, series.rows);
        writeln!(out, "; {} rows, {row} bytes/row", series.rows)?;
    }
    if let Some(gave) = &source.gave {
        writeln!(out, "{}: gave {gave}", source.path)?;
    }
    for (what, count) in &source.passed_over {
        writeln!(out, "{}: {count} passed over: {what}", source.path)?;
    }
    if source.ignored > 0 && source.passed_over.is_empty() {
        writeln!(
            out,
            "{}: {} messages of kinds that are not stored were passed over",
            source.path, source.ignored
        )?;
    }
    Ok(())
}

/// What there is of a series, in words.
fn counts(series: &SeriesReport) -> impl Iterator<Item = (u64, &'static str)> {
    let aside = series.set_aside;
    [
        (series.quotes, "quotes"),
        (series.depth_diffs, "depth diffs"),
        (series.depth_snapshots, "depth snapshots"),
        (series.trades, "trades"),
        (series.marks, "marks"),
        (series.fundings, "funding rates"),
        (series.bars, "bars"),
        (series.interests, "open interests"),
        (series.statuses, "statuses"),
        (aside.non_trades, "non-trades left out"),
        (aside.gaps, "gaps kept"),
        (aside.bad_prices, "bad prices left out"),
        (aside.one_sided, "quotes without a side left out"),
        (
            aside.before_snapshot,
            "depth rows before the first snapshot left out",
        ),
        (aside.rounded, "marks or rates rounded to 8 decimals"),
        (
            aside.local_alone,
            "messages without their half on the venue's clock kept",
        ),
        (
            aside.venue_alone,
            "messages without their half on the recorder's clock left out",
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
}

fn per_second(count: u64, wall: Duration) -> f64 {
    count as f64 / wall.as_secs_f64().max(1e-9)
}

/// With one decimal.
fn bytes_per_row(bytes: u64, rows: u64) -> String {
    match rows {
        0 => "0".to_string(),
        rows => format!("{:.1}", bytes as f64 / rows as f64),
    }
}

fn report_json(catalog: &Path, report: &ImportReport, wall: Duration) -> serde_json::Value {
    json!({
        "catalog": catalog.display().to_string(),
        "sources": report.sources,
        "messages": report.messages,
        "rows": report.rows,
        "bytes": report.bytes,
        "bytes_per_row": bytes_per_row(report.bytes, report.rows),
        "wall_s": wall.as_secs_f64(),
        "rows_per_s": per_second(report.rows, wall),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: ImportArgs,
    }

    const LINE: &str =
        r#"1723161254000000000 {"u":7,"s":"XYZUSDT","b":"1.50","B":"2.0","a":"1.60","A":"3.0"}"#;

    fn call(dir: &Path, more: &[&str]) -> anyhow::Result<String> {
        let (catalog, file) = (dir.join("catalog"), dir.join("a.txt"));
        std::fs::write(&file, LINE)?;
        let mut words = vec!["import", "binance-raw", file.to_str().unwrap()];
        words.extend(["--catalog", catalog.to_str().unwrap()]);
        words.extend(more);
        let mut out = Vec::new();
        assert_eq!(run(&Cli::try_parse_from(words)?.args, &mut out)?, 0);
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn a_capture_is_summed_up_and_then_known() {
        let dir = tempfile::tempdir().unwrap();
        let text = call(dir.path(), &[]).unwrap();
        assert!(
            text.contains("binance-spot:XYZUSDT, 1 quotes; 1 rows"),
            "{text}"
        );
        let text = call(dir.path(), &[]).unwrap();
        assert!(text.ends_with("a.txt: already imported\n"), "{text}");
    }

    #[test]
    fn what_is_passed_over_is_told() {
        let source = SourceReport {
            path: "a.txt".to_string(),
            ignored: 3,
            ..SourceReport::default()
        };
        let mut out = Vec::new();
        write_source(&source, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "a.txt: 3 messages of kinds that are not stored were passed over\n"
        );
    }

    #[test]
    fn json_is_one_document() {
        let dir = tempfile::tempdir().unwrap();
        let text = call(dir.path(), &["--json", "--accept", "gap,non-trade"]).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["sources"][0]["series"][0]["quotes"], 1);
        assert_eq!(value["messages"], 1);
        assert!(call(dir.path(), &["--accept", "everything"]).is_err());
    }
}
