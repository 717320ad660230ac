//! The figures of a run that stand at the top level of its JSON.

use std::collections::BTreeMap;

use onetape_core::num::Money;
use serde::Serialize;

use super::amount::{Amount, money};

/// The headline figures and their breakdowns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The asset of every plain amount; `None` when the run settles in several, and amounts stand by asset.
    pub asset: Option<String>,
    /// Number of orders sent.
    pub orders: u64,
    /// Number of fills.
    pub fills: u64,
    /// Round trips that ended flat.
    pub closed: Closed,
    /// Worth of the fees of every fill.
    pub fees_paid: Amount,
    /// Profit and loss of everything, what is still open marked at what closing would bring.
    pub pnl: Pnl,
    /// By venue; sums to the total.
    pub by_venue: BTreeMap<String, Bucket>,
    /// By task; sums to the total. Funding that no leg was open for stands under an empty name.
    pub by_task: BTreeMap<String, Bucket>,
    /// The largest difference in magnitude between what a venue says and what the entries add up to.
    #[serde(serialize_with = "money")]
    pub ledger_residual: Money,
}

impl Figures {
    /// The assets that amounts are in, each to be shown by itself. Empty text when no instrument is known.
    pub fn assets(&self) -> Vec<String> {
        match (&self.asset, &self.pnl.net) {
            (Some(asset), _) => vec![asset.clone()],
            (None, Amount::Many(amounts)) => amounts.keys().cloned().collect(),
            (None, Amount::One(_)) => vec![String::new()],
        }
    }
}

/// Totals over the round trips that ended flat.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Closed {
    /// How many.
    pub round_trips: u64,
    /// Profit of price differences.
    pub gross: Amount,
    /// Worth of their fees.
    pub fees: Amount,
    /// Funding received less paid.
    pub funding: Amount,
    /// Gross less fees plus funding.
    pub net: Amount,
    /// How many with a positive net.
    pub winners: u64,
    /// How many with a negative net.
    pub losers: u64,
    /// First fill of the first of them, nanoseconds since 1970.
    pub first_entry_ts: Option<i64>,
    /// Last fill of the last of them, nanoseconds since 1970.
    pub last_exit_ts: Option<i64>,
}

/// Profit and loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pnl {
    /// Realised, and what closing the open positions would realise.
    pub gross: Amount,
    /// Worth of the fees.
    pub fees: Amount,
    /// Funding received less paid.
    pub funding: Amount,
    /// Gross less fees plus funding.
    pub net: Amount,
}

/// One part of a breakdown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bucket {
    /// Number of orders sent.
    pub orders: u64,
    /// Number of fills.
    pub fills: u64,
    /// Traded value.
    pub volume: Amount,
    /// Profit and loss.
    #[serde(flatten)]
    pub pnl: Pnl,
}
