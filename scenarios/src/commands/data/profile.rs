//! `onetape data profile`: how an instrument's market behaves, beside another tape's where asked for.

use std::io::Write;
use std::path::PathBuf;

use onetape_core::time::Ts;
use onetape_data::catalog::Catalog;
use onetape_data::profile::{Comparison, MarketProfile, profile};

use super::spread::progress_bar;
use crate::commands::moment;

/// `onetape data profile …`
#[derive(Clone, Debug, clap::Args)]
pub struct ProfileArgs {
    /// Instruments, such as synth-spot:BTCUSDT; with --against each as A=B, A in --catalog and B in --against, or A alone
    /// where both have the same name.
    #[arg(value_name = "INSTRUMENT", required = true)]
    pub instruments: Vec<String>,
    /// The catalogue folder.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// Another catalogue whose figures stand beside.
    #[arg(long, value_name = "DIR")]
    pub against: Option<PathBuf>,
    /// First receive time in --catalog, inclusive: RFC 3339, or nanoseconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Ts>,
    /// End of receive time in --catalog, exclusive.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Ts>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When there is no such catalogue or instrument, an instrument has no quotes in that time, a file is not what it
/// was, or `out` cannot be written.
pub fn run(args: &ProfileArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let catalog = Catalog::open(&args.catalog)?;
    let against = args.against.as_deref().map(Catalog::open).transpose()?;
    let mut comparisons = Vec::new();
    for named in &args.instruments {
        let (name, other) = named.split_once('=').unwrap_or((named, named));
        if other != name && against.is_none() {
            anyhow::bail!(
                "{named:?} names two instruments: say with --against where the second one is"
            );
        }
        let profile = measured(&catalog, name, args.from, args.to)?;
        let against = match &against {
            Some(catalog) => Some(measured(catalog, other, None, None)?),
            None => None,
        };
        comparisons.push(Comparison { profile, against });
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&comparisons)?)?;
        return Ok(0);
    }
    for (at, comparison) in comparisons.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        write!(out, "{comparison}")?;
    }
    Ok(0)
}

fn measured(
    catalog: &Catalog,
    instrument: &str,
    from: Option<Ts>,
    to: Option<Ts>,
) -> anyhow::Result<MarketProfile> {
    let bar = progress_bar("profile");
    let found = profile(catalog, instrument, from, to, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    Ok(found?)
}
