//! What frames hold, decoded.

use super::codec::{self, CodecError};
use super::frame::{Frame, Kind};
use crate::decision::Decision;
use crate::event::Event;
use crate::marks::Marks;

/// A journaled value.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// What happened.
    Event(Event),
    /// What was decided on it.
    Decision(Decision),
    /// What was seen of tops of book.
    Marks(Marks),
}

impl Record {
    /// Which of them.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Event(_) => Kind::Event,
            Self::Decision(_) => Kind::Decision,
            Self::Marks(_) => Kind::Marks,
        }
    }
}

impl Frame<'_> {
    /// The value in the frame.
    ///
    /// # Errors
    /// [`CodecError::Malformed`] when the payload does not decode: it was written by something else than this
    /// format, for its CRC is right.
    pub fn record(&self) -> Result<Record, CodecError> {
        match self.kind {
            Kind::Event => codec::decode(self.payload).map(Record::Event),
            Kind::Decision => codec::decode(self.payload).map(Record::Decision),
            Kind::Marks => codec::decode(self.payload).map(Record::Marks),
        }
    }
}
