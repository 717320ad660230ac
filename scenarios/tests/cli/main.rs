//! The command line as a user meets it: every test runs the real binary.

mod bad_data;
mod bad_scenario;
mod check;
mod common;
mod damage;
mod demo;
mod grown;
mod help;
mod killed;
mod moments;
mod parquet_file;
mod reference;
mod replay;
