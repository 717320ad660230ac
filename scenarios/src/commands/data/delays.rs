//! `onetape data delays`: a table of latencies measured from an instrument's stamps.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use onetape_data::catalog::Catalog;
use onetape_data::inspect::delays;

use super::spread::progress_bar;

/// `onetape data delays …`
#[derive(Clone, Debug, clap::Args)]
pub struct DelaysArgs {
    /// The instrument, such as binance-spot:BTCUSDT.
    #[arg(value_name = "INSTRUMENT")]
    pub instrument: String,
    /// The catalogue folder.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// Write the table to this file, one duration a line, for a scenario's latencies.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When there is no such catalogue or instrument, its stamps tell no delays, a file is not what it was, or the table
/// cannot be written.
pub fn run(args: &DelaysArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let catalog = Catalog::open(&args.catalog)?;
    let bar = progress_bar("delays");
    let table = delays(&catalog, &args.instrument, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let table = table?;
    if let Some(path) = &args.out {
        let text = table.to_text();
        // Through a file beside it, so that nothing half-written has the name.
        let mut beside = path.clone().into_os_string();
        beside.push(".part");
        fs::write(&beside, text)
            .and_then(|()| fs::rename(&beside, path))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&table)?)?;
    } else {
        write!(out, "{table}")?;
        if let Some(path) = &args.out {
            writeln!(out, "the table is in {}", path.display())?;
        }
    }
    Ok(0)
}
