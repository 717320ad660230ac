//! Where the venues of a scenario are reached, and within which times.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use onetape_adapters::directory::Directory;
use onetape_adapters::protocol::Protocol;
use onetape_live::net::{DialLimits, Dialer, HttpClient, HttpLimits, Trust};
use onetape_live::venue::{Overrides, Urls, VenueSetup};

use crate::scenario::{InstrumentName, Preset, Scenario, URLS, VenueLive};

/// Largest answer to a question by REST: lists of instruments are long.
const BODY_MAX: usize = 64 * 1024 * 1024;

/// Where the command line says that venues are.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Every one on its testnet.
    pub testnet: bool,
    /// Local exchanges by venue.
    pub local: BTreeMap<String, SocketAddr>,
}

/// One venue of a scenario.
pub struct VenuePlace {
    /// Which.
    pub protocol: Protocol,
    /// Whose addresses.
    pub preset: Preset,
    /// What is traded there.
    pub symbols: Vec<String>,
    pub(super) urls: Urls,
    /// As the scenario has it.
    pub live: VenueLive,
}

impl VenuePlace {
    /// The venues of a scenario's instruments.
    ///
    /// # Errors
    /// When a venue cannot be reached as it is said, or the command line names one that the scenario does not have.
    pub fn all(scenario: &Scenario, places: &Places) -> anyhow::Result<Vec<Self>> {
        for name in places.local.keys() {
            if !scenario.venues.contains_key(name) {
                bail!("--local names {name}, which is no venue of the scenario");
            }
        }
        let mut all: Vec<Self> = Vec::new();
        for InstrumentName { venue, symbol } in scenario.instruments() {
            if let Some(known) = all.iter_mut().find(|it| it.protocol.venue() == venue) {
                known.symbols.push(symbol.clone());
                continue;
            }
            let live = scenario.venues.get(venue).map(|it| it.live.clone());
            let mut place = Self::of(venue, live.unwrap_or_default(), places)?;
            place.symbols.push(symbol.clone());
            all.push(place);
        }
        Ok(all)
    }

    fn of(venue: &str, live: VenueLive, places: &Places) -> anyhow::Result<Self> {
        let protocol = Protocol::of_venue(venue).with_context(|| {
            let known: Vec<&str> = Protocol::ALL.iter().map(|it| it.venue()).collect();
            format!(
                "{venue} is no venue that can be reached; there are {}. A recorded market is rehearsed with --rehearse",
                known.join(", ")
            )
        })?;
        let [rest, market, book, account, orders] = live.urls.clone();
        let own = Overrides {
            rest,
            market,
            book,
            account,
            orders,
        };
        let preset = match places.local.get(venue) {
            Some(at) => Preset::Local(*at),
            None if places.testnet => Preset::Testnet,
            None => live.preset,
        };
        let urls = match preset {
            Preset::Production => Urls::production(protocol, &own)?,
            Preset::Testnet => Urls::testnet(protocol, &own)?,
            Preset::Local(at) => Urls::local(protocol, &at.to_string(), &own)?,
        };
        Ok(Self {
            protocol,
            preset,
            symbols: Vec::new(),
            urls,
            live,
        })
    }

    /// The fields of `[venue.NAME.live]` with which a scenario reaches the same account, whatever its command line said.
    pub fn told(&self) -> BTreeMap<String, String> {
        let mut told = BTreeMap::from([("preset".to_string(), self.preset.to_string())]);
        let urls = URLS.into_iter().zip(&self.live.urls);
        let key = std::iter::once(("key", &self.live.key));
        for (name, text) in urls.chain(key) {
            if let Some(text) = text {
                told.insert(name.to_string(), text.clone());
            }
        }
        told
    }

    /// The venue as it is asked, with connections of its own and without a key.
    pub fn setup(&self, directory: Directory, trust: &Trust) -> VenueSetup {
        let limits = DialLimits {
            connect: self.live.connect_timeout,
            ..DialLimits::default()
        };
        let dialer = Dialer::new(trust.clone(), limits);
        let urls = self.urls.clone();
        let mut setup = VenueSetup::new(self.protocol, Arc::new(directory), urls, dialer.clone());
        let http = HttpLimits {
            answer: self.live.read_timeout,
            total: self.live.total_timeout,
            body_max: BODY_MAX,
            connections_max: self.live.pool,
            idle_max: self.live.pool_idle,
            keep_alive: self.live.keep_alive,
        };
        setup.http = Arc::new(HttpClient::new(self.urls.rest.clone(), dialer, http));
        setup.window = self.live.window;
        setup
    }
}
