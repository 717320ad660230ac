//! What is said to people goes without the secrets that this process has read.

use std::borrow::Cow;
use std::io::{Stderr, stderr};
use std::sync::{PoisonError, RwLock};

use onetape_live::secrets::{Keys, Redacted, Redactor};

/// Knows the keys that were read last.
static KNOWN: RwLock<Option<Redactor>> = RwLock::new(None);

/// From here on these keys are in nothing that the log or an error says.
pub(crate) fn know(keys: &Keys) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    *known = Some(Redactor::of(keys));
}

/// Without them.
pub(crate) fn hushed(text: &str) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().map_or(Cow::Borrowed(text), |known| {
        Cow::Owned(known.redact(text).into_owned())
    })
}

/// Where the log goes: stderr, line by line.
pub(crate) fn log() -> Redacted<Stderr> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.clone().unwrap_or_default().writer(stderr())
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_live::secrets::{Key, Secret};

    #[test]
    fn errors_and_log_go_without_the_keys_that_were_read() {
        let canary = "canary-5f2c9a71b04e";
        assert_eq!(hushed(canary), canary);
        let mut keys = Keys::default();
        keys.add(Key {
            venue: "gate-spot".into(),
            name: "main".into(),
            key: Secret::new("a-key-0123456789".into()),
            secret: Secret::new(canary.into()),
            passphrase: None,
        })
        .unwrap();
        know(&keys);
        let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("a venue repeats {canary} and {hex}");
        let said = hushed(&text);
        assert!(
            said.starts_with("a venue repeats ") && !said.contains(canary) && !said.contains(&hex),
            "{said}"
        );
    }
}
