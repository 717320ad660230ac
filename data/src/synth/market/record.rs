//! `synth.json` of a market: what it was made from, what happens in it and when, and what holds besides.

use std::path::Path;

use onetape_core::num::format_fixed;
use onetape_core::time::{Span, Ts};
use serde::{Deserialize, Serialize};

use super::super::record::{PlantedRecord, read_record, utc};
use super::config::{MARKET_VERSION, MarketConfig};
use super::crash::Crash;
use super::feeds::{Asset, FeedKind, HOME, PERP};
use super::futures::ORDINARY;
use super::schedule::{Excursion, PlantedAt, Schedule, find};
use crate::error::Result;

/// How long after a change every feed that trades shows it.
const SETTLE: Span = Span::from_millis(10);
/// What a taker's edge may fall short of the planted distance, in hundredths of a basis point: ticks, and small
/// moves that one leg follows before the other.
const SHORT_VENUE: i64 = 200;
const SHORT_TRIANGLE: i64 = 600;

/// What a synthetic market was made from, and what happens in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketRecord {
    /// `market`.
    pub generator: String,
    /// Version of the generator.
    pub generator_version: u32,
    /// Hash of version and parameters: the catalogue's files carry it as their source.
    pub source_hash: String,
    /// Seed, as text: it may have more digits than a JSON number keeps.
    pub seed: String,
    /// First moment, UTC.
    pub start: String,
    /// The same in nanoseconds since the epoch.
    pub start_ns: i64,
    /// Length in seconds.
    pub duration_s: String,
    /// Arrivals as a factor on the measured ones.
    pub rate: String,
    /// Full names of the instruments.
    pub instruments: Vec<String>,
    /// What holds of the tape wherever nothing is planted.
    pub bounds: Bounds,
    /// Planted opportunities between these two.
    pub basis_legs: Vec<String>,
    /// Their shapes.
    pub basis: Vec<PlantedRecord>,
    /// One spot venue's price stands apart from the home venue's.
    pub venue: Vec<ApartRecord>,
    /// The cross stands apart from what its legs make it.
    pub triangle: Vec<ApartRecord>,
    /// Instruments that do not trade for a while.
    pub halts: Vec<HaltRecord>,
    /// Settlements at a rate beyond the ordinary.
    pub funding_spikes: Vec<SpikeRecord>,
    /// Everything falls.
    pub crashes: Vec<CrashRecord>,
}

/// What holds while nothing is planted on a leg, none of the legs is halted and nothing crashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Milliseconds after a beginning or an end from which on all feeds show it.
    pub settle_ms: i64,
    /// Gross edge, in bps, that no triangle reaches.
    pub triangle_bps: String,
    /// Gross edge that no two spot venues reach.
    pub venue_bps: String,
    /// Gross edge that spot and perpetual do not reach.
    pub basis_bps: String,
    /// Largest ordinary funding rate of either sign.
    pub funding_rate: String,
}

/// One instrument's price stands apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApartRecord {
    /// Whose.
    pub instrument: String,
    /// From which: its twin, or the two other legs of the triangle.
    pub against: Vec<String>,
    /// When it begins, UTC.
    pub from: String,
    /// The same in nanoseconds since the epoch.
    pub from_ns: i64,
    /// When it ends, in nanoseconds since the epoch.
    pub until_ns: i64,
    /// `above`: sell it and buy the other; `below`: the reverse.
    pub direction: String,
    /// Distance of the fair prices in bps.
    pub apart_bps: String,
    /// Gross edge in bps that a taker finds at every moment from `settle_ms` after the beginning until the end.
    pub least_edge_bps: String,
}

/// One instrument does not trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HaltRecord {
    /// Which.
    pub instrument: String,
    /// When it stops, UTC: the moment of its `halted` message.
    pub from: String,
    /// The same in nanoseconds since the epoch.
    pub from_ns: i64,
    /// When it goes on: the moment of its `trading` message.
    pub until_ns: i64,
}

/// One settlement at a rate beyond the ordinary: every funding message of its interval says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpikeRecord {
    /// Of which perpetual.
    pub instrument: String,
    /// When it is paid, UTC.
    pub settles_at: String,
    /// The same in nanoseconds since the epoch.
    pub settles_at_ns: i64,
    /// The rate, a fraction.
    pub rate: String,
}

/// Everything falls and recovers in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashRecord {
    /// When it begins, UTC.
    pub from: String,
    /// The same in nanoseconds since the epoch.
    pub from_ns: i64,
    /// When it is at its lowest.
    pub bottom_ns: i64,
    /// When the recovery ends.
    pub until_ns: i64,
    /// How far each asset's fair price falls.
    pub falls: Vec<FallRecord>,
}

