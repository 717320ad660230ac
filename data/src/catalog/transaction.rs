//! Writing to a catalogue, all or nothing.
//!
//! Files are written and synced in a staging directory, renamed into place, and then the manifest is replaced by
//! one rename. A process that is killed before that rename leaves the catalogue as it was; what it left lying
//! about is removed by the next [`Catalog::begin`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::clean::{self, STAGING};
use super::hash::unhex;
use super::instrument::InstrumentRecord;
use super::kind::Kind;
use super::lock::Lock;
use super::manifest::{FileRecord, Manifest, sync_dir};
use super::part::{self, Part, RowError};
use super::row::{Row, RowSink, Series};
use super::{Catalog, SourceState};
use crate::error::{Error, Result};

/// Stretches of time of one series and kind that are open at once: the running one and the one before.
const OPEN_STRETCHES: usize = 2;

/// Rows on their way into a catalogue. Dropped without [`Transaction::commit`], it leaves everything as it was.
pub struct Transaction<'a> {
    catalog: &'a mut Catalog,
    lock: Lock,
    staging: PathBuf,
    instruments: Vec<InstrumentRecord>,
    replace: bool,
    source: Source,
    sources: Vec<Source>,
    open: BTreeMap<Series, Vec<Open>>,
    done: Vec<Staged>,
    staged: u64,
    words: BTreeMap<(Series, Kind), BTreeMap<String, u64>>,
    /// Sources whose files go with the commit.
    superseded: BTreeSet<String>,
}

#[derive(Clone)]
struct Source {
    hash: String,
    name: String,
}

/// The files of one kind of a series that take rows.
struct Open {
    kind: Kind,
    /// Oldest first.
    parts: Vec<Part>,
    /// The latest stretch that is written and closed.
    closed: i64,
}

struct Staged {
    record: FileRecord,
    path: PathBuf,
    source: String,
}

impl<'a> Transaction<'a> {
    pub(super) fn begin(catalog: &'a mut Catalog, hash: &str, name: &str) -> Result<Self> {
        let source = Source::new(hash, name)?;
        let lock = Lock::take(&catalog.root)?;
        // Another writer may have been here since this catalogue was opened.
        catalog.manifest = Manifest::load(&catalog.root)?.unwrap_or_default();
        let transaction = Self {
            staging: catalog.root.join(STAGING),
            instruments: catalog.manifest.instruments.clone(),
            catalog,
            lock,
            replace: false,
            sources: vec![source.clone()],
            source,
            open: BTreeMap::new(),
            done: Vec::new(),
            staged: 0,
            words: BTreeMap::new(),
            superseded: BTreeSet::new(),
        };
        clean::leftovers(&transaction.catalog.root, &transaction.catalog.manifest)?;
        fs::create_dir(&transaction.staging).map_err(Error::io("create", &transaction.staging))?;
        Ok(transaction)
    }

    /// Lets new rows take the place of older files that cover the same time, by series and kind.
    pub fn replace(&mut self, yes: bool) {
        self.replace = yes;
    }

    /// Takes the files of a source out of the catalogue with the commit: what stands in them comes again with this one.
    pub(crate) fn supersede(&mut self, source_hash: &str) {
        self.superseded.insert(source_hash.to_string());
    }

    /// What the catalogue holds of a source; see [`Catalog::source`].
    pub fn source(&self, source_hash: &str) -> SourceState {
        self.catalog.source(source_hash)
    }

    /// Ends the rows of the running source and starts those of another one, to be committed together.
    ///
    /// # Errors
    /// When the hash is not one, or the files of the running source cannot be written.
    pub fn next_source(&mut self, hash: &str, name: &str) -> Result<()> {
        let source = Source::new(hash, name)?;
        self.finish_parts()?;
        self.sources.push(source.clone());
        self.source = source;
        Ok(())
    }

    /// The definition that rows of a series go by.
    pub fn definition(&self, series: &Series) -> Option<&InstrumentRecord> {
        self.instruments
            .iter()
            .find(|known| known.venue == series.venue && known.symbol == series.symbol)
    }

