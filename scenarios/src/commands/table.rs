//! `onetape table`: questions over the Parquet tables of many runs and sweeps.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_reports::tables::{Csv, Kind, Parquet, Sink};
use onetape_reports::{Answer, Asked, Query, QueryError};

/// Rows that are printed on a terminal when nobody says how many.
const PRINTED: usize = 50;

/// `onetape table …`
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  onetape report RUN --parquet RUN/tables        # of each run: trades, fills, equity, ledger and others
  onetape table runs/*/tables/trades.parquet --by exit_reason --show rows,net.sum,net.mean,net.hit,net.share
  onetape table runs/*/tables/trades.parquet --by instrument.symbol,closed_at.hour --show net.sum --sort -net.sum --limit 10
  onetape table runs/*/tables/fills.parquet --by venue,role --show value.sum,fee_worth.sum,maker.mean --where 'at>=2024-08-01'
  onetape table sweep/results.parquet --by set.exit.edge_bps --show net.mean,net.max,round_trips.sum --where 'few_trips=false'")]
pub struct TableArgs {
    /// Parquet files with the same columns: tables of runs, results of sweeps, or an answer of this command.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Group rows by these columns, or parts of them: a time has month, day, hour and weekday, an instrument venue and
    /// symbol, such as closed_at.day; `file` is the file that a row is from. Amounts bring the asset they are counted in.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Figures of each group: rows, or COLUMN.FIGURE with one of sum, mean, min, max, gains, losses, hit (part of the rows
    /// above zero), factor (gains over losses), share (of the whole). Without --by, columns of the rows.
    #[arg(long, value_name = "FIGURE", value_delimiter = ',')]
    pub show: Vec<String>,
    /// Only rows of which this is true, such as 'net<0', exit_reason=timeout, 'closed_at>=2024-08-01', 'instrument~BTC',
    /// or 'closed_at!=' for where there is anything; given several times, all of them.
    #[arg(long = "where", value_name = "CONDITION", allow_hyphen_values = true)]
    pub filters: Vec<String>,
    /// Sort by these columns of the answer, those with a - before them downwards; else by the groups.
    #[arg(
        long,
        value_name = "COLUMN",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub sort: Vec<String>,
    /// Rows of the answer at most.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
    /// Write the answer to this file as CSV.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write the answer to this file as Parquet, which this command reads again.
    #[arg(long, value_name = "FILE")]
    pub parquet: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, the question does not fit its columns, or the answer cannot be written.
pub fn run(args: &TableArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let mut query = Query::new(Asked {
        by: args.by.clone(),
        show: args.show.clone(),
        filters: args.filters.clone(),
        sort: args.sort.clone(),
        limit: args.limit,
    });
    for path in &args.files {
        let bytes = fs::read(path).with_context(|| match path.is_dir() {
            true => format!(
                "{0}: is a folder; name the files in it, such as {0}/trades.parquet",
                path.display()
            ),
            false => format!("{}: cannot be read", path.display()),
        })?;
        query.file(&path.display().to_string(), &bytes)?;
    }
    let answer = query.finish()?;
    if let Some(path) = &args.csv {
        let names = answer.columns().iter().map(|(name, _)| name.as_str());
        write(path, &answer, |file| Ok(Box::new(Csv::of(file, names)?)))?;
    }
    if let Some(path) = &args.parquet {
        let columns = answer.columns().iter();
        let columns: Vec<(&str, Kind)> =
            columns.map(|(name, kind)| (name.as_str(), *kind)).collect();
        write(path, &answer, |file| {
            Ok(Box::new(Parquet::of(file, &columns)?))
        })?;
    }
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &answer.to_json())?;
        writeln!(out)?;
    } else if args.csv.is_none() && args.parquet.is_none() {
        write!(out, "{}", answer.to_text(args.limit.unwrap_or(PRINTED)))?;
    }
    Ok(0)
}

/// Whether an error is of a question that means nothing over the files.
pub fn is_bad_usage(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<QueryError>(),
        Some(QueryError::Word { .. })
    )
}

/// Writes the answer into a file, which stands under its name when it is complete.
fn write<'a>(
    path: &Path,
    answer: &Answer,
    begin: impl FnOnce(
        BufWriter<File>,
    ) -> Result<Box<dyn Sink + 'a>, onetape_reports::tables::TableError>,
) -> anyhow::Result<()> {
    let shown = || format!("{}: cannot be written", path.display());
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let made = File::create(&partial)
        .map_err(anyhow::Error::from)
        .and_then(|file| Ok(answer.write(begin(BufWriter::new(file))?)?))
        .and_then(|()| Ok(fs::rename(&partial, path)?));
    if made.is_err() {
        // What is not there need not go.
        let _ = fs::remove_file(&partial);
    }
    made.with_context(shown)
}
