//! Looks for a known secret in bytes, in every form that it travels in: as it is, in JSON, in hex, in base64 and
//! percent-encoded.
//!
//! For tests that run everything with known keys and then search what was written, and for the redactor.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter texts are found by chance.
const SHORTEST: usize = 4;

/// A form of a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Form {
    /// What it is called.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Every form of a secret, longest first; none for one that is shorter than four bytes.
pub fn forms(secret: &[u8]) -> Vec<Form> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let form = |name, bytes| Form { name, bytes };
    let mut all = vec![
        form("raw", secret.to_vec()),
        form("hex", hex(secret, "0123456789abcdef")),
        form("HEX", hex(secret, "0123456789ABCDEF")),
        form(
            "percent-encoded",
            percent(secret, "0123456789ABCDEF", false),
        ),
        form(
            "percent-encoded",
            percent(secret, "0123456789abcdef", false),
        ),
        form(
            "percent-encoded throughout",
            percent(secret, "0123456789ABCDEF", true),
        ),
        form(
            "percent-encoded throughout",
            percent(secret, "0123456789abcdef", true),
        ),
    ];
    let escaped = in_json(secret);
    if escaped != secret {
        all.push(form("in JSON", escaped));
    }
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        all.extend((0..3).map(|offset| form("base64", base64(secret, offset, &engine))));
    }
    all.retain(|form| form.bytes.len() >= SHORTEST);
    all.sort_by(|a, b| b.bytes.len().cmp(&a.bytes.len()).then_with(|| a.cmp(b)));
    all.dedup_by(|a, b| a.bytes == b.bytes);
    all
}

/// Where a secret stands in bytes, and in which form.
pub fn find(bytes: &[u8], secret: &[u8]) -> Option<(&'static str, usize)> {
    let mut found = forms(secret).into_iter().filter_map(|form| {
        let at = position(bytes, &form.bytes)?;
        Some((form.name, at))
    });
    found.next()
}

/// The first place of one text in another.
pub(super) fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

fn hex(secret: &[u8], digits: &str) -> Vec<u8> {
    let digits = digits.as_bytes();
    let of = |byte: &u8| {
        [
            digits[usize::from(byte >> 4)],
            digits[usize::from(byte & 15)],
        ]
    };
    secret.iter().flat_map(of).collect()
}

/// As it stands within a JSON text; as it is where it is no text.
fn in_json(secret: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(secret).ok();
    let json = text.and_then(|text| serde_json::to_string(text).ok());
    let inner = json.as_ref().and_then(|it| it.get(1..it.len() - 1));
    inner.map_or(secret, str::as_bytes).to_vec()
}

fn percent(secret: &[u8], digits: &str, throughout: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(secret.len() * 3);
    for byte in secret {
        if !throughout && (byte.is_ascii_alphanumeric() || b"-_.~".contains(byte)) {
            out.push(*byte);
        } else {
            out.push(b'%');
            out.extend(hex(&[*byte], digits));
        }
    }
    out
}

/// What of a longer text's base64 tells the secret, which begins `offset` bytes after a multiple of three: the first and the
/// last letter also depend on its neighbours, and are left out.
fn base64(secret: &[u8], offset: usize, engine: &impl Engine) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(secret);
    let encoded = engine.encode(&padded).into_bytes();
    let skipped = (offset * 8).div_ceil(6);
    let whole = padded.len() * 8 / 6;
    encoded.get(skipped..whole).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    #[test]
    fn a_short_text_is_not_looked_for() {
        assert!(forms(b"abc").is_empty());
        assert_eq!(find(b"abcabc", b"abc"), None);
    }

    #[test]
    fn it_is_found_in_json_that_escapes_it() {
        let secret = "a\"quoted\\secret";
        let json = serde_json::json!({ "said": format!("key {secret}") }).to_string();
        assert_eq!(
            find(json.as_bytes(), secret.as_bytes()),
            Some(("in JSON", 13))
        );
    }

    #[test]
    fn each_form_is_found() {
        let secret = b"k3y+/=%s";
        let hold = |text: &str| find(format!("before {text} after").as_bytes(), secret);
        assert_eq!(hold("k3y+/=%s"), Some(("raw", 7)));
        assert_eq!(hold("6b33792b2f3d2573"), Some(("hex", 7)));
        assert_eq!(hold("6B33792B2F3D2573"), Some(("HEX", 7)));
        assert_eq!(hold("k3y%2B%2F%3D%25s"), Some(("percent-encoded", 7)));
        assert_eq!(hold("k3y%2b%2f%3d%25s"), Some(("percent-encoded", 7)));
        assert_eq!(hold("nothing"), None);
    }

    proptest! {
        #[test]
        fn it_is_found_within_longer_base64(
            before in prop::collection::vec(any::<u8>(), 0..20),
            secret in prop::collection::vec(any::<u8>(), 8..40),
            after in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let all = [before, secret.clone(), after].concat();
            for text in [STANDARD.encode(&all), URL_SAFE.encode(&all), URL_SAFE_NO_PAD.encode(&all)] {
                prop_assert!(find(text.as_bytes(), &secret).is_some());
            }
            prop_assert!(find(&all, &secret).is_some());
        }
    }
}
