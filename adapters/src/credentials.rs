//! API keys, and what they sign. Nothing here can be printed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::signature::Ed25519KeyPair;

/// The hash that a venue signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256: Binance, MEXC.
    Sha256,
    /// SHA-512: Gate.
    Sha512,
}

/// An API key with its secret. The secret is kept as prepared keys alone, and `Debug` shows neither.
pub struct Credentials {
    key: String,
    signer: Signer,
}

enum Signer {
    Shared(Box<Shared>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// One secret, prepared for both hashes.
struct Shared {
    sha256: hmac::Key,
    sha512: hmac::Key,
}

/// Why a private key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an Ed25519 private key: give the 32 bytes of its seed, or PKCS#8 as OpenSSL writes it"
)]
pub struct BadKey;

impl Credentials {
    /// A key whose secret both sides know.
    pub fn shared(key: &str, secret: &[u8]) -> Self {
        Self {
            key: key.to_string(),
            signer: Signer::Shared(Box::new(Shared {
                sha256: hmac::Key::new(hmac::HMAC_SHA256, secret),
                sha512: hmac::Key::new(hmac::HMAC_SHA512, secret),
            })),
        }
    }

    /// A key whose private half only we have, from its 32 bytes or from PKCS#8 (DER).
    ///
    /// # Errors
    /// When the bytes are no such key.
    pub fn ed25519(key: &str, private: &[u8]) -> Result<Self, BadKey> {
        let pair = match private.len() {
            32 => Ed25519KeyPair::from_seed_unchecked(private),
            _ => Ed25519KeyPair::from_pkcs8_maybe_unchecked(private),
        };
        Ok(Self {
            key: key.to_string(),
            signer: Signer::Ed25519(Box::new(pair.map_err(|_| BadKey)?)),
        })
    }

    /// The public half, which goes out with every request.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// True for Ed25519: only these keys may log a session on.
    pub const fn is_ed25519(&self) -> bool {
        matches!(self.signer, Signer::Ed25519(_))
    }

    /// The signature of a payload as venues take it: lower-case hex of the HMAC, or base64 of the Ed25519 signature
    /// (which knows one hash only).
    pub fn sign(&self, hash: Hash, payload: &[u8]) -> String {
        match (&self.signer, hash) {
            (Signer::Shared(keys), Hash::Sha256) => hex(hmac::sign(&keys.sha256, payload).as_ref()),
            (Signer::Shared(keys), Hash::Sha512) => hex(hmac::sign(&keys.sha512, payload).as_ref()),
            (Signer::Ed25519(pair), _) => STANDARD.encode(pair.sign(payload).as_ref()),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// Lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS[usize::from(half)]));
        }
    }
    text
}

/// The SHA-512 of a body in lower-case hex, which Gate signs in its place.
pub fn sha512_hex(body: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA512, body).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_signature_is_met() {
        let secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
        let payload = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1\
            &recvWindow=5000&timestamp=1499827319559";
        let keys = Credentials::shared("key", secret.as_bytes());
        assert_eq!(
            keys.sign(Hash::Sha256, payload.as_bytes()),
            "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
        );
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        let keys = Credentials::shared("canary-key", b"canary-secret");
        assert_eq!(format!("{keys:?}"), "Credentials(..)");
        let keys = Credentials::ed25519("canary-key", &[7; 32]).unwrap();
        assert_eq!(format!("{keys:?}"), "Credentials(..)");
        assert!(keys.is_ed25519());
        assert!(matches!(Credentials::ed25519("k", b"short"), Err(BadKey)));
    }
}
