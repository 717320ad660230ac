//! The scenarios that come with onetape to start from: `onetape scenario presets` lists them.

use std::io::Write;
use std::path::Path;

use onetape_core::strategy::params::StrategyCard;
use serde_json::json;

use crate::commands::config::{card_json, write_card};
use crate::scenario::{Loaded, Options, ScenarioError, parse};

/// One of them.
pub(super) struct Preset {
    /// What it is called.
    pub(super) name: &'static str,
    /// Its file.
    pub(super) text: &'static str,
}

macro_rules! presets {
    ($($name:literal),*) => {
        &[$(Preset {
            name: $name,
            text: include_str!(concat!("../../../presets/", $name, ".toml")),
        }),*]
    };
}

/// All of them.
pub(super) const PRESETS: &[Preset] = presets![
    "conservative",
    "aggressive",
    "high-fee",
    "low-fee",
    "mexc-gate",
    "spot-switching"
];

impl Preset {
    /// The one of a name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The comment at its head, as one text.
    fn summary(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix('#'));
        let lines: Vec<&str> = lines
            .map(str::trim)
            .take_while(|line| !line.is_empty())
            .collect();
        lines.join(" ")
    }

    /// As it is read.
    pub(super) fn load(&self, cards: &[StrategyCard]) -> Result<Loaded, ScenarioError> {
        parse(
            self.text,
            self.name,
            Path::new(""),
            &Options::default(),
            cards,
        )
    }
}

/// `onetape scenario presets …`
#[derive(Clone, Debug, clap::Args)]
pub struct PresetsArgs {
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Lists them with what a round trip of each costs.
pub(super) fn run(
    args: &PresetsArgs,
    cards: &[StrategyCard],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let mut list = Vec::new();
    for preset in PRESETS {
        let loaded = preset.load(cards)?;
        let tasks = loaded.scenario.break_even(cards);
        if args.json {
            list.push(json!({
                "name": preset.name,
                "summary": preset.summary(),
                "tasks": tasks.iter().map(card_json).collect::<Vec<_>>(),
            }));
            continue;
        }
        writeln!(out, "{}\n  {}", preset.name, preset.summary())?;
        for card in &tasks {
            write_card(card, out)?;
            if let Some(warning) = card.warning() {
                writeln!(out, "  warning: {warning}")?;
            }
        }
        writeln!(out)?;
    }
    if args.json {
        writeln!(out, "{:#}", json!({ "presets": list }))?;
    } else {
        writeln!(
            out,
            "write one: onetape scenario new FILE --preset NAME --leg spot=VENUE:SYMBOL"
        )?;
    }
    Ok(0)
}
