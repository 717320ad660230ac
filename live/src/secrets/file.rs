//! The encrypted file: read and written whole, by its owner alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::{Keys, KeysError, Secret};

/// Largest file that is read.
const FILE_MAX: u64 = 4 * 1024 * 1024;
/// Work of a passphrase's derivation, as a power of two: half a second and 128 MiB.
const WORK: u8 = 17;
/// The most that is done for a file of another program.
const WORK_MAX: u8 = 20;

/// Why the file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read or write it.
    #[error("{path} can be used by others (mode {mode:04o}); run chmod 600 {path}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It belongs to somebody else.
    #[error("{path} belongs to user {owner}, not to the one who runs this", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// A link, a folder, or too large.
    #[error("{path} is not a regular file of at most 4 MiB; links are not followed", path = path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase is another, or the file was changed.
    #[error("{path} cannot be decrypted: the passphrase is another, or the file is damaged", path = path.display())]
    Refused {
        /// The file.
        path: PathBuf,
    },
    /// Not encrypted by age with a passphrase.
    #[error("{path} is not encrypted with a passphrase by age ({why})", path = path.display())]
    NotAge {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Encrypting failed.
    #[error("cannot encrypt: {0}")]
    Encrypt(String),
    /// The keys in it.
    #[error("{path}: {source}", path = path.display())]
    Keys {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: KeysError,
    },
}

/// A file of keys, encrypted as `age --passphrase` does.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
    work: u8,
}

impl KeyFile {
    /// At a path; nothing is read yet.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, work: WORK }
    }

    /// With less work, so that tests take no half second each.
    #[cfg(test)]
    pub(super) const fn with_little_work(path: PathBuf) -> Self {
        Self { path, work: 2 }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is something at its path, a link included.
    pub fn exists(&self) -> bool {
        self.path.symlink_metadata().is_ok()
    }

    /// Reads and decrypts it.
    ///
    /// # Errors
    /// When others can use it, the passphrase is another, or it is not ours.
    pub fn load(&self, passphrase: &Secret) -> Result<Keys, KeyFileError> {
        let encrypted = self.read()?;
        let mut identity = age::scrypt::Identity::new(secret_string(passphrase));
        identity.set_max_work_factor(WORK_MAX);
        let path = || self.path.clone();
        let document = age::decrypt(&identity, &encrypted).map_err(|error| match error {
            age::DecryptError::DecryptionFailed
            | age::DecryptError::KeyDecryptionFailed
            | age::DecryptError::InvalidMac
            | age::DecryptError::Io(_) => KeyFileError::Refused { path: path() },
            other => KeyFileError::NotAge {
                path: path(),
                why: other.to_string().replace('\n', " "),
            },
        })?;
        let document = Zeroizing::new(document);
        Keys::from_document(&document).map_err(|source| self.keys(source))
    }

    /// Encrypts and writes it, at once or not at all. The folder is made where it is missing, for its owner alone.
    ///
    /// # Errors
    /// When the file that is there is not one that would be read, and when files cannot be written.
    pub fn save(&self, keys: &Keys, passphrase: &Secret) -> Result<(), KeyFileError> {
        if self.exists() {
            drop(self.open()?);
        }
        let document = keys.to_document().map_err(|source| self.keys(source))?;
        let mut recipient = age::scrypt::Recipient::new(secret_string(passphrase));
        recipient.set_work_factor(self.work);
        let encrypted = age::encrypt(&recipient, &document)
            .map_err(|error| KeyFileError::Encrypt(error.to_string()))?;
        let folder = self.folder();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(self.failed("make the folder of"))?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let beside = folder.join(format!(".{name}.{}", std::process::id()));
        let written = self.write(&beside, &encrypted);
        if written.is_err() {
            // Not there, or of no use.
            let _ = std::fs::remove_file(&beside);
        }
        written
    }

    fn write(&self, beside: &Path, encrypted: &[u8]) -> Result<(), KeyFileError> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(beside)
            .map_err(self.failed("make a file beside"))?;
        file.write_all(encrypted)
            .and_then(|()| file.sync_all())
            .and_then(|()| std::fs::rename(beside, &self.path))
            .and_then(|()| File::open(self.folder())?.sync_all())
            .map_err(self.failed("write"))
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    fn read(&self) -> Result<Vec<u8>, KeyFileError> {
        let mut bytes = Vec::new();
        self.open()?
            .take(FILE_MAX)
            .read_to_end(&mut bytes)
            .map_err(self.failed("read"))?;
        Ok(bytes)
    }

    /// The file, if nobody else can use it. Links are not followed.
    fn open(&self) -> Result<File, KeyFileError> {
        let path = || self.path.clone();
        // Of a pipe nothing is waited for.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(flags.cast_signed())
            .open(&self.path);
        let file = opened.map_err(|source| {
            if self.path.is_symlink() {
                KeyFileError::NotAFile { path: path() }
            } else {
                self.failed("open")(source)
            }
        })?;
        let about = file.metadata().map_err(self.failed("look at"))?;
        if !about.is_file() || about.len() > FILE_MAX {
            return Err(KeyFileError::NotAFile { path: path() });
        }
        let mode = about.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Open { path: path(), mode });
        }
        let me = rustix::process::geteuid().as_raw();
        if about.uid() != me {
            let owner = about.uid();
            return Err(KeyFileError::Foreign {
                path: path(),
                owner,
            });
        }
        Ok(file)
    }

    fn failed(&self, action: &'static str) -> impl FnOnce(io::Error) -> KeyFileError {
        let path = self.path.clone();
        move |source| KeyFileError::Io {
            action,
            path,
            source,
        }
    }

    fn keys(&self, source: KeysError) -> KeyFileError {
        let path = self.path.clone();
        KeyFileError::Keys { path, source }
    }
}

fn secret_string(secret: &Secret) -> SecretString {
    SecretString::from(secret.expose().to_string())
}
