//! From names to ids: what a scenario means against a catalogue.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use onetape_core::desk::Desk;
use onetape_core::instrument::Instrument;
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::Bps;
use onetape_core::risk::RiskLimits;
use onetape_core::strategy::{Setup, StrategySpec, Task};
use onetape_data::catalog::{Catalog, Kind, Series};
use onetape_data::tape::{TapeLeg, TapeRequest};
use onetape_sim::{
    Delay, FeeAsset, FeedDelay, Fees, Latency, Liquidity, MarginMode, QueueModel, SelfTrade,
    SimConfig, VenueConfig,
};

use crate::scenario::{AssetPrice, Feed, InstrumentName, Scenario};

/// Life of the process in a backtest: there is but one.
const BACKTEST_EPOCH: u32 = 1;

/// A scenario with ids in place of names: everything that a run is built from.
pub struct Prepared<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Names and instruments.
    pub names: Arc<Names>,
    /// By instrument: which feed moves its top.
    pub feeds: Vec<TopFeed>,
    /// The part of the tape that is read.
    pub request: TapeRequest,
    /// The simulated venues.
    pub sim: SimConfig,
    /// Limits of the risk gate.
    pub limits: RiskLimits,
    registry: &'a [StrategySpec],
}

impl<'a> Prepared<'a> {
    /// Enters every name of a scenario, with the instruments' rules from the catalogue.
    ///
    /// # Errors
    /// When the catalogue lacks an instrument or two tasks disagree about a feed.
    pub fn new(
        scenario: &'a Scenario,
        catalog: &Catalog,
        registry: &'a [StrategySpec],
    ) -> anyhow::Result<Self> {
        let mut names = Names::default();
        for instrument in scenario.instruments() {
            catalog
                .instrument(&instrument.to_string())?
                .enter(&mut names)?;
        }
        names.tasks = scenario
            .tasks
            .iter()
            .map(|task| task.name.clone())
            .collect();
        for (name, venue) in &scenario.venues {
            names.venue_id(name);
            for asset in venue.balances.keys() {
                names.asset_id(asset);
            }
        }
        Self::with_names(
            scenario,
            names,
            |series| kinds_in(catalog, series),
            registry,
        )
    }

    /// With names that are known already, as a replay has them from its journal. `kinds` tells which kinds of
    /// messages the tape has of a series.
    ///
    /// # Errors
    /// When a name is missing or two tasks disagree about a feed.
    pub fn with_names(
        scenario: &'a Scenario,
        mut names: Names,
        kinds: impl Fn(&Series) -> Vec<Kind>,
        registry: &'a [StrategySpec],
    ) -> anyhow::Result<Self> {
        let feeds = feeds(scenario, &names)?;
        let sim = sim_config(scenario, &mut names)?;
        let request = request(scenario, &names, &feeds, kinds)?;
        let risk = &scenario.risk;
        let limits = RiskLimits {
            max_order_notional: risk.max_order_notional,
            max_position_notional: risk.max_position_notional,
            max_daily_loss: risk.max_daily_loss,
            max_book_age: risk.max_book_age,
        };
        Ok(Self {
            scenario,
            names: Arc::new(names),
            feeds,
            request,
            sim,
            limits,
            registry,
        })
    }

    /// An empty market.
    pub fn market(&self) -> Market {
        Market::new(&self.names.instruments, &self.feeds)
    }

    /// A desk with fresh tasks.
    ///
    /// # Errors
    /// When a strategy refuses its set-up.
    pub fn desk(&self) -> anyhow::Result<Desk> {
        let tasks = self.scenario.tasks.iter().map(|task| self.task(task));
        let tasks = tasks.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Desk::new(
            Arc::clone(&self.names),
            self.limits.clone(),
            BACKTEST_EPOCH,
            tasks,
        ))
    }

    fn task(&self, task: &crate::scenario::Task) -> anyhow::Result<Box<dyn Task>> {
        let spec = self
            .registry
            .iter()
            .find(|spec| spec.card.name == task.strategy);
        let spec = spec.with_context(|| format!("no strategy is called {}", task.strategy))?;
        let legs = task
            .legs
            .iter()
            .map(|leg| find(&self.names, &leg.instrument));
        let fee = |leg: &crate::scenario::Leg| -> Bps {
            self.scenario
                .venues
                .get(&leg.instrument.venue)
                .map_or_else(Bps::default, |venue| venue.fees.taker_bps)
        };
        let setup = Setup {
            names: &self.names,
            legs: legs.collect::<anyhow::Result<_>>()?,
            taker_fees: task.legs.iter().map(fee).collect(),
            params: task.params.clone(),
        };
        (spec.build)(&setup).map_err(|problem| anyhow::anyhow!("task {}: {problem}", task.name))
    }

    /// Life of the process, for order ids.
    pub const fn epoch(&self) -> u32 {
        BACKTEST_EPOCH
    }
}

