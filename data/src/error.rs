//! Everything that can go wrong with the tape on disk. Every text names the place, and the fix where there is one.

use std::path::{Path, PathBuf};

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something with the tape on disk did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused.
    #[error("cannot {doing} {path}: {source}", path = path.display())]
    Io {
        /// What was tried, such as `read`.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// There is no catalogue at a path.
    #[error("{path} is not a catalogue: it has no catalog.json; import something into it first, or check --catalog", path = path.display())]
    NoCatalog {
        /// The directory that was named.
        path: PathBuf,
    },
    /// A directory with other things in it was named for a new catalogue.
    #[error("{path} holds other files and no catalog.json; name a new or an empty directory", path = path.display())]
    NotEmpty {
        /// The directory that was named.
        path: PathBuf,
    },
    /// The manifest is not one of ours, or damaged.
    #[error("{path}: {what}; restore the file, or import into a new directory", path = path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The manifest is of another version.
    #[error("{path} has schema version {found}, this program reads version {known}; use the program that wrote it", path = path.display())]
    Schema {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// Ours.
        known: u64,
    },
    /// Another process writes to the catalogue.
    #[error("{path} is being written by another import; wait until it is done", path = path.display())]
    Locked {
        /// The catalogue's root.
        path: PathBuf,
    },
    /// A data file is not what the manifest says.
    #[error("{path} was changed or damaged: expected {expected}, found {found}; import it again", path = path.display())]
    Changed {
        /// The data file.
        path: PathBuf,
        /// What the manifest says.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A Parquet file cannot be read or written.
    #[error("{path}: {what}; import it again", path = path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// An instrument is not in the catalogue.
    #[error("the catalogue {catalog} has no instrument {name:?}; it has: {known}", catalog = catalog.display())]
    UnknownInstrument {
        /// What was asked for.
        name: String,
        /// Where.
        catalog: PathBuf,
        /// What there is.
        known: String,
    },
    /// A definition of an instrument that cannot be taken.
    #[error("instrument {name}: {what}")]
    Instrument {
        /// The instrument's full name.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// A row that cannot be stored.
    #[error("{series} row {place}: {what}")]
    Row {
        /// The instrument's full name.
        series: String,
        /// The row's place in its source.
        place: u64,
        /// Why not.
        what: String,
    },
    /// Rows for a stretch of time that another source has filled already.
    #[error(
        "{new} has {kind} rows of {series} {span}, and {old} covers part of that time; \
         import with --replace to put the new rows in the place of the old file's"
    )]
    Overlap {
        /// The instrument's full name.
        series: String,
        /// The kind of rows.
        kind: &'static str,
        /// The source that is being imported.
        new: String,
        /// First and last new row.
        span: String,
        /// The file or source that is there.
        old: String,
    },
    /// A line of a source that cannot be taken.
    #[error("{file}, line {line}: {what}; {fix}", file = file.display())]
    Line {
        /// The source.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
        /// What to do.
        fix: String,
    },
    /// A synthetic tape that cannot be made as asked.
    #[error(transparent)]
    Synth(#[from] crate::synth::SynthError),
    /// A catalogue that holds another synthetic tape.
    #[error("{path} tells of a synthetic tape made from other parameters (seed {seed}); name another directory, or remove that one", path = path.display())]
    OtherSynth {
        /// The record of the tape that is there.
        path: PathBuf,
        /// Its seed.
        seed: String,
    },
    /// Something was asked of a catalogue that it does not have.
    #[error("{what}; {fix}")]
    Request {
        /// What is missing, and what there is.
        what: String,
        /// What to do.
        fix: String,
    },
    /// A source that cannot be taken as a whole.
    #[error("{file}: {what}; {fix}", file = file.display())]
    Source {
        /// The source.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What to do.
        fix: String,
    },
}

impl Error {
    /// Wraps a file system's reason.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }

    /// Wraps a Parquet reason.
    pub(crate) fn parquet(path: &Path, what: impl ToString) -> Self {
        Self::Parquet {
            path: path.to_path_buf(),
            // Parquet's own texts begin with its name.
            what: what.to_string().replace("Parquet error: ", ""),
        }
    }
}
