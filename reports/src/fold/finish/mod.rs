//! From what was folded to the report.

mod analysis;
mod attribution;
mod execution;
mod market;
mod offered;
mod open;
mod rows;
mod shared;
mod sums;
mod told;
mod trips;

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Money, Price};
use rust_decimal::Decimal;

use super::Fold;
use super::legs::{LegBook, LegKey, Rested};
use super::sparse::plus;
use super::standing::Standing;
use crate::beside::Beside;
use crate::report::{
    Analysis, Bucket, Closed, EquityPoint, Figures, Holding, LedgerLine, LegBucket, Report,
    RoundTrip, Run,
};
use crate::stats::Assumptions;
use rows::{ExitId, Rows};
use shared::Shared;
use sums::{BucketSums, PnlSums, Units};
use told::Told;

/// Every round trip with its legs. Those that belong to none stand under number 0.
type Trips = BTreeMap<(TaskId, u32), Rested>;

/// By leg: the change of marks of what is open, hedged and not.
type Marks = BTreeMap<LegKey, (Money, Money)>;

/// A fold with what marking needs.
struct Finish<'a> {
    fold: &'a Fold,
    units: Units<'a>,
    shared: Shared,
}

/// The report of what was folded.
pub(super) fn report(mut fold: Fold, assume: Assumptions, beside: &impl Beside) -> Report {
    let assets = sums::assets(&fold);
    let finish = Finish::new(&fold, assets.clone());
    let marks = finish.marks();
    let trips = fold.take_trips();
    let finish = Finish::new(&fold, assets);
    let Told {
        rows,
        open,
        round_trips,
        touches,
    } = finish.told(trips, &marks, beside);
    let (open, unmarked) = finish.open_positions(&open);
    let (analysis, (equity, holding, basis, trips)) = beside.both(
        || finish.analysis(&rows, &round_trips, touches, assume),
        || {
            let held = round_trips.iter().filter_map(RoundTrip::held).collect();
            let (equity, holding) = (finish.equity(&round_trips), Holding::of(held));
            let trips = analysis::trip_stats(&round_trips);
            (equity, holding, finish.basis(&round_trips), trips)
        },
    );
    let analysis = analysis.map(|analysis| Analysis {
        basis,
        trips,
        ..analysis
    });
    Report {
        figures: finish.figures(&rows, &round_trips),
        run: finish.run(),
        open,
        unmarked,
        by_instrument: finish.by_name(&rows, |instrument, _| instrument.name.clone()),
        by_leg: finish.by_leg(&rows),
        outcomes: fold.orders.outcomes(),
        decisions: fold.decisions,
        reasons: fold.reasons.by_name(),
        refusals: fold.refusals.by_name(),
        fees_by_asset: fold
            .fees_by_asset
            .iter()
            .map(|(&asset, &amount)| (asset_name(&fold.names, asset), amount))
            .collect(),
        ledger: finish.ledger(),
        holding,
        analysis,
        equity,
        round_trips,
        strays: fold.orders.strays,
    }
}

impl<'a> Finish<'a> {
    fn new(fold: &'a Fold, assets: BTreeSet<AssetId>) -> Self {
        Self {
            fold,
            units: Units::new(&fold.names, assets),
            shared: Shared::of(&fold.names, &fold.reasons),
        }
    }
}

