//! What is served: venues, their instruments and terms, and the tape that moves them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use onetape_adapters::server::protocol::Protocol;
use onetape_core::names::Names;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::Span;
use onetape_data::catalog::{Catalog, InstrumentRecord, Kind};
use onetape_data::synth::market::{self, MarketConfig};
use onetape_data::tape::{TapeLeg, TapeRequest};

use super::Engine;
use crate::commands::backtest::cards;
use crate::exchange::{Exchange, setup};
use crate::run::Prepared;
use crate::scenario::{Loaded, Options, Scenario, parse};

/// Where instruments, terms and market come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A scenario: its venues, their settings, its catalogue and window.
    Scenario(Box<Loaded>),
    /// A catalogue, with usual terms.
    Tape(PathBuf),
    /// A market that is made now, with usual terms.
    Synth {
        /// Of every draw.
        seed: u64,
        /// How long.
        duration: Span,
        /// Arrivals in thousandths of what was measured.
        rate_milli: u32,
        /// The folder of its catalogue; one that goes away when none is given.
        keep: Option<PathBuf>,
    },
}

/// What is served.
pub struct World {
    pub(super) venues: Vec<(Protocol, Box<dyn Engine>)>,
    pub(super) catalog: Catalog,
    pub(super) request: TapeRequest,
    /// How many instruments have ids.
    pub(super) instruments: usize,
    /// Keeps the folder of a market that was made for this.
    pub(super) scratch: Option<Scratch>,
}

/// A folder that goes away.
pub(super) struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody is left to be told that it cannot be removed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl World {
    /// These venues, or all of a scenario's where none is named, each with so many accounts.
    ///
    /// # Errors
    /// When a venue is not known, or has nothing to trade, or the data is not right.
    pub fn open(
        venues: &[Protocol],
        source: Source,
        accounts: usize,
        registry: &[StrategySpec],
    ) -> anyhow::Result<Self> {
        let mut scratch = None;
        let loaded = match source {
            Source::Scenario(loaded) => *loaded,
            Source::Tape(path) => usual(&Catalog::open(&path)?, &path, venues, registry)?,
            Source::Synth {
                seed,
                duration,
                rate_milli,
                keep,
            } => {
                let path = match keep {
                    Some(path) => path,
                    None => scratch.insert(Scratch(unused_folder())).0.clone(),
                };
                make(&path, seed, duration, rate_milli)?;
                usual(&Catalog::open(&path)?, &path, venues, registry)?
            }
        };
        let catalog = Catalog::open(loaded.catalog()?)?;
        let prepared = Prepared::new(&loaded.scenario, &catalog, registry)?;
        let venues = match venues.is_empty() {
            true => known(&loaded.scenario)?,
            false => venues.to_vec(),
        };
        let mut engines = Vec::new();
        for venue in &venues {
            let engine = Exchange::new(setup(&prepared, venue.name(), accounts)?);
            engines.push((*venue, Box::new(engine) as Box<dyn Engine>));
        }
        let request = all_kinds(&prepared.request, &prepared.names, &catalog, &venues);
        if request.legs.is_empty() {
            bail!("the scenario has no instrument of the venues that are served");
        }
        Ok(Self {
            venues: engines,
            instruments: prepared.names.instruments.len(),
            request,
            catalog,
            scratch,
        })
    }
}

/// All venues of a scenario whose protocols are spoken.
fn known(scenario: &Scenario) -> anyhow::Result<Vec<Protocol>> {
    let venues = scenario.instruments();
    let venues = venues.iter().map(|it| it.venue.as_str());
    let venues: std::collections::BTreeSet<_> = venues.collect();
    let found: Vec<_> = venues.iter().filter_map(|it| Protocol::of(it)).collect();
    match found.is_empty() {
        true => bail!(
            "none of the scenario's venues ({}) can be served; there are {}",
            venues.into_iter().collect::<Vec<_>>().join(", "),
            Protocol::ALL.map(Protocol::name).join(", ")
        ),
        false => Ok(found),
    }
}

/// The tape of a scenario with everything that its catalogue has of the instruments that are served: others than its
/// tasks may want to see it.
fn all_kinds(
    request: &TapeRequest,
    names: &Names,
    catalog: &Catalog,
    venues: &[Protocol],
) -> TapeRequest {
    let is_served = |venue: &str| venues.iter().any(|it| it.name() == venue);
    let window = |first: i64, last: i64| {
        request.from.is_none_or(|from| last >= from.nanos())
            && request.to.is_none_or(|to| first < to.nanos())
    };
    let mut legs: BTreeMap<_, TapeLeg> = BTreeMap::new();
    for instrument in &names.instruments {
        let venue = names.venue(instrument.venue);
        let asked = request.legs.iter().any(|it| it.instrument == instrument.id);
        if !is_served(venue) || !asked {
            continue;
        }
        let series = onetape_data::catalog::Series {
            venue: venue.to_string(),
            symbol: instrument.symbol.clone(),
        };
        let has = |kind: &Kind| {
            let files = catalog.files(&series, *kind);
            files.iter().any(|it| window(it.first_ts, it.last_ts))
        };
        let kinds = Kind::ALL.into_iter().filter(has).collect();
        let leg = TapeLeg {
            instrument: instrument.id,
            series: series.clone(),
            kinds,
            venue_time: false,
        };
        legs.insert(instrument.id, leg);
    }
    TapeRequest {
        legs: legs.into_values().collect(),
        from: request.from,
        to: request.to,
    }
}

