//! Where a passphrase comes from when nobody types it: an environment variable or a file descriptor. Never an argument,
//! which every process of the machine can read.

use std::fs::File;
use std::io::{self, Read};

use zeroize::Zeroizing;

use super::Secret;

/// The environment variable.
pub const PASSPHRASE_VARIABLE: &str = "ONETAPE_KEYS_PASSPHRASE";

/// Longest passphrase in bytes.
const LONGEST: u64 = 4_096;

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The variable is not text.
    #[error("{PASSPHRASE_VARIABLE} is not UTF-8")]
    NotText,
    /// The descriptor cannot be read.
    #[error(
        "cannot read the passphrase from file descriptor {descriptor}: {source}; open it for this command, such as by 3< FILE"
    )]
    Descriptor {
        /// Which.
        descriptor: u32,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing there.
    #[error("the passphrase is empty")]
    Empty,
}

/// The passphrase of the environment, if it has one.
///
/// # Errors
/// When it is empty or not text.
pub fn passphrase_from_environment() -> Result<Option<Secret>, PassphraseError> {
    match std::env::var(PASSPHRASE_VARIABLE) {
        Ok(text) if text.is_empty() => Err(PassphraseError::Empty),
        Ok(text) => Ok(Some(Secret::new(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(PassphraseError::NotText),
    }
}

/// The first line of what a file descriptor gives.
///
/// # Errors
/// When it is not open for reading, or gives nothing.
pub fn passphrase_from_descriptor(descriptor: u32) -> Result<Secret, PassphraseError> {
    let failed = |source| PassphraseError::Descriptor { descriptor, source };
    let file = File::open(format!("/dev/fd/{descriptor}")).map_err(failed)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize));
    file.take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| {
        failed(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not UTF-8",
        ))
    })?;
    if text.is_empty() {
        return Err(PassphraseError::Empty);
    }
    Ok(Secret::new(text.to_string()))
}
