//! The journal: how decisions and events become bytes.

pub mod codec;
