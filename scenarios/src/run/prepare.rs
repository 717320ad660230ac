//! From names to ids: what a scenario means against a catalogue.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use onetape_core::desk::{Desk, TaskTerms};
use onetape_core::event::Control;
use onetape_core::instrument::Instrument;
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Bps, Money};
use onetape_core::risk::RiskLimits;
use onetape_core::strategy::{Setup, StrategySpec, Task};
use onetape_core::task::TaskOrder;
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::{Catalog, Kind, Series};
use onetape_data::tape::{TapeLeg, TapeRequest};
use onetape_sim::check::Balanced;
use onetape_sim::{
    FaultPlan, FaultRates, FeeAsset, FeeTiers, FeedDelay, Fees, Latency, Liquidity, QueueModel,
    Scheduled, SimConfig, VenueConfig,
};

use super::holdings::{Holdings, Window};
use super::limits::limits;
use super::support::check;
use crate::scenario::{
    AssetPrice, Faults, Feed, FeedLatency, InstrumentName, Scenario, Task as TaskOf, Venue,
};

/// How long a task that is over is kept in view, where its scenario does not say it.
const ARCHIVE_AFTER: Span = Span::from_millis(24 * 3_600_000);
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
    /// What tasks are ordered to do, in the order of time.
    pub controls: Vec<(Ts, Control)>,
    registry: &'a [StrategySpec],
}

impl<'a> Prepared<'a> {
    /// Enters every name of a scenario, with the instruments' rules from the catalogue.
    ///
    /// # Errors
    /// When the catalogue lacks an instrument, two tasks disagree about a feed, or the data does not support what the
    /// scenario asks for.
    pub fn new(
        scenario: &'a Scenario,
        catalog: &Catalog,
        registry: &'a [StrategySpec],
    ) -> anyhow::Result<Self> {
        let counted = scenario.controls.iter().any(|it| it.after.is_some());
        if counted && scenario.data.from.is_none() {
            bail!(
                "[[control]] after counts from the start of the data; state data.from, or write `at`"
            );
        }
        let names = names_by(scenario, catalog)?;
        let holdings = Holdings::of(catalog);
        let prepared = Self::with_names(scenario, names, &holdings, registry)?;
        check(
            scenario,
            &prepared.names,
            &prepared.request,
            &holdings,
            registry,
        )?;
        Ok(prepared)
    }

    /// For a market that comes live: no tape is read, and what it will show is not known.
    ///
    /// # Errors
    /// When a name is missing or two tasks disagree about a feed.
    pub fn live(
        scenario: &'a Scenario,
        names: Names,
        registry: &'a [StrategySpec],
    ) -> anyhow::Result<Self> {
        Self::with_names(scenario, names, &Holdings::recorded(&[], None), registry)
    }

    /// With names that are known already, as a replay has them from its journal. What the data supports was judged
    /// when it was run first.
    ///
    /// # Errors
    /// When a name is missing or two tasks disagree about a feed.
    pub fn with_names(
        scenario: &'a Scenario,
        mut names: Names,
        holdings: &Holdings,
        registry: &'a [StrategySpec],
    ) -> anyhow::Result<Self> {
        let feeds = feeds(scenario, &names)?;
        let request = request(scenario, &names, &feeds, holdings, registry)?;
        let sim = sim_config(scenario, &mut names, &request, holdings)?;
        let limits = limits(scenario, &names, &sim)?;
        Ok(Self {
            scenario,
            names: Arc::new(names),
            feeds,
            request,
            sim,
            limits,
            controls: controls(scenario),
            registry,
        })
    }

    /// True when another run reads the same rows by the same names, and its tasks follow the same signals: the two can
    /// go through one tape together.
    pub fn goes_with(&self, other: &Self) -> bool {
        let follows = |one: &Self| -> Vec<_> {
            let tasks = one.scenario.tasks.iter();
            tasks
                .map(|task| (task.strategy, task.legs.clone(), one.fees_followed(task)))
                .collect()
        };
        self.request == other.request
            && self.feeds == other.feeds
            && self.names == other.names
            && follows(self) == follows(other)
    }

