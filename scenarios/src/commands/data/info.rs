//! `onetape data info`: what a catalogue holds.

use std::io::Write;
use std::path::PathBuf;

use onetape_data::catalog::Catalog;
use onetape_data::inspect::info;

use super::spread::progress_bar;

/// `onetape data info …`
#[derive(Clone, Debug, clap::Args)]
pub struct InfoArgs {
    /// One instrument, such as binance-spot:BTCUSDT; all when absent.
    #[arg(value_name = "INSTRUMENT")]
    pub instrument: Option<String>,
    /// The catalogue folder.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// Rebuild each depth book from its snapshots and diffs, compare it with the quotes, and hash it.
    #[arg(long)]
    pub books: bool,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When there is no such catalogue or instrument, a file is not what it was, or `out` cannot be written.
pub fn run(args: &InfoArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let catalog = Catalog::open(&args.catalog)?;
    let bar = progress_bar("books");
    let contents = info(
        &catalog,
        args.instrument.as_deref(),
        args.books,
        &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        },
    );
    bar.finish_and_clear();
    let contents = contents?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&contents)?)?;
    } else {
        write!(out, "{contents}")?;
    }
    Ok(0)
}
