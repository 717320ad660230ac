//! The JSON below the messages: numbers as their own text, and levels in both of their forms.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::WireLevel;

/// A number or a name: a JSON text without escapes, or a JSON number as it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) &'a str);

impl<'a> Text<'a> {
    fn of(raw: &'a RawValue) -> Option<Self> {
        let text = raw.get();
        if let Some(inner) = text.strip_prefix('"') {
            return inner
                .strip_suffix('"')
                .filter(|inner| !inner.contains('\\'))
                .map(Self);
        }
        text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
            .then_some(Self(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Self::of(raw).ok_or_else(|| de::Error::custom("expected a number or a plain text"))
    }
}

/// One, or a list of them: Gate's spot pushes one where its futures push lists.
#[derive(Debug, Default)]
pub(super) struct Many<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        let read = if raw.get().starts_with('[') {
            serde_json::from_str(raw.get())
        } else {
            serde_json::from_str(raw.get()).map(|one| vec![one])
        };
        read.map(Self).map_err(de::Error::custom)
    }
}

/// `["price", "size"]` on spot, `{"p": "price", "s": size}` on futures.
#[derive(Debug)]
pub(super) struct Level<'a>(pub(super) WireLevel<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Level<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LevelVisitor;
        impl<'de> Visitor<'de> for LevelVisitor {
            type Value = Level<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a price with a size")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Level<'de>, A::Error> {
                let price = seq.next_element::<Text<'de>>()?;
                let size = seq.next_element::<Text<'de>>()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                level(price, size)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Level<'de>, A::Error> {
                let (mut price, mut size) = (None, None);
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    match key.0 {
                        "p" => price = Some(map.next_value()?),
                        "s" => size = Some(map.next_value()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                level(price, size)
            }
        }
        fn level<'a, E: de::Error>(
            price: Option<Text<'a>>,
            size: Option<Text<'a>>,
        ) -> Result<Level<'a>, E> {
            match (price, size) {
                (Some(Text(price)), Some(Text(size))) => Ok(Level(WireLevel { price, size })),
                _ => Err(E::custom("a level without a price or a size")),
            }
        }
        deserializer.deserialize_any(LevelVisitor)
    }
}

/// Levels of a side; a side that is left out or `null` has none.
pub(super) fn levels(side: Option<Vec<Level<'_>>>) -> Vec<WireLevel<'_>> {
    side.into_iter().flatten().map(|level| level.0).collect()
}

/// A decimal text without its sign, and whether that was minus.
pub(super) fn unsigned(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

/// True for a decimal text that is zero, and for an empty one.
pub(super) fn is_zero(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'))
}
