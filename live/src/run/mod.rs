//! The live loop: what arrives is stamped, journaled, folded, and what was decided on it leaves.
//!
//! [`Loop`] is the body, the same for paper, testnets and live: one arrival after the other, each with a stamp of its
//! own, timers at their time. It has no socket and no task, so that a test feeds it by hand. [`drive`](drive()) runs it on
//! a current-thread runtime until it is told to stop. [`Guarded`] stands before whatever takes the orders: after a halt,
//! and after the first error of the journal, it lets nothing through that could open anything. [`Recovery`] folds what an
//! earlier life journaled. What is slow, such as statistics and recording, is done elsewhere by a [`Tap`].

mod answer;
mod drive;
mod error;
mod guard;
#[cfg(test)]
mod lives;
mod recovery;
mod side;
mod tap;
mod tape;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod waits;

pub use answer::Tasks;
pub use drive::{Alert, Drive, Ended, Idle, Keeps, Look, Status, drive};
pub use error::RunError;
pub use guard::Guarded;
pub use recovery::{Blank, Recovered, Recovery, RecoveryError};
pub use side::Side;
pub use tap::{Tap, Tapped, Untapped, tap};
pub use tape::{Health, Loop};
