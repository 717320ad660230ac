//! Plain values as bytes.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::{Loader, RestoreError, Saver};
use crate::journal::codec;
use crate::num::Money;
use crate::text::Text;

/// What is made from bytes alone.
pub trait Value: Sized {
    /// Appends its bytes.
    fn put(&self, out: &mut Saver);

    /// The value that comes next.
    ///
    /// # Errors
    /// When the bytes are none.
    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError>;
}

macro_rules! integers {
    ($($of:ty),*) => {$(
        impl Value for $of {
            #[inline]
            fn put(&self, out: &mut Saver) {
                out.bytes(&self.to_le_bytes());
            }

            #[inline]
            fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
                from.array().map(<$of>::from_le_bytes)
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, u128, i64, i128);

impl Value for usize {
    #[inline]
    fn put(&self, out: &mut Saver) {
        (*self as u64).put(out);
    }

    #[inline]
    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        Self::try_from(u64::get(from)?).map_err(|_| RestoreError::Malformed("counts"))
    }
}

impl Value for bool {
    fn put(&self, out: &mut Saver) {
        u8::from(*self).put(out);
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        match u8::get(from)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(RestoreError::Malformed("flags")),
        }
    }
}

impl Value for f64 {
    fn put(&self, out: &mut Saver) {
        self.to_bits().put(out);
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        u64::get(from).map(Self::from_bits)
    }
}

impl Value for Decimal {
    fn put(&self, out: &mut Saver) {
        out.bytes(&self.serialize());
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        let bytes: [u8; 16] = from.array()?;
        let value = Self::deserialize(bytes);
        // Of flags that mean nothing the library takes no notice.
        if value.serialize() == bytes && value.scale() <= Self::MAX_SCALE {
            Ok(value)
        } else {
            Err(RestoreError::Malformed("amounts"))
        }
    }
}

impl Value for String {
    fn put(&self, out: &mut Saver) {
        self.len().put(out);
        out.bytes(self.as_bytes());
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        let length = usize::get(from)?;
        let words = core::str::from_utf8(from.bytes(length)?);
        words
            .map(Into::into)
            .map_err(|_| RestoreError::Malformed("words"))
    }
}

impl Value for Text {
    fn put(&self, out: &mut Saver) {
        self.as_str().len().put(out);
        out.bytes(self.as_str().as_bytes());
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        String::get(from).map(Self::from)
    }
}

impl<T: Value> Value for Box<T> {
    fn put(&self, out: &mut Saver) {
        T::put(self, out);
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        T::get(from).map(Self::new)
    }
}

impl<T: Value> Value for Option<T> {
    fn put(&self, out: &mut Saver) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        bool::get(from)?.then(|| T::get(from)).transpose()
    }
}

impl<T: Value, const N: usize> Value for [T; N] {
    fn put(&self, out: &mut Saver) {
        self.iter().for_each(|item| item.put(out));
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        let items: Result<Vec<T>, _> = (0..N).map(|_| T::get(from)).collect();
        Self::try_from(items?).map_err(|_| RestoreError::Malformed("counts"))
    }
}

macro_rules! lists {
    ($($list:ident: $($bound:ident)?;)*) => {$(
        impl<T: Value $(+ $bound)?> Value for $list<T> {
            fn put(&self, out: &mut Saver) {
                self.len().put(out);
                self.iter().for_each(|item| item.put(out));
            }

            fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
                let length = usize::get(from)?;
                // A length that the bytes cannot hold reserves nothing.
                (0..length).map(|_| T::get(from)).collect()
            }
        }
    )*};
}

lists! { Vec:; VecDeque:; BTreeSet: Ord; }

impl<K: Value + Ord, T: Value> Value for BTreeMap<K, T> {
    fn put(&self, out: &mut Saver) {
        self.len().put(out);
        for (key, item) in self {
            key.put(out);
            item.put(out);
        }
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        let length = usize::get(from)?;
        (0..length).map(|_| <(K, T)>::get(from)).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Value),+> Value for ($($name,)+) {
            #[allow(non_snake_case, reason = "the types' names name the parts")]
            fn put(&self, out: &mut Saver) {
                let ($($name,)+) = self;
                $($name.put(out);)+
            }

            fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
                Ok(($($name::get(from)?,)+))
            }
        }
    };
}

