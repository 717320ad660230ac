//! Reading JSON with errors that tell the place and not the content.

use serde::Deserialize;

use crate::error::WireError;

/// Reads a text as what it must be.
pub(crate) fn read<'a, T: Deserialize<'a>>(
    message: &'static str,
    text: &'a str,
) -> Result<T, WireError> {
    serde_json::from_str(text).map_err(|why| WireError::json(message, &why))
}

/// A field that must be there.
pub(crate) fn need<T>(
    message: &'static str,
    field: &'static str,
    value: Option<T>,
) -> Result<T, WireError> {
    value.ok_or(WireError::Field { message, field })
}

/// Writes a value. Structs of texts and numbers always have a JSON.
pub(crate) fn write(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