    /// The fees that the signals of a task depend on: those of its legs, where it chooses among them.
    fn fees_followed(&self, task: &crate::scenario::Task) -> Vec<Bps> {
        let mut cards = self.registry.iter().map(|spec| spec.card);
        let chooses = cards.any(|card| card.name == task.strategy && card.follows_fees());
        let legs = task.legs.iter().filter(|_| chooses);
        legs.map(|leg| self.taker_fee(leg)).collect()
    }

    fn taker_fee(&self, leg: &crate::scenario::Leg) -> Bps {
        let venue = self.scenario.venues.get(&leg.instrument.venue);
        venue.map_or_else(Bps::default, |venue| venue.fees.taker_bps)
    }

    /// The simulated venues, with other things going wrong at them than the scenario says.
    ///
    /// # Errors
    /// When a fault is on an instrument that is not among the run's.
    pub fn sim_with(&self, faults: &Faults) -> anyhow::Result<SimConfig> {
        let mut names = (*self.names).clone();
        Ok(SimConfig {
            faults: Some(fault_plan(faults, &mut names)?),
            ..self.sim.clone()
        })
    }

    /// By task: what is to balance.
    ///
    /// # Errors
    /// When an instrument is not among the run's.
    pub fn balanced(&self) -> anyhow::Result<Vec<Balanced>> {
        let balanced = |task: &TaskOf| {
            let legs = task.legs.iter();
            let legs = legs.map(|leg| find(&self.names, &leg.instrument));
            let mut cards = self.registry.iter().map(|spec| spec.card);
            let card = cards.find(|card| card.name == task.strategy);
            Ok(Balanced {
                legs: legs.collect::<anyhow::Result<_>>()?,
                tolerance: card
                    .map(|card| card.delta_band(&task.params))
                    .unwrap_or_default(),
            })
        };
        self.scenario.tasks.iter().map(balanced).collect()
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
        let mut desk = Desk::new(
            Arc::clone(&self.names),
            self.limits.clone(),
            BACKTEST_EPOCH,
            tasks,
        );
        for (at, task) in (0..).zip(&self.scenario.tasks) {
            let mut specs = self.registry.iter();
            let spec = specs.find(|spec| spec.card.name == task.strategy);
            let terms = TaskTerms {
                card: spec.map(|spec| spec.card),
                params: task.params.clone(),
                waits: task.manual_start,
                started_by: task.started_by.as_ref().and_then(|name| {
                    let mut tasks = self.scenario.tasks.iter();
                    let by = tasks.position(|task| task.name == *name);
                    by.map(|by| TaskId(by as u16))
                }),
                archive_after: Some(task.archive_after.unwrap_or(ARCHIVE_AFTER)),
                retry_after: task.retry_after,
            };
            desk.set_terms(TaskId(at), terms);
        }
        Ok(desk)
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
        let setup = Setup {
            names: &self.names,
            legs: legs.collect::<anyhow::Result<_>>()?,
            taker_fees: task.legs.iter().map(|leg| self.taker_fee(leg)).collect(),
            params: task.params.clone(),
        };
        (spec.build)(&setup).map_err(|problem| anyhow::anyhow!("task {}: {problem}", task.name))
    }

    /// Life of the process, for order ids.
    pub const fn epoch(&self) -> u32 {
        BACKTEST_EPOCH
    }
}

/// Every name of a scenario, with the instruments' rules from a catalogue.
///
/// # Errors
/// When the catalogue lacks an instrument.
pub fn names_by(scenario: &Scenario, catalog: &Catalog) -> anyhow::Result<Names> {
    let mut names = Names::default();
    for instrument in scenario.instruments() {
        catalog
            .instrument(&instrument.to_string())?
            .enter(&mut names)?;
    }
    name_rest(scenario, &mut names);
    Ok(names)
}

/// Enters what a scenario names besides its instruments.
pub fn name_rest(scenario: &Scenario, names: &mut Names) {
    names.tasks = (scenario.tasks.iter())
        .map(|task| task.name.clone())
        .collect();
    for (name, venue) in &scenario.venues {
        names.venue_id(name);
        for asset in venue.balances.keys() {
            names.asset_id(asset);
        }
    }
}

