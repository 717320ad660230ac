//! The binary run in a directory of its own, and what the tests need around it.

mod carry;
#[cfg(target_os = "linux")]
pub(crate) mod client;
mod journals;
mod served;
mod trees;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) use carry::{carry_rows, carry_set, example};
pub(crate) use journals::{copy_run, decisions_of, records_of, rewrite};
pub(crate) use served::{Served, local};
pub(crate) use trees::{copy_tree, tree};

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Ended well, and said nothing on stderr but that another run was replaced.
    pub(crate) fn ok(self) -> Self {
        let replaced = |line: &&str| line.starts_with("note: ") && line.ends_with("is replaced");
        let said: Vec<&str> = self.err.lines().filter(|line| !replaced(line)).collect();
        assert_eq!((self.code, said), (Some(0), Vec::new()), "{}", self.out);
        self
    }

    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout: {}\nstderr: {}",
            self.out,
            self.err
        );
        self
    }

    /// The one JSON document on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}", self.out))
    }

    /// Failed with this code, with nothing on stdout and exactly one `error:` on stderr, which says all of these.
    pub(crate) fn refused(self, code: i32, says: &[&str]) -> Self {
        let done = self.exits(code);
        assert_eq!(done.out, "", "stderr: {}", done.err);
        assert!(done.err.starts_with("error: "), "{}", done.err);
        assert_eq!(done.err.matches("error:").count(), 1, "{}", done.err);
        assert!(!done.err.contains("panicked"), "{}", done.err);
        for part in says {
            assert!(done.err.contains(part), "{part:?} is not in: {}", done.err);
        }
        done
    }
}

/// The binary, about to run in `dir`.
pub(crate) fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onetape"));
    command
        .current_dir(dir)
        .env_remove("ONETAPE_LOG")
        .env_remove("RUST_LOG");
    command
}

/// Runs the binary in `dir`.
pub(crate) fn onetape<S: AsRef<OsStr>>(dir: &Path, args: &[S]) -> Done {
    Done::of(&command(dir).args(args).output().unwrap())
}

/// The words of a command line, split at blanks.
pub(crate) fn run(dir: &Path, line: &str) -> Done {
    onetape(dir, &line.split_whitespace().collect::<Vec<_>>())
}

/// A directory with a short synthetic tape in `catalog` and the demo's scenario in `scenario.toml`.
pub(crate) fn small() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    synth(dir.path(), "catalog", "");
    std::fs::write(dir.path().join("scenario.toml"), SCENARIO).unwrap();
    dir
}

/// [`small`] with a backtest of it in `run`.
pub(crate) fn small_run() -> tempfile::TempDir {
    let dir = small();
    run(dir.path(), "backtest scenario.toml --out run").ok();
    dir
}

/// The demo's scenario: its catalogue is `catalog`.
pub(crate) const SCENARIO: &str = include_str!("../../../src/demo/scenario.toml");

/// Five minutes with one opportunity that pays and one that does not.
pub(crate) fn synth(dir: &Path, catalog: &str, more: &str) {
    run(
        dir,
        &format!("data synth --catalog {catalog} --duration 5m --opportunities 2 {more}"),
    )
    .ok();
}

/// The reference data, `None` (loudly) where they are not at hand.
pub(crate) fn reference() -> Option<PathBuf> {
    let root = std::env::var_os("ONETAPE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    if root.join("truth/truth.json").is_file() {
        return Some(std::fs::canonicalize(root).unwrap());
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "no reference data at {}",
        root.display()
    );
    eprintln!("SKIPPED: no reference data at {}", root.display());
    None
}

/// A decimal that JSON has as text.
pub(crate) fn decimal(value: &Value) -> rust_decimal::Decimal {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is not text"));
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is not a decimal"))
}
