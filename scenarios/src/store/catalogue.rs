//! A catalogue that may lie in a store: its files are brought into a folder of this machine, once, and are known there
//! by their content.

use std::env;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_data::Error;
use onetape_data::catalog::{Catalog, FileRecord, MANIFEST};

use super::local::own_file;
use super::{is_remote, store_of, told, unread};
use crate::sweep::SweepError;

/// Names the folder of the copies.
const VARIABLE: &str = "ONETAPE_CACHE";

/// Opens a catalogue in a folder or in a store. Of one in a store the manifest alone is read; [`fetch`] brings files.
///
/// # Errors
/// When there is none, or its manifest cannot be read.
pub fn open(place: &Path) -> anyhow::Result<Catalog> {
    if !is_remote(place) {
        return Ok(Catalog::open(place)?);
    }
    let manifest = match super::read(&place.join(MANIFEST)) {
        Ok(manifest) => manifest,
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let path = place.to_path_buf();
            return Err(Error::NoCatalog { path }.into());
        }
        Err(why) => return Err(told(why, || unread(place))),
    };
    Ok(Catalog::of_copies(place, &manifest, &copies()?)?)
}

/// Brings files of a catalogue to this machine where they are not there yet; those of a folder are.
///
/// # Errors
/// When one cannot be brought, or is not what the manifest says.
pub fn fetch<'a>(
    catalog: &Catalog,
    files: impl IntoIterator<Item = &'a FileRecord>,
) -> anyhow::Result<()> {
    if !is_remote(catalog.root()) {
        return Ok(());
    }
    for file in files {
        if catalog.verify(file).is_err() {
            bring(catalog, file)?;
        }
    }
    Ok(())
}

/// Copies one file under a name that no other process has, checks it, and moves it to its place: those who share the
/// folder see it whole or not at all.
fn bring(catalog: &Catalog, record: &FileRecord) -> anyhow::Result<()> {
    let (from, to) = (catalog.root().join(&record.path), catalog.path(record));
    let unmade = || {
        format!(
            "{}: cannot be written; name another folder for copies of the catalogue with {VARIABLE}",
            to.display()
        )
    };
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(unmade)?;
    let (mut file, partial) = own_file(&to).with_context(unmade)?;
    let brought = copy(&from, &mut file)
        .and_then(|()| is_as_recorded(&from, &partial, record))
        .and_then(|()| fs::rename(&partial, &to).with_context(unmade));
    if brought.is_err() {
        let _ = fs::remove_file(&partial);
    }
    brought
}

fn copy(from: &Path, file: &mut File) -> anyhow::Result<()> {
    let read = store_of(from).and_then(|store| store.read(from, file));
    read.map_err(|why| {
        if why.kind() == ErrorKind::NotFound {
            let text = format!(
                "{}: the manifest names it and it is not there; copy the catalogue to the store again",
                from.display()
            );
            return SweepError::Permanent(text).into();
        }
        told(why, || unread(from))
    })?;
    file.sync_all().with_context(|| unread(from))
}

fn is_as_recorded(from: &Path, copy: &Path, record: &FileRecord) -> anyhow::Result<()> {
    let (_, found) = onetape_data::catalog::hash_file(copy).with_context(|| unread(copy))?;
    if found == record.hash {
        return Ok(());
    }
    let text = format!(
        "{}: was changed or damaged: expected hash {}, found {found}; copy the catalogue to the store again",
        from.display(),
        record.hash
    );
    Err(SweepError::Permanent(text).into())
}

/// The folder of the copies: what the variable says, or where the system keeps what can be had again.
fn copies() -> anyhow::Result<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let folder = variable(VARIABLE).map(PathBuf::from);
    let folder = folder.or_else(|| {
        let caches = if cfg!(windows) {
            variable("LOCALAPPDATA").map(PathBuf::from)
        } else {
            let named = variable("XDG_CACHE_HOME").map(PathBuf::from);
            named.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))
        };
        caches.map(|caches| caches.join("onetape"))
    });
    let folder = folder.unwrap_or_else(|| env::temp_dir().join("onetape-cache"));
    let files = std::path::absolute(folder).map_err(no_folder)?;
    Ok(files.join("files"))
}

fn no_folder(why: io::Error) -> SweepError {
    SweepError::Usage(format!(
        "{VARIABLE}: is no folder for copies of the catalogue: {why}"
    ))
}
