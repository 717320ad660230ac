//! How long it takes from a frame to the orders that it leads to. Beside the run: no figure of this is in its state, its
//! digest or its journal.
//!
//! [`Moments`] are written where things happen, all on the loop's thread. The loop has [`Timings`], which add up what passed
//! between them; [`Figures`] are what is told of them.

mod figures;
mod moments;
#[cfg(test)]
mod tests;
mod timings;

pub use figures::{Figures, Spread, Step};
pub use moments::Moments;
pub use timings::{Timings, Trip};
