//! The state of a fold as bytes: what a snapshot of a run is made of.
//!
//! Configuration is not state: names, limits and parameters come from the scenario. So state is restored *into* a desk
//! that was made anew from the same scenario ([`State`]), and only plain values are made from bytes alone ([`Value`]).
//! [`state!`](crate::state!) and [`value!`](crate::value!) write both halves from one list of fields, and do not compile
//! when a field is in none of the lists: what is added to a type cannot be forgotten here.
//!
//! Integers are little-endian and of fixed width, lists begin with their length, and nothing is in it that depends on the
//! process: equal histories give equal bytes. Lists with free places are written as they are, free places and all.

mod macros;
mod value;

use alloc::vec::Vec;

pub use value::Value;

/// Writes state down.
#[derive(Debug, Default)]
pub struct Saver {
    bytes: Vec<u8>,
    refused: Option<&'static str>,
}

impl Saver {
    /// Nothing written yet.
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            refused: None,
        }
    }

    /// With room that was used before.
    pub fn on(mut room: Vec<u8>) -> Self {
        room.clear();
        Self {
            bytes: room,
            refused: None,
        }
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Says that something of the state cannot be written down, and what. The first to say so is told of.
    pub fn refuse(&mut self, what: &'static str) {
        self.refused.get_or_insert(what);
    }

    /// What was written.
    ///
    /// # Errors
    /// What cannot be written down.
    pub fn finish(self) -> Result<Vec<u8>, &'static str> {
        match self.refused {
            Some(what) => Err(what),
            None => Ok(self.bytes),
        }
    }
}

/// Why state is not restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The bytes are not of this state.
    #[error("it does not fit this run's {0}")]
    Malformed(&'static str),
    /// There is more than belongs to it.
    #[error("it is longer than this run's state")]
    TooLong,
    /// Something of the state cannot be restored.
    #[error("{0} cannot be restored")]
    Refused(&'static str),
}

/// Reads state back.
#[derive(Clone, Debug)]
pub struct Loader<'a> {
    bytes: &'a [u8],
}

impl<'a> Loader<'a> {
    /// Before the first byte.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], RestoreError> {
        let Some((head, rest)) = self.bytes.split_at_checked(count) else {
            return Err(RestoreError::Malformed("length"));
        };
        self.bytes = rest;
        Ok(head)
    }

    /// The next bytes, as many as the array has.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], RestoreError> {
        let Some((head, rest)) = self.bytes.split_first_chunk() else {
            return Err(RestoreError::Malformed("length"));
        };
        self.bytes = rest;
        Ok(*head)
    }

    /// Bytes that are left.
    pub const fn left(&self) -> usize {
        self.bytes.len()
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// When something is.
    pub const fn finish(&self) -> Result<(), RestoreError> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(RestoreError::TooLong)
        }
    }
}

/// What is restored into something that was made from configuration.
pub trait State {
    /// Writes down what is not configuration.
    fn save(&self, out: &mut Saver);

    /// Takes what was written down in place of what is there. After an error it is of no use any more.
    ///
    /// # Errors
    /// When the bytes are not of this state.
    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError>;
}

impl<T: Value> State for T {
    #[inline]
    fn save(&self, out: &mut Saver) {
        self.put(out);
    }

    #[inline]
    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        *self = Self::get(from)?;
        Ok(())
    }
}

/// Writes down each of a list whose length is configuration.
pub fn save_each<T: State>(list: &[T], out: &mut Saver) {
    list.len().put(out);
    for item in list {
        item.save(out);
    }
}

/// Restores each of a list whose length is configuration.
///
/// # Errors
/// When the list was of another length, or an item is not restored.
pub fn restore_each<T: State>(list: &mut [T], from: &mut Loader<'_>) -> Result<(), RestoreError> {
    if usize::get(from)? != list.len() {
        return Err(RestoreError::Malformed("number of parts"));
    }
    for item in list {
        item.restore(from)?;
    }
    Ok(())
}
