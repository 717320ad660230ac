//! What an exchange is made of.

use std::sync::Arc;

use onetape_adapters::rules::Rules;
use onetape_core::market::TopFeed;
use onetape_core::names::{AssetId, Names, VenueId};
use onetape_core::num::Money;
use onetape_sim::{Liquidity, QueueModel, VenueConfig};

use crate::run::Prepared;

/// What an exchange is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Names and instruments.
    pub names: Arc<Names>,
    /// Which venue it is.
    pub venue: VenueId,
    /// Its fees, leverage and margin; latencies, balances and rate limits are not looked at.
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
/// When the scenario has no such venue.
pub fn setup(prepared: &Prepared<'_>, venue: &str, accounts: usize) -> anyhow::Result<Setup> {
    let _ = (prepared, accounts);
    anyhow::bail!("{venue}: not yet")
}

/// The exchanges of all venues of a scenario.
///
/// # Errors
/// When a venue has no settings.
pub fn setups(prepared: &Prepared<'_>, accounts: usize) -> anyhow::Result<Vec<Setup>> {
    let _ = (prepared, accounts);
    Ok(Vec::new())
}
