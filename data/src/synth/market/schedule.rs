//! What happens when: planted opportunities, halts, crashes and funding spikes, each at a drawn time, none of them
//! (but for funding) at the same time as another.

use onetape_core::time::{Span, Ts};

use super::super::config::{Directions, SynthError};
use super::super::plan::{self, Planted, next_settlement};
use super::super::random::Stream;
use super::config::MarketConfig;
use super::crash::Crash;
use super::feeds::{Asset, FeedKind, HOME, PERP};
use super::path::STEP;

/// Free time at both ends of a tape, and after each event.
const MARGIN: Span = Span::from_millis(10_000);
/// How long before something planted the market is calm and the touch deep enough.
pub(super) const GUARD: Span = Span::from_millis(2_000);
/// Crashes fall so far unless told otherwise.
const CRASH_BPS: i64 = 800;
/// A funding rate that is a spike, as a mantissa of 8 decimals: 0.2 % to 0.75 %, of either sign.
pub(super) const SPIKE: (i64, i64) = (200_000, 750_000);

/// One feed's price stands apart from the others' for a while.
#[derive(Clone, Debug)]
pub(super) enum Excursion {
    /// Shaped as on the pair's tape: a peak, a fall to where it rests.
    Basis(Planted),
    /// So many hundredths of a basis point above (or below) from a moment until another.
    Apart { from: Ts, until: Ts, centi_bps: i64 },
}

impl Excursion {
    pub(super) fn from(&self) -> Ts {
        match self {
            Self::Basis(planted) => planted.at,
            Self::Apart { from, .. } => *from,
        }
    }

    pub(super) fn until(&self) -> Ts {
        match self {
            Self::Basis(planted) => planted.end(),
            Self::Apart { until, .. } => *until,
        }
    }

    /// The distance in bps that it asks for, and its weight against the natural one.
    pub(super) fn distance(&self, now: Ts) -> Option<(f64, f64)> {
        match self {
            Self::Basis(planted) => planted.basis(now),
            Self::Apart {
                from,
                until,
                centi_bps,
            } => (*from <= now && now < *until).then_some((*centi_bps as f64 / 100.0, 1.0)),
        }
    }
}

/// An excursion with the feed that makes it.
#[derive(Clone, Debug)]
pub(super) struct PlantedAt {
    pub(super) feed: &'static FeedKind,
    pub(super) excursion: Excursion,
}

/// One instrument does not trade.
#[derive(Clone, Copy, Debug)]
pub(super) struct Halt {
    pub(super) feed: &'static FeedKind,
    pub(super) from: Ts,
    pub(super) until: Ts,
}

/// One settlement is at another rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spike {
    pub(super) feed: &'static FeedKind,
    pub(super) settles_at: Ts,
    pub(super) rate: i64,
}

/// Everything that is told in the record, each list in time order.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    pub(super) planted: Vec<PlantedAt>,
    pub(super) halts: Vec<Halt>,
    pub(super) crashes: Vec<Crash>,
    pub(super) spikes: Vec<Spike>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Basis,
    Venue,
    Triangle,
    Halt,
    Crash,
}

/// Something with a length that waits for its time.
struct Slot {
    sort: Sort,
    wins: bool,
    length: Span,
}

/// Draws the schedule of a market.
///
/// # Errors
/// [`SynthError`] when the configuration is refused, or asks for more than fits.
pub(super) fn schedule(config: &MarketConfig) -> Result<Schedule, SynthError> {
    config.validate()?;
    let feeds = config.feeds()?;
    let mut draws = Stream::new(config.seed, "market/schedule");
    let slots = slots(config, &feeds, &mut draws)?;
    let starts = starts(config, &slots, &mut draws)?;
    let mut schedule = Schedule::default();
    for (slot, at) in slots.iter().zip(starts) {
        schedule.place(config, slot, at, &feeds, &mut draws);
    }
    schedule.spikes = spikes(config, &feeds)?;
    Ok(schedule)
}