/// A fall of one asset: bps of the natural logarithm of its price, against its price at the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FallRecord {
    /// `BTC` or `ETH`.
    pub asset: String,
    /// At the bottom.
    pub fall_bps: String,
    /// What is left of it at the end.
    pub left_bps: String,
}

impl MarketRecord {
    pub(super) fn new(
        config: &MarketConfig,
        feeds: &[&'static FeedKind],
        schedule: &Schedule,
    ) -> Self {
        let planted = &schedule.planted;
        let basis = planted.iter().filter_map(|one| match &one.excursion {
            Excursion::Basis(planted) => Some(PlantedRecord::new(planted)),
            Excursion::Apart { .. } => None,
        });
        let apart = |triangle: bool| {
            let wanted = planted
                .iter()
                .filter(|one| (one.feed.asset == Asset::Cross) == triangle);
            wanted.filter_map(ApartRecord::new).collect()
        };
        let legs = [HOME, PERP].map(|venue| find(feeds, venue, Asset::Btc));
        Self {
            generator: "market".to_owned(),
            generator_version: MARKET_VERSION,
            source_hash: config.source_hash(),
            seed: config.seed.to_string(),
            start: utc(config.start),
            start_ns: config.start.nanos(),
            duration_s: config.duration_s(),
            rate: format_fixed(i64::from(config.rate_milli), 3),
            instruments: feeds.iter().map(|kind| kind.name()).collect(),
            bounds: Bounds {
                settle_ms: SETTLE.nanos() / 1_000_000,
                triangle_bps: "12".to_owned(),
                venue_bps: "9".to_owned(),
                basis_bps: "10".to_owned(),
                funding_rate: format_fixed(ORDINARY, 8),
            },
            basis_legs: legs.iter().flatten().map(|kind| kind.name()).collect(),
            basis: basis.collect(),
            venue: apart(false),
            triangle: apart(true),
            halts: schedule
                .halts
                .iter()
                .map(|halt| HaltRecord {
                    instrument: halt.feed.name(),
                    from: utc(halt.from),
                    from_ns: halt.from.nanos(),
                    until_ns: halt.until.nanos(),
                })
                .collect(),
            funding_spikes: schedule
                .spikes
                .iter()
                .map(|spike| SpikeRecord {
                    instrument: spike.feed.name(),
                    settles_at: utc(spike.settles_at),
                    settles_at_ns: spike.settles_at.nanos(),
                    rate: format_fixed(spike.rate, 8),
                })
                .collect(),
            crashes: schedule.crashes.iter().map(CrashRecord::new).collect(),
        }
    }

    /// Reads the record of a catalogue; `None` when it holds no synthetic tape.
    ///
    /// # Errors
    /// When the record cannot be read or is not that of a market.
    pub fn read(root: &Path) -> Result<Option<Self>> {
        read_record(root)
    }
}

impl ApartRecord {
    fn new(one: &PlantedAt) -> Option<Self> {
        let Excursion::Apart {
            from,
            until,
            centi_bps,
        } = one.excursion
        else {
            return None;
        };
        let (against, short) = if one.feed.asset == Asset::Cross {
            (vec!["ETHUSDT", "BTCUSDT"], SHORT_TRIANGLE)
        } else {
            (vec![one.feed.symbol], SHORT_VENUE)
        };
        let name = |symbol: &str| format!("{HOME}:{symbol}");
        Some(Self {
            instrument: one.feed.name(),
            against: against.into_iter().map(name).collect(),
            from: utc(from),
            from_ns: from.nanos(),
            until_ns: until.nanos(),
            direction: if centi_bps > 0 { "above" } else { "below" }.to_owned(),
            apart_bps: format_fixed(centi_bps, 2),
            least_edge_bps: format_fixed(centi_bps.abs() - short, 2),
        })
    }

    /// True at a moment at which it can be seen.
    pub fn covers(&self, ts: Ts) -> bool {
        (self.from_ns..self.until_ns).contains(&ts.nanos())
    }
}

impl CrashRecord {
    fn new(crash: &Crash) -> Self {
        let fall = |asset: &str, fallen: i64, left: i64| FallRecord {
            asset: asset.to_owned(),
            fall_bps: format_fixed(fallen, 2),
            left_bps: format_fixed(left, 2),
        };
        // In hundredths, so that ether's share of it is exact.
        let (fallen, left) = (crash.fall_bps * 100, crash.left_bps * 100);
        Self {
            from: utc(crash.from),
            from_ns: crash.from.nanos(),
            bottom_ns: crash.bottom().nanos(),
            until_ns: crash.until().nanos(),
            falls: vec![
                fall("BTC", fallen, left),
                fall("ETH", Crash::ether(fallen), Crash::ether(left)),
            ],
        }
    }
}
