//! `onetape data export`: series of a catalogue as files for other programs.

use std::io::Write;
use std::path::PathBuf;

use onetape_core::time::Ts;
use onetape_data::catalog::{Catalog, Kind};
use onetape_data::export::{ExportFormat, ExportRequest, ExportedFile, export};
use serde_json::json;

use super::spread::progress_bar;
use crate::commands::moment;

/// `onetape data export …`
#[derive(Clone, Debug, clap::Args)]
pub struct ExportArgs {
    /// Instruments, such as binance-spot:BTCUSDT.
    #[arg(required = true, value_name = "SERIES")]
    pub series: Vec<String>,
    /// The catalogue folder.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// What to write.
    #[arg(long, value_enum)]
    pub format: FormatArg,
    /// Where the files go; made when it is not there. Files of the same names are replaced.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Only these kinds; all when absent.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub kind: Vec<KindArg>,
    /// First receive time, inclusive: RFC 3339, or nanoseconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Ts>,
    /// End of receive time, exclusive.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Ts>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// What can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FormatArg {
    /// One CSV a series and kind, both stamps, plain decimals; with table.toml, which reads them back.
    Csv,
    /// One .npy event array a series (hftbacktest version 2): depth and trades; quotes where there is no depth.
    Hftbacktest,
}

/// Kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KindArg {
    /// Tops of book.
    Quote,
    /// Depth snapshots and diffs.
    Depth,
    /// Public prints.
    Trade,
    /// Mark and index prices.
    Mark,
    /// Funding rates.
    Funding,
    /// Candles.
    Bar,
    /// Open interest.
    Interest,
    /// Whether an instrument trades.
    Status,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Quote => Self::Quote,
            KindArg::Depth => Self::Depth,
            KindArg::Trade => Self::Trade,
            KindArg::Mark => Self::Mark,
            KindArg::Funding => Self::Funding,
            KindArg::Bar => Self::Bar,
            KindArg::Interest => Self::Interest,
            KindArg::Status => Self::Status,
        }
    }
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When the catalogue lacks what is asked for, a file of it is not what it was, or a file cannot be written. No file
/// of the call is there then.
pub fn run(args: &ExportArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let catalog = Catalog::open(&args.catalog)?;
    let request = ExportRequest {
        instruments: args.series.clone(),
        kinds: args.kind.iter().copied().map(Kind::from).collect(),
        from: args.from,
        to: args.to,
        format: match args.format {
            FormatArg::Csv => ExportFormat::Csv,
            FormatArg::Hftbacktest => ExportFormat::Hftbacktest,
        },
        out: args.out.clone(),
    };
    let bar = progress_bar("export");
    let report = export(&catalog, &request, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let report = report?;
    if args.json {
        let document = json!({ "out": args.out.display().to_string(), "files": report.files });
        writeln!(out, "{document:#}")?;
        return Ok(0);
    }
    for file in &report.files {
        writeln!(out, "{}{}", args.out.join(&file.name).display(), told(file))?;
    }
    Ok(0)
}

/// What is to be known of a file, in words.
fn told(file: &ExportedFile) -> String {
    if file.instrument.is_empty() {
        return ": reads the files beside it back".to_string();
    }
    let mut text = format!(
        ": {}, {} messages, {} rows, {} bytes",
        file.instrument, file.messages, file.rows, file.bytes
    );
    for (count, what) in [
        (file.unsynced, "depth messages before a snapshot left out"),
        (
            file.unstamped,
            "messages without a venue's time have the receive time for it",
        ),
        (
            file.early,
            "rows have a venue's time after their receive time, which hftbacktest refuses \
             (see its correct_local_timestamp)",
        ),
    ] {
        if count > 0 {
            text.push_str(&format!("; {count} {what}"));
        }
    }
    text
}
