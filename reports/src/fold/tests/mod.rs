//! Folds of small runs, with the numbers worked out by hand, and of drawn ones, checked against sums.

mod accounts;
mod attribution;
mod cycles;
mod market;
pub(crate) mod run;
pub(crate) mod sample;
mod sums;
mod trips;
