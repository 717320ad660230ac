//! Live market data of a scenario: which venues, which instruments by whose rules, which feeds.

use std::collections::BTreeMap;
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
use onetape_live::net::Trust;
use onetape_live::queue::Sender;
use onetape_live::venue::VenueSetup;

use super::place::{Places, VenuePlace};
use crate::run::prepare::rests_at;
use crate::run::{Prepared, name_rest};
use crate::scenario::{InstrumentName, Preset, Scenario, VenueLive};

/// One venue of a scenario.
pub(super) struct VenuePlan {
    place: VenuePlace,
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
            venues: (VenuePlace::all(scenario, places)?.into_iter())
                .map(|place| VenuePlan {
                    place,
                    rules: Vec::new(),
                })
                .collect(),
            trust: Trust::public()?,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        for venue in &mut plan.venues {
            let mut scratch = Names::default();
            let id = scratch.venue_id(venue.place.protocol.venue());
            let setup = venue.place.setup(Directory::new(&scratch, id), &plan.trust);
            let listed = list(&setup, &venue.place.symbols, &mut scratch);
            venue.rules = runtime.block_on(listed)?.rules;
        }
        let names = plan.names(scenario, catalog)?;
        Ok((plan, names))
    }

    fn names(&self, scenario: &Scenario, catalog: Option<&Catalog>) -> anyhow::Result<Names> {
        let mut names = Names::default();
        for name in scenario.instruments() {
            let venues = self.venues.iter();
            let mut venues = venues.filter(|it| it.place.protocol.venue() == name.venue);
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
            let name = venue.place.protocol.venue();
            let at = names.venues.iter().position(|it| it == name);
            let at = at.with_context(|| format!("{name} is none of the run's venues"))?;
            let id = onetape_core::names::VenueId(u16::try_from(at)?);
            let mut directory = Directory::new(names, id);
            for rules in &venue.rules {
                directory.set_contract(&rules.symbol, rules.contract);
            }
            let mut setup = venue.place.setup(directory, &self.trust);
            setup.credentials = key(venue.place.protocol, &venue.place.live)?;
            setups.push(setup);
        }
        Ok(setups)
    }

    /// Whose addresses each venue has, in the order of [`MarketPlan::setups`].
    pub fn presets(&self) -> impl Iterator<Item = Preset> {
        self.venues.iter().map(|it| it.place.preset)
    }

    /// Where each venue is reached, for a run's record.
    pub fn reached(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let one = |it: &VenuePlan| (it.place.protocol.venue().to_string(), it.place.told());
        self.venues.iter().map(one).collect()
    }

    /// What will be traded where, a line each.
    pub fn lines(&self) -> Vec<String> {
        let line = |it: &VenuePlan| {
            let VenuePlace {
                protocol,
                symbols,
                urls,
                ..
            } = &it.place;
            let (venue, symbols) = (protocol.venue(), symbols.join(", "));
            format!("{venue} at {}: {symbols}", urls.rest)
        };
        self.venues.iter().map(line).collect()
    }
}

/// Refuses to trade by rules that are not the venue's.
fn agree(name: &InstrumentName, known: &Instrument, venue: &Instrument) -> anyhow::Result<()> {
    match differs(known, venue) {
        None => Ok(()),
        Some(words) => bail!("{name}: {words}"),
    }
}

/// The first rule that a catalogue has otherwise than the venue, with both values and what to do. Steps and minima that
/// were inferred from market data are no rules: there the venue's hold. A venue may have no least value, or not tell it.
pub(crate) fn differs(known: &Instrument, venue: &Instrument) -> Option<String> {
    let of = |it: &Instrument| {
        let size = |qty| it.qty_decimal(qty).normalize().to_string();
        [
            ("kind", format!("{:?}", it.kind)),
            ("contract_value", it.contract_value.trimmed().to_string()),
            ("tick", it.price_decimal(it.tick).normalize().to_string()),
            ("lot", size(it.lot)),
            ("min_qty", size(it.min_qty)),
            ("min_notional", it.min_notional.trimmed().to_string()),
        ]
    };
    let is_rule = |field: &str| match field {
        "kind" | "contract_value" => true,
        "min_notional" => !known.inferred && !venue.min_notional.is_zero(),
        _ => !known.inferred,
    };
    let mut all = of(known).into_iter().zip(of(venue));
    let ((field, known), (_, venue)) =
        all.find(|((field, known), (_, venue))| is_rule(field) && known != venue)?;
    Some(format!(
        "the catalogue says {field} = {known}, the venue {venue}; import its instruments anew, or take the catalogue \
         out of [data]"
    ))
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
