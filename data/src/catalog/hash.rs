//! Content hashes: XXH3, 128 bits, as 32 lower-case hex digits.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

/// Length of a hash in hex digits.
const HEX_DIGITS: usize = 32;

/// The hash of bytes, in hex.
pub fn hash_bytes(bytes: &[u8]) -> String {
    hex(xxhash_rust::xxh3::xxh3_128(bytes))
}

/// Length and hash of a file, in hex.
///
/// # Errors
/// When the file cannot be read.
pub fn hash_file(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Xxh3::new();
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((length, hex(hash.digest128()))),
            n => {
                hash.update(&buffer[..n]);
                length += n as u64;
            }
        }
    }
}

/// The 16 bytes that a hash's hex digits stand for, first digit first.
pub(super) fn unhex(text: &str) -> Option<[u8; 16]> {
    let plain =
        text.len() == HEX_DIGITS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let number = plain.then(|| u128::from_str_radix(text, 16).ok())??;
    Some(number.to_be_bytes())
}

pub(crate) fn hex(digest: u128) -> String {
    format!("{digest:032x}")
}

/// Passes bytes on and keeps their count and hash.
pub(crate) struct Hashing<T> {
    inner: T,
    hash: Xxh3,
    bytes: u64,
}

impl<T> Hashing<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self {
            inner,
            hash: Xxh3::new(),
            bytes: 0,
        }
    }

    /// How many bytes went through, and their hash.
    pub(crate) fn sum(&self) -> (u64, String) {
        (self.bytes, hex(self.hash.digest128()))
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn into_inner(self) -> T {
        self.inner
    }

    fn count(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.count(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(bytes)?;
        self.count(&bytes[..n]);
        Ok(n)
    }
}
