//! Removes what imports that did not end left behind. Only what carries the names that imports give: other files
//! below the root are not ours to remove.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::kind::Kind;
use super::manifest::{MANIFEST_NEXT, Manifest};
use crate::error::{Error, Result};

/// The staging directory below a root.
pub(super) const STAGING: &str = ".staging";

/// Removes staged data, an unfinished manifest, and data files that the manifest does not name. The caller holds
/// the lock.
pub(super) fn leftovers(root: &Path, manifest: &Manifest) -> Result<()> {
    let staging = root.join(STAGING);
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(Error::io("remove", &staging))?;
    }
    let next = root.join(MANIFEST_NEXT);
    if next.exists() {
        fs::remove_file(&next).map_err(Error::io("remove", &next))?;
    }
    let known: BTreeSet<PathBuf> = manifest.files.iter().map(|f| root.join(&f.path)).collect();
    for venue in folders(root)? {
        for symbol in folders(&venue)? {
            for kind in Kind::ALL {
                let folder = symbol.join(kind.name());
                if folder.is_dir() {
                    orphans(&folder, &known)?;
                    remove_if_empty(&folder);
                }
            }
            remove_if_empty(&symbol);
        }
        remove_if_empty(&venue);
    }
    Ok(())
}

fn orphans(folder: &Path, known: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("read", folder))? {
        let entry = entry.map_err(Error::io("read", folder))?;
        let path = entry.path();
        let ours = entry.file_name().to_str().is_some_and(is_data_file);
        if ours && !known.contains(&path) {
            fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// True for `YYYY-MM-DD-<12 hex>.parquet` and `YYYY-MM-DD-<12 hex>-N.parquet`.
fn is_data_file(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".parquet") else {
        return false;
    };
    let parts: Vec<&str> = stem.split('-').collect();
    let digits = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit())
    };
    match parts.as_slice() {
        [year, month, day, source, more @ ..] => {
            digits(year, 4)
                && digits(month, 2)
                && digits(day, 2)
                && source.len() == 12
                && source.bytes().all(|b| b.is_ascii_hexdigit())
                && more.len() <= 1
                && more.iter().all(|n| digits(n, n.len()))
        }
        _ => false,
    }
}

fn folders(path: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(path).map_err(Error::io("read", path))? {
        let entry = entry.map_err(Error::io("read", path))?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

fn remove_if_empty(folder: &Path) {
    // Fails where there is something in it, which is what is wanted.
    let _ = fs::remove_dir(folder);
}

#[cfg(test)]
mod tests {
    use super::is_data_file;

    #[test]
    fn only_names_that_imports_give_are_ours() {
        assert!(is_data_file("2024-08-08-0123456789ab.parquet"));
        assert!(is_data_file("2024-08-08-0123456789ab-2.parquet"));
        for other in [
            "my.parquet",
            "2024-08-08.parquet",
            "2024-08-08-0123456789ab.csv",
            "2024-08-08-0123456789ab-x.parquet",
            "2024-08-08-0123456789xy.parquet",
        ] {
            assert!(!is_data_file(other), "{other}");
        }
    }
}