    /// Defines an instrument. A stated definition takes the place of an inferred one and of an older stated one;
    /// an inferred one never takes the place of another.
    ///
    /// # Errors
    /// When a rule makes no sense, or the decimals are not those of the rows that are stored.
    pub fn define(&mut self, record: InstrumentRecord) -> Result<()> {
        record.check()?;
        let series = record.series();
        let has_rows = self.has_rows(&series);
        let at = self.instruments.iter().position(|r| r.series() == series);
        let Some(known) = at.map(|at| &mut self.instruments[at]) else {
            self.instruments.push(record);
            return Ok(());
        };
        if record.inferred {
            return Ok(());
        }
        if has_rows && !known.same_scales(&record) {
            return Err(Error::Instrument {
                name: record.name(),
                what: format!(
                    "the catalogue has rows of it with {} price and {} quantity decimals, so these cannot become \
                     {} and {}; state the recorded decimals, or import into a new catalogue",
                    known.price_decimals,
                    known.qty_decimals,
                    record.price_decimals,
                    record.qty_decimals
                ),
            });
        }
        *known = record;
        Ok(())
    }

    fn has_rows(&self, series: &Series) -> bool {
        let files = &self.catalog.manifest.files;
        self.open.contains_key(series)
            || files.iter().any(|file| file.series() == *series)
            || self.done.iter().any(|file| file.record.series() == *series)
    }

    fn part(&mut self, series: &Series, row: &Row) -> Result<&mut Part> {
        let kind = Kind::of(row);
        let stretch = part::stretch(kind, row.ts());
        if !self.open.contains_key(series) {
            self.open.insert(series.clone(), Vec::new());
        }
        let Some(kinds) = self.open.get_mut(series) else {
            return Err(row_error(series, row, "it has no place".to_string()));
        };
        let at = kinds.iter().position(|open| open.kind == kind);
        let at = at.unwrap_or_else(|| {
            kinds.push(Open::new(kind));
            kinds.len() - 1
        });
        let open = &mut kinds[at];
        if let Some(at) = open.parts.iter().position(|part| part.stretch == stretch) {
            return Ok(&mut open.parts[at]);
        }
        if stretch <= open.closed {
            return Err(row_error(
                series,
                row,
                "its receive time is more than a day behind rows before it; \
                 sort the source by receive time"
                    .to_string(),
            ));
        }
        let instrument = (self.instruments.iter())
            .find(|r| r.venue == series.venue && r.symbol == series.symbol)
            .ok_or_else(|| row_error(series, row, "its instrument is not defined".to_string()))?;
        let path = part::staged(&self.staging, self.staged);
        self.staged += 1;
        let part = Part::create(path, instrument, kind, row.ts(), &self.source.hash)?;
        let at = open.parts.partition_point(|other| other.stretch < stretch);
        open.parts.insert(at, part);
        if open.parts.len() > OPEN_STRETCHES {
            let oldest = open.parts.remove(0);
            open.closed = oldest.stretch;
            self.done.push(Staged::finish(oldest, &self.source)?);
        }
        open.parts
            .iter_mut()
            .find(|part| part.stretch == stretch)
            .ok_or_else(|| {
                row_error(
                    series,
                    row,
                    "its receive time is too far behind".to_string(),
                )
            })
    }

    /// Notes how many messages of the running source have which of the venue's own words for their kind.
    pub fn note_words(&mut self, series: &Series, kind: Kind, words: BTreeMap<String, u64>) {
        self.words.insert((series.clone(), kind), words);
    }

    fn finish_parts(&mut self) -> Result<()> {
        for (_, kinds) in std::mem::take(&mut self.open) {
            for part in kinds.into_iter().flat_map(|open| open.parts) {
                self.done.push(Staged::finish(part, &self.source)?);
            }
        }
        for ((series, kind), words) in std::mem::take(&mut self.words) {
            let files = self.done.iter_mut().map(|staged| &mut staged.record);
            let first = files
                .filter(|file| file.source_hash == self.source.hash)
                .filter(|file| file.kind == kind && file.series() == series)
                .min_by_key(|file| file.first_ts);
            if let Some(file) = first {
                file.words = words;
            }
        }
        Ok(())
    }

    /// Makes everything so far part of the catalogue and returns the new files. Without new rows and definitions
    /// nothing is written.
    ///
    /// # Errors
    /// When rows overlap with another source's, or the directory cannot be written; the catalogue is then as it
    /// was.
    pub fn commit(mut self) -> Result<Vec<FileRecord>> {
        self.finish_parts()?;
        let mut next = self.next_manifest()?;
        let added = self.place_files(&mut next)?;
        next.sort();
        if next != self.catalog.manifest {
            next.store(&self.catalog.root)?;
        }
        self.catalog.manifest = next;
        // Files that were replaced; what cannot be removed now goes with the next transaction.
        let _ = clean::leftovers(&self.catalog.root, &self.catalog.manifest);
        Ok(added)
    }

