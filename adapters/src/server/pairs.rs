//! Parameters of a query or a form, as they were sent and as they are meant.

use std::borrow::Cow;

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its value without escapes.
    pub value: Cow<'a, str>,
}

/// Splits `a=1&b=2` and takes the escapes away, a plus sign being a space; empty parts are left out. `None` when an
/// escape is broken or what it stands for is no UTF-8.
pub fn pairs(text: &str) -> Option<Vec<Pair<'_>>> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Some(Pair {
                name: decode(name)?,
                value: decode(value)?,
            })
        })
        .collect()
}

/// The value of the first parameter of a name.
pub fn get<'p>(pairs: &'p [Pair<'_>], name: &str) -> Option<&'p str> {
    let mut all = pairs.iter();
    all.find(|it| it.name == name).map(|it| &*it.value)
}

/// The name of a parameter that is there twice.
pub fn twice<'p>(pairs: &'p [Pair<'_>]) -> Option<&'p str> {
    let mut all = pairs.iter().enumerate();
    all.find(|(at, it)| pairs[..*at].iter().any(|other| other.name == it.name))
        .map(|(_, it)| &*it.name)
}

/// A text without its percent-escapes; `None` when one is broken, or what they stand for is no UTF-8.
pub fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut found = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        found.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(found).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::encode;
    use proptest::prelude::*;

    #[test]
    fn parameters_are_split() {
        let found = pairs("a=1&&b=%EF%BC%91+x&c&a=2").unwrap();
        assert_eq!(get(&found, "a"), Some("1"));
        assert_eq!(get(&found, "b"), Some("１ x"));
        assert_eq!(get(&found, "c"), Some(""));
        assert_eq!(get(&found, "d"), None);
        assert_eq!(twice(&found), Some("a"));
        assert_eq!(pairs("a=%f"), None);
        assert_eq!(pairs("a=%ff"), None);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in ".{0,30}") {
            let encoded = encode(&text);
            let decoded = decode(&encoded);
            prop_assert_eq!(decoded.as_deref(), Some(&*text));
        }

        #[test]
        fn any_text_is_pairs_or_none(text in "[a-f0-9%=&+é]{0,40}") {
            let _ = pairs(&text);
        }
    }
}
