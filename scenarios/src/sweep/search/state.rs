//! Where a search over files has come to: one file, written whole or not at all.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_data::catalog::hash_bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::generation::Generation;
use crate::store;
use crate::sweep::SweepError;
use crate::sweep::row::{Cost, Row};

/// What the file is called, in the search's folder.
const STATE_FILE: &str = "search.json";
/// Version of the file.
const FORMAT: u32 = 1;

/// What was asked, and what was told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Hash of the search's plan.
    pub search: String,
    /// How many generations were told.
    pub generations: u64,
    /// The generation that was asked for and not told yet.
    pub asked: Option<Generation>,
    /// The rows of all that were told, by the indexes of the search.
    pub rows: Vec<Row>,
    /// What they cost, of those that say so.
    pub costs: Vec<Cost>,
    /// Peak resident memory of any process that ran them, in MiB, where the system tells.
    pub peak_rss_mib: Option<f64>,
}

/// The file: the hash is over the text of what follows.
#[derive(Serialize, Deserialize)]
struct Sealed<'a> {
    format: u32,
    hash: String,
    #[serde(borrow)]
    state: &'a RawValue,
}

pub(super) fn place(folder: &Path) -> PathBuf {
    folder.join(STATE_FILE)
}

impl State {
    /// Reads the state of a search; `None` when nothing was asked yet.
    ///
    /// # Errors
    /// [`SweepError::Permanent`] when it was changed, or is of another search; when its place does not answer.
    pub(super) fn read(folder: &Path, search: &str) -> anyhow::Result<Option<Self>> {
        let place = place(folder);
        let Some(bytes) = store::find(&place)? else {
            return Ok(None);
        };
        let wrong = |what: String| {
            SweepError::Permanent(format!(
                "{}: {what}; put back the file that was there, or begin the search again in another folder",
                place.display()
            ))
        };
        let state =
            opened(&bytes).map_err(|why| wrong(format!("is no state of a search: {why}")))?;
        let state = state.ok_or_else(|| {
            wrong("was changed since it was written: its hash is not its own".into())
        })?;
        if state.search != search {
            return Err(wrong(format!(
                "is of search {}, and the plan beside it is {search}",
                state.search
            ))
            .into());
        }
        Ok(Some(state))
    }

    /// Writes the state.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string(self)?;
        let hash = hash_bytes(text.as_bytes());
        let state = serde_json::from_str(&text).context("a state is JSON")?;
        let format = FORMAT;
        let sealed = serde_json::to_string(&Sealed {
            format,
            hash,
            state,
        })?;
        store::put(&place(folder), (sealed + "\n").as_bytes())
    }
}

/// The state of a file; `None` when its hash is not its own.
fn opened(bytes: &[u8]) -> Result<Option<State>, String> {
    let sealed: Sealed<'_> = serde_json::from_slice(bytes).map_err(|why| why.to_string())?;
    if sealed.format != FORMAT {
        return Err(format!(
            "it has version {}, this program reads version {FORMAT}",
            sealed.format
        ));
    }
    let text = sealed.state.get();
    if hash_bytes(text.as_bytes()) != sealed.hash {
        return Ok(None);
    }
    let state = serde_json::from_str(text).map_err(|why| why.to_string())?;
    Ok(Some(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back_and_damage_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(State::read(dir.path(), "one").unwrap(), None);
        let state = State {
            search: "one".into(),
            generations: 3,
            asked: Some(Generation {
                number: 3,
                rung: Some(1),
                sets: vec!["data.to=x".into()],
                points: vec![(7, vec!["1.5".into()])],
            }),
            costs: vec![Cost {
                wall_s: 0.1 + 0.2,
                ..Cost::default()
            }],
            ..State::default()
        };
        state.write(dir.path()).unwrap();
        assert_eq!(State::read(dir.path(), "one").unwrap(), Some(state));
        let said = State::read(dir.path(), "two").unwrap_err().to_string();
        assert!(said.contains("is of search one"), "{said}");
        let whole = std::fs::read(place(dir.path())).unwrap();
        for at in 0..whole.len() - 1 {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(place(dir.path()), damaged).unwrap();
            assert!(State::read(dir.path(), "one").is_err(), "{at}");
        }
    }
}
