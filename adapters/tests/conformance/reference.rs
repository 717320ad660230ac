//! The folder of reference data, and what lies in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder.
pub(crate) struct Reference(PathBuf);

/// One file of fixtures.
pub(crate) struct Case {
    /// For messages of the test alone.
    pub(crate) file: String,
    /// What it says of itself.
    pub(crate) meta: Value,
    /// The message.
    pub(crate) payload: Value,
    /// The message as its source writes it, where that is kept and is JSON.
    pub(crate) raw: Option<String>,
}

impl Case {
    /// A word of what it says of itself.
    pub(crate) fn word(&self, key: &str) -> &str {
        self.meta[key].as_str().unwrap_or_default()
    }

    /// The message's text: byte for byte where its source is kept.
    pub(crate) fn text(&self) -> String {
        self.raw.clone().unwrap_or_else(|| self.payload.to_string())
    }

    /// True for what calls itself broken.
    pub(crate) fn is_defective(&self) -> bool {
        self.says("defective")
    }

    /// True for a sample of an interface that the venue has closed.
    pub(crate) fn is_retired(&self) -> bool {
        self.says("retired")
    }

    fn says(&self, word: &str) -> bool {
        let texts = [self.word("note"), self.word("status")];
        self.meta[word] == true || texts.iter().any(|it| it.to_lowercase().contains(word))
    }
}

impl Reference {
    /// The folder, if there is one.
    pub(crate) fn find() -> Option<Self> {
        let told = std::env::var_os("ONETAPE_VENUE_REFERENCE").map(PathBuf::from);
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = told.map_or_else(
            || workspace.join("../shared/venues"),
            |told| match told.is_absolute() {
                true => told,
                false => workspace.join(told),
            },
        );
        if folder.join("fixtures").is_dir() && folder.join("signed-requests").is_dir() {
            return Some(Self(folder));
        }
        say(&format!(
            "NOT RUN. No reference data in {}; name a folder with fixtures/ and signed-requests/ by \
             ONETAPE_VENUE_REFERENCE.",
            folder.display()
        ));
        assert!(
            std::env::var_os("CI").is_none(),
            "in CI the reference data must be there"
        );
        None
    }

    /// All fixtures by venue.
    pub(crate) fn fixtures(&self) -> Vec<(String, Vec<Case>)> {
        let folders = entries(&self.0.join("fixtures"));
        let folders = folders.into_iter().filter(|path| path.is_dir());
        folders
            .map(|folder| {
                let files = entries(&folder).into_iter();
                let cases = files.filter(|path| is_json(path)).map(|path| case(&path));
                (stem(&folder), cases.collect())
            })
            .collect()
    }

    /// All signed requests by venue.
    pub(crate) fn vectors(&self) -> Vec<(String, Vec<Value>)> {
        let files = entries(&self.0.join("signed-requests"));
        let files = files.into_iter().filter(|path| is_json(path));
        files
            .map(|path| match read(&path) {
                Value::Array(vectors) => (stem(&path), vectors),
                _ => panic!("{}: not a list of signed requests", path.display()),
            })
            .collect()
    }
}

/// Says something also where the test passes: straight to the output, which is not held back.
pub(crate) fn say(what: &str) {
    let _ = writeln!(std::io::stdout(), "conformance: {what}");
}

fn case(path: &Path) -> Case {
    let mut whole = read(path);
    let raw = whole["raw"].as_str().map(str::to_string);
    Case {
        file: path.display().to_string(),
        meta: whole["_meta"].take(),
        payload: whole["payload"].take(),
        raw: raw.filter(|text| serde_json::from_str::<Value>(text).is_ok()),
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut paths: Vec<_> = found.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|it| it.to_string_lossy().into_owned())
        .unwrap_or_default()
}
