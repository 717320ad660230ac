//! From what was folded to the report.

mod analysis;
mod attribution;
mod execution;
mod open;
mod sums;
mod trips;

use std::collections::BTreeMap;

use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Money, Price};
use rust_decimal::Decimal;

use super::Fold;
use super::legs::{LegBook, LegKey};
use crate::report::{
    Bucket, Closed, EquityPoint, Figures, Holding, LedgerLine, LegBucket, Report, RoundTrip, Run,
};
use crate::stats::Assumptions;
use sums::{BucketSums, PnlSums, Units};

/// A fold with what marking needs.
struct Finish<'a> {
    fold: &'a Fold,
    units: Units<'a>,
}

/// The report of what was folded.
pub(super) fn report(fold: &Fold, assume: Assumptions) -> Report {
    let finish = Finish {
        fold,
        units: Units::of(fold),
    };
    let round_trips = finish.round_trips();
    let equity = finish.equity(&round_trips);
    let (open, unmarked) = finish.open_positions();
    let held = round_trips.iter().filter_map(RoundTrip::held).collect();
    Report {
        figures: finish.figures(&round_trips),
        run: finish.run(),
        open,
        unmarked,
        by_instrument: finish.by_name(|instrument, _| instrument.name.clone()),
        by_leg: finish.by_leg(),
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
        holding: Holding::of(held),
        analysis: finish.analysis(&round_trips, assume),
        round_trips,
        equity,
        strays: fold.orders.strays,
    }
}

impl Finish<'_> {
    fn figures(&self, round_trips: &[RoundTrip]) -> Figures {
        let mut total = BucketSums::default();
        self.each_part(|instrument, part| total.add(instrument, &part));
        Figures {
            asset: self.units.single(),
            orders: self.fold.orders.sent(),
            fills: self.fold.fills,
            closed: self.closed(round_trips),
            fees_paid: self.units.amount(&total.pnl.fees),
            pnl: self.units.pnl(&total.pnl),
            by_venue: self.by_name(|instrument, _| venue_name(&self.fold.names, instrument.venue)),
            by_task: self.by_name(|_, task| self.task_name(task)),
            ledger_residual: self.fold.ledger.worst_residual(),
        }
    }

    fn closed(&self, round_trips: &[RoundTrip]) -> Closed {
        let mut sums = PnlSums::default();
        let closed = || round_trips.iter().filter(|trip| trip.closed_at.is_some());
        for (&(task, number), trip) in &self.fold.trips {
            if trip.closed.is_some() {
                for (instrument, part) in self.trip_parts(task, number) {
                    sums.add(instrument, part.realised, part.fees, part.funding);
                }
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

    /// Calls with every part of the total: the legs, and the funding that no leg was open for.
    fn each_part<'b>(&'b self, mut call: impl FnMut(&'b Instrument, Part)) {
        for (key, book) in &self.fold.legs.books {
            if let Some(instrument) = self.instrument(key.instrument) {
                call(instrument, self.part(instrument, Some(key), book));
            }
        }
        for (&id, &funding) in &self.fold.legs.loose_funding {
            if let Some(instrument) = self.instrument(id) {
                let book = LegBook {
                    funding,
                    ..LegBook::default()
                };
                call(instrument, self.part(instrument, None, &book));
            }
        }
    }

    fn part(&self, instrument: &Instrument, key: Option<&LegKey>, book: &LegBook) -> Part {
        let unrealised = self
            .exit_price(instrument, book.position.qty)
            .map(|price| book.position.unrealised(instrument, price));
        Part {
            task: key.map(|key| key.task),
            leg: key.map(|key| key.leg),
            orders: book.orders,
            fills: book.fills,
            volume: book.volume,
            realised: book.position.realised,
            unrealised: unrealised.unwrap_or_default(),
            fees: book.fees,
            funding: book.funding,
        }
    }

    fn trip_parts(&self, task: TaskId, trip: u32) -> impl Iterator<Item = (&Instrument, Part)> {
        self.fold
            .legs
            .of_trip(task, trip)
            .filter_map(move |(key, book)| {
                let instrument = self.instrument(key.instrument)?;
                Some((instrument, self.part(instrument, Some(key), book)))
            })
    }

    fn by_name(
        &self,
        name: impl Fn(&Instrument, Option<TaskId>) -> String,
    ) -> BTreeMap<String, Bucket> {
        let mut sums: BTreeMap<String, BucketSums> = BTreeMap::new();
        self.each_part(|instrument, part| {
            let sums = sums.entry(name(instrument, part.task)).or_default();
            sums.add(instrument, &part);
        });
        sums.into_iter()
            .map(|(name, sums)| (name, self.units.bucket(&sums)))
            .collect()
    }

    fn by_leg(&self) -> Vec<LegBucket> {
        let mut sums: BTreeMap<(bool, Option<TaskId>, Option<u8>, InstrumentId), BucketSums> =
            BTreeMap::new();
        self.each_part(|instrument, part| {
            // What belongs to no task comes last.
            let key = (part.task.is_none(), part.task, part.leg, instrument.id);
            sums.entry(key).or_default().add(instrument, &part);
        });
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
        let mut closed: Vec<_> = self
            .fold
            .trips
            .iter()
            .filter_map(|(key, trip)| Some((trip.closed?, key)))
            .collect();
        closed.sort_by_key(|(at, key)| (at.seq, **key));
        let mut sums = PnlSums::default();
        let first = round_trips.first().map(|trip| trip.opened_at);
        let start = self.fold.started.or(first).map(|at| EquityPoint {
            at,
            net: self.units.pnl(&sums).net,
        });
        let mut points: Vec<EquityPoint> = start.into_iter().collect();
        for (at, &(task, trip)) in closed {
            for (instrument, part) in self.trip_parts(task, trip) {
                sums.add(instrument, part.realised, part.fees, part.funding);
            }
            points.push(EquityPoint {
                at: at.ts,
                net: self.units.pnl(&sums).net,
            });
        }
        points
    }

    fn ledger(&self) -> Vec<LedgerLine> {
        let rows = self.fold.ledger.rows().iter();
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
struct Part {
    task: Option<TaskId>,
    leg: Option<u8>,
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
            self.realised + self.unrealised
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
