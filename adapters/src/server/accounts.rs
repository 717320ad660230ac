//! Who may ask, and whether a signature is theirs.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::KeyPair as _;
use ring::{hmac, signature};

use crate::credentials::Hash;

/// An account: its place in the list of [`Accounts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId(pub u16);

/// API keys with what verifies their signatures. Several keys may be one account's. `Debug` shows how many alone.
#[derive(Default)]
pub struct Accounts {
    /// In the order in which they were entered.
    keys: Vec<Key>,
}

struct Key {
    key: String,
    account: AccountId,
    verifier: Verifier,
}

enum Verifier {
    Shared(Box<[hmac::Key; 2]>),
    Ed25519([u8; 32]),
}

impl Accounts {
    /// None yet.
    pub const fn new() -> Self {
        Self { keys: Vec::new() }
    }

    /// Enters a key whose secret both sides know. A key that is there already gets this secret and account.
    pub fn shared(&mut self, account: AccountId, key: &str, secret: &[u8]) {
        let both = [
            hmac::Key::new(hmac::HMAC_SHA256, secret),
            hmac::Key::new(hmac::HMAC_SHA512, secret),
        ];
        self.enter(account, key, Verifier::Shared(Box::new(both)));
    }

    /// Enters an Ed25519 key by its public half.
    pub fn ed25519(&mut self, account: AccountId, key: &str, public: [u8; 32]) {
        self.enter(account, key, Verifier::Ed25519(public));
    }

    /// Enters an Ed25519 key by the 32 bytes of its private half, as only who made it for a test can.
    pub fn ed25519_private(&mut self, account: AccountId, key: &str, private: &[u8; 32]) {
        let pair = signature::Ed25519KeyPair::from_seed_unchecked(private);
        if let Some(public) = pair
            .ok()
            .and_then(|it| it.public_key().as_ref().try_into().ok())
        {
            self.ed25519(account, key, public);
        }
    }

    fn enter(&mut self, account: AccountId, key: &str, verifier: Verifier) {
        self.keys.retain(|it| it.key != key);
        self.keys.push(Key {
            key: key.to_string(),
            account,
            verifier,
        });
    }

    /// Whose a key is.
    pub fn account(&self, key: &str) -> Option<AccountId> {
        self.find(key).map(|it| it.account)
    }

    /// True for a key that can log a session on where a venue takes only Ed25519 for that.
    pub fn is_ed25519(&self, key: &str) -> bool {
        let found = self.find(key);
        found.is_some_and(|it| matches!(it.verifier, Verifier::Ed25519(_)))
    }

    /// Whose a key is, if a signature is that key's of a payload: hex of the HMAC in any case, or base64 of the Ed25519
    /// signature. The comparison takes the same time wherever the two differ.
    pub fn verify(
        &self,
        key: &str,
        hash: Hash,
        payload: &[u8],
        signature: &str,
    ) -> Option<AccountId> {
        let found = self.find(key)?;
        let sound = match &found.verifier {
            Verifier::Shared(keys) => {
                let key = match hash {
                    Hash::Sha256 => &keys[0],
                    Hash::Sha512 => &keys[1],
                };
                let told = unhex(signature)?;
                hmac::verify(key, payload, &told).is_ok()
            }
            Verifier::Ed25519(public) => {
                let told = STANDARD.decode(signature).ok()?;
                let public = signature::UnparsedPublicKey::new(&signature::ED25519, public);
                public.verify(payload, &told).is_ok()
            }
        };
        sound.then_some(found.account)
    }

    fn find(&self, key: &str) -> Option<&Key> {
        self.keys.iter().find(|it| it.key == key)
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accounts({} keys)", self.keys.len())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| {
        let byte = digit(high)? * 16 + digit(low)?;
        u8::try_from(byte).ok()
    });
    rest.is_empty().then(|| bytes.collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;
    use proptest::prelude::*;
    use ring::signature::{Ed25519KeyPair, KeyPair};

    #[test]
    fn a_key_of_two_halves_is_verified_by_its_public_one() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let public = <[u8; 32]>::try_from(pair.public_key().as_ref()).unwrap();
        let mut accounts = Accounts::new();
        accounts.ed25519(AccountId(3), "key", public);
        let mine = Credentials::ed25519("key", &[7; 32]).unwrap();
        let signature = mine.sign(Hash::Sha256, b"payload");
        let verify = |payload, text| accounts.verify("key", Hash::Sha256, payload, text);
        assert_eq!(verify(b"payload", &signature), Some(AccountId(3)));
        assert_eq!(verify(b"payloaD", &signature), None);
        assert_eq!(verify(b"payload", "no base64"), None);
        assert!(accounts.is_ed25519("key") && !accounts.is_ed25519("other"));
        assert_eq!(format!("{accounts:?}"), "Accounts(1 keys)");
    }

    proptest! {
        #[test]
        fn only_the_same_bytes_are_signed(
            payload in ".{0,60}", other in ".{0,60}", secret in "[a-z]{1,9}", sha512 in any::<bool>(),
        ) {
            let hash = if sha512 { Hash::Sha512 } else { Hash::Sha256 };
            let mut accounts = Accounts::new();
            accounts.shared(AccountId(1), "key", secret.as_bytes());
            let signature = Credentials::shared("key", secret.as_bytes()).sign(hash, payload.as_bytes());
            let verify = |payload: &str, text: &str| accounts.verify("key", hash, payload.as_bytes(), text);
            prop_assert_eq!(verify(&payload, &signature), Some(AccountId(1)));
            prop_assert_eq!(verify(&payload, &signature.to_uppercase()), Some(AccountId(1)));
            prop_assert_eq!(verify(&other, &signature).is_some(), other == payload);
            prop_assert_eq!(verify(&payload, &signature[1..]), None);
            prop_assert_eq!(verify(&payload, &other), None);
            prop_assert_eq!(accounts.verify("no", hash, payload.as_bytes(), &signature), None);
        }
    }
}
