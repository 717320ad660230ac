//! What a fold ends in. Serialises to the JSON document; amounts, prices and quantities are decimal text.

pub(crate) mod amount;
mod analysis;
mod execution;
mod figures;
mod market;
mod text;
mod trip;

use std::collections::BTreeMap;

use onetape_core::event::RejectReason;
use onetape_core::num::Money;
use onetape_core::time::Ts;
use rust_decimal::Decimal;
use serde::Serialize;

pub use amount::Amount;
use amount::{decimal, money_by_name, money_if_known};
pub(crate) use amount::{decimal_if_known, moment, moment_if_known, money};
pub use analysis::{
    Analysis, Attribution, Attributions, CurvePoint, DayAttribution, DayClose, Equity,
    LegAttribution,
};
pub use execution::{
    Capture, DelayBin, Execution, Exit, Exposure, Exposures, FillRatio, Funnel, Hedging, Latency,
    Quantiles,
};
pub use figures::{Bucket, Closed, Figures, Pnl};
pub use market::{
    Basis, BasisPoint, BasisTrade, CapacityPoint, DeltaBands, Distribution, Feeds, Inventory,
    MarginUse, TrackPoint, Tracks,
};
pub(crate) use text::Short;
pub(crate) use trip::seq;
pub use trip::{Holding, RoleFills, RoundTrip, TripLeg};

/// A report of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Headline figures; in JSON they stand at the top level.
    #[serde(flatten)]
    pub figures: Figures,
    /// What the run says of itself; `None` when its first event is missing.
    pub run: Option<Run>,
    /// Positions that are still open, remainders of closed round trips among them.
    pub open: Vec<OpenPosition>,
    /// Instruments with an open position that nothing is known to mark with: their unrealised profit is missing
    /// from the profit and loss.
    pub unmarked: Vec<String>,
    /// By instrument; sums to the total.
    pub by_instrument: BTreeMap<String, Bucket>,
    /// By leg of a task; sums to the total.
    pub by_leg: Vec<LegBucket>,
    /// What became of the orders.
    pub outcomes: Outcomes,
    /// Number of decisions.
    pub decisions: u64,
    /// Decisions by reason code.
    pub reasons: BTreeMap<String, u64>,
    /// Orders that the risk gate did not let through, by reason code.
    pub refusals: BTreeMap<String, u64>,
    /// Fees as charged, by the asset they were charged in.
    #[serde(serialize_with = "money_by_name")]
    pub fees_by_asset: BTreeMap<String, Money>,
    /// Every asset at every venue: what it should be and what the venue says.
    pub ledger: Vec<LedgerLine>,
    /// How long round trips were held.
    pub holding: Option<Holding>,
    /// Attribution, net over time, statistics and execution; `None` of a brief fold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis: Option<Analysis>,
    /// Every round trip that has a fill, by the time it was opened.
    pub round_trips: Vec<RoundTrip>,
    /// Cumulative net of closed round trips.
    pub equity: Vec<EquityPoint>,
    /// Messages for orders that no decision placed, or that ended 8,192 orders ago and are not kept any more. Not
    /// zero: part of the journal is missing, or a venue speaks far too late, and so are their fills in every number
    /// here.
    pub strays: u64,
}

impl Report {
    /// What a reader of the numbers must know, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let assets = self.figures.assets();
        if assets.len() > 1 {
            let names = assets.join(", ");
            notes.push(format!(
                "Settled in {names}: amounts stand by asset and are not added."
            ));
        }
        if !self.unmarked.is_empty() {
            notes.push(format!(
                "No last top of book for {}: what is open there is not in gross and net.",
                self.unmarked.join(", ")
            ));
        }
        match &self.run {
            None => {
                notes.push("The first event is missing: nothing is known of instruments.".into())
            }
            Some(run) if run.ended_at.is_none() => {
                notes.push("The run did not come to its end.".into());
            }
            Some(_) => {}
        }
        let analysis = self.analysis.as_ref();
        if let Some(unseen) = analysis
            .map(|known| known.unseen_fills)
            .filter(|unseen| *unseen > 0)
        {
            notes.push(format!(
                "No tops of book are noted beside {unseen} fills: their slippage stands in the edge."
            ));
        }
        if let Some(equity) = analysis
            .map(|known| &known.equity)
            .filter(|known| !known.unvalued.is_empty())
        {
            notes.push(format!(
                "Nothing prices {} in {}: it is not in the capital.",
                equity.unvalued.join(", "),
                equity.unit
            ));
        }
        if self.strays > 0 {
            notes.push(format!(
                "{} messages are for orders that no decision placed, or that ended long before; their fills are missing here.",
                self.strays
            ));
        }
        if !self.figures.ledger_residual.is_zero() {
            notes.push(format!(
                "The ledger is not proven: the largest residual is {}.",
                self.figures.ledger_residual
            ));
        }
        notes
    }
}

