//! The command line as a user meets it: every test runs the real binary.

mod bad_data;
mod bad_scenario;
mod carry;
mod check;
mod common;
mod damage;
mod delays;
mod demo;
mod formats;
mod fuzz;
mod grown;
mod help;
mod imports;
mod killed;
mod killed_often;
mod long;
mod moments;
mod multi_spot;
mod parquet_file;
mod reference;
mod replay;
mod sets;
mod spots;
mod sweep;
mod walk_forward;
