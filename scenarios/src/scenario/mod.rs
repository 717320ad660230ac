//! Scenario files: one TOML document that says everything a run depends on.
//!
//! Every mistake is reported at once, each with its line or flag, the field and the fix. Numbers are read from
//! their own text, so `2.93` is 2.93.

mod added;
mod catalogue;
mod control;
mod doc;
mod economics;
mod environment;
mod error;
mod faults;
mod fields;
mod latency;
mod live;
mod model;
mod old_names;
mod overrides;
mod ramp;
mod read;
mod resolved;
mod risk;
mod simulation;
mod task;
#[cfg(test)]
pub(crate) mod tests;
mod tiers;
mod venue;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use onetape_core::strategy::params::StrategyCard;

pub use catalogue::{KnownInstrument, KnownInstruments, check_against};
pub use doc::{Place, Source};
pub use economics::{BreakEven, Exit, LegCost, Target};
pub use environment::{Environment, environment};
pub use error::{Problem, ScenarioError};
pub use live::{Live, Preset, URLS, VenueLive};
pub use model::{
    AssetPrice, Control, Data, FaultAt, Faults, FeeAsset, FeeTiers, Feed, FeedLatency, Fees,
    InstrumentName, Latency, Leg, Liquidity, Scenario, Sim, Task, Venue,
};
pub use ramp::Ramp;
pub use risk::{Alert, BalanceRules, Bands, Guards, Risk, Scope, Symbol};

pub(crate) use economics::{TARGET, bps_text};

/// Largest scenario file.
const FILE_MAX: u64 = 1024 * 1024;

/// What the command line says about a scenario.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `key=value` of each `--set`, in their order.
    pub sets: Vec<String>,
    /// `--catalog`: relative to the current directory, in place of the file's.
    pub catalog: Option<PathBuf>,
    /// `--allow-negative-edge`: for every task.
    pub allow_negative_edge: bool,
}

/// A validated scenario and where its values were given.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Where its values were given.
    pub source: Source,
}

impl Loaded {
    /// The catalogue's folder, for runs that need one.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] when neither the file nor a flag names one.
    pub fn catalog(&self) -> Result<&Path, ScenarioError> {
        self.scenario.data.catalog.as_deref().ok_or_else(|| {
            ScenarioError::Invalid(vec![Problem {
                file: self.source.file().to_string(),
                place: self.source.locate("data.catalog"),
                field: "data.catalog".to_string(),
                message:
                    "is missing; add `catalog = \"FOLDER\"` to [data], or give --catalog FOLDER"
                        .to_string(),
            }])
        })
    }
}

/// Reads and validates a scenario file.
///
/// # Errors
/// [`ScenarioError`] when the file cannot be read or is no valid scenario; then with every mistake.
pub fn load(
    path: &Path,
    options: &Options,
    cards: &[StrategyCard],
) -> Result<Loaded, ScenarioError> {
    let file = path.display().to_string();
    let text = read_text(path, &file)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&text, &file, folder, options, cards)
}

fn read_text(path: &Path, file: &str) -> Result<String, ScenarioError> {
    let failed = |cause| ScenarioError::Read {
        file: file.to_string(),
        cause,
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path).map_err(failed)?;
    opened
        .take(FILE_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(ScenarioError::TooLarge {
            file: file.to_string(),
            limit: FILE_MAX,
        });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(good);
        ScenarioError::Encoding {
            file: file.to_string(),
            line: before.filter(|byte| **byte == b'\n').count() + 1,
        }
    })
}

/// Validates the text of a scenario. `file` is what messages call it, `folder` what its paths are relative to.
///
/// # Errors
/// [`ScenarioError::Invalid`] with every mistake.
pub fn parse(
    text: &str,
    file: &str,
    folder: &Path,
    options: &Options,
    cards: &[StrategyCard],
) -> Result<Loaded, ScenarioError> {
    Document::read(text, file)?.load(folder, options, cards)
}

/// The text of a scenario as TOML, to be validated with other values again and again.
#[derive(Clone, Debug)]
pub struct Document {
    file: String,
    root: BTreeMap<String, doc::Node>,
}

impl Document {
    /// Reads a text; `file` is what messages call it.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] when it is not TOML.
    pub fn read(text: &str, file: &str) -> Result<Self, ScenarioError> {
        let root = doc::parse(text).map_err(|error| {
            ScenarioError::Invalid(vec![Problem {
                file: file.to_string(),
                place: Place::Line(error.line),
                field: String::new(),
                message: format!(
                    "is not TOML: {}; correct this line",
                    error.message.replace('\n', " ")
                ),
            }])
        })?;
        let file = file.to_string();
        Ok(Self { file, root })
    }

    /// Validates it as a scenario whose paths are relative to `folder`.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] with every mistake.
    pub fn load(
        &self,
        folder: &Path,
        options: &Options,
        cards: &[StrategyCard],
    ) -> Result<Loaded, ScenarioError> {
        let mut root = self.root.clone();
        let refused = overrides::apply(&mut root, &options.sets, cards);
        added::take(&mut root);
        let source = Source::new(&self.file, &root);
        let (mut scenario, mut problems) = read(&root, folder, options, cards, &source);
        problems.extend(refused);
        if !problems.is_empty() {
            return Err(ScenarioError::Invalid(problems));
        }
        if let Some(catalog) = &options.catalog {
            scenario.data.catalog = Some(catalog.clone());
        }
        Ok(Loaded { scenario, source })
    }
}

fn read(
    root: &BTreeMap<String, doc::Node>,
    folder: &Path,
    options: &Options,
    cards: &[StrategyCard],
    source: &Source,
) -> (Scenario, Vec<Problem>) {
    let mut problems = error::Problems::default();
    let allow = options.allow_negative_edge;
    let scenario = read::scenario(root, folder, cards, allow, &mut problems);
    (scenario, problems.located(source))
}
