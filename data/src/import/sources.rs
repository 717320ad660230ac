//! The frame of every import: all sources of a call in one transaction, what the catalogue has passed over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::convert::Accept;
use super::report::{ImportReport, SourceReport};
use crate::catalog::{Catalog, FileRecord, SourceState, Transaction, hash_file};
use crate::error::{Error, Result};

/// Lines between two words on progress.
pub(super) const PROGRESS_LINES: u64 = 4_096;

/// How an import goes about its work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The venue's name, where it is not to be told from the content.
    pub venue: Option<String>,
    /// What is let pass.
    pub accept: Accept,
    /// Lets new rows take the place of older files that cover the same time.
    pub replace: bool,
}

/// One file of an import.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) bytes: u64,
    pub(super) hash: String,
}

impl Source<'_> {
    /// Refuses the source as a whole.
    pub(super) fn error(&self, what: impl Into<String>, fix: &str) -> Error {
        Error::Source {
            file: self.path.to_path_buf(),
            what: what.into(),
            fix: fix.to_string(),
        }
    }

    /// Checks that what was read is what was hashed before.
    pub(super) fn check_unchanged(&self, hash: &str) -> Result<()> {
        if hash == self.hash {
            return Ok(());
        }
        Err(self.error(
            "it was changed while it was read",
            "import it when it is complete",
        ))
    }
}

/// What one format does in the frame.
pub(super) trait Importer {
    /// Looks at a source that is going to be read, before any of the call is: for what must be known of all of
    /// them first, such as the decimals of an instrument that is not defined.
    fn look(&mut self, _source: &Source<'_>, _known: &Transaction<'_>) -> Result<()> {
        Ok(())
    }

    /// Reads a source into the transaction and fills in what came of it. `progress` gets the bytes that were read.
    fn read(
        &mut self,
        source: &Source<'_>,
        to: &mut Transaction<'_>,
        report: &mut SourceReport,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()>;
}

/// Imports files as one transaction: all of them, or none. `progress` gets the bytes that were read and the bytes
/// that there are.
pub(super) fn import_sources(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    replace: bool,
    importer: &mut dyn Importer,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport> {
    let mut sources = Vec::new();
    for path in paths {
        let (bytes, hash) = hash_file(path).map_err(Error::io("read", path))?;
        sources.push(Source { path, bytes, hash });
    }
    let Some(first) = sources.first() else {
        return Ok(ImportReport::default());
    };
    let total = sources.iter().map(|source| source.bytes).sum();
    let mut transaction = catalog.begin(&first.hash, &first.path.to_string_lossy())?;
    transaction.replace(replace);
    let mut seen = BTreeSet::new();
    let mut known = Vec::new();
    for source in &sources {
        let here = !seen.insert(&source.hash)
            || (!replace && transaction.source(&source.hash) == SourceState::Whole);
        if !here {
            importer.look(source, &transaction)?;
        }
        known.push(here);
    }
    let mut report = ImportReport::default();
    let mut done = 0;
    for (source, known) in sources.iter().zip(known) {
        let mut here = SourceReport {
            path: source.path.to_string_lossy().into_owned(),
            hash: source.hash.clone(),
            source_bytes: source.bytes,
            already_imported: known,
            ..SourceReport::default()
        };
        if !known {
            transaction.next_source(&source.hash, &here.path)?;
            let mut read = |bytes| progress(done + bytes, total);
            importer.read(source, &mut transaction, &mut here, &mut read)?;
            (here.series).sort_by(|a, b| a.instrument.cmp(&b.instrument));
        }
        done += source.bytes;
        progress(done, total);
        report.sources.push(here);
    }
    if report.sources.iter().any(|source| !source.already_imported) {
        report.count(&transaction.commit()?);
    }
    Ok(report)
}

impl ImportReport {
    /// Adds up what was written.
    fn count(&mut self, files: &[FileRecord]) {
        for file in files {
            self.messages += file.rows;
            self.rows += file.parquet_rows;
            self.bytes += file.bytes;
            let name = file.series().instrument();
            let series = (self.sources.iter_mut())
                .filter(|source| !source.already_imported && source.hash == file.source_hash)
                .flat_map(|source| &mut source.series)
                .find(|series| series.instrument == name);
            if let Some(series) = series {
                series.messages += file.rows;
                series.rows += file.parquet_rows;
                series.bytes += file.bytes;
            }
        }
    }
}