/// What people order, as events.
fn controls(scenario: &Scenario) -> Vec<(Ts, Control)> {
    let id = |name: &String| {
        let mut tasks = scenario.tasks.iter();
        let at = tasks.position(|task| task.name == *name);
        at.map(|at| TaskId(at as u16))
    };
    let orders = scenario.controls.iter().map(|control| {
        let order = TaskOrder {
            task: control.task.as_ref().and_then(id),
            action: control.action.clone(),
        };
        (control.at, Control::Task(Box::new(order)))
    });
    orders.collect()
}

pub(super) fn find(names: &Names, instrument: &InstrumentName) -> anyhow::Result<InstrumentId> {
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

/// One feed an instrument: quotes where only a fee's price is read.
fn feeds(scenario: &Scenario, names: &Names) -> anyhow::Result<Vec<TopFeed>> {
    let mut feeds: Vec<Option<Feed>> = vec![None; names.instruments.len()];
    for leg in scenario.tasks.iter().flat_map(|task| &task.legs) {
        let known = &mut feeds[find(names, &leg.instrument)?.index()];
        if known.is_some_and(|known| known != leg.feed) {
            bail!(
                "{} has feed = {:?} in one task and another feed in another; use one",
                leg.instrument,
                leg.feed.name()
            );
        }
        *known = Some(leg.feed);
    }
    let top = |feed: Option<Feed>| match feed {
        Some(Feed::Depth) => TopFeed::Depth,
        Some(Feed::Bar) => TopFeed::Bar,
        Some(Feed::Quote) | None => TopFeed::Quote,
    };
    Ok(feeds.into_iter().map(top).collect())
}

fn request(
    scenario: &Scenario,
    names: &Names,
    feeds: &[TopFeed],
    holdings: &Holdings,
    registry: &[StrategySpec],
) -> anyhow::Result<TapeRequest> {
    let window = Window::of_scenario(scenario);
    let mut legs = Vec::new();
    for instrument in scenario.instruments() {
        let id = find(names, instrument)?;
        let series = series_of(names, names.instrument(id));
        let mut kinds = vec![match feeds[id.index()] {
            TopFeed::Quote => Kind::Quote,
            TopFeed::Depth => Kind::Depth,
            TopFeed::Bar => Kind::Bar,
        }];
        // What the scenario declares it can do without is read only where the window has it.
        let read = |kind, optional: bool| {
            if optional {
                holdings.has_within(&series, kind, window)
            } else {
                holdings.has(&series, kind)
            }
        };
        if read(Kind::Mark, false) {
            kinds.push(Kind::Mark);
        }
        if read(Kind::Funding, scenario.sim.no_funding) {
            kinds.push(Kind::Funding);
        }
        if rests_at(scenario, instrument, registry) && read(Kind::Trade, scenario.sim.no_trades) {
            kinds.push(Kind::Trade);
        }
        // What happened to the market that was recorded, where it was.
        for kind in [Kind::Status, Kind::Feed] {
            if read(kind, true) {
                kinds.push(kind);
            }
        }
        let venue = scenario.venues.get(&instrument.venue);
        let venue_time = venue.is_some_and(|venue| venue.latency.feed == FeedLatency::Recorded);
        legs.push(TapeLeg {
            instrument: id,
            series,
            kinds,
            venue_time,
        });
    }
    Ok(TapeRequest {
        legs,
        from: scenario.data.from,
        to: scenario.data.to,
    })
}

/// Whether orders rest at an instrument, so that its prints matter: by the card of a strategy that trades it, or
/// because the scenario models a queue.
pub(super) fn rests_at(
    scenario: &Scenario,
    instrument: &InstrumentName,
    registry: &[StrategySpec],
) -> bool {
    let mut tasks = scenario.tasks.iter().filter(|task| {
        let mut legs = task.legs.iter();
        legs.any(|leg| leg.instrument == *instrument)
    });
    let rests = |strategy: &str| {
        let mut cards = registry.iter().map(|spec| spec.card);
        cards.any(|card| card.name == strategy && card.rests_orders)
    };
    let queued = scenario.sim.queue != QueueModel::Through;
    tasks.any(|task| queued || rests(task.strategy))
}

fn sim_config(
    scenario: &Scenario,
    names: &mut Names,
    request: &TapeRequest,
    holdings: &Holdings,
) -> anyhow::Result<SimConfig> {
    let mut venues = Vec::new();
    for (name, venue) in &scenario.venues {
        let feed = match &venue.latency.feed {
            FeedLatency::Modelled(delay) => FeedDelay::Modelled(delay.clone()),
            FeedLatency::Recorded => FeedDelay::Recorded {
                most: holdings.longest_delay(name, request),
                ordered: holdings.venue_keeps_order(name, request),
            },
        };
        let asset = fee_asset(venue, names)?;
        let tiers = venue.fees.tiers.as_ref().map(|tiers| FeeTiers {
            asset: names.asset_id(&tiers.volume_in),
            before: tiers.volume,
            steps: tiers.steps.clone(),
        });
        let balances = venue.balances.iter();
        let balances = balances.map(|(asset, amount)| (names.asset_id(asset), *amount));
        venues.push(VenueConfig {
            balances: balances.collect(),
            venue: names.venue_id(name),
            fees: Fees {
                maker: venue.fees.maker_bps,
                taker: venue.fees.taker_bps,
                asset,
            },
            tiers,
            latency: Latency {
                feed,
                order: venue.latency.order.clone(),
                answer: venue.latency.answer.clone(),
            },
            leverage: venue.leverage,
            margin: venue.margin,
            liquidation_fee: venue.liquidation_fee_bps,
            rate_limits: venue.rate_limits.clone(),
            self_trade: venue.self_trade,
        });
    }
    let liquidity = match scenario.sim.liquidity {
        crate::scenario::Liquidity::Book => Liquidity::Book,
        // A candle has one level a side: its close, with its volume.
        crate::scenario::Liquidity::Touch | crate::scenario::Liquidity::Bar => Liquidity::Touch,
        crate::scenario::Liquidity::TouchUnlimited => Liquidity::TouchUnlimited,
    };
    Ok(SimConfig {
        liquidity,
        queue: scenario.sim.queue,
        seed: scenario.sim.seed,
        venues,
        faults: scenario
            .faults
            .as_ref()
            .map(|faults| fault_plan(faults, names))
            .transpose()?,
    })
}

fn fee_asset(venue: &Venue, names: &mut Names) -> anyhow::Result<FeeAsset> {
    Ok(match &venue.fees.asset {
        crate::scenario::FeeAsset::Quote => FeeAsset::Quote,
        crate::scenario::FeeAsset::Received => FeeAsset::Received,
        crate::scenario::FeeAsset::Named { asset, price } => {
            let asset = names.asset_id(asset);
            match price {
                AssetPrice::Fixed(price) => FeeAsset::Fixed(asset, Money::new(*price)),
                AssetPrice::Instrument(source) => FeeAsset::Quoted(asset, find(names, source)?),
            }
        }
    })
}

/// What goes wrong, with ids in place of names.
fn fault_plan(faults: &Faults, names: &mut Names) -> anyhow::Result<FaultPlan> {
    let mut at = Vec::with_capacity(faults.at.len());
    for it in &faults.at {
        let instrument = it.instrument.as_ref();
        at.push(Scheduled {
            at: it.at,
            kind: it.kind,
            venue: names.venue_id(&it.venue),
            instrument: instrument.map(|name| find(names, name)).transpose()?,
            duration: it.duration,
            reason: it.reason,
            size: it.size,
        });
    }
    let rates = if faults.swarm {
        FaultRates::swarm(faults.seed, faults.redraw)
    } else {
        faults.rates
    };
    Ok(FaultPlan {
        seed: faults.seed,
        rates,
        at,
        until: faults.until,
        unknown_after: faults.unknown_after,
        query: faults.query,
        fence: faults.fence,
    })
}
