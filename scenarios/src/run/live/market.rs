//! Live market data of a scenario: which venues, which instruments by whose rules, which feeds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use onetape_adapters::credentials::Credentials;
use onetape_adapters::directory::Directory;
use onetape_adapters::feed::Feed;
use onetape_adapters::protocol::Protocol;
use onetape_adapters::rules::Rules;
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::TopFeed;
use onetape_core::names::Names;
use onetape_core::strategy::StrategySpec;
use onetape_data::catalog::Catalog;
use onetape_live::feed::{FeedOptions, MarketFeed, list};
use onetape_live::net::{DialLimits, Dialer, HttpClient, HttpLimits, Trust};
use onetape_live::queue::Sender;
use onetape_live::venue::{Overrides, Urls, VenueSetup};

use crate::run::prepare::rests_at;
use crate::run::{Prepared, name_rest};
use crate::scenario::{InstrumentName, Preset, Scenario, VenueLive};

/// Largest answer to a question by REST.
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
pub(super) struct VenuePlan {
    protocol: Protocol,
    preset: Preset,
    urls: Urls,
    live: VenueLive,
    symbols: Vec<String>,
    /// As the venue states them.
    rules: Vec<Rules>,
}

/// The venues of a scenario, with the rules of its instruments.
pub struct MarketPlan {
    venues: Vec<VenuePlan>,
    trust: Trust,
}

