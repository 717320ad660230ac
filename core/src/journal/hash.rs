//! The hash over decisions, kept so that it can be written down and gone on with.
//!
//! It is XXH3-128 without a seed, as the crate `xxhash-rust` makes it of the same bytes; that crate's hasher keeps its
//! state to itself, so a snapshot could not hold it. Up to 240 bytes are hashed by the crate, longer ones here.
//!
//! (Specification: "XXH3 algorithm overview" in `xxhash_spec.md` of <https://github.com/Cyan4973/xxHash>.)

use xxhash_rust::xxh3::xxh3_128;

use crate::state::{Loader, RestoreError, Saver, Value};

const STRIPE: usize = 64;
const STRIPES_A_BLOCK: u8 = 16;
const BUFFER: usize = 4 * STRIPE;
/// Inputs up to this length have rules of their own.
const SHORT: u64 = 240;

const PRIME32: [u64; 3] = [0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D];
const PRIME64: [u64; 5] = [
    0x9E37_79B1_85EB_CA87,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
];

/// The algorithm's own secret.
const SECRET: [u8; 192] = [
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
];

/// The hash of what was given so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionsHash {
    sums: [u64; 8],
    /// Stripes of the running block that are in the sums.
    stripes: u8,
    /// What is not in the sums yet: at least one byte, once anything was given.
    buffer: [u8; BUFFER],
    filled: usize,
    /// The last stripe that went into the sums.
    before: [u8; STRIPE],
    length: u64,
}

impl Default for DecisionsHash {
    fn default() -> Self {
        Self::new()
    }
}

impl DecisionsHash {
    /// Of nothing.
    pub const fn new() -> Self {
        Self {
            sums: [
                PRIME32[2], PRIME64[0], PRIME64[1], PRIME64[2], PRIME64[3], PRIME32[1], PRIME64[4],
                PRIME32[0],
            ],
            stripes: 0,
            buffer: [0; BUFFER],
            filled: 0,
            before: [0; STRIPE],
            length: 0,
        }
    }

    /// Takes more.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.filled == BUFFER {
                self.empty();
            }
            let part = bytes.len().min(BUFFER - self.filled);
            let (head, rest) = bytes.split_at(part);
            self.buffer[self.filled..self.filled + part].copy_from_slice(head);
            self.filled += part;
            bytes = rest;
        }
    }

    /// The hash.
    pub fn digest128(&self) -> u128 {
        if self.length <= SHORT {
            return xxh3_128(&self.buffer[..self.filled]);
        }
        let (mut sums, mut stripes) = (self.sums, self.stripes);
        let whole = self.filled.saturating_sub(1) / STRIPE;
        for stripe in self.buffer[..whole * STRIPE].chunks_exact(STRIPE) {
            take(&mut sums, &mut stripes, stripe);
        }
        let mut last = [0; STRIPE];
        if let Some(from) = self.filled.checked_sub(STRIPE) {
            last.copy_from_slice(&self.buffer[from..self.filled]);
        } else {
            let (old, new) = last.split_at_mut(STRIPE - self.filled);
            old.copy_from_slice(&self.before[self.filled..]);
            new.copy_from_slice(&self.buffer[..self.filled]);
        }
        accumulate(&mut sums, &last, SECRET.len() - STRIPE - 7);
        let low = merge(&sums, 11, self.length.wrapping_mul(PRIME64[0]));
        let high = merge(
            &sums,
            SECRET.len() - STRIPE - 11,
            !self.length.wrapping_mul(PRIME64[1]),
        );
        u128::from(high) << 64 | u128::from(low)
    }

    /// Brings the buffer into the sums; more is to follow.
    fn empty(&mut self) {
        for stripe in self.buffer.chunks_exact(STRIPE) {
            take(&mut self.sums, &mut self.stripes, stripe);
        }
        self.before.copy_from_slice(&self.buffer[BUFFER - STRIPE..]);
        self.filled = 0;
    }
}

