//! The catalogue: market data by venue, instrument, kind and day, in Parquet files under one manifest.
//!
//! `catalog.json` is the truth: a data file that it does not name is a leftover of an import that did not end,
//! and goes with the next one.

mod clean;
mod columns;
mod hash;
mod instrument;
mod kind;
mod lock;
mod manifest;
mod part;
mod row;
pub(crate) mod schema;
mod transaction;

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use hash::Hashing;
pub use hash::{hash_bytes, hash_file};
pub use instrument::{InstrumentRecord, TierRecord};
pub use kind::Kind;
pub use manifest::{FileRecord, MANIFEST};
pub(crate) use part::stretch;
pub use row::{
    BarRow, DepthRow, FeedRow, FundingRow, InterestRow, MarkRow, QuoteRow, Row, RowSink, Series,
    StatusRow, TradeRow,
};
pub(crate) use row::{FEED_NEWS, FINE_DECIMALS, feed_news};
pub use transaction::Transaction;

use crate::error::{Error, Result};
use manifest::Manifest;

/// What the catalogue holds of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// Nothing.
    Absent,
    /// Its files, all sound.
    Whole,
    /// Its files, of which at least one is missing or damaged.
    Damaged,
}

/// A catalogue as its manifest tells it.
#[derive(Debug)]
pub struct Catalog {
    root: PathBuf,
    manifest: Manifest,
    /// Where its files lie by content, when they do not lie below the root.
    copies: Option<PathBuf>,
}

impl Catalog {
    /// Opens a catalogue.
    ///
    /// # Errors
    /// When there is none, or its manifest is of another version or damaged.
    pub fn open(root: &Path) -> Result<Self> {
        let manifest = Manifest::load(root)?.ok_or_else(|| Error::NoCatalog {
            path: root.to_path_buf(),
        })?;
        Ok(Self {
            root: root.to_path_buf(),
            manifest,
            copies: None,
        })
    }

    /// A catalogue that lies where no file can be opened: its manifest was read from there, and whoever uses it puts
    /// the files that are needed into the folder `copies`, each under the name that [`Catalog::path`] gives it.
    ///
    /// # Errors
    /// When the manifest is of another version or damaged.
    pub fn of_copies(root: &Path, manifest: &[u8], copies: &Path) -> Result<Self> {
        Ok(Self {
            root: root.to_path_buf(),
            manifest: Manifest::parse(root.join(MANIFEST), manifest)?,
            copies: Some(copies.to_path_buf()),
        })
    }

    /// Opens a catalogue, or an empty one at a path where there is nothing yet. Nothing is written before the
    /// first commit.
    ///
    /// # Errors
    /// As [`Catalog::open`], and when the directory holds other files.
    pub fn open_or_create(root: &Path) -> Result<Self> {
        if let Some(manifest) = Manifest::load(root)? {
            return Ok(Self {
                root: root.to_path_buf(),
                manifest,
                copies: None,
            });
        }
        // A killed first import leaves its lock file, and data that nothing names.
        let mut entries = match fs::read_dir(root) {
            Ok(entries) => entries,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Self::empty(root)),
            Err(why) => return Err(Error::io("read", root)(why)),
        };
        if entries.next().is_some() && !lock::path(root).exists() {
            return Err(Error::NotEmpty {
                path: root.to_path_buf(),
            });
        }
        Ok(Self::empty(root))
    }

    fn empty(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            manifest: Manifest::default(),
            copies: None,
        }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every instrument, by venue and symbol.
    pub fn instruments(&self) -> &[InstrumentRecord] {
        &self.manifest.instruments
    }

    /// An instrument by its full name, `venue:SYMBOL`.
    ///
    /// # Errors
    /// When it is not there; the text lists those that are.
    pub fn instrument(&self, name: &str) -> Result<&InstrumentRecord> {
        name.split_once(':')
            .and_then(|(venue, symbol)| self.manifest.instrument(venue, symbol))
            .ok_or_else(|| Error::UnknownInstrument {
                name: name.to_string(),
                catalog: self.root.clone(),
                known: match self.manifest.instruments.as_slice() {
                    [] => "none".to_string(),
                    all => all
                        .iter()
                        .map(InstrumentRecord::name)
                        .collect::<Vec<_>>()
                        .join(", "),
                },
            })
    }

    /// Every file, by venue, symbol, kind and time.
    pub fn all_files(&self) -> &[FileRecord] {
        &self.manifest.files
    }

    /// The files of a series and kind, by the time of their first row.
    pub fn files(&self, series: &Series, kind: Kind) -> Vec<&FileRecord> {
        let mut files: Vec<_> = self
            .manifest
            .files
            .iter()
            .filter(|file| file.is_of(series, kind))
            .collect();
        files.sort_by(|a, b| (a.first_ts, &a.path).cmp(&(b.first_ts, &b.path)));
        files
    }

    /// Where a file is.
    pub fn path(&self, file: &FileRecord) -> PathBuf {
        match &self.copies {
            // By content: what another version of the catalogue had is not brought again.
            Some(copies) => copies.join(format!("{}.parquet", file.hash)),
            None => self.root.join(&file.path),
        }
    }

    /// Checks length and content of a file against the manifest.
    ///
    /// # Errors
    /// When the file is missing or not what it was.
    pub fn verify(&self, file: &FileRecord) -> Result<()> {
        let path = self.path(file);
        let changed = |expected: String, found: String| {
            Err(Error::Changed {
                path: path.clone(),
                expected,
                found,
            })
        };
        let length = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                return changed(format!("hash {}", file.hash), "no file".to_string());
            }
            Err(why) => return Err(Error::io("read", &path)(why)),
        };
        if length != file.bytes {
            return changed(format!("{} bytes", file.bytes), format!("{length} bytes"));
        }
        let (_, hash) = hash_file(&path).map_err(Error::io("read", &path))?;
        if hash != file.hash {
            return changed(format!("hash {}", file.hash), format!("hash {hash}"));
        }
        Ok(())
    }

    /// What there is of a source, by the hash of its bytes. Its files are verified.
    pub fn source(&self, source_hash: &str) -> SourceState {
        let mut files = self
            .manifest
            .files
            .iter()
            .filter(|file| file.source_hash == source_hash)
            .peekable();
        if files.peek().is_none() {
            SourceState::Absent
        } else if files.all(|file| self.verify(file).is_ok()) {
            SourceState::Whole
        } else {
            SourceState::Damaged
        }
    }

    /// Starts to write; until [`Transaction::commit`] nothing changes for readers. One writer at a time.
    ///
    /// `source_hash` is the hash of the source's bytes ([`hash_bytes`], [`hash_file`]), `source_name` is what
    /// errors call it.
    ///
    /// # Errors
    /// When another writer is at work, or the directory cannot be written.
    pub fn begin(&mut self, source_hash: &str, source_name: &str) -> Result<Transaction<'_>> {
        Transaction::begin(self, source_hash, source_name)
    }
}
