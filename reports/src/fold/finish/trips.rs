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
        let reason = |code: Option<Code>| Some(self.shared.reason(code?));
        let mut sums = PnlSums::default();
        for Leg { worth, .. } in legs {
            let part = &worth.part;
            sums.add(worth.instrument, part.gross(open), part.fees, part.funding);
        }
        // With no more room than they take: there may be millions.
        let mut told = Vec::with_capacity(legs.len());
        told.extend(legs.iter().map(|leg| self.trip_leg(leg, open)));
        Some(RoundTrip {
            task: self.shared.task(task),
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
        let Leg { key, book, worth } = leg;
        let (instrument, part) = (worth.instrument, &worth.part);
        let mut sums = PnlSums::default();
        sums.add(instrument, part.gross(open), part.fees, part.funding);
        let [entry, exit, repair] = book.roles.each_ref();
        TripLeg {
            leg: key.leg,
            instrument: self.shared.instrument(instrument.id),
            side: book.opened_by.map(Side::name),
            entry: role_fills(instrument, entry),
            exit: role_fills(instrument, exit),
            repair: role_fills(instrument, repair),
            left: book.position.qty.normalize(),
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
    let decimals = u32::from(instrument.price_decimals) + AVERAGE_DECIMALS;
    let (traded, volume) = (sums.traded.decimal(), sums.volume.decimal());
    let price = match instrument.kind {
        InstrumentKind::Spot | InstrumentKind::Linear => {
            let exact = exact_quotient(volume, traded, decimals);
            exact.or_else(|| Some(cut(volume.checked_div(traded)?, decimals)))
        }
        InstrumentKind::Inverse => {
            let value = instrument.contract_value.times(traded).decimal();
            value.checked_div(volume).map(|price| cut(price, decimals))
        }
    };
    RoleFills {
        fills: sums.fills,
        qty: sums.qty.decimal(),
        price,
    }
}

/// A quotient of two amounts in words, `None` where so many decimals or a word do not hold it: one fill has its own
/// price as average.
fn exact_quotient(amount: Decimal, by: Decimal, decimals: u32) -> Option<Decimal> {
    let (amount_word, by_word) = (
        i64::try_from(amount.mantissa()).ok()?,
        i64::try_from(by.mantissa()).ok()?,
    );
    let up = (decimals + by.scale()).checked_sub(amount.scale())?;
    let raised = amount_word.checked_mul(10_i64.checked_pow(up)?)?;
    let quotient = raised.checked_div(by_word)?;
    let is_exact = raised == quotient.checked_mul(by_word)?;
    let found = Money::scaled(quotient.into(), decimals).filter(|_| is_exact);
    found.map(Money::decimal)
}

fn cut(price: Decimal, decimals: u32) -> Decimal {
    price
        .round_dp_with_strategy(decimals, RoundingStrategy::MidpointNearestEven)
        .normalize()
}
