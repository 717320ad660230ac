//! Depth books rebuilt from venue messages, with the state of their synchronisation.

mod depth;
mod ladder;

pub use depth::{BookState, Counts, DepthBook};
pub use ladder::Ladder;