impl Finish<'_> {
    const fn standing(&self) -> &Standing {
        self.fold.course.standing()
    }

    fn figures(&self, rows: &Rows, round_trips: &[RoundTrip]) -> Figures {
        let mut total = BucketSums::default();
        for (key, row) in &rows.rows {
            if let Some(instrument) = self.instrument(key.instrument) {
                total.add(instrument, row);
            }
        }
        Figures {
            asset: self.units.single(),
            orders: self.fold.orders.sent(),
            fills: self.fold.fills,
            closed: self.closed(rows, round_trips),
            fees_paid: self.units.amount(&total.pnl.fees),
            pnl: self.units.pnl(&total.pnl),
            by_venue: self.by_name(rows, |instrument, _| {
                venue_name(&self.fold.names, instrument.venue)
            }),
            by_task: self.by_name(rows, |_, task| self.task_name(task)),
            ledger_residual: self.standing().ledger.worst_residual(),
        }
    }

    fn closed(&self, rows: &Rows, round_trips: &[RoundTrip]) -> Closed {
        let mut sums = PnlSums::default();
        let closed = || round_trips.iter().filter(|trip| trip.closed_at.is_some());
        for (key, row) in &rows.rows {
            if let (ExitId::Closed(_), Some(instrument)) =
                (key.exit, self.instrument(key.instrument))
            {
                sums.add(instrument, row.realised, row.fees, row.funding);
            }
        }
        let pnl = self.units.pnl(&sums);
        Closed {
            round_trips: closed().count() as u64,
            winners: closed().filter(|trip| trip.pnl.net.is_gain()).count() as u64,
            losers: closed().filter(|trip| trip.pnl.net.is_loss()).count() as u64,
            first_entry_ts: closed().map(|trip| trip.opened_at.nanos()).min(),
            last_exit_ts: closed()
                .filter_map(|trip| trip.closed_at)
                .map(|at| at.nanos())
                .max(),
            gross: pnl.gross,
            fees: pnl.fees,
            funding: pnl.funding,
            net: pnl.net,
        }
    }

    fn marks(&self) -> Marks {
        let open = match &self.fold.detail {
            Some(detail) => self.fold.open_parts(detail),
            None => Vec::new(),
        };
        open.into_iter()
            .map(|(key, basis, delta)| (key, (basis, delta)))
            .collect()
    }

    fn part(&self, instrument: &Instrument, book: &LegBook) -> Part {
        // Nearly all legs are of round trips that are over.
        let held = Some(book.position.qty).filter(|qty| !qty.is_zero());
        let price = held.and_then(|qty| self.exit_price(instrument, qty));
        let unrealised = price.map(|price| book.position.unrealised(instrument, price));
        Part {
            orders: book.orders,
            fills: book.fills,
            volume: book.volume,
            realised: book.position.realised,
            unrealised: unrealised.unwrap_or_default(),
            fees: book.fees,
            funding: book.funding,
        }
    }

    fn by_name(
        &self,
        rows: &Rows,
        name: impl Fn(&Instrument, Option<TaskId>) -> String,
    ) -> BTreeMap<String, Bucket> {
        let mut sums: BTreeMap<String, BucketSums> = BTreeMap::new();
        for (key, row) in &rows.rows {
            if let Some(instrument) = self.instrument(key.instrument) {
                let sums = sums.entry(name(instrument, key.task)).or_default();
                sums.add(instrument, row);
            }
        }
        sums.into_iter()
            .map(|(name, sums)| (name, self.units.bucket(&sums)))
            .collect()
    }

    fn by_leg(&self, rows: &Rows) -> Vec<LegBucket> {
        let mut sums: BTreeMap<(bool, Option<TaskId>, Option<u8>, InstrumentId), BucketSums> =
            BTreeMap::new();
        for (key, row) in &rows.rows {
            if let Some(instrument) = self.instrument(key.instrument) {
                // What belongs to no task comes last.
                let leg = (key.task.is_none(), key.task, key.leg, instrument.id);
                sums.entry(leg).or_default().add(instrument, row);
            }
        }
        sums.into_iter()
            .map(|((_, task, leg, instrument), sums)| LegBucket {
                task: self.task_name(task),
                leg,
                instrument: self.instrument_name(instrument),
                bucket: self.units.bucket(&sums),
            })
            .collect()
    }

    fn equity(&self, round_trips: &[RoundTrip]) -> Vec<EquityPoint> {
        let mut closed: Vec<_> = round_trips
            .iter()
            .filter_map(|trip| Some((trip.closed_seq?, trip.closed_at?, &trip.pnl.net)))
            .collect();
        closed.sort_unstable_by_key(|(seq, ..)| *seq);
        let mut net = self.units.amount(&sums::Sums::default());
        let first = round_trips.first().map(|trip| trip.opened_at);
        let start = self.fold.started.or(first);
        let mut points = Vec::with_capacity(closed.len() + 1);
        points.extend(start.map(|at| EquityPoint {
            at,
            net: net.clone(),
        }));
        for (_, at, came) in closed {
            net.add(came);
            points.push(EquityPoint {
                at,
                net: net.clone(),
            });
        }
        points
    }

    fn ledger(&self) -> Vec<LedgerLine> {
        let rows = self.standing().ledger.rows().iter();
        rows.map(|row| LedgerLine {
            venue: venue_name(&self.fold.names, row.venue),
            asset: asset_name(&self.fold.names, row.asset),
            opening: row.opening,
            trades: row.trades,
            fees: row.fees,
            funding: row.funding,
            expected: row.expected(),
            reported: row.reported,
            residual: row.residual(),
        })
        .collect()
    }

    fn run(&self) -> Option<Run> {
        let started = self.fold.run.as_ref()?;
        Some(Run {
            id: hex(&started.run_id),
            seed: started.seed,
            started_at: self.fold.started?,
            ended_at: self.fold.ended,
            market_events: self.fold.market_events,
            scenario: started.scenario.clone(),
        })
    }

    /// What closing a position of this sign would trade at first: the bid for a long, the ask for a short.
    fn exit_price(&self, instrument: &Instrument, qty: Decimal) -> Option<Price> {
        let top = self.fold.tops.get(&instrument.id)?;
        let level = if qty.is_sign_negative() {
            top.ask
        } else {
            top.bid
        };
        (level.price.mantissa() > 0).then_some(level.price)
    }

    fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.fold.names.instruments.get(id.index())
    }

    fn instrument_name(&self, id: InstrumentId) -> String {
        self.instrument(id).map_or_else(
            || format!("instrument {}", id.0),
            |known| known.name.clone(),
        )
    }

    fn task_name(&self, task: Option<TaskId>) -> String {
        task.map_or_else(String::new, |id| {
            let known = self.fold.names.tasks.get(id.index());
            known.cloned().unwrap_or_else(|| format!("task {}", id.0))
        })
    }
}

/// One part of the total, in its instrument's settlement asset.
#[derive(Clone, Copy)]
struct Part {
    orders: u64,
    fills: u64,
    volume: Money,
    realised: Money,
    unrealised: Money,
    fees: Money,
    funding: Money,
}

impl Part {
    /// What was realised, and with `marked` what closing the rest would realise.
    fn gross(&self, marked: bool) -> Money {
        if marked {
            let mut gross = self.realised;
            plus(&mut gross, self.unrealised);
            gross
        } else {
            self.realised
        }
    }
}

fn venue_name(names: &Names, id: VenueId) -> String {
    let known = names.venues.get(id.index());
    known.cloned().unwrap_or_else(|| format!("venue {}", id.0))
}

fn asset_name(names: &Names, id: AssetId) -> String {
    let known = names.assets.get(id.index());
    known.cloned().unwrap_or_else(|| format!("asset {}", id.0))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
