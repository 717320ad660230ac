//! What an exchange is made of.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use onetape_adapters::rules::{Limits, Rules, TradeStatus};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::TopFeed;
use onetape_core::names::{AssetId, Names, VenueId};
use onetape_core::num::Money;
use onetape_sim::{Liquidity, QueueModel, VenueConfig};
use rust_decimal::Decimal;

use crate::run::Prepared;

/// What an exchange is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Names and instruments.
    pub names: Arc<Names>,
    /// Which venue it is.
    pub venue: VenueId,
    /// Its fees, leverage and margin; latencies, balances, rate limits and what becomes of own orders that meet are not
    /// looked at: orders say that themselves, or the venue's own rule holds.
    pub config: VenueConfig,
    /// Opening balances, by account.
    pub accounts: Vec<Vec<(AssetId, Money)>>,
    /// How much of the tape's book an order can take.
    pub liquidity: Liquidity,
    /// How resting orders get their turn among the tape's.
    pub queue: QueueModel,
    /// By instrument: which feed moves its top.
    pub feeds: Vec<TopFeed>,
    /// Rules of the venue's instruments.
    pub rules: Vec<Rules>,
}

/// The exchange of one of a scenario's venues, with so many accounts that open with the scenario's balances.
///
/// # Errors
/// When the scenario has no such venue, or its market is told by candles, which show no book.
pub fn setup(prepared: &Prepared<'_>, venue: &str, accounts: usize) -> anyhow::Result<Setup> {
    let names = &prepared.names;
    let mut configs = prepared.sim.venues.iter();
    let config = configs.find(|config| names.venue(config.venue) == venue);
    let config = config.with_context(|| {
        format!("{venue}: the scenario has no such venue; add a section [venue.{venue}]")
    })?;
    let listed = names
        .instruments
        .iter()
        .filter(|of| of.venue == config.venue);
    let listed: Vec<&Instrument> = listed.collect();
    for of in &listed {
        if prepared.feeds.get(of.id.index()) == Some(&TopFeed::Bar) {
            bail!(
                "{}: a local exchange needs a book, and candles have none; use feed = \"quote\" or \"depth\"",
                of.name
            );
        }
    }
    Ok(Setup {
        names: Arc::clone(names),
        venue: config.venue,
        config: config.clone(),
        accounts: vec![config.balances.clone(); accounts],
        liquidity: prepared.sim.liquidity,
        queue: prepared.sim.queue,
        feeds: prepared.feeds.clone(),
        rules: listed.into_iter().map(|of| rules_of(of, names)).collect(),
    })
}

/// The exchanges of all venues of a scenario that list one of its instruments.
///
/// # Errors
/// As [`setup`].
pub fn setups(prepared: &Prepared<'_>, accounts: usize) -> anyhow::Result<Vec<Setup>> {
    let names = &prepared.names;
    let listed = prepared.sim.venues.iter().filter(|config| {
        let mut all = names.instruments.iter();
        all.any(|of| of.venue == config.venue)
    });
    listed
        .map(|config| setup(prepared, names.venue(config.venue), accounts))
        .collect()
}

/// The rules that a venue states of an instrument: [`Rules::instrument`] the other way.
///
/// Gate counts contracts of one smallest quantity; all else is counted in base units.
pub fn rules_of(of: &Instrument, names: &Names) -> Rules {
    let venue = names.venue(of.venue);
    let gate_futures = venue.starts_with("gate") && of.kind != InstrumentKind::Spot;
    let lot = of.qty_decimal(of.lot);
    let contract = match gate_futures && lot > Decimal::ZERO {
        true => lot,
        false => Decimal::ONE,
    };
    let units = |amount: Decimal| {
        let units = amount.checked_div(contract).unwrap_or(amount);
        Money::new(units.normalize())
    };
    let asset = |id| names.asset(id).to_string();
    Rules {
        symbol: of.symbol.clone(),
        base: asset(of.base),
        quote: asset(of.quote),
        settle: asset(of.settle()),
        kind: of.kind,
        status: TradeStatus::Trading,
        tick: Money::new(of.price_decimal(of.tick).normalize()),
        lot: units(lot),
        contract: Money::new(contract.normalize()),
        contract_value: of.contract_value,
        min_qty: units(of.qty_decimal(of.min_qty)),
        max_qty: (!of.max_qty.is_zero()).then(|| units(of.qty_decimal(of.max_qty))),
        min_notional: of.min_notional,
        limits: Limits {
            min_notional_at_market: true,
            max_orders: Some(200),
            max_algo_orders: Some(10),
            ..Limits::default()
        },
        unknown: Vec::new(),
    }
}