/// The word at a byte of the secret or of a stripe.
fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// A stripe that is not the last.
fn take(sums: &mut [u64; 8], stripes: &mut u8, stripe: &[u8]) {
    accumulate(sums, stripe, usize::from(*stripes) * 8);
    *stripes += 1;
    if *stripes == STRIPES_A_BLOCK {
        *stripes = 0;
        for (at, sum) in sums.iter_mut().enumerate() {
            let key = word(&SECRET, SECRET.len() - STRIPE + at * 8);
            *sum = (*sum ^ *sum >> 47 ^ key).wrapping_mul(PRIME32[0]);
        }
    }
}

fn accumulate(sums: &mut [u64; 8], stripe: &[u8], secret: usize) {
    for at in 0..8 {
        let value = word(stripe, at * 8);
        let keyed = value ^ word(&SECRET, secret + at * 8);
        sums[at ^ 1] = sums[at ^ 1].wrapping_add(value);
        let product = (keyed & 0xFFFF_FFFF).wrapping_mul(keyed >> 32);
        sums[at] = sums[at].wrapping_add(product);
    }
}

fn merge(sums: &[u64; 8], secret: usize, start: u64) -> u64 {
    let mut hash = start;
    for pair in 0..4 {
        let at = |half: usize| {
            let place = 2 * pair + half;
            u128::from(sums[place] ^ word(&SECRET, secret + place * 8))
        };
        let product = at(0) * at(1);
        hash = hash.wrapping_add(product as u64 ^ (product >> 64) as u64);
    }
    hash ^= hash >> 37;
    hash = hash.wrapping_mul(0x1656_6791_9E37_79F9);
    hash ^ hash >> 32
}

impl Value for DecisionsHash {
    fn put(&self, out: &mut Saver) {
        let Self {
            sums,
            stripes,
            buffer,
            filled,
            before,
            length,
        } = self;
        (*sums, *stripes, *length).put(out);
        buffer[..*filled].to_vec().put(out);
        out.bytes(before);
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        let mut hash = Self::new();
        (hash.sums, hash.stripes, hash.length) = Value::get(from)?;
        let held = alloc::vec::Vec::<u8>::get(from)?;
        hash.before = from.array()?;
        let room = hash.buffer.get_mut(..held.len());
        let room = room.filter(|_| hash.stripes < STRIPES_A_BLOCK);
        room.ok_or(RestoreError::Malformed("hash of decisions"))?
            .copy_from_slice(&held);
        hash.filled = held.len();
        Ok(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn of(parts: &[&[u8]]) -> DecisionsHash {
        let mut hash = DecisionsHash::new();
        parts.iter().for_each(|part| hash.update(part));
        hash
    }

    // Every length over the borders of stripes, buffers and blocks.
    #[test]
    fn every_length_is_as_the_library_hashes_it() {
        let bytes: Vec<u8> = (0..5_000u32).map(|at| ((at * at) >> 3) as u8).collect();
        for length in 0..bytes.len() {
            let bytes = &bytes[..length];
            assert_eq!(of(&[bytes]).digest128(), xxh3_128(bytes), "{length}");
        }
    }

    proptest! {
        // Given in parts, and written down and read back between any two of them.
        #[test]
        fn a_hash_that_was_written_down_goes_on(parts: Vec<Vec<u8>>, long in 0usize..3_000) {
            let mut hash = DecisionsHash::new();
            let mut all = Vec::new();
            let filler = alloc::vec![7; long];
            for part in parts.iter().chain([&filler]).chain(&parts) {
                hash.update(part);
                all.extend_from_slice(part);
                let mut saver = Saver::new();
                hash.put(&mut saver);
                let bytes = saver.finish().unwrap();
                let mut loader = Loader::new(&bytes);
                let again = DecisionsHash::get(&mut loader).unwrap();
                prop_assert_eq!(loader.finish(), Ok(()));
                // Bytes that are spent are not state.
                prop_assert_eq!(again.digest128(), hash.digest128());
                hash = again;
                prop_assert_eq!(hash.digest128(), xxh3_128(&all));
            }
        }
    }
}
