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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use onetape_core::names::Names;

    use super::*;
    use crate::scenario::{Options, load};

    /// Every key with a value that is not its default.
    const TEXT: &str = r#"
name = "far"
[[task]]
strategy = "spot_futures"
spot     = { instrument = "mexc-spot:BTCUSDT", feed = "quote" }
futures  = { instrument = "gate-usdt:BTC_USDT", feed = "quote" }
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = 36.0
exit = { edge_bps = 1.0, max_age = "30s" }
[venue.mexc-spot]
fees     = { maker_bps = 0.0, taker_bps = 5.0, asset = "quote" }
balances = { USDT = "4321" }
[venue.gate-usdt]
fees     = { maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }
balances = { USDT = "1234" }
[venue.gate-usdt.live]
connect_timeout = "1100ms"
read_timeout = "2200ms"
total_timeout = "5500ms"
pool = 77
pool_idle = 33
keep_alive = "44s"
window = "4s"
[risk]
max_order_notional = "2000"
max_daily_loss = "100"
"#;

    #[test]
    fn cf4_the_keys_of_a_venue_reach_its_connections_and_no_others() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("scenario.toml");
        std::fs::write(&file, TEXT).unwrap();
        let cards: Vec<_> = crate::builtin().iter().map(|spec| *spec.card).collect();
        let scenario = load(&file, &Options::default(), &cards).unwrap().scenario;
        let places = Places {
            testnet: false,
            local: BTreeMap::new(),
        };
        let all = VenuePlace::all(&scenario, &places).unwrap();
        let setup = |name: &str| {
            let place = all.iter().find(|it| it.protocol.venue() == name).unwrap();
            let mut names = Names::default();
            let venue = names.venue_id(name);
            place.setup(Directory::new(&names, venue), &Trust::public().unwrap())
        };
        let gate = setup("gate-usdt");
        let millis = Duration::from_millis;
        assert_eq!(
            *gate.http.limits(),
            HttpLimits {
                answer: millis(2_200),
                total: millis(5_500),
                body_max: BODY_MAX,
                connections_max: 77,
                idle_max: 33,
                keep_alive: millis(44_000),
            }
        );
        // Requests and streams connect by the same times.
        assert_eq!(gate.dialer.limits().connect, millis(1_100));
        assert_eq!(gate.http.dialer().limits().connect, millis(1_100));
        assert_eq!(gate.window, onetape_core::time::Span::from_millis(4_000));
        // Where a scenario says nothing, the defaults hold: 1 s, 2 s, 5 s; 100 and 50; 30 s.
        let mexc = setup("mexc-spot");
        let limits = mexc.http.limits();
        assert_eq!(mexc.dialer.limits().connect, millis(1_000));
        assert_eq!(
            (limits.answer, limits.total),
            (millis(2_000), millis(5_000))
        );
        assert_eq!((limits.connections_max, limits.idle_max), (100, 50));
        assert_eq!(limits.keep_alive, millis(30_000));
    }
}