/// What there is to place, in drawn order.
fn slots(
    config: &MarketConfig,
    feeds: &[&'static FeedKind],
    draws: &mut Stream,
) -> Result<Vec<Slot>, SynthError> {
    let minutes = config.duration.nanos() / 60_000_000_000;
    let by_time = |every: i64, most: i64| (minutes / every).min(most) as u32;
    let events = &config.world.events;
    let can = Can::of(feeds);
    let count = |name: &str, asked: Option<u32>, possible: bool, default: u32| match asked {
        Some(count) if count > 0 && !possible => Err(SynthError::Market {
            what: format!("events.{name} = {count}: the feeds for it are not made"),
            fix: "name more feeds, or ask for none".to_owned(),
        }),
        Some(count) => Ok(count),
        None => Ok(if possible { default } else { 0 }),
    };
    let basis = count("basis", events.basis, can.basis, by_time(12, 96))?;
    let venue = count("venue", events.venue, can.venue, by_time(10, 96))?;
    let triangle = count("triangle", events.triangle, can.triangle, by_time(10, 96))?;
    let halts = count("halts", events.halts, true, by_time(25, 12))?;
    let crashes = count("crashes", events.crashes, true, by_time(45, 1))?;
    let mut slots = Vec::new();
    let mut add = |n: u32, sort: Sort| {
        slots.extend((0..n).map(|at| Slot {
            sort,
            wins: at < n - n / 2,
            length: Span::ZERO,
        }));
    };
    add(basis, Sort::Basis);
    add(venue, Sort::Venue);
    add(triangle, Sort::Triangle);
    add(halts, Sort::Halt);
    add(crashes, Sort::Crash);
    for slot in &mut slots {
        slot.length = match slot.sort {
            Sort::Basis => Span::from_nanos(plan::LENGTH_MAX * 1_000_000),
            Sort::Venue | Sort::Triangle => steps(draws.between(3_000, 12_000)),
            Sort::Halt => steps(draws.between(20_000, 120_000)),
            Sort::Crash => Crash::LENGTH,
        };
    }
    for at in (1..slots.len()).rev() {
        slots.swap(at, draws.below(at as u64 + 1) as usize);
    }
    Ok(slots)
}

/// Which events the feeds allow.
struct Can {
    basis: bool,
    venue: bool,
    triangle: bool,
}

impl Can {
    fn of(feeds: &[&'static FeedKind]) -> Self {
        let has = |venue: &str, asset: Asset| find(feeds, venue, asset).is_some();
        Self {
            basis: has(HOME, Asset::Btc) && has(PERP, Asset::Btc),
            venue: !apart_from_home(feeds).is_empty(),
            triangle: [Asset::Btc, Asset::Eth, Asset::Cross]
                .iter()
                .all(|&asset| has(HOME, asset)),
        }
    }
}

pub(super) fn find(
    feeds: &[&'static FeedKind],
    venue: &str,
    asset: Asset,
) -> Option<&'static FeedKind> {
    let wanted = |kind: &&&'static FeedKind| kind.venue == venue && kind.asset == asset;
    feeds.iter().find(wanted).copied()
}

/// Spot feeds of other venues whose twin at home is made too.
fn apart_from_home(feeds: &[&'static FeedKind]) -> Vec<&'static FeedKind> {
    let away = |kind: &&'static FeedKind| {
        !kind.futures && kind.venue != HOME && find(feeds, HOME, kind.asset).is_some()
    };
    feeds.iter().copied().filter(away).collect()
}

/// Milliseconds as a span of whole steps.
fn steps(millis: i64) -> Span {
    let step = STEP.nanos() / 1_000_000;
    Span::from_millis(millis / step * step)
}

/// When each slot begins: one after the other, what time is left over spread between them by chance.
fn starts(
    config: &MarketConfig,
    slots: &[Slot],
    draws: &mut Stream,
) -> Result<Vec<Ts>, SynthError> {
    let room = |slot: &Slot| slot.length.nanos() + GUARD.nanos() + MARGIN.nanos();
    let needed: i64 = slots.iter().map(room).sum();
    let free = config.duration.nanos() - 2 * MARGIN.nanos() - needed;
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    if free < 0 {
        return Err(SynthError::Market {
            what: format!(
                "{} events need {} s, and a tape of {} s has room for {} s",
                slots.len(),
                needed / 1_000_000_000,
                config.duration_s(),
                (config.duration.nanos() - 2 * MARGIN.nanos()).max(0) / 1_000_000_000
            ),
            fix: "ask for fewer or for a longer duration".to_owned(),
        });
    }
    let mut cuts: Vec<i64> = slots
        .iter()
        .map(|_| draws.between(0, free / STEP.nanos()) * STEP.nanos())
        .collect();
    cuts.sort_unstable();
    let mut passed = MARGIN.nanos() + GUARD.nanos();
    let mut starts = Vec::with_capacity(slots.len());
    for (slot, cut) in slots.iter().zip(cuts) {
        starts.push(config.start + Span::from_nanos(passed + cut));
        passed += room(slot);
    }
    Ok(starts)
}

impl Schedule {
    fn place(
        &mut self,
        config: &MarketConfig,
        slot: &Slot,
        at: Ts,
        feeds: &[&'static FeedKind],
        draws: &mut Stream,
    ) {
        let any = |among: &[&'static FeedKind], draws: &mut Stream| {
            among[draws.below(among.len() as u64) as usize]
        };
        let feed = match slot.sort {
            Sort::Basis => find(feeds, PERP, Asset::Btc),
            Sort::Triangle => find(feeds, HOME, Asset::Cross),
            Sort::Venue => Some(any(&apart_from_home(feeds), draws)),
            Sort::Halt => Some(any(feeds, draws)),
            Sort::Crash => None,
        };
        match (slot.sort, feed) {
            (Sort::Crash, _) | (_, None) => {
                let bps = config.world.events.crash_bps.unwrap_or(CRASH_BPS);
                self.crashes.push(Crash::draw(at, bps, draws));
            }
            (Sort::Halt, Some(feed)) => self.halts.push(Halt {
                feed,
                from: at,
                until: at + slot.length,
            }),
            (Sort::Basis, Some(feed)) => {
                let planted = plan::draw(draws, Directions::Both, at, slot.wins);
                let excursion = Excursion::Basis(planted);
                self.planted.push(PlantedAt { feed, excursion });
            }
            (Sort::Venue | Sort::Triangle, Some(feed)) => {
                let size = draws.between(2_000, 4_000);
                let centi_bps = if draws.chance(0.5) { size } else { -size };
                let excursion = Excursion::Apart {
                    from: at,
                    until: at + slot.length,
                    centi_bps,
                };
                self.planted.push(PlantedAt { feed, excursion });
            }
        }
    }
}

/// Draws which settlements are at another rate.
fn spikes(config: &MarketConfig, feeds: &[&'static FeedKind]) -> Result<Vec<Spike>, SynthError> {
    let mut draws = Stream::new(config.seed, "market/spikes");
    let mut possible: Vec<(Ts, &'static FeedKind)> = Vec::new();
    let mut settles_at = next_settlement(config.start);
    while settles_at < config.start + config.duration {
        let futures = feeds.iter().filter(|kind| kind.futures);
        possible.extend(futures.map(|kind| (settles_at, *kind)));
        settles_at = next_settlement(settles_at);
    }
    let asked = config.world.events.funding_spikes;
    let default = possible.len().div_ceil(8);
    let count = asked.map_or(default, |count| count as usize);
    if count > possible.len() {
        return Err(SynthError::Market {
            what: format!(
                "events.funding_spikes = {count}: {} settlements of perpetuals lie within the tape",
                possible.len()
            ),
            fix: "ask for fewer or for a longer duration".to_owned(),
        });
    }
    let mut spikes = Vec::new();
    for _ in 0..count {
        let at = draws.below(possible.len() as u64) as usize;
        let (settles_at, feed) = possible.swap_remove(at);
        let size = draws.between(SPIKE.0, SPIKE.1);
        spikes.push(Spike {
            feed,
            settles_at,
            rate: if draws.chance(0.5) { size } else { -size },
        });
    }
    spikes.sort_by_key(|spike| (spike.settles_at, spike.feed.name()));
    Ok(spikes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_happens_at_the_same_time_as_something_else(seed in any::<u64>(), minutes in 5_i64..3_000) {
            let config = MarketConfig {
                seed,
                duration: Span::from_millis(minutes * 60_000),
                ..MarketConfig::default()
            };
            let schedule = schedule(&config).unwrap();
            let planted = schedule.planted.iter().map(|one| (one.excursion.from(), one.excursion.until()));
            let halts = schedule.halts.iter().map(|one| (one.from, one.until));
            let crashes = schedule.crashes.iter().map(|one| (one.from, one.until()));
            let mut all: Vec<(Ts, Ts)> = planted.chain(halts).chain(crashes).collect();
            all.sort();
            let mut free = config.start;
            for (from, until) in all {
                prop_assert!(from >= free + MARGIN && from < until);
                prop_assert_eq!(from.since(config.start).nanos() % STEP.nanos(), 0);
                free = until;
            }
            prop_assert!(free + MARGIN <= config.start + config.duration);
            for spike in &schedule.spikes {
                prop_assert!(spike.settles_at > config.start && spike.settles_at < config.start + config.duration);
                prop_assert!((SPIKE.0..=SPIKE.1).contains(&spike.rate.abs()) && spike.feed.futures);
            }
        }
    }

    #[test]
    fn the_default_hour_has_something_of_everything() {
        let schedule = schedule(&MarketConfig::default()).unwrap();
        assert!(schedule.halts.len() >= 2 && schedule.crashes.len() == 1);
        assert_eq!(schedule.spikes.len(), 1);
        let is_basis = |one: &&PlantedAt| matches!(one.excursion, Excursion::Basis(_));
        assert_eq!(schedule.planted.iter().filter(is_basis).count(), 5);
        assert_eq!(schedule.planted.len(), 17);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let ask = |change: fn(&mut MarketConfig)| {
            let mut config = MarketConfig::default();
            change(&mut config);
            schedule(&config).unwrap_err().to_string()
        };
        let many = ask(|c| c.world.events.crashes = Some(10));
        assert!(
            many.contains("has room for") && many.contains("longer duration"),
            "{many}"
        );
        let spikes = ask(|c| c.world.events.funding_spikes = Some(5));
        assert!(spikes.contains("4 settlements"), "{spikes}");
        let legs = ask(|c| {
            c.world.feeds = Some(vec!["synth-spot:BTCUSDT".to_owned()]);
            c.world.events.triangle = Some(1);
        });
        assert!(legs.contains("events.triangle = 1"), "{legs}");
    }
}
