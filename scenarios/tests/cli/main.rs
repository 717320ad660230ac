//! The command line as a user meets it: every test runs the real binary.

mod added;
#[cfg(unix)]
mod aligned;
mod bad_data;
mod bad_scenario;
mod carry;
mod check;
mod common;
mod damage;
mod delays;
mod demo;
mod demos;
mod dust;
mod formats;
mod fuzz;
mod grown;
mod headless;
mod help;
mod imports;
mod keys;
mod killed;
mod killed_often;
mod long;
mod memory;
mod moments;
mod multi_spot;
#[cfg(target_os = "linux")]
mod operate;
mod own;
#[cfg(unix)]
mod paper;
#[cfg(unix)]
mod paper_local;
mod parquet_file;
mod planted;
mod positions;
mod presets;
mod reach;
#[cfg(unix)]
mod recorded;
mod reference;
mod replay;
mod report;
mod returns;
mod risk;
mod scan;
mod served;
mod served_rows;
mod sets;
mod slices;
mod spawned;
mod spots;
mod status;
mod strategies;
mod sweep;
#[cfg(feature = "polars")]
mod table;
mod tasks;
mod trade;
mod walk_forward;
