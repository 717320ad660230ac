//! Why a message cannot be read or a request cannot be made.

use onetape_core::num::NumberError;

/// Why a text from a venue cannot be understood. Nothing of a reply's body is in it but the value at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Not the JSON (or the protobuf) that the message must be.
    #[error("{message} cannot be read: {why}")]
    Shape {
        /// What the message is.
        message: &'static str,
        /// What the decoder says.
        why: String,
    },
    /// A field is missing, or holds what it must not.
    #[error("{message} without a sound {field:?}")]
    Field {
        /// What the message is.
        message: &'static str,
        /// The field's key.
        field: &'static str,
    },
    /// A number that cannot be held exactly.
    #[error("{field:?} is {text:?}: {why}")]
    Number {
        /// The field's key.
        field: &'static str,
        /// What stands there, its first 40 characters.
        text: String,
        /// Why not.
        why: NumberError,
    },
    /// An instrument that this run does not have.
    #[error("unknown symbol {0:?}: no instrument of this run has it")]
    Symbol(String),
    /// An asset that this run does not have.
    #[error("unknown asset {0:?}: enter it before the run starts")]
    Asset(String),
}

impl WireError {
    /// From a decoder of JSON. Its words name the place, not the content.
    pub fn json(message: &'static str, why: &serde_json::Error) -> Self {
        let what = match why.classify() {
            serde_json::error::Category::Data => "a value of the wrong type, or a key missing",
            serde_json::error::Category::Eof => "it ends too early",
            _ => "broken JSON",
        };
        Self::Shape {
            message,
            why: format!("{what} at column {}", why.column()),
        }
    }
}

/// Why a request cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The venue has no such request, or not this way.
    #[error("{venue} has no request for {what}")]
    Unsupported {
        /// Whose protocol.
        venue: &'static str,
        /// What was asked.
        what: &'static str,
    },
    /// The instrument is not among those of the venue.
    #[error("the instrument is not one of this venue's")]
    Instrument,
    /// A private request without a key.
    #[error("{0} needs an API key")]
    NoKey(&'static str),
    /// An order that the venue cannot take as it is.
    #[error("an order that the venue cannot take: {0}")]
    Order(&'static str),
}
