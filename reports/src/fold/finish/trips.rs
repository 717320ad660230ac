//! Round trips of the report.

use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::TaskId;
use onetape_core::num::Money;
use rust_decimal::{Decimal, RoundingStrategy};

use super::market::Touch;
use super::sums::PnlSums;
use super::told::Leg;
use super::{Finish, Marks};
use crate::fold::Trip;
use crate::fold::legs::{Rested, RoleSums};
use crate::fold::reasons::Code;
use crate::report::{RoleFills, RoundTrip, TripLeg};

/// Decimals that an average price has beyond those of its instrument.
const AVERAGE_DECIMALS: u32 = 4;

impl Finish<'_> {
    /// A round trip that has a fill.
    pub(super) fn round_trip(
        &self,
        (task, number): (TaskId, u32),
        trip: &Trip,
        legs: &[Leg<'_>],
        marks: &Marks,
    ) -> Option<RoundTrip> {
        let opened = trip.opened?;
        let open = trip.closed.is_none();
        let reason = |code: Option<Code>| Some(self.fold.reasons.reason(code?).to_string());
        let mut sums = PnlSums::default();
        for Leg {
            instrument, part, ..
        } in legs
        {
            sums.add(instrument, part.gross(open), part.fees, part.funding);
        }
        // With no more room than they take: there may be millions.
        let mut told = Vec::with_capacity(legs.len());
        told.extend(legs.iter().map(|leg| self.trip_leg(leg, open)));
        Some(RoundTrip {
            task: self.task_name(Some(task)),
            trip: number,
            opened_at: opened.ts,
            opened_seq: opened.seq,
            closed_at: trip.closed.map(|at| at.ts),
            closed_seq: trip.closed.map(|at| at.seq),
            entry_reason: reason(trip.entry_reason),
            exit_reason: reason(trip.exit_reason.or(trip.repair_reason.filter(|_| !open))),
            pnl: self.units.pnl(&sums),
            attribution: self.trip_attribution(legs, marks, open).map(Box::new),
            legs: told,
        })
    }

    fn trip_leg(&self, leg: &Leg<'_>, open: bool) -> TripLeg {
        let Leg {
            key,
            book,
            instrument,
            part,
            ..
        } = leg;
        let mut sums = PnlSums::default();
        sums.add(instrument, part.gross(open), part.fees, part.funding);
        let [entry, exit, repair] = book.roles.each_ref();
        TripLeg {
            leg: key.leg,
            instrument: instrument.name.clone(),
            side: book.opened_by.map(Side::name),
            entry: role_fills(instrument, entry),
            exit: role_fills(instrument, exit),
            repair: role_fills(instrument, repair),
            left: book.position.qty,
            pnl: self.units.pnl(&sums),
        }
    }
}

/// What its entry was meant for, where amounts are of one asset.
pub(super) fn touch(known: &Rested, trip: &RoundTrip) -> Option<Touch> {
    let traded: Money = known.legs.iter().map(|(_, book)| book.volume).sum();
    Some(Touch {
        value: known.trip.touch?,
        edge: trip.attribution.as_ref()?.decision_edge.one()?.to_f64(),
        traded: traded.to_f64(),
    })
}

fn role_fills(instrument: &Instrument, sums: &RoleSums) -> RoleFills {
    if sums.fills == 0 {
        return RoleFills::default();
    }
    let price = match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => {
            sums.volume.decimal().checked_div(sums.traded.decimal())
        }
        InstrumentKind::Inverse => {
            let value = instrument
                .contract_value
                .times(sums.traded.decimal())
                .decimal();
            value.checked_div(sums.volume.decimal())
        }
    };
    let decimals = u32::from(instrument.price_decimals) + AVERAGE_DECIMALS;
    RoleFills {
        fills: sums.fills,
        qty: sums.qty.decimal(),
        price: price.map(|price| cut(price, decimals)),
    }
}

fn cut(price: Decimal, decimals: u32) -> Decimal {
    price
        .round_dp_with_strategy(decimals, RoundingStrategy::MidpointNearestEven)
        .normalize()
}