impl MarketPlan {
    /// Asks the venues for their rules; instruments are entered in the scenario's order. What a catalogue says of an
    /// instrument must agree.
    ///
    /// # Errors
    /// When a venue is not known, does not answer, lacks an instrument, or states other rules.
    pub fn make(
        scenario: &Scenario,
        catalog: Option<&Catalog>,
        places: &Places,
    ) -> anyhow::Result<(Self, Names)> {
        let mut plan = Self {
            venues: plans(scenario, places)?,
            trust: Trust::public()?,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        for venue in &mut plan.venues {
            let mut scratch = Names::default();
            let id = scratch.venue_id(venue.protocol.venue());
            let setup = venue.setup(Directory::new(&scratch, id), &plan.trust);
            let listed = list(&setup, &venue.symbols, &mut scratch);
            venue.rules = runtime.block_on(listed)?.rules;
        }
        let names = plan.names(scenario, catalog)?;
        Ok((plan, names))
    }

    fn names(&self, scenario: &Scenario, catalog: Option<&Catalog>) -> anyhow::Result<Names> {
        let mut names = Names::default();
        for name in scenario.instruments() {
            let venues = self.venues.iter();
            let mut venues = venues.filter(|it| it.protocol.venue() == name.venue);
            let venue = venues
                .next()
                .with_context(|| format!("{name} is at none of the scenario's venues"))?;
            let rules = venue.rules.iter().find(|it| it.symbol == name.symbol);
            let rules = rules.with_context(|| format!("the venue has no rules of {name}"))?;
            let mut instrument = rules.instrument(&name.venue, &mut names)?;
            if let Some(record) = catalog.and_then(|it| it.instrument(&name.to_string()).ok()) {
                let mut scratch = Names::default();
                let id = record.enter(&mut scratch)?;
                let known = scratch.instrument(id);
                agree(name, known, &instrument)?;
                instrument.tiers.clone_from(&known.tiers);
            }
            names.instruments.push(instrument);
        }
        name_rest(scenario, &mut names);
        Ok(names)
    }

    /// The venues as they are spoken to, on whose runtime this is called.
    ///
    /// # Errors
    /// When an address is no such thing, a key cannot be had, or certificates that are trusted cannot be read.
    pub fn setups(
        &self,
        names: &Names,
        key: impl Fn(Protocol, &VenueLive) -> anyhow::Result<Option<Arc<Credentials>>>,
    ) -> anyhow::Result<Vec<VenueSetup>> {
        let mut setups = Vec::with_capacity(self.venues.len());
        for venue in &self.venues {
            let name = venue.protocol.venue();
            let at = names.venues.iter().position(|it| it == name);
            let at = at.with_context(|| format!("{name} is none of the run's venues"))?;
            let id = onetape_core::names::VenueId(u16::try_from(at)?);
            let mut directory = Directory::new(names, id);
            for rules in &venue.rules {
                directory.set_contract(&rules.symbol, rules.contract);
            }
            let mut setup = venue.setup(directory, &self.trust);
            setup.credentials = key(venue.protocol, &venue.live)?;
            setups.push(setup);
        }
        Ok(setups)
    }

    /// Whose addresses each venue has, in the order of [`MarketPlan::setups`].
    pub fn presets(&self) -> impl Iterator<Item = Preset> {
        self.venues.iter().map(|it| it.preset)
    }

    /// What will be traded where, a line each.
    pub fn lines(&self) -> Vec<String> {
        let line = |it: &VenuePlan| {
            let (venue, symbols) = (it.protocol.venue(), it.symbols.join(", "));
            format!("{venue} at {}: {symbols}", it.urls.rest)
        };
        self.venues.iter().map(line).collect()
    }
}

impl VenuePlan {
    fn setup(&self, directory: Directory, trust: &Trust) -> VenueSetup {
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

/// The venues of a scenario's instruments.
fn plans(scenario: &Scenario, places: &Places) -> anyhow::Result<Vec<VenuePlan>> {
    for name in places.local.keys() {
        if !scenario.venues.contains_key(name) {
            bail!("--local names {name}, which is no venue of the scenario");
        }
    }
    let mut plans: Vec<VenuePlan> = Vec::new();
    for InstrumentName { venue, symbol } in scenario.instruments() {
        if let Some(plan) = plans.iter_mut().find(|it| it.protocol.venue() == venue) {
            plan.symbols.push(symbol.clone());
            continue;
        }
        let protocol = Protocol::of_venue(venue).with_context(|| {
            let known: Vec<&str> = Protocol::ALL.iter().map(|it| it.venue()).collect();
            format!(
                "{venue} is no venue that can be reached; there are {}. A recorded market is rehearsed with --rehearse",
                known.join(", ")
            )
        })?;
        let live = scenario.venues.get(venue).map(|it| it.live.clone());
        let live = live.unwrap_or_default();
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
        plans.push(VenuePlan {
            protocol,
            preset,
            urls,
            live,
            symbols: vec![symbol.clone()],
            rules: Vec::new(),
        });
    }
    Ok(plans)
}

/// Refuses to trade by rules that are not the venue's.
fn agree(name: &InstrumentName, known: &Instrument, venue: &Instrument) -> anyhow::Result<()> {
    let of = |it: &Instrument| {
        [
            ("tick", it.price_decimal(it.tick).normalize().to_string()),
            ("lot", it.qty_decimal(it.lot).normalize().to_string()),
            (
                "min_qty",
                it.qty_decimal(it.min_qty).normalize().to_string(),
            ),
            ("contract_value", it.contract_value.trimmed().to_string()),
            ("kind", format!("{:?}", it.kind)),
        ]
    };
    for ((field, known), (_, venue)) in of(known).into_iter().zip(of(venue)) {
        if known != venue {
            bail!(
                "{name}: the catalogue says {field} = {known}, the venue {venue}; import its instruments anew, or take \
                 the catalogue out of [data]"
            );
        }
    }
    Ok(())
}

/// What a run must hear of its instruments.
///
/// # Errors
/// When an instrument is none of the run's.
pub fn wanted(prepared: &Prepared<'_>, registry: &[StrategySpec]) -> anyhow::Result<Vec<Feed>> {
    let mut feeds = Vec::new();
    for name in prepared.scenario.instruments() {
        let id = crate::run::prepare::find(&prepared.names, name)?;
        feeds.push(match prepared.feeds[id.index()] {
            TopFeed::Quote => Feed::Quote(id),
            TopFeed::Depth => Feed::Depth(id),
            TopFeed::Bar => bail!(
                "{name} has feed = \"bar\", which no venue tells as it happens; use quote or depth"
            ),
        });
        if prepared.names.instrument(id).kind != InstrumentKind::Spot {
            feeds.push(Feed::Mark(id));
        }
        if rests_at(prepared.scenario, name, registry) {
            feeds.push(Feed::Trades(id));
        }
    }
    Ok(feeds)
}

/// Market data that comes; it ends when this is dropped.
pub struct Hearing(#[allow(dead_code, reason = "kept for what it does")] Vec<MarketFeed<Sender>>);

/// Begins to hear.
///
/// # Errors
/// When a venue does not have a feed.
pub fn hear(setups: Vec<VenueSetup>, wanted: &[Feed], to: &Sender) -> anyhow::Result<Hearing> {
    let mut hearing = Vec::with_capacity(setups.len());
    for (at, setup) in setups.into_iter().enumerate() {
        let directory = Arc::clone(&setup.directory);
        let own = |feed: &&Feed| {
            feed.instrument()
                .is_some_and(|id| directory.get(id).is_some())
        };
        let feeds: Vec<Feed> = wanted.iter().filter(own).copied().collect();
        let mut market = MarketFeed::start(setup, FeedOptions::usual(at as u64), to.clone());
        market.want(&feeds)?;
        hearing.push(market);
    }
    Ok(Hearing(hearing))
}
