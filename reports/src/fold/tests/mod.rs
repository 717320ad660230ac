//! Folds of small runs, with the numbers worked out by hand, and of drawn ones, checked against sums.

mod accounts;
mod run;
mod sums;
mod trips;
