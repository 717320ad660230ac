//! The tape on disk: the Parquet catalogue (import, synthesis, recording, merge into one ordered stream), the account file
//! of a run whose market was recorded, and the journal's segments.

pub mod account;
pub mod catalog;
pub mod check;
mod error;
pub mod export;
pub mod import;
pub mod inspect;
pub mod journal;
pub mod profile;
pub mod record;
pub mod spread;
pub mod synth;
pub mod tape;

pub use error::{Error, Result};
