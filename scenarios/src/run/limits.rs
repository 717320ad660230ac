//! The limits of the risk gate with ids in place of names.

use anyhow::{Context as _, anyhow, bail};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::Money;
use onetape_core::risk::{
    AlertRule, Bands, FeeIn, FundsRules, Guards, Level, LevelLimits, ReconcileRule, RiskLimits,
    Scope, TaskBands, VenueTerms,
};
use onetape_sim::{FeeAsset, SimConfig};
use rust_decimal::Decimal;

use super::prepare::find;
use crate::scenario::{self, Alert, Scenario, Symbol};

/// The limits of a scenario.
///
/// # Errors
/// When a pair or an asset is none of the run's, or a delta band is below one lot.
pub(super) fn limits(
    scenario: &Scenario,
    names: &Names,
    sim: &SimConfig,
) -> anyhow::Result<RiskLimits> {
    let risk = &scenario.risk;
    let mut levels = Vec::new();
    if risk.account != LevelLimits::default() {
        levels.push(Level {
            scope: Scope::Account,
            limits: risk.account,
        });
    }
    for (of, limits) in &risk.levels {
        levels.push(Level {
            scope: scope(of, scenario, names)?,
            limits: *limits,
        });
    }
    Ok(RiskLimits {
        max_order_notional: risk.max_order_notional,
        max_position_notional: risk.max_position_notional,
        max_daily_loss: risk.max_daily_loss,
        max_book_age: risk.max_book_age,
        self_trade: risk.self_trade,
        guards: guards(&risk.guards, names)?,
        levels,
        breakers: risk.breakers.clone(),
        alerts: alerts(scenario, names)?,
        bands: bands(scenario, names)?,
        funds: Some(funds(scenario, names, sim)?),
        max_single_loss: risk.max_single_loss,
        ramp: scenario.live.ramp.rule(),
    })
}

fn guards(given: &scenario::Guards, names: &Names) -> anyhow::Result<Guards> {
    let allowed = given.allow.as_ref().map(|list| {
        let ids = list.iter().map(|name| find(names, name));
        let mut ids = ids.collect::<anyhow::Result<Vec<_>>>()?;
        ids.sort_unstable();
        anyhow::Ok(ids)
    });
    Ok(Guards {
        collar_mid: given.collar_mid,
        collar_last: given.collar_last,
        max_drawdown: given.max_drawdown,
        allowed: allowed.transpose()?,
        max_feed_age: given.max_feed_age,
        max_leg_skew: given.max_leg_skew,
    })
}

fn scope(of: &scenario::Scope, scenario: &Scenario, names: &Names) -> anyhow::Result<Scope> {
    Ok(match of {
        scenario::Scope::Venue(name) => Scope::Venue(venue(name, names)?),
        scenario::Scope::Strategy(name) => {
            let tasks = scenario.tasks.iter().enumerate();
            let tasks = tasks.filter(|(_, task)| task.strategy == name);
            Scope::Strategy(tasks.map(|(at, _)| TaskId(at as u16)).collect())
        }
        scenario::Scope::Task(name) => Scope::Task(task(name, scenario)?),
        scenario::Scope::Symbol(Symbol::Instrument(name)) => Scope::Instrument(find(names, name)?),
        scenario::Scope::Symbol(Symbol::Pair(base, quote)) => pair(base, quote, names)?,
        scenario::Scope::Leg { task: of, leg } => {
            Scope::Leg(task(of, scenario)?, leg_of(of, leg, scenario, names)?)
        }
    })
}

fn pair(base: &str, quote: &str, names: &Names) -> anyhow::Result<Scope> {
    let mut instruments = names.instruments.iter();
    let found =
        instruments.find(|one| names.asset(one.base) == base && names.asset(one.quote) == quote);
    let found = found.ok_or_else(|| {
        let pairs = names.instruments.iter();
        let pairs = pairs.map(|one| format!("{}/{}", names.asset(one.base), names.asset(one.quote)));
        let mut pairs: Vec<String> = pairs.collect();
        pairs.dedup();
        anyhow!(
            "risk.symbol.\"{base}/{quote}\": no instrument of this run trades that pair; there are {}",
            pairs.join(", ")
        )
    })?;
    Ok(Scope::Pair(found.base, found.quote))
}

fn venue(name: &str, names: &Names) -> anyhow::Result<VenueId> {
    let at = names.venues.iter().position(|known| known == name);
    let at = at.with_context(|| format!("venue {name} is none of the run's"))?;
    Ok(VenueId(at as u16))
}

