//! The keys themselves, as they stand in the file.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Secret;

/// Version of the document in the file.
const SCHEMA: u32 = 1;
/// Keys of a person are few; more is a mistake.
const KEYS_MAX: usize = 1_000;
/// Longest of a text.
const TEXT_MAX: usize = 16 * 1024;

/// A key of an account at a venue.
#[derive(PartialEq, Eq)]
pub struct Key {
    /// Where, as in scenarios.
    pub venue: String,
    /// Which account or purpose; one of each name a venue.
    pub name: String,
    /// What is sent with a request.
    pub key: Secret,
    /// What requests are signed with.
    pub secret: Secret,
    /// Where the venue wants one.
    pub passphrase: Option<Secret>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {})", self.venue, self.name)
    }
}

/// Why a key is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Not a word.
    #[error("{what} {text:?} must be 1 to 40 letters, digits, - or _")]
    Word {
        /// Of what.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// Empty, too long, or with control characters.
    #[error("the {0} is empty, longer than 16 KiB or has control characters; was it pasted whole?")]
    Text(&'static str),
    /// There is one.
    #[error(
        "there is a key {name:?} of {venue} already; remove it first, or give this one another name"
    )]
    Taken {
        /// Where.
        venue: String,
        /// Its name.
        name: String,
    },
    /// There is none.
    #[error("there is no key {name:?} of {venue}; `onetape keys list` shows those that there are")]
    Unknown {
        /// Where.
        venue: String,
        /// Its name.
        name: String,
    },
    /// Too many.
    #[error("there are {KEYS_MAX} keys already; remove some first")]
    TooMany,
    /// What was decrypted is not ours.
    #[error("what is encrypted is no list of keys of version {SCHEMA}: {0}")]
    Document(String),
}

/// All keys of a file, by venue and name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// All of them, by venue and name.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }

    /// A key by its venue and name.
    pub fn get(&self, venue: &str, name: &str) -> Option<&Key> {
        self.0
            .iter()
            .find(|key| key.venue == venue && key.name == name)
    }

    /// Adds one.
    ///
    /// # Errors
    /// When a text of it cannot be one, or there is one of its venue and name.
    pub fn add(&mut self, key: Key) -> Result<(), KeysError> {
        check(&key)?;
        if self.get(&key.venue, &key.name).is_some() {
            return Err(KeysError::Taken {
                venue: key.venue,
                name: key.name,
            });
        }
        if self.0.len() >= KEYS_MAX {
            return Err(KeysError::TooMany);
        }
        self.0.push(key);
        self.0
            .sort_by(|a, b| (&a.venue, &a.name).cmp(&(&b.venue, &b.name)));
        Ok(())
    }

    /// Takes one out.
    ///
    /// # Errors
    /// When there is none.
    pub fn remove(&mut self, venue: &str, name: &str) -> Result<(), KeysError> {
        let before = self.0.len();
        self.0.retain(|key| key.venue != venue || key.name != name);
        if self.0.len() == before {
            let (venue, name) = (venue.to_string(), name.to_string());
            return Err(KeysError::Unknown { venue, name });
        }
        Ok(())
    }

    /// Everything that must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter().flat_map(|key| {
            let all = [Some(&key.key), Some(&key.secret), key.passphrase.as_ref()];
            all.into_iter().flatten()
        })
    }

    pub(super) fn to_document(&self) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        let keys = self.0.iter().map(|key| Line {
            venue: &key.venue,
            name: &key.name,
            key: key.key.expose(),
            secret: key.secret.expose(),
            passphrase: key.passphrase.as_ref().map(Secret::expose),
        });
        let document = Written {
            schema: SCHEMA,
            keys: keys.collect(),
        };
        // Room for all of it at once: growing would leave copies behind.
        let text = self
            .secrets()
            .map(|secret| secret.expose().len() * 6)
            .sum::<usize>();
        let mut bytes = Zeroizing::new(Vec::with_capacity(1_024 + text + self.0.len() * 512));
        serde_json::to_writer(&mut *bytes, &document)
            .map_err(|error| KeysError::Document(error.to_string()))?;
        Ok(bytes)
    }

    pub(super) fn from_document(bytes: &[u8]) -> Result<Self, KeysError> {
        // The words of the library may quote what stands there, so they are not given on.
        let read: Read = serde_json::from_slice(bytes).map_err(|error| {
            KeysError::Document(format!("line {}, column {}", error.line(), error.column()))
        })?;
        if read.schema != SCHEMA {
            return Err(KeysError::Document(format!(
                "it is of version {}",
                read.schema
            )));
        }
        let mut keys = Self::default();
        for line in read.keys {
            keys.add(Key {
                venue: line.venue,
                name: line.name,
                key: Secret::new(line.key),
                secret: Secret::new(line.secret),
                passphrase: line.passphrase.map(Secret::new),
            })?;
        }
        Ok(keys)
    }
}

fn check(key: &Key) -> Result<(), KeysError> {
    for (what, text) in [("the venue", &key.venue), ("the name", &key.name)] {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 40 || !text.chars().all(fits) {
            let text = text.chars().take(60).collect();
            return Err(KeysError::Word { what, text });
        }
    }
    let all = [
        ("key", Some(&key.key)),
        ("secret", Some(&key.secret)),
        ("passphrase", key.passphrase.as_ref()),
    ];
    for (what, secret) in all {
        let Some(text) = secret.map(Secret::expose) else {
            continue;
        };
        // A private key in PEM has lines.
        let bad = text.chars().any(|c| c.is_control() && c != '\n');
        if text.trim().is_empty() || text.len() > TEXT_MAX || bad {
            return Err(KeysError::Text(what));
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Written<'a> {
    schema: u32,
    keys: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    venue: &'a str,
    name: &'a str,
    key: &'a str,
    secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    passphrase: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    schema: u32,
    keys: Vec<ReadLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadLine {
    venue: String,
    name: String,
    key: String,
    secret: String,
    #[serde(default)]
    passphrase: Option<String>,
}
