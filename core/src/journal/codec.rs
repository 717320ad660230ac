//! The one place that knows the binary encoding of journaled values.
//!
//! bincode 2 with fixed-width little-endian integers: positional, so types are append-only once a journal of
//! them exists. Everybody else derives [`Encode`] and [`Decode`] from here and never names the crate behind.

use alloc::string::String;
use alloc::vec::Vec;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
pub use bincode::{Decode, Encode};

use crate::num::Money;
use crate::text::Text;

/// Id of this codec in segment headers; a successor gets the next number.
pub const CODEC_ID: u8 = 1;

/// Largest payload of a frame. A hostile length cannot make the reader allocate more.
pub const PAYLOAD_MAX: usize = 8 * 1024 * 1024;

const CONFIG: Configuration<LittleEndian, Fixint, Limit<PAYLOAD_MAX>> = bincode::config::standard()
    .with_fixed_int_encoding()
    .with_limit::<PAYLOAD_MAX>();

/// Why bytes are not the value that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The value is larger than [`PAYLOAD_MAX`].
    #[error("a record is larger than {PAYLOAD_MAX} bytes")]
    TooLarge,
    /// The bytes do not decode, or do not decode completely.
    #[error("the record does not decode as the kind that it says it is")]
    Malformed,
}

/// Appends the encoding of `value` to `out`.
///
/// # Errors
/// [`CodecError::TooLarge`], with `out` as it was.
pub fn encode<T: Encode>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    struct Sink<'a>(&'a mut Vec<u8>);
    impl bincode::enc::write::Writer for Sink<'_> {
        // Inlined each knows how many bytes it writes, four or eight nearly always.
        #[inline(always)]
        fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
            self.0.extend_from_slice(bytes);
            Ok(())
        }
    }
    let start = out.len();
    let done = bincode::encode_into_writer(value, Sink(out), CONFIG);
    if done.is_err() || out.len() - start > PAYLOAD_MAX {
        out.truncate(start);
        return Err(CodecError::TooLarge);
    }
    Ok(())
}

/// The value that `bytes` encode, all of them.
///
/// # Errors
/// [`CodecError::Malformed`] when they do not, or when some are left over.
pub fn decode<T: Decode<()>>(bytes: &[u8]) -> Result<T, CodecError> {
    match bincode::decode_from_slice(bytes, CONFIG) {
        Ok((value, used)) if used == bytes.len() => Ok(value),
        _ => Err(CodecError::Malformed),
    }
}

/// The value that `bytes` begin with, and how many of them it takes.
///
/// # Errors
/// [`CodecError::Malformed`] when there is none.
pub(crate) fn decode_first<T: Decode<()>>(bytes: &[u8]) -> Result<(T, usize), CodecError> {
    bincode::decode_from_slice(bytes, CONFIG).map_err(|_| CodecError::Malformed)
}

impl Encode for Money {
    fn encode<E: bincode::enc::Encoder>(
        &self,
        encoder: &mut E,
    ) -> Result<(), bincode::error::EncodeError> {
        Encode::encode(&self.to_bytes(), encoder)
    }
}

impl<C> Decode<C> for Money {
    fn decode<D: bincode::de::Decoder<Context = C>>(
        decoder: &mut D,
    ) -> Result<Self, bincode::error::DecodeError> {
        let bytes: [u8; 16] = Decode::decode(decoder)?;
        Self::from_bytes(bytes).ok_or(bincode::error::DecodeError::Other("not an amount"))
    }
}

bincode::impl_borrow_decode!(Money);

impl Encode for Text {
    fn encode<E: bincode::enc::Encoder>(
        &self,
        encoder: &mut E,
    ) -> Result<(), bincode::error::EncodeError> {
        Encode::encode(self.as_str(), encoder)
    }
}

impl<C> Decode<C> for Text {
    fn decode<D: bincode::de::Decoder<Context = C>>(
        decoder: &mut D,
    ) -> Result<Self, bincode::error::DecodeError> {
        String::decode(decoder).map(Self::from)
    }
}

bincode::impl_borrow_decode!(Text);
