//! What a market is made from, and which requests are refused.

use std::collections::BTreeMap;
use std::path::Path;

use onetape_core::time::{Span, Ts};
use serde::Deserialize;

use super::super::config::{SynthError, check_time, seconds};
use super::feeds::{FEEDS, FeedKind};
use crate::catalog::hash_bytes;
use crate::error::{Error, Result};

/// Raised whenever the same parameters give other rows.
pub const MARKET_VERSION: u32 = 1;

/// Bounds of a pace, in thousandths.
const PACE: (u32, u32) = (1, 100_000);
/// Bounds of a crash's depth, in basis points.
const CRASH_BPS: (i64, i64) = (100, 5_000);
/// Most events of one sort: a plan is kept in memory and in the record.
const EVENTS_MAX: u32 = 100_000;

/// How many of each event there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Events {
    /// Planted opportunities between `synth-spot` and `synth-perp`, of which half lose after fees.
    pub basis: Option<u32>,
    /// Planted price differences between `synth-spot` and another spot venue.
    pub venue: Option<u32>,
    /// Planted triangles on `synth-spot`.
    pub triangle: Option<u32>,
    /// Trading halts of one instrument at one venue.
    pub halts: Option<u32>,
    /// Settlements of one perpetual at a rate far beyond the ordinary.
    pub funding_spikes: Option<u32>,
    /// Crashes of every instrument at once.
    pub crashes: Option<u32>,
    /// How far a crash falls, in basis points of bitcoin's price.
    pub crash_bps: Option<i64>,
}

/// A market's file, `--world FILE.toml`; every key may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    /// The feeds that are made, such as `synth-spot:BTCUSDT`; all when absent.
    pub feeds: Option<Vec<String>>,
    /// How many of each event.
    pub events: Events,
    /// Arrivals of a venue in thousandths of what they are by default.
    pub pace_milli: BTreeMap<String, u32>,
}

impl World {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no such file; the text names the line.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        toml::from_str(&text).map_err(|why| Error::Source {
            file: path.to_path_buf(),
            what: why.to_string().trim_end().to_owned(),
            fix: "see `onetape data synth --help` for the keys".to_owned(),
        })
    }
}

/// Everything that a synthetic market depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketConfig {
    /// Seed of every draw.
    pub seed: u64,
    /// First moment.
    pub start: Ts,
    /// Length.
    pub duration: Span,
    /// Arrivals of every feed, in thousandths of what was measured.
    pub rate_milli: u32,
    /// Feeds, events, and pace by venue.
    pub world: World,
}

impl Default for MarketConfig {
    /// An hour around a funding settlement, at the measured rates.
    fn default() -> Self {
        Self {
            seed: 1,
            // 2024-01-01T07:30:00Z
            start: Ts::from_nanos(1_704_094_200_000_000_000),
            duration: Span::from_millis(3_600_000),
            rate_milli: 1_000,
            world: World::default(),
        }
    }
}

fn refused(what: String, fix: &str) -> SynthError {
    SynthError::Market {
        what,
        fix: fix.to_owned(),
    }
}

