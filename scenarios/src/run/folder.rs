//! A run's folder: `run.json`, `scenario.toml`, `journal/`, `report.html`.
//!
//! It is made beside its place under another name and moved there when it is complete, so that what stands under
//! its name is never half a run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use onetape_core::event::TapeFile;
use serde::{Deserialize, Serialize};

use super::hex_id;

/// What `run.json` says: everything of a run that differs between two runs of the same thing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// Hash of build, configuration, data and seed.
    pub run_id: String,
    /// Name of the scenario.
    pub name: String,
    /// The build that ran.
    pub build: String,
    /// The machine it ran on.
    pub host: String,
    /// When it began, UTC.
    pub began: String,
    /// How long it took.
    pub wall_s: f64,
    /// Hash over the decisions; empty while a run in real time has not come to its end.
    pub decisions_hash: String,
    /// The same up to where a run in real time was left to be gone on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions_so_far: Option<String>,
    /// The catalogue's folder; relative to the run's folder when it lies below it.
    pub catalog: PathBuf,
    /// Where orders of the run went: each venue with the fields of its `[venue.NAME.live]` that say where it is and which
    /// key it takes. They change no decision, so that the resolved scenario leaves them out; and whoever stops the run
    /// must reach the same accounts. None where no order leaves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub venues: BTreeMap<String, BTreeMap<String, String>>,
    /// The files that were read, by content.
    pub tape: Vec<TapeRecord>,
}

/// A file of the tape, by content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeRecord {
    /// Path below the catalogue's folder.
    pub path: String,
    /// Hash of its bytes.
    pub hash: String,
}

impl From<&TapeFile> for TapeRecord {
    fn from(file: &TapeFile) -> Self {
        Self {
            path: file.path.clone(),
            hash: hex_id(&file.hash),
        }
    }
}

impl RunRecord {
    /// Reads the `run.json` of a run's folder.
    ///
    /// # Errors
    /// When there is none or it is not one.
    pub fn read(run: &Path) -> anyhow::Result<Self> {
        let path = run.join("run.json");
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "{}: is not a run's folder; name one that a run wrote",
                path.display()
            )
        })?;
        serde_json::from_str(&text)
            .with_context(|| format!("{}: is not a run record", path.display()))
    }

    /// The catalogue's folder.
    pub fn catalog_of(&self, run: &Path) -> PathBuf {
        run.join(&self.catalog)
    }
}

/// A run's folder in the making. Dropped without [`RunFolder::complete`], nothing is left.
#[derive(Debug)]
pub struct RunFolder {
    place: PathBuf,
    making: PathBuf,
    done: bool,
}

impl RunFolder {
    /// Prepares to write a run under `place`, over an earlier run if there is one.
    ///
    /// # Errors
    /// When something else than a run lies there, or the folder cannot be written.
    pub fn begin(place: &Path) -> anyhow::Result<Self> {
        if place.exists() && !is_replaceable(place) {
            bail!(
                "{}: is there already and is not a run's folder; name another with --out, or remove it",
                place.display()
            );
        }
        let name = place
            .file_name()
            .context("--out must name a folder")?
            .to_string_lossy()
            .into_owned();
        let parent = place
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::create_dir_all(parent)
            .with_context(|| format!("{}: cannot be made", parent.display()))?;
        let making = parent.join(format!(".{name}.partial-{}", std::process::id()));
        fs::create_dir(&making).with_context(|| format!("{}: cannot be made", making.display()))?;
        Ok(Self {
            place: place.to_path_buf(),
            making,
            done: false,
        })
    }

    /// Where the run's files go for now.
    pub fn path(&self) -> &Path {
        &self.making
    }

    /// Writes one file of the run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
        let path = self.making.join(name);
        fs::write(&path, content).with_context(|| format!("{}: cannot be written", path.display()))
    }

    /// Moves the complete run to its place.
    ///
    /// # Errors
    /// When the earlier run cannot be removed or this one not be moved.
    pub fn complete(mut self) -> anyhow::Result<PathBuf> {
        let failed = || {
            format!(
                "{}: the finished run cannot be moved here",
                self.place.display()
            )
        };
        if let (Ok(there), Ok(new)) = (RunRecord::read(&self.place), RunRecord::read(&self.making))
            && there.run_id != new.run_id
        {
            let (place, id) = (
                self.place.display(),
                there.run_id.get(..8).unwrap_or_default(),
            );
            eprintln!(
                "note: {place} held run {id} ({}), which is replaced",
                there.name
            );
        }
        if self.place.exists() {
            fs::remove_dir_all(&self.place).with_context(failed)?;
        }
        fs::rename(&self.making, &self.place).with_context(failed)?;
        self.done = true;
        Ok(self.place.clone())
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_dir_all(&self.making);
        }
    }
}

/// An earlier run, or an empty folder.
fn is_replaceable(place: &Path) -> bool {
    let is_run = place.join("run.json").is_file() && place.join("journal").is_dir();
    is_run || fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_none())
}
