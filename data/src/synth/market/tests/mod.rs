//! Made markets judged from outside.

mod bounds;
mod events;
mod feeds;
mod stored;

use onetape_core::time::Span;

use super::feeds::{FEEDS, FeedKind};
use super::generate::generate;
use super::record::MarketRecord;
use super::schedule::schedule;
use super::*;
use crate::catalog::{Row, RowSink, Series};
use crate::error::Error;

/// Rows in memory.
struct Kept(Vec<Row>);

impl RowSink for Kept {
    type Error = Error;

    fn row(&mut self, _: &Series, row: Row) -> Result<(), Error> {
        self.0.push(row);
        Ok(())
    }
}

fn kind(name: &str) -> &'static FeedKind {
    FEEDS.iter().find(|kind| kind.name() == name).unwrap()
}

/// The rows of one feed.
fn rows(config: &MarketConfig, kind: &'static FeedKind) -> Vec<Row> {
    let mut rows = Kept(Vec::new());
    let plan = schedule(config).unwrap();
    generate(config, &plan, kind, &mut rows, &mut |_| {}).unwrap();
    rows.0
}

fn record(config: &MarketConfig) -> MarketRecord {
    let feeds = config.feeds().unwrap();
    MarketRecord::new(config, &feeds, &schedule(config).unwrap())
}

/// The default hour at a twentieth of the measured rates.
fn slow(seed: u64) -> MarketConfig {
    MarketConfig {
        seed,
        rate_milli: 50,
        ..MarketConfig::default()
    }
}

/// A short stretch at the measured rates with nothing in it.
fn quiet(seed: u64, seconds: i64) -> MarketConfig {
    let mut config = MarketConfig {
        seed,
        duration: Span::from_millis(seconds * 1_000),
        ..MarketConfig::default()
    };
    config.world.events = Events {
        basis: Some(0),
        venue: Some(0),
        triangle: Some(0),
        halts: Some(0),
        funding_spikes: Some(0),
        crashes: Some(0),
        crash_bps: None,
    };
    config
}
