//! Accounts of the local exchange, and the keys that they ask with.

use std::str::FromStr;

use onetape_adapters::server::accounts::{AccountId, Accounts};

/// A key and its secret. They open nothing but a local exchange and are no secrets: they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestKey {
    /// The key.
    pub key: String,
    /// What both sides know.
    pub secret: String,
}

impl FromStr for TestKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((key, secret)) if !key.is_empty() && !secret.is_empty() => Ok(Self {
                key: key.to_string(),
                secret: secret.to_string(),
            }),
            _ => Err("write KEY:SECRET".to_string()),
        }
    }
}

/// The keys that every local exchange has, one an account.
pub(super) fn known() -> Vec<TestKey> {
    let key = |name: &str| TestKey {
        key: format!("onetape-local-key-{name}"),
        secret: format!("onetape-local-secret-{name}"),
    };
    vec![key("one"), key("two")]
}

/// The Ed25519 key of an account, which logs a session on where only such a key may: its name, and the 32 bytes of its
/// private half.
pub(super) fn ed25519(at: usize) -> (String, [u8; 32]) {
    let seed = u8::try_from(at).unwrap_or(u8::MAX);
    (format!("onetape-local-ed25519-{}", at + 1), [seed + 1; 32])
}

/// An account for each key, in their order; each has an Ed25519 key too.
pub(super) fn accounts(keys: &[TestKey]) -> Accounts {
    let mut accounts = Accounts::new();
    for (at, key) in keys.iter().enumerate() {
        let id = AccountId(u16::try_from(at).unwrap_or(u16::MAX));
        accounts.shared(id, &key.key, key.secret.as_bytes());
        let (name, seed) = ed25519(at);
        accounts.ed25519_private(id, &name, &seed);
    }
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_adapters::credentials::{Credentials, Hash};

    #[test]
    fn every_account_has_both_sorts_of_keys() {
        let keys = known();
        let accounts = accounts(&keys);
        for (at, key) in keys.iter().enumerate() {
            let id = Some(AccountId(at as u16));
            let mine = Credentials::shared(&key.key, key.secret.as_bytes());
            let signature = mine.sign(Hash::Sha256, b"x");
            assert_eq!(
                accounts.verify(&key.key, Hash::Sha256, b"x", &signature),
                id
            );
            let (name, seed) = ed25519(at);
            let mine = Credentials::ed25519(&name, &seed).unwrap();
            let signature = mine.sign(Hash::Sha256, b"x");
            assert_eq!(accounts.verify(&name, Hash::Sha256, b"x", &signature), id);
        }
        assert_eq!("a:b:c".parse::<TestKey>().unwrap().secret, "b:c");
        assert!("a".parse::<TestKey>().is_err());
    }
}