    /// The old manifest without what the new files replace.
    fn next_manifest(&self) -> Result<Manifest> {
        self.check_overlap_within()?;
        let mut next = self.catalog.manifest.clone();
        next.instruments.clone_from(&self.instruments);
        // A source that is imported again replaces its own files.
        let again: BTreeSet<&str> = (self.done.iter())
            .map(|staged| staged.record.source_hash.as_str())
            .collect();
        next.files
            .retain(|old| !again.contains(old.source_hash.as_str()));
        (next.files).retain(|old| !self.superseded.contains(&old.source_hash));
        for new in &self.done {
            let series = new.record.series();
            let meets =
                |old: &FileRecord| old.is_of(&series, new.record.kind) && old.overlaps(&new.record);
            if self.replace {
                next.files.retain(|old| !meets(old));
            } else if let Some(old) = next.files.iter().find(|old| meets(old)) {
                return Err(overlap(new, &old.path));
            }
        }
        Ok(next)
    }

    fn check_overlap_within(&self) -> Result<()> {
        for (at, new) in self.done.iter().enumerate() {
            let series = new.record.series();
            let other = self.done[..at].iter().find(|other| {
                other.record.source_hash != new.record.source_hash
                    && other.record.is_of(&series, new.record.kind)
                    && other.record.overlaps(&new.record)
            });
            if let Some(other) = other {
                return Err(Error::Source {
                    file: PathBuf::from(&new.source),
                    what: format!(
                        "its {} rows of {} cover the same time as those of {}",
                        new.record.kind.name(),
                        series.instrument(),
                        other.source
                    ),
                    fix: "leave one of the two out".to_string(),
                });
            }
        }
        Ok(())
    }

    /// Moves staged files to where readers will look for them.
    fn place_files(&mut self, next: &mut Manifest) -> Result<Vec<FileRecord>> {
        let root = self.catalog.root.clone();
        let old: BTreeMap<&str, &str> = (self.catalog.manifest.files.iter())
            .map(|file| (file.path.as_str(), file.hash.as_str()))
            .collect();
        let mut used: BTreeSet<String> = next.files.iter().map(|f| f.path.clone()).collect();
        let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
        let mut added = Vec::new();
        for staged in &self.done {
            let mut record = staged.record.clone();
            // A file that readers know is never written over with other content.
            let taken = |path: &str| {
                used.contains(path) || old.get(path).is_some_and(|hash| *hash != record.hash)
            };
            record.path = part::place(&record, taken);
            used.insert(record.path.clone());
            let target = root.join(&record.path);
            for folder in target
                .ancestors()
                .skip(1)
                .take_while(|dir| dir.starts_with(&root))
            {
                folders.insert(folder.to_path_buf());
            }
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
            }
            fs::rename(&staged.path, &target).map_err(Error::io("move to", &target))?;
            added.push(record);
        }
        for folder in &folders {
            sync_dir(folder)?;
        }
        next.files.extend(added.iter().cloned());
        Ok(added)
    }
}

impl RowSink for Transaction<'_> {
    type Error = Error;

    fn row(&mut self, series: &Series, row: Row) -> Result<()> {
        match self.part(series, &row)?.push(&row) {
            Ok(()) => Ok(()),
            Err(RowError::Row(what)) => Err(row_error(series, &row, what)),
            Err(RowError::File(error)) => Err(error),
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Open files go before their directory does. What cannot be removed goes with the next transaction.
        self.open.clear();
        let _ = fs::remove_dir_all(&self.staging);
        self.lock.unmake();
    }
}

impl Source {
    fn new(hash: &str, name: &str) -> Result<Self> {
        if unhex(hash).is_none() {
            return Err(Error::Source {
                file: PathBuf::from(name),
                what: format!("its hash {hash:?} is not 32 hex digits"),
                fix: "hash the source's bytes with XXH3-128".to_string(),
            });
        }
        Ok(Self {
            hash: hash.to_string(),
            name: name.to_string(),
        })
    }
}

impl Open {
    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            parts: Vec::new(),
            closed: i64::MIN,
        }
    }
}

impl Staged {
    fn finish(part: Part, source: &Source) -> Result<Self> {
        let (record, path) = part.finish()?;
        Ok(Self {
            record,
            path,
            source: source.name.clone(),
        })
    }
}

fn overlap(new: &Staged, old: &str) -> Error {
    Error::Overlap {
        series: new.record.series().instrument(),
        kind: new.record.kind.name(),
        new: new.source.clone(),
        span: format!(
            "from {} to {}",
            part::time_text(new.record.first_ts),
            part::time_text(new.record.last_ts)
        ),
        old: old.to_string(),
    }
}

fn row_error(series: &Series, row: &Row, what: String) -> Error {
    Error::Row {
        series: series.instrument(),
        place: row.place(),
        what,
    }
}
