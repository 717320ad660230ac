//! The opportunity scanner.

pub mod find;
