//! Pieces that become many are drawn into one: so many of them, and of what comes of that so many again.

use crate::catalog::{Catalog, FileRecord, RowSink, Transaction};
use crate::error::Result;
use crate::tape::{Rows, part};
use std::sync::Arc;

/// So many pieces become one.
pub(super) const MANY: usize = 8;
/// How often what was drawn together is drawn together again. The last ones stay as they are: drawing together hours
/// takes longer than what comes meanwhile can wait.
pub(super) const LEVELS: usize = 3;

/// Pieces of one recording by how often they were drawn together, as the hashes of their sources.
#[derive(Debug, Default)]
pub(super) struct Levels([Vec<String>; LEVELS]);

impl Levels {
    /// A new piece.
    pub(super) fn add(&mut self, source: String) {
        self.0[0].push(source);
    }

    /// What is to be drawn together next, and at which level.
    pub(super) fn due(&self) -> Option<(usize, Vec<String>)> {
        let all = self.0.iter().enumerate();
        let mut full = all.filter(|(_, sources)| sources.len() >= MANY);
        full.next().map(|(level, sources)| (level, sources.clone()))
    }

    /// They are one now.
    pub(super) fn drawn(&mut self, level: usize, into: String) {
        self.0[level].clear();
        if let Some(next) = self.0.get_mut(level + 1) {
            next.push(into);
        }
    }
}

/// Draws the files of some sources into those of one, whole or not at all.
pub(super) fn draw_together(
    catalog: &mut Catalog,
    sources: &[String],
    into: &str,
    name: &str,
) -> Result<()> {
    // Another writer may have been here.
    *catalog = Catalog::open(catalog.root())?;
    let mut files: Vec<FileRecord> = (catalog.all_files().iter())
        .filter(|file| sources.contains(&file.source_hash))
        .cloned()
        .collect();
    files.sort_by_key(|file| file.first_ts);
    let mut parts = Vec::new();
    for file in &files {
        catalog.verify(file)?;
        let record = Arc::new(catalog.instrument(&file.series().instrument())?.clone());
        parts.push((file.series(), part(catalog, file, &record)));
    }
    let mut transaction: Transaction<'_> = catalog.begin(into, name)?;
    for (series, part) in parts {
        let mut rows = Rows::stored(part)?;
        while let Some(row) = rows.next_row()? {
            transaction.row(&series, row)?;
        }
    }
    for source in sources {
        transaction.supersede(source);
    }
    transaction.commit().map(|_| ())
}
