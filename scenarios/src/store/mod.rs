//! Where the files of a sweep and its catalogue lie: in folders, or in a store that speaks S3.
//!
//! An address is a path. One that begins with `s3://BUCKET/` is of an object, in builds with the feature `s3`; any
//! other is of a file. Whoever uses this module need not know which: what is put is there as a whole or not at all,
//! and what is put as new does not take the place of anything.

mod catalogue;
mod local;
#[cfg(feature = "s3")]
mod refusal;
#[cfg(feature = "s3")]
mod s3;

use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use crate::sweep::SweepError;

pub use catalogue::{fetch, open as open_catalog};

/// What stands between the scheme of an address and the rest.
const AFTER_SCHEME: &str = "://";
/// The one scheme that there is.
const S3: &str = "s3";

/// What is done with files and objects. An error that holds a [`SweepError`] says all that is to be said; one of kind
/// `NotFound` that does not is of a file or object that is not there.
trait Store: Sync {
    /// Copies what lies at a place.
    fn read(&self, place: &Path, to: &mut dyn Write) -> io::Result<()>;
    /// Puts bytes at a place, also where others are.
    fn put(&self, place: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Puts bytes at a place where nothing is; false when something is there.
    fn put_new(&self, place: &Path, bytes: &[u8]) -> io::Result<bool>;
    /// The places of what lies directly in a folder; none when there is no such folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// Removes what lies at a place.
    fn delete(&self, place: &Path) -> io::Result<()>;
}

/// What comes before `://`.
fn scheme(place: &Path) -> Option<&str> {
    let (scheme, _) = place.to_str()?.split_once(AFTER_SCHEME)?;
    let is_word = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word.then_some(scheme)
}

/// True for what lies in no folder of this machine.
pub fn is_remote(place: &Path) -> bool {
    scheme(place).is_some()
}

/// A place that is named relative to a folder.
pub fn below(folder: &Path, place: &Path) -> PathBuf {
    if is_remote(place) {
        return place.to_path_buf();
    }
    if !is_remote(folder) {
        return folder.join(place);
    }
    // A store has no `..` of its own.
    let mut whole = folder.to_path_buf();
    for part in place.components() {
        match part {
            Component::ParentDir => _ = whole.pop(),
            part => whole.push(part),
        }
    }
    if is_remote(&whole) {
        whole
    } else {
        folder.join(place)
    }
}

fn store_of(place: &Path) -> io::Result<&'static dyn Store> {
    match scheme(place) {
        None => Ok(&local::Folders),
        Some(S3) => remote(place),
        Some(_) => Err(io::Error::other(SweepError::Usage(format!(
            "{}: there are folders and {S3}{AFTER_SCHEME}BUCKET/PATH, and no other places",
            place.display()
        )))),
    }
}

#[cfg(feature = "s3")]
fn remote(_place: &Path) -> io::Result<&'static dyn Store> {
    let shared = s3::shared()?;
    Ok(shared)
}

#[cfg(not(feature = "s3"))]
fn remote(place: &Path) -> io::Result<&'static dyn Store> {
    Err(io::Error::other(SweepError::Usage(format!(
        "{}: this build reads and writes folders alone; build it with `cargo build --release -p onetape --features s3` \
         for places in a store",
        place.display()
    ))))
}

/// The bytes at a place.
///
/// # Errors
/// When they cannot be read; of kind `NotFound` when there are none.
pub fn read(place: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    store_of(place)?.read(place, &mut bytes)?;
    Ok(bytes)
}

/// The bytes at a place; `None` when nothing is there.
///
/// # Errors
/// When they cannot be read.
pub fn find(place: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match read(place) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(told(why, || unread(place))),
    }
}

/// Puts bytes at a place, also where others are: what stands there is always whole.
///
/// # Errors
/// When they cannot be written.
pub fn put(place: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let put = store_of(place).and_then(|store| store.put(place, bytes));
    put.map_err(|why| told(why, || unwritten(place)))
}

/// Puts bytes at a place where nothing is; false when something is there.
///
/// # Errors
/// When they cannot be written.
pub fn put_new(place: &Path, bytes: &[u8]) -> anyhow::Result<bool> {
    let put = store_of(place).and_then(|store| store.put_new(place, bytes));
    put.map_err(|why| told(why, || unwritten(place)))
}

/// The places of what lies directly in a folder.
///
/// # Errors
/// When it cannot be listed.
pub fn list(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listed = store_of(folder).and_then(|store| store.list(folder));
    listed.map_err(|why| told(why, || unread(folder)))
}

/// Removes what lies at a place, if anything does.
///
/// # Errors
/// When it cannot be removed.
pub fn delete(place: &Path) -> anyhow::Result<()> {
    match store_of(place).and_then(|store| store.delete(place)) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(told(why, || {
            format!("{}: cannot be removed", place.display())
        })),
        _ => Ok(()),
    }
}

/// What is said of a place that cannot be read.
pub fn unread(place: &Path) -> String {
    format!("{}: cannot be read", place.display())
}

fn unwritten(place: &Path) -> String {
    format!("{}: cannot be written", place.display())
}

/// An error with what was tried, or in its own words when it has some.
pub fn told(why: io::Error, what: impl FnOnce() -> String) -> anyhow::Error {
    match why.downcast::<SweepError>() {
        Ok(own) => own.into(),
        Err(why) => anyhow::Error::from(why).context(what()),
    }
}

/// True when a store said why it does not do what it was asked: nothing is known then of what lies there.
pub fn is_refusal(error: &anyhow::Error) -> bool {
    let own = error.downcast_ref::<SweepError>();
    matches!(
        own,
        Some(SweepError::Temporary(_) | SweepError::Permanent(_))
    )
}

/// True when nothing lies at the place that was read.
pub fn is_missing(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|io| io.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        for (text, remote) in [
            ("s3://bucket/sweep", true),
            ("gs://bucket/sweep", true),
            ("sweeps/one", false),
            ("./s3://bucket", false),
            ("://x", false),
        ] {
            assert_eq!(is_remote(Path::new(text)), remote, "{text}");
        }
        let folder = Path::new("s3://bucket/sweep");
        assert_eq!(
            below(folder, Path::new("catalog")),
            Path::new("s3://bucket/sweep/catalog")
        );
        let of_search = below(&folder.join("gen-0"), Path::new("../catalog"));
        assert_eq!(of_search, Path::new("s3://bucket/sweep/catalog"));
        // Out of every bucket: whoever asks the store is told.
        let out = Path::new("../../../x");
        assert_eq!(below(folder, out), folder.join(out));
        let other = Path::new("s3://other/catalog");
        assert_eq!(below(folder, other), other);
        assert_eq!(below(Path::new("a"), Path::new("b")), Path::new("a/b"));
    }

    #[test]
    fn other_stores_are_refused() {
        let error = put(Path::new("gs://bucket/sweep"), b"x").unwrap_err();
        let own = error.downcast_ref::<SweepError>().unwrap();
        assert_eq!(own.code(), 2);
        assert!(own.to_string().contains("s3://BUCKET/PATH"), "{own}");
    }
}