tuples!(A B);
tuples!(A B C);

// With its scale, which the journal's own form leaves out: sums go on from it.
impl Value for Money {
    fn put(&self, out: &mut Saver) {
        self.decimal().put(out);
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        Decimal::get(from).map(Self::new)
    }
}

/// Types that the journal knows are written as it writes them.
macro_rules! as_journaled {
    ($($of:ty),* $(,)?) => {$(
        impl Value for $of {
            fn put(&self, out: &mut Saver) {
                if codec::encode(self, &mut out.bytes).is_err() {
                    out.refuse("a value that is too large");
                }
            }

            fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
                let (value, used) = codec::decode_first(from.bytes)
                    .map_err(|_| RestoreError::Malformed("values"))?;
                from.bytes(used)?;
                Ok(value)
            }
        }
    )*};
}

as_journaled! {
    crate::approval::Item,
    crate::command::Place,
    crate::decision::Refusal,
    crate::event::DepthUpdate,
    crate::event::FundingRate,
    crate::event::Level,
    crate::event::Mark,
    crate::event::Quote,
    crate::event::Seq,
    crate::event::Status,
    crate::event::Trade,
    crate::instrument::Instrument,
    crate::instrument::Side,
    crate::marks::Marks,
    crate::names::AssetId,
    crate::names::InstrumentId,
    crate::names::TaskId,
    crate::names::VenueId,
    crate::num::Price,
    crate::num::Qty,
    crate::task::TaskAction,
    crate::order::OrderId,
    crate::order::OrderState,
    crate::task::Ending,
    crate::task::ParamChange,
    crate::time::Span,
    crate::time::Ts,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(value: &impl Value) -> Vec<u8> {
        let mut saver = Saver::new();
        value.put(&mut saver);
        saver.finish().unwrap()
    }

    fn back<T: Value>(bytes: &[u8]) -> Result<T, RestoreError> {
        let mut loader = Loader::new(bytes);
        let value = T::get(&mut loader)?;
        loader.finish()?;
        Ok(value)
    }

    type Nested = (
        Vec<Option<(u32, bool)>>,
        BTreeMap<i64, Vec<u8>>,
        VecDeque<String>,
    );

    proptest! {
        #[test]
        fn values_come_back(
            numbers: (u8, u64, i128), list: Vec<Option<(u32, bool)>>, map: BTreeMap<i64, Vec<u8>>,
            words: VecDeque<String>, scale in 0u32..=28, mantissa in -(1i128 << 95)..(1i128 << 95), bits: u64,
        ) {
            prop_assert_eq!(back::<(u8, u64, i128)>(&bytes(&numbers)), Ok(numbers));
            let nested: Nested = (list, map, words);
            let again = back::<Nested>(&bytes(&nested));
            prop_assert_eq!(again, Ok(nested));
            let decimal = Decimal::from_i128_with_scale(mantissa, scale);
            let again: Decimal = back(&bytes(&decimal)).unwrap();
            prop_assert_eq!(again.serialize(), decimal.serialize());
            let float: f64 = back(&bytes(&f64::from_bits(bits))).unwrap();
            prop_assert_eq!(float.to_bits(), bits);
        }

        // Whatever the bytes, there is an answer, and no room is taken for lengths that they only claim.
        #[test]
        fn no_bytes_are_too_strange(given: Vec<u8>) {
            let _ = back::<Nested>(&given);
            let _ = back::<(Decimal, Vec<u128>)>(&given);
            let _ = back::<BTreeMap<String, Vec<[u64; 3]>>>(&given);
        }
    }

    #[test]
    fn a_claimed_length_takes_no_room() {
        assert!(back::<Vec<u64>>(&u64::MAX.to_le_bytes()).is_err());
        assert!(back::<String>(&u64::MAX.to_le_bytes()).is_err());
    }
}
