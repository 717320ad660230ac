//! Keys of venues: a file encrypted with a passphrase that only its owner reads, and values that are not shown.
//!
//! A [`Secret`] has no text of its own anywhere but where it is asked for by name. What is about to be written for people
//! can be passed through a [`Redactor`], which knows the secrets in every form that they travel in; [`canary`] looks for
//! those forms in what was written.

pub mod canary;
mod file;
mod keys;
mod passphrase;
mod redact;
mod secret;

#[cfg(test)]
mod tests;

pub use file::{KeyFile, KeyFileError};
pub use keys::{Key, Keys, KeysError};
pub use passphrase::{
    PASSPHRASE_VARIABLE, PassphraseError, passphrase_from_descriptor, passphrase_from_environment,
};
pub use redact::{Redacted, Redactor};
pub use secret::Secret;