impl MarketConfig {
    /// The feeds that are made, in their order.
    ///
    /// # Errors
    /// [`SynthError::Market`] when a name is none of theirs.
    pub(super) fn feeds(&self) -> Result<Vec<&'static FeedKind>, SynthError> {
        let Some(names) = &self.world.feeds else {
            return Ok(FEEDS.iter().collect());
        };
        let known = || FEEDS.iter().map(FeedKind::name).collect::<Vec<_>>();
        if let Some(name) = names.iter().find(|name| !known().contains(name)) {
            let fix = format!("choose among {}", known().join(", "));
            return Err(refused(format!("feeds: there is no {name:?}"), &fix));
        }
        let wanted: Vec<_> = FEEDS
            .iter()
            .filter(|kind| names.contains(&kind.name()))
            .collect();
        if wanted.is_empty() {
            return Err(refused(
                "feeds: none is named".to_owned(),
                "name one, or leave the key out",
            ));
        }
        Ok(wanted)
    }

    /// Arrivals of a feed as a factor on its calibration.
    pub(super) fn pace(&self, kind: &FeedKind) -> f64 {
        let own = self.world.pace_milli.get(kind.venue).copied();
        f64::from(self.rate_milli) * f64::from(own.unwrap_or(1_000)) / 1e6 * kind.pace
    }

    /// Judges every parameter.
    ///
    /// # Errors
    /// [`SynthError`] with the parameter and what would be accepted.
    pub fn validate(&self) -> Result<(), SynthError> {
        check_time(self.start, self.duration)?;
        let feeds = self.feeds()?;
        let in_range = |pace: u32| (PACE.0..=PACE.1).contains(&pace);
        if !in_range(self.rate_milli) {
            return Err(refused(
                format!("rate {}", f64::from(self.rate_milli) / 1e3),
                "choose between 0.001 and 100",
            ));
        }
        for (venue, pace) in &self.world.pace_milli {
            if !feeds.iter().any(|kind| kind.venue == venue) {
                let what = format!("pace_milli: no feed of {venue:?} is made");
                return Err(refused(what, "name a venue of the feeds"));
            }
            if !in_range(*pace) {
                let what = format!("pace_milli: {venue} = {pace}");
                return Err(refused(what, "choose between 1 and 100000"));
            }
        }
        let events = &self.world.events;
        let counts = [
            ("basis", events.basis),
            ("venue", events.venue),
            ("triangle", events.triangle),
            ("halts", events.halts),
            ("funding_spikes", events.funding_spikes),
            ("crashes", events.crashes),
        ];
        for (name, count) in counts {
            if count.is_some_and(|count| count > EVENTS_MAX) {
                let what = format!("events.{name} is more than {EVENTS_MAX}");
                return Err(refused(what, "ask for fewer"));
            }
        }
        if let Some(bps) = events.crash_bps
            && !(CRASH_BPS.0..=CRASH_BPS.1).contains(&bps)
        {
            let what = format!("events.crash_bps = {bps}");
            return Err(refused(what, "choose between 100 and 5000"));
        }
        Ok(())
    }

    /// Hash of the generator's version and every parameter: equal hashes are equal markets.
    pub fn source_hash(&self) -> String {
        let text = format!(
            "onetape synth market {MARKET_VERSION}\nseed {}\nstart {}\nduration {}\nrate {}\nworld {:?}\n",
            self.seed,
            self.start.nanos(),
            self.duration.nanos(),
            self.rate_milli,
            self.world,
        );
        hash_bytes(text.as_bytes())
    }

    /// The length as text.
    pub(super) fn duration_s(&self) -> String {
        seconds(self.duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut MarketConfig)) -> String {
        let mut config = MarketConfig::default();
        change(&mut config);
        config.validate().unwrap_err().to_string()
    }

    #[test]
    fn bad_requests_are_refused_with_what_would_be_accepted() {
        assert_eq!(MarketConfig::default().validate(), Ok(()));
        assert!(refusal(|c| c.duration = Span::ZERO).contains("choose between 1s and 31d"));
        assert!(refusal(|c| c.start = Ts::from_nanos(0)).starts_with("start"));
        assert!(refusal(|c| c.rate_milli = 0).contains("between 0.001 and 100"));
        let feeds = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        let unknown = refusal(|c| c.world.feeds = feeds(&["synth-spot:XRPUSDT"]));
        assert!(
            unknown.contains("XRPUSDT") && unknown.contains("synth-perp-b:ETHUSDT"),
            "{unknown}"
        );
        assert!(refusal(|c| c.world.feeds = feeds(&[])).contains("none is named"));
        let pace = refusal(|c| {
            c.world.pace_milli.insert("nowhere".to_owned(), 5);
        });
        assert!(pace.contains("nowhere"), "{pace}");
        assert!(refusal(|c| c.world.events.crash_bps = Some(9_999)).contains("100 and 5000"));
        assert!(refusal(|c| c.world.events.halts = Some(1 << 20)).contains("events.halts"));
    }

    #[test]
    fn a_file_says_what_it_wants_and_slips_are_told_with_their_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("world.toml");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            World::read(&path)
        };
        let world = read(
            "feeds = [\"synth-spot:BTCUSDT\"]\n[events]\nhalts = 3\ncrash_bps = 500\n[pace_milli]\nsynth-spot = 250\n",
        );
        let world = world.unwrap();
        assert_eq!(
            (world.events.halts, world.events.crash_bps),
            (Some(3), Some(500))
        );
        assert_eq!(world.pace_milli["synth-spot"], 250);
        let slip = read("[events]\nhalt = 3\n").unwrap_err().to_string();
        assert!(
            slip.contains("world.toml") && slip.contains("line 2"),
            "{slip}"
        );
    }

    #[test]
    fn every_parameter_is_in_the_hash() {
        let base = MarketConfig::default();
        let mut others = vec![base.clone(); 5];
        others[0].seed = 2;
        others[1].start = Ts::from_nanos(base.start.nanos() + 1);
        others[2].duration = Span::from_millis(1_000_000);
        others[3].rate_milli = 999;
        others[4].world.events.venue = Some(1);
        for other in others {
            assert_ne!(base.source_hash(), other.source_hash(), "{other:?}");
        }
        assert_eq!(base.source_hash(), base.clone().source_hash());
    }
}
