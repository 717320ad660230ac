//! Formats of others: tables through mapping files, event arrays, and what is exported, read back.

mod arrays;
mod common;
mod exports;
mod maps;
mod refused;
mod truth;