fn task(name: &str, scenario: &Scenario) -> anyhow::Result<TaskId> {
    let at = scenario.tasks.iter().position(|task| task.name == name);
    let at = at.with_context(|| format!("task {name} is none of the run's"))?;
    Ok(TaskId(at as u16))
}

fn leg_of(of: &str, leg: &str, scenario: &Scenario, names: &Names) -> anyhow::Result<InstrumentId> {
    let task = scenario.tasks.iter().find(|task| task.name == of);
    let leg = task.and_then(|task| task.legs.iter().find(|one| one.name == leg));
    let leg = leg.with_context(|| format!("task {of} has no such leg"))?;
    find(names, &leg.instrument)
}

fn asset(name: &str, field: &str, names: &Names) -> anyhow::Result<AssetId> {
    match names.assets.iter().position(|known| known == name) {
        Some(at) => Ok(AssetId(at as u16)),
        None => bail!(
            "risk.balance.{field}.{name}: this run has no such asset; it has {}",
            names.assets.join(", ")
        ),
    }
}

fn alerts(scenario: &Scenario, names: &Names) -> anyhow::Result<Vec<AlertRule>> {
    let alerts = scenario.risk.alerts.iter();
    let mut rules: Vec<AlertRule> = alerts
        .map(|alert| match *alert {
            Alert::Exposure(limit) => AlertRule::Exposure(limit),
            Alert::Leverage(limit) => AlertRule::Leverage(limit),
            Alert::DayLoss(limit) => AlertRule::DayLoss(limit),
            Alert::Drawdown(limit) => AlertRule::Drawdown(limit),
            Alert::OpenOrders(limit) => AlertRule::OpenOrders(limit),
        })
        .collect();
    for (name, least) in &scenario.risk.balance.low {
        rules.push(AlertRule::LowBalance {
            venue: None,
            asset: asset(name, "low", names)?,
            least: *least,
        });
    }
    Ok(rules)
}

/// Bands in base units of the one asset that a task's legs are about, none below its coarsest lot.
fn bands(scenario: &Scenario, names: &Names) -> anyhow::Result<Vec<TaskBands>> {
    let mut all = Vec::new();
    for (name, given) in &scenario.risk.bands {
        let id = task(name, scenario)?;
        let legs = scenario.tasks[id.index()].legs.iter();
        let legs = legs.map(|leg| Ok(names.instrument(find(names, &leg.instrument)?)));
        let legs = legs.collect::<anyhow::Result<Vec<_>>>()?;
        let first = legs
            .first()
            .with_context(|| format!("task {name} has no legs"))?;
        if legs.iter().any(|leg| leg.base != first.base) {
            bail!(
                "risk.delta.{name}: the legs of this task are of several base assets, so that it has no one delta; \
                 remove the section"
            );
        }
        // Contracts have no lot in base units until there is a price.
        let lots = legs.iter().filter(|leg| leg.settle() == leg.quote);
        let lot = lots.map(|leg| leg.qty_decimal(leg.lot)).max();
        let bands = Bands::new(
            given.target,
            given.rebalance,
            given.critical,
            lot.unwrap_or(Decimal::ZERO),
        );
        all.push(TaskBands {
            task: id,
            base: first.base,
            bands: bands.map_err(|words| anyhow!("risk.delta.{name}: {words}"))?,
            patience: given.patience,
        });
    }
    Ok(all)
}

fn funds(scenario: &Scenario, names: &Names, sim: &SimConfig) -> anyhow::Result<FundsRules> {
    let rules = &scenario.risk.balance;
    let tolerances = rules.tolerance.iter();
    let tolerances = tolerances
        .map(|(name, amount)| Ok((asset(name, "tolerance", names)?, *amount)))
        .collect::<anyhow::Result<Vec<(AssetId, Money)>>>()?;
    let venues = sim.venues.iter().map(|venue| VenueTerms {
        venue: venue.venue,
        fee: venue.fees.maker.max(venue.fees.taker),
        charged: match venue.fees.asset {
            FeeAsset::Quote => FeeIn::Quote,
            FeeAsset::Received => FeeIn::Received,
            FeeAsset::Fixed(asset, price) => FeeIn::Fixed(asset, price.decimal()),
            FeeAsset::Quoted(asset, source) => FeeIn::Quoted(asset, source),
        },
        leverage: venue.leverage,
    });
    Ok(FundsRules {
        check: rules.check,
        venues: venues.collect(),
        reconcile: rules.reconcile.then_some(ReconcileRule {
            patience: rules.patience,
            tolerances,
        }),
    })
}
