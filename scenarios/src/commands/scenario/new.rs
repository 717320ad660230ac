//! `onetape scenario new`: a scenario file from a preset, for instruments of one's own.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_core::strategy::params::StrategyCard;

use super::presets::{PRESETS, Preset};
use crate::commands::config::{write_good, write_warnings};
use crate::scenario::{InstrumentName, Options, Task, parse};

/// Exit code of bad usage.
const EXIT_USAGE: u8 = 2;

/// `onetape scenario new …`
#[derive(Clone, Debug, clap::Args)]
pub struct NewArgs {
    /// The file that is written, in TOML.
    pub file: PathBuf,
    /// What it starts from; `onetape scenario presets` lists them.
    #[arg(long, value_name = "NAME")]
    pub preset: String,
    /// Trade this instrument on a leg, such as spot=binance-spot:BTCUSDT.
    #[arg(long = "leg", value_name = "LEG=VENUE:SYMBOL")]
    pub legs: Vec<String>,
    /// Take the tape from this catalogue folder; `catalog` beside the file when not given.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
}

/// Writes it, and prints what a round trip of it costs.
pub(super) fn run(
    args: &NewArgs,
    cards: &[StrategyCard],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let text = match text(args, cards) {
        Ok(text) => text,
        Err(problem) => {
            writeln!(err, "error: {problem}")?;
            return Ok(EXIT_USAGE);
        }
    };
    let shown = args.file.display().to_string();
    let folder = args.file.parent().unwrap_or(Path::new(""));
    let loaded = parse(&text, &shown, folder, &Options::default(), cards)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.file)
        .with_context(|| format!("{shown}: cannot be made; name a file that is not there yet"))?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("{shown}: cannot be written"))?;
    write_good(&loaded, cards, out)?;
    write_warnings(&loaded, cards, err)?;
    writeln!(
        out,
        "\nits fees, latencies and balances are examples: state those of your venues, then\n\
         onetape config check {shown}\n\
         onetape backtest {shown}"
    )?;
    Ok(0)
}

/// The preset's text with what was asked for in it; or what is wrong with that.
fn text(args: &NewArgs, cards: &[StrategyCard]) -> Result<String, String> {
    let Some(preset) = Preset::named(&args.preset) else {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        let (name, names) = (&args.preset, names.join(", "));
        return Err(format!("no preset is called {name:?}; there are {names}"));
    };
    let loaded = preset.load(cards).map_err(|error| error.to_string())?;
    let mut text = preset.text.to_string();
    let mut tasks = loaded.scenario.tasks;
    for leg in &args.legs {
        text = put_leg(&text, leg, &mut tasks)?;
    }
    if let Some(catalog) = &args.catalog {
        let quoted = toml::Value::from(absolute(catalog)?.as_str()).to_string();
        text = text.replace("catalog = \"catalog\" ", &format!("catalog = {quoted} "));
        text = text.replace("# relative to this file", "");
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n") + "\n")
}

/// A scenario's paths are relative to it, those of the command line to where one is.
fn absolute(folder: &Path) -> Result<String, String> {
    let whole = std::path::absolute(folder).map_err(|error| error.to_string())?;
    let text = whole.to_str().map(str::to_string);
    text.ok_or_else(|| format!("{}: is no text that a file can hold", folder.display()))
}

/// Names another instrument for a leg, and its venue's section after the new venue.
fn put_leg(text: &str, given: &str, tasks: &mut [Task]) -> Result<String, String> {
    let Some((name, instrument)) = given.split_once('=') else {
        return Err(format!(
            "--leg {given}: has no `=`; write --leg LEG=VENUE:SYMBOL"
        ));
    };
    let Some(new) = InstrumentName::parse(instrument) else {
        return Err(format!(
            "--leg {given}: {instrument:?} is no full name of an instrument, such as binance-spot:BTCUSDT"
        ));
    };
    let mut legs: Vec<_> = tasks.iter_mut().flat_map(|task| &mut task.legs).collect();
    let Some(at) = legs.iter().position(|leg| leg.name == name) else {
        let names: Vec<&str> = legs.iter().map(|leg| leg.name).collect();
        return Err(format!(
            "--leg {given}: the preset has no leg {name:?}; it has {}",
            names.join(", ")
        ));
    };
    let mut others = legs.iter().enumerate().filter(|(other, _)| *other != at);
    if let Some((_, other)) = others.find(|(_, leg)| leg.instrument.venue == new.venue) {
        return Err(format!(
            "--leg {given}: leg {:?} is at venue {:?} too, and a venue has one section; write the file without this leg, and \
             change it there",
            other.name, new.venue
        ));
    }
    let old = std::mem::replace(&mut legs[at].instrument, new.clone());
    let text = text.replace(&format!("\"{old}\""), &format!("\"{new}\""));
    Ok(text.replace(
        &format!("[venue.{}]", old.venue),
        &format!("[venue.{}]", new.venue),
    ))
}
