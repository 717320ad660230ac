//! Folders of this machine, or of one that is mounted.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Store;

/// Every folder.
pub(super) struct Folders;

impl Store for Folders {
    fn read(&self, place: &Path, to: &mut dyn Write) -> io::Result<()> {
        io::copy(&mut File::open(place)?, to).map(|_| ())
    }

    /// Under a name that nobody else uses first, made to last, then moved to its place.
    fn put(&self, place: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(place.parent().unwrap_or(Path::new(".")))?;
        let (mut file, path) = own_file(place)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        let moved = written.and_then(|()| fs::rename(&path, place));
        if moved.is_err() {
            let _ = fs::remove_file(&path);
        }
        moved
    }

    /// Of two at the same moment the later one stays: links, which could tell them apart, are not had everywhere, and
    /// what is put as new here is the same whoever puts it.
    fn put_new(&self, place: &Path, bytes: &[u8]) -> io::Result<bool> {
        if place.try_exists()? {
            return Ok(false);
        }
        self.put(place, bytes).map(|()| true)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        match fs::read_dir(folder) {
            Ok(entries) => Ok(entries
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .collect()),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(why) => Err(why),
        }
    }

    fn delete(&self, place: &Path) -> io::Result<()> {
        fs::remove_file(place)
    }
}

/// A new file beside a place, under a name that no other process has.
pub(super) fn own_file(place: &Path) -> io::Result<(File, PathBuf)> {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let id = std::process::id();
    for attempt in 0_u32.. {
        let path = place.with_file_name(format!(".{name}.partial-{id}-{attempt}"));
        match File::create_new(&path) {
            Ok(file) => return Ok((file, path)),
            // Of a process that was killed here, or of one with this number on another machine.
            Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
            Err(why) => return Err(why),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_takes_no_place() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("new/part");
        assert_eq!(
            Folders.list(&dir.path().join("new")).unwrap(),
            [""; 0].map(PathBuf::from)
        );
        assert!(Folders.put_new(&place, b"one").unwrap());
        assert!(!Folders.put_new(&place, b"two").unwrap());
        let read = || {
            let mut bytes = Vec::new();
            Folders.read(&place, &mut bytes).map(|()| bytes)
        };
        assert_eq!(read().unwrap(), b"one");
        Folders.put(&place, b"two").unwrap();
        assert_eq!(read().unwrap(), b"two");
        assert_eq!(
            Folders.list(&dir.path().join("new")).unwrap(),
            std::slice::from_ref(&place)
        );
        Folders.delete(&place).unwrap();
        assert_eq!(read().unwrap_err().kind(), ErrorKind::NotFound);
    }
}
