//! `onetape data spread`: two-leg spreads over a catalogue's quotes.

use std::io::Write;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use onetape_core::time::Ts;
use onetape_data::catalog::Catalog;
use onetape_data::spread::{Rule, SpreadRequest, spread};

use crate::commands::moment;

/// `onetape data spread …`
#[derive(Clone, Debug, clap::Args)]
pub struct SpreadArgs {
    /// Leg A, such as binance-spot:BTCUSDT.
    #[arg(value_name = "A")]
    pub a: String,
    /// Leg B, such as binance-usdm:BTCUSDT.
    #[arg(value_name = "B")]
    pub b: String,
    /// The catalogue folder.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// When spreads are evaluated.
    #[arg(long, value_enum, default_value_t = RuleArg::R2)]
    pub rule: RuleArg,
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

/// When spreads are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RuleArg {
    /// Once a quote of A, against B's last quote at or before it.
    R1,
    /// Once a quote of either leg, A before B at equal times.
    R2,
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When there is no such catalogue or instrument, a leg has no quotes in that time, a file is not what it was, or
/// `out` cannot be written.
pub fn run(args: &SpreadArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let catalog = Catalog::open(&args.catalog)?;
    let request = SpreadRequest {
        a: catalog.instrument(&args.a)?.series(),
        b: catalog.instrument(&args.b)?.series(),
        rule: match args.rule {
            RuleArg::R1 => Rule::R1,
            RuleArg::R2 => Rule::R2,
        },
        from: args.from,
        to: args.to,
    };
    let bar = progress_bar("spread");
    let report = spread(&catalog, &request, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let report = report?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(0)
}

/// On stderr, and only when that is a terminal.
pub(super) fn progress_bar(name: &'static str) -> ProgressBar {
    let template = "{msg} {bar:40} {percent:>3}%  {elapsed} elapsed, {eta} left";
    let bar = ProgressBar::new(0).with_message(name);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::Value;

    use super::super::info::{self, InfoArgs};
    use super::super::synth::{self, SynthArgs};
    use super::*;

    #[derive(Parser)]
    enum Cli {
        Synth(SynthArgs),
        Spread(SpreadArgs),
        Info(InfoArgs),
    }

    fn ran(line: &[&str]) -> anyhow::Result<String> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        match Cli::try_parse_from([&["onetape"], line].concat())? {
            Cli::Synth(args) => synth::run(&args, &mut out, &mut err)?,
            Cli::Spread(args) => run(&args, &mut out)?,
            Cli::Info(args) => info::run(&args, &mut out)?,
        };
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn a_synthetic_catalogue_is_described_and_compared() {
        let root = tempfile::tempdir().unwrap();
        let place = ["--catalog", root.path().to_str().unwrap()];
        let with = |line: &[&str]| ran(&[line, &place].concat());
        with(&["synth", "--duration", "5m", "--opportunities", "2"]).unwrap();

        let found = with(&["info", "--books", "--json"]).unwrap();
        let found: Value = serde_json::from_str(&found).unwrap();
        let instruments = found["instruments"].as_array().unwrap();
        let names: Vec<&str> = instruments
            .iter()
            .map(|one| one["instrument"].as_str().unwrap())
            .collect();
        let [a, b] = names[..] else {
            panic!("{names:?}");
        };
        for one in instruments {
            assert_eq!(one["book"]["sequence_gaps"], 0, "{one}");
            assert_eq!(one["book"]["book_crossed_after_apply"], 0, "{one}");
        }
        assert!(with(&["info", a]).unwrap().contains("bytes/row"));

        let text = with(&["spread", a, b]).unwrap();
        assert!(text.contains("a round trip captures"), "{text}");
        let json = with(&["spread", a, b, "--rule", "r1", "--json"]).unwrap();
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["A"][0], a);
        assert!(json["R1"]["n_eval"].as_u64().unwrap() > 0 && json.get("R2").is_none());

        let why = with(&["spread", a, "venue:X"]).unwrap_err().to_string();
        assert!(why.contains("venue:X") && why.contains(b), "{why}");
        let why = with(&["spread", a, b, "--to", "2000-01-01T00:00:00Z"]).unwrap_err();
        assert!(why.to_string().contains("change the time"), "{why}");
        assert!(with(&["spread", a, b, "--from", "noon"]).is_err());
    }
}
