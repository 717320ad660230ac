//! Depth books rebuilt from venue messages, with the state of their synchronisation.

mod depth;
mod grid;
mod ladder;
mod ring;

pub use depth::{BookState, Counts, DepthBook};
pub use ladder::Ladder;
