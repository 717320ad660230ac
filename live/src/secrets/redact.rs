//! Takes secrets out of what people will read.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::canary::{forms, position};
use super::{Keys, Secret};

/// What stands where a secret stood.
const MARK: &str = "[redacted]";

/// Names whose value is a secret of its own, known or not: `name=value`, `"name":"value"` and `name: value`.
const NAMES: [&str; 9] = [
    "signature",
    "apikey",
    "api_key",
    "secret",
    "passphrase",
    "listenkey",
    "mbx-apikey",
    "sign",
    "token",
];

/// A longer line is given on in parts; no secret is as long.
const LINE_MAX: usize = 64 * 1024;

/// Knows the secrets of a run.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Every form of every secret, longest first.
    needles: Arc<Vec<Zeroizing<Vec<u8>>>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} forms)", self.needles.len())
    }
}

impl Redactor {
    /// Of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut needles: Vec<Zeroizing<Vec<u8>>> = secrets
            .into_iter()
            .flat_map(|secret| forms(secret.expose().as_bytes()))
            .map(|form| Zeroizing::new(form.bytes))
            .collect();
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        Self {
            needles: Arc::new(needles),
        }
    }

    /// Of all keys, with their secrets and passphrases.
    pub fn of(keys: &Keys) -> Self {
        Self::new(keys.secrets())
    }

    /// The text without secrets.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        for needle in self.needles.iter() {
            while let Some(at) = position(out.as_bytes(), needle) {
                out = Cow::Owned(without(&out, at, at + needle.len()));
            }
        }
        for name in NAMES {
            let mut from = 0;
            while let Some((at, end)) = value_of(&out, name, from) {
                from = at + MARK.len();
                out = Cow::Owned(without(&out, at, end));
            }
        }
        out
    }

    /// A writer that takes secrets out of each line before it is written.
    pub fn writer<W: Write>(&self, inner: W) -> Redacted<W> {
        Redacted {
            redactor: self.clone(),
            inner: Some(inner),
            line: Vec::new(),
        }
    }
}

fn without(text: &str, from: usize, to: usize) -> String {
    let (before, after) = (text.get(..from), text.get(to..));
    // A needle that ends within a character was no text: then all of it goes.
    match (before, after) {
        (Some(before), Some(after)) => format!("{before}{MARK}{after}"),
        _ => MARK.to_string(),
    }
}

/// The value after a name, from a place on, unless it is out already.
fn value_of(text: &str, name: &str, from: usize) -> Option<(usize, usize)> {
    let lower = text.get(from..)?.to_ascii_lowercase();
    let mut searched = 0;
    while let Some(found) = lower.get(searched..)?.find(name) {
        let end_of_name = searched + found + name.len();
        let begins = searched + found == 0
            || !lower.as_bytes()[searched + found - 1].is_ascii_alphanumeric();
        searched = end_of_name;
        let rest = &lower[end_of_name..];
        let quote = rest.strip_prefix('"').unwrap_or(rest);
        let Some(value) = quote.strip_prefix(['=', ':']) else {
            continue;
        };
        let value = value.trim_start().trim_start_matches('"');
        let at = lower.len() - value.len();
        let length = value
            .find(|c: char| c.is_whitespace() || "&\"',;)}]".contains(c))
            .unwrap_or(value.len());
        // Whether there is one is no secret, and a document says so without quotation marks.
        let told = ["true", "false", "null"].contains(&&value[..length]);
        if begins && length > 0 && !told && !value.starts_with(MARK) {
            return Some((from + at, from + at + length));
        }
    }
    None
}

/// Holds a line back until it is whole, and writes it without secrets.
#[derive(Debug)]
pub struct Redacted<W: Write> {
    redactor: Redactor,
    inner: Option<W>,
    line: Vec<u8>,
}

impl<W: Write> Redacted<W> {
    fn give(&mut self, upto: usize) -> io::Result<()> {
        let rest = self.line.split_off(upto);
        let line = Zeroizing::new(std::mem::replace(&mut self.line, rest));
        let text = String::from_utf8_lossy(&line);
        match &mut self.inner {
            Some(inner) => inner.write_all(self.redactor.redact(&text).as_bytes()),
            None => Ok(()),
        }
    }
}

impl<W: Write> Write for Redacted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if let Some(end) = self.line.iter().rposition(|byte| *byte == b'\n') {
            self.give(end + 1)?;
        }
        if self.line.len() > LINE_MAX {
            // What may be the beginning of a secret stays.
            let longest = self
                .redactor
                .needles
                .first()
                .map_or(0, |needle| needle.len());
            self.give(self.line.len() - longest.min(LINE_MAX / 2))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.give(self.line.len())?;
        self.inner.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl<W: Write> Drop for Redacted<W> {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.flush();
    }
}