/// Fees in basis points: for resting and for taking.
const fn usual_fees(venue: Protocol) -> (&'static str, &'static str) {
    match venue {
        Protocol::BinanceSpot | Protocol::GateSpot => ("10.0", "10.0"),
        Protocol::MexcSpot => ("0.0", "5.0"),
        Protocol::BinanceUsdm | Protocol::GateUsdt => ("2.0", "5.0"),
    }
}

/// A scenario that trades nothing, over all instruments that a catalogue has of these venues.
fn usual(
    catalog: &Catalog,
    path: &Path,
    venues: &[Protocol],
    registry: &[StrategySpec],
) -> anyhow::Result<Loaded> {
    if venues.is_empty() {
        bail!(
            "no venue is named; give --venue NAME, of {}",
            Protocol::ALL.map(Protocol::name).join(", ")
        );
    }
    let mut text = String::from(
        "name = \"local-exchange\"\n[sim]\nqueue_on_quotes = true\nno_trades = true\nno_funding = true\n",
    );
    for venue in venues {
        let mut found = 0;
        for record in catalog.instruments() {
            if record.venue != venue.name() {
                continue;
            }
            found += 1;
            let has_depth = !catalog.files(&record.series(), Kind::Depth).is_empty();
            let feed = if has_depth { "depth" } else { "quote" };
            // A string in a writer takes all that is written.
            let _ = write!(
                text,
                "[[task]]\nname = \"watch-{}-{}\"\nstrategy = \"watch\"\n\
                 instrument = {{ instrument = {:?}, feed = \"{feed}\" }}\n",
                venue.name(),
                record.symbol.to_lowercase().replace('_', "-"),
                record.name(),
            );
        }
        if found == 0 {
            bail!(
                "{} has no instrument of {}; `onetape data info --catalog {}` shows what it has",
                path.display(),
                venue.name(),
                path.display()
            );
        }
        let (maker, taker) = usual_fees(*venue);
        let coins = match venue.is_futures() {
            true => "",
            false => ", BTC = \"100\", ETH = \"1000\"",
        };
        let _ = write!(
            text,
            "[venue.{}]\nfees = {{ maker_bps = {maker}, taker_bps = {taker}, asset = \"quote\" }}\n\
             balances = {{ USDT = \"10000000\"{coins} }}\n",
            venue.name(),
        );
    }
    let options = Options {
        catalog: Some(path.to_path_buf()),
        ..Options::default()
    };
    let loaded = parse(
        &text,
        "the local exchange",
        Path::new(""),
        &options,
        &cards(registry),
    );
    loaded.context("the usual terms of venues")
}

/// The synthetic market's venues, and which of ours each stands for.
const STANDS_FOR: [(&str, Protocol); 5] = [
    ("synth-spot", Protocol::BinanceSpot),
    ("synth-spot-b", Protocol::GateSpot),
    ("synth-spot-c", Protocol::MexcSpot),
    ("synth-perp", Protocol::BinanceUsdm),
    ("synth-perp-b", Protocol::GateUsdt),
];

/// What an instrument of the synthetic market is called at the venue that it stands for.
fn called(record: &InstrumentRecord) -> Option<(String, String)> {
    let mut all = STANDS_FOR.into_iter();
    let (_, protocol) = all.find(|(name, _)| *name == record.venue)?;
    let symbol = protocol.symbol(&record.base, &record.quote);
    Some((protocol.name().to_string(), symbol))
}

/// Makes a market of all five venues into a catalogue. No halts and no crash: what a test asks for is not refused.
fn make(path: &Path, seed: u64, duration: Span, rate_milli: u32) -> anyhow::Result<()> {
    let mut config = MarketConfig {
        seed,
        duration,
        rate_milli,
        ..MarketConfig::default()
    };
    config.world.events.halts = Some(0);
    config.world.events.crashes = Some(0);
    market::write_as(path, &config, &called, &mut |_, _| {})?;
    Ok(())
}

/// A folder that is nobody else's.
fn unused_folder() -> PathBuf {
    let now = super::clock::now().nanos();
    std::env::temp_dir().join(format!("onetape-venue-{}-{now}", std::process::id()))
}