fn find(names: &Names, instrument: &InstrumentName) -> anyhow::Result<InstrumentId> {
    let name = instrument.to_string();
    names
        .find_instrument(&name)
        .with_context(|| format!("{name} is not among the run's instruments"))
}

fn series_of(names: &Names, instrument: &Instrument) -> Series {
    Series {
        venue: names.venue(instrument.venue).to_string(),
        symbol: instrument.symbol.clone(),
    }
}

fn kinds_in(catalog: &Catalog, series: &Series) -> Vec<Kind> {
    let has = |kind: &Kind| !catalog.files(series, *kind).is_empty();
    Kind::ALL.into_iter().filter(has).collect()
}

/// One feed an instrument: quotes where only a fee's price is read.
fn feeds(scenario: &Scenario, names: &Names) -> anyhow::Result<Vec<TopFeed>> {
    let mut feeds: Vec<Option<Feed>> = vec![None; names.instruments.len()];
    for leg in scenario.tasks.iter().flat_map(|task| &task.legs) {
        let known = &mut feeds[find(names, &leg.instrument)?.index()];
        if known.is_some_and(|known| known != leg.feed) {
            bail!(
                "{} has feed = \"quote\" in one task and \"depth\" in another; use one",
                leg.instrument
            );
        }
        *known = Some(leg.feed);
    }
    let top = |feed: Option<Feed>| match feed {
        Some(Feed::Depth) => TopFeed::Depth,
        Some(Feed::Quote) | None => TopFeed::Quote,
    };
    Ok(feeds.into_iter().map(top).collect())
}

fn request(
    scenario: &Scenario,
    names: &Names,
    feeds: &[TopFeed],
    known: impl Fn(&Series) -> Vec<Kind>,
) -> anyhow::Result<TapeRequest> {
    let mut legs = Vec::new();
    for instrument in scenario.instruments() {
        let id = find(names, instrument)?;
        let series = series_of(names, names.instrument(id));
        let top = match feeds[id.index()] {
            TopFeed::Quote => Kind::Quote,
            TopFeed::Depth => Kind::Depth,
            TopFeed::Bar => Kind::Bar,
        };
        let mut kinds = vec![top];
        let present = known(&series);
        kinds.extend(
            [Kind::Mark, Kind::Funding]
                .into_iter()
                .filter(|kind| present.contains(kind)),
        );
        legs.push(TapeLeg {
            instrument: id,
            series,
            kinds,
            venue_time: false,
        });
    }
    Ok(TapeRequest {
        legs,
        from: scenario.data.from,
        to: scenario.data.to,
    })
}

fn sim_config(scenario: &Scenario, names: &mut Names) -> anyhow::Result<SimConfig> {
    let mut venues = Vec::new();
    for (name, venue) in &scenario.venues {
        let asset = match &venue.fees.asset {
            crate::scenario::FeeAsset::Quote => FeeAsset::Quote,
            crate::scenario::FeeAsset::Received => FeeAsset::Received,
            crate::scenario::FeeAsset::Named { asset, price } => {
                let asset = names.asset_id(asset);
                match price {
                    AssetPrice::Fixed(price) => {
                        FeeAsset::Fixed(asset, onetape_core::num::Money::new(*price))
                    }
                    AssetPrice::Instrument(source) => FeeAsset::Quoted(asset, find(names, source)?),
                }
            }
        };
        let balances = venue
            .balances
            .iter()
            .map(|(asset, amount)| (names.asset_id(asset), *amount));
        let balances = balances.collect();
        venues.push(VenueConfig {
            venue: names.venue_id(name),
            fees: Fees {
                maker: venue.fees.maker_bps,
                taker: venue.fees.taker_bps,
                asset,
            },
            latency: Latency {
                feed: FeedDelay::Modelled(Delay::Constant(venue.latency.feed)),
                order: Delay::Constant(venue.latency.order),
                answer: Delay::Constant(venue.latency.answer),
            },
            balances,
            leverage: venue.leverage,
            margin: MarginMode::Cross,
            liquidation_fee: Bps::default(),
            rate_limits: Vec::new(),
            self_trade: SelfTrade::default(),
        });
    }
    let liquidity = match scenario.sim.liquidity {
        crate::scenario::Liquidity::Book => Liquidity::Book,
        crate::scenario::Liquidity::Touch => Liquidity::Touch,
        crate::scenario::Liquidity::TouchUnlimited => Liquidity::TouchUnlimited,
    };
    Ok(SimConfig {
        liquidity,
        queue: QueueModel::Through,
        seed: scenario.sim.seed,
        venues,
    })
}
