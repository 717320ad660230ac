//! The JSON below the messages: one pass, nothing but level lists is allocated, and no key or type that we do not
//! know is an error.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::WireLevel;

/// The value of a key, whatever it is.
#[derive(Debug, Default)]
pub(super) enum Field<'a> {
    /// The key is not there, or `null`.
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Number(u64),
    Flag(bool),
    Levels(Vec<WireLevel<'a>>),
    /// Of no use to us.
    Other,
}

macro_rules! keys {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// The keys that we read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Key { $($name),* }

        impl Key {
            fn find(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }

            pub(super) const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }

        const KEYS: usize = [$($text),*].len();
    };
}

keys! {
    Kind = "e", EventTime = "E", Symbol = "s", Time = "T",
    First = "U", Last = "u", Prev = "pu",
    Bid = "b", BidQty = "B", Ask = "a", AskQty = "A",
    Trade = "t", Price = "p", Qty = "q", TradeKind = "X", Maker = "m", SpotFlag = "M",
    Index = "i", Rate = "r",
    Margin = "st", PairShort = "ps",
    SnapshotId = "lastUpdateId", Bids = "bids", Asks = "asks", SymbolLong = "symbol", Pair = "pair",
}

/// The fields of one message.
#[derive(Debug, Default)]
pub(super) struct Payload<'a>([Field<'a>; KEYS]);

impl<'a> Payload<'a> {
    pub(super) fn take(&mut self, key: Key) -> Field<'a> {
        std::mem::take(&mut self.0[key as usize])
    }

    pub(super) fn has(&self, key: Key) -> bool {
        !matches!(self.0[key as usize], Field::Absent)
    }

    pub(super) fn text(&self, key: Key) -> Option<&str> {
        match &self.0[key as usize] {
            Field::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self, key: Key) -> Option<u64> {
        match self.0[key as usize] {
            Field::Number(number) => Some(number),
            _ => None,
        }
    }
}

/// One text: a wrapped message of the combined stream, or a bare one.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) stream: Option<Cow<'a, str>>,
    pub(super) payload: Payload<'a>,
}

impl<'de> Deserialize<'de> for Line<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line<'de>, A::Error> {
        let mut line = Line::default();
        while let Some(key) = map.next_key::<KeyText>()? {
            match key {
                KeyText::Stream => {
                    if let Field::Text(text) = map.next_value()? {
                        line.stream = Some(text);
                    }
                }
                KeyText::Data => line.payload = map.next_value()?,
                KeyText::Known(key) => line.payload.0[key as usize] = map.next_value()?,
                KeyText::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(line)
    }
}

enum KeyText {
    Stream,
    Data,
    Known(Key),
    Unknown,
}

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = KeyText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, text: &str) -> Result<KeyText, E> {
                Ok(match text {
                    "stream" => KeyText::Stream,
                    "data" => KeyText::Data,
                    other => Key::find(other).map_or(KeyText::Unknown, KeyText::Known),
                })
            }
        }
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

/// Implements the visits of values that carry nothing for us.
macro_rules! visit_nothing {
    ($value:expr; $($name:ident($kind:ty)),*) => {
        $(fn $name<E>(self, _: $kind) -> Result<Self::Value, E> { Ok($value) })*
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok($value) }
    };
}

impl<'de> Deserialize<'de> for Payload<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PayloadVisitor;
        impl<'de> Visitor<'de> for PayloadVisitor {
            type Value = Payload<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Payload<'de>, A::Error> {
                let mut payload = Payload::default();
                while let Some(key) = map.next_key::<KeyText>()? {
                    match key {
                        KeyText::Known(key) => payload.0[key as usize] = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(payload)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Payload<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Payload::default())
            }

            visit_nothing!(Payload::default(); visit_str(&str), visit_bool(bool), visit_u64(u64),
                visit_i64(i64), visit_f64(f64));
        }
        deserializer.deserialize_any(PayloadVisitor)
    }
}

impl<'de> Deserialize<'de> for Field<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;
        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = Field<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
                Ok(Field::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
                Ok(Field::Text(Cow::Owned(text.to_string())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Field<'de>, E> {
                Ok(Field::Number(number))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Field<'de>, E> {
                Ok(Field::Flag(flag))
            }

            fn visit_unit<E>(self) -> Result<Field<'de>, E> {
                Ok(Field::Absent)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Field<'de>, E> {
                Ok(Field::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Field<'de>, E> {
                Ok(Field::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field<'de>, A::Error> {
                let mut levels = Vec::new();
                let mut sound = true;
                while let Some(Pair(pair)) = seq.next_element()? {
                    sound &= pair.is_some();
                    levels.extend(pair);
                }
                Ok(if sound {
                    Field::Levels(levels)
                } else {
                    Field::Other
                })
            }
        }
        deserializer.deserialize_any(FieldVisitor)
    }
}

/// `["price", "qty"]`, or `None` for anything else.
struct Pair<'a>(Option<WireLevel<'a>>);

impl<'de> Deserialize<'de> for Pair<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairVisitor;
        impl<'de> Visitor<'de> for PairVisitor {
            type Value = Pair<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pair<'de>, A::Error> {
                let price = seq.next_element::<Plain>()?.and_then(|text| text.0);
                let qty = seq.next_element::<Plain>()?.and_then(|text| text.0);
                // Old messages have an empty list as a third entry.
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Pair(
                    price.zip(qty).map(|(price, qty)| WireLevel { price, qty }),
                ))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pair<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Pair(None))
            }

            visit_nothing!(Pair(None); visit_str(&str), visit_bool(bool), visit_u64(u64),
                visit_i64(i64), visit_f64(f64));
        }
        deserializer.deserialize_any(PairVisitor)
    }
}

/// A text without escapes, or `None` for anything else.
struct Plain<'a>(Option<&'a str>);

impl<'de> Deserialize<'de> for Plain<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let field = Field::deserialize(deserializer)?;
        Ok(Self(match field {
            Field::Text(Cow::Borrowed(text)) => Some(text),
            _ => None,
        }))
    }
}
