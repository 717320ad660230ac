//! A journal whose first segments were dropped: what is known of it begins at a snapshot.

use std::path::Path;

use anyhow::bail;
use onetape_data::journal::{JournalFile, Snapshot, snapshots};

/// The journal where its oldest snapshot that can be used was made, with that.
///
/// # Errors
/// When none can be used.
pub fn headless(run: &Path, run_id: [u8; 16]) -> anyhow::Result<(JournalFile, Snapshot)> {
    let mut why = Vec::new();
    for path in snapshots(run)?.iter().rev() {
        let opened = Snapshot::read(path, run_id)
            .map_err(|error| error.to_string())
            .and_then(|snapshot| {
                let journal = JournalFile::open_at(run, &snapshot.place);
                let journal = journal.map_err(|error| error.to_string())?;
                Ok((journal, snapshot))
            });
        match opened {
            Ok(opened) => return Ok(opened),
            Err(error) => why.push(error),
        }
    }
    bail!(
        "{}: the first segments of the journal were dropped and no snapshot of it can be used: {}; restore them from a copy",
        run.display(),
        why.join("; ")
    )
}