/// What a run says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Hash of configuration, data and seed.
    pub id: String,
    /// Seed of all random draws.
    pub seed: u64,
    /// Its first event.
    #[serde(serialize_with = "moment")]
    pub started_at: Ts,
    /// Its last event; `None` when the run did not come to its end.
    #[serde(serialize_with = "moment_if_known")]
    pub ended_at: Option<Ts>,
    /// Number of market events.
    pub market_events: u64,
    /// The resolved scenario; not part of the JSON.
    #[serde(skip)]
    pub scenario: String,
}

/// A position that is open at the end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenPosition {
    /// Whose.
    pub task: String,
    /// Place of the leg in the task's list of legs.
    pub leg: u8,
    /// In what.
    pub instrument: String,
    /// Number of round trips that it belongs to.
    pub round_trips: u64,
    /// Signed quantity.
    #[serde(serialize_with = "decimal")]
    pub qty: Decimal,
    /// Signed cost in the settlement asset.
    #[serde(serialize_with = "money")]
    pub cost: Money,
    /// What it was marked at: the bid for a long, the ask for a short.
    #[serde(serialize_with = "decimal_if_known")]
    pub mark: Option<Decimal>,
    /// What closing at the mark would realise, before fees.
    #[serde(serialize_with = "money_if_known")]
    pub unrealised: Option<Money>,
    /// The settlement asset.
    pub asset: String,
    /// True when it is too little to trade: what rounding and fees left of closed round trips.
    pub remainder: bool,
}

/// One leg of a task in the breakdown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LegBucket {
    /// Whose; empty for funding that no leg was open for.
    pub task: String,
    /// Place in the task's list of legs; `None` for funding that no leg was open for.
    pub leg: Option<u8>,
    /// In what.
    pub instrument: String,
    /// Its part of the total.
    #[serde(flatten)]
    pub bucket: Bucket,
}

/// What became of the orders. Every order counts once, so the parts sum to those sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcomes {
    /// All.
    pub sent: u64,
    /// Traded completely.
    pub filled: u64,
    /// Traded in part, however they ended.
    pub partially_filled: u64,
    /// Ended by their own terms without a trade.
    pub expired: u64,
    /// Taken back without a trade.
    pub cancelled: u64,
    /// Refused by the venue.
    pub rejected: u64,
    /// Refused by the venue, by reason.
    pub rejected_by_reason: BTreeMap<&'static str, u64>,
    /// Proven never to have been at the venue.
    pub not_sent: u64,
    /// Unknown to the end.
    pub unknown: u64,
    /// Still working.
    pub working: u64,
}

impl Outcomes {
    /// Names and counts of what there is, all of them first.
    pub(crate) fn rows(&self) -> Vec<(String, u64)> {
        let fixed = [
            ("sent", self.sent),
            ("filled", self.filled),
            ("partially filled", self.partially_filled),
            ("expired", self.expired),
            ("cancelled", self.cancelled),
            ("not sent", self.not_sent),
            ("unknown", self.unknown),
            ("working", self.working),
        ];
        let rejected = self.rejected_by_reason.iter();
        fixed
            .into_iter()
            .filter(|(name, count)| *count > 0 || *name == "sent")
            .map(|(name, count)| (name.to_owned(), count))
            .chain(rejected.map(|(reason, count)| (format!("rejected: {reason}"), *count)))
            .collect()
    }

    /// Counts a refusal by the venue.
    pub(crate) fn reject(&mut self, reason: Option<RejectReason>) {
        self.rejected += 1;
        let name = reason.map_or("unstated", RejectReason::name);
        *self.rejected_by_reason.entry(name).or_default() += 1;
    }
}

/// One asset at one venue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LedgerLine {
    /// Where.
    pub venue: String,
    /// Of what.
    pub asset: String,
    /// The venue's first word.
    #[serde(serialize_with = "money")]
    pub opening: Money,
    /// What trading brought and took.
    #[serde(serialize_with = "money")]
    pub trades: Money,
    /// Fees paid.
    #[serde(serialize_with = "money")]
    pub fees: Money,
    /// Funding received less paid.
    #[serde(serialize_with = "money")]
    pub funding: Money,
    /// Opening plus trades less fees plus funding.
    #[serde(serialize_with = "money")]
    pub expected: Money,
    /// The venue's last word.
    #[serde(serialize_with = "money")]
    pub reported: Money,
    /// Reported less expected.
    #[serde(serialize_with = "money")]
    pub residual: Money,
}

/// One step of the curve of closed round trips.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EquityPoint {
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// Net of all round trips that were closed by then.
    pub net: Amount,
}
